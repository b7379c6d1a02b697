/* fields.c: an object of JSON, member by member, into the record and the canonical bytes.
 *
 * Two steps for data and for each row. gather puts every member at the rank that its key has
 * among the sorted keys of the kind, and names those that no key matches. take walks the ranks:
 * checks, keeps and writes each value, so that canonical bytes come out sorted with nothing to
 * sort. A group's members have neighbouring ranks, since their keys begin with the group's. */
#include "record/parse.h"

#include <string.h>

enum { KEY_MOST = 96 };

/* What is being gathered: data, one row, or the envelope's operator. */
struct object {
    const struct field *const *sorted;
    size_t count;
    json_t **members; /* by rank; NULL: absent */
    struct place place;
    bool envelope;
};

/* Empty for a key without a dot. */
static struct str group_of(struct str key)
{
    struct str leaf, group = str_cut(key, '.', &leaf);

    return leaf.n > 0 ? group : STR_NONE;
}

static struct str leaf_of(struct str key)
{
    size_t n = group_of(key).n;

    return n == 0 ? key : (struct str){key.p + n + 1, key.n - n - 1};
}

/* The names that an object (or its group) may have: "did you mean". */
static struct str nearest(struct parse *parse, const struct object *object, struct str group,
                          struct str word)
{
    struct str *words = NEW_ARRAY(parse->arena, object->count + 1, struct str);
    size_t count = 0;

    for (size_t i = 0; i < object->count; i++) {
        struct str key = object->sorted[i]->key, head = group_of(key);

        if (object->sorted[i]->envelope != object->envelope)
            continue;
        if (group.n == 0)
            words[count++] = head.n > 0 ? head : key;
        else if (str_eq(head, group))
            words[count++] = leaf_of(key);
    }
    return str_nearest(word, words, count);
}

static void unknown(struct parse *parse, const struct object *object, struct str group,
                    const char *key)
{
    struct place place = object->place;
    struct str near = STR_NONE;

    place.group = group;
    place.member = key;
    err_add(parse->err, FIELD_UNKNOWN, place_where(parse, &place), "未声明的字段“%s”",
            "field '%s' is not declared", key);
    if (parse->err->dropped == 0)
        near = nearest(parse, object, group, str_from(key));
    if (near.n > 0)
        err_hint(parse->err, "是否应为“%.*s”？", STR_ARG(near));
}

/* Puts a member at its rank; false when no field has this key. */
static bool put(const struct object *object, struct str group, struct str key, json_t *json)
{
    char dotted[KEY_MOST];
    size_t rank;

    if (memchr(key.p, '.', key.n) != NULL || group.n + key.n + 1 > sizeof(dotted))
        return false;
    if (group.n > 0) {
        memcpy(dotted, group.p, group.n);
        dotted[group.n] = '.';
        memcpy(dotted + group.n + 1, key.p, key.n);
        key = (struct str){dotted, group.n + 1 + key.n};
    }
    rank = field_rank(object->sorted, object->count, key);
    if (rank == object->count || object->sorted[rank]->envelope != object->envelope)
        return false;
    object->members[rank] = json;
    return true;
}

static bool is_group(const struct object *object, struct str key)
{
    for (size_t i = 0; i < object->count; i++)
        if (object->sorted[i]->envelope == object->envelope && key.n > 0 &&
            str_eq(group_of(object->sorted[i]->key), key))
            return true;
    return false;
}

static struct str iter_key(void *at)
{
    return (struct str){json_object_iter_key(at), json_object_iter_key_len(at)};
}

static void gather_group(struct parse *parse, const struct object *object, struct str group,
                         json_t *json)
{
    struct place place = object->place;

    place.group = group;
    if (json_is_empty(json))
        return;
    if (!json_is_object(json)) {
        err_add(parse->err, FIELD_TYPE, place_where(parse, &place), "“%.*s”应为对象",
                "'%.*s' must be an object", STR_ARG(group));
        return;
    }
    for (void *at = json_object_iter(json); at; at = json_object_iter_next(json, at)) {
        struct str key = iter_key(at);

        if (!put(object, group, key, json_object_iter_value(at)) && !object->envelope)
            unknown(parse, object, group, key.p);
    }
}

static void gather(struct parse *parse, const struct object *object, json_t *json)
{
    for (void *at = json_object_iter(json); at; at = json_object_iter_next(json, at)) {
        struct str key = iter_key(at);

        if (put(object, STR_NONE, key, json_object_iter_value(at)))
            continue;
        if (is_group(object, key))
            gather_group(parse, object, key, json_object_iter_value(at));
        else
            unknown(parse, object, STR_NONE, key.p);
    }
}

/* How many rows a list has; 0 when it is empty or at fault. */
static size_t count_rows(struct parse *parse, const struct place *place, json_t *json)
{
    size_t count = json_array_size(json);

    if (json_is_empty(json))
        return 0;
    if (!json_is_array(json)) {
        type_fault(parse, place);
        return 0;
    }
    if (count <= RECORD_ROWS_MOST)
        return count;
    err_add(parse->err, LIMIT_ROWS, place_where(parse, place), "“%.*s”有%zu行，最多%d行",
            "'%.*s' has %zu rows, the most is %d", STR_ARG(place->field->label), count,
            RECORD_ROWS_MOST);
    return 0;
}

static void take(struct parse *parse, const struct object *object, struct value *values,
                 struct rows *lists);

static void take_rows(struct parse *parse, const struct field *list, json_t *json,
                      struct rows *out)
{
    struct object row = {.sorted = list->sorted, .count = list->column_count};
    size_t count = json_array_size(json);
    struct value *cells = NEW_ARRAY(parse->arena, count * list->column_count, struct value);

    row.members = NEW_ARRAY(parse->arena, list->column_count, json_t *);
    canon_open(parse, '[');
    for (size_t i = 0; i < count; i++) {
        json_t *object = json_array_get(json, i);

        row.place = (struct place){.list = list, .row = i};
        if (!json_is_object(object)) {
            type_fault(parse, &row.place);
            continue;
        }
        memset(row.members, 0, list->column_count * sizeof(*row.members));
        gather(parse, &row, object);
        canon_open(parse, '{');
        take(parse, &row, cells + i * list->column_count, NULL);
        canon_close(parse, '}');
    }
    canon_close(parse, ']');
    *out = (struct rows){.count = count, .cells = cells};
}

/* The member's key, within its group: `*open` is the one that is open. */
static void write_key(struct parse *parse, struct str key, struct str *open)
{
    struct str group = group_of(key);

    if (!str_eq(group, *open)) {
        if (open->n > 0)
            canon_close(parse, '}');
        if (group.n > 0) {
            canon_member(parse, group);
            canon_open(parse, '{');
        }
        *open = group;
    }
    canon_member(parse, leaf_of(key));
}

static void take(struct parse *parse, const struct object *object, struct value *values,
                 struct rows *lists)
{
    struct place place = object->place;
    struct str open = STR_NONE;

    for (size_t rank = 0; rank < object->count; rank++) {
        const struct field *field = object->sorted[rank];
        bool list = field->type == FIELD_LIST, taken;
        json_t *json = object->members[rank];
        int before = parse->err->faults;

        if (field->envelope != object->envelope)
            continue;
        place.field = field;
        taken = list ? count_rows(parse, &place, json) > 0
                     : value_take(parse, &place, json, &values[field->index]);
        if (!taken && field->required && parse->saved && parse->err->faults == before)
            err_add(parse->err, FIELD_MISSING, place_where(parse, &place), "缺少“%.*s”",
                    "'%.*s' is missing", STR_ARG(field->label));
        if (!taken)
            continue;
        write_key(parse, field->key, &open);
        if (list)
            take_rows(parse, field, json, &lists[field->index]);
        else
            canon_value(parse, json);
    }
    if (open.n > 0)
        canon_close(parse, '}');
}

void fields_take(struct parse *parse, json_t *json, bool envelope, struct value *values,
                 struct rows *lists)
{
    const struct kind *kind = parse->kind;
    struct object object = {.sorted = kind->sorted, .count = kind->count, .envelope = envelope};
    size_t number = field_rank(kind->sorted, kind->count, kind->number->key);

    object.members = NEW_ARRAY(parse->arena, kind->count, json_t *);
    if (envelope) {
        gather_group(parse, &object, STR("operator"), json);
    } else {
        gather(parse, &object, json);
        parse->saved = !json_is_empty(object.members[number]);
    }
    take(parse, &object, values, lists);
}
