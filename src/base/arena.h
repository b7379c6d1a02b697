/* arena.h: memory that dies together. One arena a request: nothing inside it is freed singly.
 *
 * arena_alloc never returns NULL. At the limit, or when the system has no memory, whatever was
 * under way is left in the middle: control goes back to the innermost arena_run of the arena's
 * family (itself, and all that were made like it), which returns false; where there is none,
 * `full` is called, which must not return. So no module has out-of-memory branches.
 *
 * What may be open when that happens: nothing but arena memory and what an arena owns. A
 * buffer, a compressor, a tree of a library that is open while memory is asked for must be
 * given to the arena with arena_own (or buf_new), or belong to somebody who outlives the run
 * and can be used again as it is. No file is open meanwhile: reading and writing are done at
 * one go. */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include "base/attr.h"

#include <stdbool.h>
#include <stddef.h>

struct arena;
typedef void arena_full_fn(void *user, size_t wanted, size_t limit);

/* limit: bytes, the most that all chunks together may take. full NULL: message and abort. */
struct arena *arena_new(size_t limit, arena_full_fn *full, void *user);
/* An empty one of the same family, for scratch work: owned by the first, so freed with it at
 * the latest. */
struct arena *arena_like(struct arena *) RETURNS_NONNULL;
struct arena *arena_limited(struct arena *, size_t limit) RETURNS_NONNULL; /* its own limit */
void arena_free(struct arena *);                                           /* NULL is fine */
/* Everything handed out is gone, what it owns is closed, latest first; one chunk is kept. */
void arena_reset(struct arena *);

/* True: work came to its end. False: memory ended, and this arena has again what it had before
 * (others of the family have what was left in them). May be called inside of work. */
bool arena_run(struct arena *, void (*work)(void *user), void *user);

/* What is no arena memory but must not outlive it. */
struct owned;
typedef void arena_close_fn(void *what);
struct owned *arena_own(struct arena *, arena_close_fn *, void *what) RETURNS_NONNULL;
void owned_close(struct owned *); /* now, and not again; NULL is fine */

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
