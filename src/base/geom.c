/* geom.c: lengths. */
#include "base/geom.h"

mpt mpt_min(mpt a, mpt b)
{
    return a < b ? a : b;
}

mpt mpt_max(mpt a, mpt b)
{
    return a > b ? a : b;
}

bool mpt_parse(struct str s, mpt *out)
{
    int64_t thousandths = 0;
    int decimals = -1;
    size_t i = 0;
    struct str unit;

    if (str_is(s, "0")) {
        *out = 0;
        return true;
    }
    for (; i < s.n && ((s.p[i] >= '0' && s.p[i] <= '9') || (s.p[i] == '.' && decimals < 0));
         i++) {
        if (s.p[i] == '.') {
            decimals = 0;
            continue;
        }
        if (decimals >= 3 || thousandths > 10000000)
            return false;
        thousandths = thousandths * 10 + (s.p[i] - '0');
        decimals += decimals >= 0;
    }
    if (i == 0 || s.p[i - 1] == '.' || s.p[0] == '.')
        return false;
    for (int d = decimals < 0 ? 0 : decimals; d < 3; d++)
        thousandths *= 10;
    unit = (struct str){s.p + i, s.n - i};
    if (str_is(unit, "mm"))
        thousandths = (thousandths * 360000 + 63500) / 127000;
    else if (!str_is(unit, "pt"))
        return false;
    if (thousandths > INT32_MAX)
        return false;
    *out = (mpt)thousandths;
    return true;
}
