/* test_layout_version.c: versions of a layout follow each other, and a record's own day
 * chooses. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "digest/digest.h"
#include "folder.h"
#include "layout/layout.h"

static const char body[] = "title = t\nnote = n\ninclude = ../common/a4-portrait.ini\n"
                           "include = ../common/roles.ini\ninclude = ../common/verify.ini\n"
                           "flow = a\n[text a]\ntext = x\n";

struct world {
    struct arena *arena;
    const struct kinds *kinds;
    const struct kind *kind;
    const struct output *output;
    struct err err;
    char home[SCRATCH_ROOM]; /* one kind with one output */
};

static const char kind_file[] = "[kind]\nname = 甲\nnumber = no\nofficial = no\n"
                                "outputs =\n    paper 文书\n[fields]\nno = 编号 | text 24\n"
                                "[seal paper]\nnumber = 2\n";

static int world_open(void **state)
{
    struct world *world = calloc(1, sizeof *world);

    if (!world || !scratch_make(world->home))
        return -1;
    world->arena = arena_new(256 << 20, NULL, NULL);
    err_init(&world->err, world->arena);
    folder_write(world->home, "config/kinds/a.ini", kind_file);
    folder_link(world->home, "config/codes");
    folder_write(world->home, "layouts/a/paper.ini", "");
    folder_link(world->home, "layouts/common");
    if (!kinds_load(world->arena, world->home, &world->kinds, &world->err))
        return -1;
    world->kind = kinds_find(world->kinds, STR("a"));
    world->output = kind_output(world->kind, STR("paper"));
    *state = world;
    return 0;
}

static int world_close(void **state)
{
    struct world *world = *state;

    scratch_remove(world->home);
    arena_free(world->arena);
    free(world);
    return 0;
}

static void version_is(struct world *world, const char *name, const char *keys)
{
    folder_write(world->home, name,
                 arena_printf(world->arena, "[layout]\nfor = a\n%s%s", keys, body));
}

/* Version 1 without dates, a second one with these keys. */
static const struct layouts *load(struct world *world, const char *first, const char *second)
{
    const struct layouts *layouts = NULL;

    version_is(world, "layouts/a/paper.ini", first);
    version_is(world, "layouts/a/paper@2.ini", second);
    err_init(&world->err, world->arena);
    if (!layouts_load(world->arena, world->home, world->kinds, &layouts, &world->err))
        return NULL;
    return layouts;
}

/* The version that is picked; 0: none, with its refusal in err. */
static long picked(struct world *world, const struct layouts *layouts, const char *received_at)
{
    const struct layout *layout;

    err_init(&world->err, world->arena);
    if (!layout_pick(layouts, world->kind, world->output, str_from(received_at), &layout,
                     &world->err))
        return 0;
    return layout->effect.version;
}

static void the_day_of_the_record_chooses_the_version(void **state)
{
    struct world *world = *state;
    const struct layouts *layouts =
        load(world, "version = 1\n", "version = 2\nfrom = 20260101\n");

    assert_non_null(layouts);
    assert_int_equal(picked(world, layouts, "1999-01-01T00:00:00+08:00"), 1);
    assert_int_equal(picked(world, layouts, "2025-12-31T23:59:59+08:00"), 1);
    assert_int_equal(picked(world, layouts, "2026-01-01T00:00:00+08:00"), 2);
    assert_int_equal(picked(world, layouts, "2099-12-31T00:00:00Z"), 2);
}

static void midnight_is_that_of_the_record_s_own_offset(void **state)
{
    struct world *world = *state;
    const struct layouts *layouts =
        load(world, "version = 1\n", "version = 2\nfrom = 20260101\n");

    assert_non_null(layouts);
    /* the same moment, written in Beijing and in London */
    assert_int_equal(picked(world, layouts, "2026-01-01T07:00:00+08:00"), 2);
    assert_int_equal(picked(world, layouts, "2025-12-31T23:00:00Z"), 1);
}

static void outside_of_all_versions_nothing_is_printed(void **state)
{
    struct world *world = *state;
    const struct layouts *layouts = load(world, "version = 1\nfrom = 20240101\n",
                                         "version = 2\nfrom = 20260101\nuntil = 20261231\n");

    assert_non_null(layouts);
    assert_int_equal(picked(world, layouts, "2023-12-31T23:59:59+08:00"), 0);
    assert_int_equal(world->err.first->code, LAYOUT_NOT_IN_FORCE);
    assert_true(str_is(world->err.first->at.pointer, "/received_at"));
    assert_string_equal(world->err.first->rule.file, "layouts/a/paper.ini");
    assert_int_equal(world->err.first->rule.line, 4);
    assert_int_equal(picked(world, layouts, "2024-01-01T00:00:00+08:00"), 1);
    assert_int_equal(picked(world, layouts, "2026-12-31T23:59:59+08:00"), 2);
    assert_int_equal(picked(world, layouts, "2027-01-01T00:00:00+08:00"), 0);
    assert_string_equal(world->err.first->rule.file, "layouts/a/paper@2.ini");
    assert_int_equal(world->err.first->rule.line, 5);
}

static void an_old_version_may_name_its_last_day(void **state)
{
    struct world *world = *state;
    const struct layouts *layouts =
        load(world, "version = 1\nuntil = 20240228\n", "version = 2\nfrom = 20240229\n");

    assert_non_null(layouts);
    assert_int_equal(picked(world, layouts, "2024-02-28T12:00:00+08:00"), 1);
    assert_int_equal(picked(world, layouts, "2024-02-29T12:00:00+08:00"), 2);
    layouts = load(world, "version = 1\nuntil = 20251231\n", "version = 2\nfrom = 20260101\n");
    assert_non_null(layouts);
}

static const struct mistake {
    const char *first, *second;
    const char *at; /* where the fault is */
    const char *other;
} mistakes[] = {
    {"", "version = 2\nfrom = 20260101\n", "layouts/a/paper.ini:1:1", ""},
    {"version = 2\n", "version = 2\nfrom = 20260101\n", "layouts/a/paper.ini:3:1", ""},
    {"version = 1\n", "version = 3\nfrom = 20260101\n", "layouts/a/paper@2.ini:3:1", ""},
    {"version = 1\n", "version = 2\n", "layouts/a/paper@2.ini:3:1", "layouts/a/paper.ini:"},
    {"version = 1\nfrom = 20260101\n", "version = 2\nfrom = 20260101\n",
     "layouts/a/paper@2.ini:4:1", "layouts/a/paper.ini:4"},
    {"version = 1\nfrom = 20260102\n", "version = 2\nfrom = 20260101\n",
     "layouts/a/paper@2.ini:4:1", "layouts/a/paper.ini:4"},
    {"version = 1\nuntil = 20260101\n", "version = 2\nfrom = 20260101\n",
     "layouts/a/paper@2.ini:4:1", "layouts/a/paper.ini:4"},
    {"version = 1\nuntil = 20251230\n", "version = 2\nfrom = 20260101\n",
     "layouts/a/paper@2.ini:4:1", "layouts/a/paper.ini:4"},
    {"version = 1\nuntil = 20240228\n", "version = 2\nfrom = 20240301\n",
     "layouts/a/paper@2.ini:4:1", "layouts/a/paper.ini:4"},
    {"version = 1\n", "version = 2\nfrom = 20260230\n", "layouts/a/paper@2.ini:4:1", ""},
    {"version = 1\n", "version = 2\nfrom = 2026-01-01\n", "layouts/a/paper@2.ini:4:1", ""},
    {"version = 1\n", "version = 2\nfrom = 20260102\nuntil = 20260101\n",
     "layouts/a/paper@2.ini:5:1", ""},
};

static void contradictory_versions_are_found_when_they_are_loaded(void **state)
{
    struct world *world = *state;

    for (size_t i = 0; i < COUNT(mistakes); i++) {
        const struct mistake *m = &mistakes[i];
        const struct fault *fault;

        assert_null(load(world, m->first, m->second));
        fault = world->err.first;
        if (!str_is(where_text(world->arena, fault->at), m->at))
            print_error("%zu: %.*s: %.*s\n", i, STR_ARG(where_text(world->arena, fault->at)),
                        STR_ARG(fault->en));
        assert_int_equal(fault->code, LAYOUT_DATE);
        assert_true(str_is(where_text(world->arena, fault->at), m->at));
        assert_non_null(strstr(fault->en.p, m->other));
        assert_non_null(strstr(fault->zh.p, m->other));
    }
}

static void a_name_that_no_version_has_is_a_stray(void **state)
{
    static const char *const names[] = {"layouts/a/paper@1.ini", "layouts/a/paper@02.ini",
                                        "layouts/a/paper@.ini",  "layouts/a/paper@x.ini",
                                        "layouts/a/papers.ini",  "layouts/a/paper@2.ini~"};
    struct world *world = *state;

    for (size_t i = 0; i < COUNT(names); i++) {
        const char *path = arena_printf(world->arena, "%s/%s", world->home, names[i]);

        folder_write(world->home, names[i], "");
        assert_null(load(world, "version = 1\n", "version = 2\nfrom = 20260101\n"));
        assert_int_equal(world->err.faults, 1);
        assert_int_equal(world->err.first->code, LAYOUT_REFERENCE);
        assert_string_equal(world->err.first->at.file, names[i]);
        unlink(path);
    }
}

static void the_digest_is_that_of_the_file_and_its_includes(void **state)
{
    static const char *const files[] = {"layouts/a/paper.ini", "layouts/common/a4-portrait.ini",
                                        "layouts/common/roles.ini",
                                        "layouts/common/verify.ini"};
    struct world *world = *state;
    const struct layouts *layouts =
        load(world, "version = 1\n", "version = 2\nfrom = 20260101\n");
    const struct layout *const *versions;
    struct str list = STR_NONE, hex;
    size_t count = 0;

    assert_non_null(layouts);
    versions = layouts_versions(layouts, world->kind, world->output, &count);
    assert_int_equal(count, 2);
    for (size_t i = 0; i < COUNT(files); i++) {
        assert_true(sha256_file(world->arena,
                                arena_printf(world->arena, "%s/%s", world->home, files[i]),
                                &hex, &world->err));
        list =
            str_printf(world->arena, "%.*s%.*s  %s\n", STR_ARG(list), STR_ARG(hex), files[i]);
    }
    assert_true(str_eq(versions[0]->digest, sha256_hex(world->arena, list)));
    assert_false(str_eq(versions[0]->digest, versions[1]->digest));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_day_of_the_record_chooses_the_version),
        cmocka_unit_test(midnight_is_that_of_the_record_s_own_offset),
        cmocka_unit_test(outside_of_all_versions_nothing_is_printed),
        cmocka_unit_test(an_old_version_may_name_its_last_day),
        cmocka_unit_test(contradictory_versions_are_found_when_they_are_loaded),
        cmocka_unit_test(a_name_that_no_version_has_is_a_stray),
        cmocka_unit_test(the_digest_is_that_of_the_file_and_its_includes),
    };

    return cmocka_run_group_tests(tests, world_open, world_close);
}
