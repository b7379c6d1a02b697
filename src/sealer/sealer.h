/* sealer.h: danzheng sealer: the process that alone holds private keys.
 *
 *      renderer ──ask──▶ ┌──────── sealer ────────┐
 *      renderer ◀─seal── │ table of what may come │──▶ log of seals (fsync, then the answer)
 *      renderer          │ rules, decided again   │
 *                        │ keys, locked in memory │
 *                        └────────────────────────┘
 *
 * It reads nothing but asks of fixed form (seal/talk.h), builds every seal itself, and has no
 * network, no other program and, once it is ready, no file but its log. One that asks again
 * gets the seal that the log has. */
#ifndef SEALER_SEALER_H
#define SEALER_SEALER_H

#include "rules/rules.h"
#include "seal/issue.h"

struct sealer_setup {
    const struct kinds *kinds;
    const struct rules *rules;
    const struct keys *keys;
    struct signer *const *signers; /* each is in the list */
    size_t signer_count;
    const char *socket, *log; /* paths */
    int64_t (*clock)(void);   /* seconds since 1970 UTC */
    /* When it listens: how many seals the log has, how much of a torn end was cut. */
    void (*ready)(void *, uint64_t entries, size_t cut);
    void *user; /* of ready */
};

/* Before any key is opened: not dumped, not traced, no new privileges; all memory locked where
 * the system sets no limit to that (*locked). INTERNAL when the kernel refuses. */
bool sealer_confine(bool *locked, struct err *) MUST_CHECK;
/* Serves until SIGTERM or SIGINT; false when it cannot begin, or the log is uncertain. */
bool sealer_run(struct arena *, const struct sealer_setup *, struct err *) MUST_CHECK;

/* The key that seals a kind of paper in a state now: of those in use the one with the latest
 * window. NULL, with the reason added. */
const struct key *sealer_key(const struct sealer_setup *, int kind, int state, int64_t now,
                             struct signer **, struct err *);

#endif
