/* test_fragments.c: font programs compressed by joining: whatever is joined, other programs
 * (zlib, libdeflate) unpack it to what it was. DANZHENG_CFF_STEP=n looks at every n-th glyph
 * only, as in test_cff.c. */
#include "pdf/pdf-internal.h"

#include "base/utf8.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <libdeflate.h>
#include <zlib.h>

#ifdef __SANITIZE_ADDRESS__
enum { STEP = 97 };
#else
enum { STEP = 1 };
#endif
enum { AT_ONCE = 2048, FACES_CFF = 4, GLYPHS = 65535, LEVEL_1 = 3500 };

struct room {
    struct arena *arena, *scratch;
    struct fonts *fonts;
    struct fragments *fragments;
    struct libdeflate_decompressor *unpacker;
    uint32_t glyphs[GLYPHS]; /* 1, 2, 3 … */
};

static int room_open(void **state)
{
    struct room *room = calloc(1, sizeof *room);
    struct err err;

    room->arena = arena_new((size_t)1 << 30, NULL, NULL);
    room->scratch = arena_new((size_t)1 << 30, NULL, NULL);
    room->fragments = fragments_open(room->arena);
    room->unpacker = libdeflate_alloc_decompressor();
    for (uint32_t i = 0; i < GLYPHS; i++)
        room->glyphs[i] = i + 1;
    err_init(&err, room->arena);
    *state = room;
    return fonts_open(room->arena, getenv("DANZHENG_HOME"), &room->fonts, &err) ? 0 : -1;
}

static int room_close(void **state)
{
    struct room *room = *state;

    libdeflate_free_decompressor(room->unpacker);
    fonts_close(room->fonts);
    arena_free(room->scratch);
    arena_free(room->arena);
    free(room);
    return 0;
}

static int begin(void **state)
{
    arena_reset(((struct room *)*state)->scratch);
    return 0;
}

/* The CFF faces of fonts.ini, by their place in it. */
static size_t faces_of(struct room *room, int faces[FACES_CFF])
{
    size_t count = 0;

    for (int f = 0; f < fonts_faces(room->fonts); f++) {
        struct font_facts facts;

        font_facts(room->fonts, f, &facts);
        if (facts.cff && count < FACES_CFF)
            faces[count++] = f;
    }
    assert_int_equal(count, FACES_CFF);
    return count;
}

static struct font_program program_of(struct room *room, int face, const uint32_t *glyphs,
                                      size_t count)
{
    uint16_t *cids = NEW_ARRAY(room->scratch, count, uint16_t);
    struct font_program program;
    struct err err;

    err_init(&err, room->scratch);
    for (size_t i = 0; i < count; i++)
        cids[i] = (uint16_t)(i + 1);
    assert_true(
        font_subset(room->fonts, room->scratch, face, glyphs, cids, count, &program, &err));
    return program;
}

/* zlib looks at the sum as well, and both look whether the code is complete. */
static void assert_unpacks(struct room *room, struct str packed, struct str wanted)
{
    char *bytes = arena_alloc(room->scratch, wanted.n + 1);
    z_stream stream = {0};
    size_t n = 0;

    assert_int_equal(
        libdeflate_zlib_decompress(room->unpacker, packed.p, packed.n, bytes, wanted.n, &n),
        LIBDEFLATE_SUCCESS);
    assert_int_equal(n, wanted.n);
    assert_memory_equal(bytes, wanted.p, wanted.n);
    memset(bytes, 0, wanted.n);
    stream.next_in = (Bytef *)arena_text(room->scratch, packed.p, packed.n);
    stream.avail_in = (uInt)packed.n;
    stream.next_out = (Bytef *)bytes;
    stream.avail_out = (uInt)wanted.n + 1;
    assert_int_equal(inflateInit(&stream), Z_OK);
    assert_int_equal(inflate(&stream, Z_FINISH), Z_STREAM_END);
    assert_int_equal(stream.total_out, wanted.n);
    assert_int_equal(stream.avail_in, 0);
    inflateEnd(&stream);
    assert_memory_equal(bytes, wanted.p, wanted.n);
}

static struct str assert_packs(struct room *room, int face, const uint32_t *glyphs,
                               size_t count)
{
    struct font_program program = program_of(room, face, glyphs, count);
    struct str packed = fragments_pack(room->fragments, room->scratch, face, &program, glyphs);

    assert_unpacks(room, packed, program.bytes);
    return packed;
}

static void every_glyph_of_every_face_unpacks_to_itself(void **state)
{
    struct room *room = *state;
    const char *asked = getenv("DANZHENG_CFF_STEP");
    uint32_t glyphs[AT_ONCE];
    int faces[FACES_CFF];
    long step = STEP;

    if (asked)
        str_number(str_from(asked), &step);
    for (size_t f = 0; f < faces_of(room, faces); f++) {
        size_t count = 0;

        for (uint32_t g = 1; g < GLYPHS; g += (uint32_t)step) {
            glyphs[count++] = g;
            if (count == AT_ONCE || g + (uint32_t)step >= GLYPHS) {
                assert_packs(room, faces[f], glyphs, count);
                arena_reset(room->scratch);
                count = 0;
            }
        }
    }
}

static void the_largest_and_the_smallest_glyph_unpack_alone(void **state)
{
    struct room *room = *state;
    int faces[FACES_CFF];

    for (size_t f = 0; f < faces_of(room, faces); f++) {
        uint32_t least = 1, most = 1, step = STEP == 1 ? 1 : 7;
        uint16_t shortest = UINT16_MAX, longest = 0;

        for (uint32_t from = 1; from + AT_ONCE < GLYPHS; from += AT_ONCE * step) {
            struct font_program program =
                program_of(room, faces[f], &room->glyphs[from - 1], AT_ONCE);

            for (uint32_t i = 1; i <= AT_ONCE; i++) {
                uint16_t length = program.lengths[i];

                most = length > longest ? from + i - 1 : most;
                least = length < shortest ? from + i - 1 : least;
                longest = length > longest ? length : longest;
                shortest = length < shortest ? length : shortest;
            }
            arena_reset(room->scratch);
        }
        assert_true(shortest <= 4); /* nothing but endchar: a blank */
        assert_true(longest >= (step == 1 ? 1000 : 200));
        assert_packs(room, faces[f], &least, 1);
        assert_packs(room, faces[f], &most, 1);
    }
}

static void programs_of_any_size_unpack_to_themselves(void **state)
{
    static const size_t counts[] = {0, 1, 2, 180, 2000};
    struct room *room = *state;
    int faces[FACES_CFF];

    faces_of(room, faces);
    for (size_t i = 0; i < COUNT(counts); i++)
        for (uint32_t from = 0; from < 60000; from += 30001)
            assert_packs(room, faces[i % FACES_CFF], &room->glyphs[from], counts[i]);
}

static void what_came_before_does_not_matter(void **state)
{
    struct room *room = *state;
    struct fragments *fresh = fragments_open(room->scratch);
    const uint32_t *glyphs = &room->glyphs[20000];
    int faces[FACES_CFF];
    struct font_program program, half;
    struct str packed, again;

    faces_of(room, faces);
    program = program_of(room, faces[0], glyphs, 400);
    packed = fragments_pack(fresh, room->scratch, faces[0], &program, glyphs);
    again = fragments_pack(fresh, room->scratch, faces[0], &program, glyphs);
    assert_true(str_eq(packed, again));

    /* The same numbers of another face, then half of them backwards of this one. */
    fresh = fragments_open(room->scratch);
    half = program_of(room, faces[1], glyphs, 400);
    fragments_pack(fresh, room->scratch, faces[1], &half, glyphs);
    for (size_t i = 400; i >= 200; i -= 2) {
        half = program_of(room, faces[0], &glyphs[i - 1], 1);
        fragments_pack(fresh, room->scratch, faces[0], &half, &glyphs[i - 1]);
    }
    again = fragments_pack(fresh, room->scratch, faces[0], &program, glyphs);
    assert_true(str_eq(packed, again));
}

/* ---- the committed code, read out of what was written (RFC 1951, 3.2.7) */

struct bits {
    const unsigned char *p;
    size_t at;
};

static unsigned next_bits(struct bits *bits, unsigned count)
{
    unsigned value = 0;

    for (unsigned i = 0; i < count; i++, bits->at++)
        value |= ((unsigned)bits->p[bits->at / 8] >> bits->at % 8 & 1) << i;
    return value;
}

/* The sum of the shares of all codes; 1 << 15 is the whole. lengths: how many. */
static unsigned next_shares(struct bits *bits, unsigned count, unsigned *lengths)
{
    unsigned sum = 0;

    *lengths = 0;
    for (unsigned i = 0; i < count; i++) {
        unsigned length = 0;

        for (int k = 0; k < 4; k++)
            length = length << 1 | next_bits(bits, 1);
        *lengths += length > 0;
        sum += length > 0 ? 1u << (15 - length) : 0;
    }
    return sum;
}

static void the_code_is_complete_and_has_every_byte(void **state)
{
    struct room *room = *state;
    struct bits bits = {NULL, 16}; /* behind the two bytes of zlib */
    unsigned literals, distances, codes, sum, lengths;
    int faces[FACES_CFF];

    faces_of(room, faces);
    bits.p = (const unsigned char *)assert_packs(room, faces[0], room->glyphs, 10).p;
    assert_int_equal((bits.p[0] * 256 + bits.p[1]) % 31, 0);
    assert_int_equal(next_bits(&bits, 3), 5); /* the last block, a code of its own */
    literals = next_bits(&bits, 5) + 257;
    distances = next_bits(&bits, 5) + 1;
    codes = next_bits(&bits, 4) + 4;
    assert_int_equal(codes, 19);
    for (unsigned i = 0; i < codes; i++)
        assert_int_equal(next_bits(&bits, 3), i < 3 ? 0 : 4);
    sum = next_shares(&bits, 257, &lengths);
    assert_int_equal(lengths, 257);
    sum += next_shares(&bits, literals - 257, &lengths);
    assert_int_equal(lengths, literals - 257);
    assert_int_equal(sum, 1 << 15);
    assert_int_equal(next_shares(&bits, distances, &lengths), 1 << 15);
    assert_int_equal(lengths, distances);
}

/* ---- outlines made up, so that no font's release changes them */

static uint32_t next_random(uint32_t *seed)
{
    *seed ^= *seed << 13;
    *seed ^= *seed >> 17;
    return *seed ^= *seed << 5;
}

enum { OUTLINES = 240, OUTLINE_MOST = 12 << 10, ALL_MOST = 4 << 20 };

/* Some letters, more of them from outline to outline, with repetitions of every length from
 * every distance. */
static size_t make_outline(char *out, uint32_t letters, size_t n, uint32_t *seed)
{
    for (size_t at = 0; at < n;) {
        size_t length = next_random(seed) % 30, back = 1 + next_random(seed) % 500;

        if (next_random(seed) % 3 > 0 || back > at) {
            out[at++] = (char)((next_random(seed) >> 9) % letters * 37);
            continue;
        }
        for (; length > 0 && at < n; length--, at++)
            out[at] = out[at - back];
    }
    return n;
}

static struct font_program made_up(struct room *room)
{
    uint16_t *lengths = NEW_ARRAY(room->scratch, OUTLINES, uint16_t);
    char *bytes = arena_alloc(room->scratch, ALL_MOST);
    struct font_program program = {.lengths = lengths, .outline_count = OUTLINES};
    size_t n = 0;
    uint32_t seed = 8105;

    for (; n < 300; n++)
        bytes[n] = (char)n;
    program.outlines = n;
    for (uint32_t i = 0; i < OUTLINES; i++) {
        size_t length = i < 40 ? i : i == 40 ? OUTLINE_MOST : next_random(&seed) % 900;

        lengths[i] = (uint16_t)make_outline(bytes + n, i + 1, length, &seed);
        n += length;
    }
    for (size_t i = 0; i < 70; i++)
        bytes[n++] = (char)(i * i);
    program.bytes = (struct str){bytes, n};
    return program;
}

static void outlines_of_any_bytes_unpack_to_themselves(void **state)
{
    struct room *room = *state;
    struct font_program program = made_up(room);
    struct str packed =
        fragments_pack(fragments_open(room->scratch), room->scratch, 0, &program, room->glyphs);

    assert_unpacks(room, packed, program.bytes);
    assert_true(packed.n < program.bytes.n * 9 / 10);
}

/* Files made by an older release are compared byte for byte with what is made now. */
static void the_code_and_the_choice_of_matches_are_for_ever(void **state)
{
    struct room *room = *state;
    struct font_program program = made_up(room);
    struct str packed =
        fragments_pack(fragments_open(room->scratch), room->scratch, 0, &program, room->glyphs);

    assert_int_equal(libdeflate_crc32(0, packed.p, packed.n), 0x3d8fe617);
}

/* ---- size */

static struct str level_1(struct room *room)
{
    const char *path =
        arena_printf(room->arena, "%s/tests/data/tongyong-8105.txt", getenv("DANZHENG_HOME"));
    FILE *file = fopen(path, "rb");
    char line[512];
    struct buf text;
    struct str han;

    assert_non_null(file);
    buf_init(&text, 1 << 20);
    while (fgets(line, sizeof line, file))
        if (line[0] != '#')
            buf_str(&text, str_trim(str_from(line)));
    fclose(file);
    han = str_copy(room->arena, buf_view(&text));
    buf_release(&text);
    return han;
}

static int by_number(const void *a, const void *b)
{
    const uint32_t *x = a, *y = b;

    return *x < *y ? -1 : *x > *y;
}

/* Glyphs of count Han of level 1, spread evenly over it, ascending. */
static void han_glyphs(struct room *room, int face, size_t count, uint32_t *glyphs)
{
    struct str han = level_1(room);
    size_t at = 0, n = 0;

    for (size_t i = 0; i < LEVEL_1 && n < count; i++) {
        size_t from = at;
        struct font_shape shape;

        utf8_next(han, &at);
        if (i % (LEVEL_1 / count) != 0)
            continue;
        font_shape(room->fonts, room->scratch, face, PT(10),
                   (struct str){han.p + from, at - from}, "Hani", false, "zh-CN", &shape);
        assert_int_equal(shape.count, 1);
        glyphs[n++] = shape.glyphs[0].id;
    }
    assert_int_equal(n, count);
    qsort(glyphs, count, sizeof *glyphs, by_number);
}

/* Of a form's size at most a tenth more; what glyphs have in common with each other is not
 * found, so the difference grows with their number. */
static void joined_programs_are_nearly_as_small_as_the_best(void **state)
{
    static const struct {
        size_t glyphs, percent;
    } cases[] = {{150, 110}, {600, 113}, {LEVEL_1, 118}};
    struct libdeflate_compressor *best = libdeflate_alloc_compressor(9);
    struct room *room = *state;
    uint32_t glyphs[LEVEL_1];
    int faces[FACES_CFF];

    for (size_t f = 0; f < faces_of(room, faces); f++)
        for (size_t i = 0; i < COUNT(cases); i++) {
            struct font_program program;
            struct str packed;
            size_t most, least;

            han_glyphs(room, faces[f], cases[i].glyphs, glyphs);
            program = program_of(room, faces[f], glyphs, cases[i].glyphs);
            packed = assert_packs(room, faces[f], glyphs, cases[i].glyphs);
            most = libdeflate_zlib_compress_bound(best, program.bytes.n);
            least = libdeflate_zlib_compress(best, program.bytes.p, program.bytes.n,
                                             arena_alloc(room->scratch, most), most);
            if (packed.n * 100 > least * cases[i].percent)
                fail_msg("face %d, %zu Han: %zu bytes, the best are %zu", faces[f],
                         cases[i].glyphs, packed.n, least);
        }
    libdeflate_free_compressor(best);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup(name, begin)
    const struct CMUnitTest tests[] = {
        TEST(every_glyph_of_every_face_unpacks_to_itself),
        TEST(the_largest_and_the_smallest_glyph_unpack_alone),
        TEST(programs_of_any_size_unpack_to_themselves),
        TEST(what_came_before_does_not_matter),
        TEST(the_code_is_complete_and_has_every_byte),
        TEST(outlines_of_any_bytes_unpack_to_themselves),
        TEST(the_code_and_the_choice_of_matches_are_for_ever),
        TEST(joined_programs_are_nearly_as_small_as_the_best),
    };

    return cmocka_run_group_tests(tests, room_open, room_close);
}
