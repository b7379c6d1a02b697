/* cms-internal.h: what the files of file signatures share.
 *
 *   der.c         DER, written forwards
 *   cms.c         the blob, written; which certificates may stand in it
 *   cms-signer.c  the signer's key and certificates, and signing
 *   cms-verify.c  the blob, taken apart and held against what the writer makes of it
 *   stamp.c       time-stamps: asked for over HTTP, checked
 *   stamper.c     the same by another process
 */
#ifndef SEAL_CMS_INTERNAL_H
#define SEAL_CMS_INTERNAL_H

#include "base/buf.h"
#include "seal/cms.h"

#include <time.h>

/* OpenSSL has a type of the name of one of our codes. */
#define CONF_VALUE SSL_CONF_VALUE
#include <openssl/cms.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/http.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/ts.h>
#include <openssl/x509v3.h>
#undef CONF_VALUE

enum { CMS_MOST = 1 << 20 };

/* ---- DER: an element is opened, filled and closed, which puts its length in */

size_t der_open(struct buf *, uint8_t tag);
void der_close(struct buf *, size_t open);
void der_put(struct buf *, uint8_t tag, struct str bytes);
/* Whole elements in the order of a SET OF; they are sorted in place. */
void der_put_sorted(struct buf *, struct str *elements, size_t count);

/* ---- the blob */

/* Everything that a blob is made of. */
struct cms_parts {
    struct str certificates; /* DER, in order */
    struct str signer;       /* issuer and serial number, DER */
    uint8_t certificate[32]; /* SHA-256 of the signer's */
    int64_t from, until;     /* its validity, seconds since 1970 */
    uint8_t digest[32];      /* of what is signed */
    bool rsa;
    struct str signature;
    struct str token; /* DER, or empty */
};

/* What is signed: the attributes as a SET. */
void cms_write_attributes(struct buf *, const struct cms_parts *);
void cms_write(struct buf *, const struct cms_parts *);
/* certificates, signer, certificate with its validity, and rsa of these parts; first: the
 * signer's. */
bool cms_parts_of(struct arena *, const STACK_OF(X509) *, const X509 *first,
                  struct cms_parts *out);
struct str cms_certificate(struct arena *, const X509 *);
struct str cms_name(struct arena *, const X509_NAME *); /* "CN = …, O = …" */
/* The parts of a blob of ours that has no time-stamp yet; SIGNATURE_INVALID. */
bool cms_read(struct arena *, struct str blob, struct cms_parts *out, struct err *) MUST_CHECK;
/* NULL, or why the signer's key may not be used. */
const char *cms_key_refused(X509 *);

/* ---- trust */

X509_STORE *cms_trust_store(const struct cms_trust *);
/* Is the certificate trusted at this time, and are all of `with` part of its chain? Adds
 * SIGNATURE_UNTRUSTED or SIGNATURE_INVALID. */
bool cms_trusted(const struct cms_trust *, X509 *, STACK_OF(X509) * with, time_t at,
                 struct err *) MUST_CHECK;

/* ---- time-stamps */

struct stamp_ask {
    const char *url;
    const struct cms_trust *trust;
    long wait;        /* seconds */
    struct str bytes; /* their digest is what is stamped */
};

bool stamp_ask(struct arena *, const struct stamp_ask *, struct str *token,
               struct cms_stamp *out, struct err *) MUST_CHECK;
bool stamp_url_valid(const char *url);
/* A process that asks in this way, until its parent ends or closes *fd. */
bool stamper_start(const struct stamp_ask *, int *fd, struct err *) MUST_CHECK;
bool stamper_ask(int fd, struct arena *, struct str bytes, struct str *token,
                 struct err *) MUST_CHECK;

/* ---- OpenSSL */

/* Its last error in its own words; forgets all. */
const char *cms_reason(void);
int64_t cms_seconds(const ASN1_TIME *); /* since 1970 UTC */
/* The certificates of a PEM file, in its order; NULL when there is none. */
STACK_OF(X509) * cms_certificates(const char *path);

#endif
