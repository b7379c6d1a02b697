/* fragments.c: CFF font programs, compressed by joining what was compressed before.
 *
 * Deflate (RFC 1951) is a stream of bits, and with one fixed code for all programs the bits of
 * a glyph's outline are the same wherever it stands, as long as its matches stay inside of it.
 * So each outline is compressed once in the life of the process, and a program is one block:
 * its tables literal by literal, then the bits of its glyphs, shifted to where the last ones
 * ended. That costs a fortieth of compressing it, and more bytes than the best that deflate can
 * do, because no match goes from glyph to glyph: 3 to 8 % for the 150 glyphs of a form, 8 to
 * 17 % for 3,500.
 *
 * The code was made from the outlines of the 3,500 characters of level 1 of 《通用规范汉字表》 in
 * Noto Serif CJK SC (whole), Noto Sans CJK SC (half) and Noto Serif CJK SC Bold (a third), with
 * matches found as here; every byte has a code. It is part of the bytes of every file: whoever
 * changes it changes them all. */
#include "pdf/pdf-internal.h"

#include <libdeflate.h>
#include <string.h>

enum {
    CODES = 270,
    DISTANCES = 18,
    END = 256,
    MATCH_FIRST = 257,
    MATCH_LEAST = 3,
    MATCH_MOST = 22, /* the longest that CODES has a code for */
    DISTANCE_MOST = 384,
    BITS_MOST = 15, /* of a code */
    CODE_LENGTHS = 19,
    PLACES_BITS = 10,
    OUTLINE_MOST = 12 << 10, /* bytes of a glyph; font_subset makes none longer */
    FACE_PAGE = 256,
};

static const uint8_t literal_bits[CODES] = {
    /* clang-format off */
    9, 10, 10, 9, 9, 6, 5, 5, 6, 10, 10, 10, 10, 10, 8, 10, 10, 10, 10, 10,
    10, 6, 10, 10, 6, 7, 7, 8, 10, 10, 8, 6, 9, 9, 9, 9, 9, 9, 9, 9,
    9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9,
    9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9,
    9, 9, 9, 9, 9, 9, 9, 8, 9, 9, 9, 8, 8, 8, 8, 8, 8, 8, 8, 8,
    8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 9, 9, 9, 9, 9, 9, 8, 8,
    8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 7,
    7, 7, 7, 7, 7, 7, 7, 6, 6, 6, 6, 7, 7, 7, 7, 8, 8, 8, 8, 8,
    8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8,
    8, 8, 8, 8, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9,
    9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 10, 10, 10, 10, 10,
    10, 10, 10, 10, 10, 10, 10, 10, 10, 10, 10, 10, 10, 10, 10, 10, 10, 10, 10, 10,
    10, 10, 10, 10, 10, 11, 10, 4, 7, 8, 11, 4, 7, 9, 11, 13, 14, 8, 9, 10,
    11, 12, 13, 14, 14, 14, 14, 14, 14, 14,
    /* clang-format on */
};

static const uint8_t distance_bits[DISTANCES] = {11, 8, 10, 12, 9, 6, 3, 4, 2,
                                                 4,  4, 4,  3,  4, 3, 5, 7, 12};

/* What a length or distance code stands for: base and bits behind it (RFC 1951, 3.2.5). */
static const uint8_t length_base[] = {3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 15, 17, 19};
static const uint8_t length_extra[] = {0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2};
static const uint16_t distance_base[] = {1,  2,  3,  4,  5,  7,   9,   13,  17,
                                         25, 33, 49, 65, 97, 129, 193, 257, 385};
static const uint8_t distance_extra[] = {0, 0, 0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7};

struct code {
    uint16_t value; /* as it is written: the first bit is the lowest */
    uint8_t bits;
};

/* bits of words; those above are 0. NULL: not made yet. */
struct fragment {
    const uint64_t *words;
    size_t bits;
};

struct fragments {
    struct arena *arena;
    struct code literals[CODES], distances[DISTANCES];
    struct fragment header; /* of the block */
    struct fragment *pages[FONTS_FACES_MOST][GLYPHS_MOST / FACE_PAGE];
    uint16_t places[1 << PLACES_BITS]; /* where three bytes were seen last, + 1 */
    uint64_t room[OUTLINE_MOST * BITS_MOST / 64 + 2];
};

/* ---- bits */

struct pen {
    uint64_t *words; /* zeroed from here on */
    size_t bits;
};

static void put_bits(struct pen *pen, uint64_t value, size_t bits)
{
    size_t word = pen->bits / 64, shift = pen->bits % 64;

    pen->words[word] |= value << shift;
    if (shift + bits > 64)
        pen->words[word + 1] = value >> (64 - shift);
    else if (shift + bits == 64)
        pen->words[word + 1] = 0;
    pen->bits += bits;
}

static void put_code(struct pen *pen, struct code code)
{
    put_bits(pen, code.value, code.bits);
}

static void put_fragment(struct pen *pen, const struct fragment *fragment)
{
    size_t whole = fragment->bits / 64;

    for (size_t i = 0; i < whole; i++)
        put_bits(pen, fragment->words[i], 64);
    if (fragment->bits % 64)
        put_bits(pen, fragment->words[whole], fragment->bits % 64);
}

/* ---- the code */

/* Canonical codes from their lengths (RFC 1951, 3.2.2). */
static void make_codes(struct code *codes, const uint8_t *bits, size_t count)
{
    unsigned next = 0;

    for (unsigned n = 1; n <= BITS_MOST; n++, next <<= 1)
        for (size_t i = 0; i < count; i++) {
            unsigned value = next, turned = 0;

            if (bits[i] != n)
                continue;
            for (unsigned k = 0; k < n; k++, value >>= 1)
                turned = turned << 1 | (value & 1);
            codes[i] = (struct code){(uint16_t)turned, (uint8_t)n};
            next++;
        }
}

/* The lengths 0 to 15 are told by four bits each: a code of codes would save 50 bytes. */
static void put_header(struct pen *pen)
{
    static const uint8_t order[CODE_LENGTHS] = {16, 17, 18, 0, 8,  7, 9,  6, 10, 5,
                                                11, 4,  12, 3, 13, 2, 14, 1, 15};
    uint8_t bits[BITS_MOST + 1];
    struct code codes[BITS_MOST + 1];

    memset(bits, 4, sizeof bits);
    make_codes(codes, bits, COUNT(codes));
    put_bits(pen, 1 | 2 << 1, 3); /* the last block, with codes of its own */
    put_bits(pen, CODES - 257, 5);
    put_bits(pen, DISTANCES - 1, 5);
    put_bits(pen, CODE_LENGTHS - 4, 4);
    for (size_t i = 0; i < CODE_LENGTHS; i++)
        put_bits(pen, order[i] <= BITS_MOST ? 4 : 0, 3);
    for (size_t i = 0; i < CODES; i++)
        put_code(pen, codes[literal_bits[i]]);
    for (size_t i = 0; i < DISTANCES; i++)
        put_code(pen, codes[distance_bits[i]]);
}

/* The words written so far, kept. */
static struct fragment keep(struct arena *arena, const struct pen *pen)
{
    size_t count = (pen->bits + 63) / 64;
    uint64_t *words = NEW_ARRAY(arena, count + 1, uint64_t);

    memcpy(words, pen->words, count * sizeof *words);
    return (struct fragment){words, pen->bits};
}

struct fragments *fragments_open(struct arena *arena)
{
    struct fragments *fragments = NEW(arena, struct fragments);
    struct pen pen = {fragments->room, 0};

    fragments->arena = arena;
    make_codes(fragments->literals, literal_bits, CODES);
    make_codes(fragments->distances, distance_bits, DISTANCES);
    put_header(&pen);
    fragments->header = keep(arena, &pen);
    return fragments;
}

/* ---- one outline */

/* How a match is written. */
struct match {
    size_t length;
    unsigned bits;
    uint8_t length_code, distance_code;
};

static struct match match_of(const struct fragments *fragments, size_t length, size_t distance)
{
    struct match match = {.length = length};

    match.length_code = COUNT(length_base) - 1;
    while (length_base[match.length_code] > length)
        match.length_code--;
    match.distance_code = DISTANCES - 1;
    while (distance_base[match.distance_code] > distance)
        match.distance_code--;
    match.bits = (unsigned)fragments->literals[MATCH_FIRST + match.length_code].bits +
                 length_extra[match.length_code] +
                 fragments->distances[match.distance_code].bits +
                 distance_extra[match.distance_code];
    return match;
}

static uint16_t *place_of(struct fragments *fragments, const unsigned char *p)
{
    uint32_t three = (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16;

    return &fragments->places[three * 2654435761u >> (32 - PLACES_BITS)];
}

static void put_match(struct fragments *fragments, struct pen *pen, const struct match *match,
                      size_t distance)
{
    put_code(pen, fragments->literals[MATCH_FIRST + match->length_code]);
    put_bits(pen, match->length - length_base[match->length_code],
             length_extra[match->length_code]);
    put_code(pen, fragments->distances[match->distance_code]);
    put_bits(pen, distance - distance_base[match->distance_code],
             distance_extra[match->distance_code]);
}

/* The longest repetition here of what began with the same three bytes last time, when that is
 * shorter than the bytes by themselves; else length 0. */
static struct match find_match(struct fragments *fragments, const unsigned char *p, size_t at,
                               size_t n, size_t from)
{
    size_t length = 0, most = n - at < MATCH_MOST ? n - at : MATCH_MOST;
    struct match match = {0};
    unsigned plain = 0;

    while (length < most && p[from + length] == p[at + length])
        plain += fragments->literals[p[at + length++]].bits;
    if (length >= MATCH_LEAST)
        match = match_of(fragments, length, at - from);
    if (match.bits >= plain)
        match.length = 0;
    return match;
}

static struct fragment outline_pack(struct fragments *fragments, struct str outline)
{
    const unsigned char *p = (const unsigned char *)outline.p;
    struct pen pen = {fragments->room, 0};
    size_t next = 0; /* after the last match */

    fragments->room[0] = 0;
    memset(fragments->places, 0, sizeof fragments->places);
    for (size_t at = 0; at < outline.n; at++) {
        uint16_t *place = at + MATCH_LEAST <= outline.n ? place_of(fragments, p + at) : NULL;
        size_t seen = place ? *place : 0;
        struct match match = {0};

        if (place)
            *place = (uint16_t)(at + 1);
        if (at < next)
            continue;
        if (seen > 0 && at + 1 - seen < DISTANCE_MOST)
            match = find_match(fragments, p, at, outline.n, seen - 1);
        if (match.length > 0)
            put_match(fragments, &pen, &match, at + 1 - seen);
        else
            put_code(&pen, fragments->literals[p[at]]);
        next = at + (match.length > 0 ? match.length : 1);
    }
    return keep(fragments->arena, &pen);
}

static const struct fragment *outline_find(struct fragments *fragments, int face,
                                           uint32_t glyph, struct str outline)
{
    struct fragment **page = &fragments->pages[face][glyph / FACE_PAGE], *slot;

    if (!*page)
        *page = NEW_ARRAY(fragments->arena, FACE_PAGE, struct fragment);
    slot = &(*page)[glyph % FACE_PAGE];
    if (!slot->words)
        *slot = outline_pack(fragments, outline);
    return slot;
}

/* ---- a program */

static void put_plainly(const struct fragments *fragments, struct pen *pen, const char *p,
                        size_t n)
{
    for (size_t i = 0; i < n; i++)
        put_code(pen, fragments->literals[(unsigned char)p[i]]);
}

/* zlib's frame (RFC 1950) begins with two bytes and ends with a sum. Deflate writes the lowest
 * byte of a word first. */
static struct str framed(struct arena *arena, const struct pen *pen, struct str bytes)
{
    size_t n = (pen->bits + 7) / 8;
    char *out = arena_alloc(arena, 2 + n + 4);
    uint32_t sum = libdeflate_adler32(1, bytes.p, bytes.n);

    out[0] = 0x78;
    out[1] = 0x01;
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    memcpy(out + 2, pen->words, n);
#else
    for (size_t i = 0; i < n; i++)
        out[2 + i] = (char)(pen->words[i / 8] >> 8 * (i % 8));
#endif
    for (size_t i = 0; i < 4; i++)
        out[2 + n + i] = (char)(sum >> (24 - 8 * i));
    return (struct str){out, n + 6};
}

struct str fragments_pack(struct fragments *fragments, struct arena *arena, int face,
                          const struct font_program *program, const uint32_t *glyphs)
{
    const struct fragment **outlines =
        NEW_ARRAY(arena, program->outline_count, const struct fragment *);
    const char *p = program->bytes.p;
    size_t at = program->outlines, bits = fragments->header.bits;
    struct pen pen = {NULL, 0};

    for (size_t i = 0; i < program->outline_count; i++) {
        struct str outline = {p + at, program->lengths[i]};

        outlines[i] = outline_find(fragments, face, i ? glyphs[i - 1] : 0, outline);
        bits += outlines[i]->bits;
        at += outline.n;
    }
    bits += (program->outlines + program->bytes.n - at + 1) * BITS_MOST;
    pen.words = NEW_ARRAY(arena, bits / 64 + 2, uint64_t);
    put_fragment(&pen, &fragments->header);
    put_plainly(fragments, &pen, p, program->outlines);
    for (size_t i = 0; i < program->outline_count; i++)
        put_fragment(&pen, outlines[i]);
    put_plainly(fragments, &pen, p + at, program->bytes.n - at);
    put_code(&pen, fragments->literals[END]);
    return framed(arena, &pen, program->bytes);
}
