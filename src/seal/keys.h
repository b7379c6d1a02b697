/* keys.h: keys that seal, and the signed list of them that says what each may seal, and when.
 *
 * config/roots.txt, a root a line; who installs the program answers for it:
 *
 *     root ID ed25519 SPKI test|offline NAME
 *
 * config/keys.txt, fields separated by one blank, times RFC 3339, the last line a signature of
 * all bytes before it (with "SW-KEY-LIST-1" and a NUL in front) by one of the roots:
 *
 *     danzheng-keys/1
 *     list NUMBER TIME
 *     key ID SUITE SPKI FROM UNTIL KINDS STATES STATUS SINCE|- NAME
 *     signature ROOT SIGNATURE
 *
 * SUITE is ed25519 or sm2; SPKI and SIGNATURE Base64; KINDS and STATES numbers with commas;
 * STATUS test, active, retired, or compromised with the time SINCE. Lines that begin with # are
 * for people; they are signed too. A key stays in the list for ever. Roots of which everybody
 * has the private key (`test`) vouch for test keys only. */
#ifndef SEAL_KEYS_H
#define SEAL_KEYS_H

#include "base/err.h"

#include <stdint.h>

struct signer;

enum suite { SUITE_NONE, SUITE_ED25519, SUITE_SM2 };
enum key_status { KEY_TEST, KEY_ACTIVE, KEY_RETIRED, KEY_COMPROMISED };

struct key {
    uint8_t id[4];
    int suite;
    struct str spki;        /* SubjectPublicKeyInfo, DER */
    int64_t from, until;    /* both within; seconds since 1970 UTC */
    uint32_t kinds, states; /* bit n: may seal kind n */
    enum key_status status;
    int64_t since; /* KEY_COMPROMISED */
    struct str name;
    struct where at;
};

struct root {
    uint8_t id[4];
    struct str spki;
    bool test;
    struct str name;
};

struct roots {
    struct root all[8];
    size_t count;
};

struct keys {
    int64_t number, made;
    const struct root *root; /* who signed */
    const struct key *all;
    size_t count;
};

bool suite_find(struct str name, int *suite);
const char *suite_name(int suite);
/* "1,2,7", ascending from least, as bits. */
bool numbers_read(struct str, long least, uint32_t *bits);
/* name: what faults call the text. Every fault is KEY_LIST_FAULT with its line. */
bool roots_parse(struct arena *, const char *name, struct str text, struct roots *out,
                 struct err *) MUST_CHECK;
bool keys_parse(struct arena *, const char *name, struct str text, const struct roots *,
                const struct keys **out, struct err *) MUST_CHECK;
/* The list as text, signed by a root; number and made are the list's. */
bool keys_write(struct arena *, const struct keys *, struct signer *root, struct str *out,
                struct err *) MUST_CHECK;
/* "06e3fd8f" */
struct str key_id_text(struct arena *, const uint8_t id[4]);
/* The key of this id, if there is one and only one; or NULL. */
const struct key *keys_find(const struct keys *, struct str id);
const char *key_status_name(enum key_status);
/* home/config/keys.txt by home/config/roots.txt. */
bool keys_load(struct arena *, const char *home, const struct keys **out,
               struct err *) MUST_CHECK;

#endif
