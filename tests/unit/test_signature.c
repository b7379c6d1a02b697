/* How a file is signed: as this program signs, or it is not signed as a whole. */
#include "pdf/pdf.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static int begin(void **state)
{
    *state = arena_new(1 << 20, NULL, NULL);
    return 0;
}

static int end(void **state)
{
    arena_free(*state);
    return 0;
}

static const char head[] = "%PDF-1.7\n5 0 obj\n", hex[] = "3082000230000000";

/* A file with one signature; numbers: what is added to the three of ByteRange. */
static struct str file(struct arena *arena, const char *time, const char *digits,
                       const int numbers[3], const char *tail)
{
    const char *dict = "<</Type/Sig/Filter/Adobe.PPKLite/SubFilter/ETSI.CAdES.detached/M(D:";
    size_t at = strlen(head) + strlen(dict) + strlen(time) + strlen("/ByteRange[0") + 33 +
                strlen("]/Contents");
    size_t end = at + strlen(digits) + 2;
    const char *rest = arena_printf(arena, ">>\nendobj\nstartxref\n9\n%%%%EOF\n%s", tail);
    const char *range =
        arena_printf(arena, " %zu %zu %zu", at + (size_t)numbers[0], end + (size_t)numbers[1],
                     strlen(rest) + (size_t)numbers[2]);

    return str_printf(arena, "%s%s%s/ByteRange[0%-33s]/Contents<%s>%s", head, dict, time, range,
                      digits, rest);
}

static const int right[3];

static enum pdf_signed is(struct arena *arena, struct str bytes)
{
    struct pdf_signature found;

    return pdf_signature(arena, bytes, &found);
}

static void a_signature_is_found_where_it_stands(void **state)
{
    struct str bytes = file(*state, "20240506070809+08'00')", hex, right, "");
    struct pdf_signature found;

    assert_int_equal(pdf_signature(*state, bytes, &found), PDF_SIGNED);
    assert_int_equal(bytes.p[found.gap.at], '<');
    assert_int_equal(bytes.p[found.gap.end - 1], '>');
    assert_int_equal(found.signature.n, 6);
    assert_memory_equal(found.signature.p, "\x30\x82\x00\x02\x30\x00", 6);
    assert_string_equal(found.signed_at.p, "2024-05-06T07:08:09+08:00");
    bytes = file(*state, "20240506070809-03'30')", hex, right, "");
    assert_int_equal(pdf_signature(*state, bytes, &found), PDF_SIGNED);
    assert_string_equal(found.signed_at.p, "2024-05-06T07:08:09-03:30");
    bytes = file(*state, "20240506070809Z)", hex, right, "");
    assert_int_equal(pdf_signature(*state, bytes, &found), PDF_SIGNED);
    assert_string_equal(found.signed_at.p, "2024-05-06T07:08:09Z");
}

static void a_file_without_a_signature_is_not_signed(void **state)
{
    assert_int_equal(is(*state, STR("%PDF-1.7\nstartxref\n9\n%%EOF\n")), PDF_UNSIGNED);
    assert_int_equal(is(*state, STR_NONE), PDF_UNSIGNED);
}

static void other_numbers_do_not_sign_the_whole_file(void **state)
{
    for (size_t i = 0; i < 3; i++) {
        for (int by = -1; by <= 1; by += 2) {
            int numbers[3] = {0};

            numbers[i] = by;
            assert_int_equal(is(*state, file(*state, "20240506070809Z)", hex, numbers, "")),
                             PDF_SIGNED_OTHERWISE);
        }
    }
}

static void nothing_stands_behind_the_end(void **state)
{
    static const char *const tails[] = {"\n", " ", "%", "startxref\n9\n%%EOF\n",
                                        "1 0 obj\n<<>>\nendobj\n\nstartxref\n9\n%%EOF\n"};

    for (size_t i = 0; i < COUNT(tails); i++)
        assert_int_equal(is(*state, file(*state, "20240506070809Z)", hex, right, tails[i])),
                         PDF_SIGNED_OTHERWISE);
}

static void every_digit_of_the_gap_counts(void **state)
{
    static const char *const bad[] = {"3082000230000001",
                                      "3082000730000000",
                                      "308200023000000",
                                      "3083000230000000",
                                      "308200023000000A",
                                      "3082",
                                      "",
                                      "30820002300000 0",
                                      "0000000000000000"};

    for (size_t i = 0; i < COUNT(bad); i++)
        assert_int_equal(is(*state, file(*state, "20240506070809Z)", bad[i], right, "")),
                         PDF_SIGNED_OTHERWISE);
}

static void the_time_has_its_form(void **state)
{
    static const char *const bad[] = {"2024050607080Z)", "20240506070809)",
                                      "20240506070809+0800)", "20240506070809+08'00", "Z)"};

    for (size_t i = 0; i < COUNT(bad); i++)
        assert_int_equal(is(*state, file(*state, bad[i], hex, right, "")),
                         PDF_SIGNED_OTHERWISE);
}

static void no_part_of_a_signed_file_is_signed(void **state)
{
    struct str bytes = file(*state, "20240506070809Z)", hex, right, "");

    for (size_t n = 0; n < bytes.n; n++) {
        /* A copy of its own, so that a sanitizer sees who reads on. */
        char *copy = test_malloc(n + 1);

        memcpy(copy, bytes.p, n);
        assert_int_not_equal(is(*state, (struct str){copy, n}), PDF_SIGNED);
        test_free(copy);
    }
}

static void a_signature_fills_its_gap_or_is_refused(void **state)
{
    struct str bytes = file(*state, "20240506070809Z)", hex, right, "");
    char *copy = arena_text(*state, bytes.p, bytes.n);
    struct pdf_signature found;
    struct err err;

    err_init(&err, *state);
    assert_int_equal(pdf_signature(*state, bytes, &found), PDF_SIGNED);
    assert_true(pdf_sign(copy, found.gap, STR("\x30\x82\xAB\xCD"), &err));
    assert_memory_equal(copy + found.gap.at, "<3082abcd30000000>", 18);
    assert_false(pdf_sign(copy, found.gap, STR("123456789"), &err));
    assert_int_equal(err.first->code, INTERNAL);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)
    const struct CMUnitTest tests[] = {
        TEST(a_signature_is_found_where_it_stands),
        TEST(a_file_without_a_signature_is_not_signed),
        TEST(other_numbers_do_not_sign_the_whole_file),
        TEST(nothing_stands_behind_the_end),
        TEST(every_digit_of_the_gap_counts),
        TEST(the_time_has_its_form),
        TEST(no_part_of_a_signed_file_is_signed),
        TEST(a_signature_fills_its_gap_or_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
