/* pool.c: a socket and a few requests each. */
#include "serve/pool.h"

#include "serve/log.h"
#include "serve/stream.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { PDF_MOST = 256 << 20, TICK_MS = 100, FORSAKEN_MS = 1000, KEEP = 1 << 20 };

struct seat {
    struct pool *pool;
    struct source source;
    int index;
    unsigned number;
    struct stream in;
    struct buf out;
    size_t sent; /* of out */
    struct work *works[SEAT_JOBS];
    int count;
    int64_t since; /* when it last showed life, or was given work after having none */
    int64_t begun; /* when it came */
    long served;
    enum seat_kind kind;
    bool retiring;
    bool forsaken;  /* its sealer, or time-stamp authority, is gone; another one may find it */
    bool exhausted; /* its memory ended, and it ends: nobody is to blame */
    bool mute;      /* it cannot be told any more */
};

struct pool {
    struct pool_options options;
    struct source control;
    struct seat seats[SEATS_MOST];
    int count;
    uint64_t words; /* that renderers were told */
    int64_t ticked;
    struct pool_counts counts;
};

/* ---- what is lost */

/* A renderer does what it is told in the order that it is told: this one it had not done
 * yet. */
static const struct work *at_work(const struct seat *seat)
{
    const struct work *first = NULL;

    for (int i = 0; i < seat->count; i++) {
        const struct work *work = seat->works[i];

        if (work->told && (!first || work->told < first->told))
            first = work;
    }
    return first;
}

static void log_lost(const struct seat *seat, enum lost lost)
{
    static const char *const reasons[] = {"crash", "hang", "garbled", "recycled"};
    struct log_line line;

    log_begin(&line, LOG_WARNING, "renderer lost");
    log_number(&line, "seat", seat->index);
    log_text(&line, "reason", str_from(reasons[lost]));
    log_number(&line, "requests", seat->count);
    log_end(&line);
}

/* The seat is empty; what it had goes on. Who was at work there is to blame. */
static void seat_drop(struct seat *seat, enum lost lost)
{
    const struct pool_options *options = &seat->pool->options;
    bool blamed = lost != LOST_RECYCLED && !seat->exhausted && !seat->mute;
    const struct work *culprit = blamed ? at_work(seat) : NULL;
    struct work *works[SEAT_JOBS];
    int count = seat->count;

    seat->pool->counts.lost[lost]++;
    if (blamed)
        log_lost(seat, lost);
    source_close(options->loop, &seat->source);
    stream_release(&seat->in);
    buf_release(&seat->out);
    memcpy(works, seat->works, sizeof works);
    seat->count = 0;
    arena_reset(options->arena);
    for (int i = count; i-- > 0;) {
        works[i]->seat = NULL;
        options->ears->lost(options->user, works[i], works[i] == culprit);
    }
}

static void seat_kill(struct seat *seat, enum lost reason)
{
    const struct control lost = {
        .word = CONTROL_KILL, .slot = seat->index, .number = seat->number};

    (void)control_send(seat->pool->options.control, &lost, -1);
    seat_drop(seat, reason);
}

/* ---- what is granted */

/* Lane before lane, then as they came; a seat's requests are in that order already. */
static void grant(struct seat *seat)
{
    const struct pool_options *options = &seat->pool->options;

    for (;;) {
        struct work *best = NULL;
        int granted = 0;

        for (int i = 0; i < seat->count; i++) {
            struct work *work = seat->works[i];

            granted += work->granted;
            if (work->ready && !work->granted && (!best || work->lane < best->lane))
                best = work;
        }
        if (!best || granted >= options->grants)
            return;
        best->granted = true;
        options->ears->grant(options->user, best);
    }
}

void pool_ready(struct pool *pool, struct work *work)
{
    (void)pool;
    work->ready = true;
    grant(work->seat);
}

/* ---- what renderers say */

static struct work *work_of(const struct seat *seat, uint64_t ticket)
{
    for (int i = 0; i < seat->count; i++) {
        if (seat->works[i]->ticket == ticket)
            return seat->works[i];
    }
    return NULL;
}

static void work_over(struct seat *seat, struct work *work)
{
    const struct pool_options *options = &seat->pool->options;
    int at = 0;

    while (seat->works[at] != work)
        at++;
    seat->count--;
    memmove(seat->works + at, seat->works + at + 1,
            (size_t)(seat->count - at) * sizeof(struct work *));
    work->seat = NULL;
    options->ears->over(options->user, work);
    grant(seat);
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

static uint64_t ticket_of(struct arena *arena, struct str id)
{
    return strtoull(arena_text(arena, id.p, id.n), NULL, 10);
}

static enum answered take_ask(struct seat *seat, struct str line)
{
    const struct pool_options *options = &seat->pool->options;
    struct wire_ask ask;
    struct str canonical;
    enum stream_found found;
    struct work *work;

    arena_reset(options->arena);
    if (!wire_ask_read(options->arena, line, &ask))
        return ANSWER_BAD;
    work = work_of(seat, ticket_of(options->arena, ask.id));
    found = stream_body(&seat->in, (size_t)ask.bytes, &canonical);
    if (found == STREAM_MORE)
        return ANSWER_MORE;
    if (found != STREAM_FOUND || !work)
        return ANSWER_BAD;
    work->told = 0;
    return options->ears->asked(options->user, work, &ask, canonical) ? ANSWERED : ANSWER_BAD;
}

/* The verifier wants to know how a paper stands. */
static enum answered take_look(struct seat *seat, struct str line)
{
    const struct pool_options *options = &seat->pool->options;
    struct arena *arena = options->arena;
    struct wire_request look;
    struct work *work;
    struct err err;

    arena_reset(arena);
    err_init(&err, arena);
    if (seat->kind != SEAT_VERIFIES || !wire_request_read(arena, line, &look, &err) ||
        !err_ok(&err))
        return ANSWER_BAD;
    work = work_of(seat, ticket_of(arena, look.id));
    if (!work || !look.number.n)
        return ANSWER_BAD;
    work->told = 0;
    return options->ears->look(options->user, work, &look) ? ANSWERED : ANSWER_BAD;
}

static void note_fault(struct seat *seat, struct str code)
{
    enum err_code found = ERR_NONE;

    if (!err_find(code, &found))
        return;
    seat->forsaken = seat->forsaken || found == SEALER_DOWN || found == SEALER_FAULT ||
                     found == STAMP_FAILED;
    seat->exhausted = seat->exhausted || found == MEMORY_LIMIT;
}

static enum answered take_made(struct seat *seat, struct str line)
{
    const struct pool_options *options = &seat->pool->options;
    struct str body = STR_NONE;
    struct answer_line cut;
    struct work *work;

    if (!answer_cut(line, &cut) || cut.bytes > PDF_MOST || !(work = work_of(seat, cut.ticket)))
        return ANSWER_BAD;
    if (cut.bytes > 0) {
        enum stream_found found = stream_body(&seat->in, cut.bytes, &body);

        if (found != STREAM_FOUND)
            return found == STREAM_MORE ? ANSWER_MORE : ANSWER_BAD;
    }
    arena_reset(options->arena);
    if (!cut.over && !cut.ok)
        note_fault(seat, cut.code);
    if (cut.over)
        work_over(seat, work);
    else if (!options->ears->made(options->user, work, &cut, body))
        return ANSWER_BAD;
    return ANSWERED;
}

/* One message, once its line and body are here. Both are asked for together, so that nothing is
 * kept between two turns. */
static enum answered take_message(struct seat *seat)
{
    size_t start = seat->in.start;
    enum answered answered;
    struct str line;
    enum stream_found found = stream_line(&seat->in, &line);

    if (found != STREAM_FOUND)
        return found == STREAM_MORE ? ANSWER_MORE : ANSWER_BAD;
    if (seat->kind == SEAT_STAMPS) /* it is told of nothing that it could ask about */
        answered = take_made(seat, line);
    else if (begins(line, STR("\"ask\":[")))
        answered = take_ask(seat, line);
    else if (begins(line, STR("\"op\":\"look\"")))
        answered = take_look(seat, line);
    else
        answered = take_made(seat, line);
    if (answered == ANSWER_MORE)
        seat->in.start = start;
    return answered;
}

static void seat_read(struct seat *seat)
{
    enum answered answered;
    size_t room;
    char *to = stream_room(&seat->in, &room);
    ssize_t n = to ? read(seat->source.fd, to, room) : 0;

    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (n <= 0) {
        seat_drop(seat, LOST_CRASH);
        return;
    }
    seat->since = seat->pool->options.loop->now;
    stream_fill(&seat->in, (size_t)n);
    do
        answered = take_message(seat);
    while (answered == ANSWERED);
    if (answered == ANSWER_BAD)
        seat_kill(seat, LOST_GARBLED);
}

/* ---- what they are told */

/* What the socket takes. That nobody reads any more is told by reading. */
static void seat_write(struct seat *seat)
{
    struct buf *out = &seat->out;

    while (seat->sent < out->n) {
        ssize_t n = send(seat->source.fd, out->p + seat->sent, out->n - seat->sent,
                         MSG_DONTWAIT | MSG_NOSIGNAL);

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            break;
        seat->sent += (size_t)n;
    }
    if (seat->sent == out->n) {
        seat->sent = 0;
        buf_clear(out);
        if (out->cap > KEEP)
            buf_release(out);
    }
    source_watch(seat->pool->options.loop, &seat->source,
                 EPOLLIN | (out->n ? (unsigned)EPOLLOUT : 0));
}

static void seat_ready(void *user, struct source *source, unsigned events)
{
    struct seat *seat = source->owner;

    (void)user;
    if (events & EPOLLOUT)
        seat_write(seat);
    if (events & (EPOLLIN | EPOLLHUP | EPOLLERR))
        seat_read(seat);
}

/* Where memory ended it is not told, and the renderer replaced by one that is. */
static void seat_told(struct seat *seat, struct work *work)
{
    if (!at_work(seat))
        seat->since = seat->pool->options.loop->now;
    work->told = ++seat->pool->words;
    seat->mute = seat->out.failed;
    if (!seat->mute)
        seat_write(seat);
}

void pool_send(struct pool *pool, struct seat *seat, struct work *work, struct str head,
               struct str body)
{
    buf_printf(&seat->out, "{\"id\":\"%llu\",", (unsigned long long)work->ticket);
    buf_str(&seat->out, head);
    buf_str(&seat->out, body);
    buf_byte(&seat->out, '\n');
    work->kind = seat->kind;
    work->ready = work->granted = false;
    work->told = 0;
    work->seat = seat;
    seat->works[seat->count++] = work;
    seat->served += !work->extra;
    seat->retiring = seat->retiring || seat->served >= pool->options.recycle;
    seat_told(seat, work);
}

void pool_tell(struct pool *pool, struct work *work, struct str line)
{
    (void)pool;
    buf_str(&work->seat->out, line);
    seat_told(work->seat, work);
}

/* ---- which there are */

static void seat_come(struct pool *pool, const struct control *control, int fd)
{
    int index = control->slot;
    struct seat *seat = &pool->seats[index];

    if (seat->source.fd >= 0)
        seat_drop(seat, LOST_CRASH);
    *seat = (struct seat){.pool = pool,
                          .index = index,
                          .number = control->number,
                          .kind = control->kind,
                          .begun = pool->options.loop->now};
    seat->source = (struct source){.fd = fd, .ready = seat_ready, .owner = seat};
    stream_init(&seat->in, STREAM_LINE_MOST, PDF_MOST);
    buf_init(&seat->out, SEAT_JOBS * 2 * ((size_t)STREAM_BODY_MOST + STREAM_LINE_MOST));
    if (index >= pool->count)
        pool->count = index + 1;
    pool->counts.came++;
    source_watch(pool->options.loop, &seat->source, EPOLLIN);
    if (pool->options.ears->came && seat->kind == SEAT_RENDERS)
        pool->options.ears->came(pool->options.user, seat);
}

static void control_ready(void *user, struct source *source, unsigned events)
{
    struct pool *pool = source->owner;
    struct control control;
    bool none;
    int fd;

    (void)events;
    while (control_receive(source->fd, &control, &fd, &none)) {
        if (none)
            return;
        if (control.word == CONTROL_RENDERER && fd >= 0 && control.slot < SEATS_MOST)
            seat_come(pool, &control, fd);
        else if (control.word != CONTROL_RENDERER)
            pool->options.ears->told(user, control.word);
    }
    _exit(err_info(INTERNAL)->exit); /* without a supervisor nothing is mended */
}

struct pool *pool_open(const struct pool_options *options)
{
    struct pool *pool = calloc(1, sizeof *pool);

    if (!pool)
        abort();
    pool->options = *options;
    for (int i = 0; i < SEATS_MOST; i++)
        pool->seats[i].source.fd = -1;
    pool->control =
        (struct source){.fd = options->control, .ready = control_ready, .owner = pool};
    source_watch(options->loop, &pool->control, EPOLLIN);
    return pool;
}

void pool_close(struct pool *pool)
{
    for (int i = 0; pool && i < pool->count; i++) {
        struct seat *seat = &pool->seats[i];

        if (seat->source.fd < 0)
            continue;
        source_close(pool->options.loop, &seat->source);
        stream_release(&seat->in);
        buf_release(&seat->out);
    }
    free(pool);
}

void pool_change(struct pool *pool, const long patience[SEAT_KINDS], long recycle)
{
    memcpy(pool->options.patience, patience, sizeof pool->options.patience);
    pool->options.recycle = recycle;
}

/* A verifier that asks the registry hears nothing else until it is answered; nor does one that
 * asks for time-stamps. */
static int most_of(const struct pool *pool, enum seat_kind kind)
{
    if (kind == SEAT_STAMPS || (kind == SEAT_VERIFIES && pool->options.depth > SEAT_GRANTS))
        return 1;
    return pool->options.depth;
}

struct seat *pool_free(const struct pool *pool, enum seat_kind kind)
{
    int most = most_of(pool, kind);
    const struct seat *best = NULL;

    for (int i = 0; i < pool->count; i++) {
        const struct seat *seat = &pool->seats[i];

        if (seat->source.fd < 0 || seat->retiring || seat->mute || seat->count == most ||
            seat->kind != kind)
            continue;
        if (!best || seat->count < best->count)
            best = seat;
    }
    return best ? best->pool->seats + best->index : NULL;
}

bool seat_is_idle(const struct seat *seat)
{
    return seat->count == 0;
}

struct pool_counts pool_counts(const struct pool *pool)
{
    struct pool_counts counts = pool->counts;

    for (int i = 0; i < pool->count; i++) {
        const struct seat *seat = &pool->seats[i];
        bool stamps = seat->kind == SEAT_STAMPS;

        counts.ready += seat->source.fd >= 0 && !stamps;
        counts.running += stamps ? 0 : seat->count;
        counts.stamping += stamps ? seat->count : 0;
    }
    return counts;
}

/* One that came without a sealer, or reaches no time-stamp authority, says so to whoever asks,
 * until it is time to look again. One that has nothing to do is not silent. */
static void tick(struct pool *pool, struct seat *seat)
{
    int64_t now = pool->options.loop->now;

    if (seat->forsaken && now - seat->begun >= FORSAKEN_MS)
        seat->retiring = true;
    if (at_work(seat) && now - seat->since > pool->options.patience[seat->kind] * 1000)
        seat_kill(seat, LOST_HANG);
}

void pool_turn(struct pool *pool)
{
    int64_t now = pool->options.loop->now;
    bool due = now - pool->ticked >= TICK_MS;

    if (due)
        pool->ticked = now;
    for (int i = 0; i < pool->count; i++) {
        struct seat *seat = &pool->seats[i];

        if (seat->source.fd >= 0 && due)
            tick(pool, seat);
        if (seat->source.fd >= 0 && seat->mute)
            seat_kill(seat, LOST_CRASH);
        if (seat->source.fd >= 0 && seat->retiring && seat->count == 0)
            seat_drop(seat, LOST_RECYCLED);
    }
}

void pool_retire(struct pool *pool)
{
    for (int i = 0; i < pool->count; i++)
        pool->seats[i].retiring = true;
}
