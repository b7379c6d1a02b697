/* seen.h: what a run has met: each number and version, its digest, the papers made of it. */
#ifndef APP_SEEN_H
#define APP_SEEN_H

#include "app/app.h"

struct seen; /* heap; an entry for each number and version */

struct made {
    struct answer answer; /* lives as long as seen */
    struct made *next;
};

struct seen_record {
    struct str key; /* number and version */
    uint8_t digest[32];
    struct made *made;
};

struct seen *seen_new(struct arena *);
void seen_free(struct seen *);
/* The entry of this number and version; a new one has this digest. */
struct seen_record *seen_find(struct seen *, struct str key, const uint8_t digest[32]);
const struct made *seen_made(const struct seen_record *, struct str output); /* or NULL */
void seen_add(struct seen *, struct seen_record *, const struct answer *);

#endif
