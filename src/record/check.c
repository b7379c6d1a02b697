/* check.c: single values: is it what the kind declares, and can it be printed whole? */
#include "record/parse.h"

#include "base/utf8.h"
#include "record/decimal.h"
#include "record/request.h"

#include <stdio.h>
#include <string.h>

/* Warnings leave room in the list for faults. */
enum { WARNINGS_MOST = ERR_MOST / 2 };
enum { CODE_MOST = 64, NAME_MOST = 256, NUMBER_MOST = 24, FORM_MOST = 64 };

static struct str escaped(struct arena *arena, const char *member)
{
    size_t n = strlen(member), to = 0;
    char *text = arena_alloc(arena, n * 2 + 1);

    for (size_t i = 0; i < n; i++) {
        bool special = member[i] == '~' || member[i] == '/';

        if (special)
            text[to++] = '~';
        text[to++] = special ? (member[i] == '~' ? '0' : '1') : member[i];
    }
    return (struct str){text, to};
}

struct where place_where(const struct parse *parse, const struct place *place)
{
    struct arena *arena = parse->arena;
    struct str pointer;

    if (parse->err->dropped > 0)
        return where_none();
    if (place->name != NULL)
        pointer = str_printf(arena, "/%s", place->name);
    else if (place->list != NULL && place->field != NULL)
        pointer = cell_pointer(arena, place->list, place->row, place->field);
    else if (place->list != NULL)
        pointer = str_printf(arena, "%.*s/%zu", STR_ARG(field_pointer(arena, place->list)),
                             place->row);
    else if (place->field != NULL)
        pointer = field_pointer(arena, place->field);
    else
        pointer = STR("/data");
    if (place->group.n > 0)
        pointer = str_printf(arena, "%.*s/%.*s", STR_ARG(pointer), STR_ARG(place->group));
    if (place->member != NULL)
        pointer = str_printf(arena, "%.*s/%.*s", STR_ARG(pointer),
                             STR_ARG(escaped(arena, place->member)));
    return where_pointer(pointer);
}

struct str place_label(const struct place *place)
{
    if (place->field != NULL)
        return place->field->label;
    return place->list != NULL ? place->list->label : str_from(place->name);
}

bool json_is_empty(const json_t *json)
{
    return json == NULL || json_is_null(json) ||
           (json_is_string(json) && json_string_length(json) == 0);
}

struct str json_text(const json_t *json)
{
    return (struct str){json_string_value(json), json_string_length(json)};
}

/* Copies text to `to`, with the characters that its private-use ones stand for. */
static size_t put_mapped(const struct pua *pua, struct str text, char *to)
{
    size_t n = 0;

    for (size_t at = 0; at < text.n;) {
        uint32_t c = utf8_next(text, &at);
        const struct pua_row *row = character_private(c) ? pua_find(pua, c) : NULL;

        n += utf8_put(row != NULL ? row->character : c, to + n);
    }
    return n;
}

/* Whether some byte begins a character from U+E000 on; most texts have none. */
static bool reaches_private(struct str text)
{
    bool reaches = false;

    for (size_t i = 0; i < text.n; i++)
        reaches |= (unsigned char)text.p[i] >= 0xEE;
    return reaches;
}

struct str text_keep(struct parse *parse, struct str text)
{
    char *to = parse->texts + parse->text_bytes;
    size_t n = text.n;

    if (reaches_private(text))
        n = put_mapped(parse->pua, text, to);
    else if (n > 0)
        memcpy(to, text.p, n);
    parse->text_bytes += n;
    return (struct str){to, n};
}

/* Controls, and what orders, joins or ends text without being seen: C0, DEL and C1, line and
 * paragraph separators, BOM and ZWSP, bidi controls, noncharacters. */
bool character_forbidden(uint32_t c, bool lines)
{
    if (c < 0x20)
        return !(lines && c == '\n');
    return (c >= 0x7F && c < 0xA0) || c == 0x061C || c == 0x200B || c == 0x200E ||
           c == 0x200F || (c >= 0x2028 && c <= 0x202E) || (c >= 0x2066 && c <= 0x2069) ||
           c == 0xFEFF || (c >= 0xFDD0 && c <= 0xFDEF) || (c & 0xFFFE) == 0xFFFE;
}

static void character_fault(struct parse *parse, const struct place *place, uint32_t c,
                            size_t nth)
{
    struct str label = place_label(place);
    char character[4];

    if (character_forbidden(c, false)) {
        err_add(parse->err, CHARACTER_FORBIDDEN, place_where(parse, place),
                "“%.*s”的第%zu个字符U+%04X不可使用",
                "'%.*s' has as character %zu U+%04X, which may not be used", STR_ARG(label),
                nth, (unsigned)c);
        err_hint(parse->err, c == '\n' ? "此项不可换行" : "请删去这个看不见的字符");
        return;
    }
    err_add(parse->err, PRIVATE_USE, place_where(parse, place),
            "“%.*s”的第%zu个字符U+%04X是专用区字符，各处所指的字不同",
            "'%.*s' has as character %zu U+%04X, which is private use", STR_ARG(label), nth,
            (unsigned)c);
    err_hint(parse->err, "请改用该字在GB 18030-2022中的正式编码");
    err_character(parse->err, (struct str){character, utf8_put(c, character)});
}

/* The character that is printed for a private-use one of a field; NULL: there is none, or it is
 * none. The envelope has only codes and times. */
static const struct pua_row *mapping(const struct parse *parse, const struct place *place,
                                     uint32_t c)
{
    return place->field != NULL && character_private(c) ? pua_find(parse->pua, c) : NULL;
}

static void mapping_said(struct parse *parse, const struct place *place,
                         const struct pua_row *row, size_t nth)
{
    struct str label = place_label(place), source = row->source;
    char character[4];
    size_t n = utf8_put(row->character, character);

    if (parse->err->warnings >= WARNINGS_MOST)
        return;
    err_warn(parse->err, PRIVATE_USE, place_where(parse, place),
             "“%.*s”的第%zu个字符U+%04X是专用区字符，按%.*s印作“%.*s”（U+%04X）",
             "'%.*s' has as character %zu U+%04X, which is private use; by %.*s it is printed "
             "as '%.*s' (U+%04X)",
             STR_ARG(label), nth, (unsigned)row->code, STR_ARG(source), (int)n, character,
             (unsigned)row->character);
    err_hint(parse->err, "请改用U+%04X", (unsigned)row->character);
    err_character(parse->err, (struct str){character, utf8_put(row->code, character)});
}

bool text_check(struct parse *parse, const struct place *place, struct str text, int longest,
                bool lines)
{
    size_t count = 0;
    bool forbidden = false, private = false; /* one fault of each a value is enough */

    for (size_t at = 0; at < text.n; count++) {
        unsigned char byte = (unsigned char)text.p[at];
        const struct pua_row *mapped;
        uint32_t c;

        if (byte >= 0x20 && byte < 0x7F) {
            at++;
            continue;
        }
        c = utf8_next(text, &at);
        mapped = mapping(parse, place, c);
        if (mapped != NULL) {
            mapping_said(parse, place, mapped, count + 1);
            continue;
        }
        if ((character_forbidden(c, lines) && !forbidden) || (character_private(c) && !private))
            character_fault(parse, place, c, count + 1);
        forbidden = forbidden || character_forbidden(c, lines);
        private = private || character_private(c);
    }
    if (longest > 0 && count > (size_t)longest) {
        struct str label = place_label(place);

        err_add(parse->err, FIELD_TOO_LONG, place_where(parse, place),
                "“%.*s”有%zu个字符，最多%d个", "'%.*s' has %zu characters, the most is %d",
                STR_ARG(label), count, longest);
        return false;
    }
    return !forbidden && !private;
}

/* The number that n digits at text.p + *at say, or -1. */
static int digits(struct str text, size_t at, size_t n)
{
    int value = 0;

    if (at + n > text.n)
        return -1;
    for (size_t i = at; i < at + n; i++) {
        if (text.p[i] < '0' || text.p[i] > '9')
            return -1;
        value = value * 10 + (text.p[i] - '0');
    }
    return value;
}

static bool is_date(int year, int month, int day)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

    return year > 0 && month >= 1 && month <= 12 && day >= 1 &&
           day <= days[month - 1] + (month == 2 && leap);
}

static bool has(struct str text, size_t at, char c)
{
    return at < text.n && text.p[at] == c;
}

bool record_date_valid(struct str text)
{
    return text.n == 8 && is_date(digits(text, 0, 4), digits(text, 4, 2), digits(text, 6, 2));
}

/* 2024-08-14T15:22:41[.123]+08:00, or Z for the offset */
bool record_time_valid(struct str text)
{
    size_t at = 19;

    if (!is_date(digits(text, 0, 4), digits(text, 5, 2), digits(text, 8, 2)) ||
        !has(text, 4, '-') || !has(text, 7, '-') || !has(text, 10, 'T') ||
        !has(text, 13, ':') || !has(text, 16, ':'))
        return false;
    if (digits(text, 11, 2) < 0 || digits(text, 11, 2) > 23 || digits(text, 14, 2) < 0 ||
        digits(text, 14, 2) > 59 || digits(text, 17, 2) < 0 || digits(text, 17, 2) > 59)
        return false;
    if (has(text, at, '.')) {
        do
            at++;
        while (digits(text, at, 1) >= 0);
        if (at == 20)
            return false;
    }
    if (has(text, at, 'Z'))
        return at + 1 == text.n;
    return (has(text, at, '+') || has(text, at, '-')) && digits(text, at + 1, 2) >= 0 &&
           digits(text, at + 1, 2) <= 23 && has(text, at + 3, ':') &&
           digits(text, at + 4, 2) >= 0 && digits(text, at + 4, 2) <= 59 && at + 6 == text.n;
}

bool time_check(struct parse *parse, const struct place *place, struct str text)
{
    struct str label = place_label(place);

    if (record_time_valid(text))
        return true;
    err_add(parse->err, TIME_INVALID, place_where(parse, place), "“%.*s”不是时间：“%.*s”",
            "'%.*s' is not a time: '%.*s'", STR_ARG(label), STR_ARG(text));
    err_hint(parse->err, "写作2024-08-14T15:22:41+08:00，须带时区");
    return false;
}

static bool form_check(struct parse *parse, const struct place *place, struct str text)
{
    const struct field *field = place->field;
    struct decimal value;

    if (field->type == FIELD_TIME)
        return time_check(parse, place, text);
    if (field->type == FIELD_DATE && !record_date_valid(text)) {
        err_add(parse->err, DATE_INVALID, place_where(parse, place), "“%.*s”不是日期：“%.*s”",
                "'%.*s' is not a date: '%.*s'", STR_ARG(field->label), STR_ARG(text));
        err_hint(parse->err, "写作YYYYMMDD，如20240814");
        return false;
    }
    if (field->type == FIELD_DECIMAL && !decimal_parse(text, &value)) {
        err_add(parse->err, NUMBER_INVALID, place_where(parse, place), "“%.*s”不是数：“%.*s”",
                "'%.*s' is not a number: '%.*s'", STR_ARG(field->label), STR_ARG(text));
        err_hint(parse->err, "只用数字和小数点，整数至多19位，小数至多6位，如1234567.50");
        return false;
    }
    return true;
}

/* The number goes into file names, addresses and bar codes. */
static bool number_check(struct parse *parse, const struct place *place, struct str text)
{
    bool good = text.n <= NUMBER_MOST;

    for (size_t i = 0; i < text.n && good; i++) {
        char c = text.p[i];

        good = (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-';
    }
    if (!good) {
        err_add(parse->err, FIRST_NUMBER_FORM, place_where(parse, place),
                "“%.*s”写法不对：“%.*s”", "'%.*s' is not a first number: '%.*s'",
                STR_ARG(place->field->label), STR_ARG(text));
        err_hint(parse->err, "只用大写字母、数字和连字符，至多24个");
    }
    return good;
}

bool type_fault(struct parse *parse, const struct place *place)
{
    static const struct {
        const char *zh, *en;
    } wanted[] = {
        [FIELD_TEXT] = {"字符串", "a string"},
        [FIELD_LINES] = {"字符串", "a string"},
        [FIELD_DATE] = {"字符串YYYYMMDD", "a string YYYYMMDD"},
        [FIELD_TIME] = {"字符串，带时区的时间", "a string, a time with its offset"},
        [FIELD_DECIMAL] = {"字符串，如\"1234.50\"", "a string like \"1234.50\""},
        [FIELD_INTEGER] = {"整数", "an integer"},
        [FIELD_BOOL] = {"true或者false", "true or false"},
        [FIELD_CODE] = {"代码字符串，或者含code、name的对象",
                        "a code, or an object of code and name"},
        [FIELD_LIST] = {"数组，其中每行是对象", "an array of objects"},
    };
    struct str label = place_label(place);
    enum field_type type = place->field != NULL ? place->field->type : FIELD_LIST;

    if (place->member != NULL)
        type = FIELD_TEXT;
    return err_add(parse->err, FIELD_TYPE, place_where(parse, place), "“%.*s”应为%s%.0s",
                   "'%.*s' must be %.0s%s", STR_ARG(label), wanted[type].zh, wanted[type].en);
}

/* One member of a code's object. */
static bool take_member(struct parse *parse, const struct place *place, const char *key,
                        const json_t *json)
{
    struct place at = *place;
    bool name = strcmp(key, "name") == 0, full = strcmp(key, "full_name") == 0;
    struct str *into = name ? &parse->given.name : &parse->given.code;

    at.member = key;
    if (!name && !full && strcmp(key, "code") != 0)
        return err_add(parse->err, FIELD_UNKNOWN, place_where(parse, &at),
                       "代码中未声明的成员“%s”",
                       "'%s' is not declared: a code has code, name, full_name", key);
    if (json_is_empty(json))
        return true;
    if (!json_is_string(json))
        return type_fault(parse, &at);
    if (full)
        into = &parse->given.full_name;
    *into = json_text(json);
    return text_check(parse, &at, *into, name || full ? NAME_MOST : CODE_MOST, false);
}

static void name_differs(struct parse *parse, const struct place *place, struct str given,
                         struct str known)
{
    if (given.n == 0 || known.n == 0 || str_eq(given, known) ||
        parse->err->warnings >= WARNINGS_MOST)
        return;
    err_warn(parse->err, CODE_NAME_DIFFERS, place_where(parse, place),
             "“%.*s”的名称“%.*s”与代码表的“%.*s”不同，按记录打印",
             "'%.*s' has the name '%.*s', its table says '%.*s'; printed as in the record",
             STR_ARG(place->field->label), STR_ARG(given), STR_ARG(known));
}

/* Looks the given code up, and says what is odd about it. */
static bool code_check(struct parse *parse, const struct place *place,
                       const struct code_row **row)
{
    const struct field *field = place->field;
    const struct code_row *given = &parse->given;
    struct place member = *place;

    if (given->code.n == 0) {
        member.member = "code";
        return err_add(parse->err, FIELD_MISSING, place_where(parse, &member),
                       "“%.*s”有名称“%.*s”而没有代码", "'%.*s' has the name '%.*s' but no code",
                       STR_ARG(field->label), STR_ARG(given->name));
    }
    *row = field->codes != NULL ? code_find(field->codes, given->code) : NULL;
    if (*row != NULL) {
        name_differs(parse, place, given->name, (*row)->name);
        name_differs(parse, place, given->full_name, (*row)->full_name);
        return true;
    }
    if (given->name.n == 0) {
        err_add(parse->err, CODE_UNKNOWN, place_where(parse, place),
                "“%.*s”的代码“%.*s”不在代码表中，也没有名称",
                "'%.*s' has code '%.*s', which is not in its table and comes without a name",
                STR_ARG(field->label), STR_ARG(given->code));
        err_hint(parse->err, "请核对代码，或者写成含code、name的对象");
        return false;
    }
    if (field->codes != NULL && parse->err->warnings < WARNINGS_MOST)
        err_warn(
            parse->err, CODE_UNKNOWN, place_where(parse, place),
            "“%.*s”的代码“%.*s”不在代码表中，按记录的名称“%.*s”打印",
            "'%.*s' has code '%.*s', which is not in its table; printed by its name '%.*s'",
            STR_ARG(field->label), STR_ARG(given->code), STR_ARG(given->name));
    return true;
}

static bool code_take(struct parse *parse, const struct place *place, json_t *json,
                      struct value *out)
{
    const struct code_row *row = NULL, *given = &parse->given;
    bool good = true;

    parse->given = (struct code_row){0};
    if (json_is_string(json)) {
        parse->given.code = json_text(json);
        good = text_check(parse, place, given->code, CODE_MOST, false);
    } else if (json_is_object(json)) {
        for (void *at = json_object_iter(json); at; at = json_object_iter_next(json, at))
            good = take_member(parse, place, json_object_iter_key(at),
                               json_object_iter_value(at)) &&
                   good;
    } else {
        return type_fault(parse, place);
    }
    if (given->code.n + given->name.n + given->full_name.n == 0 || !good ||
        !code_check(parse, place, &row))
        return false;
    out->code = text_keep(parse, given->code);
    out->text = given->name.n > 0 || row == NULL ? text_keep(parse, given->name) : row->name;
    out->full_name = given->full_name.n > 0 || row == NULL ? text_keep(parse, given->full_name)
                                                           : row->full_name;
    return true;
}

static bool text_take(struct parse *parse, const struct place *place, const json_t *json,
                      struct value *out)
{
    const struct field *field = place->field;
    struct str text;

    if (!json_is_string(json))
        return type_fault(parse, place);
    text = json_text(json);
    if (!text_check(parse, place, text, field->longest > 0 ? field->longest : FORM_MOST,
                    field->type == FIELD_LINES) ||
        !form_check(parse, place, text) ||
        (field == parse->kind->number && !number_check(parse, place, text)))
        return false;
    out->text = text_keep(parse, text);
    return true;
}

bool value_take(struct parse *parse, const struct place *place, json_t *json, struct value *out)
{
    char number[24];

    if (json_is_empty(json))
        return false;
    if (place->field->type == FIELD_CODE)
        return code_take(parse, place, json, out);
    if (place->field->type == FIELD_INTEGER) {
        if (!json_is_integer(json))
            return type_fault(parse, place);
        snprintf(number, sizeof(number), "%lld", (long long)json_integer_value(json));
        out->text = text_keep(parse, str_from(number));
        return true;
    }
    if (place->field->type == FIELD_BOOL) {
        if (!json_is_boolean(json))
            return type_fault(parse, place);
        out->text = json_is_true(json) ? STR("是") : STR("否");
        return true;
    }
    return text_take(parse, place, json, out);
}
