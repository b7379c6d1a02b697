/* tasks.c: lines on their way. What one turn decides and seals shares one commit of the
 * registry. */
#include "app/batch.h"

#include "deliver/deliver.h"
#include "digest/digest.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { PAPER_MOST = 1 << 30 };

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

static struct task *task_of(struct batch *batch, long seq)
{
    for (size_t i = 0; i < batch->used; i++)
        if (task_at(batch, i)->seq == seq)
            return task_at(batch, i);
    return NULL;
}

/* ---- what workers say */

static void keep(struct arena *arena, struct message *to, const struct message *from)
{
    *to = *from;
    for (size_t i = 0; i < TEXTS; i++)
        to->texts[i] = str_copy(arena, from->texts[i]);
}

static void heard_paper(struct task *task, const struct message *message)
{
    if (task->decided)
        return;
    if (task->count == task->room) {
        size_t room = task->room ? 2 * task->room : 8;
        struct paper *grown = NEW_ARRAY(task->arena, room, struct paper);

        if (task->count)
            memcpy(grown, task->papers, task->count * sizeof *grown);
        task->papers = grown;
        task->room = room;
    }
    keep(task->arena, &task->papers[task->count++].about, message);
}

static void heard_ask(struct task *task, const struct message *message)
{
    const struct str *texts = task->ask.texts;

    task->state = TASK_ASKED;
    if (task->decided)
        return;
    keep(task->arena, &task->ask, message);
    if (!message->ok) {
        task->state = TASK_MADE;
        task->decided = true;
        task->count = 0;
        return;
    }
    task->record = (struct registry_record){
        .number = texts[TEXT_NUMBER],
        .version = task->ask.version,
        .kind = texts[TEXT_KIND],
        .list_no = texts[TEXT_LIST_NO],
        .status = texts[TEXT_STATUS],
        .owner = texts[TEXT_OWNER],
        .canonical = texts[TEXT_CANONICAL],
    };
    memcpy(task->record.digest, task->ask.digest, sizeof task->record.digest);
}

static void heard_made(struct task *task, const struct message *message)
{
    struct paper *paper = &task->papers[message->n];

    keep(task->arena, &paper->about, message);
    paper->answer = paper->about.texts[TEXT_ANSWER];
    paper->code = message->code;
    paper->made = message->ok;
    if (--task->waits == 0)
        task->state = TASK_MADE;
}

void tasks_heard(void *user, const struct message *message)
{
    struct task *task = task_of(user, message->seq);

    if (!task || task->state == TASK_LOST)
        return;
    if (message->say == SAY_PAPER)
        heard_paper(task, message);
    else if (message->say == SAY_ASK)
        heard_ask(task, message);
    else if (message->say == SAY_MADE && message->n < task->count && task->waits)
        heard_made(task, message);
}

void tasks_lost(void *user, long seq, bool blamed)
{
    struct task *task = task_of(user, seq);

    if (!task || task->state == TASK_MADE)
        return;
    task->state = TASK_LOST;
    task->tries += blamed;
    task->waits = 0;
    if (!task->decided)
        task->count = 0;
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
    struct str output = paper->about.texts[TEXT_OUTPUT];
    struct answer answer = {.output = output,
                            .pages = (size_t)stored->pages,
                            .bytes = (size_t)stored->pdf.length,
                            .sha256 = hex_text(arena, stored->pdf.sha256, 32),
                            .dup = stored->state == REGISTRY_DONE,
                            .err = err};

    if (!registrar_bytes(batch->registrar, stored, bytes, err) ||
        !deliver_stage(works_stage(&batch->works, arena, task->seq, n), buf_view(bytes), err))
        return false;
    answer.file = str_from(
        works_path(&batch->works, arena, task->record.number, task->record.version, output));
    paper->about.pages = answer.pages;
    paper->about.bytes = answer.bytes;
    paper->about.texts[TEXT_FILE] = answer.file;
    paper->about.texts[TEXT_SHA256] = answer.sha256;
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
    ok = registrar_begin(batch->registrar, task->arena, &task->record,
                         paper->about.texts[TEXT_OUTPUT], task->ask.texts[TEXT_PARAMETERS],
                         &found, &err);
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
        if (str_eq(task->papers[i].about.texts[TEXT_OUTPUT],
                   task->papers[n].about.texts[TEXT_OUTPUT]))
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
        paper->seen =
            task->seen ? seen_made(task->seen, paper->about.texts[TEXT_OUTPUT]) : NULL;
        paper->same = same_before(task, i);
        paper->dup = paper->seen || paper->same;
        paper->answer = paper->about.texts[TEXT_ANSWER];
        paper->code = paper->about.code;
        if (!paper->dup && paper->about.ok && batch->registrar)
            begin(batch, task, i);
        else
            paper->make = !paper->dup && paper->about.ok;
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

/* ---- to the workers */

static void make(struct batch *batch, struct task *task)
{
    struct message message = {.say = SAY_MAKE, .seq = task->seq};

    for (size_t i = 0; i < task->count; i++) {
        const struct paper *paper = &task->papers[i];

        if (!paper->make || paper->about.say == SAY_MADE)
            continue;
        message.n = i;
        task->waits++;
        crew_send(batch->crew, task->worker, &message);
    }
    message.say = SAY_END;
    crew_send(batch->crew, task->worker, &message);
    task->state = task->waits ? TASK_MAKING : TASK_MADE;
}

static void give_up(struct batch *batch, struct task *task)
{
    struct err err;

    err_init(&err, task->arena);
    err_add(&err, RENDER_CRASHED, where_none(), "有 %d 个打印进程在此记录上终止",
            "%d renderers ended on this record", task->tries);
    task->state = TASK_MADE;
    if (!task->decided) {
        const struct answer answer = {.err = &err};

        task->ask.code = RENDER_CRASHED;
        task->ask.texts[TEXT_ANSWER] = task_answer(batch, task->arena, &answer);
    }
    task->decided = true;
    for (size_t i = 0; i < task->count; i++)
        if (task->papers[i].make && task->papers[i].about.say != SAY_MADE)
            task_fail(batch, task, &task->papers[i], &err);
}

static bool send_lines(struct batch *batch)
{
    bool did = false;

    for (size_t i = 0; i < batch->used; i++) {
        struct task *task = task_at(batch, i);
        struct message message = {.say = SAY_LINE, .seq = task->seq, .ok = !task->too_long};

        if (task->state != TASK_LOST)
            continue;
        if (task->tries >= TASK_TRIES) {
            give_up(batch, task);
        } else {
            task->worker = crew_free(batch->crew);
            if (task->worker < 0)
                break;
            message.texts[TEXT_LINE] = task->text;
            task->state = TASK_SENT;
            crew_send(batch->crew, task->worker, &message);
        }
        did = true;
    }
    return did;
}

/* ---- the registry */

static void seal(struct batch *batch, struct task *task, size_t n)
{
    struct paper *paper = &task->papers[n];
    struct registry_made made = {.record = &task->record,
                                 .pages = (long)paper->about.pages,
                                 .layout = paper->about.texts[TEXT_LAYOUT],
                                 .fonts = paper->about.texts[TEXT_FONTS],
                                 .code = paper->about.texts[TEXT_CODE]};
    struct err err;

    err_init(&err, task->arena);
    if (paper->made &&
        (!deliver_read(task->arena, works_stage(&batch->works, task->arena, task->seq, n),
                       PAPER_MOST, &made.pdf, &err) ||
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

bool tasks_turn(struct batch *batch)
{
    bool did = send_lines(batch);
    size_t ready = 0;

    while (ready < batch->used && task_at(batch, ready)->state == TASK_MADE)
        ready++;
    did = commit(batch, ready) > 0 || ready > 0 || did;
    for (size_t i = ready; i < batch->used; i++) {
        struct task *task = task_at(batch, i);

        if (task->state == TASK_ASKED && task->decided)
            make(batch, task);
    }
    if (ready == 0)
        return did;
    tasks_publish(batch, ready);
    return true;
}
