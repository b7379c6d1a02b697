/* test_record_pua.c: private-use characters that are known to stand for others: what is printed
 * is the character, what is kept is what came. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "record/record.h"

/* %s: further members of data */
#define RECORD                                                                                 \
    "{\"schema\":\"danzheng-record/1\",\"kind\":\"exhibition_filing\",\"version\":1,"          \
    "\"status\":\"暂存\",\"owner\":\"91110105MAFAKE019T\","                                  \
    "\"received_at\":\"2024-08-14T15:22:41+08:00\",\"data\":{%s}}"

struct world {
    struct arena *kept, *arena;
    const struct kinds *kinds;
    const struct record *record;
    struct err err;
};

static int world_open(void **state)
{
    struct world *world = test_calloc(1, sizeof *world);

    world->kept = arena_new(16 << 20, NULL, NULL);
    world->arena = arena_new(64 << 20, NULL, NULL);
    err_init(&world->err, world->kept);
    *state = world;
    return kinds_load(world->kept, getenv("DANZHENG_HOME"), &world->kinds, &world->err) ? 0
                                                                                        : -1;
}

static int world_close(void **state)
{
    struct world *world = *state;

    arena_free(world->kept);
    arena_free(world->arena);
    test_free(world);
    return 0;
}

static bool parse(struct world *world, const char *members)
{
    arena_reset(world->arena);
    err_init(&world->err, world->arena);
    world->record = NULL;
    return record_parse(world->arena, world->kinds, "r.json",
                        str_printf(world->arena, RECORD, members), &world->record, &world->err);
}

static struct str value_of(const struct world *world, const char *key)
{
    return record_value(world->record, kind_field(world->record->kind, str_from(key)))->text;
}

static bool has(struct str text, const char *part)
{
    size_t n = strlen(part);

    for (size_t i = 0; i + n <= text.n; i++)
        if (memcmp(text.p + i, part, n) == 0)
            return true;
    return false;
}

static void a_mapped_character_is_printed_as_the_one_it_stands_for(void **state)
{
    struct world *world = *state;

    assert_true(parse(world, "\"exhibition_name\":\"甲\xEE\xA0\x9E乙\\ue816丙\","
                             "\"host_name\":\"完整，（甲）\""));
    assert_true(str_is(value_of(world, "exhibition_name"), "甲\u9FB4乙\U00020087丙"));
    assert_true(str_is(value_of(world, "host_name"), "完整，（甲）"));
}

static void the_canonical_record_keeps_what_was_received(void **state)
{
    struct world *world = *state;

    assert_true(parse(world, "\"exhibition_name\":\"\\ue81e\""));
    assert_true(has(world->record->canonical, "\"exhibition_name\":\"\xEE\xA0\x9E\""));
}

static void a_warning_names_both_characters_and_the_source(void **state)
{
    struct world *world = *state;
    const struct fault *said;

    assert_true(parse(world, "\"exhibition_name\":\"甲\\ue81e\""));
    assert_int_equal(world->err.warnings, 1);
    said = world->err.first;
    assert_int_equal(said->code, PRIVATE_USE);
    assert_true(said->warning);
    assert_true(str_is(said->at.pointer, "/data/exhibition_name"));
    for (const struct str *text = (const struct str[]){said->zh, said->en, STR_NONE}; text->n;
         text++) {
        assert_true(has(*text, "U+E81E"));
        assert_true(has(*text, "\u9FB4"));
        assert_true(has(*text, "U+9FB4"));
        assert_true(has(*text, "GB 18030-2022 FE59"));
    }
}

static void a_character_that_is_not_mapped_is_refused_by_name(void **state)
{
    struct world *world = *state;

    assert_false(parse(world, "\"exhibition_name\":\"\\ue81e\\ue000\\ue001\""));
    assert_int_equal(world->err.faults, 1);
    assert_int_equal(world->err.last->code, PRIVATE_USE);
    assert_true(str_is(world->err.last->character, "\xEE\x80\x80"));
}

static void names_of_codes_are_mapped_too(void **state)
{
    struct world *world = *state;
    const struct value *unit;

    assert_true(parse(world, "\"master_customs\":{\"code\":\"0110\",\"name\":\"\\ue81e\","
                             "\"full_name\":\"\\ue826\"}"));
    unit = record_value(world->record, kind_field(world->record->kind, STR("master_customs")));
    assert_true(str_is(unit->text, "\u9FB4"));
    assert_true(str_is(unit->full_name, "\u9FB5"));
    assert_true(has(world->record->canonical, "\xEE\xA0\x9E"));
}

static void a_text_may_grow_by_what_is_mapped(void **state)
{
    struct world *world = *state;
    char members[2000 * 3 + 64] = "\"remarks\":\"";
    size_t n = strlen(members);

    for (int i = 0; i < 2000; i++, n += 3)
        memcpy(members + n, "\xEE\xA0\x96", 3);
    memcpy(members + n, "\"", 2);
    assert_true(parse(world, members));
    assert_int_equal(value_of(world, "remarks").n, 2000 * 4);
}

static void the_table_has_what_the_standards_changed(void **state)
{
    static const struct {
        uint32_t code, character;
    } known[] = {{0xE78D, 0xFE10},  {0xE78E, 0xFE12},  {0xE78F, 0xFE11},  {0xE796, 0xFE19},
                 {0xE7C7, 0x1E3F},  {0xE815, 0x2E81},  {0xE81E, 0x9FB4},  {0xE826, 0x9FB5},
                 {0xE82B, 0x9FB6},  {0xE82C, 0x9FB7},  {0xE832, 0x9FB8},  {0xE843, 0x9FB9},
                 {0xE854, 0x9FBA},  {0xE864, 0x9FBB},  {0xE817, 0x20089}, {0xE818, 0x200CC},
                 {0xE831, 0x215D7}, {0xE83B, 0x2298F}, {0xE855, 0x241FE}, {0xE81F, 0x359E}};
    const struct world *world = *state;
    const struct pua *pua = &world->kinds->pua;

    for (size_t i = 0; i < COUNT(known); i++) {
        assert_non_null(pua_find(pua, known[i].code));
        assert_int_equal(pua_find(pua, known[i].code)->character, known[i].character);
    }
    assert_null(pua_find(pua, 0xE814));
    assert_null(pua_find(pua, 0xE865));
    assert_null(pua_find(pua, 0x9FB4));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_mapped_character_is_printed_as_the_one_it_stands_for),
        cmocka_unit_test(the_canonical_record_keeps_what_was_received),
        cmocka_unit_test(a_warning_names_both_characters_and_the_source),
        cmocka_unit_test(a_character_that_is_not_mapped_is_refused_by_name),
        cmocka_unit_test(names_of_codes_are_mapped_too),
        cmocka_unit_test(a_text_may_grow_by_what_is_mapped),
        cmocka_unit_test(the_table_has_what_the_standards_changed),
    };

    return cmocka_run_group_tests(tests, world_open, world_close);
}
