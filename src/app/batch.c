/* batch.c: danzheng batch: a line a record, an answer a document. One bad line never stops the
 * rest; no file is overwritten; a batch that was stopped goes on where it was. */
#include "app/batch.h"

#include "app/document.h"
#include "app/lines.h"
#include "app/progress.h"

#include "deliver/deliver.h"
#include "digest/digest.h"
#include "print/settings.h"
#include "record/request.h"
#include "serve/serve.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
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

enum { TASK_MEMORY = 1 << 30, SCRATCH = 256 << 20, ANSWERS_MOST = 1 << 27, WAIT_MS = 100 };

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
    const char *name;
    uint8_t sum[32];
    struct err err;

    *task = kept;
    task->state = TASK_LOST; /* nobody has it yet */
    task->seq = batch->seq;
    task->work.ticket = (uint64_t)batch->seq;
    sha256(text, sum);
    task->sum = hex_text(task->arena, sum, sizeof sum);
    task->text = str_copy(task->arena, text);
    if (!too_long)
        return;
    name = arena_printf(task->arena, "line %ld", task->seq);
    err_init(&err, task->arena);
    err_add(&err, LIMIT_LINE, where_file(name, 0, 0), "第 %ld 行超过 %d 字节",
            "line %ld exceeds %d bytes", task->seq, (int)RECORD_BYTES_MOST);
    task_wrong(batch, task, &err);
}

static void input_ready(void *user, struct source *source, unsigned events)
{
    struct batch *batch = user;

    (void)source;
    batch->readable = events != 0;
}

/* Until a renderer says something, input can be read (where it is wanted), or a moment. */
static void wait_for(struct batch *batch, bool input, int most)
{
    batch->readable = false;
    source_watch(&batch->loop, &batch->input, input ? EPOLLIN : 0);
    loop_turn(&batch->loop, batch->gathering && most > GATHER_MS ? GATHER_MS : most);
    pool_turn(batch->pool);
}

/* Until every line that was read is answered. */
static void drain(struct batch *batch)
{
    while (batch->used > 0) {
        if (!tasks_turn(batch))
            wait_for(batch, /* input */ false, WAIT_MS);
    }
}

/* What was done of this line before, told again. */
static bool replay(struct batch *batch, const struct journal_entry *entry, struct str text)
{
    struct seen_record *seen = NULL;
    uint8_t digest[32] = {0};

    if (!str_eq(entry->line, sha256_hex(batch->scratch, text))) {
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
                str_printf(batch->scratch, "%s/%.*s", batch->works.folder, STR_ARG(file->path)),
            .sha256 = file->sha256,
            .pages = file->pages,
            .bytes = file->bytes,
            .faces = file->faces};

        batch_list(batch, answer.file, file->sha256, entry->received_at);
        if (seen && file->output.n)
            seen_add(batch->seen, seen, &answer);
        if (file->paper)
            buf_add(&batch->done, &file->paper, sizeof file->paper);
    }
    fwrite(entry->answers.p, 1, entry->answers.n, stdout);
    batch->documents += entry->documents;
    batch->failed += entry->failed;
    arena_reset(batch->scratch);
    return true;
}

static bool line(struct batch *batch, struct str text, bool too_long)
{
    const struct journal_entry *entry = journal_find(batch->journal, batch->seq);

    if (too_long)
        text = STR_NONE;
    if (entry) {
        drain(batch);
        return replay(batch, entry, text);
    }
    fill(batch, text, too_long);
    return true;
}

/* Reads while there is room for more lines; meanwhile what is done is told. */
static enum lines_found each_line(struct batch *batch, struct lines *input,
                                  struct progress *progress)
{
    enum lines_found found = LINES_LINE;
    bool well = true;
    double bytes = 0;

    while (well && !batch->stopped && !ferror(stdout)) {
        bool room = batch->used < batch->task_count, held = lines_ready(input);
        struct str text;

        if (!held)
            fflush(stdout); /* what was told again */
        progress_show(progress, batch->seq - (long)batch->used, batch->failed, bytes);
        if (tasks_turn(batch))
            continue;
        wait_for(batch, room && !held, room && held ? 0 : WAIT_MS);
        if (!room || (!held && !batch->readable))
            continue;
        found = lines_next(input, &text);
        if (found != LINES_LINE && found != LINES_TOO_LONG)
            break;
        batch->seq++;
        bytes += (double)text.n + 1;
        if (found == LINES_TOO_LONG || str_trim(text).n > 0)
            well = line(batch, text, found == LINES_TOO_LONG);
    }
    drain(batch);
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
    if (!batch->stopped)
        return;
    err_add(err, CANCELLED, where_none(), "批次已按要求停止", "the batch was told to stop");
    err_hint(err, "run it again with the same input to go on");
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
    *jobs = *jobs < 1 ? 1 : *jobs > RENDERERS_MOST ? RENDERERS_MOST : *jobs;
    if (!text || (str_number(str_from(text), jobs) && *jobs >= 1 && *jobs <= RENDERERS_MOST))
        return true;
    return err_add(err, USAGE, where_none(), "--jobs“%s”应为 1 至 %d",
                   "--jobs '%s' must be 1 to %d", text, RENDERERS_MOST);
}

/* What the papers and their names depend on: a batch goes on with the same. */
static struct str wishes_sum(const struct batch *batch, struct arena *arena)
{
    const struct works *works = &batch->works;
    const struct cms_signer *signer = works->signing.signer;

    return sha256_hex(arena,
                      str_printf(arena, "%s %s %d %.*s %d %d %.*s %.*s", RELEASE,
                                 pdf_profile_name(works->profile), works->dpi,
                                 STR_ARG(works->printed_at), works->shard, batch->state != NULL,
                                 STR_ARG(signer ? cms_signer_id(signer) : STR_NONE),
                                 STR_ARG(works->signing.at)));
}

static void tasks_open(struct batch *batch)
{
    batch->task_count = (size_t)batch->jobs * TASKS_PER_JOB;
    batch->tasks = NEW_ARRAY(batch->app->arena, batch->task_count, struct task);
    for (size_t i = 0; i < batch->task_count; i++) {
        batch->tasks[i].arena = arena_limited(batch->app->arena, TASK_MEMORY);
        buf_init(&batch->tasks[i].answers, ANSWERS_MOST);
    }
}

static void pool_begin(struct batch *batch, int control)
{
    const struct settings *settings = &batch->service->settings;
    bool stamped = batch->works.signing.signer && settings->sign.stamps;

    batch->scratch = arena_limited(batch->app->arena, SCRATCH);
    loop_open(&batch->loop, batch);
    batch->input = (struct source){.fd = STDIN_FILENO, .ready = input_ready};
    batch->pool = pool_open(&(struct pool_options){
        .loop = &batch->loop,
        .arena = batch->scratch,
        .control = control,
        .depth = SEAT_JOBS,
        .grants = SEAT_JOBS,
        .patience[SEAT_RENDERS] = settings->patience + (stamped ? settings->sign.wait : 0),
        .recycle = settings->recycle,
        .ears = &tasks_ears,
        .user = batch,
    });
}

static bool open_all(struct batch *batch)
{
    struct app *app = batch->app;
    const char *folder = batch->works.folder;

    batch->seen = seen_new(app->arena);
    return deliver_folder(folder, &app->err) &&
           journal_open(app->arena, folder, wishes_sum(batch, app->arena), &batch->journal,
                        &batch->resumed, &app->err) &&
           (!batch->state ||
            registrar_open(app, batch->service, batch->state, &batch->registrar));
}

static void close_all(struct batch *batch)
{
    pool_close(batch->pool);
    journal_close(batch->journal, false);
    registrar_close(batch->registrar);
    for (size_t i = 0; i < batch->task_count; i++)
        buf_release(&batch->tasks[i].answers);
    manifest_release(&batch->manifest);
    buf_release(&batch->done);
    seen_free(batch->seen);
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

/* The service's front: all that batch does but making papers. */
static int front(void *user, const struct service *service, int control)
{
    struct batch *batch = user;
    struct app *app = batch->app;
    struct progress progress;

    batch->service = service;
    manifest_init(&batch->manifest);
    buf_init(&batch->done, ANSWERS_MOST);
    pool_begin(batch, control);
    tasks_open(batch);
    if (open_all(batch)) {
        progress_open(&progress, batch->quiet);
        lines(batch, &progress);
        progress_close(&progress);
        finish(batch);
    }
    close_all(batch);
    return app_end(app, err_ok(&app->err) ? batch->failed > 0 : report_exit(&app->err));
}

/* The key is opened before there are other processes, which get it from this one. */
static bool signer_ready(struct app *app, const struct args *args, struct signing *out)
{
    const struct kinds *kinds;
    struct settings settings;

    return !option_given(args, SIGN) ||
           (kinds_load(app->arena, app->home, &kinds, &app->err) &&
            settings_load(app->arena, app->home, kinds, &settings, &app->err) &&
            signing_open(app, &settings.sign, option_value(args, PASSPHRASE),
                         option_value(args, SIGNED_AT), out));
}

static int run(struct app *app, const struct args *args)
{
    struct batch batch = {.app = app,
                          .state = option_value(args, STATE),
                          .quiet = option_given(args, QUIET),
                          .works.shard = option_given(args, SHARD)};
    struct signing *signing = &batch.works.signing;
    int status = 0;

    if (wishes(&batch, args) && jobs_wished(args, &batch.jobs, &app->err) &&
        signer_ready(app, args, signing)) {
        const struct serve serve = {.arena = app->arena,
                                    .home = app->home,
                                    .signing = {signing->signer, signing->at},
                                    .front = front,
                                    .user = &batch,
                                    .renderers = batch.jobs};

        (void)(serve_run(&serve, &status, &app->err) || !err_ok(&app->err));
    }
    signing_close(signing);
    return err_ok(&app->err) ? status : report_exit(&app->err);
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
        "Papers are made in sandboxed processes, as danzheng serve does; a record that ends "
        "two of\n"
        "them is kept as set-aside-SEQ.json, and its answer says so (aside). TERM finishes "
        "what is\n"
        "under way and ends.\n"
        "Exit: 0 all good, 1 some failed; 2, 65, 70, 74, 75 or 78 when the run could not go "
        "on.\n",
    .options = options,
    .option_count = COUNT(options),
    .run = run,
};
