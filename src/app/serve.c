/* serve.c: danzheng serve: the service, on a socket or on standard input and output. */
#include "app/app.h"

#include "deliver/deliver.h"
#include "serve/serve.h"

enum { SOCKET, PIPE, ADMIN, FOLDER, STATE };

static const struct option options[] = {
    [SOCKET] = {"socket", 0, "PATH", false, "listen on this Unix socket"},
    [PIPE] = {"pipe", 0, NULL, false, "one client, on standard input and output"},
    [ADMIN] = {"admin", 0, "PATH", false, "tell on this socket how it goes (HTTP)"},
    [FOLDER] = {"out", 'o', "DIR", false, "where requests with \"to\" may write, and below"},
    [STATE] = {"state", 0, "DIR", false, "keep a registry there, and every paper's bytes"},
};

static int run(struct app *app, const struct args *args)
{
    const struct serve serve = {
        .home = app->home,
        .socket = option_value(args, SOCKET),
        .admin = option_value(args, ADMIN),
        .folder = option_value(args, FOLDER),
        .state = option_value(args, STATE),
        .role = "pipe",
    };
    int status;

    if (option_given(args, PIPE) == (serve.socket != NULL)) {
        err_add(&app->err, USAGE, where_none(), "请用 --socket 或 --pipe 之一",
                "say either --socket or --pipe");
        return report_exit(&app->err);
    }
    if ((serve.folder && !deliver_folder(serve.folder, &app->err)) ||
        !serve_run(&serve, &status, &app->err))
        return report_exit(&app->err);
    return status;
}

const struct command serve_command = {
    .name = "serve",
    .usage = "--socket PATH | --pipe",
    .zh = "常驻服务：从套接字或管道接收请求，答复单证。",
    .en = "Serve requests from a socket or a pipe, and answer with papers.",
    .more =
        "A request is one JSON object on a line; where it has \"bytes\":N, N octets and a "
        "line\n"
        "feed follow. Answers look the same and come in any order, each with its request's "
        "id.\n"
        "  {\"op\":\"render\",\"id\":\"7\",\"outputs\":[\"goods_list\"],\"record\":{…}}\n"
        "  "
        "{\"id\":\"7\",\"ok\":true,\"output\":\"goods_list\",\"last\":true,\"bytes\":81234,…}\n"
        "ops: hello render status cancel ping bye; with --state also issue revise withdraw.\n"
        "hello tells role, operations and limits.\n"
        "On --admin: /metrics (Prometheus), /healthz, /readyz. Log lines (JSON) go to "
        "standard\n"
        "error. Under systemd the sockets that it hands over take the place of those named.\n"
        "TERM finishes what is open and ends; HUP reads the configuration anew, if it is "
        "well.\n"
        "Exit with --pipe: 0 well, 65 the stream was broken.\n",
    .options = options,
    .option_count = COUNT(options),
    .run = run,
};
