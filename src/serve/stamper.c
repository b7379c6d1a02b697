/* stamper.c: signature after signature, from the socket to the authority and back. */
#include "serve/stamper.h"

#include "record/wire.h"
#include "serve/answer.h"
#include "serve/stream.h"

#include <stdlib.h>
#include <unistd.h>

enum { MEMORY = 16 << 20, SIGNATURE_MOST = 1 << 16 };

struct stamper {
    const struct cms_signer *signer;
    int fd;
    struct stream in;
    struct arena *arena; /* of the signature at hand */
    struct buf line;
};

static bool answer(struct stamper *stamper, const struct wire_request *request, struct str blob)
{
    /* whole seconds; the last one is not cut off */
    long wait = (request->deadline_ms + 999) / 1000;
    struct buf *line = &stamper->line;
    struct str stamped;
    struct err err;

    err_init(&err, stamper->arena);
    buf_clear(line);
    buf_text(line, "{\"id\":");
    buf_json(line, request->id);
    buf_text(line, ",\"n\":0,");
    if (cms_stamp(stamper->signer, stamper->arena, blob, wait, &stamped, &err)) {
        buf_text(line, "\"ok\":true,\"signature\":\"");
        buf_base64(line, stamped.p, stamped.n);
        buf_byte(line, '"');
    } else {
        answer_front(line, STR_NONE);
        answer_error(line, stamper->arena, &err);
    }
    buf_text(line, "}\n{\"id\":");
    buf_json(line, request->id);
    buf_text(line, ",\"over\":true}\n");
    return stream_write(stamper->fd, buf_view(line));
}

/* What is not whole and well formed did not come from the front: then there is nobody to
 * serve. */
static bool serve_one(struct stamper *stamper)
{
    struct wire_request request;
    struct str line, body;
    struct err err;

    err_init(&err, stamper->arena);
    while (stream_line(&stamper->in, &line) == STREAM_MORE) {
        if (!stream_read(&stamper->in, stamper->fd))
            return false;
    }
    if (!wire_request_read(stamper->arena, line, &request, &err) || request.bytes < 0)
        return false;
    while (stream_body(&stamper->in, (size_t)request.bytes, &body) == STREAM_MORE) {
        if (!stream_read(&stamper->in, stamper->fd))
            return false;
    }
    return answer(stamper, &request, body);
}

/* jansson asks the system for a random seed when it makes its first object. */
void stamper_prepare(struct cms_signer *signer, struct arena *arena)
{
    struct wire_request nothing;
    struct err err;

    cms_signer_forget(signer);
    err_init(&err, arena);
    if (!wire_request_read(arena, STR("{}"), &nothing, &err))
        abort();
}

void stamper_run(const struct cms_signer *signer, int fd)
{
    struct stamper stamper = {
        .signer = signer, .fd = fd, .arena = arena_new(MEMORY, NULL, NULL)};

    stream_init(&stamper.in, SIGNATURE_MOST, SIGNATURE_MOST);
    buf_init(&stamper.line, MEMORY);
    while (serve_one(&stamper))
        arena_reset(stamper.arena);
    _exit(0);
}
