/* canary.c: a paper that nobody asked for, made of a record that is nobody's: each new renderer
 * makes it first, and when there is nothing else to do one makes it now and then. So the
 * service knows that it can do what it is there for. It proves nothing, a check sheet: no key
 * may vouch for a paper that nobody was to have; where the sealer refuses even that, because of
 * its keys, its rules or its log, the rest is made without. */
#include "serve/front-internal.h"

#include "record/boundary.h"

#include <stdlib.h>
#include <string.h>

enum { HEAD_MOST = 4096, MISSED = 3 };

static bool find_paper(struct arena *arena, const struct kind *kind, const struct rules *rules,
                       struct str *status, struct str *output)
{
    size_t count;
    const struct status *statuses = rules_statuses(rules, kind, &count);

    for (size_t i = 0; i < count; i++) {
        for (size_t k = 0; k < kind->output_count; k++) {
            const struct rules_ask ask = {kind, statuses[i].code, &kind->outputs[k], true,
                                          true};

            if (ask.output->formal || !rules_decide(rules, arena, &ask).allowed)
                continue;
            *status = statuses[i].code;
            *output = kind->outputs[k].id;
            return true;
        }
    }
    return false;
}

void canary_prepare(struct front *front, const struct kinds *kinds, const struct rules *rules)
{
    struct str status, output;

    buf_release(&front->canary_head);
    buf_release(&front->canary_body);
    buf_init(&front->canary_head, HEAD_MOST);
    buf_init(&front->canary_body, STREAM_BODY_MOST);
    for (size_t i = 0; i < kinds->count; i++) {
        if (!find_paper(front->arena, &kinds->all[i], rules, &status, &output))
            continue;
        buf_str(&front->canary_body,
                boundary_json(front->arena, &kinds->all[i], BOUNDARY_ONE, status, NULL, 0));
        buf_printf(&front->canary_head,
                   "\"op\":\"render\",\"trial\":true,\"outputs\":[\"%.*s\"],\"bytes\":%zu}\n",
                   STR_ARG(output), front->canary_body.n);
        return;
    }
}

void canary_send(struct front *front, struct seat *seat)
{
    struct job *job;

    if (front->canary_body.n == 0 || !seat_is_idle(seat))
        return;
    job = calloc(1, sizeof *job);
    if (!job)
        abort();
    buf_init(&job->head, HEAD_MOST);
    buf_init(&job->body, STREAM_BODY_MOST);
    buf_init(&job->fault, HEAD_MOST);
    buf_str(&job->head, buf_view(&front->canary_head));
    buf_str(&job->body, buf_view(&front->canary_body));
    job->work.ticket = ++front->tickets;
    job->canary = job->work.extra = true;
    job->begun = front->canary_at = front->loop.now;
    job_send(front, seat, job);
}

void canary_answered(struct front *front, enum err_code code)
{
    if (code == ERR_NONE)
        front->answered_at = front->loop.now;
    if (code == ERR_NONE || code == SEALER_DOWN || code == SEALER_FAULT)
        front->alive_at = front->loop.now;
    front->counts.canaries++;
}

static bool since(const struct front *front, int64_t when, int64_t times)
{
    return when && front->loop.now - when < times * front->settings->canary * 1000;
}

/* Where papers are made all the time none is needed. */
void canary_tick(struct front *front)
{
    struct seat *seat;

    if (since(front, front->answered_at, 1) || since(front, front->canary_at, 1))
        return;
    seat = pool_free(front->pool, SEAT_RENDERS);
    if (seat)
        canary_send(front, seat);
}

bool canary_well(const struct front *front)
{
    return since(front, front->answered_at, MISSED);
}

bool canary_alive(const struct front *front)
{
    return canary_well(front) || since(front, front->alive_at, MISSED);
}
