/* unicode.c: text in PDF: UTF-16 strings, and the tables that say what a glyph stands for. */
#include "base/utf8.h"
#include "pdf/pdf-internal.h"

#include <string.h>

/* A block of a CMap holds at most so many lines. */
enum { BLOCK = 100, SIGNS_LAST = 0xFFEF };

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

uint32_t text_unit(struct str text)
{
    size_t at = 0;
    uint32_t code = text.n > 0 ? utf8_next(text, &at) : 0;

    return at == text.n && code < 0x10000 ? code : 0;
}

/* ---- ToUnicode */

/* Rows of 256 CIDs, and those of the characters that they stand for: Latin, signs, punctuation
 * of Chinese, Han, second glyphs of Latin, full-width letters (of the last row no more than
 * these, for U+FFFE is no character). */
static const struct {
    uint8_t first, last, of;
} usual_rows[] = {{0x00, 0x00, 0x00},
                  {0x20, 0x26, 0x20},
                  {0x30, 0x33, 0x30},
                  {0x4E, 0x9F, 0x4E},
                  {CID_SECOND >> 8, 0xE0, 0x00},
                  {0xFF, 0xFF, 0xFF}};

/* 0: it has no usual one. */
static uint32_t usual_unit(uint32_t cid)
{
    for (size_t i = 0; i < COUNT(usual_rows) && cid <= SIGNS_LAST; i++)
        if (cid >> 8 >= usual_rows[i].first && cid >> 8 <= usual_rows[i].last)
            return cid - ((uint32_t)(usual_rows[i].first - usual_rows[i].of) << 8);
    return 0;
}

bool unicode_rest(const struct shown *const *glyphs, size_t count, const struct shown **rest,
                  size_t *rest_count)
{
    bool usual = true;

    *rest_count = 0;
    for (size_t i = 0; i < count && usual; i++) {
        uint32_t unit = usual_unit(glyphs[i]->cid);

        usual = unit == 0 || unit == text_unit(glyphs[i]->text);
        if (unit == 0)
            rest[(*rest_count)++] = glyphs[i];
    }
    if (!usual)
        memcpy(rest, glyphs, count * sizeof *rest);
    *rest_count = usual ? *rest_count : count;
    return usual;
}

/* How many glyphs from the first on are a range: CIDs and characters both count up by one, and
 * neither leaves its row of 256 (the format allows no more). */
static size_t range_length(const struct shown *const *glyphs, size_t count)
{
    uint32_t code = text_unit(glyphs[0]->text);
    size_t n = 1;

    while (code && n < count && glyphs[n]->cid == glyphs[0]->cid + n &&
           (glyphs[n]->cid & 255) != 0 && text_unit(glyphs[n]->text) == code + n &&
           ((code + n) & 255) != 0)
        n++;
    return n;
}

/* Every code has a line of its own, because that is the half of it deflated. */
static void put_code(struct buf *out, unsigned value)
{
    buf_byte(out, '<');
    put_hex(out, value);
    buf_text(out, ">\n");
}

static void put_line(struct buf *out, const struct shown *const *glyphs, size_t length)
{
    put_code(out, glyphs[0]->cid);
    if (length > 1)
        put_code(out, glyphs[length - 1]->cid);
    buf_byte(out, '<');
    put_utf16(out, glyphs[0]->text);
    buf_text(out, ">\n");
}

/* Blocks of the lines that are ranges, or of those that are not. */
static void put_blocks(struct buf *out, const struct shown *const *glyphs, size_t count,
                       bool ranges)
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

/* A range may not leave its row; U+0000 is no character. */
static void put_usual(struct buf *out)
{
    int rows = 0;

    for (size_t i = 0; i < COUNT(usual_rows); i++)
        rows += usual_rows[i].last - usual_rows[i].first + 1;
    buf_printf(out, "%d beginbfrange\n", rows);
    for (size_t i = 0; i < COUNT(usual_rows); i++)
        for (unsigned row = usual_rows[i].first; row <= usual_rows[i].last; row++) {
            unsigned first = row << 8 | (usual_rows[i].of == 0), last = row << 8 | 0xFF;

            put_code(out, first);
            put_code(out, row == 0xFF ? SIGNS_LAST : last);
            put_code(out, usual_unit(first));
        }
    buf_text(out, "endbfrange\n");
}

void unicode_table(struct buf *out, bool usual, const struct shown *const *rest, size_t count)
{
    buf_text(out, "/CIDInit /ProcSet findresource begin\n12 dict begin\nbegincmap\n"
                  "/CIDSystemInfo << /Registry (Adobe) /Ordering (UCS) /Supplement 0 >> def\n"
                  "/CMapName /Adobe-Identity-UCS def\n/CMapType 2 def\n"
                  "1 begincodespacerange\n<0000> <FFFF>\nendcodespacerange\n");
    if (usual)
        put_usual(out);
    put_blocks(out, rest, count, true);
    put_blocks(out, rest, count, false);
    buf_text(out, "endcmap\nCMapName currentdict /CMap defineresource pop\nend\nend\n");
}
