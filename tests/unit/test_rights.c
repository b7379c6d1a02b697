/* test_rights.c: a role narrows; what it does not list is denied, with the line that says
 * so. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "rules/rights.h"

#include "spawn.h"

struct world {
    struct arena *arena;
    const struct kinds *kinds;
    const struct record *record;
    struct rights_table table;
    struct err err;
    char folder[SCRATCH_ROOM];
};

static int world_open(void **state)
{
    struct world *world = calloc(1, sizeof *world);
    const char *home = getenv("DANZHENG_HOME");
    struct str json;

    world->arena = arena_new(256 << 20, NULL, NULL);
    err_init(&world->err, world->arena);
    *state = world;
    return kinds_load(world->arena, home, &world->kinds, &world->err) &&
                   conf_file(world->arena, home, "tests/records/disc_import-filed.json", &json,
                             &world->err) &&
                   record_parse(world->arena, world->kinds, "record", json, &world->record,
                                &world->err) &&
                   scratch_make(world->folder)
               ? 0
               : -1;
}

static int world_close(void **state)
{
    struct world *world = *state;

    scratch_remove(world->folder);
    arena_free(world->arena);
    free(world);
    return 0;
}

static bool load(struct world *world, const char *text)
{
    struct conf *conf;

    err_init(&world->err, world->arena);
    assert_true(
        scratch_write(scratch_path(world->arena, world->folder, "x.ini"), str_from(text)));
    return conf_read(world->arena, world->folder, "x.ini", &conf, &world->err) &&
           rights_load(world->arena, conf, world->kinds, &world->table, &world->err);
}

static bool may_print(struct world *world, const char *output)
{
    err_init(&world->err, world->arena);
    return rights_may_print(&world->table.all[0], world->record, str_from(output), &world->err);
}

static void what_a_role_lists_is_allowed(void **state)
{
    struct world *world = *state;

    assert_true(load(world, "[role a]\nops = render\nkinds = disc_import\n"
                            "outputs = import_certificate\nowners = *\n"));
    assert_true(may_print(world, "import_certificate"));
    assert_true(rights_may_ask(&world->table.all[0], STR("render"), &world->err));
}

static void what_it_does_not_list_is_denied_with_the_line(void **state)
{
    struct world *world = *state;

    assert_true(load(world, "[role a]\nops = render\nkinds = exhibition_filing\n"
                            "outputs = *\nowners = 91110105MAFAKE019T\n"));
    assert_false(may_print(world, "import_certificate"));
    assert_int_equal(world->err.faults, 2); /* the kind and the owner */
    assert_int_equal(world->err.first->code, RIGHTS_DENIED);
    assert_int_equal(world->err.first->rule.line, 3);
    assert_int_equal(world->err.first->next->rule.line, 5);
    assert_false(rights_may_ask(&world->table.all[0], STR("issue"), &world->err));
    assert_int_equal(world->err.last->rule.line, 2);
}

static void an_empty_role_may_nothing(void **state)
{
    struct world *world = *state;

    assert_true(load(world, "[role a]\n"));
    assert_false(may_print(world, "import_certificate"));
    assert_int_equal(world->err.faults, 3);
    assert_int_equal(world->err.first->rule.line, 1);
    assert_int_equal(world->table.all[0].lane, LANE_BATCH);
}

static void words_that_mean_nothing_are_faults(void **state)
{
    struct world *world = *state;

    assert_false(load(world, "[role a]\nops = rendr\nkinds = disc\noutputs = goods\n"
                             "lane = fast\n"));
    assert_int_equal(world->err.faults, 4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_a_role_lists_is_allowed),
        cmocka_unit_test(what_it_does_not_list_is_denied_with_the_line),
        cmocka_unit_test(an_empty_role_may_nothing),
        cmocka_unit_test(words_that_mean_nothing_are_faults),
    };

    return cmocka_run_group_tests_name("rights", tests, world_open, world_close);
}
