/* Fonts as fonts.ini declares them: every face opens, characters find their face, shaping gives
 * what HarfBuzz gives, subsets are fonts that FreeType reads. */
#include "base/utf8.h"
#include "font/font.h"

#include "spawn.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <ft2build.h>
#include FT_FREETYPE_H

struct room {
    struct arena *arena; /* of the fonts; `scratch` is emptied after each test */
    struct arena *scratch;
    struct fonts *fonts;
};

static int open_fonts(void **state)
{
    struct room *room = calloc(1, sizeof *room);
    struct err err;

    if (!room)
        return -1;
    room->arena = arena_new(256 << 20, NULL, NULL);
    room->scratch = arena_new(256 << 20, NULL, NULL);
    err_init(&err, room->arena);
    *state = room;
    return fonts_open(room->arena, getenv("DANZHENG_HOME"), &room->fonts, &err) ? 0 : -1;
}

static int close_fonts(void **state)
{
    struct room *room = *state;

    fonts_close(room->fonts);
    arena_free(room->scratch);
    arena_free(room->arena);
    free(room);
    return 0;
}

static int empty_scratch(void **state)
{
    struct room *room = *state;

    arena_reset(room->scratch);
    return 0;
}

static int chain_of(const struct room *room, const char *name)
{
    int chain = fonts_chain(room->fonts, str_from(name));

    assert_true(chain >= 0);
    return chain;
}

static int face_of(const struct room *room, const char *id)
{
    for (int i = 0; i < fonts_faces(room->fonts); i++)
        if (str_is(fonts_face(room->fonts, i)->id, id))
            return i;
    fail_msg("no face %s", id);
    return -1;
}

/* "-": none */
static void assert_picks(const struct room *room, const char *chain, uint32_t code,
                         const char *id)
{
    int face = font_pick(room->fonts, chain_of(room, chain), code, 0);

    if (strcmp(id, "-") == 0)
        assert_int_equal(face, -1);
    else
        assert_string_equal(fonts_face(room->fonts, face)->id.p, id);
}

static struct font_shape shape(struct room *room, const char *face, const char *text,
                               const char *script, bool rtl, const char *language)
{
    struct font_shape out;

    font_shape(room->fonts, room->scratch, face_of(room, face), PT(10), str_from(text), script,
               rtl, language, &out);
    return out;
}

/* ---- fonts.ini */

static void every_declared_face_opens(void **state)
{
    struct room *room = *state;
    struct err err;

    err_init(&err, room->scratch);
    assert_true(fonts_check(room->fonts, &err));
    assert_int_equal(err.faults, 0);
    assert_true(fonts_faces(room->fonts) <= FONTS_FACES_MOST);
}

static void the_five_chains_exist_and_begin_with_their_face(void **state)
{
    static const char *const chains[][2] = {{"song", "noto-serif-sc"},
                                            {"song-bold", "noto-serif-sc-bold"},
                                            {"hei", "noto-sans-sc"},
                                            {"hei-bold", "noto-sans-sc-bold"},
                                            {"kai", "lxgw-wenkai"}};
    const struct room *room = *state;

    for (size_t i = 0; i < COUNT(chains); i++) {
        size_t count;
        const int *faces = fonts_chain_faces(room->fonts, chain_of(room, chains[i][0]), &count);

        assert_true(count > 10);
        assert_string_equal(fonts_face(room->fonts, faces[0])->id.p, chains[i][1]);
    }
    assert_int_equal(fonts_chain(room->fonts, STR("lishu")), -1);
}

/* Opens fonts from an ini text and gives the first fault's code, ERR_NONE when all is well. */
static enum err_code open_ini(struct room *room, const char *ini)
{
    char folder[SCRATCH_ROOM], inner[SCRATCH_ROOM + 8];
    struct fonts *fonts = NULL;
    struct err err;
    bool ok;

    err_init(&err, room->scratch);
    assert_true(scratch_make(folder));
    snprintf(inner, sizeof inner, "%s/fonts", folder);
    assert_int_equal(mkdir(inner, 0700), 0);
    assert_true(scratch_write(scratch_path(room->scratch, inner, "fonts.ini"), str_from(ini)));
    assert_true(scratch_write(scratch_path(room->scratch, folder, "bad.ttf"), STR("no font")));
    ok = fonts_open(room->scratch, folder, &fonts, &err);
    if (ok)
        ok = fonts_check(fonts, &err);
    fonts_close(fonts);
    scratch_remove(folder);
    assert_int_equal(ok, err_ok(&err));
    return ok ? ERR_NONE : err.first->code;
}

#define INI_FACE(file, bytes)                                                                  \
    "[face a]\npackage = p\nfile = " file "\nindex = 0\nbytes = " bytes                        \
    "\nsha256 = 00\nlicence = OFL-1.1\n\n[chain song]\nfaces = a\n"

static void a_fault_of_fonts_ini_has_its_code(void **state)
{
    struct room *room = *state;

    assert_int_equal(open_ini(room, INI_FACE("/nonexistent.ttf", "7")), FONT_MISSING);
    assert_int_equal(open_ini(room, INI_FACE("bad.ttf", "8")), FONT_CHANGED);
    assert_int_equal(open_ini(room, INI_FACE("bad.ttf", "7")), FONT_FAULT);
    assert_int_equal(open_ini(room, INI_FACE("bad.ttf", "7") "  b\n"), CONF_VALUE);
    assert_int_equal(open_ini(room, "[chain song]\nfaces =\n"), CONF_VALUE);
    assert_int_equal(open_ini(room, "[face a]\nfile = bad.ttf\n"), CONF_VALUE);
}

/* ---- picking */

static void rare_han_are_found_in_the_chain(void **state)
{
    const struct room *room = *state;

    assert_picks(room, "song", 0x4E2D, "noto-serif-sc");                          /* 中 */
    assert_picks(room, "song", 0x20BB7, "noto-serif-sc");                         /* 𠮷 */
    assert_picks(room, "song", 0x2CEA1, "babelstone-han");                        /* 𬺡 */
    assert_picks(room, "song", 0x20023, "hanamin-b");                             /* 𠀣 */
    assert_true(font_pick(room->fonts, chain_of(room, "song"), 0x2CD0A, 0) >= 0); /* 𬴊 */
    assert_true(font_pick(room->fonts, chain_of(room, "hei"), 0x4DAE, 0) >= 0);   /* 䶮 */
    assert_true(font_pick(room->fonts, chain_of(room, "kai"), 0x36C3, 0) >= 0);   /* 㛃 */
    assert_true(font_pick(room->fonts, chain_of(room, "song"), 0x2B5AF, 0) >= 0); /* 𫖯 */
}

static void a_character_that_no_face_has_is_not_found(void **state)
{
    const struct room *room = *state;

    assert_picks(room, "song", 0x2EBF0, "-");
    assert_picks(room, "song", 0x2EBF0, "-");
    assert_picks(room, "hei", 0x10FFFD, "-");
    assert_picks(room, "hei", 0x110000, "-");
    assert_picks(room, "hei", UINT32_MAX, "-");
}

static void other_scripts_are_drawn_by_their_own_faces(void **state)
{
    const struct room *room = *state;

    assert_picks(room, "song", 0x0627, "noto-naskh-arabic");
    assert_picks(room, "hei", 0x0627, "noto-sans-arabic");
    assert_picks(room, "song", 0x0E01, "noto-serif-thai");
    assert_picks(room, "hei", 0x0E01, "noto-sans-thai");
    assert_picks(room, "song", 0x05D0, "noto-serif-hebrew");
    assert_picks(room, "song", 0x0561, "noto-serif-armenian");
    assert_picks(room, "song", 0x10D0, "noto-serif-georgian");
    assert_picks(room, "song", 0x0905, "noto-serif-devanagari");
    assert_picks(room, "song", 0x1780, "noto-serif-khmer");
    assert_picks(room, "song", 0x0F40, "noto-serif-tibetan");
    assert_picks(room, "song", 0x1820, "noto-sans-mongolian");
    assert_picks(room, "song", 0xA000, "noto-sans-yi");
    assert_picks(room, "song", 0xAC00, "noto-serif-sc"); /* Korean */
    assert_picks(room, "song", 0x0416, "noto-serif-sc"); /* Cyrillic */
    assert_picks(room, "song", 0x04E8, "noto-serif");    /* its Kazakh letters */
}

static void every_code_point_of_the_common_list_is_covered(void **state)
{
    const struct room *room = *state;
    int chains[] = {chain_of(room, "song"), chain_of(room, "hei"), chain_of(room, "song-bold"),
                    chain_of(room, "hei-bold"), chain_of(room, "kai")};

    /* The URO and Extensions A to F (GB 18030-2022 level 3). */
    static const uint32_t ranges[][2] = {
        {0x4E00, 0x9FEF},   {0x3400, 0x4DB5},   {0x20000, 0x2A6D6}, {0x2A700, 0x2B734},
        {0x2B740, 0x2B81D}, {0x2B820, 0x2CEA1}, {0x2CEB0, 0x2EBE0}};

    for (size_t c = 0; c < COUNT(chains); c++)
        for (size_t r = 0; r < COUNT(ranges); r++)
            for (uint32_t code = ranges[r][0]; code <= ranges[r][1]; code++)
                if (font_pick(room->fonts, chains[c], code, 0) < 0)
                    fail_msg("chain %zu lacks U+%04X", c, (unsigned)code);
}

static void a_variation_selector_prefers_the_face_that_knows_it(void **state)
{
    const struct room *room = *state;
    int chain = chain_of(room, "song");
    int plain = font_pick(room->fonts, chain, 0x845B, 0);

    assert_true(plain >= 0);
    assert_true(font_pick(room->fonts, chain, 0x845B, 0xE0100) >= 0);
    /* Nobody knows this pair: the face of the character alone. */
    assert_int_equal(font_pick(room->fonts, chain, 0x845B, 0xE01EF), plain);
}

/* ---- shaping and metrics */

static void han_are_as_wide_as_the_size(void **state)
{
    struct font_shape out = shape(*state, "noto-serif-sc", "展览会𠮷", "Hani", false, "zh-CN");

    assert_int_equal(out.count, 4);
    assert_int_equal(out.width, PT(40));
    assert_int_equal(out.glyphs[3].cluster, 9);
    for (size_t i = 0; i < out.count; i++)
        assert_int_equal(out.glyphs[i].advance, PT(10));
    assert_int_equal(shape(*state, "noto-serif-sc", "", "Hani", false, "zh-CN").count, 0);
}

static void arabic_is_joined_and_runs_from_right_to_left(void **state)
{
    struct font_shape joined = shape(*state, "noto-naskh-arabic", "شركة", "Arab", true, "ar");
    struct font_shape alone = shape(*state, "noto-naskh-arabic", "ر", "Arab", true, "ar");

    assert_true(joined.count >= 4);
    assert_true(joined.glyphs[0].cluster > joined.glyphs[joined.count - 1].cluster);
    for (size_t i = 0; i < joined.count; i++)
        assert_true(joined.glyphs[i].id != alone.glyphs[0].id);
}

static void a_thai_mark_takes_no_width(void **state)
{
    struct font_shape base = shape(*state, "noto-serif-thai", "ก", "Thai", false, "th");
    struct font_shape marked = shape(*state, "noto-serif-thai", "ก่", "Thai", false, "th");

    assert_int_equal(marked.count, 2);
    assert_int_equal(marked.width, base.width);
}

static void a_han_em_box_is_the_line_of_the_text(void **state)
{
    struct room *room = *state;
    struct font_metrics metrics =
        font_metrics(room->fonts, face_of(room, "noto-serif-sc"), PT(10));

    assert_int_equal(metrics.ascent, 8800);
    assert_int_equal(metrics.descent, 1200);
    assert_in_range(metrics.cap, 7000, 7600);
    /* 1,024 units to the em */
    assert_int_equal(
        font_advance(room->fonts, face_of(room, "babelstone-han"),
                     shape(room, "babelstone-han", "一", "Hani", false, "").glyphs[0].id),
        1000);
}

static void facts_tell_cff_from_truetype_and_serif_from_sans(void **state)
{
    struct room *room = *state;
    struct font_facts facts;

    font_facts(room->fonts, face_of(room, "noto-serif-sc"), &facts);
    assert_string_equal(facts.postscript_name.p, "NotoSerifCJKsc-Regular");
    assert_true(facts.cff);
    assert_true(facts.bbox[0] < facts.bbox[2] && facts.bbox[1] < facts.bbox[3]);
    assert_true(facts.stem_v > 50 && facts.stem_v < 200);
    font_facts(room->fonts, face_of(room, "lxgw-wenkai"), &facts);
    assert_false(facts.cff);
    assert_string_equal(facts.postscript_name.p, "LXGWWenKai-Regular");
}

/* ---- subsets and outlines */

static const uint32_t some_codes[] = {0x4E2D, 0x534E, 0x4EBA, 0x6C11, 0x31, 0x32};

static size_t some_glyphs(struct room *room, int face, uint32_t glyphs[COUNT(some_codes)])
{
    for (size_t i = 0; i < COUNT(some_codes); i++) {
        struct font_shape out;
        char text[4];
        size_t n = utf8_put(some_codes[i], text);

        font_shape(room->fonts, room->scratch, face, PT(10), (struct str){text, n}, "Hani",
                   false, "", &out);
        glyphs[i] = out.glyphs[0].id;
    }
    for (size_t i = 1; i < COUNT(some_codes); i++)
        for (size_t k = i; k > 0 && glyphs[k - 1] > glyphs[k]; k--) {
            uint32_t swap = glyphs[k];

            glyphs[k] = glyphs[k - 1];
            glyphs[k - 1] = swap;
        }
    return COUNT(some_codes);
}

static FT_Face load(FT_Library library, struct str bytes)
{
    FT_Face face = NULL;

    assert_int_equal(
        FT_New_Memory_Face(library, (const FT_Byte *)bytes.p, (FT_Long)bytes.n, 0, &face), 0);
    return face;
}

static FT_Face load_file(FT_Library library, const struct face_info *info)
{
    FT_Face face = NULL;

    assert_int_equal(FT_New_Face(library, info->file.p, info->index, &face), 0);
    return face;
}

static void assert_same_outline(FT_Face a, FT_UInt glyph_a, FT_Face b, FT_UInt glyph_b)
{
    const FT_Outline *one, *other;

    assert_int_equal(FT_Load_Glyph(a, glyph_a, FT_LOAD_NO_SCALE), 0);
    assert_int_equal(FT_Load_Glyph(b, glyph_b, FT_LOAD_NO_SCALE), 0);
    assert_int_equal(a->glyph->advance.x, b->glyph->advance.x);
    one = &a->glyph->outline;
    other = &b->glyph->outline;
    assert_true(one->n_points > 3);
    assert_int_equal(one->n_points, other->n_points);
    assert_memory_equal(one->points, other->points,
                        (size_t)one->n_points * sizeof *one->points);
}

static void a_cff_subset_has_the_cids_it_is_given_and_loads(void **state)
{
    struct room *room = *state;
    int face = face_of(room, "noto-serif-sc");
    uint32_t glyphs[COUNT(some_codes)];
    uint16_t cids[COUNT(some_codes)];
    size_t count = some_glyphs(room, face, glyphs);
    struct font_program program;
    FT_Library library;
    struct err err;
    FT_Face loaded, whole;

    err_init(&err, room->scratch);
    for (size_t i = 0; i < count; i++)
        cids[i] = (uint16_t)(0xD800 + 100 * i);
    assert_true(
        font_subset(room->fonts, room->scratch, face, glyphs, cids, count, &program, &err));
    assert_null(program.gids);
    assert_true(program.bytes.n < 10000);
    assert_int_equal(FT_Init_FreeType(&library), 0);
    loaded = load(library, program.bytes);
    whole = load_file(library, fonts_face(room->fonts, face));
    /* FreeType numbers the glyphs of a bare CID-keyed CFF by their CIDs. */
    for (size_t i = 0; i < count; i++)
        assert_same_outline(loaded, cids[i], whole, glyphs[i]);
    FT_Done_Face(whole);
    FT_Done_Face(loaded);
    FT_Done_FreeType(library);
}

static void a_truetype_subset_says_the_new_ids_and_loads(void **state)
{
    struct room *room = *state;
    int face = face_of(room, "lxgw-wenkai");
    uint32_t glyphs[COUNT(some_codes)];
    size_t count = some_glyphs(room, face, glyphs);
    struct font_program program;
    FT_Library library;
    struct err err;
    FT_Face loaded, whole;

    err_init(&err, room->scratch);
    assert_true(
        font_subset(room->fonts, room->scratch, face, glyphs, NULL, count, &program, &err));
    assert_non_null(program.gids);
    assert_int_equal(FT_Init_FreeType(&library), 0);
    loaded = load(library, program.bytes);
    whole = load_file(library, fonts_face(room->fonts, face));
    for (size_t i = 0; i < count; i++)
        assert_same_outline(loaded, program.gids[i], whole, glyphs[i]);
    FT_Done_Face(whole);
    FT_Done_Face(loaded);
    FT_Done_FreeType(library);
}

struct tally {
    int moves, lines, cubics, closes;
    double top;
};

static void count_move(void *user, double x, double y)
{
    struct tally *tally = user;

    (void)x;
    tally->moves++;
    if (y > tally->top)
        tally->top = y;
}

static void count_line(void *user, double x, double y)
{
    count_move(user, x, y);
    ((struct tally *)user)->moves--;
    ((struct tally *)user)->lines++;
}

static void count_cubic(void *user, double x1, double y1, double x2, double y2, double x,
                        double y)
{
    (void)x1, (void)y1, (void)x2, (void)y2;
    count_move(user, x, y);
    ((struct tally *)user)->moves--;
    ((struct tally *)user)->cubics++;
}

static void count_close(void *user)
{
    ((struct tally *)user)->closes++;
}

static void an_outline_has_as_many_ends_as_beginnings(void **state)
{
    static const char *const ids[] = {"noto-sans-sc", "lxgw-wenkai"};
    struct room *room = *state;

    for (size_t i = 0; i < COUNT(ids); i++) {
        struct font_shape out = shape(room, ids[i], "回", "Hani", false, "zh-CN");
        struct tally tally = {0, 0, 0, 0, 0};
        struct font_pen pen = {count_move, count_line, count_cubic, count_close, &tally};

        font_outline(room->fonts, face_of(room, ids[i]), out.glyphs[0].id, &pen);
        assert_int_equal(tally.moves, tally.closes);
        assert_true(tally.moves >= 4 || tally.cubics > 0);
        assert_true(tally.lines > 0);
        assert_true(tally.top > 0.5 * font_units(room->fonts, face_of(room, ids[i])));
    }
}

int main(void)
{
#define TEST(name) cmocka_unit_test_teardown(name, empty_scratch)
    const struct CMUnitTest tests[] = {
        TEST(the_five_chains_exist_and_begin_with_their_face),
        TEST(every_declared_face_opens),
        TEST(a_fault_of_fonts_ini_has_its_code),
        TEST(rare_han_are_found_in_the_chain),
        TEST(a_character_that_no_face_has_is_not_found),
        TEST(other_scripts_are_drawn_by_their_own_faces),
        TEST(every_code_point_of_the_common_list_is_covered),
        TEST(a_variation_selector_prefers_the_face_that_knows_it),
        TEST(han_are_as_wide_as_the_size),
        TEST(arabic_is_joined_and_runs_from_right_to_left),
        TEST(a_thai_mark_takes_no_width),
        TEST(a_han_em_box_is_the_line_of_the_text),
        TEST(facts_tell_cff_from_truetype_and_serif_from_sans),
        TEST(a_cff_subset_has_the_cids_it_is_given_and_loads),
        TEST(a_truetype_subset_says_the_new_ids_and_loads),
        TEST(an_outline_has_as_many_ends_as_beginnings),
    };
    return cmocka_run_group_tests(tests, open_fonts, close_fonts);
}
