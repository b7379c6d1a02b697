/* test_cff.c: the subset writer against FreeType: every glyph of every CFF face has the outline
 * and the width that it had. DANZHENG_CFF_STEP=n looks at every n-th glyph only (under the
 * sanitizers all of them take minutes). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <ft2build.h>
#include FT_FREETYPE_H

#include "font/cff.h"

#ifdef __SANITIZE_ADDRESS__
enum { STEP = 97 };
#else
enum { STEP = 1 };
#endif
enum { AT_ONCE = 2048 };

struct room {
    struct arena *arena, *scratch;
    struct fonts *fonts;
    FT_Library library;
};

static int room_open(void **state)
{
    struct room *room = calloc(1, sizeof *room);
    struct err err;

    room->arena = arena_new((size_t)1 << 30, NULL, NULL);
    room->scratch = arena_new((size_t)1 << 30, NULL, NULL);
    err_init(&err, room->arena);
    *state = room;
    return FT_Init_FreeType(&room->library) == 0 &&
                   fonts_open(room->arena, getenv("DANZHENG_HOME"), &room->fonts, &err)
               ? 0
               : -1;
}

static int room_close(void **state)
{
    struct room *room = *state;

    fonts_close(room->fonts);
    FT_Done_FreeType(room->library);
    arena_free(room->scratch);
    arena_free(room->arena);
    free(room);
    return 0;
}

static void assert_same(FT_Face a, FT_UInt glyph_a, FT_Face b, FT_UInt glyph_b)
{
    const FT_Outline *one, *other;
    bool same;

    assert_int_equal(FT_Load_Glyph(a, glyph_a, FT_LOAD_NO_SCALE), 0);
    assert_int_equal(FT_Load_Glyph(b, glyph_b, FT_LOAD_NO_SCALE), 0);
    one = &a->glyph->outline;
    other = &b->glyph->outline;
    same = a->glyph->advance.x == b->glyph->advance.x && one->n_points == other->n_points &&
           one->n_contours == other->n_contours;
    same = same &&
           (one->n_points == 0 || (memcmp(one->points, other->points,
                                          (size_t)one->n_points * sizeof *one->points) == 0 &&
                                   memcmp(one->tags, other->tags, (size_t)one->n_points) == 0));
    if (!same)
        print_error("glyph %u differs\n", glyph_b);
    assert_true(same);
}

static void compare(struct room *room, int face, FT_Face whole, const uint32_t *glyphs,
                    size_t count)
{
    struct font_program program;
    uint16_t cids[AT_ONCE];
    struct err err;
    FT_Face subset;

    err_init(&err, room->scratch);
    for (size_t i = 0; i < count; i++)
        cids[i] = (uint16_t)(0x4E00 + 3 * i);
    assert_true(
        font_subset(room->fonts, room->scratch, face, glyphs, cids, count, &program, &err));
    assert_int_equal(FT_New_Memory_Face(room->library, (const FT_Byte *)program.bytes.p,
                                        (FT_Long)program.bytes.n, 0, &subset),
                     0);
    for (size_t i = 0; i < count; i++)
        assert_same(subset, cids[i], whole, glyphs[i]);
    FT_Done_Face(subset);
    arena_reset(room->scratch);
}

static void every_glyph_keeps_its_outline_and_its_width(void **state)
{
    struct room *room = *state;
    const char *asked = getenv("DANZHENG_CFF_STEP");
    uint32_t glyphs[AT_ONCE];
    long step = STEP, faces = 0, compared = 0;

    if (asked)
        str_number(str_from(asked), &step);
    for (int f = 0; f < fonts_faces(room->fonts); f++) {
        const struct face_info *info = fonts_face(room->fonts, f);
        struct font_facts facts;
        FT_Face whole;
        size_t count = 0;

        font_facts(room->fonts, f, &facts);
        if (!facts.cff)
            continue;
        faces++;
        assert_int_equal(FT_New_Face(room->library, info->file.p, info->index, &whole), 0);
        for (long g = 1; g < whole->num_glyphs; g += step, compared++) {
            glyphs[count++] = (uint32_t)g;
            if (count == AT_ONCE || g + step >= whole->num_glyphs) {
                compare(room, f, whole, glyphs, count);
                count = 0;
            }
        }
        FT_Done_Face(whole);
    }
    assert_int_equal(faces, 4);
    assert_true(compared >= 4 * 65000 / step);
}

static void a_damaged_table_is_refused(void **state)
{
    struct room *room = *state;
    int face = 0;
    const uint32_t glyphs[] = {100, 200, 300, 5000, 40000};
    const uint16_t cids[] = {1, 2, 3, 4, 5};
    struct font_program program;
    struct err err;
    struct cff *cff;
    char *bytes;

    err_init(&err, room->scratch);
    assert_true(font_subset(room->fonts, room->scratch, face, glyphs, cids, COUNT(glyphs),
                            &program, &err));
    cff = cff_open(room->scratch, program.bytes, COUNT(glyphs) + 1);
    assert_non_null(cff);
    assert_null(cff_open(room->scratch, program.bytes, COUNT(glyphs)));
    for (size_t n = 0; n < program.bytes.n; n += 7)
        (void)cff_open(room->scratch, (struct str){program.bytes.p, n}, COUNT(glyphs) + 1);
    bytes = arena_text(room->scratch, program.bytes.p, program.bytes.n);
    for (size_t i = 0; i < program.bytes.n; i++) {
        char was = bytes[i];

        bytes[i] = (char)(was ^ 0x55);
        cff = cff_open(room->scratch, (struct str){bytes, program.bytes.n}, COUNT(glyphs) + 1);
        for (unsigned g = 0; cff && g <= COUNT(glyphs); g++)
            (void)cff_flatten(room->scratch, cff, g);
        bytes[i] = was;
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_glyph_keeps_its_outline_and_its_width),
        cmocka_unit_test(a_damaged_table_is_refused),
    };

    return cmocka_run_group_tests(tests, room_open, room_close);
}
