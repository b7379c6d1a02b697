/* socket.c: the service's socket, from both sides. */
#define _GNU_SOURCE /* SOCK_CLOEXEC */
#include "serve/serve.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

enum { BACKLOG = 1024 };

static bool failed(const char *path, const char *why, struct err *err)
{
    return err_add(err, SOCKET_FAILED, where_file(path, 0, 0), "套接字“%s”：%s",
                   "socket '%s': %s", path, why);
}

static bool address_of(const char *path, struct sockaddr_un *address, struct err *err)
{
    size_t n = strlen(path);

    if (n >= sizeof address->sun_path)
        return failed(path, "the path is too long", err);
    *address = (struct sockaddr_un){.sun_family = AF_UNIX};
    memcpy(address->sun_path, path, n + 1);
    return true;
}

/* Of the two ends one connects, the other listens; both begin so. */
static bool reach(const char *path, const struct sockaddr_un *address, int *fd, struct err *err)
{
    int made = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    if (made < 0)
        return failed(path, strerror(errno), err);
    if (connect(made, (const struct sockaddr *)address, sizeof *address) != 0) {
        failed(path, strerror(errno), err);
        err_hint(err, "danzheng serve --socket %s", path);
        close(made);
        return false;
    }
    *fd = made;
    return true;
}

bool serve_connect(const char *path, int *fd, struct err *err)
{
    struct sockaddr_un address;

    return address_of(path, &address, err) && reach(path, &address, fd, err);
}

/* What a service that was killed left behind is removed; one that lives is not pushed aside. */
static bool clear_way(const char *path, const struct sockaddr_un *address, struct err *err)
{
    struct stat info;
    struct err nobody;
    int fd;

    if (lstat(path, &info) != 0)
        return true;
    if (!S_ISSOCK(info.st_mode))
        return failed(path, "there is a file of this name", err);
    err_init(&nobody, err->arena);
    if (reach(path, address, &fd, &nobody)) {
        close(fd);
        return failed(path, "another service answers there", err);
    }
    return unlink(path) == 0 || failed(path, strerror(errno), err);
}

bool serve_listen(const char *path, unsigned mode, int *fd, struct err *err)
{
    struct sockaddr_un address;
    int made;

    if (!address_of(path, &address, err) || !clear_way(path, &address, err))
        return false;
    made = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (made < 0 || bind(made, (const struct sockaddr *)&address, sizeof address) != 0 ||
        chmod(path, (mode_t)mode) != 0 || listen(made, BACKLOG) != 0) {
        failed(path, strerror(errno), err);
        if (made >= 0)
            close(made);
        return false;
    }
    *fd = made;
    return true;
}
