/* supervisor.c: forks front and renderers from one image in which everything is loaded, buries
 * them and forks new ones. Signals come as data, so that all of it is one loop. */
#define _GNU_SOURCE /* accept4's neighbours: SOCK_CLOEXEC, ppoll */
#include "serve/serve.h"

#include "print/print.h"
#include "serve/front-internal.h"
#include "serve/notify.h"
#include "serve/renderer.h"
#include "serve/sandbox.h"
#include "serve/stamper.h"
#include "serve/verifier.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

/* Papers that a renderer has made while nobody reads, so that it goes on; the kernel may allow
 * less. */
enum { ANSWERS_ROOM = 1 << 20 };
enum {
    QUICK_MS = 1000,
    PAUSE_MOST_MS = 5000,
    DRAIN_MS = 30000,
    SERVICE_MEMORY = 1 << 30,
    SETTINGS_MEMORY = 16 << 20
};

struct child {
    pid_t pid; /* 0: none */
    unsigned number;
    int64_t since, due; /* due: when the next one is forked */
    int pause;
};

struct supervisor {
    const struct serve *serve;
    struct arena *arena; /* of the service at hand */
    struct service service;
    struct cms_signer *signer; /* of formal papers; NULL: nobody signs them */
    struct sandbox_trial tried;
    struct settings begun; /* as they were at the start */
    struct arena *arena_begun;
    struct child front, renderers[SEATS_MOST];
    int count;                          /* of slots: those that render, then the verifier, */
    int rendering;                      /* then those that ask for time-stamps */
    int listeners[2], signals, control; /* listeners: clients', admin's */
    bool handed[2];                     /* by the system's manager, which keeps the path */
    int64_t watched;                    /* when the manager was last told that all is well */
    long watchdog;                      /* how often it wants to be told, in ms; 0: not */
    unsigned numbers;
    int64_t draining; /* since when; 0: not */
    bool done;
    int status;
};

/* In a pipe whoever started it sees how it goes. */
static void say(const struct supervisor *supervisor, const char *what)
{
    struct log_line line;

    if (!supervisor->serve->socket)
        return;
    log_begin(&line, LOG_NOTICE, what);
    log_text(&line, "release", STR(RELEASE));
    log_number(&line, "renderers", supervisor->rendering);
    log_end(&line);
}

/* ---- children */

static void child_begins(pid_t parent, const sigset_t *blocked)
{
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent)
        _exit(0);
    sigprocmask(SIG_UNBLOCK, blocked, NULL);
}

static void signals_of(sigset_t *set)
{
    sigemptyset(set);
    sigaddset(set, SIGCHLD);
    sigaddset(set, SIGTERM);
    sigaddset(set, SIGINT);
    sigaddset(set, SIGHUP);
}

/* Descriptors 0 and 1 stay taken, so that no pipe or socket is mistaken for them. */
static void lead_nowhere(void)
{
    int nowhere = open("/dev/null", O_RDWR | O_CLOEXEC);

    if (nowhere < 0 || dup2(nowhere, STDIN_FILENO) < 0 || dup2(nowhere, STDOUT_FILENO) < 0)
        _exit(err_info(INTERNAL)->exit);
    close(nowhere);
}

/* What else is open, also of whoever started the program, is nothing to a renderer. */
static int alone_with(int fd)
{
    const int kept = STDERR_FILENO + 1;

    if ((fd != kept && dup2(fd, kept) < 0) || close_range(kept + 1, ~0U, 0) != 0)
        _exit(err_info(INTERNAL)->exit);
    return kept;
}

static enum seat_kind kind_of(const struct supervisor *supervisor, int slot)
{
    if (slot < supervisor->rendering)
        return SEAT_RENDERS;
    return slot == supervisor->rendering ? SEAT_VERIFIES : SEAT_STAMPS;
}

static void prepare_child(struct supervisor *supervisor, enum seat_kind kind,
                          const struct renderer_signing *signing)
{
    if (kind == SEAT_STAMPS) {
        stamper_prepare(supervisor->signer, supervisor->arena);
        return;
    }
    renderer_prepare(&supervisor->service, signing, supervisor->arena);
    if (kind == SEAT_VERIFIES)
        verifier_prepare(&supervisor->service, supervisor->arena);
}

static NORETURN void renderer_child(struct supervisor *supervisor, enum seat_kind kind, int fd)
{
    static const enum sandbox_kind sandboxes[] = {[SEAT_RENDERS] = SANDBOX_ALONE,
                                                  [SEAT_VERIFIES] = SANDBOX_CHILDREN,
                                                  [SEAT_STAMPS] = SANDBOX_NETWORK};
    struct renderer_signing signing = supervisor->serve->signing;
    struct sandbox sandbox;
    struct err err;

    if (supervisor->signer)
        signing.signer = supervisor->signer;
    signal(SIGTERM, SIG_IGN);
    signal(SIGINT, SIG_IGN);
    signal(SIGHUP, SIG_IGN);
    signal(SIGPIPE, SIG_IGN);
    lead_nowhere();
    fd = alone_with(fd);
    err_init(&err, supervisor->arena);
    prepare_child(supervisor, kind, &signing);
    sandbox_limits();
    if (!sandbox_enter(sandboxes[kind], supervisor->service.settings.sandbox, &sandbox, &err)) {
        struct log_line line;

        log_begin(&line, LOG_ERROR, "no sandbox");
        log_fault(&line, &err);
        log_end(&line);
        _exit(err_info(SANDBOX_FAILED)->exit);
    }
    if (kind == SEAT_STAMPS)
        stamper_run(supervisor->signer, fd);
    if (kind == SEAT_VERIFIES)
        verifier_run(&supervisor->service, fd, supervisor->serve->state != NULL);
    renderer_run(&supervisor->service, fd, &signing);
}

static void fork_renderer(struct supervisor *supervisor, int slot)
{
    struct child *child = &supervisor->renderers[slot];
    struct control control = {
        .word = CONTROL_RENDERER,
        .slot = slot,
        .kind = kind_of(supervisor, slot),
        .number = ++supervisor->numbers,
    };
    pid_t parent = getpid();
    const int room = ANSWERS_ROOM;
    sigset_t blocked;
    int ends[2];

    signals_of(&blocked);
    child->due = clock_now() + PAUSE_MOST_MS; /* where forking fails */
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0)
        return;
    (void)setsockopt(ends[1], SOL_SOCKET, SO_SNDBUF, &room, sizeof room);
    child->pid = fork();
    if (child->pid == 0) {
        child_begins(parent, &blocked);
        close(ends[0]);
        renderer_child(supervisor, control.kind, ends[1]);
    }
    close(ends[1]);
    if (child->pid < 0) {
        child->pid = 0;
        close(ends[0]);
        return;
    }
    child->number = control.number;
    child->since = clock_now();
    fcntl(ends[0], F_SETFL, O_NONBLOCK);
    (void)control_send(supervisor->control, &control, ends[0]);
    close(ends[0]);
}

static NORETURN void front_child(struct supervisor *supervisor, int control)
{
    const struct serve *serve = supervisor->serve;

    signal(SIGPIPE, SIG_IGN);
    signal(SIGTERM, SIG_IGN); /* the supervisor tells */
    signal(SIGINT, SIG_IGN);
    signal(SIGHUP, SIG_IGN);
    close(supervisor->signals);
    fcntl(control, F_SETFL, O_NONBLOCK);
    if (serve->front)
        exit(serve->front(serve->user, &supervisor->service, control));
    front_run(serve, &supervisor->service, &supervisor->tried.sandbox, control,
              supervisor->listeners);
}

static void fork_front(struct supervisor *supervisor)
{
    struct child *child = &supervisor->front;
    pid_t parent = getpid();
    sigset_t blocked;
    int ends[2];

    signals_of(&blocked);
    child->due = clock_now() + PAUSE_MOST_MS;
    if (!control_pair(ends))
        return;
    child->pid = fork();
    if (child->pid == 0) {
        child_begins(parent, &blocked);
        close(ends[0]);
        front_child(supervisor, ends[1]);
    }
    close(ends[1]);
    if (child->pid < 0) {
        child->pid = 0;
        close(ends[0]);
        return;
    }
    child->since = clock_now();
    supervisor->control = ends[0];
}

/* A child that ends soon after it began is waited for a little longer each time. */
static void child_ended(struct child *child, bool well)
{
    int64_t now = clock_now();

    if (well || now - child->since > QUICK_MS)
        child->pause = 0;
    else
        child->pause = child->pause ? child->pause * 2 : QUICK_MS / 10;
    if (child->pause > PAUSE_MOST_MS)
        child->pause = PAUSE_MOST_MS;
    child->due = now + child->pause;
    child->pid = 0;
}

static void log_ended(const char *what, pid_t pid, int status)
{
    struct log_line line;

    log_begin(&line, LOG_ERROR, what);
    log_number(&line, "child", (long long)pid);
    if (WIFSIGNALED(status))
        log_number(&line, "signal", WTERMSIG(status));
    else
        log_number(&line, "status", WEXITSTATUS(status));
    log_end(&line);
}

static void front_ended(struct supervisor *supervisor, int status)
{
    bool well = WIFEXITED(status), alone = supervisor->listeners[0] < 0;

    if (!well || (!alone && WEXITSTATUS(status)))
        log_ended("front ended", supervisor->front.pid, status);
    close(supervisor->control);
    supervisor->control = -1;
    child_ended(&supervisor->front, /* well */ false);
    if (supervisor->draining || alone) {
        supervisor->done = true;
        supervisor->status = well ? WEXITSTATUS(status) : err_info(INTERNAL)->exit;
    }
    /* its renderers read the end of their sockets; the next front starts with new ones */
}

static void bury(struct supervisor *supervisor)
{
    int status;
    pid_t pid;

    while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
        if (pid == supervisor->front.pid)
            front_ended(supervisor, status);
        for (int i = 0; i < supervisor->count; i++) {
            bool well = WIFEXITED(status) && WEXITSTATUS(status) == 0;

            if (pid != supervisor->renderers[i].pid)
                continue;
            if (!well)
                log_ended("renderer ended", pid, status);
            child_ended(&supervisor->renderers[i], well);
            if (supervisor->serve->front && supervisor->renderers[i].pause > QUICK_MS / 4 &&
                WIFEXITED(status) && WEXITSTATUS(status) == err_info(SANDBOX_FAILED)->exit) {
                supervisor->done = true; /* again and again: nobody will ever work */
                supervisor->status = WEXITSTATUS(status);
            }
        }
    }
}

/* ---- what comes */

/* Everything that a configuration says is loaded, and what it names opened. */
static bool load(const struct supervisor *supervisor, struct arena *arena,
                 struct service *service, struct cms_signer **signer, struct err *err)
{
    const struct serve *serve = supervisor->serve;
    const struct cms_files *sign = &service->settings.sign;

    *signer = NULL;
    return service_open(arena, serve->home, service, err) && fonts_check(service->fonts, err) &&
           (!service->settings.sandbox || sandbox_well(&supervisor->tried, err)) &&
           (!serve->signer || !sign->key ||
            serve->signer(serve->user, arena, sign, signer, err));
}

static void drop(void *arena)
{
    arena_free(arena);
}

/* What a fault names may lie in the arena; then it goes with what is said of the fault. */
static void unload(struct supervisor *supervisor, const struct err *err)
{
    cms_signer_close(supervisor->signer);
    service_close(&supervisor->service);
    if (err)
        arena_own(err->arena, drop, supervisor->arena);
    else
        arena_free(supervisor->arena);
}

/* Some settings are taken once; who changed them is told that they wait. */
static size_t tell_fixed(const struct supervisor *supervisor, const struct settings *next)
{
    const char *names[SETTINGS_FIXED];
    size_t count = settings_fixed(&supervisor->begun, next, names);

    for (size_t i = 0; i < count; i++) {
        struct log_line line;

        log_begin(&line, LOG_WARNING, "changed, and taken only after a restart");
        log_text(&line, "setting", str_from(names[i]));
        log_end(&line);
    }
    return count;
}

/* The new configuration is loaded whole beside the old one, and takes its place when it is
 * well. */
static void reload(struct supervisor *supervisor)
{
    struct control control = {.word = CONTROL_RELOAD};
    struct arena *arena = arena_limited(supervisor->serve->arena, SERVICE_MEMORY);
    struct cms_signer *signer;
    struct service service;
    struct log_line line;
    struct err err;
    size_t fixed;

    notify_reloading();
    err_init(&err, arena);
    if (!load(supervisor, arena, &service, &signer, &err)) {
        log_begin(&line, LOG_ERROR, "not reloaded");
        log_fault(&line, &err);
        log_end(&line);
        service_close(&service);
        arena_free(arena);
        notify_send("READY=1\nSTATUS=the new configuration is faulty, the old one stays");
        return;
    }
    unload(supervisor, NULL);
    supervisor->service = service;
    supervisor->signer = signer;
    supervisor->arena = arena;
    (void)control_send(supervisor->control, &control, -1);
    fixed = tell_fixed(supervisor, &service.settings);
    log_begin(&line, LOG_NOTICE, "reloaded");
    log_end(&line);
    notify_send(fixed ? "READY=1\nSTATUS=serving; some settings wait for a restart"
                      : "READY=1\nSTATUS=serving");
}

static void drain(struct supervisor *supervisor)
{
    struct control control = {.word = CONTROL_DRAIN};

    if (supervisor->draining)
        return;
    supervisor->draining = clock_now();
    say(supervisor, "draining");
    notify_send("STOPPING=1\nSTATUS=draining");
    if (supervisor->front.pid == 0 || !control_send(supervisor->control, &control, -1))
        supervisor->done = true;
}

static void take_signal(struct supervisor *supervisor)
{
    struct signalfd_siginfo info;

    while (read(supervisor->signals, &info, sizeof info) == sizeof info) {
        if (info.ssi_signo == SIGCHLD)
            bury(supervisor);
        else if (info.ssi_signo == SIGHUP && !supervisor->serve->front)
            reload(supervisor);
        else
            drain(supervisor);
    }
}

static void kill_renderer(struct supervisor *supervisor, const struct control *control)
{
    for (int i = 0; i < supervisor->count; i++) {
        const struct child *child = &supervisor->renderers[i];

        if (i == control->slot && child->pid && child->number == control->number)
            kill(child->pid, SIGKILL);
    }
}

static void tell_ready(struct supervisor *supervisor)
{
    say(supervisor, "ready");
    notify_send("READY=1\nSTATUS=serving");
}

static void tell_alive(struct supervisor *supervisor)
{
    int64_t now = clock_now();

    if (!supervisor->watchdog || now - supervisor->watched < supervisor->watchdog / 3)
        return;
    supervisor->watched = now;
    notify_send("WATCHDOG=1");
}

static void take_control(struct supervisor *supervisor)
{
    struct control control;
    bool none;
    int fd;

    while (control_receive(supervisor->control, &control, &fd, &none) && !none) {
        if (fd >= 0)
            close(fd);
        if (control.word == CONTROL_KILL)
            kill_renderer(supervisor, &control);
        else if (control.word == CONTROL_READY)
            tell_ready(supervisor);
        else if (control.word == CONTROL_ALIVE)
            tell_alive(supervisor);
    }
}

static void fork_missing(struct supervisor *supervisor)
{
    int64_t now = clock_now();

    if (!supervisor->front.pid && supervisor->front.due <= now)
        fork_front(supervisor);
    if (!supervisor->front.pid)
        return;
    for (int i = 0; i < supervisor->count; i++) {
        if (kind_of(supervisor, i) == SEAT_STAMPS && !cms_signer_stamps(supervisor->signer))
            return;
        if (!supervisor->renderers[i].pid && supervisor->renderers[i].due <= now)
            fork_renderer(supervisor, i);
    }
}

static void turn(struct supervisor *supervisor)
{
    struct pollfd ask[] = {{.fd = supervisor->signals, .events = POLLIN}, {.events = POLLIN}};

    fork_missing(supervisor);
    ask[1].fd = supervisor->control;
    if (poll(ask, COUNT(ask), QUICK_MS / 10) > 0) {
        if (ask[1].revents & POLLIN)
            take_control(supervisor);
        if (ask[0].revents)
            take_signal(supervisor);
    }
    if (supervisor->draining && clock_now() - supervisor->draining > DRAIN_MS)
        supervisor->done = true;
}

static void end_all(struct supervisor *supervisor)
{
    if (supervisor->front.pid)
        kill(supervisor->front.pid, SIGKILL);
    for (int i = 0; i < supervisor->count; i++) {
        if (supervisor->renderers[i].pid)
            kill(supervisor->renderers[i].pid, SIGKILL);
    }
    while (waitpid(-1, NULL, 0) > 0 || errno == EINTR)
        continue;
}

/* Handed over by the system's manager, or made here. Who may ask of the first is decided by who
 * the peer is, not by the file's mode. */
static bool open_listener(struct supervisor *supervisor, int which, const char *path,
                          unsigned mode, struct err *err)
{
    static const char *const names[] = {"danzheng", "admin"};
    int fd = notify_descriptor(names[which], /* first */ which == 0);

    if (fd >= 0) {
        fcntl(fd, F_SETFD, FD_CLOEXEC);
        supervisor->handed[which] = true;
        supervisor->listeners[which] = fd;
        return true;
    }
    return !path || serve_listen(path, mode, &supervisor->listeners[which], err);
}

static bool prepare(struct supervisor *supervisor, struct err *err)
{
    const struct serve *serve = supervisor->serve;
    const struct settings *settings = &supervisor->service.settings;
    long wished = serve->renderers ? serve->renderers : settings->renderers;
    sigset_t blocked;

    supervisor->arena_begun = arena_limited(serve->arena, SETTINGS_MEMORY);
    if (!settings_load(supervisor->arena_begun, serve->home, supervisor->service.kinds,
                       &supervisor->begun, err))
        return false;
    supervisor->rendering = (int)(wished ? wished : sysconf(_SC_NPROCESSORS_ONLN));
    if (supervisor->rendering < 1 || supervisor->rendering > RENDERERS_MOST)
        supervisor->rendering = supervisor->rendering < 1 ? 1 : RENDERERS_MOST;
    supervisor->count = supervisor->rendering + (serve->front ? 0 : 1 + STAMPERS);
    if (!serve->front && !serve->socket &&
        !rights_find(&settings->rights, str_from(serve->role)))
        return err_add(err, CONF_SECTION, where_file("config/danzheng.ini", 0, 0),
                       "缺少节 [role %s]", "section [role %s] is missing", serve->role);
    if (serve->socket && (!open_listener(supervisor, 0, serve->socket, 0666, err) ||
                          !open_listener(supervisor, 1, serve->admin, 0660, err)))
        return false;
    supervisor->watchdog = notify_watchdog();
    signals_of(&blocked);
    sigprocmask(SIG_BLOCK, &blocked, NULL);
    supervisor->signals = signalfd(-1, &blocked, SFD_CLOEXEC | SFD_NONBLOCK);
    return true;
}

bool serve_run(const struct serve *serve, int *status, struct err *err)
{
    struct supervisor supervisor = {
        .serve = serve,
        .arena = arena_limited(serve->arena, SERVICE_MEMORY),
        .listeners = {-1, -1},
        .control = -1,
    };
    bool ok;

    sandbox_try(&supervisor.tried);
    ok = load(&supervisor, supervisor.arena, &supervisor.service, &supervisor.signer, err) &&
         prepare(&supervisor, err);
    if (ok)
        say(&supervisor, "started");
    if (ok && serve->socket)
        sandbox_tell(&supervisor.tried);
    while (ok && !supervisor.done)
        turn(&supervisor);
    if (ok) {
        end_all(&supervisor);
        say(&supervisor, "ended");
    }
    if (supervisor.listeners[0] >= 0 && !supervisor.handed[0])
        unlink(serve->socket);
    if (supervisor.listeners[1] >= 0 && !supervisor.handed[1])
        unlink(serve->admin);
    unload(&supervisor, ok ? NULL : err);
    arena_free(supervisor.arena_begun);
    *status = supervisor.status;
    return ok;
}
