/* test_boundary.c: boundary records are real records, and at the boundary. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/utf8.h"
#include "record/boundary.h"

struct world {
    struct arena *arena;
    const struct kinds *kinds;
    struct err err;
};

static int world_open(void **state)
{
    struct world *world = calloc(1, sizeof *world);

    world->arena = arena_new(256 << 20, NULL, NULL);
    err_init(&world->err, world->arena);
    if (!kinds_load(world->arena, getenv("DANZHENG_HOME"), &world->kinds, &world->err))
        return -1;
    *state = world;
    return 0;
}

static int world_close(void **state)
{
    struct world *world = *state;

    arena_free(world->arena);
    free(world);
    return 0;
}

static const struct record *made(struct world *world, const struct kind *kind,
                                 enum boundary boundary)
{
    struct str json = boundary_json(world->arena, kind, boundary, STR("draft"), NULL, 0);
    const struct record *record = NULL;

    err_init(&world->err, world->arena);
    if (!record_parse(world->arena, world->kinds, boundary_name(boundary), json, &record,
                      &world->err))
        print_error("%s: %.*s\n", boundary_name(boundary), STR_ARG(world->err.first->en));
    assert_non_null(record);
    return record;
}

static void every_boundary_of_every_kind_is_a_record_without_a_warning(void **state)
{
    struct world *world = *state;

    for (size_t k = 0; k < world->kinds->count; k++) {
        for (int b = 0; b < BOUNDARIES; b++) {
            const struct record *record = made(world, &world->kinds->all[k], (enum boundary)b);

            assert_int_equal(world->err.warnings, 0);
            assert_true(record_number(record).n > 0);
            assert_true(record_official(record).n > 0);
        }
    }
}

static void the_empty_one_has_only_what_is_required(void **state)
{
    struct world *world = *state;

    for (size_t k = 0; k < world->kinds->count; k++) {
        const struct kind *kind = &world->kinds->all[k];
        const struct record *record = made(world, kind, BOUNDARY_EMPTY);

        for (size_t i = 0; i < kind->count; i++) {
            const struct field *field = &kind->fields[i];
            bool wanted = field->required || field == kind->number || field == kind->official;

            if (field->type == FIELD_LIST)
                assert_int_equal(record_rows(record, field)->count, 0);
            else
                assert_int_equal(record_value(record, field)->text.n > 0, wanted);
        }
    }
}

static void every_other_one_fills_every_field(void **state)
{
    static const size_t rows[BOUNDARIES] = {0, 1, 60, 3, 3};
    struct world *world = *state;

    for (int b = BOUNDARY_ONE; b < BOUNDARIES; b++) {
        for (size_t k = 0; k < world->kinds->count; k++) {
            const struct kind *kind = &world->kinds->all[k];
            const struct record *record = made(world, kind, (enum boundary)b);

            for (size_t i = 0; i < kind->count; i++) {
                const struct field *field = &kind->fields[i];

                if (field->type != FIELD_LIST) {
                    assert_true(record_value(record, field)->text.n > 0);
                    continue;
                }
                assert_int_equal(record_rows(record, field)->count, rows[b]);
                for (size_t c = 0; c < field->column_count; c++)
                    assert_true(
                        record_cell(record, field, rows[b] - 1, &field->columns[c])->text.n >
                        0);
            }
        }
    }
}

static void the_longest_one_reaches_every_declared_length(void **state)
{
    struct world *world = *state;

    for (size_t k = 0; k < world->kinds->count; k++) {
        const struct kind *kind = &world->kinds->all[k];
        const struct record *record = made(world, kind, BOUNDARY_LONGEST);

        for (size_t i = 0; i < kind->count; i++) {
            const struct field *field = &kind->fields[i];

            if (field->longest > 0)
                assert_int_equal(utf8_count(record_value(record, field)->text), field->longest);
        }
    }
}

static void a_wish_takes_the_place_of_the_made_value(void **state)
{
    struct world *world = *state;
    const struct kind *kind = kinds_find(world->kinds, STR("disc_import"));
    const struct boundary_wish wishes[] = {
        {kind_field(kind, STR("product_name")), STR("进\"境")},
        {kind_field(kind, STR("single_use")), STR("否")},
    };
    struct str json =
        boundary_json(world->arena, kind, BOUNDARY_ONE, STR("draft"), wishes, COUNT(wishes));
    const struct record *record = NULL;

    err_init(&world->err, world->arena);
    assert_true(record_parse(world->arena, world->kinds, "made", json, &record, &world->err));
    assert_true(str_is(record_value(record, wishes[0].field)->text, "进\"境"));
    assert_true(str_is(record_value(record, wishes[1].field)->text, "否"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_boundary_of_every_kind_is_a_record_without_a_warning),
        cmocka_unit_test(the_empty_one_has_only_what_is_required),
        cmocka_unit_test(every_other_one_fills_every_field),
        cmocka_unit_test(the_longest_one_reaches_every_declared_length),
        cmocka_unit_test(a_wish_takes_the_place_of_the_made_value),
    };

    return cmocka_run_group_tests(tests, world_open, world_close);
}
