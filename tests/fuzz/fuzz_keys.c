/* fuzz_keys.c: lists of keys and roots: whatever they say, they are refused with a fault or
 * hold only what may stand in them. */
#include "seal/key.h"

#include <stdlib.h>

enum { MEMORY = 256 << 20 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool held)
{
    if (!held)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct arena *arena;
    static struct roots ours;
    const struct str text = {(const char *)data, size};
    const struct keys *keys;
    struct roots roots;
    struct err err;

    if (!arena) {
        struct signer *root = signer_published(2);

        arena = arena_new(MEMORY, NULL, NULL);
        ours.count = 1;
        ours.all[0].test = true;
        ours.all[0].name = STR("test");
        ours.all[0].spki = signer_spki(root); /* never closed */
        key_id(ours.all[0].spki, ours.all[0].id);
    }
    arena_reset(arena);
    err_init(&err, arena);
    if (keys_parse(arena, "keys.txt", text, &ours, &keys, &err)) {
        require(err.faults == 0 && keys->root == &keys->root[0]);
        for (size_t i = 0; i < keys->count; i++)
            require(keys->all[i].status == KEY_TEST && keys->all[i].from < keys->all[i].until);
    } else {
        require(err.faults > 0);
    }
    err_init(&err, arena);
    if (roots_parse(arena, "roots.txt", text, &roots, &err)) {
        require(roots.count > 0);
        for (size_t i = 0; i < roots.count; i++)
            require(roots.all[i].test || !key_published(roots.all[i].spki));
    } else {
        require(err.faults > 0);
    }
    return 0;
}
