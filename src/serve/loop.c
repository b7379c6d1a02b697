/* loop.c: epoll; and plain files, which it does not take. */
#include "serve/loop.h"

#include "base/attr.h"

#include <errno.h>
#include <sys/epoll.h>
#include <time.h>
#include <unistd.h>

enum { EVENTS = 64 };

int64_t clock_now(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

void loop_open(struct loop *loop, void *user)
{
    *loop =
        (struct loop){.epoll = epoll_create1(EPOLL_CLOEXEC), .user = user, .now = clock_now()};
}

/* A plain file is never waited for: it is ready. */
static void watch_constant(struct loop *loop, struct source *source)
{
    source->constant = true;
    for (size_t i = 0; i < COUNT(loop->constant); i++) {
        if (!loop->constant[i] || loop->constant[i] == source) {
            loop->constant[i] = source;
            return;
        }
    }
}

void source_watch(struct loop *loop, struct source *source, unsigned wanted)
{
    struct epoll_event event = {.events = wanted, .data.ptr = source};
    int how = !wanted ? EPOLL_CTL_DEL : source->watched ? EPOLL_CTL_MOD : EPOLL_CTL_ADD;

    if (source->wanted == wanted)
        return;
    source->wanted = wanted;
    if (source->constant || (!wanted && !source->watched))
        return;
    if (epoll_ctl(loop->epoll, how, source->fd, &event) != 0 && errno == EPERM)
        watch_constant(loop, source);
    source->watched = wanted != 0;
}

void source_close(struct loop *loop, struct source *source)
{
    source_watch(loop, source, 0);
    for (size_t i = 0; i < COUNT(loop->constant); i++) {
        if (loop->constant[i] == source)
            loop->constant[i] = NULL;
    }
    if (source->fd > STDERR_FILENO)
        close(source->fd);
    source->fd = -1;
}

void loop_turn(struct loop *loop, int most)
{
    struct epoll_event events[EVENTS];
    bool constant = false;
    int count;

    for (size_t i = 0; i < COUNT(loop->constant); i++)
        constant = constant || (loop->constant[i] && loop->constant[i]->wanted);
    count = epoll_wait(loop->epoll, events, EVENTS, constant ? 0 : most);
    loop->now = clock_now();
    for (int i = 0; i < count; i++) {
        struct source *source = events[i].data.ptr;

        if (source->fd >= 0)
            source->ready(loop->user, source, events[i].events);
    }
    for (size_t i = 0; i < COUNT(loop->constant); i++) {
        struct source *source = loop->constant[i];

        if (source && source->wanted)
            source->ready(loop->user, source, source->wanted);
    }
}
