/* sql.c: the statements of the module, all in one place, and how they run. */
#include "registry/registry-internal.h"

#include <stdarg.h>
#include <string.h>

/* As paper_read reads them. A paper's standing is worked out here, from records and
 * withdrawals: there is no second place where it could be otherwise. */
#define PAPER_ITSELF                                                                           \
    "SELECT p.id, p.number, p.version, p.kind, p.output, p.parameters, p.line, p.copy,"        \
    " p.reason, p.state, p.record, p.actor, p.begun_at, p.sealed_at, p.done_at, p.layout,"     \
    " p.release, p.fonts, p.code, p.pages, p.segment, p.offset, p.length, p.sha256"
#define PAPER_COLUMNS                                                                          \
    PAPER_ITSELF                                                                               \
    ", w.at, w.reason, (SELECT max(r.version) FROM record r WHERE r.number = p.number AND"     \
    " r.version > p.version AND r.list_no = p.line), (SELECT r.at FROM record r WHERE"         \
    " r.number = p.number AND r.version > p.version AND r.list_no = p.line"                    \
    " ORDER BY r.version LIMIT 1), p.event"                                                    \
    " FROM paper p LEFT JOIN withdrawal w ON w.number = p.number "

/* p.state = 0 and key <> '' stand literally so that the partial indexes are used; p.state < 2
 * for the index of registries that were made before it was narrowed. */
static const char *const texts[STATEMENTS] = {
    [BEGIN] = "BEGIN IMMEDIATE",
    [COMMIT] = "COMMIT",
    [REQUEST_FIND] = "SELECT digest FROM request WHERE actor = ?1 AND key = ?2",
    [REQUEST_ADD] = "INSERT INTO request (actor, key, digest, at) VALUES (?1, ?2, ?3, ?4)"
                    " ON CONFLICT DO NOTHING",
    [RECORD_FIND] = "SELECT version, kind, list_no, status, owner, digest, segment, offset,"
                    " length FROM record WHERE number = ?1 AND version = ?2",
    [RECORD_NEWEST] = "SELECT version, kind, list_no, status, owner, digest, segment, offset,"
                      " length FROM record WHERE number = ?1"
                      " ORDER BY list_no <> '', version DESC LIMIT 1",
    [RECORD_AFTER] = "SELECT version, kind, list_no, status, owner, digest, segment, offset,"
                     " length, event, number FROM record WHERE (number, version) > (?1, ?2)"
                     " ORDER BY number, version LIMIT 1",
    [RECORD_ADD] = "INSERT INTO record (number, version, kind, list_no, status, owner, digest,"
                   " segment, offset, length, actor, at, event) VALUES"
                   " (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)",
    [RECORD_NEWER] = "SELECT max(version), (SELECT kind FROM record WHERE number = ?1"
                     " AND kind <> ?4 LIMIT 1) FROM record WHERE number = ?1 AND version > ?2"
                     " AND list_no = ?3",
    [PAPER_BY_ID] = PAPER_ITSELF ", NULL, NULL, NULL, NULL FROM paper p WHERE p.id = ?1",
    [PAPER_BY_KEY] = PAPER_COLUMNS "WHERE p.actor = ?1 AND p.key = ?2 AND p.output = ?3"
                                   " AND p.key <> '' AND p.gone = 0",
    [PAPER_BY_PLACE] = PAPER_COLUMNS "WHERE p.number = ?1 AND p.version = ?2 AND p.output = ?3"
                                     " AND p.copy = 0 AND p.parameters = ?4 AND p.gone = 0",
    [PAPER_COPIES] = "SELECT count(*), max(copy), min(CASE copy WHEN 1 THEN state ELSE 9 END)"
                     " FROM paper WHERE number = ?1 AND version = ?2 AND output = ?3"
                     " AND copy > 0 AND gone = 0",
    [PAPER_ADD] = "INSERT INTO paper (number, version, kind, output, parameters, line, copy,"
                  " reason, state, record, actor, key, begun_at) VALUES"
                  " (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, 0, ?9, ?10, ?11, ?12)",
    [PAPER_SEAL] = "UPDATE paper SET state = 1, sealed_at = ?2, layout = ?3, release = ?4,"
                   " fonts = ?5, code = ?6, pages = ?7, segment = ?8, offset = ?9,"
                   " length = ?10, sha256 = ?11, event = ?12 WHERE id = ?1",
    [PAPER_STATE] = "UPDATE paper SET state = ?2, done_at = ?3,"
                    " gone = CASE ?2 WHEN 3 THEN id ELSE 0 END WHERE id = ?1",
    [PAPERS_BELOW] = "SELECT count(*) FROM paper WHERE number = ?1 AND version < ?2"
                     " AND line = ?3 AND state IN (1, 2) AND NOT EXISTS"
                     " (SELECT 1 FROM record r WHERE r.number = ?1 AND r.version < ?2"
                     " AND r.version > paper.version AND r.list_no = ?3)",
    [PAPERS_OF] = "SELECT count(*) FROM paper WHERE number = ?1 AND state IN (1, 2)",
    [PAPERS_BEGUN] = PAPER_COLUMNS "WHERE p.state = 0 AND p.state < 2 ORDER BY p.id LIMIT 1",
    [PAPER_AFTER] = PAPER_COLUMNS "WHERE p.id > ?1 ORDER BY p.id LIMIT 1",
    [PAPERS_AFTER] =
        PAPER_COLUMNS "WHERE p.id > ?1 AND (?2 < 0 AND p.state <> 3 OR p.state = ?2)"
                      " AND (?3 = '' OR p.output = ?3) AND (?4 = 0 OR p.version = ?4)"
                      " AND (?5 = '' OR p.code = ?5) ORDER BY p.id LIMIT ?6",
    [PAPERS_OF_NUMBER] =
        PAPER_COLUMNS "WHERE p.id > ?1 AND (?2 < 0 AND p.state <> 3 OR p.state = ?2)"
                      " AND (?3 = '' OR p.output = ?3) AND (?4 = 0 OR p.version = ?4)"
                      " AND (?5 = '' OR p.code = ?5) AND p.number = ?7 ORDER BY p.id LIMIT ?6",
    [PAPERS_OF_NUMBER_DOWN] = PAPER_COLUMNS
    "WHERE p.id < ?1 AND (?2 < 0 AND p.state <> 3 OR p.state = ?2)"
    " AND (?3 = '' OR p.output = ?3) AND (?4 = 0 OR p.version = ?4)"
    " AND (?5 = '' OR p.code = ?5) AND p.number = ?7 ORDER BY p.id DESC LIMIT ?6",
    [WITHDRAWAL_FIND] = "SELECT at FROM withdrawal WHERE number = ?1",
    [WITHDRAWAL_ADD] = "INSERT INTO withdrawal (number, reason, actor, at, event) VALUES"
                       " (?1, ?2, ?3, ?4, ?5)",
    [AUDIT_ADD] = "INSERT INTO audit (seq, at, actor, event, subject, body, prev_hash, hash)"
                  " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
    [AUDIT_AFTER] = "SELECT seq, at, actor, event, subject, body, prev_hash, hash FROM audit"
                    " WHERE seq > ?1 ORDER BY seq LIMIT ?2",
    [AUDIT_HEAD] = "SELECT seq, hash FROM audit ORDER BY seq DESC LIMIT 1",
    [SEGMENT_SET] = "INSERT INTO segment (id, length) VALUES (?1, ?2)"
                    " ON CONFLICT (id) DO UPDATE SET length = ?2",
    [SEGMENTS] = "SELECT id, length FROM segment ORDER BY id",
};

const char *database_path(struct arena *arena, const struct registry *registry)
{
    return arena_printf(arena, "%s/registry.db", registry->folder);
}

static struct where at_database(const struct registry *registry, const struct err *err)
{
    return where_file(database_path(err->arena, registry), 0, 0);
}

bool registry_broken(struct registry *registry, struct err *err)
{
    int code = sqlite3_errcode(registry->db) & 0xff;
    const char *why = sqlite3_errmsg(registry->db);

    registry->broken = true;
    if (code == SQLITE_CORRUPT || code == SQLITE_NOTADB)
        err_add(err, REGISTRY_DAMAGED, at_database(registry, err), "登记簿数据库已损坏：%s",
                "the registry's database is damaged: %s", why);
    else
        err_add(err, REGISTRY_FAULT, at_database(registry, err), "登记簿数据库读写失败：%s",
                "the registry's database failed: %s", why);
    err_hint(err, code == SQLITE_CORRUPT ? "danzheng registry check --state DIR tells more"
                                         : "check the space left (df -h) and the permissions");
    return false;
}

bool registry_ready(const struct registry *registry, struct err *err)
{
    if (!registry->broken)
        return true;
    err_add(err, REGISTRY_FAULT, at_database(registry, err), "登记簿先前读写失败，须重新打开",
            "the registry failed before and must be opened again");
    return false;
}

static bool bind_one(sqlite3_stmt *s, int at, char type, va_list *args)
{
    struct str text;

    switch (type) {
    case 't':
        text = va_arg(*args, struct str);
        return sqlite3_bind_text64(s, at, text.p ? text.p : "", text.n, SQLITE_STATIC,
                                   SQLITE_UTF8) == SQLITE_OK;
    case 'i':
        return sqlite3_bind_int64(s, at, va_arg(*args, int64_t)) == SQLITE_OK;
    default:
        return sqlite3_bind_blob(s, at, va_arg(*args, const uint8_t *), 32, SQLITE_STATIC) ==
               SQLITE_OK;
    }
}

static sqlite3_stmt *prepared(struct registry *registry, enum statement id, const char *format,
                              va_list *args)
{
    sqlite3_stmt **s = &registry->statements[id];

    if (!*s && sqlite3_prepare_v3(registry->db, texts[id], -1, SQLITE_PREPARE_PERSISTENT, s,
                                  NULL) != SQLITE_OK)
        return NULL;
    for (int i = 0; format[i]; i++) {
        if (!bind_one(*s, i + 1, format[i], args))
            return NULL;
    }
    return *s;
}

bool sql_run(struct registry *registry, struct err *err, enum statement id, const char *format,
             ...)
{
    sqlite3_stmt *s;
    va_list args;
    int done;

    va_start(args, format);
    s = prepared(registry, id, format, &args);
    va_end(args);
    if (!s)
        return registry_broken(registry, err);
    done = sqlite3_step(s);
    if (done != SQLITE_DONE && done != SQLITE_ROW) {
        registry_broken(registry, err);
        sqlite3_reset(s);
        return false;
    }
    sqlite3_reset(s);
    return true;
}

sqlite3_stmt *sql_ask(struct registry *registry, struct err *err, enum statement id,
                      const char *format, ...)
{
    sqlite3_stmt *s;
    va_list args;

    va_start(args, format);
    s = prepared(registry, id, format, &args);
    va_end(args);
    if (!s)
        registry_broken(registry, err);
    return s;
}

bool sql_next(struct registry *registry, sqlite3_stmt *s, bool *row, struct err *err)
{
    int got = sqlite3_step(s);

    *row = got == SQLITE_ROW;
    if (got == SQLITE_ROW || got == SQLITE_DONE)
        return true;
    registry_broken(registry, err);
    sqlite3_reset(s);
    return false;
}

void sql_end(sqlite3_stmt *s)
{
    sqlite3_reset(s);
}

struct str sql_text(struct arena *arena, sqlite3_stmt *s, int column)
{
    const unsigned char *text = sqlite3_column_text(s, column);
    int n = sqlite3_column_bytes(s, column);

    if (!text || n <= 0)
        return STR_NONE;
    return str_copy(arena, (struct str){(const char *)text, (size_t)n});
}

bool sql_digest(sqlite3_stmt *s, int column, uint8_t out[32])
{
    const void *bytes = sqlite3_column_blob(s, column);

    if (!bytes || sqlite3_column_bytes(s, column) != 32)
        return false;
    memcpy(out, bytes, 32);
    return true;
}

bool sql_script(struct registry *registry, struct err *err, const char *sql)
{
    return sqlite3_exec(registry->db, sql, NULL, NULL, NULL) == SQLITE_OK ||
           registry_broken(registry, err);
}

bool sql_number(struct registry *registry, struct err *err, const char *sql, int64_t *out)
{
    sqlite3_stmt *s = NULL;
    bool ok = sqlite3_prepare_v2(registry->db, sql, -1, &s, NULL) == SQLITE_OK &&
              sqlite3_step(s) == SQLITE_ROW;

    if (ok)
        *out = sqlite3_column_int64(s, 0);
    else
        registry_broken(registry, err);
    sqlite3_finalize(s);
    return ok;
}
