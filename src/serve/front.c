/* front.c: the loop that clients, renderers and supervisor are served by. */
#include "serve/front-internal.h"

#include "serve/writer.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    TICK_MS = 100,
    SCRATCH = 256 << 20,
    KEPT = 64 << 20,
    ACCEPTS = 64,
    ALIVE_MS = 1000,
    DESCRIPTORS = 128
};

/* ---- clients */

/* One user does not take all connections. */
static bool is_crowd(const struct front *front, uid_t uid)
{
    const struct user *user = front->users;

    while (user && user->uid != uid)
        user = user->next;
    return user && user->connections >= (size_t)front->settings->user_connections;
}

static void let_in(struct front *front, int fd)
{
    const struct rights *rights;
    struct err err;
    uid_t uid = (uid_t)-1;

    arena_reset(front->arena);
    err_init(&err, front->arena);
    if (front->conn_count >= (size_t)front->settings->connections) {
        err_add(&err, BUSY, where_none(), "连接已满（%ld 个）", "all %ld connections are taken",
                front->settings->connections);
        conn_refuse(front, fd, &err);
        return;
    }
    rights = peer_rights(front->settings, fd, &uid, &err);
    if (!rights) {
        refuse_peer(front, uid, &err);
        conn_refuse(front, fd, &err);
        return;
    }
    if (is_crowd(front, uid)) {
        err_add(&err, BUSY, where_none(), "用户 %ld 的连接已满（%ld 个）",
                "user %ld has all of its %ld connections", (long)uid,
                front->settings->user_connections);
        conn_refuse(front, fd, &err);
        return;
    }
    conn_turn(front, conn_new(front, fd, fd, rights, uid));
}

static void listener_ready(void *user, struct source *source, unsigned events)
{
    struct front *front = user;

    (void)events;
    for (int i = 0; i < ACCEPTS; i++) {
        int fd = accept(source->fd, NULL, NULL);

        if (fd < 0) {
            /* without a descriptor it would be ready again at once; it is asked at the tick */
            if (errno != EAGAIN && errno != EINTR && errno != ECONNABORTED)
                source_watch(&front->loop, source, 0);
            return;
        }
        fcntl(fd, F_SETFD, FD_CLOEXEC);
        let_in(front, fd);
    }
}

static void drain(struct front *front)
{
    if (front->draining)
        return;
    front->draining = true;
    if (front->listener.fd >= 0)
        source_close(&front->loop, &front->listener);
    for (struct conn *conn = front->conns; conn; conn = conn->next) {
        struct chunks event = {0};
        struct buf line;

        buf_init(&line, STREAM_LINE_MOST);
        buf_text(&line, "{\"event\":\"draining\"}\n");
        chunks_add(&event, &line);
        conn_send(front, conn, &event);
    }
}

/* ---- supervisor */

void front_leave(const struct front *front, struct era *era)
{
    if (!era || --era->jobs > 0 || era == front->era || !era->arena)
        return;
    arena_free(era->arena);
}

static void enter(struct front *front, struct era *era)
{
    struct era *before = front->era;

    front->era = era;
    front->settings = &era->settings;
    if (before && before->jobs == 0)
        arena_free(before->arena);
}

static void patience(const struct front *front, long seconds[SEAT_KINDS])
{
    seconds[SEAT_RENDERS] = seconds[SEAT_VERIFIES] = front->settings->patience;
    seconds[SEAT_STAMPS] = stamps_patience(front);
}

/* The supervisor has read the same files and found them well. Who is connected has the rights
 * of now from its next request on; what was asked before is answered by those of then. */
static void reload(struct front *front)
{
    struct arena *arena = arena_new(KEPT, NULL, NULL);
    struct era *era = NEW(arena, struct era);
    const struct kinds *kinds;
    const struct rules *rules;
    long seconds[SEAT_KINDS];
    struct log_line line;
    struct err err;

    err_init(&err, arena);
    pool_retire(front->pool);
    era->arena = arena;
    if (!kinds_load(arena, front->serve->home, &kinds, &err) ||
        !rules_load(arena, front->serve->home, kinds, &rules, &err) ||
        !settings_load(arena, front->serve->home, kinds, &era->settings, &err)) {
        log_begin(&line, LOG_ERROR, "front not reloaded");
        log_fault(&line, &err);
        log_end(&line);
        arena_free(arena);
        return;
    }
    enter(front, era);
    patience(front, seconds);
    pool_change(front->pool, seconds, front->settings->recycle);
    canary_prepare(front, kinds, rules);
    for (struct conn *conn = front->conns; conn; conn = conn->next) {
        arena_reset(front->arena);
        err_init(&err, front->arena);
        conn->rights = peer_again(front, conn, &err);
    }
}

static void told(void *user, enum control_word word)
{
    if (word == CONTROL_RELOAD)
        reload(user);
    else if (word == CONTROL_DRAIN)
        drain(user);
}

/* ---- renderers */

static struct job *job_of(struct work *work)
{
    return (struct job *)work;
}

static bool asked(void *user, struct work *work, const struct wire_ask *ask,
                  struct str canonical)
{
    return issue_asked(user, job_of(work), ask, canonical);
}

static bool made(void *user, struct work *work, const struct answer_line *cut, struct str body)
{
    if (work->kind == SEAT_STAMPS)
        return stamps_made(user, work, cut);
    return issue_made(user, job_of(work), cut, body);
}

static bool look(void *user, struct work *work, const struct wire_request *look)
{
    struct front *front = user;

    if (front->clerk)
        number_look(front, job_of(work), look->number, look->key);
    return front->clerk != NULL;
}

static void grant(void *user, struct work *work)
{
    issue_grant(user, job_of(work));
}

static void over(void *user, struct work *work)
{
    if (work->kind == SEAT_STAMPS)
        stamps_over(user, work);
    else
        job_over(user, job_of(work));
}

static void lost(void *user, struct work *work, bool blamed)
{
    if (work->kind == SEAT_STAMPS)
        stamps_lost(user, work);
    else
        job_lost(user, job_of(work), blamed);
}

static void came(void *user, struct seat *seat)
{
    canary_send(user, seat);
}

static void feed(struct front *front)
{
    struct seat *seat;
    struct job *job;

    while ((seat = pool_free(front->pool, SEAT_RENDERS)) &&
           (job = job_pick(front, /* verify */ false)))
        job_send(front, seat, job);
    while ((seat = pool_free(front->pool, SEAT_VERIFIES)) &&
           (job = job_pick(front, /* verify */ true)))
        job_send(front, seat, job);
    stamps_feed(front);
}

/* ---- the loop */

static void sweep(struct front *front)
{
    struct conn **at = &front->conns;

    while (*at) {
        struct conn *conn = *at;

        conn_turn(front, conn);
        if (!conn->dead) {
            at = &conn->next;
            continue;
        }
        *at = conn->next;
        if (conn->broken)
            front->status = err_info(FRAME_BROKEN)->exit;
        conn_free(front, conn);
    }
}

bool front_logs(const struct front *front, enum log_level level)
{
    return level <= (front->serve->socket ? LOG_INFO : LOG_ERROR);
}

/* Ready when a paper was made, or would have been but for the sealer; alive as long as that. */
static void tell_supervisor(struct front *front)
{
    const struct control ready = {.word = CONTROL_READY}, alive = {.word = CONTROL_ALIVE};

    if (!front->told && canary_alive(front)) {
        front->told = true;
        (void)control_send(front->control, &ready, -1);
    }
    if (canary_alive(front) && front->loop.now - front->told_alive >= ALIVE_MS) {
        front->told_alive = front->loop.now;
        (void)control_send(front->control, &alive, -1);
    }
}

static void turn(struct front *front, int64_t *ticked)
{
    loop_turn(&front->loop, TICK_MS);
    pool_turn(front->pool);
    if (front->loop.now - *ticked >= TICK_MS) {
        *ticked = front->loop.now;
        if (front->listener.fd >= 0)
            source_watch(&front->loop, &front->listener, EPOLLIN);
        job_tick(front);
        places_tick(front);
        stamps_tick(front);
        refuse_counted(front, /* all */ false);
        canary_tick(front);
        admin_tick(front);
        tell_supervisor(front);
    }
    feed(front);
    sweep(front);
}

static void clerk_ready(void *user, struct source *source, unsigned events)
{
    struct front *front = user;

    (void)source;
    (void)events;
    issue_collect(front);
}

static void writer_ready(void *user, struct source *source, unsigned events)
{
    (void)source;
    (void)events;
    file_collect(user);
}

static NORETURN void cannot_serve(const char *why, const struct err *err)
{
    struct log_line line;

    log_begin(&line, LOG_ERROR, why);
    log_fault(&line, err);
    log_end(&line);
    _exit(err_info(err_fault(err)->code)->exit);
}

static void open_writer(struct front *front)
{
    struct err err;

    if (!front->serve->folder)
        return;
    err_init(&err, front->arena_kept);
    if (!writer_open(&front->writer, &err))
        cannot_serve("no files", &err);
    front->writer_source =
        (struct source){.fd = writer_descriptor(front->writer), .ready = writer_ready};
    source_watch(&front->loop, &front->writer_source, EPOLLIN);
}

/* Without the registry that it was told to keep the service does not serve. */
static void open_clerk(struct front *front)
{
    struct err err;

    if (!front->serve->state)
        return;
    err_init(&err, front->arena_kept);
    if (!clerk_open(front->serve->state, &front->settings->registry, &front->clerk, &err))
        cannot_serve("no registry", &err);
    front->clerk_source =
        (struct source){.fd = clerk_descriptor(front->clerk), .ready = clerk_ready};
    source_watch(&front->loop, &front->clerk_source, EPOLLIN);
}

static void open_pool(struct front *front)
{
    static const struct pool_ears ears = {
        .asked = asked,
        .made = made,
        .look = look,
        .grant = grant,
        .over = over,
        .lost = lost,
        .came = came,
        .told = told,
    };

    struct pool_options options = {
        .loop = &front->loop,
        .arena = front->arena,
        .control = front->control,
        .depth = front->clerk ? SEAT_JOBS : SEAT_GRANTS,
        .grants = SEAT_GRANTS,
        .recycle = front->settings->recycle,
        .ears = &ears,
        .user = front,
    };

    patience(front, options.patience);
    front->pool = pool_open(&options);
}

static void open_front(struct front *front, const int listeners[2])
{
    struct source *listener = &front->listener;
    struct err err;

    loop_open(&front->loop, front);
    front->onces = onces_new();
    front->spans = spans_new();
    front->begun_at = front->loop.now;
    *listener = (struct source){.fd = listeners[0], .ready = listener_ready};
    if (listener->fd >= 0) {
        fcntl(listener->fd, F_SETFL, fcntl(listener->fd, F_GETFL) | O_NONBLOCK);
        source_watch(&front->loop, listener, EPOLLIN);
    }
    err_init(&err, front->arena_kept);
    if (listeners[1] >= 0 && !admin_open(front, listeners[1], &err)) {
        struct log_line line;

        log_begin(&line, LOG_ERROR, "no admin socket");
        log_fault(&line, &err);
        log_end(&line);
    }
}

/* As many descriptors as clients, renderers and files may need. Where they are fewer, those who
 * run the service are told, and who finds none waits to be let in. */
static void take_descriptors(const struct front *front)
{
    const rlim_t wanted = (rlim_t)front->settings->connections + DESCRIPTORS;
    struct rlimit limit;
    struct log_line line;

    if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= wanted)
        return;
    limit.rlim_cur = limit.rlim_max < wanted ? limit.rlim_max : wanted;
    if (setrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur == wanted)
        return;
    log_begin(&line, LOG_WARNING, "fewer descriptors than [serve] connections needs");
    log_number(&line, "wanted", (long long)wanted);
    log_number(&line, "most", (long long)limit.rlim_max);
    log_end(&line);
}

void front_run(const struct serve *serve, const struct service *service,
               const struct sandbox *renderers, int control, const int listeners[2])
{
    struct era first = {.settings = service->settings};
    struct arena *kept = arena_new(KEPT, NULL, NULL);
    struct front *front = NEW(kept, struct front);
    bool pipe = listeners[0] < 0;
    int64_t ticked = 0;

    *front = (struct front){
        .serve = serve,
        .sandbox = renderers,
        .arena = arena_new(SCRATCH, NULL, NULL),
        .arena_kept = kept,
        .control = control,
    };
    enter(front, &first);
    if (!pipe)
        take_descriptors(front);
    open_front(front, listeners);
    open_clerk(front);
    open_pool(front);
    open_writer(front);
    canary_prepare(front, service->kinds, service->rules);
    if (pipe)
        conn_new(front, STDIN_FILENO, STDOUT_FILENO,
                 rights_find(&first.settings.rights, str_from(serve->role)), getuid());
    sweep(front);
    while (front->conns || (!pipe && !front->draining))
        turn(front, &ticked);
    refuse_counted(front, /* all */ true);
    clerk_close(front->clerk);
    writer_close(front->writer);
    _exit(pipe ? front->status : 0);
}
