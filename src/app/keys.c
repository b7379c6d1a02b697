/* keys.c: danzheng keys: makes keys, and keeps the list that says what each may seal. The list
 * is signed by a root whose private key belongs on a machine that meets no network; a key's own
 * private half stays where it seals. */
#define _XOPEN_SOURCE 700
#include "app/secret.h"

#include "base/time.h"
#include "conf/conf.h"
#include "deliver/deliver.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    LIST,
    ROOTS,
    ROOT,
    ROOT_PASSPHRASE,
    FOLDER,
    PASSPHRASE,
    NEW_ROOT,
    PUBLIC,
    SUITE,
    NAME,
    FROM,
    UNTIL,
    KINDS,
    STATES,
    SINCE
};

static const struct option options[] = {
    [LIST] = {"list", 0, "FILE", false, "the list of keys (usual: config/keys.txt)"},
    [ROOTS] = {"roots", 0, "FILE", false, "whom to believe (usual: config/roots.txt)"},
    [ROOT] = {"root", 0, "FILE", false, "private key of the root that signs the list"},
    [ROOT_PASSPHRASE] = {"root-passphrase", 0, "FD|NAME", false,
                         "its passphrase: descriptor or systemd credential"},
    [FOLDER] = {"dir", 0, "DIR", false, "where private keys are kept"},
    [PASSPHRASE] = {"passphrase", 0, "FD|NAME", false, "of the new private key"},
    [NEW_ROOT] = {"new-root", 0, NULL, false, "new: make a root, and print its line"},
    [PUBLIC] = {"public", 0, "FILE", false, "new, rotate: a public key made elsewhere (PEM)"},
    [SUITE] = {"suite", 0, "NAME", false, "ed25519 (usual) or sm2"},
    [NAME] = {"name", 0, "TEXT", false, "of the unit that seals"},
    [FROM] = {"from", 0, "TIME", false, "first second of use (usual: now; rotate: in 30 days)"},
    [UNTIL] = {"until", 0, "TIME", false, "last second of use (usual: a year later)"},
    [KINDS] = {"kinds", 0, "1,2…", false, "numbers of the papers it seals (usual: 1 to 7)"},
    [STATES] = {"states", 0, "0,1…", false, "states it seals (usual: 0,1)"},
    [SINCE] = {"since", 0, "TIME", false, "compromise: when the key came into other hands"},
};

enum { DAY = 86400, YEAR = 365 * DAY, FILE_MOST = 1 << 20 };

struct keeper {
    struct app *app;
    const struct args *args;
    const char *list;
    struct roots roots;
    struct keys keys;
    struct key *all;     /* with room for one more */
    struct signer *root; /* NULL: nothing will be listed */
    int64_t now;
};

static bool usage(struct keeper *keeper, const char *zh, const char *en)
{
    err_add(&keeper->app->err, USAGE, where_none(), "%s%.0s", "%.0s%s", zh, en);
    err_hint(&keeper->app->err, "danzheng keys --help");
    return false;
}

static bool time_option(struct keeper *keeper, size_t option, int64_t fallback, int64_t *out)
{
    const char *text = option_value(keeper->args, option);

    *out = fallback;
    if (!text || time_parse(str_from(text), out))
        return true;
    err_add(&keeper->app->err, USAGE, where_none(), "--%s“%s”不是带时区的 RFC 3339 时间",
            "--%s '%s' is no RFC 3339 time with offset", options[option].name, text);
    err_hint(&keeper->app->err, "for example 2026-08-14T00:00:00+08:00");
    return false;
}

static bool numbers_option(struct keeper *keeper, size_t option, long least, uint32_t fallback,
                           uint32_t *out)
{
    const char *text = option_value(keeper->args, option);

    *out = fallback;
    if (!text || numbers_read(str_from(text), least, out))
        return true;
    return usage(keeper, "--kinds、--states 要写递增的数字，以逗号分开",
                 "--kinds and --states take ascending numbers with commas");
}

/* ---- reading and writing */

static bool list_open(struct keeper *keeper)
{
    struct app *app = keeper->app;
    const char *home = arena_printf(app->arena, "%s/config/", app->home);
    const char *roots = option_value(keeper->args, ROOTS);
    const struct keys *read = NULL;
    struct str text;

    keeper->list = option_value(keeper->args, LIST);
    if (!keeper->list)
        keeper->list = arena_printf(app->arena, "%skeys.txt", home);
    if (!roots)
        roots = arena_printf(app->arena, "%sroots.txt", home);
    if (!deliver_read(app->arena, roots, FILE_MOST, &text, &app->err) ||
        !roots_parse(app->arena, roots, text, &keeper->roots, &app->err))
        return false;
    if (access(keeper->list, F_OK) == 0 &&
        (!deliver_read(app->arena, keeper->list, FILE_MOST, &text, &app->err) ||
         !keys_parse(app->arena, keeper->list, text, &keeper->roots, &read, &app->err)))
        return false;
    if (read)
        keeper->keys = *read;
    keeper->all = NEW_ARRAY(app->arena, keeper->keys.count + 1, struct key);
    if (read)
        memcpy(keeper->all, read->all, read->count * sizeof *keeper->all);
    keeper->keys.all = keeper->all;
    return true;
}

/* Before anything is made, so that a wrong passphrase leaves nothing behind. */
static bool root_open(struct keeper *keeper)
{
    struct app *app = keeper->app;
    const char *path = option_value(keeper->args, ROOT);
    struct secret secret;
    struct str pem;
    bool ok;

    if (!path)
        return true;
    ok = deliver_read(app->arena, path, FILE_MOST, &pem, &app->err) &&
         secret_read(&app->err, options[ROOT_PASSPHRASE].name,
                     option_value(keeper->args, ROOT_PASSPHRASE), &secret) &&
         signer_open(path, pem, secret_view(&secret), &keeper->root, &app->err);
    secret_wipe(&secret);
    return ok;
}

/* Signed, read back as anybody will, and only then in its place. */
static bool list_save(struct keeper *keeper)
{
    struct app *app = keeper->app;
    const struct keys *back;
    struct str text;

    if (!keeper->root)
        return usage(keeper, "请用 --root 指明签清单的根密钥",
                     "say with --root which private key signs the list");
    keeper->keys.number++;
    keeper->keys.made = keeper->now;
    return keys_write(app->arena, &keeper->keys, keeper->root, &text, &app->err) &&
           keys_parse(app->arena, keeper->list, text, &keeper->roots, &back, &app->err) &&
           deliver_file(keeper->list, text, DELIVER_REPLACE, &app->err);
}

/* DIR/ID.key, for its owner alone. */
static bool private_save(struct keeper *keeper, struct signer *signer)
{
    struct app *app = keeper->app;
    const char *folder = option_value(keeper->args, FOLDER), *path;
    struct secret secret;
    struct str pem, id;
    uint8_t bytes[4];
    bool ok;

    if (!folder)
        return usage(keeper, "请用 --dir 指明存放私钥的文件夹",
                     "say with --dir where private keys are kept");
    key_id(signer_spki(signer), bytes);
    id = key_id_text(app->arena, bytes);
    path = arena_printf(app->arena, "%s/%.*s.key", folder, STR_ARG(id));
    umask(077);
    ok = secret_read(&app->err, options[PASSPHRASE].name,
                     option_value(keeper->args, PASSPHRASE), &secret) &&
         signer_store(app->arena, signer, secret_view(&secret), &pem, &app->err) &&
         deliver_folder(folder, &app->err) && deliver_file(path, pem, DELIVER_KEEP, &app->err);
    secret_wipe(&secret);
    umask(022);
    if (ok)
        fprintf(stderr, "%s\n", path);
    return ok;
}

static struct str base64_of(struct keeper *keeper, struct str bytes)
{
    struct buf text;
    struct str out;

    buf_init(&text, FILE_MOST);
    buf_base64(&text, bytes.p, bytes.n);
    out = str_copy(keeper->app->arena, buf_view(&text));
    buf_release(&text);
    return out;
}

static void pem_print(struct keeper *keeper, struct str spki)
{
    struct str text = base64_of(keeper, spki);

    printf("-----BEGIN PUBLIC KEY-----\n");
    for (size_t at = 0; at < text.n; at += 64)
        printf("%.*s\n", (int)(text.n - at < 64 ? text.n - at : 64), text.p + at);
    printf("-----END PUBLIC KEY-----\n");
}

/* ---- what can be done */

static bool make_root(struct keeper *keeper)
{
    struct signer *signer = signer_generate(SUITE_ED25519);
    const char *name = option_value(keeper->args, NAME);
    uint8_t id[4];
    bool ok;

    if (!signer)
        return err_add(&keeper->app->err, INTERNAL, where_none(), "密码库不能用",
                       "the crypto library fails");
    ok = name ? private_save(keeper, signer)
              : usage(keeper, "请用 --name 给出名称", "give it a --name");
    if (ok) {
        struct str spki = base64_of(keeper, signer_spki(signer));

        key_id(signer_spki(signer), id);
        printf("root %02x%02x%02x%02x ed25519 %.*s offline %s\n", id[0], id[1], id[2], id[3],
               STR_ARG(spki), name);
    }
    signer_close(signer);
    return ok;
}

/* The public half: of a file, or of a key that is made and kept here. */
static bool key_make(struct keeper *keeper, struct key *key, const char *suite)
{
    struct app *app = keeper->app;
    const char *public = option_value(keeper->args, PUBLIC);
    struct signer *signer;
    struct str pem;
    bool ok;

    if (public)
        return deliver_read(app->arena, public, FILE_MOST, &pem, &app->err) &&
               spki_from_pem(app->arena, public, pem, &key->suite, &key->spki, &app->err);
    if (!suite_find(str_from(suite), &key->suite))
        return usage(keeper, "--suite 是 ed25519 或 sm2", "--suite is ed25519 or sm2");
    signer = signer_generate(key->suite);
    if (!signer)
        return err_add(&app->err, INTERNAL, where_none(), "密码库不能用",
                       "the crypto library fails");
    key->spki = str_copy(app->arena, signer_spki(signer));
    ok = private_save(keeper, signer);
    signer_close(signer);
    return ok;
}

static bool key_add(struct keeper *keeper, struct key *key)
{
    key_id(key->spki, key->id);
    if (!keeper->root) {
        pem_print(keeper, key->spki);
        return true;
    }
    keeper->all[keeper->keys.count++] = *key;
    return list_save(keeper);
}

static bool new_key(struct keeper *keeper, const struct key *none)
{
    const char *suite = option_value(keeper->args, SUITE);
    const char *name = option_value(keeper->args, NAME);
    struct key key = {.status = KEY_ACTIVE, .name = str_from(name)};

    (void)none;
    if (option_given(keeper->args, NEW_ROOT))
        return make_root(keeper);
    if (keeper->root && (!name || !*name || strchr(name, '\n')))
        return usage(keeper, "请用 --name 给出签章单位的名称", "give the unit's --name");
    return time_option(keeper, FROM, keeper->now, &key.from) &&
           time_option(keeper, UNTIL, key.from + YEAR, &key.until) &&
           numbers_option(keeper, KINDS, 1, 0xFE, &key.kinds) &&
           numbers_option(keeper, STATES, 0, 3, &key.states) &&
           key_make(keeper, &key, suite ? suite : "ed25519") && key_add(keeper, &key);
}

static bool rotate_key(struct keeper *keeper, const struct key *old)
{
    const char *suite = option_value(keeper->args, SUITE);
    struct key key = *old;

    key.status = KEY_ACTIVE;
    return time_option(keeper, FROM, keeper->now + 30 * (int64_t)DAY, &key.from) &&
           time_option(keeper, UNTIL, key.from + YEAR, &key.until) &&
           key_make(keeper, &key, suite ? suite : suite_name(old->suite)) &&
           key_add(keeper, &key);
}

static struct key *entry_of(struct keeper *keeper, const struct key *key)
{
    return &keeper->all[key - keeper->all];
}

static bool retire_key(struct keeper *keeper, const struct key *key)
{
    struct key *entry = entry_of(keeper, key);

    if (entry->status != KEY_ACTIVE)
        return usage(keeper, "只有使用中的密钥可以停用", "only an active key can be retired");
    entry->status = KEY_RETIRED;
    if (entry->until > keeper->now && entry->from < keeper->now)
        entry->until = keeper->now;
    return list_save(keeper);
}

static bool compromise_key(struct keeper *keeper, const struct key *key)
{
    struct key *entry = entry_of(keeper, key);

    if (!option_given(keeper->args, SINCE))
        return usage(keeper, "请用 --since 给出泄露的时间（从宽）",
                     "say with --since from when on the key may have been in other hands");
    if (entry->status == KEY_TEST)
        return usage(keeper, "测试密钥本来就是公开的", "a test key is published anyway");
    entry->status = KEY_COMPROMISED;
    return time_option(keeper, SINCE, 0, &entry->since) && list_save(keeper);
}

static bool export_key(struct keeper *keeper, const struct key *key)
{
    pem_print(keeper, key->spki);
    return true;
}

/* How it stands with a key now; of its window only where the key may be used at all. */
static const char *use_of(struct keeper *keeper, const struct key *key)
{
    struct arena *arena = keeper->app->arena;

    if (key->status == KEY_COMPROMISED)
        return arena_printf(arena, "since %.*s", STR_ARG(time_text(arena, key->since)));
    if (key->status == KEY_RETIRED || keeper->now > key->until)
        return "over   ";
    return keeper->now < key->from ? "not yet" : "in use ";
}

static bool show_list(struct keeper *keeper, const struct key *none)
{
    const struct keys *keys = &keeper->keys;
    struct arena *arena = keeper->app->arena;

    (void)none;
    if (!keys->root)
        return usage(keeper, "没有密钥清单", "there is no list of keys");
    printf("list %lld of %.*s, signed by %.*s\n", (long long)keys->number,
           STR_ARG(time_text(arena, keys->made)), STR_ARG(keys->root->name));
    for (size_t i = 0; i < keys->count; i++) {
        const struct key *key = &keys->all[i];
        struct str id = key_id_text(arena, key->id), from = time_text(arena, key->from),
                   until = time_text(arena, key->until);

        printf("%.*s %-7s %-11s %.*s %.*s %s %.*s\n", STR_ARG(id), suite_name(key->suite),
               key_status_name(key->status), STR_ARG(from), STR_ARG(until), use_of(keeper, key),
               STR_ARG(key->name));
    }
    return true;
}

static const struct action {
    const char *name;
    bool of_key; /* takes an id */
    bool (*run)(struct keeper *, const struct key *);
} actions[] = {
    {"new", false, new_key},
    {"list", false, show_list},
    {"rotate", true, rotate_key},
    {"retire", true, retire_key},
    {"compromise", true, compromise_key},
    {"export", true, export_key},
};

static bool act(struct keeper *keeper, const struct action *action)
{
    const char *id = keeper->args->count > 1 ? keeper->args->words[1] : NULL;
    const struct key *key = NULL;

    if (action->of_key != (id != NULL))
        return usage(keeper, "这一操作要写密钥编号，或不该写",
                     "this takes the id of a key, or takes none");
    if (option_given(keeper->args, NEW_ROOT))
        return action->run(keeper, NULL);
    if (!list_open(keeper) || !root_open(keeper))
        return false;
    if (id)
        key = keys_find(&keeper->keys, str_from(id));
    if (id && !key)
        return err_add(&keeper->app->err, USAGE, where_none(), "清单中没有密钥“%s”",
                       "the list has no key '%s'", id);
    return action->run(keeper, key);
}

static int run(struct app *app, const struct args *args)
{
    struct keeper keeper = {.app = app, .args = args, .now = clock_seconds()};

    for (size_t i = 0; i < COUNT(actions); i++) {
        if (strcmp(args->words[0], actions[i].name) != 0)
            continue;
        act(&keeper, &actions[i]);
        signer_close(keeper.root);
        return report_exit(&app->err);
    }
    usage(&keeper, "操作是 new、list、rotate、retire、compromise、export 之一",
          "an action is one of new, list, rotate, retire, compromise, export");
    return report_exit(&app->err);
}

const struct command keys_command = {
    .name = "keys",
    .usage = "new|list|rotate ID|retire ID|compromise ID|export ID",
    .zh = "生成签章密钥，维护由根密钥签名的密钥清单。",
    .en = "Make keys that seal, and keep the list of them that a root signs.",
    .more =
        "Passphrases come from a descriptor (--passphrase 3 3<FILE) or a systemd credential.\n"
        "A site begins with two roots, on a machine that meets no network:\n"
        "  danzheng keys new --new-root --name 'Root 1' --dir DIR --passphrase 3 3<FILE\n"
        "puts their lines into config/roots.txt in place of the test roots, removes the list\n"
        "that shipped, and enters its first key:\n"
        "  danzheng keys new --dir DIR --passphrase 3 --suite sm2 >KEY.pem   (where it seals)\n"
        "  danzheng keys new --public KEY.pem --name UNIT --root ROOT.key --root-passphrase 3\n"
        "Without --root nothing is listed, and the public key is printed. export prints it\n"
        "again. rotate lists a successor; retire and compromise end a key's use: what was\n"
        "sealed before stays genuine, after compromise only where registry or log have it.\n"
        "The sealer reads the list when it starts.\n"
        "Kinds: 1 check sheet, 2 goods list, 3 filing application, 4 loan list,\n"
        "5 confirmation, 6 extension slip, 7 import certificate. States: 0 check sheets,\n"
        "1 formal papers.\n",
    .options = options,
    .option_count = COUNT(options),
    .words_least = 1,
    .words_most = 2,
    .run = run,
};
