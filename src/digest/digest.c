/* digest.c: SHA-256 over bytes and files, MD5, Base32 and Base64. */
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

void sha256_parts(const struct str *parts, size_t count, uint8_t out[32])
{
    SHA256_CTX context;

    SHA256_Init(&context);
    for (size_t i = 0; i < count; i++)
        SHA256_Update(&context, parts[i].p, parts[i].n);
    SHA256_Final(out, &context);
}

void md5(struct str bytes, uint8_t out[16])
{
    MD5((const unsigned char *)(bytes.p ? bytes.p : ""), bytes.n, out);
}

struct str hex_text(struct arena *arena, const uint8_t *bytes, size_t n)
{
    static const char digits[] = "0123456789abcdef";
    char *text = arena_alloc(arena, 2 * n + 1);

    for (size_t i = 0; i < n; i++) {
        text[2 * i] = digits[bytes[i] >> 4];
        text[2 * i + 1] = digits[bytes[i] & 15];
    }
    return (struct str){text, 2 * n};
}

struct str sha256_hex(struct arena *arena, struct str bytes)
{
    uint8_t sum[32];

    sha256(bytes, sum);
    return hex_text(arena, sum, sizeof sum);
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

static const char base32_letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
static const char base64_letters[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

struct str base32(struct arena *arena, const uint8_t *bytes, size_t n)
{
    char *text = arena_alloc(arena, n / 5 * 8 + 9);
    size_t count = 0;
    unsigned held = 0, bits = 0;

    for (size_t i = 0; i < n; i++) {
        held = held << 8 | bytes[i];
        for (bits += 8; bits >= 5; bits -= 5)
            text[count++] = base32_letters[held >> (bits - 5) & 31];
    }
    if (bits > 0)
        text[count++] = base32_letters[held << (5 - bits) & 31];
    return (struct str){text, count};
}

/* Whole bytes of letters that carry `width` bits each; what is left over must be too short for
 * another letter, and zero. */
static bool letters_read(struct arena *arena, struct str text, const char *letters,
                         unsigned width, struct str *out)
{
    char *bytes = arena_alloc(arena, text.n * width / 8 + 1);
    unsigned held = 0, bits = 0;
    size_t count = 0;

    for (size_t i = 0; i < text.n; i++) {
        const char *found = text.p[i] ? strchr(letters, text.p[i]) : NULL;

        if (!found)
            return false;
        held = held << width | (unsigned)(found - letters);
        bits += width;
        if (bits >= 8) {
            bits -= 8;
            bytes[count++] = (char)(held >> bits & 255);
        }
    }
    if (bits >= width || (held & ((1u << bits) - 1)) != 0)
        return false;
    *out = (struct str){bytes, count};
    return true;
}

bool base32_read(struct arena *arena, struct str text, struct str *out)
{
    char *upper = arena_text(arena, text.p, text.n);

    for (size_t i = 0; i < text.n; i++)
        if (upper[i] >= 'a' && upper[i] <= 'z')
            upper[i] = (char)(upper[i] - ('a' - 'A'));
    return letters_read(arena, (struct str){upper, text.n}, base32_letters, 5, out);
}

bool base64_read(struct arena *arena, struct str text, struct str *out)
{
    size_t n = text.n;

    if (n % 4 != 0)
        return false;
    for (int i = 0; i < 2 && n > 0 && text.p[n - 1] == '='; i++)
        n--;
    return letters_read(arena, (struct str){text.p, n}, base64_letters, 6, out);
}
