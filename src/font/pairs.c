/* pairs.c: ASCII without the shaper. In the CFF faces of Noto CJK what a letter advances
 * depends on the next letter alone (kerning), so each pair is asked of HarfBuzz once in the
 * life of the process. A pair that it draws otherwise, as a ligature or with a letter out of
 * its place, is remembered as such, and a text that has it is shaped. A test compares both ways
 * over many texts. */
#include "font/font-internal.h"

enum { FIRST = ' ', LAST = '~', LETTERS = LAST - FIRST + 1, ALONE = LETTERS };

/* advance + 1 in units; 0: not asked yet; < 0: to be shaped */
struct pairs {
    int16_t advance[LETTERS][LETTERS + 1];
};

bool pairs_has(uint32_t code)
{
    return code >= FIRST && code <= LAST;
}

/* next: as in the table */
static int16_t ask(struct fonts *fonts, struct face *face, enum pair_script script, uint32_t a,
                   uint32_t next)
{
    const char text[2] = {(char)a, (char)(next + FIRST)};
    unsigned count = next == ALONE ? 1 : 2, glyphs;
    const hb_glyph_info_t *infos;
    const hb_glyph_position_t *places;

    face_shape(fonts, face, (struct str){text, count},
               script == PAIR_HAN ? HB_SCRIPT_HAN : HB_SCRIPT_LATIN, false,
               script == PAIR_HAN ? "zh-Hans" : "en");
    infos = hb_buffer_get_glyph_infos(fonts->buffer, &glyphs);
    places = hb_buffer_get_glyph_positions(fonts->buffer, &glyphs);
    if (glyphs != count)
        return -1;
    for (unsigned i = 0; i < count; i++)
        if (infos[i].codepoint != face_glyph(fonts, face, (unsigned char)text[i]) ||
            places[i].x_offset != 0 || places[i].y_offset != 0)
            return -1;
    if (count == 2 && places[1].x_advance != face_advance(fonts, face, infos[1].codepoint))
        return -1;
    return places[0].x_advance < 0 || places[0].x_advance >= INT16_MAX
               ? -1
               : (int16_t)(places[0].x_advance + 1);
}

int pairs_advance(struct fonts *fonts, struct face *face, enum pair_script script, uint32_t a,
                  uint32_t b)
{
    uint32_t next = pairs_has(b) ? b - FIRST : ALONE;
    int16_t *slot;

    if (!face->pairs[script])
        face->pairs[script] = NEW(fonts->arena, struct pairs);
    slot = &face->pairs[script]->advance[a - FIRST][next];
    if (*slot == 0)
        *slot = ask(fonts, face, script, a, next);
    return *slot < 0 ? -1 : *slot - 1;
}
