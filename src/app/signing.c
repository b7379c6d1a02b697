/* signing.c: the signer, opened with a passphrase that never stands in arguments, environment
 * or files of the program: it comes through a descriptor, and is wiped when the key is open. */
#define _DEFAULT_SOURCE /* explicit_bzero */
#include "app/signing.h"

#include "record/request.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

enum { PASSPHRASE_MOST = 1024 };

/* The first line of it. */
static bool read_passphrase(const char *name, char room[PASSPHRASE_MOST], size_t *n,
                            struct err *err)
{
    ssize_t got = 1;
    long fd;

    if (!str_number(str_from(name), &fd)) {
        err_add(err, USAGE, where_none(), "--passphrase-fd“%s”不是文件描述符的编号",
                "--passphrase-fd '%s' is no number of a file descriptor", name);
        err_hint(err, "for example --passphrase-fd 3 3<FILE");
        return false;
    }
    *n = 0;
    while (got > 0 && *n < PASSPHRASE_MOST) {
        got = read((int)fd, room + *n, PASSPHRASE_MOST - *n);
        if (got < 0 && errno == EINTR)
            got = 1;
        else if (got > 0)
            *n += (size_t)got;
    }
    if (got < 0)
        return err_add(err, FILE_READ, where_none(), "无法从描述符 %ld 读取口令：%s",
                       "cannot read the passphrase from descriptor %ld: %s", fd,
                       strerror(errno));
    if (memchr(room, '\n', *n))
        *n = (size_t)((char *)memchr(room, '\n', *n) - room);
    return true;
}

static bool wishes(struct app *app, const struct cms_files *files, const char *at)
{
    struct err *err = &app->err;

    if (at && !record_time_valid(str_from(at))) {
        err_add(err, USAGE, where_none(), "--signed-at“%s”不是带时区的 RFC 3339 时间",
                "--signed-at '%s' is no RFC 3339 time with offset", at);
        err_hint(err, "for example 2024-08-14T15:22:41+08:00");
    }
    if (!files->key) {
        err_add(err, SIGN_KEY, where_file("config/danzheng.ini", 0, 0), "没有配置签名密钥",
                "no signing key is configured");
        err_hint(err, "[sign] key and certificates");
    }
    return err_ok(err);
}

bool signing_open(struct app *app, const struct cms_files *files, const char *passphrase,
                  const char *at, struct signing *out)
{
    char room[PASSPHRASE_MOST];
    size_t n = 0;
    bool ok =
        wishes(app, files, at) &&
        (!passphrase || read_passphrase(passphrase, room, &n, &app->err)) &&
        cms_signer_open(app->arena, files, (struct str){room, n}, &out->signer, &app->err);

    explicit_bzero(room, sizeof room);
    out->at = str_from(at);
    return ok;
}

void signing_close(struct signing *signing)
{
    cms_signer_close(signing->signer);
}
