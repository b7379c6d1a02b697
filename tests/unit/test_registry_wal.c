/* The log that is written a transaction at a time, against SQLite's own: whatever a transaction
 * does, one that opens the database in the usual way sees it when it is committed, and only
 * then. Nothing is synced, so that a sync writes nothing that was forgotten. */
#include "registry/registry-internal.h"

#include "spawn.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

enum { MEMORY = 64 << 20, TRANSACTIONS = 300, STEPS_MOST = 60, ROWS = 400 };

struct fixture {
    struct arena *arena;
    char folder[SCRATCH_ROOM];
    struct registry registry;
    const char *path;
    sqlite3 *writer, *reader;
    uint32_t chance;
};

static void run(sqlite3 *db, const char *sql)
{
    char *why = NULL;

    if (sqlite3_exec(db, sql, NULL, NULL, &why) != SQLITE_OK)
        fail_msg("%s: %s", sql, why);
}

static int64_t number(sqlite3 *db, const char *sql)
{
    sqlite3_stmt *s = NULL;
    int64_t n;

    if (sqlite3_prepare_v2(db, sql, -1, &s, NULL) != SQLITE_OK || sqlite3_step(s) != SQLITE_ROW)
        fail_msg("%s: %s", sql, sqlite3_errmsg(db));
    n = sqlite3_column_int64(s, 0);
    sqlite3_finalize(s);
    return n;
}

static sqlite3 *opened(const struct fixture *f, const char *vfs)
{
    sqlite3 *db = NULL;

    assert_int_equal(
        sqlite3_open_v2(f->path, &db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, vfs),
        SQLITE_OK);
    return db;
}

/* A cache of a few pages, so that larger transactions spill into the log before they end. */
static int set_up(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);

    if (!scratch_make(f->folder))
        return -1;
    f->chance = 1;
    f->arena = f->registry.arena = arena_new(MEMORY, NULL, NULL);
    f->path = scratch_path(f->arena, f->folder, "rows.db");
    f->writer = opened(f, wal_open(&f->registry));
    run(f->writer, "PRAGMA journal_mode = WAL; PRAGMA synchronous = OFF;"
                   "PRAGMA cache_size = 20; PRAGMA wal_autocheckpoint = 200;"
                   "CREATE TABLE r (id INTEGER PRIMARY KEY, size INTEGER, bytes BLOB);"
                   "CREATE INDEX r_size ON r (size);");
    f->reader = opened(f, NULL);
    run(f->reader, "PRAGMA wal_autocheckpoint = 0; PRAGMA cache_size = 0;");
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;

    sqlite3_close(f->reader);
    sqlite3_close(f->writer);
    wal_close(&f->registry);
    scratch_remove(f->folder);
    arena_free(f->arena);
    free(f);
    return 0;
}

static uint32_t below(struct fixture *f, uint32_t most)
{
    f->chance = f->chance * 1664525 + 1013904223;
    return (f->chance >> 8) % most;
}

/* No savepoints: where a transaction that spilled goes back to one, SQLite 3.40 itself leaves a
 * log that is not to be recovered. The registry has none. */
static void step(struct fixture *f)
{
    char sql[200];
    unsigned id = below(f, ROWS), size = below(f, 9000);

    switch (below(f, 7)) {
    case 0:
        snprintf(sql, sizeof sql, "DELETE FROM r WHERE id = %u", id);
        break;
    case 1:
        snprintf(sql, sizeof sql, "SELECT sum(length(bytes)) FROM r WHERE size < %u", size);
        break;
    default:
        snprintf(sql, sizeof sql, "REPLACE INTO r VALUES (%u, %u, randomblob(%u))", id, size,
                 size);
    }
    run(f->writer, sql);
}

static int64_t rows(sqlite3 *db)
{
    return number(db, "SELECT count(*) + 1000 * total(size) + total(length(bytes)) FROM r");
}

/* The files as a process that is killed now leaves them. */
static int64_t rows_after_death(struct fixture *f)
{
    const char *to = scratch_path(f->arena, f->folder, "left.db");
    const char *log = arena_printf(f->arena, "%s-wal", f->path);
    const char *to_log = arena_printf(f->arena, "%s-wal", to);
    const char *const copies[][4] = {{"cp", f->path, to, NULL}, {"cp", log, to_log, NULL}};
    struct buf said;
    int64_t n;
    sqlite3 *db;

    buf_init(&said, SPAWN_OUTPUT_MOST);
    for (size_t i = 0; i < COUNT(copies); i++)
        assert_int_equal(spawn_run(copies[i], &said, true), 0);
    buf_release(&said);
    assert_int_equal(sqlite3_open(to, &db), SQLITE_OK);
    n = rows(db);
    assert_int_equal(number(db, "SELECT count(*) FROM pragma_integrity_check"
                                " WHERE integrity_check = 'ok'"),
                     1);
    sqlite3_close(db);
    return n;
}

static void what_is_committed_is_there_for_others_and_after_death(void **state)
{
    struct fixture *f = *state;

    for (int i = 0; i < TRANSACTIONS; i++) {
        int64_t before = rows(f->reader);
        bool end = below(f, 4) > 0;
        uint32_t steps = below(f, STEPS_MOST);

        run(f->writer, "BEGIN");
        for (uint32_t n = 0; n < steps; n++)
            step(f);
        assert_int_equal(rows(f->reader), before);
        if (end)
            before = rows(f->writer);
        run(f->writer, end ? "COMMIT" : "ROLLBACK");
        /* the writer last: what it reads it writes before */
        assert_int_equal(rows(f->reader), before);
        if (i % 5 == 0)
            assert_int_equal(rows_after_death(f), before);
        assert_int_equal(rows(f->writer), before);
    }
}

static int64_t length_of(const char *path)
{
    struct stat info;

    return stat(path, &info) == 0 ? (int64_t)info.st_size : -1;
}

static void what_is_committed_is_in_the_file(void **state)
{
    struct fixture *f = *state;
    const char *log = arena_printf(f->arena, "%s-wal", f->path);
    int64_t empty;

    run(f->writer, "PRAGMA wal_checkpoint(TRUNCATE)");
    empty = length_of(log);
    run(f->writer, "BEGIN; REPLACE INTO r VALUES (1, 1, randomblob(30000))");
    assert_int_equal(empty, 0);
    assert_int_equal(length_of(log), 0);
    run(f->writer, "COMMIT");
    assert_true(length_of(log) > 30000);
    /* whole pages, each with its head */
    assert_int_equal((length_of(log) - 32) % (4096 + 24), 0);
}

static void two_handles_are_two(void **state)
{
    struct fixture *f = *state;
    struct registry other = {.arena = f->arena};
    const char *name = wal_open(&other);

    assert_string_not_equal(name, f->registry.vfs->zName);
    assert_ptr_equal(sqlite3_vfs_find(name), other.vfs);
    assert_ptr_not_equal(sqlite3_vfs_find(NULL), other.vfs);
    wal_close(&other);
    assert_null(sqlite3_vfs_find(name));
    assert_ptr_equal(sqlite3_vfs_find(f->registry.vfs->zName), f->registry.vfs);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(what_is_committed_is_there_for_others_and_after_death),
        TEST(what_is_committed_is_in_the_file),
        TEST(two_handles_are_two),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
