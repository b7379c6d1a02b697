/* The width of marks, gaps beside letters, squeezing, justifying, balancing. */
#include "para.h"

#include "base/utf8.h"

enum { HALF = EM / 2, QUARTER = EM / 4, EIGHTH = EM / 8 };

static mpt wide(struct room *room, const char *text)
{
    set(room, text, MPT_MAX);
    return room->block.width;
}

/* Where glyph g of the line's first run is drawn, from the run's start. */
static mpt drawn_at(const struct room *room, size_t g)
{
    const struct text_run *run = run_at(room, 0, 0);
    mpt x = 0;

    for (size_t i = 0; i < g; i++)
        x += run->glyphs[i].advance;
    return x + run->glyphs[g].dx;
}

/* ---- marks beside each other and at a line's ends */

static void a_mark_between_han_takes_an_em(void **state)
{
    static const char *const marks[] = {"，", "、", "；", "：", "。", "！", "？",
                                        "（", "）", "《", "》", "“",  "”",  "「",
                                        "」", "【", "】", "〔", "〕"};

    for (size_t i = 0; i < COUNT(marks); i++)
        assert_int_equal(
            wide(*state, arena_printf(((struct room *)*state)->arena, "国%s国", marks[i])),
            3 * EM);
}

static void of_two_marks_the_blank_between_them_goes(void **state)
{
    struct room *room = *state;

    assert_int_equal(wide(room, "国》。国"), 3 * EM + HALF);
    assert_int_equal(wide(room, "国）（国"), 3 * EM + HALF);
    assert_int_equal(wide(room, "国（“国"), 3 * EM + HALF);
    assert_int_equal(wide(room, "国，“国"), 3 * EM + HALF);
    assert_int_equal(wide(room, "国。”）国"), 4 * EM);
    assert_int_equal(wide(room, "国（）国"), 4 * EM);
}

static void what_is_in_brackets_stays_close_to_them(void **state)
{
    struct room *room = *state;

    set(room, "国（“国”）国", MPT_MAX);
    assert_int_equal(drawn_at(room, 1), EM);
    assert_int_equal(drawn_at(room, 2), EM + HALF);
    assert_int_equal(drawn_at(room, 3), 2 * EM + HALF);
    assert_int_equal(drawn_at(room, 5), 4 * EM);
    assert_int_equal(drawn_at(room, 6), 5 * EM);
}

static void a_bracket_beside_a_dash_gives_its_blank_but_a_comma_does_not(void **state)
{
    assert_int_equal(wide(*state, "国”——国"), 4 * EM + HALF);
    assert_int_equal(wide(*state, "国——“国"), 4 * EM + HALF);
    assert_int_equal(wide(*state, "国，——国"), 5 * EM);
}

static void a_closing_mark_at_a_line_s_end_takes_half_an_em(void **state)
{
    struct room *room = *state;

    assert_int_equal(wide(room, "国。"), EM + HALF);
    assert_lines(room, "国国国，国国。", 3 * EM + HALF, "国国国，|国国。");
    assert_int_equal(room->block.lines[0].width, 3 * EM + HALF);
    assert_int_equal(room->block.lines[1].width, 2 * EM + HALF);
}

static void an_opening_mark_at_a_line_s_start_takes_half_an_em(void **state)
{
    struct room *room = *state;

    assert_lines(room, "（国）国（国）国", 3 * EM + HALF, "（国）国|（国）国");
    assert_int_equal(room->block.lines[1].width, 3 * EM + HALF);
    assert_int_equal(run_at(room, 1, 0)->glyphs[0].dx, -HALF);
    room->style.indent = 2 * EM;
    assert_lines(room, "“国”国", 9 * EM, "“国”国");
    assert_int_equal(run_at(room, 0, 0)->glyphs[0].dx, -HALF);
}

static void two_shouts_take_an_em_and_three_two(void **state)
{
    assert_int_equal(wide(*state, "国？！国"), 3 * EM);
    assert_int_equal(wide(*state, "国！！！国"), 4 * EM);
    assert_int_equal(wide(*state, "国！国"), 3 * EM);
}

static void an_interpunct_between_han_takes_half_an_em_in_every_face(void **state)
{
    static const char *const chains[] = {"song", "hei", "kai"};
    struct room *room = *state;
    mpt plain;

    for (size_t i = 0; i < COUNT(chains); i++) {
        room->style.chain = fonts_chain(room->fonts, str_from(chains[i]));
        assert_int_equal(wide(room, "买·买"), 2 * EM + HALF);
    }
    room->style.chain = fonts_chain(room->fonts, STR("song"));
    plain = wide(room, "N·m");
    room->style.marks = TEXT_MARKS_NONE;
    assert_int_equal(wide(room, "N·m"), plain);
}

static void in_kaiming_all_marks_but_stops_are_half_an_em(void **state)
{
    struct room *room = *state;

    room->style.marks = TEXT_MARKS_KAIMING;
    assert_int_equal(wide(room, "国，国"), 2 * EM + HALF);
    assert_int_equal(wide(room, "国（国）国"), 4 * EM);
    assert_int_equal(wide(room, "国。国"), 3 * EM);
    assert_int_equal(wide(room, "国！国？国"), 5 * EM);
    assert_int_equal(wide(room, "国。”国"), 3 * EM);
    assert_int_equal(wide(room, "国国。"), 2 * EM + HALF);
}

static void without_squeezing_every_mark_is_an_em(void **state)
{
    struct room *room = *state;

    room->style.marks = TEXT_MARKS_NONE;
    assert_int_equal(wide(room, "（国》。”"), 5 * EM);
    assert_lines(room, "国国，国国。", 5 * EM, "国国，国|国。");
}

static void a_narrow_quote_has_nothing_to_give(void **state)
{
    struct room *room = *state;
    mpt all = wide(room, "say ‘yes’, no"), part = wide(room, "say ‘yes’");

    room->style.marks = TEXT_MARKS_NONE;
    assert_int_equal(wide(room, "say ‘yes’, no"), all);
    assert_int_equal(wide(room, "say ‘yes’"), part);
}

static void a_dash_is_one_line_in_every_face(void **state)
{
    static const char *const chains[] = {"song", "hei", "kai", "song-bold", "hei-bold"};
    struct room *room = *state;

    for (size_t i = 0; i < COUNT(chains); i++) {
        room->style.chain = fonts_chain(room->fonts, str_from(chains[i]));
        assert_int_equal(wide(room, "国——国"), 4 * EM);
        const struct text_run *run = run_at(room, 0, 0);
        if (run->count == 3) /* —— is one glyph */
            continue;
        struct font_sides sides = font_sides(room->fonts, run->face, 0x2014, EM);
        assert_int_equal(run->count, 4);
        assert_true(drawn_at(room, 2) + sides.left <= drawn_at(room, 1) + EM - sides.right);
    }
}

/* ---- gaps */

static void a_quarter_em_stands_between_han_and_letters(void **state)
{
    static const char *const letters[] = {"A", "7", "é", "Ж", "Ω"};
    struct room *room = *state;

    for (size_t i = 0; i < COUNT(letters); i++) {
        mpt plain = wide(room, letters[i]);
        char *text = arena_printf(room->arena, "国%s国", letters[i]);

        room->style.gap = true;
        assert_int_equal(wide(room, text), 2 * EM + plain + 2 * QUARTER);
        assert_true(str_eq(line_text(room, 0), str_from(text)));
        room->style.gap = false;
        assert_int_equal(wide(room, text), 2 * EM + plain);
    }
}

static void no_gap_stands_beside_marks_blanks_and_line_ends(void **state)
{
    static const char *const texts[] = {"国，A", "（A）", "国 A", "国-A", "A", "国", "한A"};
    struct room *room = *state;

    for (size_t i = 0; i < COUNT(texts); i++) {
        mpt plain = wide(room, texts[i]);

        room->style.gap = true;
        assert_int_equal(wide(room, texts[i]), plain);
        room->style.gap = false;
    }
    room->style.gap = true;
    assert_lines(room, "国国AB国国", 3 * EM, "国国|AB国|国");
    assert_int_equal(room->block.lines[0].width, 2 * EM);
    assert_int_equal(run_at(room, 1, 0)->glyphs[0].dx, 0);
}

static void between_two_fields_the_gap_is_an_eighth(void **state)
{
    struct text_span spans[] = {{.text = STR("共")}, {.text = STR("12")}, {.text = STR("件")}};
    struct room *room = *state;
    mpt plain = wide(room, "12");

    room->style.gap = true;
    assert_true(try_spans(room, spans, 3, MPT_MAX));
    assert_int_equal(room->block.width, 2 * EM + plain + 2 * EIGHTH);
}

static void beside_arabic_the_gap_stands_outside(void **state)
{
    struct room *room = *state;
    mpt arabic = wide(room, "شركة");

    room->style.gap = true;
    set(room, "国شركة国", MPT_MAX);
    assert_int_equal(run_at(room, 0, 1)->x, EM + EIGHTH);
    assert_int_equal(room->block.width, 2 * EM + arabic + 2 * EIGHTH);
    assert_int_equal(run_at(room, 0, 2)->glyphs[0].dx, EIGHTH);
}

/* ---- squeezing */

static void a_mark_is_squeezed_in_before_a_character_is_carried(void **state)
{
    struct room *room = *state;

    assert_lines(room, "国国，国国。国", 5 * EM, "国国，国国。|国");
    assert_int_equal(room->block.lines[0].width, 5 * EM);
    /* without a mark that gives way, it is carried */
    assert_lines(room, "国国国国国。国", 5 * EM, "国国国国|国。国");
    /* nor where there is too little */
    assert_lines(room, "国国，国国国。国", 5 * EM, "国国，国国|国。国");
}

static void a_line_that_breaks_well_is_not_squeezed(void **state)
{
    struct room *room = *state;

    assert_lines(room, "国，国，国国国国国", 5 * EM, "国，国，国|国国国国");
    assert_int_equal(room->block.lines[0].width, 5 * EM);
}

static void one_character_is_not_left_alone_if_squeezing_helps(void **state)
{
    assert_lines(*state, "国，国，国国", 5 * EM, "国，国，国国");
    assert_lines(*state, "国国国国国国", 5 * EM, "国国国国国|国");
}

static void brackets_give_first_then_commas_then_gaps_then_stops(void **state)
{
    struct room *room = *state;
    const char *text = "国）国，国A国。国国！国123456789";
    mpt all, letters = wide(room, "A") + wide(room, "123456789");

    room->style.gap = true;
    all = 11 * EM + letters + 3 * QUARTER;
    assert_int_equal(wide(room, text), all);
    static const struct {
        mpt over, bracket, comma, gap, stop;
    } steps[] = {{3000, 3000, 0, 0, 0},
                 {8000, HALF, 3000, 0, 0},
                 {EM + 3000, HALF, HALF, 1000, 0},
                 {EM + 3 * EIGHTH + 4000, HALF, HALF, EIGHTH, 2000}};
    for (size_t i = 0; i < COUNT(steps); i++) {
        set(room, text, all - steps[i].over);
        assert_int_equal(room->block.count, 1);
        assert_int_equal(room->block.width, all - steps[i].over);
        const struct glyph *glyphs = run_at(room, 0, 0)->glyphs;
        assert_int_equal(glyphs[1].advance, EM - steps[i].bracket);
        assert_int_equal(glyphs[3].advance, EM - steps[i].comma);
        assert_int_equal(glyphs[4].advance, EM + QUARTER - steps[i].gap);
        assert_int_equal(glyphs[7].advance, EM - steps[i].stop);
    }
}

static void three_closing_marks_may_part_where_nothing_else_helps(void **state)
{
    assert_lines(*state, "国国”）。", 3 * EM, "国|国”）。");
    assert_lines(*state, "abcdefgh》）。", wide(*state, "abcdefgh") + EM, "abcdefgh》）|。");
    assert_lines(*state, "国》）。", 2 * EM, "国》）|。");
}

/* ---- justifying */

static void gaps_grow_first_then_word_spaces_then_all_of_it(void **state)
{
    struct room *room = *state;
    mpt letters = wide(room, "AB"), space = wide(room, "AB AB") - 2 * letters;
    mpt all = 3 * EM + 3 * letters + 3 * QUARTER + space;
    const struct glyph *glyphs;

    room->style.gap = true;
    room->style.align = TEXT_JUSTIFY;
    set(room, "国国AB AB国AB国国国国", all + EM / 10);
    glyphs = run_at(room, 0, 0)->glyphs;
    assert_true(room->block.count > 1);
    assert_int_equal(glyphs[0].advance, EM);
    assert_true(glyphs[1].advance > EM + QUARTER);
    assert_int_equal(glyphs[4].advance, space);
    assert_int_equal(room->block.lines[0].width, all + EM / 10);
}

static void the_last_line_and_words_keep_their_widths(void **state)
{
    struct room *room = *state;
    mpt word = wide(room, "word");

    room->style.gap = true;
    room->style.align = TEXT_JUSTIFY;
    set(room, "国国word国国国国国国word国", 6 * EM);
    const struct text_line *last = &room->block.lines[room->block.count - 1];
    assert_true(last->width < 6 * EM);
    const struct text_run *run = run_at(room, 0, 0);
    mpt inside = 0;
    for (size_t i = 2; i < 6; i++)
        inside += run->glyphs[i].advance;
    assert_int_equal(inside, word);
}

static void nothing_grows_beside_a_connector(void **state)
{
    struct room *room = *state;

    room->style.align = TEXT_JUSTIFY;
    set(room, "国国～国国国国", 4 * EM + 3000);
    assert_int_equal(run_at(room, 0, 0)->glyphs[1].advance, EM);
    assert_int_equal(run_at(room, 0, 0)->glyphs[2].advance, EM);
    assert_int_equal(room->block.lines[0].width, 4 * EM + 3000);
}

/* ---- balancing */

static void lines_of_a_title_are_about_equally_long(void **state)
{
    struct room *room = *state;
    const char *text = "中国（上海）国际高端制造与艺术设计博览会暨产业合作展申请表";

    room->style.balance = true;
    for (mpt width = 8 * EM; width < 30 * EM; width += 1717) {
        mpt longest = 0, shortest = MPT_MAX;
        size_t greedy;

        room->style.balance = false;
        set(room, text, width);
        greedy = room->block.count;
        room->style.balance = true;
        set(room, text, width);
        assert_int_equal(room->block.count, greedy);
        for (size_t i = 0; i < greedy; i++) {
            longest = mpt_max(longest, room->block.lines[i].width);
            shortest = mpt_min(shortest, room->block.lines[i].width);
        }
        assert_true(longest <= width);
        assert_true(3 * shortest >= longest);
        assert_true(greedy == 1 || longest <= 29 * EM / (mpt)greedy + 3 * EM);
    }
}

static void a_balanced_line_is_centred_in_the_whole_width(void **state)
{
    struct room *room = *state;

    room->style.balance = true;
    room->style.align = TEXT_CENTER;
    assert_lines(room, "国国国国国国", 5 * EM, "国国国|国国国");
    assert_int_equal(run_at(room, 0, 0)->x, EM);
}

/* ---- at every width */

static const char *const PROSE[] = {
    "展览会名称：中国（上海）国际进口博览会——第七届“人工智能”专区，展期2024年11月5日至10日，"
    "重量1200千克，货值￥1,234,567.50元（约％3.5）……请核对！？好。",
    "《中华人民共和国海关暂时进出境货物管理办法》（海关总署令第233号）第十二条、第十三条；"
    "“阿卜杜热依木·买买提”及Müller-Lüdenscheidt GmbH & Co. KG（德国）。”）、（“国”）",
    "شركة النور للتجارة，（阿联酋）บริษัทไทยการค้าจำกัด、한국전자、𠮷野家、हिन्दी कंपनी。国Nguyễn国",
};

static bool is_wide_mark(uint32_t code)
{
    return (code >= 0x3001 && code < 0x3003) || (code >= 0x3008 && code < 0x3012) ||
           code == 0xFF0C || code == 0xFF08 || code == 0xFF09 || code == 0xFF1A;
}

/* Ink never meets ink: where a glyph is drawn, the one before it has its half em at least. */
static void assert_apart(const struct text_run *run)
{
    for (size_t i = 0; i < run->count; i++) {
        size_t at = run->glyphs[i].cluster;
        uint32_t code = utf8_next(run->text, &at);

        if (!run->reordered && is_wide_mark(code))
            assert_true(run->glyphs[i].advance >= EM / 4);
        if (!run->reordered)
            assert_true(run->glyphs[i].advance >= 0);
    }
}

static void assert_tiled(const struct room *room, mpt width)
{
    for (size_t i = 0; i < room->block.count; i++) {
        const struct text_line *line = &room->block.lines[i];
        mpt sum = 0;

        assert_true(line->width <= width);
        for (size_t k = 0; k < line->count; k++) {
            sum += run_width(&line->runs[k]);
            assert_apart(&line->runs[k]);
            for (size_t m = 0; m < k; m++)
                assert_true(line->runs[m].x + run_width(&line->runs[m]) <= line->runs[k].x ||
                            line->runs[k].x + run_width(&line->runs[k]) <= line->runs[m].x);
        }
        assert_int_equal(sum, line->width);
    }
}

static void assert_says(struct room *room, struct str text)
{
    size_t at = 0;

    for (size_t i = 0; i < room->block.count; i++) {
        struct str line = line_text(room, i);

        while (i > 0 && at < text.n && text.p[at] == ' ')
            at++;
        assert_true(at + line.n <= text.n);
        assert_memory_equal(text.p + at, line.p, line.n);
        at += line.n;
    }
    assert_int_equal(at, text.n);
}

static void at_every_width_nothing_is_lost_and_nothing_overlaps(void **state)
{
    struct room *room = *state;

    for (int mode = 0; mode < 24; mode++) {
        room->style.size = HALF;
        room->style.gap = mode & 1;
        room->style.marks = (enum text_marks)(mode / 2 % 3);
        room->style.align = mode & 2 ? TEXT_JUSTIFY : TEXT_LEFT;
        room->style.balance = mode >= 18;
        for (size_t p = 0; p < COUNT(PROSE); p++) {
            struct text_span span = {.text = str_from(PROSE[p])};
            mpt token, natural;

            assert_true(text_measure(room->text, room->arena, &span, 1, &room->style, &token,
                                     &natural, &room->err));
            for (mpt width = token; width <= PT(300); width += 3137) {
                arena_reset(room->arena);
                assert_true(try_spans(room, &span, 1, width));
                assert_tiled(room, width);
                assert_says(room, span.text);
            }
            assert_true(try_spans(room, &span, 1, natural));
            assert_int_equal(room->block.count, 1);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_mark_between_han_takes_an_em, room_clear),
        cmocka_unit_test_setup(of_two_marks_the_blank_between_them_goes, room_clear),
        cmocka_unit_test_setup(what_is_in_brackets_stays_close_to_them, room_clear),
        cmocka_unit_test_setup(a_bracket_beside_a_dash_gives_its_blank_but_a_comma_does_not,
                               room_clear),
        cmocka_unit_test_setup(a_closing_mark_at_a_line_s_end_takes_half_an_em, room_clear),
        cmocka_unit_test_setup(an_opening_mark_at_a_line_s_start_takes_half_an_em, room_clear),
        cmocka_unit_test_setup(two_shouts_take_an_em_and_three_two, room_clear),
        cmocka_unit_test_setup(an_interpunct_between_han_takes_half_an_em_in_every_face,
                               room_clear),
        cmocka_unit_test_setup(in_kaiming_all_marks_but_stops_are_half_an_em, room_clear),
        cmocka_unit_test_setup(without_squeezing_every_mark_is_an_em, room_clear),
        cmocka_unit_test_setup(a_narrow_quote_has_nothing_to_give, room_clear),
        cmocka_unit_test_setup(a_dash_is_one_line_in_every_face, room_clear),
        cmocka_unit_test_setup(a_quarter_em_stands_between_han_and_letters, room_clear),
        cmocka_unit_test_setup(no_gap_stands_beside_marks_blanks_and_line_ends, room_clear),
        cmocka_unit_test_setup(between_two_fields_the_gap_is_an_eighth, room_clear),
        cmocka_unit_test_setup(beside_arabic_the_gap_stands_outside, room_clear),
        cmocka_unit_test_setup(a_mark_is_squeezed_in_before_a_character_is_carried, room_clear),
        cmocka_unit_test_setup(a_line_that_breaks_well_is_not_squeezed, room_clear),
        cmocka_unit_test_setup(one_character_is_not_left_alone_if_squeezing_helps, room_clear),
        cmocka_unit_test_setup(brackets_give_first_then_commas_then_gaps_then_stops,
                               room_clear),
        cmocka_unit_test_setup(three_closing_marks_may_part_where_nothing_else_helps,
                               room_clear),
        cmocka_unit_test_setup(gaps_grow_first_then_word_spaces_then_all_of_it, room_clear),
        cmocka_unit_test_setup(the_last_line_and_words_keep_their_widths, room_clear),
        cmocka_unit_test_setup(nothing_grows_beside_a_connector, room_clear),
        cmocka_unit_test_setup(lines_of_a_title_are_about_equally_long, room_clear),
        cmocka_unit_test_setup(a_balanced_line_is_centred_in_the_whole_width, room_clear),
        cmocka_unit_test_setup(at_every_width_nothing_is_lost_and_nothing_overlaps, room_clear),
    };

    return cmocka_run_group_tests(tests, room_open, room_close);
}
