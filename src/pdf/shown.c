/* shown.c: the glyphs of each face that a document shows: what they stand for, and their CIDs.
 *
 * Where a glyph of a CFF program is the one glyph of one character, its CID is the character's
 * own number: then one ToUnicode table serves every font of every document (unicode.c). Other
 * glyphs get numbers that no character has: the second one of a letter or digit (figures of
 * Latin words differ from those of Chinese text) U+E000 and more, as the table says too; those
 * of ligatures, of clusters, of characters above U+FFFF any of surrogates and private use, and
 * should these run out, any that are free. CIDs of TrueType programs count from 1, because
 * CIDToGIDMap has two bytes for each up to the highest. */
#include "pdf/pdf-internal.h"

#include <string.h>

enum { OTHERS_FIRST = 0xD800, OTHERS_LAST = 0xF8FF, CID_LAST = GLYPHS_MOST - 1 };

static uint16_t *slot_at(struct arena *arena, struct number_map *map, uint32_t number)
{
    uint16_t **page = &map->pages[number / NUMBERS_PAGE];

    if (!*page)
        *page = NEW_ARRAY(arena, NUMBERS_PAGE, uint16_t);
    return &(*page)[number % NUMBERS_PAGE];
}

static struct shown_face *face_at(struct pdf *pdf, int index)
{
    struct shown_face *face = pdf->faces[index];
    struct font_facts facts;

    if (face)
        return face;
    font_facts(pdf->fonts, index, &facts);
    face = pdf->faces[index] = NEW(pdf->arena, struct shown_face);
    face->face = index;
    face->cff = facts.cff;
    face->last_cid = facts.cff ? OTHERS_FIRST - 1 : 0;
    return face;
}

struct shown *shown_glyph(struct pdf *pdf, int index, uint32_t glyph)
{
    struct shown_face *face = face_at(pdf, index);
    struct shown *entry;
    uint16_t *slot;

    glyph &= GLYPHS_MOST - 1;
    slot = slot_at(pdf->arena, &face->by_glyph, glyph);
    if (*slot > 0)
        return &face->glyphs[*slot - 1];
    if (face->count == face->room) {
        size_t room = face->room ? 2 * face->room : 64;
        struct shown *grown = NEW_ARRAY(pdf->arena, room, struct shown);

        if (face->count > 0)
            memcpy(grown, face->glyphs, face->count * sizeof *grown);
        face->glyphs = grown;
        face->room = room;
    }
    entry = &face->glyphs[face->count++];
    *slot = (uint16_t)face->count;
    entry->glyph = glyph;
    entry->width = font_advance(pdf->fonts, index, glyph);
    return entry;
}

/* ---- CIDs */

/* The CID that is a character's own number: not of those that are given to other glyphs. */
static uint32_t own_cid(struct str text)
{
    uint32_t unit = text_unit(text);

    return unit < OTHERS_FIRST || unit > OTHERS_LAST ? unit : 0;
}

/* A face has no more glyphs than there are CIDs. */
static uint16_t *next_free(struct pdf *pdf, struct shown_face *face)
{
    uint16_t *slot;

    do {
        face->last_cid = face->last_cid == CID_LAST ? 1 : face->last_cid + 1;
        slot = slot_at(pdf->arena, &face->by_cid, face->last_cid);
    } while (*slot > 0);
    return slot;
}

static void give_cid(struct pdf *pdf, struct shown_face *face, struct shown *shown)
{
    uint32_t own = face->cff && !shown->weak ? own_cid(shown->text) : 0, cid = own;
    uint16_t *slot = own ? slot_at(pdf->arena, &face->by_cid, own) : NULL;

    if (slot && *slot > 0 && own < NUMBERS_PAGE) {
        cid = CID_SECOND + own;
        slot = slot_at(pdf->arena, &face->by_cid, cid);
    }
    if (!slot || *slot > 0) {
        slot = next_free(pdf, face);
        cid = face->last_cid;
    }
    shown->cid = (uint16_t)cid;
    *slot = (uint16_t)(shown - face->glyphs + 1);
}

bool shown_stands_for(struct pdf *pdf, int index, uint32_t glyph, struct str text, bool weak)
{
    struct shown *shown = shown_glyph(pdf, index, glyph);

    if (shown->text.n == 0 || (shown->weak && !weak)) {
        shown->text = str_copy(pdf->arena, text);
        shown->weak = weak;
    }
    if (shown->cid == 0)
        give_cid(pdf, pdf->faces[index], shown);
    return str_eq(shown->text, text);
}

const struct shown **shown_by_cid(struct arena *arena, const struct shown_face *face)
{
    const struct shown **list = NEW_ARRAY(arena, face->count, const struct shown *);
    size_t n = 0;

    for (size_t page = 0; page < NUMBERS_PAGES; page++) {
        const uint16_t *slots = face->by_cid.pages[page];

        for (size_t i = 0; slots && i < NUMBERS_PAGE; i++)
            if (slots[i] > 0)
                list[n++] = &face->glyphs[slots[i] - 1];
    }
    return list;
}
