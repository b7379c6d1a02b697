/* front-internal.h: what the files of the front share; for src/serve only.
 *
 *   conn.c   a client: bytes in, answers out        ask.c    what a request asks
 *   job.c    requests that wait, and their answers  once.c   idempotency keys
 *   peer.c   a user's role
 *   issue.c  the papers of a request                place.c  their places in the registry
 *   clerk.c  the registry's writer
 *   number.c what else the registry is asked  refuse.c what is refused, to the audit
 *   file.c   answers that go to files         writer.c who writes these
 *   limits.c what a client may at most
 *   stamps.c signatures that wait for their time-stamps
 *   admin.c  /metrics, /healthz, /readyz            canary.c a paper, to see if all is well
 *
 * One thread, one loop: it waits for nothing but to look up a peer's user and to write its log.
 * A client owns its open jobs. One that runs when its client goes has conn NULL and is dropped
 * when its renderer ends it; one that is answered early (over) likewise, but where the client
 * wants answers in order it keeps conn until older ones are answered. So whether somebody waits
 * for it is asked of job_waits. */
#ifndef SERVE_FRONT_INTERNAL_H
#define SERVE_FRONT_INTERNAL_H

#include "http/http.h"
#include "print/print.h"
#include "record/wire.h"
#include "serve/answer.h"
#include "serve/clerk.h"
#include "serve/log.h"
#include "serve/pool.h"
#include "serve/sandbox.h"
#include "serve/serve.h"
#include "serve/stream.h"

#include <sys/types.h>

enum {
    OPEN_MOST = 32,         /* requests of a client; then it is not read */
    QUEUED_MOST = 64 << 20, /* bytes of answers that a client has not read, or that are not on
                             * the disk; as above */
};

struct front;

/* What [serve] and the roles said at a time. It stays while a request is open that was asked
 * then. */
struct era {
    struct arena *arena; /* NULL: the service's own */
    struct settings settings;
    size_t jobs;
};

struct chunk {
    struct chunk *next;
    int64_t paper; /* of the registry: done when the client has the last byte; 0: none */
    char *p;
    size_t n, at;
};

struct chunks {
    struct chunk *first, *last;
    size_t bytes;
};

enum op {
    OP_HELLO,
    OP_PING,
    OP_BYE,
    OP_CANCEL,
    OP_STATUS, /* from here on roles say who may */
    OP_RENDER,
    OP_VERIFY,
    OP_ISSUE, /* from here on there must be a registry */
    OP_REVISE,
    OP_WITHDRAW,
    OP_ABSENT,
    OP_NONE
};

enum place_state {
    PLACE_OPEN,    /* nobody has begun it */
    PLACE_BUSY,    /* somebody else is making it; asked again soon */
    PLACE_BEHIND,  /* not asked for while one before it is busy */
    PLACE_GRANTED, /* it may be made */
    PLACE_SEALING, /* it is made, and on its way to the disk */
    PLACE_SAID     /* answered */
};

/* A paper of a request. */
struct place {
    struct str output;
    enum place_state state;
    int64_t paper; /* begun in the registry; 0: not */
    long duplicate;
};

struct once;

struct job {
    struct work work; /* first, so that the job of a work is found */
    struct conn *conn;
    uid_t uid;
    struct job *younger;           /* of the same client */
    enum op op, asked;             /* asked: op, or one that its role may not ask for */
    char id[6 * WIRE_ID_MOST + 8]; /* as JSON; "null" when it has none */
    struct era *era;               /* whose rights these are; NULL: the front's own job */
    const struct rights *rights;
    struct buf head,
        body;           /* what the renderer is sent, without the first members; the record */
    struct buf fault;   /* what is wrong with the request; then it is not worked on */
    enum err_code code; /* of that */
    char *rule;         /* of that, when one decided */
    char *wish;         /* its key; NULL: none */
    char *to;           /* folder below the service's; NULL: the answer carries the file */
    char target[WIRE_ID_MOST * 6 + 8]; /* of a cancel, as id */
    bool ordered;                      /* of a hello */
    struct once *key;
    bool dup, queued, running, over; /* over: every answer was given */
    bool canary;                     /* the front's own */
    int64_t begun;                   /* when it was whole */
    int64_t deadline;                /* 0: it is not whole yet */
    long allowed;                    /* ms from then on */
    int tries;
    unsigned attempt;   /* dispatched so often */
    uint8_t digest[32]; /* of the request, for its key */
    char *reason, *number;
    long before;      /* of a status: its papers from there back */
    size_t errands;   /* that it waits for, and files */
    size_t lasting;   /* of these: what they do is not undone, so its answer is waited for */
    size_t unwritten; /* bytes of these */
    /* What its renderer found; in arena, which is NULL before. */
    struct arena *arena;
    struct registry_record record;
    struct str parameters;
    struct place *places;
    size_t place_count, said, begins; /* begins: places that the registry has not answered */
    struct chunks held;               /* answers that wait for those of older requests */
};

/* Who is connected, as often as may be. */
struct user {
    struct user *next;
    uid_t uid;
    size_t connections, bytes; /* held for all of them */
    const struct conn *turn;   /* the one that is read although he has his share; or NULL */
};

struct conn {
    struct source in, out; /* of a socket, out.fd is in.fd and only `in` is watched */
    struct conn *next;
    const struct rights *rights; /* NULL: it had a role, and has none any more */
    uid_t uid;
    struct user *user;
    size_t counted; /* bytes of this in the user's */
    struct stream stream;
    struct job *incoming; /* its line came, its body has not */
    size_t incoming_bytes;
    struct job *oldest, *youngest; /* open */
    size_t open, running;
    size_t waiting[2]; /* for a renderer, for the verifier */
    uint64_t served;   /* front.served when it last was */
    struct chunks queue;
    size_t unwritten;                  /* bytes for files that are not on the disk yet */
    size_t waits;                      /* bytes of answers that wait for those of older ones */
    int64_t begun;                     /* when it connected */
    int64_t frame_since, write_since;  /* 0: nothing is begun */
    bool spoken;                       /* a whole request came */
    bool held;                         /* it is not read, for what it has open or unread */
    bool ordered, ended, broken, dead; /* ended: nothing more is read */
};

enum { BUCKETS = 10 };

/* Since the front began. */
struct counts {
    uint64_t requests[OP_NONE + 1];
    uint64_t answers[ERR_CODES]; /* by code; ERR_NONE: papers */
    uint64_t fatal[ERR_CODES];   /* streams ended, by code */
    uint64_t refused[ERR_CODES]; /* connections, by code */
    uint64_t held;               /* times that a client was not read on */
    uint64_t bytes;              /* of answers */

    uint64_t canaries;                      /* answered */
    uint64_t refusals, refusals_counted;    /* in the audit: in full, in a count */
    uint64_t took[BUCKETS + 1], took_count; /* of requests given to renderers */
    double took_sum;                        /* seconds */
    uint64_t stamps[2];                     /* had, failed */
    double stamps_sum;                      /* seconds, of those had */
};

struct front {
    const struct serve *serve;
    const struct sandbox *sandbox;   /* of renderers, as it was tried */
    struct era *era;                 /* of now */
    const struct settings *settings; /* the era's */
    struct arena *arena;             /* of what is at hand */
    struct arena *arena_kept;        /* until the end */
    struct loop loop;
    int control;
    struct source listener;
    struct conn *conns;
    size_t conn_count;
    struct user *users;
    size_t bytes; /* held for all of them */
    size_t waiting[LANES];
    uint64_t served; /* requests given to renderers */
    struct pool *pool;
    struct onces *onces;
    struct spans *spans;
    struct clerk *clerk; /* NULL: there is no registry */
    struct source clerk_source;
    struct writer *writer; /* NULL: there is no folder for files */
    struct source writer_source;
    struct stamping *stamps; /* that nobody asks for yet, the oldest first */
    size_t stamps_count, stamps_bytes;
    bool stampless;       /* the last one failed */
    uint8_t (*aside)[32]; /* digests of requests that ended renderers */
    size_t aside_count;
    uint64_t tickets;
    bool draining, told;
    int status;
    struct counts counts;
    struct http *admin;
    struct source admin_source;
    struct buf metrics;
    struct buf canary_head,
        canary_body;     /* a paper that is asked for to see whether all is well */
    int64_t answered_at; /* when a renderer last made a paper; 0: never */
    int64_t alive_at;    /* when one last had no sealer to make it */
    int64_t canary_at;   /* when it was last asked for */
    int64_t begun_at, told_alive;
};

/* front.c */
bool front_logs(const struct front *, enum log_level);
void front_leave(const struct front *, struct era *); /* a job of then is over */

/* conn.c */
void chunks_add(struct chunks *, struct buf *); /* takes the buffer's memory */
void chunks_move(struct chunks *to, struct chunks *from);
void chunks_drop(struct chunks *);
/* False when nobody reads any more. Writes what the descriptor takes. */
bool chunks_write(struct front *, struct chunks *, int fd);
struct conn *conn_new(struct front *, int in, int out, const struct rights *, uid_t);
void conn_take(struct front *, struct conn *); /* requests that are whole already */
void conn_send(struct front *, struct conn *, struct chunks *);
size_t conn_owed(const struct conn *); /* bytes that it has not, or its files */
void conn_fatal(struct front *, struct conn *, const struct err *);
void conn_turn(struct front *, struct conn *); /* at the end of each turn, and each tick */
void conn_free(struct front *, struct conn *);
/* One line that goes to a peer who is not let in. */
void conn_refuse(struct front *, int fd, const struct err *);

/* ask.c */
struct job *ask_read(struct front *, struct conn *, const struct wire_request *,
                     const struct err *);
void ask(struct front *, struct job *); /* whole: with its body */
const char *ask_word(enum op);          /* "render"; "" of what is none */

/* What a client is told of a paper, before it is known whether it is the last. */
struct answer {
    struct str front, rest; /* as in answer.h */
    struct str output;      /* what is answered; or empty */
    struct str name, body;
    struct buf *own; /* the body, whose memory may be taken; NULL: it is copied */
    bool ok, dup;
    enum err_code code;
    struct str rule; /* that refuses: file and line; or empty */
    int64_t paper;   /* of the registry, whose delivery is to be noted; 0: none */
};

/* issue.c */
/* False: the renderer does not keep to what was agreed. */
bool issue_asked(struct front *, struct job *, const struct wire_ask *,
                 struct str canonical) MUST_CHECK;
bool issue_made(struct front *, struct job *, const struct answer_line *,
                struct str body) MUST_CHECK;
void issue_grant(struct front *, struct job *);   /* tells what is to be made */
void issue_over(struct front *, struct job *);    /* as job_over */
void issue_abandon(struct front *, struct job *); /* its client is not waiting any more */
void issue_done(struct front *, int64_t paper);
void issue_collect(struct front *);                  /* what the registry has done */
void issue_stamped(struct front *, struct errand *); /* its paper is whole; takes it */
void issue_back(struct front *, struct errand *);    /* it is done, or failed; frees it */
struct errand *issue_errand(const struct job *, enum errand_kind, size_t place);
void issue_give(struct front *, struct job *, struct errand *); /* the job waits for it */
void issue_void(struct front *, struct job *, int64_t paper, const char *why);

/* place.c */
void place_begin(struct front *, struct job *, size_t place); /* asks the registry */
/* It is the job's to make; one that is behind a busy one is given back for now. */
void place_begun(struct front *, struct job *, struct place *, const struct registry_paper *);
/* Somebody else is making it: what is held behind it is given back meanwhile. */
void place_busy(struct front *, struct job *, struct place *);
/* What was begun for it will not be made. why: a code, for the audit. */
void place_give_back(struct front *, struct job *, struct place *, const char *why);
bool place_waits(const struct place *);
/* With nobody in its way any more, what waits behind is asked for again. */
void places_ask(struct front *, struct job *);
void places_drop(struct front *, struct job *, const char *why); /* what is begun, not made */
void places_tick(struct front *);                                /* busy ones are asked again */

/* number.c */
void number_ask(struct front *, struct job *); /* OP_WITHDRAW, OP_STATUS */
/* How the paper with this seal stands, for the verifier; code empty: of the number. */
void number_look(struct front *, struct job *, struct str number, struct str code);
void number_back(struct front *, struct job *, const struct errand *);

/* refuse.c: where there is an audit, and the code says "not permitted". rule: file and line, or
 * empty; output: or empty. */
void refuse_job(struct front *, const struct job *, struct str output, enum err_code,
                struct str rule);
/* One who is not let in. */
void refuse_peer(struct front *, uid_t, const struct err *);
void refuse_counted(struct front *, bool all); /* writes the counts that are due */

/* Refusals of each actor and code within a minute. */
struct spans;
struct counted {
    uid_t actor;
    enum err_code code;
    long count;
};
struct spans *spans_new(void);
void spans_free(struct spans *);
/* True: one of the first `most` of its minute. Else it is counted; *first: as the first one. */
bool spans_add(struct spans *, uid_t actor, enum err_code, long most, int64_t now, bool *first);
/* What was counted in a minute that is over, or in any (all); false: nothing more. */
bool spans_due(struct spans *, int64_t now, bool all, struct counted *out);

/* job.c */
bool job_waits(
    const struct job *); /* its client waits for answers: it is there, and not told all */
void job_queue(struct front *, struct job *);
struct job *job_pick(struct front *, bool verify); /* NULL: none that can run */
void job_send(struct front *, struct seat *, struct job *);
void job_over(struct front *, struct job *);              /* its renderer has no more to say */
void job_lost(struct front *, struct job *, bool blamed); /* its renderer is gone */
/* An answer; the last one ends the job. */
void job_answer(struct front *, struct job *, const struct answer *, bool last);
/* Puts the line's begin; the caller adds members. dup: the paper was made before. */
void job_line(struct buf *line, const struct job *, bool dup);
/* Sends it, and takes its memory; paper: of the registry, 0 none. */
void job_tell(struct front *, struct job *, struct buf *line, int64_t paper);
/* Counts an answer, and tells the log; doc: the file's name, which is number and paper. */
void job_count(struct front *, const struct job *, enum err_code, struct str doc);
/* The front's own, from `"ok"` on with the closing brace, which is the only one. */
void job_say(struct front *, struct job *, struct str rest);
/* The last answer, before its time; a repeat with the same key may fare better. */
void job_fail(struct front *, struct job *, const struct err *);
void job_settle(struct front *, struct job *); /* frees it when nobody needs it any more */
void job_end(struct front *, struct job *, bool again); /* again: its key may be used anew */
void job_detach(struct front *, struct job *); /* its client goes, or never had it whole */
void job_tick(struct front *);
bool job_aside(const struct front *, const struct job *); /* the like ended renderers */

/* file.c */
void file_answer(struct front *, struct job *, const struct answer *, bool last);
void file_forget(struct front *, struct job *); /* what was not begun of its files */
void file_collect(struct front *);              /* what the writer has done */
/* stamps.c */
/* Takes a paper whose signature is to have a time-stamp; false: it needs none. */
bool stamps_add(struct front *, struct job *, struct errand *) MUST_CHECK;
void stamps_feed(struct front *);
void stamps_tick(struct front *);
bool stamps_made(struct front *, struct work *, const struct answer_line *) MUST_CHECK;
void stamps_over(struct front *, struct work *);
void stamps_lost(struct front *, struct work *); /* who asked for it is gone */
long stamps_patience(const struct front *);

/* once.c */
struct onces *onces_new(void);
void onces_free(struct onces *);
enum once_found { ONCE_NEW, ONCE_OPEN, ONCE_DONE, ONCE_OTHER };
/* The job's key, entered when it is new. ONCE_OTHER: it names another request. */
enum once_found once_enter(struct onces *, uid_t, struct str key, const uint8_t digest[32],
                           struct once **out);
void once_done(struct onces *, struct once *, bool ok); /* not ok: forgotten */

/* limits.c */
enum { LIMITS = 17 };
struct limit {
    const char *name;
    long value;
};
size_t limits_of(const struct front *, struct limit out[LIMITS]); /* those that there are */
/* It has too much open or unread, or its user has his share; it is not read. */
bool limits_hold(const struct front *, const struct conn *);
struct user *limits_user(struct front *, uid_t);       /* made when there was none */
void limits_leave(struct front *, struct user *);      /* a connection of his is gone */
void limits_count(struct front *, struct conn *);      /* what is held for it now */
void limits_turn(const struct front *, struct conn *); /* is it the one that may go on? */

/* canary.c */
void canary_prepare(struct front *, const struct kinds *, const struct rules *);
void canary_send(struct front *, struct seat *); /* to one that has nothing to do */
void canary_tick(struct front *);                /* when it is due, and one has nothing to do */
void canary_answered(struct front *, enum err_code);
bool canary_well(const struct front *); /* a paper was made a short while ago */
/* … or would have been, but for the sealer: this process starting anew would mend nothing. */
bool canary_alive(const struct front *);

/* admin.c */
bool admin_open(struct front *, int listener, struct err *) MUST_CHECK;
void admin_tick(struct front *);

/* peer.c */
const struct rights *peer_rights(const struct settings *, int fd, uid_t *, struct err *);
/* The rights of who is connected, as they are now; NULL, with the fault: none any more. */
const struct rights *peer_again(const struct front *, const struct conn *, struct err *);

/* Never returns: the exit status is the service's. */
NORETURN void front_run(const struct serve *, const struct service *,
                        const struct sandbox *renderers, int control,
                        const int listeners[2]); /* clients', admin's; -1: none */

#endif
