/* str.c: slices. */
#include "base/str.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { PRINTF_ROOM = 512 }; /* longer texts are made twice */

struct str str_from(const char *text)
{
    return text ? (struct str){text, strlen(text)} : STR_NONE;
}

bool str_eq(struct str a, struct str b)
{
    return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

bool str_is(struct str s, const char *text)
{
    return str_eq(s, str_from(text));
}

int str_cmp(struct str a, struct str b)
{
    size_t n = a.n < b.n ? a.n : b.n;
    int order = n ? memcmp(a.p, b.p, n) : 0;

    return order ? order : (a.n > b.n) - (a.n < b.n);
}

bool str_starts(struct str s, struct str prefix)
{
    return s.n >= prefix.n && str_eq((struct str){s.p, prefix.n}, prefix);
}

bool str_ends(struct str s, struct str suffix)
{
    return s.n >= suffix.n && str_eq((struct str){s.p + (s.n - suffix.n), suffix.n}, suffix);
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

struct str str_trim(struct str s)
{
    while (s.n && is_blank(s.p[0])) {
        s.p++;
        s.n--;
    }
    while (s.n && is_blank(s.p[s.n - 1]))
        s.n--;
    return s;
}

struct str str_cut(struct str s, char at, struct str *rest)
{
    const char *found = s.n ? memchr(s.p, at, s.n) : NULL;
    struct str head = s;

    if (!found) {
        *rest = STR_NONE;
        return s;
    }
    head.n = (size_t)(found - s.p);
    *rest = (struct str){found + 1, s.n - head.n - 1};
    return head;
}

struct str str_word(struct str *rest)
{
    struct str s = str_trim(*rest), word = s;

    word.n = 0;
    while (word.n < s.n && !is_blank(s.p[word.n]))
        word.n++;
    *rest = word.n < s.n ? str_trim((struct str){s.p + word.n, s.n - word.n}) : STR_NONE;
    return word;
}

bool str_number(struct str s, long *out)
{
    long value = 0;

    if (s.n == 0 || s.n > 9)
        return false;
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] < '0' || s.p[i] > '9')
            return false;
        value = value * 10 + (s.p[i] - '0');
    }
    *out = value;
    return true;
}

struct str str_copy(struct arena *arena, struct str s)
{
    return (struct str){arena_text(arena, s.p, s.n), s.n};
}

struct str str_printf(struct arena *arena, const char *fmt, ...)
{
    va_list args, again;
    char first[PRINTF_ROOM], *text;
    size_t n;
    int made;

    va_start(args, fmt);
    va_copy(again, args);
    made = vsnprintf(first, sizeof first, fmt, args);
    n = made < 0 ? 0 : (size_t)made;
    if (n < sizeof first) {
        text = arena_text(arena, first, n);
    } else {
        text = arena_alloc(arena, n + 1);
        vsnprintf(text, n + 1, fmt, again);
    }
    va_end(again);
    va_end(args);
    return (struct str){text, n};
}

enum { NEAREST_MOST = 48 }; /* bytes of a word that is compared */

static size_t least(size_t a, size_t b, size_t c)
{
    size_t m = a < b ? a : b;

    return m < c ? m : c;
}

/* Levenshtein distance by one row of the table. */
static size_t distance(struct str a, struct str b)
{
    size_t row[NEAREST_MOST + 1];

    for (size_t j = 0; j <= b.n; j++)
        row[j] = j;
    for (size_t i = 1; i <= a.n; i++) {
        size_t corner = row[0];

        row[0] = i;
        for (size_t j = 1; j <= b.n; j++) {
            size_t up = row[j];

            row[j] = least(up + 1, row[j - 1] + 1, corner + (a.p[i - 1] != b.p[j - 1]));
            corner = up;
        }
    }
    return row[b.n];
}

struct str str_nearest(struct str word, const struct str *candidates, size_t count)
{
    struct str best = STR_NONE;
    size_t allowed = word.n / 3 < 2 ? 2 : word.n / 3;

    if (word.n > NEAREST_MOST)
        return best;
    for (size_t i = 0; i < count; i++) {
        size_t d;

        if (candidates[i].n == 0 || candidates[i].n > NEAREST_MOST)
            continue;
        d = distance(word, candidates[i]);
        if (d <= allowed && d < candidates[i].n) {
            best = candidates[i];
            allowed = d ? d - 1 : 0;
            if (d == 0)
                break;
        }
    }
    return best;
}
