/* publish.c: what is made gets its name, is noted, and is told, in this order; what one turn
 * publishes shares one flush, one sync of each folder and one of the journal. */
#include "app/batch.h"

#include "deliver/deliver.h"
#include "digest/digest.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { ANSWER_MOST = 1 << 30, SHARDS = 256 };

const char *paper_stage(const struct batch *batch, const struct task *task, size_t n)
{
    return arena_printf(task->arena, "%s/" STAGE_PREFIX "%ld-%zu", batch->works.folder,
                        task->seq, n);
}

const char *paper_path(const struct batch *batch, const struct task *task, struct str output)
{
    struct str number = task->record.number;
    uint8_t digest[32];
    char shard[4] = "";

    if (batch->works.shard) {
        sha256(number, digest);
        snprintf(shard, sizeof shard, "%02x/", digest[0]);
    }
    return arena_printf(task->arena, "%s/%s%.*s.v%lld.%.*s.pdf", batch->works.folder, shard,
                        STR_ARG(number), (long long)task->record.version, STR_ARG(output));
}

const char *task_aside(const struct batch *batch, const struct task *task)
{
    return arena_printf(task->arena, "%s/set-aside-%ld.json", batch->works.folder, task->seq);
}

/* ---- answers */

struct str task_answer(struct batch *batch, struct arena *arena, const struct answer *answer)
{
    struct buf *text = buf_new(arena, ANSWER_MOST);

    answer_json(text, arena, batch->service->fonts, answer);
    return str_copy(arena, buf_view(text));
}

void task_fail(struct batch *batch, struct task *task, struct paper *paper,
               const struct err *err)
{
    const struct answer answer = {.output = paper->output, .aside = task->aside, .err = err};

    paper->answer = task_answer(batch, task->arena, &answer);
    paper->code = report_code(err);
    if (paper->made || paper->stored)
        unlink(paper_stage(batch, task, (size_t)(paper - task->papers)));
    paper->made = paper->stored = paper->make = paper->dup = false;
    if (paper->placed)
        unlink(paper_path(batch, task, answer.output));
    paper->placed = false;
}

/* Nobody has been told of what lies in the folder; the next run does that. */
static NORETURN void memory_short(const struct task *task)
{
    char name[32];

    snprintf(name, sizeof name, "line %ld", task->seq);
    memory_ended(name);
    exit(err_info(MEMORY_LIMIT)->exit);
}

static struct answer answer_of(const struct paper *paper)
{
    return (struct answer){.output = paper->output,
                           .file = paper->file,
                           .sha256 = paper->sha256,
                           .pages = paper->pages,
                           .bytes = paper->bytes,
                           .faces = paper->faces};
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
        answer = answer_of(first);
    } else {
        answer = paper->seen->answer;
    }
    answer.err = &err;
    answer.dup = true;
    answer.ms = 0;
    paper->answer = task_answer(batch, task->arena, &answer);
}

static void put_answer(struct task *task, struct str answer, enum err_code code)
{
    struct str number = task->record.number;
    struct buf *line = &task->answers;

    buf_printf(line, "{\"seq\":%ld", task->seq);
    buf_member(line, "id", task->id);
    if (number.n) {
        buf_member(line, "number", number);
        buf_printf(line, ",\"version\":%lld", (long long)task->record.version);
    }
    buf_byte(line, ',');
    buf_str(line, answer);
    buf_text(line, "}\n");
    task->failed += code != ERR_NONE;
    task->passing = task->passing || strcmp(err_info(code)->retry, "later") == 0;
}

static void put_answers(struct batch *batch, struct task *task)
{
    buf_clear(&task->answers);
    task->failed = 0;
    task->passing = false;
    if (task->count == 0)
        put_answer(task, task->answer, task->code);
    for (size_t i = 0; i < task->count; i++) {
        struct paper *paper = &task->papers[i];

        if (paper->dup)
            answer_dup(batch, task, paper);
        put_answer(task, paper->answer, paper->code);
    }
    if (task->answers.failed)
        memory_short(task);
}

/* ---- publishing */

static bool is_ours(struct batch *batch, struct arena *arena, const struct paper *paper)
{
    struct str hex;
    struct err err;

    err_init(&err, arena);
    return batch->resumed &&
           sha256_file(arena, arena_text(arena, paper->file.p, paper->file.n), &hex, &err) &&
           str_eq(hex, paper->sha256);
}

static void place(struct batch *batch, struct task *task, size_t n, bool touched[SHARDS])
{
    struct paper *paper = &task->papers[n];
    char *path = arena_text(task->arena, paper->file.p, paper->file.n);
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
    if (err_ok(&err) && deliver_take(paper_stage(batch, task, n), path, &err)) {
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

static void note_file(struct task *task, struct journal_entry *entry,
                      const struct journal_file *file)
{
    struct journal_file **last = &entry->files;

    while (*last)
        last = &(*last)->next;
    *last = NEW(task->arena, struct journal_file);
    **last = *file;
}

/* The folder may be named otherwise when the batch goes on. */
static struct str within(const struct batch *batch, struct str path)
{
    size_t folder = strlen(batch->works.folder) + 1;

    return (struct str){path.p + folder, path.n - folder};
}

static void note(struct batch *batch, struct task *task)
{
    struct journal_entry entry = {.seq = task->seq,
                                  .line = task->sum,
                                  .received_at = task->received_at,
                                  .documents = (long)task->count + (task->count == 0),
                                  .failed = task->failed,
                                  .answers = buf_view(&task->answers)};

    if (task->passing)
        return;
    if (task->seen) {
        entry.digest = hex_text(task->arena, task->seen->digest, 32);
        entry.record = task->seen->key;
    }
    for (size_t i = 0; i < task->count; i++) {
        const struct paper *paper = &task->papers[i];
        const struct journal_file file = {.output = paper->output,
                                          .sha256 = paper->sha256,
                                          .path = within(batch, paper->file),
                                          .pages = paper->pages,
                                          .bytes = paper->bytes,
                                          .faces = paper->faces,
                                          .paper = paper->id};

        if (paper->placed)
            note_file(task, &entry, &file);
    }
    if (task->aside.n)
        note_file(task, &entry,
                  &(struct journal_file){.sha256 = task->aside_sum,
                                         .path = within(batch, task->aside),
                                         .bytes = task->text.n});
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
        const struct answer answer = answer_of(paper);

        if (paper->made || paper->stored)
            unlink(paper_stage(batch, task, i));
        if (!paper->placed)
            continue;
        batch_list(batch, answer.file, answer.sha256, task->received_at);
        if (task->seen)
            seen_add(batch->seen, task->seen, &answer);
        if (paper->id)
            buf_add(&batch->done, &paper->id, sizeof paper->id);
    }
    if (task->aside.n)
        batch_list(batch, task->aside, task->aside_sum, task->received_at);
    else if (batch->resumed)
        unlink(task_aside(batch, task)); /* of a try that was not noted */
}

static void say(struct batch *batch, struct task *task)
{
    fwrite(task->answers.p, 1, task->answers.n, stdout);
    batch->documents += (long)task->count + (task->count == 0);
    batch->failed += task->failed;
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
