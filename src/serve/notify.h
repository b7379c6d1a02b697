/* notify.h: what a service and its manager tell each other (sd_notify(3), sd_listen_fds(3)),
 * without a library. Where there is no such manager nothing happens. */
#ifndef SERVE_NOTIFY_H
#define SERVE_NOTIFY_H

#include "base/str.h"

enum { NOTIFY_FIRST_FD = 3 };

/* "READY=1", "STOPPING=1", "WATCHDOG=1", "STATUS=…": lines of one message. */
void notify_send(const char *state);
/* "RELOADING=1" wants the time of the monotonic clock with it. */
void notify_reloading(void);
/* The descriptor that was handed over under this name (FileDescriptorName=), or -1. With one
 * that has no name, it is the first. */
int notify_descriptor(const char *name, bool first);
/* How often WATCHDOG=1 is expected, in ms; 0: never. */
long notify_watchdog(void);

#endif
