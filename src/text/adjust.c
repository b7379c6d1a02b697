/* adjust.c: makes a line fit its measure.
 *
 * Too wide: brackets give their blank away first, then ，、；：, then gaps between Han and
 * letters (down to half of them), then 。！？ (the order of CLREQ). Too narrow: gaps grow up to
 * twice their width, word spaces up to half an em, and what is still left is shared by these
 * and all places between Han, but not inside —— and ……, nor beside a solidus or a connector.
 * Words are never stretched. In each step every place takes its share at once. */
#include "text/text-internal.h"

enum { GIVE_BRACKETS, GIVE_POINTS, GIVE_GAPS, GIVE_STOPS, GIVES };
enum { GROW_GAPS, GROW_BLANKS, GROW_ALL, GROWS };

static mpt half_gap(mpt gap)
{
    return gap > 0 ? gap / 2 : 0;
}

/* What the letter can give on its left and right in this step. */
static void gives(const struct letter *letter, int step, mpt *lead, mpt *trail)
{
    enum kind kind = (enum kind)letter->kind;

    *lead = *trail = 0;
    if (step == GIVE_BRACKETS && kind == KIND_OPEN)
        *lead = letter->blank + letter->lead;
    if ((step == GIVE_BRACKETS && kind == KIND_CLOSE) ||
        (step == GIVE_POINTS && kind == KIND_POINT) ||
        (step == GIVE_STOPS && kind == KIND_STOP))
        *trail = letter->blank + letter->trail;
    if (step == GIVE_GAPS && kind == KIND_HAN) {
        *lead = half_gap(letter->lead);
        *trail = half_gap(letter->trail);
    }
}

static int64_t step_gives(const struct para *para, size_t from, size_t to, int step)
{
    int64_t sum = 0;
    mpt lead, trail;

    for (size_t i = from; i < to; i++) {
        gives(&para->letters[i], step, &lead, &trail);
        sum += lead + trail;
    }
    return sum;
}

/* The ends of a line have nothing to give: they have given it already. */
static int64_t ends_give(const struct para *para, size_t from, size_t to)
{
    const struct letter *last = marks_last(para, from, to);
    int64_t sum = 0;
    mpt lead, trail;

    for (int step = 0; step < GIVES; step++) {
        gives(&para->letters[from], step, &lead, &trail);
        sum += lead;
        gives(last, step, &lead, &trail);
        sum += trail;
    }
    return sum;
}

int64_t line_give(const struct para *para, size_t from, size_t to)
{
    int64_t sum = 0;

    if (to <= from)
        return 0;
    for (int step = 0; step < GIVES; step++)
        sum += step_gives(para, from, to, step);
    return sum - ends_give(para, from, to);
}

static int64_t squeeze(struct para *para, const struct line *line, int64_t over)
{
    int64_t given = 0;

    for (int step = 0; step < GIVES && given < over; step++) {
        int64_t all = step_gives(para, line->from, line->to, step);
        int64_t take = all < over - given ? all : over - given, seen = 0, taken = 0;

        for (size_t i = line->from; i < line->to && taken < take; i++) {
            struct letter *letter = &para->letters[i];
            mpt lead, trail;

            gives(letter, step, &lead, &trail);
            seen += lead;
            letter->lead -= (mpt)(take * seen / all - taken);
            taken = take * seen / all;
            seen += trail;
            letter->trail -= (mpt)(take * seen / all - taken);
            taken = take * seen / all;
        }
        given += take;
    }
    return given;
}

/* A solidus and connectors keep to their neighbours. */
static bool is_tight(uint32_t code)
{
    return code == '/' || code == 0xFF0F || code == 0xFF5E || code == 0x2013 || code == '~' ||
           code == 0xFF0D;
}

static bool has_gap(const struct letter *a, const struct letter *b)
{
    return (a->kind == KIND_HAN && a->trail > 0) || (b->kind == KIND_HAN && b->lead > 0);
}

/* How much the place behind letter i may grow in this step; of the last, its share. */
static mpt grows(const struct para *para, size_t i, int step)
{
    const struct letter *a = &para->letters[i], *b = a + 1;
    bool gap = has_gap(a, b), blank = letter_hangs(a);

    if (step == GROW_GAPS)
        return gap ? mpt_max(a->kind == KIND_HAN ? a->trail : 0, b->lead) : 0;
    if (step == GROW_BLANKS)
        return blank ? mpt_max(para->style->size / 2 - a->advance, 0) : 0;
    if (gap || blank)
        return 1;
    return b->head && letter_is_wide(a) && letter_is_wide(b) && !is_tight(a->code) &&
           !is_tight(b->code) && !(a->code == b->code && a->kind == KIND_DASH);
}

static void grow(struct letter *a, mpt by)
{
    struct letter *b = a + 1;

    if (b->kind == KIND_HAN && b->lead > 0)
        b->lead += by;
    else
        a->trail += by;
}

static int64_t stretch_line(struct para *para, const struct line *line, int64_t slack)
{
    int64_t given = 0;

    for (int step = 0; step < GROWS && given < slack; step++) {
        int64_t all = 0, seen = 0, done = 0, want;

        for (size_t i = line->from; i + 1 < line->to; i++)
            all += grows(para, i, step);
        want = step == GROW_ALL || all > slack - given ? slack - given : all;
        for (size_t i = line->from; i + 1 < line->to && done < want && all > 0; i++) {
            seen += grows(para, i, step);
            grow(&para->letters[i], (mpt)(want * seen / all - done));
            done = want * seen / all;
        }
        given += done;
    }
    return given;
}

int64_t line_adjust(struct para *para, const struct line *line, int64_t room, bool stretch)
{
    int64_t width = line_width(para, line->from, line->to);

    if (line->to == line->from)
        return 0;
    struct letter *first = &para->letters[line->from];
    first->lead += marks_at_start(first);
    const struct letter *last = marks_last(para, line->from, line->to);
    para->letters[last - para->letters].trail += marks_at_end(last);
    if (width > room)
        return width - squeeze(para, line, width - room);
    return stretch && !line->last ? width + stretch_line(para, line, room - width) : width;
}
