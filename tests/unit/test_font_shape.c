/* Shaping without the shaper: what font_shape() looks up is what HarfBuzz gives. */
#include "base/utf8.h"
#include "font/font.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

struct room {
    struct arena *arena; /* of the fonts; `scratch` is emptied again and again */
    struct arena *scratch;
    struct fonts *fonts;
};

static int open_fonts(void **state)
{
    struct room *room = calloc(1, sizeof *room);
    struct err err;

    if (!room)
        return -1;
    room->arena = arena_new(256 << 20, NULL, NULL);
    room->scratch = arena_new(256 << 20, NULL, NULL);
    err_init(&err, room->arena);
    *state = room;
    return fonts_open(room->arena, getenv("DANZHENG_HOME"), &room->fonts, &err) ? 0 : -1;
}

static int close_fonts(void **state)
{
    struct room *room = *state;

    fonts_close(room->fonts);
    arena_free(room->scratch);
    arena_free(room->arena);
    free(room);
    return 0;
}

static int face_of(const struct room *room, const char *id)
{
    for (int i = 0; i < fonts_faces(room->fonts); i++)
        if (str_is(fonts_face(room->fonts, i)->id, id))
            return i;
    fail_msg("no face %s", id);
    return -1;
}

/* Both ways to the same glyphs: the second name of the same language is one that the look-up
 * does not know. */
static void assert_same_in(struct room *room, int face, const char *text, const char *script,
                           const char *known, const char *unknown)
{
    struct font_shape quick, slow;

    font_shape(room->fonts, room->scratch, face, PT(10.5), str_from(text), script, false, known,
               &quick);
    font_shape(room->fonts, room->scratch, face, PT(10.5), str_from(text), script, false,
               unknown, &slow);
    if (quick.count != slow.count || quick.width != slow.width ||
        memcmp(quick.glyphs, slow.glyphs, quick.count * sizeof quick.glyphs[0]) != 0)
        fail_msg("face %s: \"%s\" differs", fonts_face(room->fonts, face)->id.p, text);
}

static void assert_same_both_ways(struct room *room, int face, const char *text)
{
    assert_same_in(room, face, text, "Hani", "zh-CN", "zh-Hans-CN");
}

/* Every Han of the range, in strings of 64 that one face draws. */
static void compare_range(struct room *room, int chain, uint32_t first, uint32_t last)
{
    char text[4 * 64 + 1];
    size_t n = 0;
    int face = -1;

    for (uint32_t code = first; code <= last + 1; code++) {
        int picked = code > last ? -1 : font_pick(room->fonts, chain, code, 0);

        if (n > 0 && (picked != face || n > 4 * 63)) {
            text[n] = '\0';
            assert_same_both_ways(room, face, text);
            n = 0;
        }
        if (picked >= 0)
            n += utf8_put(code, text + n);
        face = picked;
    }
    arena_reset(room->scratch);
}

static const char *const cjk_faces[] = {"noto-serif-sc", "noto-serif-sc-bold", "noto-sans-sc",
                                        "noto-sans-sc-bold", "lxgw-wenkai"};

static uint32_t roll(uint64_t *dice, uint32_t sides)
{
    *dice = *dice * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(*dice >> 33) % sides;
}

/* Every pair of ASCII, and a great many longer texts, of words that kern and join above all. */
static void ascii_looked_up_is_ascii_shaped(void **state)
{
    static const char words[] = "AVTowyfijl.,-/()' \"LTPr1470";
    struct room *room = *state;
    uint64_t dice = 20241009;
    char text[40];

    for (size_t f = 0; f < 4; f++) { /* those of CFF */
        int face = face_of(room, cjk_faces[f]);

        for (long i = 0; i < 95 * 95 + 6000; i++) {
            size_t n = i < 95 * 95 ? 2 : 3 + roll(&dice, 20);

            for (size_t k = 0; k < n; k++)
                text[k] = roll(&dice, 2) ? (char)(' ' + roll(&dice, 95))
                                         : words[roll(&dice, sizeof words - 1)];
            if (n == 2) {
                text[0] = (char)(' ' + i / 95);
                text[1] = (char)(' ' + i % 95);
            }
            text[n] = '\0';
            assert_same_in(room, face, text, "Latn", "en", "en-US");
            assert_same_in(room, face, text, "Hani", "zh-Hans", "zh-Hans-CN");
            memcpy(text + n, "中文", 7);
            assert_same_in(room, face, text, "Hani", "zh-Hans", "zh-Hans-CN");
            assert_same_in(room, face, arena_printf(room->scratch, "文%s", text), "Hani",
                           "zh-Hans", "zh-Hans-CN");
            arena_reset(room->scratch);
        }
    }
}

static void looking_up_gives_the_same_glyphs_as_shaping(void **state)
{
    static const char marks[][4] = {"0",  "1",  "2",  "3",  "4",  "5",   "6",  "7",
                                    "8",  "9",  "中", "一", "、", "。",  "〈", "〉",
                                    "《", "》", "「", "」", "『", "』",  "【", "】",
                                    "（", "）", "，", "：", "；", "鿯", "㐀", "丶"};
    struct room *room = *state;

    for (size_t i = 0; i < COUNT(cjk_faces); i++)
        for (size_t a = 0; a < COUNT(marks); a++)
            for (size_t b = 0; b < COUNT(marks); b++) {
                const char *text =
                    arena_printf(room->scratch, "%s%s%s", marks[a], marks[b], marks[a]);

                assert_same_both_ways(room, face_of(room, cjk_faces[i]), text);
                arena_reset(room->scratch);
            }
    for (int chain = 0; chain < 5; chain++) {
        compare_range(room, chain, 0x3400, 0x4DBF);
        compare_range(room, chain, 0x4E00, 0x9FFF);
        compare_range(room, chain, 0x20000, 0x323AF);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ascii_looked_up_is_ascii_shaped),
        cmocka_unit_test(looking_up_gives_the_same_glyphs_as_shaping),
    };

    return cmocka_run_group_tests(tests, open_fonts, close_fonts);
}
