/* worker.c: a desk for each line that was asked about and is not over. */
#include "app/worker.h"

#include "app/register.h"
#include "deliver/deliver.h"
#include "digest/digest.h"
#include "record/request.h"
#include "registry/registry.h"

#include <stdio.h>
#include <string.h>

enum { DESK_MEMORY = 1 << 30, PDF_MOST = 1 << 30, ANSWER_MOST = 1 << 24, DESKS = 8 };

struct desk {
    struct arena *arena;
    bool taken;
    long seq;
    struct record_request request;
    const struct str *outputs;
    size_t count;
};

struct worker {
    const struct works *works;
    struct desk desks[DESKS];
    struct buf pdf, answer;
};

/* ---- messages */

void message_put(struct buf *out, const struct message *message)
{
    struct message head = *message;

    head.size = sizeof head;
    for (size_t i = 0; i < TEXTS; i++)
        head.size += head.texts[i].n;
    buf_add(out, &head, sizeof head);
    for (size_t i = 0; i < TEXTS; i++)
        buf_str(out, head.texts[i]);
}

bool message_next(struct str bytes, struct message *out)
{
    const char *at = bytes.p + sizeof *out;

    if (bytes.n < sizeof *out)
        return false;
    memcpy(out, bytes.p, sizeof *out);
    if (bytes.n < out->size)
        return false;
    for (size_t i = 0; i < TEXTS; i++) {
        out->texts[i].p = at;
        at += out->texts[i].n;
    }
    return true;
}

const char *works_stage(const struct works *works, struct arena *arena, long seq, size_t n)
{
    return arena_printf(arena, "%s/" STAGE_PREFIX "%ld-%zu", works->folder, seq, n);
}

const char *works_path(const struct works *works, struct arena *arena, struct str number,
                       int64_t version, struct str output)
{
    uint8_t digest[32];
    char shard[4] = "";

    if (works->shard) {
        sha256(number, digest);
        snprintf(shard, sizeof shard, "%02x/", digest[0]);
    }
    return arena_printf(arena, "%s/%s%.*s.v%lld.%.*s.pdf", works->folder, shard,
                        STR_ARG(number), (long long)version, STR_ARG(output));
}

struct worker *worker_new(struct arena *arena, const struct works *works)
{
    struct worker *worker = NEW(arena, struct worker);

    worker->works = works;
    for (size_t i = 0; i < DESKS; i++)
        worker->desks[i].arena = arena_limited(arena, DESK_MEMORY);
    buf_init(&worker->pdf, PDF_MOST);
    buf_init(&worker->answer, ANSWER_MOST);
    return worker;
}

void worker_free(struct worker *worker)
{
    if (!worker)
        return;
    for (size_t i = 0; i < DESKS; i++)
        arena_free(worker->desks[i].arena);
    buf_release(&worker->pdf);
    buf_release(&worker->answer);
}

void worker_forget(struct worker *worker)
{
    for (size_t i = 0; i < DESKS; i++)
        worker->desks[i].taken = false;
}

/* ---- a line */

static struct str answer_text(struct worker *worker, struct arena *arena,
                              const struct answer *answer)
{
    buf_clear(&worker->answer);
    answer_json(&worker->answer, arena, worker->works->service->fonts, answer);
    return buf_view(&worker->answer);
}

static void look_papers(struct worker *worker, struct desk *desk, struct buf *out)
{
    const struct works *works = worker->works;
    const struct record *record = desk->request.record;

    desk->outputs = desk->request.outputs;
    desk->count = desk->request.output_count;
    if (desk->count == 0)
        desk->count = print_permitted_all(works->service, desk->arena, record, &desk->outputs);
    for (size_t i = 0; i < desk->count; i++) {
        const struct print_request print = {.record = record, .output = desk->outputs[i]};
        const struct output *output;
        struct answer answer;
        struct err err;
        struct message message = {.say = SAY_PAPER, .seq = desk->seq, .n = i};

        err_init(&err, desk->arena);
        message.ok = print_may(works->service, desk->arena, &print, &output, &err);
        message.code = report_code(&err);
        answer = (struct answer){.output = desk->outputs[i], .err = &err};
        if (!message.ok)
            message.texts[TEXT_ANSWER] = answer_text(worker, desk->arena, &answer);
        message.texts[TEXT_OUTPUT] = desk->outputs[i];
        message_put(out, &message);
    }
}

static void look(struct worker *worker, struct desk *desk, const struct message *line,
                 struct buf *out)
{
    const char *name = arena_printf(desk->arena, "line %ld", line->seq);
    struct record_request *request = &desk->request;
    struct message message = {.say = SAY_ASK, .seq = line->seq};
    struct str *texts = message.texts;
    struct registry_record record;
    struct err err;

    err_init(&err, desk->arena);
    if (!line->ok)
        err_add(&err, LIMIT_LINE, where_file(name, 0, 0), "第 %ld 行超过 %d 字节",
                "line %ld exceeds %d bytes", line->seq, (int)RECORD_BYTES_MOST);
    else
        message.ok = record_request_parse(desk->arena, worker->works->service->kinds, name,
                                          line->texts[TEXT_LINE], request, &err);
    message.code = report_code(&err);
    if (!message.ok) {
        const struct answer bad = {.err = &err};

        texts[TEXT_ANSWER] = answer_text(worker, desk->arena, &bad);
        message_put(out, &message);
        desk->taken = false;
        return;
    }
    if (!request->printed_at.n)
        request->printed_at = worker->works->printed_at;
    look_papers(worker, desk, out);
    record = registry_record_of(request->record);
    memcpy(message.digest, record.digest, sizeof record.digest);
    message.n = desk->count;
    message.version = record.version;
    texts[TEXT_ID] = request->id;
    texts[TEXT_NUMBER] = record.number;
    texts[TEXT_KIND] = record.kind;
    texts[TEXT_LIST_NO] = record.list_no;
    texts[TEXT_STATUS] = record.status;
    texts[TEXT_OWNER] = record.owner;
    texts[TEXT_RECEIVED_AT] = request->record->received_at;
    if (worker->works->registered) {
        texts[TEXT_PARAMETERS] =
            register_parameters(desk->arena, worker->works->profile, request->printed_at,
                                worker->works->dpi, worker->works->signing.signer != NULL);
        texts[TEXT_CANONICAL] = record.canonical;
    }
    message_put(out, &message);
}

/* ---- a paper */

static void make(struct worker *worker, struct desk *desk, size_t n, struct buf *out)
{
    const struct works *works = worker->works;
    const struct record *record = desk->request.record;
    struct arena *arena = desk->arena;
    const struct print_request print = {
        .record = record,
        .output = desk->outputs[n],
        .profile = works->profile,
        .dpi = works->dpi,
        .printed_at = desk->request.printed_at,
        .signer = works->signing.signer,
        .signed_at = works->signing.at,
    };
    const char *path =
        works_path(works, arena, record_number(record), record->version, print.output);
    struct message message = {.say = SAY_MADE, .seq = desk->seq, .n = n};
    struct answer answer = {.output = print.output};
    double start = clock_ms();
    struct print_answer printed;
    struct err err;

    err_init(&err, arena);
    buf_clear(&worker->pdf);
    message.ok = print_one(works->service, arena, &print, &printed, &worker->pdf, &err);
    if (message.ok) {
        struct str pdf = buf_view(&worker->pdf);

        answer = (struct answer){.output = print.output,
                                 .file = str_from(path),
                                 .pages = printed.pages,
                                 .bytes = pdf.n,
                                 .faces = printed.faces,
                                 .sha256 = sha256_hex(arena, pdf)};
        message.ok = deliver_stage(works_stage(works, arena, desk->seq, n), pdf, &err);
        message.texts[TEXT_LAYOUT] = printed.layout;
        message.texts[TEXT_FONTS] = register_fonts(arena, works->service->fonts, printed.faces);
        message.texts[TEXT_CODE] = printed.seal.code;
    }
    answer.err = &err;
    answer.ms = message.ms = clock_ms() - start;
    message.code = report_code(&err);
    message.pages = answer.pages;
    message.bytes = answer.bytes;
    message.faces = answer.faces;
    message.texts[TEXT_OUTPUT] = answer.output;
    message.texts[TEXT_FILE] = answer.file;
    message.texts[TEXT_SHA256] = answer.sha256;
    message.texts[TEXT_ANSWER] = answer_text(worker, arena, &answer);
    message_put(out, &message);
}

/* ---- what batch says */

static struct desk *desk_of(struct worker *worker, const struct message *message)
{
    for (size_t i = 0; i < DESKS; i++) {
        struct desk *desk = &worker->desks[i];

        if (message->say == SAY_LINE ? !desk->taken : desk->taken && desk->seq == message->seq)
            return desk;
    }
    return NULL;
}

struct hearing {
    struct worker *worker;
    struct desk *desk;
    const struct message *message;
    struct buf *out;
};

static void hear(void *user)
{
    struct hearing *hearing = user;
    const struct message *message = hearing->message;
    const struct message over = {.say = SAY_OVER, .seq = message->seq};

    if (message->say == SAY_LINE) {
        look(hearing->worker, hearing->desk, message, hearing->out);
    } else if (message->say == SAY_MAKE) {
        make(hearing->worker, hearing->desk, message->n, hearing->out);
    } else {
        message_put(hearing->out, &over);
        hearing->desk->taken = false;
    }
}

/* The bare answer needs no more memory than out has from the beginning. */
static void memory_short(const struct message *asked, struct buf *out)
{
    struct message message = {.say = asked->say == SAY_LINE ? SAY_ASK : SAY_MADE,
                              .seq = asked->seq,
                              .n = asked->n,
                              .code = MEMORY_LIMIT};

    message_put(out, &message);
}

void worker_hear(struct worker *worker, const struct message *message, struct buf *out)
{
    struct hearing hearing = {worker, desk_of(worker, message), message, out};
    size_t before = out->n, cap = out->cap;

    if (!hearing.desk)
        return;
    buf_clear(&worker->answer);
    if (message->say == SAY_LINE) {
        arena_reset(hearing.desk->arena);
        *hearing.desk =
            (struct desk){.arena = hearing.desk->arena, .taken = true, .seq = message->seq};
    }
    if (arena_run(hearing.desk->arena, hear, &hearing) && !out->failed &&
        !worker->answer.failed)
        return;
    out->n = before;
    if (out->failed)
        out->cap = cap; /* as much at least is still there */
    out->failed = false;
    hearing.desk->taken = message->say != SAY_LINE && hearing.desk->taken;
    memory_short(message, out);
}
