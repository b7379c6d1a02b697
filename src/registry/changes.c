/* changes.c: records, new versions and withdrawals. A number and version are bound to a record
 * once, and everything that stands or falls with a version is worked out from that. */
#include "registry/registry-internal.h"

#include <string.h>

enum { REASON_MOST = 8000 }; /* bytes; 2,000 Han */

bool reason_given(struct str reason, const char *zh, const char *en, struct err *err)
{
    if (reason.n > REASON_MOST)
        return err_add(err, FIELD_TOO_LONG, where_none(), "原因超过 %d 字节",
                       "the reason exceeds %d bytes", (int)REASON_MOST);
    if (str_trim(reason).n)
        return true;
    err_add(err, REASON_MISSING, where_none(), "%s%.0s", "%.0s%s", zh, en);
    err_hint(err, "请写明 reason");
    return false;
}

bool record_agrees(struct registry *registry, const struct registry_record *record, bool *bound,
                   struct err *err)
{
    sqlite3_stmt *s =
        sql_ask(registry, err, RECORD_FIND, "ti", record->number, record->version);
    uint8_t digest[32];
    bool row, same;

    if (!s || !sql_next(registry, s, &row, err))
        return false;
    same = row && sql_digest(s, 5, digest) && memcmp(digest, record->digest, 32) == 0;
    sql_end(s);
    *bound = row;
    if (!row || same)
        return true;
    err_add(err, VERSION_CONFLICT, where_pointer(STR("/version")),
            "编号 %.*s 版本 %lld 已登记内容不同的记录",
            "number %.*s version %lld is registered with another content",
            STR_ARG(record->number), (long long)record->version);
    err_hint(err, "内容变更时 version 须增大");
    return false;
}

static bool not_withdrawn(struct registry *registry, struct str number, bool *withdrawn,
                          struct str *at, struct err *err)
{
    sqlite3_stmt *s = sql_ask(registry, err, WITHDRAWAL_FIND, "t", number);

    if (!s || !sql_next(registry, s, withdrawn, err))
        return false;
    *at = *withdrawn ? sql_text(err->arena, s, 0) : STR_NONE;
    sql_end(s);
    return true;
}

bool number_open(struct registry *registry, const struct registry_record *record,
                 struct str line, struct err *err)
{
    int64_t newer = 0;
    bool withdrawn, row;
    struct str at, kind;
    sqlite3_stmt *s;

    if (!not_withdrawn(registry, record->number, &withdrawn, &at, err))
        return false;
    if (withdrawn)
        return err_add(err, NUMBER_WITHDRAWN, where_none(), "编号 %.*s 已于 %.*s 作废",
                       "number %.*s was withdrawn at %.*s", STR_ARG(record->number),
                       STR_ARG(at));
    s = sql_ask(registry, err, RECORD_NEWER, "titt", record->number, record->version, line,
                record->kind);
    if (!s || !sql_next(registry, s, &row, err))
        return false;
    newer = sqlite3_column_int64(s, 0);
    kind = sql_text(err->arena, s, 1);
    sql_end(s);
    if (kind.n)
        return err_add(err, NUMBER_TAKEN, where_pointer(STR("/kind")),
                       "编号 %.*s 已登记为 %.*s，不是 %.*s",
                       "number %.*s is registered for %.*s, not %.*s", STR_ARG(record->number),
                       STR_ARG(kind), STR_ARG(record->kind));
    if (!newer)
        return true;
    err_add(err, VERSION_OLD, where_pointer(STR("/version")),
            "编号 %.*s 已登记版本 %lld，版本 %lld 不再出具单证",
            "number %.*s has version %lld, so version %lld has no new papers",
            STR_ARG(record->number), (long long)newer, (long long)record->version);
    err_hint(err, "请使用最新版本的记录");
    return false;
}

bool record_bind(struct registry *registry, const struct registry_record *record,
                 const struct registry_by *by, struct err *err)
{
    struct registry_place place = {0};
    struct str subject = subject_of(err->arena, record->number, record->version, STR_NONE);

    return segments_append(registry, record->canonical, &place, err) &&
           audit_add(registry, by, STR("record"), subject,
                     record_body(err->arena, record, &place), err) &&
           sql_run(registry, err, RECORD_ADD, "tittttbiiitti", record->number, record->version,
                   record->kind, record->list_no, record->status, record->owner, record->digest,
                   place.segment, place.offset, place.length, by->actor, by->at,
                   registry->head.seq);
}

bool registry_revise(struct registry *registry, const struct registry_record *record,
                     const struct registry_by *by, long *count, struct err *err)
{
    sqlite3_stmt *s;
    bool bound, row;
    long below;

    if (!registry_ready(registry, err) || !record_agrees(registry, record, &bound, err))
        return false;
    if (bound) {
        *count = 0;
        return true;
    }
    if (!number_open(registry, record, record->list_no, err))
        return false;
    s = sql_ask(registry, err, PAPERS_BELOW, "tit", record->number, record->version,
                record->list_no);
    if (!s || !sql_next(registry, s, &row, err))
        return false;
    below = (long)sqlite3_column_int64(s, 0);
    sql_end(s);
    if (!record_bind(registry, record, by, err))
        return false;
    *count = below;
    return true;
}

static bool withdraw(struct registry *registry, struct str number, struct str reason,
                     const struct registry_by *by, long *count, struct err *err)
{
    sqlite3_stmt *s = sql_ask(registry, err, PAPERS_OF, "t", number);
    struct buf body;
    bool row, ok;
    long papers;

    if (!s || !sql_next(registry, s, &row, err))
        return false;
    papers = (long)sqlite3_column_int64(s, 0);
    sql_end(s);
    buf_init(&body, LINE_MOST);
    buf_text(&body, "{\"reason\":");
    buf_json(&body, reason);
    buf_printf(&body, ",\"papers\":%ld}", papers);
    ok = audit_add(registry, by, STR("withdraw"), number, buf_view(&body), err) &&
         sql_run(registry, err, WITHDRAWAL_ADD, "tttti", number, reason, by->actor, by->at,
                 registry->head.seq);
    buf_release(&body);
    if (ok)
        *count = papers;
    return ok;
}

bool registry_withdraw(struct registry *registry, struct str number, struct str reason,
                       const struct registry_by *by, long *count, struct err *err)
{
    bool withdrawn, known;
    sqlite3_stmt *s;
    struct str at;

    if (!registry_ready(registry, err) ||
        !reason_given(reason, "作废须写明原因", "a withdrawal needs a reason", err) ||
        !not_withdrawn(registry, number, &withdrawn, &at, err))
        return false;
    if (withdrawn) {
        *count = 0;
        return true;
    }
    s = sql_ask(registry, err, RECORD_NEWEST, "t", number);
    if (!s || !sql_next(registry, s, &known, err))
        return false;
    sql_end(s);
    if (!known) {
        err_add(err, NOT_REGISTERED, where_none(), "登记簿中没有编号 %.*s",
                "the registry has no number %.*s", STR_ARG(number));
        err_hint(err, "请核对编号");
        return false;
    }
    return withdraw(registry, number, reason, by, count, err);
}
