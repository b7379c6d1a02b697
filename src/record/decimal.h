/* decimal.h: exact decimal sums; never binary floating point. */
#ifndef RECORD_DECIMAL_H
#define RECORD_DECIMAL_H

#include "base/str.h"

__extension__ typedef __int128 decimal_int;

/* value = digits / 10^scale; scale is the longest seen, 0 to 6. Sums of 20,000 values of 25
 * digits fit. */
struct decimal {
    decimal_int digits;
    int scale;
};

bool decimal_parse(struct str, struct decimal *out); /* the form of FIELD_DECIMAL */
struct decimal decimal_add(struct decimal, struct decimal);
/* "1234567.50"; grouped: "1,234,567.50". Keeps at least `places` decimals (zeros are added,
 * never rounded away). */
struct str decimal_text(struct arena *, struct decimal, bool grouped, int places);

#endif
