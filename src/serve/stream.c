/* stream.c: what came is kept in one buffer and handed out from its front; what is left moves
 * to the front before more is read. */
#include "serve/stream.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

enum { CHUNK = 1 << 16, KEEP = 1 << 20 };

void stream_init(struct stream *stream, size_t line_most, size_t body_most)
{
    size_t most = line_most > body_most ? line_most : body_most;

    *stream = (struct stream){.line_most = line_most};
    buf_init(&stream->held, 2 * most + 4 * (size_t)CHUNK);
}

void stream_release(struct stream *stream)
{
    buf_release(&stream->held);
}

void stream_rest(struct stream *stream)
{
    if (stream_held(stream) > 0 || stream->held.cap <= 2 * (size_t)CHUNK)
        return;
    buf_release(&stream->held);
    stream->start = stream->looked = 0;
}

size_t stream_held(const struct stream *stream)
{
    return stream->held.n - stream->start;
}

char *stream_room(struct stream *stream, size_t *n)
{
    struct buf *held = &stream->held;
    size_t rest = stream_held(stream), more = rest < CHUNK ? CHUNK : rest;
    char *room;

    if (stream->start > 0 && rest > 0)
        memmove(held->p, held->p + stream->start, rest);
    held->n = rest;
    stream->start = 0;
    if (rest == 0 && held->cap > KEEP)
        buf_release(held);
    if (more > held->max - held->n)
        more = held->max - held->n;
    room = more > 0 ? buf_room(held, more) : NULL;
    if (!room)
        return NULL;
    held->n -= more;
    *n = more;
    return room;
}

void stream_fill(struct stream *stream, size_t n)
{
    stream->held.n += n;
}

enum stream_found stream_line(struct stream *stream, struct str *out)
{
    const char *start = stream->held.p ? stream->held.p + stream->start : "";
    size_t n = stream_held(stream);
    const char *end =
        n > stream->looked ? memchr(start + stream->looked, '\n', n - stream->looked) : NULL;
    size_t length = end ? (size_t)(end - start) : n;

    if (length > stream->line_most)
        return STREAM_FAULT;
    if (!end) {
        stream->looked = n;
        return STREAM_MORE;
    }
    stream->start += length + 1;
    stream->looked = 0;
    if (length > 0 && start[length - 1] == '\r')
        length--;
    *out = (struct str){start, length};
    return STREAM_FOUND;
}

enum stream_found stream_body(struct stream *stream, size_t n, struct str *out)
{
    const char *start = stream->held.p ? stream->held.p + stream->start : "";

    if (stream_held(stream) < n + 1)
        return STREAM_MORE;
    if (start[n] != '\n')
        return STREAM_FAULT;
    stream->start += n + 1;
    *out = (struct str){start, n};
    return STREAM_FOUND;
}

bool stream_read(struct stream *stream, int fd)
{
    size_t room;
    char *to = stream_room(stream, &room);
    ssize_t n;

    if (!to) {
        errno = ENOBUFS;
        return false;
    }
    do
        n = read(fd, to, room);
    while (n < 0 && errno == EINTR);
    if (n == 0)
        errno = 0;
    if (n <= 0)
        return false;
    stream_fill(stream, (size_t)n);
    return true;
}

bool stream_write(int fd, struct str bytes)
{
    size_t at = 0;

    while (at < bytes.n) {
        ssize_t n = write(fd, bytes.p + at, bytes.n - at);

        if (n >= 0)
            at += (size_t)n;
        else if (errno != EINTR)
            return false;
    }
    return true;
}
