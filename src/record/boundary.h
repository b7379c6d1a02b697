/* boundary.h: records made from a kind's declaration, to see where a layout gives way: what is
 * required and nothing else; every field short; lists of many rows; every text at its declared
 * longest; characters that few fonts have. The values say nothing and are nobody's. */
#ifndef RECORD_BOUNDARY_H
#define RECORD_BOUNDARY_H

#include "record/record.h"

enum boundary {
    BOUNDARY_EMPTY,   /* only what is required, and both numbers */
    BOUNDARY_ONE,     /* every field, short; one row a list */
    BOUNDARY_MANY,    /* the same with 60 rows */
    BOUNDARY_LONGEST, /* every text at its declared longest: Han, digits in what is a number */
    BOUNDARY_RARE,    /* Han of plane 2, Arabic, Thai, combining marks */
    BOUNDARIES
};

/* A field's value instead of the made one: what a layout's condition asks for (是 or 否 of a
 * yes-no). Of types that have a form of their own only that form is well. */
struct boundary_wish {
    const struct field *field;
    struct str value;
};

const char *boundary_name(enum boundary); /* "longest" */
bool boundary_find(struct str name, enum boundary *out);
/* JSON for record_parse. */
struct str boundary_json(struct arena *, const struct kind *, enum boundary, struct str status,
                         const struct boundary_wish *, size_t wishes);

#endif
