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
    bool registry;
    struct stream in;
    struct arena *arena; /* of the file at hand */
    struct str id;       /* of its request */
    struct buf line;
};

static bool read_line(struct verifier *verifier, struct str *line)
{
    enum stream_found found;

    while ((found = stream_line(&verifier->in, line)) == STREAM_MORE) {
        if (!stream_read(&verifier->in, verifier->fd))
            return false;
    }
    return found == STREAM_FOUND;
}

/* A line each way. The front gives no other file meanwhile, so what comes is the answer; when
 * it does not come there is nobody to serve. */
static void ask_front(struct verifier *verifier, struct str number, struct str code,
                      struct wire_standing *out)
{
    struct buf *line = &verifier->line;
    struct str answer;

    buf_clear(line);
    buf_text(line, "{\"id\":");
    buf_json(line, verifier->id);
    buf_text(line, ",\"op\":\"look\"");
    buf_member(line, "number", number);
    buf_member(line, "key", code);
    buf_text(line, "}\n");
    if (!stream_write(verifier->fd, buf_view(line)) || !read_line(verifier, &answer) ||
        !wire_standing_read(verifier->arena, answer, out) || !str_eq(out->id, verifier->id))
        _exit(0);
}

static bool ask_standing(void *user, struct str number, struct str code,
                         const struct registry_paper **out, struct err *err)
{
    struct verifier *verifier = user;
    struct arena *arena = verifier->arena;
    struct registry_paper *paper;
    struct wire_standing told;
    enum err_code fault;

    ask_front(verifier, number, code, &told);
    *out = NULL;
    if (!told.ok)
        return err_add(err, err_find(told.code, &fault) ? fault : REGISTRY_FAULT, where_none(),
                       "%s%.0s", "%.0s%s", arena_text(arena, told.zh.p, told.zh.n),
                       arena_text(arena, told.en.p, told.en.n));
    if (told.standing < 0)
        return true;
    paper = NEW(arena, struct registry_paper);
    paper->standing = (enum registry_standing)told.standing;
    paper->newer = told.newer;
    paper->since = told.since;
    paper->why = told.why;
    *out = paper;
    return true;
}

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

    if (verifier->registry)
        ask.kept = (struct verify_kept){.ask = ask_standing, .user = verifier};
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
    bool ok;

    err_init(&err, verifier->arena);
    verifier->id = request->id;
    ok = look(verifier, request, file, &report, &err);
    buf_clear(line);
    buf_text(line, "{\"id\":");
    buf_json(line, request->id);
    buf_text(line, ",\"n\":0,");
    if (ok) {
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
    enum stream_found found;
    struct err err;

    err_init(&err, verifier->arena);
    if (!read_line(verifier, &line))
        return false;
    /* its record is a part of it, and the body comes behind */
    kept = str_copy(verifier->arena, line);
    if (!wire_request_read(verifier->arena, kept, &request, &err) || request.bytes < 0)
        return false;
    while ((found = stream_body(&verifier->in, (size_t)request.bytes, &body)) == STREAM_MORE) {
        if (!stream_read(&verifier->in, verifier->fd))
            return false;
    }
    if (found != STREAM_FOUND)
        return false;
    /* while it is looked at other lines come */
    return answer(verifier, &request, str_copy(verifier->arena, body));
}

/* Where the certificates cannot be read, every signed file is told so. */
void verifier_prepare(struct service *service, struct arena *arena)
{
    struct err err;

    err_init(&err, arena);
    if (!service_trust(service, arena, &err))
        service->trust = NULL;
}

void verifier_run(struct service *service, int fd, bool registry)
{
    struct verifier verifier = {.service = service,
                                .fd = fd,
                                .registry = registry,
                                .arena = arena_new(MEMORY, NULL, NULL)};

    stream_init(&verifier.in, STREAM_TOLD_MOST, STREAM_BODY_MOST);
    buf_init(&verifier.line, LINE_MOST);
    while (serve_one(&verifier))
        arena_reset(verifier.arena);
    _exit(0);
}
