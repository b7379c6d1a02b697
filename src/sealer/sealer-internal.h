/* sealer-internal.h: what the files of src/sealer share. */
#ifndef SEALER_SEALER_INTERNAL_H
#define SEALER_SEALER_INTERNAL_H

#include "seal/talk.h"
#include "sealer/log.h"
#include "sealer/sealer.h"

struct sealer {
    const struct sealer_setup *setup;
    struct seal_log *log;
    struct arena *round; /* what is asked and answered between two commits */
};

/* What became of an ask: a seal that the log had, one that it will have after the next commit,
 * or a refusal. */
struct outcome {
    struct talk_answer answer;
    bool fresh;
};

/* decide.c */
void ask_decide(struct sealer *, const struct talk_ask *, struct outcome *);
/* Of the last fault. */
void outcome_refuse(struct arena *, const struct err *, struct outcome *);

/* frames.c */
enum client_state { CLIENT_NEW, CLIENT_READY };

struct client {
    int fd; /* -1: none */
    enum client_state state;
    struct buf in, out;
    enum talk_type type; /* of the frame at hand */
    struct outcome *outcomes;
    size_t outcome_count;
    bool asked; /* this round */
};

/* Serves the first frame of client.in, if it is whole: permitted by the table, or the
 * connection ends (false). */
bool frame_serve(struct sealer *, struct client *);
/* After the commit: fault NULL, or why no fresh seal counts. */
void frame_answer(struct client *, struct arena *, const struct err *fault);

/* confine.c */
/* From here on nothing but reading and writing what is open. */
bool confine_calls(struct err *);

#endif
