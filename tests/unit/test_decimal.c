/* test_decimal.c: sums are exact. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "record/decimal.h"

static const char *text_of(struct arena *arena, struct decimal value, bool grouped, int places)
{
    struct str text = decimal_text(arena, value, grouped, places);

    return arena_text(arena, text.p, text.n);
}

static void only_plain_digits_are_numbers(void **state)
{
    static const char *const good[] = {
        "0", "-1", "007", "1.5", "0.000001", "-0.50", "9999999999999999999.999999",
    };
    static const char *const bad[] = {
        "",    "-",   "+1",    "1.",  ".5", "1,000",     "1e3",
        " 1",  "1 ",  "1.2.3", "--1", "１", "1.0000001", "12345678901234567890",
        "NaN", "0x1", "-.",
    };
    struct decimal value;

    (void)state;
    for (size_t i = 0; i < COUNT(good); i++)
        if (!decimal_parse(str_from(good[i]), &value))
            fail_msg("'%s' is refused", good[i]);
    for (size_t i = 0; i < COUNT(bad); i++)
        if (decimal_parse(str_from(bad[i]), &value))
            fail_msg("'%s' is taken", bad[i]);
}

static void a_number_is_printed_as_it_came_and_grouped_by_thousands(void **state)
{
    static const struct {
        const char *text;
        bool grouped;
        int places;
        const char *expected;
    } cases[] = {
        {"1234567.5", true, 2, "1,234,567.50"},
        {"1234567.5", false, 2, "1234567.50"},
        {"-1234.5678", true, 2, "-1,234.5678"},
        {"0", true, 2, "0.00"},
        {"0.05", true, 0, "0.05"},
        {"-0.05", true, 0, "-0.05"},
        {"100", true, 0, "100"},
        {"1000", true, 0, "1,000"},
        {"007", true, 0, "7"},
        {"9999999999999999999.999999", true, 0, "9,999,999,999,999,999,999.999999"},
    };
    struct arena *arena = arena_new(1 << 20, NULL, NULL);
    struct decimal value;

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        assert_true(decimal_parse(str_from(cases[i].text), &value));
        assert_string_equal(text_of(arena, value, cases[i].grouped, cases[i].places),
                            cases[i].expected);
    }
    arena_free(arena);
}

static void sums_are_exact(void **state)
{
    struct arena *arena = arena_new(1 << 20, NULL, NULL);
    struct decimal sum = {0}, value;

    (void)state;
    assert_true(decimal_parse(STR("0.1"), &value));
    for (int i = 0; i < 10; i++)
        sum = decimal_add(sum, value);
    assert_string_equal(text_of(arena, sum, false, 0), "1.0");
    assert_true(decimal_parse(STR("-1.000001"), &value));
    assert_string_equal(text_of(arena, decimal_add(sum, value), false, 0), "-0.000001");
    sum = (struct decimal){0};
    assert_true(decimal_parse(STR("9999999999999999999.999999"), &value));
    for (int i = 0; i < 20000; i++)
        sum = decimal_add(sum, value);
    assert_string_equal(text_of(arena, sum, false, 0), "199999999999999999999999.980000");
    arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_plain_digits_are_numbers),
        cmocka_unit_test(a_number_is_printed_as_it_came_and_grouped_by_thousands),
        cmocka_unit_test(sums_are_exact),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
