/* sealer.c: danzheng sealer: opens the keys, then serves. */
#define _XOPEN_SOURCE 700
#include "sealer/sealer.h"
#include "app/secret.h"

#include "conf/conf.h"
#include "deliver/deliver.h"
#include "serve/notify.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { SOCKET, KEYS, LOG, PASSPHRASE };

static const struct option options[] = {
    [SOCKET] = {"socket", 0, "PATH", false, "where it listens (usual: [sealer] socket)"},
    [KEYS] = {"keys", 0, "DIR", false, "its private keys, ID.key (usual: [sealer] keys)"},
    [LOG] = {"log", 0, "FILE", false, "the log of seals (usual: [sealer] log)"},
    [PASSPHRASE] = {"passphrase", 0, "FD|NAME", false,
                    "of the keys: descriptor or systemd credential"},
};

enum { KEY_FILE_MOST = 1 << 16, SIGNERS_MOST = 32 };

struct opening {
    struct app *app;
    const struct args *args;
    struct sealer_setup setup;
    struct signer *signers[SIGNERS_MOST];
    const char *folder;
    bool locked;
};

/* A path from the command line, else from config/danzheng.ini. */
static const char *path_of(struct opening *opening, struct conf *conf, size_t option)
{
    struct conf_section *section = conf ? conf_first(conf, "sealer") : NULL;
    const char *given = option_value(opening->args, option), *key = options[option].name;
    struct app *app = opening->app;
    struct str text;

    if (given)
        return given;
    text = section ? conf_text(conf, section, key, STR_NONE, &app->err) : STR_NONE;
    if (text.n)
        return arena_text(app->arena, text.p, text.n);
    err_add(&app->err, USAGE, where_none(), "没有给出 --%s", "--%s is not given", key);
    err_hint(&app->err, "give it here, or in [sealer] of config/danzheng.ini");
    return NULL;
}

static bool paths_find(struct opening *opening)
{
    struct app *app = opening->app;
    struct conf *conf = NULL;

    if (!conf_read(app->arena, app->home, "config/danzheng.ini", &conf, &app->err))
        return false;
    opening->setup.socket = path_of(opening, conf, SOCKET);
    opening->folder = path_of(opening, conf, KEYS);
    opening->setup.log = path_of(opening, conf, LOG);
    return err_ok(&app->err);
}

static bool key_open(struct opening *opening, const struct key *key, const char *path,
                     struct str passphrase)
{
    struct app *app = opening->app;
    struct signer *signer;
    struct str pem;

    if (opening->setup.signer_count == SIGNERS_MOST)
        return err_add(&app->err, KEY_FAULT, where_file(path, 0, 0), "密钥超过 %d 把",
                       "there are more than %d keys", SIGNERS_MOST);
    if (!deliver_read(app->arena, path, KEY_FILE_MOST, &pem, &app->err) ||
        !signer_open(path, pem, passphrase, &signer, &app->err))
        return false;
    opening->signers[opening->setup.signer_count++] = signer;
    return str_eq(signer_spki(signer), key->spki) ||
           err_add(&app->err, KEY_FAULT, where_file(path, 0, 0), "文件名不是这把密钥的编号",
                   "the file is named after another key");
}

/* Every key of the list that is in use and has its private half here; one that does not open is
 * a fault, not one less. */
static bool keys_open(struct opening *opening)
{
    const struct keys *keys = opening->setup.keys;
    struct app *app = opening->app;
    struct secret secret;

    if (!secret_read(&app->err, options[PASSPHRASE].name,
                     option_value(opening->args, PASSPHRASE), &secret))
        return false;
    for (size_t i = 0; i < keys->count; i++) {
        const struct key *key = &keys->all[i];
        struct str id = key_id_text(app->arena, key->id);
        const char *path =
            arena_printf(app->arena, "%s/%.*s.key", opening->folder, STR_ARG(id));

        if ((key->status == KEY_ACTIVE || key->status == KEY_TEST) && access(path, F_OK) == 0)
            key_open(opening, key, path, secret_view(&secret));
    }
    secret_wipe(&secret);
    if (err_ok(&app->err) && opening->setup.signer_count == 0) {
        err_add(&app->err, KEY_FAULT, where_file(opening->folder, 0, 0),
                "文件夹中没有密钥清单所列的、使用中的密钥",
                "the folder has no private key that the list has in use");
        err_hint(&app->err, "danzheng keys list shows the list; files are named ID.key");
    }
    return err_ok(&app->err);
}

static void ready(void *user, uint64_t entries, size_t cut)
{
    const struct opening *opening = user;

    if (cut)
        fprintf(stderr, "sealer: %zu bytes of a torn end were cut from the log\n", cut);
    fprintf(stderr, "sealer: ready on %s with %zu key%s and %llu seal%s%s\n",
            opening->setup.socket, opening->setup.signer_count,
            opening->setup.signer_count == 1 ? "" : "s", (unsigned long long)entries,
            entries == 1 ? "" : "s", opening->locked ? "" : ", memory locked for keys only");
    notify_send("READY=1\nSTATUS=sealing");
}

static int run(struct app *app, const struct args *args)
{
    struct opening opening = {.app = app, .args = args};
    bool ok;

    umask(077);
    opening.setup.signers = opening.signers;
    opening.setup.clock = clock_seconds;
    opening.setup.ready = ready;
    opening.setup.user = &opening;
    ok = paths_find(&opening) && sealer_confine(&opening.locked, &app->err);
    if (ok && !secrets_lock())
        ok = err_add(&app->err, MEMORY_LIMIT, where_none(), "内存锁定不了，密钥可能被换出",
                     "memory for keys cannot be locked");
    ok = ok && kinds_load(app->arena, app->home, &opening.setup.kinds, &app->err) &&
         rules_load(app->arena, app->home, opening.setup.kinds, &opening.setup.rules,
                    &app->err) &&
         keys_load(app->arena, app->home, &opening.setup.keys, &app->err) &&
         keys_open(&opening) && sealer_run(app->arena, &opening.setup, &app->err);
    for (size_t i = 0; i < opening.setup.signer_count; i++)
        signer_close(opening.signers[i]);
    return ok ? 0 : report_exit(&app->err);
}

const struct command sealer_command = {
    .name = "sealer",
    .usage = "--passphrase FD|NAME [--socket PATH] [--keys DIR] [--log FILE]",
    .zh = "签章服务：独自持有私钥，经本机套接字签发封签。",
    .en = "Hold the private keys, alone, and seal papers over a Unix socket.",
    .more =
        "It decides by its own copy of the rules, and seals a number, version and output "
        "once:\n"
        "whoever asks again gets the seal that its log has. The log is on disk before anybody\n"
        "gets the seal; keep it for ever. Renderers find the socket in config/danzheng.ini.\n"
        "Rules and the list of keys are read at the start: after a change start it again.\n"
        "It ends at SIGTERM. The passphrase comes from a descriptor (--passphrase 3 3<FILE) "
        "or\n"
        "a systemd credential.\n",
    .options = options,
    .option_count = COUNT(options),
    .run = run,
};
