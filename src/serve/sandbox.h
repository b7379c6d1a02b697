/* sandbox.h: after it a process can compute, read and write what is open already, and end. It
 * can open, connect, execute and fork nothing: files are denied by Landlock and answered EACCES
 * by seccomp, anything else that is not listed ends the process. */
#ifndef SERVE_SANDBOX_H
#define SERVE_SANDBOX_H

#include "base/err.h"

struct sandbox {
    int landlock; /* its ABI; 0: none */
    bool seccomp;
};

enum sandbox_kind {
    SANDBOX_ALONE,    /* as above */
    SANDBOX_CHILDREN, /* it may fork, for work with limits of its own; its children may no more
                       * than it, but open /dev/null */
    SANDBOX_NETWORK   /* it may connect to other machines, and read what names are looked up
                       * with; it may not fork, execute, listen, look into other processes, or
                       * write files */
};

/* Enters it. What the kernel does not have is left out; with `required` that is a fault. */
bool sandbox_enter(enum sandbox_kind, bool required, struct sandbox *out,
                   struct err *) MUST_CHECK;
/* What a process in it was seen to do, by one that tried. */
struct sandbox_trial {
    struct sandbox sandbox;
    bool opens, connects, forks;
};

void sandbox_try(struct sandbox_trial *out);
void sandbox_tell(const struct sandbox_trial *); /* to the log */
/* SANDBOX_FAILED where a trial found less than all that there is to it. */
bool sandbox_well(const struct sandbox_trial *, struct err *) MUST_CHECK;
/* Address space, processor time, files, core dumps of a renderer. */
void sandbox_limits(void);

#endif
