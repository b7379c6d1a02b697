/* backup.c: a copy while others write. The rows are copied first, in one snapshot; the bytes
 * they point to were there before them and never change, so they can be copied after. */
#include "registry/registry-internal.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

enum { CHUNK = 1 << 18 };

static bool cannot(struct err *err, const char *path, int why)
{
    err_add(err, FILE_WRITE, where_file(path, 0, 0), "无法写入备份“%s”：%s",
            "cannot write the backup '%s': %s", path, strerror(why));
    err_hint(err, "check the space left (df -h) and the permissions");
    return false;
}

/* 0, or errno. */
static int copy_bytes(int from, int to, int64_t length, struct buf *chunk)
{
    while (length > 0) {
        size_t wish = length < CHUNK ? (size_t)length : CHUNK, at = 0;
        ssize_t got = read(from, chunk->p, wish);

        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return got < 0 ? errno : ENODATA;
        while (at < (size_t)got) {
            ssize_t put = write(to, chunk->p + at, (size_t)got - at);

            if (put > 0)
                at += (size_t)put;
            else if (put == 0 || errno != EINTR)
                return put == 0 ? ENOSPC : errno;
        }
        length -= got;
    }
    return fsync(to) == 0 ? 0 : errno;
}

static bool copy_segment(struct registry *registry, const char *folder, int64_t id,
                         int64_t length, struct buf *chunk, struct err *err)
{
    const char *path = segment_path(err->arena, folder, id);
    int from = open(segment_path(err->arena, registry->folder, id), O_RDONLY | O_CLOEXEC);
    int to = from < 0 ? -1 : open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0640);
    int why = to < 0 ? errno : copy_bytes(from, to, length, chunk);

    if (from >= 0)
        close(from);
    if (to >= 0 && close(to) != 0 && !why)
        why = errno;
    return why == 0 || cannot(err, path, why);
}

static bool copy_segments(struct registry *registry, const char *folder, struct err *err)
{
    sqlite3_stmt *s = sql_ask(registry, err, SEGMENTS, "");
    bool row = true, ok = s != NULL;
    struct buf chunk;

    buf_init(&chunk, CHUNK);
    buf_room(&chunk, CHUNK);
    while (ok && (ok = sql_next(registry, s, &row, err)) && row)
        ok = copy_segment(registry, folder, sqlite3_column_int64(s, 0),
                          sqlite3_column_int64(s, 1), &chunk, err);
    if (s)
        sql_end(s);
    buf_release(&chunk);
    return ok;
}

static bool copy_database(struct registry *registry, const char *path, struct err *err)
{
    sqlite3_backup *backup = NULL;
    sqlite3 *to = NULL;
    bool ok = false;

    if (sqlite3_open_v2(path, &to, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, NULL) ==
        SQLITE_OK)
        backup = sqlite3_backup_init(to, "main", registry->db, "main");
    if (backup) {
        int got = sqlite3_backup_step(backup, -1);

        ok = sqlite3_backup_finish(backup) == SQLITE_OK && got == SQLITE_DONE;
    }
    if (!ok) {
        err_add(err, FILE_WRITE, where_file(path, 0, 0), "无法写入备份“%s”：%s",
                "cannot write the backup '%s': %s", path, sqlite3_errmsg(to));
        err_hint(err, "check the space left (df -h) and the permissions");
    }
    if (sqlite3_close(to) != SQLITE_OK)
        ok = false;
    return ok;
}

bool registry_backup(struct registry *registry, const char *folder, struct err *err)
{
    const char *path = arena_printf(err->arena, "%s/registry.db", folder);
    const char *segments = arena_printf(err->arena, "%s/segments", folder);
    int why;

    if (!registry_ready(registry, err))
        return false;
    if (access(path, F_OK) == 0) {
        err_add(err, FILE_EXISTS, where_file(path, 0, 0), "“%s”中已有登记簿，不予覆盖",
                "'%s' holds a registry and is not overwritten",
                arena_printf(err->arena, "%s", folder));
        err_hint(err, "choose another folder");
        return false;
    }
    why = folder_make(folder);
    if (!why)
        why = folder_make(segments);
    if (why)
        return cannot(err, path, why);
    if (!copy_database(registry, path, err) || !copy_segments(registry, folder, err))
        return false;
    return (folder_sync(segments) && folder_sync(folder)) || cannot(err, path, errno);
}
