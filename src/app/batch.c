/* batch.c: danzheng batch: a line a record, an answer a document. One bad line never stops the
 * rest; no file is overwritten; a batch that was stopped goes on where it was. */
#include "app/batch.h"

#include "app/document.h"
#include "app/lines.h"
#include "app/progress.h"

#include "deliver/deliver.h"
#include "digest/digest.h"
#include "record/request.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    FOLDER,
    STATE,
    JOBS,
    SHARD,
    QUIET,
    PRINTED_AT,
    PROFILE,
    DPI,
    SIGN,
    SIGNED_AT,
    PASSPHRASE
};

static const struct option options[] = {
    [FOLDER] = {"out", 'o', "DIR", false, "where the files go; made when it is not there"},
    [STATE] = {"state", 0, "DIR", false,
               "register the papers there; what is there is given again"},
    [JOBS] = {"jobs", 'j', "N", false, "so many processes; else one a core"},
    [SHARD] = {"shard", 0, NULL, false, "spread the files over 256 folders"},
    [QUIET] = {"quiet", 'q', NULL, false, "no progress on the terminal"},
    [PRINTED_AT] = {"printed-at", 0, "TIME", false, "print this time (RFC 3339) as 打印时间"},
    [PROFILE] = {"profile", 0, "3u|1b", false,
                 "PDF/A-3u (usual) or PDF/A-1b, for old archives"},
    [DPI] = {"dpi", 0, "N", false, "of the printer: 300 (usual), 600, 203 for thermal paper"},
    [SIGN] = {"sign", 0, NULL, false, "sign formal papers and the manifest, as [sign] says"},
    [SIGNED_AT] = {"signed-at", 0, "TIME", false, "when; else when it was sealed"},
    [PASSPHRASE] = {"passphrase-fd", 0, "N", false, "read the signing key's passphrase there"},
};

enum { TASK_MEMORY = 1 << 30, ANSWERS_MOST = 1 << 27, ANSWERS_LEAST = 1 << 16, WAIT_MS = 200 };

void batch_list(struct batch *batch, struct str path, struct str sha256, struct str received_at)
{
    size_t n = strlen(batch->works.folder) + 1;

    manifest_add(&batch->manifest, (struct str){path.p + n, path.n - n}, sha256, received_at);
}

/* ---- lines */

static void fill(struct batch *batch, struct str text, bool too_long)
{
    struct task *task = task_at(batch, batch->used++);
    struct task kept = {.arena = task->arena, .answers = task->answers};
    uint8_t sum[32];

    *task = kept;
    task->state = TASK_LOST; /* nobody has it yet */
    task->seq = batch->seq;
    task->too_long = too_long;
    sha256(text, sum);
    task->sum = hex_text(task->arena, sum, sizeof sum);
    if (!too_long)
        task->text = str_copy(task->arena, text);
}

/* Until every line that was read is answered; false: there is nobody to work any more. */
static bool drain(struct batch *batch)
{
    bool failed = false;

    while (batch->used > 0 && !failed) {
        if (!tasks_turn(batch))
            (void)crew_wait(batch->crew, -1, WAIT_MS, &failed);
    }
    return !failed;
}

/* What was done of this line before, told again. */
static bool replay(struct batch *batch, const struct journal_entry *entry, struct str text)
{
    struct seen_record *seen = NULL;
    uint8_t digest[32] = {0};

    if (!str_eq(entry->line, sha256_hex(batch->guard, text))) {
        err_add(&batch->app->err, BATCH_DIFFERS, where_file("standard input", 0, 0),
                "第 %ld 行与未完成批次的不同", "line %ld is not that of the unfinished batch",
                batch->seq);
        err_hint(&batch->app->err, "give it the same input, or choose another folder");
        return false;
    }
    for (size_t i = 0; entry->digest.n == 64 && i < sizeof digest; i++) {
        const char hex[3] = {entry->digest.p[2 * i], entry->digest.p[2 * i + 1], '\0'};

        digest[i] = (uint8_t)strtoul(hex, NULL, 16);
    }
    if (entry->record.n)
        seen = seen_find(batch->seen, entry->record, digest);
    for (const struct journal_file *file = entry->files; file; file = file->next) {
        const struct answer answer = {
            .output = file->output,
            .file =
                str_printf(batch->guard, "%s/%.*s", batch->works.folder, STR_ARG(file->path)),
            .sha256 = file->sha256,
            .pages = file->pages,
            .bytes = file->bytes,
            .faces = file->faces};

        batch_list(batch, answer.file, file->sha256, entry->received_at);
        if (seen)
            seen_add(batch->seen, seen, &answer);
        if (file->paper)
            buf_add(&batch->done, &file->paper, sizeof file->paper);
    }
    fwrite(entry->answers.p, 1, entry->answers.n, stdout);
    batch->documents += entry->documents;
    batch->failed += entry->failed;
    arena_reset(batch->guard);
    return true;
}

struct turning {
    struct batch *batch;
    struct str text;
    bool too_long, well;
};

static void whole_line(void *user)
{
    struct turning *turning = user;

    fill(turning->batch, turning->text, turning->too_long);
    turning->well = drain(turning->batch);
}

/* Without processes a line is done before the next is read, and where memory ends it costs this
 * one. */
static bool line_alone(struct batch *batch, struct str text, bool too_long)
{
    struct turning turning = {batch, text, too_long, false};

    if (arena_run(batch->guard, whole_line, &turning))
        return turning.well;
    crew_forget(batch->crew);
    task_memory(batch, task_at(batch, 0));
    return true;
}

static bool line(struct batch *batch, struct str text, bool too_long)
{
    const struct journal_entry *entry = journal_find(batch->journal, batch->seq);

    if (entry)
        return drain(batch) && replay(batch, entry, too_long ? STR_NONE : text);
    if (too_long)
        text = STR_NONE;
    if (batch->task_count == 1)
        return line_alone(batch, text, too_long);
    fill(batch, text, too_long);
    return true;
}

/* Reads while there is room for more lines; meanwhile what is done is told. */
static enum lines_found each_line(struct batch *batch, struct lines *input,
                                  struct progress *progress)
{
    enum lines_found found = LINES_LINE;
    bool failed = false, well = true;
    double bytes = 0;

    while (well && !failed && !ferror(stdout)) {
        bool room = batch->used < batch->task_count, wait = !lines_ready(input);
        struct str text;

        if (wait)
            fflush(stdout); /* what was told again */
        progress_show(progress, batch->seq - (long)batch->used, batch->failed, bytes);
        if (tasks_turn(batch))
            continue;
        if (!room || wait)
            wait = !crew_wait(batch->crew, room ? STDIN_FILENO : -1, WAIT_MS, &failed);
        else
            (void)crew_wait(batch->crew, -1, 0, &failed);
        if (!room || wait)
            continue;
        found = lines_next(input, &text);
        if (found != LINES_LINE && found != LINES_TOO_LONG)
            break;
        batch->seq++;
        bytes += (double)text.n + 1;
        if (found == LINES_TOO_LONG || str_trim(text).n > 0)
            well = line(batch, text, found == LINES_TOO_LONG);
    }
    well = well && drain(batch) && !failed;
    if (!well && err_ok(&batch->app->err))
        err_add(&batch->app->err, INTERNAL, where_none(), "无法建立工作进程",
                "no worker can be started");
    return found;
}

static void lines(struct batch *batch, struct progress *progress)
{
    struct err *err = &batch->app->err;
    enum lines_found found;
    struct lines input;

    lines_init(&input, STDIN_FILENO, RECORD_BYTES_MOST);
    found = each_line(batch, &input, progress);
    if (found == LINES_FAILED && errno == ENOMEM)
        err_add(err, MEMORY_LIMIT, where_file("standard input", 0, 0),
                "内存不足，以下各行没有读取",
                "memory ended, the lines from here on are not read");
    else if (found == LINES_FAILED)
        err_add(err, FILE_READ, where_file("standard input", 0, 0), "无法读取标准输入：%s",
                "cannot read standard input: %s", strerror(errno));
    lines_release(&input);
}

static bool wishes(struct batch *batch, const struct args *args)
{
    const char *time = option_value(args, PRINTED_AT);
    struct err *err = &batch->app->err;

    batch->works.folder = option_value(args, FOLDER);
    batch->works.printed_at = str_from(time);
    if (!batch->works.folder)
        err_add(err, USAGE, where_none(), "请用 --out 指明文件夹",
                "say with --out where the files go");
    if (time && !record_time_valid(batch->works.printed_at)) {
        err_add(err, USAGE, where_none(), "--printed-at“%s”不是带时区的 RFC 3339 时间",
                "--printed-at '%s' is no RFC 3339 time with offset", time);
        err_hint(err, "for example 2024-08-14T15:22:41+08:00");
    }
    if (!option_given(args, SIGN) &&
        (option_given(args, SIGNED_AT) || option_given(args, PASSPHRASE)))
        err_add(err, USAGE, where_none(), "--signed-at 与 --passphrase-fd 须与 --sign 并用",
                "--signed-at and --passphrase-fd go with --sign");
    return document_profile(option_value(args, PROFILE), &batch->works.profile, err) &&
           document_dpi(option_value(args, DPI), &batch->works.dpi, err) && err_ok(err);
}

static bool jobs_wished(const struct args *args, long *jobs, struct err *err)
{
    const char *text = option_value(args, JOBS);

    *jobs = sysconf(_SC_NPROCESSORS_ONLN);
    *jobs = *jobs < 1 ? 1 : *jobs > CREW_MOST ? CREW_MOST : *jobs;
    if (!text || (str_number(str_from(text), jobs) && *jobs >= 1 && *jobs <= CREW_MOST))
        return true;
    return err_add(err, USAGE, where_none(), "--jobs“%s”应为 1 至 %d",
                   "--jobs '%s' must be 1 to %d", text, CREW_MOST);
}

/* What the papers and their names depend on: a batch goes on with the same. */
static struct str wishes_sum(const struct batch *batch, struct arena *arena)
{
    const struct works *works = &batch->works;
    const struct cms_signer *signer = works->signing.signer;

    return sha256_hex(arena,
                      str_printf(arena, "%s %s %d %.*s %d %d %.*s %.*s", RELEASE,
                                 pdf_profile_name(works->profile), works->dpi,
                                 STR_ARG(works->printed_at), works->shard, works->registered,
                                 STR_ARG(signer ? cms_signer_id(signer) : STR_NONE),
                                 STR_ARG(works->signing.at)));
}

static bool tasks_open(struct batch *batch, long jobs)
{
    batch->task_count = jobs == 1 ? 1 : (size_t)jobs * TASKS_PER_JOB;
    batch->tasks = NEW_ARRAY(batch->app->arena, batch->task_count, struct task);
    for (size_t i = 0; i < batch->task_count; i++) {
        struct task *task = &batch->tasks[i];

        task->arena = arena_limited(batch->app->arena, TASK_MEMORY);
        buf_init(&task->answers, ANSWERS_MOST);
        if (!buf_room(&task->answers, ANSWERS_LEAST))
            return err_add(&batch->app->err, MEMORY_LIMIT, where_none(), "内存不足",
                           "memory is too short");
    }
    return true;
}

static void tasks_close(struct batch *batch)
{
    for (size_t i = 0; i < batch->task_count; i++) {
        buf_release(&batch->tasks[i].answers);
        arena_free(batch->tasks[i].arena);
    }
}

static bool open_all(struct batch *batch, const struct args *args, long jobs,
                     const struct crew_ears *ears)
{
    struct app *app = batch->app;
    struct works *works = &batch->works;
    const char *state = option_value(args, STATE);

    works->service = &batch->service;
    works->shard = option_given(args, SHARD);
    works->registered = state != NULL;
    batch->guard = arena_like(app->arena);
    batch->seen = seen_new(app->arena);
    return service_open(app->arena, app->home, &batch->service, &app->err) &&
           (!option_given(args, SIGN) ||
            signing_open(app, &batch->service, option_value(args, PASSPHRASE),
                         option_value(args, SIGNED_AT), &works->signing)) &&
           deliver_folder(works->folder, &app->err) &&
           journal_open(app->arena, works->folder, wishes_sum(batch, app->arena),
                        &batch->journal, &batch->resumed, &app->err) &&
           tasks_open(batch, jobs) &&
           crew_open(app->arena, works, (int)jobs, ears, &batch->crew, &app->err) &&
           (!state || registrar_open(app, &batch->service, state, &batch->registrar));
}

/* The last papers are confirmed, the manifest says what there is, then the journal goes. */
static void finish(struct batch *batch)
{
    struct app *app = batch->app;
    bool done = err_ok(&app->err) && !ferror(stdout);

    if (batch->registrar && batch->done.n)
        tasks_confirm(batch);
    if (done && !manifest_write(&batch->manifest, app->arena, batch->works.folder,
                                &batch->works.signing, &app->err)) {
        fprintf(stderr, "batch: no manifest\n");
        done = false;
    }
    journal_close(batch->journal, done);
    batch->journal = NULL;
    done = done && deliver_sync(batch->works.folder, &app->err);
    if (!done)
        fprintf(stderr, "batch: not finished; run it again with the same input to go on\n");
    fprintf(stderr, "batch: %ld documents, %ld failed\n", batch->documents, batch->failed);
}

static int run(struct app *app, const struct args *args)
{
    struct batch batch = {.app = app};
    const struct crew_ears ears = {tasks_heard, tasks_lost, &batch};
    struct progress progress;
    long jobs;

    if (!wishes(&batch, args) || !jobs_wished(args, &jobs, &app->err))
        return report_exit(&app->err);
    manifest_init(&batch.manifest);
    buf_init(&batch.done, ANSWERS_MOST);
    if (open_all(&batch, args, jobs, &ears)) {
        progress_open(&progress, option_given(args, QUIET));
        lines(&batch, &progress);
        progress_close(&progress);
        finish(&batch);
    }
    crew_close(batch.crew);
    journal_close(batch.journal, false);
    registrar_close(batch.registrar);
    tasks_close(&batch);
    manifest_release(&batch.manifest);
    buf_release(&batch.done);
    if (batch.seen)
        seen_free(batch.seen);
    signing_close(&batch.works.signing);
    service_close(&batch.service);
    return err_ok(&app->err) ? batch.failed > 0 : report_exit(&app->err);
}

const struct command batch_command = {
    .name = "batch",
    .usage = "--out DIR < LINES",
    .zh = "逐行读取记录（NDJSON），每份单证答复一行。",
    .en = "Render records line by line (NDJSON), with one answer a document.",
    .more =
        "A line is a record, or {\"outputs\":[…],\"record\":{…}}; without outputs every paper\n"
        "that the status allows is made. Files: <first number>.v<version>.<output>.pdf; none\n"
        "is overwritten. The folder gets a manifest of their digests,\n"
        "which danzheng verify --manifest and sha256sum -c check. Answers: seq (the line), ok, "
        "output, code, file, sha256, pages, ms.\n"
        "A batch that was stopped, however hard, goes on when it is run again with the same "
        "input\n"
        "and options: the answers of before are given again, and files and manifest become "
        "what\n"
        "they would have been. With --shard the files of a number lie in one of 256 folders.\n"
        "With --state papers are registered once: what the registry has comes back byte for\n"
        "byte (dup), another content is VERSION_CONFLICT.\n"
        "Exit: 0 all good, 1 some failed; 2, 65, 74, 75 or 78 when the run could not go on.\n",
    .options = options,
    .option_count = COUNT(options),
    .run = run,
};
