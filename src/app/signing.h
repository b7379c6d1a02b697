/* signing.h: what commands that sign files have in common. */
#ifndef APP_SIGNING_H
#define APP_SIGNING_H

#include "app/app.h"

struct signing {
    struct cms_signer *signer;
    struct str at; /* RFC 3339, or empty: when the record was received */
};

/* The signer of [sign], its key opened with the passphrase that is read from the descriptor
 * `passphrase` names (NULL: there is none). Close it either way. */
bool signing_open(struct app *, const struct cms_files *, const char *passphrase,
                  const char *at, struct signing *out) MUST_CHECK;
void signing_close(struct signing *);

#endif
