/* seal.h: what proves a paper: a signed seal of at most 166 bytes in its QR code.
 *
 * Every number is big endian. The signature covers "SW-DOC-SEAL-1", a NUL, and all bytes
 * before it.
 *
 *      0  1  format (high nibble, 1) and suite (low nibble)
 *      1  4  key: first bytes of SHA-256 of its SubjectPublicKeyInfo; a hint
 *      5  1  kind of paper: number of [seal x] in config/kinds: 1 is a check sheet
 *      6  1  state when it was sealed: 0 on check sheets
 *      7  2  version of the record
 *      9  4  issued: seconds since 1970 UTC
 *     13  2  last valid day: days since 2020-01-01, 0 none
 *     15  2  customs office, 0 none
 *     17 32  digest of the canonical record: SHA-256, in suite 2 SM3
 *     49  1  length of the first number, 1 to 24, then it: A–Z 0–9 -
 *      …     features: tag, length, value, with ascending tags
 *     64     signature: Ed25519, or r and s of SM2
 *
 * As text it is https://<host>/s/<Base32>. The host proves nothing and is ignored; so a seal
 * can be checked when the host is long gone. */
#ifndef SEAL_SEAL_H
#define SEAL_SEAL_H

#include "record/record.h"
#include "seal/keys.h"

enum {
    SEAL_MOST = 166,   /* bytes; what a QR code of level M and version 10 holds */
    SEAL_Q_MOST = 156, /* above it level M */
    SEAL_NUMBER_MOST = 24,
    SEAL_SIGNATURE = 64,
    SEAL_OTHERS_MOST = 32,
};

/* What is sealed: states beyond these are read as they come. */
enum seal_state { SEAL_DRAFT, SEAL_APPROVED, SEAL_CHANGED, SEAL_EXTENDED, SEAL_CLOSED };

/* A feature that this release does not know: shown, never a reason to refuse. */
struct seal_other {
    int tag;
    struct str value;
};

/* A seal taken apart. Nothing in it is true before seal_check says so. */
struct seal_fields {
    int suite; /* enum suite */
    uint8_t key[4];
    int kind, state, version;
    int64_t issued; /* seconds since 1970 UTC */
    int last_day;   /* days since 2020-01-01; 0: none */
    int customs;    /* 110 is 0110; 0: none */
    uint8_t digest[32];
    struct str number;
    char holder[11];      /* customs code of the holder, or "" */
    int lines, pages;     /* of a list; -1: not said */
    int from_day, to_day; /* as last_day; -1: not said */
    struct seal_other others[SEAL_OTHERS_MOST];
    size_t other_count;
};

/* The answer about a seal alone; what it seals is for the caller to compare. */
enum seal_result {
    SEAL_GOOD,            /* signed by an official key in its window */
    SEAL_TEST,            /* signed by a test key: proves nothing */
    SEAL_UNKNOWN_KEY,     /* no key of this id in the list */
    SEAL_NEWER,           /* a format or suite that this release does not know */
    SEAL_FORGED,          /* no seal, or not what its key has signed */
    SEAL_OUTSIDE_WINDOW,  /* issued before or after the key's window */
    SEAL_COMPROMISED,     /* issued when the key was in other hands */
    SEAL_WITNESS_NEEDED,  /* issued before that; but who has the key can write any date, so
                             only a log or registry that knows the seal makes it good */
    SEAL_KIND_NOT_ALLOWED /* the key may not seal this kind of paper or state */
};

/* Text to bytes: the part after the last '/', either case, no padding; what is not Base32 or
 * has bits left over is refused. Blanks at both ends do not count. */
bool seal_text_read(struct arena *, struct str text, struct str *bytes);
/* The same of what seal_text wrote, to the letter, but for blanks at both ends. */
bool seal_text_written(struct arena *, struct str text, struct str *bytes);
/* host of "https://<host>/s/…", empty where the text has none. */
struct str seal_text_host(struct str text);
struct str seal_text(struct arena *, struct str host, struct str bytes);

/* Takes the bytes apart: SEAL_GOOD means well formed and nothing more; else SEAL_NEWER or
 * SEAL_FORGED, and out is untouched. Strings are borrowed from bytes. */
enum seal_result seal_parse(struct str bytes, struct seal_fields *out);
/* The bytes that are signed, without prefix and signature; holder, lines, pages, days and
 * others are written where they are said. 0 when a field cannot be written. */
size_t seal_write(const struct seal_fields *, uint8_t out[SEAL_MOST]);

/* Signature, key, window, kind and state. fields: of these bytes; key: the one that signed, or
 * NULL when there is none. */
enum seal_result seal_check(const struct keys *, struct str bytes, struct seal_fields *fields,
                            const struct key **key);
/* seal_text_read, seal_parse and seal_check; on SEAL_NEWER and unreadable text fields are 0. */
enum seal_result seal_read(struct arena *, const struct keys *, struct str text,
                           struct seal_fields *fields, const struct key **key);
/* One sentence: what a result means. */
struct str seal_result_text(enum seal_result, bool chinese);
/* SHA-256 of the canonical record, or SM3, as the suite has it. */
void seal_digest(int suite, struct str canonical, uint8_t out[32]);
/* The 16 characters under the QR code: Base32 of the first 10 bytes of SHA-256 of the seal. */
struct str seal_code(struct arena *, struct str bytes);
/* ABCD-EFGH-… */
struct str seal_code_groups(struct arena *, struct str code);
/* As it was typed: hyphens and blanks dropped, upper case; empty when it is no code. */
struct str seal_code_typed(struct arena *, struct str typed);

/* A row for people: 单证 "document" 展览品清单 … in the order of the seal. */
struct seal_line {
    const char *zh, *en;
    struct str value;
};
enum { SEAL_LINES_MOST = 16 + SEAL_OTHERS_MOST };
struct str seal_day_text(struct arena *, int day); /* last_day as YYYY-MM-DD */
size_t seal_describe(struct arena *, const struct kinds *, const struct seal_fields *,
                     struct seal_line out[SEAL_LINES_MOST]);

/* What a paper shows of its seal. */
struct seal {
    struct str bytes;
    struct str text; /* its address, in the QR code */
    struct str code, code_text;
    struct str mark; /* 仅供核对, 仅供测试, or empty: a formal paper under an official key */
    struct str issued; /* RFC 3339; with test keys the record's received_at */
};

#endif
