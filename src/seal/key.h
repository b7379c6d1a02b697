/* key.h: one key at work: signatures of 64 bytes by Ed25519, or by SM2 with SM3 and the user id
 * 1234567812345678 (GB/T 32918, GM/T 0009). */
#ifndef SEAL_KEY_H
#define SEAL_KEY_H

#include "seal/keys.h"

enum { SIGNATURE = 64 };

/* The first 4 bytes of the SPKI's SHA-256. */
void key_id(struct str spki, uint8_t id[4]);
/* May this DER be a public key of the suite? */
bool key_fits(int suite, struct str spki);
bool key_verify(int suite, struct str spki, struct str message,
                const uint8_t signature[SIGNATURE]);
void sm3(struct str bytes, uint8_t out[32]);

/* A private key, opened; its memory is wiped by signer_close. */
struct signer;

/* RFC 8032, 7.1: its private keys are in print for everybody. Test 1 seals, 2 and 3 are the
 * test roots. */
struct signer *signer_published(int test);
bool key_published(struct str spki);
/* A new one; NULL when the library fails. */
struct signer *signer_generate(int suite);
/* Encrypted PKCS#8 in PEM under the passphrase, and back. KEY_FAULT: it is no such file;
 * PASSPHRASE_WRONG. name: what faults call it. */
bool signer_store(struct arena *, struct signer *, struct str passphrase, struct str *pem,
                  struct err *) MUST_CHECK;
bool signer_open(const char *name, struct str pem, struct str passphrase, struct signer **out,
                 struct err *) MUST_CHECK;
/* A public key in PEM; KEY_FAULT. */
bool spki_from_pem(struct arena *, const char *name, struct str pem, int *suite,
                   struct str *spki, struct err *) MUST_CHECK;
/* From now on private keys lie in memory that is never swapped out; false when the system
 * forbids it. Before any key is opened. */
bool secrets_lock(void);
void signer_close(struct signer *); /* NULL is fine */
int signer_suite(const struct signer *);
struct str signer_spki(const struct signer *);
/* SM2 takes a nonce: never the same twice. INTERNAL when the library fails. */
bool signer_sign(struct signer *, struct str message, uint8_t signature[SIGNATURE],
                 struct err *) MUST_CHECK;

#endif
