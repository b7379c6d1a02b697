/* home.h: a home in a folder of its own ($TMPDIR, whoever sets it takes it away) whose files a
 * fuzzer writes again and again. */
#ifndef FUZZ_HOME_H
#define FUZZ_HOME_H

#include "base/err.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PATH_ROOM = 512 };

static inline void require(bool held)
{
    if (!held)
        abort();
}

static inline const char *home_new(void)
{
    static char path[PATH_ROOM];
    const char *folder = getenv("TMPDIR");

    snprintf(path, sizeof path, "%s/home-XXXXXX", folder ? folder : "/tmp");
    require(mkdtemp(path) != NULL);
    return path;
}

static inline void home_folder(const char *home, const char *name)
{
    char path[2 * PATH_ROOM];

    snprintf(path, sizeof path, "%s/%s", home, name);
    require(mkdir(path, 0700) == 0);
}

/* The project's own. */
static inline void home_link(const char *home, const char *name)
{
    char from[2 * PATH_ROOM], to[2 * PATH_ROOM];

    snprintf(from, sizeof from, "%s/%s", getenv("DANZHENG_HOME"), name);
    snprintf(to, sizeof to, "%s/%s", home, name);
    require(symlink(from, to) == 0);
}

static inline int home_file(const char *home, const char *name)
{
    char path[2 * PATH_ROOM];
    int fd;

    snprintf(path, sizeof path, "%s/%s", home, name);
    fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    require(fd >= 0);
    return fd;
}

static inline void home_write(int fd, struct str text)
{
    require(ftruncate(fd, 0) == 0 && pwrite(fd, text.p, text.n, 0) == (ssize_t)text.n);
}

#endif
