/* fuzz_frames.c: frames as a client may send them, in pieces of any size: what is found lies in
 * what was sent, in order, and the line's record lies in the line. */
#include "record/wire.h"
#include "serve/answer.h"
#include "serve/stream.h"

#include <stdlib.h>
#include <string.h>

enum { MEMORY = 256 << 20, LINE_MOST = 1 << 16, BODY_MOST = 1 << 12 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool held)
{
    if (!held)
        abort();
}

static size_t give(struct stream *stream, const uint8_t *data, size_t size, size_t piece)
{
    size_t room, n = size < piece ? size : piece;
    char *to = stream_room(stream, &room);

    require(to != NULL && room > 0);
    n = n < room ? n : room;
    memcpy(to, data, n);
    stream_fill(stream, n);
    return n;
}

static void take_line(struct arena *arena, struct str line, size_t *body)
{
    struct wire_request request;
    struct wire_answer answer;
    struct answer_line cut;
    struct err err;

    arena_reset(arena);
    err_init(&err, arena);
    *body = (size_t)-1;
    if (wire_request_read(arena, line, &request, &err)) {
        require(request.record.n == 0 ||
                (request.record.p >= line.p &&
                 request.record.p + request.record.n <= line.p + line.n));
        if (request.bytes >= 0 && request.bytes <= BODY_MOST)
            *body = (size_t)request.bytes;
    } else {
        require(!err_ok(&err));
    }
    (void)(wire_answer_read(arena, line, &answer, &err) && answer.ok);
    require(!answer_cut(line, &cut) || cut.rest.n == 0 ||
            cut.rest.p + cut.rest.n == line.p + line.n);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct arena *arena;
    size_t piece = size ? 1 + data[0] % 64u : 1, at = size > 0, body = (size_t)-1, taken = 0;
    struct stream stream;
    enum stream_found found = STREAM_MORE;
    struct str what;

    if (!arena)
        arena = arena_new(MEMORY, NULL, NULL);
    stream_init(&stream, LINE_MOST, BODY_MOST);
    while (found != STREAM_FAULT) {
        found = body == (size_t)-1 ? stream_line(&stream, &what)
                                   : stream_body(&stream, body, &what);
        if (found == STREAM_FOUND) {
            taken += what.n + 1;
            require(taken <= at);
            if (body == (size_t)-1)
                take_line(arena, what, &body);
            else
                body = (size_t)-1;
        } else if (found == STREAM_MORE) {
            if (at == size)
                break;
            at += give(&stream, data + at, size - at, piece);
        }
    }
    stream_release(&stream);
    arena_reset(arena);
    return 0;
}
