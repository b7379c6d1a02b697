/* cache.c: short values that come again (units, currencies, countries, dates, every row of a
 * list when its page is drawn) are not shaped again.
 *
 * A direct-mapped table: a value's place follows from its bytes, style and width, and a
 * newcomer takes the place of what stood there. A hit is the same bytes, style and width,
 * compared whole. What is handed out is a copy in the caller's arena that borrows its text
 * from the caller's span, as a block set anew does; nothing points into the table. */
#include "text/text-internal.h"

#include <stdlib.h>
#include <string.h>

enum { PLACES = 1024, TEXT_MOST = 96, RUNS_MOST = 6, GLYPHS_MOST = 64 };

struct kept_run {
    struct text_run run; /* its text, glyphs and pointer are not used */
    size_t text_at, text_n, glyph_at;
};

struct kept {
    struct text_style style;
    mpt width;
    char text[TEXT_MOST];
    size_t text_n;           /* 0: the place is free */
    struct text_block block; /* of one line */
    mpt line_width;
    struct kept_run runs[RUNS_MOST];
    struct glyph glyphs[GLYPHS_MOST];
    size_t run_count, glyph_count;
};

static bool same_style(const struct text_style *a, const struct text_style *b)
{
    return a->chain == b->chain && a->size == b->size && a->leading == b->leading &&
           a->indent == b->indent && a->align == b->align && a->marks == b->marks &&
           a->gap == b->gap && a->balance == b->balance;
}

/* The place of this value, or NULL when it is of a kind that is not kept. */
static struct kept *place_of(struct text *text, const struct text_span *spans, size_t count,
                             const struct text_style *style, mpt width)
{
    uint32_t mix = (uint32_t)width * 31 + (uint32_t)style->size * 7 + (uint32_t)style->chain;

    if (count != 1 || spans->text.n == 0 || spans->text.n > TEXT_MOST)
        return NULL;
    if (!text->kept)
        text->kept = calloc(PLACES, sizeof *text->kept);
    for (size_t i = 0; i < spans->text.n; i++)
        mix = (mix ^ (unsigned char)spans->text.p[i]) * 16777619u;
    return text->kept ? &text->kept[(mix ^ mix >> 15) % PLACES] : NULL;
}

bool cache_find(struct text *text, struct arena *arena, const struct text_span *spans,
                size_t count, const struct text_style *style, mpt width, struct text_block *out)
{
    const struct kept *kept = place_of(text, spans, count, style, width);
    struct text_line *line;
    struct text_run *runs;
    struct glyph *glyphs;

    if (!kept || kept->width != width || !same_style(&kept->style, style) ||
        !str_eq((struct str){kept->text, kept->text_n}, spans->text))
        return false;
    line = NEW(arena, struct text_line);
    runs = NEW_ARRAY(arena, kept->run_count, struct text_run);
    glyphs = NEW_ARRAY(arena, kept->glyph_count, struct glyph);
    memcpy(glyphs, kept->glyphs, kept->glyph_count * sizeof *glyphs);
    for (size_t i = 0; i < kept->run_count; i++) {
        const struct kept_run *from = &kept->runs[i];

        runs[i] = from->run;
        runs[i].text = (struct str){spans->text.p + from->text_at, from->text_n};
        runs[i].glyphs = glyphs + from->glyph_at;
        runs[i].pointer = spans->pointer;
    }
    *line =
        (struct text_line){.runs = runs, .count = kept->run_count, .width = kept->line_width};
    *out = kept->block;
    out->lines = line;
    return true;
}

void cache_keep(struct text *text, const struct text_span *spans, size_t count,
                const struct text_style *style, mpt width, const struct text_block *block)
{
    struct kept *kept = place_of(text, spans, count, style, width);
    const struct text_line *line = block->lines;
    size_t glyphs = 0;

    if (!kept || block->count != 1 || line->count > RUNS_MOST)
        return;
    for (size_t i = 0; i < line->count; i++)
        glyphs += line->runs[i].count;
    if (glyphs > GLYPHS_MOST)
        return;
    *kept = (struct kept){.style = *style, .width = width, .block = *block};
    kept->line_width = line->width;
    kept->run_count = line->count;
    for (size_t i = 0; i < line->count; i++) {
        const struct text_run *run = &line->runs[i];

        kept->runs[i] = (struct kept_run){*run, (size_t)(run->text.p - spans->text.p),
                                          run->text.n, kept->glyph_count};
        memcpy(kept->glyphs + kept->glyph_count, run->glyphs, run->count * sizeof *run->glyphs);
        kept->glyph_count += run->count;
    }
    memcpy(kept->text, spans->text.p, spans->text.n);
    kept->text_n = spans->text.n;
}
