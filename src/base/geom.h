/* geom.h: lengths are integers in thousandths of a point (mpt), so page breaks are the same on
 * every machine and tests can use ==. Only pdf makes decimals of them. 1 pt = 1/72 inch,
 * 1 mm = 2834.6457 mpt. Page coordinates: origin at the top left, x right, y down. */
#ifndef BASE_GEOM_H
#define BASE_GEOM_H

#include "base/str.h"

#include <stdint.h>

typedef int32_t mpt;

#define MPT_MAX INT32_MAX
#define PT(points) ((mpt)((points)*1000))
#define MM(mm) ((mpt)((mm)*360000 / 127.0 + 0.5)) /* constants only */

/* How a rule is drawn. */
enum dash { DASH_SOLID, DASH_DOTS, DASH_DASHES };

struct rect {
    mpt x, y, w, h;
};

mpt mpt_min(mpt, mpt);
mpt mpt_max(mpt, mpt);
/* "12mm", "10.5pt": at most three decimals; a bare number is refused (but "0"). */
bool mpt_parse(struct str, mpt *out);

#endif
