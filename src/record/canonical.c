/* canonical.c: the writer of canonical bytes (record.h says what they are). */
#include "record/parse.h"

#include <stdio.h>
#include <string.h>

void canon_bytes(struct parse *parse, struct str bytes)
{
    if (bytes.n > 0)
        memcpy(parse->canon + parse->canon_bytes, bytes.p, bytes.n);
    parse->canon_bytes += bytes.n;
}

static void canon_byte(struct parse *parse, char byte)
{
    parse->canon[parse->canon_bytes++] = byte;
}

void canon_open(struct parse *parse, char bracket)
{
    if (parse->canon_bytes > 0 && parse->canon[parse->canon_bytes - 1] == '}')
        canon_byte(parse, ',');
    canon_byte(parse, bracket);
}

void canon_close(struct parse *parse, char bracket)
{
    canon_byte(parse, bracket);
}

void canon_member(struct parse *parse, struct str key)
{
    if (parse->canon[parse->canon_bytes - 1] != '{')
        canon_byte(parse, ',');
    canon_byte(parse, '"');
    canon_bytes(parse, key);
    canon_bytes(parse, STR("\":"));
}

void canon_string(struct parse *parse, struct str text)
{
    char *to = parse->canon + parse->canon_bytes;

    *to++ = '"';
    for (size_t i = 0; i < text.n; i++) {
        char c = text.p[i];

        if (c == '"' || c == '\\' || c == '\n')
            *to++ = '\\';
        *to++ = c;
        if (c == '\n')
            to[-1] = 'n';
    }
    *to++ = '"';
    parse->canon_bytes = (size_t)(to - parse->canon);
}

static void canon_code(struct parse *parse, const struct code_row *given)
{
    canon_byte(parse, '{');
    if (given->code.n > 0) {
        canon_member(parse, STR("code"));
        canon_string(parse, given->code);
    }
    if (given->full_name.n > 0) {
        canon_member(parse, STR("full_name"));
        canon_string(parse, given->full_name);
    }
    if (given->name.n > 0) {
        canon_member(parse, STR("name"));
        canon_string(parse, given->name);
    }
    canon_byte(parse, '}');
}

void canon_value(struct parse *parse, const json_t *json)
{
    char digits[24];

    if (json_is_string(json)) {
        canon_string(parse, json_text(json));
    } else if (json_is_integer(json)) {
        snprintf(digits, sizeof(digits), "%lld", (long long)json_integer_value(json));
        canon_bytes(parse, str_from(digits));
    } else if (json_is_boolean(json)) {
        canon_bytes(parse, json_is_true(json) ? STR("true") : STR("false"));
    } else {
        canon_code(parse, &parse->given);
    }
}
