/* Names in other scripts inside Chinese text: their order, shapes, breaks and sizes. */
#include "para.h"

static const char ARABIC[] = "شركة النور للتجارة", HEBREW[] = "חברת אור לציון",
                  THAI[] = "บริษัทไทยการค้าจำกัด", LAO[] = "ສາທາລະນະລັດປະຊາທິປະໄຕ",
                  KHMER[] = "ព្រះរាជាណាចក្រកម្ពុជា", HINDI[] = "भारतीय व्यापार कंपनी",
                  RUSSIAN[] = "Уральский завод", KOREAN[] = "한국전자 주식회사",
                  JAPANESE[] = "株式会社サンライズ・テック",
                  VIETNAMESE[] = "Công ty Gốm sứ Bát Tràng";

static const char *const NAMES[] = {ARABIC, HEBREW,  THAI,   LAO,      KHMER,
                                    HINDI,  RUSSIAN, KOREAN, JAPANESE, VIETNAMESE};

/* Every glyph is there, and the line says the text in its order. */
static void assert_whole(struct room *room, const char *text)
{
    set(room, text, MPT_MAX);
    assert_int_equal(room->block.count, 1);
    assert_true(str_eq(line_text(room, 0), str_from(text)));
    for (size_t k = 0; k < room->block.lines[0].count; k++)
        for (size_t g = 0; g < run_at(room, 0, k)->count; g++)
            assert_int_not_equal(run_at(room, 0, k)->glyphs[g].id, 0);
}

static void a_name_reads_the_same_alone_and_among_han(void **state)
{
    struct room *room = *state;

    for (size_t i = 0; i < COUNT(NAMES); i++) {
        mpt alone;

        assert_whole(room, NAMES[i]);
        alone = room->block.width;
        assert_whole(room, arena_printf(room->arena, "国家（%s）国家", NAMES[i]));
        assert_int_equal(room->block.width, alone + 6 * EM);
    }
}

static void all_of_them_stand_in_one_line(void **state)
{
    struct room *room = *state;
    char *text = arena_printf(room->arena, "名单：%s", NAMES[0]);

    for (size_t i = 1; i < COUNT(NAMES); i++)
        text = arena_printf(room->arena, "%s、%s", text, NAMES[i]);
    assert_whole(room, text);
    for (mpt width = 8 * EM; width < 60 * EM; width += 5113) {
        set(room, text, width);
        for (size_t i = 0; i < room->block.count; i++)
            assert_true(room->block.lines[i].width <= width);
    }
}

/* The place of the run that starts with this text. */
static mpt place_of(const struct room *room, const char *text)
{
    for (size_t k = 0; k < room->block.lines[0].count; k++)
        if (str_starts(run_at(room, 0, k)->text, str_from(text)))
            return run_at(room, 0, k)->x;
    fail_msg("no run starts with %s", text);
    return 0;
}

static void right_to_left_names_keep_their_places_in_a_list(void **state)
{
    struct room *room = *state;

    set(room, "甲נור乙شركة丙", MPT_MAX);
    assert_true(place_of(room, "甲") < place_of(room, "נור"));
    assert_true(place_of(room, "נור") < place_of(room, "乙"));
    assert_true(place_of(room, "乙") < place_of(room, "شركة"));
    assert_true(place_of(room, "شركة") < place_of(room, "丙"));
}

static void hebrew_runs_from_right_to_left(void **state)
{
    struct room *room = *state;
    const struct text_run *run;

    set(room, HEBREW, MPT_MAX);
    run = run_at(room, 0, 0);
    assert_true(run->reordered);
    assert_int_equal(run->glyphs[run->count - 1].cluster, 0);
}

static void digits_inside_arabic_run_from_left_to_right(void **state)
{
    struct room *room = *state;

    set(room, "شركة 2024 النور", MPT_MAX);
    assert_true(place_of(room, "شركة") > place_of(room, "2024"));
    assert_true(place_of(room, "2024") > place_of(room, "النور"));
}

static void devanagari_conjuncts_and_vowels_are_formed(void **state)
{
    struct room *room = *state;
    uint32_t ka;

    set(room, "क", MPT_MAX);
    ka = run_at(room, 0, 0)->glyphs[0].id;
    set(room, "कि", MPT_MAX);
    /* the vowel is written before its consonant */
    assert_int_equal(run_at(room, 0, 0)->count, 2);
    assert_int_equal(run_at(room, 0, 0)->glyphs[1].id, ka);
    set(room, "क्ष", MPT_MAX);
    assert_int_equal(run_at(room, 0, 0)->count, 1);
}

static void southeast_asian_scripts_break_between_words(void **state)
{
    assert_lines(*state, THAI, 5 * EM, "บริษัทไทย|การค้า|จำกัด");
}

static void lao_breaks_between_words(void **state)
{
    assert_lines(*state, LAO, 7 * EM, "ສາທາລະນະລັດ|ປະຊາທິປະໄຕ");
}

static void khmer_breaks_between_words(void **state)
{
    assert_lines(*state, KHMER, 8 * EM, "ព្រះរាជាណាចក្រ|កម្ពុជា");
}

static void hangul_breaks_at_blanks_or_syllables(void **state)
{
    assert_lines(*state, KOREAN, 6 * EM, "한국전자 주|식회사");
}

static void kana_break_anywhere_but_before_small_ones_and_marks(void **state)
{
    assert_lines(*state, "株式会社サンライズ・テック", 6 * EM, "株式会社サン|ライズ・テッ|ク");
    assert_lines(*state, "国国国国キャンプ", 5 * EM, "国国国国|キャンプ");
}

static void words_with_letters_of_two_faces_stay_whole(void **state)
{
    assert_lines(*state, "国国国 Tràng Việt Čeněk", 6 * EM, "国国国|Tràng Việt|Čeněk");
    assert_lines(*state, RUSSIAN, 6 * EM, "Уральский|завод");
}

/* ---- sizes of fallback faces */

static mpt size_of(struct room *room, const char *chain, const char *text)
{
    room->style.chain = fonts_chain(room->fonts, str_from(chain));
    set(room, text, MPT_MAX);
    return run_at(room, 0, 0)->size;
}

static void a_fallback_face_is_as_high_as_the_first_one(void **state)
{
    struct room *room = *state;
    mpt latin = size_of(room, "song", "č");

    /* x is 516 high in the first face and 536 in the other one */
    assert_int_equal(latin, EM * 963 / 1000);
    assert_int_equal(size_of(room, "song", "国"), EM);
    assert_int_equal(size_of(room, "song", "ب"), EM);
    assert_in_range(size_of(room, "song", "\xF0\xAB\x93\xA6"), 9700, 10000);
    assert_in_range(size_of(room, "song", "\xF0\xA8\xB3\x9B"), 9700, 10300);
    assert_in_range(size_of(room, "kai", "\xF0\xAB\x93\xA6"), 9300, 9700);
}

static void a_face_of_a_chain_has_one_size(void **state)
{
    struct room *room = *state;

    for (int chain = 0; chain < 5; chain++) {
        size_t count;
        const int *faces = fonts_chain_faces(room->fonts, chain, &count);

        assert_int_equal(font_fit(room->fonts, chain, faces[0]), 1000);
        for (size_t i = 1; i < count; i++) {
            assert_in_range(font_fit(room->fonts, chain, faces[i]), 850, 1150);
            assert_int_equal(font_fit(room->fonts, chain, faces[i]),
                             font_fit(room->fonts, chain, faces[i]));
        }
    }
}

static void a_fallback_han_takes_an_em(void **state)
{
    struct room *room = *state;

    room->style.chain = fonts_chain(room->fonts, STR("kai"));
    set(room, "国\xF0\xAB\x93\xA6国", MPT_MAX);
    assert_int_equal(room->block.width, 3 * EM);
    assert_int_equal(room->block.lines[0].count, 3);
    assert_true(run_at(room, 0, 1)->size < EM);
    assert_true(run_at(room, 0, 1)->glyphs[0].dx > 0);
}

/* ---- variation sequences */

/* By the first face that has it, which need not be the first of the chain. */
static void a_standardised_variant_is_drawn_as_such(void **state)
{
    struct room *room = *state;
    int face = font_pick(room->fonts, room->style.chain, 0x4FAE, 0xFE00);
    struct font_shape plain;

    set(room, "侮\xEF\xB8\x80", MPT_MAX);
    assert_int_equal(run_at(room, 0, 0)->count, 1);
    assert_int_equal(run_at(room, 0, 0)->face, face);
    font_shape(room->fonts, room->arena, face, EM, STR("侮"), "Hani", false, "zh-Hans", &plain);
    assert_int_not_equal(run_at(room, 0, 0)->glyphs[0].id, plain.glyphs[0].id);
}

static void a_sequence_that_no_face_has_is_drawn_as_its_base_and_kept_in_the_text(void **state)
{
    struct room *room = *state;
    uint32_t plain;

    set(room, "国", MPT_MAX);
    plain = run_at(room, 0, 0)->glyphs[0].id;
    set(room, "国\xF3\xA0\x87\xAF国", MPT_MAX); /* U+E01EF */
    assert_int_equal(room->block.width, 2 * EM);
    const struct text_run *run = run_at(room, 0, 0);
    assert_int_equal(run->glyphs[0].id, plain);
    assert_int_equal(run->glyphs[run->count - 1].id, plain);
    assert_int_equal(run->glyphs[run->count - 1].cluster, 7);
    assert_true(str_eq(line_text(room, 0), STR("国\xF3\xA0\x87\xAF国")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_name_reads_the_same_alone_and_among_han, room_clear),
        cmocka_unit_test_setup(all_of_them_stand_in_one_line, room_clear),
        cmocka_unit_test_setup(right_to_left_names_keep_their_places_in_a_list, room_clear),
        cmocka_unit_test_setup(hebrew_runs_from_right_to_left, room_clear),
        cmocka_unit_test_setup(digits_inside_arabic_run_from_left_to_right, room_clear),
        cmocka_unit_test_setup(devanagari_conjuncts_and_vowels_are_formed, room_clear),
        cmocka_unit_test_setup(southeast_asian_scripts_break_between_words, room_clear),
        cmocka_unit_test_setup(lao_breaks_between_words, room_clear),
        cmocka_unit_test_setup(khmer_breaks_between_words, room_clear),
        cmocka_unit_test_setup(hangul_breaks_at_blanks_or_syllables, room_clear),
        cmocka_unit_test_setup(kana_break_anywhere_but_before_small_ones_and_marks, room_clear),
        cmocka_unit_test_setup(words_with_letters_of_two_faces_stay_whole, room_clear),
        cmocka_unit_test_setup(a_fallback_face_is_as_high_as_the_first_one, room_clear),
        cmocka_unit_test_setup(a_face_of_a_chain_has_one_size, room_clear),
        cmocka_unit_test_setup(a_fallback_han_takes_an_em, room_clear),
        cmocka_unit_test_setup(a_standardised_variant_is_drawn_as_such, room_clear),
        cmocka_unit_test_setup(
            a_sequence_that_no_face_has_is_drawn_as_its_base_and_kept_in_the_text, room_clear),
    };

    return cmocka_run_group_tests(tests, room_open, room_close);
}
