/* fuzz_layout.c: a layout as an officer may write it, of the paper that its first byte names:
 * it is refused with a fault, or its tree is sound: spans lie in their grids, fields belong to
 * the kind, every cell's room can be worked out. */
#include "home.h"

#include "layout/layout.h"

enum { MEMORY = 512 << 20 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char path[] = "layouts/paper/paper.ini";

struct world {
    const char *home;
    const struct kinds *kinds;
    struct arena *arena;
    int file;
};

static struct world *world_open(void)
{
    struct arena *arena = arena_new(MEMORY, NULL, NULL);
    struct world *world = NEW(arena, struct world);
    struct err err;

    err_init(&err, arena);
    world->home = home_new();
    home_folder(world->home, "layouts");
    home_folder(world->home, "layouts/paper");
    home_link(world->home, "layouts/common");
    world->file = home_file(world->home, path);
    require(kinds_load(arena, getenv("DANZHENG_HOME"), &world->kinds, &err));
    world->arena = arena_new(MEMORY, NULL, NULL);
    return world;
}

static const struct output *find_output(const struct kinds *kinds, size_t number,
                                        const struct kind **kind)
{
    for (size_t k = 0; k < kinds->count; k++) {
        *kind = &kinds->all[k];
        if (number < (*kind)->output_count)
            return &(*kind)->outputs[number];
        number -= (*kind)->output_count;
    }
    *kind = &kinds->all[0];
    return &(*kind)->outputs[0];
}

static void cell_check(const struct cell *cell, size_t columns, size_t rows)
{
    require(cell->columns >= 0 && (size_t)cell->columns <= columns);
    require(cell->rows >= 0 && (size_t)cell->rows <= rows);
    for (size_t i = 0; i < cell->count; i++) {
        require(cell->paras[i].role != NULL);
        for (size_t k = 0; k < cell->paras[i].words.count; k++) {
            const struct piece *piece = &cell->paras[i].words.pieces[k];

            require(piece->type != PIECE_FIELD || piece->field);
            require(piece->type != PIECE_SUM || piece->field->type == FIELD_DECIMAL);
        }
    }
}

static void grid_check(const struct layout *layout, struct arena *arena,
                       const struct grid *grid)
{
    mpt *edges = NEW_ARRAY(arena, grid->track_count + 1, mpt);

    grid_edges(layout, grid, edges);
    for (size_t i = 0; i < grid->track_count; i++)
        require(edges[i] <= edges[i + 1]);
    for (size_t i = 0; i < grid->row_count; i++) {
        require(grid_row_least(grid, i) >= 0);
        for (size_t k = 0; k < grid->track_count; k++)
            cell_check(&grid->rows[i].cells[k], grid->track_count - k, grid->row_count - i);
    }
}

static void table_check(const struct table *table)
{
    require(table->list && table->list->type == FIELD_LIST);
    for (size_t i = 0; i < table->column_count; i++)
        cell_check(&table->columns[i].cell, table->column_count - i, 1);
}

static void layout_check(const struct layout *layout, struct arena *arena)
{
    struct capacity *capacities;
    size_t count;

    require(layout->width > 0 && layout->height > 0 && layout->digest.n == 64);
    require(layout->left + layout->right < layout->width);
    for (size_t i = 0; i < layout->flow_count; i++) {
        const struct block *block = &layout->flow[i];

        if (block->type == BLOCK_GRID)
            grid_check(layout, arena, &block->as.grid);
        else if (block->type == BLOCK_TABLE)
            table_check(&block->as.table);
    }
    count = layout_capacities(arena, layout, &capacities);
    for (size_t i = 0; i < count; i++)
        require(capacities[i].cell->overflow != OVERFLOW_WRAP);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct world *world;
    const struct output *output;
    const struct layout *layout;
    const struct kind *kind;
    struct err err;

    if (!world)
        world = world_open();
    if (size == 0)
        return 0;
    output = find_output(world->kinds, data[0] - (size_t)'0', &kind);
    home_write(world->file, (struct str){(const char *)data + 1, size - 1});
    arena_reset(world->arena);
    err_init(&err, world->arena);
    if (layout_load(world->arena, world->home, path, kind, output, &layout, &err)) {
        require(err.faults == 0);
        layout_check(layout, world->arena);
    } else {
        require(err.faults > 0);
    }
    return 0;
}
