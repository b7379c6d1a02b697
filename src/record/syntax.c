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

/* Hands the text to jansson piece by piece. Where memory ends inside of a string, jansson
 * leaves out a byte and goes on; malloc has left ENOMEM then, until the next number takes it
 * back. So no piece goes beyond the beginning of a number. */
struct feed {
    struct str json;
    size_t at;
    bool quoted, escaped, starved;
};

static bool in_number(char c)
{
    return (c >= '0' && c <= '9') || c == '-';
}

static size_t feed_piece(void *buffer, size_t room, void *user)
{
    struct feed *feed = user;
    const char *from = feed->json.p + feed->at;
    size_t n = 0, left = feed->json.n - feed->at;

    feed->starved = feed->starved || errno == ENOMEM;
    if (feed->starved)
        return (size_t)-1;
    for (; n < room && n < left; n++) {
        char c = from[n];

        if (feed->quoted) {
            feed->quoted = c != '"' || feed->escaped;
            feed->escaped = c == '\\' && !feed->escaped;
        } else if (in_number(c) && n > 0 && !in_number(from[n - 1])) {
            break;
        } else {
            feed->quoted = c == '"';
        }
    }
    if (n > 0)
        memcpy(buffer, from, n);
    feed->at += n;
    return n;
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
    struct feed feed = {.json = json};
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
    root = json_load_callback(feed_piece, &feed, flags, &error);
    if (feed.starved || errno == ENOMEM) {
        json_decref(root);
        return err_add(err, MEMORY_LIMIT, where_file(file, 0, 0), "内存不足，记录读不了",
                       "memory is too short to read the record");
    }
    if (root != NULL) {
        *out = (struct syntax){root, arena_own(arena, tree_drop, root)};
        return true;
    }
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
