/* kinds.c: what each character is to the rules of Chinese typesetting. Han, ASCII and Chinese
 * punctuation are told by ranges and tables; only the rest asks ICU. */
#include "text/text-internal.h"

#include <unicode/uchar.h>

/* U+3000 to U+301F: brackets come in pairs, the opening one first. */
static const uint8_t CJK_MARKS[] = {
    [0x00] = KIND_BLANK, [0x01] = KIND_POINT, [0x02] = KIND_STOP,  [0x05] = KIND_HAN,
    [0x06] = KIND_HAN,   [0x07] = KIND_HAN,   [0x08] = KIND_OPEN,  [0x09] = KIND_CLOSE,
    [0x0A] = KIND_OPEN,  [0x0B] = KIND_CLOSE, [0x0C] = KIND_OPEN,  [0x0D] = KIND_CLOSE,
    [0x0E] = KIND_OPEN,  [0x0F] = KIND_CLOSE, [0x10] = KIND_OPEN,  [0x11] = KIND_CLOSE,
    [0x14] = KIND_OPEN,  [0x15] = KIND_CLOSE, [0x16] = KIND_OPEN,  [0x17] = KIND_CLOSE,
    [0x18] = KIND_OPEN,  [0x19] = KIND_CLOSE, [0x1A] = KIND_OPEN,  [0x1B] = KIND_CLOSE,
    [0x1D] = KIND_OPEN,  [0x1E] = KIND_CLOSE, [0x1F] = KIND_CLOSE,
};

static enum kind kind_of_ascii(uint32_t c)
{
    if (c == '\n')
        return KIND_FEED;
    if (c == ' ')
        return KIND_BLANK;
    return (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z') ? KIND_LETTER
                                                                              : KIND_OTHER;
}

static enum kind kind_of_mark(uint32_t c)
{
    switch (c) {
    case 0x2018:
    case 0x201C:
    case 0xFF08:
    case 0xFF3B:
    case 0xFF5B:
    case 0xFF5F:
        return KIND_OPEN;
    case 0x2019:
    case 0x201D:
    case 0xFF09:
    case 0xFF3D:
    case 0xFF5D:
    case 0xFF60:
        return KIND_CLOSE;
    case 0xFF0C:
    case 0xFF1A:
    case 0xFF1B:
        return KIND_POINT;
    case 0xFF01:
    case 0xFF0E:
    case 0xFF1F:
        return KIND_STOP;
    case 0x00B7:
    case 0x2027:
    case 0x30FB:
        return KIND_DOT;
    case 0x2014:
    case 0x2026:
        return KIND_DASH;
    default:
        return KIND_OTHER;
    }
}

static enum kind kind_by_property(uint32_t c)
{
    int width;

    if (!u_isalnum((UChar32)c))
        return KIND_OTHER;
    width = u_getIntPropertyValue((UChar32)c, UCHAR_EAST_ASIAN_WIDTH);
    return width == U_EA_WIDE || width == U_EA_FULLWIDTH ? KIND_OTHER : KIND_LETTER;
}

enum kind kind_of(uint32_t c)
{
    enum kind mark;

    if (c < 0x80)
        return kind_of_ascii(c);
    if ((c >= 0x4E00 && c < 0xA000) || (c >= 0x3400 && c < 0x4DC0) ||
        (c >= 0x20000 && c < 0x33480) || (c >= 0xF900 && c < 0xFB00))
        return KIND_HAN;
    if (c >= 0x3000 && c < 0x3000 + COUNT(CJK_MARKS))
        return (enum kind)CJK_MARKS[c - 0x3000];
    mark = kind_of_mark(c);
    if (mark != KIND_OTHER)
        return mark;
    if ((c >= 0x3041 && c < 0x3100) || (c >= 0x31F0 && c < 0x3200))
        return KIND_HAN;
    return kind_by_property(c);
}
