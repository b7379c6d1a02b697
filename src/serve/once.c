/* once.c: which requests were answered under which key. The answer itself is not kept: the same
 * request gives the same bytes again. The oldest that are done are forgotten. */
#define _XOPEN_SOURCE 700 /* tsearch */
#include "serve/front-internal.h"

#include <search.h>
#include <stdlib.h>
#include <string.h>

enum { ONCES_MOST = 65536 };

struct once {
    uid_t uid;
    struct str text; /* its bytes stand behind the struct */
    uint8_t digest[32];
    bool done;
    struct once *next; /* done later */
};

struct onces {
    void *tree;
    struct once *oldest, *youngest; /* done */
    size_t count;
};

static int compare(const void *a, const void *b)
{
    const struct once *left = a, *right = b;

    if (left->uid != right->uid)
        return left->uid < right->uid ? -1 : 1;
    return str_cmp(left->text, right->text);
}

struct onces *onces_new(void)
{
    struct onces *onces = calloc(1, sizeof *onces);

    if (!onces)
        abort();
    return onces;
}

static void forget(struct onces *onces, struct once *key)
{
    tdelete(key, &onces->tree, compare);
    free(key);
    onces->count--;
}

void onces_free(struct onces *onces)
{
    while (onces->tree)
        forget(onces, *(struct once **)onces->tree);
    free(onces);
}

enum once_found once_enter(struct onces *onces, uid_t uid, struct str text,
                           const uint8_t digest[32], struct once **out)
{
    struct once wanted = {.uid = uid, .text = text}, *key;
    void *found = tfind(&wanted, &onces->tree, compare);

    *out = NULL;
    if (found) {
        key = *(struct once **)found;
        if (memcmp(key->digest, digest, sizeof key->digest) != 0)
            return ONCE_OTHER;
        return key->done ? ONCE_DONE : ONCE_OPEN;
    }
    key = calloc(1, sizeof *key + text.n);
    if (!key)
        abort();
    key->uid = uid;
    key->text = (struct str){memcpy(key + 1, text.p, text.n), text.n};
    memcpy(key->digest, digest, sizeof key->digest);
    if (!tsearch(key, &onces->tree, compare))
        abort();
    onces->count++;
    *out = key;
    return ONCE_NEW;
}

void once_done(struct onces *onces, struct once *key, bool ok)
{
    if (!ok) {
        forget(onces, key);
        return;
    }
    key->done = true;
    if (onces->youngest)
        onces->youngest->next = key;
    else
        onces->oldest = key;
    onces->youngest = key;
    while (onces->count > ONCES_MOST && onces->oldest) {
        key = onces->oldest;
        onces->oldest = key->next;
        if (!onces->oldest)
            onces->youngest = NULL;
        forget(onces, key);
    }
}
