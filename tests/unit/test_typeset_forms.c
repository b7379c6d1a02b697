/* test_typeset_forms.c: labels spread to equal width, and what happens to values that their
 * cells cannot hold. */
#include "forms.h"

/* ---- spread */

static void a_spread_label_is_as_wide_as_the_widest_of_its_column(void **state)
{
    static const char *const labels[] = {"备注", "展览会名称", "展期", "主办方：", "ATA号"};
    struct world *world = *state;
    struct page page = first_page(world,
                                  "flow = a\n[role label]\nalign = spread\n[grid a]\n"
                                  "columns = 40mm *\nrows =\n"
                                  "    备注 | {remarks}\n    展览会名称 | x\n    展期 | y\n"
                                  "    主办方： | z\n    ATA号 | v\n",
                                  filled(world, "remarks", 3));
    const struct run *widest = run_saying(&page, "展览会名称");

    for (size_t i = 0; i < COUNT(labels); i++) {
        const struct run *run = run_saying(&page, labels[i]);

        assert_int_equal(run->x, widest->x);
        assert_int_equal(run_width(run), run_width(widest));
    }
    assert_int_equal(run_width(widest), 5 * widest->size);
    /* the colon and the letters of a word stay with what they belong to */
    assert_int_equal(run_saying(&page, "主办方：")->glyphs[2].advance, widest->size);
    assert_true(run_saying(&page, "ATA号")->glyphs[0].advance < widest->size);
}

static void a_spread_value_fills_its_cell(void **state)
{
    struct world *world = *state;
    struct page page =
        first_page(world,
                   "flow = a\n[grid a]\ncolumns = 40mm *\nrows =\n    x | {remarks}\n"
                   "[cell remarks]\nalign = spread\n",
                   filled(world, "remarks", 3));
    const struct run *run = run_saying(&page, "国国国");

    assert_true(abs(run->x - (MM(20) + MM(40) + MM(1.8))) <= 2);
    assert_true(abs(run_width(run) - (MM(170) - MM(40) - 2 * MM(1.8))) <= 2);
}

/* ---- overflow */

#define SHRINK(floor)                                                                          \
    "flow = a\n[grid a]\ncolumns = 40mm *\nrow = 8mm\nrows =\n    x | {host_name}\n"           \
    "    y | z\n[cell host_name]\noverflow = shrink " floor "\n"

/* The size of the value, and where the row below it stands. */
static mpt size_with(struct world *world, const struct layout *layout, size_t count, mpt *y)
{
    struct page page =
        page_of(world, plan(world, layout, filled(world, "host_name", count), 0), 0);

    *y = run_saying(&page, "z")->y;
    for (size_t i = 0; i < page.count; i++) {
        if (page.items[i].origin.pointer.n)
            return page.items[i].as.run.size;
    }
    return 0;
}

static void a_value_shrinks_by_quarters_and_no_more_than_it_must(void **state)
{
    struct world *world = *state;
    const struct layout *layout = layout_of(world, SHRINK("6pt"));
    mpt width = MM(170) - MM(40) - 2 * MM(1.8), y, same, last = PT(10.5);

    size_with(world, layout, 1, &same);
    for (size_t n = 2; n <= 58; n++) {
        mpt size = size_with(world, layout, n, &y);

        assert_int_equal(size % 250, 0);
        assert_true(size <= last);
        assert_int_equal(y, same);
        /* one line of 8 mm: the next larger size would be wider than the cell, or there would
         * be room for two lines, which begins below 7 pt */
        if (size < PT(10.5) && size > PT(6.75))
            assert_true((mpt)n * (size + 250) > width);
        last = size;
    }
    assert_true(last < PT(10.5));
}

static void at_the_floor_the_row_grows_and_nothing_is_lost(void **state)
{
    struct world *world = *state;
    const struct layout *layout = layout_of(world, SHRINK("7.1pt"));
    mpt same, y;
    struct page page;

    size_with(world, layout, 1, &same);
    assert_int_equal(size_with(world, layout, 256, &y), PT(7.1));
    assert_true(y > same);
    page = page_of(world, plan(world, layout, filled(world, "host_name", 256), 0), 0);
    assert_int_equal(count_of(page_text(world, &page), "国"), 256);
}

static void a_cell_holds_what_the_check_says_it_holds(void **state)
{
    static const char *const rows[] = {"8mm", "13mm", "20.5mm", "33mm"};
    struct world *world = *state;

    for (size_t i = 0; i < COUNT(rows); i++) {
        const char *text =
            arena_printf(world->arena,
                         "flow = a\n[grid a]\ncolumns = 43mm * 61mm\nrow = %s\nrows =\n"
                         "    x | {host_name} | y\n    z | < | <\n[cell host_name]\noverflow = "
                         "shrink 10.5pt\n",
                         rows[i]);
        const struct layout *layout = layout_of(world, text);
        struct capacity *all;
        mpt y, same;

        assert_int_equal(layout_capacities(world->arena, layout, &all), 1);
        assert_int_equal(all->longest, 256);
        assert_int_equal(all->holds, all->lines * all->line - (all->lines - 1));
        size_with(world, layout, 1, &same);
        size_with(world, layout, all->lines * all->line, &y);
        assert_int_equal(y, same);
        size_with(world, layout, all->lines * all->line + 1, &y);
        assert_true(y > same);
    }
}

static void a_refusing_cell_takes_the_longest_value_that_is_declared(void **state)
{
    struct world *world = *state;
    const struct layout *layout =
        layout_of(world, "flow = a\n[grid a]\ncolumns = 40mm *\nrow = 46mm\nrows =\n"
                         "    x | {host_name}\n[cell host_name]\noverflow = refuse\n");

    assert_non_null(plan(world, layout, filled(world, "host_name", 256), 0));
}

/* ---- annex */

static void what_does_not_fit_stands_whole_on_an_annex_page(void **state)
{
    struct world *world = *state;
    struct typeset *typeset =
        plan(world, layout_of(world, ANNEX), segments(world, "remarks", 60), 0);
    struct str first, annex;
    struct page page;

    assert_non_null(typeset);
    assert_int_equal(typeset_pages(typeset), 2);
    page = page_of(world, typeset, 0);
    first = page_text(world, &page);
    page = page_of(world, typeset, 1);
    annex = page_text(world, &page);
    assert_int_equal(count_of(first, "（续见附页 1）"), 1);
    assert_int_equal(count_of(first, "第000段"), 1);
    assert_int_equal(count_of(first, "第059段"), 0);
    for (int i = 0; i < 60; i++)
        assert_int_equal(count_of(annex, arena_printf(world->arena, "第%03d段", i)), 1);
    assert_int_equal(count_of(annex, "展览会备案申请表　附页 1"), 1);
    assert_int_equal(count_of(annex, "备　　注（全文）"), 1);
    assert_true(count_of(annex, "ZL1") == 1 && count_of(annex, "Z1") >= 1);
    assert_int_equal(count_of(annex, "仅供测试"), 1);
    assert_int_equal(count_of(annex, "第 2 页 共 2 页"), 1);
    assert_int_equal(count_of(first, "第 1 页 共 2 页"), 1);
}

static void a_value_that_fits_has_no_annex_page(void **state)
{
    struct world *world = *state;
    struct typeset *typeset =
        plan(world, layout_of(world, ANNEX), segments(world, "remarks", 5), 0);
    struct page page = page_of(world, typeset, 0);

    assert_int_equal(typeset_pages(typeset), 1);
    assert_int_equal(count_of(page_text(world, &page), "附页"), 0);
    assert_int_equal(count_of(page_text(world, &page), "第004段"), 1);
}

static void a_reference_names_the_annex_page_where_the_value_begins(void **state)
{
    struct world *world = *state;
    const char *members =
        arena_printf(world->arena, "%s,%s,%s", segments(world, "remarks", 190),
                     segments(world, "amend_reason", 190), filled(world, "host_name", 256));
    struct typeset *typeset = plan(world, layout_of(world, ANNEX), members, 0);
    struct page page = page_of(world, typeset, 0);
    struct str first = page_text(world, &page);
    static const char *const labels[] = {"备　　注（全文）", "变更原因（全文）",
                                         "主办单位（全文）"};
    size_t last = 0;

    assert_true(typeset_pages(typeset) >= 3);
    for (size_t k = 0; k < COUNT(labels); k++) {
        for (size_t i = 1; i < typeset_pages(typeset); i++) {
            page = page_of(world, typeset, i);
            if (!count_of(page_text(world, &page), labels[k]))
                continue;
            assert_true(i >= last);
            last = i;
            /* of one line nothing is shown but the reference */
            assert_true(count_of(first, arena_printf(world->arena, "（%s附页 %zu）",
                                                     k ? "全文见" : "续见", i)) >= 1);
        }
    }
    assert_true(last >= 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_spread_label_is_as_wide_as_the_widest_of_its_column),
        cmocka_unit_test(a_spread_value_fills_its_cell),
        cmocka_unit_test(a_value_shrinks_by_quarters_and_no_more_than_it_must),
        cmocka_unit_test(at_the_floor_the_row_grows_and_nothing_is_lost),
        cmocka_unit_test(a_cell_holds_what_the_check_says_it_holds),
        cmocka_unit_test(a_refusing_cell_takes_the_longest_value_that_is_declared),
        cmocka_unit_test(what_does_not_fit_stands_whole_on_an_annex_page),
        cmocka_unit_test(a_value_that_fits_has_no_annex_page),
        cmocka_unit_test(a_reference_names_the_annex_page_where_the_value_begins),
    };

    return cmocka_run_group_tests(tests, world_open, world_close);
}
