/* manifest.h: what a batch made, as evidence: the digest of every file, signed once.
 *
 *     # danzheng-manifest/1
 *     # files 2
 *     # until 2024-08-14T15:22:41+08:00     when the latest of its records was received
 *     # signed 2024-08-14T15:22:41+08:00    where it is signed: when
 *     <SHA-256>  <name>                     in the order in which they were made
 *     # signature <Base64>                  as of a signed PDF, over all bytes before this line
 *
 * `sha256sum -c` reads it. A second batch into the same folder writes manifest-2.txt, and so
 * on; together they list the folder. No clock is asked: the same batch has the same manifest.
 * The sealer never signs bytes that it is given, so the key of [sign] signs it. */
#ifndef APP_MANIFEST_H
#define APP_MANIFEST_H

#include "app/signing.h"

struct manifest {
    struct buf entries;
    size_t count;
    char until[64]; /* RFC 3339 */
    int64_t latest; /* the same in seconds */
};

void manifest_init(struct manifest *);
void manifest_release(struct manifest *);
/* name: of a file, from the batch's folder on; received_at: of its record. */
void manifest_add(struct manifest *, struct str name, struct str sha256,
                  struct str received_at);
/* Nothing where nothing was made, or where the last one there says the same: a batch that was
 * stopped after it was written; signed where there is a signer. */
bool manifest_write(struct manifest *, struct arena *, const char *folder,
                    const struct signing *, struct err *) MUST_CHECK;

struct manifest_report {
    const char *verdict; /* GENUINE, UNSIGNED, UNKNOWN KEY, NOT GENUINE */
    int exit;
    size_t manifests, files;
    struct buf lines; /* what is wrong, a line each, for people; release it */
};

/* Holds a folder against its manifests. False where nothing can be said: no manifest there, a
 * folder that cannot be read. */
bool manifest_verify(struct arena *, const struct cms_files *, const char *folder,
                     struct manifest_report *out, struct err *) MUST_CHECK;

#endif
