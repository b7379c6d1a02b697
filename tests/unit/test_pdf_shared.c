/* test_pdf_shared.c: what pages and documents have in common is drawn once, and what differs in
 * anything is not: outlines kept from one document to the next, forms and stencils of one. */
#include "pdf/pdf.h"

#include "spawn.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

struct room {
    struct arena *arena;
    struct fonts *fonts;
    struct pdf_tools *tools;
    char folder[SCRATCH_ROOM];
    struct err err;
};

static int room_open(void **state)
{
    struct room *room = calloc(1, sizeof *room);

    if (!room || !scratch_make(room->folder))
        return -1;
    room->arena = arena_new(512 << 20, NULL, NULL);
    room->tools = pdf_tools_open(room->arena);
    err_init(&room->err, room->arena);
    *state = room;
    return room->tools &&
                   fonts_open(room->arena, getenv("DANZHENG_HOME"), &room->fonts, &room->err)
               ? 0
               : -1;
}

static int room_close(void **state)
{
    struct room *room = *state;

    scratch_remove(room->folder);
    pdf_tools_close(room->tools);
    fonts_close(room->fonts);
    arena_free(room->arena);
    free(room);
    return 0;
}

static struct str make(struct room *room, struct pdf_tools *tools, struct page *const *pages,
                       size_t count)
{
    const struct pdf_info info = {.pages = count,
                                  .title = STR("t"),
                                  .subject = STR("s"),
                                  .created = STR("2024-05-06T07:08:09+08:00")};
    struct str bytes;
    struct pdf *pdf;
    struct buf out;

    buf_init(&out, 16 << 20);
    pdf = pdf_open(room->arena, tools, room->fonts, &info, &out);
    for (size_t i = 0; i < count; i++)
        pdf_page(pdf, pages[i]);
    assert_true(pdf_close(pdf, NULL, &room->err));
    bytes = str_copy(room->arena, buf_view(&out));
    buf_release(&out);
    return bytes;
}

static struct page *new_page(struct room *room, mpt width, mpt height)
{
    struct page *page = NEW(room->arena, struct page);

    page_init(page, room->arena, width, height);
    return page;
}

/* How often the file, every stream readable, says this. */
static size_t count_of(struct room *room, struct str pdf, const char *what)
{
    const char *path = scratch_path(room->arena, room->folder, "page.pdf");
    const char *const argv[] = {"qpdf", "--qdf", "--object-streams=disable", path, "-", NULL};
    size_t count = 0, n = strlen(what);
    struct buf out;

    assert_true(scratch_write(path, pdf));
    buf_init(&out, SPAWN_OUTPUT_MOST);
    assert_int_equal(spawn_run(argv, &out, false), 0);
    for (size_t i = 0; i + n <= out.n; i++)
        count += memcmp(out.p + i, what, n) == 0;
    buf_release(&out);
    return count;
}

/* ---- outlines */

static struct outline outline_of(struct room *room, int face, const char *text)
{
    struct outline outline = {.angle = 45};
    struct run *run = &outline.run;
    struct font_shape shape;

    *run = (struct run){.face = face, .size = PT(60), .x = MM(60), .y = MM(200)};
    run->text = str_from(text);
    font_shape(room->fonts, room->arena, face, run->size, run->text, "Hani", false, "zh-CN",
               &shape);
    run->glyphs = shape.glyphs;
    run->count = shape.count;
    return outline;
}

static struct page *page_with(struct room *room, const struct outline *outline, mpt width,
                              mpt height)
{
    struct page *page = new_page(room, width, height);
    struct item *item = page_artifact(page, ITEM_OUTLINE, (struct origin){"test", 1, STR("")});

    item->as.outline = *outline;
    return page;
}

enum { OUTLINES = 9 };

/* The first, and others that differ from it in one thing each. */
static void make_outlines(struct room *room, struct outline outlines[OUTLINES])
{
    struct glyph *glyphs;

    for (size_t i = 0; i < OUTLINES; i++)
        outlines[i] = outline_of(room, 0, i == 1 ? "仅供测试" : "仅供核对");
    outlines[2].angle = 44;
    outlines[3].run.x += 1;
    outlines[4].run.y += 1;
    outlines[5].run.size += 1;
    outlines[6].run.face = 1;
    outlines[7].run.count--;
    glyphs = NEW_ARRAY(room->arena, outlines[8].run.count, struct glyph);
    memcpy(glyphs, outlines[8].run.glyphs, outlines[8].run.count * sizeof *glyphs);
    glyphs[1].advance += 100;
    outlines[8].run.glyphs = glyphs;
}

static void an_outline_is_its_own_whatever_was_drawn_last(void **state)
{
    struct room *room = *state;
    struct outline outlines[OUTLINES];
    struct page *pages[OUTLINES + 1];
    struct str first[OUTLINES + 1];

    make_outlines(room, outlines);
    for (size_t i = 0; i < OUTLINES; i++)
        pages[i] = page_with(room, &outlines[i], MM(210), MM(297));
    pages[OUTLINES] = page_with(room, &outlines[0], MM(210), MM(298));
    for (size_t i = 0; i < COUNT(pages); i++) {
        struct pdf_tools *fresh = pdf_tools_open(room->arena);

        first[i] = make(room, fresh, &pages[i], 1);
        pdf_tools_close(fresh);
        assert_true(i == 0 || !str_eq(first[i], first[0]));
    }
    for (size_t i = 0; i < 4 * COUNT(pages); i++) {
        size_t k = i & 1 ? i / 2 % COUNT(pages) : 0;

        assert_true(str_eq(make(room, room->tools, &pages[k], 1), first[k]));
    }
}

static void an_outline_stands_once_in_a_file(void **state)
{
    struct room *room = *state;
    struct outline outlines[OUTLINES];
    struct page *pages[2 * OUTLINES];
    struct str pdf;

    make_outlines(room, outlines);
    for (size_t i = 0; i < COUNT(pages); i++)
        pages[i] = page_with(room, &outlines[i % OUTLINES], MM(210), MM(297));
    pdf = make(room, room->tools, pages, COUNT(pages));
    assert_int_equal(count_of(room, pdf, "/Subtype /Form"), OUTLINES);
    assert_int_equal(count_of(room, pdf, " Do\n"), 2 * OUTLINES);
}

/* A form is cut off at the edges of its page. */
static void an_outline_on_a_page_of_another_size_is_another_form(void **state)
{
    struct room *room = *state;
    struct outline outline = outline_of(room, 0, "仅供核对");
    struct page *pages[] = {page_with(room, &outline, MM(210), MM(297)),
                            page_with(room, &outline, MM(420), MM(297))};
    struct str pdf = make(room, room->tools, pages, COUNT(pages));

    assert_int_equal(count_of(room, pdf, "/Subtype /Form"), 2);
    assert_int_equal(count_of(room, pdf, "1190.551"), 2); /* the sheet and its form */
}

/* ---- stencils */

static void add_matrix(struct page *page, int columns, int rows, const uint8_t *modules)
{
    struct item *item = page_add(page, ITEM_MATRIX, (struct origin){"test", 1, STR("")});

    item->as.matrix = (struct matrix){
        {MM(20), MM(20), MM(20), MM(20)}, columns, rows, modules, STR("qr"), STR("")};
}

static void a_code_stands_once_in_a_file_and_others_beside_it(void **state)
{
    static const uint8_t one[64] = {1, 0, 1}, same[64] = {1, 0, 1}, other[64] = {1, 1, 0};
    struct room *room = *state;
    struct page *page = new_page(room, MM(210), MM(297));
    struct str pdf;

    add_matrix(page, 8, 8, one);
    add_matrix(page, 8, 8, other);
    add_matrix(page, 8, 8, same);
    add_matrix(page, 8, 8, one);
    pdf = make(room, room->tools, &page, 1);
    assert_int_equal(count_of(room, pdf, "/ImageMask true"), 2);
    assert_int_equal(count_of(room, pdf, " Do Q\n"), 4);
}

/* All dark: the bytes are the same, and so are those of a row that ends before its byte. */
static void codes_of_other_columns_are_others(void **state)
{
    uint8_t dark[3][64];
    struct room *room = *state;
    struct page *page = new_page(room, MM(210), MM(297));
    struct str pdf;

    memset(dark, 1, sizeof dark);
    add_matrix(page, 8, 2, dark[0]);
    add_matrix(page, 16, 1, dark[1]);
    add_matrix(page, 13, 1, dark[2]);
    pdf = make(room, room->tools, &page, 1);
    assert_int_equal(count_of(room, pdf, "/ImageMask true"), 3);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, room_open, room_close)
    const struct CMUnitTest tests[] = {
        TEST(an_outline_is_its_own_whatever_was_drawn_last),
        TEST(an_outline_stands_once_in_a_file),
        TEST(an_outline_on_a_page_of_another_size_is_another_form),
        TEST(a_code_stands_once_in_a_file_and_others_beside_it),
        TEST(codes_of_other_columns_are_others),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
