/* batch.h: what the files of danzheng batch share.
 *
 *   batch.c   the command, the input, the turn of the loop
 *   tasks.c   a line on its way: sent → asked → decided → granted → made
 *   publish.c → named → noted → told
 *   journal.c what was done, for a batch that goes on
 *
 * It is a front of the service (serve.h): the renderers are those of danzheng serve. They hold
 * no file; what they made counts when it is noted.
 *
 * Lines are decided and published in the order of the input, whoever made them first; so the
 * same input has the same answers, files and manifest with any number of jobs, and however
 * often it was stopped in between. Where memory ends in a renderer it costs its line; where it
 * ends here, the batch ends, and goes on when it is run again. */
#ifndef APP_BATCH_H
#define APP_BATCH_H

#include "app/journal.h"
#include "app/manifest.h"
#include "app/register.h"
#include "app/seen.h"
#include "serve/pool.h"

/* What is made waits so long for more, because many share the disk's time. */
enum { TASKS_PER_JOB = 32, GATHER_MS = 20 };

/* What is wished of every paper of a run. */
struct works {
    const char *folder;
    bool shard;
    enum pdf_profile profile;
    int dpi;
    struct str printed_at;
    struct signing signing;
};

enum task_state { TASK_FREE, TASK_LOST, TASK_SENT, TASK_ASKED, TASK_MAKING, TASK_MADE };

struct paper {
    struct str output, file, sha256;
    struct str layout, fonts, verify_code;
    struct str answer; /* members, from "ok" on; empty: there is none yet */
    enum err_code code;
    size_t pages, bytes;
    uint64_t faces;
    bool wanted;             /* it may be printed */
    bool make, made, stored; /* to be made; staged; its bytes came from the registry */
    bool dup, placed;        /* has its own name now */
    int64_t id;              /* in the registry; 0: none */
    const struct made *seen; /* dup: of this run */
    size_t same;             /* dup: of this line's paper same - 1 */
};

struct task {
    struct work work; /* first, so that the task of a work is found */
    enum task_state state;
    long seq;
    struct arena *arena;
    struct str text;
    bool decided;
    struct str sum; /* of text, in hex */
    int tries;      /* renderers that ended on it */
    struct str id, received_at, parameters;
    struct registry_record record;
    struct paper *papers;
    size_t count;
    struct str answer; /* of a line that is no record */
    enum err_code code;
    struct str aside, aside_sum; /* where the line was put that ended renderers; its digest */
    struct seen_record *seen;
    struct buf answers;
    long failed;
    bool passing; /* a failure that may pass */
};

struct batch {
    struct app *app;
    const char *state; /* folder, or NULL */
    long jobs;
    bool quiet;
    struct works works;
    const struct service *service;
    struct loop loop;
    struct pool *pool;
    struct arena *scratch; /* the pool's */
    struct source input;
    bool readable, stopped; /* input; by the supervisor */
    struct journal *journal;
    struct registrar *registrar; /* NULL: there is none */
    struct seen *seen;
    struct manifest manifest;
    struct task *tasks; /* a ring */
    size_t task_count, first, used;
    int64_t gathering; /* since when what is made waits for more; 0: nothing does */
    struct buf done;   /* int64_t: papers to confirm in the next commit */
    bool resumed;
    long seq, documents, failed;
};

/* batch.c: a file for the manifest. */
void batch_list(struct batch *, struct str path, struct str sha256, struct str received_at);

/* tasks.c */
extern const struct pool_ears tasks_ears;                           /* user: the batch */
struct task *task_at(struct batch *, size_t i);                     /* 0: the oldest */
void task_wrong(struct batch *, struct task *, const struct err *); /* the line is no record */
/* Everything that can be done without waiting; true: something was. */
bool tasks_turn(struct batch *);
void tasks_confirm(struct batch *); /* what the registry has not been told of delivery */
void task_end(struct batch *, struct task *);

/* publish.c */
/* FOLDER/.danzheng-batch-SEQ-N: where a paper is until it is noted. */
const char *paper_stage(const struct batch *, const struct task *, size_t n);
/* Where it belongs: with shard over 256 folders, by the hash of the number, so that the papers
 * of one lie together. */
const char *paper_path(const struct batch *, const struct task *, struct str output);
/* Where a line is put that ended renderers. */
const char *task_aside(const struct batch *, const struct task *);
/* The oldest, which are made: files, journal, answers; then they are over. */
void tasks_publish(struct batch *, size_t ready);
/* Members of an answer's object, in the task's arena. */
struct str task_answer(struct batch *, struct arena *, const struct answer *);
/* The paper has this answer, and no file. */
void task_fail(struct batch *, struct task *, struct paper *, const struct err *);

#endif
