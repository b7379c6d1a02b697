/* cms-time.c: times of records (RFC 3339) and of certificates; the calendar is OpenSSL's. */
#include "seal/cms-internal.h"

#include <string.h>

enum { DAY = 86400 };

time_t cms_time_number(const ASN1_TIME *time)
{
    ASN1_TIME *epoch = ASN1_TIME_set(NULL, 0);
    int days = 0, seconds = 0;

    if (epoch)
        ASN1_TIME_diff(&days, &seconds, epoch, time);
    ASN1_TIME_free(epoch);
    return (time_t)days * DAY + seconds;
}

static int two(struct str text, size_t at)
{
    return (text.p[at] - '0') * 10 + (text.p[at + 1] - '0');
}

/* 2024-05-06T07:08:09.5+08:00: the time as it stands, less its zone. */
bool cms_time(struct str text, int64_t *out)
{
    char plain[16];
    ASN1_TIME *time;
    size_t n = 0, zone = 19;
    int minutes = 0;
    bool ok;

    if (text.n < 20)
        return false;
    for (size_t i = 0; i < 19; i++)
        if (text.p[i] >= '0' && text.p[i] <= '9' && n < 14)
            plain[n++] = text.p[i];
    while (zone < text.n && !strchr("Z+-", text.p[zone]))
        zone++;
    if (zone + 6 == text.n && text.p[zone] != 'Z')
        minutes = 60 * two(text, zone + 1) + two(text, zone + 4);
    else if (zone + 1 != text.n || text.p[zone] != 'Z')
        return false;
    if (text.p[zone] == '-')
        minutes = -minutes;
    plain[n] = 'Z';
    plain[n + 1] = '\0';
    time = ASN1_TIME_new();
    ok = n == 14 && time && ASN1_TIME_set_string_X509(time, plain) == 1;
    if (ok)
        *out = cms_time_number(time) - (int64_t)60 * minutes;
    ASN1_TIME_free(time);
    return ok;
}

struct str cms_time_text(struct arena *arena, const ASN1_TIME *time)
{
    struct tm tm = {0};

    if (ASN1_TIME_to_tm(time, &tm) != 1)
        return STR_NONE;
    return str_printf(arena, "%04d-%02d-%02dT%02d:%02d:%02dZ", tm.tm_year + 1900, tm.tm_mon + 1,
                      tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec);
}
