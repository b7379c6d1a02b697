/* Civil time as numbers. */
#include "base/time.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static int make_arena(void **state)
{
    *state = arena_new(16 << 20, NULL, NULL);
    return 0;
}

static int free_arena(void **state)
{
    arena_free(*state);
    return 0;
}

static void every_day_of_eight_centuries_goes_there_and_back(void **state)
{
    int year = 1600, month = 1, day = 1;
    int64_t days = days_from_date(1600, 1, 1);

    (void)state;
    assert_int_equal(days_from_date(1970, 1, 1), 0);
    assert_int_equal(days_from_date(2000, 3, 1), 11017);
    while (year < 2400) {
        int y, m, d;

        date_from_days(days, &y, &m, &d);
        if (y != year || m != month || d != day)
            assert_true(d == 1 && (m == month + 1 || (month == 12 && m == 1 && y == year + 1)));
        assert_int_equal(days_from_date(y, m, d), days);
        year = y;
        month = m;
        day = d + 1;
        days++;
    }
    assert_int_equal(days_from_date(2400, 1, 1), days - 1);
}

static void a_date_is_one_that_there_is(void **state)
{
    static const char *const good[] = {"20240229", "2024-02-29", "20000229", "20261231"};
    static const char *const bad[] = {"20230229", "19000229", "20240230",  "20241301",
                                      "20240001", "20240100", "2024-2-29", "2024/02/29",
                                      "2024022",  "",         "202402290", "2024022x"};
    int64_t days;

    (void)state;
    for (size_t i = 0; i < COUNT(good); i++)
        assert_true(date_parse(str_from(good[i]), &days));
    for (size_t i = 0; i < COUNT(bad); i++)
        if (date_parse(str_from(bad[i]), &days))
            fail_msg("%s is read", bad[i]);
}

static void a_time_is_read_with_its_offset(void **state)
{
    static const struct {
        const char *text;
        int64_t seconds;
    } good[] = {{"1970-01-01T00:00:00Z", 0},
                {"1970-01-01T08:00:00+08:00", 0},
                {"1969-12-31T20:30:00-03:30", 0},
                {"2024-08-14T15:22:41+08:00", 1723620161},
                {"2024-08-14T15:22:41.999+08:00", 1723620161},
                {"2106-02-07T06:28:15Z", UINT32_MAX}};
    static const char *const bad[] = {"2024-08-14",
                                      "2024-08-14T15:22:41",
                                      "2024-08-14 15:22:41Z",
                                      "2024-08-14T24:00:00Z",
                                      "2024-08-14T15:22:41+0800",
                                      "2024-08-14T15:22:41+08:60",
                                      "2024-08-14T15:22:41Zx",
                                      "2024-02-30T00:00:00Z"};
    int64_t seconds;

    (void)state;
    for (size_t i = 0; i < COUNT(good); i++) {
        assert_true(time_parse(str_from(good[i].text), &seconds));
        assert_int_equal(seconds, good[i].seconds);
    }
    for (size_t i = 0; i < COUNT(bad); i++)
        if (time_parse(str_from(bad[i]), &seconds))
            fail_msg("%s is read", bad[i]);
}

static void a_time_is_written_as_in_beijing(void **state)
{
    struct arena *arena = *state;

    assert_string_equal(time_text(arena, 1723620161).p, "2024-08-14T15:22:41+08:00");
    assert_string_equal(time_text(arena, 0).p, "1970-01-01T08:00:00+08:00");
    assert_string_equal(time_text(arena, -8 * 3600 - 1).p, "1969-12-31T23:59:59+08:00");
    assert_string_equal(date_text(arena, days_from_date(2024, 2, 29)).p, "2024-02-29");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_day_of_eight_centuries_goes_there_and_back),
        cmocka_unit_test(a_date_is_one_that_there_is),
        cmocka_unit_test(a_time_is_read_with_its_offset),
        cmocka_unit_test(a_time_is_written_as_in_beijing),
    };
    return cmocka_run_group_tests(tests, make_arena, free_arena);
}
