/* ends.c: the rows of a table that are no rows of the list: heading, page-start (承前页),
 * group-end, page-end (过次页), table-end, and blank rows; and with them, which lines a fragment
 * has.
 *
 * Their heights are known when the table is planned, at the widest sums; what they say is set
 * when their page is drawn, because a page's sums depend on where it begins and ends. */
#include "typeset/plan.h"

mpt heading_height(const struct unit *unit)
{
    return unit->heading ? unit->heading->height : 0;
}

static struct context end_context(const struct typeset *plan, const struct unit *unit,
                                  struct arena *arena, struct err *err)
{
    struct context ctx = {.plan = plan, .arena = arena, .err = err, .row = NO_ROW};

    ctx.list = unit->table->list;
    ctx.each_row = NO_ROW;
    for (int reach = 0; reach < REACHES; reach++)
        ctx.to[reach] = unit->count;
    return ctx;
}

/* The row over the shown columns: a span loses what is hidden, its content stays. */
static struct set_row end_set(const struct context *ctx, const struct unit *unit,
                              const struct cell *cells)
{
    const struct table *table = unit->table;
    struct set_row row = {.cells = NEW_ARRAY(ctx->arena, unit->tracks.count, struct set_cell)};

    for (size_t c = 0; c < table->column_count; c += (size_t)cells[c].columns) {
        struct cell cell = cells[c];
        size_t start = 0;
        int span = 0;

        for (size_t v = 0; v < unit->tracks.count; v++) {
            if (unit->visible[v] < c || unit->visible[v] >= c + (size_t)cells[c].columns)
                continue;
            start = span ? start : v;
            span++;
        }
        if (!span)
            continue;
        cell.columns = span;
        row.cells[start] = cell_set(ctx, &cell, tracks_width(&unit->tracks, start, span));
    }
    row_measure(unit, &row);
    return row;
}

/* Is the value of `each` in this row the first of its kind? An empty value is of none. */
static bool first_of_kind(const struct context *ctx, const struct field *each, size_t row)
{
    const struct value *value = record_cell(ctx->plan->record, ctx->list, row, each);

    if (!value->text.n)
        return false;
    for (size_t r = 0; r < row; r++) {
        if (value_same(record_cell(ctx->plan->record, ctx->list, r, each), value))
            return false;
    }
    return true;
}

static void list_add(struct context *ctx, const struct unit *unit, const struct end_row *row,
                     struct end_list *list)
{
    struct end *end = &list->all[list->count++];

    *end = (struct end){.row = row, .each_row = ctx->each ? ctx->each_row : NO_ROW};
    end->height = end_set(ctx, unit, row->cells).height;
    list->height += end->height;
}

static void list_plan(struct typeset *plan, const struct unit *unit, const struct ends *ends,
                      struct end_list *out, struct err *err)
{
    struct context ctx = end_context(plan, unit, plan->arena, err);
    size_t most = ends->count;

    for (size_t i = 0; i < ends->count; i++) {
        for (size_t r = 0; ends->rows[i].each && r < unit->count; r++)
            most += first_of_kind(&ctx, ends->rows[i].each, r);
    }
    out->all = NEW_ARRAY(plan->arena, most, struct end);
    for (size_t i = 0; i < ends->count; i++) {
        ctx.each = ends->rows[i].each;
        if (!ctx.each)
            list_add(&ctx, unit, &ends->rows[i], out);
        for (size_t r = 0; ctx.each && r < unit->count; r++) {
            ctx.each_row = (long)r;
            if (first_of_kind(&ctx, ctx.each, r))
                list_add(&ctx, unit, &ends->rows[i], out);
        }
    }
}

bool group_ends(const struct typeset *plan, const struct unit *unit, size_t row)
{
    const struct table *table = unit->table;

    return table->group &&
           (row + 1 == unit->count ||
            !value_same(record_cell(plan->record, table->list, row, table->group),
                        record_cell(plan->record, table->list, row + 1, table->group)));
}

/* The rows behind a group: each of them once, a repeating one for each value in the group. */
static size_t group_rows(const struct context *ctx, const struct unit *unit, size_t first,
                         size_t last, struct set_row *out)
{
    size_t n = 0;
    struct context own = *ctx;

    own.from[REACH_GROUP] = first;
    own.to[REACH_GROUP] = last + 1;
    for (size_t i = 0; i < unit->group_end.count; i++) {
        const struct end *end = &unit->group_end.all[i];
        bool there = end->each_row == NO_ROW;

        own.each = end->row->each;
        own.each_row = end->each_row;
        for (size_t r = first; r <= last && !there; r++)
            there = value_same(
                record_cell(ctx->plan->record, ctx->list, r, own.each),
                record_cell(ctx->plan->record, ctx->list, (size_t)end->each_row, own.each));
        if (there)
            out[n++] = end_set(&own, unit, end->row->cells);
    }
    return n;
}

static size_t group_first(const struct typeset *plan, const struct unit *unit, size_t last)
{
    while (last > 0 && !group_ends(plan, unit, last - 1))
        last--;
    return last;
}

/* A group's end stays with its last row: its height is part of that row's. */
static void groups_plan(struct typeset *plan, struct unit *unit, struct err *err)
{
    struct arena *scratch = arena_like(plan->arena);
    size_t first = 0;

    for (size_t r = 0; r < unit->count && unit->group_end.count; r++) {
        struct context ctx = end_context(plan, unit, scratch, err);
        struct set_row *rows;
        size_t count;

        if (!group_ends(plan, unit, r))
            continue;
        rows = NEW_ARRAY(scratch, unit->group_end.count, struct set_row);
        count = group_rows(&ctx, unit, first, r, rows);
        for (size_t i = 0; i < count; i++)
            unit->heights[r] += rows[i].height;
        first = r + 1;
        arena_reset(scratch);
    }
    arena_free(scratch);
}

void ends_plan(struct typeset *plan, struct unit *unit, struct err *err)
{
    const struct table *table = unit->table;

    list_plan(plan, unit, &table->page_start, &unit->page_start, err);
    list_plan(plan, unit, &table->page_end, &unit->page_end, err);
    list_plan(plan, unit, &table->group_end, &unit->group_end, err);
    list_plan(plan, unit, &table->table_end, &unit->table_end, err);
    groups_plan(plan, unit, err);
}

mpt page_start_height(const struct unit *unit, size_t first)
{
    mpt height = 0;

    for (size_t i = 0; first > 0 && i < unit->page_start.count; i++) {
        if (unit->page_start.all[i].each_row < (long)first)
            height += unit->page_start.all[i].height;
    }
    return height;
}

static struct line *line_add(struct lines *lines, const struct set_row *row, mpt height,
                             enum tag tag)
{
    struct line *line = &lines->all[lines->count++];

    *line = (struct line){.row = row, .y = lines->y, .height = height, .tag = tag, .slice = -1};
    lines->y += height;
    return line;
}

/* Those of a list whose value has been seen before row `seen`. */
static void ends_add(struct lines *lines, const struct context *ctx, const struct unit *unit,
                     const struct end_list *list, size_t seen)
{
    struct context own = *ctx;

    for (size_t i = 0; i < list->count; i++) {
        const struct end *end = &list->all[i];
        struct set_row *row;

        if (end->each_row >= (long)seen)
            continue;
        own.each = end->row->each;
        own.each_row = end->each_row;
        row = NEW(ctx->arena, struct set_row);
        *row = end_set(&own, unit, end->row->cells);
        line_add(lines, row, end->height, TAG_TD);
    }
}

static void group_add(struct lines *lines, const struct context *ctx, const struct unit *unit,
                      size_t last)
{
    struct set_row *rows = NEW_ARRAY(ctx->arena, unit->group_end.count, struct set_row);
    size_t count = group_rows(ctx, unit, group_first(ctx->plan, unit, last), last, rows);

    for (size_t i = 0; i < count; i++)
        line_add(lines, &rows[i], rows[i].height, TAG_TD);
}

static void data_add(struct lines *lines, const struct context *ctx, const struct unit *unit,
                     const struct fragment *fragment, size_t r)
{
    const struct set_row *row = table_row(ctx->plan, unit, r, ctx->arena, ctx->err);
    mpt height = row->height;
    struct line *line;

    if (fragment->slice >= 0)
        height = slice_height(row, unit->tracks.count, fragment->slice_most,
                              ctx->plan->layout->padding, (size_t)fragment->slice);
    line = line_add(lines, row, height, TAG_TD);
    line->slice = fragment->slice;
    line->slice_most = fragment->slice_most;
    if (fragment->slice >= 0 ? fragment->group_end
                             : unit->group_end.count && group_ends(ctx->plan, unit, r))
        group_add(lines, ctx, unit, r);
}

static void blank_add(struct lines *lines, const struct unit *unit, struct arena *arena)
{
    struct set_row *row = NEW(arena, struct set_row);

    row->cells = NEW_ARRAY(arena, unit->tracks.count, struct set_cell);
    for (size_t c = 0; c < unit->tracks.count; c++)
        row->cells[c].columns = row->cells[c].rows = 1;
    line_add(lines, row, unit->table->row, TAG_TD);
}

static void table_lines(const struct context *base, const struct unit *unit,
                        const struct fragment *fragment, struct lines *lines)
{
    struct context ctx = *base;

    ctx.from[REACH_PAGE] = fragment->first;
    ctx.to[REACH_PAGE] = ctx.to[REACH_SO_FAR] = fragment->last;
    ctx.to[REACH_BEFORE] = fragment->first;
    if (fragment->heading)
        line_add(lines, unit->heading, unit->heading->height, TAG_TH)->artifact =
            fragment->again;
    if (fragment->page_start)
        ends_add(lines, &ctx, unit, &unit->page_start, fragment->first);
    if (unit->empty && fragment->table_end)
        line_add(lines, unit->empty, unit->empty->height, TAG_TD);
    for (size_t r = fragment->first; r < fragment->last; r++)
        data_add(lines, &ctx, unit, fragment, r);
    for (size_t i = 0; i < fragment->blank; i++)
        blank_add(lines, unit, ctx.arena);
    if (fragment->page_end)
        ends_add(lines, &ctx, unit, &unit->page_end, fragment->last);
    if (fragment->table_end)
        ends_add(lines, &ctx, unit, &unit->table_end, unit->count);
}

static void grid_lines(const struct context *ctx, const struct unit *unit,
                       const struct fragment *fragment, struct lines *lines)
{
    enum tag tag =
        unit->block->type == BLOCK_TEXT ? (unit->block->heading ? TAG_H1 : TAG_P) : TAG_TD;

    for (size_t r = fragment->first; r < fragment->last; r++) {
        const struct set_row *row = &unit->rows[r];
        mpt height = unit->heights[r];
        struct line *line;

        if (fragment->slice >= 0)
            height = slice_height(row, unit->tracks.count, fragment->slice_most,
                                  ctx->plan->layout->padding, (size_t)fragment->slice);
        line = line_add(lines, row, height, tag);
        line->slice = fragment->slice;
        line->slice_most = fragment->slice_most;
    }
}

struct lines fragment_lines(const struct typeset *plan, const struct fragment *fragment,
                            struct arena *arena)
{
    const struct unit *unit = &plan->units[fragment->unit];
    size_t rows = fragment->last - fragment->first, most = rows + fragment->blank + 2;
    struct lines lines = {.y = fragment->y};
    struct err none;
    struct context ctx;

    err_init(&none, arena);
    most += unit->page_start.count + unit->page_end.count + unit->table_end.count;
    for (size_t r = fragment->first; unit->group_end.count && r < fragment->last; r++)
        most += group_ends(plan, unit, r) ? unit->group_end.count : 0;
    lines.all = NEW_ARRAY(arena, most, struct line);
    if (!unit->table) {
        ctx = (struct context){.plan = plan};
        grid_lines(&ctx, unit, fragment, &lines);
        return lines;
    }
    ctx = end_context(plan, unit, arena, &none);
    table_lines(&ctx, unit, fragment, &lines);
    return lines;
}
