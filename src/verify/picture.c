/* picture.c: the QR code in the picture of a paper, read by zbarimg in a confined child. It is
 * told which of two formats to expect, gets the bytes on standard input, and has none of our
 * environment, so that a picture can neither choose its decoder nor name a file. */
#define _GNU_SOURCE
#include "verify/verify-internal.h"

#include "confine/confine.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum {
    MEMORY_MOST = 1 << 30,
    SECONDS_MOST = 20,
    ANSWER_MOST = 64 << 10,
};

static const char no_program = '\0'; /* the child's answer when it has no zbarimg */

struct scanning {
    int fd;
    const char *format;
    const char *size; /* to read it at: what fails at one is often read at another */
};

static const char *format_of(struct str file)
{
    if (str_starts(file, STR("\x89PNG\r\n\x1A\n")))
        return "png";
    return str_starts(file, STR("\xFF\xD8\xFF")) ? "jpeg" : NULL;
}

bool picture_is(struct str file)
{
    return format_of(file) != NULL;
}

static bool scan(void *user, int answer)
{
    static const char *const places[] = {"/usr/bin/zbarimg", "/usr/local/bin/zbarimg"};
    static const char *const environment[] = {"MAGICK_THREAD_LIMIT=1", "LC_ALL=C", NULL};
    const struct scanning *picture = user;
    char input[32];
    const char *const arguments[] = {"zbarimg",   "--quiet",         "--raw", "--nodbus",
                                     "-Sdisable", "-Sqrcode.enable", input,   NULL};

    snprintf(input, sizeof input, "%s:fd:0[%s]", picture->format, picture->size);
    if (dup2(picture->fd, STDIN_FILENO) < 0 || dup2(answer, STDOUT_FILENO) < 0 ||
        lseek(STDIN_FILENO, 0, SEEK_SET) != 0)
        return false;
    for (size_t i = 0; i < COUNT(places); i++)
        execve(places[i], (char *const *)(uintptr_t)arguments,
               (char *const *)(uintptr_t)environment);
    return confine_write(answer, &no_program, 1);
}

/* In memory, because a child with limits can write no file. */
static int picture_open(struct str file)
{
    int fd = memfd_create("picture", MFD_CLOEXEC);

    if (fd >= 0 && confine_write(fd, file.p, file.n))
        return fd;
    if (fd >= 0)
        close(fd);
    return -1;
}

static bool unread(struct err *err)
{
    err_add(err, PICTURE_UNREAD, where_none(), "图片中没有可以读出的二维码",
            "no QR code can be read in the picture");
    err_hint(err, "scan the whole code, flat and sharp, at 200 dpi or more");
    return false;
}

/* A paper has its seal on every page; two different ones are two papers. Other codes stand on
 * walls, too: they count only where there is no seal. */
static bool pick(struct arena *arena, struct str lines, struct str *out, struct err *err)
{
    struct str seal = STR_NONE, other = STR_NONE, bytes;

    while (lines.n > 0) {
        struct str line = str_trim(str_cut(lines, '\n', &lines));
        struct seal_fields fields;

        if (!line.n || str_eq(line, seal))
            continue;
        if (!seal_text_read(arena, line, &bytes) || seal_parse(bytes, &fields) == SEAL_FORGED) {
            other = line;
        } else if (seal.n) {
            err_add(err, PICTURE_SEALS, where_none(), "图片中有不止一份单证的二维码",
                    "the picture shows the codes of more than one paper");
            err_hint(err, "one paper at a time");
            return false;
        } else {
            seal = line;
        }
    }
    if (!seal.n && !other.n)
        return unread(err);
    *out = str_copy(arena, seal.n ? seal : other);
    return true;
}

static enum confined read_codes(struct str file, struct buf *answer)
{
    static const struct confine share = {.memory = MEMORY_MOST, .seconds = SECONDS_MOST};
    static const char *const sizes[] = {"100%", "150%", "200%"};
    struct scanning scanning = {.fd = picture_open(file), .format = format_of(file)};
    enum confined ended = CONFINED_DIED;

    if (scanning.fd < 0)
        return CONFINED_NOT_RUN;
    for (size_t i = 0; i < COUNT(sizes) && ended == CONFINED_DIED; i++) {
        scanning.size = sizes[i];
        buf_clear(answer);
        ended = confine_run(&share, scan, &scanning, answer);
    }
    close(scanning.fd);
    return ended;
}

bool picture_read(struct arena *arena, struct str file, struct str *out, struct err *err)
{
    enum confined ended;
    struct buf answer;
    bool ok;

    buf_init(&answer, ANSWER_MOST);
    ended = read_codes(file, &answer);
    if (ended == CONFINED_NOT_RUN) {
        ok = err_add(err, INTERNAL, where_none(), "无法建立子进程：%s",
                     "no process for reading the picture: %s", strerror(errno));
    } else if (answer.n == 1 && answer.p[0] == no_program) {
        ok = err_add(err, PACKAGE_MISSING, where_none(), "缺少 zbarimg（软件包 zbar-tools）",
                     "zbarimg (package zbar-tools) is missing");
    } else {
        ok = ended == CONFINED_WELL ? pick(arena, buf_view(&answer), out, err) : unread(err);
    }
    buf_release(&answer);
    return ok;
}
