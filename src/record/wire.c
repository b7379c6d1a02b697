/* wire.c: a line of the protocol. The record in it may have 16 MiB and is for another process
 * to read, so its text is cut out by counting brackets, and only the rest is made into a
 * tree. */
#include "record/wire.h"
#include "record/parse.h"
#include "record/request.h"

#include <limits.h>
#include <string.h>

enum { DPI_MOST = 1000000 };

static bool blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* Behind the string that begins at `at`. */
static size_t skip_string(struct str line, size_t at)
{
    for (at++; at < line.n && line.p[at] != '"'; at++)
        at += line.p[at] == '\\';
    return at < line.n ? at + 1 : line.n;
}

/* Behind the value that begins at `at`: at the comma or bracket that ends it. */
static size_t skip_value(struct str line, size_t at)
{
    int depth = 0;

    while (at < line.n) {
        char c = line.p[at];

        if (c == '"') {
            at = skip_string(line, at);
            continue;
        }
        if (depth == 0 && (c == ',' || c == '}' || c == ']'))
            break;
        depth += c == '{' || c == '[';
        depth -= c == '}' || c == ']';
        at++;
        if (depth == 0 && (c == '}' || c == ']'))
            break;
    }
    return at;
}

/* The value of the line's member "record"; empty when it has none. Of a line that is no JSON
 * anything may come, and then the rest is no JSON either. */
static struct str find_record(struct str line)
{
    static const struct str name = {"\"record\"", 8};
    size_t at = 0;

    while (at < line.n && line.p[at] != '{')
        at++;
    for (at++; at < line.n; at++) {
        size_t key = at, end;

        if (line.p[at] != '"')
            continue;
        at = skip_string(line, at);
        end = at;
        while (at < line.n && blank(line.p[at]))
            at++;
        if (at >= line.n || line.p[at] != ':')
            break;
        for (at++; at < line.n && blank(line.p[at]);)
            at++;
        if (str_eq((struct str){line.p + key, end - key}, name))
            return (struct str){line.p + at, skip_value(line, at) - at};
        at = skip_value(line, at);
    }
    return STR_NONE;
}

/* The line with null where the record was. */
static struct str without(struct arena *arena, struct str line, struct str record)
{
    size_t before = (size_t)(record.p - line.p), after = before + record.n;
    size_t n = line.n - record.n + 4;
    char *text = arena_alloc(arena, n + 1);

    memcpy(text, line.p, before);
    memcpy(text + before, "null", 4);
    memcpy(text + before + 4, line.p + after, line.n - after);
    return (struct str){text, n};
}

static void wrong(struct parse *parse, const char *name, const char *zh, const char *en)
{
    const struct place place = {.name = name};

    err_add(parse->err, MEMBER_WRONG, place_where(parse, &place), "%s%.0s", "%.0s%s",
            arena_printf(parse->arena, "请求成员“%s”%s", name, zh),
            arena_printf(parse->arena, "request member '%s' %s", name, en));
}

/* What others end at a NUL must not have one. */
static bool is_text(struct str text, size_t most)
{
    return text.n <= most && !(text.n && memchr(text.p, '\0', text.n));
}

static struct str take_text(struct parse *parse, json_t *root, const char *name, size_t most)
{
    json_t *json = json_object_get(root, name);

    if (json_is_empty(json))
        return STR_NONE;
    if (json_is_string(json) && is_text(json_text(json), most))
        return str_copy(parse->arena, json_text(json));
    wrong(
        parse, name, arena_printf(parse->arena, "应为至多 %zu 字节、不含 NUL 的字符串", most),
        arena_printf(parse->arena, "must be a string of at most %zu bytes, without NUL", most));
    return STR_NONE;
}

static long take_number(struct parse *parse, json_t *root, const char *name, long least,
                        long most)
{
    json_t *json = json_object_get(root, name);

    if (json == NULL || json_is_null(json))
        return 0;
    if (json_is_integer(json) && json_integer_value(json) >= least &&
        json_integer_value(json) <= most)
        return (long)json_integer_value(json);
    wrong(parse, name, arena_printf(parse->arena, "应为 %ld 至 %ld 的整数", least, most),
          arena_printf(parse->arena, "must be an integer of %ld to %ld", least, most));
    return 0;
}

static bool is_twice(const struct wire_request *request)
{
    for (size_t i = 1; i < request->output_count; i++) {
        for (size_t k = 0; k < i; k++) {
            if (str_eq(request->outputs[i], request->outputs[k]))
                return true;
        }
    }
    return false;
}

static void take_outputs(struct parse *parse, json_t *root, struct wire_request *request)
{
    json_t *json = json_object_get(root, "outputs"), *one;
    struct str *outputs;
    size_t i, count;

    if (json_is_empty(json))
        return;
    count = json_array_size(json);
    outputs = NEW_ARRAY(parse->arena, count + 1, struct str);
    json_array_foreach(json, i, one)
    {
        if (json_is_string(one) && json_text(one).n > 0 &&
            is_text(json_text(one), WIRE_TEXT_MOST))
            outputs[request->output_count++] = str_copy(parse->arena, json_text(one));
    }
    if (request->output_count != count || count == 0 || count > WIRE_OUTPUTS_MOST)
        wrong(parse, "outputs", "应为非空的名称数组", "must be an array of names, not empty");
    request->outputs = outputs;
    if (is_twice(request))
        wrong(parse, "outputs", "有重复的名称", "has a name twice");
}

static void take_members(struct parse *parse, json_t *root, struct wire_request *request)
{
    json_t *ordered = json_object_get(root, "ordered");

    request->named = json_is_string(json_object_get(root, "id"));
    request->op = take_text(parse, root, "op", WIRE_TEXT_MOST);
    request->id = take_text(parse, root, "id", WIRE_ID_MOST);
    request->key = take_text(parse, root, "key", WIRE_TEXT_MOST);
    request->target = take_text(parse, root, "target", WIRE_ID_MOST);
    request->number = take_text(parse, root, "number", WIRE_TEXT_MOST);
    request->to = take_text(parse, root, "to", WIRE_TEXT_MOST);
    request->role = take_text(parse, root, "role", WIRE_TEXT_MOST);
    request->profile = take_text(parse, root, "profile", WIRE_TEXT_MOST);
    request->dpi = take_number(parse, root, "dpi", 1, DPI_MOST);
    request->before = take_number(parse, root, "before", 1, LONG_MAX);
    request->printed_at = take_text(parse, root, "printed_at", WIRE_TEXT_MOST);
    if (request->printed_at.n > 0 && !record_time_valid(request->printed_at))
        wrong(parse, "printed_at", "不是带时区的 RFC 3339 时间",
              "is no RFC 3339 time with offset");
    request->reason = take_text(parse, root, "reason", WIRE_REASON_MOST);
    request->deadline_ms = take_number(parse, root, "deadline_ms", 0, WIRE_DEADLINE_MOST);
    take_outputs(parse, root, request);
    request->ordered = json_is_true(ordered);
    request->trial = json_is_true(json_object_get(root, "trial"));
    if (ordered != NULL && !json_is_boolean(ordered))
        wrong(parse, "ordered", "应为 true 或 false", "must be true or false");
}

bool wire_request_read(struct arena *arena, struct str line, struct wire_request *out,
                       struct err *err)
{
    struct parse parse = {.arena = arena, .err = err};
    struct wire_request request = {.bytes = -1, .record = find_record(line)};
    bool whole = request.record.n == 0;
    struct err scratch;
    struct syntax tree = {0};
    json_t *root;
    bool sound;
    int before;

    if (line.n - request.record.n > WIRE_HEAD_MOST)
        return err_add(err, LIMIT_LINE, where_none(), "除 record 外，一行超过 %d 字节",
                       "a line exceeds %d bytes without its record", (int)WIRE_HEAD_MOST);
    err_init(&scratch, arena);
    if (!whole &&
        !syntax_parse(arena, "line", without(arena, line, request.record), &tree, &scratch))
        whole = true; /* so that the fault's column is the line's */
    if (whole && !syntax_parse(arena, "line", line, &tree, err))
        return false;
    root = tree.root;
    before = err->faults;
    if (!json_is_object(root))
        wrong(&parse, "", "应为JSON对象", "must be a JSON object");
    else if (json_object_get(root, "bytes") != NULL)
        request.bytes = take_number(&parse, root, "bytes", 0, RECORD_BYTES_MOST);
    sound = err->faults == before;
    if (sound) {
        take_members(&parse, root, &request);
        *out = request;
    }
    owned_close(tree.owned);
    return sound;
}

static struct str text_of(struct arena *arena, json_t *root, const char *name)
{
    json_t *json = json_object_get(root, name);

    return json_is_string(json) ? str_copy(arena, json_text(json)) : STR_NONE;
}

/* The outputs of an ask, an object each: {"output":"goods_list","wanted":true}. */
static bool read_wanted(struct arena *arena, json_t *json, struct wire_ask *ask)
{
    size_t count = json_array_size(json), i;
    struct str *outputs = NEW_ARRAY(arena, count + 1, struct str);
    bool *wanted = NEW_ARRAY(arena, count + 1, bool);
    json_t *one;

    json_array_foreach(json, i, one)
    {
        outputs[i] = text_of(arena, one, "output");
        wanted[i] = json_is_true(json_object_get(one, "wanted"));
        if (wanted[i] && outputs[i].n == 0)
            return false;
    }
    ask->outputs = outputs;
    ask->wanted = wanted;
    ask->count = count;
    return count > 0 && count <= WIRE_OUTPUTS_MOST;
}

bool wire_ask_read(struct arena *arena, struct str line, struct wire_ask *out)
{
    json_t *root, *version, *bytes;
    struct syntax tree;
    struct wire_ask ask;
    struct err err;
    bool whole;

    err_init(&err, arena);
    if (!syntax_parse(arena, "ask", line, &tree, &err))
        return false;
    root = tree.root;
    version = json_object_get(root, "version");
    bytes = json_object_get(root, "bytes");
    ask = (struct wire_ask){
        .id = text_of(arena, root, "id"),
        .number = text_of(arena, root, "number"),
        .kind = text_of(arena, root, "kind"),
        .list_no = text_of(arena, root, "list_no"),
        .status = text_of(arena, root, "status"),
        .owner = text_of(arena, root, "owner"),
        .parameters = text_of(arena, root, "parameters"),
        .name = text_of(arena, root, "name"),
        .received_at = text_of(arena, root, "received_at"),
        .version = (long)json_integer_value(version),
        .bytes = (long)json_integer_value(bytes),
    };
    whole = json_is_integer(version) && json_is_integer(bytes) && ask.version > 0 &&
            ask.bytes > 0 && ask.bytes <= RECORD_BYTES_MOST &&
            read_wanted(arena, json_object_get(root, "ask"), &ask);
    owned_close(tree.owned);
    if (whole)
        *out = ask;
    return whole;
}

bool wire_standing_read(struct arena *arena, struct str line, struct wire_standing *out)
{
    json_t *root, *standing, *fault;
    struct syntax tree;
    struct err err;

    err_init(&err, arena);
    if (!syntax_parse(arena, "standing", line, &tree, &err))
        return false;
    root = tree.root;
    standing = json_object_get(root, "standing");
    fault = json_object_get(root, "error");
    *out = (struct wire_standing){
        .id = text_of(arena, root, "id"),
        .ok = json_is_true(json_object_get(root, "ok")),
        .standing = json_is_integer(standing) ? (long)json_integer_value(standing) : -1,
        .newer = (long)json_integer_value(json_object_get(root, "newer")),
        .since = text_of(arena, root, "since"),
        .why = text_of(arena, root, "why"),
        .code = text_of(arena, fault, "code"),
        .zh = text_of(arena, fault, "zh"),
        .en = text_of(arena, fault, "en"),
    };
    owned_close(tree.owned);
    return true;
}

static void read_fault(struct arena *arena, json_t *json, struct wire_fault *out)
{
    *out = (struct wire_fault){
        .code = text_of(arena, json, "code"),
        .zh = text_of(arena, json, "zh"),
        .en = text_of(arena, json, "en"),
        .at = text_of(arena, json, "at"),
        .rule = text_of(arena, json, "rule"),
        .hint = text_of(arena, json, "hint"),
        .warning = json_is_true(json_object_get(json, "warning")),
    };
}

/* "errors" has all of them when they are several, "error" the first. */
static void read_faults(struct arena *arena, json_t *root, struct wire_answer *answer)
{
    json_t *all = json_object_get(root, "errors"), *first = json_object_get(root, "error"),
           *one;
    size_t count = json_array_size(all), i;
    struct wire_fault *faults = NEW_ARRAY(arena, count + 1, struct wire_fault);

    json_array_foreach(all, i, one) read_fault(arena, one, &faults[i]);
    if (count == 0 && first)
        read_fault(arena, first, &faults[count++]);
    answer->faults = faults;
    answer->fault_count = count;
}

bool wire_answer_read(struct arena *arena, struct str line, struct wire_answer *out,
                      struct err *err)
{
    json_t *root, *bytes;
    struct syntax tree;

    if (!syntax_parse(arena, "answer", line, &tree, err))
        return false;
    root = tree.root;
    bytes = json_object_get(root, "bytes");
    *out = (struct wire_answer){
        .id = text_of(arena, root, "id"),
        .output = text_of(arena, root, "output"),
        .name = text_of(arena, root, "name"),
        .sha256 = text_of(arena, root, "sha256"),
        .ok = json_is_true(json_object_get(root, "ok")),
        .last = json_is_true(json_object_get(root, "last")),
        .fatal = json_is_true(json_object_get(root, "fatal")),
        .dup = json_is_true(json_object_get(root, "dup")),
        .bytes = json_is_integer(bytes) ? (long)json_integer_value(bytes) : -1,
    };
    read_faults(arena, root, out);
    owned_close(tree.owned);
    return true;
}
