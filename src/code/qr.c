/* qr.c: QR codes (ISO/IEC 18004) in the smallest version that the level allows. */
#include "code/code.h"
#include "code/mask.h"

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

/* Trying masks is nearly all that the library does for a symbol, and mask_choose() does it
 * again in a tenth of the time. Debian's library exports these two, which no header of it
 * declares; where they are not to be had the symbol comes from QRcode_encodeString, and is the
 * same in the end. */
QRcode *QRcode_encodeMask(QRinput *, int mask) __attribute__((weak));
int Split_splitStringToQRinput(const char *, QRinput *, QRencodeMode, int case_sensitive)
    __attribute__((weak));

/* In the smallest version and the modes that need fewest bits, under any mask. */
static QRcode *symbol_of(const char *text, QRecLevel level)
{
    QRinput *input;
    QRcode *symbol = NULL;

    if (!QRcode_encodeMask || !Split_splitStringToQRinput)
        return QRcode_encodeString(text, 0, level, QR_MODE_8, 1);
    input = QRinput_new2(0, level);
    if (input && Split_splitStringToQRinput(text, input, QR_MODE_8, 1) == 0)
        symbol = QRcode_encodeMask(input, 0);
    QRinput_free(input);
    return symbol;
}

static void symbol_drop(void *symbol)
{
    QRcode_free(symbol);
}

bool qr_encode(struct arena *arena, struct str text, enum qr_level level, struct modules *out,
               struct err *err)
{
    const char *copy = arena_text(arena, text.p, text.n); /* the library takes C strings */
    QRcode *symbol = NULL;
    struct owned *owned;
    size_t count;
    uint8_t *dark;

    if (text.n > 0 && memchr(text.p, '\0', text.n) == NULL)
        symbol = symbol_of(copy, qr_library_level(level));
    if (!symbol)
        return err_add(err, INTERNAL, where_none(), "%zu 字节的内容生成不了二维码",
                       "no QR code can carry this text of %zu bytes", text.n);
    count = (size_t)symbol->width * (size_t)symbol->width;
    owned = arena_own(arena, symbol_drop, symbol);
    dark = arena_alloc(arena, count);
    memcpy(dark, symbol->data, count);
    mask_choose(arena, dark, symbol->width, level);
    *out = (struct modules){symbol->width, symbol->width, dark};
    owned_close(owned);
    return true;
}
