/* check.c: is all that was registered still there, and as it was? The audit says what was done;
 * every row must be what its audit row says, and there must be as many of one as of the
 * other. */
#include "registry/registry-internal.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

static bool differs(struct registry *registry, struct err *err, struct str subject)
{
    return registry_damaged(
        err, database_path(err->arena, registry),
        arena_printf(err->arena, "%.*s 的登记行与审计不符", STR_ARG(subject)),
        arena_printf(err->arena, "the row of %.*s is not what the audit says",
                     STR_ARG(subject)));
}

static bool check_database(struct registry *registry, struct err *err)
{
    sqlite3_stmt *s = NULL;
    int got = sqlite3_prepare_v2(registry->db, "PRAGMA integrity_check", -1, &s, NULL);
    bool ok = got == SQLITE_OK;

    while (ok && (got = sqlite3_step(s)) == SQLITE_ROW) {
        const char *text = (const char *)sqlite3_column_text(s, 0);

        if (text && strcmp(text, "ok") != 0)
            registry_damaged(err, database_path(err->arena, registry),
                             arena_printf(err->arena, "数据库已损坏：%s", text),
                             arena_printf(err->arena, "the database is damaged: %s", text));
    }
    if (got != SQLITE_DONE)
        ok = registry_broken(registry, err);
    sqlite3_finalize(s);
    return ok;
}

/* The audit row seq is this event of this subject, with this body. */
static bool audited(struct registry *registry, struct arena *arena, int64_t seq,
                    const char *event, struct str subject, struct str body, struct err *err)
{
    sqlite3_stmt *s = sql_ask(registry, err, AUDIT_AFTER, "ii", seq - 1, (int64_t)1);
    bool row, same;

    if (!s || !sql_next(registry, s, &row, err))
        return false;
    same = row && sqlite3_column_int64(s, 0) == seq && str_is(sql_text(arena, s, 3), event) &&
           str_eq(sql_text(arena, s, 4), subject) && str_eq(sql_text(arena, s, 5), body);
    sql_end(s);
    if (!same)
        differs(registry, err, subject);
    return true;
}

/* registry_bytes, and how many there are. */
static void count_bytes(struct registry *registry, const struct registry_place *place,
                        struct buf *buf, bool read, struct registry_counts *counts,
                        struct err *err)
{
    counts->bytes += place->length;
    buf_clear(buf);
    if (read)
        (void)!registry_bytes(registry, place, buf, err);
}

struct walk {
    struct registry *registry;
    struct arena *arena; /* of a row */
    struct buf buf, number;
    bool read;
    struct registry_counts *counts;
    struct err *err;
};

static bool check_paper(struct walk *walk, const struct registry_paper *paper, int64_t event)
{
    if (paper->state == REGISTRY_VOID)
        walk->counts->voided++;
    if (paper->state == REGISTRY_BEGUN || paper->state == REGISTRY_VOID)
        return true;
    walk->counts->papers++;
    walk->counts->unconfirmed += paper->state == REGISTRY_SEALED;
    count_bytes(walk->registry, &paper->pdf, &walk->buf, walk->read, walk->counts, walk->err);
    return audited(walk->registry, walk->arena, event, "seal",
                   subject_of(walk->arena, paper->number, paper->version, paper->output),
                   sealed_body(walk->arena, paper), walk->err);
}

static bool check_papers(struct walk *walk)
{
    struct registry *registry = walk->registry;
    int64_t after = 0;

    for (;;) {
        struct registry_paper paper;
        int64_t event = 0;
        sqlite3_stmt *s = sql_ask(registry, walk->err, PAPER_AFTER, "i", after);
        bool row, whole = true;

        arena_reset(walk->arena);
        if (!s || !sql_next(registry, s, &row, walk->err))
            return false;
        if (row) {
            whole = paper_read(walk->arena, s, &paper);
            event = sqlite3_column_int64(s, 28);
        }
        sql_end(s);
        if (!row)
            return true;
        after = paper.id;
        if (!whole)
            differs(registry, walk->err, paper.number);
        else if (!check_paper(walk, &paper, event))
            return false;
    }
}

static bool check_records(struct walk *walk)
{
    struct registry *registry = walk->registry;
    struct buf *number = &walk->number;
    int64_t version = 0;

    for (;;) {
        struct registry_record record = {0};
        struct registry_place place = {0};
        int64_t event;
        bool row, whole;
        sqlite3_stmt *s =
            sql_ask(registry, walk->err, RECORD_AFTER, "ti", buf_view(number), version);

        if (!s || !sql_next(registry, s, &row, walk->err))
            return false;
        if (!row) {
            sql_end(s);
            return true;
        }
        arena_reset(walk->arena);
        whole = record_read(walk->arena, s, &record, &place);
        event = sqlite3_column_int64(s, 9);
        record.number = sql_text(walk->arena, s, 10);
        version = record.version;
        buf_clear(number);
        buf_str(number, record.number);
        sql_end(s);
        walk->counts->records++;
        count_bytes(registry, &place, &walk->buf, walk->read && whole, walk->counts, walk->err);
        if (!audited(registry, walk->arena, event, "record",
                     subject_of(walk->arena, record.number, version, STR_NONE),
                     record_body(walk->arena, &record, &place), walk->err))
            return false;
    }
}

/* Rows that the audit knows of and that are not there, or the other way round. */
static bool check_numbers(struct registry *registry, struct err *err)
{
    static const struct {
        const char *zh, *en, *rows, *events;
    } pairs[] = {
        {"已登记的单证", "sealed papers", "SELECT count(*) FROM paper WHERE state IN (1, 2)",
         "SELECT count(*) FROM audit WHERE event = 'seal'"},
        {"已交付的单证", "delivered papers", "SELECT count(*) FROM paper WHERE state = 2",
         "SELECT count(*) FROM audit WHERE event = 'done'"},
        {"未成立的单证", "void papers", "SELECT count(*) FROM paper WHERE state = 3",
         "SELECT count(*) FROM audit WHERE event = 'void'"},
        {"记录", "records", "SELECT count(*) FROM record",
         "SELECT count(*) FROM audit WHERE event = 'record'"},
        {"作废", "withdrawals",
         "SELECT count(*) FROM withdrawal w JOIN audit a ON a.seq = w.event WHERE"
         " a.event = 'withdraw' AND a.subject = w.number AND a.at = w.at AND"
         " json_extract(a.body, '$.reason') = w.reason",
         "SELECT count(*) FROM audit WHERE event = 'withdraw'"},
    };

    for (size_t i = 0; i < COUNT(pairs); i++) {
        int64_t rows, events;

        if (!sql_number(registry, err, pairs[i].rows, &rows) ||
            !sql_number(registry, err, pairs[i].events, &events))
            return false;
        if (rows == events)
            continue;
        registry_damaged(err, database_path(err->arena, registry),
                         arena_printf(err->arena, "%s：登记 %lld，审计 %lld", pairs[i].zh,
                                      (long long)rows, (long long)events),
                         arena_printf(err->arena, "%s: %lld registered, %lld in the audit",
                                      pairs[i].en, (long long)rows, (long long)events));
    }
    return true;
}

static bool check_segments(struct registry *registry, struct registry_counts *counts,
                           struct err *err)
{
    sqlite3_stmt *s = sql_ask(registry, err, SEGMENTS, "");
    int64_t bytes = 0;
    bool row;

    if (!s)
        return false;
    for (;;) {
        const char *path;
        struct stat info;

        if (!sql_next(registry, s, &row, err))
            return false;
        if (!row)
            break;
        path = segment_path(err->arena, registry->folder, sqlite3_column_int64(s, 0));
        if (stat(path, &info) != 0 || info.st_size < sqlite3_column_int64(s, 1))
            registry_damaged(err, path, "文件缺失或被截短", "the file is missing or too short");
        else
            bytes += info.st_size;
    }
    sql_end(s);
    counts->dead = bytes - counts->bytes;
    return true;
}

bool registry_check(struct registry *registry, bool bytes, struct registry_counts *out,
                    struct err *err)
{
    struct registry_counts counts = {0};
    struct walk walk = {.registry = registry,
                        .arena = arena_like(registry->arena),
                        .read = bytes,
                        .counts = &counts,
                        .err = err};
    struct registry_head head = {0};
    int faults = err->faults;

    buf_init(&walk.buf, BLOB_MOST);
    buf_init(&walk.number, LINE_MOST);
    if (registry_ready(registry, err) && sql_script(registry, err, "BEGIN")) {
        if (check_database(registry, err)) {
            (void)!registry_audit_verify(registry, NULL, 0, &head, err);
            counts.events = head.seq;
            (void)!(check_records(&walk) && check_papers(&walk) &&
                    check_numbers(registry, err) && check_segments(registry, &counts, err) &&
                    sql_number(registry, err, "SELECT count(*) FROM withdrawal",
                               &counts.withdrawn));
        }
        (void)!sql_script(registry, err, "COMMIT");
    }
    buf_release(&walk.number);
    buf_release(&walk.buf);
    arena_free(walk.arena);
    if (err->faults > faults)
        return false;
    *out = counts;
    return true;
}
