/* progress.h: how far a batch is, on one line of a terminal that is written over: records, how
 * many a second, and, where the length of the input is known, how much is left. */
#ifndef APP_PROGRESS_H
#define APP_PROGRESS_H

#include <stdbool.h>
#include <stddef.h>

struct progress {
    bool shown;      /* standard error is a terminal, and nobody asked for quiet */
    double from, at; /* ms: the beginning, the last time it was written */
    long skipped;    /* records that were done before: no part of the rate */
    double skipped_bytes;
    double bytes; /* of the input; 0: it is a pipe, its length is not known */
};

void progress_open(struct progress *, bool quiet);
/* bytes: of the input that are done. */
void progress_show(struct progress *, long records, long failed, double bytes);
void progress_skip(struct progress *, long records, double bytes);
void progress_close(struct progress *); /* takes the line away */

#endif
