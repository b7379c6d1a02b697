/* embed.c: the fonts of a document: Type 0, Identity-H, with a subset of the glyphs shown,
 * their widths and what they stand for. Same glyphs: same bytes. */
#include "pdf/pdf-internal.h"

#include <libdeflate.h>
#include <stdlib.h>
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
    struct shown *by_cid;
    struct font_program program;
    struct str name; /* ABCDEF+PostScriptName */
    unsigned file, to_gid, cids, unicode, descriptor, descendant;
};

static int by_glyph(const void *a, const void *b)
{
    const uint32_t *x = a, *y = b;

    return *x < *y ? -1 : *x > *y;
}

static int by_cid(const void *a, const void *b)
{
    const struct shown *x = a, *y = b;

    return x->cid < y->cid ? -1 : x->cid > y->cid;
}

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
                          const struct font_parts *parts, const uint32_t *glyphs)
{
    size_t cids = parts->by_cid[face->count - 1].cid + 1u;
    char *map = arena_alloc(pdf->arena, 2 * cids);

    for (size_t i = 0; i < face->count; i++) {
        const struct shown *shown = &parts->by_cid[i];
        const uint32_t *place =
            bsearch(&shown->glyph, glyphs, face->count, sizeof *glyphs, by_glyph);
        uint16_t gid = place ? parts->program.gids[place - glyphs] : 0;

        map[2 * shown->cid] = (char)(gid >> 8);
        map[2 * shown->cid + 1] = (char)(gid & 255);
    }
    return (struct str){map, 2 * cids};
}

/* One bit for each CID of the subset, from the highest bit of the first byte on; CID 0 is
 * .notdef, which every font program has. PDF/A-1 asks for it. */
static struct str cid_set(struct arena *arena, const struct shown_face *face,
                          const struct font_parts *parts)
{
    size_t n = parts->by_cid[face->count - 1].cid / 8u + 1;
    char *bits = arena_alloc(arena, n);

    bits[0] = (char)0x80;
    for (size_t i = 0; i < face->count; i++) {
        unsigned cid = parts->by_cid[i].cid;

        bits[cid / 8] = (char)(bits[cid / 8] | 0x80 >> cid % 8);
    }
    return (struct str){bits, n};
}

/* Small programs are mostly those of labels, which come again and cost nothing then. */
static void make_file(struct pdf *pdf, const struct shown_face *face, struct font_parts *parts,
                      const uint32_t *glyphs)
{
    const struct font_program *program = &parts->program;
    struct str keys = face->cff ? STR("/Subtype/CIDFontType0C")
                                : str_printf(pdf->arena, "/Length1 %zu", program->bytes.n);

    if (!face->cff || program->bytes.n <= SMALL_PROGRAM) {
        parts->file = object_packed(pdf->objects, keys, program->bytes, PACK_BEST);
        return;
    }
    keys = str_printf(pdf->arena, "%.*s/Filter/FlateDecode", STR_ARG(keys));
    parts->file = object_stream(
        pdf->objects, keys,
        fragments_pack(tools_fragments(pdf->tools), pdf->arena, face->face, program, glyphs));
}

/* The face's index stands in that order. */
static const uint32_t *glyphs_ascending(struct arena *arena, const struct shown_face *face)
{
    uint32_t *glyphs = NEW_ARRAY(arena, face->count, uint32_t);
    size_t n = 0;

    for (uint32_t page = 0; page < GLYPH_PAGES; page++)
        for (uint32_t i = 0; face->index[page] && i < GLYPH_PAGE; i++)
            if (face->index[page][i] > 0)
                glyphs[n++] = page * GLYPH_PAGE + i;
    return glyphs;
}

/* CIDs mostly ascend with the glyphs, or stand as they were given. */
static struct shown *shown_by_cid(struct arena *arena, const struct shown_face *face,
                                  const uint32_t *glyphs)
{
    struct shown *shown = NEW_ARRAY(arena, face->count, struct shown);
    bool ascending = true;

    for (size_t i = 0; i < face->count; i++) {
        uint32_t glyph = glyphs[i];

        shown[i] = face->glyphs[face->index[glyph / GLYPH_PAGE][glyph % GLYPH_PAGE] - 1];
        ascending = ascending && (i == 0 || shown[i - 1].cid < shown[i].cid);
    }
    if (!ascending)
        qsort(shown, face->count, sizeof *shown, by_cid);
    return shown;
}

static bool make_program(struct pdf *pdf, const struct shown_face *face, const uint32_t *glyphs,
                         struct font_parts *parts, struct err *err)
{
    if (!font_subset(pdf->fonts, pdf->arena, face->face, glyphs, face->count, &parts->program,
                     err))
        return false;
    parts->name = subset_name(pdf->arena, parts->facts.postscript_name, glyphs, face->count);
    make_file(pdf, face, parts, glyphs);
    if (!face->cff)
        parts->to_gid =
            object_packed(pdf->objects, STR_NONE, gid_map(pdf, face, parts, glyphs), PACK_TEXT);
    if (pdf->info.profile == PDF_A1B)
        parts->cids =
            object_packed(pdf->objects, STR_NONE, cid_set(pdf->arena, face, parts), PACK_TEXT);
    return true;
}

static void make_unicode(struct pdf *pdf, const struct shown_face *face,
                         struct font_parts *parts)
{
    buf_clear(&pdf->content);
    unicode_table(&pdf->content, parts->by_cid, face->count);
    parts->unicode = object_packed(pdf->objects, STR_NONE, buf_view(&pdf->content), PACK_TEXT);
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
            parts->cids ? arena_printf(pdf->arena, "/CIDSet %u 0 R", parts->cids) : ""));
}

/* /W: the widths that are not the default, consecutive CIDs together. */
static void put_widths(struct buf *out, const struct shown *glyphs, size_t count)
{
    buf_text(out, "/W[");
    for (size_t i = 0, next; i < count; i = next) {
        next = i + 1;
        if (glyphs[i].width == DEFAULT_WIDTH)
            continue;
        put_integer(out, glyphs[i].cid);
        buf_byte(out, '[');
        put_integer(out, glyphs[i].width);
        for (; next < count && glyphs[next].cid == glyphs[i].cid + (next - i) &&
               glyphs[next].width != DEFAULT_WIDTH;
             next++) {
            buf_byte(out, ' ');
            put_integer(out, glyphs[next].width);
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
    const uint32_t *glyphs = glyphs_ascending(pdf->arena, face);
    struct font_parts parts = {.by_cid = shown_by_cid(pdf->arena, face, glyphs)};

    font_facts(pdf->fonts, face->face, &parts.facts);
    if (!make_program(pdf, face, glyphs, &parts, err))
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
