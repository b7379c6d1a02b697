/* quick.c: most values are one short line of Han, letters and digits in one face. They need
 * neither bidi nor clusters nor line breaks nor marks: what is left is each glyph's advance and
 * the gaps between Han and letters. Whatever is not of that kind goes the long way, and a test
 * compares both over every value of the samples and many more. */
#include "text/text-internal.h"

#include "base/utf8.h"

enum { LETTERS_MOST = 64 };

struct quick {
    struct text *text;
    const struct text_span *span;
    const struct text_style *style;
    int face;
    size_t count;
    uint32_t codes[LETTERS_MOST];
    uint8_t kinds[LETTERS_MOST];
    bool latin[LETTERS_MOST]; /* its script, else Han */
    struct glyph *glyphs;
};

static bool is_latin(uint32_t code)
{
    return (code | 0x20) >= 'a' && (code | 0x20) <= 'z';
}

/* Han that is no compatibility ideograph, or printable ASCII. */
static bool is_quick(uint32_t code)
{
    return (code >= 0x4E00 && code < 0xA000) || (code >= ' ' && code <= '~') ||
           (code >= 0x3400 && code < 0x4DC0);
}

/* Letters of no script take that of those before them; at the start the first that comes. */
static void find_scripts(struct quick *quick)
{
    size_t first = 0;
    bool latin;

    while (first < quick->count && quick->kinds[first] != KIND_HAN &&
           !is_latin(quick->codes[first]))
        first++;
    latin = first < quick->count && quick->kinds[first] != KIND_HAN;
    for (size_t i = 0; i < quick->count; i++) {
        if (quick->kinds[i] == KIND_HAN)
            latin = false;
        else if (is_latin(quick->codes[i]))
            latin = true;
        quick->latin[i] = latin;
    }
}

static bool read_letters(struct quick *quick, struct arena *arena)
{
    struct str text = quick->span->text;

    if (text.n == 0 || text.n > 3 * LETTERS_MOST)
        return false;
    quick->glyphs =
        NEW_ARRAY(arena, text.n < LETTERS_MOST ? text.n : LETTERS_MOST, struct glyph);
    for (size_t at = 0; at < text.n; quick->count++) {
        size_t i = quick->count;

        if (i == LETTERS_MOST)
            return false;
        quick->glyphs[i].cluster = (uint32_t)at;
        quick->codes[i] = utf8_next(text, &at);
        if (!is_quick(quick->codes[i]) || font_pick(quick->text->fonts, quick->style->chain,
                                                    quick->codes[i], 0) != quick->face)
            return false;
        quick->kinds[i] = (uint8_t)kind_of(quick->codes[i]);
    }
    find_scripts(quick);
    return quick->kinds[quick->count - 1] != KIND_BLANK;
}

/* The glyphs of all letters, each run of one script by itself. */
static bool find_glyphs(struct quick *quick)
{
    for (size_t from = 0, to; from < quick->count; from = to) {
        for (to = from + 1; to < quick->count && quick->latin[to] == quick->latin[from];)
            to++;
        if (!font_plain(quick->text->fonts, quick->face, quick->style->size, quick->latin[from],
                        quick->codes + from, to - from, quick->glyphs + from))
            return false;
    }
    return true;
}

/* As marks.c has it: a quarter em, on the side of the Han. Returns the width of all. */
static int64_t set_gaps(struct quick *quick)
{
    mpt gap = quick->style->gap ? quick->style->size / 4 : 0;
    int64_t width = 0;

    for (size_t i = 0; i < quick->count; i++) {
        struct glyph *glyph = &quick->glyphs[i];

        if (quick->kinds[i] == KIND_HAN && i > 0 && quick->kinds[i - 1] == KIND_LETTER) {
            glyph->dx += gap;
            glyph->advance += gap;
        }
        if (quick->kinds[i] == KIND_HAN && i + 1 < quick->count &&
            quick->kinds[i + 1] == KIND_LETTER)
            glyph->advance += gap;
        width += glyph->advance;
    }
    return width;
}

bool quick_set(struct text *text, struct arena *arena, const struct text_span *spans,
               size_t count, const struct text_style *style, mpt width, struct text_block *out)
{
    struct quick quick;
    struct text_run *run;
    struct text_line *line;
    int64_t drawn;
    size_t faces;

    if (count != 1)
        return false;
    quick.text = text;
    quick.span = spans;
    quick.style = style;
    quick.face = fonts_chain_faces(text->fonts, style->chain, &faces)[0];
    quick.count = 0;
    if (!read_letters(&quick, arena) || !find_glyphs(&quick))
        return false;
    drawn = set_gaps(&quick);
    if (width != MPT_MAX && drawn > (int64_t)width - style->indent)
        return false;
    run = NEW(arena, struct text_run);
    *run = (struct text_run){.face = quick.face,
                             .size = style->size,
                             .x = line_left(style, width, style->indent, (mpt)drawn),
                             .text = spans->text,
                             .glyphs = quick.glyphs,
                             .count = quick.count,
                             .pointer = spans->pointer};
    line = NEW(arena, struct text_line);
    *line = (struct text_line){run, 1, (mpt)drawn};
    *out = block_of(text, style, line, 1, style->indent + (mpt)drawn);
    return true;
}
