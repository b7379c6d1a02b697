/* runs.c: a line's pieces as runs of glyphs, in the text's order, put side by side in visual
 * order. What letters lead and trail becomes part of their glyphs' advances here. */
#include "text/text-internal.h"

static const struct letter *letter_of(const struct para *para, const struct piece *piece)
{
    return &para->letters[piece->from];
}

/* Copies the piece's glyphs to where the run has them; returns what they advance. Glyphs of one
 * cluster are moved together. */
static int64_t copy_glyphs(const struct para *para, const struct piece *piece, uint32_t start,
                           struct glyph *out)
{
    bool rtl = letter_of(para, piece)->level & 1;
    const struct letter *letters = para->letters;
    size_t letter = piece->from, count = piece->count;
    int64_t width = 0;

    for (size_t i = 0, next; i < count; i = next) {
        uint32_t cluster = piece->glyphs[rtl ? count - 1 - i : i].cluster, end = UINT32_MAX;
        mpt lead = letters[letter].lead, more = 0;

        for (next = i; next < count && end == UINT32_MAX; next += end == UINT32_MAX) {
            uint32_t here = piece->glyphs[rtl ? count - 1 - next : next].cluster;

            end = here == cluster ? UINT32_MAX : here;
        }
        for (; letter < piece->to && letters[letter].at - piece->base < end; letter++)
            more += letters[letter].lead + letters[letter].trail;
        for (size_t k = i; k < next; k++) {
            size_t visual = rtl ? count - 1 - k : k;

            out[visual] = piece->glyphs[visual];
            out[visual].cluster = piece->base + cluster - start;
            out[visual].dx += lead;
            out[visual].advance += k + 1 == next ? more : 0;
            width += out[visual].advance;
        }
    }
    return width;
}

static bool goes_on(const struct para *para, const struct piece *a, const struct piece *b)
{
    const struct letter *x = letter_of(para, a), *y = letter_of(para, b);

    return a->to == b->from && x->span == y->span && x->face == y->face && x->level == 0 &&
           y->level == 0;
}

/* Extraction maps glyph by glyph: one glyph for each cluster, in the text's order. */
static bool is_reordered(const struct text_run *run)
{
    for (size_t i = 1; i < run->count; i++)
        if (run->glyphs[i].cluster <= run->glyphs[i - 1].cluster)
            return true;
    return false;
}

/* Latin letters say nothing of a language, and Chinese voices read them. */
static const char *foreign_language(const struct letter *letter)
{
    UScriptCode script = (UScriptCode)letter->script;
    const char *language = script_language(script);

    return script == USCRIPT_LATIN || language[0] == 'z' ? NULL : language;
}

/* A run of pieces that go on one after the other; its place is not known yet. */
static struct text_run run_set(const struct para *para, const struct piece *first,
                               const struct piece *end, struct glyph *glyphs, mpt *width)
{
    const struct letter *letter = letter_of(para, first);
    const struct text_span *span = &para->spans[letter->span];
    struct text_run run = {.face = letter->face,
                           .size = face_size(para, letter->face),
                           .glyphs = glyphs,
                           .language = foreign_language(letter),
                           .pointer = span->pointer};
    size_t to = first->to;
    int64_t wide = 0;

    for (const struct piece *piece = first; piece != end; piece = piece->next) {
        wide += copy_glyphs(para, piece, letter->at, glyphs + run.count);
        run.count += piece->count;
        to = piece->to;
        if (foreign_language(letter_of(para, piece)) != run.language)
            run.language = NULL;
    }
    run.text.p = span->text.p + letter->at;
    run.text.n = letter_end(para, to - 1) - letter->at;
    run.reordered = (letter->level & 1) || is_reordered(&run);
    *width = (mpt)wide;
    return run;
}

/* Runs stand in the text's order; their places follow from the visual order. */
static mpt place(struct text_run *runs, const mpt *widths, const UBiDiLevel *levels,
                 int32_t *order, size_t count, mpt left)
{
    int64_t x = left;

    ubidi_reorderVisual(levels, (int32_t)count, order);
    for (size_t i = 0; i < count; i++) {
        runs[order[i]].x = (mpt)x;
        x += widths[order[i]];
    }
    return (mpt)(x - left);
}

mpt line_left(const struct text_style *style, mpt width, mpt indent, mpt drawn)
{
    mpt room = width - indent - drawn;

    if (width == MPT_MAX || room <= 0)
        return indent;
    if (style->align == TEXT_CENTER)
        return indent + room / 2;
    return style->align == TEXT_RIGHT ? indent + room : indent;
}

struct text_line line_set(struct para *para, struct arena *arena, const struct line *line,
                          const struct piece **cursor, mpt width, mpt indent)
{
    struct arena *scratch = para->text->scratch;
    const struct text_style *style = para->style;
    int64_t room = width == MPT_MAX ? INT64_MAX : width - indent, drawn;
    size_t pieces = 0, glyphs = 0, count = 0;

    drawn = line_adjust(para, line, room, style->align == TEXT_JUSTIFY && width != MPT_MAX);
    while (*cursor && (*cursor)->from < line->from)
        *cursor = (*cursor)->next;
    for (const struct piece *p = *cursor; p && p->from < line->to; p = p->next) {
        pieces++;
        glyphs += p->count;
    }
    struct text_run *runs = NEW_ARRAY(arena, pieces, struct text_run);
    struct glyph *glyph = NEW_ARRAY(arena, glyphs, struct glyph);
    UBiDiLevel *levels = NEW_ARRAY(scratch, pieces, UBiDiLevel);
    int32_t *order = NEW_ARRAY(scratch, pieces, int32_t);
    mpt *widths = NEW_ARRAY(scratch, pieces, mpt);
    while (*cursor && (*cursor)->from < line->to) {
        const struct piece *first = *cursor, *last = first;

        while (last->next && last->next->from < line->to && goes_on(para, last, last->next))
            last = last->next;
        *cursor = last->next;
        runs[count] = run_set(para, first, last->next, glyph, &widths[count]);
        levels[count] = letter_of(para, first)->level;
        glyph += runs[count].count;
        count += runs[count].count > 0;
    }
    mpt left = line_left(style, width, indent, (mpt)drawn);
    return (struct text_line){runs, count, place(runs, widths, levels, order, count, left)};
}
