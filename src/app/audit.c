/* audit.c: danzheng audit: the chain of what was done, walked and shown. */
#include "app/state.h"

#include "deliver/deliver.h"
#include "digest/digest.h"

#include <stdio.h>
#include <string.h>

enum { STATE, CHECKPOINT, AFTER, JSON };
enum { VERIFY, SHOW, HEAD };

static const struct option options[] = {
    [STATE] = {"state", 0, "DIR", false, "the registry's folder"},
    [CHECKPOINT] = {"checkpoint", 0, "FILE", false,
                    "verify: lines of audit head, kept elsewhere"},
    [AFTER] = {"after", 0, "N", false, "show: from the row behind N on"},
    [JSON] = {"json", 0, NULL, false, "as JSON, a line each"},
};

static const struct str verbs[] = {{"verify", 6}, {"show", 4}, {"head", 4}};

enum { FILE_MOST = 16 << 20, PAGE = 256, ROW_MOST = 4 << 20 };

static bool hex_digest(struct str text, uint8_t out[32])
{
    static const char digits[] = "0123456789abcdef";

    if (text.n != 64)
        return false;
    for (size_t i = 0; i < 64; i++) {
        const char *digit = memchr(digits, text.p[i], 16);

        if (!digit)
            return false;
        out[i / 2] = (uint8_t)(out[i / 2] << 4 | (digit - digits));
    }
    return true;
}

/* "danzheng-checkpoint/1 SEQ HASH" */
static bool read_point(struct app *app, const char *path, int line, struct str text,
                       struct registry_head *out)
{
    struct str name = str_word(&text), seq = str_word(&text), hash = str_word(&text);
    long number;

    if (str_is(name, "danzheng-checkpoint/1") && str_number(seq, &number) &&
        hex_digest(hash, out->hash)) {
        out->seq = number;
        return true;
    }
    err_add(&app->err, USAGE, where_file(path, line, 0), "不是检查点", "this is no checkpoint");
    err_hint(&app->err, "danzheng audit head --state DIR >> FILE writes one");
    return false;
}

static bool read_points(struct app *app, const char *path, struct registry_head **out,
                        size_t *count)
{
    struct str text, rest, line;
    size_t lines = 1, n = 0;
    bool ok = true;

    *count = 0;
    if (!path)
        return true;
    if (!deliver_read(app->arena, path, FILE_MOST, &text, &app->err))
        return false;
    for (size_t i = 0; i < text.n; i++)
        lines += text.p[i] == '\n';
    *out = NEW_ARRAY(app->arena, lines, struct registry_head);
    rest = text;
    for (int i = 1; rest.n; i++) {
        line = str_trim(str_cut(rest, '\n', &rest));
        if (line.n)
            ok = read_point(app, path, i, line, &(*out)[n++]) && ok;
    }
    *count = n;
    return ok;
}

static void verify(struct app *app, struct registry *registry, const struct args *args)
{
    struct registry_head *points = NULL, head;
    struct str hash;
    size_t count;

    if (!read_points(app, option_value(args, CHECKPOINT), &points, &count) ||
        !registry_audit_verify(registry, points, count, &head, &app->err))
        return;
    hash = hex_text(app->arena, head.hash, sizeof head.hash);
    if (option_given(args, JSON))
        printf("{\"ok\":true,\"rows\":%lld,\"head\":\"%.*s\",\"checkpoints\":%zu}\n",
               (long long)head.seq, STR_ARG(hash), count);
    else
        printf("审计链完整：%lld 行，符合 %zu 个检查点\n"
               "the chain is whole: %lld rows, %zu checkpoints met\nhead %.*s\n",
               (long long)head.seq, count, (long long)head.seq, count, STR_ARG(hash));
}

static void show_row(struct app *app, struct buf *line, const struct registry_event *event,
                     bool json)
{
    struct str hash = hex_text(app->arena, event->hash, sizeof event->hash);

    buf_clear(line);
    if (json) {
        buf_printf(line, "{\"seq\":%lld", (long long)event->seq);
        buf_member(line, "at", event->at);
        buf_member(line, "actor", event->actor);
        buf_member(line, "event", event->event);
        buf_member(line, "subject", event->subject);
        buf_text(line, ",\"body\":");
        buf_str(line, event->body);
        buf_member(line, "hash", hash);
        buf_text(line, "}\n");
    } else {
        buf_printf(line, "%lld  %.*s  %.*s  %.*s  %.*s  %.*s\n", (long long)event->seq,
                   STR_ARG(event->at), STR_ARG(event->actor), STR_ARG(event->event),
                   STR_ARG(event->subject), STR_ARG(event->body));
    }
    fwrite(line->p, 1, line->n, stdout);
}

static void show(struct app *app, struct registry *registry, const struct args *args)
{
    struct arena *page = arena_like(app->arena);
    struct registry_event *events;
    size_t count = PAGE;
    int64_t after = 0;
    struct buf line;

    buf_init(&line, ROW_MOST);
    if (!state_number(app, "after", option_value(args, AFTER), &after))
        count = 0;
    while (count == PAGE) {
        arena_reset(page);
        if (!registry_audit(registry, page, after, PAGE, &events, &count, &app->err))
            break;
        for (size_t i = 0; i < count; i++)
            show_row(app, &line, &events[i], option_given(args, JSON));
        after = count ? events[count - 1].seq : after;
    }
    buf_release(&line);
    arena_free(page);
}

static void say_head(struct app *app, struct registry *registry)
{
    struct registry_head head;

    if (registry_head(registry, &head, &app->err))
        printf("danzheng-checkpoint/1 %lld %.*s\n", (long long)head.seq,
               STR_ARG(hex_text(app->arena, head.hash, sizeof head.hash)));
}

static int run(struct app *app, const struct args *args)
{
    int verb = state_verb(app, args->words[0], verbs, COUNT(verbs));
    struct registry *registry;

    if (verb < 0 || !state_open(app, option_value(args, STATE), &registry))
        return report_exit(&app->err);
    if (verb == VERIFY)
        verify(app, registry, args);
    else if (verb == SHOW)
        show(app, registry, args);
    else
        say_head(app, registry);
    registry_close(registry);
    return report_exit(&app->err);
}

const struct command audit_command = {
    .name = "audit",
    .usage = "verify|show|head --state DIR",
    .zh = "核对、列出登记簿的审计链。",
    .en = "Verify or show the audit chain of a registry.",
    .more =
        "verify  walk the whole chain; with --checkpoint also whether its tail was cut off\n"
        "show    the rows; each hash is SHA-256(hash before + row), the row as the JSON array\n"
        "        [seq,at,actor,event,subject,body] and a line feed\n"
        "head    one line to keep elsewhere: danzheng audit head --state DIR >> FILE\n"
        "All of them read while danzheng serve writes.\n",
    .options = options,
    .option_count = COUNT(options),
    .words_least = 1,
    .words_most = 1,
    .run = run,
};
