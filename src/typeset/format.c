/* format.c: dates and numbers as Chinese papers print them: 2024年10月9日 (no zeros before a
 * month or day, GB/T 9704), 86,500.00, 2024-10-09 09:12:34. */
#include "typeset/plan.h"

#include <string.h>

static bool digits(struct str s, size_t from, size_t n)
{
    if (s.n < from + n)
        return false;
    for (size_t i = from; i < from + n; i++) {
        if (s.p[i] < '0' || s.p[i] > '9')
            return false;
    }
    return true;
}

static int two(struct str s, size_t at)
{
    return (s.p[at] - '0') * 10 + (s.p[at + 1] - '0');
}

/* YYYYMMDD or RFC 3339 */
static struct str format_date(struct arena *arena, struct str s)
{
    size_t month = 4, day = 6;

    if (s.n > 10 && s.p[4] == '-' && s.p[7] == '-') {
        month = 5;
        day = 8;
    }
    if (!digits(s, 0, 4) || !digits(s, month, 2) || !digits(s, day, 2))
        return s;
    return str_printf(arena, "%.4s年%d月%d日", s.p, two(s, month), two(s, day));
}

/* RFC 3339: the date and the clock; another offset than China's is said. */
static struct str format_time(struct arena *arena, struct str s)
{
    struct str offset;

    if (s.n < 20 || s.p[10] != 'T')
        return s;
    offset = (struct str){s.p + 19, s.n - 19};
    while (offset.n && (offset.p[0] == '.' || (offset.p[0] >= '0' && offset.p[0] <= '9'))) {
        offset.p++;
        offset.n--;
    }
    if (str_is(offset, "+08:00"))
        return str_printf(arena, "%.10s %.8s", s.p, s.p + 11);
    return str_printf(arena, "%.10s %.8s UTC%.*s", s.p, s.p + 11, STR_ARG(offset));
}

struct str format_value(struct arena *arena, enum format format, struct str value)
{
    struct decimal number;

    switch (format) {
    case FORMAT_PLAIN:
        return value;
    case FORMAT_DATE:
        return format_date(arena, value);
    case FORMAT_TIME:
        return format_time(arena, value);
    case FORMAT_CAPITAL:
        if (decimal_parse(value, &number))
            (void)capital_text(arena, number, &value);
        return value;
    case FORMAT_NUMBER:
    case FORMAT_MONEY:
        if (decimal_parse(value, &number))
            return decimal_text(arena, number, /* grouped */ true,
                                format == FORMAT_MONEY ? 2 : 0);
        return value;
    }
    return value;
}
