/* coverage.c: the characters of one face. */
#include "font/coverage.h"

#include "font/font-internal.h"

bool font_has(struct fonts *fonts, int index, uint32_t code)
{
    struct face *face = face_open(fonts, index);

    return face && face_glyph(fonts, face, code) != 0;
}

size_t font_characters(struct fonts *fonts, int index)
{
    const struct face *face = face_open(fonts, index);
    hb_set_t *codes;
    size_t count;

    if (!face)
        return 0;
    codes = hb_set_create();
    hb_face_collect_unicodes(face->hb, codes);
    count = hb_set_get_population(codes);
    hb_set_destroy(codes);
    return count;
}

int fonts_chains(const struct fonts *fonts)
{
    return fonts->chain_count;
}
