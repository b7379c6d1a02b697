/* test_typeset_sheet.c: boxes to tick, lines to write on, seals, binding edge, copies, the
 * watermark's size. */
#include "forms.h"

#include <png.h>

/* ---- boxes, lines */

static void a_box_is_ticked_for_the_value_it_stands_for(void **state)
{
    struct world *world = *state;
    struct page page =
        first_page(world,
                   "flow = a\n[text a]\ntext =\n    {check master_customs 0110}甲\n"
                   "    {check master_customs 平谷海关}乙\n    {check host_name 国}丙\n"
                   "    {check host_name 国国}丁\n",
                   filled(world, "host_name", 2));
    struct str text = page_text(world, &page);

    assert_int_equal(count_of(text, "☑甲"), 1);
    assert_int_equal(count_of(text, "☑乙"), 1);
    assert_int_equal(count_of(text, "☐丙"), 1);
    assert_int_equal(count_of(text, "☑丁"), 1);
}

static void neighbours_share_one_rule(void **state)
{
    struct world *world = *state;
    struct page page =
        first_page(world,
                   "flow = a b c\n[grid a]\ncolumns = 40mm *\nrows =\n    x | y\n"
                   "[table b]\nrows = exhibitors\ncolumns =\n    名 | * | left | {name}\n"
                   "[grid c]\nborder = columns\ncolumns = * *\nrows =\n    z | z\n",
                   "\"exhibitors\":[{\"name\":\"甲\"},{\"name\":\"乙\"}]");
    struct rule rules[64] = {0};
    size_t count = rules_of(&page, DASH_SOLID, rules);

    assert_true(count > 8);
    for (size_t i = 0; i < count; i++) {
        for (size_t k = i + 1; k < count; k++) {
            if (rules[i].y1 != rules[i].y2 || rules[k].y1 != rules[k].y2 ||
                rules[i].y1 != rules[k].y1)
                continue;
            assert_true(rules[i].x2 < rules[k].x1 || rules[k].x2 < rules[i].x1);
        }
    }
}

static void a_line_to_write_on_is_the_lower_edge_of_its_cell(void **state)
{
    struct world *world = *state;
    struct page page =
        first_page(world,
                   "flow = a b\n[grid a]\nborder = none\ncolumns = 30mm 50mm *\nrow = 9mm\n"
                   "rows =\n    签字 | @hand | x\n[cell hand]\nrule = dotted\n"
                   "[grid b]\nrule = dashed\nborder = box\nrows =\n    粘贴处\n",
                   "\"remarks\":\"x\"");
    struct rule rules[64] = {0};

    assert_int_equal(rules_of(&page, DASH_SOLID, rules), 0);
    assert_int_equal(rules_of(&page, DASH_DOTS, rules), 1);
    assert_int_equal(rules[0].x1, MM(20) + MM(30));
    assert_int_equal(rules[0].x2, MM(20) + MM(30) + MM(50));
    assert_int_equal(rules[0].y1, MM(20) + MM(9));
    assert_int_equal(rules[0].y2, rules[0].y1);
    assert_int_equal(rules_of(&page, DASH_DASHES, rules), 4);
}

/* ---- seals */

static void seal_write(struct world *world, int side)
{
    unsigned char *pixels = arena_alloc(world->arena, (size_t)(side * side) * 3);
    png_image png = {.version = PNG_IMAGE_VERSION};

    png.width = png.height = (png_uint_32)side;
    png.format = PNG_FORMAT_RGB;
    memset(pixels, 120, (size_t)(side * side) * 3);
    pixels[0] = 255;
    assert_true(
        png_image_write_to_file(&png, inside(world, "layouts/seal.png"), 0, pixels, 0, NULL));
}

#define SEAL                                                                                   \
    "flow = a b\n[text a]\ntext = 上文\n[grid b]\ncolumns = * 60mm\nrow = 30mm\nborder = "   \
    "none\n"                                                                                   \
    "rows =\n    x | @place 印章\n[seal s]\nsize = 10mm\n"

/* The first image; of another type when there is none. */
static struct item image_on(const struct page *page)
{
    struct item none = {.type = ITEM_RUN};

    for (size_t i = 0; i < page->count; i++) {
        if (page->items[i].type == ITEM_IMAGE)
            return page->items[i];
    }
    return none;
}

static int run_element(const struct page *page, const char *text)
{
    for (size_t i = 0; i < page->count; i++) {
        if (page->items[i].type == ITEM_RUN && str_is(page->items[i].as.run.text, text))
            return page->items[i].element;
    }
    return 0;
}

static void a_seal_stands_in_the_middle_of_its_cell_below_the_text(void **state)
{
    struct world *world = *state;
    struct page page;
    struct item image;

    seal_write(world, 236);
    page = first_page(world, SEAL "at = cell place\nimage = seal.png\n", "\"remarks\":\"x\"");
    image = image_on(&page);
    assert_int_equal(page.items[0].type, ITEM_IMAGE);
    assert_int_equal(image.type, ITEM_IMAGE);
    assert_int_equal(page.elements[image.element].tag, TAG_FIGURE);
    assert_true(page.elements[image.element].alt.n > 0);
    /* drawn first, read behind the text */
    assert_true(image.element > run_element(&page, "印章"));
    assert_int_equal(image.as.picture.at.w, MM(10));
    assert_true(abs(image.as.picture.at.x - (MM(190) - MM(35))) <= 2);
    assert_true(abs(image.as.picture.at.y - (MM(20) + PT(14.5) + MM(10))) <= 2);
    /* another status, no image: the place stays, and nothing else moves */
    page = first_page(world, SEAL "at = cell place\nimage = seal.png\nwhen = draft\n",
                      "\"remarks\":\"x\"");
    assert_int_equal(image_on(&page).type, ITEM_RUN);
    page = first_page(world, SEAL "at = cell place\n", "\"remarks\":\"x\"");
    assert_int_equal(image_on(&page).type, ITEM_RUN);
    assert_true(abs(run_saying(&page, "印章")->y - (MM(20) + PT(14.5) + MM(15))) < PT(8));
}

static void a_seal_at_a_corner_stands_on_the_last_page_before_annexes(void **state)
{
    struct world *world = *state;
    struct typeset *typeset;

    seal_write(world, 236);
    typeset = plan(world,
                   layout_of(world, ANNEX "[seal s]\nsize = 10mm\nat = bottom-left 20mm 50mm\n"
                                          "image = seal.png\n"),
                   segments(world, "remarks", 60), 0);
    assert_int_equal(typeset_pages(typeset), 2);
    for (size_t i = 0; i < 2; i++) {
        struct page page = page_of(world, typeset, i);

        assert_true((image_on(&page).type == ITEM_IMAGE) == (i == 0));
        if (i == 0)
            assert_true(abs(image_on(&page).as.picture.at.y - (MM(297) - MM(60))) <= 1);
    }
}

static void another_image_gives_the_layout_another_digest(void **state)
{
    struct world *world = *state;
    struct str digests[3];

    for (size_t i = 0; i < COUNT(digests); i++) {
        seal_write(world, i == 2 ? 237 : 236);
        digests[i] = layout_of(world, SEAL "at = cell place\nimage = seal.png\n")->digest;
    }
    assert_true(str_eq(digests[0], digests[1]));
    assert_false(str_eq(digests[0], digests[2]));
}

static void a_coarse_or_distorted_image_is_refused(void **state)
{
    static const char *const sizes[] = {"10.1mm", "10mm 9mm"};
    struct world *world = *state;
    const struct kind *kind = kinds_find(world->kinds, STR("exhibition_filing"));

    seal_write(world, 236);
    for (size_t i = 0; i < COUNT(sizes); i++) {
        const struct layout *layout = NULL;
        FILE *out = fopen(inside(world, file), "w");
        struct err err;

        fprintf(out,
                "%sflow = a\n[text a]\ntext = x\n[seal s]\nshape = oblong\nsize = %s\n"
                "at = top-left 20mm 20mm\nimage = seal.png\n",
                head, sizes[i]);
        fclose(out);
        err_init(&err, world->arena);
        assert_false(layout_load(world->arena, world->temp, file, kind,
                                 kind_output(kind, STR("filing_application")), &layout, &err));
        assert_int_equal(err.faults, 1);
        assert_int_equal(err.first->code, LAYOUT_GEOMETRY);
        assert_non_null(strstr(err.first->en.p, i ? "distorted" : "600 dpi"));
    }
}

/* ---- the sheet */

static void the_binding_edge_changes_sides_on_the_back(void **state)
{
    struct world *world = *state;
    struct typeset *typeset =
        plan(world, layout_of(world, ANNEX "[page]\nbinding = 10mm left\nduplex = yes\n"),
             segments(world, "remarks", 190), 0);
    mpt left[2], code[2];

    for (size_t i = 0; i < 2; i++) {
        struct page page = page_of(world, typeset, i);

        left[i] = code[i] = MPT_MAX;
        for (size_t k = 0; k < page.count; k++) {
            const struct item *item = &page.items[k];

            if (item->type == ITEM_MATRIX)
                code[i] = item->as.matrix.at.x;
            if (item->type == ITEM_RUN && item->as.run.y < MM(250))
                left[i] = mpt_min(left[i], item->as.run.x);
        }
    }
    assert_int_equal(code[0] - code[1], MM(10));
    assert_true(left[0] >= MM(30));
    assert_true(left[1] >= MM(20) - 2 && left[1] < MM(30));
}

static void a_copy_is_named_only_when_it_is_asked_for(void **state)
{
    struct world *world = *state;
    const struct layout *layout =
        layout_of(world, "flow = a\n[text a]\ntext = x\n[header]\nmiddle = {copy?}\n[copies]\n"
                         "1 = 第一联 海关留存\n2 = 第二联 申请人留存\n");
    const char *members = "\"remarks\":\"x\"";
    struct page page = page_of(world, plan(world, layout, members, 0), 0);

    assert_int_equal(count_of(page_text(world, &page), "联"), 0);
    page = page_of(world, plan(world, layout, members, 2), 0);
    assert_int_equal(count_of(page_text(world, &page), "第二联"), 1);
    assert_int_equal(count_of(page_text(world, &page), "第一联"), 0);
    assert_null(plan(world, layout, members, 3));
    assert_null(plan(world, layout, members, -1));
}

static void the_watermark_fills_the_page_and_stays_on_it(void **state)
{
    static const int angles[] = {0, 30, 45, 60, 90};
    struct world *world = *state;

    for (size_t i = 0; i < COUNT(angles); i++) {
        const char *text = arena_printf(
            world->arena, "flow = a\n[text a]\ntext = x\n[watermark]\nangle = %d\n", angles[i]);
        struct page page = first_page(world, text, "\"remarks\":\"x\"");
        struct outline mark = {0};
        double turn = angles[i] * 3.14159265358979323846 / 180, wide, x;

        for (size_t k = 0; k < page.count; k++) {
            if (page.items[k].type == ITEM_OUTLINE)
                mark = page.items[k].as.outline;
        }
        assert_true(mark.run.count > 0);
        wide = run_width(&mark.run);
        x = mark.run.x + wide * cos(turn);
        assert_true(mark.run.x >= 0 && x <= page.width);
        assert_true(mark.run.y <= page.height && mark.run.y - wide * sin(turn) >= 0);
        assert_true(wide >= 0.48 * page.width);
        if (angles[i] >= 45)
            assert_true(wide > 0.56 * hypot(page.width, page.height) &&
                        wide <= 0.6 * hypot(page.width, page.height));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_box_is_ticked_for_the_value_it_stands_for),
        cmocka_unit_test(neighbours_share_one_rule),
        cmocka_unit_test(a_line_to_write_on_is_the_lower_edge_of_its_cell),
        cmocka_unit_test(a_seal_stands_in_the_middle_of_its_cell_below_the_text),
        cmocka_unit_test(a_seal_at_a_corner_stands_on_the_last_page_before_annexes),
        cmocka_unit_test(another_image_gives_the_layout_another_digest),
        cmocka_unit_test(a_coarse_or_distorted_image_is_refused),
        cmocka_unit_test(the_binding_edge_changes_sides_on_the_back),
        cmocka_unit_test(a_copy_is_named_only_when_it_is_asked_for),
        cmocka_unit_test(the_watermark_fills_the_page_and_stays_on_it),
    };

    return cmocka_run_group_tests(tests, world_open, world_close);
}
