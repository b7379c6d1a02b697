/* differ.h: where two records differ. */
#ifndef RECORD_DIFFER_H
#define RECORD_DIFFER_H

#include "record/record.h"

enum { DIFFERENCES_MOST = 100 };

struct difference {
    struct str pointer;       /* "/data/goods/3/quantity" */
    struct str first, second; /* compact JSON; empty: not there */
};

struct differences {
    struct difference *kept; /* the first DIFFERENCES_MOST */
    size_t count;            /* of all */
};

/* Of canonical bytes, member by member, the first record's order first. */
void record_differ(struct arena *, const struct record *first, const struct record *second,
                   struct differences *out);

#endif
