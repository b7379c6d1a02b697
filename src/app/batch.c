/* batch.c: danzheng batch: a line a record, an answer a document. One bad line never stops the
 * rest; no file is overwritten. */
#include "app/document.h"
#include "app/lines.h"
#include "app/manifest.h"
#include "app/seen.h"

#include "digest/digest.h"
#include "record/request.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { FOLDER, PRINTED_AT, PROFILE, DPI, SIGN, SIGNED_AT, PASSPHRASE };

static const struct option options[] = {
    [FOLDER] = {"out", 'o', "DIR", false, "where the files go; made when it is not there"},
    [PRINTED_AT] = {"printed-at", 0, "TIME", false, "print this time (RFC 3339) as 打印时间"},
    [PROFILE] = {"profile", 0, "3u|1b", false,
                 "PDF/A-3u (usual) or PDF/A-1b, for old archives"},
    [DPI] = {"dpi", 0, "N", false, "of the printer: 300 (usual), 600, 203 for thermal paper"},
    [SIGN] = {"sign", 0, NULL, false, "sign formal papers and the manifest, as [sign] says"},
    [SIGNED_AT] = {"signed-at", 0, "TIME", false, "when; else when it was sealed"},
    [PASSPHRASE] = {"passphrase-fd", 0, "N", false, "read the signing key's passphrase there"},
};

enum {
    LINE_MEMORY = 1 << 30,
    PDF_MOST = 1 << 30,
    ANSWER_MOST = 1 << 24,
    ANSWER_LEAST = 1 << 16
};

struct batch {
    struct app *app;
    struct service service;
    struct arena *arena; /* of the line at hand */
    struct seen *seen;
    struct buf bytes, line;
    const char *folder;
    struct str printed_at;
    enum pdf_profile profile;
    int dpi;
    struct signing signing;
    struct manifest manifest;
    long seq, documents, failed;
};

/* Members that answers of one line share. */
struct subject {
    struct str id, number;
    int64_t version;
};

struct saying {
    struct batch *batch;
    const struct subject *subject;
    const struct answer *answer;
};

static void put_answer(void *user)
{
    const struct saying *saying = user;
    struct batch *batch = saying->batch;
    const struct subject *subject = saying->subject;
    struct buf *line = &batch->line;

    buf_clear(line);
    buf_printf(line, "{\"seq\":%ld,", batch->seq);
    if (subject->id.n) {
        buf_text(line, "\"id\":");
        buf_json(line, subject->id);
        buf_byte(line, ',');
    }
    if (subject->number.n) {
        buf_text(line, "\"number\":");
        buf_json(line, subject->number);
        buf_printf(line, ",\"version\":%lld,", (long long)subject->version);
    }
    answer_json(line, batch->arena, batch->service.fonts, saying->answer);
    buf_text(line, "}\n");
}

/* Where memory is too short for the sentences of its faults, the answer does without them: what
 * is left of it fits into what the line has from the beginning. */
static void say(struct batch *batch, const struct subject *subject, const struct answer *answer)
{
    struct saying saying = {batch, subject, answer};
    const struct buf *line = &batch->line;

    if (!arena_run(batch->arena, put_answer, &saying) || line->failed) {
        struct fault only = {.code = report_code(answer->err)};
        const struct err err = {.first = err_ok(answer->err) ? NULL : &only,
                                .faults = answer->err->faults};
        struct answer bare = *answer;

        bare.err = &err;
        saying.answer = &bare;
        put_answer(&saying);
    }
    fwrite(line->p, 1, line->n, stdout);
    fflush(stdout);
    batch->documents++;
    batch->failed += !err_ok(answer->err);
}

static void document(struct batch *batch, const struct subject *subject,
                     const struct print_request *print, struct seen_record *seen)
{
    struct arena *arena = batch->arena;
    struct document document = {
        .print = *print,
        .path = arena_printf(arena, "%s/%.*s.v%lld.%.*s.pdf", batch->folder,
                             STR_ARG(subject->number), (long long)subject->version,
                             STR_ARG(print->output)),
        .mode = DELIVER_KEEP,
    };
    const struct made *made = seen ? seen_made(seen, print->output) : NULL;
    struct answer done;
    struct err err;

    err_init(&err, arena);
    if (made) {
        done = made->answer;
        done.err = &err;
        done.dup = true;
        done.ms = 0;
    } else if (document_make(&batch->service, arena, &document, &batch->bytes, &done, &err)) {
        manifest_add(&batch->manifest, done.file, done.sha256, print->record->received_at);
        if (seen)
            seen_add(batch->seen, seen, &done);
    }
    say(batch, subject, &done);
}

/* NULL: the record has no number yet, or (err) another content under the same one. */
static struct seen_record *meet(struct batch *batch, const struct record *record,
                                const struct subject *subject, struct err *err)
{
    uint8_t digest[32];
    struct seen_record *seen;

    if (!subject->number.n)
        return NULL;
    sha256(record->canonical, digest);
    seen = seen_find(batch->seen,
                     str_printf(batch->arena, "%.*s.v%lld", STR_ARG(subject->number),
                                (long long)subject->version),
                     digest);
    if (memcmp(seen->digest, digest, sizeof digest) == 0)
        return seen;
    err_add(err, VERSION_CONFLICT, where_pointer(STR("/version")),
            "编号 %.*s 版本 %lld 在本批中已有内容不同的记录",
            "number %.*s version %lld came in this run with another content",
            STR_ARG(subject->number), (long long)subject->version);
    err_hint(err, "内容变更时 version 须增大");
    return NULL;
}

static void request(struct batch *batch, const struct record_request *request)
{
    const struct record *record = request->record;
    struct subject subject = {request->id, record_number(record), record->version};
    const struct str *outputs = request->outputs;
    size_t count = request->output_count;
    struct seen_record *seen;
    struct err err;

    err_init(&err, batch->arena);
    if (count == 0)
        count = print_permitted_all(&batch->service, batch->arena, record, &outputs);
    seen = meet(batch, record, &subject, &err);
    for (size_t i = 0; i < count; i++) {
        const struct answer conflict = {.output = outputs[i], .err = &err};
        const struct print_request print = {
            .record = record,
            .output = outputs[i],
            .profile = batch->profile,
            .dpi = batch->dpi,
            .printed_at = request->printed_at.n ? request->printed_at : batch->printed_at,
            .signer = batch->signing.signer,
            .signed_at = batch->signing.at,
        };

        if (err_ok(&err))
            document(batch, &subject, &print, seen);
        else
            say(batch, &subject, &conflict);
    }
}

struct reading {
    struct batch *batch;
    struct str text;
    bool too_long;
};

static void line(void *user)
{
    const struct reading *reading = user;
    struct batch *batch = reading->batch;
    const char *name = arena_printf(batch->arena, "line %ld", batch->seq);
    const struct subject nobody = {STR_NONE, STR_NONE, 0};
    struct record_request parsed = {0};
    struct err err;

    err_init(&err, batch->arena);
    if (reading->too_long)
        err_add(&err, LIMIT_LINE, where_file(name, 0, 0), "第 %ld 行超过 %d 字节",
                "line %ld exceeds %d bytes", batch->seq, (int)RECORD_BYTES_MOST);
    else if (record_request_parse(batch->arena, batch->service.kinds, name, reading->text,
                                  &parsed, &err))
        request(batch, &parsed);
    if (!err_ok(&err)) {
        const struct answer bad = {.err = &err};

        say(batch, &nobody, &bad);
    }
}

/* One line; where memory ends, it costs this one. */
static void line_safely(struct batch *batch, struct str text, bool too_long)
{
    struct reading reading = {batch, text, too_long};

    if (!arena_run(batch->arena, line, &reading)) {
        const struct subject nobody = {STR_NONE, STR_NONE, 0};
        const struct err_info *info = err_info(MEMORY_LIMIT);
        struct fault ended = {
            .code = MEMORY_LIMIT, .zh = str_from(info->zh), .en = str_from(info->en)};
        const struct err err = {.first = &ended, .faults = 1};
        const struct answer bad = {.err = &err};

        say(batch, &nobody, &bad);
    }
    arena_reset(batch->arena);
}

static void lines(struct batch *batch)
{
    struct lines input;
    enum lines_found found;
    struct str text;

    lines_init(&input, STDIN_FILENO, RECORD_BYTES_MOST);
    while ((found = lines_next(&input, &text)) == LINES_LINE || found == LINES_TOO_LONG) {
        batch->seq++;
        if (found == LINES_LINE && str_trim(text).n == 0)
            continue;
        line_safely(batch, text, found == LINES_TOO_LONG);
        if (ferror(stdout))
            break; /* nobody would learn what is done from here on */
    }
    if (found == LINES_FAILED && errno == ENOMEM)
        err_add(&batch->app->err, MEMORY_LIMIT, where_file("standard input", 0, 0),
                "内存不足，以下各行没有读取",
                "memory ended, the lines from here on are not read");
    else if (found == LINES_FAILED)
        err_add(&batch->app->err, FILE_READ, where_file("standard input", 0, 0),
                "无法读取标准输入：%s", "cannot read standard input: %s", strerror(errno));
    lines_release(&input);
}

static bool wishes(struct batch *batch, const struct args *args)
{
    const char *time = option_value(args, PRINTED_AT);
    struct err *err = &batch->app->err;

    batch->folder = option_value(args, FOLDER);
    batch->printed_at = str_from(time);
    if (!batch->folder)
        err_add(err, USAGE, where_none(), "请用 --out 指明文件夹",
                "say with --out where the files go");
    if (time && !record_time_valid(batch->printed_at)) {
        err_add(err, USAGE, where_none(), "--printed-at“%s”不是带时区的 RFC 3339 时间",
                "--printed-at '%s' is no RFC 3339 time with offset", time);
        err_hint(err, "for example 2024-08-14T15:22:41+08:00");
    }
    if (!option_given(args, SIGN) &&
        (option_given(args, SIGNED_AT) || option_given(args, PASSPHRASE)))
        err_add(err, USAGE, where_none(), "--signed-at 与 --passphrase-fd 须与 --sign 并用",
                "--signed-at and --passphrase-fd go with --sign");
    return document_profile(option_value(args, PROFILE), &batch->profile, err) &&
           document_dpi(option_value(args, DPI), &batch->dpi, err) && err_ok(err);
}

static int run(struct app *app, const struct args *args)
{
    struct batch batch = {.app = app};

    if (!wishes(&batch, args))
        return report_exit(&app->err);
    if (!service_open(app->arena, app->home, &batch.service, &app->err) ||
        (option_given(args, SIGN) &&
         !signing_open(app, &batch.service, option_value(args, PASSPHRASE),
                       option_value(args, SIGNED_AT), &batch.signing)) ||
        !deliver_folder(batch.folder, &app->err))
        goto out;
    batch.arena = arena_limited(app->arena, LINE_MEMORY);
    batch.seen = seen_new(app->arena);
    buf_init(&batch.bytes, PDF_MOST);
    buf_init(&batch.line, ANSWER_MOST);
    manifest_init(&batch.manifest);
    if (buf_room(&batch.line, ANSWER_LEAST))
        lines(&batch);
    else
        err_add(&app->err, MEMORY_LIMIT, where_none(), "内存不足", "memory is too short");
    if (!manifest_write(&batch.manifest, app->arena, batch.folder, &batch.signing, &app->err))
        fprintf(stderr, "batch: no manifest\n");
    manifest_release(&batch.manifest);
    fprintf(stderr, "batch: %ld documents, %ld failed\n", batch.documents, batch.failed);
    seen_free(batch.seen);
    buf_release(&batch.line);
    buf_release(&batch.bytes);
    arena_free(batch.arena);
out:
    signing_close(&batch.signing);
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
        "Exit: 0 all good, 1 some failed; 2, 74 or 78 when the run itself could not go on.\n",
    .options = options,
    .option_count = COUNT(options),
    .run = run,
};
