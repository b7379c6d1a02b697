/* wire.h: what a renderer and the sealer say to each other over a Unix socket. A certified
 * signature server that speaks it can stand in the sealer's place.
 *
 *     frame    length (4, of what follows, at most 1 MiB), type (1), body
 *     → 1      protocol (1): the first frame of a connection
 *     ← 1      protocol (1), suites in use (1; bit n is suite n), most asks in a frame (2)
 *     → 2      count (2), then that many asks
 *     ← 2      count (2), then as many answers, in the order of the asks
 *     ask      kind, output, status, number, holder (texts), flags (1; bit 0: the record has its
 *              official number), version (2), customs (2), last day (2), lines (2; 65535: none),
 *              SHA-256 of the record (32), its SM3 (32; zeros where that suite is not in use)
 *     answer   1, logged before (1), seal (text)   or   0, code, zh, en, hint (texts)
 *     text     length (2), bytes
 *
 * Numbers are big endian. The sealer builds the seal itself, from an ask that its own copy of
 * the rules allows; it never signs bytes that it is given. Asks are idempotent: one that was
 * answered before gets the same seal. Anything else ends the connection. */
#ifndef SEAL_WIRE_H
#define SEAL_WIRE_H

#include "base/buf.h"

#include <stdint.h>

enum {
    WIRE_PROTOCOL = 1,
    WIRE_FRAME_MOST = 1 << 20,
    WIRE_ASKS_MOST = 1000,
    WIRE_HEAD = 5, /* length and type */
    WIRE_NO_LINES = 65535,
};

enum wire_type { WIRE_HELLO = 1, WIRE_SEAL = 2 };

struct wire_hello {
    int protocol, suites, most;
};

struct wire_ask {
    struct str kind, output, status, number, holder;
    bool official;
    int version, customs, last_day, lines; /* lines -1: none */
    uint8_t sha256[32], sm3[32];
};

struct wire_answer {
    bool ok, logged;
    struct str seal;               /* bytes */
    struct str code, zh, en, hint; /* of a refusal */
};

/* Bytes that are read from the front; once `bad`, everything read is empty. */
struct wire_reader {
    const uint8_t *p;
    size_t n;
    bool bad;
};

struct wire_reader wire_reader(struct str body);
int wire_read_number(struct wire_reader *, int bytes); /* 1 or 2 */
bool wire_read_ask(struct wire_reader *, struct wire_ask *);
bool wire_read_answer(struct wire_reader *, struct wire_answer *);
bool wire_read_hello(struct wire_reader *, struct wire_hello *);

/* Where a frame begins in out, for wire_end. */
size_t wire_begin(struct buf *out, enum wire_type);
void wire_end(struct buf *out, size_t begin);
void wire_number(struct buf *out, int value, int bytes);
void wire_ask(struct buf *out, const struct wire_ask *);
void wire_answer(struct buf *out, const struct wire_answer *);
/* The first whole frame of the bytes; *used 0: there is none yet. False when it is none and
 * never will be. */
bool wire_frame(struct str bytes, enum wire_type *, struct str *body, size_t *used);

#endif
