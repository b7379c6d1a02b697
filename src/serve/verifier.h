/* verifier.h: a process that says of files whether they are genuine. What strangers made is
 * parsed in children of its own, with limits, so a file made to swallow time costs other files
 * that wait, and never a paper. */
#ifndef SERVE_VERIFIER_H
#define SERVE_VERIFIER_H

#include "print/print.h"

/* What must be done before the sandbox is entered. */
void verifier_prepare(struct service *, struct arena *);
/* Never returns. As renderer_run. registry: the front has one, and is asked how a paper stands
 * while it waits for the answer. */
NORETURN void verifier_run(struct service *, int fd, bool registry);

#endif
