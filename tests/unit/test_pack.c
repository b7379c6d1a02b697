/* test_pack.c: what is remembered of earlier documents never shows: every result is that which
 * libdeflate gives, whatever was compressed before. */
#include "pdf/pdf-internal.h"

#include <malloc.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <libdeflate.h>

/* As in pack.c. */
enum { PLACES = 512, KEPT_MOST = 256 << 10, ALL_KEPT_MOST = 8 << 20 };
enum { WANTED_MOST = 1 << 20 };

static const int levels[PACKS] = {9, 5, 1};

struct room {
    struct arena *arena;
    struct pdf_tools *tools;
    struct libdeflate_compressor *compressors[PACKS];
    struct buf out;
    char wanted[WANTED_MOST];
};

static int room_open(void **state)
{
    struct room *room = calloc(1, sizeof *room);

    room->arena = arena_new((size_t)512 << 20, NULL, NULL);
    room->tools = pdf_tools_open(room->arena);
    for (size_t i = 0; i < PACKS; i++)
        room->compressors[i] = libdeflate_alloc_compressor(levels[i]);
    buf_init(&room->out, 16 << 20);
    *state = room;
    return room->tools ? 0 : -1;
}

static int room_close(void **state)
{
    struct room *room = *state;

    for (size_t i = 0; i < PACKS; i++)
        libdeflate_free_compressor(room->compressors[i]);
    buf_release(&room->out);
    pdf_tools_close(room->tools);
    arena_free(room->arena);
    free(room);
    return 0;
}

static uint32_t next_random(uint32_t *seed)
{
    *seed ^= *seed << 13;
    *seed ^= *seed >> 17;
    return *seed ^= *seed << 5;
}

/* n bytes that no other seed gives: words and numbers, of which each level makes something
 * else. */
static struct str bytes_of(struct room *room, uint32_t seed, size_t n)
{
    char *bytes = arena_alloc(room->arena, n + 8);
    uint32_t random = seed * 2654435761u | 1;

    for (size_t at = 0; at < n;) {
        uint32_t word = (next_random(&random) >> 8) % 30, letter = word * 7919 + 1;

        for (uint32_t i = 0; i < 2 + word % 9 && at < n; i++)
            bytes[at++] = (char)('a' + (next_random(&letter) >> 8) % 26);
        if (at < n)
            bytes[at++] = (char)('0' + (next_random(&random) >> 8) % 10);
    }
    return (struct str){bytes, n};
}

/* Behind what out already has. */
static void assert_packs(struct room *room, struct str bytes, enum pack pack)
{
    size_t n = libdeflate_zlib_compress(room->compressors[pack], bytes.p, bytes.n, room->wanted,
                                        sizeof room->wanted);

    buf_clear(&room->out);
    buf_text(&room->out, "before");
    assert_true(tools_pack(room->tools, bytes, pack, &room->out));
    assert_int_equal(room->out.n, 6 + n);
    assert_memory_equal(room->out.p, "before", 6);
    assert_memory_equal(room->out.p + 6, room->wanted, n);
}

static void the_same_bytes_at_other_levels_do_not_mix(void **state)
{
    struct room *room = *state;

    for (uint32_t seed = 0; seed < 20; seed++) {
        struct str bytes = bytes_of(room, seed, 60000);

        for (int again = 0; again < 4; again++)
            for (unsigned pack = 0; pack < PACKS; pack++)
                assert_packs(room, bytes, (enum pack)((pack + seed) % PACKS));
        for (unsigned i = 0; i < 4 * PACKS; i++)
            assert_packs(room, bytes, (enum pack)(i / 4));
    }
}

static void bytes_that_take_each_other_s_place_do_not_mix(void **state)
{
    enum { SAME = 8 };
    struct room *room = *state;
    struct str same[SAME];
    uint32_t seed = 1000, random = 1;

    for (size_t i = 0; i < SAME; seed++) {
        struct str bytes = bytes_of(room, seed, 300 + seed % 7);

        if (libdeflate_crc32(0, bytes.p, bytes.n) % PLACES < 4)
            same[i++] = bytes;
    }
    for (int i = 0; i < 3000; i++) {
        uint32_t r = next_random(&random) >> 8;

        assert_packs(room, same[r % SAME], (enum pack)(r / SAME % PACKS));
        /* Often twice or three times, so that it is kept. */
        for (r = r >> 20 & 3; r > 0; r--)
            assert_packs(room, same[(next_random(&random) >> 9) % 2], PACK_TEXT);
    }
}

static uint32_t sum_with(struct room *room, struct str start, uint32_t end)
{
    char *bytes = arena_alloc(room->arena, start.n + 4);

    memcpy(bytes, start.p, start.n);
    memcpy(bytes + start.n, &end, 4);
    return libdeflate_crc32(0, bytes, start.n + 4);
}

/* start and four bytes with which it has this sum: the sum is linear in each bit of them. */
static struct str with_sum(struct room *room, struct str start, uint32_t sum)
{
    uint32_t rows[32], bits[32], none = sum_with(room, start, 0), left = sum ^ none, end = 0;
    char *bytes = arena_alloc(room->arena, start.n + 4);

    for (int i = 0; i < 32; i++) {
        rows[i] = sum_with(room, start, 1u << i) ^ none;
        bits[i] = 1u << i;
    }
    for (int k = 0, row = 0; k < 32; k++) {
        int pivot = row;

        while (!(rows[pivot] >> k & 1))
            pivot++;
        for (int i = 0; i < 32; i++)
            if (i != pivot && rows[i] >> k & 1) {
                rows[i] ^= rows[pivot];
                bits[i] ^= bits[pivot];
            }
        if (left >> k & 1) {
            left ^= rows[pivot];
            end ^= bits[pivot];
        }
        if (pivot != row) {
            uint32_t r = rows[row], b = bits[row];

            rows[row] = rows[pivot], bits[row] = bits[pivot];
            rows[pivot] = r, bits[pivot] = b;
        }
        row++;
    }
    memcpy(bytes, start.p, start.n);
    memcpy(bytes + start.n, &end, 4);
    return (struct str){bytes, start.n + 4};
}

static void bytes_of_the_same_sum_and_length_do_not_mix(void **state)
{
    struct room *room = *state;
    struct str one = with_sum(room, bytes_of(room, 1, 500), 0x12345678);
    struct str other = with_sum(room, bytes_of(room, 2, 500), 0x12345678);
    struct str longer = with_sum(room, bytes_of(room, 1, 900), 0x12345678);
    struct str none = with_sum(room, bytes_of(room, 3, 500), 0);

    assert_int_equal(libdeflate_crc32(0, one.p, one.n), libdeflate_crc32(0, other.p, other.n));
    for (int i = 0; i < 12; i++) {
        assert_packs(room, i & 1 ? one : other, PACK_TEXT);
        assert_packs(room, i & 2 ? one : other, PACK_TEXT);
        assert_packs(room, i & 4 ? longer : one, PACK_TEXT);
        assert_packs(room, none, PACK_BEST); /* a place begins with this sum */
    }
}

static void nothing_is_packed_as_well(void **state)
{
    struct room *room = *state;

    for (int i = 0; i < 4; i++) {
        assert_packs(room, STR_NONE, PACK_BEST);
        assert_packs(room, STR(""), PACK_TEXT);
        assert_packs(room, STR("x"), PACK_FAST);
    }
}

/* ---- what is kept */

static size_t taken(void)
{
    struct mallinfo2 info = mallinfo2();

    return info.uordblks + info.hblkhd;
}

/* The sanitizer's malloc does not tell how much it has given. */
#ifdef __SANITIZE_ADDRESS__
enum { SANITIZED = 1 };
#else
enum { SANITIZED = 0 };
#endif

/* What packing so many times adds to it. */
static size_t kept_of(struct room *room, struct str bytes, int times)
{
    size_t before = taken();

    for (int i = 0; i < times; i++)
        assert_packs(room, bytes, PACK_FAST);
    return taken() - before;
}

static void what_came_twice_is_kept_once(void **state)
{
    struct room *room = *state;
    struct str bytes = bytes_of(room, 77, 100000);
    struct str large = bytes_of(room, 78, KEPT_MOST + 1);

    if (SANITIZED)
        return;
    assert_packs(room, bytes_of(room, 79, KEPT_MOST + 1), PACK_FAST);
    assert_int_equal(kept_of(room, bytes, 1), 0);
    assert_in_range(kept_of(room, bytes, 1), bytes.n + 1000, 2 * bytes.n);
    assert_int_equal(kept_of(room, bytes, 5), 0);
    assert_int_equal(kept_of(room, large, 5), 0);
}

static void what_is_kept_stays_within_its_bounds(void **state)
{
    enum { DOCUMENTS = 120, BYTES = 200000 };
    struct room *room = *state;
    struct str documents[DOCUMENTS];
    size_t before;

    if (SANITIZED)
        return;
    for (uint32_t i = 0; i < DOCUMENTS; i++)
        documents[i] = bytes_of(room, 5000 + i, BYTES);
    assert_packs(room, documents[0], PACK_FAST);
    before = taken();
    for (size_t i = 0; i < DOCUMENTS; i++) {
        kept_of(room, documents[i], 3);
        kept_of(room, documents[i / 2], 1);
        assert_true(taken() - before <= ALL_KEPT_MOST + PLACES * 64);
    }
    assert_true(taken() - before > ALL_KEPT_MOST / 2);
}

static void whether_a_result_fits_does_not_depend_on_what_came_before(void **state)
{
    struct room *room = *state;
    struct str bytes = bytes_of(room, 99, 3000);
    size_t most = libdeflate_zlib_compress_bound(room->compressors[PACK_TEXT], bytes.n);
    size_t n = 6 + libdeflate_zlib_compress(room->compressors[PACK_TEXT], bytes.p, bytes.n,
                                            room->wanted, sizeof room->wanted);
    const size_t limits[] = {6, n - 1, n, n + 1, 6 + most - 1, 6 + most};

    for (size_t k = 0; k < COUNT(limits); k++) {
        struct pdf_tools *fresh = pdf_tools_open(room->arena);
        bool fits = k + 1 == COUNT(limits);

        for (int i = 0; i < 4; i++) {
            struct buf out, enough;

            buf_init(&out, limits[k]);
            buf_text(&out, "before");
            assert_int_equal(tools_pack(fresh, bytes, PACK_TEXT, &out), fits);
            assert_int_equal(out.failed, !fits);
            assert_int_equal(out.n, fits ? n : 6);
            buf_init(&enough, 1 << 20);
            assert_true(tools_pack(fresh, bytes, PACK_TEXT, &enough));
            buf_release(&enough);
            buf_release(&out);
        }
        pdf_tools_close(fresh);
    }
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, room_open, room_close)
    const struct CMUnitTest tests[] = {
        TEST(the_same_bytes_at_other_levels_do_not_mix),
        TEST(bytes_that_take_each_other_s_place_do_not_mix),
        TEST(bytes_of_the_same_sum_and_length_do_not_mix),
        TEST(nothing_is_packed_as_well),
        TEST(what_came_twice_is_kept_once),
        TEST(what_is_kept_stays_within_its_bounds),
        TEST(whether_a_result_fits_does_not_depend_on_what_came_before),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
