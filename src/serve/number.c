/* number.c: what is asked of the registry and needs no paper to be made: how many papers a
 * change meets, which there are of a number, how one stands that is being verified. */
#include "serve/front-internal.h"

enum { ANSWER_MOST = 1 << 20 };

void number_ask(struct front *front, struct job *job)
{
    struct errand *errand =
        issue_errand(job, job->op == OP_WITHDRAW ? ERRAND_WITHDRAW : ERRAND_FIND, 0);

    errand->number = str_copy(errand->arena, str_from(job->number));
    errand->why = str_copy(errand->arena, str_from(job->reason));
    errand->paper = job->before;
    job->begun = front->loop.now;
    issue_give(front, job, errand);
}

void number_look(struct front *front, struct job *job, struct str number, struct str code)
{
    struct errand *errand = issue_errand(job, ERRAND_LOOK, 0);

    errand->number = str_copy(errand->arena, number);
    errand->code = str_copy(errand->arena, code);
    issue_give(front, job, errand);
}

/* ---- what comes back */

static void put_count(struct buf *out, const struct job *job, const struct errand *errand)
{
    buf_printf(out, "\"ok\":true,\"op\":\"%s\",\"last\":true,\"%s\":%ld}",
               job->op == OP_REVISE ? "revise" : "withdraw",
               job->op == OP_REVISE ? "superseded" : "withdrawn", errand->count);
}

static void put_papers(struct buf *out, struct arena *arena, const struct errand *errand)
{
    buf_text(out, "\"ok\":true,\"op\":\"status\",\"last\":true,\"papers\":[");
    for (size_t i = 0; i < errand->paper_count && i < FIND_MOST; i++) {
        buf_text(out, i ? "," : "");
        registry_json(out, arena, &errand->papers[i]);
    }
    buf_text(out, errand->paper_count > FIND_MOST ? "],\"more\":true}" : "]}");
}

static void answer(struct front *front, struct job *job, const struct errand *errand)
{
    struct buf rest;

    if (!job_waits(job))
        return;
    if (!errand->ok) {
        job_fail(front, job, &errand->err);
        return;
    }
    buf_init(&rest, STREAM_LINE_MOST);
    if (errand->kind == ERRAND_FIND)
        put_papers(&rest, front->arena, errand);
    else
        put_count(&rest, job, errand);
    job_count(front, job, ERR_NONE, STR_NONE);
    job_say(front, job, buf_view(&rest));
    buf_release(&rest);
}

/* Its verifier waits for this also when its client does not. */
static void looked(struct front *front, struct job *job, const struct errand *errand)
{
    struct buf line;

    if (!job->running || errand->attempt != job->attempt)
        return;
    buf_init(&line, ANSWER_MOST);
    buf_printf(&line, "{\"id\":\"%llu\",\"ok\":%s", (unsigned long long)job->work.ticket,
               errand->ok ? "true" : "false");
    if (!errand->ok)
        answer_error(&line, front->arena, &errand->err);
    for (size_t i = 0; errand->ok && i < errand->paper_count; i++) {
        const struct registry_paper *paper = &errand->papers[i];

        buf_printf(&line, ",\"standing\":%d,\"newer\":%lld", (int)paper->standing,
                   (long long)paper->newer);
        buf_member(&line, "since", paper->since);
        buf_member(&line, "why", paper->why);
    }
    buf_text(&line, "}\n");
    pool_tell(front->pool, &job->work, buf_view(&line));
    buf_release(&line);
}

void number_back(struct front *front, struct job *job, const struct errand *errand)
{
    if (errand->kind == ERRAND_LOOK)
        looked(front, job, errand);
    else
        answer(front, job, errand);
}
