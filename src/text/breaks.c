/* breaks.c: where a line may end. UAX #14 by ICU, then what Chinese readers expect on top
 * (CLREQ, level GB): these rules only forbid, but for one, see beside_quote(). */
#include "text/text-internal.h"

#include <stddef.h>
#include <stdlib.h>

/* Never the first of a line: closing marks, dashes, interpuncts, what follows a number. */
static const uint32_t NEVER_FIRST[] = {
    0x0025, 0x00B0, 0x00B7, 0x2010, 0x2013, 0x2014, 0x2015, 0x2019, 0x201D, 0x2022,
    0x2025, 0x2026, 0x2027, 0x2030, 0x2032, 0x2033, 0x203A, 0x2103, 0x2109, 0x22EF,
    0x2E3A, 0x2E3B, 0x3001, 0x3002, 0x3005, 0x3009, 0x300B, 0x300D, 0x300F, 0x3011,
    0x3015, 0x3017, 0x3019, 0x301B, 0x301C, 0x301E, 0x301F, 0x303B, 0x30FB, 0x30FC,
    0xFE50, 0xFE51, 0xFE52, 0xFE54, 0xFE55, 0xFE56, 0xFE57, 0xFE5A, 0xFE5C, 0xFE5E,
    0xFF01, 0xFF05, 0xFF09, 0xFF0C, 0xFF0D, 0xFF0E, 0xFF0F, 0xFF1A, 0xFF1B, 0xFF1F,
    0xFF3D, 0xFF5D, 0xFF5E, 0xFF60, 0xFF61, 0xFF63, 0xFF64, 0xFF65,
};

/* Never the last of a line: opening marks, what stands before a number. */
static const uint32_t NEVER_LAST[] = {
    0x0024, 0x00A3, 0x00A5, 0x00B1, 0x2018, 0x201C, 0x2039, 0x20A9, 0x20AC, 0x20B9,
    0x20BD, 0x2116, 0x2248, 0x2264, 0x2265, 0x3008, 0x300A, 0x300C, 0x300E, 0x3010,
    0x3014, 0x3016, 0x3018, 0x301A, 0x301D, 0xFE59, 0xFE5B, 0xFE5D, 0xFF04, 0xFF08,
    0xFF0F, 0xFF3B, 0xFF5B, 0xFF5F, 0xFF62, 0xFFE1, 0xFFE5,
};

static int compare(const void *key, const void *entry)
{
    uint32_t a = *(const uint32_t *)key, b = *(const uint32_t *)entry;

    return a < b ? -1 : a > b;
}

static bool never_first(uint32_t code)
{
    return bsearch(&code, NEVER_FIRST, COUNT(NEVER_FIRST), sizeof code, compare) != NULL;
}

static bool never_last(uint32_t code)
{
    return bsearch(&code, NEVER_LAST, COUNT(NEVER_LAST), sizeof code, compare) != NULL;
}

static bool is_digit(uint32_t code)
{
    return (code >= '0' && code <= '9') || (code >= 0xFF10 && code <= 0xFF19);
}

/* —— and …… are one mark each: of a longer row every second boundary may part them. */
static bool inside_pair(const struct para *para, size_t i)
{
    uint32_t code = para->letters[i].code;
    size_t start = i;

    if (code != 0x2014 && code != 0x2026)
        return false;
    while (start > 0 && para->letters[start - 1].code == code)
        start--;
    return (i - start) % 2 == 1;
}

/* UAX #14 cannot know whether a quote opens or closes, so it never breaks beside one; in
 * Chinese “ and ‘ open and ” and ’ close. */
static bool beside_quote(const struct letter *before, const struct letter *after)
{
    return ((after->code == 0x201C || after->code == 0x2018) && letter_is_wide(before)) ||
           ((before->code == 0x201D || before->code == 0x2019) && letter_is_wide(after));
}

/* A solidus stays between the ideographs it joins: 进/出境. */
static bool joins_han(const struct letter *before, const struct letter *after)
{
    return before->code == '/' && letter_is_wide(after);
}

/* 。”） before the last of which a line may end when there is no better way. */
static bool third_mark(const struct para *para, size_t i)
{
    const struct letter *letter = &para->letters[i];

    for (size_t k = 0; k < 3; k++)
        if (i < k || letter[-(ptrdiff_t)k].kind < KIND_CLOSE ||
            letter[-(ptrdiff_t)k].kind > KIND_STOP)
            return false;
    return true;
}

static enum chance chance_before(const struct para *para, size_t i, bool uax)
{
    const struct letter *after = &para->letters[i], *before = after - 1, *last = before;

    if (!after->head || after->code == '\n' || inside_pair(para, i))
        return CHANCE_NONE;
    if (letter_hangs(after))
        return CHANCE_NONE;
    while (last > para->letters && letter_hangs(last))
        last--;
    if (third_mark(para, i))
        return CHANCE_MARKS;
    if (never_first(after->code) || never_last(last->code) || joins_han(before, after))
        return CHANCE_CLUSTER;
    return uax || beside_quote(before, after) ? CHANCE_USUAL : CHANCE_TIDY;
}

static void ask_icu(struct para *para, bool *allowed)
{
    UErrorCode status = U_ZERO_ERROR;
    UBreakIterator *lines = para->text->lines;
    UChar *units;
    size_t *of;
    int32_t n = letters_utf16(para, 0, para->count, &units, &of);

    ubrk_setText(lines, units, n, &status);
    /* Failing leaves breaks inside words: ugly, but every character is there. */
    if (U_FAILURE(status))
        return;
    for (int32_t at = ubrk_first(lines); at != UBRK_DONE && at < n; at = ubrk_next(lines))
        allowed[of[at]] = true;
}

static void keep(struct letter *letter, enum chance chance)
{
    if (letter->chance > chance)
        letter->chance = (uint8_t)chance;
}

/* 100元, 12 mm, 第5 and USD 80: one blank may stand between them. */
static void keep_numbers(struct para *para)
{
    struct letter *letters = para->letters;

    for (size_t i = 1; i < para->count; i++) {
        if (is_digit(letters[i].code) && letters[i - 1].code == 0x7B2C)
            keep(&letters[i], CHANCE_TORN);
        if (i > 1 && is_digit(letters[i].code) && letters[i - 1].code == ' ' &&
            prefix_ends_at(para, i - 1))
            keep(&letters[i], CHANCE_TORN);
        if (!is_digit(letters[i - 1].code) || is_digit(letters[i].code))
            continue;
        size_t unit = letters[i].code == ' ' && i + 1 < para->count ? i + 1 : i;
        for (size_t n = unit_at(para, unit), k = 0; k < n; k++)
            keep(&letters[unit + k], k == 0 ? CHANCE_TORN : CHANCE_TIDY);
    }
}

void breaks_find(struct para *para)
{
    bool *allowed = NEW_ARRAY(para->text->scratch, para->count + 1, bool);

    if (para->chances)
        return;
    para->chances = true;
    ask_icu(para, allowed);
    for (size_t i = 1; i < para->count; i++)
        para->letters[i].chance = (uint8_t)chance_before(para, i, allowed[i]);
    keep_numbers(para);
}
