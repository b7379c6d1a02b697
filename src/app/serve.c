/* serve.c: danzheng serve: the service, on a socket or on standard input and output. */
#include "app/app.h"
#include "app/secret.h"

#include "deliver/deliver.h"
#include "print/settings.h"
#include "serve/serve.h"

enum { SOCKET, PIPE, ADMIN, FOLDER, STATE, PASSPHRASE };

static const struct option options[] = {
    [SOCKET] = {"socket", 0, "PATH", false, "listen on this Unix socket"},
    [PIPE] = {"pipe", 0, NULL, false, "one client, on standard input and output"},
    [ADMIN] = {"admin", 0, "PATH", false, "tell on this socket how it goes (HTTP)"},
    [FOLDER] = {"out", 'o', "DIR", false, "where requests with \"to\" may write, and below"},
    [STATE] = {"state", 0, "DIR", false, "keep a registry there, and every paper's bytes"},
    [PASSPHRASE] = {"passphrase", 0, "FD|NAME", false,
                    "of [sign] key: descriptor or systemd credential"},
};

/* What a registry keeps is signed where [sign] names a key. It stays open until the end. */
static bool signer_ready(struct app *app, const struct args *args, struct cms_signer **out)
{
    const char *from = option_value(args, PASSPHRASE);
    struct secret secret = {.n = 0};
    const struct kinds *kinds;
    struct settings settings;
    bool ok;

    if (from && !option_given(args, STATE))
        return err_add(&app->err, USAGE, where_none(), "--passphrase 须与 --state 并用",
                       "--passphrase goes with --state");
    if (!option_given(args, STATE))
        return true;
    if (!kinds_load(app->arena, app->home, &kinds, &app->err) ||
        !settings_load(app->arena, app->home, kinds, &settings, &app->err))
        return false;
    if (!settings.sign.key)
        return true;
    settings.sign.stamps = NULL;
    ok = (!from || secret_read(app, options[PASSPHRASE].name, from, &secret)) &&
         cms_signer_open(app->arena, &settings.sign, secret_view(&secret), out, &app->err);
    secret_wipe(&secret);
    return ok;
}

static int run(struct app *app, const struct args *args)
{
    struct cms_signer *signer = NULL;
    struct serve serve = {
        .arena = app->arena,
        .home = app->home,
        .socket = option_value(args, SOCKET),
        .admin = option_value(args, ADMIN),
        .folder = option_value(args, FOLDER),
        .state = option_value(args, STATE),
        .role = "pipe",
    };
    int status;
    bool ok;

    if (option_given(args, PIPE) == (serve.socket != NULL)) {
        err_add(&app->err, USAGE, where_none(), "请用 --socket 或 --pipe 之一",
                "say either --socket or --pipe");
        return report_exit(&app->err);
    }
    ok = (!serve.folder || deliver_folder(serve.folder, &app->err)) &&
         signer_ready(app, args, &signer);
    serve.signing.signer = signer;
    ok = ok && serve_run(&serve, &status, &app->err);
    cms_signer_close(signer);
    return ok ? status : report_exit(&app->err);
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
        "ops: hello render verify status cancel ping bye; with --state also issue revise\n"
        "withdraw.\n"
        "hello tells role, operations and limits.\n"
        "With --state formal papers are signed (PAdES, without time-stamps) where [sign] has "
        "a\n"
        "key. On --admin: /metrics (Prometheus), /healthz, /readyz. Log lines (JSON) go to "
        "standard\n"
        "error. Under systemd the sockets that it hands over take the place of those named.\n"
        "TERM finishes what is open and ends; HUP reads the configuration anew, if it is "
        "well.\n"
        "Exit with --pipe: 0 well, 65 the stream was broken.\n",
    .options = options,
    .option_count = COUNT(options),
    .run = run,
};
