/* check.c: is a seal what it says? Its signature first; nothing else of it counts before. */
#include "seal/seal.h"

#include "digest/digest.h"
#include "seal/seal-internal.h"

#include <string.h>

static const char seal_prefix[14] = "SW-DOC-SEAL-1"; /* with its NUL */

struct str seal_message(const void *bytes, size_t n, uint8_t room[SEAL_MESSAGE_MOST])
{
    memcpy(room, seal_prefix, sizeof seal_prefix);
    memcpy(room + sizeof seal_prefix, bytes, n);
    return (struct str){(const char *)room, sizeof seal_prefix + n};
}

void seal_digest(int suite, struct str canonical, uint8_t out[32])
{
    if (suite == SUITE_SM2)
        sm3(canonical, out);
    else
        sha256(canonical, out);
}

/* The key that signed. Ids are only hints: several keys may share one. */
static const struct key *key_of(const struct keys *keys, struct str bytes,
                                const struct seal_fields *fields, bool *known)
{
    uint8_t room[SEAL_MESSAGE_MOST];
    struct str message = seal_message(bytes.p, bytes.n - SEAL_SIGNATURE, room);
    const uint8_t *signature = (const uint8_t *)bytes.p + bytes.n - SEAL_SIGNATURE;

    *known = false;
    for (size_t i = 0; i < keys->count; i++) {
        const struct key *key = &keys->all[i];

        if (memcmp(key->id, fields->key, sizeof key->id) != 0)
            continue;
        *known = true;
        if (key->suite == fields->suite &&
            key_verify(key->suite, key->spki, message, signature))
            return key;
    }
    return NULL;
}

enum seal_result seal_judge(const struct key *key, const struct seal_fields *fields)
{
    if (fields->kind > 31 || fields->state > 31 || !(key->kinds >> fields->kind & 1) ||
        !(key->states >> fields->state & 1))
        return SEAL_KIND_NOT_ALLOWED;
    if (fields->issued < key->from || fields->issued > key->until)
        return SEAL_OUTSIDE_WINDOW;
    switch (key->status) {
    case KEY_TEST:
        return SEAL_TEST;
    case KEY_COMPROMISED:
        return fields->issued >= key->since ? SEAL_COMPROMISED : SEAL_WITNESS_NEEDED;
    case KEY_ACTIVE:
    case KEY_RETIRED:
        break;
    }
    return SEAL_GOOD;
}

enum seal_result seal_check(const struct keys *keys, struct str bytes,
                            struct seal_fields *fields, const struct key **key)
{
    struct seal_fields found = {0};
    enum seal_result result = seal_parse(bytes, &found);
    const struct key *by = NULL;
    bool known;

    if (result == SEAL_GOOD) {
        by = key_of(keys, bytes, &found, &known);
        result = by ? seal_judge(by, &found) : known ? SEAL_FORGED : SEAL_UNKNOWN_KEY;
    }
    *fields = found;
    *key = by;
    return result;
}

enum seal_result seal_read(struct arena *arena, const struct keys *keys, struct str text,
                           struct seal_fields *fields, const struct key **key)
{
    struct str bytes;

    if (seal_text_read(arena, text, &bytes))
        return seal_check(keys, bytes, fields, key);
    *fields = (struct seal_fields){0};
    *key = NULL;
    return SEAL_FORGED;
}
