/* preview.h: a page on this machine that follows what the caller publishes, under a policy that
 * lets it load nothing from anywhere else.
 *
 *   /          the page, as given to preview_open
 *   /state     JSON; with ?since=N it is answered when there is one newer than N
 *   /pages     the pages' HTML
 *
 * Everything happens inside of preview_wait, in the caller's thread. */
#ifndef PREVIEW_PREVIEW_H
#define PREVIEW_PREVIEW_H

#include "base/err.h"

struct preview;

/* port 0: the system chooses. html is copied. Close with preview_close. The caller ignores
 * SIGPIPE. */
bool preview_open(struct arena *, struct str html, int port, struct preview **out,
                  struct err *) MUST_CHECK;
void preview_close(struct preview *); /* NULL is fine */
int preview_port(const struct preview *);
/* Copies both. serial is that of the state, > 0 and growing; who waits for it is answered. */
void preview_publish(struct preview *, long serial, struct str state, struct str pages);
/* Answers for at most so long. */
bool preview_wait(struct preview *, int ms, struct err *) MUST_CHECK;

#endif
