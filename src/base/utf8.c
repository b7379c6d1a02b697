/* utf8.c: RFC 3629. */
#include "base/utf8.h"

uint32_t utf8_next(struct str s, size_t *at)
{
    size_t i = *at, left = s.n - i;
    const unsigned char *p = (const unsigned char *)s.p + i;
    uint32_t code = p[0], lowest;
    size_t more;

    *at = i + 1;
    if (code < 0x80)
        return code;
    if (code >= 0xC2 && code <= 0xDF) {
        more = 1, lowest = 0x80, code &= 0x1F;
    } else if ((code & 0xF0) == 0xE0) {
        more = 2, lowest = 0x800, code &= 0x0F;
    } else if (code >= 0xF0 && code <= 0xF4) {
        more = 3, lowest = 0x10000, code &= 0x07;
    } else {
        return UTF8_BAD;
    }
    if (more >= left)
        return UTF8_BAD;
    for (size_t k = 1; k <= more; k++) {
        if ((p[k] & 0xC0) != 0x80)
            return UTF8_BAD;
        code = code << 6 | (p[k] & 0x3F);
    }
    if (code < lowest || code > 0x10FFFF || (code >= 0xD800 && code <= 0xDFFF))
        return UTF8_BAD;
    *at = i + 1 + more;
    return code;
}

size_t utf8_put(uint32_t code, char out[4])
{
    if (code < 0x80) {
        out[0] = (char)code;
        return 1;
    }
    if (code < 0x800) {
        out[0] = (char)(0xC0 | code >> 6);
        out[1] = (char)(0x80 | (code & 0x3F));
        return 2;
    }
    if (code < 0x10000) {
        out[0] = (char)(0xE0 | code >> 12);
        out[1] = (char)(0x80 | (code >> 6 & 0x3F));
        out[2] = (char)(0x80 | (code & 0x3F));
        return 3;
    }
    out[0] = (char)(0xF0 | code >> 18);
    out[1] = (char)(0x80 | (code >> 12 & 0x3F));
    out[2] = (char)(0x80 | (code >> 6 & 0x3F));
    out[3] = (char)(0x80 | (code & 0x3F));
    return 4;
}

size_t utf8_count(struct str s)
{
    size_t count = 0;

    for (size_t at = 0; at < s.n; count++)
        utf8_next(s, &at);
    return count;
}

bool utf8_valid(struct str s, size_t *bad)
{
    for (size_t at = 0; at < s.n;) {
        size_t start = at;

        if (utf8_next(s, &at) == UTF8_BAD) {
            *bad = start;
            return false;
        }
    }
    return true;
}
