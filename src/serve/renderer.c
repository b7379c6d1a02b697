/* renderer.c: records into papers. A request is looked into first, and what was found is told
 * to the front: which papers may be printed, of which record. The front lets the registry know
 * and names those that are to be made. While one request waits for that, the next one is read;
 * so there are as many desks as requests that the front gives at a time.
 *
 * What a record can do wrong here costs this process and one attempt. */
#define _GNU_SOURCE /* malloc's limits */
#include "serve/renderer.h"

#include "record/request.h"
#include "record/wire.h"
#include "registry/registry.h"
#include "serve/pool.h"
#include "serve/sandbox.h"
#include "serve/stream.h"

#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum {
    REQUEST_MEMORY = 512 << 20,
    PDF_MOST = 256 << 20,
    LINE_MOST = 16 << 20,
    DESKS = SEAT_JOBS,
};

/* A request that was looked into. */
struct desk {
    struct arena *arena;
    bool taken;
    struct wire_request request;
    const struct record *record;
    struct print_request print;
    const struct str *outputs;
    size_t count;
    bool *wanted;       /* of each output: it may be printed */
    struct err *faults; /* of each output: why not */
    struct str name;    /* of a line: what it calls itself */
    struct err warnings;
};

struct renderer {
    struct service *service;
    struct renderer_signing signing;
    int fd;
    struct stream in;
    struct arena *arena; /* of a line at hand */
    struct desk desks[DESKS];
    struct buf pdf, line;
    char ticket[24]; /* of the request at hand */
    size_t making;   /* which of its papers */
};

static double clock_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

/* Nobody would take an answer any more. */
static void send(const struct renderer *renderer, struct str bytes)
{
    if (!stream_write(renderer->fd, bytes))
        _exit(0);
}

static bool is_line(const struct desk *desk)
{
    return str_is(desk->request.op, "line");
}

static void begin(struct renderer *renderer, const struct desk *desk)
{
    buf_clear(&renderer->line);
    buf_text(&renderer->line, "{\"id\":");
    buf_json(&renderer->line, desk->request.id);
}

static void over(struct renderer *renderer, struct desk *desk)
{
    begin(renderer, desk);
    buf_text(&renderer->line, ",\"over\":true}\n");
    send(renderer, buf_view(&renderer->line));
    desk->taken = false;
    arena_reset(desk->arena);
}

/* ---- answers */

static void answer_bad(struct renderer *renderer, const struct desk *desk, size_t n,
                       struct str output, const struct err *err)
{
    struct buf *line = &renderer->line;

    begin(renderer, desk);
    buf_printf(line, ",\"n\":%zu,", n);
    answer_front(line, output);
    answer_error(line, desk->arena, err);
    buf_text(line, "}\n");
    send(renderer, buf_view(line));
}

/* The faces in the paper, by name. */
static void add_faces(struct buf *line, const struct fonts *fonts, uint64_t faces)
{
    bool more = false;

    buf_text(line, ",\"faces\":[");
    for (int i = 0; i < fonts_faces(fonts) && i < 64; i++) {
        if (!(faces >> i & 1))
            continue;
        buf_text(line, more ? "," : "");
        buf_json(line, fonts_face(fonts, i)->id);
        more = true;
    }
    buf_byte(line, ']');
}

static void add_doc(struct buf *doc, struct renderer *renderer, const struct desk *desk,
                    const struct print_answer *printed)
{
    const struct record *record = desk->record;

    buf_printf(doc, ",\"type\":\"application/pdf\",\"doc\":{\"number\":\"%.*s\"",
               STR_ARG(record_number(record)));
    buf_printf(doc, ",\"kind\":\"%.*s\",\"version\":%lld,\"code\":\"%.*s\",\"pages\":%zu",
               STR_ARG(record->kind->id), (long long)record->version,
               STR_ARG(printed->seal.code), printed->pages);
    add_faces(doc, renderer->service->fonts, printed->faces);
    buf_byte(doc, '}');
}

static void answer_good(struct renderer *renderer, struct desk *desk, size_t n,
                        const struct print_answer *printed, double start, const struct err *err)
{
    struct str pdf = buf_view(&renderer->pdf);
    struct str fonts = print_fonts(desk->arena, renderer->service, printed->faces);
    struct str output = printed->output->id, code = printed->seal.code;
    struct buf *line = &renderer->line, doc;

    buf_init(&doc, LINE_MOST);
    add_doc(&doc, renderer, desk, printed);
    begin(renderer, desk);
    buf_printf(line, ",\"n\":%zu,\"ok\":true,\"output\":\"%.*s\",\"bytes\":%zu", n,
               STR_ARG(output), pdf.n);
    buf_printf(line, ",\"name\":\"%.*s.v%lld.%.*s.pdf\"", STR_ARG(record_number(desk->record)),
               (long long)desk->record->version, STR_ARG(output));
    buf_printf(line, ",\"layout\":\"%.*s\",\"fonts\":\"%.*s\",\"faces\":\"%llx\"",
               STR_ARG(printed->layout), STR_ARG(fonts), (unsigned long long)printed->faces);
    buf_printf(line, ",\"code\":\"%.*s\",\"pages\":%zu", STR_ARG(code), printed->pages);
    buf_str(line, buf_view(&doc));
    if (err->first) {
        buf_text(line, ",\"warnings\":");
        err_json(line, desk->arena, err);
    }
    buf_printf(line, ",\"ms\":%.2f}\n", clock_ms() - start);
    send(renderer, buf_view(line));
    buf_byte(&renderer->pdf, '\n');
    send(renderer, buf_view(&renderer->pdf));
    buf_release(&doc);
}

/* The record's warnings belong to each of its papers. */
static void take_warnings(struct err *err, struct arena *arena, const struct err *warnings)
{
    struct fault **last;

    err_init(err, arena);
    last = &err->first;
    for (const struct fault *fault = warnings->first; fault; fault = fault->next) {
        err->last = *last = NEW(arena, struct fault);
        **last = *fault;
        (*last)->next = NULL;
        last = &(*last)->next;
        err->warnings++;
    }
}

static void make(struct renderer *renderer, struct desk *desk, size_t n, struct str copy)
{
    struct print_request print = desk->print;
    struct print_answer printed;
    double start = clock_ms();
    struct err err;

    renderer->making = n;
    print.output = desk->outputs[n];
    print.copy = copy;
    print.signer = renderer->signing.signer;
    print.signed_at = renderer->signing.at;
    take_warnings(&err, desk->arena, &desk->warnings);
    buf_clear(&renderer->pdf);
    if (print_one(renderer->service, desk->arena, &print, &printed, &renderer->pdf, &err))
        answer_good(renderer, desk, n, &printed, start, &err);
    else
        answer_bad(renderer, desk, n, print.output, &err);
    if (renderer->service->stale) /* memory ended: what is left goes to another one */
        _exit(err_info(MEMORY_LIMIT)->exit);
}

/* ---- looking into a request */

static void add_text(struct buf *line, const char *name, struct str value)
{
    buf_printf(line, ",\"%s\":", name);
    buf_json(line, value);
}

/* What was found, and the record as it is kept. */
static void tell(struct renderer *renderer, struct desk *desk)
{
    struct registry_record record = registry_record_of(desk->record);
    struct buf *line = &renderer->line;

    begin(renderer, desk);
    for (size_t i = 0; i < desk->count; i++) {
        buf_text(line, i ? ",{\"output\":" : ",\"ask\":[{\"output\":");
        buf_json(line, desk->outputs[i]);
        buf_text(line, desk->wanted[i] ? ",\"wanted\":true}" : "}");
    }
    buf_byte(line, ']');
    add_text(line, "number", record.number);
    add_text(line, "kind", record.kind);
    add_text(line, "list_no", record.list_no);
    add_text(line, "status", record.status);
    add_text(line, "owner", record.owner);
    add_text(line, "parameters", print_parameters(desk->arena, &desk->print));
    buf_member(line, "name", desk->name);
    if (is_line(desk))
        add_text(line, "received_at", desk->record->received_at);
    buf_printf(line, ",\"version\":%lld,\"bytes\":%zu}\n", (long long)record.version,
               record.canonical.n);
    buf_str(line, record.canonical);
    buf_byte(line, '\n');
    send(renderer, buf_view(line));
}

/* Of a batch: a record, or a request around one, which goes before what every line wishes. That
 * its papers are signed is told, because not every batch's are. */
static bool take_line(struct renderer *renderer, struct desk *desk, struct str body,
                      struct err *err)
{
    const char *name = arena_printf(desk->arena, "line %.*s", STR_ARG(desk->request.id));
    struct record_request line;

    if (!record_request_parse(desk->arena, renderer->service->kinds, name, body, &line, err))
        return false;
    desk->record = line.record;
    desk->name = line.id;
    desk->request.outputs = line.outputs;
    desk->request.output_count = line.output_count;
    if (line.printed_at.n)
        desk->print.printed_at = line.printed_at;
    desk->print.signer = renderer->signing.signer;
    return true;
}

static bool prepare(struct renderer *renderer, struct desk *desk, struct str body,
                    struct err *err)
{
    const struct wire_request *request = &desk->request;
    struct service *service = renderer->service;
    const struct rights *rights = rights_find(&service->settings.rights, request->role);

    desk->print = (struct print_request){
        .rights = rights, .printed_at = request->printed_at, .trial = request->trial};
    if (!rights && request->role.n) { /* without one it is the service that asks */
        err_add(err, RIGHTS_DENIED, where_none(), "没有角色“%.*s”", "no role '%.*s'",
                STR_ARG(request->role));
        err_rule(err, where_file("config/danzheng.ini", 0, 0));
        return false;
    }
    if (request->profile.n && !pdf_profile_find(request->profile, &desk->print.profile))
        err_add(err, MEMBER_WRONG, where_pointer(STR("/profile")), "没有“%.*s”这种 PDF/A",
                "no PDF/A profile '%.*s'", STR_ARG(request->profile));
    if (request->dpi && (request->dpi < PRINT_DPI_LEAST || request->dpi > PRINT_DPI_MOST)) {
        err_add(err, MEMBER_WRONG, where_pointer(STR("/dpi")), "“%ld”不是打印机的分辨率",
                "'%ld' is no printer's dpi", request->dpi);
        err_hint(err, "dots per inch, %d to %d: 300 (usual), 600, 203 for thermal paper",
                 PRINT_DPI_LEAST, PRINT_DPI_MOST);
    }
    desk->print.dpi = (int)request->dpi;
    if (is_line(desk))
        return take_line(renderer, desk, body, err) && err_ok(err);
    return record_parse(desk->arena, service->kinds, "record", body, &desk->record, err) &&
           err_ok(err);
}

/* What no paper could ever be made of would stand in the way of those that can. */
static bool may_register(const struct service *service, const struct record *record,
                         struct err *err)
{
    int before = err->faults;

    if (!record_number(record).n)
        err_add(err, NEVER_SAVED, where_none(), "记录没有编号，不能登记",
                "a record without a number cannot be registered");
    if (record->version > UINT16_MAX)
        err_add(err, SEAL_VALUE, where_pointer(STR("/version")), "版本 %lld 放不进封签",
                "version %lld cannot stand in a seal", (long long)record->version);
    if (!rules_status(service->rules, record->kind, record->status))
        err_add(err, STATUS_UNKNOWN, where_pointer(STR("/status")), "不认识状态“%.*s”",
                "status '%.*s' is not known", STR_ARG(record->status));
    return err->faults == before;
}

/* A record by itself is registered by whoever may have its kind and owner. */
static bool look_revise(struct renderer *renderer, struct desk *desk, struct err *err)
{
    const struct rights *rights = desk->print.rights;
    struct str *nothing = NEW(desk->arena, struct str);

    if ((rights &&
         !rights_may_have(rights, desk->record->kind->id, desk->record->owner, err)) ||
        !may_register(renderer->service, desk->record, err))
        return false;
    *nothing = STR("record");
    desk->outputs = nothing;
    desk->count = 1;
    desk->wanted = NEW(desk->arena, bool);
    desk->wanted[0] = true;
    tell(renderer, desk);
    return true;
}

static void look_print(struct renderer *renderer, struct desk *desk)
{
    struct arena *arena = desk->arena;

    desk->outputs = desk->request.outputs;
    desk->count = desk->request.output_count;
    if (desk->count == 0)
        desk->count =
            print_permitted_all(renderer->service, arena, desk->record, &desk->outputs);
    desk->wanted = NEW_ARRAY(arena, desk->count, bool);
    desk->faults = NEW_ARRAY(arena, desk->count, struct err);
    for (size_t i = 0; i < desk->count; i++) {
        struct print_request print = desk->print;
        const struct output *output;

        print.record = desk->record;
        print.output = desk->outputs[i];
        err_init(&desk->faults[i], arena);
        desk->wanted[i] =
            print_may(renderer->service, arena, &print, &output, &desk->faults[i]);
    }
    desk->print.record = desk->record;
    tell(renderer, desk);
}

static void look(struct renderer *renderer, struct desk *desk, struct str body)
{
    struct err err;

    err_init(&err, desk->arena);
    desk->taken = true;
    if (!prepare(renderer, desk, body, &err) ||
        (str_is(desk->request.op, "revise") && !look_revise(renderer, desk, &err))) {
        answer_bad(renderer, desk, 0, STR_NONE, &err);
        over(renderer, desk);
        return;
    }
    desk->warnings = err;
    if (!str_is(desk->request.op, "revise"))
        look_print(renderer, desk);
}

/* ---- what the front says */

static struct desk *desk_find(struct renderer *renderer, struct str id)
{
    for (size_t i = 0; i < DESKS; i++) {
        struct desk *desk = &renderer->desks[i];

        if (desk->taken && str_eq(desk->request.id, id))
            return desk;
    }
    return NULL;
}

/* The papers that are to be made, as "0" or "0 副本 2". What may not be printed was said to be so
 * and is answered here; the front has said what there is to say of the others. */
static void grant(struct renderer *renderer, const struct wire_request *granted)
{
    struct desk *desk = desk_find(renderer, granted->id);
    size_t next = 0;

    for (size_t n = 0; desk && n < desk->count; n++) {
        struct str copy = STR_NONE, word;
        long number = -1;

        if (next < granted->output_count) {
            word = str_cut(granted->outputs[next], ' ', &copy);
            if (!str_number(word, &number))
                number = -1;
        }
        if (!desk->wanted[n]) {
            answer_bad(renderer, desk, n, desk->outputs[n], &desk->faults[n]);
        } else if (number == (long)n) {
            make(renderer, desk, n, copy);
            next++;
        }
    }
    if (desk)
        over(renderer, desk);
}

static struct desk *desk_free(struct renderer *renderer)
{
    for (size_t i = 0; i < DESKS; i++) {
        if (!renderer->desks[i].taken)
            return &renderer->desks[i];
    }
    return NULL;
}

static bool read_line(struct renderer *renderer, struct str *line)
{
    enum stream_found found;

    while ((found = stream_line(&renderer->in, line)) == STREAM_MORE) {
        if (!stream_read(&renderer->in, renderer->fd))
            return false;
    }
    return found == STREAM_FOUND;
}

static bool read_body(struct renderer *renderer, size_t n, struct str *body)
{
    enum stream_found found;

    while ((found = stream_body(&renderer->in, n, body)) == STREAM_MORE) {
        if (!stream_read(&renderer->in, renderer->fd))
            return false;
    }
    return found == STREAM_FOUND;
}

/* What is not whole and well formed did not come from the front: then there is nobody to
 * serve. */
static bool serve_one(struct renderer *renderer)
{
    struct desk *desk = desk_free(renderer);
    struct arena *arena = desk ? desk->arena : renderer->arena;
    struct wire_request request;
    struct str line, body;
    struct err err;

    err_init(&err, arena);
    if (!read_line(renderer, &line) || !wire_request_read(arena, line, &request, &err))
        return false;
    snprintf(renderer->ticket, sizeof renderer->ticket, "%.*s", STR_ARG(request.id));
    renderer->making = 0;
    if (str_is(request.op, "grant")) {
        grant(renderer, &request);
        arena_reset(arena);
        return true;
    }
    if (!desk || request.bytes < 0 || !read_body(renderer, (size_t)request.bytes, &body))
        return false;
    desk->request = request;
    desk->name = STR_NONE;
    look(renderer, desk, body);
    return true;
}

/* The arena is the one that is full, so the answer is made without it. */
static void memory_full(void *user, size_t wanted, size_t limit)
{
    const struct err_info *info = err_info(MEMORY_LIMIT);
    struct renderer *renderer = user;
    char text[1024];
    int n = snprintf(text, sizeof text,
                     "{\"id\":\"%s\",\"n\":%zu,\"ok\":false,\"error\":{\"code\":\"%s\","
                     "\"zh\":\"%s\",\"en\":\"%s\",\"hint\":\"%zu + %zu\","
                     "\"retry\":\"%s\"}}\n{\"id\":\"%s\",\"over\":true}\n",
                     renderer->ticket, renderer->making, info->name, info->zh, info->en, limit,
                     wanted, info->retry, renderer->ticket);

    if (n > 0 && (size_t)n < sizeof text)
        stream_write(renderer->fd, (struct str){text, (size_t)n});
    _exit(info->exit);
}

/* jansson asks the system for a random seed when it makes its first object. Without its sealer
 * a renderer says so to whoever asks, and is replaced. */
void renderer_prepare(struct service *service, const struct renderer_signing *signing,
                      struct arena *arena)
{
    struct wire_request nothing;
    struct err err;

    err_init(&err, arena);
    (void)(issuer_connect(service->issuer, &err) || !err_ok(&err));
    err_init(&err, arena);
    if ((signing->signer && !cms_signer_apart(signing->signer, &err)) ||
        !wire_request_read(arena, STR("{}"), &nothing, &err))
        abort();
}

void renderer_run(struct service *service, int fd, const struct renderer_signing *signing)
{
    struct renderer renderer = {.service = service, .signing = *signing, .fd = fd};

    /* memory once taken is kept: handing it back and forth costs half the throughput */
    mallopt(M_MMAP_THRESHOLD, 256 << 20);
    mallopt(M_TRIM_THRESHOLD, 256 << 20);
    mallopt(M_TOP_PAD, 64 << 20);
    renderer.arena = arena_new(LINE_MOST, memory_full, &renderer);
    for (size_t i = 0; i < DESKS; i++)
        renderer.desks[i].arena = arena_new(REQUEST_MEMORY, memory_full, &renderer);
    stream_init(&renderer.in, STREAM_TOLD_MOST, STREAM_BODY_MOST);
    buf_init(&renderer.pdf, PDF_MOST);
    buf_init(&renderer.line, LINE_MOST + RECORD_BYTES_MOST);
    while (serve_one(&renderer))
        continue;
    _exit(0);
}
