/* send.c: danzheng send: a client of the service for shells: records to it, papers from it. */
#include "app/app.h"
#include "app/document.h"

#include "deliver/deliver.h"
#include "record/request.h"
#include "record/wire.h"
#include "serve/serve.h"
#include "serve/stream.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

enum { SOCKET, OP, OUTPUT, TARGET, REASON, KEY, PRINTED_AT, PROFILE, DPI, RAW };

static const struct option options[] = {
    [SOCKET] = {"socket", 0, "PATH", false, "the service's (/run/danzheng/danzheng.sock)"},
    [OP] = {"op", 0, "OP", false, "render (usual), issue, revise, withdraw or status"},
    [OUTPUT] = {"output", 0, "NAME", true, "which paper; without it every permitted one"},
    [TARGET] = {"out", 'o', "FILE|DIR", false, "where to; - is standard output"},
    [REASON] = {"reason", 0, "TEXT", false, "of a duplicate or a withdrawal"},
    [KEY] = {"key", 0, "KEY", false, "idempotency key; a repeat answers the same"},
    [PRINTED_AT] = {"printed-at", 0, "TIME", false, "print this time (RFC 3339) as 打印时间"},
    [PROFILE] = {"profile", 0, "3u|1b", false, "PDF/A-3u (usual) or PDF/A-1b"},
    [DPI] = {"dpi", 0, "N", false, "of the printer: 300 (usual), 600, 203 for thermal paper"},
    [RAW] = {"raw", 0, NULL, false, "pass standard input and output through as they are"},
};

/* What may be asked, and of what: a record in a file, or a number. */
struct op {
    const char *name;
    bool record,
        papers; /* papers come back, and go where -o says; else the answer is printed */
    size_t words_least;
};

static const struct op ops[] = {
    {"render", true, true, 1},     {"issue", true, true, 1},    {"revise", true, false, 1},
    {"withdraw", false, false, 1}, {"status", false, false, 0},
};

enum { MEMORY = 1 << 30, FRAME_MOST = 64 << 20, PDF_MOST = 256 << 20 };

struct send {
    struct app *app;
    const struct args *args;
    struct arena *arena; /* of the question at hand */
    struct stream in;
    const struct op *op;
    const char *path, *target;
    int fd, status, dpi;
    bool folder;
};

static bool lost(struct send *send, struct err *err)
{
    err_add(err, SOCKET_FAILED, where_file(send->path, 0, 0), "与服务的连接中断：%s",
            "the connection ended: %s", errno ? strerror(errno) : "closed");
    if (send->op && !send->op->record)
        return false;
    err_hint(err, option_value(send->args, KEY)
                      ? "send it again with the same --key: what was made comes again"
                      : "--op status says what was made; with --key it can be asked for again");
    return false;
}

static void add_member(struct buf *frame, const char *name, const char *value)
{
    if (!value)
        return;
    buf_printf(frame, "\"%s\":", name);
    buf_json(frame, str_from(value));
    buf_byte(frame, ',');
}

/* word: the number asked about, or NULL; else the record follows. */
static bool ask(struct send *send, const char *word, struct str record, struct err *err)
{
    const struct given *outputs = &send->args->options[OUTPUT];
    struct buf frame;
    bool ok;

    buf_init(&frame, FRAME_MOST);
    buf_printf(&frame, "{\"op\":\"%s\",", send->op->name);
    add_member(&frame, "number", word);
    add_member(&frame, "reason", option_value(send->args, REASON));
    add_member(&frame, "key", option_value(send->args, KEY));
    add_member(&frame, "printed_at", option_value(send->args, PRINTED_AT));
    add_member(&frame, "profile", option_value(send->args, PROFILE));
    for (size_t i = 0; i < outputs->count; i++) {
        buf_text(&frame, i ? "," : "\"outputs\":[");
        buf_json(&frame, str_from(outputs->values[i]));
    }
    buf_text(&frame, outputs->count ? "]," : "");
    if (send->op->papers)
        buf_printf(&frame, "\"dpi\":%d,", send->dpi);
    if (send->op->record)
        buf_printf(&frame, "\"bytes\":%zu,", record.n);
    buf_text(&frame, "\"id\":\"1\"}\n");
    buf_str(&frame, record);
    buf_text(&frame, send->op->record ? "\n" : "");
    ok = stream_write(send->fd, buf_view(&frame)) || lost(send, err);
    buf_release(&frame);
    return ok;
}

/* The next answer, its line and its body; good until the next one. */
static bool receive(struct send *send, struct wire_answer *answer, struct str *line,
                    struct str *body, struct err *err)
{
    enum stream_found found;

    while ((found = stream_line(&send->in, line)) == STREAM_MORE) {
        if (!stream_read(&send->in, send->fd))
            return lost(send, err);
    }
    if (found == STREAM_FAULT || !wire_answer_read(send->arena, *line, answer, err))
        return err_add(err, FRAME_BROKEN, where_none(), "答复不可辨认",
                       "the answer is not understood");
    *body = STR_NONE;
    if (answer->bytes < 0)
        return true;
    while ((found = stream_body(&send->in, (size_t)answer->bytes, body)) == STREAM_MORE) {
        if (!stream_read(&send->in, send->fd))
            return lost(send, err);
    }
    return found == STREAM_FOUND || lost(send, err);
}

/* The service's fault as one of ours: a pointer leads into the record, all else is a file. */
static void take_fault(struct send *send, const struct wire_fault *fault, struct err *err)
{
    enum err_code code = INTERNAL;
    bool pointer = fault->at.n > 0 && fault->at.p[0] == '/';
    const char *zh = arena_text(send->arena, fault->zh.p, fault->zh.n),
               *en = arena_text(send->arena, fault->en.p, fault->en.n),
               *at = arena_text(send->arena, fault->at.p, fault->at.n),
               *rule = arena_text(send->arena, fault->rule.p, fault->rule.n);
    struct where where = pointer ? where_pointer(fault->at) : where_file(at, 0, 0);

    (void)err_find(fault->code, &code);
    if (fault->warning)
        err_warn(err, code, fault->at.n ? where : where_none(), "%s%.0s", "%.0s%s", zh, en);
    else
        err_add(err, code, fault->at.n ? where : where_none(), "%s%.0s", "%.0s%s", zh, en);
    if (fault->rule.n)
        err_rule(err, where_file(rule, 0, 0));
    if (fault->hint.n)
        err_hint(err, "%.*s", STR_ARG(fault->hint));
}

/* A single paper goes where -o says, and nothing is written when it is not the only one. */
static void deliver(struct send *send, const struct wire_answer *answer, struct str body,
                    struct err *err)
{
    const char *path = send->target;

    if (!send->folder && !answer->last) {
        err_add(err, USAGE, where_none(), "记录可印多份单证，请用 --output 指明一份",
                "the record has several papers: name one with --output");
        return;
    }
    if (strcmp(path, "-") == 0) {
        (void)(deliver_fd(STDOUT_FILENO, "standard output", body, err) || !err_ok(err));
        return;
    }
    if (memchr(answer->name.p, '/', answer->name.n) || !answer->name.n) {
        err_add(err, FRAME_BROKEN, where_none(), "答复不可辨认",
                "the answer is not understood");
        return;
    }
    if (send->folder)
        path = arena_printf(send->arena, "%s/%.*s", send->target, STR_ARG(answer->name));
    if (deliver_file(path, body, DELIVER_REPLACE, err) && send->folder)
        printf("%s\n", path);
}

/* word: a record's file or a number, as the operation wants; NULL: the service itself. */
static void question(struct send *send, const char *word)
{
    struct wire_answer answer = {0};
    struct str record = STR_NONE, line, body;
    struct err err;
    bool file = send->op->record, only = true;

    err_init(&err, send->arena);
    if ((!file || deliver_read(send->arena, word, RECORD_BYTES_MOST, &record, &err)) &&
        ask(send, file ? NULL : word, record, &err)) {
        while (!answer.last && receive(send, &answer, &line, &body, &err)) {
            for (size_t i = 0; i < answer.fault_count; i++)
                take_fault(send, &answer.faults[i], &err);
            if (answer.ok && !send->op->papers)
                printf("%.*s\n", STR_ARG(line));
            else if (answer.ok && only)
                deliver(send, &answer, body, &err);
            only = send->folder;
        }
    }
    if (!err_ok(&err) && send->status == 0)
        send->status = report_exit(&err);
    report_faults(send->arena, &err, file ? word : NULL);
    arena_reset(send->arena);
}

/* Whatever comes on one side goes out on the other. */
static bool pass_through(struct send *send, struct err *err)
{
    struct pollfd ask[] = {{.fd = send->fd, .events = POLLIN},
                           {.fd = STDIN_FILENO, .events = POLLIN}};
    char block[1 << 13];
    ssize_t n;

    while (poll(ask, COUNT(ask), -1) >= 0 || errno == EINTR) {
        if (ask[0].revents) {
            n = read(send->fd, block, sizeof block);
            if (n <= 0)
                return true;
            if (!stream_write(STDOUT_FILENO, (struct str){block, (size_t)n}))
                return err_add(err, FILE_WRITE, where_file("standard output", 0, 0),
                               "无法写入标准输出", "cannot write to standard output");
        }
        if (!ask[1].revents)
            continue;
        n = read(STDIN_FILENO, block, sizeof block);
        if (n > 0 && !stream_write(send->fd, (struct str){block, (size_t)n}))
            return lost(send, err);
        if (n <= 0) {
            shutdown(send->fd, SHUT_WR);
            ask[1].fd = -1;
        }
    }
    return lost(send, err);
}

static bool op_find(struct send *send, struct err *err)
{
    const char *name = option_value(send->args, OP);

    for (size_t i = 0; i < COUNT(ops); i++) {
        if (!name || strcmp(name, ops[i].name) == 0) {
            send->op = &ops[i];
            return true;
        }
    }
    err_add(err, USAGE, where_none(), "--op 不能是“%s”", "--op cannot be '%s'", name);
    err_hint(err, "one of: render issue revise withdraw status");
    return false;
}

/* Whether -o names a folder. An original that is issued and has no file to go into would be a
 * harm, so issue never leaves it to the answer whether there is one paper or several. */
static bool target_wish(struct send *send, struct err *err)
{
    const struct args *args = send->args;
    size_t outputs = args->options[OUTPUT].count, n = strlen(send->target);
    bool named =
        strcmp(send->target, "-") == 0 || (n > 4 && strcmp(send->target + n - 4, ".pdf") == 0);
    struct stat info;

    send->folder = args->count > 1 || outputs > 1 ||
                   (stat(send->target, &info) == 0 && S_ISDIR(info.st_mode)) ||
                   (outputs == 0 && !named);
    if (named && (send->folder || (outputs == 0 && strcmp(send->op->name, "issue") == 0)))
        return err_add(err, USAGE, where_none(),
                       "“%s”只能放一份单证，请给出一条记录并用 --output 指明一份",
                       "'%s' takes one paper: give one record, and name it with --output",
                       send->target);
    return !send->folder || deliver_folder(send->target, err);
}

static bool wishes(struct send *send)
{
    const struct args *args = send->args;
    struct err *err = &send->app->err;

    send->path = option_value(args, SOCKET);
    if (!send->path)
        send->path = "/run/danzheng/danzheng.sock";
    send->target = option_value(args, TARGET);
    if (option_given(args, RAW) && (args->count || send->target))
        return err_add(err, USAGE, where_none(), "--raw 不与记录或 -o 并用",
                       "--raw takes neither records nor -o");
    if (option_given(args, RAW))
        return true;
    if (!op_find(send, err) || !document_dpi(option_value(args, DPI), &send->dpi, err))
        return false;
    if (args->count < send->op->words_least)
        return err_add(err, USAGE, where_none(), "请给出记录文件或编号",
                       "name the record's file, or the number");
    if (send->op->papers && !send->target)
        return err_add(err, USAGE, where_none(), "请用 -o 指明文件或文件夹",
                       "say with -o where the papers go");
    if (!send->op->papers && send->target)
        return err_add(err, USAGE, where_none(), "此操作不产生单证，不用 -o",
                       "no paper comes of this operation: leave out -o");
    return !send->op->papers || target_wish(send, err);
}

/* A service drops who connects and asks nothing: first there is something to ask. */
static void await_input(const struct send *send)
{
    struct pollfd ask = {.fd = STDIN_FILENO, .events = POLLIN};
    bool reads = !send->op;

    for (size_t i = 0; i < send->args->count; i++)
        reads = reads || strcmp(send->args->words[i], "-") == 0;
    while (reads && poll(&ask, 1, -1) < 0 && errno == EINTR)
        continue;
}

static int run(struct app *app, const struct args *args)
{
    struct send send = {.app = app, .args = args, .fd = -1};
    struct err *err = &app->err;

    if (!wishes(&send))
        return report_exit(err);
    await_input(&send);
    if (!serve_connect(send.path, &send.fd, err))
        return report_exit(err);
    send.arena = memory_new(MEMORY);
    stream_init(&send.in, STREAM_LINE_MOST, PDF_MOST);
    if (!send.op)
        (void)(pass_through(&send, err) || !err_ok(err));
    else if (args->count == 0)
        question(&send, NULL);
    for (size_t i = 0; i < args->count; i++)
        question(&send, args->words[i]);
    stream_release(&send.in);
    arena_free(send.arena);
    close(send.fd);
    return send.status ? send.status : report_exit(err);
}

const struct command send_command = {
    .name = "send",
    .usage = "RECORD.json … [--output NAME] -o FILE|DIR",
    .zh = "把记录发给常驻服务，取回单证。",
    .en = "Send records to the service and fetch the papers.",
    .more =
        "-o FILE.pdf takes one paper; into a folder papers go by their names,\n"
        "<first number>.v<version>.<output>.pdf. With a registry the service also takes:\n"
        "  --op issue RECORD --output NAME -o FILE   the original, then 副本 with --reason\n"
        "  --op revise RECORD …                      a new version, without a paper\n"
        "  --op withdraw NUMBER --reason TEXT        for good\n"
        "  --op status [NUMBER]                      the papers of a number, or the service\n"
        "Of these but issue the answer is printed, a JSON object a line. Issue with --key:\n"
        "asked again with the same key, the same copy comes, and no further one.\n"
        "--raw speaks the protocol itself: echo '{\"op\":\"hello\"}' | danzheng send --raw\n"
        "Exit: as danzheng render; 74 nobody answers, 75 try again later.\n",
    .options = options,
    .option_count = COUNT(options),
    .words_most = (size_t)-1,
    .run = run,
};
