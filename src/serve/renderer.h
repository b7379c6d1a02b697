/* renderer.h: a process that turns records into papers, and can do nothing else. It reads
 * requests from its socket and answers each output there; it ends when the socket does. */
#ifndef SERVE_RENDERER_H
#define SERVE_RENDERER_H

#include "print/print.h"

/* Of formal papers. */
struct renderer_signing {
    struct cms_signer *signer; /* or NULL */
    struct str at;             /* RFC 3339, or empty: when each was sealed */
};

/* What must be done before the sandbox is entered. */
void renderer_prepare(struct service *, const struct renderer_signing *, struct arena *);
/* Never returns. The service was opened before the fork, with every face mapped. */
NORETURN void renderer_run(struct service *, int fd, const struct renderer_signing *);

#endif
