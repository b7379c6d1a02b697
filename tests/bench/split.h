/* split.h: what the bytes of a PDF are spent on. */
#ifndef BENCH_SPLIT_H
#define BENCH_SPLIT_H

#include "base/str.h"

struct split {
    size_t fonts;   /* font programs as they stand in the file */
    size_t packed9; /* the same programs, each deflated at level 9 */
};

/* Adds to out. The font programs are found by the keys of their streams. */
void split_add(struct str pdf, struct split *out);

#endif
