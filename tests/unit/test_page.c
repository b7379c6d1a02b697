/* Pages as plain data: elements, items and their dump. */
#include "page/page.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

struct desk {
    struct arena *arena;
    struct page page;
    struct buf dump;
};

static int open_desk(void **state)
{
    struct desk *desk = calloc(1, sizeof *desk);

    if (!desk)
        return -1;
    desk->arena = arena_new(16 << 20, NULL, NULL);
    page_init(&desk->page, desk->arena, 595276, 841890);
    buf_init(&desk->dump, 1 << 20);
    *state = desk;
    return 0;
}

static int close_desk(void **state)
{
    struct desk *desk = *state;

    buf_release(&desk->dump);
    arena_free(desk->arena);
    free(desk);
    return 0;
}

static const char *dumped(struct desk *desk)
{
    buf_clear(&desk->dump);
    page_dump(&desk->page, &desk->dump);
    assert_false(desk->dump.failed);
    return desk->dump.p;
}

static const struct origin NOWHERE = {NULL, 0, {NULL, 0}};

static void a_new_page_has_the_artifact_and_the_document(void **state)
{
    struct desk *desk = *state;

    assert_int_equal(desk->page.element_count, 2);
    assert_int_equal(desk->page.elements[0].tag, TAG_ARTIFACT);
    assert_int_equal(desk->page.elements[1].tag, TAG_DOCUMENT);
    assert_int_equal(desk->page.open, 1);
    assert_string_equal(dumped(desk), "page 595.276 841.890\n");
}

static void an_item_belongs_to_the_open_element(void **state)
{
    struct desk *desk = *state;
    int cell = page_open(&desk->page, TAG_TD);

    assert_int_equal(page_add(&desk->page, ITEM_RUN, NOWHERE)->element, cell);
    page_close(&desk->page);
    assert_int_equal(page_add(&desk->page, ITEM_RUN, NOWHERE)->element, 1);
}

static void an_artifact_belongs_to_no_element_that_is_read(void **state)
{
    struct desk *desk = *state;

    page_open(&desk->page, TAG_TD);
    assert_int_equal(page_artifact(&desk->page, ITEM_RULE, NOWHERE)->element, 0);
}

static void parents_stand_before_their_children(void **state)
{
    struct desk *desk = *state;
    int table = page_open(&desk->page, TAG_TABLE);
    int row = page_open(&desk->page, TAG_TR);

    page_close(&desk->page);
    assert_int_equal(desk->page.open, table);
    assert_int_equal(desk->page.elements[row].parent, table);
    assert_int_equal(desk->page.elements[table].parent, 1);
    assert_true(table < row);
}

static void a_new_cell_spans_one_column_and_one_row(void **state)
{
    struct desk *desk = *state;
    const struct element *cell = &desk->page.elements[page_open(&desk->page, TAG_TD)];

    assert_int_equal(cell->columns, 1);
    assert_int_equal(cell->rows, 1);
}

static void items_and_elements_survive_growing(void **state)
{
    struct desk *desk = *state;

    for (int i = 0; i < 1000; i++) {
        assert_int_equal(page_open(&desk->page, TAG_P), i + 2);
        page_add(&desk->page, ITEM_BOX, NOWHERE)->rgb = (uint32_t)i;
        page_close(&desk->page);
    }
    for (size_t i = 0; i < 1000; i++) {
        assert_int_equal(desk->page.items[i].rgb, i);
        assert_int_equal(desk->page.items[i].element, i + 2);
        assert_int_equal(desk->page.elements[i + 2].parent, 1);
    }
}

static void every_kind_of_item_has_its_line_in_the_dump(void **state)
{
    struct desk *desk = *state;
    struct page *page = &desk->page;
    static const struct glyph glyphs[] = {{.id = 1, .advance = 10500},
                                          {.id = 2, .cluster = 3, .advance = 10501}};
    static const uint8_t dark[] = {1};
    struct run run = {.face = 3,
                      .size = 10500,
                      .x = 72000,
                      .y = 100001,
                      .text = STR("国\"\n"),
                      .glyphs = glyphs,
                      .count = 2};
    int figure;

    page->elements[page_open(page, TAG_TD)].columns = 2;
    page_add(page, ITEM_RUN, (struct origin){"layouts/a.ini", 12, STR("/data/x")})->as.run =
        run;
    page_close(page);
    figure = page_open(page, TAG_FIGURE);
    page->elements[figure].alt = STR("核验码");
    page->elements[figure].series = 7;
    page_add(page, ITEM_MATRIX, NOWHERE)->as.matrix =
        (struct matrix){{1000, 2000, 30000, 40000}, 1, 1, dark, STR("qr"), STR("a b")};
    page_close(page);
    page_artifact(page, ITEM_RULE, NOWHERE)->as.rule =
        (struct rule){0, -500, 1, 2, 500, DASH_SOLID};
    page_artifact(page, ITEM_BOX, NOWHERE)->as.box = (struct rect){1, 20, 300, 4000};
    struct item *mark = page_artifact(page, ITEM_OUTLINE, NOWHERE);
    run.reordered = true;
    mark->as.outline = (struct outline){run, 45};
    mark->rgb = 0xE0E0E0;
    assert_string_equal(
        dumped(desk),
        "page 595.276 841.890\n"
        "element 2 TD in 1 span 2x1\n"
        "element 3 Figure in 1 series 7 alt \"核验码\"\n"
        "run at 72.000 100.001 wide 21.001 size 10.500 face 3 \"国\\\"\\n\" in TD.2 "
        "from layouts/a.ini:12 /data/x\n"
        "matrix at 1.000 2.000 size 30.000 40.000 qr 1x1 \"a b\" in Figure.3\n"
        "rule from 0.000 -0.500 to 0.001 0.002 thick 0.500 in -\n"
        "box at 0.001 0.020 size 0.300 4.000 in -\n"
        "outline at 72.000 100.001 wide 21.001 size 10.500 face 3 reordered \"国\\\"\\n\" "
        "turned 45 rgb e0e0e0 in -\n");
}

static void every_tag_has_a_name(void **state)
{
    (void)state;
    for (int tag = TAG_ARTIFACT; tag <= TAG_FIGURE; tag++)
        assert_non_null(tag_name((enum tag)tag));
    assert_string_equal(tag_name(TAG_THEAD), "THead");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_new_page_has_the_artifact_and_the_document, open_desk,
                                        close_desk),
        cmocka_unit_test_setup_teardown(an_item_belongs_to_the_open_element, open_desk,
                                        close_desk),
        cmocka_unit_test_setup_teardown(an_artifact_belongs_to_no_element_that_is_read,
                                        open_desk, close_desk),
        cmocka_unit_test_setup_teardown(parents_stand_before_their_children, open_desk,
                                        close_desk),
        cmocka_unit_test_setup_teardown(a_new_cell_spans_one_column_and_one_row, open_desk,
                                        close_desk),
        cmocka_unit_test_setup_teardown(items_and_elements_survive_growing, open_desk,
                                        close_desk),
        cmocka_unit_test_setup_teardown(every_kind_of_item_has_its_line_in_the_dump, open_desk,
                                        close_desk),
        cmocka_unit_test_setup_teardown(every_tag_has_a_name, open_desk, close_desk),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
