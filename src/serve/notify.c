/* notify.c: environment and one datagram. */
#define _GNU_SOURCE /* SOCK_CLOEXEC */
#include "serve/notify.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

void notify_send(const char *state)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    const char *path = getenv("NOTIFY_SOCKET");
    size_t n = path ? strlen(path) : 0;
    socklen_t size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + n);
    int fd;

    if (n == 0 || n >= sizeof address.sun_path || (path[0] != '/' && path[0] != '@'))
        return;
    memcpy(address.sun_path, path, n);
    if (path[0] == '@')
        address.sun_path[0] = '\0';
    fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return;
    (void)sendto(fd, state, strlen(state), MSG_NOSIGNAL, (const struct sockaddr *)&address,
                 size);
    close(fd);
}

void notify_reloading(void)
{
    struct timespec now;
    char text[80];

    clock_gettime(CLOCK_MONOTONIC, &now);
    snprintf(text, sizeof text, "RELOADING=1\nMONOTONIC_USEC=%" PRId64,
             (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000);
    notify_send(text);
}

/* A decimal number of the environment; -1 when there is none. */
static long number_of(const char *name)
{
    const char *text = getenv(name);
    char *end;
    long number;

    if (!text || !*text)
        return -1;
    number = strtol(text, &end, 10);
    return *end || number < 0 ? -1 : number;
}

int notify_descriptor(const char *name, bool first)
{
    struct str rest = str_from(getenv("LISTEN_FDNAMES"));
    long count = number_of("LISTEN_FDS");

    if (number_of("LISTEN_PID") != (long)getpid() || count < 1)
        return -1;
    for (int i = 0; i < count && rest.n; i++) {
        if (str_is(str_cut(rest, ':', &rest), name))
            return NOTIFY_FIRST_FD + i;
    }
    return first && count == 1 ? NOTIFY_FIRST_FD : -1;
}

long notify_watchdog(void)
{
    long pid = number_of("WATCHDOG_PID"), microseconds = number_of("WATCHDOG_USEC");

    if (microseconds < 0 || (pid >= 0 && pid != (long)getpid()))
        return 0;
    return microseconds / 1000;
}
