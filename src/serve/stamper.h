/* stamper.h: a process that asks the time-stamp authority, one signature at a time. It has no
 * key and sees no paper; what comes from the network is read here and nowhere else in the
 * service. */
#ifndef SERVE_STAMPER_H
#define SERVE_STAMPER_H

#include "print/print.h"

/* What must be done before the sandbox is entered; the signer's key is forgotten. */
void stamper_prepare(struct cms_signer *, struct arena *);
/* Never returns. A signature comes as {"id":"7","deadline_ms":9000,"bytes":N} with N octets
 * behind it, and goes back with its time-stamp as an answer (answer.h):
 * {"id":"7","n":0,"ok":true,"signature":"<Base64>"} */
NORETURN void stamper_run(const struct cms_signer *, int fd);

#endif
