/* test_svg.c: a page's picture shows all of its items, says where they come from, and defines
 * each glyph once. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "svg/svg.h"

struct world {
    struct arena *arena;
    struct fonts *fonts;
    struct err err;
};

static int world_open(void **state)
{
    struct world *world = calloc(1, sizeof *world);

    world->arena = arena_new(256 << 20, NULL, NULL);
    err_init(&world->err, world->arena);
    if (!fonts_open(world->arena, getenv("DANZHENG_HOME"), &world->fonts, &world->err))
        return -1;
    *state = world;
    return 0;
}

static int world_close(void **state)
{
    struct world *world = *state;

    fonts_close(world->fonts);
    arena_free(world->arena);
    free(world);
    return 0;
}

static const struct origin here = {"layouts/a/\"b\".ini", 7, {"/data/a<b", 9}};

static struct page blank(struct world *world)
{
    struct page page;

    page_init(&page, world->arena, MM(210), MM(297));
    return page;
}

static void put_run(struct world *world, struct page *page, const char *text)
{
    struct font_shape shape;
    int face = font_pick(world->fonts, 0, 0x56FD, 0);
    struct item *item;

    font_shape(world->fonts, world->arena, face, PT(10), str_from(text), "Hani", false, "zh",
               &shape);
    item = page_add(page, ITEM_RUN, here);
    item->as.run = (struct run){.face = face,
                                .size = PT(10),
                                .x = PT(20),
                                .y = PT(30.5),
                                .text = str_from(text),
                                .glyphs = shape.glyphs,
                                .count = shape.count};
}

static struct str drawn(struct world *world, const struct page *pages, size_t count,
                        const bool *marked)
{
    struct svg *svg = svg_new(world->arena, world->fonts);
    struct buf buf;
    struct str out;

    buf_init(&buf, 16 << 20);
    for (size_t i = 0; i < count; i++)
        svg_page(svg, &pages[i], marked, &buf);
    assert_false(buf.failed);
    out = str_copy(world->arena, buf_view(&buf));
    buf_release(&buf);
    return out;
}

static int count_of(struct str text, const char *what)
{
    int count = 0;

    for (const char *p = text.p; (p = strstr(p, what)); p += strlen(what))
        count++;
    return count;
}

static void a_page_has_its_size_in_millimetres(void **state)
{
    struct page page = blank(*state);
    struct str svg = drawn(*state, &page, 1, NULL);

    assert_non_null(strstr(svg.p, " width=\"210mm\" height=\"297mm\""));
    assert_non_null(strstr(svg.p, "viewBox=\"0 0 595.276 841.89\""));
}

static void a_glyph_is_defined_once_and_used_where_it_stands(void **state)
{
    struct page pages[2] = {blank(*state), blank(*state)};
    struct str svg;

    put_run(*state, &pages[0], "国贸国");
    put_run(*state, &pages[1], "贸国");
    svg = drawn(*state, pages, 2, NULL);
    assert_int_equal(count_of(svg, "<symbol id="), 2);
    assert_int_equal(count_of(svg, "<use href="), 5);
    assert_int_equal(count_of(svg, " x=\"2000\"/>"), 1);
    assert_non_null(
        strstr(svg.p, "transform=\"translate(20 30.5) scale(0.0100000 -0.0100000)\""));
    assert_null(strstr(svg.p, "<path d=\"\"/>"));
}

static void an_item_says_where_it_comes_from_and_breaks_no_markup(void **state)
{
    struct page page = blank(*state);
    struct str svg;

    put_run(*state, &page, "国<&>'\"");
    svg = drawn(*state, &page, 1, NULL);
    assert_non_null(strstr(svg.p, "data-at=\"layouts/a/&quot;b&quot;.ini:7\""));
    assert_non_null(strstr(svg.p, "data-pointer=\"/data/a&lt;b\""));
    assert_non_null(strstr(svg.p, "data-text=\"国&lt;&amp;&gt;&#39;&quot;\""));
}

static void every_type_of_item_is_drawn(void **state)
{
    static const uint8_t modules[] = {1, 1, 0, 0, 0, 1};
    struct page page = blank(*state);
    struct item *item;
    struct str svg;

    item = page_artifact(&page, ITEM_RULE, here);
    item->as.rule = (struct rule){PT(1), PT(2), PT(3), PT(2), PT(0.5), DASH_SOLID};
    item = page_add(&page, ITEM_BOX, here);
    item->as.box = (struct rect){PT(1), PT(2), PT(30), PT(4)};
    item->rgb = 0x0A0B0C;
    item = page_add(&page, ITEM_MATRIX, here);
    item->as.matrix =
        (struct matrix){{PT(5), PT(6), PT(30), PT(20)}, 3, 2, modules, STR("qr"), STR("x")};
    put_run(*state, &page, "国");
    item = page_artifact(&page, ITEM_OUTLINE, here);
    item->as.outline = (struct outline){page.items[3].as.run, 45};
    svg = drawn(*state, &page, 1, NULL);
    assert_int_equal(count_of(svg, "class=\"item\""), 5);
    assert_non_null(strstr(svg.p, "d=\"M1 2L3 2\" stroke=\"#000000\" stroke-width=\"0.5\""));
    assert_non_null(strstr(svg.p, "fill=\"#0a0b0c\"><rect x=\"1\" y=\"2\" width=\"30\""));
    assert_non_null(
        strstr(svg.p, "scale(10.0000000 10.0000000)\" d=\"M0 0h2v1h-2zM2 1h1v1h-1z\""));
    assert_non_null(strstr(svg.p, "rotate(-45)"));
}

static void what_is_marked_says_so(void **state)
{
    static const bool marked[] = {false, true};
    struct page page = blank(*state);
    struct str svg;

    put_run(*state, &page, "国");
    put_run(*state, &page, "贸");
    svg = drawn(*state, &page, 1, marked);
    assert_int_equal(count_of(svg, "class=\"item\""), 1);
    assert_int_equal(count_of(svg, "class=\"item differs\""), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_page_has_its_size_in_millimetres),
        cmocka_unit_test(a_glyph_is_defined_once_and_used_where_it_stands),
        cmocka_unit_test(an_item_says_where_it_comes_from_and_breaks_no_markup),
        cmocka_unit_test(every_type_of_item_is_drawn),
        cmocka_unit_test(what_is_marked_says_so),
    };

    return cmocka_run_group_tests(tests, world_open, world_close);
}
