/* render.c: danzheng render: records from files, papers into files. */
#include "app/document.h"
#include "app/signing.h"

#include "record/request.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

enum {
    OUTPUT,
    TARGET,
    STATE,
    ALL,
    PRINTED_AT,
    PROFILE,
    DPI,
    SIGN,
    SIGNED_AT,
    PASSPHRASE,
    TABLE,
    JSON,
    DUMP
};

static const struct option options[] = {
    [OUTPUT] = {"output", 0, "NAME", true, "which paper; may be repeated with -o DIR"},
    [TARGET] = {"out", 'o', "FILE|DIR", false, "where to; - is standard output"},
    [STATE] = {"state", 0, "DIR", false,
               "register the papers there; what is there is given again"},
    [ALL] = {"all", 'a', NULL, false, "every paper that the status allows, with -o DIR"},
    [PRINTED_AT] = {"printed-at", 0, "TIME", false, "print this time (RFC 3339) as 打印时间"},
    [PROFILE] = {"profile", 0, "3u|1b", false,
                 "PDF/A-3u (usual) or PDF/A-1b, for old archives"},
    [DPI] = {"dpi", 0, "N", false, "of the printer: 300 (usual), 600, 203 for thermal paper"},
    [SIGN] = {"sign", 0, NULL, false, "sign formal papers (PAdES), as [sign] says"},
    [SIGNED_AT] = {"signed-at", 0, "TIME", false, "when; else when it was sealed"},
    [PASSPHRASE] = {"passphrase-fd", 0, "N", false, "read the signing key's passphrase there"},
    [TABLE] = {"table", 0, NULL, false, "print a table of what was made and refused"},
    [JSON] = {"json", 0, NULL, false, "print one JSON object a document"},
    [DUMP] = {"dump", 0, NULL, false, "write the pages as text instead of PDF"},
};

enum { RECORD_MEMORY = 1 << 30, PDF_MOST = 1 << 30, LINE_MOST = 1 << 24 };

struct render {
    struct app *app;
    const struct args *args;
    struct service service;
    struct arena *arena; /* of the record at hand */
    struct buf bytes;
    const char *target;
    bool folder;
    enum pdf_profile profile;
    int dpi;
    struct signing signing;
    struct registrar *registrar; /* or NULL */
    size_t widest;               /* name of a file, for the table */
    int status;                  /* of the first failure */
};

static void fail(struct render *render, const struct err *err)
{
    if (render->status == 0)
        render->status = report_exit(err);
}

static void out_of_memory(struct render *render, const char *input)
{
    memory_ended(input);
    if (render->status == 0)
        render->status = err_info(MEMORY_LIMIT)->exit;
}

static const char *stem(struct arena *arena, const char *path)
{
    const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
    size_t n = strlen(name);

    if (strcmp(path, "-") == 0)
        return "stdin";
    if (n > 5 && strcmp(name + n - 5, ".json") == 0)
        n -= 5;
    return arena_text(arena, name, n);
}

static void table_row(struct render *render, struct buf *line, const char *name,
                      const struct answer *answer)
{
    const struct fonts *fonts = render->service.fonts;

    text_column(line, str_from(name), render->widest + 2);
    if (err_ok(answer->err)) {
        buf_printf(line, "%5zu %9zu %8.2f ", answer->pages, answer->bytes, answer->ms);
        for (int i = 0; i < fonts_faces(fonts) && i < 64; i++) {
            if (answer->faces >> i & 1)
                buf_printf(line, " %.*s", STR_ARG(fonts_face(fonts, i)->id));
        }
    }
    for (const struct fault *f = answer->err->first; f; f = f->next) {
        struct str rule = where_text(render->arena, f->rule);

        if (!f->warning)
            buf_printf(line, "%s: %.*s %.*s", err_info(f->code)->name, STR_ARG(f->zh),
                       STR_ARG(rule));
    }
}

static void tell(struct render *render, const char *input, const char *name,
                 const struct answer *answer)
{
    struct buf *line = buf_new(render->arena, LINE_MOST);

    if (option_given(render->args, TABLE)) {
        table_row(render, line, name, answer);
    } else if (option_given(render->args, JSON)) {
        buf_text(line, "{\"record\":");
        buf_json(line, str_from(input));
        buf_byte(line, ',');
        answer_json(line, render->arena, render->service.fonts, answer);
        buf_byte(line, '}');
    } else {
        report_faults(render->arena, answer->err, input);
    }
    if (line->failed)
        out_of_memory(render, input);
    else if (line->n > 0)
        printf("%s\n", line->p);
    buf_release(line);
}

/* With --all a refusal is no failure: what is not permitted was not asked for. */
static bool one(struct render *render, const char *input, const struct record *record,
                struct str output)
{
    const struct args *args = render->args;
    bool dump = option_given(args, DUMP), all = option_given(args, ALL), ok;
    const char *name = arena_printf(render->arena, "%s.%.*s.%s", stem(render->arena, input),
                                    STR_ARG(output), dump ? "dump" : "pdf");
    struct document document = {
        .print = {.record = record,
                  .output = output,
                  .profile = render->profile,
                  .dpi = render->dpi,
                  .printed_at = str_from(option_value(args, PRINTED_AT)),
                  .signer = render->signing.signer,
                  .signed_at = render->signing.at},
        .path = render->folder ? arena_printf(render->arena, "%s/%s", render->target, name)
                               : render->target,
        .registrar = render->registrar,
        .mode = DELIVER_REPLACE,
        .dump = dump,
    };
    struct answer answer;
    struct err err;

    err_init(&err, render->arena);
    ok = document_make(&render->service, render->arena, &document, &render->bytes, &answer,
                       &err);
    if (!ok && !(all && report_exit(&err) == err_info(PRINT_NOT_PERMITTED)->exit))
        fail(render, &err);
    else if (!ok && !option_given(args, TABLE) && !option_given(args, JSON))
        return false;
    tell(render, input, name, &answer);
    return ok;
}

/* Where no output is named there must be one that is permitted, and only one. */
static bool only_output(struct render *render, const struct record *record, struct str *out,
                        struct err *err)
{
    const struct kind *kind = record->kind;
    struct str names = STR_NONE;
    size_t found = 0;

    for (size_t i = 0; i < kind->output_count; i++) {
        struct err refusal;

        err_init(&refusal, render->arena);
        if (!print_permitted(&render->service, render->arena, record, &kind->outputs[i],
                             &refusal))
            continue;
        *out = kind->outputs[i].id;
        names = str_printf(render->arena, "%.*s%s%.*s", STR_ARG(names), found++ ? ", " : "",
                           STR_ARG(*out));
    }
    if (found > 1) {
        err_add(err, USAGE, where_none(), "有 %zu 种单证可以打印，请用 --output 指明",
                "%zu outputs are permitted, name one with --output", found);
        err_hint(err, "permitted: %.*s", STR_ARG(names));
    }
    if (found == 0)
        return print_permitted(&render->service, render->arena, record, &kind->outputs[0], err);
    return found == 1;
}

static void outputs(struct render *render, const char *input, const struct record *record,
                    struct err *err)
{
    const struct given *named = &render->args->options[OUTPUT];
    const struct kind *kind = record->kind;
    struct str only;
    bool any = false;

    for (size_t i = 0; i < named->count; i++)
        one(render, input, record, str_from(named->values[i]));
    if (named->count)
        return;
    if (!option_given(render->args, ALL)) {
        if (only_output(render, record, &only, err))
            one(render, input, record, only);
        return;
    }
    for (size_t i = 0; i < kind->output_count; i++)
        any = one(render, input, record, kind->outputs[i].id) || any;
    if (!any && render->status == 0)
        only_output(render, record, &only, err);
}

struct reading {
    struct render *render;
    const char *input;
};

static void record_file(void *user)
{
    const struct reading *reading = user;
    struct render *render = reading->render;
    const char *input = reading->input;
    const struct record *record;
    struct str json;
    struct err err;

    err_init(&err, render->arena);
    if (deliver_read(render->arena, input, RECORD_BYTES_MOST, &json, &err) &&
        record_parse(render->arena, render->service.kinds, input, json, &record, &err))
        outputs(render, input, record, &err);
    if (!err_ok(&err))
        fail(render, &err);
    report_faults(render->arena, &err, input);
}

/* One record; where memory ends, it costs this one. */
static void record_safely(struct render *render, const char *input)
{
    struct reading reading = {render, input};

    if (!arena_run(render->arena, record_file, &reading))
        out_of_memory(render, input);
    arena_reset(render->arena);
}

static bool wishes(struct render *render)
{
    const struct args *args = render->args;
    struct err *err = &render->app->err;
    const char *target = option_value(args, TARGET);
    bool many = args->count > 1 || args->options[OUTPUT].count > 1 || option_given(args, ALL);
    bool to_stdout = target && strcmp(target, "-") == 0;
    struct stat info;

    if (!target)
        err_add(err, USAGE, where_none(), "请用 -o 指明文件或文件夹",
                "say with -o where the paper goes");
    if (!option_given(args, SIGN) &&
        (option_given(args, SIGNED_AT) || option_given(args, PASSPHRASE)))
        err_add(err, USAGE, where_none(), "--signed-at 与 --passphrase-fd 须与 --sign 并用",
                "--signed-at and --passphrase-fd go with --sign");
    if (option_given(args, ALL) && args->options[OUTPUT].count)
        err_add(err, USAGE, where_none(), "--all 与 --output 不能并用",
                "--all and --output exclude each other");
    if (option_given(args, STATE) && option_given(args, DUMP))
        err_add(err, USAGE, where_none(), "--dump 与 --state 不能并用",
                "--dump and --state exclude each other");
    if (to_stdout && (many || option_given(args, TABLE) || option_given(args, JSON)))
        err_add(err, USAGE, where_none(), "标准输出只能写一份单证，不能兼作表格",
                "standard output takes one document and nothing else");
    if (option_given(args, PRINTED_AT) &&
        !record_time_valid(str_from(option_value(args, PRINTED_AT)))) {
        err_add(err, USAGE, where_none(), "--printed-at“%s”不是带时区的 RFC 3339 时间",
                "--printed-at '%s' is no RFC 3339 time with offset",
                option_value(args, PRINTED_AT));
        err_hint(err, "for example 2024-08-14T15:22:41+08:00");
    }
    if (!document_profile(option_value(args, PROFILE), &render->profile, err) ||
        !document_dpi(option_value(args, DPI), &render->dpi, err) || !err_ok(err))
        return false;
    render->target = target;
    render->folder = many || (stat(target, &info) == 0 && S_ISDIR(info.st_mode)) ||
                     target[strlen(target) - 1] == '/';
    return true;
}

static void table_head(struct render *render)
{
    const struct kinds *kinds = render->service.kinds;
    size_t output = 0, name = 0;
    struct buf line;

    for (size_t k = 0; k < kinds->count; k++) {
        for (size_t o = 0; o < kinds->all[k].output_count; o++) {
            size_t n = kinds->all[k].outputs[o].id.n;

            output = n > output ? n : output;
        }
    }
    for (size_t i = 0; i < render->args->count; i++) {
        size_t n = strlen(stem(render->app->arena, render->args->words[i]));

        name = n > name ? n : name;
    }
    render->widest = name + output + 5; /* NAME.OUTPUT.pdf */
    buf_init(&line, LINE_MOST);
    text_column(&line, STR("file"), render->widest + 2);
    printf("%s%5s %9s %8s  %s\n", line.failed ? "" : line.p, "pages", "bytes", "ms", "faces");
    buf_release(&line);
}

static int run(struct app *app, const struct args *args)
{
    struct render render = {.app = app, .args = args};
    struct err *err = &app->err;

    if (!wishes(&render))
        return report_exit(err);
    if (!service_open(app->arena, app->home, &render.service, err) ||
        (option_given(args, SIGN) &&
         !signing_open(app, &render.service.settings.sign, option_value(args, PASSPHRASE),
                       option_value(args, SIGNED_AT), &render.signing)) ||
        (option_given(args, STATE) &&
         !registrar_open(app, &render.service, option_value(args, STATE), &render.registrar)) ||
        (render.folder && !deliver_folder(render.target, err)))
        goto out;
    render.arena = arena_limited(app->arena, RECORD_MEMORY);
    buf_init(&render.bytes, PDF_MOST);
    if (option_given(args, TABLE))
        table_head(&render);
    for (size_t i = 0; i < args->count; i++)
        record_safely(&render, args->words[i]);
    buf_release(&render.bytes);
    arena_free(render.arena);
out:
    registrar_close(render.registrar);
    signing_close(&render.signing);
    service_close(&render.service);
    return render.status ? render.status : report_exit(err);
}

const struct command render_command = {
    .name = "render",
    .usage = "RECORD.json … [--output NAME] -o FILE|DIR",
    .zh = "把单证记录打印成 PDF；不允许打印的，说明依据哪条规则。",
    .en = "Render records as PDF; what may not be printed is refused with its rule.",
    .more =
        "RECORD - is standard input. Where the status allows only one paper, --output may be\n"
        "left out. With a folder, or several records or outputs, files are named\n"
        "<record>.<output>.pdf. With --state a paper is registered once and is the same bytes\n"
        "ever after; another content under its number and version is VERSION_CONFLICT. Exit: 0 "
        "well, 2 usage, 65 bad record, 74 input or output,\n"
        "77 not permitted, 78 faulty configuration; danzheng explain CODE tells more.\n",
    .options = options,
    .option_count = COUNT(options),
    .words_least = 1,
    .words_most = (size_t)-1,
    .run = run,
};
