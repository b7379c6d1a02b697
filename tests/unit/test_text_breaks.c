/* Where lines end: the Chinese rules one by one, then all of them at hundreds of widths. */
#include "para.h"

#include "base/utf8.h"

static const char *const NEVER_FIRST[] = {
    "。", "，", "、", "；", "：", "？", "！", "）", "》", "〉", "」", "』", "】", "〕", "〗",
    "”",  "’",  "…",  "—",  "–",  "～", "·",  "‧",  "・", "／", "％", "℃",  "‰",  "°",  "々",
    "ー", "．", "］", "｝", ",",  ".",  ";",  ":",  "!",  "?",  ")",  "]",  "}",  "%",
};

static const char *const NEVER_LAST[] = {
    "（", "《", "〈", "「", "『", "【", "〔", "〖", "“", "‘",
    "［", "｛", "￥", "＄", "№",  "¥",  "$",  "(",  "[", "{",
};

static void no_line_starts_with_a_closing_mark(void **state)
{
    struct room *room = *state;

    for (size_t i = 0; i < COUNT(NEVER_FIRST); i++) {
        set(room, arena_printf(room->arena, "国国国国%s国国", NEVER_FIRST[i]), 4 * EM);
        assert_true(str_eq(line_text(room, 0), STR("国国国")));
        assert_true(
            str_starts(line_text(room, 1), str_printf(room->arena, "国%s", NEVER_FIRST[i])));
    }
}

static void no_line_ends_with_an_opening_mark(void **state)
{
    struct room *room = *state;

    for (size_t i = 0; i < COUNT(NEVER_LAST); i++) {
        set(room, arena_printf(room->arena, "国国国%s国国", NEVER_LAST[i]), 4 * EM);
        assert_true(str_eq(line_text(room, 0), STR("国国国")));
    }
}

static void closing_marks_in_a_row_go_to_the_next_line_together(void **state)
{
    assert_lines(*state, "国国国国》）。国", 5 * EM, "国国国|国》）。国");
    assert_lines(*state, "国国国国 》国", 4 * EM, "国国国|国 》国");
}

static void a_line_may_break_beside_chinese_quotes(void **state)
{
    assert_lines(*state, "国国国国“国国”国国", 4 * EM, "国国国国|“国国”|国国");
    assert_lines(*state, "国国国国‘国国’国国", 4 * EM, "国国国国|‘国国’|国国");
}

static void an_apostrophe_stays_in_its_word(void **state)
{
    assert_lines(*state, "ab d’accord", 5 * EM, "ab|d’accord");
}

static void dashes_and_dots_are_whole_at_every_width(void **state)
{
    struct room *room = *state;

    for (mpt width = EM / 2; width < 12 * EM; width += 777) {
        set(room, "国——国……国国————国", width);
        for (size_t i = 0; i < room->block.count; i++) {
            struct str line = line_text(room, i);
            size_t dashes = 0, dots = 0;

            for (size_t at = 0; at < line.n;) {
                uint32_t code = utf8_next(line, &at);

                dashes += code == 0x2014;
                dots += code == 0x2026;
            }
            assert_int_equal(dashes % 2, 0);
            assert_int_equal(dots % 2, 0);
        }
    }
}

static void a_number_stays_with_its_unit(void **state)
{
    assert_lines(*state, "国国100元", 3 * EM, "国国|100元");
    assert_lines(*state, "国国10千克", 4 * EM, "国国|10千克");
    assert_lines(*state, "国国10平方米国", 5 * EM, "国国|10平方米|国");
    assert_lines(*state, "国国国25㎡", 4 * EM, "国国国|25㎡");
    assert_lines(*state, "国国国25℃", 4 * EM, "国国国|25℃");
    assert_lines(*state, "国国国25％", 4 * EM, "国国国|25％");
    assert_lines(*state, "国国国国 12 mm", 6 * EM, "国国国国|12 mm");
    assert_lines(*state, "国国国国 50 千克", 7 * EM, "国国国国|50 千克");
    assert_lines(*state, "国国国国12kg", 5 * EM, "国国国国|12kg");
    assert_lines(*state, "国国国国1200元/吨", 6 * EM, "国国国国|1200元/吨");
    assert_lines(*state, "国国国国 90km/h", 6 * EM, "国国国国|90km/h");
    assert_lines(*state, "国国国国50千伏安", 6 * EM, "国国国国|50千伏安");
}

static void a_word_is_no_unit(void **state)
{
    assert_lines(*state, "国国国国5 men", 5 * EM, "国国国国5|men");
}

static void a_number_stays_with_what_stands_before_it(void **state)
{
    assert_lines(*state, "国国国国№12", 5 * EM, "国国国国|№12");
    assert_lines(*state, "国国国国$12", 5 * EM, "国国国国|$12");
    assert_lines(*state, "国国国国€12", 5 * EM, "国国国国|€12");
    assert_lines(*state, "国国国国±12", 5 * EM, "国国国国|±12");
    assert_lines(*state, "国国国 USD 1,200", 6 * EM, "国国国|USD 1,200");
    assert_lines(*state, "国国国 No. 12", 5 * EM, "国国国|No. 12");
    assert_lines(*state, "国 XUSD 1,200", 5 * EM, "国 XUSD|1,200");
    assert_lines(*state, "国国国第12号国", 5 * EM, "国国国|第12号国");
}

static void digits_are_not_torn(void **state)
{
    assert_lines(*state, "国国国国1,234,567.50国", 6 * EM, "国国国国|1,234,567.50|国");
    assert_lines(*state, "国国国12345678", 5 * EM, "国国国|12345678");
}

static void dates_break_between_their_parts_only(void **state)
{
    assert_lines(*state, "国2024年11月5日", 5 * EM, "国2024年|11月5日");
}

static void no_line_starts_with_an_interpunct_in_a_name(void **state)
{
    assert_lines(*state, "阿卜杜热依木·买买提", 6 * EM, "阿卜杜热依|木·买买提");
}

static void latin_words_break_at_blanks_hyphens_and_solidi(void **state)
{
    assert_lines(*state, "Fresh frozen fish", 6 * EM, "Fresh|frozen fish");
    assert_lines(*state, "co-operation", 6 * EM, "co-|operation");
    assert_lines(*state, "import/export", 5 * EM, "import/|export");
}

static void a_solidus_between_han_stays_with_both(void **state)
{
    assert_lines(*state, "暂时进/出境", 3 * EM + 5000, "暂时|进/出境");
    assert_lines(*state, "暂时进／出境", 4 * EM, "暂时|进／出境");
}

static void a_line_may_break_behind_an_upright_bar(void **state)
{
    assert_lines(*state, "AB12|CD34", 3 * EM, "AB12||CD34");
}

static void blanks_hang_at_a_line_s_end(void **state)
{
    struct room *room = *state;

    assert_lines(room, "国国    国国", 2 * EM, "国国|国国");
    assert_int_equal(room->block.lines[0].width, 2 * EM);
    assert_lines(room, "国国　　国国　", 2 * EM, "国国|国国");
}

static void blanks_at_a_text_s_start_are_drawn(void **state)
{
    struct room *room = *state;

    assert_lines(room, "　　国国\n　国", 9 * EM, "　　国国|　国");
    assert_int_equal(room->block.lines[0].width, 4 * EM);
}

static void a_word_is_cut_only_when_no_line_can_hold_it(void **state)
{
    assert_lines(*state, "国 WWWWWW", 7 * EM, "国|WWWWWW");
    assert_lines(*state, "0123456789", 3 * EM, "01234|56789");
    assert_lines(*state, "国国国国国", EM / 2, "国|国|国|国|国");
}

static void a_cut_word_still_obeys_the_rules_where_it_can(void **state)
{
    assert_lines(*state, "1200千克。", 4 * EM + 5000, "1200|千克。");
}

static void a_cluster_is_never_cut(void **state)
{
    assert_lines(*state,
                 "e\xCC\x81"
                 "e\xCC\x81",
                 EM / 2, "e\xCC\x81|e\xCC\x81");
    assert_lines(*state, "葛󠄀葛󠄀", EM, "葛󠄀|葛󠄀");
}

static void thai_breaks_between_words(void **state)
{
    assert_lines(*state, "สาธารณรัฐประชาชนจีน", 6 * EM, "สาธารณรัฐ|ประชาชนจีน");
}

static void a_rule_holds_across_spans(void **state)
{
    struct room *room = *state;
    struct text_span spans[] = {{.text = STR("国国国国")}, {.text = STR("。")}};

    assert_true(try_spans(room, spans, 2, 4 * EM));
    assert_true(str_eq(line_text(room, 0), STR("国国国")));
}

static const char *const PROSE[] = {
    "展览会名称：中国（上海）国际进口博览会——第七届“人工智能”专区，展期2024年11月5日至10日，"
    "重量1200千克，货值￥1,234,567.50元（约％3.5）……请核对。",
    "《中华人民共和国海关暂时进出境货物管理办法》（海关总署令第233号）第十二条、第十三条；"
    "“阿卜杜热依木·买买提”及Müller-Lüdenscheidt GmbH & Co. KG（德国）",
    "规格：型号AX-200/B|功率1.5 "
    "kW|电压220V|尺寸300×200×150mm|用途：展览（展示、演示）|品牌：无",
    "شركة النور للتجارة والمقاولات，（阿联酋）บริษัทไทยการค้าจำกัด、한국전자 주식회사、"
    "𠮷野家、हिन्दी कंपनी。",
    "国，国。国、国；国：国？国！（国）《国》〈国〉「国」『国』“国”‘国’【国】〔国〕",
};

static bool is_one_of(uint32_t code, const char *const *marks, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        size_t at = 0;

        if (utf8_next(str_from(marks[i]), &at) == code)
            return true;
    }
    return false;
}

static void assert_keeps_the_rules(struct room *room)
{
    for (size_t i = 0; i < room->block.count; i++) {
        struct str line = line_text(room, i);
        uint32_t first = 0, code = 0;

        for (size_t at = 0; at < line.n;) {
            code = utf8_next(line, &at);
            first = first ? first : code;
        }
        assert_false(i > 0 && is_one_of(first, NEVER_FIRST, COUNT(NEVER_FIRST)));
        assert_false(i + 1 < room->block.count &&
                     is_one_of(code, NEVER_LAST, COUNT(NEVER_LAST)));
    }
}

/* The lines one after the other are the text, but for blanks between them. */
static void assert_says_all(struct room *room, struct str text)
{
    size_t at = 0;

    for (size_t i = 0; i < room->block.count; i++) {
        struct str line = line_text(room, i);

        while (i > 0 && at < text.n && text.p[at] == ' ')
            at++;
        assert_true(line.n > 0 && at + line.n <= text.n);
        assert_memory_equal(text.p + at, line.p, line.n);
        at += line.n;
    }
    assert_int_equal(at, text.n);
}

static void every_rule_holds_at_every_width_that_its_words_fit(void **state)
{
    struct room *room = *state;

    room->style.size = 5000;
    for (size_t p = 0; p < COUNT(PROSE); p++) {
        struct text_span span = {.text = str_from(PROSE[p])};
        mpt token, natural;
        int kept = 0;

        assert_true(text_measure(room->text, room->arena, &span, 1, &room->style, &token,
                                 &natural, &room->err));
        for (mpt width = PT(20); width <= PT(400); width += 613) {
            arena_reset(room->arena);
            assert_true(try_spans(room, &span, 1, width));
            assert_says_all(room, span.text);
            if (width < token)
                continue;
            kept++;
            assert_keeps_the_rules(room);
            for (size_t i = 0; i < room->block.count; i++)
                assert_true(room->block.lines[i].width <= width);
        }
        assert_true(kept > 500);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(no_line_starts_with_a_closing_mark, room_clear),
        cmocka_unit_test_setup(no_line_ends_with_an_opening_mark, room_clear),
        cmocka_unit_test_setup(closing_marks_in_a_row_go_to_the_next_line_together, room_clear),
        cmocka_unit_test_setup(a_line_may_break_beside_chinese_quotes, room_clear),
        cmocka_unit_test_setup(an_apostrophe_stays_in_its_word, room_clear),
        cmocka_unit_test_setup(dashes_and_dots_are_whole_at_every_width, room_clear),
        cmocka_unit_test_setup(a_number_stays_with_its_unit, room_clear),
        cmocka_unit_test_setup(a_word_is_no_unit, room_clear),
        cmocka_unit_test_setup(a_number_stays_with_what_stands_before_it, room_clear),
        cmocka_unit_test_setup(digits_are_not_torn, room_clear),
        cmocka_unit_test_setup(dates_break_between_their_parts_only, room_clear),
        cmocka_unit_test_setup(no_line_starts_with_an_interpunct_in_a_name, room_clear),
        cmocka_unit_test_setup(latin_words_break_at_blanks_hyphens_and_solidi, room_clear),
        cmocka_unit_test_setup(a_solidus_between_han_stays_with_both, room_clear),
        cmocka_unit_test_setup(a_line_may_break_behind_an_upright_bar, room_clear),
        cmocka_unit_test_setup(blanks_hang_at_a_line_s_end, room_clear),
        cmocka_unit_test_setup(blanks_at_a_text_s_start_are_drawn, room_clear),
        cmocka_unit_test_setup(a_word_is_cut_only_when_no_line_can_hold_it, room_clear),
        cmocka_unit_test_setup(a_cut_word_still_obeys_the_rules_where_it_can, room_clear),
        cmocka_unit_test_setup(a_cluster_is_never_cut, room_clear),
        cmocka_unit_test_setup(thai_breaks_between_words, room_clear),
        cmocka_unit_test_setup(a_rule_holds_across_spans, room_clear),
        cmocka_unit_test_setup(every_rule_holds_at_every_width_that_its_words_fit, room_clear),
    };

    return cmocka_run_group_tests(tests, room_open, room_close);
}
