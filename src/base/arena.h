/* arena.h: memory that dies together. One arena a request: nothing inside it is freed singly.
 *
 * arena_alloc never returns NULL: at the limit (or when the system has no memory) it calls
 * `full`, which must not return (a one-shot command says so and exits, a renderer answers and
 * exits). So no module has out-of-memory branches. */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include "base/attr.h"

#include <stddef.h>

struct arena;
typedef void arena_full_fn(void *user, size_t wanted, size_t limit);

/* limit: bytes, the most that all chunks together may take. full NULL: message and abort. */
struct arena *arena_new(size_t limit, arena_full_fn *full, void *user);
/* An empty one with the same limit and handler, for scratch work; freed by itself. */
struct arena *arena_like(const struct arena *);
void arena_free(struct arena *);  /* NULL is fine */
void arena_reset(struct arena *); /* everything handed out is gone; one chunk is kept */
/* Zeroed, aligned to 16 bytes. */
void *arena_alloc(struct arena *, size_t size) RETURNS_NONNULL;
void *arena_array(struct arena *, size_t count, size_t size) RETURNS_NONNULL;
/* NUL-terminated copy of n bytes. */
char *arena_text(struct arena *, const char *, size_t n) RETURNS_NONNULL;
char *arena_printf(struct arena *, const char *fmt, ...) RETURNS_NONNULL FORMAT(2, 3);
size_t arena_used(const struct arena *); /* bytes handed out since the last reset */

#define NEW(arena, type) ((type *)arena_alloc((arena), sizeof(type)))
#define NEW_ARRAY(arena, count, type) ((type *)arena_array((arena), (count), sizeof(type)))

#endif
