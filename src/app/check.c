/* check.c: danzheng check: every fault of configuration, rules, layouts and fonts, at once. */
#include "app/app.h"

#include "digest/digest.h"

#include <stdio.h>

enum { OPTION_CELLS };

bool fonts_intact(struct arena *arena, const char *home, const struct fonts *fonts,
                  struct err *err)
{
    int before = err->faults;

    for (int i = 0; i < fonts_faces(fonts); i++) {
        const struct face_info *face = fonts_face(fonts, i);
        const char *path = str_starts(face->file, STR("/"))
                               ? arena_text(arena, face->file.p, face->file.n)
                               : arena_printf(arena, "%s/%.*s", home, STR_ARG(face->file));
        bool known = false;
        struct str hex;

        /* one collection holds several faces */
        for (int k = 0; k < i && !known; k++)
            known = str_eq(fonts_face(fonts, k)->file, face->file) &&
                    str_eq(fonts_face(fonts, k)->sha256, face->sha256);
        if (known || !sha256_file(arena, path, &hex, err) || str_eq(hex, face->sha256))
            continue;
        err_add(err, FONT_CHANGED, face->at, "字体文件“%s”与登记的 sha256 不符",
                "'%s' is not the file whose sha256 is declared", path);
        err_hint(err, "sudo apt-get install --reinstall %.*s", STR_ARG(face->package));
    }
    return err->faults == before;
}

/* What the longest declared content does in the cell. */
static const char *verdict(struct arena *arena, const struct capacity *capacity)
{
    const struct cell *cell = capacity->cell;
    const struct role *role = cell->count ? cell->paras[0].role : NULL;

    if (cell->overflow == OVERFLOW_REFUSE)
        return "refuse: proven";
    if (role && capacity->shrunk == role->size)
        return "fits";
    if (cell->overflow == OVERFLOW_ANNEX)
        return "annex";
    if (capacity->shrunk)
        return arena_printf(arena, "shrinks to %d.%02dpt", capacity->shrunk / 1000,
                            capacity->shrunk % 1000 / 10);
    return arena_printf(arena, "shrinks to %d.%02dpt, then grows", cell->floor / 1000,
                        cell->floor % 1000 / 10);
}

static void cells_print(struct arena *arena, const struct layout *layout)
{
    struct capacity *all;
    size_t count = layout_capacities(arena, layout, &all);
    struct buf out;

    buf_init(&out, 1 << 20);
    for (size_t i = 0; i < count; i++) {
        const struct cell *cell = all[i].cell;

        text_column(&out, where_text(arena, cell->at), 60);
        text_column(&out, cell->name, 26);
        buf_printf(&out, "%zu × %zu, holds %zu of %zu: %s\n", all[i].lines, all[i].line,
                   all[i].holds, all[i].longest, verdict(arena, &all[i]));
    }
    fwrite(out.p, 1, out.n, stdout);
    buf_release(&out);
}

static void layouts_print(struct arena *arena, const struct service *service)
{
    for (size_t k = 0; k < service->kinds->count; k++) {
        const struct kind *kind = &service->kinds->all[k];

        for (size_t o = 0; o < kind->output_count; o++) {
            size_t count;
            const struct layout *const *versions =
                layouts_versions(service->layouts, kind, &kind->outputs[o], &count);

            for (size_t i = 0; i < count; i++)
                cells_print(arena, versions[i]);
        }
    }
}

/* The faults are told here, above their sum, so they do not go to app.err. */
static int run(struct app *app, const struct args *args)
{
    struct service service;
    size_t outputs = 0;
    struct err err;

    err_init(&err, app->arena);
    if (service_open(app->arena, app->home, &service, &err)) {
        if (option_given(args, OPTION_CELLS))
            layouts_print(app->arena, &service);
        for (size_t i = 0; i < service.kinds->count; i++)
            outputs += service.kinds->all[i].output_count;
    }
    if (service.fonts && fonts_intact(app->arena, app->home, service.fonts, &err) &&
        err_ok(&err))
        printf("check: %zu kinds, %zu outputs, %d faces: no fault\n", service.kinds->count,
               outputs, fonts_faces(service.fonts));
    report_faults(app->arena, &err, NULL);
    if (!err_ok(&err))
        fprintf(stderr, "check: %d faults in %s\n", err.faults, app->home);
    service_close(&service);
    return err_ok(&err) ? 0 : err_info(CONF_VALUE)->exit;
}

static const struct option options[] = {
    [OPTION_CELLS] = {"cells", 0, NULL, false,
                      "what each cell holds that shrinks, refuses or has an annex"},
};

const struct command check_command = {
    .name = "check",
    .usage = "[--cells]",
    .zh = "检查全部配置、规则、版式和字体，一次列出所有错误。",
    .en = "Check all configuration, rules, layouts and fonts; every fault at once.",
    .more = "Lines × characters in each, full-width; then the longest declared value.\n"
            "Exit: 0 no fault, 78 some.\n",
    .options = options,
    .option_count = COUNT(options),
    .run = run,
};
