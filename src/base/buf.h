/* buf.h: growing bytes with a hard maximum. Emitters are sticky: after the maximum (or when
 * memory ends) every further append does nothing and `failed` stays set; check once, at the
 * end. The bytes are always followed by a NUL that does not count. */
#ifndef BASE_BUF_H
#define BASE_BUF_H

#include "base/str.h"

#include <stdint.h>
#include <string.h>

/* cap: bytes at p that may be filled, a NUL included; at most max + 1, and 0 once it failed. */
struct buf {
    char *p;
    size_t n, cap, max;
    bool failed;
};

void buf_init(struct buf *, size_t max); /* allocates nothing yet */
/* The same, in the arena and owned by it: for one that is open while memory is asked for. */
struct buf *buf_new(struct arena *, size_t max) RETURNS_NONNULL;
void buf_release(struct buf *); /* the bytes; the struct may be initialised again */
void buf_clear(struct buf *);   /* n = 0 and not failed, memory kept */
void buf_printf(struct buf *, const char *fmt, ...) FORMAT(2, 3);
/* n bytes to write to, already counted; NULL when failed. */
char *buf_room(struct buf *, size_t n);

/* The most frequent calls of all, so what fits is put there without a call. */
static inline void buf_add(struct buf *buf, const void *bytes, size_t n)
{
    bool fits = n < buf->cap - buf->n && buf->cap > buf->n;
    char *room = fits ? buf->p + buf->n : buf_room(buf, n);

    if (!room)
        return;
    if (fits) {
        buf->n += n;
        buf->p[buf->n] = '\0';
    }
    if (n)
        memcpy(room, bytes, n);
}

static inline void buf_byte(struct buf *buf, char byte)
{
    buf_add(buf, &byte, 1);
}

static inline void buf_str(struct buf *buf, struct str s)
{
    buf_add(buf, s.p, s.n);
}

static inline void buf_text(struct buf *buf, const char *text)
{
    buf_add(buf, text, strlen(text));
}

/* A JSON string with its quotes; escapes only " \ and C0 (as \n, \u00xx). */
void buf_json(struct buf *, struct str);
/* ,"name":"value", or nothing when there is no value. */
void buf_member(struct buf *, const char *name, struct str value);
/* RFC 4648 Base64, padded. */
void buf_base64(struct buf *, const void *, size_t);
struct str buf_view(const struct buf *);

#endif
