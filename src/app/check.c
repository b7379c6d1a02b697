/* check.c: danzheng check: every fault of configuration, rules, layouts and fonts, at once. */
#include "app/app.h"

#include "digest/digest.h"

#include <stdio.h>

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

/* The faults are told here, above their sum, so they do not go to app.err. */
static int run(struct app *app, const struct args *args)
{
    struct service service;
    size_t outputs = 0;
    struct err err;

    (void)args;
    err_init(&err, app->arena);
    if (service_open(app->arena, app->home, &service, &err)) {
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

const struct command check_command = {
    .name = "check",
    .usage = "",
    .zh = "检查全部配置、规则、版式和字体，一次列出所有错误。",
    .en = "Check all configuration, rules, layouts and fonts; every fault at once.",
    .more = "Exit: 0 no fault, 78 some.\n",
    .run = run,
};
