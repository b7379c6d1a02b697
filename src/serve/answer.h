/* answer.h: answers as lines. Between renderer and front the members stand in one order, so
 * that the front cuts a line and never parses what a sandboxed process wrote:
 *
 *   {"id":"17","n":0,"ok":true,"output":"goods_list","bytes":81234,"name":"….pdf",
 *    "layout":"…","fonts":"…","faces":"…","code":"…","pages":2,…}
 *   {"id":"17","n":1,"ok":false,"output":"check_sheet","error":{"code":"…",…}}
 *   {"id":"17","n":0,"ok":true,"verdict":"GENUINE",…}
 *   {"id":"17","over":true}
 *
 * n: which of the request's outputs, as the ask before it counted them. output is missing where
 * a fault is the whole request's. faces: bits, in hex. The client is told neither n nor layout,
 * fonts and faces; the front says which answer is the last. */
#ifndef SERVE_ANSWER_H
#define SERVE_ANSWER_H

#include "base/err.h"

#include <stdint.h>

struct answer_line {
    uint64_t ticket, n;
    bool over; /* nothing more comes of this request; all below is empty */
    bool ok;
    size_t bytes;    /* that follow; 0 when not ok */
    struct str name; /* the file's, where one is written; [A-Z0-9a-z._-] */
    struct str layout, fonts, verify_code;
    uint64_t faces; /* bits: those in the file */
    size_t pages;
    struct str code;  /* of the fault; empty when ok */
    struct str rule;  /* file:line of what refused; [A-Za-z0-9._:/-]; empty: none */
    struct str front; /* "ok":true,"output":"goods_list" */
    struct str rest;  /* ,"sha256":…} behind the pages, or ,"error":…} */
};

/* False when a line is not of this form. */
bool answer_cut(struct str line, struct answer_line *out) MUST_CHECK;

/* "ok":false[,"output":…] */
void answer_front(struct buf *, struct str output);
/* ,"error":{…}[,"errors":[…]] of err's faults. */
void answer_error(struct buf *, struct arena *, const struct err *);
/* Both, with "last":true between them, and without braces. */
void answer_fault(struct buf *, struct arena *, const struct err *);

#endif
