/* seal.h: what proves a paper. Today: a verification code from the record's digest and the
 * address that carries it; the signed seal takes its place. Until real keys exist every formal
 * output is marked as a test. */
#ifndef SEAL_SEAL_H
#define SEAL_SEAL_H

#include "record/record.h"

#include <stdint.h>

struct seal {
    uint8_t digest[32];   /* SHA-256 of the canonical record */
    struct str code;      /* 16 characters of Base32: the digest's first 10 bytes */
    struct str code_text; /* the same in groups of four: ABCD-EFGH-… */
    struct str url;       /* https://<host>/c/<first number>/<code> */
    struct str mark; /* 仅供核对 on check sheets, 仅供测试 on formal outputs: never empty */
};

void seal_issue(struct arena *, const struct record *, const struct output *, struct str host,
                struct seal *out);

#endif
