/* renderer.h: a process that turns records into papers, and can do nothing else. It reads
 * requests from its socket and answers each output there; it ends when the socket does. */
#ifndef SERVE_RENDERER_H
#define SERVE_RENDERER_H

#include "print/print.h"

/* What must be done before the sandbox is entered. */
void renderer_prepare(struct service *, struct arena *);
/* Never returns. The service was opened before the fork, with every face mapped. signer: of
 * formal papers, or NULL. */
NORETURN void renderer_run(struct service *, int fd, const struct cms_signer *signer);

#endif
