/* unicode.c: text in PDF: UTF-16 strings, and the tables that say what a glyph stands for. */
#include "base/utf8.h"
#include "pdf/pdf-internal.h"

/* A block of a CMap holds at most so many lines. */
enum { BLOCK = 100 };

static void put_hex(struct buf *out, unsigned value)
{
    static const char digits[] = "0123456789ABCDEF";

    for (int shift = 12; shift >= 0; shift -= 4)
        buf_byte(out, digits[value >> shift & 15]);
}

void put_utf16(struct buf *out, struct str text)
{
    for (size_t at = 0; at < text.n;) {
        uint32_t code = utf8_next(text, &at);

        if (code == UTF8_BAD)
            code = 0xFFFD;
        if (code >= 0x10000) {
            put_hex(out, 0xD800 + ((code - 0x10000) >> 10));
            code = 0xDC00 + ((code - 0x10000) & 0x3FF);
        }
        put_hex(out, code);
    }
}

bool text_string_fits(struct str text)
{
    size_t bytes = 2; /* the mark at its beginning */

    for (size_t at = 0; at < text.n;)
        bytes += utf8_next(text, &at) >= 0x10000 ? 4 : 2;
    return bytes <= 32767;
}

void put_text_string(struct buf *out, struct str text)
{
    buf_text(out, "<FEFF");
    put_utf16(out, text);
    buf_byte(out, '>');
}

/* The only character of the text if it is one UTF-16 unit, else 0. */
static uint32_t single_unit(struct str text)
{
    size_t at = 0;
    uint32_t code = text.n > 0 ? utf8_next(text, &at) : 0;

    return at == text.n && code < 0x10000 ? code : 0;
}

/* How many glyphs from the first on are a range: CIDs and characters both count up by one, and
 * neither leaves its row of 256 (the format allows no more). */
static size_t range_length(const struct shown *glyphs, size_t count)
{
    uint32_t code = single_unit(glyphs[0].text);
    size_t n = 1;

    while (code && n < count && glyphs[n].cid == glyphs[0].cid + n &&
           (glyphs[n].cid & 255) != 0 && single_unit(glyphs[n].text) == code + n &&
           ((code + n) & 255) != 0)
        n++;
    return n;
}

static void put_line(struct buf *out, const struct shown *glyphs, size_t length)
{
    buf_byte(out, '<');
    put_hex(out, glyphs[0].cid);
    buf_text(out, "> <");
    if (length > 1) {
        put_hex(out, glyphs[length - 1].cid);
        buf_text(out, "> <");
    }
    put_utf16(out, glyphs[0].text);
    buf_text(out, ">\n");
}

/* Blocks of the lines that are ranges, or of those that are not. */
static void put_blocks(struct buf *out, const struct shown *glyphs, size_t count, bool ranges)
{
    const char *kind = ranges ? "range" : "char";
    struct buf lines;
    int n = 0;

    buf_init(&lines, out->max);
    for (size_t i = 0, length; i < count; i += length) {
        length = range_length(glyphs + i, count - i);
        if ((length > 1) == ranges) {
            put_line(&lines, glyphs + i, length);
            n++;
        }
        if (n == BLOCK || (n > 0 && i + length >= count)) {
            buf_printf(out, "%d beginbf%s\n", n, kind);
            buf_str(out, buf_view(&lines));
            buf_printf(out, "endbf%s\n", kind);
            buf_clear(&lines);
            n = 0;
        }
    }
    buf_release(&lines);
}

void unicode_table(struct buf *out, const struct shown *glyphs, size_t count)
{
    buf_text(out, "/CIDInit /ProcSet findresource begin\n12 dict begin\nbegincmap\n"
                  "/CIDSystemInfo << /Registry (Adobe) /Ordering (UCS) /Supplement 0 >> def\n"
                  "/CMapName /Adobe-Identity-UCS def\n/CMapType 2 def\n"
                  "1 begincodespacerange\n<0000> <FFFF>\nendcodespacerange\n");
    put_blocks(out, glyphs, count, true);
    put_blocks(out, glyphs, count, false);
    buf_text(out, "endcmap\nCMapName currentdict /CMap defineresource pop\nend\nend\n");
}
