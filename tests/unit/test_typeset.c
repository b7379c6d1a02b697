/* test_typeset.c: what every paper owes its reader, on samples and on records made to hurt. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/utf8.h"
#include "typeset/geometry.h"
#include "typeset/typeset.h"

struct world {
    struct arena *arena;
    const char *home;
    const struct kinds *kinds;
    const struct layouts *layouts;
    struct fonts *fonts;
    struct text *text;
};

static int world_open(void **state)
{
    struct world *world = calloc(1, sizeof *world);
    struct err err;

    world->arena = arena_new((size_t)2 << 30, NULL, NULL);
    world->home = getenv("DANZHENG_HOME");
    err_init(&err, world->arena);
    if (!world->home || !kinds_load(world->arena, world->home, &world->kinds, &err) ||
        !layouts_load(world->arena, world->home, world->kinds, &world->layouts, &err) ||
        !fonts_open(world->arena, world->home, &world->fonts, &err))
        return -1;
    world->text = text_open(world->fonts);
    *state = world;
    return 0;
}

static int world_close(void **state)
{
    struct world *world = *state;

    text_close(world->text);
    fonts_close(world->fonts);
    arena_free(world->arena);
    free(world);
    return 0;
}

static struct str sample(struct world *world, const char *name)
{
    char path[512], *bytes;
    long size;
    FILE *in;

    snprintf(path, sizeof path, "%s/tests/records/%s.json", world->home, name);
    in = fopen(path, "rb");
    assert_non_null(in);
    fseek(in, 0, SEEK_END);
    size = ftell(in);
    rewind(in);
    bytes = arena_alloc(world->arena, (size_t)size + 1);
    assert_int_equal(fread(bytes, 1, (size_t)size, in), size);
    fclose(in);
    return (struct str){bytes, (size_t)size};
}

/* The text with one member's value replaced: finds `"key": "` and swaps what follows. */
static struct str with(struct world *world, struct str json, const char *key, struct str value)
{
    char *needle = arena_printf(world->arena, "\"%s\": \"", key), *found, *end;

    found = strstr(json.p, needle);
    assert_non_null(found);
    found += strlen(needle);
    end = strchr(found, '"');
    return str_printf(world->arena, "%.*s%.*s%s", (int)(found - json.p), json.p, STR_ARG(value),
                      end);
}

static const struct record *parse(struct world *world, struct str json)
{
    const struct record *record = NULL;
    struct err err;

    err_init(&err, world->arena);
    if (!record_parse(world->arena, world->kinds, "test", json, &record, &err))
        print_error("%.*s: %.*s\n", STR_ARG(where_text(world->arena, err.first->at)),
                    STR_ARG(err.first->en));
    assert_non_null(record);
    return record;
}

static bool plan(struct world *world, const struct record *record, const char *output,
                 struct typeset **out, struct err *err)
{
    const struct typeset_facts facts = {.status_name = record->status,
                                        .status_code = STR("approved"),
                                        .verify_url =
                                            STR("https://verify.example.invalid/c/A/B"),
                                        .verify_code = STR("AAAA-BBBB-CCCC-DDDD"),
                                        .mark = STR("仅供测试")};
    const struct layout *layout = NULL;

    err_init(err, world->arena);
    assert_true(layout_pick(world->layouts, record->kind,
                            kind_output(record->kind, str_from(output)), record->received_at,
                            &layout, err));
    return typeset_plan(world->arena, layout, record, world->fonts, world->text, &facts, out,
                        err);
}

static struct typeset *planned(struct world *world, const struct record *record,
                               const char *output)
{
    struct typeset *typeset = NULL;
    struct err err;

    if (!plan(world, record, output, &typeset, &err))
        print_error("%.*s: %.*s\n", STR_ARG(where_text(world->arena, err.first->at)),
                    STR_ARG(err.first->en));
    assert_non_null(typeset);
    return typeset;
}

/* All texts of a page's runs, one behind the other without blanks. */
static struct str page_text(struct world *world, const struct page *page)
{
    struct buf buf;
    struct str text;

    buf_init(&buf, 16 << 20);
    for (size_t i = 0; i < page->count; i++) {
        const struct item *item = &page->items[i];

        for (size_t k = 0; item->type == ITEM_RUN && k < item->as.run.text.n; k++) {
            if (item->as.run.text.p[k] != ' ')
                buf_byte(&buf, item->as.run.text.p[k]);
        }
    }
    text = str_copy(world->arena, buf_view(&buf));
    buf_release(&buf);
    return text;
}

static struct str paper_text(struct world *world, struct typeset *typeset)
{
    struct str all = STR_NONE;

    for (size_t i = 0; i < typeset_pages(typeset); i++) {
        struct page page;
        struct str text;

        typeset_page(typeset, i, world->arena, &page);
        text = page_text(world, &page);
        all = str_printf(world->arena, "%.*s%.*s", STR_ARG(all), STR_ARG(text));
    }
    return all;
}

static int count_of(struct str text, const char *what)
{
    int count = 0;

    for (const char *p = text.p; p && (p = strstr(p, what)); p += strlen(what))
        count++;
    return count;
}

static const struct paper {
    const char *record, *output;
} papers[] = {
    {"exhibition_filing-approved", "check_sheet"},
    {"exhibition_filing-approved", "goods_list"},
    {"exhibition_filing-approved", "filing_application"},
    {"exhibition_filing-goods-50", "goods_list"},
    {"exhibition_filing-goods-50", "check_sheet"},
    {"exhibition_filing-draft", "check_sheet"},
    {"loaned_exhibits-approved", "check_sheet"},
    {"loaned_exhibits-approved", "loan_list"},
    {"temporary_confirmation-approved", "check_sheet"},
    {"temporary_confirmation-approved", "confirmation"},
    {"temporary_extension-approved", "check_sheet"},
    {"temporary_extension-approved", "extension_slip"},
    {"disc_import-filed", "import_certificate"},
};

static void nothing_leaves_its_place_or_touches_what_it_must_not(void **state)
{
    struct world *world = *state;

    for (size_t p = 0; p < COUNT(papers); p++) {
        const struct record *record = parse(world, sample(world, papers[p].record));
        struct typeset *typeset = planned(world, record, papers[p].output);
        const struct layout *layout = NULL;
        struct err err;

        err_init(&err, world->arena);
        assert_true(layout_pick(world->layouts, record->kind,
                                kind_output(record->kind, str_from(papers[p].output)),
                                record->received_at, &layout, &err));
        for (size_t i = 0; i < typeset_pages(typeset); i++) {
            struct page page;

            typeset_page(typeset, i, world->arena, &page);
            if (geometry_check(layout, &page, i + 1, &err))
                print_error("%s %s: %.*s\n", papers[p].record, papers[p].output,
                            STR_ARG(err.first->en));
            assert_int_equal(err.faults, 0);
        }
    }
}

static bool is_heading(struct str text)
{
    return str_is(text, "随附单证") || str_is(text, "商品信息") || str_is(text, "展商名录");
}

static void a_heading_never_ends_a_page(void **state)
{
    struct world *world = *state;

    for (size_t p = 0; p < COUNT(papers); p++) {
        const struct record *record = parse(world, sample(world, papers[p].record));
        struct typeset *typeset = planned(world, record, papers[p].output);

        for (size_t i = 0; i < typeset_pages(typeset); i++) {
            mpt lowest = 0, heading = 0;
            struct page page;

            typeset_page(typeset, i, world->arena, &page);
            for (size_t k = 0; k < page.count; k++) {
                const struct item *item = &page.items[k];

                if (item->type == ITEM_RULE)
                    lowest = mpt_max(lowest, item->as.rule.y2);
                if (item->type == ITEM_RUN && is_heading(item->as.run.text))
                    heading = item->as.run.y;
            }
            assert_true(heading == 0 || lowest > heading);
        }
    }
}

static void every_page_shows_its_mark_and_its_code(void **state)
{
    struct world *world = *state;

    for (size_t p = 0; p < COUNT(papers); p++) {
        const struct record *record = parse(world, sample(world, papers[p].record));
        struct typeset *typeset = planned(world, record, papers[p].output);

        for (size_t i = 0; i < typeset_pages(typeset); i++) {
            int outlines = 0, codes = 0;
            struct page page;

            typeset_page(typeset, i, world->arena, &page);
            for (size_t k = 0; k < page.count; k++) {
                outlines += page.items[k].type == ITEM_OUTLINE;
                codes += page.items[k].type == ITEM_MATRIX;
            }
            assert_true(outlines >= 1);
            assert_int_equal(codes,
                             strcmp(papers[p].output, "check_sheet") == 0 && i == 0 ? 2 : 1);
            assert_true(count_of(page_text(world, &page), "仅供测试") >= 1);
            assert_int_equal(
                count_of(page_text(world, &page), arena_printf(world->arena, "第%zu页共%zu页",
                                                               i + 1, typeset_pages(typeset))),
                1);
        }
    }
}

static struct str no_blanks(struct world *world, struct str text)
{
    char *out = arena_alloc(world->arena, text.n + 1);
    size_t n = 0;

    for (size_t i = 0; i < text.n; i++) {
        if (text.p[i] != ' ' && text.p[i] != '\n')
            out[n++] = text.p[i];
    }
    return (struct str){out, n};
}

static void a_check_sheet_prints_every_value_of_the_record(void **state)
{
    struct world *world = *state;
    int values = 0;

    for (size_t p = 0; p < COUNT(papers); p++) {
        const struct record *record = parse(world, sample(world, papers[p].record));
        struct str text;

        if (strcmp(papers[p].output, "check_sheet") != 0)
            continue;
        text = paper_text(world, planned(world, record, "check_sheet"));
        for (size_t f = 0; f < record->kind->count; f++) {
            const struct field *field = &record->kind->fields[f];
            size_t rows = field->type == FIELD_LIST ? record_rows(record, field)->count : 1;
            size_t columns = field->type == FIELD_LIST ? field->column_count : 1;

            assert_true(count_of(text, no_blanks(world, field->label).p) >= 1);
            for (size_t i = 0; i < rows * columns; i++) {
                const struct value *value =
                    field->type == FIELD_LIST
                        ? record_cell(record, field, i / columns, &field->columns[i % columns])
                        : record_value(record, field);

                struct str shown = no_blanks(world, value->text);

                if (field->type == FIELD_TIME && shown.n)
                    shown = str_printf(world->arena, "%.10s%.8s", shown.p, shown.p + 11);
                values += shown.n > 0;
                if (shown.n && !count_of(text, shown.p))
                    print_error("%s: '%.*s' is not on the paper\n", papers[p].record,
                                STR_ARG(shown));
                assert_true(!shown.n || count_of(text, shown.p) >= 1);
            }
        }
    }
    assert_true(values > 1000);
}

static void a_value_longer_than_a_page_goes_on_and_loses_nothing(void **state)
{
    struct world *world = *state;
    static const char *const outputs[] = {"filing_application", "check_sheet"};
    struct buf buf;
    struct str remarks;

    buf_init(&buf, 1 << 20);
    for (int i = 0; i < 180; i++)
        buf_printf(&buf, "第%03d段备注文字无缺", i);
    remarks = buf_view(&buf);
    for (size_t o = 0; o < COUNT(outputs); o++) {
        const struct record *record =
            parse(world,
                  with(world, sample(world, "exhibition_filing-approved"), "remarks", remarks));
        struct str text = paper_text(world, planned(world, record, outputs[o]));

        for (int i = 0; i < 180; i++)
            assert_int_equal(count_of(text, arena_printf(world->arena, "第%03d段", i)), 1);
    }
    buf_release(&buf);
}

/* A goods list of `rows` rows over `currencies` currencies. */
static struct str long_list(struct world *world, int rows, int currencies)
{
    static const char *const codes[] = {"EUR", "USD", "JPY"};
    struct buf buf;
    struct str json;

    buf_init(&buf, 64 << 20);
    buf_text(&buf, "{\"schema\":\"danzheng-record/1\",\"kind\":\"exhibition_filing\","
                   "\"version\":1,\"status\":\"审核通过\",\"owner\":\"91110105MAFAKE019T\","
                   "\"received_at\":\"2024-08-14T15:22:41+08:00\",\"data\":{"
                   "\"exhibition_pre_entry_no\":\"Z1\",\"exhibition_customs_no\":\"ZL1\","
                   "\"master_customs\":{\"code\":\"0110\",\"name\":\"平谷海关\"},"
                   "\"agent_code\":\"1105980F01\",\"goods\":[");
    for (int i = 0; i < rows; i++)
        buf_printf(&buf,
                   "%s{\"hs_code\":\"8457101000\",\"goods_name\":\"货%05d号\","
                   "\"total_price\":\"0.10\",\"currency\":\"%s\"}",
                   i ? "," : "", i, codes[i % currencies]);
    buf_text(&buf, "]}}");
    json = str_copy(world->arena, buf_view(&buf));
    buf_release(&buf);
    return json;
}

static void a_long_list_repeats_its_heading_and_loses_no_row(void **state)
{
    struct world *world = *state;
    static const int rows[] = {1, 2, 3, 20, 21, 22, 23, 24, 25, 26, 27, 60, 333};

    for (size_t r = 0; r < COUNT(rows); r++) {
        const struct record *record = parse(world, long_list(world, rows[r], 3));
        struct typeset *typeset = planned(world, record, "goods_list");
        struct str text = paper_text(world, typeset);
        int pages = (int)typeset_pages(typeset);

        assert_int_equal(count_of(text, "商品名称"), pages);
        assert_int_equal(count_of(text, "接下页"), pages - 1);
        assert_int_equal(count_of(text, "以下空白"), 1);
        for (int i = 0; i < rows[r]; i++)
            assert_int_equal(count_of(text, arena_printf(world->arena, "货%05d号", i)), 1);
    }
}

static void two_rows_at_least_stand_on_the_last_page(void **state)
{
    struct world *world = *state;

    for (int rows = 10; rows < 70; rows++) {
        const struct record *record = parse(world, long_list(world, rows, 1));
        struct typeset *typeset = planned(world, record, "goods_list");
        struct page page;

        typeset_page(typeset, typeset_pages(typeset) - 1, world->arena, &page);
        assert_true(count_of(page_text(world, &page), "货") >= 2);
    }
}

static void totals_are_exact_and_one_for_each_currency(void **state)
{
    struct world *world = *state;
    const struct record *record = parse(world, long_list(world, 333, 3));
    struct str text = paper_text(world, planned(world, record, "goods_list"));

    assert_int_equal(count_of(text, "欧元合计11.10"), 1);
    assert_int_equal(count_of(text, "美元合计11.10"), 1);
    assert_int_equal(count_of(text, "日本元合计11.10"), 1);
}

static void a_column_without_values_is_left_out(void **state)
{
    struct world *world = *state;
    const struct record *record = parse(world, sample(world, "exhibition_filing-approved"));
    struct str text = paper_text(world, planned(world, record, "goods_list"));

    assert_int_equal(count_of(text, "规格型号"), 0);
    assert_int_equal(count_of(text, "合计"), 0);
    assert_true(count_of(text, "商品名称") >= 1);
}

static void a_character_without_a_face_stops_the_paper(void **state)
{
    struct world *world = *state;
    struct str json = with(world, sample(world, "exhibition_filing-approved"), "host_name",
                           STR("某\xF0\xAE\xAF\xB0公司"));
    const struct record *record = parse(world, json);
    struct typeset *typeset = NULL;
    struct err err;

    assert_false(plan(world, record, "filing_application", &typeset, &err));
    assert_null(typeset);
    assert_int_equal(err.first->code, GLYPH_MISSING);
    assert_true(str_is(err.first->at.pointer, "/data/host_name"));
    assert_non_null(strstr(err.first->en.p, "U+2EBF0"));
}

static void a_title_without_its_full_name_is_refused(void **state)
{
    struct world *world = *state;
    struct str json = sample(world, "temporary_confirmation-approved");
    char *full = strstr(json.p, "\"full_name\"");
    struct typeset *typeset = NULL;
    struct err err;

    while (*full != ',')
        full--;
    json = str_printf(world->arena, "%.*s%s", (int)(full - json.p), json.p, strchr(full, '}'));
    assert_false(plan(world, parse(world, json), "confirmation", &typeset, &err));
    assert_int_equal(err.first->code, FULL_NAME_MISSING);
    assert_true(str_is(err.first->at.pointer, "/data/local_master_customs"));
}

static void a_page_drawn_twice_is_the_same_page(void **state)
{
    struct world *world = *state;
    const struct record *record = parse(world, sample(world, "loaned_exhibits-approved"));
    struct typeset *typeset = planned(world, record, "loan_list");
    struct page page;
    struct buf a, b;

    buf_init(&a, 16 << 20);
    buf_init(&b, 16 << 20);
    typeset_page(typeset, 0, world->arena, &page);
    page_dump(&page, &a);
    typeset_page(typeset, typeset_pages(typeset) - 1, world->arena, &page);
    typeset_page(typeset, 0, world->arena, &page);
    page_dump(&page, &b);
    assert_true(a.n > 1000 && str_eq(buf_view(&a), buf_view(&b)));
    buf_release(&a);
    buf_release(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_leaves_its_place_or_touches_what_it_must_not),
        cmocka_unit_test(a_heading_never_ends_a_page),
        cmocka_unit_test(every_page_shows_its_mark_and_its_code),
        cmocka_unit_test(a_check_sheet_prints_every_value_of_the_record),
        cmocka_unit_test(a_value_longer_than_a_page_goes_on_and_loses_nothing),
        cmocka_unit_test(a_long_list_repeats_its_heading_and_loses_no_row),
        cmocka_unit_test(two_rows_at_least_stand_on_the_last_page),
        cmocka_unit_test(totals_are_exact_and_one_for_each_currency),
        cmocka_unit_test(a_column_without_values_is_left_out),
        cmocka_unit_test(a_character_without_a_face_stops_the_paper),
        cmocka_unit_test(a_title_without_its_full_name_is_refused),
        cmocka_unit_test(a_page_drawn_twice_is_the_same_page),
    };

    return cmocka_run_group_tests(tests, world_open, world_close);
}
