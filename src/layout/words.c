/* words.c: "{declare_date:date} 申报" → pieces.
 *
 *   {key}  {key.code}  {key.full_name}  {key?}  {key:money}  {sum total_price:money}
 *   {sum page total_price}  {each currency}  {page}  {check direction 进境}
 *
 * Fields are looked up here, once; a name that is not declared is a fault with a "did you
 * mean". */
#include "layout/parser.h"

#include <string.h>

enum { PIECES_MOST = 24, PARTS_MOST = 40 };

static const char *const fact_names[FACTS] = {
    [FACT_STATUS] = "status",
    [FACT_VERSION] = "version",
    [FACT_RECEIVED_AT] = "received_at",
    [FACT_PRINTED_AT] = "printed_at",
    [FACT_VERIFY_URL] = "verify_url",
    [FACT_VERIFY_CODE] = "verify_code",
    [FACT_NUMBER] = "number",
    [FACT_MARK] = "mark",
    [FACT_PAGE] = "page",
    [FACT_PAGES] = "pages",
    [FACT_COPY] = "copy",
    [FACT_ROW] = "row",
    [FACT_ROWS] = "rows",
};

static bool fact_find(struct str key, enum fact *out)
{
    for (int i = 0; i < FACTS; i++) {
        if (str_is(key, fact_names[i])) {
            *out = (enum fact)i;
            return true;
        }
    }
    return false;
}

static bool fact_allowed(enum fact fact, struct scope scope)
{
    if (fact == FACT_PAGE || fact == FACT_PAGES)
        return scope.page;
    if (fact == FACT_ROW || fact == FACT_ROWS)
        return scope.list != NULL;
    return true;
}

static bool format_parse(struct parser *p, struct str word, struct where at, enum format *out)
{
    static const char *const names[] = {"plain", "number", "money", "date", "time", "capital"};

    for (size_t i = 0; i < COUNT(names); i++) {
        if (str_is(word, names[i])) {
            *out = (enum format)i;
            return true;
        }
    }
    err_add(p->err, LAYOUT_SYNTAX, at, "不认识的格式“%.*s”", "unknown format '%.*s'",
            STR_ARG(word));
    err_hint(p->err, "formats are number, money, capital, date and time");
    return false;
}

/* Does the format suit what the field holds? */
static bool format_suits(enum format format, enum field_type type)
{
    switch (format) {
    case FORMAT_PLAIN:
        return true;
    case FORMAT_NUMBER:
        return type == FIELD_DECIMAL || type == FIELD_INTEGER;
    case FORMAT_MONEY:
    case FORMAT_CAPITAL:
        return type == FIELD_DECIMAL;
    case FORMAT_DATE:
        return type == FIELD_DATE || type == FIELD_TIME;
    case FORMAT_TIME:
        return type == FIELD_TIME;
    }
    return false;
}

static const struct field *field_look(struct parser *p, struct str key, struct scope scope,
                                      bool *column)
{
    const struct field *field = scope.list ? field_column(scope.list, key) : NULL;

    *column = field != NULL;
    return field ? field : kind_field(p->kind, key);
}

/* "country.full_name": the field `country` and its part. */
static const struct field *field_part(struct parser *p, struct str key, struct scope scope,
                                      bool *column, enum part *part)
{
    static const char *const suffixes[] = {".name", ".code", ".full_name"};
    const struct field *field = field_look(p, key, scope, column);

    *part = PART_NAME;
    for (size_t i = 0; !field && i < COUNT(suffixes); i++) {
        struct str suffix = str_from(suffixes[i]);

        if (!str_ends(key, suffix))
            continue;
        field = field_look(p, (struct str){key.p, key.n - suffix.n}, scope, column);
        *part = (enum part)i;
        if (field && field->type != FIELD_CODE)
            field = NULL;
    }
    return field;
}

static bool field_unknown(struct parser *p, struct str key, struct where at, struct scope scope)
{
    size_t most = p->kind->count + (scope.list ? scope.list->column_count : 0) + FACTS, n = 0;
    struct str *names = NEW_ARRAY(p->arena, most, struct str), near;

    for (size_t i = 0; scope.list && i < scope.list->column_count; i++)
        names[n++] = scope.list->columns[i].key;
    for (size_t i = 0; i < p->kind->count; i++)
        names[n++] = p->kind->fields[i].key;
    for (int i = 0; i < FACTS; i++)
        names[n++] = str_from(fact_names[i]);
    near = str_nearest(key, names, n);
    err_add(p->err, LAYOUT_FIELD, at, "字段“%.*s”没有在 config/kinds/%.*s.ini 中声明",
            "no field '%.*s' in config/kinds/%.*s.ini", STR_ARG(key), STR_ARG(p->kind->id));
    if (near.n)
        err_hint(p->err, "did you mean '%.*s'?", STR_ARG(near));
    else
        err_hint(p->err, "declare it in config/kinds/%.*s.ini", STR_ARG(p->kind->id));
    return false;
}

/* {sum page x}: which rows the sum counts stands before the column. */
static enum reach reach_take(struct str *key)
{
    static const char *const names[] = {"all", "page", "before", "so-far", "group"};
    struct str rest = *key, word = str_word(&rest);

    for (size_t i = 0; rest.n && i < COUNT(names); i++) {
        if (str_is(word, names[i])) {
            *key = rest;
            return (enum reach)i;
        }
    }
    return REACH_ALL;
}

/* {sum x} and {each x}: x must be a column. */
static bool piece_end(struct parser *p, struct str key, struct scope scope, struct piece *piece)
{
    if (piece->type == PIECE_SUM)
        piece->reach = reach_take(&key);
    piece->field = scope.list ? field_column(scope.list, key) : NULL;
    piece->column = true;
    if (piece->reach == REACH_GROUP && !scope.group)
        return err_add(p->err, LAYOUT_SYNTAX, piece->at, "“sum group”只能用在 group-end",
                       "'sum group' belongs into group-end rows");
    if (!scope.sum) {
        err_add(p->err, LAYOUT_SYNTAX, piece->at, "“sum”和“each”只能用在表尾",
                "'sum' and 'each' belong into page-end and table-end rows");
        return false;
    }
    if (!piece->field)
        return field_unknown(p, key, piece->at, scope);
    if (piece->type == PIECE_SUM && piece->field->type != FIELD_DECIMAL &&
        piece->field->type != FIELD_INTEGER)
        return err_add(p->err, LAYOUT_FIELD, piece->at, "“%.*s”不是数，不能合计",
                       "'%.*s' is no number and has no sum", STR_ARG(key));
    return true;
}

static bool piece_field(struct parser *p, struct str key, struct scope scope,
                        struct piece *piece)
{
    if (fact_find(key, &piece->fact)) {
        piece->type = PIECE_FACT;
        p->copy_shown = p->copy_shown || piece->fact == FACT_COPY;
        if (fact_allowed(piece->fact, scope))
            return true;
        err_add(p->err, LAYOUT_FIELD, piece->at, "“%.*s”在这里没有意义",
                "'%.*s' means nothing here", STR_ARG(key));
        err_hint(p->err, "page and pages: header, footer, slots; row and rows: tables");
        return false;
    }
    piece->type = PIECE_FIELD;
    piece->field = field_part(p, key, scope, &piece->column, &piece->part);
    if (!piece->field)
        return field_unknown(p, key, piece->at, scope);
    if (piece->field->type == FIELD_LIST)
        return err_add(p->err, LAYOUT_FIELD, piece->at, "“%.*s”是表，不是单个字段",
                       "'%.*s' is a list, not a single field", STR_ARG(key));
    return true;
}

/* {check direction 进境}: the value must be one that the field can have. */
static bool piece_check(struct parser *p, struct str rest, struct scope scope,
                        struct piece *piece)
{
    struct str key = str_word(&rest);
    const struct code_table *codes;
    bool known = true;

    piece->type = PIECE_CHECK;
    piece->field = field_look(p, key, scope, &piece->column);
    piece->words = rest;
    if (!piece->field)
        return field_unknown(p, key, piece->at, scope);
    codes = piece->field->codes;
    if (piece->field->type == FIELD_BOOL)
        known = str_is(rest, "是") || str_is(rest, "否");
    for (size_t i = 0; codes && i < codes->count; i++) {
        known = str_eq(codes->rows[i].name, rest) || str_eq(codes->rows[i].code, rest);
        if (known)
            break;
    }
    if (known && rest.n && piece->field->type != FIELD_LIST)
        return true;
    err_add(p->err, LAYOUT_FIELD, piece->at, "“%.*s”不会有值“%.*s”",
            "'%.*s' never has the value '%.*s'", STR_ARG(key), STR_ARG(rest));
    err_hint(p->err, "{check FIELD VALUE}; of a code its name or its code, of yes/no 是 or 否");
    return false;
}

/* What stands between { and }. */
static bool piece_compile(struct parser *p, struct str inside, struct scope scope,
                          struct piece *piece)
{
    struct str format, key = str_trim(str_cut(inside, ':', &format)), rest = key;
    struct str first = str_word(&rest);
    enum field_type type;

    if (str_is(first, "check") && rest.n)
        return piece_check(p, rest, scope, piece);
    format = str_trim(format);
    if (format.n && !format_parse(p, format, piece->at, &piece->format))
        return false;
    if (rest.n && (str_is(first, "sum") || str_is(first, "each"))) {
        piece->type = str_is(first, "sum") ? PIECE_SUM : PIECE_EACH;
        if (!piece_end(p, rest, scope, piece))
            return false;
    } else {
        piece->optional = str_ends(key, STR("?"));
        key.n -= piece->optional;
        if (!piece_field(p, key, scope, piece))
            return false;
    }
    type = piece->type == PIECE_FACT ? FIELD_TIME : piece->field->type;
    if (piece->part == PART_NAME ? format_suits(piece->format, type)
                                 : piece->format == FORMAT_PLAIN)
        return true;
    return err_add(p->err, LAYOUT_FIELD, piece->at, "格式“%.*s”不适合字段“%.*s”",
                   "format '%.*s' does not suit '%.*s'", STR_ARG(format), STR_ARG(key));
}

static struct where where_in(struct where at, size_t offset)
{
    at.column += (int)offset;
    return at;
}

bool words_compile(struct parser *p, struct str text, struct where at, struct scope scope,
                   struct words *out)
{
    struct piece pieces[PIECES_MOST], *kept;
    struct words words = {.at = at};
    bool ok = true;

    for (size_t i = 0; i < text.n && words.count < PIECES_MOST;) {
        struct str left = {text.p + i, text.n - i}, inside, head;
        struct piece *piece = &pieces[words.count];
        const char *close;

        *piece = (struct piece){.at = where_in(at, i)};
        head = str_cut(left, '{', &inside);
        if (head.n) {
            piece->words = head;
            i += head.n;
            words.count++;
            continue;
        }
        close = inside.n ? memchr(inside.p, '}', inside.n) : NULL;
        if (!close)
            return err_add(p->err, LAYOUT_SYNTAX, piece->at, "“{”没有对应的“}”",
                           "'{' without '}'");
        inside.n = (size_t)(close - inside.p);
        ok = piece_compile(p, inside, scope, piece) && ok;
        words.value = true;
        words.count++;
        i += inside.n + 2;
        if (words.count == PIECES_MOST && i < text.n)
            ok = err_add(p->err, LAYOUT_SYNTAX, at, "一个单元格最多 %d 段",
                         "a cell has at most %d pieces", PIECES_MOST);
    }
    if (!ok)
        return false;
    kept = NEW_ARRAY(p->arena, words.count, struct piece);
    if (words.count)
        memcpy(kept, pieces, words.count * sizeof pieces[0]);
    words.pieces = kept;
    *out = words;
    return true;
}

/* The next paragraph: up to a literal backslash and n. */
static struct str line_cut(struct str text, struct str *rest)
{
    for (size_t i = 0; i + 1 < text.n; i++) {
        if (text.p[i] == '\\' && text.p[i + 1] == 'n') {
            *rest = (struct str){text.p + i + 2, text.n - i - 2};
            return (struct str){text.p, i};
        }
    }
    *rest = STR_NONE;
    return text;
}

static size_t lines_count(struct str text)
{
    size_t count = 0;

    do {
        line_cut(text, &text);
        count++;
    } while (text.p);
    return count;
}

static struct str cell_name(struct str *text)
{
    struct str name = STR_NONE;

    if (str_starts(*text, STR("@"))) {
        name = str_word(text);
        name.p++;
        name.n--;
    }
    return name;
}

void cell_compile(struct parser *p, struct str text, struct where at, struct scope scope,
                  const struct role *label, const struct role *value, struct cell *out)
{
    struct str start = text;
    struct cell cell = {.at = at, .columns = 1, .rows = 1, .valign = VALIGN_MIDDLE};
    bool is_value = false;

    cell.name = cell_name(&text);
    cell.count = text.n ? lines_count(text) : 0;
    cell.paras = NEW_ARRAY(p->arena, cell.count, struct para);
    for (size_t i = 0; i < cell.count; i++) {
        struct para *para = &cell.paras[i];
        struct str line = line_cut(text, &text);

        words_compile(p, line, where_in(at, (size_t)(line.p - start.p)), scope, &para->words);
        is_value = is_value || para->words.value;
        for (size_t k = 0; !cell.name.n && k < para->words.count; k++) {
            if (para->words.pieces[k].field)
                cell.name = para->words.pieces[k].field->key;
        }
    }
    cell.label = cell.count && !is_value;
    for (size_t i = 0; i < cell.count; i++) {
        cell.paras[i].role = cell.label ? label : value;
        cell.paras[i].align = cell.label ? label->align : value->align;
    }
    *out = cell;
}

size_t parts_split(struct parser *p, const struct conf_line *line, struct conf_line **out)
{
    struct conf_line parts[PARTS_MOST];
    struct str rest = line->text;
    size_t count = 0;
    bool more = true;

    while (more) {
        struct str after, part = str_cut(rest, '|', &after), trimmed = str_trim(part);

        more = after.p != NULL;
        if (count == PARTS_MOST) {
            err_add(p->err, LAYOUT_SYNTAX, line->at, "一行最多 %d 格",
                    "a row has at most %d cells", PARTS_MOST);
            break;
        }
        parts[count].text = trimmed;
        parts[count].at = where_in(line->at, (size_t)(trimmed.p - line->text.p));
        count++;
        rest = after;
    }
    *out = NEW_ARRAY(p->arena, count, struct conf_line);
    memcpy(*out, parts, count * sizeof parts[0]);
    return count;
}
