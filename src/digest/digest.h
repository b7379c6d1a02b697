/* digest.h: SHA-256 (FIPS 180-4) and MD5 by OpenSSL's libcrypto, and RFC 4648 Base32 and
 * Base64. */
#ifndef DIGEST_DIGEST_H
#define DIGEST_DIGEST_H

#include "base/err.h"

#include <stdint.h>

void sha256(struct str bytes, uint8_t out[32]);
/* Of the parts one after the other. */
void sha256_parts(const struct str *parts, size_t count, uint8_t out[32]);
struct str sha256_hex(struct arena *, struct str bytes);
/* Of a whole file; FILE_READ when it cannot be read. */
bool sha256_file(struct arena *, const char *path, struct str *hex, struct err *) MUST_CHECK;
/* Only as the checksum that PDF asks for: it proves nothing. */
void md5(struct str bytes, uint8_t out[16]);
/* A–Z 2–7, no padding. */
struct str base32(struct arena *, const uint8_t *bytes, size_t n);
/* Either case; false for padding, other letters, bits left over. */
bool base32_read(struct arena *, struct str text, struct str *out);
/* Padded, as buf_base64 writes it; false for anything else. */
bool base64_read(struct arena *, struct str text, struct str *out);

#endif
