/* list.c: a list of keys as text, for who keeps it. */
#include "seal/seal-internal.h"

#include "base/buf.h"
#include "base/time.h"

#include <stdio.h>

enum { LIST_MOST = 1 << 22 };

static const char about[] =
    "# Which keys seal, what and when; signed by a root of roots.txt in the last line.\n"
    "#\n"
    "# key ID SUITE SPKI FROM UNTIL KINDS STATES STATUS SINCE|- NAME\n";

struct str key_id_text(struct arena *arena, const uint8_t id[4])
{
    return str_printf(arena, "%02x%02x%02x%02x", id[0], id[1], id[2], id[3]);
}

const struct key *keys_find(const struct keys *keys, struct str id)
{
    const struct key *found = NULL;
    char text[9];

    for (size_t i = 0; i < keys->count; i++) {
        const struct key *key = &keys->all[i];

        snprintf(text, sizeof text, "%02x%02x%02x%02x", key->id[0], key->id[1], key->id[2],
                 key->id[3]);
        if (!str_is(id, text))
            continue;
        if (found)
            return NULL;
        found = key;
    }
    return found;
}

const char *key_status_name(enum key_status status)
{
    static const char *const names[] = {"test", "active", "retired", "compromised"};

    return names[status];
}

static void put_numbers(struct buf *out, uint32_t bits)
{
    bool more = false;

    for (int i = 0; i < 32; i++) {
        if (!(bits >> i & 1))
            continue;
        buf_printf(out, "%s%d", more ? "," : " ", i);
        more = true;
    }
}

static void put_time(struct buf *out, struct arena *arena, int64_t seconds)
{
    buf_byte(out, ' ');
    buf_str(out, time_text(arena, seconds));
}

static void put_key(struct buf *out, struct arena *arena, const struct key *key)
{
    struct str id = key_id_text(arena, key->id);

    buf_printf(out, "key %.*s %s ", STR_ARG(id), suite_name(key->suite));
    buf_base64(out, key->spki.p, key->spki.n);
    put_time(out, arena, key->from);
    put_time(out, arena, key->until);
    put_numbers(out, key->kinds);
    put_numbers(out, key->states);
    buf_printf(out, " %s", key_status_name(key->status));
    if (key->status == KEY_COMPROMISED)
        put_time(out, arena, key->since);
    else
        buf_text(out, " -");
    buf_printf(out, " %.*s\n", STR_ARG(key->name));
}

bool keys_write(struct arena *arena, const struct keys *keys, struct signer *root,
                struct str *out, struct err *err)
{
    uint8_t signature[SIGNATURE], id[4];
    struct buf text;
    bool ok;

    buf_init(&text, LIST_MOST);
    buf_printf(&text, "danzheng-keys/1\nlist %lld", (long long)keys->number);
    put_time(&text, arena, keys->made);
    buf_printf(&text, "\n%s", about);
    for (size_t i = 0; i < keys->count; i++)
        put_key(&text, arena, &keys->all[i]);
    ok = signer_suite(root) == SUITE_ED25519
             ? signer_sign(root, list_message(arena, buf_view(&text)), signature, err)
             : err_add(err, KEY_FAULT, where_none(), "根密钥应为 ed25519",
                       "a root is a key of ed25519");
    if (ok) {
        key_id(signer_spki(root), id);
        buf_printf(&text, "signature %02x%02x%02x%02x ", id[0], id[1], id[2], id[3]);
        buf_base64(&text, signature, sizeof signature);
        buf_byte(&text, '\n');
        *out = str_copy(arena, buf_view(&text));
    }
    buf_release(&text);
    return ok;
}
