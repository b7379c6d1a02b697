/* doctor.c: danzheng doctor: what this machine has, what it lacks, the command that mends it.
 * It fails only for what printing needs; packages for building and testing are told. */
#include "app/app.h"

#include "deliver/deliver.h"

#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>

enum { FILE_MOST = 64 << 20, LIST_MOST = 1 << 20 };

struct package {
    struct str name, version; /* version empty: not installed */
    struct package *next;
};

/* The value of a line "Name: value" within one paragraph of dpkg's status file. */
static struct str header(struct str paragraph, const char *name)
{
    size_t n = strlen(name);

    while (paragraph.n) {
        struct str line = str_cut(paragraph, '\n', &paragraph);

        if (line.n > n && memcmp(line.p, name, n) == 0 && line.p[n] == ':')
            return str_trim((struct str){line.p + n + 1, line.n - n - 1});
    }
    return STR_NONE;
}

static struct package *wanted(struct arena *arena, struct str list)
{
    struct package *first = NULL, **last = &first;

    while (list.n) {
        struct str line = str_cut(list, '\n', &list), comment;
        struct str name = str_trim(str_cut(line, ';', &comment));

        if (!name.n)
            continue;
        *last = NEW(arena, struct package);
        (*last)->name = name;
        last = &(*last)->next;
    }
    return first;
}

static void installed(struct package *packages, struct str status)
{
    while (status.n) {
        const char *end = strstr(status.p, "\n\n");
        size_t n = end ? (size_t)(end - status.p) + 2 : status.n;
        struct str paragraph = {status.p, n}, name = header(paragraph, "Package");

        status = (struct str){status.p + n, status.n - n};
        for (struct package *p = packages; p; p = p->next) {
            if (str_eq(p->name, name) &&
                str_is(header(paragraph, "Status"), "install ok installed"))
                p->version = header(paragraph, "Version");
        }
    }
}

static void packages(struct app *app)
{
    const char *path = arena_printf(app->arena, "%s/config/packages", app->home);
    struct str list, status;
    struct package *all;
    struct buf missing;

    if (!deliver_read(app->arena, path, LIST_MOST, &list, &app->err))
        return;
    if (!deliver_read(app->arena, "/var/lib/dpkg/status", FILE_MOST, &status, &app->err))
        return;
    buf_init(&missing, LIST_MOST);
    all = wanted(app->arena, list);
    installed(all, status);
    printf("packages\n");
    for (const struct package *p = all; p; p = p->next) {
        printf("  %-22.*s %.*s\n", STR_ARG(p->name),
               STR_ARG(p->version.n ? p->version : STR("-")));
        if (!p->version.n)
            buf_printf(&missing, " %.*s", STR_ARG(p->name));
    }
    if (missing.n) {
        err_warn(&app->err, PACKAGE_MISSING, where_file("config/packages", 0, 0),
                 "缺少软件包：%s", "packages are missing:%s",
                 arena_text(app->arena, missing.p, missing.n));
        err_hint(&app->err, "sudo apt-get install%s",
                 arena_text(app->arena, missing.p, missing.n));
    }
    buf_release(&missing);
}

static void faces(struct app *app)
{
    struct fonts *fonts;

    if (!fonts_open(app->arena, app->home, &fonts, &app->err))
        return;
    printf("\nfaces\n");
    for (int i = 0; i < fonts_faces(fonts); i++) {
        const struct face_info *face = fonts_face(fonts, i);

        printf("  %-24.*s %.*s\n  %24s %d in %.*s, %ld bytes, %.*s\n", STR_ARG(face->id),
               STR_ARG(face->sha256), "", face->index, STR_ARG(face->file), face->bytes,
               STR_ARG(face->licence));
    }
    if (fonts_intact(app->arena, app->home, fonts, &app->err))
        printf("\nevery face has its declared sha256\n");
    fonts_close(fonts);
}

static int run(struct app *app, const struct args *args)
{
    struct utsname system;

    (void)args;
    printf("danzheng %s\n", RELEASE);
    printf("home     %s\n", app->home);
    if (uname(&system) == 0)
        printf("system   %s %s %s\n\n", system.sysname, system.release, system.machine);
    packages(app);
    faces(app);
    if (err_ok(&app->err))
        printf("ready to print\n");
    return report_exit(&app->err);
}

const struct command doctor_command = {
    .name = "doctor",
    .usage = "",
    .zh = "列出本机的软件包、字体及其校验值，缺什么就给出补救命令。",
    .en = "Show packages, fonts and their digests, and the command for what is missing.",
    .more = "Exit: 0 ready to print, 78 a font is missing or changed.\n",
    .run = run,
};
