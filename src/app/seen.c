/* seen.c: the C library's balanced tree, by number and version. */
#define _XOPEN_SOURCE 700 /* tsearch */
#include "app/seen.h"

#include <search.h>
#include <string.h>

struct seen {
    struct arena *arena;
    void *root;
};

static int compare(const void *a, const void *b)
{
    const struct seen_record *left = a, *right = b;

    return str_cmp(left->key, right->key);
}

struct seen *seen_new(struct arena *arena)
{
    struct seen *seen = NEW(arena, struct seen);

    seen->arena = arena;
    return seen;
}

void seen_free(struct seen *seen)
{
    while (seen->root)
        tdelete(*(struct seen_record **)seen->root, &seen->root, compare);
}

struct seen_record *seen_find(struct seen *seen, struct str key, const uint8_t digest[32])
{
    const struct seen_record wanted = {.key = key};
    struct seen_record *record;
    void *found = tfind(&wanted, &seen->root, compare);

    if (found)
        return *(struct seen_record **)found;
    record = NEW(seen->arena, struct seen_record);
    record->key = str_copy(seen->arena, key);
    memcpy(record->digest, digest, sizeof record->digest);
    if (!tsearch(record, &seen->root, compare))
        return record; /* no memory for the tree: only a later repeat goes unnoticed */
    return record;
}

const struct made *seen_made(const struct seen_record *record, struct str output)
{
    for (const struct made *made = record->made; made; made = made->next) {
        if (str_eq(made->answer.output, output))
            return made;
    }
    return NULL;
}

void seen_add(struct seen *seen, struct seen_record *record, const struct answer *answer)
{
    struct made *made = NEW(seen->arena, struct made);

    made->answer = *answer;
    made->answer.output = str_copy(seen->arena, answer->output);
    made->answer.file = str_copy(seen->arena, answer->file);
    made->answer.sha256 = str_copy(seen->arena, answer->sha256);
    made->answer.err = NULL;
    made->next = record->made;
    record->made = made;
}
