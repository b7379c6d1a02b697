/* pool.c: renderers, as the front sees them: a socket and at most two requests each. */
#include "serve/front-internal.h"

#include "serve/control.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

enum { PDF_MOST = 256 << 20, SEALERLESS_MS = 1000 };

/* A renderer does what it is told in the order that it is told: this one it had not done
 * yet. */
static const struct job *at_work(const struct seat *seat)
{
    const struct job *first = NULL;

    for (int i = 0; i < seat->count; i++) {
        const struct job *job = seat->jobs[i];

        if (job->told && (!first || job->told < first->told))
            first = job;
    }
    return first;
}

/* The seat is empty; what it had goes on. Who was at work there is to blame. */
static void seat_drop(struct front *front, struct seat *seat, enum lost lost)
{
    static const char *const reasons[] = {"crash", "hang", "garbled", "recycled"};
    bool blamed = lost != LOST_RECYCLED;
    const struct job *culprit = blamed ? at_work(seat) : NULL;
    struct job *jobs[SEAT_JOBS];
    int count = seat->count;

    struct log_line line;

    front->counts.lost[lost]++;
    if (blamed) {
        log_begin(&line, LOG_WARNING, "renderer lost");
        log_number(&line, "seat", seat->index);
        log_text(&line, "reason", str_from(reasons[lost]));
        log_number(&line, "requests", count);
        log_end(&line);
    }
    source_close(front, &seat->source);
    stream_release(&seat->in);
    chunks_drop(&seat->out);
    memcpy(jobs, seat->jobs, sizeof jobs);
    seat->count = 0;
    arena_reset(front->arena);
    for (int i = count; i-- > 0;)
        job_lost(front, jobs[i], jobs[i] == culprit);
}

static void seat_kill(struct front *front, struct seat *seat, enum lost reason)
{
    const struct control lost = {
        .word = CONTROL_KILL, .slot = seat->index, .number = seat->number};

    (void)control_send(front->control, &lost, -1);
    seat_drop(front, seat, reason);
}

static void job_over(struct front *front, struct seat *seat, struct job *job)
{
    int at = 0;

    while (seat->jobs[at] != job)
        at++;
    seat->count--;
    memmove(seat->jobs + at, seat->jobs + at + 1,
            (size_t)(seat->count - at) * sizeof(struct job *));
    issue_over(front, job);
    job_stops(front, job);
    job_settle(front, job);
    pool_grant(front, seat);
}

static struct job *job_of(const struct seat *seat, uint64_t ticket)
{
    for (int i = 0; i < seat->count; i++) {
        if (seat->jobs[i]->ticket == ticket)
            return seat->jobs[i];
    }
    return NULL;
}

enum answered { ANSWERED, ANSWER_MORE, ANSWER_BAD };

/* {"id":"17",MARK… */
static bool begins(struct str line, struct str mark)
{
    size_t at = sizeof "{\"id\":\"" - 1;

    while (at < line.n && line.p[at] >= '0' && line.p[at] <= '9')
        at++;
    return line.n > at + 2 + mark.n && memcmp(line.p + at + 2, mark.p, mark.n) == 0;
}

static enum answered take_ask(struct front *front, struct seat *seat, struct str line)
{
    struct wire_ask ask;
    struct str canonical;
    enum stream_found found;
    struct job *job;

    arena_reset(front->arena);
    if (!wire_ask_read(front->arena, line, &ask))
        return ANSWER_BAD;
    job = job_of(seat, strtoull(arena_text(front->arena, ask.id.p, ask.id.n), NULL, 10));
    found = stream_body(&seat->in, (size_t)ask.bytes, &canonical);
    if (found == STREAM_MORE)
        return ANSWER_MORE;
    return found == STREAM_FOUND && job && issue_asked(front, job, &ask, canonical)
               ? ANSWERED
               : ANSWER_BAD;
}

/* The verifier wants to know how a paper stands. */
static enum answered take_look(struct front *front, const struct seat *seat, struct str line)
{
    struct arena *arena = front->arena;
    struct wire_request look;
    struct job *job;
    struct err err;

    arena_reset(arena);
    err_init(&err, arena);
    if (!seat->verifies || !front->clerk || !wire_request_read(arena, line, &look, &err) ||
        !err_ok(&err))
        return ANSWER_BAD;
    job = job_of(seat, strtoull(arena_text(arena, look.id.p, look.id.n), NULL, 10));
    if (!job || !look.number.n)
        return ANSWER_BAD;
    number_look(front, job, look.number, look.key);
    return ANSWERED;
}

static enum answered take_made(struct front *front, struct seat *seat, struct str line)
{
    struct str body = STR_NONE;
    struct answer_line cut;
    struct job *job;

    if (!answer_cut(line, &cut) || cut.bytes > PDF_MOST || !(job = job_of(seat, cut.ticket)))
        return ANSWER_BAD;
    if (cut.bytes > 0) {
        enum stream_found found = stream_body(&seat->in, cut.bytes, &body);

        if (found != STREAM_FOUND)
            return found == STREAM_MORE ? ANSWER_MORE : ANSWER_BAD;
    }
    arena_reset(front->arena);
    if (cut.over)
        job_over(front, seat, job);
    else if (!issue_made(front, job, &cut, body))
        return ANSWER_BAD;
    return ANSWERED;
}

/* One message, once its line and body are here. Both are asked for together, so that nothing is
 * kept between two turns. */
static enum answered take_message(struct front *front, struct seat *seat)
{
    size_t start = seat->in.start;
    enum answered answered;
    struct str line;
    enum stream_found found = stream_line(&seat->in, &line);

    if (found != STREAM_FOUND)
        return found == STREAM_MORE ? ANSWER_MORE : ANSWER_BAD;
    if (begins(line, STR("\"ask\":[")))
        answered = take_ask(front, seat, line);
    else if (begins(line, STR("\"op\":\"look\"")))
        answered = take_look(front, seat, line);
    else
        answered = take_made(front, seat, line);
    if (answered == ANSWER_MORE)
        seat->in.start = start;
    else
        seat->since = front->now;
    return answered;
}

static void seat_read(struct front *front, struct seat *seat)
{
    enum answered answered;
    size_t room;
    char *to = stream_room(&seat->in, &room);
    ssize_t n = to ? read(seat->source.fd, to, room) : 0;

    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (n <= 0) {
        seat_drop(front, seat, LOST_CRASH);
        return;
    }
    stream_fill(&seat->in, (size_t)n);
    do
        answered = take_message(front, seat);
    while (answered == ANSWERED);
    if (answered == ANSWER_BAD)
        seat_kill(front, seat, LOST_GARBLED);
}

static void seat_watch(struct front *front, struct seat *seat)
{
    source_watch(front, &seat->source, EPOLLIN | (seat->out.first ? (unsigned)EPOLLOUT : 0));
}

static void seat_ready(struct front *front, struct source *source, unsigned events)
{
    struct seat *seat = source->owner;

    if (events & EPOLLOUT && !chunks_write(front, &seat->out, source->fd))
        events |= EPOLLIN; /* and reading tells that it is gone */
    if (events & (EPOLLIN | EPOLLHUP | EPOLLERR))
        seat_read(front, seat);
    if (seat->source.fd >= 0)
        seat_watch(front, seat);
}

void pool_add(struct front *front, const struct control *control, int fd)
{
    int index = control->slot;
    struct seat *seat = &front->seats[index];

    if (seat->source.fd >= 0)
        seat_drop(front, seat, LOST_CRASH);
    *seat = (struct seat){.index = index,
                          .number = control->number,
                          .verifies = control->verifies,
                          .begun = front->now};
    seat->source = (struct source){.fd = fd, .ready = seat_ready, .owner = seat};
    stream_init(&seat->in, STREAM_LINE_MOST, PDF_MOST);
    if (index >= front->seat_count)
        front->seat_count = index + 1;
    front->counts.renderers++;
    seat_watch(front, seat);
    canary_send(front, seat);
}

void pool_send(struct front *front, struct seat *seat, struct job *job)
{
    struct buf frame;

    buf_init(&frame, (size_t)STREAM_BODY_MOST + STREAM_LINE_MOST);
    buf_printf(&frame, "{\"id\":\"%llu\",", (unsigned long long)job->ticket);
    buf_str(&frame, buf_view(&job->head));
    buf_str(&frame, buf_view(&job->body));
    buf_byte(&frame, '\n');
    chunks_add(&seat->out, &frame);
    job_runs(job);
    job->seat = seat;
    job->told = ++front->words;
    if (seat->count == 0)
        seat->since = front->now;
    seat->jobs[seat->count++] = job;
    seat->served += !job->canary;
    seat->retiring = seat->retiring || seat->served >= front->settings->recycle;
    (void)chunks_write(front, &seat->out, seat->source.fd);
    seat_watch(front, seat);
}

void pool_tell(struct front *front, struct job *job, struct buf *line)
{
    struct seat *seat = job->seat;

    job->told = ++front->words;
    seat->since = front->now;
    chunks_add(&seat->out, line);
    (void)chunks_write(front, &seat->out, seat->source.fd);
    seat_watch(front, seat);
}

/* Lane before lane, then as they came; a seat's jobs are in that order already. */
void pool_grant(struct front *front, struct seat *seat)
{
    for (;;) {
        struct job *best = NULL;
        int granted = 0;

        for (int i = 0; i < seat->count; i++) {
            struct job *job = seat->jobs[i];

            granted += job->granted;
            if (job->ready && !job->granted &&
                (!best ||
                 (job->rights && best->rights && job->rights->lane < best->rights->lane)))
                best = job;
        }
        if (!best || granted >= SEAT_GRANTS)
            return;
        issue_grant(front, best);
    }
}

/* The one with least to do; NULL when all have enough. A verifier that asks the registry hears
 * nothing else until it is answered. */
static struct seat *seat_free(struct front *front, bool verify)
{
    int most = !front->clerk ? SEAT_GRANTS : verify ? 1 : SEAT_JOBS;
    struct seat *best = NULL;

    for (int i = 0; i < front->seat_count; i++) {
        struct seat *seat = &front->seats[i];

        if (seat->source.fd < 0 || seat->retiring || seat->count == most ||
            seat->verifies != verify)
            continue;
        if (!best || seat->count < best->count)
            best = seat;
    }
    return best;
}

void pool_feed(struct front *front)
{
    struct seat *seat;
    struct job *job;

    for (int i = 0; i < front->seat_count; i++) {
        seat = &front->seats[i];
        if (seat->source.fd >= 0 && seat->retiring && seat->count == 0)
            seat_drop(front, seat, LOST_RECYCLED);
    }
    for (int verify = 0; verify < 2; verify++) {
        while ((seat = seat_free(front, verify)) && (job = job_pick(front, verify)))
            pool_send(front, seat, job);
    }
}

/* One that came without a sealer says so to whoever asks, until it is time to look again. */
void pool_tick(struct front *front)
{
    for (int i = 0; i < front->seat_count; i++) {
        struct seat *seat = &front->seats[i];

        if (seat->sealerless && front->now - seat->begun >= SEALERLESS_MS)
            seat->retiring = true;
        if (seat->source.fd >= 0 && seat->count &&
            front->now - seat->since > front->settings->patience * 1000)
            seat_kill(front, seat, LOST_HANG);
    }
}

void pool_retire(struct front *front)
{
    for (int i = 0; i < front->seat_count; i++)
        front->seats[i].retiring = true;
}

bool pool_idle(const struct front *front)
{
    for (int i = 0; i < front->seat_count; i++) {
        if (front->seats[i].count)
            return false;
    }
    return true;
}
