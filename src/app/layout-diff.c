/* layout-diff.c: danzheng layout diff: the pages of two layouts with one record, side by side.
 * Items are the same when they show the same thing at the same place; where in which file they
 * come from does not count, since a line more at the top of a file moves all of them. */
#include "app/layout.h"

#include "deliver/deliver.h"
#include "svg/svg.h"

#include <stdio.h>
#include <stdlib.h>

enum { LINE_MOST = 1 << 20, HTML_MOST = 256 << 20, EXIT_DIFFERENT = 1 };

struct keyed {
    struct str key;
    size_t index;
};

struct side {
    struct draft_file file;
    struct draft draft;
    size_t differ;
};

static int key_order(const void *a, const void *b)
{
    const struct keyed *one = a, *two = b;
    int order = str_cmp(one->key, two->key);

    return order ? order : (one->index > two->index) - (one->index < two->index);
}

/* The dump's line up to its element, whose number counts those before it, and its origin. */
static struct str item_key(struct arena *arena, const struct page *page,
                           const struct item *item)
{
    struct buf line;
    struct str key;

    buf_init(&line, LINE_MOST);
    item_dump(page, item, &line);
    key = buf_view(&line);
    while (key.n && !str_ends(key, STR(" in ")))
        key.n--;
    key = str_copy(arena, key);
    buf_release(&line);
    return key;
}

static struct keyed *page_keys(struct arena *arena, const struct page *page)
{
    struct keyed *keys = NEW_ARRAY(arena, page->count + 1, struct keyed);

    for (size_t i = 0; i < page->count; i++)
        keys[i] = (struct keyed){item_key(arena, page, &page->items[i]), i};
    qsort(keys, page->count, sizeof *keys, key_order);
    return keys;
}

/* Marks in each page what the other one does not have. */
static void page_compare(struct arena *arena, const struct page *a, const struct page *b,
                         bool *marks_a, bool *marks_b)
{
    const struct keyed *keys_a = page_keys(arena, a), *keys_b = page_keys(arena, b);
    size_t i = 0, k = 0;

    while (i < a->count || k < b->count) {
        int order = i == a->count   ? 1
                    : k == b->count ? -1
                                    : str_cmp(keys_a[i].key, keys_b[k].key);

        if (order < 0)
            marks_a[keys_a[i++].index] = true;
        else if (order > 0)
            marks_b[keys_b[k++].index] = true;
        else
            i++, k++;
    }
}

static size_t marked_count(const bool *marks, size_t count)
{
    size_t marked = 0;

    for (size_t i = 0; i < count; i++)
        marked += marks[i];
    return marked;
}

static void pages_compare(struct service *service, struct arena *arena, struct side sides[2],
                          struct buf *out)
{
    const struct page none = {0};
    struct svg *svg = svg_new(arena, service->fonts);
    size_t most = sides[0].draft.count;

    most = sides[1].draft.count > most ? sides[1].draft.count : most;
    for (size_t i = 0; i < most; i++) {
        const struct page *pages[2];
        bool *marks[2];

        for (size_t s = 0; s < 2; s++) {
            pages[s] = i < sides[s].draft.count ? &sides[s].draft.pages[i] : &none;
            marks[s] = NEW_ARRAY(arena, pages[s]->count + 1, bool);
        }
        page_compare(arena, pages[0], pages[1], marks[0], marks[1]);
        buf_text(out, "<div class=\"pair\">");
        for (size_t s = 0; s < 2; s++) {
            sides[s].differ += marked_count(marks[s], pages[s]->count);
            if (pages[s] != &none)
                draft_sheet(svg, &sides[s].draft, i, marks[s], out);
        }
        buf_text(out, "</div>\n");
    }
}

static bool sides_draw(struct app *app, const struct args *args, struct service *service,
                       struct side sides[2])
{
    const char *record = option_value(args, LAYOUT_RECORD);
    struct err *err = &app->err;
    bool ok = true;

    for (size_t s = 0; s < 2; s++)
        ok = draft_find(app, args->words[s + 1], &sides[s].file, err) && ok;
    if (!ok || !draft_open(app, service, err) || !draft_load(app, app->arena, service, err))
        return false;
    if (!str_eq(sides[0].file.kind, sides[1].file.kind))
        return err_add(err, USAGE, where_none(), "两个版式不是同一种类的",
                       "the layouts are of two kinds");
    for (size_t s = 0; s < 2; s++) {
        struct draft *draft = &sides[s].draft;

        ok = draft_layout(service, app->arena, &sides[s].file, draft, err) &&
             draft_record(service, app->arena, &sides[s].file, record, BOUNDARY_MANY, draft,
                          err) &&
             draft_pages(service, app->arena, draft, err) && ok;
    }
    return ok;
}

static bool page_write(struct app *app, const struct side sides[2], const char *record,
                       const char *target, struct str pages)
{
    struct draft_state state = {
        .serial = 1,
        .good = 1,
        .title = "版式对照",
        .layout = arena_printf(app->arena, "%s%s ↔ %s%s", sides[0].file.home,
                               sides[0].file.path, sides[1].file.home, sides[1].file.path),
        .record = record ? record : "样例：各项俱全，每份清单 60 行",
        .pages = sides[0].draft.count > sides[1].draft.count ? sides[0].draft.count
                                                             : sides[1].draft.count,
        .differ = (long)(sides[0].differ + sides[1].differ),
        .err = &app->err,
    };
    struct buf json, out;
    struct str html;
    bool ok;

    buf_init(&json, HTML_MOST);
    buf_init(&out, HTML_MOST);
    draft_json(&json, app->arena, &state);
    ok = draft_template(app, &html, &app->err);
    if (ok) {
        draft_html(html, buf_view(&json), pages, &out);
        ok = deliver_file(target, buf_view(&out), DELIVER_REPLACE, &app->err);
    }
    buf_release(&out);
    buf_release(&json);
    return ok;
}

int layout_diff(struct app *app, const struct args *args)
{
    const char *target = option_value(args, LAYOUT_TARGET);
    struct side sides[2] = {{.differ = 0}};
    struct service service = {0};
    struct buf pages;
    bool ok = false;

    if (args->count != 3 || !target) {
        err_add(&app->err, USAGE, where_none(), "要对照两个版式，并用 -o 指明文件",
                "two layouts are compared, into a file named with -o");
        err_hint(&app->err, "danzheng layout --help");
        return report_exit(&app->err);
    }
    app->input = option_value(args, LAYOUT_RECORD);
    buf_init(&pages, HTML_MOST);
    if (sides_draw(app, args, &service, sides)) {
        pages_compare(&service, app->arena, sides, &pages);
        ok = page_write(app, sides, app->input, target, buf_view(&pages));
    }
    if (ok)
        printf("%zu 项不同 items differ: %zu in %s, %zu in %s\n",
               sides[0].differ + sides[1].differ, sides[0].differ, args->words[1],
               sides[1].differ, args->words[2]);
    buf_release(&pages);
    service_close(&service);
    if (!ok)
        return report_exit(&app->err);
    return sides[0].differ + sides[1].differ ? EXIT_DIFFERENT : 0;
}
