/* report.c: faults as people and programs read them, and the exit status they mean. */
#include "app/app.h"

#include <stdio.h>

static struct str place(struct arena *arena, struct where at, const char *input)
{
    struct str where = where_text(arena, at);

    if (at.pointer.n && input)
        return str_printf(arena, "%s: %.*s", input, STR_ARG(where));
    if (!where.n && input)
        return str_from(input);
    return where;
}

void report_faults(struct arena *arena, const struct err *err, const char *input)
{
    for (const struct fault *fault = err->first; fault; fault = fault->next) {
        struct str where = place(arena, fault->at, input);

        fprintf(stderr, "%.*s%s%s[%s]: %.*s\n  %.*s\n", STR_ARG(where), where.n ? ": " : "",
                fault->warning ? "warning" : "error", err_info(fault->code)->name,
                STR_ARG(fault->zh), STR_ARG(fault->en));
        if (fault->rule.file) {
            where = where_text(arena, fault->rule);
            fprintf(stderr, "  rule: %.*s\n", STR_ARG(where));
        }
        if (fault->hint.n)
            fprintf(stderr, "  hint: %.*s\n", STR_ARG(fault->hint));
    }
    if (err->dropped)
        fprintf(stderr, "  … %d more\n", err->dropped);
}

enum err_code report_code(const struct err *err)
{
    const struct fault *fault = err_fault(err);

    if (fault)
        return fault->code;
    /* a hundred warnings came first */
    return err_ok(err) ? ERR_NONE : INTERNAL;
}

int report_exit(const struct err *err)
{
    return err_info(report_code(err))->exit;
}

int app_end(struct app *app, int status)
{
    if (fflush(stdout) != 0 || ferror(stdout)) {
        err_add(&app->err, FILE_WRITE, where_file("standard output", 0, 0), "无法写入标准输出",
                "cannot write to standard output");
        status = status ? status : err_info(FILE_WRITE)->exit;
    }
    report_faults(app->arena, &app->err, app->input);
    return status;
}

void answer_json(struct buf *buf, struct arena *arena, const struct fonts *fonts,
                 const struct answer *answer)
{
    bool ok = err_ok(answer->err), more = false;

    buf_printf(buf, "\"ok\":%s", ok ? "true" : "false");
    buf_member(buf, "output", answer->output);
    if (!ok)
        buf_printf(buf, ",\"code\":\"%s\"", err_info(report_code(answer->err))->name);
    if (ok) {
        buf_member(buf, "file", answer->file);
        buf_member(buf, "sha256", answer->sha256);
        buf_printf(buf, ",\"pages\":%zu,\"bytes\":%zu,\"faces\":[", answer->pages,
                   answer->bytes);
        for (int i = 0; i < fonts_faces(fonts) && i < 64; i++) {
            if (!(answer->faces >> i & 1))
                continue;
            buf_text(buf, more ? "," : "");
            buf_json(buf, fonts_face(fonts, i)->id);
            more = true;
        }
        buf_byte(buf, ']');
    }
    if (answer->dup)
        buf_text(buf, ",\"dup\":true");
    buf_member(buf, "aside", answer->aside);
    if (answer->rest.n) {
        buf_str(buf, answer->rest);
        return;
    }
    if (answer->err->first) {
        buf_printf(buf, ",\"%s\":", ok ? "warnings" : "errors");
        err_json(buf, arena, answer->err);
    }
    buf_printf(buf, ",\"ms\":%.2f", answer->ms);
}
