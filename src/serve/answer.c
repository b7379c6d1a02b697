/* answer.c: lines of answers, written and cut. */
#include "serve/answer.h"

#include <string.h>

static bool eat(struct str *rest, const char *text)
{
    size_t n = strlen(text);

    if (rest->n < n || memcmp(rest->p, text, n) != 0)
        return false;
    rest->p += n;
    rest->n -= n;
    return true;
}

static bool eat_number(struct str *rest, uint64_t *out)
{
    uint64_t number = 0;
    size_t n = 0;

    while (n < rest->n && n < 18 && rest->p[n] >= '0' && rest->p[n] <= '9')
        number = number * 10 + (uint64_t)(rest->p[n++] - '0');
    rest->p += n;
    rest->n -= n;
    *out = number;
    return n > 0;
}

static bool is_plain(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           c == '_' || c == '-' || c == '.';
}

/* A word that may stand in a file's name. */
static bool eat_word(struct str *rest, struct str *out)
{
    size_t n = 0;

    while (n < rest->n && is_plain(rest->p[n]))
        n++;
    *out = (struct str){rest->p, n};
    rest->p += n;
    rest->n -= n;
    return n > 0 && out->p[0] != '.';
}

/* Behind the string's closing quote. */
static bool eat_string(struct str *rest)
{
    size_t n = 0;

    while (n < rest->n && rest->p[n] != '"')
        n += rest->p[n] == '\\' ? 2 : 1;
    if (n >= rest->n)
        return false;
    rest->p += n + 1;
    rest->n -= n + 1;
    return true;
}

static bool eat_yes(struct str *rest, bool *out)
{
    *out = eat(rest, "true");
    return *out || eat(rest, "false");
}

static bool eat_member(struct str *rest, const char *name, struct str *out)
{
    return eat(rest, ",\"") && eat(rest, name) && eat(rest, "\":\"") && eat_word(rest, out) &&
           eat(rest, "\"");
}

/* Of the fault, behind its code: ,"zh":"…","rule":"config/rules/x.ini:12" */
static struct str rule_of(struct str rest)
{
    while (eat(&rest, ",\"")) {
        bool here = eat(&rest, "rule\":\"");
        struct str value = rest;

        if (!here && (!eat_string(&rest) || !eat(&rest, ":\"")))
            return STR_NONE;
        if (!eat_string(&rest))
            return STR_NONE;
        value.n -= rest.n + 1;
        for (size_t i = 0; here && i < value.n; i++)
            here = is_plain(value.p[i]) || value.p[i] == '/' || value.p[i] == ':';
        if (here)
            return value;
    }
    return STR_NONE;
}

/* ,"faces":"1f" */
static bool eat_bits(struct str *rest, uint64_t *out)
{
    static const char digits[] = "0123456789abcdef";
    struct str word;
    uint64_t bits = 0;

    if (!eat_member(rest, "faces", &word) || word.n > 16)
        return false;
    for (size_t i = 0; i < word.n; i++) {
        const char *digit = strchr(digits, word.p[i]);

        if (!digit)
            return false;
        bits = bits << 4 | (uint64_t)(digit - digits);
    }
    *out = bits;
    return true;
}

static bool cut_tail(struct str *rest, struct answer_line *line)
{
    uint64_t bytes = 0, pages = 0;
    struct str after = *rest;

    line->rest = *rest;
    if (!line->ok) {
        if (!eat(&after, ",\"error\":{\"code\":\"") || !eat_word(&after, &line->code))
            return false;
        if (eat(&after, "\""))
            line->rule = rule_of(after);
        return true;
    }
    if (!eat(&after, ",\"bytes\":")) /* of a file that was verified */
        return after.n > 0 && after.p[0] == ',';
    if (!eat_number(&after, &bytes) || !eat_member(&after, "name", &line->name) ||
        !eat_member(&after, "layout", &line->layout) ||
        !eat_member(&after, "fonts", &line->fonts) || !eat_bits(&after, &line->faces) ||
        !eat_member(&after, "code", &line->verify_code) || !eat(&after, ",\"pages\":") ||
        !eat_number(&after, &pages))
        return false;
    line->bytes = (size_t)bytes;
    line->pages = (size_t)pages;
    line->rest = after;
    return true;
}

bool answer_cut(struct str line, struct answer_line *out)
{
    struct answer_line cut = {0};
    struct str rest = line;

    if (!eat(&rest, "{\"id\":\"") || !eat_number(&rest, &cut.ticket) || !eat(&rest, "\","))
        return false;
    if (eat(&rest, "\"over\":true}")) {
        cut.over = true;
        *out = cut;
        return rest.n == 0;
    }
    if (!eat(&rest, "\"n\":") || !eat_number(&rest, &cut.n) || !eat(&rest, ","))
        return false;
    cut.front.p = rest.p;
    if (!eat(&rest, "\"ok\":") || !eat_yes(&rest, &cut.ok))
        return false;
    if (eat(&rest, ",\"output\":\"") && !eat_string(&rest))
        return false;
    cut.front.n = (size_t)(rest.p - cut.front.p);
    if (!cut_tail(&rest, &cut) || !str_ends(cut.rest, STR("}")))
        return false;
    *out = cut;
    return true;
}

void answer_front(struct buf *out, struct str output)
{
    buf_text(out, "\"ok\":false");
    if (!output.n)
        return;
    buf_text(out, ",\"output\":");
    buf_json(out, output);
}

void answer_error(struct buf *out, struct arena *arena, const struct err *err)
{
    const struct fault *fault = err_fault(err);

    buf_text(out, ",\"error\":");
    if (fault)
        fault_json(out, arena, fault);
    else
        buf_text(out, "{\"code\":\"INTERNAL\",\"retry\":\"never\"}");
    if (err->faults + err->warnings > 1) {
        buf_text(out, ",\"errors\":");
        err_json(out, arena, err);
    }
}

void answer_fault(struct buf *out, struct arena *arena, const struct err *err)
{
    answer_front(out, STR_NONE);
    buf_text(out, ",\"last\":true");
    answer_error(out, arena, err);
}
