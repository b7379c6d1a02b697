/* grid.c: texts and grids. Rows that are left out are gone before anything is measured. */
#include "typeset/plan.h"

/* Of fit columns, how much more they ask for in `more` than in `less`. */
static int64_t fit_asked(const struct track *const *tracks, size_t count, const mpt *less,
                         const mpt *more)
{
    int64_t asked = 0;

    for (size_t i = 0; i < count; i++)
        asked += tracks[i]->fit ? more[i] - less[i] : 0;
    return asked;
}

/* Adds to each fit column its part of `room` (which may be negative), by how much more it asks
 * for in `more` than in `less`. False when none asks for more. */
static bool fit_grow(const struct track *const *tracks, size_t count, const mpt *less,
                     const mpt *more, mpt room, mpt *widths)
{
    int64_t sum = fit_asked(tracks, count, less, more);

    for (size_t i = 0; sum > 0 && i < count; i++) {
        if (tracks[i]->fit)
            widths[i] += (mpt)((int64_t)room * (more[i] - less[i]) / sum);
    }
    return sum > 0;
}

void tracks_share(struct arena *arena, const struct track *const *tracks, size_t count,
                  mpt left, mpt width, const struct fit *asks, struct tracks *out)
{
    mpt *widths = NEW_ARRAY(arena, count, mpt), room = width;
    const mpt *want = asks ? asks->want : NULL;
    int64_t shares = 0, asked;
    bool fit = false;

    for (size_t i = 0; i < count; i++) {
        widths[i] = tracks[i]->fit ? asks->least[i] : tracks[i]->fixed;
        room -= widths[i];
        shares += tracks[i]->share;
        fit = fit || tracks[i]->fit;
    }
    if (fit && fit_asked(tracks, count, asks->least, asks->whole) <= room)
        want = asks->whole;
    asked = fit ? fit_asked(tracks, count, asks->least, want) : 0;
    if (fit && room < 0)
        fit_grow(tracks, count, asks->floor, asks->least, room, widths);
    else if (fit &&
             !fit_grow(tracks, count, asks->least, want,
                       shares && asked < room ? (mpt)asked : room, widths) &&
             !shares)
        fit_grow(tracks, count, NEW_ARRAY(arena, count, mpt), asks->least, room, widths);
    room = shares && room > asked ? room - (mpt)asked : 0;
    out->count = count;
    out->edges = NEW_ARRAY(arena, count + 1, mpt);
    out->edges[0] = left;
    for (size_t i = 0; i < count; i++) {
        widths[i] += shares ? (mpt)((int64_t)room * tracks[i]->share / shares) : 0;
        out->edges[i + 1] = out->edges[i] + widths[i];
    }
    if (shares || fit)
        out->edges[count] = left + width;
}

static struct context context_of(struct typeset *plan, const struct block *block,
                                 struct err *err)
{
    return (struct context){
        .plan = plan, .arena = plan->arena, .err = err, .row = NO_ROW, .blank = block->blank};
}

void text_plan(struct typeset *plan, const struct block *block, struct unit *unit,
               struct err *err)
{
    struct context ctx = context_of(plan, block, err);
    const struct stack *text = &block->as.text;
    const struct layout *layout = plan->layout;
    static const struct track whole = {.share = 1};
    const struct track *tracks[] = {&whole};
    mpt width = layout->width - layout->left - layout->right - text->left - text->right;

    unit->border = BORDER_NONE;
    tracks_share(plan->arena, tracks, 1, layout->left + text->left, width, NULL, &unit->tracks);
    unit->rows = NEW_ARRAY(plan->arena, text->count, struct set_row);
    unit->heights = NEW_ARRAY(plan->arena, text->count, mpt);
    for (size_t i = 0; i < text->count; i++) {
        struct cell cell = {.paras = &text->paras[i], .count = 1, .columns = 1, .rows = 1};
        struct set_row *row = &unit->rows[unit->count];

        row->cells = NEW(plan->arena, struct set_cell);
        row->cells[0] = cell_set(&ctx, &cell, tracks_width(&unit->tracks, 0, 1));
        if (!row->cells[0].count)
            continue;
        row->height = unit->heights[unit->count] = row->cells[0].height;
        unit->count++;
    }
}

static bool row_shown(const struct context *ctx, const struct grid_row *row, size_t columns)
{
    int fields = 0, required = 0;
    bool empty = true;

    for (size_t c = 0; c < columns; c++) {
        const struct cell *cell = &row->cells[c];

        if (cell->rows > 1)
            return true;
        for (size_t i = 0; cell->columns && i < cell->count; i++) {
            int f, r;

            empty = words_empty(ctx, &cell->paras[i].words, &f, &r) && empty;
            fields += f;
            required += r;
        }
    }
    return !(fields && empty && (row->optional || !required));
}

/* How many of the rows that a cell spans are shown. */
static int span_shown(const bool *shown, size_t row, int rows)
{
    int count = 0;

    for (int i = 0; i < rows; i++)
        count += shown[row + (size_t)i];
    return count;
}

/* What the spread labels of this track, as wide as this one, are set to: the widest of them. */
static mpt labels_width(const struct context *ctx, const struct grid *grid, const bool *shown,
                        size_t column, int span)
{
    mpt widest = 0;

    for (size_t r = 0; r < grid->row_count; r++) {
        const struct cell *cell = &grid->rows[r].cells[column];

        if (!shown[r] || !cell->label || cell->columns != span)
            continue;
        for (size_t i = 0; i < cell->count; i++) {
            struct para plain = cell->paras[i];
            struct set_para set;

            plain.align = TEXT_LEFT;
            if (cell->paras[i].align == ALIGN_SPREAD && para_set(ctx, &plain, 0, MPT_MAX, &set))
                widest = mpt_max(widest, set.block.width);
        }
    }
    return widest;
}

/* Rows that it spans may have been left out, and with them some of its room. */
static mpt span_room(const struct grid *grid, const bool *shown, size_t row, int rows)
{
    mpt room = 0;

    for (size_t r = row; r < row + (size_t)rows; r++)
        room += shown[r] ? grid_row_least(grid, r) : 0;
    return room;
}

/* What is known of a grid before its cells are set. */
struct grid_facts {
    const bool *shown; /* rows */
    mpt *spreads;      /* labels_width() by span and column; 0: not asked yet */
};

static mpt spread_width(const struct context *ctx, const struct grid *grid,
                        const struct grid_facts *facts, size_t column, int span)
{
    mpt *width = &facts->spreads[(size_t)(span - 1) * grid->track_count + column];

    if (*width == 0)
        *width = labels_width(ctx, grid, facts->shown, column, span);
    return *width;
}

static struct set_cell grid_cell(struct typeset *plan, struct context *ctx,
                                 const struct unit *unit, const struct grid_facts *facts,
                                 size_t r, size_t c)
{
    const struct grid *grid = &unit->block->as.grid;
    const bool *shown = facts->shown;
    struct cell cell = grid->rows[r].cells[c];
    mpt width = tracks_width(&unit->tracks, c, cell.columns), room;
    struct set_cell out;

    cell.room = span_room(grid, shown, r, cell.rows);
    room = cell.room - plan->layout->padding;
    ctx->spread = 0;
    if (cell.label && cell.count && cell.paras[0].align == ALIGN_SPREAD)
        ctx->spread = spread_width(ctx, grid, facts, c, cell.columns);
    out = cell_set(ctx, &cell, width);
    if (cell.overflow == OVERFLOW_ANNEX && out.height > room)
        annex_cut(plan, ctx, &grid->rows[r], c, room, width, &out);
    out.rows = span_shown(shown, r, cell.rows);
    return out;
}

void grid_plan(struct typeset *plan, const struct block *block, struct unit *unit,
               struct err *err)
{
    struct context ctx = context_of(plan, block, err);
    const struct grid *grid = &block->as.grid;
    const struct layout *layout = plan->layout;
    bool *shown = NEW_ARRAY(plan->arena, grid->row_count, bool);
    mpt *least = NEW_ARRAY(plan->arena, grid->row_count, mpt);
    const struct grid_facts facts = {
        shown, NEW_ARRAY(plan->arena, grid->track_count * grid->track_count, mpt)};

    unit->border = grid->border;
    unit->dash = grid->dash;
    unit->tracks.count = grid->track_count;
    unit->tracks.edges = NEW_ARRAY(plan->arena, grid->track_count + 1, mpt);
    unit->tracks.padding = grid->border == BORDER_NONE ? 0 : layout->padding;
    grid_edges(layout, grid, unit->tracks.edges);
    unit->rows = NEW_ARRAY(plan->arena, grid->row_count, struct set_row);
    for (size_t r = 0; r < grid->row_count; r++)
        shown[r] = row_shown(&ctx, &grid->rows[r], grid->track_count);
    for (size_t r = 0; r < grid->row_count; r++) {
        struct set_row *row = &unit->rows[unit->count];

        if (!shown[r])
            continue;
        least[unit->count++] = grid_row_least(grid, r);
        row->cells = NEW_ARRAY(plan->arena, grid->track_count, struct set_cell);
        for (size_t c = 0; c < grid->track_count; c++) {
            if (grid->rows[r].cells[c].columns)
                row->cells[c] = grid_cell(plan, &ctx, unit, &facts, r, c);
        }
    }
    rows_measure(unit->rows, unit->count, grid->track_count, least, layout->padding);
    unit->heights = NEW_ARRAY(plan->arena, unit->count, mpt);
    for (size_t r = 0; r < unit->count; r++)
        unit->heights[r] = unit->rows[r].height;
}
