/* differ.c: two canonical records walked side by side. A list or object that only one has is
 * walked too, so that every difference is a value's. */
#include "record/differ.h"

#include <jansson.h>
#include <stdlib.h>

struct walk {
    struct arena *arena;
    struct differences *out;
};

static struct str compact(struct arena *arena, const json_t *json)
{
    char *text = json ? json_dumps(json, JSON_COMPACT | JSON_ENCODE_ANY) : NULL;
    struct str copy = str_copy(arena, str_from(text));

    free(text);
    return copy;
}

static void tell(struct walk *walk, struct str pointer, const json_t *first,
                 const json_t *second)
{
    struct differences *out = walk->out;

    if (out->count < DIFFERENCES_MOST)
        out->kept[out->count] = (struct difference){.pointer = pointer,
                                                    .first = compact(walk->arena, first),
                                                    .second = compact(walk->arena, second)};
    out->count++;
}

/* Both are of the type, or one is and the other is not there. */
static bool both(const json_t *first, const json_t *second, json_type type)
{
    return (first || second) && (!first || json_typeof(first) == type) &&
           (!second || json_typeof(second) == type);
}

static void differ(struct walk *, struct str pointer, json_t *first, json_t *second);

static void differ_objects(struct walk *walk, struct str pointer, json_t *first, json_t *second)
{
    const char *key;
    json_t *value;

    json_object_foreach(first, key, value)
    {
        differ(walk, str_printf(walk->arena, "%.*s/%s", STR_ARG(pointer), key), value,
               json_object_get(second, key));
    }
    json_object_foreach(second, key, value)
    {
        if (!json_object_get(first, key))
            differ(walk, str_printf(walk->arena, "%.*s/%s", STR_ARG(pointer), key), NULL,
                   value);
    }
}

static void differ_lists(struct walk *walk, struct str pointer, json_t *first, json_t *second)
{
    size_t rows = json_array_size(first), more = json_array_size(second);

    for (size_t i = 0; i < rows || i < more; i++)
        differ(walk, str_printf(walk->arena, "%.*s/%zu", STR_ARG(pointer), i),
               json_array_get(first, i), json_array_get(second, i));
}

/* Canonical bytes have keys of [a-z0-9_] only, nothing that a pointer escapes, and at most as
 * many levels as a record may. */
static void differ(struct walk *walk, struct str pointer, json_t *first, json_t *second)
{
    bool empty = json_object_size(first) + json_object_size(second) == 0;

    if (json_equal(first, second))
        return;
    if (both(first, second, JSON_ARRAY))
        differ_lists(walk, pointer, first, second);
    else if (both(first, second, JSON_OBJECT) && !empty)
        differ_objects(walk, pointer, first, second);
    else
        tell(walk, pointer, first, second);
}

void record_differ(struct arena *arena, const struct record *first, const struct record *second,
                   struct differences *out)
{
    struct walk walk = {.arena = arena, .out = out};
    json_t *one = json_loadb(first->canonical.p, first->canonical.n, 0, NULL);
    json_t *other = json_loadb(second->canonical.p, second->canonical.n, 0, NULL);

    out->kept = NEW_ARRAY(arena, DIFFERENCES_MOST, struct difference);
    out->count = 0;
    differ(&walk, STR_NONE, one, other);
    json_decref(one);
    json_decref(other);
}
