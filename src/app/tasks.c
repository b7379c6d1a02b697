/* tasks.c: lines on their way. What one turn decides and seals shares one commit of the
 * registry. */
#define _GNU_SOURCE /* memmem */
#include "app/batch.h"

#include "deliver/deliver.h"
#include "digest/digest.h"

#include <stdio.h>
#include <string.h>

enum { PAPER_MOST = 1 << 30, LINE_MOST = 1 << 16 };

struct task *task_at(struct batch *batch, size_t i)
{
    return &batch->tasks[(batch->first + i) % batch->task_count];
}

void task_end(struct batch *batch, struct task *task)
{
    task->state = TASK_FREE;
    arena_reset(task->arena);
    batch->first = (batch->first + 1) % batch->task_count;
    batch->used--;
}

static struct task *task_of(struct work *work)
{
    return (struct task *)work;
}

void task_wrong(struct batch *batch, struct task *task, const struct err *err)
{
    const struct answer bad = {.err = err, .aside = task->aside};

    task->answer = task_answer(batch, task->arena, &bad);
    task->code = report_code(err);
    task->state = TASK_MADE;
    task->decided = true;
}

/* ---- what renderers say */

/* One that lies about what it was asked is none. */
static bool agrees(const struct task *task, const struct wire_ask *found)
{
    bool same = task->count == found->count;

    for (size_t i = 0; same && i < task->count; i++)
        same = str_eq(task->papers[i].output, found->outputs[i]);
    return task->count == 0 || same;
}

static void keep_found(struct task *task, const struct wire_ask *found, struct str canonical)
{
    struct arena *arena = task->arena;

    task->record = registry_record_told(arena, found, canonical);
    task->id = str_copy(arena, found->name);
    task->received_at = str_copy(arena, found->received_at);
    task->parameters = str_copy(arena, found->parameters);
    task->papers = NEW_ARRAY(arena, found->count, struct paper);
    task->count = found->count;
    for (size_t i = 0; i < found->count; i++) {
        task->papers[i].output = str_copy(arena, found->outputs[i]);
        task->papers[i].wanted = found->wanted[i];
    }
}

static bool asked(void *user, struct work *work, const struct wire_ask *found,
                  struct str canonical)
{
    struct task *task = task_of(work);

    (void)user;
    if (task->state != TASK_SENT || !agrees(task, found))
        return false;
    if (task->count == 0)
        keep_found(task, found, canonical);
    task->state = TASK_ASKED;
    return true;
}

/* From the mark on; empty when it is not there. A quote within a text would be escaped. */
static struct str from(struct str text, struct str mark)
{
    const char *at = text.n ? memmem(text.p, text.n, mark.p, mark.n) : NULL;

    return at ? (struct str){at, (size_t)(text.p + text.n - at)} : STR_NONE;
}

static struct str without(struct str text, size_t before, size_t behind)
{
    return (struct str){text.p + before, text.n - before - behind};
}

/* "ok":false[,"output":…],"error":{…}[,"errors":[…]]} as batch answers. */
static struct str words(struct arena *arena, const struct answer_line *cut)
{
    const struct str one = STR(",\"error\":"), all = STR(",\"errors\":");
    struct str errors = from(cut->rest, all);
    bool alone = errors.n == 0;

    errors = alone ? without(cut->rest, one.n, 1) : without(errors, all.n, 1);
    return str_printf(arena, "%.*s,\"code\":\"%.*s\",\"errors\":%s%.*s%s,\"ms\":0.00",
                      STR_ARG(cut->front), STR_ARG(cut->code), alone ? "[" : "",
                      STR_ARG(errors), alone ? "]" : "");
}

static void take_fault(struct task *task, const struct answer_line *cut)
{
    struct str answer = words(task->arena, cut);
    enum err_code code = INTERNAL;
    bool whole = str_is(cut->front, "\"ok\":false");

    if (!err_find(cut->code, &code))
        code = INTERNAL;
    if (task->count == 0) {
        task->answer = answer;
        task->code = code;
    }
    for (size_t i = 0; i < task->count; i++) {
        struct paper *paper = &task->papers[i];

        if (paper->answer.n || paper->dup || (!whole && i != cut->n))
            continue;
        paper->answer = answer;
        paper->code = code;
    }
}

/* Staged beside its target, it is still nobody's. */
static void take_paper(struct batch *batch, struct task *task, size_t n,
                       const struct answer_line *cut, struct str pdf)
{
    struct arena *arena = task->arena;
    struct paper *paper = &task->papers[n];
    struct str rest = from(cut->rest, STR(",\"warnings\":")), path;
    struct err err;

    if (!rest.n)
        rest = from(cut->rest, STR(",\"ms\":"));
    err_init(&err, arena);
    path = str_from(paper_path(batch, task, paper->output));
    paper->pages = cut->pages;
    paper->bytes = pdf.n;
    paper->faces = cut->faces;
    paper->file = path;
    paper->sha256 = sha256_hex(arena, pdf);
    paper->layout = str_copy(arena, cut->layout);
    paper->fonts = str_copy(arena, cut->fonts);
    paper->verify_code = str_copy(arena, cut->verify_code);
    paper->made = deliver_stage(paper_stage(batch, task, n), pdf, &err);
    if (paper->made) {
        const struct answer answer = {.output = paper->output,
                                      .file = path,
                                      .sha256 = paper->sha256,
                                      .pages = paper->pages,
                                      .bytes = paper->bytes,
                                      .faces = paper->faces,
                                      .rest = rest.n ? without(rest, 0, 1) : STR_NONE,
                                      .err = &err};

        paper->answer = task_answer(batch, arena, &answer);
    } else {
        task_fail(batch, task, paper, &err);
    }
}

static bool made(void *user, struct work *work, const struct answer_line *cut, struct str body)
{
    struct task *task = task_of(work);

    if (!cut->ok) {
        take_fault(task, cut);
        return true;
    }
    if (task->state != TASK_MAKING || cut->n >= task->count || !task->papers[cut->n].make ||
        task->papers[cut->n].answer.n)
        return false;
    take_paper(user, task, (size_t)cut->n, cut, body);
    return true;
}

static void unmade(struct batch *batch, struct task *task, const struct err *err)
{
    if (task->count == 0 && !task->answer.n)
        task_wrong(batch, task, err);
    for (size_t i = 0; i < task->count; i++) {
        struct paper *paper = &task->papers[i];

        if (!paper->answer.n && !paper->dup)
            task_fail(batch, task, paper, err);
    }
    task->state = TASK_MADE;
    task->decided = true;
}

/* What it has not said it will not say. */
static void over(void *user, struct work *work)
{
    struct task *task = task_of(work);
    struct err err;

    err_init(&err, task->arena);
    err_add(&err, INTERNAL, where_none(), "打印进程没有作出该单证",
            "the renderer did not make this paper");
    unmade(user, task, &err);
}

static void lost(void *user, struct work *work, bool blamed)
{
    struct task *task = task_of(work);

    (void)user;
    task->state = TASK_LOST;
    task->tries += blamed;
}

static void told(void *user, enum control_word word)
{
    struct batch *batch = user;

    batch->stopped = batch->stopped || word == CONTROL_DRAIN;
}

/* ---- deciding */

/* NULL: the record has no number yet, or (err) another content under the same one. */
static struct seen_record *meet(struct batch *batch, struct task *task, struct err *err)
{
    const struct registry_record *record = &task->record;
    struct seen_record *seen;

    if (!record->number.n)
        return NULL;
    seen = seen_find(batch->seen,
                     str_printf(task->arena, "%.*s.v%lld", STR_ARG(record->number),
                                (long long)record->version),
                     record->digest);
    if (memcmp(seen->digest, record->digest, sizeof seen->digest) == 0)
        return seen;
    err_add(err, VERSION_CONFLICT, where_pointer(STR("/version")),
            "编号 %.*s 版本 %lld 在本批中已有内容不同的记录",
            "number %.*s version %lld came in this run with another content",
            STR_ARG(record->number), (long long)record->version);
    err_hint(err, "内容变更时 version 须增大");
    return NULL;
}

/* It was made before: the same bytes, staged like those that are made now. */
static bool take_stored(struct batch *batch, struct task *task, size_t n,
                        const struct registry_paper *stored, struct err *err)
{
    struct paper *paper = &task->papers[n];
    struct arena *arena = task->arena;
    struct buf *bytes = buf_new(arena, PAPER_MOST);
    struct answer answer = {.output = paper->output,
                            .pages = (size_t)stored->pages,
                            .bytes = (size_t)stored->pdf.length,
                            .sha256 = hex_text(arena, stored->pdf.sha256, 32),
                            .dup = stored->state == REGISTRY_DONE,
                            .err = err};

    if (!registrar_bytes(batch->registrar, stored, bytes, err) ||
        !deliver_stage(paper_stage(batch, task, n), buf_view(bytes), err))
        return false;
    answer.file = str_from(paper_path(batch, task, paper->output));
    paper->pages = answer.pages;
    paper->bytes = answer.bytes;
    paper->file = answer.file;
    paper->sha256 = answer.sha256;
    paper->answer = task_answer(batch, arena, &answer);
    paper->id = stored->id;
    paper->stored = true;
    return true;
}

static void begin(struct batch *batch, struct task *task, size_t n)
{
    struct paper *paper = &task->papers[n];
    struct registry_paper found;
    struct err err;
    bool ok;

    err_init(&err, task->arena);
    ok = registrar_begin(batch->registrar, task->arena, &task->record, paper->output,
                         task->parameters, &found, &err);
    if (ok && found.state == REGISTRY_BEGUN) {
        paper->id = found.id;
        paper->make = true;
        return;
    }
    if (!ok || !take_stored(batch, task, n, &found, &err))
        task_fail(batch, task, paper, &err);
}

static size_t same_before(const struct task *task, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (str_eq(task->papers[i].output, task->papers[n].output))
            return i + 1;
    return 0;
}

static void decide(struct batch *batch, struct task *task)
{
    struct err err;

    err_init(&err, task->arena);
    task->seen = meet(batch, task, &err);
    task->decided = true;
    for (size_t i = 0; i < task->count; i++) {
        struct paper *paper = &task->papers[i];

        if (!err_ok(&err)) {
            task_fail(batch, task, paper, &err);
            continue;
        }
        paper->seen = task->seen ? seen_made(task->seen, paper->output) : NULL;
        paper->same = same_before(task, i);
        paper->dup = paper->seen || paper->same;
        if (!paper->dup && paper->wanted && batch->registrar)
            begin(batch, task, i);
        else
            paper->make = !paper->dup && paper->wanted;
    }
}

/* What an earlier line of the same number comes to, decides about this one. */
static bool must_wait(struct batch *batch, size_t n)
{
    const struct task *task = task_at(batch, n);

    for (size_t i = 0; i < n && task->record.number.n; i++)
        if (str_eq(task_at(batch, i)->record.number, task->record.number))
            return true;
    return false;
}

/* Those from the first on that can be; the count of what was decided is in order. */
static size_t decide_all(struct batch *batch)
{
    size_t decided = 0;

    for (size_t i = 0; i < batch->used; i++) {
        struct task *task = task_at(batch, i);

        if (task->decided)
            continue;
        if (task->state != TASK_ASKED || must_wait(batch, i))
            break;
        decide(batch, task);
        decided++;
    }
    return decided;
}

/* ---- to the renderers */

/* It makes these, and says why others may not be printed. */
static void grant(void *user, struct work *work)
{
    struct batch *batch = user;
    struct task *task = task_of(work);
    struct buf line;
    bool more = false;

    task->state = TASK_MAKING;
    buf_init(&line, LINE_MOST);
    buf_printf(&line, "{\"id\":\"%ld\",\"op\":\"grant\"", task->seq);
    for (size_t i = 0; i < task->count; i++) {
        if (!task->papers[i].make || task->papers[i].answer.n)
            continue;
        buf_printf(&line, "%s\"%zu\"", more ? "," : ",\"outputs\":[", i);
        more = true;
    }
    buf_text(&line, more ? "]}\n" : "}\n");
    pool_tell(batch->pool, work, buf_view(&line));
    buf_release(&line);
}

static void send_line(struct batch *batch, struct seat *seat, struct task *task)
{
    const struct works *works = &batch->works;
    struct buf head;

    buf_init(&head, LINE_MOST);
    buf_printf(&head, "\"op\":\"line\",\"profile\":\"%s\",\"dpi\":%d",
               pdf_profile_name(works->profile), works->dpi);
    buf_member(&head, "printed_at", works->printed_at);
    buf_printf(&head, ",\"bytes\":%zu}\n", task->text.n);
    task->state = TASK_SENT;
    pool_send(batch->pool, seat, &task->work, buf_view(&head), task->text);
    buf_release(&head);
}

/* The line is kept for those who find out why. */
static void set_aside(struct batch *batch, struct task *task)
{
    const char *path = task_aside(batch, task);
    struct err err;

    err_init(&err, task->arena);
    err_add(&err, RENDER_CRASHED, where_none(), "有 %d 个打印进程在此记录上终止",
            "%d renderers ended on this record", task->tries);
    if (deliver_file(path, task->text, DELIVER_REPLACE, &err)) {
        task->aside = str_from(path);
        task->aside_sum = sha256_hex(task->arena, task->text);
    }
    unmade(batch, task, &err);
}

static bool send_lines(struct batch *batch)
{
    bool did = false;

    for (size_t i = 0; i < batch->used; i++) {
        struct task *task = task_at(batch, i);
        struct seat *seat;

        if (task->state != TASK_LOST)
            continue;
        if (task->tries >= TRIES) {
            set_aside(batch, task);
        } else {
            seat = pool_free(batch->pool, /* verify */ false);
            if (!seat)
                break;
            send_line(batch, seat, task);
        }
        did = true;
    }
    return did;
}

const struct pool_ears tasks_ears =
    {.asked = asked, .made = made, .grant = grant, .over = over, .lost = lost, .told = told};

/* ---- the registry */

static void seal(struct batch *batch, struct task *task, size_t n)
{
    struct paper *paper = &task->papers[n];
    struct registry_made made = {.record = &task->record,
                                 .pages = (long)paper->pages,
                                 .layout = paper->layout,
                                 .fonts = paper->fonts,
                                 .code = paper->verify_code};
    struct err err;

    err_init(&err, task->arena);
    if (paper->made &&
        (!deliver_read(task->arena, paper_stage(batch, task, n), PAPER_MOST, &made.pdf, &err) ||
         !registrar_seal(batch->registrar, task->arena, paper->id, &made, &err)))
        task_fail(batch, task, paper, &err);
    if (paper->made)
        return;
    if (!registrar_void(batch->registrar, paper->id, paper->code, &err))
        task_fail(batch, task, paper, &err);
    paper->id = 0;
}

static void fail_registered(struct batch *batch, struct task *task, const struct err *err)
{
    for (size_t i = 0; i < task->count; i++) {
        if (!task->papers[i].id || task->papers[i].stored)
            continue;
        task->papers[i].id = 0;
        task_fail(batch, task, &task->papers[i], err);
    }
}

static void confirm(struct batch *batch, struct err *err)
{
    const char *at = batch->done.p;

    for (size_t i = 0; batch->registrar && i < batch->done.n; i += sizeof(int64_t)) {
        int64_t id;

        memcpy(&id, at + i, sizeof id);
        if (!registrar_done(batch->registrar, id, err))
            break;
    }
    buf_clear(&batch->done);
}

void tasks_confirm(struct batch *batch)
{
    struct err *err = &batch->app->err;

    confirm(batch, err);
    if (!registrar_commit(batch->registrar, err))
        fprintf(stderr, "batch: the last papers are registered, their delivery is not\n");
}

/* Confirms, seals, begins: one commit. A paper of `ready` lines whose seal it does not hold has
 * failed. */
static size_t commit(struct batch *batch, size_t ready)
{
    size_t decided, from = ready;
    struct err err;

    err_init(&err, batch->tasks[batch->first].arena);
    confirm(batch, &err);
    for (size_t i = 0; batch->registrar && i < ready; i++) {
        struct task *task = task_at(batch, i);

        for (size_t k = 0; k < task->count; k++)
            if (task->papers[k].id && !task->papers[k].stored)
                seal(batch, task, k);
    }
    while (from < batch->used && task_at(batch, from)->decided)
        from++;
    decided = decide_all(batch);
    err_init(&err, batch->tasks[batch->first].arena);
    if (batch->registrar && !registrar_commit(batch->registrar, &err)) {
        for (size_t i = 0; i < ready; i++)
            fail_registered(batch, task_at(batch, i), &err);
        for (size_t i = from; i < from + decided; i++)
            fail_registered(batch, task_at(batch, i), &err);
    }
    return decided;
}

/* ---- the turn */

/* As long as others are on their way, they are few, and it is not for long. */
static bool waits_for_more(struct batch *batch, size_t ready)
{
    int64_t now = batch->loop.now;

    if (ready > 0 && !batch->gathering)
        batch->gathering = now;
    if (ready > 0 && ready < batch->used && ready < batch->task_count / 2 &&
        now - batch->gathering < GATHER_MS)
        return true;
    batch->gathering = 0;
    return false;
}

bool tasks_turn(struct batch *batch)
{
    bool did = send_lines(batch);
    size_t ready = 0;

    while (ready < batch->used && task_at(batch, ready)->state == TASK_MADE)
        ready++;
    if (waits_for_more(batch, ready))
        ready = 0;
    did = commit(batch, ready) > 0 || ready > 0 || did;
    for (size_t i = ready; i < batch->used; i++) {
        struct task *task = task_at(batch, i);

        if (task->state == TASK_ASKED && task->decided && !task->work.ready)
            pool_ready(batch->pool, &task->work);
    }
    if (ready == 0)
        return did;
    tasks_publish(batch, ready);
    return true;
}
