/* refuse.c: what is refused by rules, roles or registry, told to the audit. A client in a loop
 * must not fill it: of each actor and code the first so many in a minute are written in full,
 * the others are counted, and the count is a row of its own when the minute is over. */
#include "serve/front-internal.h"

#include <stdio.h>
#include <stdlib.h>

enum { BODY_MOST = 1 << 20, MINUTE_MS = 60000 };

/* ---- how many */

/* An actor's refusals with a code since then. */
struct span {
    struct span *next;
    uid_t actor;
    enum err_code code;
    int64_t since;
    long told, counted;
};

struct spans {
    struct span *first;
};

struct spans *spans_new(void)
{
    struct spans *spans = calloc(1, sizeof *spans);

    if (!spans)
        abort();
    return spans;
}

void spans_free(struct spans *spans)
{
    while (spans->first) {
        struct span *span = spans->first;

        spans->first = span->next;
        free(span);
    }
    free(spans);
}

bool spans_add(struct spans *spans, uid_t actor, enum err_code code, long most, int64_t now,
               bool *first)
{
    struct span *span = spans->first;

    while (span && (span->actor != actor || span->code != code))
        span = span->next;
    if (!span) {
        span = calloc(1, sizeof *span);
        if (!span)
            abort();
        *span = (struct span){spans->first, actor, code, now, 0, 0};
        spans->first = span;
    }
    if (span->told < most) {
        span->told++;
        return true;
    }
    *first = ++span->counted == 1;
    return false;
}

bool spans_due(struct spans *spans, int64_t now, bool all, struct counted *out)
{
    struct span **at = &spans->first;

    while (*at) {
        struct span *span = *at;

        if (!all && now - span->since < MINUTE_MS) {
            at = &span->next;
            continue;
        }
        *out = (struct counted){span->actor, span->code, span->counted};
        *at = span->next;
        free(span);
        if (out->count > 0)
            return true;
    }
    return false;
}

/* ---- rows of the audit */

static struct errand *row(uid_t actor)
{
    char name[32];

    snprintf(name, sizeof name, "uid:%ld", (long)actor);
    return errand_new(ERRAND_REFUSE, str_from(name));
}

/* Takes the body. */
static void give(struct front *front, struct errand *errand, struct buf *body)
{
    errand->why = str_copy(errand->arena, buf_view(body));
    buf_release(body);
    clerk_give(front->clerk, errand);
}

/* Is a row due? Nothing is left out in silence: where the rows end and counting begins, the
 * log has it at once. */
static bool is_full(struct front *front, uid_t actor, enum err_code code)
{
    struct log_line line;
    bool first;

    if (spans_add(front->spans, actor, code, front->settings->refusals, front->loop.now,
                  &first)) {
        front->counts.refusals++;
        return true;
    }
    front->counts.refusals_counted++;
    if (!first)
        return false;
    log_begin(&line, LOG_WARNING, "refusals are counted, no more written");
    log_number(&line, "uid", (long long)actor);
    log_text(&line, "code", str_from(err_info(code)->name));
    log_end(&line);
    return false;
}

static bool is_refusal(enum err_code code)
{
    const enum err_code like = PRINT_NOT_PERMITTED;

    return code != ERR_NONE && err_info(code)->exit == err_info(like)->exit;
}

/* "NUMBER/v3/goods_list", as far as it is known. */
static struct str subject_of(struct arena *arena, const struct job *job, struct str output)
{
    const struct registry_record *record = &job->record;

    if (job->number)
        return str_copy(arena, str_from(job->number));
    if (!record->number.n || record->number.n > WIRE_TEXT_MOST)
        return str_copy(arena, output);
    return str_printf(arena, "%.*s/v%lld%s%.*s", STR_ARG(record->number),
                      (long long)record->version, output.n ? "/" : "", STR_ARG(output));
}

void refuse_job(struct front *front, const struct job *job, struct str output,
                enum err_code code, struct str rule)
{
    struct errand *errand;
    struct buf body;

    if (!front->clerk || job->canary || !is_refusal(code) || !is_full(front, job->uid, code))
        return;
    errand = row(job->uid);
    buf_init(&body, BODY_MOST);
    buf_printf(&body, "{\"code\":\"%s\"", err_info(code)->name);
    buf_member(&body, "rule", rule);
    buf_member(&body, "op", str_from(ask_word(job->asked)));
    buf_member(&body, "role", job->rights->name);
    if (job->record.status.n <= WIRE_TEXT_MOST)
        buf_member(&body, "status", job->record.status);
    buf_byte(&body, '}');
    errand->number = subject_of(errand->arena, job, output);
    give(front, errand, &body);
}

void refuse_peer(struct front *front, uid_t uid, const struct err *err)
{
    const struct fault *fault = err_fault(err);
    struct errand *errand;
    struct buf body;

    if (!front->clerk || !is_refusal(fault->code) || !is_full(front, uid, fault->code))
        return;
    errand = row(uid);
    buf_init(&body, BODY_MOST);
    buf_printf(&body, "{\"code\":\"%s\"", err_info(fault->code)->name);
    buf_member(&body, "rule", where_text(front->arena, fault->rule));
    buf_member(&body, "op", STR("connect"));
    buf_byte(&body, '}');
    errand->number = STR_NONE;
    give(front, errand, &body);
}

void refuse_counted(struct front *front, bool all)
{
    struct counted counted;

    while (front->clerk && spans_due(front->spans, front->loop.now, all, &counted)) {
        struct buf body;

        buf_init(&body, BODY_MOST);
        buf_printf(&body, "{\"code\":\"%s\",\"more\":%ld}", err_info(counted.code)->name,
                   counted.count);
        give(front, row(counted.actor), &body);
    }
}
