/* letters.c: reads spans as letters and finds each one's face, script and bidi level.
 *
 * Every span is a bidi paragraph of its own, from left to right: a value in Arabic must not
 * turn the digits of the field beside it around. Scripts and clusters do not cross spans
 * either. */
#include "text/text-internal.h"

#include "base/utf8.h"

#include <string.h>
#include <unicode/uchar.h>
#include <unicode/utf16.h>

bool letter_hangs(const struct letter *letter)
{
    return letter->kind == KIND_BLANK;
}

bool letter_is_wide(const struct letter *letter)
{
    int width;

    if (letter->kind == KIND_HAN)
        return true;
    if (letter->code < 0x80)
        return false;
    width = u_getIntPropertyValue((UChar32)letter->code, UCHAR_EAST_ASIAN_WIDTH);
    return width == U_EA_WIDE || width == U_EA_FULLWIDTH ||
           (width == U_EA_AMBIGUOUS && letter->script == USCRIPT_HAN);
}

size_t letter_end(const struct para *para, size_t index)
{
    const struct letter *letter = &para->letters[index];

    if (index + 1 < para->count && letter[1].span == letter->span)
        return letter[1].at;
    return para->spans[letter->span].text.n;
}

int32_t letters_utf16(const struct para *para, size_t from, size_t to, UChar **units,
                      size_t **of)
{
    int32_t n = 0;

    *units = NEW_ARRAY(para->text->scratch, 2 * (to - from) + 1, UChar);
    *of = NEW_ARRAY(para->text->scratch, 2 * (to - from) + 1, size_t);
    for (size_t i = from; i < to; i++) {
        uint32_t code = para->letters[i].code;

        (*of)[n] = i;
        if (code > 0xFFFF) {
            (*units)[n++] = U16_LEAD(code);
            (*of)[n] = i;
            code = U16_TRAIL(code);
        }
        (*units)[n++] = (UChar)code;
    }
    (*of)[n] = to;
    return n;
}

/* Letters that need neither bidi nor cluster analysis, whatever stands beside them. */
static bool is_simple(uint32_t c)
{
    return c == '\n' || (c >= 0x20 && c < 0x7F) || (c >= 0x4E00 && c < 0xA000) ||
           (c >= 0x3400 && c < 0x4DC0) || (c >= 0x20000 && c < 0x33480) ||
           (c >= 0x3000 && c < 0x302A) || (c >= 0xFF01 && c < 0xFF5F) ||
           (c >= 0x2010 && c < 0x2028) || c == 0xB7;
}

static void decode(struct para *para)
{
    size_t most = 0;

    for (size_t s = 0; s < para->span_count; s++)
        most += utf8_count(para->spans[s].text);
    para->letters = NEW_ARRAY(para->text->scratch, most, struct letter);
    para->simple = true;
    for (size_t s = 0; s < para->span_count; s++) {
        for (size_t at = 0; at < para->spans[s].text.n;) {
            struct letter *letter = &para->letters[para->count++];

            letter->span = (uint32_t)s;
            letter->at = (uint32_t)at;
            letter->code = utf8_next(para->spans[s].text, &at);
            letter->kind = (uint8_t)kind_of(letter->code);
            letter->head = true;
            para->simple = para->simple && is_simple(letter->code);
        }
    }
}

static size_t span_end(const struct para *para, size_t from)
{
    size_t to = from + 1;

    while (to < para->count && para->letters[to].span == para->letters[from].span)
        to++;
    return to;
}

/* CJK punctuation and full width forms are Han whatever stands before them. */
static UScriptCode script_of(uint32_t c)
{
    UErrorCode status = U_ZERO_ERROR;
    UScriptCode script;

    if (c < 0x80)
        return (c | 0x20) >= 'a' && (c | 0x20) <= 'z' ? USCRIPT_LATIN : USCRIPT_COMMON;
    if ((c >= 0x4E00 && c < 0xA000) || (c >= 0x3000 && c < 0x302A))
        return USCRIPT_HAN;
    script = uscript_getScript((UChar32)c, &status);
    if (U_FAILURE(status))
        return USCRIPT_COMMON;
    if (script == USCRIPT_COMMON &&
        ((c >= 0x3000 && c < 0x3040) || (c >= 0xFE30 && c < 0xFE50) ||
         (c >= 0xFF00 && c < 0xFFF0)))
        return USCRIPT_HAN;
    return script;
}

static bool is_common(UScriptCode script)
{
    return script == USCRIPT_COMMON || script == USCRIPT_INHERITED || script == USCRIPT_UNKNOWN;
}

/* Common letters take the script before them; at the start the first that comes, else Han. */
static void resolve_scripts(struct para *para, size_t from, size_t to)
{
    UScriptCode script = USCRIPT_COMMON;
    size_t open = from;

    for (size_t i = from; i < to; i++) {
        UScriptCode own = script_of(para->letters[i].code);

        if (!is_common(own)) {
            script = own;
            for (; open < i; open++)
                para->letters[open].script = (int16_t)own;
        }
        if (script != USCRIPT_COMMON)
            open = i + 1;
        para->letters[i].script = (int16_t)script;
    }
    for (; open < to; open++)
        para->letters[open].script = USCRIPT_HAN;
}

const char *script_language(UScriptCode script)
{
    static const struct {
        UScriptCode script;
        const char *language;
    } languages[] = {
        {USCRIPT_LATIN, "en"},     {USCRIPT_HIRAGANA, "ja"},   {USCRIPT_KATAKANA, "ja"},
        {USCRIPT_HANGUL, "ko"},    {USCRIPT_ARABIC, "ar"},     {USCRIPT_HEBREW, "he"},
        {USCRIPT_THAI, "th"},      {USCRIPT_LAO, "lo"},        {USCRIPT_KHMER, "km"},
        {USCRIPT_MYANMAR, "my"},   {USCRIPT_DEVANAGARI, "hi"}, {USCRIPT_BENGALI, "bn"},
        {USCRIPT_TAMIL, "ta"},     {USCRIPT_SINHALA, "si"},    {USCRIPT_TIBETAN, "bo"},
        {USCRIPT_MONGOLIAN, "mn"}, {USCRIPT_CYRILLIC, "ru"},   {USCRIPT_GREEK, "el"},
        {USCRIPT_ARMENIAN, "hy"},  {USCRIPT_GEORGIAN, "ka"},   {USCRIPT_ETHIOPIC, "am"},
    };

    if (script == USCRIPT_HAN)
        return "zh-Hans";
    for (size_t i = 0; i < COUNT(languages); i++)
        if (languages[i].script == script)
            return languages[i].language;
    return "zh-Hans";
}

static void find_clusters(struct para *para, size_t from, size_t to, UErrorCode *status)
{
    UChar *units;
    size_t *of;
    int32_t n = letters_utf16(para, from, to, &units, &of);

    ubrk_setText(para->text->clusters, units, n, status);
    if (U_FAILURE(*status))
        return;
    for (size_t i = from; i < to; i++)
        para->letters[i].head = false;
    for (int32_t at = ubrk_first(para->text->clusters); at != UBRK_DONE && at < n;
         at = ubrk_next(para->text->clusters))
        para->letters[of[at]].head = true;
}

static bool turns(uint32_t code)
{
    UCharDirection direction = u_charDirection((UChar32)code);

    return direction == U_RIGHT_TO_LEFT || direction == U_RIGHT_TO_LEFT_ARABIC ||
           direction == U_ARABIC_NUMBER;
}

static void find_levels(struct para *para, size_t from, size_t to, UErrorCode *status)
{
    UChar *units;
    size_t *of, i = from;

    while (i < to && !turns(para->letters[i].code))
        i++;
    if (i == to)
        return;
    int32_t n = letters_utf16(para, from, to, &units, &of);
    ubidi_setPara(para->text->bidi, units, n, /* left to right */ 0, NULL, status);
    const UBiDiLevel *levels = ubidi_getLevels(para->text->bidi, status);
    for (int32_t k = 0; U_SUCCESS(*status) && k < n; k++)
        para->letters[of[k]].level = levels[k];
}

bool letters_read(struct para *para, struct err *err)
{
    UErrorCode status = U_ZERO_ERROR;

    decode(para);
    for (size_t from = 0, to; from < para->count; from = to) {
        to = span_end(para, from);
        resolve_scripts(para, from, to);
        if (para->simple)
            continue;
        find_clusters(para, from, to, &status);
        find_levels(para, from, to, &status);
    }
    if (U_FAILURE(status))
        return err_add(err, INTERNAL, where_none(), "ICU 报告错误“%s”", "ICU failed with '%s'",
                       u_errorName(status));
    return faces_find(para, err);
}
