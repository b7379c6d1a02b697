/* What proves a paper: the code is the record's digest, the address carries it, and the mark
 * cannot be left out. */
#include "digest/digest.h"
#include "seal/seal.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const char text[] =
    "{\"schema\":\"danzheng-record/1\",\"kind\":\"disc_import\",\"version\":1,"
    "\"status\":\"暂存\",\"owner\":\"91110105MAFAKE019T\","
    "\"received_at\":\"2024-08-14T15:22:41+08:00\",\"data\":{\"application_no\":\"GP2024-7\","
    "\"carriers\":[{\"spec_model\":\"DVD-9\",\"import_qty\":\"100\",\"unit\":{\"code\":\"x\","
    "\"name\":\"张\"}}]}}";

struct world {
    struct arena *arena;
    const struct record *record;
};

static int open_world(void **state)
{
    struct world *world = test_calloc(1, sizeof *world);
    const struct kinds *kinds;
    struct err err;

    world->arena = arena_new(64 << 20, NULL, NULL);
    err_init(&err, world->arena);
    *state = world;
    if (!kinds_load(world->arena, getenv("DANZHENG_HOME"), &kinds, &err))
        return -1;
    if (record_parse(world->arena, kinds, "text", str_from(text), &world->record, &err))
        return 0;
    print_error("%.*s %.*s\n", STR_ARG(err.first->at.pointer), STR_ARG(err.first->en));
    return -1;
}

static int close_world(void **state)
{
    struct world *world = *state;

    arena_free(world->arena);
    test_free(world);
    return 0;
}

static struct seal issue(struct world *world, bool formal)
{
    const struct output output = {.id = STR("x"), .name = STR("x"), .formal = formal};
    struct seal seal;

    seal_issue(world->arena, world->record, &output, STR("verify.example.invalid"), &seal);
    return seal;
}

static void the_code_is_the_digest_of_the_canonical_record(void **state)
{
    struct world *world = *state;
    struct seal seal = issue(world, true);
    uint8_t digest[32];

    sha256(world->record->canonical, digest);
    assert_memory_equal(seal.digest, digest, sizeof digest);
    assert_string_equal(seal.code.p, base32(world->arena, digest, 10).p);
    assert_int_equal(seal.code.n, 16);
}

static void the_code_is_read_in_groups_of_four(void **state)
{
    struct seal seal = issue(*state, true);

    assert_int_equal(seal.code_text.n, 19);
    for (size_t group = 0; group < 4; group++)
        assert_memory_equal(seal.code_text.p + 5 * group, seal.code.p + 4 * group, 4);
    for (size_t dash = 4; dash < 19; dash += 5)
        assert_int_equal(seal.code_text.p[dash], '-');
}

static void the_address_names_host_number_and_code(void **state)
{
    struct world *world = *state;
    struct seal seal = issue(world, true);

    assert_string_equal(seal.url.p, arena_printf(world->arena,
                                                 "https://verify.example.invalid/c/GP2024-7/%s",
                                                 seal.code.p));
}

static void every_output_bears_a_mark(void **state)
{
    assert_string_equal(issue(*state, true).mark.p, "仅供测试");
    assert_string_equal(issue(*state, false).mark.p, "仅供核对");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_code_is_the_digest_of_the_canonical_record),
        cmocka_unit_test(the_code_is_read_in_groups_of_four),
        cmocka_unit_test(the_address_names_host_number_and_code),
        cmocka_unit_test(every_output_bears_a_mark),
    };
    return cmocka_run_group_tests(tests, open_world, close_world);
}
