/* fuzz_record.c: JSON as a record: it is refused with a fault, or its canonical bytes are a
 * record again with the same canonical bytes. */
#include "record/record.h"

#include <stdio.h>
#include <stdlib.h>

enum { MEMORY = 1 << 30 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct kinds *load(void)
{
    struct arena *arena = arena_new(MEMORY, NULL, NULL);
    const struct kinds *kinds;
    struct err err;

    err_init(&err, arena);
    if (!kinds_load(arena, getenv("DANZHENG_HOME"), &kinds, &err)) {
        fprintf(stderr, "fuzz_record: %.*s\n", STR_ARG(err.first->en));
        exit(1);
    }
    return kinds;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct kinds *kinds;
    static struct arena *arena;
    const struct record *record, *again;
    struct err err;
    char *text;

    if (!kinds) {
        kinds = load();
        arena = arena_new(MEMORY, NULL, NULL);
    }
    text = arena_text(arena, (const char *)data, size);
    err_init(&err, arena);
    if (record_parse(arena, kinds, "fuzz", (struct str){text, size}, &record, &err)) {
        err_init(&err, arena);
        if (!record_parse(arena, kinds, "again", record->canonical, &again, &err) ||
            !str_eq(record->canonical, again->canonical))
            abort();
    } else if (err_ok(&err)) {
        abort();
    }
    arena_reset(arena);
    return 0;
}
