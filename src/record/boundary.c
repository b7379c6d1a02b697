/* boundary.c: a value of every type at its edge, written as the JSON that a system would
 * send. */
#include "record/boundary.h"

#include "base/buf.h"
#include "base/utf8.h"

enum { MANY = 60, FEW = 3, JSON_MOST = 16 << 20, NUMBER_MOST = 64, LINE = 120 };

static const char *const names[] = {"empty", "one", "many", "longest", "rare"};

/* Punctuation among the Han, since lines break there. */
static const char han[] =
    "国际贸易单一窗口暂时进出境货物，展览会备案“核对单”与清单（含光盘）；审核确认、"
    "延期办理：主管海关。";
static const char rare[] = "𠮷𬴊㛃𪚥 "
                           "محمد العربي "
                           "สวัสดีชาวไทย "
                           "Nguyễn e\u0301o\u0308a\u0323 "
                           "한국 देवनागरी "
                           "葛\U000E0100";

struct maker {
    struct buf out;
    const struct kind *kind;
    enum boundary boundary;
    struct str status;
    const struct boundary_wish *wishes;
    size_t wish_count;
    size_t row; /* so that rows differ */
};

const char *boundary_name(enum boundary boundary)
{
    return names[boundary];
}

bool boundary_find(struct str name, enum boundary *out)
{
    for (size_t i = 0; i < COUNT(names); i++) {
        if (!str_is(name, names[i]))
            continue;
        *out = (enum boundary)i;
        return true;
    }
    return false;
}

static void put_name(struct maker *m, struct str name)
{
    if (m->out.n && m->out.p[m->out.n - 1] != '{' && m->out.p[m->out.n - 1] != '[')
        buf_byte(&m->out, ',');
    buf_json(&m->out, name);
    buf_byte(&m->out, ':');
}

/* count code points of the pattern, again and again; a line feed now and then where lines are
 * allowed. A cluster is not cut: what is left is filled with a plain character. */
static void put_pattern(struct maker *m, const char *pattern, long count, bool lines)
{
    struct str text = str_from(pattern);
    size_t at = m->row * 3 % 9 * 3; /* rows begin at different Han */

    buf_byte(&m->out, '"');
    if (pattern == rare)
        at = 0;
    for (long i = 0; i < count; i++) {
        size_t from = at;

        if (lines && i % LINE == LINE - 1 && i + 1 < count) {
            buf_text(&m->out, "\\n");
            continue;
        }
        utf8_next(text, &at);
        buf_add(&m->out, text.p + from, at - from);
        if (at == text.n)
            at = 0;
    }
    buf_byte(&m->out, '"');
}

static void put_digits(struct maker *m, long count)
{
    buf_byte(&m->out, '"');
    for (long i = 0; i < count; i++)
        buf_byte(&m->out, (char)('0' + (i + (long)m->row) % 10));
    buf_byte(&m->out, '"');
}

/* What is at most 64 long is a number: phones, codes, digests. */
static void put_text(struct maker *m, const struct field *field)
{
    bool number = field->longest > 0 && field->longest <= NUMBER_MOST;
    long most = field->longest > 0 ? field->longest : NUMBER_MOST;
    long length = (long)utf8_count(str_from(rare));

    if (field == m->kind->number || field == m->kind->official)
        put_digits(m, m->boundary == BOUNDARY_LONGEST ? most : 18 < most ? 18 : most);
    else if (m->boundary == BOUNDARY_RARE)
        put_pattern(m, rare, length < most ? length : most, false);
    else if (m->boundary == BOUNDARY_LONGEST && number)
        put_digits(m, most);
    else if (m->boundary == BOUNDARY_LONGEST)
        put_pattern(m, han, most, field->type == FIELD_LINES);
    else if (number)
        put_digits(m, most < 8 ? most : 8);
    else
        put_pattern(m, han, most < 4 ? most : 4, false);
}

/* The table's longest name, or another row of it for each row. */
static void put_code(struct maker *m, const struct field *field)
{
    const struct code_table *table = field->codes;
    const struct code_row *row = NULL;

    for (size_t i = 0; table && i < table->count; i++) {
        if (m->boundary == BOUNDARY_LONGEST && row && table->rows[i].name.n <= row->name.n)
            continue;
        row = &table->rows[i];
        if (m->boundary != BOUNDARY_LONGEST && i >= m->row % 2)
            break;
    }
    if (!row) {
        put_digits(m, m->boundary == BOUNDARY_LONGEST ? NUMBER_MOST : 4);
        return;
    }
    buf_text(&m->out, "{\"code\":");
    buf_json(&m->out, row->code);
    buf_text(&m->out, ",\"name\":");
    buf_json(&m->out, row->name);
    buf_text(&m->out, ",\"full_name\":");
    buf_json(&m->out, row->full_name.n ? row->full_name : row->name);
    buf_byte(&m->out, '}');
}

static bool put_wish(struct maker *m, const struct field *field)
{
    for (size_t i = 0; i < m->wish_count; i++) {
        struct str value = m->wishes[i].value;

        if (m->wishes[i].field != field)
            continue;
        if (field->type == FIELD_BOOL)
            buf_text(&m->out, str_is(value, "是") ? "true" : "false");
        else
            buf_json(&m->out, value);
        return true;
    }
    return false;
}

static void put_value(struct maker *m, const struct field *field)
{
    bool longest = m->boundary == BOUNDARY_LONGEST;

    if (put_wish(m, field))
        return;
    switch (field->type) {
    case FIELD_TEXT:
    case FIELD_LINES:
        put_text(m, field);
        break;
    case FIELD_DATE:
        buf_text(&m->out, longest ? "\"20241231\"" : "\"20240101\"");
        break;
    case FIELD_TIME:
        buf_text(&m->out, "\"2024-12-31T23:59:59+08:00\"");
        break;
    case FIELD_DECIMAL:
        if (longest)
            buf_text(&m->out, "\"1234567890123456789.123456\"");
        else
            buf_printf(&m->out, "\"%zu.5\"", m->row + 1);
        break;
    case FIELD_INTEGER:
        if (longest)
            buf_text(&m->out, "1234567890");
        else
            buf_printf(&m->out, "%zu", m->row + 1);
        break;
    case FIELD_BOOL:
        buf_text(&m->out, "true");
        break;
    case FIELD_CODE:
        put_code(m, field);
        break;
    case FIELD_LIST:
        break;
    }
}

static bool is_wanted(const struct maker *m, const struct field *field)
{
    return m->boundary != BOUNDARY_EMPTY || field->required || field == m->kind->number ||
           field == m->kind->official;
}

static void put_list(struct maker *m, const struct field *list)
{
    size_t rows = m->boundary == BOUNDARY_MANY ? MANY : m->boundary == BOUNDARY_ONE ? 1 : FEW;

    put_name(m, list->key);
    buf_byte(&m->out, '[');
    for (m->row = 0; m->row < rows; m->row++) {
        buf_text(&m->out, m->row ? ",{" : "{");
        for (size_t c = 0; c < list->column_count; c++) {
            put_name(m, list->columns[c].key);
            put_value(m, &list->columns[c]);
        }
        buf_byte(&m->out, '}');
    }
    m->row = 0;
    buf_byte(&m->out, ']');
}

static struct str group_of(const struct field *field)
{
    struct str rest, group = str_cut(field->key, '.', &rest);

    return group.n < field->key.n ? group : STR_NONE;
}

/* A member may not stand twice, so a group is written whole where its first field stands. */
static void put_group(struct maker *m, struct str group, bool envelope)
{
    bool open = false;

    for (size_t i = 0; i < m->kind->count; i++) {
        const struct field *field = &m->kind->fields[i];
        struct str key;

        if (!str_eq(group_of(field), group) || field->envelope != envelope ||
            !is_wanted(m, field))
            continue;
        if (!open) {
            put_name(m, group);
            buf_byte(&m->out, '{');
        }
        open = true;
        key = (struct str){field->key.p + group.n + 1, field->key.n - group.n - 1};
        put_name(m, key);
        put_value(m, field);
    }
    if (open)
        buf_byte(&m->out, '}');
}

static bool is_first_of_group(const struct kind *kind, size_t index)
{
    for (size_t i = 0; i < index; i++) {
        if (str_eq(group_of(&kind->fields[i]), group_of(&kind->fields[index])))
            return false;
    }
    return true;
}

static void put_data(struct maker *m)
{
    put_name(m, STR("data"));
    buf_byte(&m->out, '{');
    for (size_t i = 0; i < m->kind->count; i++) {
        const struct field *field = &m->kind->fields[i];
        struct str group = group_of(field);

        if (field->envelope)
            continue;
        if (field->type == FIELD_LIST) {
            if (m->boundary != BOUNDARY_EMPTY)
                put_list(m, field);
        } else if (group.n) {
            if (is_first_of_group(m->kind, i))
                put_group(m, group, false);
        } else if (is_wanted(m, field)) {
            put_name(m, field->key);
            put_value(m, field);
        }
    }
    buf_byte(&m->out, '}');
}

struct str boundary_json(struct arena *arena, const struct kind *kind, enum boundary boundary,
                         struct str status, const struct boundary_wish *wishes,
                         size_t wish_count)
{
    struct maker m = {.kind = kind,
                      .boundary = boundary,
                      .status = status,
                      .wishes = wishes,
                      .wish_count = wish_count};
    struct str json;

    buf_init(&m.out, JSON_MOST);
    buf_text(&m.out, "{\"schema\":\"danzheng-record/1\",\"kind\":");
    buf_json(&m.out, kind->id);
    buf_text(&m.out, ",\"version\":1,\"status\":");
    buf_json(&m.out, status);
    buf_text(&m.out, ",\"owner\":\"91110105MA00000000\","
                     "\"received_at\":\"2024-12-31T23:59:59+08:00\"");
    put_group(&m, STR("operator"), true);
    put_data(&m);
    buf_byte(&m.out, '}');
    json = str_copy(arena, buf_view(&m.out));
    buf_release(&m.out);
    return json;
}
