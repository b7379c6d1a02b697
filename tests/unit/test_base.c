/* What everything stands on: arena, slices, UTF-8, buffers, lengths, the list of faults. */
#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/geom.h"
#include "base/utf8.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { ROOM = 16 << 20 };

static int open_arena(void **state)
{
    *state = arena_new(ROOM, NULL, NULL);
    return 0;
}

static int close_arena(void **state)
{
    arena_free(*state);
    return 0;
}

/* ---- arena */

static void memory_is_zeroed_and_aligned_also_after_a_reset(void **state)
{
    struct arena *arena = *state;

    for (int round = 0; round < 2; round++) {
        for (size_t size = 1; size < 300; size += 7) {
            unsigned char *p = arena_alloc(arena, size);

            assert_int_equal((uintptr_t)p % 16, 0);
            for (size_t i = 0; i < size; i++)
                assert_int_equal(p[i], 0);
            memset(p, 0xA5, size);
        }
        arena_reset(arena);
        assert_int_equal(arena_used(arena), 0);
    }
}

static void blocks_do_not_overlap(void **state)
{
    struct arena *arena = *state;
    unsigned char *blocks[200];

    for (size_t i = 0; i < COUNT(blocks); i++) {
        blocks[i] = arena_alloc(arena, 5000);
        memset(blocks[i], (int)i, 5000);
    }
    for (size_t i = 0; i < COUNT(blocks); i++)
        for (size_t k = 0; k < 5000; k++)
            assert_int_equal(blocks[i][k], (unsigned char)i);
}

struct jump {
    jmp_buf back;
    size_t wanted, limit;
};

static void remember(void *user, size_t wanted, size_t limit)
{
    struct jump *jump = user;

    jump->wanted = wanted;
    jump->limit = limit;
    longjmp(jump->back, 1);
}

static void the_limit_is_told_and_nothing_is_handed_out(void **state)
{
    struct jump jump = {.wanted = 0};
    struct arena *arena = arena_new(1 << 20, remember, &jump);

    (void)state;
    if (setjmp(jump.back) == 0) {
        for (;;)
            arena_alloc(arena, 100000);
    }
    assert_int_equal(jump.wanted, 100000);
    assert_int_equal(jump.limit, 1 << 20);
    assert_in_range(arena_used(arena), 500000, 1 << 20);
    arena_free(arena);
}

static void an_array_too_large_for_a_size_is_refused(void **state)
{
    struct jump jump = {.wanted = 0};
    struct arena *arena = arena_new(ROOM, remember, &jump);

    (void)state;
    if (setjmp(jump.back) == 0)
        arena_array(arena, SIZE_MAX / 2, 3);
    assert_int_equal(jump.wanted, SIZE_MAX);
    arena_free(arena);
}

/* ---- memory that ends */

struct trial {
    struct arena *arena;
    int closed[4];
    int count;
    bool inner, after;
};

struct thing {
    struct trial *trial;
    int number;
};

static void thing_close(void *what)
{
    const struct thing *thing = what;

    thing->trial->closed[thing->trial->count++] = thing->number;
}

static struct owned *thing_own(struct trial *trial, int number)
{
    struct thing *thing = NEW(trial->arena, struct thing);

    *thing = (struct thing){trial, number};
    return arena_own(trial->arena, thing_close, thing);
}

static void fill(void *user)
{
    struct trial *trial = user;
    struct arena *child = arena_like(trial->arena);
    struct buf *buf = buf_new(trial->arena, ROOM);

    buf_text(buf, "malloc's");
    thing_own(trial, 1);
    owned_close(thing_own(trial, 2));
    thing_own(trial, 3);
    for (;;)
        arena_alloc(child, 100000);
}

static void a_run_that_is_left_gives_back_what_it_took(void **state)
{
    struct trial trial = {.arena = arena_new(1 << 20, NULL, NULL)};
    char *kept = arena_text(trial.arena, "kept", 4);
    size_t used = arena_used(trial.arena);

    (void)state;
    for (int i = 0; i < 3; i++) {
        trial.count = 0;
        assert_false(arena_run(trial.arena, fill, &trial));
        assert_int_equal(arena_used(trial.arena), used);
        assert_int_equal(trial.count, 3);
        assert_int_equal(trial.closed[0], 2); /* by itself */
        assert_int_equal(trial.closed[1], 3);
        assert_int_equal(trial.closed[2], 1);
        assert_string_equal(kept, "kept");
    }
    arena_free(trial.arena);
}

static void fill_inside(void *user)
{
    struct trial *trial = user;

    arena_text(trial->arena, "before", 6);
    trial->inner = arena_run(trial->arena, fill, trial);
    arena_text(trial->arena, "after", 5);
    trial->after = true;
}

static void only_the_innermost_run_is_left(void **state)
{
    struct trial trial = {.arena = arena_new(1 << 20, NULL, NULL), .inner = true};

    (void)state;
    assert_true(arena_run(trial.arena, fill_inside, &trial));
    assert_false(trial.inner);
    assert_true(trial.after);
    assert_in_range(arena_used(trial.arena), 13, 32); /* both texts, and nothing else */
    arena_free(trial.arena);
}

static void what_an_arena_owns_is_closed_with_it_or_at_a_reset(void **state)
{
    struct trial trial = {.arena = arena_new(1 << 20, NULL, NULL)};

    (void)state;
    thing_own(&trial, 7);
    arena_reset(trial.arena);
    assert_int_equal(trial.count, 1);
    arena_reset(trial.arena);
    assert_int_equal(trial.count, 1);
    thing_own(&trial, 8);
    arena_free(arena_like(trial.arena));
    arena_free(trial.arena);
    assert_int_equal(trial.count, 2);
    assert_int_equal(trial.closed[1], 8);
}

static void texts_end_in_nul(void **state)
{
    assert_string_equal(arena_text(*state, "abcdef", 3), "abc");
    assert_string_equal(arena_text(*state, NULL, 0), "");
    assert_string_equal(arena_printf(*state, "%d-%s", 7, "x"), "7-x");
}

/* ---- slices */

static void slices_compare_by_bytes_and_the_shorter_is_first(void **state)
{
    (void)state;
    assert_true(str_eq(STR_NONE, STR("")));
    assert_false(str_eq(STR("a"), STR("ab")));
    assert_true(str_cmp(STR("a"), STR("ab")) < 0);
    assert_true(str_cmp(STR("b"), STR("ab")) > 0);
    assert_true(str_cmp(STR("\xC3\xA9"), STR("z")) > 0);
    assert_int_equal(str_cmp(STR("ab"), STR("ab")), 0);
    assert_int_equal(str_cmp(STR_NONE, STR("")), 0);
}

static void prefixes_and_suffixes_are_found(void **state)
{
    (void)state;
    assert_true(str_starts(STR("abc"), STR("ab")));
    assert_false(str_starts(STR("a"), STR("ab")));
    assert_true(str_ends(STR("a.pdf"), STR(".pdf")));
    assert_false(str_ends(STR("pdf"), STR(".pdf")));
    assert_true(str_starts(STR_NONE, STR_NONE));
}

static void a_cut_leaves_what_follows_the_mark(void **state)
{
    struct str rest;

    (void)state;
    assert_true(str_is(str_cut(STR("a|b|c"), '|', &rest), "a"));
    assert_true(str_is(rest, "b|c"));
    assert_true(str_is(str_cut(STR("abc"), '|', &rest), "abc"));
    assert_int_equal(rest.n, 0);
    assert_int_equal(str_cut(STR_NONE, '|', &rest).n, 0);
}

static void words_are_parted_by_any_blanks(void **state)
{
    struct str rest = STR("  one \t two\n");

    (void)state;
    assert_true(str_is(str_word(&rest), "one"));
    assert_true(str_is(str_word(&rest), "two"));
    assert_int_equal(str_word(&rest).n, 0);
    assert_true(str_is(str_trim(STR(" \t国 \r\n")), "国"));
}

static void a_number_is_digits_only(void **state)
{
    static const char *const wrong[] = {"", "-1", "+1", " 1", "1 ", "1.0", "0x1", "1234567890"};
    long value = 5;

    (void)state;
    for (size_t i = 0; i < COUNT(wrong); i++)
        assert_false(str_number(str_from(wrong[i]), &value));
    assert_int_equal(value, 5);
    assert_true(str_number(STR("007"), &value));
    assert_int_equal(value, 7);
    assert_true(str_number(STR("999999999"), &value));
    assert_int_equal(value, 999999999);
}

static void the_nearest_word_is_meant_unless_it_is_far(void **state)
{
    const struct str keys[] = {STR("columns"), STR("rows"), STR("row"), STR("border")};

    (void)state;
    assert_true(str_is(str_nearest(STR("colums"), keys, COUNT(keys)), "columns"));
    assert_true(str_is(str_nearest(STR("rowss"), keys, COUNT(keys)), "rows"));
    assert_true(str_is(str_nearest(STR("boredr"), keys, COUNT(keys)), "border"));
    assert_int_equal(str_nearest(STR("watermark"), keys, COUNT(keys)).n, 0);
    assert_int_equal(str_nearest(STR("x"), NULL, 0).n, 0);
}

/* ---- UTF-8 */

static void every_code_point_comes_back(void **state)
{
    char bytes[4];

    (void)state;
    for (uint32_t code = 0; code <= 0x10FFFF; code++) {
        size_t at = 0, n = utf8_put(code, bytes);
        bool surrogate = code >= 0xD800 && code <= 0xDFFF;

        if (surrogate) {
            assert_int_equal(utf8_next((struct str){bytes, n}, &at), UTF8_BAD);
        } else {
            assert_int_equal(utf8_next((struct str){bytes, n}, &at), code);
            assert_int_equal(at, n);
        }
    }
}

static void what_is_not_utf8_is_bad_and_moves_by_one_byte(void **state)
{
    static const char *const wrong[] = {
        "\x80",
        "\xBF",
        "\xC0\x80",
        "\xC1\xBF",
        "\xE0\x9F\xBF",
        "\xED\xA0\x80",
        "\xF0\x8F\xBF\xBF",
        "\xF4\x90\x80\x80",
        "\xF5\x80\x80\x80",
        "\xFF",
        "\xE5\x9B",
        "\xE5\x9BX",
        "\xF0\xA0\xAE",
    };

    (void)state;
    for (size_t i = 0; i < COUNT(wrong); i++) {
        size_t at = 0, bad = 9;

        assert_int_equal(utf8_next(str_from(wrong[i]), &at), UTF8_BAD);
        assert_int_equal(at, 1);
        assert_false(utf8_valid(str_from(wrong[i]), &bad));
        assert_int_equal(bad, 0);
    }
}

static void a_slice_s_end_is_never_read_over(void **state)
{
    size_t at = 0, bad;

    (void)state;
    assert_int_equal(utf8_next((struct str){"国", 2}, &at), UTF8_BAD);
    assert_false(utf8_valid((struct str){"a国", 3}, &bad));
    assert_int_equal(bad, 1);
    assert_true(utf8_valid(STR_NONE, &bad));
}

static void characters_are_counted_not_bytes(void **state)
{
    (void)state;
    assert_int_equal(utf8_count(STR("a国\xF0\xA0\xAE\xB7")), 3);
    assert_int_equal(utf8_count(STR("\xFF\xFF")), 2);
    assert_int_equal(utf8_count(STR_NONE), 0);
}

/* ---- buffers */

static void bytes_are_followed_by_a_nul(void **state)
{
    struct buf buf;

    (void)state;
    buf_init(&buf, 1 << 20);
    for (int i = 0; i < 1000; i++)
        buf_printf(&buf, "%03d", i);
    buf_byte(&buf, '!');
    assert_int_equal(buf.n, 3001);
    assert_int_equal(buf.p[3001], '\0');
    assert_memory_equal(buf.p + 2997, "999!", 5);
    buf_release(&buf);
    assert_int_equal(buf_view(&buf).n, 0);
}

static void after_the_maximum_nothing_more_is_taken(void **state)
{
    struct buf buf;

    (void)state;
    buf_init(&buf, 1000);
    for (int i = 0; i < 250; i++)
        buf_text(&buf, "abcd");
    assert_false(buf.failed);
    buf_add(&buf, buf.p, 600);
    assert_true(buf.failed);
    buf_str(&buf, STR_NONE);
    buf_printf(&buf, "%d", 1);
    assert_null(buf_room(&buf, 1));
    assert_int_equal(buf.n, 1000);
    buf_clear(&buf);
    assert_false(buf.failed);
    buf_text(&buf, "xy");
    assert_string_equal(buf.p, "xy");
    buf_release(&buf);
    buf_init(&buf, 5);
    buf_text(&buf, "abcde");
    assert_false(buf.failed);
    buf_byte(&buf, 'f');
    assert_true(buf.failed && buf.n == 5);
    buf_release(&buf);
}

static void json_escapes_what_it_must_and_nothing_else(void **state)
{
    struct buf buf;

    (void)state;
    buf_init(&buf, 1000);
    buf_json(&buf, STR("a\"b\\c\n\t\x01/国\x7F"));
    assert_string_equal(buf.p, "\"a\\\"b\\\\c\\n\\u0009\\u0001/国\x7F\"");
    buf_release(&buf);
}

/* ---- lengths */

static void a_length_is_a_number_and_its_unit(void **state)
{
    mpt length = -1;

    (void)state;
    assert_true(mpt_parse(STR("10.5pt"), &length));
    assert_int_equal(length, 10500);
    assert_true(mpt_parse(STR("12mm"), &length));
    assert_int_equal(length, MM(12));
    assert_true(mpt_parse(STR("0.125mm"), &length));
    assert_int_equal(length, MM(0.125));
    assert_true(mpt_parse(STR("297mm"), &length));
    assert_int_equal(length, 841890);
    assert_true(mpt_parse(STR("0"), &length));
    assert_int_equal(length, 0);
}

static void a_number_without_a_unit_is_refused(void **state)
{
    static const char *const wrong[] = {"9",     "",       "mm",    "-1mm",      "1.2345mm",
                                        "1.mm",  ".5mm",   "1,5mm", "1 mm",      "1cm",
                                        "1.5.5", "1mm ",   "1MM",   "00",        "1e3pt",
                                        "+1mm",  "1..5mm", "0x1pt", "99999999pt"};
    mpt length = 77;

    (void)state;
    for (size_t i = 0; i < COUNT(wrong); i++)
        assert_false(mpt_parse(str_from(wrong[i]), &length));
    assert_int_equal(length, 77);
}

/* ---- faults */

static void a_fault_says_both_sentences_and_where(void **state)
{
    struct err err;
    const struct fault *fault;

    err_init(&err, *state);
    assert_true(err_ok(&err));
    assert_false(err_add(&err, FIELD_UNKNOWN, where_pointer(STR("/data/x")), "没有“%s”，%d",
                         "no '%s', %d", "x", 3));
    err_hint(&err, "是否指“%s”？", "y");
    err_rule(&err, where_file("config/rules/a.ini", 12, 0));
    fault = err.first;
    assert_false(err_ok(&err));
    assert_int_equal(fault->code, FIELD_UNKNOWN);
    assert_true(str_is(fault->zh, "没有“x”，3"));
    assert_true(str_is(fault->en, "no 'x', 3"));
    assert_true(str_is(fault->hint, "是否指“y”？"));
    assert_true(str_is(where_text(*state, fault->at), "/data/x"));
    assert_true(str_is(where_text(*state, fault->rule), "config/rules/a.ini:12"));
}

static void a_pointer_is_copied(void **state)
{
    struct err err;
    char pointer[] = "/data/x";

    err_init(&err, *state);
    err_add(&err, FIELD_UNKNOWN, where_pointer(str_from(pointer)), "错", "wrong");
    pointer[1] = '?';
    assert_true(str_is(err.first->at.pointer, "/data/x"));
}

static void warnings_stop_nothing(void **state)
{
    struct err err;

    err_init(&err, *state);
    err_warn(&err, CODE_NAME_DIFFERS, where_none(), "名称不同", "the name differs");
    assert_true(err_ok(&err));
    assert_int_equal(err.warnings, 1);
    assert_true(err.first->warning);
}

static void faults_keep_their_order_and_all_are_counted(void **state)
{
    struct err err;
    int kept = 0;

    err_init(&err, *state);
    for (int i = 0; i < 3 * ERR_MOST; i++)
        err_add(&err, FIELD_TYPE, where_none(), "%d", "%d", i);
    err_hint(&err, "这是被丢弃的那一条的提示");
    for (const struct fault *fault = err.first; fault; fault = fault->next, kept++) {
        assert_int_equal(strtol(arena_text(*state, fault->en.p, fault->en.n), NULL, 10), kept);
        assert_int_equal(fault->hint.n, 0);
    }
    assert_int_equal(kept, ERR_MOST);
    assert_int_equal(err.faults, 3 * ERR_MOST);
    assert_int_equal(err.dropped, 2 * ERR_MOST);
}

static void a_place_names_what_is_known_of_it(void **state)
{
    assert_true(str_is(where_text(*state, where_file("a.ini", 3, 7)), "a.ini:3:7"));
    assert_true(str_is(where_text(*state, where_file("a.ini", 3, 0)), "a.ini:3"));
    assert_true(str_is(where_text(*state, where_file("a.ini", 0, 0)), "a.ini"));
    assert_int_equal(where_text(*state, where_none()).n, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(memory_is_zeroed_and_aligned_also_after_a_reset,
                                        open_arena, close_arena),
        cmocka_unit_test_setup_teardown(blocks_do_not_overlap, open_arena, close_arena),
        cmocka_unit_test_setup_teardown(the_limit_is_told_and_nothing_is_handed_out, open_arena,
                                        close_arena),
        cmocka_unit_test_setup_teardown(an_array_too_large_for_a_size_is_refused, open_arena,
                                        close_arena),
        cmocka_unit_test(a_run_that_is_left_gives_back_what_it_took),
        cmocka_unit_test(only_the_innermost_run_is_left),
        cmocka_unit_test(what_an_arena_owns_is_closed_with_it_or_at_a_reset),
        cmocka_unit_test_setup_teardown(texts_end_in_nul, open_arena, close_arena),
        cmocka_unit_test_setup_teardown(slices_compare_by_bytes_and_the_shorter_is_first,
                                        open_arena, close_arena),
        cmocka_unit_test_setup_teardown(prefixes_and_suffixes_are_found, open_arena,
                                        close_arena),
        cmocka_unit_test_setup_teardown(a_cut_leaves_what_follows_the_mark, open_arena,
                                        close_arena),
        cmocka_unit_test_setup_teardown(words_are_parted_by_any_blanks, open_arena,
                                        close_arena),
        cmocka_unit_test_setup_teardown(a_number_is_digits_only, open_arena, close_arena),
        cmocka_unit_test_setup_teardown(the_nearest_word_is_meant_unless_it_is_far, open_arena,
                                        close_arena),
        cmocka_unit_test_setup_teardown(every_code_point_comes_back, open_arena, close_arena),
        cmocka_unit_test_setup_teardown(what_is_not_utf8_is_bad_and_moves_by_one_byte,
                                        open_arena, close_arena),
        cmocka_unit_test_setup_teardown(a_slice_s_end_is_never_read_over, open_arena,
                                        close_arena),
        cmocka_unit_test_setup_teardown(characters_are_counted_not_bytes, open_arena,
                                        close_arena),
        cmocka_unit_test_setup_teardown(bytes_are_followed_by_a_nul, open_arena, close_arena),
        cmocka_unit_test_setup_teardown(after_the_maximum_nothing_more_is_taken, open_arena,
                                        close_arena),
        cmocka_unit_test_setup_teardown(json_escapes_what_it_must_and_nothing_else, open_arena,
                                        close_arena),
        cmocka_unit_test_setup_teardown(a_length_is_a_number_and_its_unit, open_arena,
                                        close_arena),
        cmocka_unit_test_setup_teardown(a_number_without_a_unit_is_refused, open_arena,
                                        close_arena),
        cmocka_unit_test_setup_teardown(a_fault_says_both_sentences_and_where, open_arena,
                                        close_arena),
        cmocka_unit_test_setup_teardown(a_pointer_is_copied, open_arena, close_arena),
        cmocka_unit_test_setup_teardown(warnings_stop_nothing, open_arena, close_arena),
        cmocka_unit_test_setup_teardown(faults_keep_their_order_and_all_are_counted, open_arena,
                                        close_arena),
        cmocka_unit_test_setup_teardown(a_place_names_what_is_known_of_it, open_arena,
                                        close_arena),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
