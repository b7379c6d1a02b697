/* seal-internal.h: what the files of src/seal share. */
#ifndef SEAL_SEAL_INTERNAL_H
#define SEAL_SEAL_INTERNAL_H

#include "seal/key.h"
#include "seal/seal.h"

enum { SEAL_MESSAGE_MOST = 14 + SEAL_MOST };

/* What is signed: the prefix, then n ≤ SEAL_MOST bytes. */
struct str seal_message(const void *bytes, size_t n, uint8_t room[SEAL_MESSAGE_MOST]);
/* What the key's entry says of a seal that it did sign. */
enum seal_result seal_judge(const struct key *, const struct seal_fields *);

/* What a root signs. */
struct str list_message(struct arena *, struct str text);

#endif
