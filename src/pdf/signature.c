/* signature.c: the place of a signature in a file (PDF 32000-1, 12.8; PAdES, EN 319 142-1).
 *
 *   …<</Type/Sig … /M(D:…)/ByteRange[0 AT END REST   ]/Contents<3082…0000>>>…%%EOF
 *                                                              ^AT        ^END
 *
 * The signature's object stands plain in the file, with room for the numbers of ByteRange,
 * which are known at the end. Everything but what stands between < and > is signed: a file of
 * ours has one revision, and nothing behind it. The field has no size: a signature is seen in
 * the reader's list of signatures, not on paper. */
#include "pdf/pdf-internal.h"

#include "digest/digest.h"

#include <stdio.h>
#include <string.h>

enum {
    RANGE = 3 * 11, /* " 4294967295" */
    GAP_MOST = 1 << 20,
};

static const char sig[] = "/Type/Sig/Filter/Adobe.PPKLite/SubFilter/ETSI.CAdES.detached/M(D:";
static const char range[] = "/ByteRange[0", contents[] = "]/Contents";

/* ---- writing */

void signature_open(struct pdf *pdf)
{
    if (pdf->info.signature)
        pdf->signing.widget = object_reserve(pdf->objects);
}

void put_annotations(struct pdf *pdf, struct buf *out)
{
    if (pdf->signing.widget && pdf->page_count == 0)
        buf_printf(out, "/Annots[%u 0 R]", pdf->signing.widget);
}

/* The object with empty numbers and nothing but zeros; remembers where these stand. */
static unsigned signature_object(struct pdf *pdf)
{
    struct buf *text = &pdf->content;
    size_t hex = 2 * pdf->info.signature, before, at;
    unsigned number;
    char *zeros;

    buf_clear(text);
    buf_text(text, "<</Type/Sig/Filter/Adobe.PPKLite/SubFilter/ETSI.CAdES.detached");
    put_date(text, "/M", pdf->info.signed_at);
    buf_printf(text, "%s%*s%s", range, (int)RANGE, "", contents);
    before = text->n;
    buf_byte(text, '<');
    zeros = buf_room(text, hex);
    if (zeros)
        memset(zeros, '0', hex);
    buf_text(text, ">>>");
    pdf->no_memory = pdf->no_memory || text->failed;
    number = object_plain(pdf->objects, buf_view(text), &at);
    pdf->signing.gap = (struct pdf_gap){at + before, at + before + hex + 2};
    return number;
}

/* Part 1 of PDF/A wants an appearance of every field, be it empty. */
static unsigned appearance(struct pdf *pdf)
{
    return object_stream(
        pdf->objects, STR("/Type/XObject/Subtype/Form/BBox[0 0 0 0]/Resources<<>>"), STR_NONE);
}

void put_signature(struct pdf *pdf, struct buf *out)
{
    const struct pdf_signing *signing = &pdf->signing;
    struct buf *text = &pdf->content;
    unsigned number;

    if (!signing->widget)
        return;
    number = signature_object(pdf);
    buf_clear(text);
    buf_printf(text,
               "/Type/Annot/Subtype/Widget/FT/Sig/T(signature)/F 132/Rect[0 0 0 0]"
               "/P %u 0 R/V %u 0 R/TU",
               signing->sheet, number);
    put_text_string(text, STR("电子签名"));
    if (pdf->info.profile == PDF_A1B)
        buf_printf(text, "/AP<</N %u 0 R>>", appearance(pdf));
    if (pdf->tags)
        buf_printf(text, "/StructParent %zu",
                   tags_widget(pdf, signing->sheet, signing->widget));
    object_fill(pdf->objects, signing->widget, buf_view(text));
    buf_printf(out, "/AcroForm<</Fields[%u 0 R]/SigFlags 3>>", signing->widget);
}

/* The three numbers, and blanks up to their place's end. */
static void put_range(char room[RANGE + 1], struct pdf_gap gap, size_t size)
{
    int n = snprintf(room, RANGE + 1, " %zu %zu %zu", gap.at, gap.end, size - gap.end);

    if (n >= 0 && n < RANGE)
        memset(room + n, ' ', (size_t)(RANGE - n));
    room[RANGE] = '\0';
}

void signature_close(struct pdf *pdf)
{
    struct pdf_gap gap = pdf->signing.gap;
    char *file = pdf->out->p + pdf->start, numbers[RANGE + 1];

    if (!pdf->signing.widget)
        return;
    put_range(numbers, gap, pdf->out->n - pdf->start);
    memcpy(file + gap.at - strlen(contents) - RANGE, numbers, RANGE);
}

/* ---- signing */

void pdf_digest(struct str file, struct pdf_gap gap, uint8_t digest[32])
{
    const struct str parts[2] = {{file.p, gap.at}, {file.p + gap.end, file.n - gap.end}};

    sha256_parts(parts, COUNT(parts), digest);
}

bool pdf_sign(char *file, struct pdf_gap gap, struct str signature, struct err *err)
{
    static const char digits[] = "0123456789abcdef";
    char *hex = file + gap.at + 1;

    if (2 * signature.n > gap.end - gap.at - 2)
        return err_add(err, INTERNAL, where_none(), "签名 %zu 字节，超过预留的空间",
                       "a signature of %zu bytes is larger than what was kept free",
                       signature.n);
    for (size_t i = 0; i < signature.n; i++) {
        hex[2 * i] = digits[(unsigned char)signature.p[i] >> 4];
        hex[2 * i + 1] = digits[signature.p[i] & 15];
    }
    return true;
}

/* ---- reading: what is not written as above is not ours */

static bool stands(struct str file, size_t at, const char *text)
{
    size_t n = strlen(text);

    return at <= file.n && file.n - at >= n && memcmp(file.p + at, text, n) == 0;
}

/* Offset of the text at or after `from`; file.n when it is not there. */
static size_t find(struct str file, size_t from, const char *text)
{
    while (from < file.n && !stands(file, from, text)) {
        const char *next = memchr(file.p + from + 1, text[0], file.n - from - 1);

        from = next ? (size_t)(next - file.p) : file.n;
    }
    return from;
}

static bool once(struct str file, const char *text)
{
    size_t at = find(file, 0, text);

    return at < file.n && find(file, at + 1, text) == file.n;
}

static int hex_value(char digit)
{
    if (digit >= '0' && digit <= '9')
        return digit - '0';
    return digit >= 'a' && digit <= 'f' ? digit - 'a' + 10 : -1;
}

/* The gap that begins here, if it is one, and its numbers before it are right. */
static bool read_gap(struct str file, size_t numbers, struct pdf_gap *out)
{
    struct pdf_gap gap = {.at = numbers + RANGE + strlen(contents)};
    char expected[RANGE + 1];

    if (!stands(file, numbers + RANGE, contents) || !stands(file, gap.at, "<"))
        return false;
    gap.end = gap.at + 1;
    while (gap.end < file.n && hex_value(file.p[gap.end]) >= 0)
        gap.end++;
    if (!stands(file, gap.end++, ">>>\nendobj\n") || (gap.end - gap.at) % 2)
        return false;
    put_range(expected, gap, file.n);
    *out = gap;
    return stands(file, numbers, expected);
}

/* D:20240506070809+08'00' before the range, as RFC 3339. */
static bool read_time(struct arena *arena, struct str file, size_t end, struct str *out)
{
    static const char forms[][24] = {"00000000000000Z)", "00000000000000+00'00')"};

    for (size_t i = 0; i < COUNT(forms); i++) {
        size_t n = strlen(forms[i]), at = end - n;
        const char *p = file.p + at;
        bool fits = end >= n + strlen(sig) && stands(file, at - strlen(sig), sig);

        for (size_t k = 0; fits && k < n; k++) {
            bool digit = p[k] >= '0' && p[k] <= '9';

            fits = forms[i][k] == '0' ? digit : forms[i][k] == p[k] || (k == 14 && p[k] == '-');
        }
        if (!fits)
            continue;
        *out = str_printf(arena, "%.4s-%.2s-%.2sT%.2s:%.2s:%.2s", p, p + 4, p + 6, p + 8,
                          p + 10, p + 12);
        *out = i == 0 ? str_printf(arena, "%sZ", out->p)
                      : str_printf(arena, "%s%.3s:%.2s", out->p, p + 14, p + 18);
        return true;
    }
    return false;
}

/* The signature tells its own length; behind it stand zeros. */
static bool read_signature(struct arena *arena, struct str file, struct pdf_gap gap,
                           struct str *out)
{
    size_t room = (gap.end - gap.at - 2) / 2, n;
    unsigned char *bytes;

    if (room < 4 || room > GAP_MOST)
        return false;
    bytes = arena_alloc(arena, room);
    for (size_t i = 0; i < room; i++)
        bytes[i] = (unsigned char)(hex_value(file.p[gap.at + 1 + 2 * i]) << 4 |
                                   hex_value(file.p[gap.at + 2 + 2 * i]));
    n = 4 + (size_t)(bytes[2] << 8 | bytes[3]);
    if (bytes[0] != 0x30 || bytes[1] != 0x82 || n > room)
        return false;
    for (size_t i = n; i < room; i++)
        if (bytes[i])
            return false;
    *out = (struct str){(const char *)bytes, n};
    return true;
}

enum pdf_signed pdf_signature(struct arena *arena, struct str file, struct pdf_signature *out)
{
    struct pdf_signature found = {.signature = STR_NONE};
    size_t at = find(file, 0, range);
    bool whole = stands(file, 0, "%PDF-1.") && once(file, "\nstartxref\n") &&
                 once(file, "\n%%EOF") && file.n > 7 && stands(file, file.n - 7, "\n%%EOF\n");

    if (find(file, 0, "/ByteRange") == file.n)
        return PDF_UNSIGNED;
    /* The same words may stand elsewhere, in a name or a title; the right numbers do not. */
    while (at < file.n && !read_gap(file, at + strlen(range), &found.gap))
        at = find(file, at + 1, range);
    if (at == file.n || !whole || !read_time(arena, file, at, &found.signed_at) ||
        !read_signature(arena, file, found.gap, &found.signature))
        return PDF_SIGNED_OTHERWISE;
    *out = found;
    return PDF_SIGNED;
}
