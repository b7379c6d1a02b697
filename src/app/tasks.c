/* tasks.c: lines on their way. What one turn decides and publishes shares one commit of the
 * registry, one sync of each folder and one of the journal. */
#include "app/batch.h"

#include "deliver/deliver.h"
#include "digest/digest.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PAPER_MOST = 1 << 30, SHARDS = 256 };

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

/* ---- answers */

static struct str answer_text(struct batch *batch, struct arena *arena,
                              const struct answer *answer)
{
    struct buf *text = buf_new(arena, PAPER_MOST);

    answer_json(text, arena, batch->service.fonts, answer);
    return str_copy(arena, buf_view(text));
}

static void fail(struct batch *batch, struct task *task, struct paper *paper,
                 const struct err *err)
{
    const struct answer answer = {.output = paper->about.texts[TEXT_OUTPUT], .err = err};

    paper->answer = answer_text(batch, task->arena, &answer);
    paper->code = report_code(err);
    if (paper->made || paper->stored)
        unlink(
            works_stage(&batch->works, task->arena, task->seq, (size_t)(paper - task->papers)));
    paper->made = paper->stored = paper->make = paper->dup = false;
    if (paper->placed)
        unlink(works_path(&batch->works, task->arena, task->record.number, task->record.version,
                          answer.output));
    paper->placed = false;
}

static void answer_dup(struct batch *batch, struct task *task, struct paper *paper)
{
    struct answer answer = {0};
    struct err err;

    err_init(&err, task->arena);
    if (paper->same) {
        const struct paper *first = &task->papers[paper->same - 1];

        paper->answer = first->answer;
        paper->code = first->code;
        if (!first->placed)
            return;
        answer = (struct answer){.output = first->about.texts[TEXT_OUTPUT],
                                 .file = first->about.texts[TEXT_FILE],
                                 .sha256 = first->about.texts[TEXT_SHA256],
                                 .pages = first->about.pages,
                                 .bytes = first->about.bytes,
                                 .faces = first->about.faces};
    } else {
        answer = paper->seen->answer;
    }
    answer.err = &err;
    answer.dup = true;
    answer.ms = 0;
    paper->answer = answer_text(batch, task->arena, &answer);
}

static void put_head(struct buf *line, const struct task *task)
{
    struct str id = task->ask.texts[TEXT_ID], number = task->ask.texts[TEXT_NUMBER];

    buf_printf(line, "{\"seq\":%ld,", task->seq);
    if (!task->ask.ok)
        return;
    if (id.n) {
        buf_text(line, "\"id\":");
        buf_json(line, id);
        buf_byte(line, ',');
    }
    if (number.n) {
        buf_text(line, "\"number\":");
        buf_json(line, number);
        buf_printf(line, ",\"version\":%lld,", (long long)task->ask.version);
    }
}

/* Where memory was too short for more. */
static void put_bare(struct buf *line, struct arena *arena, const struct fonts *fonts,
                     struct str output, enum err_code code)
{
    const struct err_info *info = err_info(code);
    struct fault only = {.code = code, .zh = str_from(info->zh), .en = str_from(info->en)};
    const struct err err = {.first = &only, .faults = 1};
    const struct answer bare = {.output = output, .err = &err};

    answer_json(line, arena, fonts, &bare);
}

static void put_answer(struct batch *batch, struct task *task, struct str output,
                       struct str answer, enum err_code code)
{
    struct buf *line = &task->answers;

    put_head(line, task);
    if (answer.n)
        buf_str(line, answer);
    else
        put_bare(line, task->arena, batch->service.fonts, output, code);
    buf_text(line, "}\n");
    task->failed += code != ERR_NONE;
    task->passing = task->passing || strcmp(err_info(code)->retry, "later") == 0;
}

/* What is said without sentences fits into what the answers have from the beginning. */
static void put_bare_answers(struct batch *batch, struct task *task)
{
    buf_clear(&task->answers);
    task->failed = 0;
    for (size_t i = 0; i < task->count; i++) {
        struct paper *paper = &task->papers[i];

        if (paper->placed)
            unlink(paper->about.texts[TEXT_FILE].p);
        paper->placed = false;
        put_answer(batch, task, paper->about.texts[TEXT_OUTPUT], STR_NONE,
                   paper->code ? paper->code : MEMORY_LIMIT);
    }
    if (!task->ask.ok)
        put_answer(batch, task, STR_NONE, STR_NONE, task->ask.code);
}

static void put_answers(struct batch *batch, struct task *task)
{
    buf_clear(&task->answers);
    task->failed = 0;
    task->passing = false;
    if (!task->ask.ok)
        put_answer(batch, task, STR_NONE, task->ask.texts[TEXT_ANSWER], task->ask.code);
    for (size_t i = 0; i < task->count; i++) {
        struct paper *paper = &task->papers[i];

        if (paper->dup)
            answer_dup(batch, task, paper);
        put_answer(batch, task, paper->about.texts[TEXT_OUTPUT], paper->answer, paper->code);
    }
    if (task->answers.failed)
        put_bare_answers(batch, task);
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
    paper->answer = answer_text(batch, arena, &answer);
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
        fail(batch, task, paper, &err);
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
            fail(batch, task, paper, &err);
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
        task->ask.texts[TEXT_ANSWER] = answer_text(batch, task->arena, &answer);
    }
    task->decided = true;
    for (size_t i = 0; i < task->count; i++)
        if (task->papers[i].make && task->papers[i].about.say != SAY_MADE)
            fail(batch, task, &task->papers[i], &err);
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
        fail(batch, task, paper, &err);
    if (paper->made)
        return;
    if (!registrar_void(batch->registrar, paper->id, paper->code, &err))
        fail(batch, task, paper, &err);
    paper->id = 0;
}

static void fail_registered(struct batch *batch, struct task *task, const struct err *err)
{
    for (size_t i = 0; i < task->count; i++) {
        if (!task->papers[i].id || task->papers[i].stored)
            continue;
        task->papers[i].id = 0;
        fail(batch, task, &task->papers[i], err);
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

/* ---- publishing */

static bool is_ours(struct batch *batch, struct arena *arena, const struct paper *paper)
{
    struct str path = paper->about.texts[TEXT_FILE], hex;
    struct err err;

    err_init(&err, arena);
    return batch->resumed &&
           sha256_file(arena, arena_text(arena, path.p, path.n), &hex, &err) &&
           str_eq(hex, paper->about.texts[TEXT_SHA256]);
}

static void place(struct batch *batch, struct task *task, size_t n, bool touched[SHARDS])
{
    struct paper *paper = &task->papers[n];
    struct str file = paper->about.texts[TEXT_FILE];
    char *path = arena_text(task->arena, file.p, file.n);
    uint8_t digest[32];
    struct err err;

    err_init(&err, task->arena);
    if (batch->works.shard) {
        char *slash = strrchr(path, '/');

        sha256(task->record.number, digest);
        touched[digest[0]] = true;
        *slash = '\0';
        if (mkdir(path, 0777) != 0 && errno != EEXIST)
            err_add(&err, FILE_WRITE, where_file(path, 0, 0), "无法建立文件夹：%s",
                    "cannot make the folder: %s", strerror(errno));
        *slash = '/';
    }
    if (err_ok(&err) &&
        deliver_take(works_stage(&batch->works, task->arena, task->seq, n), path, &err)) {
        paper->placed = true;
    } else if (report_code(&err) == FILE_EXISTS && is_ours(batch, task->arena, paper)) {
        paper->placed = true;
    } else {
        fail(batch, task, paper, &err);
    }
}

static bool sync_folders(struct batch *batch, const bool touched[SHARDS], struct err *err)
{
    for (int i = 0; i < SHARDS && batch->works.shard; i++)
        if (touched[i] &&
            !deliver_sync(arena_printf(err->arena, "%s/%02x", batch->works.folder, (unsigned)i),
                          err))
            return false;
    return deliver_sync(batch->works.folder, err);
}

static void fail_placed(struct batch *batch, struct task *task, const struct err *err)
{
    for (size_t i = 0; i < task->count; i++)
        if (task->papers[i].placed)
            fail(batch, task, &task->papers[i], err);
}

static bool any_staged(struct batch *batch, size_t ready)
{
    for (size_t i = 0; i < ready; i++) {
        const struct task *task = task_at(batch, i);

        for (size_t k = 0; k < task->count; k++)
            if (task->papers[k].made || task->papers[k].stored)
                return true;
    }
    return false;
}

/* Every file has its own name, or an answer that says why not. */
static void place_all(struct batch *batch, size_t ready)
{
    bool touched[SHARDS] = {false}, flushed;
    struct err err;

    if (!any_staged(batch, ready))
        return;
    err_init(&err, batch->tasks[batch->first].arena);
    flushed = deliver_flush(batch->works.folder, &err);
    for (size_t i = 0; i < ready; i++) {
        struct task *task = task_at(batch, i);

        for (size_t k = 0; k < task->count; k++) {
            if (!task->papers[k].made && !task->papers[k].stored)
                continue;
            if (flushed)
                place(batch, task, k, touched);
            else
                fail(batch, task, &task->papers[k], &err);
        }
    }
    if (flushed && !sync_folders(batch, touched, &err))
        for (size_t i = 0; i < ready; i++)
            fail_placed(batch, task_at(batch, i), &err);
}

static void note(struct batch *batch, struct task *task)
{
    struct journal_entry entry = {.seq = task->seq,
                                  .line = task->sum,
                                  .documents = (long)task->count + !task->ask.ok,
                                  .failed = task->failed,
                                  .answers = buf_view(&task->answers)};
    struct journal_file **last = &entry.files;

    if (task->passing)
        return;
    if (task->ask.ok && task->seen) {
        entry.received_at = task->ask.texts[TEXT_RECEIVED_AT];
        entry.digest = hex_text(task->arena, task->seen->digest, 32);
        entry.record = task->seen->key;
    }
    for (size_t i = 0; i < task->count; i++) {
        const struct paper *paper = &task->papers[i];
        struct journal_file *file;

        if (!paper->placed)
            continue;
        *last = file = NEW(task->arena, struct journal_file);
        last = &file->next;
        *file = (struct journal_file){.output = paper->about.texts[TEXT_OUTPUT],
                                      .sha256 = paper->about.texts[TEXT_SHA256],
                                      .path = paper->about.texts[TEXT_FILE],
                                      .pages = paper->about.pages,
                                      .bytes = paper->about.bytes,
                                      .faces = paper->about.faces,
                                      .paper = paper->id};
    }
    journal_add(batch->journal, &entry);
}

/* Answers, journal, and what later lines must know. */
static void note_all(struct batch *batch, size_t ready)
{
    struct err err;

    for (size_t i = 0; i < ready; i++) {
        put_answers(batch, task_at(batch, i));
        note(batch, task_at(batch, i));
    }
    err_init(&err, batch->tasks[batch->first].arena);
    if (journal_sync(batch->journal, &err))
        return;
    for (size_t i = 0; i < ready; i++) {
        fail_placed(batch, task_at(batch, i), &err);
        put_answers(batch, task_at(batch, i));
    }
}

static void remember(struct batch *batch, struct task *task)
{
    for (size_t i = 0; i < task->count; i++) {
        const struct paper *paper = &task->papers[i];
        const struct str *texts = paper->about.texts;
        const struct answer answer = {.output = texts[TEXT_OUTPUT],
                                      .file = texts[TEXT_FILE],
                                      .sha256 = texts[TEXT_SHA256],
                                      .pages = paper->about.pages,
                                      .bytes = paper->about.bytes,
                                      .faces = paper->about.faces};

        if (paper->made || paper->stored)
            unlink(works_stage(&batch->works, task->arena, task->seq, i));
        if (!paper->placed)
            continue;
        batch_list(batch, answer.file, answer.sha256, task->ask.texts[TEXT_RECEIVED_AT]);
        if (task->seen)
            seen_add(batch->seen, task->seen, &answer);
        if (paper->id)
            buf_add(&batch->done, &paper->id, sizeof paper->id);
    }
}

static void say(struct batch *batch, struct task *task)
{
    fwrite(task->answers.p, 1, task->answers.n, stdout);
    batch->documents += (long)task->count + !task->ask.ok;
    batch->failed += task->failed;
}

void task_memory(struct batch *batch, struct task *task)
{
    for (size_t i = 0; i < task->count; i++) {
        char stage[4096];

        if (task->papers[i].placed)
            unlink(task->papers[i].about.texts[TEXT_FILE].p);
        snprintf(stage, sizeof stage, "%s/" STAGE_PREFIX "%ld-%zu", batch->works.folder,
                 task->seq, i);
        unlink(stage);
    }
    task->ask = (struct message){.seq = task->seq, .code = MEMORY_LIMIT};
    task->count = 0;
    put_answers(batch, task);
    say(batch, task);
    fflush(stdout);
    task_end(batch, task);
}

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
    place_all(batch, ready);
    note_all(batch, ready);
    for (size_t i = 0; i < ready; i++) {
        remember(batch, task_at(batch, 0));
        say(batch, task_at(batch, 0));
        task_end(batch, task_at(batch, 0));
    }
    fflush(stdout);
    return true;
}
