/* fit.c: the ink of characters: what a mark leaves empty, and how large a fallback face is set.
 *
 * A face's measure is the mean height of its Han, over a fixed choice of them, or, where it has
 * none, the height of its x. Faces are compared by the same measure; one that has neither (of
 * Arabic, Thai …: letters of another build) is set as it is. Sums of whole numbers, so every
 * machine gets the same. */
#include "font/font-internal.h"

enum { FIT_LEAST = 850, FIT_MOST = 1150, SAMPLES = 32 };

static bool glyph_extents(struct fonts *fonts, struct face *face, uint32_t code,
                          hb_glyph_extents_t *out, int *advance)
{
    uint32_t glyph = face_glyph(fonts, face, code);

    *advance = glyph ? face_advance(fonts, face, glyph) : 0;
    return glyph && hb_font_get_glyph_extents(face->font, glyph, out);
}

struct font_sides font_sides(struct fonts *fonts, int index, uint32_t code, mpt size)
{
    struct face *face = face_open(fonts, index);
    hb_glyph_extents_t ink;
    int advance;

    if (!face || !glyph_extents(fonts, face, code, &ink, &advance))
        return (struct font_sides){0, 0};
    return (struct font_sides){face_scale(face, ink.x_bearing, size),
                               face_scale(face, advance - ink.x_bearing - ink.width, size)};
}

/* A fiftieth of the em less than half is half to the eye. */
static int blank_bits(struct fonts *fonts, int index, uint32_t code)
{
    struct font_sides sides = font_sides(fonts, index, code, 1000);

    return (sides.left >= 480 ? FONT_BLANK_LEFT : 0) |
           (sides.right >= 480 ? FONT_BLANK_RIGHT : 0);
}

int font_blank(struct fonts *fonts, int index, uint32_t code)
{
    struct face *face = face_open(fonts, index);
    uint16_t *slot = face ? code_map_at(fonts->arena, &face->blanks, code) : NULL;

    if (!slot)
        return 0;
    if (*slot == 0)
        *slot = (uint16_t)(blank_bits(fonts, index, code) + 1);
    return *slot - 1;
}

/* Thousandths of the em; -1 when the face lacks most of the Han between first and end. */
static int han_height(struct fonts *fonts, struct face *face, uint32_t first, uint32_t end)
{
    int64_t sum = 0, count = 0;

    for (uint32_t i = 0; i < SAMPLES; i++) {
        hb_glyph_extents_t ink;
        int advance;

        if (!glyph_extents(fonts, face, first + (end - first) / (2 * SAMPLES) * (2 * i + 1),
                           &ink, &advance))
            continue;
        sum += -ink.height;
        count++;
    }
    return count > SAMPLES / 2 ? (int)(sum * 1000 / count / face->units) : -1;
}

static void face_heights(struct fonts *fonts, struct face *face)
{
    hb_glyph_extents_t ink;
    int advance;

    face->han = han_height(fonts, face, 0x4E00, 0xA000);
    if (face->han < 0)
        face->han = han_height(fonts, face, 0x20000, 0x2A6C0);
    face->x = glyph_extents(fonts, face, 'x', &ink, &advance)
                  ? (int)((int64_t)-ink.height * 1000 / face->units)
                  : -1;
}

static int fit(struct fonts *fonts, struct face *main, struct face *face)
{
    int wanted, has, thousandths;

    if (main->han == 0)
        face_heights(fonts, main);
    if (face->han == 0)
        face_heights(fonts, face);
    wanted = face->han > 0 ? main->han : main->x;
    has = face->han > 0 ? face->han : face->x;
    if (wanted <= 0 || has <= 0)
        return 1000;
    thousandths = (1000 * wanted + has / 2) / has;
    if (thousandths < FIT_LEAST)
        return FIT_LEAST;
    return thousandths > FIT_MOST ? FIT_MOST : thousandths;
}

int font_fit(struct fonts *fonts, int chain_index, int index)
{
    const struct chain *chain = &fonts->chains[chain_index];
    struct face *main, *face;

    if (index == chain->faces[0])
        return 1000;
    if (chain->fits[index] == 0) {
        main = face_open(fonts, chain->faces[0]);
        face = face_open(fonts, index);
        chain->fits[index] = (uint16_t)(main && face ? fit(fonts, main, face) : 1000);
    }
    return chain->fits[index];
}
