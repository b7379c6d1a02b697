/* talk.h: what a renderer and the sealer say to each other over a Unix socket. A certified
 * signature server that speaks it can stand in the sealer's place.
 *
 *     frame    length (4, of what follows, at most 1 MiB), type (1), body
 *     → 1      protocol (1): the first frame of a connection
 *     ← 1      protocol (1), most asks in a frame (2)
 *     → 2      count (2), then that many asks
 *     ← 2      count (2), then as many answers, in the order of the asks
 *     ask      kind, output, status, number, holder (texts), flags (1; bit 0: there is an
 *              official number), version (2), customs (2), last day (2), lines (2; 65535:
 *              none), SHA-256 of the record (32), its SM3 (32)
 *     answer   1, logged before (1), seal (text)   or   0, code, zh, en, hint (texts)
 *     text     length (2), bytes
 *
 * Numbers are big endian. The sealer builds the seal itself, from an ask that its own copy of
 * the rules allows; it never signs bytes that it is given. Asks are idempotent: one that was
 * answered before gets the same seal. Anything else ends the connection. */
#ifndef SEAL_TALK_H
#define SEAL_TALK_H

#include "base/buf.h"

#include <stdint.h>

enum {
    TALK_PROTOCOL = 1,
    TALK_FRAME_MOST = 1 << 20,
    TALK_ASKS_MOST = 1000,
    TALK_HEAD = 5, /* length and type */
    TALK_NO_LINES = 65535,
};

enum talk_type { TALK_HELLO = 1, TALK_SEAL = 2 };

struct talk_hello {
    int protocol, most;
};

struct talk_ask {
    struct str kind, output, status, number, holder;
    bool official;
    int version, customs, last_day, lines; /* lines -1: none */
    uint8_t sha256[32], sm3[32];
};

struct talk_answer {
    bool ok, logged;
    struct str seal;               /* bytes */
    struct str code, zh, en, hint; /* of a refusal */
};

/* Bytes that are read from the front; once `bad`, everything read is empty. */
struct talk_reader {
    const uint8_t *p;
    size_t n;
    bool bad;
};

struct talk_reader talk_reader(struct str body);
int talk_read_number(struct talk_reader *, int bytes); /* 1 or 2 */
bool talk_read_ask(struct talk_reader *, struct talk_ask *);
bool talk_read_answer(struct talk_reader *, struct talk_answer *);
bool talk_read_hello(struct talk_reader *, struct talk_hello *);

/* Where a frame begins in out, for talk_end. */
size_t talk_begin(struct buf *out, enum talk_type);
void talk_end(struct buf *out, size_t begin);
void talk_number(struct buf *out, int value, int bytes);
void talk_ask(struct buf *out, const struct talk_ask *);
void talk_answer(struct buf *out, const struct talk_answer *);
/* The first whole frame of the bytes; *used 0: there is none yet. False when it is none and
 * never will be. */
bool talk_frame(struct str bytes, enum talk_type *, struct str *body, size_t *used);

#endif
