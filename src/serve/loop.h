/* loop.h: what one thread waits for, and who is told when it comes. */
#ifndef SERVE_LOOP_H
#define SERVE_LOOP_H

#include <stdbool.h>
#include <stdint.h>

struct loop;

struct source {
    int fd;                 /* -1: none */
    unsigned wanted;        /* EPOLLIN, EPOLLOUT */
    bool watched, constant; /* constant: a file, which is ready whenever it is asked */
    void (*ready)(void *user, struct source *, unsigned events); /* user: the loop's */
    void *owner;
};

struct loop {
    int epoll;
    struct source *constant[2];
    void *user;
    int64_t now; /* ms, monotonic, of this turn */
};

int64_t clock_now(void);

void loop_open(struct loop *, void *user);
/* Waits until something is ready, at most so many ms, and tells all that is. */
void loop_turn(struct loop *, int most);
void source_watch(struct loop *, struct source *, unsigned wanted);
void source_close(struct loop *, struct source *);

#endif
