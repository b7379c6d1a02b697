/* lines.c: fills lines with letters, and measures what may not be broken.
 *
 * A line ends at the last usual chance that fits; its marks have their half width at its ends.
 * Where that would carry a character to the next line although it fits (a mark behind it does
 * not, say), the line is squeezed to hold what comes up to the next chance, if it can be; so is
 * a last line of one Han. Blanks at a line's end hang: they are neither measured nor drawn.
 * Cutting a piece can change its shape, so the width is looked at again. */
#include "text/text-internal.h"

static int64_t sum_of(const struct para *para, size_t from, size_t to)
{
    int64_t width = 0;

    for (size_t i = from; i < to; i++) {
        const struct letter *letter = &para->letters[i];

        width += (int64_t)letter->advance + letter->lead + letter->trail;
    }
    return width;
}

int64_t line_width(const struct para *para, size_t from, size_t to)
{
    if (to <= from)
        return 0;
    return sum_of(para, from, to) + marks_at_start(&para->letters[from]) +
           marks_at_end(marks_last(para, from, to));
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

/* Where a line from `from` on may end. */
struct ending {
    size_t at;    /* the best place that fits, given that not all up to `most` does */
    size_t holds; /* all before it fits */
};

static struct ending find_ending(const struct para *para, size_t from, size_t most,
                                 int64_t room)
{
    const struct letter *last = marks_last(para, from, without_blanks(para, from, most));
    size_t best[CHANCES] = {0}, holds = (size_t)(last - para->letters);
    int64_t width = marks_at_start(&para->letters[from]);

    for (size_t i = from + 1; i < most; i++) {
        const struct letter *letter = &para->letters[i - 1];

        width += (int64_t)letter->advance + letter->lead + letter->trail;
        if (!letter_hangs(letter) && width + marks_at_end(letter) > room) {
            holds = i - 1;
            break;
        }
        best[para->letters[i].chance] = i;
    }
    for (int chance = CHANCE_USUAL; chance > CHANCE_NONE; chance--)
        if (best[chance] > from)
            return (struct ending){best[chance], holds};
    /* Not even one cluster fits; a line without one would never end. */
    for (size_t i = from + 1; i < most; i++)
        if (para->letters[i].chance > CHANCE_NONE)
            return (struct ending){i, holds};
    return (struct ending){most, holds};
}

static bool fits(const struct para *para, size_t from, size_t end, int64_t room)
{
    size_t to = without_blanks(para, from, end);
    int64_t width = line_width(para, from, to);

    return width <= room || width - line_give(para, from, to) <= room;
}

/* Where the line ends if squeezing can spare carrying a character; else where it ended. */
static size_t squeezed_end(const struct para *para, size_t from, size_t feed, int64_t room,
                           struct ending ending)
{
    size_t end = ending.at, next = end + 1;

    if (end >= feed)
        return end;
    while (next < feed && para->letters[next].chance != CHANCE_USUAL)
        next++;
    bool carries = end < ending.holds || para->letters[end].chance != CHANCE_USUAL;
    bool orphan = next == feed && para->letters[end].kind == KIND_HAN;
    return (carries || orphan) && fits(para, from, next, room) ? next : end;
}

static size_t line_end(struct para *para, size_t from, size_t feed, int64_t room)
{
    size_t end;

    if (line_width(para, from, without_blanks(para, from, feed)) <= room)
        return feed;
    breaks_find(para);
    end = squeezed_end(para, from, feed, room, find_ending(para, from, feed, room));
    for (;;) {
        pieces_split(para, end);
        if (fits(para, from, end, room))
            return end;
        size_t shorter = find_ending(para, from, end, room).at;
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
        end = width == MPT_MAX ? feed : line_end(para, from, feed, (int64_t)width - indent);
        lines[n].from = from;
        lines[n].to = without_blanks(para, from, end);
        lines[n].last = end == feed;
        pieces_split(para, lines[n].to);
        from = end == feed ? feed + 1 : end;
    }
    *count = n;
    return lines;
}

/* The narrowest measure that takes no more lines: they come out about equally long. Each try
 * begins with pieces that no other one has cut. */
static struct line *fill_balanced(struct para *para, mpt width, size_t *count)
{
    struct line *lines = fill(para, width, count);
    size_t wanted = *count;
    mpt fine = mpt_max(para->style->size / 8, 1), least = 0, most = width;

    if (wanted < 2 || width == MPT_MAX)
        return lines;
    while (most - least > fine) {
        mpt middle = least + (most - least) / 2;
        bool torn = false;

        pieces_shape(para);
        lines = fill(para, middle, count);
        for (size_t i = 0; i < *count && i <= wanted; i++)
            torn = torn || line_width(para, lines[i].from, lines[i].to) > middle ||
                   (i > 0 && para->letters[lines[i].from].chance < CHANCE_USUAL &&
                    !lines[i - 1].last);
        if (*count > wanted || torn)
            least = middle;
        else
            most = middle;
    }
    pieces_shape(para);
    return fill(para, most, count);
}

struct text_block block_of(struct text *text, const struct text_style *style,
                           const struct text_line *lines, size_t count, mpt width)
{
    size_t faces;
    const int *chain = fonts_chain_faces(text->fonts, style->chain, &faces);
    struct font_metrics metrics = font_metrics(text->fonts, chain[0], style->size);

    return (struct text_block){
        .lines = lines,
        .count = count,
        .width = width,
        .height = (mpt)count * style->leading,
        .baseline = (style->leading - metrics.ascent - metrics.descent) / 2 + metrics.ascent};
}

void lines_set(struct para *para, struct arena *arena, mpt width, struct text_block *out)
{
    const struct text_style *style = para->style;
    size_t count;
    struct line *lines =
        style->balance ? fill_balanced(para, width, &count) : fill(para, width, &count);
    struct text_line *set = NEW_ARRAY(arena, count, struct text_line);
    const struct piece *cursor = para->first;
    mpt widest = 0;

    for (size_t i = 0; i < count; i++) {
        mpt indent = i == 0 ? style->indent : 0;

        set[i] = line_set(para, arena, &lines[i], &cursor, width, indent);
        widest = mpt_max(widest, indent + set[i].width);
    }
    *out = block_of(para->text, style, set, count, widest);
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
        int64_t width = line_width(para, start, to) + (start == 0 ? para->style->indent : 0);
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
        int64_t line = line_width(para, from, without_blanks(para, from, feed)) +
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
        line_width(para, word.from, word.to) + (word.from == 0 ? para->style->indent : 0);
    *token = narrowed(alone > widest ? alone : widest);
    *natural = narrowed(longest > *token ? longest : *token);
}
