/* keys.c: reads roots and the list of keys. A list counts only whole: one that any line of
 * which is faulty, or that no root has signed, gives no key at all. */
#include "seal/keys.h"

#include "base/time.h"
#include "conf/conf.h"
#include "digest/digest.h"
#include "seal/seal-internal.h"

#include <string.h>

struct reader {
    struct arena *arena;
    const char *name;
    struct str rest, line;
    int number; /* of the line */
    struct err *err;
};

static const char list_prefix[14] = "SW-KEY-LIST-1"; /* with its NUL */

static struct where here(const struct reader *reader)
{
    return where_file(reader->name, reader->number, 0);
}

static bool fault(const struct reader *reader, const char *zh, const char *en, struct str what)
{
    zh = arena_printf(reader->arena, "%s“%.*s”", zh, STR_ARG(what));
    en = arena_printf(reader->arena, "%s '%.*s'", en, STR_ARG(what));
    return err_add(reader->err, KEY_LIST_FAULT, here(reader), "%s%.0s", "%.0s%s", zh, en);
}

/* The next line that says something; every line ends in LF. */
static bool next_line(struct reader *reader)
{
    while (reader->rest.n > 0) {
        const char *end = memchr(reader->rest.p, '\n', reader->rest.n);

        reader->number++;
        if (!end)
            return false;
        reader->line = (struct str){reader->rest.p, (size_t)(end - reader->rest.p)};
        reader->rest.p = end + 1;
        reader->rest.n -= reader->line.n + 1;
        if (reader->line.n > 0 && reader->line.p[0] != '#')
            return true;
    }
    return false;
}

static struct str field(struct str *rest)
{
    return str_cut(*rest, ' ', rest);
}

/* "06e3fd8f", which must be of this SPKI */
static bool id_read(const struct reader *reader, struct str text, struct str spki,
                    uint8_t id[4])
{
    static const char digits[] = "0123456789abcdef";
    uint8_t of_key[4];
    bool same = text.n == 8;

    key_id(spki, of_key);
    for (size_t i = 0; same && i < 4; i++)
        same = text.p[2 * i] == digits[of_key[i] >> 4] &&
               text.p[2 * i + 1] == digits[of_key[i] & 15];
    if (!same)
        return fault(reader, "编号不是该公钥的：", "this is not the id of the key:", text);
    memcpy(id, of_key, 4);
    return true;
}

static bool spki_read(const struct reader *reader, int suite, struct str text, struct str *spki)
{
    if (base64_read(reader->arena, text, spki) && key_fits(suite, *spki))
        return true;
    return fault(reader, "不是所称算法的公钥：", "no public key of this suite:", text);
}

static bool suite_read(const struct reader *reader, struct str text, int *suite)
{
    if (!suite_find(text, suite))
        return fault(reader, "不认识的算法：", "no such suite:", text);
    return true;
}

bool suite_find(struct str name, int *suite)
{
    if (str_is(name, "ed25519"))
        *suite = SUITE_ED25519;
    else if (str_is(name, "sm2"))
        *suite = SUITE_SM2;
    else
        return false;
    return true;
}

const char *suite_name(int suite)
{
    return suite == SUITE_SM2 ? "sm2" : "ed25519";
}

/* "1,2,7": ascending numbers from least to 31 */
bool numbers_read(struct str text, long least, uint32_t *bits)
{
    long last = least - 1, number;
    uint32_t found = 0;

    while (text.n > 0) {
        if (!str_number(str_cut(text, ',', &text), &number) || number <= last || number > 31)
            return false;
        found |= (uint32_t)1 << number;
        last = number;
    }
    *bits = found;
    return found != 0;
}

static bool name_read(const struct reader *reader, struct str text, struct str *name)
{
    *name = str_trim(text);
    return name->n > 0 || fault(reader, "行尾没有名称", "a name is missing at the end", text);
}

/* ---- roots */

static bool root_read(const struct reader *reader, struct root *root)
{
    struct str rest = reader->line, id, kind, spki;
    int suite = SUITE_NONE;

    if (!str_is(field(&rest), "root"))
        return fault(reader, "应为 root：", "this line should begin with root:", reader->line);
    id = field(&rest);
    if (!suite_read(reader, field(&rest), &suite))
        return false;
    if (suite != SUITE_ED25519)
        return fault(reader, "根密钥应为 ed25519：", "a root is ed25519:", reader->line);
    spki = field(&rest);
    kind = field(&rest);
    if (!spki_read(reader, suite, spki, &root->spki) ||
        !id_read(reader, id, root->spki, root->id) || !name_read(reader, rest, &root->name))
        return false;
    root->test = str_is(kind, "test");
    if (!root->test && !str_is(kind, "offline"))
        return fault(reader, "应为 test 或 offline：", "neither test nor offline:", kind);
    if (!root->test && key_published(root->spki))
        return fault(reader, "公开的测试密钥只能标为 test：",
                     "a published key can only be test:", id);
    return true;
}

bool roots_parse(struct arena *arena, const char *name, struct str text, struct roots *out,
                 struct err *err)
{
    struct reader reader = {.arena = arena, .name = name, .rest = text, .err = err};
    struct roots roots = {.count = 0};
    int before = err->faults;

    while (next_line(&reader)) {
        if (roots.count == COUNT(roots.all)) {
            fault(&reader, "根密钥过多：", "too many roots:", reader.line);
            break;
        }
        if (root_read(&reader, &roots.all[roots.count]))
            roots.count++;
    }
    if (err->faults == before && roots.count == 0)
        fault(&reader, "没有根密钥", "no root", STR_NONE);
    if (err->faults > before) {
        err_hint(err, "root ID ed25519 SPKI test|offline NAME");
        return false;
    }
    *out = roots;
    return true;
}

/* ---- the list */

static bool status_read(const struct reader *reader, struct str status, struct str since,
                        struct key *key)
{
    static const char *const names[] = {"test", "active", "retired", "compromised"};
    bool found = false;

    for (size_t i = 0; i < COUNT(names) && !found; i++) {
        found = str_is(status, names[i]);
        key->status = (enum key_status)i;
    }
    if (!found)
        return fault(reader, "不认识的状态：", "no such status:", status);
    if (key->status == KEY_COMPROMISED ? !time_parse(since, &key->since) : !str_is(since, "-"))
        return fault(reader, "泄露时间写法不对：",
                     "not well formed as the time of a leak:", since);
    if (key->status != KEY_TEST && key_published(key->spki))
        return fault(reader, "公开的测试密钥只能标为 test：",
                     "a published key can only be test:", status);
    return true;
}

static bool key_read(const struct reader *reader, struct str rest, struct key *key)
{
    struct str id = field(&rest), suite = field(&rest), spki = field(&rest),
               from = field(&rest), until = field(&rest), kinds = field(&rest),
               states = field(&rest), status = field(&rest), since = field(&rest);

    key->at = here(reader);
    if (!suite_read(reader, suite, &key->suite) ||
        !spki_read(reader, key->suite, spki, &key->spki) ||
        !id_read(reader, id, key->spki, key->id) || !name_read(reader, rest, &key->name) ||
        !status_read(reader, status, since, key))
        return false;
    if (!time_parse(from, &key->from) || !time_parse(until, &key->until) ||
        key->from >= key->until)
        return fault(reader, "使用期写法不对：", "no window of use:", from);
    if (!numbers_read(kinds, 1, &key->kinds))
        return fault(reader, "单证种类写法不对：", "not well formed as kinds:", kinds);
    if (!numbers_read(states, 0, &key->states))
        return fault(reader, "状态写法不对：", "not well formed as states:", states);
    return true;
}

static void key_add(const struct reader *reader, struct str rest, struct keys *keys,
                    struct key *all)
{
    struct key *key = &all[keys->count];

    if (!key_read(reader, rest, key))
        return;
    for (size_t i = 0; i < keys->count; i++) {
        if (str_eq(all[i].spki, key->spki)) {
            fault(reader, "密钥重复：", "this key is here already:", key->name);
            return;
        }
    }
    keys->count++;
}

static void head_read(struct reader *reader, struct keys *keys)
{
    struct str rest;
    long number;

    if (!next_line(reader) || !str_is(reader->line, "danzheng-keys/1")) {
        fault(reader, "第一行应为 danzheng-keys/1，不是",
              "the first line is danzheng-keys/1, not", reader->line);
        return;
    }
    rest = next_line(reader) ? reader->line : STR_NONE;
    if (!str_is(field(&rest), "list") || !str_number(field(&rest), &number) || number < 1 ||
        !time_parse(rest, &keys->made)) {
        fault(reader, "第二行应为 list 编号 时间，不是",
              "the second line is list NUMBER TIME, not", reader->line);
        return;
    }
    keys->number = number;
}

static const struct root *root_of(const struct roots *roots, struct str id)
{
    static const char digits[] = "0123456789abcdef";

    for (size_t r = 0; r < roots->count; r++) {
        const struct root *root = &roots->all[r];
        bool same = id.n == 8;

        for (size_t i = 0; same && i < 4; i++)
            same = id.p[2 * i] == digits[root->id[i] >> 4] &&
                   id.p[2 * i + 1] == digits[root->id[i] & 15];
        if (same)
            return root;
    }
    return NULL;
}

struct str list_message(struct arena *arena, struct str text)
{
    char *message = arena_alloc(arena, sizeof list_prefix + text.n);

    memcpy(message, list_prefix, sizeof list_prefix);
    memcpy(message + sizeof list_prefix, text.p, text.n);
    return (struct str){message, sizeof list_prefix + text.n};
}

static bool signature_check(const struct reader *reader, struct str signed_text,
                            const struct roots *roots, struct keys *keys)
{
    struct str rest = reader->line, id, signature;
    const struct root *root;

    field(&rest);
    id = field(&rest);
    root = root_of(roots, id);
    if (!root) {
        fault(reader, "不认识签名的根密钥", "the list is signed by an unknown root", id);
        err_hint(reader->err,
                 "roots.txt says whom to believe; who puts own roots there removes "
                 "the list that shipped");
        return false;
    }
    if (!base64_read(reader->arena, rest, &signature) || signature.n != SIGNATURE ||
        !key_verify(SUITE_ED25519, root->spki, list_message(reader->arena, signed_text),
                    (const uint8_t *)signature.p))
        return fault(reader, "清单的签名不符：根密钥", "the list was not signed by root", id);
    if (reader->rest.n > 0)
        return fault(reader, "签名之后还有内容，根密钥", "text follows the signature of", id);
    keys->root = root;
    return true;
}

/* Whoever has a published root can write any list. */
static void root_check(const struct reader *reader, const struct keys *keys)
{
    for (size_t i = 0; keys->root && keys->root->test && i < keys->count; i++) {
        if (keys->all[i].status != KEY_TEST)
            err_add(reader->err, KEY_LIST_FAULT, keys->all[i].at,
                    "测试根密钥只能签发测试密钥，“%.*s”不是",
                    "a test root vouches for test keys only, '%.*s' is none",
                    STR_ARG(keys->all[i].name));
    }
}

bool keys_parse(struct arena *arena, const char *name, struct str text,
                const struct roots *roots, const struct keys **out, struct err *err)
{
    struct reader reader = {.arena = arena, .name = name, .rest = text, .err = err};
    struct keys *keys = NEW(arena, struct keys);
    struct roots *kept = NEW(arena, struct roots);
    int before = err->faults;
    bool done = false;
    size_t lines = 1;
    struct key *all;

    *kept = *roots;
    for (size_t i = 0; i < text.n; i++)
        lines += text.p[i] == '\n';
    keys->all = all = NEW_ARRAY(arena, lines, struct key);
    head_read(&reader, keys);
    while (!done && next_line(&reader)) {
        struct str rest = reader.line, word = field(&rest);
        size_t above = text.n - reader.rest.n - reader.line.n - 1;

        if (str_is(word, "key"))
            key_add(&reader, rest, keys, all);
        else if (str_is(word, "signature"))
            done = signature_check(&reader, (struct str){text.p, above}, kept, keys);
        else
            fault(&reader, "不认识的行：", "no line begins with", word);
    }
    root_check(&reader, keys);
    if (err->faults == before && !done)
        fault(&reader, "清单没有签名", "the list is not signed", STR_NONE);
    if (err->faults > before)
        return false;
    *out = keys;
    return true;
}

bool keys_load(struct arena *arena, const char *home, const struct keys **out, struct err *err)
{
    static const char roots_name[] = "config/roots.txt", keys_name[] = "config/keys.txt";
    struct roots roots;
    struct str text;

    if (!conf_file(arena, home, roots_name, &text, err) ||
        !roots_parse(arena, roots_name, text, &roots, err))
        return false;
    if (!conf_file(arena, home, keys_name, &text, err)) {
        err_hint(err, "danzheng keys new, with --root, enters the first key");
        return false;
    }
    return keys_parse(arena, keys_name, text, &roots, out, err);
}
