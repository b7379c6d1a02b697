/* publish.c: what is made gets its name, is noted, and is told, in this order; what one turn
 * publishes shares one flush, one sync of each folder and one of the journal. */
#include "app/batch.h"

#include "deliver/deliver.h"
#include "digest/digest.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { ANSWER_MOST = 1 << 30, SHARDS = 256 };

/* ---- answers */

struct str task_answer(struct batch *batch, struct arena *arena, const struct answer *answer)
{
    struct buf *text = buf_new(arena, ANSWER_MOST);

    answer_json(text, arena, batch->service.fonts, answer);
    return str_copy(arena, buf_view(text));
}

void task_fail(struct batch *batch, struct task *task, struct paper *paper,
               const struct err *err)
{
    const struct answer answer = {.output = paper->about.texts[TEXT_OUTPUT], .err = err};

    paper->answer = task_answer(batch, task->arena, &answer);
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
    paper->answer = task_answer(batch, task->arena, &answer);
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
static void put_bare_answers(struct batch *batch, struct task *task, size_t cap)
{
    buf_clear(&task->answers);
    task->answers.cap = cap;
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
    size_t cap = task->answers.cap;

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
        put_bare_answers(batch, task, cap);
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
        task_fail(batch, task, paper, &err);
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
            task_fail(batch, task, &task->papers[i], err);
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
                task_fail(batch, task, &task->papers[k], &err);
        }
    }
    if (flushed && !sync_folders(batch, touched, &err))
        for (size_t i = 0; i < ready; i++)
            fail_placed(batch, task_at(batch, i), &err);
}

/* The folder may be named otherwise when the batch goes on. */
static void note(struct batch *batch, struct task *task)
{
    size_t folder = strlen(batch->works.folder) + 1;
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
        struct str path = paper->about.texts[TEXT_FILE];
        struct journal_file *file;

        if (!paper->placed)
            continue;
        *last = file = NEW(task->arena, struct journal_file);
        last = &file->next;
        *file = (struct journal_file){.output = paper->about.texts[TEXT_OUTPUT],
                                      .sha256 = paper->about.texts[TEXT_SHA256],
                                      .path = {path.p + folder, path.n - folder},
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

void tasks_publish(struct batch *batch, size_t ready)
{
    place_all(batch, ready);
    note_all(batch, ready);
    for (size_t i = 0; i < ready; i++) {
        remember(batch, task_at(batch, 0));
        say(batch, task_at(batch, 0));
        task_end(batch, task_at(batch, 0));
    }
    fflush(stdout);
}
