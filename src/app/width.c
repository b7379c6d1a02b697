/* width.c: columns of text on a terminal (Unicode's East Asian Width, wide and fullwidth). */
#include "app/app.h"

#include "base/utf8.h"

struct range {
    uint32_t first, last;
};

static const struct range wide[] = {
    {0x1100, 0x115F},   {0x2E80, 0x303E}, {0x3041, 0x33FF}, {0x3400, 0x4DBF},
    {0x4E00, 0x9FFF},   {0xA000, 0xA4CF}, {0xAC00, 0xD7A3}, {0xF900, 0xFAFF},
    {0xFE30, 0xFE6F},   {0xFF00, 0xFF60}, {0xFFE0, 0xFFE6}, {0x1F300, 0x1F64F},
    {0x20000, 0x3FFFD},
};
static const struct range none[] = {
    {0x0300, 0x036F},
    {0x200B, 0x200F},
    {0xFE00, 0xFE0F},
    {0xE0100, 0xE01EF},
};

static bool within(const struct range *ranges, size_t count, uint32_t code)
{
    for (size_t i = 0; i < count; i++) {
        if (code >= ranges[i].first && code <= ranges[i].last)
            return true;
    }
    return false;
}

size_t text_width(struct str text)
{
    size_t width = 0;

    for (size_t at = 0; at < text.n;) {
        uint32_t code = utf8_next(text, &at);

        if (within(none, COUNT(none), code))
            continue;
        width += within(wide, COUNT(wide), code) ? 2 : 1;
    }
    return width;
}

void text_column(struct buf *buf, struct str text, size_t width)
{
    buf_str(buf, text);
    for (size_t n = text_width(text); n < width; n++)
        buf_byte(buf, ' ');
}
