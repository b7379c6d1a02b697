/* layout-test.c: danzheng layout test: every layout with records at the limits of what its kind
 * declares. Every page is drawn; what leaves its place or lies over another is a fault of the
 * layout. A value that the layout refuses to set, because its author said so, is none. */
#include "app/layout.h"

#include "deliver/deliver.h"
#include "svg/svg.h"
#include "typeset/geometry.h"

#include <stdio.h>
#include <string.h>

enum { TRY_MEMORY = 1 << 30, HTML_MOST = 256 << 20, LINE_MOST = 4096, WIDTH = 52 };

struct trial {
    struct app *app;
    struct service service;
    struct arena *arena; /* of one record */
    const char *folder;  /* NULL: nothing is written */
    struct str html;
    size_t papers, faults;
    double slowest;
    const char *slowest_name;
};

/* "exhibition_filing.goods_list@2.longest.html" */
static const char *file_name(struct arena *arena, const char *folder, const char *path,
                             const char *made)
{
    char *name = arena_text(arena, path + strlen("layouts/"),
                            strlen(path) - strlen("layouts/") - strlen(".ini"));
    char *slash = strchr(name, '/');

    if (slash)
        *slash = '.';
    return arena_printf(arena, "%s/%s.%s.html", folder, name, made);
}

static bool paper_write(struct trial *trial, const struct draft_file *file,
                        const struct draft *draft, const char *made, const struct err *found)
{
    struct draft_state state = {.serial = 1,
                                .good = 1,
                                .title = "版式试印",
                                .layout = file->path,
                                .record = made,
                                .pages = draft->count,
                                .differ = -1,
                                .err = found};
    struct svg *svg = svg_new(trial->arena, trial->service.fonts);
    struct buf json, pages, out;
    bool ok;

    buf_init(&json, HTML_MOST);
    buf_init(&pages, HTML_MOST);
    buf_init(&out, HTML_MOST);
    draft_json(&json, trial->arena, &state);
    for (size_t i = 0; i < draft->count; i++)
        draft_sheet(svg, draft, i, NULL, &pages);
    draft_html(trial->html, buf_view(&json), buf_view(&pages), &out);
    ok = deliver_file(file_name(trial->arena, trial->folder, file->path, made), buf_view(&out),
                      DELIVER_REPLACE, &trial->app->err);
    buf_release(&out);
    buf_release(&pages);
    buf_release(&json);
    return ok;
}

/* A value that may not overflow is refused by the layout's own word. */
static size_t faults_count(const struct err *err)
{
    size_t count = (size_t)err->dropped;

    for (const struct fault *fault = err->first; fault; fault = fault->next)
        count += !fault->warning && fault->code != CELL_OVERFLOW;
    return count;
}

static void row_print(const struct trial *trial, const char *path, const char *made,
                      const struct draft *draft, const struct err *err, double ms)
{
    size_t faults = faults_count(err);
    struct buf line;

    buf_init(&line, LINE_MOST);
    text_column(&line, str_from(path + strlen("layouts/")), WIDTH);
    text_column(&line, str_from(made), 12);
    if (draft->count)
        buf_printf(&line, "%5zu %7zu %8.1f", draft->count, faults, ms);
    else
        buf_printf(&line, "%5s %7zu %8.1f", "—", faults, ms);
    if (err->faults > (int)faults)
        buf_text(&line, "  按版式拒绝 refused as the layout says");
    printf("%s\n", line.p);
    fflush(stdout);
    buf_release(&line);
    report_faults(trial->arena, err, made);
}

static bool paper_try(struct trial *trial, const struct draft_file *file,
                      enum boundary boundary, struct draft *draft)
{
    const char *made;
    double start = clock_ms(), ms;
    struct err err;
    bool ok = true;

    err_init(&err, trial->arena);
    if (draft_layout(&trial->service, trial->arena, file, draft, &err) &&
        draft_record(&trial->service, trial->arena, file, NULL, boundary, draft, &err) &&
        draft_pages(&trial->service, trial->arena, draft, &err)) {
        for (size_t i = 0; i < draft->count; i++)
            geometry_check(draft->layout, &draft->pages[i], i + 1, &err);
    }
    ms = clock_ms() - start;
    made = draft->variant ? arena_printf(trial->arena, "%s-%zu", boundary_name(boundary),
                                         draft->variant + 1)
                          : boundary_name(boundary);
    trial->papers++;
    trial->faults += faults_count(&err);
    if (ms > trial->slowest) {
        trial->slowest = ms;
        trial->slowest_name = arena_printf(trial->app->arena, "%s %s", file->path, made);
    }
    row_print(trial, file->path, made, draft, &err, ms);
    if (trial->folder && draft->count)
        ok = paper_write(trial, file, draft, made, &err);
    return ok;
}

static bool layout_try(struct trial *trial, const struct draft_file *file)
{
    bool ok = true;

    for (int b = 0; b < BOUNDARIES && ok; b++) {
        size_t variants = 1;

        for (size_t v = 0; v < variants && ok; v++) {
            struct draft draft = {.variant = v};

            arena_reset(trial->arena);
            ok = paper_try(trial, file, (enum boundary)b, &draft);
            variants = draft.variants;
        }
    }
    return ok;
}

static bool all_try(struct trial *trial)
{
    const struct kinds *kinds = trial->service.kinds;
    struct app *app = trial->app;
    const struct layouts *layouts;

    if (!layouts_load(app->arena, app->home, kinds, &layouts, &app->err))
        return false;
    for (size_t k = 0; k < kinds->count; k++) {
        for (size_t o = 0; o < kinds->all[k].output_count; o++) {
            const struct output *output = &kinds->all[k].outputs[o];
            size_t count;
            const struct layout *const *versions =
                layouts_versions(layouts, &kinds->all[k], output, &count);

            for (size_t v = 0; v < count; v++) {
                const struct draft_file file = {app->home, versions[v]->file, kinds->all[k].id,
                                                output->id};

                if (!layout_try(trial, &file))
                    return false;
            }
        }
    }
    return true;
}

static bool named_try(struct trial *trial, const struct args *args)
{
    struct err *err = &trial->app->err;

    for (size_t i = 1; i < args->count; i++) {
        struct draft_file file;

        if (!draft_find(trial->app, args->words[i], &file, err) || !layout_try(trial, &file))
            return false;
    }
    return true;
}

int layout_test(struct app *app, const struct args *args)
{
    struct trial trial = {.app = app, .folder = option_value(args, LAYOUT_TARGET)};
    bool ok = draft_open(app, &trial.service, &app->err) &&
              draft_load(app, app->arena, &trial.service, &app->err) &&
              draft_template(app, &trial.html, &app->err) &&
              (!trial.folder || deliver_folder(trial.folder, &app->err));

    trial.arena = memory_new(TRY_MEMORY);
    if (ok) {
        printf("%-*s%-12s%5s %7s %8s\n", WIDTH, "layout", "record", "pages", "faults", "ms");
        ok = args->count > 1 ? named_try(&trial, args) : all_try(&trial);
    }
    if (ok && trial.papers)
        printf("%zu papers, %zu faults; slowest %.1f ms: %s\n", trial.papers, trial.faults,
               trial.slowest, trial.slowest_name);
    arena_free(trial.arena);
    service_close(&trial.service);
    if (ok && trial.faults)
        return err_info(LAYOUT_GEOMETRY)->exit;
    return report_exit(&app->err);
}
