/* buf.c: growing bytes. */
#include "base/buf.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PRINTF_ROOM = 512 };

void buf_init(struct buf *buf, size_t max)
{
    *buf = (struct buf){.max = max};
}

void buf_release(struct buf *buf)
{
    free(buf->p);
    buf_init(buf, buf->max);
}

static void buf_drop(void *what)
{
    buf_release(what);
}

struct buf *buf_new(struct arena *arena, size_t max)
{
    struct buf *buf = NEW(arena, struct buf);

    buf_init(buf, max);
    arena_own(arena, buf_drop, buf);
    return buf;
}

void buf_clear(struct buf *buf)
{
    buf->n = 0;
    buf->failed = false;
    if (buf->p)
        buf->p[0] = '\0';
}

static char *buf_fail(struct buf *buf)
{
    buf->failed = true;
    buf->cap = 0;
    return NULL;
}

char *buf_room(struct buf *buf, size_t n)
{
    char *room;

    if (buf->failed || n > buf->max || buf->n > buf->max - n)
        return buf_fail(buf);
    if (buf->n + n + 1 > buf->cap) {
        size_t cap = buf->cap ? buf->cap : 256;

        while (cap < buf->n + n + 1)
            cap *= 2;
        if (cap > buf->max + 1)
            cap = buf->max + 1;
        room = realloc(buf->p, cap);
        if (!room)
            return buf_fail(buf);
        buf->p = room;
        buf->cap = cap;
    }
    room = buf->p + buf->n;
    buf->n += n;
    buf->p[buf->n] = '\0';
    return room;
}

/* Most texts fit into the first room, and are made once. */
void buf_printf(struct buf *buf, const char *fmt, ...)
{
    va_list args, again;
    char first[PRINTF_ROOM], *room;
    int n;

    va_start(args, fmt);
    va_copy(again, args);
    n = vsnprintf(first, sizeof first, fmt, args);
    room = n < 0 ? NULL : buf_room(buf, (size_t)n);
    if (room && (size_t)n < sizeof first)
        memcpy(room, first, (size_t)n);
    else if (room)
        vsnprintf(room, (size_t)n + 1, fmt, again);
    va_end(again);
    va_end(args);
}

static void add_escaped(struct buf *buf, unsigned char c)
{
    if (c == '"' || c == '\\')
        buf_byte(buf, '\\'), buf_byte(buf, (char)c);
    else if (c == '\n')
        buf_text(buf, "\\n");
    else
        buf_printf(buf, "\\u%04x", c);
}

void buf_json(struct buf *buf, struct str s)
{
    size_t start = 0; /* of what stands as it is */

    buf_byte(buf, '"');
    for (size_t i = 0; i < s.n; i++) {
        unsigned char c = (unsigned char)s.p[i];

        if (c >= 0x20 && c != '"' && c != '\\')
            continue;
        buf_add(buf, s.p + start, i - start);
        add_escaped(buf, c);
        start = i + 1;
    }
    if (start < s.n)
        buf_add(buf, s.p + start, s.n - start);
    buf_byte(buf, '"');
}

void buf_member(struct buf *buf, const char *name, struct str value)
{
    if (!value.n)
        return;
    buf_text(buf, ",\"");
    buf_text(buf, name);
    buf_text(buf, "\":");
    buf_json(buf, value);
}

void buf_base64(struct buf *buf, const void *bytes, size_t n)
{
    static const char digits[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const unsigned char *from = bytes;

    for (size_t i = 0; i < n; i += 3) {
        uint32_t three = (uint32_t)from[i] << 16;
        char four[4];

        three |= i + 1 < n ? (uint32_t)from[i + 1] << 8 : 0;
        three |= i + 2 < n ? from[i + 2] : 0;
        for (size_t k = 0; k < 4; k++)
            four[k] = i + k < n + 1 ? digits[three >> (18 - 6 * k) & 63] : '=';
        buf_add(buf, four, sizeof four);
    }
}

struct str buf_view(const struct buf *buf)
{
    return (struct str){buf->p, buf->n};
}
