/* tables.c: lists over pages, and the body of the check sheets. */
#include "layout/parser.h"

#include <string.h>

/* Heading | width | align | content */
static void column_read(struct parser *p, const struct conf_line *line,
                        const struct role *heading, const struct role *value,
                        struct table *table, struct column *column)
{
    static const char *const aligns[] = {"left", "center", "right"};
    struct conf_line *parts;
    size_t count = parts_split(p, line, &parts), i;

    column->at = line->at;
    if (count != 4) {
        err_add(p->err, LAYOUT_SYNTAX, line->at, "一列要写四部分", "a column has four parts");
        err_hint(p->err, "heading | width | align | content");
        return;
    }
    cell_compile(p, parts[0].text, parts[0].at, (struct scope){0}, heading, heading,
                 &column->heading);
    track_parse(p, parts[1].text, parts[1].at, true, &column->track);
    cell_compile(p, parts[3].text, parts[3].at, (struct scope){.list = table->list}, value,
                 value, &column->cell);
    for (i = 0; i < COUNT(aligns) && !str_is(parts[2].text, aligns[i]); i++)
        ;
    if (i == COUNT(aligns)) {
        err_add(p->err, LAYOUT_SYNTAX, parts[2].at, "“%.*s”不是对齐方式",
                "'%.*s' is not an alignment", STR_ARG(parts[2].text));
        err_hint(p->err, "left, center or right");
        i = 0;
    }
    column->optional = true;
    for (size_t k = 0; k < column->cell.count; k++) {
        const struct words *words = &column->cell.paras[k].words;

        column->cell.paras[k].align = (int)i;
        for (size_t w = 0; w < words->count; w++) {
            if (words->pieces[w].type != PIECE_WORDS && !words->pieces[w].optional)
                column->optional = false;
        }
    }
    column->optional = column->optional && column->cell.name.n;
}

/* The column that an end row repeats for. A column named without `each` in a row that repeats
 * for nothing has no row to come from. */
static const struct field *each_of(struct parser *p, const struct cell *cells, size_t count)
{
    const struct field *each = NULL;
    const struct piece *alone = NULL;

    for (size_t c = 0; c < count; c++) {
        for (size_t k = 0; k < cells[c].count; k++) {
            const struct words *words = &cells[c].paras[k].words;

            for (size_t i = 0; i < words->count; i++) {
                if (words->pieces[i].type == PIECE_EACH)
                    each = words->pieces[i].field;
                else if (words->pieces[i].type == PIECE_FIELD && words->pieces[i].column)
                    alone = &words->pieces[i];
            }
        }
    }
    if (alone && !each) {
        err_add(p->err, LAYOUT_FIELD, alone->at, "表尾的“%.*s”不属于任何一行",
                "'%.*s' in an end row belongs to no row", STR_ARG(alone->field->key));
        err_hint(p->err, "write {sum ...}, or begin the row with {each ...}");
    }
    return each;
}

static void end_row_read(struct parser *p, const struct conf_line *line,
                         const struct role *role, const struct table *table, bool group,
                         struct end_row *out)
{
    struct conf_line *parts;
    size_t count = parts_split(p, line, &parts);
    struct grid_row row = {.at = line->at};
    struct scope scope = {.list = table->list, .sum = true, .group = group};

    row.cells = NEW_ARRAY(p->arena, table->column_count, struct cell);
    if (count != table->column_count) {
        err_add(p->err, LAYOUT_GEOMETRY, line->at, "表有 %zu 列，这一行有 %zu 格",
                "the table has %zu columns, this row has %zu cells", table->column_count,
                count);
        err_hint(p->err, "add '| <' to let a cell run on to the right");
    }
    for (size_t c = 0; c < table->column_count; c++) {
        if (c >= count) {
            row.cells[c] = (struct cell){.columns = 1, .rows = 1, .at = line->at};
        } else if (str_is(parts[c].text, "<")) {
            row.cells[c] = (struct cell){.name = parts[c].text, .at = parts[c].at};
        } else {
            cell_compile(p, parts[c].text, parts[c].at, scope, role, role, &row.cells[c]);
            for (size_t k = 0; k < row.cells[c].count; k++)
                row.cells[c].paras[k].align = table->columns[c].cell.count
                                                  ? table->columns[c].cell.paras[0].align
                                                  : role->align;
        }
    }
    cells_join(p, &row, 1, table->column_count);
    out->cells = row.cells;
    out->at = line->at;
    out->each = each_of(p, row.cells, table->column_count);
}

static void ends_read(struct parser *p, struct conf_section *section, const char *key,
                      const struct role *role, const struct table *table, struct ends *out)
{
    struct conf_entry *entry = conf_entry(p->conf, section, key);
    bool group = out == &table->group_end;

    out->count = entry ? entry->count : 0;
    out->rows = NEW_ARRAY(p->arena, out->count, struct end_row);
    for (size_t i = 0; i < out->count; i++)
        end_row_read(p, &entry->lines[i], role, table, group, &out->rows[i]);
}

/* group = declaration_no: a column; its group-end rows stand behind neighbours of one value. */
static void group_read(struct parser *p, struct conf_section *section, struct table *table)
{
    struct str name = conf_text(p->conf, section, "group", STR_NONE, p->err);

    table->group = name.n ? field_column(table->list, name) : NULL;
    if (name.n && !table->group)
        err_add(p->err, LAYOUT_FIELD, section->at, "“%.*s”不是表中的栏目",
                "'%.*s' is no column of the list", STR_ARG(name));
    if (!name.n != !table->group_end.count)
        err_add(p->err, LAYOUT_SYNTAX, section->at, "group 和 group-end 要一起写",
                "group and group-end need each other");
}

void list_block_read(struct parser *p, struct conf_section *section, struct block *out)
{
    const struct role *heading = role_key(p, section, "heading", "heading");
    const struct role *value = role_key(p, section, "role", "row");
    const struct role *end = role_key(p, section, "end", "row");
    struct conf_entry *columns = conf_entry(p->conf, section, "columns");
    struct str rows = conf_text(p->conf, section, "rows", STR_NONE, p->err);
    struct str empty = conf_text(p->conf, section, "empty", STR_NONE, p->err);
    struct table *table = &out->as.table;

    table->row = conf_length(p->conf, section, "row", 0, p->err);
    table->keep = (int)conf_count(p->conf, section, "keep", 2, p->err);
    table->fill = conf_yes(p->conf, section, "fill", false, p->err);
    table->list = kind_field(p->kind, rows);
    if (empty.n)
        cell_compile(p, empty, section->at, (struct scope){0}, value, value, &table->empty);
    if (!table->list || table->list->type != FIELD_LIST) {
        err_add(p->err, LAYOUT_FIELD, section->at, "“%.*s”不是记录里的表",
                "'%.*s' is no list of the record", STR_ARG(rows));
        err_hint(p->err, "lists are declared in config/kinds/%.*s.ini", STR_ARG(p->kind->id));
        table->list = NULL;
        return;
    }
    if (!columns || !columns->count) {
        err_add(p->err, LAYOUT_SYNTAX, section->at, "表没有列", "a table needs its columns");
        return;
    }
    table->column_count = columns->count;
    table->columns = NEW_ARRAY(p->arena, columns->count, struct column);
    for (size_t c = 0; c < columns->count; c++)
        column_read(p, &columns->lines[c], heading, value, table, &table->columns[c]);
    ends_read(p, section, "page-start", end, table, &table->page_start);
    ends_read(p, section, "page-end", end, table, &table->page_end);
    ends_read(p, section, "group-end", end, table, &table->group_end);
    ends_read(p, section, "table-end", end, table, &table->table_end);
    group_read(p, section, table);
}

/* One cell that prints one field. */
static struct cell field_cell(struct parser *p, const struct field *field, bool column,
                              const struct role *role)
{
    struct cell cell = {.name = field->key, .count = 1, .columns = 1, .rows = 1};
    struct piece *piece = NEW(p->arena, struct piece);

    *piece = (struct piece){.type = PIECE_FIELD, .field = field, .column = column};
    piece->at = field->at;
    cell.valign = VALIGN_MIDDLE;
    cell.at = field->at;
    cell.paras = NEW(p->arena, struct para);
    cell.paras->words =
        (struct words){.pieces = piece, .count = 1, .value = true, .at = field->at};
    cell.paras->role = role;
    cell.paras->align = column && (field->type == FIELD_DECIMAL) ? 2 : role->align;
    return cell;
}

static struct cell words_cell(struct parser *p, struct str text, struct where at,
                              const struct role *role)
{
    struct cell cell;

    cell_compile(p, text, at, (struct scope){0}, role, role, &cell);
    return cell;
}

/* What a list of `[fields x]` becomes. */
static void list_table(struct parser *p, struct conf_section *section, const struct field *list,
                       struct block *block)
{
    const struct role *heading = role_key(p, section, "heading", "heading");
    const struct role *value = role_key(p, section, "row-role", "row");
    struct table *table = &block->as.table;

    block->type = BLOCK_TABLE;
    block->name = list->key;
    block->at = section->at;
    block->blank = conf_text(p->conf, section, "blank", STR_NONE, p->err);
    table->list = list;
    table->keep = 2;
    table->row = conf_length(p->conf, section, "row", 0, p->err);
    table->column_count = list->column_count;
    table->columns = NEW_ARRAY(p->arena, list->column_count, struct column);
    for (size_t c = 0; c < list->column_count; c++) {
        const struct field *field = &list->columns[c];
        struct column *column = &table->columns[c];

        column->heading = words_cell(p, field->label, field->at, heading);
        column->cell = field_cell(p, field, true, value);
        column->track.fit = true;
        column->at = field->at;
    }
    table->empty = words_cell(p, STR("无"), section->at, value);
}

size_t fields_expand(struct parser *p, struct conf_section *section, struct block **out)
{
    const struct role *list_role = role_key(p, section, "list", "list");
    size_t count = 1 + 2 * p->kind->list_count, n = 0;
    struct block *blocks = NEW_ARRAY(p->arena, count, struct block), *head = &blocks[n++];

    head->type = BLOCK_FIELDS;
    head->name = section->name;
    head->at = section->at;
    head->blank = conf_text(p->conf, section, "blank", STR_NONE, p->err);
    head->before = conf_length(p->conf, section, "before", 0, p->err);
    head->as.fields.columns = (int)conf_count(p->conf, section, "columns", 4, p->err);
    head->as.fields.label = role_key(p, section, "label", "label");
    head->as.fields.value = role_key(p, section, "role", "value");
    head->as.fields.row = conf_length(p->conf, section, "least", 0, p->err);
    if (head->as.fields.columns < 1 || head->as.fields.columns > 12) {
        err_add(p->err, LAYOUT_GEOMETRY, section->at, "列数应为 1 到 12", "columns is 1 to 12");
        head->as.fields.columns = 4;
    }
    for (size_t i = 0; i < p->kind->count; i++) {
        const struct field *list = &p->kind->fields[i];
        struct block *title;
        struct cell words;

        if (list->type != FIELD_LIST)
            continue;
        title = &blocks[n++];
        words = words_cell(p, list->label, list->at, list_role);
        title->type = BLOCK_TEXT;
        title->name = list->key;
        title->at = section->at;
        title->before = conf_length(p->conf, section, "list-before", MM(3), p->err);
        title->together = true;
        title->as.text = (struct stack){.paras = words.paras, .count = words.count};
        list_table(p, section, list, &blocks[n++]);
    }
    *out = blocks;
    return n;
}
