/* utf8.h: one code point at a time (RFC 3629: no surrogates, no overlong forms, at most
 * U+10FFFF). */
#ifndef BASE_UTF8_H
#define BASE_UTF8_H

#include "base/str.h"

#include <stdint.h>

#define UTF8_BAD UINT32_MAX

/* Code point at s.p + *at; moves *at behind it. A bad byte gives UTF8_BAD and moves by one.
 * *at must be < s.n. */
uint32_t utf8_next(struct str, size_t *at);
size_t utf8_put(uint32_t code, char out[4]); /* bytes written, 1 to 4 */
size_t utf8_count(struct str);               /* code points; each bad byte counts as one */
bool utf8_valid(struct str, size_t *bad);    /* *bad: offset of the first bad byte */

#endif
