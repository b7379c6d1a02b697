/* shape.c: text to glyphs. HarfBuzz does it; Han and their punctuation, which nothing in a CJK
 * face ever joins, moves or replaces, and ASCII (pairs.c) are looked up instead: the same
 * glyphs, without opening the face's layout tables (a test compares both ways). */
#include "font/font-internal.h"

#include "base/utf8.h"

#include <string.h>

/* Han that no lookup touches: no compatibility ideographs (some fonts give them variation
 * sequences of their own) and no ideographic description characters (they compose). */
static bool is_plain(uint32_t code)
{
    return (code >= 0x4E00 && code <= 0x9FFF) || (code >= 0x3400 && code <= 0x4DBF) ||
           (code >= 0x20000 && code <= 0x3FFFF) || code == 0x3001 || code == 0x3002 ||
           (code >= 0x3008 && code <= 0x3011) || code == 0xFF08 || code == 0xFF09 ||
           code == 0xFF0C || code == 0xFF1A || code == 0xFF1B;
}

/* Languages whose forms are the face's own: Chinese as in the mainland, or none said. */
static bool is_home_language(const char *language)
{
    return !language || !*language || strcmp(language, "zh-Hans") == 0 ||
           strcmp(language, "zh") == 0 || strcmp(language, "zh-CN") == 0;
}

static bool pairs_for(const char script[4], const char *language, enum pair_script *out)
{
    *out = memcmp(script, "Hani", 4) == 0 ? PAIR_HAN : PAIR_LATIN;
    if (*out == PAIR_HAN)
        return is_home_language(language);
    return memcmp(script, "Latn", 4) == 0 && language && strcmp(language, "en") == 0;
}

/* In units, or -1; next: the character behind it, or 0. */
static int plain_advance(struct fonts *fonts, struct face *face, enum pair_script script,
                         uint32_t code, uint32_t next, uint32_t *glyph)
{
    *glyph = face_glyph(fonts, face, code);
    if (pairs_has(code) && face->cff)
        return pairs_advance(fonts, face, script, code, next);
    return is_plain(code) ? face_advance(fonts, face, *glyph) : -1;
}

bool font_plain(struct fonts *fonts, int index, mpt size, bool latin, const uint32_t *codes,
                size_t count, struct glyph *out)
{
    struct face *face = face_open(fonts, index);
    enum pair_script script = latin ? PAIR_LATIN : PAIR_HAN;

    for (size_t i = 0; face && i < count; i++) {
        int advance = plain_advance(fonts, face, script, codes[i],
                                    i + 1 < count ? codes[i + 1] : 0, &out[i].id);

        if (advance < 0)
            return false;
        out[i].advance = face_scale(face, advance, size);
    }
    return face != NULL;
}

static bool look_up(struct fonts *fonts, struct arena *arena, struct face *face, mpt size,
                    struct str text, enum pair_script script, struct font_shape *out)
{
    struct glyph *glyphs = NEW_ARRAY(arena, text.n, struct glyph);
    size_t count = 0;
    mpt width = 0;

    for (size_t at = 0; at < text.n; count++) {
        struct glyph *glyph = &glyphs[count];
        uint32_t code;
        int advance;

        glyph->cluster = (uint32_t)at;
        code = utf8_next(text, &at);
        advance = plain_advance(fonts, face, script, code,
                                at < text.n ? (unsigned char)text.p[at] : 0, &glyph->id);
        if (advance < 0)
            return false;
        glyph->advance = face_scale(face, advance, size);
        width += glyph->advance;
    }
    *out = (struct font_shape){glyphs, count, width};
    return true;
}

void face_shape(struct fonts *fonts, struct face *face, struct str text, hb_script_t script,
                bool rtl, const char *language)
{
    hb_buffer_t *buffer = fonts->buffer;

    hb_buffer_reset(buffer);
    hb_buffer_add_utf8(buffer, text.p, (int)text.n, 0, (int)text.n);
    hb_buffer_set_direction(buffer, rtl ? HB_DIRECTION_RTL : HB_DIRECTION_LTR);
    hb_buffer_set_script(buffer, script);
    /* Never hb_buffer_guess_segment_properties: it would ask the process's locale. */
    if (language && *language)
        hb_buffer_set_language(buffer, hb_language_from_string(language, -1));
    hb_shape(face->font, buffer, NULL, 0);
}

void font_shape(struct fonts *fonts, struct arena *arena, int index, mpt size, struct str text,
                const char script[4], bool rtl, const char *language, struct font_shape *out)
{
    struct face *face = face_open(fonts, index);
    const hb_glyph_info_t *infos;
    const hb_glyph_position_t *places;
    enum pair_script pairs;
    struct glyph *glyphs;
    unsigned count;
    mpt width = 0;

    *out = (struct font_shape){NULL, 0, 0};
    if (!face || text.n == 0)
        return;
    if (!rtl && pairs_for(script, language, &pairs) &&
        look_up(fonts, arena, face, size, text, pairs, out))
        return;
    face_shape(fonts, face, text, hb_script_from_string(script, 4), rtl, language);
    infos = hb_buffer_get_glyph_infos(fonts->buffer, &count);
    places = hb_buffer_get_glyph_positions(fonts->buffer, &count);
    glyphs = NEW_ARRAY(arena, count, struct glyph);
    for (unsigned i = 0; i < count; i++) {
        glyphs[i] = (struct glyph){.id = infos[i].codepoint,
                                   .cluster = infos[i].cluster,
                                   .advance = face_scale(face, places[i].x_advance, size),
                                   .dx = face_scale(face, places[i].x_offset, size),
                                   .dy = face_scale(face, places[i].y_offset, size)};
        width += glyphs[i].advance;
    }
    *out = (struct font_shape){glyphs, count, width};
}
