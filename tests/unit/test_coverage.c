/* test_coverage.c: what a face has by itself. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "font/coverage.h"

struct world {
    struct arena *arena;
    struct fonts *fonts;
    struct err err;
};

static int world_open(void **state)
{
    struct world *world = test_calloc(1, sizeof *world);

    world->arena = arena_new(64 << 20, NULL, NULL);
    err_init(&world->err, world->arena);
    *state = world;
    return fonts_open(world->arena, getenv("DANZHENG_HOME"), &world->fonts, &world->err) ? 0
                                                                                         : -1;
}

static int world_close(void **state)
{
    struct world *world = *state;

    fonts_close(world->fonts);
    arena_free(world->arena);
    test_free(world);
    return 0;
}

static int face_of(struct fonts *fonts, const char *id)
{
    for (int i = 0; i < fonts_faces(fonts); i++)
        if (str_is(fonts_face(fonts, i)->id, id))
            return i;
    fail_msg("no face %s", id);
    return -1;
}

static void a_face_has_what_its_character_table_says(void **state)
{
    struct fonts *fonts = ((struct world *)*state)->fonts;

    assert_true(font_has(fonts, face_of(fonts, "noto-serif-sc"), 0x4E00));
    assert_false(font_has(fonts, face_of(fonts, "noto-serif-thai"), 0x4E00));
    assert_true(font_has(fonts, face_of(fonts, "noto-serif-thai"), 0x0E01));
    assert_false(font_has(fonts, face_of(fonts, "noto-serif-sc"), UINT32_MAX));
}

static void the_number_of_characters_is_that_of_those_it_has(void **state)
{
    struct fonts *fonts = ((struct world *)*state)->fonts;
    int face = face_of(fonts, "hanamin-b");
    size_t count = 0;

    for (uint32_t code = 0; code <= 0x10FFFF; code++)
        count += font_has(fonts, face, code);
    assert_int_equal(font_characters(fonts, face), count);
    assert_true(count > 40000);
}

static void every_chain_is_counted(void **state)
{
    struct fonts *fonts = ((struct world *)*state)->fonts;
    int count = fonts_chains(fonts);

    assert_true(count >= 5);
    for (int i = 0; i < count; i++)
        assert_int_equal(fonts_chain(fonts, fonts_chain_name(fonts, i)), i);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_face_has_what_its_character_table_says),
        cmocka_unit_test(the_number_of_characters_is_that_of_those_it_has),
        cmocka_unit_test(every_chain_is_counted),
    };

    return cmocka_run_group_tests(tests, world_open, world_close);
}
