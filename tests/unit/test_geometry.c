/* test_geometry.c: what lies where it must not is found, and nothing else. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "typeset/geometry.h"

/* A sheet of 100 × 100 pt with margins of 10 pt. */
static const struct layout layout = {.width = PT(100),
                                     .height = PT(100),
                                     .top = PT(10),
                                     .right = PT(10),
                                     .bottom = PT(10),
                                     .left = PT(10)};
static const struct glyph glyphs[] = {{.id = 1, .advance = PT(10)},
                                      {.id = 2, .advance = PT(10)}};

struct sheet {
    struct arena *arena;
    struct page page;
    struct err err;
};

static struct sheet sheet_new(void)
{
    struct sheet sheet = {.arena = arena_new(16 << 20, NULL, NULL)};

    err_init(&sheet.err, sheet.arena);
    page_init(&sheet.page, sheet.arena, PT(100), PT(100));
    return sheet;
}

/* Two characters, 20 pt wide, 10 pt high, on the baseline y. */
static void text(struct sheet *sheet, int line, mpt x, mpt y)
{
    struct item *item = page_add(&sheet->page, ITEM_RUN, (struct origin){"a.ini", line, {0}});

    item->as.run = (struct run){.size = PT(10),
                                .x = x,
                                .y = y,
                                .text = STR("国贸"),
                                .glyphs = glyphs,
                                .count = COUNT(glyphs)};
}

static void rule(struct sheet *sheet, mpt x1, mpt y1, mpt x2, mpt y2)
{
    struct item *item =
        page_artifact(&sheet->page, ITEM_RULE, (struct origin){"a.ini", 9, {0}});

    item->as.rule = (struct rule){x1, y1, x2, y2, PT(0.5), DASH_SOLID};
}

static void code(struct sheet *sheet, mpt x, mpt y)
{
    static const uint8_t modules[100] = {1};
    struct item *item = page_add(&sheet->page, ITEM_MATRIX, (struct origin){"a.ini", 8, {0}});

    item->as.matrix = (struct matrix){{x, y, PT(20), PT(20)}, 10, 10, modules, STR("qr"), {0}};
}

static size_t found(struct sheet *sheet)
{
    size_t count = geometry_check(&layout, &sheet->page, 1, &sheet->err);

    assert_int_equal(sheet->err.faults, count);
    arena_free(sheet->arena);
    return count;
}

static void texts_side_by_side_between_rules_are_well(void **state)
{
    struct sheet sheet = sheet_new();

    (void)state;
    text(&sheet, 1, PT(10), PT(30));
    text(&sheet, 2, PT(30), PT(30));
    text(&sheet, 3, PT(70), PT(30));
    text(&sheet, 4, PT(10), PT(40));
    rule(&sheet, PT(10), PT(42), PT(90), PT(42));
    rule(&sheet, PT(10), PT(20), PT(10), PT(42));
    rule(&sheet, PT(50), PT(20), PT(50), PT(42));
    code(&sheet, PT(70), PT(70));
    text(&sheet, 5, PT(41), PT(80));
    assert_int_equal(found(&sheet), 0);
}

static void a_text_outside_of_the_margins_is_found(void **state)
{
    static const mpt at[][2] = {
        {PT(9), PT(30)}, {PT(71), PT(30)}, {PT(20), PT(101)}, {PT(20), PT(6)}};

    (void)state;
    for (size_t i = 0; i < COUNT(at); i++) {
        struct sheet sheet = sheet_new();

        text(&sheet, 1, at[i][0], at[i][1]);
        assert_int_equal(found(&sheet), 1);
    }
}

static void texts_that_lie_over_each_other_are_found(void **state)
{
    static const mpt at[][2] = {{PT(29), PT(30)}, {PT(20), PT(34)}, {PT(10), PT(30)}};

    (void)state;
    for (size_t i = 0; i < COUNT(at); i++) {
        struct sheet sheet = sheet_new();

        text(&sheet, 1, PT(10), PT(30));
        text(&sheet, 2, at[i][0], at[i][1]);
        assert_int_equal(found(&sheet), 1);
    }
}

static void a_text_that_a_rule_goes_through_is_found(void **state)
{
    struct sheet sheet = sheet_new();

    (void)state;
    text(&sheet, 1, PT(10), PT(30));
    rule(&sheet, PT(10), PT(27), PT(90), PT(27));
    assert_int_equal(found(&sheet), 1);
    sheet = sheet_new();
    text(&sheet, 1, PT(10), PT(30));
    rule(&sheet, PT(20), PT(10), PT(20), PT(90));
    assert_int_equal(found(&sheet), 1);
}

static void what_touches_a_code_or_its_quiet_zone_is_found(void **state)
{
    struct sheet sheet = sheet_new();

    (void)state;
    code(&sheet, PT(70), PT(70));
    text(&sheet, 1, PT(43), PT(80));
    assert_int_equal(found(&sheet), 1);
    sheet = sheet_new();
    code(&sheet, PT(70), PT(70));
    rule(&sheet, PT(75), PT(10), PT(75), PT(75));
    assert_int_equal(found(&sheet), 1);
}

static void a_value_says_once_what_is_wrong_with_it(void **state)
{
    struct sheet sheet = sheet_new();

    (void)state;
    text(&sheet, 1, PT(5), PT(30));
    text(&sheet, 1, PT(5), PT(50));
    assert_int_equal(found(&sheet), 1);
    sheet = sheet_new();
    text(&sheet, 1, PT(5), PT(30));
    text(&sheet, 2, PT(5), PT(50));
    assert_int_equal(found(&sheet), 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(texts_side_by_side_between_rules_are_well),
        cmocka_unit_test(a_text_outside_of_the_margins_is_found),
        cmocka_unit_test(texts_that_lie_over_each_other_are_found),
        cmocka_unit_test(a_text_that_a_rule_goes_through_is_found),
        cmocka_unit_test(what_touches_a_code_or_its_quiet_zone_is_found),
        cmocka_unit_test(a_value_says_once_what_is_wrong_with_it),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
