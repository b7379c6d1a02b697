/* schema.c: the database: its tables, its settings, and how it is opened. */
#include "registry/registry-internal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* paper.copy: 0 electronic, 1 original, 1 + n duplicate n. paper.state: enum registry_state.
 * paper.gone: 0, or the id once void, so that a void paper leaves its place to another.
 * event: the audit row that says the same, see registry_check. */
static const char tables[] =
    "CREATE TABLE audit (seq INTEGER PRIMARY KEY, at TEXT NOT NULL, actor TEXT NOT NULL,"
    " event TEXT NOT NULL, subject TEXT NOT NULL, body TEXT NOT NULL,"
    " prev_hash BLOB NOT NULL, hash BLOB NOT NULL) STRICT;"
    "CREATE TABLE record (number TEXT NOT NULL, version INTEGER NOT NULL, kind TEXT NOT NULL,"
    " list_no TEXT NOT NULL, status TEXT NOT NULL, owner TEXT NOT NULL, digest BLOB NOT NULL,"
    " segment INTEGER NOT NULL, offset INTEGER NOT NULL, length INTEGER NOT NULL,"
    " actor TEXT NOT NULL, at TEXT NOT NULL, event INTEGER NOT NULL,"
    " PRIMARY KEY (number, version)) STRICT, WITHOUT ROWID;"
    "CREATE TABLE paper (id INTEGER PRIMARY KEY, number TEXT NOT NULL,"
    " version INTEGER NOT NULL, kind TEXT NOT NULL, output TEXT NOT NULL,"
    " parameters TEXT NOT NULL, line TEXT NOT NULL, copy INTEGER NOT NULL,"
    " reason TEXT NOT NULL, state INTEGER NOT NULL, gone INTEGER NOT NULL DEFAULT 0,"
    " record BLOB NOT NULL, actor TEXT NOT NULL, key TEXT NOT NULL, begun_at TEXT NOT NULL,"
    " sealed_at TEXT, done_at TEXT, layout TEXT, release TEXT, fonts TEXT, code TEXT,"
    " pages INTEGER, segment INTEGER, offset INTEGER, length INTEGER, sha256 BLOB,"
    " event INTEGER, CHECK (state IN (0, 3) OR length(sha256) = 32)) STRICT;"
    "CREATE UNIQUE INDEX paper_place ON paper (number, version, output, copy, parameters, "
    "gone);"
    "CREATE UNIQUE INDEX paper_key ON paper (actor, key, output, gone) WHERE key <> '';"
    "CREATE INDEX paper_open ON paper (state) WHERE state = 0;"
    "CREATE TABLE request (actor TEXT NOT NULL, key TEXT NOT NULL, digest BLOB NOT NULL,"
    " at TEXT NOT NULL, PRIMARY KEY (actor, key)) STRICT, WITHOUT ROWID;"
    "CREATE TABLE withdrawal (number TEXT PRIMARY KEY, reason TEXT NOT NULL,"
    " actor TEXT NOT NULL, at TEXT NOT NULL, event INTEGER NOT NULL) STRICT, WITHOUT ROWID;"
    "CREATE TABLE segment (id INTEGER PRIMARY KEY, length INTEGER NOT NULL) STRICT;";

/* What was written stays, whoever holds the file. */
static const char triggers[] =
    "CREATE TRIGGER audit_stays BEFORE UPDATE ON audit BEGIN"
    " SELECT raise(ABORT, 'audit rows are never changed'); END;"
    "CREATE TRIGGER audit_kept BEFORE DELETE ON audit BEGIN"
    " SELECT raise(ABORT, 'audit rows are never removed'); END;"
    "CREATE TRIGGER record_stays BEFORE UPDATE ON record BEGIN"
    " SELECT raise(ABORT, 'records are never changed'); END;"
    "CREATE TRIGGER record_kept BEFORE DELETE ON record BEGIN"
    " SELECT raise(ABORT, 'records are never removed'); END;"
    "CREATE TRIGGER withdrawal_stays BEFORE UPDATE ON withdrawal BEGIN"
    " SELECT raise(ABORT, 'withdrawals are never changed'); END;"
    "CREATE TRIGGER withdrawal_kept BEFORE DELETE ON withdrawal BEGIN"
    " SELECT raise(ABORT, 'withdrawals are never removed'); END;"
    "CREATE TRIGGER paper_kept BEFORE DELETE ON paper BEGIN"
    " SELECT raise(ABORT, 'papers are never removed'); END;"
    "CREATE TRIGGER paper_stays BEFORE UPDATE ON paper WHEN NOT"
    " (old.state = 0 AND new.state IN (1, 3) OR old.state = 1 AND new.state = 2"
    " AND new.sha256 = old.sha256) BEGIN"
    " SELECT raise(ABORT, 'sealed papers are never changed'); END;";

static bool known_format(struct registry *registry, struct err *err)
{
    int64_t application, format;

    if (!sql_number(registry, err, "PRAGMA application_id", &application) ||
        !sql_number(registry, err, "PRAGMA user_version", &format))
        return false;
    if (application == APPLICATION && format == FORMAT)
        return true;
    err_add(err, REGISTRY_FORMAT, where_file(database_path(err->arena, registry), 0, 0),
            "登记簿格式为 %lld，本版本只认 %d",
            "the registry has format %lld, this release knows %d",
            (long long)(application == APPLICATION ? format : 0), (int)FORMAT);
    err_hint(err, "use the release that made it, or a newer one");
    return false;
}

static bool create_tables(struct registry *registry, struct err *err)
{
    char marks[96];

    snprintf(marks, sizeof marks, "PRAGMA application_id = %d; PRAGMA user_version = %d;",
             (int)APPLICATION, (int)FORMAT);
    return sql_script(registry, err, "BEGIN IMMEDIATE") && sql_script(registry, err, tables) &&
           sql_script(registry, err, triggers) && sql_script(registry, err, marks) &&
           sql_script(registry, err, "COMMIT");
}

static bool look_through(struct registry *registry, struct err *err)
{
    sqlite3_stmt *s = NULL;
    bool ok = false;

    if (!registry->config.check)
        return true;
    if (sqlite3_prepare_v2(registry->db, "PRAGMA quick_check(1)", -1, &s, NULL) != SQLITE_OK ||
        sqlite3_step(s) != SQLITE_ROW)
        registry_broken(registry, err);
    else if (strcmp((const char *)sqlite3_column_text(s, 0), "ok") == 0)
        ok = true;
    else
        registry_damaged(
            err, database_path(err->arena, registry),
            arena_printf(err->arena, "数据库已损坏：%s", sqlite3_column_text(s, 0)),
            arena_printf(err->arena, "the database is damaged: %s", sqlite3_column_text(s, 0)));
    sqlite3_finalize(s);
    return ok;
}

static const char writer_settings[] = "PRAGMA journal_mode = WAL;"
                                      "PRAGMA synchronous = FULL;"
                                      "PRAGMA wal_autocheckpoint = 4000;"
                                      "PRAGMA cache_size = -65536;";
static const char settings[] = "PRAGMA trusted_schema = OFF;"
                               "PRAGMA cell_size_check = ON;"
                               "PRAGMA temp_store = MEMORY;";

bool schema_ready(struct registry *registry, struct err *err)
{
    bool write = registry->mode == REGISTRY_WRITE;
    int64_t count;

    sqlite3_busy_timeout(registry->db, 5000);
    sqlite3_db_config(registry->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    if (!sql_script(registry, err, settings))
        return false;
    if (!write)
        return sql_script(registry, err, "PRAGMA query_only = ON") &&
               known_format(registry, err);
    if (!sql_number(registry, err, "SELECT count(*) FROM sqlite_schema", &count))
        return false;
    if (count > 0 && !known_format(registry, err))
        return false;
    return sql_script(registry, err, writer_settings) &&
           (count > 0 || create_tables(registry, err)) && look_through(registry, err);
}
