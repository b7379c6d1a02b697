/* What signatures of files are made of: DER. */
#include "seal/cms-internal.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static void a_length_has_as_many_bytes_as_it_needs(void **state)
{
    static const struct {
        size_t n;
        const char *head;
        size_t bytes;
    } cases[] = {
        {0, "\x04\x00", 2},
        {1, "\x04\x01", 2},
        {127, "\x04\x7F", 2},
        {128, "\x04\x81\x80", 3},
        {255, "\x04\x81\xFF", 3},
        {256, "\x04\x82\x01\x00", 4},
        {65535, "\x04\x82\xFF\xFF", 4},
        {65536, "\x04\x83\x01\x00\x00", 5},
    };
    static char zeros[65536];

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct buf out;

        buf_init(&out, 1 << 20);
        der_put(&out, 0x04, (struct str){zeros, cases[i].n});
        assert_int_equal(out.n, cases[i].bytes + cases[i].n);
        assert_memory_equal(out.p, cases[i].head, cases[i].bytes);
        buf_release(&out);
    }
}

static void elements_hold_elements(void **state)
{
    struct buf out;
    size_t outer, inner;

    (void)state;
    buf_init(&out, 64);
    outer = der_open(&out, 0x30);
    inner = der_open(&out, 0x31);
    der_put(&out, 0x02, STR("\x05"));
    der_close(&out, inner);
    der_close(&out, outer);
    assert_int_equal(out.n, 7);
    assert_memory_equal(out.p, "\x30\x05\x31\x03\x02\x01\x05", 7);
    buf_release(&out);
}

static void a_full_buffer_stays_failed(void **state)
{
    struct buf out;

    (void)state;
    buf_init(&out, 4);
    der_put(&out, 0x04, STR("12345"));
    assert_true(out.failed);
    buf_release(&out);
}

static void a_set_is_sorted_by_its_bytes(void **state)
{
    struct str each[] = {{"\x30\x02zz", 4}, {"\x30\x01z", 3}, {"\x02\x01z", 3}};
    struct buf out;

    (void)state;
    buf_init(&out, 64);
    der_put_sorted(&out, each, COUNT(each));
    assert_memory_equal(out.p, "\x02\x01z\x30\x01z\x30\x02zz", 10);
    buf_release(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_length_has_as_many_bytes_as_it_needs),
        cmocka_unit_test(elements_hold_elements),
        cmocka_unit_test(a_full_buffer_stays_failed),
        cmocka_unit_test(a_set_is_sorted_by_its_bytes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
