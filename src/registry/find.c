/* find.c: rows as papers and records, and what the audit says of them. */
#include "registry/registry-internal.h"

#include "digest/digest.h"

#include <string.h>

bool registry_damaged(struct err *err, const char *path, const char *zh, const char *en)
{
    path = arena_printf(err->arena, "%s", path);
    err_add(err, REGISTRY_DAMAGED, where_file(path, 0, 0), "%s%.0s", "%.0s%s", zh, en);
    err_hint(err, "see how far it goes with danzheng registry check, then restore a backup");
    return false;
}

struct str subject_of(struct arena *arena, struct str number, int64_t version,
                      struct str output)
{
    return str_printf(arena, "%.*s/v%lld%s%.*s", STR_ARG(number), (long long)version,
                      output.n ? "/" : "", STR_ARG(output));
}

static void member(struct buf *buf, const char *name, struct str value)
{
    buf_text(buf, ",\"");
    buf_text(buf, name);
    buf_text(buf, "\":");
    buf_json(buf, value);
}

static void digest_member(struct buf *buf, struct arena *arena, const char *name,
                          const uint8_t digest[32])
{
    member(buf, name, hex_text(arena, digest, 32));
}

struct str sealed_body(struct arena *arena, const struct registry_paper *paper)
{
    static const char *const forms[] = {"electronic", "original", "duplicate"};
    struct buf body;
    struct str out;

    buf_init(&body, LINE_MOST);
    buf_printf(&body, "{\"paper\":%lld,\"form\":\"%s\"", (long long)paper->id,
               forms[paper->form]);
    if (paper->duplicate)
        buf_printf(&body, ",\"duplicate\":%ld", paper->duplicate);
    member(&body, "for", paper->actor);
    member(&body, "kind", paper->kind);
    member(&body, "parameters", paper->parameters);
    member(&body, "reason", paper->reason);
    digest_member(&body, arena, "record", paper->record);
    digest_member(&body, arena, "sha256", paper->pdf.sha256);
    buf_printf(&body, ",\"bytes\":%lld,\"pages\":%ld", (long long)paper->pdf.length,
               paper->pages);
    member(&body, "layout", paper->layout);
    member(&body, "release", paper->release);
    member(&body, "fonts", paper->fonts);
    member(&body, "code", paper->code);
    buf_byte(&body, '}');
    out = str_copy(arena, buf_view(&body));
    buf_release(&body);
    return out;
}

struct str record_body(struct arena *arena, const struct registry_record *record,
                       const struct registry_place *place)
{
    struct buf body;
    struct str out;

    buf_init(&body, LINE_MOST);
    buf_printf(&body, "{\"bytes\":%lld", (long long)place->length);
    digest_member(&body, arena, "record", record->digest);
    member(&body, "kind", record->kind);
    member(&body, "list_no", record->list_no);
    member(&body, "status", record->status);
    member(&body, "owner", record->owner);
    buf_byte(&body, '}');
    out = str_copy(arena, buf_view(&body));
    buf_release(&body);
    return out;
}

static void read_standing(struct arena *arena, sqlite3_stmt *s, struct registry_paper *out)
{
    struct str withdrawn = sql_text(arena, s, 24);

    out->newer = sqlite3_column_int64(s, 26);
    if (withdrawn.n) {
        out->standing = REGISTRY_WITHDRAWN;
        out->since = withdrawn;
        out->why = sql_text(arena, s, 25);
    } else if (out->newer) {
        out->standing = REGISTRY_SUPERSEDED;
        out->since = sql_text(arena, s, 27);
    }
}

static void read_made(struct arena *arena, sqlite3_stmt *s, struct registry_paper *out)
{
    out->sealed_at = sql_text(arena, s, 13);
    out->done_at = out->state == REGISTRY_DONE ? sql_text(arena, s, 14) : STR_NONE;
    out->layout = sql_text(arena, s, 15);
    out->release = sql_text(arena, s, 16);
    out->fonts = sql_text(arena, s, 17);
    out->code = sql_text(arena, s, 18);
    out->pages = (long)sqlite3_column_int64(s, 19);
    out->pdf.segment = sqlite3_column_int64(s, 20);
    out->pdf.offset = sqlite3_column_int64(s, 21);
    out->pdf.length = sqlite3_column_int64(s, 22);
}

void paper_set_copy(struct registry_paper *paper, int64_t copy)
{
    paper->form = copy == 0   ? REGISTRY_ELECTRONIC
                  : copy == 1 ? REGISTRY_ORIGINAL
                              : REGISTRY_DUPLICATE;
    paper->duplicate = copy > 1 ? (long)(copy - 1) : 0;
}

bool paper_read(struct arena *arena, sqlite3_stmt *s, struct registry_paper *out)
{
    int64_t state = sqlite3_column_int64(s, 9);
    bool sealed = state == REGISTRY_SEALED || state == REGISTRY_DONE;

    *out = (struct registry_paper){
        .id = sqlite3_column_int64(s, 0),
        .number = sql_text(arena, s, 1),
        .version = sqlite3_column_int64(s, 2),
        .kind = sql_text(arena, s, 3),
        .output = sql_text(arena, s, 4),
        .parameters = sql_text(arena, s, 5),
        .line = sql_text(arena, s, 6),
        .reason = sql_text(arena, s, 8),
        .state = (enum registry_state)state,
        .actor = sql_text(arena, s, 11),
        .begun_at = sql_text(arena, s, 12),
    };
    paper_set_copy(out, sqlite3_column_int64(s, 7));
    if (sealed)
        read_made(arena, s, out);
    read_standing(arena, s, out);
    return state >= REGISTRY_BEGUN && state <= REGISTRY_VOID &&
           sql_digest(s, 10, out->record) && (!sealed || sql_digest(s, 23, out->pdf.sha256));
}

/* As a paper keeps it: hyphens and case are for people. */
struct str code_of(struct arena *arena, struct str code)
{
    char *out = arena_alloc(arena, code.n + 1);
    size_t n = 0;

    for (size_t i = 0; i < code.n; i++) {
        char c = code.p[i];

        if (c != '-')
            out[n++] = c >= 'a' && c <= 'z' ? (char)(c - 'a' + 'A') : c;
    }
    return (struct str){out, n};
}

bool registry_find(struct registry *registry, struct arena *arena,
                   const struct registry_query *query, struct registry_paper **out,
                   size_t *count, struct err *err)
{
    struct registry_paper *papers = NEW_ARRAY(arena, query->most + 1, struct registry_paper);
    enum statement id = !query->number.n ? PAPERS_AFTER
                        : query->newest  ? PAPERS_OF_NUMBER_DOWN
                                         : PAPERS_OF_NUMBER;
    int64_t from = query->newest && !query->after ? INT64_MAX : query->after;
    struct str code = code_of(arena, query->code);
    sqlite3_stmt *s;
    size_t n = 0;
    bool row, whole = true;

    if (!registry_ready(registry, err))
        return false;
    s = sql_ask(registry, err, id, query->number.n ? "iititit" : "iititi", from,
                (int64_t)query->state, query->output, query->version, code,
                (int64_t)query->most, query->number);
    if (!s)
        return false;
    while (whole && n < query->most) {
        if (!sql_next(registry, s, &row, err))
            return false;
        if (!row)
            break;
        whole = paper_read(arena, s, &papers[n++]);
    }
    sql_end(s);
    if (!whole)
        return registry_damaged(err, database_path(err->arena, registry),
                                "一份单证的登记行已损坏", "the row of a paper is damaged");
    *out = papers;
    *count = n;
    return true;
}

bool record_read(struct arena *arena, sqlite3_stmt *s, struct registry_record *out,
                 struct registry_place *place)
{
    out->version = sqlite3_column_int64(s, 0);
    out->kind = sql_text(arena, s, 1);
    out->list_no = sql_text(arena, s, 2);
    out->status = sql_text(arena, s, 3);
    out->owner = sql_text(arena, s, 4);
    place->segment = sqlite3_column_int64(s, 6);
    place->offset = sqlite3_column_int64(s, 7);
    place->length = sqlite3_column_int64(s, 8);
    return sql_digest(s, 5, out->digest) && sql_digest(s, 5, place->sha256);
}

bool registry_record(struct registry *registry, struct arena *arena, struct str number,
                     int64_t version, struct registry_record *out, bool *found, struct err *err)
{
    struct registry_record record = {.number = str_copy(arena, number)};
    struct registry_place place = {0};
    bool row, ok = true;
    sqlite3_stmt *s;
    struct buf bytes;

    if (!registry_ready(registry, err))
        return false;
    s = version ? sql_ask(registry, err, RECORD_FIND, "ti", number, version)
                : sql_ask(registry, err, RECORD_NEWEST, "t", number);
    if (!s || !sql_next(registry, s, &row, err))
        return false;
    if (row)
        ok = record_read(arena, s, &record, &place);
    sql_end(s);
    if (!ok)
        return registry_damaged(err, database_path(err->arena, registry),
                                "一条记录的登记行已损坏", "the row of a record is damaged");
    buf_init(&bytes, BLOB_MOST);
    ok = !row || registry_bytes(registry, &place, &bytes, err);
    record.canonical = str_copy(arena, buf_view(&bytes));
    buf_release(&bytes);
    if (!ok)
        return false;
    if (row)
        *out = record;
    *found = row;
    return true;
}
