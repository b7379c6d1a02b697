/* forms.h: for tests of forms: a home whose only layout is the test's own. */
#ifndef TESTS_FORMS_H
#define TESTS_FORMS_H

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "typeset/typeset.h"

static const char file[] = "layouts/exhibition_filing/filing_application.ini";
static const char head[] = "[layout]\nfor = exhibition_filing\ntitle = 展览会备案申请表\n"
                           "note = n\ninclude = ../common/a4-portrait.ini\n"
                           "include = ../common/roles.ini\ninclude = ../common/verify.ini\n";

struct world {
    struct arena *arena;
    const char *home;
    const struct kinds *kinds;
    struct fonts *fonts;
    struct text *text;
    char temp[64];
};

static inline void link_in(const struct world *world, const char *what)
{
    char from[512], to[512];

    snprintf(from, sizeof from, "%s/%s", world->home, what);
    snprintf(to, sizeof to, "%s/%s", world->temp, what);
    assert_int_equal(symlink(from, to), 0);
}

static inline const char *inside(struct world *world, const char *path)
{
    return arena_printf(world->arena, "%s/%s", world->temp, path);
}

static inline int world_open(void **state)
{
    struct world *world = calloc(1, sizeof *world);
    struct err err;

    world->arena = arena_new((size_t)2 << 30, NULL, NULL);
    world->home = getenv("DANZHENG_HOME");
    err_init(&err, world->arena);
    if (!world->home || !kinds_load(world->arena, world->home, &world->kinds, &err) ||
        !fonts_open(world->arena, world->home, &world->fonts, &err))
        return -1;
    world->text = text_open(world->fonts);
    snprintf(world->temp, sizeof world->temp, "/tmp/danzheng-forms-XXXXXX");
    if (!mkdtemp(world->temp))
        return -1;
    mkdir(inside(world, "layouts"), 0700);
    mkdir(inside(world, "layouts/exhibition_filing"), 0700);
    link_in(world, "config");
    link_in(world, "layouts/common");
    *state = world;
    return 0;
}

static inline int world_close(void **state)
{
    static const char *const files[] = {"layouts/seal.png", "layouts/common", "config"};
    static const char *const folders[] = {"layouts/exhibition_filing", "layouts", ""};
    struct world *world = *state;

    unlink(inside(world, file));
    for (size_t i = 0; i < COUNT(files); i++)
        unlink(inside(world, files[i]));
    for (size_t i = 0; i < COUNT(folders); i++)
        rmdir(inside(world, folders[i]));
    text_close(world->text);
    fonts_close(world->fonts);
    arena_free(world->arena);
    free(world);
    return 0;
}

static inline const struct layout *layout_of(struct world *world, const char *text)
{
    const struct kind *kind = kinds_find(world->kinds, STR("exhibition_filing"));
    const struct layout *layout = NULL;
    struct err err;
    FILE *out = fopen(inside(world, file), "w");

    assert_non_null(out);
    fprintf(out, "%s%s", head, text);
    fclose(out);
    err_init(&err, world->arena);
    if (!layout_load(world->arena, world->temp, file, kind,
                     kind_output(kind, STR("filing_application")), &layout, &err))
        print_error("%d: %.*s\n", err.first->at.line, STR_ARG(err.first->en));
    assert_non_null(layout);
    return layout;
}

/* A record with further members of data: `"remarks":"…"`. */
static inline const struct record *record_of(struct world *world, const char *members)
{
    const struct record *record = NULL;
    struct str json = str_printf(
        world->arena,
        "{\"schema\":\"danzheng-record/1\",\"kind\":\"exhibition_filing\",\"version\":1,"
        "\"status\":\"审核通过\",\"owner\":\"91110105MAFAKE019T\","
        "\"received_at\":\"2024-08-14T15:22:41+08:00\",\"data\":{"
        "\"exhibition_pre_entry_no\":\"Z1\",\"exhibition_customs_no\":\"ZL1\","
        "\"master_customs\":{\"code\":\"0110\",\"name\":\"平谷海关\"},"
        "\"agent_code\":\"1105980F01\",%s}}",
        members);
    struct err err;

    err_init(&err, world->arena);
    if (!record_parse(world->arena, world->kinds, "test", json, &record, &err))
        print_error("%.*s\n", STR_ARG(err.first->en));
    assert_non_null(record);
    return record;
}

static inline struct typeset *plan(struct world *world, const struct layout *layout,
                                   const char *members, int copy)
{
    const struct typeset_facts facts = {.status_name = STR("审核通过"),
                                        .status_code = STR("approved"),
                                        .verify_url = STR("https://verify.example.invalid/c/A"),
                                        .verify_code = STR("AAAA-BBBB-CCCC-DDDD"),
                                        .mark = STR("仅供测试"),
                                        .copy = copy};
    struct typeset *typeset = NULL;
    struct err err;

    err_init(&err, world->arena);
    if (!typeset_plan(world->arena, layout, record_of(world, members), world->fonts,
                      world->text, &facts, &typeset, &err))
        return NULL;
    return typeset;
}

static inline struct page page_of(struct world *world, struct typeset *typeset, size_t index)
{
    struct page page;

    assert_non_null(typeset);
    typeset_page(typeset, index, world->arena, &page);
    return page;
}

static inline struct page first_page(struct world *world, const char *layout,
                                     const char *members)
{
    return page_of(world, plan(world, layout_of(world, layout), members, 0), 0);
}

static inline const struct run *run_saying(const struct page *page, const char *text)
{
    for (size_t i = 0; i < page->count; i++) {
        const struct item *item = &page->items[i];

        if (item->type == ITEM_RUN && str_is(item->as.run.text, text))
            return &item->as.run;
    }
    fail_msg("no run says '%s'", text);
    abort(); /* for the compiler: a failure does not return */
}

static inline struct str page_text(struct world *world, const struct page *page)
{
    struct buf buf;
    struct str text;

    buf_init(&buf, 16 << 20);
    for (size_t i = 0; i < page->count; i++) {
        if (page->items[i].type == ITEM_RUN)
            buf_str(&buf, page->items[i].as.run.text);
    }
    text = str_copy(world->arena, buf_view(&buf));
    buf_release(&buf);
    return text;
}

static inline int count_of(struct str text, const char *what)
{
    int count = 0;

    for (const char *p = text.p; p && (p = strstr(p, what)); p += strlen(what))
        count++;
    return count;
}

static inline mpt run_width(const struct run *run)
{
    mpt width = 0;

    for (size_t i = 0; i < run->count; i++)
        width += run->glyphs[i].advance;
    return width;
}

/* `"key":"…"`, count times the same character. */
static inline const char *filled(struct world *world, const char *key, size_t count)
{
    struct buf buf;
    char *text;

    buf_init(&buf, 1 << 20);
    buf_printf(&buf, "\"%s\":\"", key);
    for (size_t i = 0; i < count; i++)
        buf_text(&buf, "国");
    buf_byte(&buf, '"');
    text = arena_text(world->arena, buf.p, buf.n);
    buf_release(&buf);
    return text;
}

static inline size_t rules_of(const struct page *page, enum dash dash, struct rule *out)
{
    size_t count = 0;

    for (size_t i = 0; i < page->count; i++) {
        if (page->items[i].type == ITEM_RULE && page->items[i].as.rule.dash == dash)
            out[count++] = page->items[i].as.rule;
    }
    return count;
}

#define ANNEX                                                                                  \
    "flow = a\n[grid a]\ncolumns = 30mm *\nrow = 8mm\nrows =\n    备　　注 | {remarks}\n"  \
    "    变更原因 | {amend_reason}\n    主办单位 | {host_name}\n"                      \
    "[cell remarks]\nrow = 24mm\noverflow = annex\n[cell amend_reason]\noverflow = annex\n"    \
    "[cell host_name]\noverflow = annex\n"

static inline const char *segments(struct world *world, const char *key, int count)
{
    struct str text = str_printf(world->arena, "\"%s\":\"", key);

    for (int i = 0; i < count; i++)
        text = str_printf(world->arena, "%.*s第%03d段文字无缺", STR_ARG(text), i);
    return arena_printf(world->arena, "%.*s\"", STR_ARG(text));
}

#endif
