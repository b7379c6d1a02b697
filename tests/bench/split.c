/* split.c: font programs in a PDF, and what they would be at deflate level 9. */
#include "split.h"

#include <libdeflate.h>
#include <stdlib.h>
#include <string.h>

enum { LEVEL = 9, PROGRAM_MOST = 64 << 20 };

/* From at on; n when it is not there. */
static size_t find(struct str text, size_t at, struct str what)
{
    while (at + what.n <= text.n) {
        const char *next = memchr(text.p + at, what.p[0], text.n - at - what.n + 1);

        if (!next)
            break;
        at = (size_t)(next - text.p);
        if (memcmp(next, what.p, what.n) == 0)
            return at;
        at++;
    }
    return text.n;
}

/* The stream whose dictionary has something at `at`: its bytes, empty when there is none. */
static struct str stream_at(struct str pdf, size_t at)
{
    static const struct str length = {"/Length ", 8}, stream = {"stream\n", 7};
    size_t start = at, data = find(pdf, at, stream), value;
    unsigned long n;

    while (start > 1 && memcmp(pdf.p + start - 2, "<<", 2) != 0)
        start--;
    value = find(pdf, start, length);
    if (value > data)
        return STR_NONE;
    n = strtoul(pdf.p + value + length.n, NULL, 10);
    data += stream.n;
    return n <= pdf.n && data <= pdf.n - n ? (struct str){pdf.p + data, n} : STR_NONE;
}

static size_t packed_again(struct str bytes)
{
    struct libdeflate_decompressor *opener = libdeflate_alloc_decompressor();
    struct libdeflate_compressor *packer = libdeflate_alloc_compressor(LEVEL);
    char *program = malloc(PROGRAM_MOST), *packed = malloc(PROGRAM_MOST);
    size_t n = 0;

    if (opener && packer && program && packed &&
        libdeflate_zlib_decompress(opener, bytes.p, bytes.n, program, PROGRAM_MOST, &n) == 0)
        n = libdeflate_zlib_compress(packer, program, n, packed, PROGRAM_MOST);
    libdeflate_free_decompressor(opener);
    libdeflate_free_compressor(packer);
    free(program);
    free(packed);
    return n;
}

void split_add(struct str pdf, struct split *out)
{
    const struct str marks[] = {STR("/Subtype/CIDFontType0C"), STR("/Length1 ")};

    for (size_t i = 0; i < COUNT(marks); i++) {
        for (size_t at = 0; (at = find(pdf, at, marks[i])) < pdf.n; at++) {
            struct str program = stream_at(pdf, at);

            if (!program.n)
                continue;
            out->fonts += program.n;
            out->packed9 += packed_again(program);
        }
    }
}
