/* status.h: the list of papers that hold no longer, for who verifies offline: published by the
 * authority as a file, whole, and as old as its time says.
 *
 *     danzheng-status/1
 *     list TIME COUNT
 *     COUNT entries of 11 bytes
 *     signature KEY SIGNATURE
 *
 * An entry is one paper: the first 8 bytes of SHA-256 of "NUMBER KIND" (first number, number of
 * the kind of paper, one blank), the record's version (2 bytes, big endian) and 1 superseded or
 * 2 withdrawn. Entries ascend by bytes, so that one is found by halving, and none is there
 * twice. Who has the list learns no number from it.
 *
 * The signature is Base64, over "SW-STATUS-1", three NUL, and all bytes before its line; by the
 * root of the list of keys, or by a key of it that is in its window at TIME. KEY is its id. A
 * list signed by a test key or a test root says nothing of papers under official keys. */
#ifndef SEAL_STATUS_H
#define SEAL_STATUS_H

#include "seal/keys.h"

enum { STATUS_ENTRY = 11, STATUS_BYTES_MOST = 256 << 20 };

enum paper_status { PAPER_NOT_LISTED, PAPER_SUPERSEDED, PAPER_WITHDRAWN };

struct status_list {
    int64_t made; /* seconds since 1970 UTC */
    const uint8_t *entries;
    size_t count;
    bool test;
    struct str by; /* name of the key or root that signed */
};

/* What is entered when a list is made. */
struct status_paper {
    struct str number;
    int kind, version;
    enum paper_status status;
};

/* name: what faults call the file; every one is STATUS_LIST_FAULT. out borrows from bytes. */
bool status_parse(struct arena *, const char *name, struct str bytes, const struct keys *,
                  const struct status_list **out, struct err *) MUST_CHECK;
enum paper_status status_find(const struct status_list *, struct str number, int kind,
                              int version);
/* NUMBER KIND VERSION superseded|withdrawn, a paper a line; # begins a comment. Adds every
 * fault of the text. */
bool status_papers_parse(struct arena *, const char *name, struct str text,
                         const struct status_paper **out, size_t *count,
                         struct err *) MUST_CHECK;
/* The same paper twice is one; withdrawn outweighs superseded. */
bool status_write(struct arena *, const struct status_paper *, size_t count, int64_t made,
                  struct signer *, struct str *out, struct err *) MUST_CHECK;

#endif
