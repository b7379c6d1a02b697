/* fuzz_status.c: lists of papers that hold no longer: nothing that anybody makes up is read;
 * and what can be said of papers, as text, is found again in the list that is made of it. */
#include "seal/key.h"
#include "seal/seal.h"
#include "seal/status.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MEMORY = 256 << 20, MADE = 1772676000 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool held)
{
    if (!held)
        abort();
}

static const struct keys *load(struct arena *arena)
{
    const struct keys *keys;
    struct err err;

    err_init(&err, arena);
    if (!keys_load(arena, getenv("DANZHENG_HOME"), &keys, &err)) {
        fprintf(stderr, "fuzz_status: %.*s\n", STR_ARG(err.first->en));
        exit(1);
    }
    return keys;
}

/* A list by the test key: each paper stands in it as it was said, or as worse. */
static void make(struct arena *arena, const struct keys *keys, struct signer *signer,
                 struct str text)
{
    const struct status_paper *papers;
    const struct status_list *list;
    struct str bytes;
    struct err err;
    size_t count;

    err_init(&err, arena);
    if (!status_papers_parse(arena, "papers", text, &papers, &count, &err)) {
        require(err.faults > 0);
        return;
    }
    require(status_write(arena, papers, count, MADE, signer, &bytes, &err) &&
            status_parse(arena, "list", bytes, keys, &list, &err) && list->count <= count);
    for (size_t i = 0; i < count; i++)
        require(status_find(list, papers[i].number, papers[i].kind, papers[i].version) >=
                papers[i].status);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct keys *keys;
    static struct signer *signer;
    static struct arena *loaded, *arena;
    const struct str text = {(const char *)data, size};
    const struct status_list *list;
    struct err err;

    if (!keys) {
        loaded = arena_new(MEMORY, NULL, NULL);
        keys = load(loaded);
        signer = signer_published(1); /* never closed */
        arena = arena_new(MEMORY, NULL, NULL);
    }
    arena_reset(arena);
    err_init(&err, arena);
    if (status_parse(arena, "list", text, keys, &list, &err))
        require(list->test && list->count <= size / STATUS_ENTRY);
    else
        require(err.faults > 0);
    make(arena, keys, signer, text);
    return 0;
}
