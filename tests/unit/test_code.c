/* QR codes and bar codes: what another program reads from them is what went in. */
#include "code/code.h"
#include "code/mask.h"

#include "spawn.h"

#include <limits.h>
#include <qrencode.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

struct room {
    struct arena *arena;
    struct err err;
    char folder[SCRATCH_ROOM];
};

static int make_room(void **state)
{
    struct room *room = calloc(1, sizeof *room);

    if (!room || !scratch_make(room->folder))
        return -1;
    room->arena = arena_new(64 << 20, NULL, NULL);
    err_init(&room->err, room->arena);
    *state = room;
    return 0;
}

static int clear_room(void **state)
{
    struct room *room = *state;

    scratch_remove(room->folder);
    arena_free(room->arena);
    free(room);
    return 0;
}

/* A plain PBM picture, quiet zones included; bars are made 40 pixels high. */
static struct str draw(struct room *room, const struct modules *modules)
{
    const int scale = 3, quiet = 10;
    int height = modules->rows == 1 ? 40 : modules->rows * scale;
    struct buf out;
    struct str picture;

    buf_init(&out, 16 << 20);
    buf_printf(&out, "P1\n%d %d\n", (modules->columns + 2 * quiet) * scale,
               height + 2 * quiet * scale);
    for (int y = -quiet * scale; y < height + quiet * scale; y++)
        for (int x = -quiet * scale; x < (modules->columns + quiet) * scale; x++) {
            int row = modules->rows == 1 ? 0 : y / scale;
            bool inside = x >= 0 && y >= 0 && x < modules->columns * scale && y < height;
            bool dark = inside && modules->dark[row * modules->columns + x / scale];

            buf_text(&out, dark ? "1\n" : "0\n");
        }
    picture = str_copy(room->arena, buf_view(&out));
    buf_release(&out);
    return picture;
}

/* What zbarimg reads, without the line feed it adds. */
static struct str scan(struct room *room, const struct modules *modules)
{
    const char *path = scratch_path(room->arena, room->folder, "code.pbm");
    const char *const argv[] = {"zbarimg", "-q", "--raw", path, NULL};
    struct buf out;
    struct str text;

    assert_true(scratch_write(path, draw(room, modules)));
    buf_init(&out, 1 << 20);
    spawn_run(argv, &out, false);
    text = str_copy(room->arena, str_trim(buf_view(&out)));
    buf_release(&out);
    return text;
}

static void assert_scans(struct room *room, const struct modules *modules, const char *text)
{
    struct str read = scan(room, modules);

    assert_string_equal(read.p, text);
}

static void a_qr_code_reads_back_at_every_level(void **state)
{
    struct room *room = *state;
    const char *text = "https://verify.example.invalid/c/EX2024-000123/ABCDEFGHIJKLMNOP";

    for (int level = QR_L; level <= QR_H; level++) {
        struct modules modules;

        assert_true(
            qr_encode(room->arena, str_from(text), (enum qr_level)level, &modules, &room->err));
        assert_int_equal(modules.rows, modules.columns);
        assert_scans(room, &modules, text);
    }
}

static void a_higher_level_never_makes_a_smaller_qr_code(void **state)
{
    struct room *room = *state;
    struct modules low, high;

    assert_true(qr_encode(room->arena, STR("HTTPS"), QR_L, &low, &room->err));
    assert_int_equal(low.columns, 21);
    assert_true(
        qr_encode(room->arena, STR("https://example.invalid/abc"), QR_L, &low, &room->err));
    assert_true(
        qr_encode(room->arena, STR("https://example.invalid/abc"), QR_H, &high, &room->err));
    assert_true(high.columns > low.columns);
}

static void a_text_too_long_for_any_qr_code_is_refused(void **state)
{
    struct room *room = *state;
    char *text = arena_alloc(room->arena, 4000);
    struct modules modules = {0, 0, NULL};

    memset(text, 'x', 3999);
    assert_false(qr_encode(room->arena, (struct str){text, 3999}, QR_L, &modules, &room->err));
    assert_int_equal(room->err.first->code, INTERNAL);
    assert_null(modules.dark);
}

/* The penalty of ISO/IEC 18004, 7.8.3, module by module, as the standard tells it. */
static int at(const struct modules *m, int x, int y, bool turned)
{
    return m->dark[turned ? x * m->columns + y : y * m->columns + x];
}

static int plain_penalty(const struct modules *m)
{
    static const int finder[] = {1, 0, 1, 1, 1, 0, 1};
    int n = m->columns, sum = 0, dark = 0;

    for (int turned = 0; turned < 2; turned++)
        for (int y = 0; y < n; y++) {
            for (int x = 0, run; x < n; x += run) {
                for (run = 1; x + run < n && at(m, x + run, y, turned) == at(m, x, y, turned);)
                    run++;
                sum += run >= 5 ? run - 2 : 0;
            }
            for (int x = 0; x + 7 <= n; x++) {
                bool found = true, before = true, after = true;

                for (int k = 0; k < 7; k++)
                    found = found && at(m, x + k, y, turned) == finder[k];
                for (int k = 1; k <= 4; k++) {
                    before = before && (x < k || !at(m, x - k, y, turned));
                    after = after && (x + 6 + k >= n || !at(m, x + 6 + k, y, turned));
                }
                sum += found && (before || after) ? 40 : 0;
            }
        }
    for (int y = 0; y < n; y++)
        for (int x = 0; x < n; x++) {
            dark += at(m, x, y, false);
            if (x + 1 < n && y + 1 < n && at(m, x, y, 0) == at(m, x + 1, y, 0) &&
                at(m, x, y, 0) == at(m, x, y + 1, 0) &&
                at(m, x, y, 0) == at(m, x + 1, y + 1, 0))
                sum += 3;
        }
    return sum + 10 * (abs(20 * dark - 10 * n * n) / (n * n));
}

/* What libqrencode makes of the text with this mask, where it lets itself be asked. */
QRcode *QRcode_encodeMask(QRinput *, int mask) __attribute__((weak));

static void the_mask_is_the_first_of_those_with_the_least_penalty(void **state)
{
    struct room *room = *state;

    for (int n = 1; n < 600; n += 37) {
        char *text = arena_alloc(room->arena, (size_t)n + 1);
        QRinput *input = QRinput_new2(0, QR_ECLEVEL_Q);
        int least = INT_MAX;
        struct modules ours, best = {0, 0, NULL};

        for (int i = 0; i < n; i++)
            text[i] = (char)('a' + (i * i + n) % 26);
        assert_true(qr_encode(room->arena, str_from(text), QR_Q, &ours, &room->err));
        QRinput_append(input, QR_MODE_8, n, (unsigned char *)text);
        for (int mask = 0; QRcode_encodeMask && mask < 8; mask++) {
            QRcode *theirs = QRcode_encodeMask(input, mask);
            size_t count = (size_t)theirs->width * (size_t)theirs->width;
            uint8_t *dark = arena_alloc(room->arena, count);
            struct modules tried = {theirs->width, theirs->width, dark};

            for (size_t i = 0; i < count; i++)
                dark[i] = theirs->data[i] & 1;
            if (plain_penalty(&tried) < least) {
                least = plain_penalty(&tried);
                best = tried;
            }
            QRcode_free(theirs);
        }
        QRinput_free(input);
        assert_int_equal(ours.columns, best.columns);
        assert_memory_equal(ours.dark, best.dark, (size_t)(best.columns * best.columns));
    }
}

static void the_library_s_own_choice_of_a_mask_does_not_matter(void **state)
{
    struct room *room = *state;
    const char *text = "https://verify.example.invalid/s/CEAB4P3DMA7KAAAC";
    QRcode *theirs = QRcode_encodeString(text, 0, QR_ECLEVEL_Q, QR_MODE_8, 1);
    struct modules ours;

    assert_true(qr_encode(room->arena, str_from(text), QR_Q, &ours, &room->err));
    mask_choose(room->arena, theirs->data, theirs->width, QR_Q);
    assert_int_equal(ours.columns, theirs->width);
    assert_memory_equal(ours.dark, theirs->data, (size_t)(theirs->width * theirs->width));
    QRcode_free(theirs);
}

static void an_empty_text_or_one_with_a_nul_makes_no_qr_code(void **state)
{
    struct room *room = *state;
    struct modules modules;

    assert_false(qr_encode(room->arena, STR(""), QR_M, &modules, &room->err));
    assert_false(qr_encode(room->arena, STR("a\0b"), QR_M, &modules, &room->err));
}

static void code_128_reads_back_whatever_the_mix_of_digits(void **state)
{
    struct room *room = *state;
    const char *const texts[] = {"A",          "7",      "42",          "EX-2024-000123",
                                 "1234567890", "123A45", "A12345678B",  "ABC1234567",
                                 "12345",      "A1234",  "!\"#~}|{z ~", "00000000"};

    for (size_t i = 0; i < COUNT(texts); i++) {
        struct modules modules;

        assert_true(code128_encode(room->arena, str_from(texts[i]), &modules, &room->err));
        assert_int_equal(modules.rows, 1);
        assert_scans(room, &modules, texts[i]);
    }
}

static void code_128_reads_back_every_symbol_of_both_sets(void **state)
{
    struct room *room = *state;

    for (int first = 0; first < 100; first += 20) {
        char digits[41], letters[20];
        struct modules modules;

        for (int i = 0; i < 20; i++) {
            digits[2 * i] = (char)('0' + (first + i) / 10);
            digits[2 * i + 1] = (char)('0' + (first + i) % 10);
        }
        digits[40] = '\0';
        assert_true(code128_encode(room->arena, str_from(digits), &modules, &room->err));
        assert_int_equal(modules.columns, (1 + 20 + 1) * 11 + 13);
        assert_scans(room, &modules, digits);

        for (int i = 0; i < 19; i++)
            letters[i] = (char)('!' + (first / 20 * 19 + i) % 94);
        letters[19] = '\0';
        assert_true(code128_encode(room->arena, str_from(letters), &modules, &room->err));
        assert_scans(room, &modules, letters);
    }
}

static void code_128_changes_its_set_only_where_that_is_shorter(void **state)
{
    /* Symbols between start and check: a change to C pays from four digits at an end and from
     * six inside. */
    static const struct {
        const char *text;
        int symbols;
    } cases[] = {{"A123", 4}, {"A1234", 4},    {"A12345", 5}, {"A1234B", 6},
                 {"12", 1},   {"A123456B", 7}, {"1A", 2},     {"123", 3}};
    struct room *room = *state;

    for (size_t i = 0; i < COUNT(cases); i++) {
        struct modules modules;

        assert_true(code128_encode(room->arena, str_from(cases[i].text), &modules, &room->err));
        assert_int_equal(modules.columns, (1 + cases[i].symbols + 1) * 11 + 13);
    }
}

static void a_character_outside_ascii_makes_no_bar_code(void **state)
{
    struct room *room = *state;
    struct modules modules;

    assert_false(code128_encode(room->arena, STR("A\tB"), &modules, &room->err));
    assert_false(code128_encode(room->arena, STR("单证"), &modules, &room->err));
    assert_false(code128_encode(room->arena, STR(""), &modules, &room->err));
    assert_int_equal(room->err.faults, 3);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, make_room, clear_room)
    const struct CMUnitTest tests[] = {
        TEST(a_qr_code_reads_back_at_every_level),
        TEST(a_higher_level_never_makes_a_smaller_qr_code),
        TEST(a_text_too_long_for_any_qr_code_is_refused),
        TEST(the_mask_is_the_first_of_those_with_the_least_penalty),
        TEST(the_library_s_own_choice_of_a_mask_does_not_matter),
        TEST(an_empty_text_or_one_with_a_nul_makes_no_qr_code),
        TEST(code_128_reads_back_whatever_the_mix_of_digits),
        TEST(code_128_reads_back_every_symbol_of_both_sets),
        TEST(code_128_changes_its_set_only_where_that_is_shorter),
        TEST(a_character_outside_ascii_makes_no_bar_code),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
