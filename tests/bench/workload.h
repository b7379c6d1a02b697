/* workload.h: the records that are measured. Every value of every document differs; document n
 * is the same in every run and every process, so that all measure the same papers. */
#ifndef BENCH_WORKLOAD_H
#define BENCH_WORKLOAD_H

#include "base/buf.h"

enum { LEVEL_1 = 3500, LIST_HAN = 300, RECORD_MOST = 16 << 20 };

/* The characters of level 1 of 《通用规范汉字表》, three bytes each. */
struct pool {
    char han[3 * LEVEL_1];
};

/* From tests/data under home; says on stderr what is wrong. */
bool pool_read(const char *home, struct pool *out) MUST_CHECK;

/* JSON of document `number` (from 1) into out, which is cleared first.
 * rows 0: F, a filing application with 30 labels and values; else L, a goods list of 8 columns
 * whose rows are one line high. */
void workload_record(const struct pool *, long number, long rows, struct buf *out);
/* The same record as F before it was saved for good: the rules refuse its paper. */
void workload_draft(const struct pool *, long number, struct buf *out);

/* Different Han in a record. */
unsigned workload_distinct(struct str json);

#endif
