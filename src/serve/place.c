/* place.c: the places that a request's papers have in the registry. They are held in the order
 * of their outputs' names: a request that waits for one that somebody else is making holds none
 * of those behind it, so nobody waits in a ring. */
#include "serve/front-internal.h"

#include <string.h>

/* What was begun for this place and will not be made. */
void place_give_back(struct front *front, struct job *job, struct place *place, const char *why)
{
    if (place->paper)
        issue_void(front, job, place->paper, why);
    place->paper = 0;
}

bool place_waits(const struct place *place)
{
    return place->state == PLACE_BUSY || place->state == PLACE_BEHIND;
}

/* What was begun in this attempt and is not made. */
void places_drop(struct front *front, struct job *job, const char *why)
{
    for (size_t i = 0; i < job->place_count; i++) {
        struct place *place = &job->places[i];

        if (!place_waits(place) && place->state != PLACE_GRANTED)
            continue;
        place_give_back(front, job, place, why);
        place->state = PLACE_OPEN;
    }
}

void place_begin(struct front *front, struct job *job, size_t n)
{
    struct errand *errand = issue_errand(job, ERRAND_BEGIN, n);

    errand->record = job->record;
    errand->ask = (struct registry_ask){
        .record = &errand->record,
        .output = job->places[n].output,
        .parameters = job->parameters,
        .copy = job->op == OP_ISSUE,
        .reason = str_from(job->reason),
        .key = str_from(job->wish),
    };
    memcpy(errand->ask.request, job->digest, sizeof job->digest);
    job->begins++;
    issue_give(front, job, errand);
}

static bool is_behind(const struct place *place, const struct place *other)
{
    return str_cmp(place->output, other->output) > 0;
}

static void wait_behind(struct front *front, struct job *job, struct place *place)
{
    place_give_back(front, job, place, "PAPER_IN_PROGRESS");
    place->state = PLACE_BEHIND;
    job->begins++;
}

/* Somebody else is making it: what is held behind it is given back meanwhile. */
void place_busy(struct front *front, struct job *job, struct place *place)
{
    place->state = PLACE_BUSY;
    job->begins++;
    for (size_t i = 0; i < job->place_count; i++) {
        if (job->places[i].state == PLACE_GRANTED && is_behind(&job->places[i], place))
            wait_behind(front, job, &job->places[i]);
    }
}

static const struct place *busy(const struct job *job)
{
    const struct place *first = NULL;

    for (size_t i = 0; i < job->place_count; i++) {
        if (job->places[i].state == PLACE_BUSY && (!first || is_behind(first, &job->places[i])))
            first = &job->places[i];
    }
    return first;
}

/* With nobody in its way any more, what waits behind is asked for again. */
void places_ask(struct front *front, struct job *job)
{
    for (size_t i = 0; i < job->place_count && !busy(job); i++) {
        if (job->places[i].state != PLACE_BEHIND)
            continue;
        job->places[i].state = PLACE_OPEN;
        job->begins--;
        place_begin(front, job, i);
    }
}

void place_begun(struct front *front, struct job *job, struct place *place,
                 const struct registry_paper *paper)
{
    const struct place *first = busy(job);

    place->paper = paper->id;
    place->duplicate = paper->duplicate;
    place->state = PLACE_GRANTED;
    if (first && is_behind(place, first))
        wait_behind(front, job, place);
}

void places_tick(struct front *front)
{
    for (struct conn *conn = front->conns; conn; conn = conn->next) {
        for (struct job *job = conn->oldest; job; job = job->younger) {
            for (size_t i = 0; i < job->place_count; i++) {
                if (job->places[i].state != PLACE_BUSY)
                    continue;
                job->places[i].state = PLACE_OPEN;
                job->begins--;
                place_begin(front, job, i);
            }
        }
    }
}
