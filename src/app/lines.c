/* lines.c: read(2) in chunks, handed out up to each LF. */
#include "app/lines.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

enum { CHUNK = 1 << 16 };

void lines_init(struct lines *lines, int fd, size_t most)
{
    *lines = (struct lines){.fd = fd, .most = most};
    buf_init(&lines->held, 2 * most + 4 * (size_t)CHUNK);
}

void lines_release(struct lines *lines)
{
    buf_release(&lines->held);
}

/* One more chunk behind what is held; false when reading failed. */
static bool read_more(struct lines *lines)
{
    struct buf *held = &lines->held;
    ssize_t n;
    char *room;

    if (lines->start) {
        memmove(held->p, held->p + lines->start, held->n - lines->start);
        held->n -= lines->start;
        lines->start = 0;
    }
    room = buf_room(held, CHUNK);
    if (!room) {
        errno = ENOMEM;
        return false;
    }
    held->n -= CHUNK;
    do
        n = read(lines->fd, room, CHUNK);
    while (n < 0 && errno == EINTR);
    if (n < 0)
        return false;
    held->n += (size_t)n;
    lines->ended = n == 0;
    return true;
}

enum lines_found lines_next(struct lines *lines, struct str *out)
{
    struct buf *held = &lines->held;
    size_t looked = 0;
    bool too_long = false;

    for (;;) {
        const char *start = held->p ? held->p + lines->start : "";
        size_t n = held->n - lines->start;
        const char *end = n > looked ? memchr(start + looked, '\n', n - looked) : NULL;

        if (end || (lines->ended && n)) {
            size_t length = end ? (size_t)(end - start) : n;

            lines->start += length + (end ? 1 : 0);
            *out = (struct str){start, length};
            return too_long || length > lines->most ? LINES_TOO_LONG : LINES_LINE;
        }
        if (lines->ended)
            return too_long ? LINES_TOO_LONG : LINES_END;
        looked = n;
        if (n > lines->most) {
            too_long = true;
            held->n = lines->start;
            looked = 0;
        }
        if (!read_more(lines))
            return LINES_FAILED;
    }
}

bool lines_ready(const struct lines *lines)
{
    const struct buf *held = &lines->held;

    return lines->ended || (held->n > lines->start &&
                            memchr(held->p + lines->start, '\n', held->n - lines->start));
}
