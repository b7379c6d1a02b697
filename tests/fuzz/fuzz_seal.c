/* fuzz_seal.c: a seal as bytes and as text: what is read is written as the same bytes, and
 * nothing that anybody makes up is good. */
#include "seal/seal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MEMORY = 64 << 20 };

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
        fprintf(stderr, "fuzz_seal: %.*s\n", STR_ARG(err.first->en));
        exit(1);
    }
    return keys;
}

static void same_bytes(struct str bytes, const struct seal_fields *fields)
{
    uint8_t made[SEAL_MOST];

    require(seal_write(fields, made) == bytes.n - SEAL_SIGNATURE);
    require(memcmp(made, bytes.p, bytes.n - SEAL_SIGNATURE) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct keys *keys;
    static struct arena *loaded, *arena;
    struct str given = {(const char *)data, size}, bytes;
    struct seal_line lines[SEAL_LINES_MOST];
    struct seal_fields fields;
    const struct key *key;

    if (!keys) {
        loaded = arena_new(MEMORY, NULL, NULL);
        keys = load(loaded);
        arena = arena_new(MEMORY, NULL, NULL);
    }
    arena_reset(arena);
    require(seal_check(keys, given, &fields, &key) != SEAL_GOOD);
    if (seal_parse(given, &fields) == SEAL_GOOD) {
        same_bytes(given, &fields);
        require(seal_describe(arena, NULL, &fields, lines) <= SEAL_LINES_MOST);
    }
    require(seal_read(arena, keys, given, &fields, &key) != SEAL_GOOD);
    if (seal_text_read(arena, given, &bytes) && seal_parse(bytes, &fields) == SEAL_GOOD)
        same_bytes(bytes, &fields);
    seal_text_host(given);
    seal_code_typed(arena, given);
    return 0;
}
