/* time.c: civil time as numbers (the algorithms of the proleptic Gregorian calendar). */
#include "base/time.h"

enum {
    DAY = 86400,
    BEIJING = 8 * 3600,
    ERA_DAYS = 146097, /* 400 years */
    EPOCH = 719468,    /* days from 0000-03-01 to 1970-01-01 */
};

/* Years are counted from March, so that the leap day is the last of its year. */
int64_t days_from_date(int year, int month, int day)
{
    int64_t y = month <= 2 ? year - 1 : year;
    int64_t era = (y >= 0 ? y : y - 399) / 400, of_era = y - era * 400;
    int64_t of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;

    return era * ERA_DAYS + of_era * 365 + of_era / 4 - of_era / 100 + of_year - EPOCH;
}

void date_from_days(int64_t days, int *year, int *month, int *day)
{
    int64_t from = days + EPOCH, era = (from >= 0 ? from : from - ERA_DAYS + 1) / ERA_DAYS;
    int64_t left = from - era * ERA_DAYS;
    int64_t y = (left - left / 1460 + left / 36524 - left / (ERA_DAYS - 1)) / 365;
    int64_t of_year = left - (365 * y + y / 4 - y / 100), m = (5 * of_year + 2) / 153;

    *day = (int)(of_year - (153 * m + 2) / 5 + 1);
    *month = (int)(m < 10 ? m + 3 : m - 9);
    *year = (int)(y + era * 400 + (*month <= 2));
}

static bool number(struct str text, size_t at, size_t n, int *out)
{
    long value;

    if (at + n > text.n || !str_number((struct str){text.p + at, n}, &value))
        return false;
    *out = (int)value;
    return true;
}

bool date_parse(struct str text, int64_t *days)
{
    bool dashed = text.n == 10 && text.p[4] == '-' && text.p[7] == '-';
    int year, month, day, back[3];
    int64_t found;

    if ((!dashed && text.n != 8) || !number(text, 0, 4, &year) ||
        !number(text, dashed ? 5 : 4, 2, &month) || !number(text, dashed ? 8 : 6, 2, &day) ||
        month < 1 || month > 12 || day < 1)
        return false;
    found = days_from_date(year, month, day);
    date_from_days(found, &back[0], &back[1], &back[2]);
    if (back[1] != month || back[2] != day)
        return false;
    *days = found;
    return true;
}

struct str date_text(struct arena *arena, int64_t days)
{
    int year, month, day;

    date_from_days(days, &year, &month, &day);
    return str_printf(arena, "%04d-%02d-%02d", year, month, day);
}

/* Z, +08:00, -03:30 */
static bool offset_parse(struct str text, int *seconds)
{
    int hours, minutes;

    if (text.n == 1 && (text.p[0] == 'Z' || text.p[0] == 'z')) {
        *seconds = 0;
        return true;
    }
    if (text.n != 6 || (text.p[0] != '+' && text.p[0] != '-') || text.p[3] != ':' ||
        !number(text, 1, 2, &hours) || !number(text, 4, 2, &minutes) || hours > 23 ||
        minutes > 59)
        return false;
    *seconds = (hours * 3600 + minutes * 60) * (text.p[0] == '-' ? -1 : 1);
    return true;
}

bool time_parse(struct str text, int64_t *seconds)
{
    int hour, minute, second, offset;
    size_t at = 19;
    int64_t days;

    if (text.n < 20 || !date_parse((struct str){text.p, 10}, &days) ||
        (text.p[10] != 'T' && text.p[10] != 't') || text.p[13] != ':' || text.p[16] != ':' ||
        !number(text, 11, 2, &hour) || !number(text, 14, 2, &minute) ||
        !number(text, 17, 2, &second) || hour > 23 || minute > 59 || second > 60)
        return false;
    if (text.p[at] == '.')
        for (at++; at < text.n && text.p[at] >= '0' && text.p[at] <= '9';)
            at++;
    if (!offset_parse((struct str){text.p + at, text.n - at}, &offset))
        return false;
    *seconds = days * DAY + hour * 3600 + minute * 60 + second - offset;
    return true;
}

struct str time_text(struct arena *arena, int64_t seconds)
{
    int64_t local = seconds + BEIJING, days = local / DAY - (local % DAY < 0);
    int of_day = (int)(local - days * DAY);
    struct str date = date_text(arena, days);

    return str_printf(arena, "%.*sT%02d:%02d:%02d+08:00", STR_ARG(date), of_day / 3600,
                      of_day / 60 % 60, of_day % 60);
}
