/* face.c: one face: opening it when it is first needed, which characters it has, its
 * metrics. */
#include "font/font-internal.h"

#include <fcntl.h>
#include <hb-ot.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    HEAD_BBOX = 36,
    HEAD_STYLE = 44,
    OS2_WEIGHT = 4,
    OS2_CLASS = 30,
    OS2_TYPO_ASCENDER = 68,
    OS2_TYPO_DESCENDER = 70,
    OS2_CAP_HEIGHT = 88,
    STYLE_ITALIC = 1 << 1,
};

#define TAG_OF(a, b, c, d) HB_TAG(a, b, c, d)

/* ---- opening */

static const char *face_map(struct face *face)
{
    const char *fault = NULL;
    struct stat st;
    int fd = open(face->path, O_RDONLY | O_CLOEXEC);

    if (fd < 0)
        return "the file cannot be opened";
    if (fstat(fd, &st) < 0 || st.st_size != face->info.bytes) {
        fault = "the file has changed";
        goto out;
    }
    face->size = (size_t)st.st_size;
    face->bytes = mmap(NULL, face->size, PROT_READ, MAP_PRIVATE, fd, 0);
    if (face->bytes == MAP_FAILED) {
        face->bytes = NULL;
        fault = "the file cannot be mapped";
    }
out:
    close(fd);
    return fault;
}

static bool has_table(const struct face *face, hb_tag_t tag)
{
    hb_blob_t *blob = hb_face_reference_table(face->hb, tag);
    bool has = hb_blob_get_length(blob) > 0;

    hb_blob_destroy(blob);
    return has;
}

static const char *face_kind(struct fonts *fonts, struct face *face)
{
    hb_blob_t *blob;
    struct str table;
    unsigned length;

    if (face->glyph_count == 0 || face->units < 16 || face->units > 16384)
        return "it is no font, or the collection has no such face";
    if (has_table(face, TAG_OF('f', 'v', 'a', 'r')) ||
        has_table(face, TAG_OF('C', 'F', 'F', '2')))
        return "variable fonts cannot be embedded";
    if (!has_table(face, TAG_OF('C', 'F', 'F', ' ')))
        return has_table(face, TAG_OF('g', 'l', 'y', 'f')) ? NULL : "it has no outlines";
    blob = hb_face_reference_table(face->hb, TAG_OF('C', 'F', 'F', ' '));
    table.p = hb_blob_get_data(blob, &length);
    table.n = length;
    hb_blob_destroy(blob); /* the table stays where it is: in the mapped file */
    face->cff = cff_open(fonts->arena, table, face->glyph_count);
    return face->cff ? NULL : "its CFF outlines are not CID-keyed";
}

/* A signed 16-bit number of a table, or fallback where the table is too short. */
static int table_number(const struct face *face, hb_tag_t tag, unsigned offset, int fallback)
{
    hb_blob_t *blob = hb_face_reference_table(face->hb, tag);
    unsigned length;
    const char *data = hb_blob_get_data(blob, &length);
    int value = fallback;

    if (length >= offset + 2) {
        value = (unsigned char)data[offset] << 8 | (unsigned char)data[offset + 1];
        if (value >= 0x8000)
            value -= 0x10000;
    }
    hb_blob_destroy(blob);
    return value;
}

static int os2_number(const struct face *face, unsigned offset, int fallback)
{
    return table_number(face, TAG_OF('O', 'S', '/', '2'), offset, fallback);
}

static int cap_height(const struct face *face)
{
    int cap = os2_number(face, OS2_CAP_HEIGHT, 0);

    return cap > 0 ? cap : face->units * 7 / 10;
}

/* The typographic ascent and descent, not those of hhea: in CJK faces they are the em box of
 * the Han characters, while hhea's leave room for stacked accents above it. */
static void face_measure(struct face *face)
{
    face->ascent = os2_number(face, OS2_TYPO_ASCENDER, face->units * 88 / 100);
    face->descent = -os2_number(face, OS2_TYPO_DESCENDER, -face->units * 12 / 100);
    face->cap = cap_height(face);
}

static const char *face_read(struct fonts *fonts, struct face *face)
{
    const char *fault = face_map(face);
    hb_blob_t *blob;

    if (fault)
        return fault;
    blob =
        hb_blob_create(face->bytes, (unsigned)face->size, HB_MEMORY_MODE_READONLY, NULL, NULL);
    face->hb = hb_face_create(blob, (unsigned)face->info.index);
    hb_blob_destroy(blob);
    face->units = (int)hb_face_get_upem(face->hb);
    face->glyph_count = hb_face_get_glyph_count(face->hb);
    fault = face_kind(fonts, face);
    if (fault)
        return fault;
    face->font = hb_font_create(face->hb);
    hb_ot_font_set_funcs(face->font);
    hb_font_set_scale(face->font, face->units, face->units);
    face_measure(face);
    return NULL;
}

struct face *face_open(struct fonts *fonts, int index)
{
    struct face *face = &fonts->faces[index];

    if (face->state == FACE_CLOSED) {
        face->fault = face_read(fonts, face);
        if (face->fault)
            face_close(face);
        face->state = face->fault ? FACE_FAULTY : FACE_OPEN;
    }
    return face->state == FACE_OPEN ? face : NULL;
}

void face_close(struct face *face)
{
    if (!face->spoilt) {
        hb_font_destroy(face->font);
        hb_face_destroy(face->hb);
    }
    if (face->bytes)
        munmap(face->bytes, face->size);
    face->subset = NULL; /* the fonts' arena frees it */
    face->font = NULL;
    face->hb = NULL;
    face->bytes = NULL;
    face->state = FACE_CLOSED;
}

/* ---- characters */

uint16_t *code_map_at(struct arena *arena, struct code_map *map, uint32_t code)
{
    uint32_t plane = code >> 16, page = code >> 8 & (PAGE - 1);
    uint16_t **pages;

    if (plane >= PLANES)
        return NULL;
    pages = map->planes[plane];
    if (!pages)
        pages = map->planes[plane] = NEW_ARRAY(arena, PAGE, uint16_t *);
    if (!pages[page])
        pages[page] = NEW_ARRAY(arena, PAGE, uint16_t);
    return &pages[page][code & (PAGE - 1)];
}

uint32_t face_glyph(struct fonts *fonts, struct face *face, uint32_t code)
{
    uint16_t *slot = code_map_at(fonts->arena, &face->nominal, code);
    hb_codepoint_t glyph = 0;

    if (!slot)
        return 0;
    if (*slot == 0) {
        (void)hb_font_get_nominal_glyph(face->font, code, &glyph);
        *slot = (uint16_t)(glyph + 1);
    }
    return *slot - 1u;
}

static int pick(struct fonts *fonts, const struct chain *chain, uint32_t code,
                uint32_t selector)
{
    for (size_t i = 0; i < chain->count; i++) {
        struct face *face = face_open(fonts, chain->faces[i]);
        hb_codepoint_t glyph;

        if (!face)
            continue;
        if (selector ? hb_font_get_variation_glyph(face->font, code, selector, &glyph) != 0
                     : face_glyph(fonts, face, code) != 0)
            return chain->faces[i];
    }
    return -1;
}

int font_pick(struct fonts *fonts, int chain_index, uint32_t code, uint32_t selector)
{
    struct chain *chain = &fonts->chains[chain_index];
    uint16_t *slot = code_map_at(fonts->arena, &chain->picks, code);
    int face = selector ? pick(fonts, chain, code, selector) : -1;

    if (face >= 0 || !slot)
        return face;
    if (*slot == 0)
        *slot = (uint16_t)(pick(fonts, chain, code, 0) + 2);
    return *slot - 2;
}

/* ---- metrics */

mpt face_scale(const struct face *face, int64_t units, mpt size)
{
    int64_t twice = 2 * units * size + face->units, em = 2 * (int64_t)face->units;

    return (mpt)(twice >= 0 ? twice / em : -((em - 1 - twice) / em));
}

static int thousandths(const struct face *face, int units)
{
    return face_scale(face, units, 1000);
}

struct font_metrics font_metrics(struct fonts *fonts, int index, mpt size)
{
    const struct face *face = face_open(fonts, index);

    if (!face)
        return (struct font_metrics){0, 0, 0};
    return (struct font_metrics){face_scale(face, face->ascent, size),
                                 face_scale(face, face->descent, size),
                                 face_scale(face, face->cap, size)};
}

int font_units(struct fonts *fonts, int index)
{
    const struct face *face = face_open(fonts, index);

    return face ? face->units : 1000;
}

int face_advance(struct fonts *fonts, struct face *face, uint32_t glyph)
{
    uint16_t *slot = code_map_at(fonts->arena, &face->widths, glyph);

    if (!slot)
        return 0;
    if (*slot == 0)
        *slot = (uint16_t)(hb_font_get_glyph_h_advance(face->font, glyph) + 1);
    return *slot - 1;
}

int font_advance(struct fonts *fonts, int index, uint32_t glyph)
{
    struct face *face = face_open(fonts, index);

    return face ? thousandths(face, face_advance(fonts, face, glyph)) : 0;
}

uint32_t font_glyph(struct fonts *fonts, int index, uint32_t code)
{
    struct face *face = face_open(fonts, index);

    return face ? face_glyph(fonts, face, code) : 0;
}

/* Names in PDF are kept to letters, digits and hyphens. */
static struct str postscript_name(struct fonts *fonts, struct face *face)
{
    char name[110]; /* with the subset's tag and the encoding a PDF name of 127 bytes */
    unsigned size = sizeof name;
    char *text;
    size_t n = 0;

    if (face->postscript.n > 0)
        return face->postscript;
    hb_ot_name_get_utf8(face->hb, HB_OT_NAME_ID_POSTSCRIPT_NAME, HB_LANGUAGE_INVALID, &size,
                        name);
    text = arena_alloc(fonts->arena, size + 1);
    for (unsigned i = 0; i < size && name[i]; i++)
        if (strchr("-0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz", name[i]))
            text[n++] = name[i];
    face->postscript = n > 0 ? (struct str){text, n} : face->info.id;
    return face->postscript;
}

void font_facts(struct fonts *fonts, int index, struct font_facts *out)
{
    static const hb_tag_t head = TAG_OF('h', 'e', 'a', 'd');
    struct face *face = face_open(fonts, index);
    int class, weight;

    *out = (struct font_facts){.postscript_name = fonts->faces[index].info.id};
    if (!face)
        return;
    class = os2_number(face, OS2_CLASS, 0) >> 8;
    weight = os2_number(face, OS2_WEIGHT, 400);
    out->postscript_name = postscript_name(fonts, face);
    out->cff = face->cff != NULL;
    /* IBM's classes 1 to 5 and 7 have serifs. */
    out->serif = (class >= 1 && class <= 5) || class == 7;
    out->italic = (table_number(face, head, HEAD_STYLE, 0) & STYLE_ITALIC) != 0;
    out->ascent = thousandths(face, os2_number(face, OS2_TYPO_ASCENDER, face->units));
    out->descent = thousandths(face, os2_number(face, OS2_TYPO_DESCENDER, 0));
    out->cap_height = thousandths(face, face->cap);
    for (unsigned i = 0; i < 4; i++)
        out->bbox[i] = thousandths(face, table_number(face, head, HEAD_BBOX + 2 * i, 0));
    /* No table has the stem's width; this is the usual estimate from the weight. */
    out->stem_v = 50 + weight * weight / 4225;
}
