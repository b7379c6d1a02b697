/* capacity.c: how much the cells that may not simply grow can hold, and whether that is enough
 * for the longest values that the kind declares.
 *
 * Counted in full-width characters. A line may have to give its last one to the next line, so
 * that this does not begin with a closing mark: of n lines n - 1 are counted short by one. A
 * field of several lines may be nothing but line feeds. Typesetting takes widths, sizes and
 * leading from the same functions. */
#include "layout/parser.h"

#include "base/utf8.h"

void grid_edges(const struct layout *layout, const struct grid *grid, mpt *edges)
{
    mpt width = layout->width - layout->left - layout->right, room = width;
    int64_t shares = 0;

    for (size_t i = 0; i < grid->track_count; i++) {
        room -= grid->tracks[i].fixed;
        shares += grid->tracks[i].share;
    }
    room = mpt_max(room, 0);
    edges[0] = layout->left;
    for (size_t i = 0; i < grid->track_count; i++) {
        const struct track *track = &grid->tracks[i];
        mpt part = shares ? (mpt)((int64_t)room * track->share / shares) : 0;

        edges[i + 1] = edges[i] + track->fixed + part;
    }
    if (shares)
        edges[grid->track_count] = layout->left + width;
}

mpt role_leading(const struct role *role, mpt size)
{
    return (mpt)((int64_t)role->leading * size / role->size);
}

mpt size_below(const struct cell *cell, mpt size)
{
    if (cell->overflow != OVERFLOW_SHRINK || size <= cell->floor)
        return 0;
    return mpt_max(size - PT(0.25), cell->floor);
}

/* ---- rooms */

mpt grid_row_least(const struct grid *grid, size_t row)
{
    mpt least = grid->row;

    for (size_t c = 0; c < grid->track_count; c++)
        least = mpt_max(least, grid->rows[row].cells[c].least);
    return least;
}

static void room_check(struct parser *p, const struct cell *cell)
{
    if (cell->overflow == OVERFLOW_WRAP || cell->room)
        return;
    err_add(p->err, LAYOUT_GEOMETRY, cell->at, "“%.*s”没有行高，无从判断是否放得下",
            "'%.*s' has no height that its value could overflow", STR_ARG(cell->name));
    err_hint(p->err, "give the grid or the cell a row: row = 8mm");
}

void rooms_measure(struct parser *p)
{
    for (size_t i = 0; i < p->layout->flow_count; i++) {
        struct block *block = &p->layout->flow[i];
        struct grid *grid = block->type == BLOCK_GRID ? &block->as.grid : NULL;
        struct table *table = block->type == BLOCK_TABLE ? &block->as.table : NULL;

        for (size_t r = 0; grid && r < grid->row_count; r++) {
            for (size_t c = 0; c < grid->track_count; c++) {
                struct cell *cell = &grid->rows[r].cells[c];

                for (int k = 0; cell->columns && k < cell->rows; k++)
                    cell->room += grid_row_least(grid, r + (size_t)k);
                room_check(p, cell);
            }
        }
        for (size_t c = 0; table && c < table->column_count; c++) {
            table->columns[c].cell.room = mpt_max(table->row, table->columns[c].cell.least);
            room_check(p, &table->columns[c].cell);
        }
    }
}

/* ---- widths */

static void width_check(struct parser *p, const struct block *block,
                        const struct track *(*track_of)(const struct block *, size_t),
                        size_t count)
{
    const struct layout *layout = p->layout;
    int64_t room = layout->width - layout->left - layout->right, fixed = 0;
    bool rest = false;

    for (size_t i = 0; i < count; i++) {
        const struct track *track = track_of(block, i);

        fixed += track->fixed;
        rest = rest || track->share || track->fit;
    }
    if (fixed + rest <= room)
        return;
    err_add(
        p->err, LAYOUT_GEOMETRY, block->at,
        "各列固定宽度共 %lld 毫米，页面可用 %lld 毫米，其余的列没有位置",
        "the fixed widths take %lld mm of the %lld mm between the margins, and leave nothing "
        "for other columns",
        (long long)(fixed * 254 / 720000), (long long)(room * 254 / 720000));
    err_hint(p->err, "make columns narrower, or give some a share: *");
}

static const struct track *grid_track(const struct block *block, size_t i)
{
    return &block->as.grid.tracks[i];
}

static const struct track *table_track(const struct block *block, size_t i)
{
    return &block->as.table.columns[i].track;
}

void widths_check(struct parser *p)
{
    for (size_t i = 0; i < p->layout->flow_count; i++) {
        const struct block *block = &p->layout->flow[i];

        if (block->type == BLOCK_GRID)
            width_check(p, block, grid_track, block->as.grid.track_count);
        else if (block->type == BLOCK_TABLE)
            width_check(p, block, table_track, block->as.table.column_count);
    }
}

/* ---- the longest that may be declared */

/* 19 digits before the point and 6 behind it, a sign, a point, commas. */
enum { NUMBER_MOST = 33, CAPITAL_MOST = 64, CODE_MOST = 64, NAME_MOST = 256, FACT_MOST = 64 };

static size_t form_longest(enum format format, enum field_type type)
{
    if (format == FORMAT_CAPITAL)
        return CAPITAL_MOST;
    if (type == FIELD_DATE || format == FORMAT_DATE)
        return utf8_count(STR("2024年10月10日"));
    if (type == FIELD_TIME)
        return utf8_count(STR("2024-10-10T10:10:10.123456+08:00"));
    return type == FIELD_BOOL ? 1 : NUMBER_MOST;
}

static size_t piece_longest(const struct piece *piece)
{
    if (piece->type == PIECE_WORDS)
        return utf8_count(piece->words);
    if (piece->type == PIECE_CHECK)
        return 1;
    if (piece->type == PIECE_FACT)
        return FACT_MOST;
    if (piece->field->type == FIELD_CODE)
        return piece->part == PART_CODE ? CODE_MOST : NAME_MOST;
    if (piece->field->longest > 0)
        return (size_t)piece->field->longest;
    return form_longest(piece->format, piece->field->type);
}

static size_t words_longest(const struct words *words)
{
    size_t sum = 0;

    for (size_t i = 0; i < words->count; i++)
        sum += piece_longest(&words->pieces[i]);
    return sum;
}

/* Line feeds that the value may bring. */
static size_t words_feeds(const struct words *words)
{
    size_t sum = 0;

    for (size_t i = 0; i < words->count; i++) {
        const struct piece *piece = &words->pieces[i];

        if (piece->type == PIECE_FIELD && piece->field->type == FIELD_LINES)
            sum += piece_longest(piece);
    }
    return sum;
}

/* ---- capacities */

static size_t lines_hold(size_t lines, size_t line)
{
    return lines && line ? lines * line - (lines - 1) : 0;
}

static size_t lines_need(const struct para *para, mpt size, size_t line)
{
    size_t n = words_longest(&para->words) + (size_t)((para->indent + size - 1) / size);
    size_t feeds = words_feeds(&para->words), lines = 1;

    if (n > line)
        lines = line > 1 ? (n - 1 + line - 2) / (line - 1) : n;
    return feeds + 1 > lines ? feeds + 1 : lines;
}

static bool fits_at(const struct capacity *capacity, mpt size)
{
    const struct cell *cell = capacity->cell;
    size_t line = (size_t)(capacity->width / size), need = 0;
    mpt leading = cell->count ? role_leading(cell->paras[0].role, size) : 1;

    for (size_t i = 0; i < cell->count; i++)
        need += lines_need(&cell->paras[i], size, line);
    return line && need <= (size_t)(capacity->height / leading);
}

static struct capacity cell_capacity(const struct cell *cell, mpt width, mpt padding)
{
    struct capacity out = {.cell = cell, .width = mpt_max(width, 0)};
    const struct role *role = cell->count ? cell->paras[0].role : NULL;

    out.height = mpt_max(cell->room - padding, 0);
    if (!role)
        return out;
    out.line = (size_t)(out.width / role->size);
    out.lines = (size_t)(out.height / role->leading);
    out.holds = lines_hold(out.lines, out.line);
    for (size_t i = 0; i < cell->count; i++)
        out.longest += words_longest(&cell->paras[i].words);
    for (mpt size = role->size; size && !out.shrunk; size = size_below(cell, size))
        out.shrunk = fits_at(&out, size) ? size : 0;
    return out;
}

/* A column's width where it does not depend on the record: 0 else. */
static mpt column_width(const struct layout *layout, const struct table *table, size_t column)
{
    mpt room = layout->width - layout->left - layout->right;
    int64_t shares = 0;
    bool fit = false;

    if (table->columns[column].track.fixed)
        return table->columns[column].track.fixed;
    for (size_t c = 0; c < table->column_count; c++) {
        room -= table->columns[c].track.fixed;
        shares += table->columns[c].track.share;
        fit = fit || table->columns[c].track.fit;
    }
    if (fit || !shares)
        return 0;
    return (mpt)((int64_t)room * table->columns[column].track.share / shares);
}

static size_t grid_capacities(struct arena *arena, const struct layout *layout,
                              const struct grid *grid, struct capacity *out)
{
    mpt *edges = NEW_ARRAY(arena, grid->track_count + 1, mpt);
    mpt padding = grid->border == BORDER_NONE ? 0 : layout->padding;
    size_t n = 0;

    grid_edges(layout, grid, edges);
    for (size_t r = 0; r < grid->row_count; r++) {
        for (size_t c = 0; c < grid->track_count; c++) {
            const struct cell *cell = &grid->rows[r].cells[c];

            if (!cell->columns || cell->overflow == OVERFLOW_WRAP)
                continue;
            out[n++] =
                cell_capacity(cell, edges[c + (size_t)cell->columns] - edges[c] - 2 * padding,
                              layout->padding);
        }
    }
    return n;
}

static size_t block_cells(const struct block *block)
{
    if (block->type == BLOCK_GRID)
        return block->as.grid.row_count * block->as.grid.track_count;
    return block->type == BLOCK_TABLE ? block->as.table.column_count : 0;
}

size_t layout_capacities(struct arena *arena, const struct layout *layout,
                         struct capacity **out)
{
    size_t most = 0, n = 0;
    struct capacity *all;

    for (size_t i = 0; i < layout->flow_count; i++)
        most += block_cells(&layout->flow[i]);
    all = NEW_ARRAY(arena, most, struct capacity);
    for (size_t i = 0; i < layout->flow_count; i++) {
        const struct block *block = &layout->flow[i];
        const struct table *table = &block->as.table;

        if (block->type == BLOCK_GRID)
            n += grid_capacities(arena, layout, &block->as.grid, all + n);
        for (size_t c = 0; block->type == BLOCK_TABLE && c < table->column_count; c++) {
            mpt width = column_width(layout, table, c) - 2 * layout->padding;

            if (table->columns[c].cell.overflow != OVERFLOW_WRAP)
                all[n++] = cell_capacity(&table->columns[c].cell, width, layout->padding);
        }
    }
    *out = all;
    return n;
}

void capacities_check(struct parser *p)
{
    struct capacity *all;
    size_t count = layout_capacities(p->arena, p->layout, &all);

    for (size_t i = 0; i < count; i++) {
        const struct cell *cell = all[i].cell;

        if (cell->overflow != OVERFLOW_REFUSE || !cell->room || all[i].shrunk)
            continue;
        err_add(p->err, LAYOUT_GEOMETRY, cell->at,
                "“%.*s”放得下 %zu 字，声明的最长内容有 %zu 字（可换行的内容另计行数）",
                "'%.*s' holds %zu characters, its longest declared content has %zu (line feeds "
                "take lines besides)",
                STR_ARG(cell->name), all[i].holds, all[i].longest);
        err_hint(p->err, "make the cell higher or wider, or its overflow shrink or annex");
    }
}
