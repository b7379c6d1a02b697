/* archive.c: what PDF/A and PDF/UA ask of the catalog: what colours mean, metadata,
 * attachments, structure.
 *
 * Colours are sRGB (IEC 61966-2-1), said by an ICC profile of version 2, which part 1 of PDF/A
 * asks for: three colorants, white and one curve, everything already adapted to D50. */
#include "pdf/pdf-internal.h"

#include "digest/digest.h"

#include <string.h>

/* ---- the ICC profile (ICC.1:2001-04); numbers are big endian */

enum { CURVE = 65, HEAD = 128, TAGS = 9, TAG_BYTES = 12 };

struct icc {
    char bytes[1024];
    size_t n, tags;
};

static void put_number(struct icc *icc, unsigned bytes, uint32_t value)
{
    while (bytes-- > 0)
        icc->bytes[icc->n++] = (char)(value >> 8 * bytes & 255);
}

static void put_words(struct icc *icc, const char *words)
{
    memcpy(icc->bytes + icc->n, words, strlen(words));
    icc->n += strlen(words);
}

/* A tag's row in the table of tags, which stands behind the head. Its element begins here. */
static void open_tag(struct icc *icc, const char *name, size_t bytes)
{
    size_t here = (icc->n + 3) / 4 * 4;

    icc->n = HEAD + 4 + TAG_BYTES * icc->tags++;
    put_words(icc, name);
    put_number(icc, 4, (uint32_t)here);
    put_number(icc, 4, (uint32_t)bytes);
    icc->n = here;
}

static void put_point_tag(struct icc *icc, const char *name, const uint32_t point[3])
{
    open_tag(icc, name, 20);
    put_words(icc, "XYZ ");
    put_number(icc, 4, 0);
    for (size_t i = 0; i < 3; i++)
        put_number(icc, 4, point[i]);
}

/* The transfer curve in 64 straight parts: nowhere off by more than a ten-thousandth. */
static void put_curves(struct icc *icc)
{
    static const uint16_t curve[CURVE] = {
        0,     79,    159,   240,   338,   456,   595,   756,   940,   1148,  1381,
        1639,  1923,  2234,  2572,  2939,  3334,  3759,  4214,  4699,  5215,  5763,
        6344,  6957,  7603,  8283,  8997,  9746,  10530, 11350, 12206, 13098, 14027,
        14994, 15998, 17041, 18122, 19242, 20401, 21600, 22840, 24119, 25440, 26802,
        28206, 29651, 31139, 32670, 34243, 35860, 37521, 39226, 40975, 42768, 44607,
        46491, 48420, 50396, 52417, 54486, 56601, 58763, 60972, 63230, 65535};
    static const char *const names[] = {"rTRC", "gTRC", "bTRC"};
    size_t here = icc->n;

    for (size_t i = 0; i < COUNT(names); i++) {
        icc->n = here;
        open_tag(icc, names[i], 12 + 2 * CURVE);
    }
    put_words(icc, "curv");
    put_number(icc, 4, 0);
    put_number(icc, 4, CURVE);
    for (size_t i = 0; i < CURVE; i++)
        put_number(icc, 2, curve[i]);
}

static void put_description(struct icc *icc)
{
    static const char name[] = "sRGB IEC61966-2.1", right[] = "Public domain";

    /* After the words in ASCII come those in Unicode and Mac script, which are left empty. */
    open_tag(icc, "desc", 12 + sizeof name + 4 + 4 + 2 + 1 + 67);
    put_words(icc, "desc");
    put_number(icc, 4, 0);
    put_number(icc, 4, sizeof name);
    put_words(icc, name);
    icc->n += 1 + 4 + 4 + 2 + 1 + 67;
    open_tag(icc, "cprt", 8 + sizeof right);
    put_words(icc, "text");
    put_number(icc, 4, 0);
    put_words(icc, right);
    icc->n++;
}

static void put_head(struct icc *icc)
{
    size_t size = (icc->n + 3) / 4 * 4;

    icc->n = 0;
    put_number(icc, 4, (uint32_t)size);
    put_number(icc, 4, 0);
    put_number(icc, 4, 0x02100000); /* version 2.1 */
    put_words(icc, "mntrRGB XYZ ");
    put_number(icc, 2, 2024); /* made in the first hour of that year */
    put_number(icc, 2, 1);
    put_number(icc, 2, 1);
    icc->n = 36;
    put_words(icc, "acsp");
    icc->n = 68;
    put_number(icc, 4, 0xF6D6); /* D50 */
    put_number(icc, 4, 0x10000);
    put_number(icc, 4, 0xD32D);
    icc->n = HEAD;
    put_number(icc, 4, TAGS);
    icc->n = size;
}

static void make_icc(struct icc *icc)
{
    static const uint32_t white[3] = {0xF6D6, 0x10000, 0xD32D};
    static const uint32_t red[3] = {0x6FA2, 0x38F5, 0x0390};
    static const uint32_t green[3] = {0x6299, 0xB785, 0x18DA};
    static const uint32_t blue[3] = {0x24A0, 0x0F84, 0xB6CF};

    *icc = (struct icc){.n = HEAD + 4 + TAGS * TAG_BYTES};
    put_description(icc);
    put_point_tag(icc, "wtpt", white);
    put_point_tag(icc, "rXYZ", red);
    put_point_tag(icc, "gXYZ", green);
    put_point_tag(icc, "bXYZ", blue);
    put_curves(icc);
    put_head(icc);
}

static void put_colours(struct pdf *pdf, struct buf *out)
{
    struct icc icc;
    unsigned profile;

    make_icc(&icc);
    profile =
        object_packed(pdf->objects, STR("/N 3"), (struct str){icc.bytes, icc.n}, PACK_BEST);
    buf_printf(out,
               "/OutputIntents[<</Type/OutputIntent/S/GTS_PDFA1/OutputConditionIdentifier(sRGB)"
               "/Info(sRGB IEC61966-2.1)/DestOutputProfile %u 0 R>>]",
               profile);
}

/* ---- attachments */

/* A MIME type as a name: application/json → application#2Fjson. */
static void put_type(struct buf *out, struct str type)
{
    buf_byte(out, '/');
    for (size_t i = 0; i < type.n; i++) {
        if (type.p[i] == '/')
            buf_text(out, "#2F");
        else
            buf_byte(out, type.p[i]);
    }
}

static unsigned file_object(struct pdf *pdf, const struct pdf_file *file)
{
    struct buf *text = &pdf->content;
    uint8_t sum[16];
    unsigned stream;

    md5(file->bytes, sum);
    buf_clear(text);
    buf_text(text, "/Type/EmbeddedFile/Subtype");
    put_type(text, file->type);
    buf_printf(text, "/Params<</Size %zu", file->bytes.n);
    put_date(text, "/ModDate", pdf->info.created);
    buf_text(text, "/CheckSum<");
    for (size_t i = 0; i < sizeof sum; i++)
        buf_printf(text, "%02X", sum[i]);
    buf_text(text, ">>>");
    stream = object_packed(pdf->objects, buf_view(text), file->bytes, PACK_TEXT);
    buf_clear(text);
    buf_printf(text, "/Type/Filespec/AFRelationship/%s/EF<</F %u 0 R/UF %u 0 R>>/F",
               file->relation, stream, stream);
    put_text_string(text, file->name);
    buf_text(text, "/UF");
    put_text_string(text, file->name);
    buf_text(text, "/Desc");
    put_text_string(text, file->about);
    return object_dict(pdf->objects, buf_view(text));
}

/* The names stand in the order given, which has to be that of their bytes. */
static void put_files(struct pdf *pdf, struct buf *out)
{
    const struct pdf_info *info = &pdf->info;
    unsigned *numbers = NEW_ARRAY(pdf->arena, info->file_count + 1, unsigned);

    if (info->profile == PDF_A1B || info->file_count == 0)
        return;
    buf_text(out, "/AF[");
    for (size_t i = 0; i < info->file_count; i++) {
        numbers[i] = file_object(pdf, &info->files[i]);
        buf_printf(out, " %u 0 R", numbers[i]);
    }
    buf_text(out, "]/Names<</EmbeddedFiles<</Names[");
    for (size_t i = 0; i < info->file_count; i++) {
        put_text_string(out, info->files[i].name);
        buf_printf(out, "%u 0 R", numbers[i]);
    }
    buf_text(out, "]>>>>");
}

/* ---- the catalog */

/* Part 1 forbids to compress metadata. */
static bool put_metadata(struct pdf *pdf, struct buf *out, struct err *err)
{
    struct str keys = STR("/Type/Metadata/Subtype/XML");
    unsigned number;

    buf_clear(&pdf->content);
    if (!put_xmp(&pdf->content, &pdf->info))
        return err_add(err, PROFILE_LIMIT, where_none(), "元数据中有 XML 不允许的字符",
                       "the metadata have a character that XML forbids");
    number = pdf->info.profile == PDF_A1B
                 ? object_stream(pdf->objects, keys, buf_view(&pdf->content))
                 : object_packed(pdf->objects, keys, buf_view(&pdf->content), PACK_TEXT);
    buf_printf(out, "/Metadata %u 0 R", number);
    return true;
}

bool put_catalog(struct pdf *pdf, struct buf *out, struct err *err)
{
    buf_text(out, "/Lang(zh-CN)/ViewerPreferences<</DisplayDocTitle true>>");
    if (!put_metadata(pdf, out, err))
        return false;
    put_colours(pdf, out);
    put_files(pdf, out);
    put_signature(pdf, out);
    if (pdf->tags)
        buf_printf(out, "/MarkInfo<</Marked true>>/StructTreeRoot %u 0 R", tags_root(pdf));
    return true;
}
