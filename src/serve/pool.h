/* pool.h: renderers, as whoever gives them work sees them: the front of the service, and a
 * batch. One that crashes, hangs or talks nonsense is lost: the supervisor replaces it, and
 * what it had comes back.
 *
 *   pool_send → asked → pool_ready → grant → pool_tell → made → over
 *
 * made once a paper; where the request is at fault as a whole, it follows pool_send at once. So
 * it does of a signature that is sent to be time-stamped.
 * lost takes the place of all that is still to come. */
#ifndef SERVE_POOL_H
#define SERVE_POOL_H

#include "record/wire.h"
#include "serve/answer.h"
#include "serve/control.h"
#include "serve/loop.h"

enum {
    RENDERERS_MOST = 64,
    STAMPERS = 8, /* so many wait for the time-stamp authority at once */
    SEATS_MOST = RENDERERS_MOST + /* verifier */ 1 + STAMPERS,
    SEAT_JOBS = 8,   /* of one renderer: what is made, and what was looked into and waits */
    SEAT_GRANTS = 2, /* of clients: one is made, one waits; the queue stays with the front */
    TRIES = 2        /* renderers that a request may end */
};

struct seat;
struct pool;

/* A request, as the pool knows it: a part of what its giver keeps of it. */
struct work {
    uint64_t ticket;     /* its name; the giver's choice */
    struct seat *seat;   /* where it is, or NULL */
    enum seat_kind kind; /* of the seat that it was last given to */
    int lane;            /* a lower one is granted before */
    bool extra;          /* nobody asked for it: not counted where a renderer is recycled */
    bool ready, granted; /* it may be told, it was told what to make */
    uint64_t told;       /* when the renderer was last told something that it has not
                          * answered; 0: it has answered */
};

/* What comes of it. False: the renderer does not keep to what was agreed, and is lost. */
struct pool_ears {
    bool (*asked)(void *user, struct work *, const struct wire_ask *, struct str canonical);
    bool (*made)(void *user, struct work *, const struct answer_line *, struct str body);
    bool (*look)(void *user, struct work *, const struct wire_request *); /* or NULL */
    void (*grant)(void *user, struct work *); /* it is its turn: tell what is to be made */
    void (*over)(void *user, struct work *);  /* nothing more comes of it */
    void (*lost)(void *user, struct work *, bool blamed); /* blamed: it was being worked on */
    void (*came)(void *user, struct seat *);              /* a new renderer; or NULL */
    void (*told)(void *user, enum control_word);          /* other words of the supervisor */
};

enum lost { LOST_CRASH, LOST_HANG, LOST_GARBLED, LOST_RECYCLED, LOSTS };

struct pool_options {
    struct loop *loop;
    struct arena *arena;       /* of what is at hand: empty when an ear is told something */
    int control;               /* to the supervisor */
    int depth;                 /* requests of a renderer at a time, up to SEAT_JOBS */
    int grants;                /* of these, that it was told to make */
    long patience[SEAT_KINDS]; /* seconds that it may be silent over one */
    long recycle;              /* requests after which it is replaced */
    const struct pool_ears *ears;
    void *user;
};

struct pool_counts {
    uint64_t came, lost[LOSTS];
    int ready, running; /* now: renderers and verifier, requests that they have */
    int stamping;       /* now: time-stamps that are asked for */
};

struct pool *pool_open(const struct pool_options *);
void pool_close(struct pool *);
void pool_change(struct pool *, const long patience[SEAT_KINDS], long recycle);
/* The one of its kind with least to do; NULL when all have enough. */
struct seat *pool_free(const struct pool *, enum seat_kind);
bool seat_is_idle(const struct seat *);
/* {"id":TICKET, then head, which ends its line, and body. */
void pool_send(struct pool *, struct seat *, struct work *, struct str head, struct str body);
/* Everything is known of it: it is granted when it is its turn. */
void pool_ready(struct pool *, struct work *);
void pool_tell(struct pool *, struct work *, struct str line);
void pool_turn(struct pool *);   /* after each turn of the loop */
void pool_retire(struct pool *); /* every renderer, after what it has */
struct pool_counts pool_counts(const struct pool *);

#endif
