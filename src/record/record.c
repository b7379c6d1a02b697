/* record.c: the envelope of a record, and what the paper asks of it. */
#include "record/parse.h"

#include <stdio.h>
#include <string.h>

/* CANON_MORE: the envelope's own words, which a faulty record may lack. */
enum { ENVELOPE_MOST = 64, OWNER_LENGTH = 18, CANON_MORE = 256 };

/* A member that must be there, and be a string. */
static struct str envelope_text(struct parse *parse, json_t *root, const char *name)
{
    struct place place = {.name = name};
    json_t *json = json_object_get(root, name);

    if (json_is_empty(json)) {
        err_add(parse->err, MEMBER_MISSING, place_where(parse, &place), "缺少成员“%s”",
                "member '%s' is missing", name);
        return STR_NONE;
    }
    if (!json_is_string(json)) {
        err_add(parse->err, MEMBER_WRONG, place_where(parse, &place), "成员“%s”应为字符串",
                "member '%s' must be a string", name);
        return STR_NONE;
    }
    if (!text_check(parse, &place, json_text(json), ENVELOPE_MOST, /* lines */ false))
        return STR_NONE;
    return text_keep(parse, json_text(json));
}

static void check_schema(struct parse *parse, struct str schema)
{
    struct place place = {.name = "schema"};

    if (schema.n > 0 && !str_is(schema, "danzheng-record/1"))
        err_add(parse->err, SCHEMA_WRONG, place_where(parse, &place),
                "schema应为“danzheng-record/1”，不可为“%.*s”",
                "schema must be 'danzheng-record/1', not '%.*s'", STR_ARG(schema));
}

static const struct kind *check_kind(struct parse *parse, const struct kinds *kinds,
                                     struct str id)
{
    const struct kind *kind = kinds_find(kinds, id);
    struct place place = {.name = "kind"};
    struct str *ids, near;

    if (kind != NULL || id.n == 0)
        return kind;
    ids = NEW_ARRAY(parse->arena, kinds->count + 1, struct str);
    for (size_t i = 0; i < kinds->count; i++)
        ids[i] = kinds->all[i].id;
    near = str_nearest(id, ids, kinds->count);
    err_add(parse->err, KIND_UNKNOWN, place_where(parse, &place), "不认识的记录类别“%.*s”",
            "kind '%.*s' is not known", STR_ARG(id));
    if (near.n > 0)
        err_hint(parse->err, "是否应为“%.*s”？", STR_ARG(near));
    return NULL;
}

static int64_t envelope_version(struct parse *parse, json_t *root)
{
    json_t *json = json_object_get(root, "version");
    struct place place = {.name = "version"};

    if (json_is_empty(json))
        err_add(parse->err, MEMBER_MISSING, place_where(parse, &place), "缺少成员“%s”",
                "member '%s' is missing", place.name);
    else if (!json_is_integer(json) || json_integer_value(json) < 1)
        err_add(parse->err, MEMBER_WRONG, place_where(parse, &place), "“%s”应为正整数",
                "'%s' must be a positive integer", place.name);
    return json_integer_value(json);
}

/* 统一社会信用代码: digits and capitals without I O S V Z. */
static void check_owner(struct parse *parse, struct str owner)
{
    struct place place = {.name = "owner"};
    bool good = owner.n == OWNER_LENGTH;

    for (size_t i = 0; i < owner.n && good; i++) {
        char c = owner.p[i];

        good = (c >= '0' && c <= '9') ||
               (c >= 'A' && c <= 'Y' && c != 'I' && c != 'O' && c != 'S' && c != 'V');
    }
    if (owner.n > 0 && !good)
        err_add(parse->err, MEMBER_WRONG, place_where(parse, &place),
                "owner应为18位统一社会信用代码，不可为“%.*s”",
                "owner must be the 18 characters of a unified social credit code, not '%.*s'",
                STR_ARG(owner));
}

/* data and operator may be absent. */
static json_t *envelope_object(struct parse *parse, json_t *root, const char *name)
{
    json_t *json = json_object_get(root, name);
    struct place place = {.name = name};

    if (json_is_empty(json))
        return NULL;
    if (json_is_object(json))
        return json;
    err_add(parse->err, MEMBER_WRONG, place_where(parse, &place), "成员“%s”应为对象",
            "member '%s' must be an object", name);
    return NULL;
}

static void canon_text(struct parse *parse, const char *key, struct str text)
{
    canon_member(parse, str_from(key));
    canon_string(parse, text);
}

/* Closes an object, or takes back its member when nothing is in it. */
static void canon_end(struct parse *parse, size_t before)
{
    if (parse->canon[parse->canon_bytes - 1] == '{')
        parse->canon_bytes = before;
    else
        canon_close(parse, '}');
}

static void take_envelope(struct parse *parse, json_t *root, const struct kinds *kinds,
                          struct record *record)
{
    struct place received = {.name = "received_at"};

    check_schema(parse, envelope_text(parse, root, "schema"));
    parse->kind = check_kind(parse, kinds, envelope_text(parse, root, "kind"));
    record->kind = parse->kind;
    record->version = envelope_version(parse, root);
    record->status = envelope_text(parse, root, "status");
    record->owner = envelope_text(parse, root, "owner");
    check_owner(parse, record->owner);
    record->received_at = envelope_text(parse, root, "received_at");
    if (record->received_at.n > 0)
        time_check(parse, &received, record->received_at);
}

/* Everything the kind declares, and the canonical bytes around it. */
static void take_fields(struct parse *parse, json_t *root, struct record *record)
{
    const struct kind *kind = parse->kind;
    struct value *values = NEW_ARRAY(parse->arena, kind->value_count, struct value);
    struct rows *lists = NEW_ARRAY(parse->arena, kind->list_count, struct rows);
    char version[24];
    size_t before;

    canon_open(parse, '{');
    before = parse->canon_bytes;
    canon_member(parse, STR("data"));
    canon_open(parse, '{');
    fields_take(parse, envelope_object(parse, root, "data"), false, values, lists);
    canon_end(parse, before);
    canon_text(parse, "kind", kind->id);
    fields_take(parse, envelope_object(parse, root, "operator"), true, values, lists);
    canon_text(parse, "owner", record->owner);
    canon_text(parse, "received_at", record->received_at);
    canon_text(parse, "schema", STR("danzheng-record/1"));
    canon_text(parse, "status", record->status);
    canon_member(parse, STR("version"));
    snprintf(version, sizeof(version), "%lld", (long long)record->version);
    canon_bytes(parse, str_from(version));
    canon_close(parse, '}');
    canon_bytes(parse, STR("\n"));
    record->values = values;
    record->lists = lists;
    record->canonical = (struct str){parse->canon, parse->canon_bytes};
}

bool record_take(struct arena *arena, const struct kinds *kinds, json_t *json, size_t bytes,
                 const struct record **out, struct err *err)
{
    struct parse parse = {.arena = arena, .pua = &kinds->pua, .err = err};
    struct record *record = NEW(arena, struct record);
    int before = err->faults;

    if (!json_is_object(json))
        return err_add(err, RECORD_NOT_OBJECT, where_pointer(STR_NONE), "记录应为JSON对象",
                       "a record must be a JSON object");
    parse.texts = arena_alloc(arena, bytes + bytes / 3 + 1);
    parse.canon = arena_alloc(arena, bytes + CANON_MORE);
    take_envelope(&parse, json, kinds, record);
    if (parse.kind != NULL)
        take_fields(&parse, json, record);
    if (err->faults > before)
        return false;
    *out = record;
    return true;
}

bool record_parse(struct arena *arena, const struct kinds *kinds, const char *name,
                  struct str json, const struct record **out, struct err *err)
{
    struct syntax tree;
    bool ok = syntax_parse(arena, name, json, &tree, err) &&
              record_take(arena, kinds, tree.root, json.n, out, err);

    owned_close(tree.owned);
    return ok;
}

const struct value *record_value(const struct record *record, const struct field *field)
{
    return &record->values[field->index];
}

const struct rows *record_rows(const struct record *record, const struct field *list)
{
    return &record->lists[list->index];
}

const struct value *record_cell(const struct record *record, const struct field *list,
                                size_t row, const struct field *column)
{
    return &record->lists[list->index].cells[row * list->column_count + column->index];
}

struct str record_number(const struct record *record)
{
    return record_value(record, record->kind->number)->text;
}

struct str record_official(const struct record *record)
{
    return record_value(record, record->kind->official)->text;
}

/* Writes the key's parts, each after a slash; keys have nothing to escape. Every run of every
 * page has its pointer, so there is no printf here. */
static char *put_key(char *at, struct str key)
{
    *at++ = '/';
    for (size_t i = 0; i < key.n; i++)
        *at++ = key.p[i] == '.' ? '/' : key.p[i];
    return at;
}

static char *put_row(char *at, size_t row)
{
    char digits[24];
    size_t n = 0;

    do
        digits[n++] = (char)('0' + row % 10);
    while ((row /= 10) > 0);
    *at++ = '/';
    while (n > 0)
        *at++ = digits[--n];
    return at;
}

struct str field_pointer(struct arena *arena, const struct field *field)
{
    static const char data[] = "/data";
    char *text = arena_alloc(arena, sizeof data + field->key.n + 2), *at = text;

    if (!field->envelope) {
        memcpy(at, data, sizeof data - 1);
        at += sizeof data - 1;
    }
    at = put_key(at, field->key);
    return (struct str){text, (size_t)(at - text)};
}

struct str cell_pointer(struct arena *arena, const struct field *list, size_t row,
                        const struct field *column)
{
    static const char data[] = "/data";
    char *text = arena_alloc(arena, sizeof data + list->key.n + column->key.n + 28), *at = text;

    memcpy(at, data, sizeof data - 1);
    at = put_key(at + sizeof data - 1, list->key);
    at = put_key(put_row(at, row), column->key);
    return (struct str){text, (size_t)(at - text)};
}
