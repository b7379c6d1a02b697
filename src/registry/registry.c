/* registry.c: opening and closing, and batches: the bytes are synced, then the rows
 * committed. */
#include "registry/registry-internal.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

enum { MEMORY = 8 << 20 };

static bool cannot(struct err *err, const char *path, int why)
{
    path = arena_printf(err->arena, "%s", path);
    err_add(err, REGISTRY_FAULT, where_file(path, 0, 0), "无法打开“%s”：%s",
            "cannot open '%s': %s", path, strerror(why));
    err_hint(err, "check the folder, its permissions and the space left (df -h)");
    return false;
}

static bool make_folder(const char *path, struct err *err)
{
    int why = folder_make(path);

    return why == 0 || cannot(err, path, why);
}

/* The kernel gives the lock back when the process ends, however it ends. A record lock does not
 * pass to forked children, so a renderer that outlives the writer does not hold it. */
static bool take_lock(struct registry *registry, struct err *err)
{
    struct flock whole = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    const char *path = arena_printf(registry->arena, "%s/lock", registry->folder);

    registry->lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0640);
    if (registry->lock < 0)
        return cannot(err, path, errno);
    if (fcntl(registry->lock, F_SETLK, &whole) == 0)
        return true;
    if (errno != EACCES && errno != EAGAIN)
        return cannot(err, path, errno);
    err_add(err, REGISTRY_LOCKED, where_file(arena_printf(err->arena, "%s", path), 0, 0),
            "登记簿“%s”正由另一进程写入", "another process writes to the registry '%s'",
            registry->folder);
    err_hint(err, "stop danzheng serve, or send the request to it");
    return false;
}

static bool open_database(struct registry *registry, struct err *err)
{
    bool write = registry->mode == REGISTRY_WRITE;
    const char *path = database_path(registry->arena, registry);
    int flags = write ? SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE : SQLITE_OPEN_READONLY;

    if (!write && access(path, F_OK) != 0) {
        err_add(err, REGISTRY_MISSING,
                where_file(arena_printf(err->arena, "%s", registry->folder), 0, 0),
                "“%s”中没有登记簿", "there is no registry in '%s'", registry->folder);
        err_hint(err, "--state DIR names the folder that danzheng serve writes to");
        return false;
    }
    if (sqlite3_open_v2(path, &registry->db, flags | SQLITE_OPEN_NOMUTEX,
                        write ? wal_open(registry) : NULL) != SQLITE_OK)
        return registry_broken(registry, err);
    if (!schema_ready(registry, err))
        return false;
    return !write || folder_sync(registry->folder) || cannot(err, registry->folder, errno);
}

/* What was begun and never sealed has no bytes: nobody can have been given it. */
static bool recover(struct registry *registry, const struct registry_by *by, struct err *err)
{
    struct arena *scratch = arena_new(MEMORY, NULL, NULL);
    bool ok = registry_batch(registry, err), row = true;

    while (ok && row) {
        struct registry_paper paper;
        sqlite3_stmt *s = sql_ask(registry, err, PAPERS_BEGUN, "");

        ok = s && sql_next(registry, s, &row, err);
        if (ok && row) {
            paper_read(scratch, s, &paper);
            sql_end(s);
            ok = registry_void(registry, paper.id, STR("NEVER_SEALED"), by, err);
        } else if (s) {
            sql_end(s);
        }
        arena_reset(scratch);
    }
    arena_free(scratch);
    return ok && registry_commit(registry, err);
}

static bool open_writer(struct registry *registry, const struct registry_by *by,
                        struct err *err)
{
    return make_folder(registry->folder, err) &&
           make_folder(arena_printf(registry->arena, "%s/segments", registry->folder), err) &&
           take_lock(registry, err) && open_database(registry, err) &&
           segments_open(registry, err) && registry_head(registry, &registry->head, err) &&
           recover(registry, by, err);
}

bool registry_open(const char *folder, enum registry_mode mode,
                   const struct registry_config *config, const struct registry_by *by,
                   struct registry **out, struct err *err)
{
    struct arena *arena = arena_new(MEMORY, NULL, NULL);
    struct registry *registry = NEW(arena, struct registry);
    bool ok;

    registry->arena = arena;
    registry->folder = arena_text(arena, folder, strlen(folder));
    registry->mode = mode;
    registry->lock = -1;
    registry->segment.fd = -1;
    buf_init(&registry->segment.held, BLOB_MOST);
    buf_init(&registry->line, LINE_MOST);
    if (config)
        registry->config = *config;
    ok = mode == REGISTRY_WRITE ? open_writer(registry, by, err) : open_database(registry, err);
    if (!ok)
        registry_close(registry);
    else
        *out = registry;
    return ok;
}

void registry_close(struct registry *registry)
{
    if (!registry)
        return;
    for (size_t i = 0; i < STATEMENTS; i++)
        sqlite3_finalize(registry->statements[i]);
    sqlite3_close(registry->db);
    wal_close(registry);
    segments_close(registry);
    if (registry->lock >= 0)
        close(registry->lock);
    buf_release(&registry->line);
    arena_free(registry->arena);
}

/* A log that is not synced at one commit is synced whole by the next that does. */
static bool set_lazy(struct registry *registry, bool lazy, struct err *err)
{
    if (registry->lazy == lazy)
        return true;
    registry->lazy = lazy;
    return sql_script(registry, err,
                      lazy ? "PRAGMA synchronous = NORMAL" : "PRAGMA synchronous = FULL");
}

static bool open_batch(struct registry *registry, bool places, struct err *err)
{
    if (!registry_ready(registry, err) || !set_lazy(registry, places, err) ||
        !sql_run(registry, err, BEGIN, ""))
        return false;
    registry->batch = true;
    registry->places = places;
    return true;
}

bool registry_batch(struct registry *registry, struct err *err)
{
    return open_batch(registry, /* places */ false, err);
}

bool registry_places(struct registry *registry, struct err *err)
{
    return open_batch(registry, /* places */ true, err);
}

bool registry_commit(struct registry *registry, struct err *err)
{
    bool ok = registry_ready(registry, err) && segments_sync(registry, err) &&
              sql_run(registry, err, COMMIT, "");

    registry->batch = false;
    if (!ok && !sqlite3_get_autocommit(registry->db))
        sqlite3_exec(registry->db, "ROLLBACK", NULL, NULL, NULL);
    return ok;
}
