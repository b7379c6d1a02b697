/* marks.c: the width of punctuation, and the gaps between Han and letters (CLREQ, "Punctuation
 * Width Adjustment" and "Mixed Text Composition"; GB/T 15834-2011, 5.1).
 *
 * A full-width mark is half an em of ink and half an em of blank: on the left of opening ones,
 * on the right of all others. What it may give away is its `blank`; what it has given away
 * stands in lead or trail, so no mark is ever narrower than half an em. Gaps belong to the Han
 * side, so that they stand rightly beside text from right to left as well. What depends on
 * where lines end (marks_at_start, marks_at_end) is added when the line is known. */
#include "text/text-internal.h"

static bool is_closing(enum kind kind)
{
    return kind == KIND_CLOSE || kind == KIND_POINT || kind == KIND_STOP;
}

/* Marks drawn narrow (quotes in Latin text) or centred by their face have nothing to give. */
static mpt blank_of(const struct para *para, const struct letter *letter)
{
    int side = letter->kind == KIND_OPEN ? FONT_BLANK_LEFT : FONT_BLANK_RIGHT;

    if (letter->kind != KIND_OPEN && !is_closing(letter->kind))
        return 0;
    if (letter->level & 1 || letter->advance < para->style->size * 3 / 4 ||
        !(font_blank(para->text->fonts, letter->face, letter->code) & side))
        return 0;
    return letter->advance - para->style->size / 2;
}

/* Of two marks the blank between them goes, of facing blanks one. A dash has none, but a
 * bracket beside it gives up its own. */
static void squeeze_pair(struct letter *a, struct letter *b)
{
    bool mark = b->blank > 0 || (b->kind == KIND_DASH && a->kind == KIND_CLOSE);

    if (is_closing(a->kind) && mark)
        a->trail = -a->blank;
    else if (b->kind == KIND_OPEN && (a->kind == KIND_OPEN || a->kind == KIND_DASH))
        b->lead = -b->blank;
}

static void squeeze_kaiming(struct letter *letter)
{
    if (letter->kind == KIND_OPEN)
        letter->lead = -letter->blank;
    else if (letter->kind == KIND_CLOSE || letter->kind == KIND_POINT)
        letter->trail = -letter->blank;
}

static bool is_shout(const struct letter *letter)
{
    return letter->code == 0xFF01 || letter->code == 0xFF1F;
}

/* Two of ！？ take one em together, three take two. */
static void squeeze_shouts(struct para *para)
{
    struct letter *letters = para->letters;

    for (size_t i = 0, n; i < para->count; i += n) {
        for (n = 0; i + n < para->count && is_shout(&letters[i + n]); n++)
            ;
        if (n == 2)
            letters[i + 1].trail = -letters[i + 1].blank;
        n += n == 0;
    }
}

/* An interpunct between Han is half an em wide, however its face draws it. */
static void set_dot(const struct para *para, const struct letter *before, struct letter *dot)
{
    mpt more = para->style->size / 2 - dot->advance;

    if (dot->level & 1 || (more > 0 && (!before || before->kind != KIND_HAN)))
        return;
    dot->lead = more / 2;
    dot->trail = more - more / 2;
}

/* Where —— is not one glyph, the second half moves up to the first. */
static void join_dashes(const struct para *para, const struct letter *a, struct letter *b)
{
    struct font_sides left, right;
    mpt apart;

    if (a->code != 0x2014 || b->code != 0x2014 || b->advance == 0 || a->face != b->face ||
        a->lead < 0)
        return;
    left = right = font_sides(para->text->fonts, a->face, a->code, face_size(para, a->face));
    apart = left.right + right.left;
    if (apart <= 0)
        return;
    b->lead = -apart;
    b->trail = apart;
}

/* Runs of two faces or two fields cannot say together that no blank stands between them: there
 * the gap is so narrow that readers of the file see none. */
static void set_gap(const struct para *para, struct letter *a, struct letter *b)
{
    bool one = a->face == b->face && a->span == b->span;
    mpt gap = para->style->size / (one ? 4 : 8);

    if (a->kind == KIND_HAN && b->kind == KIND_LETTER)
        a->trail = gap;
    else if (a->kind == KIND_LETTER && b->kind == KIND_HAN)
        b->lead = gap;
}

void marks_find(struct para *para)
{
    const struct text_style *style = para->style;
    struct letter *before = NULL;
    bool squeeze = style->marks != TEXT_MARKS_NONE, shouts = false;

    for (size_t i = 0; i < para->count; i++) {
        struct letter *letter = &para->letters[i];

        if (!letter->head)
            continue;
        letter->lead = letter->trail = letter->blank = 0;
        if (letter->kind >= KIND_OPEN && squeeze) {
            letter->blank = blank_of(para, letter);
            if (style->marks == TEXT_MARKS_KAIMING)
                squeeze_kaiming(letter);
            if (letter->kind == KIND_DOT)
                set_dot(para, before, letter);
            shouts = shouts || is_shout(letter);
        }
        if (before && before->kind >= KIND_OPEN && letter->kind >= KIND_OPEN) {
            squeeze_pair(before, letter);
            join_dashes(para, before, letter);
        } else if (before && style->gap) {
            set_gap(para, before, letter);
        }
        before = letter;
    }
    if (shouts && squeeze)
        squeeze_shouts(para);
}

mpt marks_at_start(const struct letter *letter)
{
    if (letter->kind == KIND_OPEN)
        return -letter->blank - letter->lead;
    return letter->kind == KIND_HAN ? -letter->lead : 0;
}

mpt marks_at_end(const struct letter *letter)
{
    if (is_closing(letter->kind))
        return -letter->blank - letter->trail;
    return letter->kind == KIND_HAN ? -letter->trail : 0;
}

const struct letter *marks_last(const struct para *para, size_t from, size_t to)
{
    while (to - 1 > from && !para->letters[to - 1].head)
        to--;
    return &para->letters[to - 1];
}
