/* table.c: lists: which columns are shown, how wide they are, how high every row is. Of the
 * rows of a long list only heights are kept; they are set again when their page is drawn. */
#include "typeset/plan.h"

enum { ROWS_KEPT = 1500, KEPT_MOST = 8 << 20 }; /* bytes; a row takes 5 KB */
enum { ROWS_SAMPLED = 200 }; /* that a fit column looks at: longer values below wrap */

static bool column_shown(const struct typeset *plan, const struct table *table,
                         const struct column *column, struct arena *scratch)
{
    struct context ctx = {.plan = plan, .arena = scratch, .list = table->list};
    size_t rows = record_rows(plan->record, table->list)->count;
    int fields, required;

    for (ctx.row = 0; column->optional && (size_t)ctx.row < rows; ctx.row++) {
        for (size_t i = 0; i < column->cell.count; i++) {
            if (!words_empty(&ctx, &column->cell.paras[i].words, &fields, &required))
                return true;
        }
    }
    return !column->optional;
}

static void cell_measure(const struct context *ctx, const struct cell *cell, mpt *least,
                         mpt *want)
{
    for (size_t i = 0; i < cell->count; i++) {
        struct text_style style = role_style(ctx->plan, &cell->paras[i]);
        mpt token = 0, natural = 0;
        size_t count;
        bool shown;
        struct text_span *spans = words_expand(ctx, &cell->paras[i].words, &count, &shown);

        if (shown && count &&
            text_measure(ctx->plan->text, ctx->arena, spans, count, &style, &token, &natural,
                         ctx->err)) {
            *least = mpt_max(*least, token);
            *want = mpt_max(*want, natural);
        }
    }
}

/* A fit column wants its longest value; it can do with its longest token, but no token may take
 * more than a quarter of the paper (longer ones are broken where they must). */
static void column_measure(const struct typeset *plan, const struct block *block,
                           const struct column *column, struct arena *scratch, struct err *err,
                           const struct fit *asks, size_t index)
{
    mpt *least = &asks->least[index], *want = &asks->want[index], heading;
    const struct table *table = &block->as.table;
    struct context ctx = {.plan = plan, .arena = scratch, .err = err, .list = table->list};
    size_t rows = record_rows(plan->record, table->list)->count;
    mpt most = (plan->layout->width - plan->layout->left - plan->layout->right) / 4;

    ctx.blank = block->blank;
    ctx.row = NO_ROW;
    cell_measure(&ctx, &column->heading, least, want);
    *least = mpt_max(*least, 2 * column->cell.paras[0].role->size);
    asks->floor[index] =
        2 * plan->layout->padding +
        2 * mpt_max(column->cell.paras[0].role->size,
                    column->heading.count ? column->heading.paras[0].role->size : 0);
    heading = *want + 2 * plan->layout->padding;
    *want = mpt_max(*least, *want / 2);
    for (ctx.row = 0; (size_t)ctx.row < rows && ctx.row < ROWS_SAMPLED; ctx.row++)
        cell_measure(&ctx, &column->cell, least, want);
    *least = mpt_max(mpt_min(*least, most) + 2 * plan->layout->padding, asks->floor[index]);
    *want = mpt_max(*least, *want + 2 * plan->layout->padding);
    asks->whole[index] = mpt_max(*want, heading);
}

static void columns_plan(struct typeset *plan, const struct block *block, struct unit *unit,
                         struct arena *scratch, struct err *err)
{
    const struct table *table = &block->as.table;
    const struct layout *layout = plan->layout;
    const struct track **tracks =
        NEW_ARRAY(plan->arena, table->column_count, const struct track *);
    struct fit asks = {.floor = NEW_ARRAY(plan->arena, table->column_count, mpt),
                       .least = NEW_ARRAY(plan->arena, table->column_count, mpt),
                       .want = NEW_ARRAY(plan->arena, table->column_count, mpt),
                       .whole = NEW_ARRAY(plan->arena, table->column_count, mpt)};
    size_t count = 0;

    unit->visible = NEW_ARRAY(plan->arena, table->column_count, size_t);
    for (size_t c = 0; c < table->column_count; c++) {
        if (!column_shown(plan, table, &table->columns[c], scratch))
            continue;
        tracks[count] = &table->columns[c].track;
        if (tracks[count]->fit)
            column_measure(plan, block, &table->columns[c], scratch, err, &asks, count);
        unit->visible[count++] = c;
    }
    tracks_share(plan->arena, tracks, count, layout->left,
                 layout->width - layout->left - layout->right, &asks, &unit->tracks);
    unit->tracks.padding = layout->padding;
}

void row_measure(const struct unit *unit, struct set_row *row)
{
    row->height = 0;
    rows_measure(row, 1, unit->tracks.count, &unit->table->row, unit->tracks.padding);
}

static struct set_row row_set(const struct typeset *plan, const struct unit *unit, size_t index,
                              struct arena *arena, struct err *err)
{
    const struct table *table = unit->table;
    struct context ctx = {.plan = plan, .arena = arena, .err = err, .list = table->list};
    struct set_row row = {.cells = NEW_ARRAY(arena, unit->tracks.count, struct set_cell)};

    ctx.row = (long)index;
    ctx.blank = unit->block->blank;
    for (size_t c = 0; c < unit->tracks.count; c++)
        row.cells[c] = cell_set(&ctx, &table->columns[unit->visible[c]].cell,
                                tracks_width(&unit->tracks, c, 1));
    row_measure(unit, &row);
    return row;
}

const struct set_row *table_row(const struct typeset *plan, const struct unit *unit,
                                size_t index, struct arena *arena, struct err *err)
{
    struct set_row *row;

    if (index < unit->kept)
        return &unit->rows[index];
    row = NEW(arena, struct set_row);
    *row = row_set(plan, unit, index, arena, err);
    return row;
}

/* Most lists are short enough to be kept, and then every cell is set once. */
static void rows_plan(const struct typeset *plan, struct unit *unit, struct arena *scratch,
                      struct err *err)
{
    size_t before = arena_used(plan->arena), most = unit->count > ROWS_KEPT ? 0 : KEPT_MOST;

    unit->heights = NEW_ARRAY(plan->arena, unit->count, mpt);
    unit->rows = NEW_ARRAY(plan->arena, unit->count, struct set_row);
    for (size_t r = 0; r < unit->count; r++) {
        bool keep = r == unit->kept && arena_used(plan->arena) - before < most;
        struct set_row row = row_set(plan, unit, r, keep ? plan->arena : scratch, err);

        unit->heights[r] = row.height;
        if (keep)
            unit->rows[unit->kept++] = row;
        arena_reset(scratch);
    }
}

static struct set_row heading_row(const struct typeset *plan, const struct unit *unit,
                                  struct err *err)
{
    struct context ctx = {.plan = plan, .arena = plan->arena, .err = err, .row = NO_ROW};
    struct set_row row = {.cells = NEW_ARRAY(plan->arena, unit->tracks.count, struct set_cell)};

    for (size_t c = 0; c < unit->tracks.count; c++)
        row.cells[c] = cell_set(&ctx, &unit->table->columns[unit->visible[c]].heading,
                                tracks_width(&unit->tracks, c, 1));
    row_measure(unit, &row);
    return row;
}

static struct set_row empty_row(const struct typeset *plan, const struct unit *unit,
                                struct err *err)
{
    struct context ctx = {.plan = plan, .arena = plan->arena, .err = err, .row = NO_ROW};
    struct set_row row = {.cells = NEW_ARRAY(plan->arena, unit->tracks.count, struct set_cell)};
    struct cell cell = unit->table->empty;

    cell.columns = (int)unit->tracks.count;
    row.cells[0] = cell_set(&ctx, &cell, tracks_width(&unit->tracks, 0, cell.columns));
    row_measure(unit, &row);
    return row;
}

void table_plan(struct typeset *plan, const struct block *block, struct unit *unit,
                struct err *err)
{
    const struct table *table = &block->as.table;
    struct arena *scratch = arena_like(plan->arena);

    unit->table = table;
    unit->border = BORDER_ALL;
    unit->count = record_rows(plan->record, table->list)->count;
    if (unit->count || table->empty.count) {
        columns_plan(plan, block, unit, scratch, err);
        unit->heading = NEW(plan->arena, struct set_row);
        *unit->heading = heading_row(plan, unit, err);
    }
    rows_plan(plan, unit, scratch, err);
    if (unit->count) {
        ends_plan(plan, unit, err);
    } else if (table->empty.count) {
        unit->empty = NEW(plan->arena, struct set_row);
        *unit->empty = empty_row(plan, unit, err);
    }
    arena_free(scratch);
}
