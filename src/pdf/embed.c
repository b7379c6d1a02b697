/* embed.c: the fonts of a document: Type 0, Identity-H, with a subset of the glyphs shown,
 * their widths and what they stand for. Same glyphs: same bytes. */
#include "pdf/pdf-internal.h"

#include <libdeflate.h>
#include <string.h>

enum {
    FLAG_SERIF = 1 << 1,
    FLAG_SYMBOLIC = 1 << 2, /* said of every font with its own encoding */
    FLAG_ITALIC = 1 << 6,
    DEFAULT_WIDTH = 1000, /* PDF's own default: Han need no entry in W */
    TAG_LETTERS = 6,
    SMALL_PROGRAM = 20 << 10,
};

struct font_parts {
    struct font_facts facts;
    const struct shown **by_cid;
    uint32_t *glyphs; /* and their CIDs, in that order */
    uint16_t *cids;
    struct font_program program;
    struct str name; /* ABCDEF+PostScriptName */
    unsigned file, to_gid, cid_set, unicode, descriptor, descendant;
};

/* Six letters that differ when the glyphs do, so that viewers never mix up two subsets. */
static struct str subset_name(struct arena *arena, struct str postscript,
                              const uint32_t *glyphs, size_t count)
{
    uint32_t sum = libdeflate_crc32(0, postscript.p, postscript.n);
    char tag[TAG_LETTERS + 1] = "";

    sum = libdeflate_crc32(sum, glyphs, count * sizeof *glyphs);
    for (int i = 0; i < TAG_LETTERS; i++, sum /= 26)
        tag[i] = (char)('A' + sum % 26);
    return str_printf(arena, "%s+%.*s", tag, STR_ARG(postscript));
}

/* CID → glyph of a TrueType subset: two bytes for each CID from 0. */
static struct str gid_map(struct pdf *pdf, const struct shown_face *face,
                          const struct font_parts *parts)
{
    size_t cids = parts->cids[face->count - 1] + 1u;
    char *map = arena_alloc(pdf->arena, 2 * cids);

    for (size_t i = 0; i < face->count; i++) {
        uint16_t gid = parts->program.gids[i];

        map[2 * parts->cids[i]] = (char)(gid >> 8);
        map[2 * parts->cids[i] + 1] = (char)(gid & 255);
    }
    return (struct str){map, 2 * cids};
}

/* One bit for each CID of the subset, from the highest bit of the first byte on; CID 0 is
 * .notdef, which every font program has. PDF/A-1 asks for it. */
static struct str cid_set(struct arena *arena, const struct shown_face *face,
                          const struct font_parts *parts)
{
    size_t n = parts->cids[face->count - 1] / 8u + 1;
    char *bits = arena_alloc(arena, n);

    bits[0] = (char)0x80;
    for (size_t i = 0; i < face->count; i++) {
        unsigned cid = parts->cids[i];

        bits[cid / 8] = (char)(bits[cid / 8] | 0x80 >> cid % 8);
    }
    return (struct str){bits, n};
}

/* Small programs are mostly those of labels, which come again and cost nothing then. */
static void make_file(struct pdf *pdf, const struct shown_face *face, struct font_parts *parts)
{
    const struct font_program *program = &parts->program;
    struct str keys = face->cff ? STR("/Subtype/CIDFontType0C")
                                : str_printf(pdf->arena, "/Length1 %zu", program->bytes.n);

    if (!face->cff || program->bytes.n <= SMALL_PROGRAM) {
        parts->file = object_packed(pdf->objects, keys, program->bytes, PACK_BEST);
        return;
    }
    keys = str_printf(pdf->arena, "%.*s/Filter/FlateDecode", STR_ARG(keys));
    parts->file = object_stream(pdf->objects, keys,
                                fragments_pack(tools_fragments(pdf->tools), pdf->arena,
                                               face->face, program, parts->glyphs));
}

static void list_glyphs(struct pdf *pdf, const struct shown_face *face,
                        struct font_parts *parts)
{
    parts->by_cid = shown_by_cid(pdf->arena, face);
    parts->glyphs = NEW_ARRAY(pdf->arena, face->count, uint32_t);
    parts->cids = NEW_ARRAY(pdf->arena, face->count, uint16_t);
    for (size_t i = 0; i < face->count; i++) {
        parts->glyphs[i] = parts->by_cid[i]->glyph;
        parts->cids[i] = parts->by_cid[i]->cid;
    }
}

static bool make_program(struct pdf *pdf, const struct shown_face *face,
                         struct font_parts *parts, struct err *err)
{
    if (!font_subset(pdf->fonts, pdf->arena, face->face, parts->glyphs, parts->cids,
                     face->count, &parts->program, err))
        return false;
    parts->name =
        subset_name(pdf->arena, parts->facts.postscript_name, parts->glyphs, face->count);
    make_file(pdf, face, parts);
    if (!face->cff)
        parts->to_gid =
            object_packed(pdf->objects, STR_NONE, gid_map(pdf, face, parts), PACK_TEXT);
    if (pdf->info.profile == PDF_A1B)
        parts->cid_set =
            object_packed(pdf->objects, STR_NONE, cid_set(pdf->arena, face, parts), PACK_TEXT);
    return true;
}

/* Most fonts of a document have nothing to say but the usual, and share one table. */
static void make_unicode(struct pdf *pdf, const struct shown_face *face,
                         struct font_parts *parts)
{
    const struct shown **rest = NEW_ARRAY(pdf->arena, face->count, const struct shown *);
    size_t count;
    bool usual = unicode_rest(parts->by_cid, face->count, rest, &count);

    parts->unicode = count == 0 ? pdf->unicode : 0;
    if (parts->unicode)
        return;
    buf_clear(&pdf->content);
    unicode_table(&pdf->content, usual, rest, count);
    parts->unicode = object_packed(pdf->objects, STR_NONE, buf_view(&pdf->content),
                                   count == 0 ? PACK_BEST : PACK_TEXT);
    if (count == 0)
        pdf->unicode = parts->unicode;
}

static void make_descriptor(struct pdf *pdf, struct font_parts *parts)
{
    const struct font_facts *facts = &parts->facts;
    int flags =
        FLAG_SYMBOLIC | (facts->serif ? FLAG_SERIF : 0) | (facts->italic ? FLAG_ITALIC : 0);

    parts->descriptor = object_dict(
        pdf->objects,
        str_printf(
            pdf->arena,
            "/Type/FontDescriptor/FontName/%.*s/Flags %d/FontBBox[%d %d %d %d]"
            "/ItalicAngle %d/Ascent %d/Descent %d/CapHeight %d/StemV %d/FontFile%c %u 0 R%s",
            STR_ARG(parts->name), flags, facts->bbox[0], facts->bbox[1], facts->bbox[2],
            facts->bbox[3], facts->italic ? -12 : 0, facts->ascent, facts->descent,
            facts->cap_height, facts->stem_v, facts->cff ? '3' : '2', parts->file,
            parts->cid_set ? arena_printf(pdf->arena, "/CIDSet %u 0 R", parts->cid_set) : ""));
}

/* /W: the widths that are not the default, consecutive CIDs together. */
static void put_widths(struct buf *out, const struct shown *const *glyphs, size_t count)
{
    buf_text(out, "/W[");
    for (size_t i = 0, next; i < count; i = next) {
        next = i + 1;
        if (glyphs[i]->width == DEFAULT_WIDTH)
            continue;
        put_integer(out, glyphs[i]->cid);
        buf_byte(out, '[');
        put_integer(out, glyphs[i]->width);
        for (; next < count && glyphs[next]->cid == glyphs[i]->cid + (next - i) &&
               glyphs[next]->width != DEFAULT_WIDTH;
             next++) {
            buf_byte(out, ' ');
            put_integer(out, glyphs[next]->width);
        }
        buf_byte(out, ']');
    }
    buf_byte(out, ']');
}

static void make_descendant(struct pdf *pdf, const struct shown_face *face,
                            struct font_parts *parts)
{
    struct buf *text = &pdf->content;

    buf_clear(text);
    buf_printf(text,
               "/Type/Font/Subtype/CIDFontType%c/BaseFont/%.*s/CIDSystemInfo<</Registry(Adobe)"
               "/Ordering(Identity)/Supplement 0>>/FontDescriptor %u 0 R/DW %d",
               face->cff ? '0' : '2', STR_ARG(parts->name), parts->descriptor, DEFAULT_WIDTH);
    if (!face->cff)
        buf_printf(text, "/CIDToGIDMap %u 0 R", parts->to_gid);
    put_widths(text, parts->by_cid, face->count);
    parts->descendant = object_dict(pdf->objects, buf_view(text));
}

bool font_object(struct pdf *pdf, const struct shown_face *face, unsigned *number,
                 struct err *err)
{
    struct font_parts parts = {0};

    list_glyphs(pdf, face, &parts);
    font_facts(pdf->fonts, face->face, &parts.facts);
    if (!make_program(pdf, face, &parts, err))
        return false;
    make_unicode(pdf, face, &parts);
    make_descriptor(pdf, &parts);
    make_descendant(pdf, face, &parts);
    *number = object_dict(
        pdf->objects, str_printf(pdf->arena,
                                 "/Type/Font/Subtype/Type0/BaseFont/%.*s%s/Encoding/Identity-H"
                                 "/DescendantFonts[%u 0 R]/ToUnicode %u 0 R",
                                 STR_ARG(parts.name), face->cff ? "-Identity-H" : "",
                                 parts.descendant, parts.unicode));
    return true;
}
