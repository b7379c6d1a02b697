/* cells.c: [cell name]: how the cells of this name differ from their neighbours. */
#include "layout/parser.h"

bool dash_key(struct parser *p, struct conf_section *section, const char *key, enum dash *out)
{
    static const char *const words[] = {"solid", "dotted", "dashed"};
    int found = conf_choice(p->conf, section, key, words, COUNT(words), -1, p->err);

    if (found < 0)
        return false;
    *out = (enum dash)found;
    return true;
}

static void floor_check(struct parser *p, struct conf_section *section, const struct cell *cell)
{
    if (cell->overflow != OVERFLOW_SHRINK || !cell->count ||
        (cell->floor >= PT(4) && cell->floor <= cell->paras[0].role->size))
        return;
    err_add(p->err, LAYOUT_GEOMETRY, section->at, "缩小的下限应在 4pt 与原字号之间",
            "shrink ends between 4pt and the role's size");
}

static void overflow_read(struct parser *p, struct conf_section *section, bool table,
                          struct cell *cell)
{
    struct str overflow = conf_text(p->conf, section, "overflow", STR_NONE, p->err), word;

    if (!overflow.n)
        return;
    word = str_word(&overflow);
    if (str_is(word, "refuse") && !overflow.n) {
        cell->overflow = OVERFLOW_REFUSE;
    } else if (str_is(word, "annex") && !overflow.n && !table) {
        cell->overflow = OVERFLOW_ANNEX;
    } else if (str_is(word, "shrink") && mpt_parse(overflow, &cell->floor)) {
        cell->overflow = OVERFLOW_SHRINK;
        floor_check(p, section, cell);
    } else if (!str_is(word, "wrap") || overflow.n) {
        err_add(p->err, LAYOUT_SYNTAX, section->at,
                "overflow 应为 wrap、shrink 7pt、refuse 或 annex（明细表中不可用 annex）",
                "overflow is wrap, shrink 7pt, refuse or annex (not in tables)");
    }
}

static void looks_read(struct parser *p, struct conf_section *section, struct cell *cell)
{
    mpt indent = conf_length(p->conf, section, "indent", -1, p->err);
    int align = align_key(p, section, "align", -1);
    const struct role *role = NULL;

    if (conf_entry(p->conf, section, "role"))
        role = role_key(p, section, "role", "value");
    for (size_t i = 0; i < cell->count; i++) {
        struct para *para = &cell->paras[i];

        if (role) {
            para->role = role;
            para->align = role->align;
        }
        if (align >= 0)
            para->align = align;
        if (indent >= 0)
            para->indent = indent;
    }
}

static void cell_except(struct parser *p, struct conf_section *section, bool table,
                        struct cell *cell)
{
    static const char *const valigns[] = {"top", "middle", "bottom"};

    cell->least = conf_length(p->conf, section, "row", cell->least, p->err);
    cell->valign = (enum valign)conf_choice(p->conf, section, "valign", valigns, COUNT(valigns),
                                            (int)cell->valign, p->err);
    cell->ruled = dash_key(p, section, "rule", &cell->dash);
    looks_read(p, section, cell);
    overflow_read(p, section, table, cell);
}

/* Calls cell_except for every cell of this name; false when there is none. */
static bool cells_except(struct parser *p, struct conf_section *section, struct block *block)
{
    bool found = false;

    if (block->type == BLOCK_GRID) {
        struct grid *grid = &block->as.grid;

        for (size_t r = 0; r < grid->row_count; r++) {
            for (size_t c = 0; c < grid->track_count; c++) {
                struct cell *cell = &grid->rows[r].cells[c];

                if (!cell->columns || !str_eq(cell->name, section->name))
                    continue;
                cell_except(p, section, false, cell);
                found = true;
            }
        }
    } else if (block->type == BLOCK_TABLE) {
        for (size_t c = 0; c < block->as.table.column_count; c++) {
            struct cell *cell = &block->as.table.columns[c].cell;

            if (!str_eq(cell->name, section->name))
                continue;
            cell_except(p, section, true, cell);
            found = true;
        }
    }
    return found;
}

void exceptions_read(struct parser *p)
{
    struct layout *layout = p->layout;

    for (struct conf_section *s = conf_first(p->conf, "cell"); s; s = conf_next(s)) {
        bool found = false;

        for (size_t i = 0; i < layout->flow_count; i++)
            found = cells_except(p, s, &layout->flow[i]) || found;
        if (!found) {
            err_add(p->err, LAYOUT_REFERENCE, s->at, "没有名为“%.*s”的格",
                    "no cell is named '%.*s'", STR_ARG(s->name));
            err_hint(p->err, "a cell's name is its first field, or what stands behind '@'");
        }
    }
}
