/* Paragraphs: which face draws what, what is refused, writing order, places, measures. */
#include "para.h"

#include "base/utf8.h"

static const char *face_of(const struct room *room, size_t line, size_t run)
{
    struct str id = fonts_face(room->fonts, run_at(room, line, run)->face)->id;

    return arena_text(room->arena, id.p, id.n);
}

/* ---- faces */

static void each_character_takes_the_first_face_that_has_it(void **state)
{
    struct room *room = *state;

    set(room, "国ب国ไ", MPT_MAX);
    assert_int_equal(room->block.lines[0].count, 4);
    assert_string_equal(face_of(room, 0, 0), "noto-serif-sc");
    assert_string_equal(face_of(room, 0, 1), "noto-naskh-arabic");
    assert_string_equal(face_of(room, 0, 2), "noto-serif-sc");
    assert_string_equal(face_of(room, 0, 3), "noto-serif-thai");
}

static void han_above_ffff_are_drawn(void **state)
{
    struct room *room = *state;

    set(room, "\xF0\xA0\xAE\xB7野家\xF0\xAB\x93\xA6", MPT_MAX);
    for (size_t i = 0; i < room->block.lines[0].count; i++)
        for (size_t k = 0; k < run_at(room, 0, i)->count; k++)
            assert_int_not_equal(run_at(room, 0, i)->glyphs[k].id, 0);
    assert_int_equal(run_at(room, 0, 0)->glyphs[1].cluster, 4);
}

static void a_mark_stays_with_its_base(void **state)
{
    struct room *room = *state;

    /* the first face has the letter, but not the mark */
    set(room, "国x\xCC\x83", MPT_MAX);
    assert_int_equal(room->block.lines[0].count, 2);
    assert_true(str_eq(run_at(room, 0, 1)->text, STR("x\xCC\x83")));
    assert_string_equal(face_of(room, 0, 1), "noto-serif");
    for (size_t k = 0; k < run_at(room, 0, 1)->count; k++)
        assert_int_not_equal(run_at(room, 0, 1)->glyphs[k].id, 0);
}

static void a_variation_selector_picks_its_form_of_the_character(void **state)
{
    struct room *room = *state;
    uint32_t plain, varied;

    set(room, "葛", MPT_MAX);
    plain = run_at(room, 0, 0)->glyphs[0].id;
    set(room, "葛\xF3\xA0\x84\x81", MPT_MAX);
    varied = run_at(room, 0, 0)->glyphs[0].id;
    assert_int_equal(run_at(room, 0, 0)->count, 1);
    assert_int_equal(run_at(room, 0, 0)->text.n, 7);
    assert_int_not_equal(plain, varied);
}

static void joiners_are_kept_and_need_no_face(void **state)
{
    struct room *room = *state;

    set(room, "\xE2\x80\x8D国\xE2\x80\x8C国", MPT_MAX);
    assert_int_equal(room->block.lines[0].width, 2 * EM);
    assert_true(str_eq(line_text(room, 0), STR("\xE2\x80\x8D国\xE2\x80\x8C国")));
}

static void a_quote_is_as_wide_as_the_writing_around_it(void **state)
{
    struct room *room = *state;

    set(room, "d’Art", MPT_MAX);
    assert_true(room->block.width < 25000);
    set(room, "法国d’Art公司", MPT_MAX);
    assert_true(room->block.width < 65000);
    set(room, "国“Art”国", MPT_MAX);
    assert_true(room->block.width > 50000);
    set(room, "“Art” ‘Art’", MPT_MAX);
    assert_true(room->block.width < 55000);
}

static void one_face_in_one_span_is_one_run(void **state)
{
    struct room *room = *state;

    set(room, "A4纸210×297，白", MPT_MAX);
    assert_int_equal(room->block.lines[0].count, 1);
    assert_false(run_at(room, 0, 0)->reordered);
}

static void a_run_has_the_pointer_of_its_span(void **state)
{
    struct room *room = *state;
    struct text_span spans[] = {{.text = STR("编号：")},
                                {.text = STR("12"), .pointer = STR("/data/no")}};

    assert_true(try_spans(room, spans, 2, MPT_MAX));
    assert_int_equal(room->block.lines[0].count, 2);
    assert_int_equal(run_at(room, 0, 0)->pointer.n, 0);
    assert_true(str_eq(run_at(room, 0, 1)->pointer, STR("/data/no")));
    assert_int_equal(run_at(room, 0, 1)->x, 3 * EM);
}

/* ---- what is refused */

static bool contains(struct str text, const char *part)
{
    size_t n = strlen(part);

    for (size_t i = 0; i + n <= text.n; i++)
        if (memcmp(text.p + i, part, n) == 0)
            return true;
    return false;
}

static void a_character_that_no_face_has_is_refused_by_name(void **state)
{
    struct room *room = *state;
    struct text_span span = {.text = STR("国\xF0\xAE\xAF\xB0国"),
                             .pointer = STR("/data/agent_name"),
                             .field = STR("申报单位")};
    const struct fault *fault;

    assert_false(try_spans(room, &span, 1, MPT_MAX));
    fault = room->err.first;
    assert_int_equal(room->err.faults, 1);
    assert_int_equal(fault->code, GLYPH_MISSING);
    assert_true(str_eq(fault->at.pointer, STR("/data/agent_name")));
    assert_true(contains(fault->zh, "“\xF0\xAE\xAF\xB0”（U+2EBF0）"));
    assert_true(contains(fault->zh, "申报单位"));
    assert_true(contains(fault->en, "'\xF0\xAE\xAF\xB0' (U+2EBF0)"));
    assert_true(contains(fault->en, "noto-serif-sc noto-serif babelstone-han"));
    assert_true(contains(fault->hint, "song"));
}

static void every_missing_character_is_named_once(void **state)
{
    struct room *room = *state;
    struct text_span span = {.text = STR("\xF0\xAE\xAF\xB0\xCD\xB8国\xF0\xAE\xAF\xB0")};

    assert_false(try_spans(room, &span, 1, MPT_MAX));
    assert_int_equal(room->err.faults, 2);
    assert_true(contains(room->err.first->en, "U+2EBF0"));
    assert_true(contains(room->err.last->en, "U+0378"));
    assert_int_equal(room->err.first->at.pointer.n, 0);
}

/* The shaper would leave the selector out without a word. */
static void a_selector_that_a_face_does_not_know_is_no_reason_to_take_it(void **state)
{
    struct room *room = *state;
    struct text_span span = {.text = STR("葛\xF3\xA0\x84\x81\xCC\x81")};

    assert_false(try_spans(room, &span, 1, MPT_MAX));
    assert_true(contains(room->err.first->en, "U+845B U+E0101 U+0301"));
}

static void a_refusal_leaves_the_output_alone(void **state)
{
    struct room *room = *state;
    struct text_span span = {.text = STR("\xF0\xAE\xAF\xB0")};
    mpt token = 7, natural = 8;

    room->block.count = 99;
    assert_false(try_spans(room, &span, 1, MPT_MAX));
    assert_int_equal(room->block.count, 99);
    assert_false(text_measure(room->text, room->arena, &span, 1, &room->style, &token, &natural,
                              &room->err));
    assert_int_equal(token, 7);
    assert_int_equal(natural, 8);
}

/* ---- order of writing */

static void arabic_is_joined_and_runs_from_right_to_left(void **state)
{
    struct room *room = *state;
    const struct text_run *run;

    set(room, "ببب", MPT_MAX);
    run = run_at(room, 0, 0);
    assert_true(run->reordered);
    assert_true(str_eq(run->text, STR("ببب")));
    assert_true(run->glyphs[0].cluster > run->glyphs[run->count - 1].cluster);
    uint32_t last = run->glyphs[0].id;
    set(room, "ب", MPT_MAX);
    assert_int_not_equal(run_at(room, 0, 0)->glyphs[0].id, last);
    assert_true(run_at(room, 0, 0)->reordered);
}

static void words_of_one_face_stay_one_run(void **state)
{
    struct room *room = *state;

    set(room, "شركة النور للتجارة ذ.م.م", MPT_MAX);
    assert_int_equal(room->block.lines[0].count, 1);
}

static void runs_stand_in_the_order_of_the_text(void **state)
{
    struct room *room = *state;

    set(room, "（شركة (دبي)）国", MPT_MAX);
    const struct text_line *line = &room->block.lines[0];
    assert_true(str_eq(line_text(room, 0), STR("（شركة (دبي)）国")));
    /* what is said first of the Arabic stands right of what is said next */
    assert_string_equal(face_of(room, 0, 1), "noto-naskh-arabic");
    assert_true(line->runs[1].x > line->runs[3].x);
    assert_int_equal(line->runs[0].x, 0);
    assert_int_equal(line->runs[line->count - 1].x,
                     line->width - run_width(&line->runs[line->count - 1]));
}

static void arabic_does_not_turn_the_digits_of_the_next_field(void **state)
{
    struct room *room = *state;
    struct text_span spans[] = {{.text = STR("شركة ")}, {.text = STR("12 件")}};

    assert_true(try_spans(room, spans, 2, MPT_MAX));
    const struct text_line *line = &room->block.lines[0];
    const struct text_run *digits = &line->runs[line->count - 1];
    assert_true(str_eq(digits->text, STR("12 件")));
    assert_int_equal(digits->x, line->width - run_width(digits));
}

static void wrapped_arabic_fills_lines_in_the_order_of_the_text(void **state)
{
    struct room *room = *state;

    assert_lines(room, "شركة النور للتجارة والمقاولات", 6 * EM,
                 "شركة النور|للتجارة|والمقاولات");
    assert_lines(room, "国国国شركة النور", 6 * EM, "国国国شركة|النور");
}

static void thai_marks_make_a_run_reordered(void **state)
{
    struct room *room = *state;

    set(room, "น้ำ", MPT_MAX);
    assert_true(run_at(room, 0, 0)->reordered);
    set(room, "ไทย", MPT_MAX);
    assert_false(run_at(room, 0, 0)->reordered);
}

static void korean_stands_in_one_run_with_han(void **state)
{
    struct room *room = *state;

    set(room, "한국전자，国", MPT_MAX);
    assert_int_equal(room->block.lines[0].count, 1);
    assert_int_equal(run_at(room, 0, 0)->count, 6);
}

static void every_glyph_points_into_its_run_s_text(void **state)
{
    struct room *room = *state;

    set(room, "国شركة النور 12、Müller’s — น้ำ हिन्दी 𠮷。", 7 * EM);
    for (size_t i = 0; i < room->block.count; i++) {
        for (size_t k = 0; k < room->block.lines[i].count; k++) {
            const struct text_run *run = run_at(room, i, k);

            for (size_t g = 0; g < run->count; g++) {
                size_t at = run->glyphs[g].cluster;

                assert_true(at < run->text.n);
                assert_int_not_equal(utf8_next(run->text, &at), UTF8_BAD);
            }
        }
    }
}

static void runs_tile_their_line(void **state)
{
    struct room *room = *state;

    room->style.align = TEXT_JUSTIFY;
    set(room, "国国（شركة النور）12、AB cd 国น้ำ国国国 हिन्दी 国国国国国国。", 9 * EM);
    for (size_t i = 0; i < room->block.count; i++) {
        mpt sum = 0, right = 0;

        for (size_t k = 0; k < room->block.lines[i].count; k++) {
            const struct text_run *run = run_at(room, i, k);

            sum += run_width(run);
            right = mpt_max(right, run->x + run_width(run));
        }
        assert_int_equal(sum, room->block.lines[i].width);
        assert_int_equal(right, room->block.lines[i].width);
    }
}

/* ---- lines and places */

static void empty_text_has_no_lines(void **state)
{
    struct room *room = *state;

    set(room, "", 5 * EM);
    assert_int_equal(room->block.count, 0);
    assert_int_equal(room->block.height, 0);
    assert_true(try_spans(room, NULL, 0, 5 * EM));
    assert_int_equal(room->block.count, 0);
}

static void a_line_feed_ends_the_line(void **state)
{
    assert_lines(*state, "国\n国国\n\n国", MPT_MAX, "国|国国||国");
    assert_lines(*state, "国国\n", 5 * EM, "国国|");
}

static void without_a_width_only_line_feeds_end_a_line(void **state)
{
    struct room *room = *state;

    room->style.align = TEXT_RIGHT;
    set(room, "国国国国国国国国国国 abc def\n国", MPT_MAX);
    assert_int_equal(room->block.count, 2);
    assert_int_equal(run_at(room, 1, 0)->x, 0);
}

static void a_line_is_as_high_as_the_leading(void **state)
{
    struct room *room = *state;

    set(room, "国国国国", 2 * EM);
    assert_int_equal(room->block.height, 30000);
    assert_int_equal(room->block.width, 2 * EM);
}

static void neighbours_of_one_style_share_the_baseline(void **state)
{
    struct room *room = *state;
    mpt han;

    set(room, "国", MPT_MAX);
    han = room->block.baseline;
    assert_in_range(han, 9000, 13000);
    set(room, "شركة", MPT_MAX);
    assert_int_equal(room->block.baseline, han);
}

static void text_is_aligned_in_its_width(void **state)
{
    struct room *room = *state;

    set(room, "国国", 5 * EM);
    assert_int_equal(run_at(room, 0, 0)->x, 0);
    room->style.align = TEXT_CENTER;
    set(room, "国国", 5 * EM);
    assert_int_equal(run_at(room, 0, 0)->x, 15000);
    room->style.align = TEXT_RIGHT;
    set(room, "国国", 5 * EM);
    assert_int_equal(run_at(room, 0, 0)->x, 3 * EM);
}

static void the_first_line_is_indented(void **state)
{
    struct room *room = *state;

    room->style.indent = 2 * EM;
    assert_lines(room, "国国国国国国国", 5 * EM, "国国国|国国国国");
    assert_int_equal(run_at(room, 0, 0)->x, 2 * EM);
    assert_int_equal(run_at(room, 1, 0)->x, 0);
}

static void justified_lines_are_full_but_for_the_last(void **state)
{
    struct room *room = *state;

    room->style.align = TEXT_JUSTIFY;
    set(room, "国国国国国国国国国\n国国国", 4 * EM + 3333);
    assert_int_equal(room->block.count, 4);
    assert_int_equal(room->block.lines[0].width, 4 * EM + 3333);
    assert_int_equal(room->block.lines[1].width, 4 * EM + 3333);
    assert_int_equal(room->block.lines[2].width, EM);
    assert_int_equal(room->block.lines[3].width, 3 * EM);
    assert_int_equal(run_at(room, 0, 0)->glyphs[3].advance, EM);
}

static void words_are_not_stretched(void **state)
{
    struct room *room = *state;
    mpt plain;

    set(room, "good", MPT_MAX);
    plain = room->block.width;
    room->style.align = TEXT_JUSTIFY;
    set(room, "good good good", 6 * EM);
    const struct text_run *run = run_at(room, 0, 0);
    mpt word = 0;
    for (size_t i = 0; i < 4; i++)
        word += run->glyphs[i].advance;
    assert_int_equal(room->block.lines[0].width, 6 * EM);
    assert_int_equal(word, plain);
}

static void ideographs_and_their_marks_are_stretched_alike_but_not_inside_dashes(void **state)
{
    struct room *room = *state;
    /* —— is one glyph */
    static const mpt expected[] = {11200, 11200, 11200, 6200, 21200, EM};

    room->style.align = TEXT_JUSTIFY;
    set(room, "国“国”——国国国国", 6 * EM + 11000);
    for (size_t i = 0; i < COUNT(expected); i++)
        assert_int_equal(run_at(room, 0, 0)->glyphs[i].advance, expected[i]);
}

/* ---- measuring */

static void a_measure_is_the_widest_word_and_the_longest_line(void **state)
{
    struct room *room = *state;
    struct text_span span = {.text = STR("国国100元国\n国国")};
    mpt token, natural, hundred;

    set(room, "100元", MPT_MAX);
    hundred = room->block.width;
    assert_true(text_measure(room->text, room->arena, &span, 1, &room->style, &token, &natural,
                             &room->err));
    assert_int_equal(token, hundred);
    assert_int_equal(natural, hundred + 3 * EM);
}

static void at_the_measured_width_no_word_is_cut(void **state)
{
    static const char *const texts[] = {"Exhibition-hall AVAWAVA/ToVoTo Fresh",
                                        "شركة النور للتجارة والمقاولات",
                                        "国际（上海）1200千克。", "สาธารณรัฐประชาชนจีน"};
    struct room *room = *state;

    for (size_t i = 0; i < COUNT(texts); i++) {
        struct text_span span = {.text = str_from(texts[i])};
        mpt token, natural;

        assert_true(text_measure(room->text, room->arena, &span, 1, &room->style, &token,
                                 &natural, &room->err));
        assert_true(try_spans(room, &span, 1, natural));
        assert_int_equal(room->block.count, 1);
        assert_true(room->block.width <= natural);
        assert_true(try_spans(room, &span, 1, token));
        assert_true(room->block.width <= token);
        assert_true(room->block.count > 1);
    }
}

/* Cut off from "To", the hyphen has its own width again. */
static void a_word_is_measured_as_it_stands_alone(void **state)
{
    struct room *room = *state;
    struct text_span span = {.text = STR("AVAWAVAW-To AVAWAVAL-Yo")};
    mpt token, natural;

    assert_true(text_measure(room->text, room->arena, &span, 1, &room->style, &token, &natural,
                             &room->err));
    assert_lines(room, "AVAWAVAW-To AVAWAVAL-Yo", token, "AVAWAVAW-|To|AVAWAVAL-|Yo");
    assert_int_equal(room->block.width, token);
    assert_lines(room, "AVAWAVAW-To", token - 1, "AVAWAVAW|-To");
}

static void a_paragraph_does_not_remember_the_one_before(void **state)
{
    struct room *room = *state;

    assert_lines(room, "国国国国。", 4 * EM, "国国国|国。");
    assert_lines(room, "สาธารณรัฐประชาชนจีน شركة", 6 * EM, "สาธารณรัฐ|ประชาชนจีน|شركة");
    assert_lines(room, "国国国国。", 4 * EM, "国国国|国。");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(each_character_takes_the_first_face_that_has_it, room_clear),
        cmocka_unit_test_setup(han_above_ffff_are_drawn, room_clear),
        cmocka_unit_test_setup(a_mark_stays_with_its_base, room_clear),
        cmocka_unit_test_setup(a_variation_selector_picks_its_form_of_the_character,
                               room_clear),
        cmocka_unit_test_setup(joiners_are_kept_and_need_no_face, room_clear),
        cmocka_unit_test_setup(a_quote_is_as_wide_as_the_writing_around_it, room_clear),
        cmocka_unit_test_setup(one_face_in_one_span_is_one_run, room_clear),
        cmocka_unit_test_setup(a_run_has_the_pointer_of_its_span, room_clear),
        cmocka_unit_test_setup(a_character_that_no_face_has_is_refused_by_name, room_clear),
        cmocka_unit_test_setup(every_missing_character_is_named_once, room_clear),
        cmocka_unit_test_setup(a_selector_that_a_face_does_not_know_is_no_reason_to_take_it,
                               room_clear),
        cmocka_unit_test_setup(a_refusal_leaves_the_output_alone, room_clear),
        cmocka_unit_test_setup(arabic_is_joined_and_runs_from_right_to_left, room_clear),
        cmocka_unit_test_setup(words_of_one_face_stay_one_run, room_clear),
        cmocka_unit_test_setup(runs_stand_in_the_order_of_the_text, room_clear),
        cmocka_unit_test_setup(arabic_does_not_turn_the_digits_of_the_next_field, room_clear),
        cmocka_unit_test_setup(wrapped_arabic_fills_lines_in_the_order_of_the_text, room_clear),
        cmocka_unit_test_setup(thai_marks_make_a_run_reordered, room_clear),
        cmocka_unit_test_setup(korean_stands_in_one_run_with_han, room_clear),
        cmocka_unit_test_setup(every_glyph_points_into_its_run_s_text, room_clear),
        cmocka_unit_test_setup(runs_tile_their_line, room_clear),
        cmocka_unit_test_setup(empty_text_has_no_lines, room_clear),
        cmocka_unit_test_setup(a_line_feed_ends_the_line, room_clear),
        cmocka_unit_test_setup(without_a_width_only_line_feeds_end_a_line, room_clear),
        cmocka_unit_test_setup(a_line_is_as_high_as_the_leading, room_clear),
        cmocka_unit_test_setup(neighbours_of_one_style_share_the_baseline, room_clear),
        cmocka_unit_test_setup(text_is_aligned_in_its_width, room_clear),
        cmocka_unit_test_setup(the_first_line_is_indented, room_clear),
        cmocka_unit_test_setup(justified_lines_are_full_but_for_the_last, room_clear),
        cmocka_unit_test_setup(words_are_not_stretched, room_clear),
        cmocka_unit_test_setup(
            ideographs_and_their_marks_are_stretched_alike_but_not_inside_dashes, room_clear),
        cmocka_unit_test_setup(a_measure_is_the_widest_word_and_the_longest_line, room_clear),
        cmocka_unit_test_setup(at_the_measured_width_no_word_is_cut, room_clear),
        cmocka_unit_test_setup(a_word_is_measured_as_it_stands_alone, room_clear),
        cmocka_unit_test_setup(a_paragraph_does_not_remember_the_one_before, room_clear),
    };

    return cmocka_run_group_tests(tests, room_open, room_close);
}
