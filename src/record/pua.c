/* pua.c: the table of private-use characters. A row is only taken when both of its characters
 * are what they should be: a wrong one would print another name than the one that was sent. */
#include "record/pua.h"

#include "record/parse.h"
#include "record/table.h"

#include <stdlib.h>

enum { DIGITS_LEAST = 4, DIGITS_MOST = 6, CODE_LAST = 0x10FFFF };

/* "U+E81E"; UINT32_MAX when it has another form. */
static uint32_t code_of(struct str text)
{
    uint32_t code = 0;

    if (!str_starts(text, STR("U+")) || text.n < 2 + DIGITS_LEAST || text.n > 2 + DIGITS_MOST)
        return UINT32_MAX;
    for (size_t i = 2; i < text.n; i++) {
        char c = text.p[i];

        if (c >= '0' && c <= '9')
            code = code * 16 + (uint32_t)(c - '0');
        else if (c >= 'A' && c <= 'F')
            code = code * 16 + (uint32_t)(c - 'A') + 10;
        else
            return UINT32_MAX;
    }
    return code <= CODE_LAST ? code : UINT32_MAX;
}

static bool is_surrogate(uint32_t code)
{
    return code >= 0xD800 && code <= 0xDFFF;
}

static bool row_read(const char *path, const struct table_row *from, struct pua_row *out,
                     struct err *err)
{
    struct where at = where_file(path, from->line, 0);
    struct str code = from->row.code, to = from->row.name;

    *out = (struct pua_row){code_of(code), code_of(to), from->row.full_name};
    if (out->code == UINT32_MAX || !character_private(out->code)) {
        err_add(err, CODE_TABLE_FAULT, at, "“%.*s”不是专用区字符",
                "'%.*s' is no private-use character", STR_ARG(code));
        err_hint(err, "written like U+E81E, in capitals");
        return false;
    }
    if (out->character == UINT32_MAX || character_private(out->character) ||
        character_forbidden(out->character, false) || is_surrogate(out->character)) {
        err_add(err, CODE_TABLE_FAULT, at, "“%.*s”不是可印的字符",
                "'%.*s' is no character that can be printed", STR_ARG(to));
        err_hint(err, "written like U+9FB4, in capitals");
        return false;
    }
    if (out->source.n > 0)
        return true;
    err_add(err, CODE_TABLE_FAULT, at, "没有写明出处", "no source is named");
    err_hint(err, "the third cell says where it is laid down: GB 18030-2022 FE59");
    return false;
}

static int by_code(const void *a, const void *b)
{
    const struct pua_row *x = a, *y = b;

    return (x->code > y->code) - (x->code < y->code);
}

bool pua_load(struct arena *arena, const char *home, struct pua *out, struct err *err)
{
    static const char path[] = "config/codes/pua.csv";
    const struct table_row *lines;
    struct pua_row *rows;
    size_t count;
    bool good = true;

    if (!csv_read(arena, home, path, "code,maps-to,source", &lines, &count, err))
        return false;
    rows = NEW_ARRAY(arena, count + 1, struct pua_row);
    for (size_t i = 0; i < count; i++)
        good = row_read(path, &lines[i], &rows[i], err) && good;
    if (!good)
        return false;
    qsort(rows, count, sizeof(*rows), by_code);
    *out = (struct pua){rows, count};
    return true;
}

const struct pua_row *pua_find(const struct pua *pua, uint32_t code)
{
    const struct pua_row wanted = {.code = code};

    return bsearch(&wanted, pua->rows, pua->count, sizeof(wanted), by_code);
}

bool character_private(uint32_t c)
{
    return (c >= 0xE000 && c <= 0xF8FF) || c >= 0xF0000;
}
