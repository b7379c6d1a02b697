/* control.h: what supervisor and front tell each other, over a pair of sockets that keep
 * message borders. Both are the same program, so a message is a struct. */
#ifndef SERVE_CONTROL_H
#define SERVE_CONTROL_H

#include "base/err.h"

enum control_word {
    CONTROL_RENDERER, /* → front, with its socket: a new one stands in this slot */
    CONTROL_RELOAD,   /* → front: the configuration was read anew and is well */
    CONTROL_DRAIN,    /* → front: no more requests; finish and end */
    CONTROL_KILL,     /* → supervisor: the renderer of this slot and number is lost */
    CONTROL_READY,    /* → supervisor: a paper was made */
    CONTROL_ALIVE     /* → supervisor: within the last minute too */
};

enum seat_kind { SEAT_RENDERS, SEAT_VERIFIES, SEAT_STAMPS, SEAT_KINDS };

struct control {
    enum control_word word;
    int slot;
    enum seat_kind kind; /* of a new one */
    unsigned number; /* of renderers since the start: an old one is never taken for a new one */
};

bool control_pair(int ends[2]);
/* fd: passed along, -1 none. False when the other side is gone. */
bool control_send(int to, const struct control *, int fd);
/* *fd: -1 when none came. False when nothing more will come; *none: nothing came now. */
bool control_receive(int from, struct control *, int *fd, bool *none);

#endif
