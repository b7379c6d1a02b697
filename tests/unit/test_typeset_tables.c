/* test_typeset_tables.c: what lists say besides their rows: subtotals, sums carried over pages,
 * groups, capital numerals, blank rows. */
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

#include "typeset/plan.h"

static const char file[] = "layouts/exhibition_filing/goods_list.ini";
static const char head[] = "[layout]\nfor = exhibition_filing\ntitle = t\nnote = n\n"
                           "include = ../common/a4-landscape.ini\n"
                           "include = ../common/roles.ini\n"
                           "include = ../common/verify.ini\nflow = goods\n"
                           "[table goods]\nrows = goods\nrow = 6mm\n";

struct world {
    struct arena *arena;
    const struct kinds *kinds;
    struct fonts *fonts;
    struct text *text;
    char home[64];
};

static void link_in(struct world *world, const char *what)
{
    char *from = arena_printf(world->arena, "%s/%s", getenv("DANZHENG_HOME"), what);
    char *to = arena_printf(world->arena, "%s/%s", world->home, what);

    assert_int_equal(symlink(from, to), 0);
}

static int world_open(void **state)
{
    struct world *world = calloc(1, sizeof *world);
    struct err err;

    world->arena = arena_new((size_t)2 << 30, NULL, NULL);
    err_init(&err, world->arena);
    strcpy(world->home, "/tmp/danzheng-tables-XXXXXX");
    if (!mkdtemp(world->home) ||
        !kinds_load(world->arena, getenv("DANZHENG_HOME"), &world->kinds, &err) ||
        !fonts_open(world->arena, getenv("DANZHENG_HOME"), &world->fonts, &err))
        return -1;
    world->text = text_open(world->fonts);
    mkdir(arena_printf(world->arena, "%s/layouts", world->home), 0700);
    mkdir(arena_printf(world->arena, "%s/layouts/exhibition_filing", world->home), 0700);
    link_in(world, "layouts/common");
    *state = world;
    return 0;
}

static int world_close(void **state)
{
    struct world *world = *state;

    unlink(arena_printf(world->arena, "%s/%s", world->home, file));
    unlink(arena_printf(world->arena, "%s/layouts/common", world->home));
    rmdir(arena_printf(world->arena, "%s/layouts/exhibition_filing", world->home));
    rmdir(arena_printf(world->arena, "%s/layouts", world->home));
    rmdir(world->home);
    text_close(world->text);
    fonts_close(world->fonts);
    arena_free(world->arena);
    free(world);
    return 0;
}

static const struct layout *layout_of(struct world *world, const char *table)
{
    const struct kind *kind = kinds_find(world->kinds, STR("exhibition_filing"));
    const struct layout *layout = NULL;
    FILE *out = fopen(arena_printf(world->arena, "%s/%s", world->home, file), "w");
    struct err err;

    assert_non_null(out);
    fprintf(out, "%s%s", head, table);
    fclose(out);
    err_init(&err, world->arena);
    if (!layout_load(world->arena, world->home, file, kind,
                     kind_output(kind, STR("goods_list")), &layout, &err))
        print_error("%.*s: %.*s\n", STR_ARG(where_text(world->arena, err.first->at)),
                    STR_ARG(err.first->en));
    assert_non_null(layout);
    return layout;
}

/* Row i: name 货i, price 1.01, currencies and declarations as asked. */
static const struct record *record_of(struct world *world, int rows, int currencies, int group)
{
    static const char *const codes[] = {"EUR", "USD", "JPY"};
    const struct record *record = NULL;
    struct buf buf;
    struct err err;

    buf_init(&buf, 64 << 20);
    buf_text(&buf, "{\"schema\":\"danzheng-record/1\",\"kind\":\"exhibition_filing\","
                   "\"version\":1,\"status\":\"审核通过\",\"owner\":\"91110105MAFAKE019T\","
                   "\"received_at\":\"2024-08-14T15:22:41+08:00\",\"data\":{"
                   "\"exhibition_pre_entry_no\":\"Z1\",\"exhibition_customs_no\":\"ZL1\","
                   "\"master_customs\":{\"code\":\"0110\",\"name\":\"平谷海关\"},"
                   "\"agent_code\":\"1105980F01\",\"goods\":[");
    for (int i = 0; i < rows; i++)
        buf_printf(&buf,
                   "%s{\"hs_code\":\"8457101000\",\"goods_name\":\"货%d\",\"declaration_no\":"
                   "\"D%d\",\"total_price\":\"1.01\",\"currency\":\"%s\"}",
                   i ? "," : "", i, group ? i / group : 0, codes[i % currencies]);
    buf_text(&buf, "]}}");
    err_init(&err, world->arena);
    assert_true(record_parse(world->arena, world->kinds, "test",
                             str_copy(world->arena, buf_view(&buf)), &record, &err));
    buf_release(&buf);
    return record;
}

static struct typeset *planned(struct world *world, const struct record *record,
                               const char *table)
{
    const struct typeset_facts facts = {.status_name = STR("审核通过"),
                                        .status_code = STR("approved"),
                                        .verify_url = STR("https://a.invalid/c/A/B"),
                                        .verify_code = STR("AAAA"),
                                        .mark = STR("仅供测试")};
    struct typeset *typeset = NULL;
    struct err err;

    err_init(&err, world->arena);
    if (!typeset_plan(world->arena, layout_of(world, table), record, world->fonts, world->text,
                      &facts, &typeset, &err))
        print_error("%.*s\n", STR_ARG(err.first->en));
    assert_non_null(typeset);
    return typeset;
}

static struct str page_text(struct world *world, struct typeset *typeset, size_t index)
{
    struct page page;
    struct buf buf;
    struct str text;

    buf_init(&buf, 16 << 20);
    typeset_page(typeset, index, world->arena, &page);
    for (size_t i = 0; i < page.count; i++) {
        if (page.items[i].type == ITEM_RUN) {
            buf_str(&buf, page.items[i].as.run.text);
            buf_byte(&buf, ' ');
        }
    }
    text = str_copy(world->arena, buf_view(&buf));
    buf_release(&buf);
    return text;
}

static int count_of(struct str text, const char *what)
{
    int count = 0;

    for (const char *p = text.p; p && (p = strstr(p, what)); p += strlen(what))
        count++;
    return count;
}

static void assert_says(struct world *world, struct str text, const char *label, int cents)
{
    char *words = arena_printf(world->arena, "%s %d.%02d ", label, cents / 100, cents % 100);

    if (count_of(text, words) != 1)
        print_error("'%s' is not once in: %.*s\n", words, STR_ARG(text));
    assert_int_equal(count_of(text, words), 1);
}

static void sums_are_carried_from_page_to_page(void **state)
{
    struct world *world = *state;
    static const int sizes[] = {1, 25, 26, 27, 28, 50, 77, 100, 101, 102, 103};

    for (size_t s = 0; s < COUNT(sizes); s++) {
        struct typeset *typeset =
            planned(world, record_of(world, sizes[s], 1, 0),
                    "columns =\n 名 | * | left | {goods_name}\n 价 | 30mm | left | "
                    "{total_price:money}\n"
                    "page-start =\n 承前页 | {sum before total_price:money}\n"
                    "page-end =\n 本页 | {sum page total_price:money}\n"
                    " 过次页 | {sum so-far total_price:money}\n"
                    "table-end =\n 合计 | {sum total_price:money}\n");
        size_t pages = typeset_pages(typeset);
        int before = 0;

        for (size_t i = 0; i < pages; i++) {
            struct str text = page_text(world, typeset, i);
            int rows = count_of(text, "货");

            assert_int_equal(count_of(text, "承前页"), i > 0);
            if (i > 0)
                assert_says(world, text, "承前页", before * 101);
            before += rows;
            if (i + 1 < pages) {
                assert_says(world, text, "本页", rows * 101);
                assert_says(world, text, "过次页", before * 101);
            } else {
                assert_says(world, text, "合计", sizes[s] * 101);
            }
        }
        assert_int_equal(before, sizes[s]);
    }
}

static void a_currency_is_carried_from_its_first_page_on(void **state)
{
    struct world *world = *state;
    struct typeset *typeset =
        planned(world, record_of(world, 120, 3, 0),
                "columns =\n 名 | * | left | {goods_name}\n 价 | 30mm | left | "
                "{total_price:money}\n"
                "page-end =\n {each currency}过次页 | {sum so-far total_price:money}\n"
                "table-end =\n {each currency}合计 | {sum total_price:money}\n");
    struct str text = page_text(world, typeset, 0);

    assert_int_equal(count_of(text, "过次页"), 3);
    text = page_text(world, typeset, typeset_pages(typeset) - 1);
    assert_int_equal(count_of(text, "40.40"), 3);
}

static void a_group_has_its_own_sum(void **state)
{
    struct world *world = *state;
    struct typeset *typeset =
        planned(world, record_of(world, 50, 1, 7),
                "columns =\n 名 | * | left | {goods_name}\n 价 | 30mm | left | "
                "{total_price:money}\n"
                "group = declaration_no\n"
                "group-end =\n 小计 | {sum group total_price:money}\n"
                "table-end =\n 合计 | {sum total_price:money}\n");
    int sevens = 0, ones = 0, rows = 0;

    for (size_t i = 0; i < typeset_pages(typeset); i++) {
        struct str text = page_text(world, typeset, i);

        sevens += count_of(text, "小计 7.07 ");
        ones += count_of(text, "小计 1.01 ");
        rows += count_of(text, "货");
    }
    assert_int_equal(sevens, 7);
    assert_int_equal(ones, 1);
    assert_int_equal(rows, 50);
}

static void blank_rows_fill_the_last_page(void **state)
{
    struct world *world = *state;
    static const char columns[] = "columns =\n 名 | * | left | {goods_name}\n";

    for (int rows = 1; rows < 40; rows += 3) {
        struct typeset *typeset =
            planned(world, record_of(world, rows, 1, 0),
                    arena_printf(world->arena, "%sfill = yes\n", columns));
        const struct layout *layout = typeset->layout;
        struct page page;
        mpt lowest = 0;

        typeset_page(typeset, typeset_pages(typeset) - 1, world->arena, &page);
        for (size_t i = 0; i < page.count; i++) {
            if (page.items[i].type == ITEM_RULE)
                lowest = mpt_max(lowest, page.items[i].as.rule.y2);
        }
        assert_true(lowest <= layout->height - layout->bottom + PT(1));
        assert_true(lowest > layout->height - layout->bottom - MM(6) - PT(1));
    }
}

static void capital_numerals_follow_the_rules_for_bills(void **state)
{
    struct world *world = *state;
    static const struct {
        const char *amount, *capital;
    } cases[] = {
        {"0", "零元整"},
        {"0.00", "零元整"},
        {"0.05", "伍分"},
        {"0.50", "伍角整"},
        {"0.55", "伍角伍分"},
        {"1.00", "壹元整"},
        {"10", "壹拾元整"},
        {"325.04", "叁佰贰拾伍元零肆分"},
        {"1409.50", "壹仟肆佰零玖元伍角整"},
        {"6007.14", "陆仟零柒元壹角肆分"},
        {"16409.02", "壹万陆仟肆佰零玖元零贰分"},
        {"107000.53", "壹拾万柒仟元伍角叁分"},
        {"186000.00", "壹拾捌万陆仟元整"},
        {"100500", "壹拾万零伍佰元整"},
        {"100000005", "壹亿零伍元整"},
        {"10000000", "壹仟万元整"},
        {"1000000000000", "壹万亿元整"},
        {"1234500000000", "壹万贰仟叁佰肆拾伍亿元整"},
        {"-3.10", "负叁元壹角整"},
        {"3.1000", "叁元壹角整"},
    };

    for (size_t i = 0; i < COUNT(cases); i++) {
        struct decimal amount;
        struct str capital;

        assert_true(decimal_parse(str_from(cases[i].amount), &amount));
        assert_true(capital_text(world->arena, amount, &capital));
        if (!str_is(capital, cases[i].capital))
            print_error("%s: %.*s\n", cases[i].amount, STR_ARG(capital));
        assert_true(str_is(capital, cases[i].capital));
    }
}

static void a_fraction_of_a_fen_has_no_capitals(void **state)
{
    struct world *world = *state;
    struct decimal amount;
    struct str capital = STR("as before");

    assert_true(decimal_parse(STR("0.0350"), &amount));
    assert_false(capital_text(world->arena, amount, &capital));
    assert_true(decimal_parse(STR("100000000000000000"), &amount));
    assert_false(capital_text(world->arena, amount, &capital));
    assert_true(str_is(capital, "as before"));
}

static struct str page_dumped(struct world *world, struct typeset *typeset, size_t index)
{
    struct page page;
    struct buf buf;
    struct str text;

    buf_init(&buf, 16 << 20);
    typeset_page(typeset, index, world->arena, &page);
    page_dump(&page, &buf);
    text = str_copy(world->arena, buf_view(&buf));
    buf_release(&buf);
    return text;
}

static void rows_look_the_same_kept_and_set_again(void **state)
{
    static const char table[] = "columns =\n 名 | * | left | {goods_name}\n"
                                " 价 | 30mm | right | {total_price:money}\n";
    struct world *world = *state;
    struct typeset *plan = planned(world, record_of(world, 60, 1, 0), table);
    struct str kept = page_dumped(world, plan, 1);

    assert_int_equal(plan->units[0].kept, 60);
    assert_true(count_of(kept, "货3") > 1);
    plan->units[0].kept = 0;
    assert_true(str_eq(page_dumped(world, plan, 1), kept));
    plan = planned(world, record_of(world, 2000, 1, 0), table);
    assert_int_equal(plan->units[0].kept, 0);
    assert_true(count_of(page_dumped(world, plan, 1), "货3") > 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sums_are_carried_from_page_to_page),
        cmocka_unit_test(a_currency_is_carried_from_its_first_page_on),
        cmocka_unit_test(a_group_has_its_own_sum),
        cmocka_unit_test(blank_rows_fill_the_last_page),
        cmocka_unit_test(capital_numerals_follow_the_rules_for_bills),
        cmocka_unit_test(a_fraction_of_a_fen_has_no_capitals),
        cmocka_unit_test(rows_look_the_same_kept_and_set_again),
    };

    return cmocka_run_group_tests(tests, world_open, world_close);
}
