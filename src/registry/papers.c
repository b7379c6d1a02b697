/* papers.c: a paper's way, from the place it takes to the hands it is in. */
#include "registry/registry-internal.h"

#include <string.h>

/* A batch of a filing has a list of its own; whatever else is printed is the filing's. */
static struct str line_of(const struct registry_record *record, struct str output)
{
    return str_eq(output, STR("goods_list")) ? record->list_no : STR_NONE;
}

static long quota_of(const struct registry *registry, struct str output)
{
    const struct registry_config *config = &registry->config;

    for (size_t i = 0; i < config->quota_count; i++) {
        if (str_eq(config->quotas[i].output, output))
            return config->quotas[i].duplicates;
    }
    return config->duplicates;
}

static bool in_progress(const struct registry_ask *ask, struct err *err)
{
    err_add(err, PAPER_IN_PROGRESS, where_none(), "%.*s 版本 %lld 的“%.*s”正在制作中",
            "'%.*s' version %lld: its %.*s is being made", STR_ARG(ask->record->number),
            (long long)ask->record->version, STR_ARG(ask->output));
    err_hint(err, "请稍后以相同请求重试");
    return false;
}

/* The one row that a statement answers. */
static bool one_paper(struct registry *registry, struct arena *arena, sqlite3_stmt *s,
                      struct registry_paper *out, bool *found, struct err *err)
{
    bool whole = true;

    if (!s || !sql_next(registry, s, found, err))
        return false;
    if (*found)
        whole = paper_read(arena, s, out);
    sql_end(s);
    return whole || registry_damaged(err, database_path(err->arena, registry),
                                     "一份单证的登记行已损坏", "the row of a paper is damaged");
}

bool paper_by_id(struct registry *registry, struct arena *arena, int64_t id,
                 struct registry_paper *out, bool *found, struct err *err)
{
    return one_paper(registry, arena, sql_ask(registry, err, PAPER_BY_ID, "i", id), out, found,
                     err);
}

/* The same key: the same request, or KEY_REUSED. */
static bool key_agrees(struct registry *registry, const struct registry_ask *ask,
                       const struct registry_by *by, bool *known, struct err *err)
{
    uint8_t digest[32];
    sqlite3_stmt *s;
    bool same;

    *known = false;
    if (!ask->key.n)
        return true;
    s = sql_ask(registry, err, REQUEST_FIND, "tt", by->actor, ask->key);
    if (!s || !sql_next(registry, s, known, err))
        return false;
    same = *known && sql_digest(s, 0, digest) && memcmp(digest, ask->request, 32) == 0;
    sql_end(s);
    if (!*known || same)
        return true;
    err_add(err, KEY_REUSED, where_none(), "幂等键“%.*s”已用于另一个请求",
            "the key '%.*s' came with another request before", STR_ARG(ask->key));
    err_hint(err, "新请求请使用新的键");
    return false;
}

/* What was made before of the same request or, of an electronic paper, of the same place. */
static bool made_before(struct registry *registry, struct arena *arena,
                        const struct registry_ask *ask, const struct registry_by *by,
                        struct registry_paper *out, bool *found, struct err *err)
{
    const struct registry_record *record = ask->record;
    bool keyed;

    *found = false;
    if (!key_agrees(registry, ask, by, &keyed, err))
        return false;
    if (keyed && !one_paper(registry, arena,
                            sql_ask(registry, err, PAPER_BY_KEY, "ttt", by->actor, ask->key,
                                    ask->output),
                            out, found, err))
        return false;
    if (*found || ask->copy)
        return true;
    return one_paper(registry, arena,
                     sql_ask(registry, err, PAPER_BY_PLACE, "titt", record->number,
                             record->version, ask->output, ask->parameters),
                     out, found, err);
}

/* The next copy: 1 the original, 1 + n duplicate n. */
static bool next_copy(struct registry *registry, const struct registry_ask *ask, int64_t *copy,
                      struct err *err)
{
    const struct registry_record *record = ask->record;
    sqlite3_stmt *s = sql_ask(registry, err, PAPER_COPIES, "tit", record->number,
                              record->version, ask->output);
    int64_t count, last, original;
    bool row;
    long most;

    if (!s || !sql_next(registry, s, &row, err))
        return false;
    count = sqlite3_column_int64(s, 0);
    last = sqlite3_column_int64(s, 1);
    original = sqlite3_column_int64(s, 2);
    sql_end(s);
    *copy = last + 1;
    if (count == 0)
        return true;
    if (original == REGISTRY_BEGUN)
        return in_progress(ask, err);
    most = quota_of(registry, ask->output);
    if (count - 1 >= most) {
        err_add(err, QUOTA_EXHAUSTED, where_none(), "“%.*s”已有副本 %lld 份，上限 %ld 份",
                "'%.*s' has %lld duplicates, the most is %ld", STR_ARG(ask->output),
                (long long)(count - 1), most);
        err_hint(err, "the most stands in config/danzheng.ini, [quota %.*s]",
                 STR_ARG(ask->output));
        return false;
    }
    return reason_given(ask->reason, "原件已出具，副本须写明原因",
                        "the original was issued; a duplicate needs a reason", err);
}

/* Its number is open, so it stands. */
static bool add_paper(struct registry *registry, struct arena *arena,
                      const struct registry_ask *ask, int64_t copy,
                      const struct registry_by *by, struct registry_paper *out, struct err *err)
{
    const struct registry_record *record = ask->record;
    struct registry_paper paper = {
        .number = str_copy(arena, record->number),
        .version = record->version,
        .kind = str_copy(arena, record->kind),
        .output = str_copy(arena, ask->output),
        .parameters = ask->copy ? STR_NONE : str_copy(arena, ask->parameters),
        .line = str_copy(arena, line_of(record, ask->output)),
        .reason = str_copy(arena, ask->reason),
        .state = REGISTRY_BEGUN,
        .actor = str_copy(arena, by->actor),
        .begun_at = str_copy(arena, by->at),
    };

    memcpy(paper.record, record->digest, sizeof paper.record);
    paper_set_copy(&paper, copy);
    if (!sql_run(registry, err, PAPER_ADD,
                 "titttti"
                 "tbttt",
                 paper.number, paper.version, paper.kind, paper.output, paper.parameters,
                 paper.line, copy, paper.reason, paper.record, paper.actor, ask->key,
                 paper.begun_at))
        return false;
    paper.id = sqlite3_last_insert_rowid(registry->db);
    *out = paper;
    return true;
}

static bool remember_key(struct registry *registry, const struct registry_ask *ask,
                         const struct registry_by *by, struct err *err)
{
    return !ask->key.n || sql_run(registry, err, REQUEST_ADD, "ttbt", by->actor, ask->key,
                                  ask->request, by->at);
}

bool registry_begin(struct registry *registry, struct arena *arena,
                    const struct registry_ask *ask, const struct registry_by *by,
                    struct registry_paper *out, struct err *err)
{
    bool found = false, bound;
    struct registry_paper paper;
    int64_t copy = 0;

    if (!registry_ready(registry, err) ||
        !made_before(registry, arena, ask, by, &paper, &found, err))
        return false;
    if (found && paper.state == REGISTRY_BEGUN)
        return in_progress(ask, err);
    if (!record_agrees(registry, ask->record, &bound, err))
        return false;
    if (!found) {
        if (!number_open(registry, ask->record, line_of(ask->record, ask->output), err) ||
            (ask->copy && !next_copy(registry, ask, &copy, err)) ||
            !add_paper(registry, arena, ask, copy, by, &paper, err))
            return false;
    }
    if (paper.state == REGISTRY_BEGUN || !registry->places) {
        if (!remember_key(registry, ask, by, err))
            return false;
    }
    *out = paper;
    return true;
}

/* A paper in the state that a step needs; anything else is a fault of the caller. */
static bool paper_in(struct registry *registry, struct arena *arena, int64_t id,
                     enum registry_state wanted, struct registry_paper *out, struct err *err)
{
    bool found;

    if (!registry_ready(registry, err) || !paper_by_id(registry, arena, id, out, &found, err))
        return false;
    if (found && out->state == wanted)
        return true;
    if (found && out->state == REGISTRY_VOID && wanted == REGISTRY_BEGUN)
        return err_add(err, PLACE_LOST, where_none(), "单证 %lld 的登记已失效，请重新请求",
                       "the place of paper %lld was given up: ask again", (long long)id);
    return err_add(err, INTERNAL, where_none(), "单证 %lld 的登记状态不符：%d",
                   "paper %lld is not in the state for this step: %d", (long long)id,
                   found ? (int)out->state : -1);
}

static bool keep(struct registry *registry, struct arena *arena,
                 const struct registry_made *made, const struct registry_by *by,
                 struct registry_paper *paper, struct err *err)
{
    paper->state = REGISTRY_SEALED;
    paper->sealed_at = str_copy(arena, by->at);
    paper->layout = str_copy(arena, made->layout);
    paper->release = str_copy(arena, made->release);
    paper->fonts = str_copy(arena, made->fonts);
    paper->code = code_of(arena, made->code);
    paper->pages = made->pages;
    memcpy(paper->pdf.sha256, made->sha256, 32);
    return segments_append(registry, made->pdf, &paper->pdf, err) &&
           audit_add(registry, by, STR("seal"),
                     subject_of(arena, paper->number, paper->version, paper->output),
                     sealed_body(arena, paper), err) &&
           sql_run(registry, err, PAPER_SEAL,
                   "ittttt"
                   "iiiibi",
                   paper->id, paper->sealed_at, paper->layout, paper->release, paper->fonts,
                   paper->code, (int64_t)paper->pages, paper->pdf.segment, paper->pdf.offset,
                   paper->pdf.length, paper->pdf.sha256, registry->head.seq);
}

bool registry_seal(struct registry *registry, struct arena *arena, int64_t id,
                   const struct registry_made *made, const struct registry_by *by,
                   struct registry_paper *out, struct err *err)
{
    struct registry_paper paper;
    bool bound;

    if (!paper_in(registry, arena, id, REGISTRY_BEGUN, &paper, err))
        return false;
    if (memcmp(paper.record, made->record->digest, 32) != 0)
        return err_add(err, INTERNAL, where_none(), "单证 %lld 以另一条记录开始登记",
                       "paper %lld was begun with another record", (long long)id);
    if (!record_agrees(registry, made->record, &bound, err) ||
        !number_open(registry, made->record, paper.line, err) ||
        (!bound && !record_bind(registry, made->record, by, err)) ||
        !keep(registry, arena, made, by, &paper, err))
        return false;
    *out = paper;
    return true;
}

bool registry_done(struct registry *registry, int64_t id, const struct registry_by *by,
                   struct err *err)
{
    struct arena *arena = err->arena;
    struct registry_paper paper;
    bool found;

    if (!registry_ready(registry, err) ||
        !paper_by_id(registry, arena, id, &paper, &found, err))
        return false;
    if (found && paper.state == REGISTRY_DONE)
        return true;
    return paper_in(registry, arena, id, REGISTRY_SEALED, &paper, err) &&
           sql_run(registry, err, PAPER_STATE, "iit", id, (int64_t)REGISTRY_DONE, by->at) &&
           audit_add(registry, by, STR("done"),
                     subject_of(arena, paper.number, paper.version, paper.output),
                     str_printf(arena, "{\"paper\":%lld}", (long long)id), err);
}

bool registry_void(struct registry *registry, int64_t id, struct str why,
                   const struct registry_by *by, struct err *err)
{
    struct arena *arena = err->arena;
    struct registry_paper paper;
    struct buf body;
    bool ok;

    if (!paper_in(registry, arena, id, REGISTRY_BEGUN, &paper, err))
        return false;
    buf_init(&body, LINE_MOST);
    buf_printf(&body, "{\"paper\":%lld,\"why\":", (long long)id);
    buf_json(&body, why);
    buf_byte(&body, '}');
    ok = sql_run(registry, err, PAPER_STATE, "iit", id, (int64_t)REGISTRY_VOID, by->at) &&
         audit_add(registry, by, STR("void"),
                   subject_of(arena, paper.number, paper.version, paper.output),
                   buf_view(&body), err);
    buf_release(&body);
    return ok;
}
