/* issue.h: a seal for a paper: made, or given by a file that is rendered again. */
#ifndef SEAL_ISSUE_H
#define SEAL_ISSUE_H

#include "seal/key.h"
#include "seal/seal.h"

/* Who seals. Without a sealer it is the published test key: every formal paper is marked as a
 * test, and issued at the time when its record was received. */
struct issuer;

/* socket: of the sealer, which need not run yet; NULL: the test key seals. */
bool issuer_open(const struct keys *, const char *socket, struct issuer **out,
                 struct err *) MUST_CHECK;
void issuer_close(struct issuer *); /* NULL is fine */

/* Speaks to the sealer now, for a process that will not be allowed to connect later; it is else
 * connected when the first seal is asked for. Not before a fork: two processes cannot share a
 * connection. SEALER_DOWN or SEALER_FAULT. */
bool issuer_connect(struct issuer *, struct err *) MUST_CHECK;

struct seal_ask {
    const struct record *record;
    const struct output *output; /* the record's */
    struct str host;             /* of the address */
};

/* SEAL_VALUE, SEAL_NOT_PERMITTED or KEY_WINDOW when it is refused; SEALER_DOWN or SEALER_FAULT
 * when the sealer cannot be asked, and whatever it answers. The sealer seals a number, version
 * and output once, and ever after gives the same seal. */
bool seal_issue(struct issuer *, struct arena *, const struct seal_ask *, struct seal *out,
                struct err *) MUST_CHECK;
/* Many, in few round trips to the sealer, which there must be. Up to the first refusal: out has
 * *done of them. */
bool seal_issue_all(struct issuer *, struct arena *, const struct seal_ask *, size_t count,
                    struct seal *out, size_t *done, struct err *) MUST_CHECK;
/* The seal of this text as seal_issue gave it, for a file that is rendered again; false when it
 * is no seal, or not as it is written. Whether it is genuine, and this record's, is for the
 * caller to ask (seal_read). */
bool seal_given(const struct issuer *, struct arena *, const struct seal_ask *, struct str text,
                struct seal *out) MUST_CHECK;

/* What the output's seal tells of the record; suite, key, time and digest are missing. */
bool seal_compose(struct arena *, const struct record *, const struct output *,
                  struct seal_fields *out, struct err *) MUST_CHECK;
/* Fills suite and key, and makes n bytes of a seal; refused where the key's entry does. */
bool seal_sign(struct signer *, const struct key *, struct seal_fields *,
               uint8_t out[SEAL_MOST], size_t *n, struct err *) MUST_CHECK;

#endif
