/* request.c: what a line of a batch wishes. */
#include "record/request.h"

#include "record/parse.h"
#include "record/wire.h"

#include <string.h>

enum { ID_MOST = 64 };

static const char *const members[] = {"record", "outputs", "id", "printed_at", "op"};

static bool wrong(struct parse *parse, const char *name, const char *zh, const char *en)
{
    const struct place place = {.name = name};

    return err_add(parse->err, MEMBER_WRONG, place_where(parse, &place), "%s%.0s", "%.0s%s",
                   arena_printf(parse->arena, "请求成员“%s”%s", name, zh),
                   arena_printf(parse->arena, "request member '%s' %s", name, en));
}

static void check_members(struct parse *parse, json_t *root)
{
    struct str known[COUNT(members)], near;
    const char *name;
    json_t *value;

    for (size_t i = 0; i < COUNT(members); i++)
        known[i] = str_from(members[i]);
    json_object_foreach(root, name, value)
    {
        bool found = false;

        for (size_t i = 0; i < COUNT(members); i++)
            found = found || strcmp(name, members[i]) == 0;
        if (found)
            continue;
        wrong(parse, arena_text(parse->arena, name, strlen(name)), "不认识", "is not known");
        near = str_nearest(str_from(name), known, COUNT(members));
        if (near.n)
            err_hint(parse->err, "是否应为“%.*s”？", STR_ARG(near));
    }
}

/* A string that need not be there; empty when it is at fault. */
static struct str take_text(struct parse *parse, json_t *root, const char *name, size_t most)
{
    json_t *json = json_object_get(root, name);

    if (json_is_empty(json))
        return STR_NONE;
    if (json_is_string(json) && json_text(json).n <= most)
        return str_copy(parse->arena, json_text(json));
    wrong(parse, name, "应为短字符串", "must be a short string");
    return STR_NONE;
}

static void take_outputs(struct parse *parse, json_t *root, struct record_request *request)
{
    json_t *json = json_object_get(root, "outputs"), *one;
    struct str *outputs;
    size_t i;

    if (json_is_empty(json))
        return;
    if (!json_is_array(json) || json_array_size(json) == 0 ||
        json_array_size(json) > WIRE_OUTPUTS_MOST) {
        wrong(parse, "outputs", "应为名称数组，1 至 32 个",
              "must be an array of 1 to 32 names");
        return;
    }
    outputs = NEW_ARRAY(parse->arena, json_array_size(json), struct str);
    json_array_foreach(json, i, one)
    {
        if (json_is_string(one))
            outputs[i] = str_copy(parse->arena, json_text(one));
        else
            wrong(parse, "outputs", "应为名称数组", "must be an array of names");
    }
    request->outputs = outputs;
    request->output_count = json_array_size(json);
}

static void take_wish(struct parse *parse, json_t *root, struct record_request *request)
{
    struct str op;

    check_members(parse, root);
    op = take_text(parse, root, "op", ID_MOST);
    if (op.n && !str_is(op, "render"))
        wrong(parse, "op", "只能是 render", "can only be render");
    request->id = take_text(parse, root, "id", ID_MOST);
    request->printed_at = take_text(parse, root, "printed_at", ID_MOST);
    if (request->printed_at.n && !record_time_valid(request->printed_at))
        wrong(parse, "printed_at", "不是带时区的 RFC 3339 时间",
              "is no RFC 3339 time with offset");
    take_outputs(parse, root, request);
}

bool record_request_parse(struct arena *arena, const struct kinds *kinds, const char *name,
                          struct str json, struct record_request *out, struct err *err)
{
    struct parse parse = {.arena = arena, .err = err};
    struct record_request request = {0};
    int before = err->faults;
    struct syntax tree;
    json_t *record;

    if (!syntax_parse(arena, name, json, &tree, err))
        return false;
    record = json_object_get(tree.root, "record");
    if (record)
        take_wish(&parse, tree.root, &request);
    if (record_take(arena, kinds, record ? record : tree.root, json.n, &request.record, err) &&
        err->faults == before)
        *out = request;
    owned_close(tree.owned);
    return err->faults == before;
}
