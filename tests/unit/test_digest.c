/* SHA-256 and Base32 against their published vectors. */
#include "digest/digest.h"

#include "spawn.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static int make_arena(void **state)
{
    *state = arena_new(16 << 20, NULL, NULL);
    return 0;
}

static int free_arena(void **state)
{
    arena_free(*state);
    return 0;
}

static void sha_256_gives_the_vectors_of_fips_180(void **state)
{
    static const struct {
        const char *text, *hex;
    } cases[] = {
        {"abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
        {"", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
        {"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
         "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"},
    };

    for (size_t i = 0; i < COUNT(cases); i++)
        assert_string_equal(sha256_hex(*state, str_from(cases[i].text)).p, cases[i].hex);
    assert_string_equal(sha256_hex(*state, STR_NONE).p, cases[1].hex);
}

static void md5_gives_the_vectors_of_rfc_1321(void **state)
{
    static const uint8_t empty[16] = {0xd4, 0x1d, 0x8c, 0xd9, 0x8f, 0x00, 0xb2, 0x04,
                                      0xe9, 0x80, 0x09, 0x98, 0xec, 0xf8, 0x42, 0x7e};
    static const uint8_t abc[16] = {0x90, 0x01, 0x50, 0x98, 0x3c, 0xd2, 0x4f, 0xb0,
                                    0xd6, 0x96, 0x3f, 0x7d, 0x28, 0xe1, 0x7f, 0x72};
    uint8_t sum[16];

    (void)state;
    md5(STR_NONE, sum);
    assert_memory_equal(sum, empty, sizeof sum);
    md5(STR("abc"), sum);
    assert_memory_equal(sum, abc, sizeof sum);
}

static void a_file_has_the_digest_of_its_bytes(void **state)
{
    struct arena *arena = *state;
    char folder[SCRATCH_ROOM];
    const char *path;
    struct err err;
    struct str hex;

    err_init(&err, arena);
    assert_true(scratch_make(folder));
    path = scratch_path(arena, folder, "bytes");
    assert_true(scratch_write(path, STR("abc")));
    assert_true(sha256_file(arena, path, &hex, &err));
    assert_string_equal(hex.p, sha256_hex(arena, STR("abc")).p);
    assert_true(scratch_write(path, STR("")));
    assert_true(sha256_file(arena, path, &hex, &err));
    assert_string_equal(hex.p, sha256_hex(arena, STR("")).p);
    scratch_remove(folder);
}

static void a_file_that_is_not_there_is_a_fault(void **state)
{
    struct str hex = STR("untouched");
    struct err err;

    err_init(&err, *state);
    assert_false(sha256_file(*state, "/nonexistent/file", &hex, &err));
    assert_int_equal(err.first->code, FILE_READ);
    assert_string_equal(hex.p, "untouched");
    assert_false(sha256_file(*state, "/", &hex, &err));
}

static void base32_gives_the_vectors_of_rfc_4648(void **state)
{
    assert_string_equal(base32(*state, (const uint8_t *)"", 0).p, "");
    assert_string_equal(base32(*state, (const uint8_t *)"fooba", 5).p, "MZXW6YTB");
    assert_string_equal(base32(*state, (const uint8_t *)"foobafooba", 10).p,
                        "MZXW6YTBMZXW6YTB");
    assert_string_equal(base32(*state, (const uint8_t *)"\0\0\0\0\0\xff\xff\xff\xff\xff", 10).p,
                        "AAAAAAAA77777777");
}

static void base32_is_read_back_and_nothing_else(void **state)
{
    static const char *const bad[] = {"A",         "MZXW6Y",   "MZ=", "M1",
                                      "MZXW6YTBO", "MZXW 6YQ", "MZ\n"};
    struct arena *arena = *state;
    uint8_t bytes[40];
    struct str back;

    for (size_t n = 0; n < sizeof bytes; n++) {
        bytes[n] = (uint8_t)(n * 37 + 11);
        assert_true(base32_read(arena, base32(arena, bytes, n + 1), &back));
        assert_int_equal(back.n, n + 1);
        assert_memory_equal(back.p, bytes, n + 1);
    }
    assert_true(base32_read(arena, STR("mzxw6ytboi"), &back));
    assert_true(str_is(back, "foobar"));
    for (size_t i = 0; i < COUNT(bad); i++)
        if (base32_read(arena, str_from(bad[i]), &back))
            fail_msg("'%s' is read", bad[i]);
}

static void base64_is_read_back_and_nothing_else(void **state)
{
    static const char *const bad[] = {
        "Z", "Zg", "Zg=", "Zh==", "Zg==Zg==", "Z===", "====", "Zm9v\n", "Zm-v"};
    struct arena *arena = *state;
    struct str back;
    struct buf text;

    buf_init(&text, 4096);
    for (size_t n = 0; n < 20; n++) {
        buf_clear(&text);
        buf_base64(&text, "danzheng danzheng danzheng", n);
        assert_true(base64_read(arena, buf_view(&text), &back));
        assert_int_equal(back.n, n);
        assert_memory_equal(back.p, "danzheng danzheng danzheng", n);
    }
    buf_release(&text);
    for (size_t i = 0; i < COUNT(bad); i++)
        if (base64_read(arena, str_from(bad[i]), &back))
            fail_msg("'%s' is read", bad[i]);
}

static void parts_are_digested_one_after_the_other(void **state)
{
    const struct str parts[] = {STR("a"), STR_NONE, STR("bc")};
    uint8_t whole[32], sum[32];

    (void)state;
    sha256(STR("abc"), whole);
    sha256_parts(parts, COUNT(parts), sum);
    assert_memory_equal(sum, whole, sizeof sum);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, make_arena, free_arena)
    const struct CMUnitTest tests[] = {
        TEST(sha_256_gives_the_vectors_of_fips_180),
        TEST(md5_gives_the_vectors_of_rfc_1321),
        TEST(a_file_has_the_digest_of_its_bytes),
        TEST(a_file_that_is_not_there_is_a_fault),
        TEST(base32_gives_the_vectors_of_rfc_4648),
        TEST(base32_is_read_back_and_nothing_else),
        TEST(base64_is_read_back_and_nothing_else),
        TEST(parts_are_digested_one_after_the_other),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
