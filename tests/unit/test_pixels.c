/* test_pixels.c: papers look the same, dot by dot, in poppler and MuPDF, whether their CFF
 * programs come from our own writer or, with hints and subroutines, from hb-subset. The
 * Makefile links this test so that __wrap_font_subset stands in front of font_subset. */
#include "print/print.h"

#include "deliver/deliver.h"

#include "spawn.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <hb-ot.h>
#include <hb-subset.h>

enum { MEMORY = 1 << 29, PDF_MOST = 1 << 26 };
enum { TOP_DICT_MOST = 200, LONG_INTEGER = 29, OP_CHARSET = 15 }; /* of CFF */
enum { ADDED_FIRST = 0xF000, ADDED_LAST = 1000 }; /* CIDs; glyphs of a program */

static bool by_harfbuzz;          /* instead of by our own writer */
static uint64_t made_by_harfbuzz; /* faces, as bits */

bool __real_font_subset(struct fonts *, struct arena *, int face, const uint32_t *glyphs,
                        const uint16_t *cids, size_t count, struct font_program *out,
                        struct err *);
bool __wrap_font_subset(struct fonts *, struct arena *, int face, const uint32_t *glyphs,
                        const uint16_t *cids, size_t count, struct font_program *out,
                        struct err *);

/* The table "CFF ", whose charset keeps the face's CIDs, and where each glyph went. */
static struct str harfbuzz_table(struct arena *arena, const struct face_info *info,
                                 const uint32_t *glyphs, size_t count, size_t *places)
{
    hb_blob_t *file = hb_blob_create_from_file_or_fail(info->file.p), *table;
    hb_face_t *face = hb_face_create(file, (unsigned)info->index), *subset;
    hb_subset_input_t *input = hb_subset_input_create_or_fail();
    hb_subset_plan_t *plan;
    struct str program;
    unsigned n;

    for (size_t i = 0; i < count; i++)
        hb_set_add(hb_subset_input_glyph_set(input), glyphs[i]);
    hb_set_add(hb_subset_input_glyph_set(input), 0);
    hb_subset_input_set_flags(input, HB_SUBSET_FLAGS_NOTDEF_OUTLINE);
    plan = hb_subset_plan_create_or_fail(face, input);
    subset = hb_subset_plan_execute_or_fail(plan);
    for (size_t i = 0; i < count; i++)
        places[i] = hb_map_get(hb_subset_plan_old_to_new_glyph_mapping(plan), glyphs[i]);
    table = hb_face_reference_table(subset, HB_TAG('C', 'F', 'F', ' '));
    program.p = hb_blob_get_data(table, &n);
    program.n = n;
    program = str_copy(arena, program);
    hb_blob_destroy(table);
    hb_face_destroy(subset);
    hb_subset_plan_destroy(plan);
    hb_subset_input_destroy(input);
    hb_face_destroy(face);
    hb_blob_destroy(file);
    return program;
}

/* The same with another charset behind it, to which its Top DICT points: these CIDs, and others
 * for what HarfBuzz adds of its own accord. */
static struct str harfbuzz_program(struct arena *arena, const struct face_info *info,
                                   const uint32_t *glyphs, const uint16_t *cids, size_t count)
{
    size_t *places = NEW_ARRAY(arena, count, size_t), operands = 0, n;
    struct str table = harfbuzz_table(arena, info, glyphs, count, places);
    unsigned char *bytes = arena_alloc(arena, table.n + 1 + 2 * ADDED_LAST);

    memcpy(bytes, table.p, table.n);
    n = table.n + 1;
    for (size_t place = 1; place <= ADDED_LAST; place++, n += 2) {
        size_t i = 0, cid;

        while (i < count && places[i] != place)
            i++;
        cid = i < count ? cids[i] : ADDED_FIRST + place;
        bytes[n] = (unsigned char)(cid >> 8);
        bytes[n + 1] = (unsigned char)cid;
    }
    for (size_t i = 0; i < TOP_DICT_MOST; i++) {
        if (bytes[i] != LONG_INTEGER || bytes[i + 5] != OP_CHARSET)
            continue;
        for (size_t k = 0; k < 4; k++)
            bytes[i + 1 + k] = (unsigned char)(table.n >> (24 - 8 * k));
        operands++;
    }
    assert_int_equal(operands, 1);
    return (struct str){(const char *)bytes, n};
}

/* No outlines are declared: the program is written byte by byte. */
bool __wrap_font_subset(struct fonts *fonts, struct arena *arena, int face,
                        const uint32_t *glyphs, const uint16_t *cids, size_t count,
                        struct font_program *out, struct err *err)
{
    struct font_facts facts;

    font_facts(fonts, face, &facts);
    if (!by_harfbuzz || !facts.cff)
        return __real_font_subset(fonts, arena, face, glyphs, cids, count, out, err);
    *out = (struct font_program){
        .bytes = harfbuzz_program(arena, fonts_face(fonts, face), glyphs, cids, count)};
    out->outlines = out->bytes.n;
    made_by_harfbuzz |= (uint64_t)1 << face;
    return out->bytes.n > 0;
}

struct room {
    struct arena *arena;
    struct service service;
    struct err err;
    char folder[SCRATCH_ROOM];
};

static int room_open(void **state)
{
    struct room *room = calloc(1, sizeof *room);

    if (!room || !scratch_make(room->folder))
        return -1;
    room->arena = arena_new(MEMORY, NULL, NULL);
    err_init(&room->err, room->arena);
    *state = room;
    return service_open(room->arena, getenv("DANZHENG_HOME"), &room->service, &room->err) ? 0
                                                                                          : -1;
}

static int room_close(void **state)
{
    struct room *room = *state;

    scratch_remove(room->folder);
    service_close(&room->service);
    arena_free(room->arena);
    free(room);
    return 0;
}

static const char *in_folder(struct room *room, const char *name)
{
    return scratch_path(room->arena, room->folder, name);
}

static struct str render(struct room *room, const char *sample, const char *output,
                         const char *path, struct print_answer *answer)
{
    struct print_request request = {.output = str_from(output)};
    struct str json, bytes;
    struct buf pdf;

    buf_init(&pdf, PDF_MOST);
    assert_true(deliver_read(
        room->arena,
        arena_printf(room->arena, "%s/tests/records/%s.json", getenv("DANZHENG_HOME"), sample),
        RECORD_BYTES_MOST, &json, &room->err));
    assert_true(record_parse(room->arena, room->service.kinds, sample, json, &request.record,
                             &room->err));
    assert_true(print_one(&room->service, room->arena, &request, answer, &pdf, &room->err));
    assert_true(scratch_write(path, buf_view(&pdf)));
    bytes = str_copy(room->arena, buf_view(&pdf));
    buf_release(&pdf);
    return bytes;
}

static struct str picture(struct room *room, const char *const argv[], const char *path)
{
    struct str bytes;
    struct buf said;

    buf_init(&said, SPAWN_OUTPUT_MOST);
    if (spawn_run(argv, &said, true) != 0)
        fail_msg("%s: %.*s", argv[0], STR_ARG(buf_view(&said)));
    buf_release(&said);
    assert_true(deliver_read(room->arena, path, SPAWN_OUTPUT_MOST, &bytes, &room->err));
    return bytes;
}

static struct str by_poppler(struct room *room, const char *pdf, const char *page)
{
    const char *const argv[] = {"pdftoppm",
                                "-r",
                                "300",
                                "-gray",
                                "-f",
                                page,
                                "-l",
                                page,
                                "-singlefile",
                                pdf,
                                in_folder(room, "page"),
                                NULL};

    return picture(room, argv, in_folder(room, "page.pgm"));
}

static struct str by_mupdf(struct room *room, const char *pdf, const char *page)
{
    const char *path = in_folder(room, "mupdf.pgm");
    const char *const argv[] = {"mutool", "draw", "-q", "-r", "300", "-c",
                                "gray",   "-o",   path, pdf,  page,  NULL};

    return picture(room, argv, path);
}

static size_t dark_dots(struct str pixels)
{
    size_t count = 0;

    for (size_t i = 64; i < pixels.n; i++)
        count += (unsigned char)pixels.p[i] < 64;
    return count;
}

static void assert_same_pictures(struct str one, struct str other, const char *what)
{
    size_t differ = 0;

    assert_int_equal(one.n, other.n);
    for (size_t i = 0; i < one.n; i++)
        differ += one.p[i] != other.p[i];
    if (differ > 0)
        fail_msg("%s: %zu dots differ", what, differ);
    assert_true(dark_dots(one) > 20000);
}

static void compare(struct room *room, const char *sample, const char *output)
{
    const char *ours = in_folder(room, "ours.pdf"), *theirs = in_folder(room, "theirs.pdf");
    struct print_answer answer;
    struct str one, other;
    uint64_t faces = 0;

    by_harfbuzz = false;
    one = render(room, sample, output, ours, &answer);
    by_harfbuzz = true;
    made_by_harfbuzz = 0;
    other = render(room, sample, output, theirs, &answer);
    for (int i = 0; i < 3; i++)
        faces |= (uint64_t)1 << i; /* Serif, Serif Bold, Sans: the first of fonts.ini */
    assert_true((made_by_harfbuzz & faces) == faces);
    assert_false(str_eq(one, other));
    assert_false(str_eq(one, other));
    for (size_t i = 1; i <= answer.pages; i++) {
        const char *page = arena_printf(room->arena, "%zu", i);

        assert_same_pictures(by_poppler(room, ours, page), by_poppler(room, theirs, page),
                             arena_printf(room->arena, "poppler: %s, page %s", output, page));
        assert_same_pictures(by_mupdf(room, ours, page), by_mupdf(room, theirs, page),
                             arena_printf(room->arena, "mupdf: %s, page %s", output, page));
    }
}

static void a_form_looks_as_hb_subset_would_have_it(void **state)
{
    compare(*state, "exhibition_filing-approved", "filing_application");
}

static void a_certificate_looks_as_hb_subset_would_have_it(void **state)
{
    compare(*state, "disc_import-filed", "import_certificate");
}

static void a_list_looks_as_hb_subset_would_have_it(void **state)
{
    compare(*state, "loaned_exhibits-approved", "loan_list");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, room_open, room_close)
    const struct CMUnitTest tests[] = {
        TEST(a_form_looks_as_hb_subset_would_have_it),
        TEST(a_certificate_looks_as_hb_subset_would_have_it),
        TEST(a_list_looks_as_hb_subset_would_have_it),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
