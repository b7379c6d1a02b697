/* table.c: code tables from CSV. A table comes from outside and is replaced as a whole, often
 * by way of a spreadsheet: hence quotes and CRLF, and no surprise about any of them. */
#include "record/table.h"

#include "base/utf8.h"
#include "conf/conf.h"

#include <stdlib.h>
#include <string.h>

enum { COLUMNS = 3 };

struct csv {
    struct arena *arena;
    const char *path, *head;
    int line;
    struct err *err;
};

static struct where csv_at(const struct csv *csv)
{
    return where_file(csv->path, csv->line, 0);
}

/* Takes one cell off *rest, and the comma behind it; false when its quotes are wrong. */
static bool csv_cell(struct arena *arena, struct str *rest, struct str *out)
{
    char *text;
    size_t n = 0, i = 1;
    bool closed = false;

    if (!str_starts(*rest, STR("\""))) {
        *out = str_cut(*rest, ',', rest);
        return true;
    }
    text = arena_text(arena, rest->p, rest->n);
    for (; i < rest->n && !closed; i++) {
        closed = rest->p[i] == '"' && (i + 1 == rest->n || rest->p[i + 1] != '"');
        if (closed)
            continue;
        i += rest->p[i] == '"';
        text[n++] = rest->p[i];
    }
    if (!closed || (i < rest->n && rest->p[i] != ','))
        return false;
    *out = (struct str){text, n};
    *rest = i < rest->n ? (struct str){rest->p + i + 1, rest->n - i - 1} : STR_NONE;
    return true;
}

static bool csv_row(const struct csv *csv, struct str line, struct code_row *out)
{
    struct str cells[COLUMNS + 1] = {{0}};
    size_t count = 0, bad;
    bool good = utf8_valid(line, &bad);

    while (good && line.n > 0 && count <= COLUMNS)
        good = csv_cell(csv->arena, &line, &cells[count++]);
    if (!good || count > COLUMNS || cells[0].n == 0 || cells[1].n == 0) {
        err_add(csv->err, CODE_TABLE_FAULT, csv_at(csv), "不是一行“%s”", "not a row of %s",
                csv->head);
        err_hint(csv->err, "UTF-8; the first two cells are needed; a cell with a comma stands "
                           "in quotes, and a quote in it is doubled");
        return false;
    }
    *out = (struct code_row){cells[0], cells[1], cells[2]};
    return true;
}

static int by_code(const void *a, const void *b)
{
    const struct table_row *x = a, *y = b;
    int order = str_cmp(x->row.code, y->row.code);

    return order != 0 ? order : x->line - y->line;
}

static void find_doubles(struct csv *csv, const struct table_row *rows, size_t count)
{
    for (size_t i = 1; i < count; i++) {
        if (!str_eq(rows[i].row.code, rows[i - 1].row.code))
            continue;
        err_add(csv->err, CODE_TABLE_FAULT, where_file(csv->path, rows[i].line, 0),
                "代码“%.*s”重复出现", "code '%.*s' is here for the second time",
                STR_ARG(rows[i].row.code));
        err_hint(csv->err, "the first one is on line %d", rows[i - 1].line);
    }
}

static size_t lines_of(struct str text)
{
    size_t lines = 1;

    for (size_t i = 0; i < text.n; i++)
        lines += text.p[i] == '\n';
    return lines;
}

bool csv_read(struct arena *arena, const char *home, const char *path, const char *head,
              const struct table_row **out, size_t *count, struct err *err)
{
    struct csv csv = {.arena = arena, .path = path, .head = head, .err = err};
    struct table_row *rows;
    struct str rest;
    size_t n = 0;
    int before = err->faults;
    bool headed = false;

    if (!conf_file(arena, home, path, &rest, err))
        return false;
    rows = NEW_ARRAY(arena, lines_of(rest), struct table_row);
    while (rest.n > 0) {
        struct str line = str_cut(rest, '\n', &rest);

        csv.line++;
        line.n -= str_ends(line, STR("\r"));
        if (line.n == 0 || line.p[0] == '#')
            continue;
        if (!headed && !str_is(line, head))
            err_add(err, CODE_TABLE_FAULT, csv_at(&csv), "首行应为“%s”",
                    "the first line must be '%s'", head);
        else if (headed && csv_row(&csv, line, &rows[n].row))
            rows[n++].line = csv.line;
        headed = true;
    }
    qsort(rows, n, sizeof(*rows), by_code);
    find_doubles(&csv, rows, n);
    if (err->faults > before)
        return false;
    *out = rows;
    *count = n;
    return true;
}

bool table_load(struct arena *arena, const char *home, struct str id, struct code_table *out,
                struct err *err)
{
    const char *path = arena_printf(arena, "config/codes/%.*s.csv", STR_ARG(id));
    const struct table_row *rows;
    struct code_row *sorted;
    size_t count;

    if (!csv_read(arena, home, path, "code,name,full_name", &rows, &count, err))
        return false;
    sorted = NEW_ARRAY(arena, count + 1, struct code_row);
    for (size_t i = 0; i < count; i++)
        sorted[i] = rows[i].row;
    *out = (struct code_table){.id = id, .rows = sorted, .count = count};
    return true;
}

const struct code_row *code_find(const struct code_table *table, struct str code)
{
    size_t low = 0, high = table->count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = str_cmp(code, table->rows[middle].code);

        if (order == 0)
            return &table->rows[middle];
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return NULL;
}
