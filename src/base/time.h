/* time.h: civil time as numbers. Nobody here asks a clock: times come in as text or as seconds
 * since 1970-01-01 UTC, and are written with the offset of Beijing, +08:00. */
#ifndef BASE_TIME_H
#define BASE_TIME_H

#include "base/str.h"

#include <stdint.h>

/* Days since 1970-01-01 of a date in the Gregorian calendar, and back. */
int64_t days_from_date(int year, int month, int day);
void date_from_days(int64_t days, int *year, int *month, int *day);
/* YYYYMMDD or YYYY-MM-DD of a day that there is, as days since 1970-01-01. */
bool date_parse(struct str, int64_t *days);
struct str date_text(struct arena *, int64_t days); /* YYYY-MM-DD */
/* RFC 3339 with offset as seconds; a fraction is dropped. */
bool time_parse(struct str, int64_t *seconds);
struct str time_text(struct arena *, int64_t seconds); /* 2026-03-05T10:00:00+08:00 */

#endif
