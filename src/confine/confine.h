/* confine.h: work on what strangers sent, in a child process: a fault in a parser ends the
 * child, not the program, and a file made to swallow time or memory gets only its share. The
 * child answers in bytes, which its parent believes no more than it would the stranger. */
#ifndef CONFINE_CONFINE_H
#define CONFINE_CONFINE_H

#include "base/buf.h"

struct confine {
    size_t memory;    /* bytes of data of the child, with what its parent had */
    unsigned seconds; /* of a processor; on the wall twice as many */
};

enum confined {
    CONFINED_WELL,
    CONFINED_DIED, /* crashed, took more than its share, or answered more than out may hold */
    CONFINED_NOT_RUN, /* the system gave no process; errno says why */
};

/* Runs in the child, which ends when it returns; true: all is said. Its standard input, output
 * and error lead nowhere. answer: to write to, closed by the child's end. */
typedef bool confine_fn(void *user, int answer);

/* The answer is added to out, which holds it also when the child died. */
enum confined confine_run(const struct confine *, confine_fn *, void *user, struct buf *out);
/* All of it, or false. */
bool confine_write(int answer, const void *bytes, size_t n);

#endif
