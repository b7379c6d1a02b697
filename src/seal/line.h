/* line.h: a renderer's connection to the sealer (talk.h); for src/seal only. It is made when it
 * is first needed, and once more when it breaks: asks are idempotent. */
#ifndef SEAL_LINE_H
#define SEAL_LINE_H

#include "base/err.h"
#include "seal/talk.h"

struct line;

struct line *line_new(const char *path); /* NULL: no memory */
void line_free(struct line *);           /* NULL is fine */
/* SEALER_DOWN when nobody answers, SEALER_FAULT when it is no sealer. */
bool line_hello(struct line *, struct talk_hello *, struct err *) MUST_CHECK;
/* Any number of asks, in as many frames as it takes; answers point into the arena. */
bool line_ask(struct line *, struct arena *, const struct talk_ask *, size_t count,
              struct talk_answer *, struct err *) MUST_CHECK;

#endif
