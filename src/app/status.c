/* status.c: danzheng status: which papers hold no longer, for who verifies offline. */
#include "app/app.h"

#include "app/secret.h"
#include "base/time.h"
#include "deliver/deliver.h"
#include "seal/status.h"

#include <stdio.h>
#include <string.h>

enum { OUT, KEY, PASSPHRASE, AT };

static const struct option options[] = {
    [OUT] = {"out", 'o', "FILE", false, "make: the list (- is standard output)"},
    [KEY] = {"key", 0, "FILE", false, "make: private key that signs (usual: the test key)"},
    [PASSPHRASE] = {"passphrase", 0, "FD|NAME", false, "of that key"},
    [AT] = {"at", 0, "TIME", false, "make: as of when (usual: now)"},
};

enum { KEY_MOST = 1 << 16 };

static bool usage(struct app *app, const char *zh, const char *en)
{
    err_add(&app->err, USAGE, where_none(), "%s%.0s", "%.0s%s", zh, en);
    err_hint(&app->err, "danzheng status --help");
    return false;
}

static bool time_given(struct app *app, const char *text, int64_t *out)
{
    *out = clock_seconds();
    return !text || time_parse(str_from(text), out) ||
           usage(app, "--at 要写带时区的 RFC 3339 时间",
                 "--at is an RFC 3339 time with offset");
}

static bool key_given(struct app *app, const struct args *args, struct signer **out)
{
    const char *path = option_value(args, KEY);
    struct secret secret;
    struct str pem;
    bool ok;

    if (!path) {
        *out = signer_published(1);
        return *out || err_add(&app->err, INTERNAL, where_none(), "密码库不能用",
                               "the crypto library fails");
    }
    ok = deliver_read(app->arena, path, KEY_MOST, &pem, &app->err) &&
         secret_read(&app->err, options[PASSPHRASE].name, option_value(args, PASSPHRASE),
                     &secret) &&
         signer_open(path, pem, secret_view(&secret), out, &app->err);
    secret_wipe(&secret);
    return ok;
}

/* Read back as anybody will before it is published. */
static bool publish(struct app *app, const char *path, struct str bytes)
{
    const struct status_list *back;
    const struct keys *keys;

    if (!keys_load(app->arena, app->home, &keys, &app->err) ||
        !status_parse(app->arena, path, bytes, keys, &back, &app->err))
        return false;
    return strcmp(path, "-") == 0 ? deliver_fd(1, "standard output", bytes, &app->err)
                                  : deliver_file(path, bytes, DELIVER_REPLACE, &app->err);
}

static bool make(struct app *app, const struct args *args)
{
    const char *from = args->words[1], *path = option_value(args, OUT);
    const struct status_paper *papers;
    struct signer *signer = NULL;
    struct str text, bytes;
    int64_t made;
    size_t count;
    bool ok;

    if (!path)
        return usage(app, "请用 -o 指明清单写到哪里", "say with -o where the list goes");
    ok = time_given(app, option_value(args, AT), &made) &&
         deliver_read(app->arena, from, STATUS_BYTES_MOST, &text, &app->err) &&
         status_papers_parse(app->arena, from, text, &papers, &count, &app->err) &&
         key_given(app, args, &signer) &&
         status_write(app->arena, papers, count, made, signer, &bytes, &app->err) &&
         publish(app, path, bytes);
    signer_close(signer);
    return ok;
}

static bool show(struct app *app, const struct args *args)
{
    const char *path = args->words[1];
    const struct status_list *status;
    size_t withdrawn = 0;
    const struct keys *keys;
    struct str bytes, made;

    if (!keys_load(app->arena, app->home, &keys, &app->err) ||
        !deliver_read(app->arena, path, STATUS_BYTES_MOST, &bytes, &app->err) ||
        !status_parse(app->arena, path, bytes, keys, &status, &app->err))
        return false;
    for (size_t i = 0; i < status->count; i++)
        withdrawn += status->entries[(i + 1) * STATUS_ENTRY - 1] == PAPER_WITHDRAWN;
    made = time_text(app->arena, status->made);
    printf("list of %.*s, signed by %.*s%s\n%zu superseded\n%zu withdrawn\n", STR_ARG(made),
           STR_ARG(status->by), status->test ? " (for tests only)" : "",
           status->count - withdrawn, withdrawn);
    return true;
}

static int run(struct app *app, const struct args *args)
{
    if (strcmp(args->words[0], "make") == 0)
        (void)make(app, args);
    else if (strcmp(args->words[0], "show") == 0)
        (void)show(app, args);
    else
        usage(app, "操作是 make 或 show", "an action is make or show");
    return report_exit(&app->err);
}

const struct command status_command = {
    .name = "status",
    .usage = "make PAPERS.txt -o FILE | show FILE",
    .zh = "制作和查看状态清单：哪些单证已被取代或撤销，供离线核验。",
    .en = "Make and show the list of papers superseded or withdrawn, for verifying offline.",
    .more =
        "PAPERS.txt has a paper a line: NUMBER KIND VERSION superseded|withdrawn, where "
        "NUMBER\n"
        "is the first number, KIND 1 check sheet, 2 goods list, 3 filing application, 4 loan\n"
        "list, 5 confirmation, 6 extension slip, 7 import certificate. The list is signed by "
        "a\n"
        "key of config/keys.txt or by its root, and used by danzheng verify --status FILE:\n"
        "  danzheng-status/1\n"
        "  list TIME COUNT\n"
        "  COUNT entries of 11 bytes: 8 of SHA-256 of \"NUMBER KIND\", version (big endian),\n"
        "  1 superseded or 2 withdrawn; ascending\n"
        "  signature KEY-ID BASE64, over \"SW-STATUS-1\", three NUL, and all before this "
        "line\n",
    .options = options,
    .option_count = COUNT(options),
    .words_least = 2,
    .words_most = 2,
    .run = run,
};
