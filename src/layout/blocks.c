/* blocks.c: texts and grids, and the exceptions for single cells. */
#include "layout/parser.h"

#include <string.h>

/* Blank-separated widths: 30mm, *, 2*, fit. */
void track_parse(struct parser *p, struct str text, struct where at, bool fit,
                 struct track *out)
{
    struct str share = text;
    long parts = 1;

    *out = (struct track){.share = 1};
    if (fit && str_is(text, "fit")) {
        *out = (struct track){.fit = true};
        return;
    }
    if (str_ends(text, STR("*"))) {
        share.n--;
        if (share.n == 0 || (str_number(share, &parts) && parts > 0)) {
            out->share = (int)parts;
            return;
        }
    } else if (mpt_parse(text, &out->fixed) && out->fixed > 0) {
        out->share = 0;
        return;
    }
    err_add(p->err, LAYOUT_GEOMETRY, at, "“%.*s”不是列宽", "'%.*s' is not a column's width",
            STR_ARG(text));
    err_hint(p->err, "30mm, *, 2*%s", fit ? " or fit" : "");
}

/* `<` joins the cell on the left, `^` the cell above. Before this, joined cells have columns 0
 * and the sign stands in their name. */
void cells_join(struct parser *p, struct grid_row *rows, size_t row_count, size_t columns)
{
    for (size_t r = 0; r < row_count; r++) {
        for (size_t c = 0; c < columns; c++) {
            struct cell *cell = &rows[r].cells[c];

            if (!cell->columns)
                continue;
            while (c + (size_t)cell->columns < columns &&
                   str_is(rows[r].cells[c + (size_t)cell->columns].name, "<"))
                cell->columns++;
            while (r + (size_t)cell->rows < row_count &&
                   str_is(rows[r + (size_t)cell->rows].cells[c].name, "^"))
                cell->rows++;
            for (size_t y = 0; y < (size_t)cell->rows; y++) {
                for (size_t x = 0; x < (size_t)cell->columns; x++) {
                    if (y || x)
                        rows[r + y].cells[c + x].rows -= 1;
                }
            }
        }
    }
    for (size_t r = 0; r < row_count; r++) {
        for (size_t c = 0; c < columns; c++) {
            struct cell *cell = &rows[r].cells[c];

            if (cell->columns)
                continue;
            if (cell->rows != -1) {
                err_add(p->err, LAYOUT_GEOMETRY, cell->at, "“%.*s”没有可以合并的格",
                        "'%.*s' joins no cell, or cells that make no rectangle",
                        STR_ARG(cell->name));
                err_hint(p->err, "'<' joins the cell on the left, '^' the one above");
            }
            cell->rows = 0;
        }
    }
}

static void row_read(struct parser *p, struct conf_line *line, const struct role *label,
                     const struct role *value, const struct grid *grid, struct grid_row *row)
{
    struct conf_line *parts;
    size_t count;

    row->at = line->at;
    row->cells = NEW_ARRAY(p->arena, grid->track_count, struct cell);
    if (str_starts(line->text, STR("?"))) {
        row->optional = true;
        line->text = str_trim((struct str){line->text.p + 1, line->text.n - 1});
    }
    count = parts_split(p, line, &parts);
    if (count != grid->track_count) {
        err_add(p->err, LAYOUT_GEOMETRY, line->at, "表格有 %zu 列，这一行有 %zu 格",
                "the grid has %zu columns, this row has %zu cells", grid->track_count, count);
        err_hint(p->err, "add '| <' to let a cell run on to the right");
    }
    for (size_t c = 0; c < grid->track_count; c++) {
        if (c >= count)
            row->cells[c] = (struct cell){.columns = 1, .rows = 1, .at = line->at};
        else if (str_is(parts[c].text, "<") || str_is(parts[c].text, "^"))
            row->cells[c] = (struct cell){.name = parts[c].text, .at = parts[c].at};
        else
            cell_compile(p, parts[c].text, parts[c].at, (struct scope){0}, label, value,
                         &row->cells[c]);
    }
}

static void grid_read(struct parser *p, struct conf_section *section, struct grid *grid)
{
    static const char *const borders[] = {"all", "box", "columns", "lines", "none"};
    struct str tracks = conf_text(p->conf, section, "columns", STR("*"), p->err), word;
    const struct role *label = role_key(p, section, "label", "label");
    const struct role *value = role_key(p, section, "role", "value");
    struct conf_entry *rows = conf_entry(p->conf, section, "rows");

    grid->row = conf_length(p->conf, section, "row", 0, p->err);
    grid->border = (enum border)conf_choice(p->conf, section, "border", borders, COUNT(borders),
                                            0, p->err);
    dash_key(p, section, "rule", &grid->dash);
    grid->tracks = NEW_ARRAY(p->arena, tracks.n, struct track);
    while ((word = str_word(&tracks)).n)
        track_parse(p, word, section->at, false, &grid->tracks[grid->track_count++]);
    if (!rows || !rows->count) {
        err_add(p->err, LAYOUT_SYNTAX, section->at, "表格没有行", "a grid needs its rows");
        return;
    }
    grid->row_count = rows->count;
    grid->rows = NEW_ARRAY(p->arena, rows->count, struct grid_row);
    for (size_t r = 0; r < rows->count; r++)
        row_read(p, &rows->lines[r], label, value, grid, &grid->rows[r]);
    cells_join(p, grid->rows, grid->row_count, grid->track_count);
}

static void text_read(struct parser *p, struct conf_section *section, struct block *block)
{
    const struct role *role = role_key(p, section, "role", "value");
    struct stack *text = &block->as.text;
    int align = align_key(p, section, "align", role->align);
    mpt indent = conf_length(p->conf, section, "indent", 0, p->err);

    stack_read(p, section, "text", role, (struct scope){0}, text);
    for (size_t i = 0; i < text->count; i++) {
        text->paras[i].align = align;
        text->paras[i].indent = indent;
    }
    text->left = conf_length(p->conf, section, "left", 0, p->err);
    text->right = conf_length(p->conf, section, "right", 0, p->err);
    block->heading = conf_yes(p->conf, section, "heading", false, p->err);
    if (!text->count)
        err_add(p->err, LAYOUT_SYNTAX, section->at, "没有 text", "a text needs its text");
}

bool block_read(struct parser *p, struct conf_section *section, struct block *out)
{
    struct block block = {.name = section->name, .at = section->at};

    block.before = conf_length(p->conf, section, "before", 0, p->err);
    block.after = conf_length(p->conf, section, "after", 0, p->err);
    block.when = condition_read(p, section);
    block.blank = conf_text(p->conf, section, "blank", STR_NONE, p->err);
    block.together = conf_yes(p->conf, section, "together", false, p->err);
    if (str_is(section->kind, "text")) {
        block.type = BLOCK_TEXT;
        text_read(p, section, &block);
    } else if (str_is(section->kind, "grid")) {
        block.type = BLOCK_GRID;
        grid_read(p, section, &block.as.grid);
    } else if (str_is(section->kind, "table")) {
        block.type = BLOCK_TABLE;
        list_block_read(p, section, &block);
    } else {
        return false;
    }
    *out = block;
    return true;
}
