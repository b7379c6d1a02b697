/* serve.c: danzheng serve: the service, on a socket or on standard input and output. */
#include "app/app.h"
#include "app/secret.h"

#include "base/time.h"
#include "deliver/deliver.h"
#include "seal/cms.h"
#include "serve/serve.h"

#include <time.h>

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

/* Of [sign] key. A descriptor is read once; a credential each time that it is wanted. */
struct passphrase {
    const char *from;
    struct secret *secret; /* NULL where `from` is */
};

static bool passphrase_read(const struct passphrase *passphrase, struct err *err)
{
    const char *from = passphrase->from;
    long fd;

    return !from || (passphrase->secret->n && str_number(str_from(from), &fd)) ||
           secret_read(err, options[PASSPHRASE].name, from, passphrase->secret);
}

static bool open_signer(void *user, struct arena *arena, const struct cms_files *files,
                        struct cms_signer **out, struct err *err)
{
    const struct passphrase *passphrase = user;
    struct cms_files later = *files;
    struct cms_signer *signer;

    later.later = true;
    if (!passphrase_read(passphrase, err) ||
        !cms_signer_open(arena, &later,
                         passphrase->from ? secret_view(passphrase->secret) : STR_NONE, &signer,
                         err))
        return false;
    if (!cms_signer_valid(signer, time_text(arena, (int64_t)time(NULL)), err)) {
        err_hint(err, "renew the certificate: every paper would be refused");
        cms_signer_close(signer);
        return false;
    }
    *out = signer;
    return true;
}

/* What a registry keeps is signed where [sign] names a key. */
static bool signer_ready(struct app *app, const struct args *args, struct serve *serve,
                         struct passphrase *passphrase)
{
    passphrase->from = option_value(args, PASSPHRASE);
    if (passphrase->from && !serve->state)
        return err_add(&app->err, USAGE, where_none(), "--passphrase 须与 --state 并用",
                       "--passphrase goes with --state");
    if (passphrase->from && !(passphrase->secret = secret_keep()))
        return err_add(&app->err, MEMORY_LIMIT, where_none(), "口令无处可留",
                       "there is no memory in which a passphrase can be kept");
    serve->signer = serve->state ? open_signer : NULL;
    serve->user = passphrase;
    return true;
}

static int run(struct app *app, const struct args *args)
{
    struct passphrase passphrase = {NULL, NULL};
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
         signer_ready(app, args, &serve, &passphrase) && serve_run(&serve, &status, &app->err);
    secret_release(passphrase.secret);
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
        "With --state formal papers are signed (PAdES B-B) where [sign] has a key, and with a\n"
        "time-stamp (B-T) where it names an authority: then none is kept without.\n"
        "On --admin: /metrics (Prometheus), /healthz, /readyz. Log lines (JSON) go to "
        "standard\n"
        "error. Under systemd the sockets that it hands over take the place of those named.\n"
        "TERM finishes what is open and ends. HUP reads the configuration anew, if all of it "
        "is\n"
        "well: papers, rules, roles (also of who is connected), [sign], [sealer] and [serve].\n"
        "[registry], [quota] and the number of renderers want a restart, and the log says so "
        "when\n"
        "they differ; so do this command's options.\n"
        "Exit with --pipe: 0 well, 65 the stream was broken.\n",
    .options = options,
    .option_count = COUNT(options),
    .run = run,
};
