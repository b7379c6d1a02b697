/* verifier.c: file after file, from the socket and back to it. */
#include "serve/verifier.h"

#include "record/request.h"
#include "record/wire.h"
#include "serve/answer.h"
#include "serve/stream.h"
#include "verify/verify.h"

#include <stdlib.h>
#include <time.h>
#include <unistd.h>

enum { MEMORY = 1 << 30, LINE_MOST = 16 << 20, CHINA = 8 * 60 * 60 };

struct verifier {
    struct service *service;
    int fd;
    struct stream in;
    struct arena *arena; /* of the file at hand */
    struct buf line;
};

static struct str today(struct arena *arena)
{
    time_t now = time(NULL) + CHINA;
    char *text = arena_alloc(arena, 16);
    struct tm parts;

    return (struct str){text, strftime(text, 16, "%Y%m%d", gmtime_r(&now, &parts))};
}

static bool look(struct verifier *verifier, const struct wire_request *request, struct str file,
                 struct verify_report *report, struct err *err)
{
    struct verify_request ask = {.file = file, .on = today(verifier->arena)};

    if (request->record.n && !record_parse(verifier->arena, verifier->service->kinds, "record",
                                           request->record, &ask.record, err))
        return false;
    return verify_paper(verifier->service, verifier->arena, &ask, report, err);
}

static bool answer(struct verifier *verifier, const struct wire_request *request,
                   struct str file)
{
    struct buf *line = &verifier->line;
    struct verify_report report;
    struct err err;

    err_init(&err, verifier->arena);
    buf_clear(line);
    buf_text(line, "{\"id\":");
    buf_json(line, request->id);
    buf_text(line, ",\"n\":0,");
    if (look(verifier, request, file, &report, &err)) {
        buf_text(line, "\"ok\":true,");
        verify_json(line, verifier->arena, verifier->service->kinds, &report);
    } else {
        answer_front(line, STR_NONE);
        answer_error(line, verifier->arena, &err);
    }
    buf_text(line, "}\n{\"id\":");
    buf_json(line, request->id);
    buf_text(line, ",\"over\":true}\n");
    return stream_write(verifier->fd, buf_view(line));
}

/* What is not whole and well formed did not come from the front: then there is nobody to
 * serve. */
static bool serve_one(struct verifier *verifier)
{
    struct wire_request request;
    struct str line, kept, body;
    struct err err;

    err_init(&err, verifier->arena);
    while (stream_line(&verifier->in, &line) == STREAM_MORE) {
        if (!stream_read(&verifier->in, verifier->fd))
            return false;
    }
    /* its record is a part of it, and the body comes behind */
    kept = str_copy(verifier->arena, line);
    if (!wire_request_read(verifier->arena, kept, &request, &err) || request.bytes < 0)
        return false;
    while (stream_body(&verifier->in, (size_t)request.bytes, &body) == STREAM_MORE) {
        if (!stream_read(&verifier->in, verifier->fd))
            return false;
    }
    return answer(verifier, &request, body);
}

void verifier_run(struct service *service, int fd)
{
    struct verifier verifier = {
        .service = service, .fd = fd, .arena = arena_new(MEMORY, NULL, NULL)};

    stream_init(&verifier.in, STREAM_LINE_MOST, STREAM_BODY_MOST);
    buf_init(&verifier.line, LINE_MOST);
    while (serve_one(&verifier))
        arena_reset(verifier.arena);
    _exit(0);
}
