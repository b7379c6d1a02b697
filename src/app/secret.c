/* secret.c: reads passphrases, and forgets them. */
#define _DEFAULT_SOURCE /* explicit_bzero, madvise */
#include "app/secret.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static bool missing(struct err *err, const char *option, const char *why_zh, const char *why_en)
{
    err_add(err, PASSPHRASE_MISSING, where_none(), "--%s：%s%.0s", "--%s: %.0s%s", option,
            why_zh, why_en);
    err_hint(err, "--%s 3 3<FILE reads descriptor 3; --%s NAME a systemd credential", option,
             option);
    return false;
}

static int secret_open(struct arena *arena, const char *from)
{
    const char *folder = getenv("CREDENTIALS_DIRECTORY");
    long fd;

    if (str_number(str_from(from), &fd))
        return (int)fd;
    if (!folder || strchr(from, '/') || *from == '.')
        return -1;
    return open(arena_printf(arena, "%s/%s", folder, from), O_RDONLY | O_CLOEXEC);
}

bool secret_read(struct err *err, const char *option, const char *from, struct secret *secret)
{
    ssize_t n = -1;
    int fd;

    secret->n = 0;
    if (!from)
        return missing(err, option, "没有口令来源", "no passphrase is supplied");
    fd = secret_open(err->arena, from);
    if (fd < 0)
        return missing(err, option, "没有这个凭据", "there is no such credential");
    while (secret->n < SECRET_MOST) {
        n = read(fd, secret->bytes + secret->n, SECRET_MOST - secret->n);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            break;
        secret->n += (size_t)n;
    }
    if (n < 0)
        return missing(err, option, "口令读不出来", "the passphrase cannot be read");
    if (fd > STDERR_FILENO)
        close(fd);
    if (secret->n && secret->bytes[secret->n - 1] == '\n')
        secret->n--;
    if (secret->n == 0 || secret->n == SECRET_MOST)
        return missing(err, option, "口令为空或过长", "the passphrase is empty or too long");
    return true;
}

void secret_wipe(struct secret *secret)
{
    explicit_bzero(secret, sizeof *secret);
}

struct secret *secret_keep(void)
{
    struct secret *secret =
        mmap(NULL, sizeof *secret, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    if (secret == MAP_FAILED)
        return NULL;
    if (madvise(secret, sizeof *secret, MADV_WIPEONFORK) != 0 ||
        madvise(secret, sizeof *secret, MADV_DONTDUMP) != 0) {
        munmap(secret, sizeof *secret);
        return NULL;
    }
    (void)mlock(secret, sizeof *secret);
    return secret;
}

void secret_release(struct secret *secret)
{
    if (!secret)
        return;
    secret_wipe(secret);
    munmap(secret, sizeof *secret);
}

struct str secret_view(const struct secret *secret)
{
    return (struct str){secret->bytes, secret->n};
}
