/* crew.h: the workers of a batch: processes forked from the one that has loaded everything,
 * each with a socket to it, or (one job) none at all: then what is sent is done at once. One
 * that ends is replaced; the lines that it had are told as lost, and which one it was at.
 *
 * A worker that replaces another is forked while the registry is open: it never touches that
 * handle, and ends without closing anything. */
#ifndef APP_CREW_H
#define APP_CREW_H

#include "app/worker.h"

enum { CREW_MOST = 64, CREW_DEPTH = 4 };

struct crew;

/* heard: an answer of a worker. lost: a line that it was asked about; blamed: it was at it. */
struct crew_ears {
    void (*heard)(void *user, const struct message *);
    void (*lost)(void *user, long seq, bool blamed);
    void *user;
};

/* jobs 1: no processes. */
bool crew_open(struct arena *, const struct works *, int jobs, const struct crew_ears *,
               struct crew **out, struct err *) MUST_CHECK;
void crew_close(struct crew *); /* NULL is fine */
/* A worker for another line, the one that has least; -1: all have enough. */
int crew_free(const struct crew *);
/* Message about a line; the first of it (SAY_LINE) is sent to a free worker. */
void crew_send(struct crew *, int worker, const struct message *);
/* Without processes: nothing is asked any more. */
void crew_forget(struct crew *);
/* Waits until something was heard or lost, input can be read (-1: there is none) or ms are
 * over; true: input can be read. */
bool crew_wait(struct crew *, int input, int ms, bool *failed);

#endif
