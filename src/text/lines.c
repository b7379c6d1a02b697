/* lines.c: fills lines with letters, then sets each line's pieces in visual order.
 *
 * A line ends at the last usual chance that fits. Blanks at its end hang: they are neither
 * measured nor drawn. Cutting a piece can change its shape, so the width is looked at again. */
#include "text/text-internal.h"

#include <string.h>

struct line {
    size_t from, to; /* letters drawn */
    bool last;       /* of the text, or before LF: never justified */
};

static int64_t width_of(const struct para *para, size_t from, size_t to)
{
    int64_t width = 0;

    for (size_t i = from; i < to; i++)
        width += para->letters[i].advance;
    return width;
}

static size_t line_feed(const struct para *para, size_t from)
{
    while (from < para->count && para->letters[from].code != '\n')
        from++;
    return from;
}

static size_t without_blanks(const struct para *para, size_t from, size_t to)
{
    while (to > from && letter_hangs(&para->letters[to - 1]))
        to--;
    return to;
}

/* The best place to end the line before `most`, given that not all of it fits. */
static size_t best_break(const struct para *para, size_t from, size_t most, mpt room)
{
    size_t best[CHANCES] = {0};
    int64_t width = 0, drawn = 0;

    for (size_t i = from + 1; i < most; i++) {
        width += para->letters[i - 1].advance;
        drawn = letter_hangs(&para->letters[i - 1]) ? drawn : width;
        if (drawn > room)
            break;
        best[para->letters[i].chance] = i;
    }
    for (int chance = CHANCE_USUAL; chance > CHANCE_NONE; chance--)
        if (best[chance] > from)
            return best[chance];
    /* Not even one cluster fits; a line without one would never end. */
    for (size_t i = from + 1; i < most; i++)
        if (para->letters[i].chance > CHANCE_NONE)
            return i;
    return most;
}

static size_t line_end(struct para *para, size_t from, size_t feed, mpt room)
{
    size_t end = feed;

    if (width_of(para, from, without_blanks(para, from, feed)) <= room)
        return feed;
    breaks_find(para);
    end = best_break(para, from, feed, room);
    for (;;) {
        size_t to = without_blanks(para, from, end);

        pieces_split(para, end);
        if (width_of(para, from, to) <= room)
            return end;
        size_t shorter = best_break(para, from, end, room);
        if (shorter == end)
            return end;
        end = shorter;
    }
}

static struct line *fill(struct para *para, mpt width, size_t *count)
{
    struct line *lines = NEW_ARRAY(para->text->scratch, para->count + 1, struct line);
    size_t n = 0;

    for (size_t from = 0, feed; from <= para->count && para->count > 0; n++) {
        mpt indent = n == 0 ? para->style->indent : 0;
        size_t end;

        feed = line_feed(para, from);
        end = width == MPT_MAX ? feed : line_end(para, from, feed, width - indent);
        lines[n].from = from;
        lines[n].to = without_blanks(para, from, end);
        lines[n].last = end == feed;
        pieces_split(para, lines[n].to);
        from = end == feed ? feed + 1 : end;
    }
    *count = n;
    return lines;
}

/* Between ideographs and after blanks, but not inside —— and ……. */
static bool may_stretch(const struct para *para, size_t i)
{
    const struct letter *a = &para->letters[i], *b = a + 1;

    if (letter_hangs(a))
        return true;
    return b->head && letter_is_wide(a) && letter_is_wide(b) &&
           !(a->code == b->code && (a->code == 0x2014 || a->code == 0x2026));
}

static void justify(struct para *para, const struct line *line, int64_t slack)
{
    int64_t gaps = 0, done = 0, given = 0;

    for (size_t i = line->from; i + 1 < line->to; i++)
        gaps += may_stretch(para, i);
    for (size_t i = line->from; i + 1 < line->to && slack > 0; i++) {
        if (!may_stretch(para, i))
            continue;
        done++;
        para->letters[i].stretch = (mpt)(slack * done / gaps - given);
        given += para->letters[i].stretch;
    }
}

static const struct letter *letter_of(const struct para *para, const struct piece *piece)
{
    return &para->letters[piece->from];
}

/* Copies the piece's glyphs to where the run has them; returns what they advance. */
static int64_t copy_glyphs(const struct para *para, const struct piece *piece, uint32_t start,
                           struct glyph *out)
{
    bool rtl = letter_of(para, piece)->level & 1;
    size_t letter = piece->from;
    int64_t width = 0;

    for (size_t i = 0; i < piece->count; i++) {
        size_t visual = rtl ? piece->count - 1 - i : i;
        size_t following = rtl ? visual - 1 : visual + 1;
        const struct glyph *glyph = &piece->glyphs[visual];
        uint32_t end = i + 1 < piece->count ? piece->glyphs[following].cluster : UINT32_MAX;

        out[visual] = *glyph;
        out[visual].cluster = piece->base + glyph->cluster - start;
        for (; letter < piece->to && para->letters[letter].at - piece->base < end; letter++)
            out[visual].advance += para->letters[letter].stretch;
        width += out[visual].advance;
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

/* A run of pieces that go on one after the other; its place is not known yet. */
static struct text_run run_set(const struct para *para, const struct piece *first,
                               const struct piece *end, struct glyph *glyphs, mpt *width)
{
    const struct letter *letter = letter_of(para, first);
    const struct text_span *span = &para->spans[letter->span];
    struct text_run run = {.face = letter->face,
                           .size = para->style->size,
                           .glyphs = glyphs,
                           .pointer = span->pointer};
    size_t to = first->to;
    int64_t wide = 0;

    for (const struct piece *piece = first; piece != end; piece = piece->next) {
        wide += copy_glyphs(para, piece, letter->at, glyphs + run.count);
        run.count += piece->count;
        to = piece->to;
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

static mpt left_edge(const struct text_style *style, mpt width, mpt indent, mpt drawn)
{
    mpt room = width - indent - drawn;

    if (width == MPT_MAX || room <= 0)
        return indent;
    if (style->align == TEXT_CENTER)
        return indent + room / 2;
    return style->align == TEXT_RIGHT ? indent + room : indent;
}

static struct text_line line_set(struct para *para, struct arena *arena,
                                 const struct line *line, const struct piece **cursor,
                                 mpt width, mpt indent)
{
    struct arena *scratch = para->text->scratch;
    int64_t drawn = width_of(para, line->from, line->to);
    size_t pieces = 0, glyphs = 0, count = 0;

    if (para->style->align == TEXT_JUSTIFY && !line->last && width != MPT_MAX)
        justify(para, line, width - indent - drawn);
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
    mpt left = left_edge(para->style, width, indent, (mpt)drawn);
    return (struct text_line){runs, count, place(runs, widths, levels, order, count, left)};
}

void lines_set(struct para *para, struct arena *arena, mpt width, struct text_block *out)
{
    const struct text_style *style = para->style;
    size_t faces, count;
    const int *chain = fonts_chain_faces(para->text->fonts, style->chain, &faces);
    struct font_metrics metrics = font_metrics(para->text->fonts, chain[0], style->size);
    struct line *lines = fill(para, width, &count);
    struct text_line *set = NEW_ARRAY(arena, count, struct text_line);
    const struct piece *cursor = para->first;
    mpt widest = 0;

    for (size_t i = 0; i < count; i++) {
        mpt indent = i == 0 ? style->indent : 0;

        set[i] = line_set(para, arena, &lines[i], &cursor, width, indent);
        widest = mpt_max(widest, indent + set[i].width);
    }
    *out = (struct text_block){
        .lines = set,
        .count = count,
        .width = widest,
        .height = (mpt)count * style->leading,
        .baseline = (style->leading - metrics.ascent - metrics.descent) / 2 + metrics.ascent};
}

/* What may not be broken: its letters, and where what follows starts. */
struct word {
    size_t from, to, next;
};

/* The widest of the words [from, feed). */
static int64_t widest_word(const struct para *para, size_t from, size_t feed, struct word *word)
{
    int64_t widest = 0;

    for (size_t start = from, end; start < feed; start = end) {
        for (end = start + 1; end < feed && para->letters[end].chance != CHANCE_USUAL;)
            end++;
        size_t to = without_blanks(para, start, end);
        int64_t width = width_of(para, start, to) + (start == 0 ? para->style->indent : 0);
        if (width > widest) {
            widest = width;
            *word = (struct word){start, to, end};
        }
    }
    return widest;
}

static mpt narrowed(int64_t width)
{
    return width < MPT_MAX ? (mpt)width : MPT_MAX;
}

void lines_measure(struct para *para, mpt *token, mpt *natural)
{
    int64_t widest = 0, longest = 0;
    struct word word = {0}, here = {0};

    breaks_find(para);
    for (size_t from = 0, feed; from < para->count; from = feed + 1) {
        feed = line_feed(para, from);
        int64_t line = width_of(para, from, without_blanks(para, from, feed)) +
                       (from == 0 ? para->style->indent : 0);
        int64_t wide = widest_word(para, from, feed, &here);
        longest = line > longest ? line : longest;
        if (wide > widest) {
            widest = wide;
            word = here;
        }
    }
    /* Alone on its line it does not kern with its neighbours. */
    pieces_split(para, word.from);
    pieces_split(para, word.next);
    int64_t alone =
        width_of(para, word.from, word.to) + (word.from == 0 ? para->style->indent : 0);
    *token = narrowed(alone > widest ? alone : widest);
    *natural = narrowed(longest > *token ? longest : *token);
}
