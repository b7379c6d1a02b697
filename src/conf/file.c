/* file.c: a whole file into memory. Configuration files are small, and a limit keeps a wrong
 * path from filling it. */
#include "conf/conf.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { FILE_MOST = 4 << 20 };

bool conf_file(struct arena *arena, const char *home, const char *path, struct str *out,
               struct err *err)
{
    const char *full = arena_printf(arena, "%s/%s", home, path);
    const char *name = arena_text(arena, path, strlen(path));
    struct stat info;
    struct str text = STR_NONE;
    ssize_t got = -1;
    char *bytes;
    bool ok = false;
    int fd = -1;

    if (stat(full, &info) != 0)
        goto out;
    if (!S_ISREG(info.st_mode) || info.st_size > FILE_MOST) {
        errno = S_ISREG(info.st_mode) ? EFBIG : EISDIR;
        goto out;
    }
    bytes = arena_alloc(arena, (size_t)info.st_size + 1);
    text.p = bytes;
    fd = open(full, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        goto out;
    while (text.n < (size_t)info.st_size) {
        got = read(fd, bytes + text.n, (size_t)info.st_size - text.n);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            break;
        text.n += (size_t)got;
    }
    ok = got >= 0 || info.st_size == 0;
out:
    if (!ok)
        err_add(err, CONF_MISSING, where_file(name, 0, 0), "无法读取文件：%s",
                "cannot be read: %s", strerror(errno));
    if (fd >= 0)
        close(fd);
    if (ok)
        *out =
            str_starts(text, STR("\xEF\xBB\xBF")) ? (struct str){text.p + 3, text.n - 3} : text;
    return ok;
}
