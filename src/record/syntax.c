/* syntax.c: from bytes to a JSON tree. Limits are checked before the tree is built, so that no
 * input can make jansson take more memory or stack than a record of the largest size does. */
#include "record/parse.h"

#include "base/utf8.h"

#include <errno.h>
#include <string.h>

/* Line and column (both from 1, the column in bytes) of the byte at an offset. */
static struct where at_offset(const char *name, struct str json, size_t offset)
{
    size_t start = 0;
    int line = 1;

    for (size_t i = 0; i < offset && i < json.n; i++) {
        if (json.p[i] != '\n')
            continue;
        line++;
        start = i + 1;
    }
    return where_file(name, line, (int)(offset - start) + 1);
}

static bool check_nesting(const char *name, struct str json, struct err *err)
{
    bool quoted = false;
    int depth = 0;

    for (size_t i = 0; i < json.n; i++) {
        char c = json.p[i];

        if (c == '"')
            quoted = !quoted;
        else if (quoted)
            i += c == '\\';
        else if (c == '{' || c == '[')
            depth++;
        else if (c == '}' || c == ']')
            depth--;
        if (depth <= RECORD_NESTING_MOST)
            continue;
        return err_add(err, LIMIT_NESTING, at_offset(name, json, i), "嵌套超过%d层",
                       "nested more than %d deep", RECORD_NESTING_MOST);
    }
    return true;
}

static void tree_drop(void *root)
{
    json_decref(root);
}

bool syntax_parse(struct arena *arena, const char *name, struct str json, struct syntax *out,
                  struct err *err)
{
    const size_t flags = JSON_ALLOW_NUL | JSON_REJECT_DUPLICATES | JSON_DECODE_ANY;
    const char *file = arena_text(arena, name, strlen(name));
    json_error_t error;
    struct str text;
    size_t offset;
    json_t *root;

    *out = (struct syntax){NULL, NULL};
    if (json.n > RECORD_BYTES_MOST)
        return err_add(err, LIMIT_LINE, where_file(file, 0, 0), "记录有%zu字节，最多%d字节",
                       "record of %zu bytes, the most is %d", json.n, RECORD_BYTES_MOST);
    if (!check_nesting(file, json, err))
        return false;
    errno = 0;
    root = json_loadb(json.p, json.n, flags, &error);
    if (root != NULL) {
        *out = (struct syntax){root, arena_own(arena, tree_drop, root)};
        return true;
    }
    if (errno == ENOMEM)
        return err_add(err, MEMORY_LIMIT, where_file(file, 0, 0), "内存不足，记录读不了",
                       "memory is too short to read the record");
    /* jansson refuses bad UTF-8 too, but has no code for it that is told to us. */
    if (!utf8_valid(json, &offset))
        return err_add(err, UTF8_INVALID, at_offset(file, json, offset),
                       "不是UTF-8编码：0x%02X", "not UTF-8: 0x%02X",
                       (unsigned)(unsigned char)json.p[offset]);
    /* jansson says how many bytes it had read: the fault is at the last of them. Its text may
     * end in a cut character. */
    offset = error.position > 0 ? (size_t)error.position - 1 : 0;
    text = str_from(error.text);
    if (!utf8_valid(text, &text.n))
        text = (struct str){error.text, text.n};
    return err_add(err, JSON_SYNTAX, at_offset(file, json, offset), "不是合法的JSON：%.*s",
                   "not JSON: %.*s", STR_ARG(text));
}
