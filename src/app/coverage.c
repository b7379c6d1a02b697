/* coverage.c: danzheng font coverage: what printing would say of records, beforehand. It asks
 * the same code that prints (print_try), so it can neither promise nor refuse anything else;
 * what it adds is the sum over all records. */
#include "app/font.h"
#include "app/lines.h"

#include "record/request.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { LINE_MEMORY = 1 << 30, OUT_MOST = 1 << 26 };

/* A character that some record has and no face: kept for the sum. */
struct tally {
    struct str character;
    long times; /* fields and records that have it */
    struct tally *next;
};

/* A fault of the record or of its papers, once, however many papers have it. */
struct finding {
    const struct fault *fault;
    struct str outputs; /* blank between them; empty: the record itself */
    struct str last;    /* of them */
    struct finding *next;
};

struct paper {
    struct str output;
    bool ok;
    size_t pages;
    uint64_t faces;
};

struct coverage {
    struct app *app;
    struct service service;
    struct arena *arena; /* of the line at hand */
    struct buf out;
    bool json, permitted;
    long seq, records, bad_records, papers, bad_papers;
    long by_face[FONTS_FACES_MOST]; /* papers that use it */
    struct tally *tallies;
};

/* One line of input, looked at. */
struct look {
    struct str number;
    int64_t version;
    struct paper *papers;
    size_t count;
    struct finding *first, **end;
    bool bad;
    int dropped; /* faults beyond those that are kept */
};

/* ---- looking */

static void count_character(struct coverage *coverage, struct str character)
{
    struct tally **at = &coverage->tallies;

    while (*at && !str_eq((*at)->character, character))
        at = &(*at)->next;
    if (!*at) {
        *at = NEW(coverage->app->arena, struct tally);
        (*at)->character = str_copy(coverage->app->arena, character);
    }
    (*at)->times++;
}

static void find(struct coverage *coverage, struct look *look, const struct err *err,
                 struct str output)
{
    look->dropped += err->dropped;
    look->bad = look->bad || !err_ok(err);
    for (const struct fault *fault = err->first; fault; fault = fault->next) {
        struct finding *at = look->first;

        while (at && !(at->fault->code == fault->code && str_eq(at->fault->zh, fault->zh) &&
                       str_eq(at->fault->at.pointer, fault->at.pointer)))
            at = at->next;
        if (at && str_eq(at->last, output))
            continue; /* a cell is measured before it is set */
        if (at) {
            at->outputs =
                str_printf(coverage->arena, "%.*s %.*s", STR_ARG(at->outputs), STR_ARG(output));
            continue;
        }
        at = NEW(coverage->arena, struct finding);
        *at = (struct finding){fault, output, output, NULL};
        *look->end = at;
        look->end = &at->next;
        if (fault->character.n && !fault->warning)
            count_character(coverage, fault->character);
    }
}

static void try_paper(struct coverage *coverage, struct look *look, const struct record *record,
                      struct str output)
{
    const struct print_request request = {.record = record, .output = output};
    struct paper *paper = &look->papers[look->count++];
    struct print_answer answer = {0};
    struct err err;

    err_init(&err, coverage->arena);
    paper->output = output;
    paper->ok = print_try(&coverage->service, coverage->arena, &request, &answer, &err);
    paper->pages = answer.pages;
    paper->faces = answer.faces;
    coverage->papers++;
    coverage->bad_papers += !paper->ok;
    for (int i = 0; i < FONTS_FACES_MOST; i++)
        coverage->by_face[i] += (long)(answer.faces >> i & 1);
    find(coverage, look, &err, output);
}

static bool wanted(struct coverage *coverage, const struct record *record,
                   const struct output *output)
{
    struct err refusal;

    err_init(&refusal, coverage->arena);
    return !coverage->permitted ||
           print_permitted(&coverage->service, coverage->arena, record, output, &refusal);
}

static void try_papers(struct coverage *coverage, struct look *look,
                       const struct record_request *request)
{
    const struct record *record = request->record;
    const struct kind *kind = record->kind;

    look->number = record_number(record);
    look->version = record->version;
    look->papers =
        NEW_ARRAY(coverage->arena, request->output_count + kind->output_count, struct paper);
    for (size_t i = 0; i < request->output_count; i++)
        try_paper(coverage, look, record, request->outputs[i]);
    for (size_t i = 0; i < kind->output_count && request->output_count == 0; i++)
        if (wanted(coverage, record, &kind->outputs[i]))
            try_paper(coverage, look, record, kind->outputs[i].id);
}

static void look_at(struct coverage *coverage, struct str text, bool too_long,
                    struct look *look)
{
    const char *name = arena_printf(coverage->arena, "line %ld", coverage->seq);
    struct record_request request = {0};
    struct err err;
    bool good = false;

    err_init(&err, coverage->arena);
    if (too_long)
        err_add(&err, LIMIT_LINE, where_file(name, 0, 0), "第 %ld 行超过 %d 字节",
                "line %ld exceeds %d bytes", coverage->seq, (int)RECORD_BYTES_MOST);
    else
        good = record_request_parse(coverage->arena, coverage->service.kinds, name, text,
                                    &request, &err);
    find(coverage, look, &err, STR_NONE);
    if (good)
        try_papers(coverage, look, &request);
}

/* ---- telling */

static void tell_faces(struct coverage *coverage, uint64_t faces)
{
    const struct fonts *fonts = coverage->service.fonts;
    const char *comma = "";

    for (int i = 0; i < fonts_faces(fonts); i++) {
        if (!(faces >> i & 1))
            continue;
        if (coverage->json) {
            buf_text(&coverage->out, comma);
            buf_json(&coverage->out, fonts_face(fonts, i)->id);
        } else {
            buf_printf(&coverage->out, " %.*s", STR_ARG(fonts_face(fonts, i)->id));
        }
        comma = ",";
    }
}

static void tell_text(struct coverage *coverage, const struct look *look)
{
    struct buf *out = &coverage->out;

    buf_printf(out, "%ld %.*s", coverage->seq, STR_ARG(look->number));
    if (look->version)
        buf_printf(out, " v%lld", (long long)look->version);
    buf_text(out, look->bad ? "  refused\n" : "\n");
    for (size_t i = 0; i < look->count; i++) {
        buf_text(out, "  ");
        text_column(out, look->papers[i].output, 20);
        if (!look->papers[i].ok)
            buf_text(out, " refused");
        tell_faces(coverage, look->papers[i].faces);
        buf_byte(out, '\n');
    }
    for (const struct finding *at = look->first; at; at = at->next) {
        const struct fault *fault = at->fault;
        struct str where = where_text(coverage->arena, fault->at);
        struct str codes = code_names(coverage->arena, fault->character);

        buf_printf(out, "  %.*s: %s%s", STR_ARG(where), fault->warning ? "warning " : "",
                   err_info(fault->code)->name);
        if (fault->character.n)
            buf_printf(out, " %.*s %.*s", STR_ARG(fault->character), STR_ARG(codes));
        if (at->outputs.n)
            buf_printf(out, " (%.*s)", STR_ARG(at->outputs));
        buf_printf(out, "\n    %.*s\n    %.*s\n", STR_ARG(fault->zh), STR_ARG(fault->en));
    }
    if (look->dropped)
        buf_printf(out, "  … %d more\n", look->dropped);
}

static void tell_finding(struct coverage *coverage, const struct finding *finding)
{
    const struct fault *fault = finding->fault;
    struct str rest = finding->outputs;
    struct buf *out = &coverage->out;
    const char *comma = "";

    buf_printf(out, "{\"code\":\"%s\"%s", err_info(fault->code)->name,
               fault->warning ? ",\"warning\":true" : "");
    buf_member(out, "at", where_text(coverage->arena, fault->at));
    buf_member(out, "character", fault->character);
    buf_member(out, "codes", code_names(coverage->arena, fault->character));
    buf_text(out, ",\"outputs\":[");
    for (struct str id = str_word(&rest); id.n; id = str_word(&rest)) {
        buf_text(out, comma);
        buf_json(out, id);
        comma = ",";
    }
    buf_byte(out, ']');
    buf_member(out, "zh", fault->zh);
    buf_member(out, "en", fault->en);
    buf_member(out, "hint", fault->hint);
    buf_byte(out, '}');
}

static void tell_json(struct coverage *coverage, const struct look *look)
{
    struct buf *out = &coverage->out;

    buf_printf(out, "{\"seq\":%ld,\"ok\":%s", coverage->seq, look->bad ? "false" : "true");
    buf_member(out, "number", look->number);
    if (look->version)
        buf_printf(out, ",\"version\":%lld", (long long)look->version);
    buf_text(out, ",\"papers\":[");
    for (size_t i = 0; i < look->count; i++) {
        const struct paper *paper = &look->papers[i];

        buf_printf(out, "%s{\"ok\":%s,\"pages\":%zu", i ? "," : "",
                   paper->ok ? "true" : "false", paper->pages);
        buf_member(out, "output", paper->output);
        buf_text(out, ",\"faces\":[");
        tell_faces(coverage, paper->faces);
        buf_text(out, "]}");
    }
    buf_text(out, "],\"faults\":[");
    for (const struct finding *at = look->first; at; at = at->next) {
        buf_text(out, at == look->first ? "" : ",");
        tell_finding(coverage, at);
    }
    buf_printf(out, "],\"more\":%d}\n", look->dropped);
}

static void sum_text(struct coverage *coverage)
{
    const struct fonts *fonts = coverage->service.fonts;
    struct buf *out = &coverage->out;

    buf_printf(out, "%ld records, %ld papers: %ld records, %ld papers would be refused\n",
               coverage->records, coverage->papers, coverage->bad_records,
               coverage->bad_papers);
    for (const struct tally *at = coverage->tallies; at; at = at->next) {
        struct str codes = code_names(coverage->app->arena, at->character);

        buf_printf(out, "  %.*s %.*s in %ld fields\n", STR_ARG(at->character), STR_ARG(codes),
                   at->times);
    }
    for (int i = 0; i < fonts_faces(fonts); i++)
        if (coverage->by_face[i]) {
            buf_text(out, "  ");
            text_column(out, fonts_face(fonts, i)->id, 26);
            buf_printf(out, "in %ld papers\n", coverage->by_face[i]);
        }
}

static void sum_json(struct coverage *coverage)
{
    const struct fonts *fonts = coverage->service.fonts;
    struct buf *out = &coverage->out;
    const char *comma = "";

    buf_printf(out,
               "{\"summary\":{\"records\":%ld,\"papers\":%ld,\"refused_records\":%ld,"
               "\"refused_papers\":%ld,\"characters\":[",
               coverage->records, coverage->papers, coverage->bad_records,
               coverage->bad_papers);
    for (const struct tally *at = coverage->tallies; at; at = at->next) {
        buf_printf(out, "%s{\"fields\":%ld", comma, at->times);
        buf_member(out, "character", at->character);
        buf_member(out, "codes", code_names(coverage->app->arena, at->character));
        buf_byte(out, '}');
        comma = ",";
    }
    buf_text(out, "],\"faces\":{");
    comma = "";
    for (int i = 0; i < fonts_faces(fonts); i++)
        if (coverage->by_face[i]) {
            buf_text(out, comma);
            buf_json(out, fonts_face(fonts, i)->id);
            buf_printf(out, ":%ld", coverage->by_face[i]);
            comma = ",";
        }
    buf_text(out, "}}}\n");
}

/* ---- the run */

static void flush(struct coverage *coverage)
{
    if (coverage->out.n > 0)
        fwrite(coverage->out.p, 1, coverage->out.n, stdout);
    buf_clear(&coverage->out);
}

static void lines(struct coverage *coverage)
{
    struct lines input;
    enum lines_found found;
    struct str text;

    lines_init(&input, STDIN_FILENO, RECORD_BYTES_MOST);
    while ((found = lines_next(&input, &text)) == LINES_LINE || found == LINES_TOO_LONG) {
        struct look look = {.end = &look.first};

        coverage->seq++;
        if (found == LINES_LINE && str_trim(text).n == 0)
            continue;
        look_at(coverage, text, found == LINES_TOO_LONG, &look);
        coverage->records++;
        coverage->bad_records += look.bad;
        (coverage->json ? tell_json : tell_text)(coverage, &look);
        flush(coverage);
        arena_reset(coverage->arena);
        if (ferror(stdout))
            break;
    }
    if (found == LINES_FAILED)
        err_add(&coverage->app->err, FILE_READ, where_file("standard input", 0, 0),
                "无法读取标准输入：%s", "cannot read standard input: %s", strerror(errno));
    lines_release(&input);
}

int coverage_run(struct app *app, bool json, bool permitted)
{
    struct coverage coverage = {.app = app, .json = json, .permitted = permitted};

    buf_init(&coverage.out, OUT_MOST);
    if (!service_open(app->arena, app->home, &coverage.service, &app->err))
        goto out;
    coverage.arena = memory_new(LINE_MEMORY);
    lines(&coverage);
    if (err_ok(&app->err))
        (json ? sum_json : sum_text)(&coverage);
    flush(&coverage);
out:
    arena_free(coverage.arena);
    buf_release(&coverage.out);
    service_close(&coverage.service);
    return err_ok(&app->err) ? coverage.bad_records > 0 : report_exit(&app->err);
}
