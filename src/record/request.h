/* request.h: one line of a batch: a request around a record, or a bare record.
 *
 *   {"outputs":["goods_list"],"printed_at":"2024-…","record":{…}}
 *
 * A line with a member "record" is a request. Its other members are "op" (only "render"), "id",
 * "outputs" and "printed_at"; anything else is a fault, because a request whose wish is not
 * understood must not be guessed. */
#ifndef RECORD_REQUEST_H
#define RECORD_REQUEST_H

#include "record/record.h"

bool record_time_valid(struct str); /* RFC 3339 with offset, as every time in a record */
bool record_date_valid(struct str); /* YYYYMMDD, as every date in one */

struct record_request {
    struct str id;             /* echoed in answers; may be empty */
    const struct str *outputs; /* 0: every output that is permitted */
    size_t output_count;
    struct str printed_at; /* may be empty */
    const struct record *record;
};

/* As record_parse; the pointers of the record's faults count from the record. */
bool record_request_parse(struct arena *, const struct kinds *, const char *name,
                          struct str json, struct record_request *out, struct err *) MUST_CHECK;

#endif
