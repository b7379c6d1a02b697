/* paginate.c: which rows stand on which page.
 *
 * Going down the flow with one cursor: a unit's rows are placed while they fit, the rest goes
 * on at the top of the next page. Rules, strongest first:
 *   a row higher than a page is sliced between lines; every other row stays whole;
 *   glued rows (a cell spans them) and blocks marked `together` stay on one page that can hold
 *   them; a text marked `together` stays with the first rows of what follows;
 *   at least `keep` rows of a table stand below its heading, and above its end together with
 *   the signatures behind it. */
#include "typeset/plan.h"

#include <string.h>

struct cursor {
    struct typeset *plan;
    mpt y, top, bottom;
};

static void page_start(struct cursor *at)
{
    struct typeset *plan = at->plan;

    if (plan->page_count + 2 > plan->start_room) {
        size_t room = plan->start_room ? 2 * plan->start_room : 16;
        size_t *starts = NEW_ARRAY(plan->arena, room, size_t);

        if (plan->page_count)
            memcpy(starts, plan->starts, plan->page_count * sizeof *starts);
        plan->starts = starts;
        plan->start_room = room;
    }
    plan->starts[plan->page_count++] = plan->fragment_count;
    at->y = at->top;
}

static bool at_top(const struct cursor *at)
{
    return at->y == at->top;
}

static struct fragment *fragment_add(struct cursor *at, size_t unit, size_t first, size_t last)
{
    struct typeset *plan = at->plan;
    struct fragment *fragment;

    if (plan->fragment_count == plan->fragment_room) {
        size_t room = plan->fragment_room ? 2 * plan->fragment_room : 32;
        struct fragment *fragments = NEW_ARRAY(plan->arena, room, struct fragment);

        if (plan->fragment_count)
            memcpy(fragments, plan->fragments, plan->fragment_count * sizeof *fragments);
        plan->fragments = fragments;
        plan->fragment_room = room;
    }
    fragment = &plan->fragments[plan->fragment_count++];
    *fragment =
        (struct fragment){.unit = unit, .first = first, .last = last, .slice = -1, .y = at->y};
    return fragment;
}

static mpt heights_sum(const struct unit *unit, size_t first, size_t last)
{
    mpt sum = 0;

    for (size_t r = first; r < last && sum < MPT_MAX / 2; r++)
        sum += unit->heights[r];
    return sum;
}

/* One row, sliced over as many pages as it takes, from the top of a page. */
static void row_slice(struct cursor *at, size_t index, size_t row)
{
    struct typeset *plan = at->plan;
    struct unit *unit = &plan->units[index];
    struct err ignored;
    mpt most = at->bottom - at->top - heading_height(unit), padding = plan->layout->padding;
    const struct set_row *set;
    size_t count, columns = unit->tracks.count;

    err_init(&ignored, plan->arena);
    set = unit->table ? table_row(plan, unit, row, plan->arena, &ignored) : &unit->rows[row];
    count = slices_count(set, columns, most, padding);
    for (size_t s = 0; s < count; s++) {
        struct fragment *fragment;

        if (!at_top(at))
            page_start(at);
        fragment = fragment_add(at, index, row, row + 1);
        fragment->slice = (int)s;
        fragment->slice_most = most;
        fragment->heading = unit->heading != NULL;
        fragment->again = row > 0 || s > 0;
        at->y += heading_height(unit) + slice_height(set, columns, most, padding, s);
        if (unit->table && s + 1 == count) {
            fragment->group_end = group_ends(plan, unit, row);
            at->y += unit->heights[row] - set->height;
        }
    }
}

/* The rows from `row` on that must stay together: glued ones. */
static size_t glued_end(const struct unit *unit, size_t row)
{
    while (!unit->table && row + 1 < unit->count && unit->rows[row].glued)
        row++;
    return row + 1;
}

static void rows_paginate(struct cursor *at, size_t index)
{
    struct unit *unit = &at->plan->units[index];
    size_t row = 0, first = 0;
    struct fragment *fragment = NULL;

    while (row < unit->count) {
        size_t end = glued_end(unit, row);
        mpt height = heights_sum(unit, row, end);

        if (height > at->bottom - at->top && end == row + 1) {
            row_slice(at, index, row);
            fragment = NULL;
        } else {
            if (at->y + height > at->bottom && !at_top(at)) {
                page_start(at);
                fragment = NULL;
            }
            if (!fragment) {
                first = row;
                fragment = fragment_add(at, index, first, end);
            }
            fragment->last = end;
            at->y += height;
        }
        row = end;
    }
}

/* How many rows from `first` on fit into room when `reserve` is kept free below them. */
static size_t rows_fit(const struct unit *unit, size_t first, mpt room, mpt reserve)
{
    mpt used = reserve;
    size_t row = first;

    while (row < unit->count && used + unit->heights[row] <= room)
        used += unit->heights[row++];
    return row - first;
}

/* What stands below the last row: the end rows, and signatures (a grid kept together) that
 * must not be alone on a page. */
static mpt table_tail(const struct typeset *plan, size_t index)
{
    const struct unit *unit = &plan->units[index], *next = unit + 1;
    mpt tail = unit->table_end.height;

    if (index + 1 < plan->unit_count && next->block->together &&
        next->block->type == BLOCK_GRID)
        tail += unit->block->after + next->block->before + heights_sum(next, 0, next->count);
    return tail;
}

/* How many rows of `left` go on this page when not all of them do. */
static size_t rows_here(const struct unit *unit, size_t row, mpt room)
{
    size_t left = unit->count - row, keep = (size_t)unit->table->keep;
    size_t n = rows_fit(unit, row, room, unit->page_end.height);

    if (left - n < keep)
        n = left > keep ? left - keep : n - (n > 1);
    return n;
}

/* Blank rows between the last row and what stands below it. */
static size_t rows_blank(const struct unit *unit, mpt room)
{
    mpt row = unit->table->row;

    return unit->table->fill && row > 0 && room >= row ? (size_t)(room / row) : 0;
}

/* Places one part of a table; false when the page must be left for the next one first. */
static bool table_part(struct cursor *at, size_t index, size_t *row, bool *done)
{
    struct unit *unit = &at->plan->units[index];
    mpt above = heading_height(unit) + page_start_height(unit, *row), below;
    mpt room = at->bottom - at->y - above, tail = table_tail(at->plan, index);
    size_t left = unit->count - *row, keep = (size_t)unit->table->keep;
    size_t n = rows_fit(unit, *row, room, tail);
    struct fragment *fragment;

    *done = n == left;
    if (!*done) {
        n = rows_here(unit, *row, room);
        if (!at_top(at) && (n == 0 || n < keep))
            return false;
    }
    if (!*done && n == 0) {
        row_slice(at, index, (*row)++);
        *done = *row == unit->count && at->y + unit->table_end.height <= at->bottom;
        return true;
    }
    fragment = fragment_add(at, index, *row, *row + n);
    fragment->heading = true;
    fragment->again = fragment->page_start = *row > 0;
    fragment->table_end = *done;
    fragment->page_end = !*done;
    below = *done ? unit->table_end.height : unit->page_end.height;
    above += heights_sum(unit, fragment->first, fragment->last);
    if (*done && unit->count)
        fragment->blank = rows_blank(unit, at->bottom - at->y - above - tail);
    *row += n;
    at->y += above + below + (mpt)fragment->blank * unit->table->row +
             (unit->empty ? unit->empty->height : 0);
    return true;
}

static void table_paginate(struct cursor *at, size_t index)
{
    struct unit *unit = &at->plan->units[index];
    size_t row = 0;
    bool done = unit->heading == NULL;

    while (!done) {
        if (!table_part(at, index, &row, &done) || !done)
            page_start(at);
    }
}

/* The least height that a unit needs at its beginning. A table that cannot leave `keep` rows on
 * both pages is not divided. */
static mpt unit_head(const struct typeset *plan, size_t index)
{
    const struct unit *unit = &plan->units[index];
    size_t keep = unit->table ? (size_t)unit->table->keep : 1;

    if (!unit->table)
        return unit->count ? unit->heights[0] : 0;
    if (unit->count < 2 * keep)
        return heading_height(unit) + heights_sum(unit, 0, unit->count) +
               table_tail(plan, index);
    return heading_height(unit) + heights_sum(unit, 0, keep) + unit->page_end.height;
}

static mpt unit_height(const struct unit *unit)
{
    return heading_height(unit) + heights_sum(unit, 0, unit->count) + unit->table_end.height;
}

/* What must fit on this page before the unit may begin here. */
static mpt unit_wants(const struct typeset *plan, size_t index)
{
    const struct unit *unit = &plan->units[index];
    mpt wants;

    if (!unit->block->together)
        return unit_head(plan, index);
    wants = unit_height(unit);
    if (unit->block->type == BLOCK_TEXT && index + 1 < plan->unit_count)
        wants += unit->block->after + plan->units[index + 1].block->before +
                 unit_wants(plan, index + 1);
    return wants;
}

void paginate(struct typeset *plan)
{
    const struct layout *layout = plan->layout;
    struct cursor at = {.plan = plan, .top = layout->top};

    at.bottom = layout->height - layout->bottom;
    page_start(&at);
    for (size_t u = 0; u < plan->unit_count; u++) {
        struct unit *unit = &plan->units[u];
        mpt wants = unit_wants(plan, u);

        if (!unit->count && !unit->heading)
            continue;
        if (!at_top(&at))
            at.y += unit->block->before;
        if (at.y + wants > at.bottom && !at_top(&at) && wants <= at.bottom - at.top)
            page_start(&at);
        if (unit->table)
            table_paginate(&at, u);
        else
            rows_paginate(&at, u);
        at.y += unit->block->after;
    }
    plan->starts[plan->page_count] = plan->fragment_count;
}
