/* front.c: the loop that clients, renderers and supervisor are served by. */
#include "serve/front-internal.h"

#include "serve/control.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum {
    TICK_MS = 100,
    EVENTS = 64,
    SCRATCH = 256 << 20,
    KEPT = 64 << 20,
    ACCEPTS = 64,
    ALIVE_MS = 1000
};

int64_t clock_now(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* ---- what is waited for */

/* A plain file is never waited for: it is ready. */
static void watch_always(struct front *front, struct source *source)
{
    source->always = true;
    for (size_t i = 0; i < COUNT(front->always); i++) {
        if (!front->always[i] || front->always[i] == source) {
            front->always[i] = source;
            return;
        }
    }
}

void source_watch(struct front *front, struct source *source, unsigned wanted)
{
    struct epoll_event event = {.events = wanted, .data.ptr = source};
    int how = !wanted ? EPOLL_CTL_DEL : source->watched ? EPOLL_CTL_MOD : EPOLL_CTL_ADD;

    if (source->wanted == wanted)
        return;
    source->wanted = wanted;
    if (source->always || (!wanted && !source->watched))
        return;
    if (epoll_ctl(front->epoll, how, source->fd, &event) != 0 && errno == EPERM)
        watch_always(front, source);
    source->watched = wanted != 0;
}

void source_close(struct front *front, struct source *source)
{
    source_watch(front, source, 0);
    for (size_t i = 0; i < COUNT(front->always); i++) {
        if (front->always[i] == source)
            front->always[i] = NULL;
    }
    if (source->fd > STDERR_FILENO)
        close(source->fd);
    source->fd = -1;
}

/* ---- clients */

static void let_in(struct front *front, int fd)
{
    const struct rights *rights;
    struct err err;
    uid_t uid;

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
        conn_refuse(front, fd, &err);
        return;
    }
    conn_turn(front, conn_new(front, fd, fd, rights, uid));
}

static void listener_ready(struct front *front, struct source *source, unsigned events)
{
    (void)events;
    for (int i = 0; i < ACCEPTS; i++) {
        int fd = accept(source->fd, NULL, NULL);

        if (fd < 0)
            return;
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
        source_close(front, &front->listener);
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

static void drop_read(void *arena)
{
    arena_free(arena);
}

/* The supervisor has read the same files and found them well. Who is connected keeps the rights
 * that it was let in with, so what was read before stays. */
static void reload(struct front *front)
{
    struct arena *arena = arena_new(KEPT, NULL, NULL);
    struct settings *settings = NEW(arena, struct settings);
    const struct kinds *kinds;
    const struct rules *rules;
    struct err err;

    arena_own(front->arena_kept, drop_read, arena);
    err_init(&err, arena);
    if (kinds_load(arena, front->serve->home, &kinds, &err) &&
        rules_load(arena, front->serve->home, kinds, &rules, &err) &&
        settings_load(arena, front->serve->home, kinds, settings, &err)) {
        front->settings = settings;
        canary_prepare(front, kinds, rules);
    }
    pool_retire(front);
}

static void control_ready(struct front *front, struct source *source, unsigned events)
{
    struct control control;
    bool none;
    int fd;

    (void)events;
    while (control_receive(source->fd, &control, &fd, &none)) {
        if (none)
            return;
        if (control.word == CONTROL_RENDERER && fd >= 0 && control.slot < SEATS_MOST)
            pool_add(front, &control, fd);
        else if (control.word == CONTROL_RELOAD)
            reload(front);
        else if (control.word == CONTROL_DRAIN)
            drain(front);
    }
    _exit(err_info(INTERNAL)->exit); /* without a supervisor nothing is mended */
}

/* ---- the loop */

static void sweep(struct front *front)
{
    struct conn **at = &front->conns;

    while (*at) {
        struct conn *conn = *at;

        arena_reset(front->arena);
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

/* Ready when a paper was made; alive as long as papers are. */
static void tell_supervisor(struct front *front)
{
    const struct control ready = {.word = CONTROL_READY}, alive = {.word = CONTROL_ALIVE};

    if (!front->told && front->answered_at) {
        front->told = true;
        (void)control_send(front->control, &ready, -1);
    }
    if (canary_well(front) && front->now - front->told_alive >= ALIVE_MS) {
        front->told_alive = front->now;
        (void)control_send(front->control, &alive, -1);
    }
}

static void turn(struct front *front, int64_t *ticked)
{
    struct epoll_event events[EVENTS];
    bool always = false;
    int count;

    for (size_t i = 0; i < COUNT(front->always); i++)
        always = always || (front->always[i] && front->always[i]->wanted);
    count = epoll_wait(front->epoll, events, EVENTS, always ? 0 : TICK_MS);
    front->now = clock_now();
    for (int i = 0; i < count; i++) {
        struct source *source = events[i].data.ptr;

        if (source->fd >= 0)
            source->ready(front, source, events[i].events);
    }
    for (size_t i = 0; i < COUNT(front->always); i++) {
        struct source *source = front->always[i];

        if (source && source->wanted)
            source->ready(front, source, source->wanted);
    }
    if (front->now - *ticked >= TICK_MS) {
        *ticked = front->now;
        pool_tick(front);
        job_tick(front);
        issue_tick(front);
        admin_tick(front);
        tell_supervisor(front);
    }
    pool_feed(front);
    sweep(front);
}

static void clerk_ready(struct front *front, struct source *source, unsigned events)
{
    (void)source;
    (void)events;
    issue_collect(front);
}

/* Without the registry that it was told to keep the service does not serve. */
static void open_clerk(struct front *front)
{
    struct log_line line;
    struct err err;

    if (!front->serve->state)
        return;
    err_init(&err, front->arena_kept);
    if (!clerk_open(front->serve->state, &front->settings->registry, &front->clerk, &err)) {
        log_begin(&line, LOG_ERROR, "no registry");
        log_fault(&line, &err);
        log_end(&line);
        _exit(err_info(err_fault(&err)->code)->exit);
    }
    front->clerk_source =
        (struct source){.fd = clerk_descriptor(front->clerk), .ready = clerk_ready};
    source_watch(front, &front->clerk_source, EPOLLIN);
}

static void open_front(struct front *front, const int listeners[2])
{
    struct source *listener = &front->listener;
    struct err err;

    front->epoll = epoll_create1(EPOLL_CLOEXEC);
    front->onces = onces_new();
    front->begun_at = front->now = clock_now();
    for (int i = 0; i < SEATS_MOST; i++)
        front->seats[i].source.fd = -1;
    front->control_source = (struct source){.fd = front->control, .ready = control_ready};
    source_watch(front, &front->control_source, EPOLLIN);
    *listener = (struct source){.fd = listeners[0], .ready = listener_ready};
    if (listener->fd >= 0) {
        fcntl(listener->fd, F_SETFL, fcntl(listener->fd, F_GETFL) | O_NONBLOCK);
        source_watch(front, listener, EPOLLIN);
    }
    err_init(&err, front->arena_kept);
    if (listeners[1] >= 0 && !admin_open(front, listeners[1], &err)) {
        struct log_line line;

        log_begin(&line, LOG_ERROR, "no admin socket");
        log_fault(&line, &err);
        log_end(&line);
    }
}

void front_run(const struct serve *serve, const struct service *service, int control,
               const int listeners[2])
{
    struct settings settings = service->settings;
    struct arena *kept = arena_new(KEPT, NULL, NULL);
    struct front *front = NEW(kept, struct front);
    bool pipe = listeners[0] < 0;
    int64_t ticked = 0;

    *front = (struct front){
        .serve = serve,
        .settings = &settings,
        .arena = arena_new(SCRATCH, NULL, NULL),
        .arena_kept = kept,
        .control = control,
    };
    signal(SIGPIPE, SIG_IGN);
    signal(SIGTERM, SIG_IGN); /* the supervisor tells */
    signal(SIGINT, SIG_IGN);
    signal(SIGHUP, SIG_IGN);
    open_front(front, listeners);
    open_clerk(front);
    canary_prepare(front, service->kinds, service->rules);
    if (pipe)
        conn_new(front, STDIN_FILENO, STDOUT_FILENO,
                 rights_find(&settings.rights, str_from(serve->role)), getuid());
    sweep(front);
    while (front->conns || (!pipe && !front->draining))
        turn(front, &ticked);
    clerk_close(front->clerk);
    _exit(pipe ? front->status : 0);
}
