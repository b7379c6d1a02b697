/* arena.c: chunks that double up to 1 MiB, handed out front to back. The first chunk survives a
 * reset, so a worker that renders form after form allocates nothing from the system. The only
 * setjmp of the program is here. */
#include "base/arena.h"

#include <setjmp.h>
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

struct owned {
    arena_close_fn *close; /* NULL: closed already */
    void *what;
    struct owned *older;
};

struct arena {
    struct chunk *newest;
    size_t limit, held, used, next_size;
    struct owned *owned;
    struct owned *self;   /* in the arena that owns this one; NULL: nobody does */
    struct arena *family; /* the first of it, which alone has the following */
    jmp_buf *back;        /* the innermost run; NULL: there is none */
    arena_full_fn *full;
    void *user;
};

static NORETURN void arena_is_full(struct arena *family, size_t wanted, size_t limit)
{
    if (family->back)
        longjmp(*family->back, 1);
    if (family->full)
        family->full(family->user, wanted, limit);
    fprintf(stderr, "arena: %zu bytes wanted, the limit is %zu\n", wanted, limit);
    abort();
}

static struct arena *arena_make(size_t limit)
{
    struct arena *arena = calloc(1, sizeof *arena);

    if (!arena)
        return NULL;
    arena->limit = limit;
    arena->next_size = FIRST_CHUNK;
    arena->family = arena;
    return arena;
}

struct arena *arena_new(size_t limit, arena_full_fn *full, void *user)
{
    struct arena *arena = arena_make(limit);

    if (!arena) {
        struct arena none = {.full = full, .user = user};

        arena_is_full(&none, sizeof *arena, limit);
    }
    arena->full = full;
    arena->user = user;
    return arena;
}

static void arena_drop(void *what)
{
    arena_free(what);
}

struct arena *arena_limited(struct arena *owner, size_t limit)
{
    struct arena *arena = arena_make(limit);

    if (!arena)
        arena_is_full(owner->family, sizeof *arena, limit);
    arena->family = owner->family;
    arena->self = arena_own(owner, arena_drop, arena);
    return arena;
}

struct arena *arena_like(struct arena *owner)
{
    return arena_limited(owner, owner->limit);
}

/* ---- what is owned */

void owned_close(struct owned *owned)
{
    arena_close_fn *close = owned ? owned->close : NULL;

    if (!close)
        return;
    owned->close = NULL;
    close(owned->what);
}

static void close_until(struct arena *arena, const struct owned *last)
{
    while (arena->owned != last) {
        struct owned *owned = arena->owned;

        arena->owned = owned->older;
        owned_close(owned);
    }
}

void arena_free(struct arena *arena)
{
    if (!arena)
        return;
    close_until(arena, NULL);
    if (arena->self)
        arena->self->close = NULL;
    for (struct chunk *chunk = arena->newest, *older; chunk; chunk = older) {
        older = chunk->older;
        free(chunk);
    }
    free(arena);
}

/* ---- going back */

struct mark {
    struct chunk *newest;
    struct owned *owned;
    size_t chunk_used, used, next_size;
};

static void go_back(struct arena *arena, const struct mark *mark)
{
    close_until(arena, mark->owned);
    while (arena->newest != mark->newest) {
        struct chunk *chunk = arena->newest;

        arena->newest = chunk->older;
        arena->held -= chunk->size;
        free(chunk);
    }
    if (arena->newest)
        arena->newest->used = mark->chunk_used;
    arena->used = mark->used;
    arena->next_size = mark->next_size;
}

void arena_reset(struct arena *arena)
{
    struct mark first = {.newest = arena->newest, .next_size = FIRST_CHUNK};

    while (first.newest && first.newest->older)
        first.newest = first.newest->older;
    go_back(arena, &first);
}

bool arena_run(struct arena *arena, void (*work)(void *user), void *user)
{
    struct arena *family = arena->family;
    jmp_buf *outer = family->back, here;
    const struct mark mark = {
        .newest = arena->newest,
        .owned = arena->owned,
        .chunk_used = arena->newest ? arena->newest->used : 0,
        .used = arena->used,
        .next_size = arena->next_size,
    };
    bool well = setjmp(here) == 0;

    if (well) {
        family->back = &here;
        work(user);
    }
    family->back = outer;
    if (!well)
        go_back(arena, &mark);
    return well;
}

/* ---- handing out */

/* NULL: it is full. */
static struct chunk *arena_grow(struct arena *arena, size_t size)
{
    size_t want = size > arena->next_size || ALONE ? size : arena->next_size;
    struct chunk *chunk;

    if (want > arena->limit || arena->held > arena->limit - want)
        return NULL;
    chunk = malloc(sizeof *chunk + want);
    if (!chunk)
        return NULL;
    chunk->older = arena->newest;
    chunk->size = want;
    chunk->used = 0;
    arena->newest = chunk;
    arena->held += want;
    if (arena->next_size < LARGEST_CHUNK)
        arena->next_size *= 2;
    return chunk;
}

/* NULL: it is full. */
static void *arena_take(struct arena *arena, size_t size)
{
    struct chunk *chunk = arena->newest;
    void *p;

    if (size > SIZE_MAX - ALIGN)
        return NULL;
    if (!ALONE)
        size = (size + ALIGN - 1) & ~(size_t)(ALIGN - 1);
    if (!chunk || ALONE || size > chunk->size - chunk->used)
        chunk = arena_grow(arena, size);
    if (!chunk)
        return NULL;
    p = chunk->bytes + chunk->used;
    chunk->used += size;
    arena->used += size;
    return memset(p, 0, size);
}

void *arena_alloc(struct arena *arena, size_t size)
{
    void *p = arena_take(arena, size);

    if (!p)
        arena_is_full(arena->family, size, arena->limit);
    return p;
}

struct owned *arena_own(struct arena *arena, arena_close_fn *close, void *what)
{
    struct owned *owned = arena_take(arena, sizeof *owned);

    if (!owned) {
        close(what);
        arena_is_full(arena->family, sizeof *owned, arena->limit);
    }
    *owned = (struct owned){close, what, arena->owned};
    arena->owned = owned;
    return owned;
}

void *arena_array(struct arena *arena, size_t count, size_t size)
{
    if (size && count > SIZE_MAX / size)
        arena_is_full(arena->family, SIZE_MAX, arena->limit);
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
