/* batch.h: what the files of danzheng batch share.
 *
 *   batch.c   the command, the input, the turn of the loop
 *   tasks.c   a line on its way: asked → decided → made
 *   publish.c → named → noted → told
 *   crew.c    processes that look into lines and make papers (worker.c)
 *   journal.c what was done, for a batch that goes on
 *
 * Lines are decided and published in the order of the input, whoever made them first; so the
 * same input has the same answers, files and manifest with any number of jobs, and however
 * often it was stopped in between. */
#ifndef APP_BATCH_H
#define APP_BATCH_H

#include "app/crew.h"
#include "app/journal.h"
#include "app/manifest.h"
#include "app/register.h"
#include "app/seen.h"

enum { TASKS_PER_JOB = 16, TASK_TRIES = 2 };

enum task_state { TASK_FREE, TASK_LOST, TASK_SENT, TASK_ASKED, TASK_MAKING, TASK_MADE };

struct paper {
    struct message about; /* PAPER, then MADE */
    struct str answer;    /* members, from "ok" on */
    enum err_code code;
    bool make, made, stored; /* to be made; staged; its bytes came from the registry */
    bool dup, placed;        /* has its own name now */
    int64_t id;              /* in the registry; 0: none */
    const struct made *seen; /* dup: of this run */
    size_t same;             /* dup: of this line's paper same - 1 */
};

struct task {
    enum task_state state;
    long seq;
    struct arena *arena;
    struct str text;
    bool too_long, decided;
    struct str sum; /* of text, in hex */
    int worker, tries;
    struct message ask;
    struct registry_record record;
    struct paper *papers;
    size_t count, room, waits; /* waits: papers that are being made */
    struct seen_record *seen;
    struct buf answers;
    long failed;
    bool passing; /* a failure that may pass */
};

struct batch {
    struct app *app;
    struct works works;
    struct service service;
    struct crew *crew;
    struct journal *journal;
    struct registrar *registrar; /* NULL: there is none */
    struct seen *seen;
    struct manifest manifest;
    struct task *tasks; /* a ring */
    size_t task_count, first, used;
    struct buf done;     /* int64_t: papers to confirm in the next commit */
    struct arena *guard; /* where memory ends, control comes back here */
    bool resumed;
    long seq, documents, failed;
};

/* batch.c: a file for the manifest. */
void batch_list(struct batch *, struct str path, struct str sha256, struct str received_at);

/* tasks.c */
struct task *task_at(struct batch *, size_t i); /* 0: the oldest */
void tasks_heard(void *batch, const struct message *);
void tasks_lost(void *batch, long seq, bool blamed);
/* Everything that can be done without waiting; true: something was. */
bool tasks_turn(struct batch *);
void tasks_confirm(struct batch *); /* what the registry has not been told of delivery */
void task_end(struct batch *, struct task *);

/* publish.c */
/* The oldest, which are made: files, journal, answers; then they are over. */
void tasks_publish(struct batch *, size_t ready);
/* Members of an answer's object, in the task's arena. */
struct str task_answer(struct batch *, struct arena *, const struct answer *);
/* The paper has this answer, and no file. */
void task_fail(struct batch *, struct task *, struct paper *, const struct err *);
/* MEMORY_LIMIT of the whole line, which is over; asks for no memory. */
void task_memory(struct batch *, struct task *);

#endif
