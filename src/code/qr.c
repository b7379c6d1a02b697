/* qr.c: QR codes (ISO/IEC 18004) in the smallest version that the level allows. */
#include "code/code.h"

#include <qrencode.h>
#include <string.h>

static QRecLevel qr_library_level(enum qr_level level)
{
    switch (level) {
    case QR_L:
        return QR_ECLEVEL_L;
    case QR_M:
        return QR_ECLEVEL_M;
    case QR_Q:
        return QR_ECLEVEL_Q;
    case QR_H:
        break;
    }
    return QR_ECLEVEL_H;
}

static void symbol_drop(void *symbol)
{
    QRcode_free(symbol);
}

bool qr_encode(struct arena *arena, struct str text, enum qr_level level, struct modules *out,
               struct err *err)
{
    /* The library takes C strings and splits them into the modes that need fewest bits. */
    const char *copy = arena_text(arena, text.p, text.n);
    QRcode *symbol = NULL;
    struct owned *owned;
    size_t count;
    uint8_t *dark;

    if (text.n > 0 && memchr(text.p, '\0', text.n) == NULL)
        symbol = QRcode_encodeString(copy, 0, qr_library_level(level), QR_MODE_8, 1);
    if (!symbol)
        return err_add(err, INTERNAL, where_none(), "%zu 字节的内容生成不了二维码",
                       "no QR code can carry this text of %zu bytes", text.n);
    count = (size_t)symbol->width * (size_t)symbol->width;
    owned = arena_own(arena, symbol_drop, symbol);
    dark = arena_alloc(arena, count);
    /* Only the lowest bit is the colour; the others say what a module is for. */
    for (size_t i = 0; i < count; i++)
        dark[i] = symbol->data[i] & 1;
    *out = (struct modules){symbol->width, symbol->width, dark};
    owned_close(owned);
    return true;
}
