/* der.c: DER (X.690): tag, length, contents. An element is written forwards; its length is put
 * in when it is closed, which moves its contents by a few bytes. */
#include "seal/cms-internal.h"

#include <stdlib.h>
#include <string.h>

size_t der_open(struct buf *out, uint8_t tag)
{
    buf_byte(out, (char)tag);
    return out->n;
}

void der_close(struct buf *out, size_t open)
{
    size_t n = out->n - open, bytes = 0;

    if (n >= 128)
        while (n >> 8 * bytes)
            bytes++;
    if (out->failed || !buf_room(out, 1 + bytes))
        return;
    memmove(out->p + open + 1 + bytes, out->p + open, n);
    out->p[open] = (char)(bytes ? 0x80 | bytes : n);
    for (size_t i = 0; i < bytes; i++)
        out->p[open + 1 + i] = (char)(n >> 8 * (bytes - 1 - i) & 255);
}

void der_put(struct buf *out, uint8_t tag, struct str bytes)
{
    size_t open = der_open(out, tag);

    buf_str(out, bytes);
    der_close(out, open);
}

/* No element is the beginning of another one, as each tells its own length. */
static int by_bytes(const void *a, const void *b)
{
    return str_cmp(*(const struct str *)a, *(const struct str *)b);
}

void der_put_sorted(struct buf *out, struct str *elements, size_t count)
{
    if (count > 0)
        qsort(elements, count, sizeof *elements, by_bytes);
    for (size_t i = 0; i < count; i++)
        buf_str(out, elements[i]);
}
