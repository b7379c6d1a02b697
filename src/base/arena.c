/* arena.c: chunks that double up to 1 MiB, handed out front to back. The first chunk survives a
 * reset, so a worker that renders form after form allocates nothing from the system. */
#include "base/arena.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ALIGN = 16, FIRST_CHUNK = 64 << 10, LARGEST_CHUNK = 1 << 20 };

/* An arena hides overruns from the address sanitizer, so under it everything stands alone. */
#ifdef __SANITIZE_ADDRESS__
enum { ALONE = 1 };
#else
enum { ALONE = 0 };
#endif

struct chunk {
    struct chunk *older;
    size_t size, used;
    _Alignas(ALIGN) char bytes[];
};

struct arena {
    struct chunk *newest;
    size_t limit, held, used, next_size;
    arena_full_fn *full;
    void *user;
};

struct arena *arena_new(size_t limit, arena_full_fn *full, void *user)
{
    struct arena *arena = calloc(1, sizeof *arena);

    if (!arena)
        abort();
    arena->limit = limit;
    arena->full = full;
    arena->user = user;
    arena->next_size = FIRST_CHUNK;
    return arena;
}

struct arena *arena_like(const struct arena *arena)
{
    return arena_new(arena->limit, arena->full, arena->user);
}

void arena_free(struct arena *arena)
{
    if (!arena)
        return;
    for (struct chunk *chunk = arena->newest, *older; chunk; chunk = older) {
        older = chunk->older;
        free(chunk);
    }
    free(arena);
}

void arena_reset(struct arena *arena)
{
    struct chunk *chunk = arena->newest;

    while (chunk && chunk->older) {
        struct chunk *older = chunk->older;

        arena->held -= chunk->size;
        free(chunk);
        chunk = older;
    }
    if (chunk)
        chunk->used = 0;
    arena->newest = chunk;
    arena->used = 0;
    arena->next_size = FIRST_CHUNK;
}

static NORETURN void arena_is_full(struct arena *arena, size_t wanted)
{
    if (arena->full)
        arena->full(arena->user, wanted, arena->limit);
    fprintf(stderr, "arena: %zu bytes wanted, the limit is %zu\n", wanted, arena->limit);
    abort();
}

static struct chunk *arena_grow(struct arena *arena, size_t size)
{
    size_t want = size > arena->next_size || ALONE ? size : arena->next_size;
    struct chunk *chunk;

    if (want > arena->limit || arena->held > arena->limit - want)
        arena_is_full(arena, size);
    chunk = malloc(sizeof *chunk + want);
    if (!chunk)
        arena_is_full(arena, size);
    chunk->older = arena->newest;
    chunk->size = want;
    chunk->used = 0;
    arena->newest = chunk;
    arena->held += want;
    if (arena->next_size < LARGEST_CHUNK)
        arena->next_size *= 2;
    return chunk;
}

void *arena_alloc(struct arena *arena, size_t size)
{
    struct chunk *chunk = arena->newest;
    void *p;

    if (size > SIZE_MAX - ALIGN)
        arena_is_full(arena, size);
    if (!ALONE)
        size = (size + ALIGN - 1) & ~(size_t)(ALIGN - 1);
    if (!chunk || ALONE || size > chunk->size - chunk->used)
        chunk = arena_grow(arena, size);
    p = chunk->bytes + chunk->used;
    chunk->used += size;
    arena->used += size;
    return memset(p, 0, size);
}

void *arena_array(struct arena *arena, size_t count, size_t size)
{
    if (size && count > SIZE_MAX / size)
        arena_is_full(arena, SIZE_MAX);
    return arena_alloc(arena, count * size);
}

char *arena_text(struct arena *arena, const char *text, size_t n)
{
    char *copy = arena_alloc(arena, n + 1);

    if (n)
        memcpy(copy, text, n);
    return copy;
}

char *arena_printf(struct arena *arena, const char *fmt, ...)
{
    va_list args, again;
    char *text;
    int n;

    va_start(args, fmt);
    va_copy(again, args);
    n = vsnprintf(NULL, 0, fmt, args);
    if (n < 0)
        n = 0;
    text = arena_alloc(arena, (size_t)n + 1);
    vsnprintf(text, (size_t)n + 1, fmt, again);
    va_end(again);
    va_end(args);
    return text;
}

size_t arena_used(const struct arena *arena)
{
    return arena->used;
}
