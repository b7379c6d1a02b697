/* secret.h: passphrases come from an open descriptor or a systemd credential; never from the
 * command line, the environment or a terminal, where others could see them. */
#ifndef APP_SECRET_H
#define APP_SECRET_H

#include "app/app.h"

enum { SECRET_MOST = 1024 };

struct secret {
    char bytes[SECRET_MOST];
    size_t n;
};

/* from: "3" is a descriptor, read to its end; "seal-key" the file of that name in
 * $CREDENTIALS_DIRECTORY. One line feed at the end does not count. option: what faults name.
 * PASSPHRASE_MISSING when there is none, or an empty one. */
bool secret_read(struct err *, const char *option, const char *from,
                 struct secret *) MUST_CHECK;
void secret_wipe(struct secret *);
/* One that is kept: processes that are forked have it empty, core dumps do not have it, and it
 * is not swapped out where that may be. NULL: the kernel has no such memory. */
struct secret *secret_keep(void);
void secret_release(struct secret *); /* NULL is fine */
struct str secret_view(const struct secret *);

#endif
