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

enum { SOCKET, OUTPUT, TARGET, KEY, PRINTED_AT, PROFILE, DPI, RAW };

static const struct option options[] = {
    [SOCKET] = {"socket", 0, "PATH", false, "the service's (/run/danzheng/danzheng.sock)"},
    [OUTPUT] = {"output", 0, "NAME", true, "which paper; without it every permitted one"},
    [TARGET] = {"out", 'o', "FILE|DIR", false, "where to; - is standard output"},
    [KEY] = {"key", 0, "KEY", false, "idempotency key; a repeat answers the same"},
    [PRINTED_AT] = {"printed-at", 0, "TIME", false, "print this time (RFC 3339) as 打印时间"},
    [PROFILE] = {"profile", 0, "3u|1b", false, "PDF/A-3u (usual) or PDF/A-1b"},
    [DPI] = {"dpi", 0, "N", false, "of the printer: 300 (usual), 600, 203 for thermal paper"},
    [RAW] = {"raw", 0, NULL, false, "pass standard input and output through as they are"},
};

enum { MEMORY = 1 << 30, FRAME_MOST = 64 << 20, PDF_MOST = 256 << 20 };

struct send {
    struct app *app;
    const struct args *args;
    struct arena *arena; /* of the record at hand */
    struct stream in;
    const char *path, *target;
    int fd, status, dpi;
    bool folder;
};

static bool lost(struct send *send, struct err *err)
{
    return err_add(err, SOCKET_FAILED, where_file(send->path, 0, 0), "与服务的连接中断：%s",
                   "the connection ended: %s", errno ? strerror(errno) : "closed");
}

static void add_member(struct buf *frame, const char *name, const char *value)
{
    if (!value)
        return;
    buf_printf(frame, "\"%s\":", name);
    buf_json(frame, str_from(value));
    buf_byte(frame, ',');
}

static bool ask(struct send *send, struct str record, struct err *err)
{
    const struct given *outputs = &send->args->options[OUTPUT];
    struct buf frame;
    bool ok;

    buf_init(&frame, FRAME_MOST);
    buf_text(&frame, "{\"op\":\"render\",\"id\":\"1\",");
    add_member(&frame, "key", option_value(send->args, KEY));
    add_member(&frame, "printed_at", option_value(send->args, PRINTED_AT));
    add_member(&frame, "profile", option_value(send->args, PROFILE));
    buf_printf(&frame, "\"dpi\":%d,", send->dpi);
    for (size_t i = 0; i < outputs->count; i++) {
        buf_text(&frame, i ? "," : "\"outputs\":[");
        buf_json(&frame, str_from(outputs->values[i]));
    }
    buf_printf(&frame, "%s\"bytes\":%zu}\n", outputs->count ? "]," : "", record.n);
    buf_str(&frame, record);
    buf_byte(&frame, '\n');
    ok = stream_write(send->fd, buf_view(&frame)) || lost(send, err);
    buf_release(&frame);
    return ok;
}

/* The next answer and its body; good until the next one. */
static bool receive(struct send *send, struct wire_answer *answer, struct str *body,
                    struct err *err)
{
    enum stream_found found;
    struct str line;

    while ((found = stream_line(&send->in, &line)) == STREAM_MORE) {
        if (!stream_read(&send->in, send->fd))
            return lost(send, err);
    }
    if (found == STREAM_FAULT || !wire_answer_read(send->arena, line, answer, err))
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

/* The service's fault as one of ours. */
static void take_fault(struct send *send, const struct wire_answer *answer, struct err *err)
{
    enum err_code code = INTERNAL;

    (void)err_find(answer->code, &code);
    err_add(err, code, where_pointer(answer->at), "%s%.0s", "%.0s%s",
            arena_text(send->arena, answer->zh.p, answer->zh.n),
            arena_text(send->arena, answer->en.p, answer->en.n));
    if (answer->hint.n)
        err_hint(err, "%.*s", STR_ARG(answer->hint));
}

static void deliver(struct send *send, const struct wire_answer *answer, struct str body,
                    struct err *err)
{
    const char *path = send->target;

    if (!answer->ok) {
        take_fault(send, answer, err);
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

static void record_file(struct send *send, const char *input)
{
    struct wire_answer answer = {0};
    struct str record, body;
    struct err err;

    err_init(&err, send->arena);
    if (deliver_read(send->arena, input, RECORD_BYTES_MOST, &record, &err) &&
        ask(send, record, &err)) {
        while (!answer.last && receive(send, &answer, &body, &err))
            deliver(send, &answer, body, &err);
    }
    if (!err_ok(&err) && send->status == 0)
        send->status = report_exit(&err);
    report_faults(send->arena, &err, input);
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

static bool wishes(struct send *send)
{
    const struct args *args = send->args;
    struct err *err = &send->app->err;
    struct stat info;

    send->path = option_value(args, SOCKET);
    if (!send->path)
        send->path = "/run/danzheng/danzheng.sock";
    send->target = option_value(args, TARGET);
    if (option_given(args, RAW) && (args->count || send->target))
        return err_add(err, USAGE, where_none(), "--raw 不与记录或 -o 并用",
                       "--raw takes neither records nor -o");
    if (option_given(args, RAW))
        return true;
    if (!document_dpi(option_value(args, DPI), &send->dpi, err))
        return false;
    if (!args->count || !send->target)
        return err_add(err, USAGE, where_none(), "请给出记录，并用 -o 指明文件或文件夹",
                       "name records, and with -o where the papers go");
    send->folder = args->count > 1 || args->options[OUTPUT].count != 1 ||
                   (stat(send->target, &info) == 0 && S_ISDIR(info.st_mode));
    if (strcmp(send->target, "-") == 0 && send->folder)
        return err_add(err, USAGE, where_none(), "标准输出只能写一份单证，请用 --output 指明",
                       "standard output takes one document: name it with --output");
    return !send->folder || deliver_folder(send->target, err);
}

static int run(struct app *app, const struct args *args)
{
    struct send send = {.app = app, .args = args, .fd = -1};
    struct err *err = &app->err;

    if (!wishes(&send) || !serve_connect(send.path, &send.fd, err))
        return report_exit(err);
    send.arena = memory_new(MEMORY);
    stream_init(&send.in, STREAM_LINE_MOST, PDF_MOST);
    if (option_given(args, RAW))
        (void)(pass_through(&send, err) || !err_ok(err));
    for (size_t i = 0; i < args->count; i++)
        record_file(&send, args->words[i]);
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
    .more = "With one --output, FILE; else a folder, where files are named\n"
            "<first number>.v<version>.<output>.pdf. --raw speaks the protocol itself:\n"
            "  echo '{\"op\":\"hello\"}' | danzheng send --raw\n"
            "Exit: as danzheng render; 74 nobody answers, 75 try again later.\n",
    .options = options,
    .option_count = COUNT(options),
    .words_most = (size_t)-1,
    .run = run,
};
