/* digest.c: SHA-256 over bytes and files, MD5, Base32. */
/* MD5 is deprecated for good reasons, none of which touch a checksum; SHA-256 only in this
 * form, which never asks for memory. */
#define OPENSSL_SUPPRESS_DEPRECATED
#include "digest/digest.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/md5.h>
#include <openssl/sha.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

/* Step by step, because the whole in one call asks for memory, and can fail. */
void sha256(struct str bytes, uint8_t out[32])
{
    SHA256_CTX context;

    SHA256_Init(&context);
    SHA256_Update(&context, bytes.p ? bytes.p : "", bytes.n);
    SHA256_Final(out, &context);
}

void md5(struct str bytes, uint8_t out[16])
{
    MD5((const unsigned char *)(bytes.p ? bytes.p : ""), bytes.n, out);
}

struct str sha256_hex(struct arena *arena, struct str bytes)
{
    static const char digits[] = "0123456789abcdef";
    uint8_t sum[32];
    char *hex = arena_alloc(arena, 65);

    sha256(bytes, sum);
    for (size_t i = 0; i < sizeof sum; i++) {
        hex[2 * i] = digits[sum[i] >> 4];
        hex[2 * i + 1] = digits[sum[i] & 15];
    }
    return (struct str){hex, 64};
}

bool sha256_file(struct arena *arena, const char *path, struct str *hex, struct err *err)
{
    void *bytes = MAP_FAILED;
    struct stat st;
    size_t size = 0;
    bool ok = false;
    int fd = open(path, O_RDONLY | O_CLOEXEC);

    if (fd < 0 || fstat(fd, &st) < 0)
        goto out;
    size = (size_t)st.st_size;
    /* A file of no bytes cannot be mapped, but has a digest. */
    if (size > 0) {
        bytes = mmap(NULL, size, PROT_READ, MAP_PRIVATE, fd, 0);
        if (bytes == MAP_FAILED)
            goto out;
    }
    *hex = sha256_hex(arena, (struct str){size > 0 ? bytes : "", size});
    ok = true;
out:
    if (!ok)
        err_add(err, FILE_READ, where_none(), "读不了文件“%s”：%s", "cannot read \"%s\": %s",
                path, strerror(errno));
    if (bytes != MAP_FAILED)
        munmap(bytes, size);
    if (fd >= 0)
        close(fd);
    return ok;
}

struct str base32(struct arena *arena, const uint8_t *bytes, size_t n)
{
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    char *text = arena_alloc(arena, n / 5 * 8 + 1);
    size_t count = 0;

    for (size_t i = 0; i + 5 <= n; i += 5) {
        uint64_t group = 0;

        for (size_t k = 0; k < 5; k++)
            group = group << 8 | bytes[i + k];
        for (int shift = 35; shift >= 0; shift -= 5)
            text[count++] = letters[group >> shift & 31];
    }
    return (struct str){text, count};
}
