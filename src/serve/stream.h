/* stream.h: frames on a stream of bytes: a line, then as many octets as the line says, then LF.
 * Both directions, all processes and all clients use it.
 *
 * What is found is good until the next stream_room. The line's limit is the stream's; the
 * body's is checked by whoever reads the line. */
#ifndef SERVE_STREAM_H
#define SERVE_STREAM_H

#include "base/err.h"

enum {
    STREAM_LINE_MOST = 16 << 20,
    STREAM_BODY_MOST = 16 << 20,
    /* of what a renderer is told: a client's line, and what the front adds to it */
    STREAM_TOLD_MOST = STREAM_LINE_MOST + (1 << 20)
};

enum stream_found {
    STREAM_MORE,  /* not whole yet */
    STREAM_FOUND, /* whole, and taken off the stream */
    STREAM_FAULT  /* a line over the limit, or a body without its LF: the stream is lost */
};

struct stream {
    struct buf held;
    size_t start;  /* of what was not taken yet */
    size_t looked; /* bytes behind start without LF */
    size_t line_most;
};

void stream_init(struct stream *, size_t line_most, size_t body_most);
void stream_release(struct stream *);
void stream_rest(struct stream *); /* where nothing is held, no long line's memory is kept */
/* Room for at least one byte, at most *n; NULL when the limits allow no more. */
char *stream_room(struct stream *, size_t *n);
void stream_fill(struct stream *, size_t n); /* so many bytes were put there */
size_t stream_held(const struct stream *);   /* bytes not taken yet */
/* Without its LF and a CR before it. STREAM_FAULT leaves *out as it is. */
enum stream_found stream_line(struct stream *, struct str *out);
enum stream_found stream_body(struct stream *, size_t n, struct str *out);

/* Blocking, for processes that do one thing: true when some bytes came; false at the end of the
 * stream, and when it failed (errno, else 0). */
bool stream_read(struct stream *, int fd);
bool stream_write(int fd, struct str bytes); /* all, or errno says why not */

#endif
