/* str.h: borrowed slices of bytes. A str owns nothing and need not end in NUL; its p may be
 * NULL only when n is 0. Whoever owns the bytes must outlive it. */
#ifndef BASE_STR_H
#define BASE_STR_H

#include "base/arena.h"

#include <stdbool.h>
#include <stddef.h>

struct str {
    const char *p;
    size_t n;
};

#define STR(literal) ((struct str){"" literal, sizeof(literal) - 1})
#define STR_NONE ((struct str){0, 0})
/* for printf: "%.*s", STR_ARG(s) */
#define STR_ARG(s) (int)(s).n, (s).p ? (s).p : ""

struct str str_from(const char *text); /* NULL gives the empty str */
bool str_eq(struct str, struct str);
bool str_is(struct str, const char *text);
int str_cmp(struct str, struct str); /* by bytes, shorter first */
bool str_starts(struct str, struct str prefix);
bool str_ends(struct str, struct str suffix);
struct str str_trim(struct str); /* ASCII blanks at both ends */
/* The part before the first `at`; *rest is what follows it (empty when there is none). */
struct str str_cut(struct str, char at, struct str *rest);
/* The next blank-separated word of *rest, empty at the end. */
struct str str_word(struct str *rest);
bool str_number(struct str, long *out); /* decimal digits only, at most 9 */
struct str str_copy(struct arena *, struct str);
struct str str_printf(struct arena *, const char *fmt, ...) FORMAT(2, 3);

/* "Did you mean": the candidate nearest to word by edit distance, at most a third of its length
 * (at least 2) away; empty when none is near. */
struct str str_nearest(struct str word, const struct str *candidates, size_t count);

#endif
