/* cms.h: signatures of files: CMS SignedData (RFC 5652) in the form that PAdES baseline asks
 * for (EN 319 142-1): detached, one signer, SHA-256, P-256 or RSA of 3072 to 4096 bits, no
 * signing-time. B-B; B-T where a time-stamp authority (RFC 3161) is named.
 *
 * Our own writer, because OpenSSL's always adds signing-time. A blob is verified by taking it
 * apart and writing it again: what is not byte for byte what the writer makes of the same parts
 * is refused, so every bit of a blob counts. */
#ifndef SEAL_CMS_H
#define SEAL_CMS_H

#include "base/err.h"

#include <stdint.h>

/* What a file keeps free for a blob, in bytes. */
enum { CMS_ROOM = 4096, CMS_ROOM_STAMPED = 8192 };

struct cms_signer;
struct cms_trust;

struct cms_files {
    const char *key;          /* PEM, PKCS#8, best encrypted */
    const char *certificates; /* PEM: the signer's, then who issued it, and so on */
    const char *trust;        /* PEM: the roots; needed with a time-stamp authority */
    const char *stamps;       /* http://host[:port][/path], or NULL: no time-stamps */
    long wait;                /* seconds that a time-stamp may take */
    bool later;               /* cms_sign leaves room for one, and cms_stamp puts it there */
};

/* Reads key and certificates; every fault is SIGN_KEY. passphrase: of the key, or empty. Close
 * it; what the certificates say stays in the arena. */
bool cms_signer_open(struct arena *, const struct cms_files *, struct str passphrase,
                     struct cms_signer **out, struct err *) MUST_CHECK;
void cms_signer_close(struct cms_signer *); /* NULL is fine */
/* For a process that will not be allowed to connect: another one fetches time-stamps from now
 * on, and ends with it. Nothing where there is no authority. */
bool cms_signer_apart(struct cms_signer *, struct err *) MUST_CHECK;
size_t cms_signer_room(const struct cms_signer *);
bool cms_signer_stamps(const struct cms_signer *); /* NULL does not */
/* Is its certificate valid at this time (RFC 3339)? SIGN_KEY. */
bool cms_signer_valid(const struct cms_signer *, struct str at, struct err *) MUST_CHECK;
/* Forgets the key, where time-stamps are asked for and nothing is signed. */
void cms_signer_forget(struct cms_signer *);
struct str cms_signer_id(const struct cms_signer *); /* SHA-256 of its certificate, hex */
/* A blob over the digest of what is signed. at: when the file says that it is signed
 * (RFC 3339), which must lie in the certificate's validity: SIGN_KEY. STAMP_FAILED when the
 * time-stamp authority does not answer. */
bool cms_sign(const struct cms_signer *, struct arena *, const uint8_t digest[32],
              struct str at, struct str *blob, struct err *) MUST_CHECK;
/* The blob with a time-stamp, got within `wait` seconds: STAMP_FAILED; SIGN_KEY when it tells
 * of a time outside of the certificate's validity. Only the digest of the blob's signature
 * leaves this machine. */
bool cms_stamp(const struct cms_signer *, struct arena *, struct str blob, long wait,
               struct str *out, struct err *) MUST_CHECK;
/* Certificates that are trusted: roots, or a signer's own. */
bool cms_trust_open(struct arena *, const char *path, struct cms_trust **out,
                    struct err *) MUST_CHECK;
void cms_trust_close(struct cms_trust *); /* NULL is fine */

/* When an authority saw something, and who it is. */
struct cms_stamp {
    struct str at; /* RFC 3339; empty: there is no time-stamp */
    struct str by; /* "CN = …, O = …" */
};

struct cms_facts {
    struct str subject, issuer; /* "CN = …, O = …" */
    struct str from, until;     /* the certificate's validity, RFC 3339 */
    struct str id;              /* SHA-256 of the certificate, hex */
    struct cms_stamp stamp;
    const char *algorithm; /* "P-256", "RSA" */
};

/* Is the blob a signature over the digest by somebody who is trusted? at: when it claims to
 * have been made (RFC 3339); a time-stamp in it stands for this. SIGNATURE_INVALID, or, where
 * all is right but who signed (trust NULL: nobody is trusted), SIGNATURE_UNTRUSTED. */
bool cms_verify(const struct cms_trust *, struct arena *, const uint8_t digest[32],
                struct str blob, struct str at, struct cms_facts *out, struct err *) MUST_CHECK;
/* Is the token a trusted time-stamp over these bytes? */
bool cms_stamp_verify(const struct cms_trust *, struct arena *, struct str token,
                      struct str bytes, struct cms_stamp *out, struct err *) MUST_CHECK;

#endif
