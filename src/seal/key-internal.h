/* key-internal.h: an opened key, for the files that make and store keys. */
#ifndef SEAL_KEY_INTERNAL_H
#define SEAL_KEY_INTERNAL_H

#include "seal/key.h"

#include <openssl/evp.h>

enum { SPKI_MOST = 128 };

struct signer {
    EVP_PKEY *key;
    int suite;
    uint8_t spki[SPKI_MOST];
    size_t spki_bytes;
};

/* Takes the key, which may be NULL; NULL when it is of no suite. */
struct signer *signer_new(EVP_PKEY *);

#endif
