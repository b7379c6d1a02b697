/* preview.c: danzheng preview: a layout's pages while it is written. Everything that the pages
 * are made of is watched; a save draws them again, and a fault leaves the last good picture
 * where it is, with what is wrong beside it. */
#include "app/draft.h"

#include "conf/conf.h"
#include "deliver/deliver.h"
#include "preview/preview.h"
#include "svg/svg.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

enum { RECORD, PORT, GRID, ONCE };

static const struct option options[] = {
    [RECORD] = {"record", 'r', "FILE", false, "show this record instead of a made one"},
    [PORT] = {"port", 0, "N", false, "listen on this port of 127.0.0.1"},
    [GRID] = {"grid", 'g', NULL, false, "begin with the millimetre grid"},
    [ONCE] = {"once", 0, "FILE.html", false, "write one file that stands alone, and end"},
};

enum { HTML_MOST = 256 << 20, DRAW_MEMORY = 1 << 30, WATCHED_MOST = 64, TICK_MS = 50 };

/* A file as it was seen last. */
struct watched {
    const char *path;
    struct timespec changed;
    off_t size;
    ino_t inode;
};

struct preview_run {
    struct app *app;
    const struct args *args;
    struct draft_file file;
    const char *record; /* NULL: a made one */
    struct str html;
    struct service service;
    struct arena *arena; /* of one drawing */
    struct buf state, pages;
    long serial, good;
    size_t page_count;
    struct watched watched[WATCHED_MOST];
    size_t watched_count;
};

/* ---- watching */

static struct watched look_at(const char *path)
{
    struct watched now = {.path = path};
    struct stat info;

    if (stat(path, &info) == 0) {
        now.changed = info.st_mtim;
        now.size = info.st_size;
        now.inode = info.st_ino;
    }
    return now;
}

static bool is_same(const struct watched *a, const struct watched *b)
{
    return a->changed.tv_sec == b->changed.tv_sec && a->changed.tv_nsec == b->changed.tv_nsec &&
           a->size == b->size && a->inode == b->inode;
}

static void watch(struct preview_run *run, const char *home, const char *file)
{
    struct arena *arena = run->app->arena;
    const char *path = home ? arena_printf(arena, "%s/%s", home, file) : file;

    for (size_t i = 0; i < run->watched_count; i++) {
        if (strcmp(run->watched[i].path, path) == 0)
            return;
    }
    if (run->watched_count < WATCHED_MOST)
        run->watched[run->watched_count++] = look_at(path);
}

/* Asked before drawing, so that what is saved meanwhile is drawn next. */
static bool something_changed(struct preview_run *run)
{
    bool changed = false;

    for (size_t i = 0; i < run->watched_count; i++) {
        struct watched now = look_at(run->watched[i].path);

        changed = changed || !is_same(&now, &run->watched[i]);
        run->watched[i] = now;
    }
    return changed;
}

/* The file and its includes. While it cannot be read, those of before are watched on. */
static void watch_conf(struct preview_run *run, const char *home, const char *path)
{
    struct conf *conf;
    struct err err;

    watch(run, home, path);
    err_init(&err, run->arena);
    if (conf_read(run->arena, home, path, &conf, &err)) {
        for (size_t i = 0; i < conf->file_count; i++)
            watch(run, home, conf->files[i]);
        return;
    }
    for (const struct fault *fault = err.first; fault; fault = fault->next) {
        if (fault->at.file)
            watch(run, home, fault->at.file);
    }
}

static void watch_all(struct preview_run *run)
{
    const struct str kind = run->file.kind;

    watch_conf(run, run->file.home, run->file.path);
    watch_conf(run, run->app->home,
               arena_printf(run->arena, "config/kinds/%.*s.ini", STR_ARG(kind)));
    if (run->record)
        watch(run, NULL, run->record);
}

/* ---- drawing */

static bool draw(struct preview_run *run, struct draft *draft, struct err *err)
{
    struct service *service = &run->service;
    bool layout, record;

    if (!draft_load(run->app, run->arena, service, err))
        return false;
    layout = draft_layout(service, run->arena, &run->file, draft, err);
    if (!draft->output)
        return false;
    record =
        draft_record(service, run->arena, &run->file, run->record, BOUNDARY_MANY, draft, err);
    return layout && record && draft_pages(service, run->arena, draft, err);
}

/* state always; pages only when they could be drawn. */
static void render(struct preview_run *run, struct err *err)
{
    struct draft draft = {0};
    double start = clock_ms();
    struct draft_state state = {.title = "版式预览", .layout = run->file.path, .differ = -1};

    run->serial++;
    if (draw(run, &draft, err)) {
        struct svg *svg = svg_new(run->arena, run->service.fonts);

        buf_clear(&run->pages);
        for (size_t i = 0; i < draft.count; i++)
            draft_sheet(svg, &draft, i, NULL, &run->pages);
        run->good = run->serial;
        run->page_count = draft.count;
    }
    if (draft.output)
        state.title = arena_printf(run->arena, "%.*s", STR_ARG(draft.output->name));
    state.record = run->record ? run->record : "样例：各项俱全，每份清单 60 行";
    state.serial = run->serial;
    state.good = run->good;
    state.pages = run->page_count;
    state.ms = option_given(run->args, ONCE) ? 0 : clock_ms() - start;
    state.grid = option_given(run->args, GRID);
    state.err = err;
    buf_clear(&run->state);
    draft_json(&run->state, run->arena, &state);
}

static bool once(struct preview_run *run, const char *target, struct err *err)
{
    struct buf out;
    bool ok;

    render(run, err);
    buf_init(&out, HTML_MOST);
    draft_html(run->html, buf_view(&run->state), buf_view(&run->pages), &out);
    ok = deliver_file(target, buf_view(&out), DELIVER_REPLACE, err);
    buf_release(&out);
    return ok;
}

/* Ends only with the program: the officer stops it. */
static bool serve(struct preview_run *run, int port, struct err *err)
{
    struct preview *preview;
    struct buf page;
    bool ok;

    buf_init(&page, HTML_MOST);
    draft_html(run->html, STR_NONE, STR_NONE, &page);
    ok = preview_open(run->app->arena, buf_view(&page), port, &preview, err);
    buf_release(&page);
    if (!ok)
        return false;
    signal(SIGPIPE, SIG_IGN);
    printf("预览 http://127.0.0.1:%d/  （Ctrl-C 结束）\n", preview_port(preview));
    fflush(stdout);
    watch_all(run);
    for (bool changed = true; ok; changed = something_changed(run)) {
        if (changed) {
            struct err faults;

            arena_reset(run->arena);
            err_init(&faults, run->arena);
            render(run, &faults);
            watch_all(run);
            preview_publish(preview, run->serial, buf_view(&run->state), buf_view(&run->pages));
        }
        ok = preview_wait(preview, TICK_MS, err);
    }
    preview_close(preview);
    return false;
}

static bool port_read(struct app *app, const char *text, int *port)
{
    long number = 0;

    if (text && (!str_number(str_from(text), &number) || number > 65535)) {
        err_add(&app->err, USAGE, where_none(), "--port“%s”不是端口号",
                "--port '%s' is not a port", text);
        return err_hint(&app->err, "1024 to 65535; 0 or nothing: the system chooses"), false;
    }
    *port = (int)number;
    return true;
}

static int run(struct app *app, const struct args *args)
{
    struct preview_run run = {.app = app, .args = args, .record = option_value(args, RECORD)};
    struct err *err = &app->err;
    const char *target = option_value(args, ONCE);
    int port;

    if (!port_read(app, option_value(args, PORT), &port) ||
        !draft_find(app, args->words[0], &run.file, err) ||
        !draft_template(app, &run.html, err))
        return report_exit(err);
    app->input = run.record;
    /* faults of a single drawing are told at the end, and point into its arena */
    run.arena = target ? app->arena : memory_new(DRAW_MEMORY);
    buf_init(&run.state, HTML_MOST);
    buf_init(&run.pages, HTML_MOST);
    if (draft_open(app, &run.service, err)) {
        if (target)
            once(&run, target, err);
        else
            serve(&run, port, err);
    }
    service_close(&run.service);
    buf_release(&run.state);
    buf_release(&run.pages);
    if (!target)
        arena_free(run.arena);
    return report_exit(err);
}

const struct command preview_command = {
    .name = "preview",
    .usage = "LAYOUT [--record FILE]",
    .zh =
        "在本机浏览器中预览版式：存盘即重画，列出错误，点击处显示出自版式哪一行、数据哪一项。",
    .en = "Show a layout's pages in a browser on this machine, drawn anew at each save.",
    .more =
        "LAYOUT is a path or KIND/OUTPUT, as exhibition_filing/goods_list. The page is drawn\n"
        "again when the layout, what it includes, its kind's fields or the record are saved.\n"
        "Only this machine can see it; it is marked 版式预览 and is no document.\n"
        "Exit with --once: 0 well, 78 a faulty layout, 65 a bad record.\n",
    .options = options,
    .option_count = COUNT(options),
    .words_least = 1,
    .words_most = 1,
    .run = run,
};
