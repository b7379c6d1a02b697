/* test_text_cache.c: what is kept, or set quickly, is what setting anew would give. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "text/text.h"

struct room {
    struct arena *arena, *scratch;
    struct fonts *fonts;
};

static int room_open(void **state)
{
    struct room *room = calloc(1, sizeof *room);
    struct err err;

    room->arena = arena_new(512 << 20, NULL, NULL);
    room->scratch = arena_new(512 << 20, NULL, NULL);
    err_init(&err, room->arena);
    *state = room;
    return fonts_open(room->arena, getenv("DANZHENG_HOME"), &room->fonts, &err) ? 0 : -1;
}

static int room_close(void **state)
{
    struct room *room = *state;

    fonts_close(room->fonts);
    arena_free(room->scratch);
    arena_free(room->arena);
    free(room);
    return 0;
}

static void assert_same_run(const struct text_run *a, const struct text_run *b)
{
    assert_int_equal(a->face, b->face);
    assert_int_equal(a->size, b->size);
    assert_int_equal(a->x, b->x);
    assert_true(str_eq(a->text, b->text));
    assert_int_equal(a->count, b->count);
    assert_memory_equal(a->glyphs, b->glyphs, a->count * sizeof *a->glyphs);
    assert_int_equal(a->reordered, b->reordered);
    assert_ptr_equal(a->language, b->language);
}

static void assert_same_block(const struct text_block *a, const struct text_block *b)
{
    assert_int_equal(a->count, b->count);
    assert_int_equal(a->width, b->width);
    assert_int_equal(a->height, b->height);
    assert_int_equal(a->baseline, b->baseline);
    for (size_t i = 0; i < a->count; i++) {
        assert_int_equal(a->lines[i].count, b->lines[i].count);
        assert_int_equal(a->lines[i].width, b->lines[i].width);
        for (size_t k = 0; k < a->lines[i].count; k++)
            assert_same_run(&a->lines[i].runs[k], &b->lines[i].runs[k]);
    }
}

static struct text_block set(struct room *room, struct text *text, struct str words,
                             struct str pointer, const struct text_style *style, mpt width)
{
    struct text_span span = {.text = words, .pointer = pointer};
    struct text_block block = {0};
    struct err err;

    err_init(&err, room->scratch);
    assert_true(text_set(text, room->scratch, &span, 1, style, width, &block, &err));
    return block;
}

/* Words of every kind that lists repeat, and some too long or of too many runs to keep. */
static const char *const values[] = {
    "台",
    "千克",
    "欧元",
    "中国台湾",
    "8457101000",
    "1,234.50",
    "2024年10月9日",
    "（虚拟）",
    "E001",
    "Müller & Söhne GmbH",
    "شركة",
    "บริษัท",
    "주식회사",
    "𠮷祥",
    "“一带一路”，「展」。",
    "12cm 光盘",
    "A中B文C混D排E",
    "——不可拆——",
    "一二三四五六七八九十一二三四五六七八九十一二三四五六七八九十一二三四五六七八九十",
};

static const struct text_style styles[] = {
    {.size = PT(9), .leading = PT(12), .gap = true},
    {.size = PT(9), .leading = PT(12)},
    {.size = PT(9), .leading = PT(13), .align = TEXT_CENTER, .gap = true},
    {.size = PT(10), .leading = PT(12), .align = TEXT_RIGHT, .gap = true},
    {.size = PT(9), .leading = PT(12), .indent = PT(18), .gap = true},
    {.size = PT(9), .leading = PT(12), .marks = TEXT_MARKS_NONE, .gap = true},
};

static void a_value_that_comes_again_is_set_the_same(void **state)
{
    static const mpt widths[] = {PT(40), PT(90), PT(200), MPT_MAX};
    struct room *room = *state;
    struct text *kept = text_open(room->fonts);

    for (int round = 0; round < 3; round++) {
        for (size_t i = 0; i < COUNT(values) * COUNT(styles) * COUNT(widths); i++) {
            struct str word = str_from(values[i % COUNT(values)]);
            const struct text_style *style = &styles[i / COUNT(values) % COUNT(styles)];
            mpt width = widths[i / COUNT(values) / COUNT(styles)];
            struct text *fresh = text_open(room->fonts);
            struct text_block a = set(room, fresh, word, STR("/a"), style, width);
            struct text_block b = set(room, kept, word, STR("/b"), style, width);

            assert_same_block(&a, &b);
            for (size_t l = 0; l < b.count; l++) {
                for (size_t k = 0; k < b.lines[l].count; k++) {
                    const struct text_run *run = &b.lines[l].runs[k];

                    assert_true(str_is(run->pointer, "/b"));
                    assert_true(run->text.p >= word.p &&
                                run->text.p + run->text.n <= word.p + word.n);
                }
            }
            text_close(fresh);
        }
        arena_reset(room->scratch);
    }
    text_close(kept);
}

/* Two spans are neither kept nor set quickly. */
static struct text_block set_anew(struct room *room, struct text *text, struct str words,
                                  const struct text_style *style, mpt width)
{
    struct text_span spans[] = {{.text = words}, {.text = STR_NONE}};
    struct text_block block = {0};
    struct err err;

    err_init(&err, room->scratch);
    assert_true(text_set(text, room->scratch, spans, COUNT(spans), style, width, &block, &err));
    return block;
}

static void values_that_take_each_others_places_stay_themselves(void **state)
{
    struct room *room = *state;
    struct text *text = text_open(room->fonts);

    for (int round = 0; round < 2; round++) {
        for (int i = 0; i < 5000; i++) {
            struct str number = str_printf(room->scratch, "货%05d号", i);
            struct text_block a = set(room, text, number, STR("/n"), &styles[0], PT(200));
            struct text_block b = set_anew(room, text, number, &styles[0], PT(200));

            assert_int_equal(a.count, 1);
            assert_same_block(&a, &b);
        }
        arena_reset(room->scratch);
    }
    text_close(text);
}

/* Letters of every kind that may stand in a line set quickly, and some that may not. */
static void what_is_set_quickly_is_what_is_set_slowly(void **state)
{
    static const char *const letters[] = {
        "中", "国", "A",  "V", "f",  "i",   "0",  "7",  " ",  ".",  ",", "-",  "(",  ")",
        "/",  "%",  "\"", "'", "㐀", "鿯", "To", "第", "号", "：", "é", "𠮷", "，", "«"};
    static const mpt widths[] = {PT(30), PT(90), MPT_MAX};
    struct room *room = *state;
    struct text *text = text_open(room->fonts);
    uint64_t dice = 20241009;

    for (size_t i = 0; i < 20000; i++) {
        const struct text_style *style = &styles[i % COUNT(styles)];
        mpt width = widths[i / COUNT(styles) % COUNT(widths)];
        struct str words = STR("");

        for (size_t k = 1 + i % 9; k > 0; k--) {
            dice = dice * 6364136223846793005u + 1442695040888963407u;
            words = str_printf(
                room->scratch, "%.*s%s", STR_ARG(words),
                letters[(dice >> 33) % (i % 3 ? COUNT(letters) - 5 : COUNT(letters))]);
        }
        struct text_block a = set(room, text, words, STR("/n"), style, width);
        struct text_block b = set_anew(room, text, words, style, width);

        assert_same_block(&a, &b);
        arena_reset(room->scratch);
    }
    text_close(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_value_that_comes_again_is_set_the_same),
        cmocka_unit_test(values_that_take_each_others_places_stay_themselves),
        cmocka_unit_test(what_is_set_quickly_is_what_is_set_slowly),
    };

    return cmocka_run_group_tests(tests, room_open, room_close);
}
