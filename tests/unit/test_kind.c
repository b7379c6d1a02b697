/* test_kind.c: the declarations that ship; what a declaration or a code table may not say. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "record/record.h"

#include "folder.h"

struct world {
    struct arena *arena;
    const struct kinds *kinds;
    struct err err;
    char folder[SCRATCH_ROOM];
};

static int world_open(void **state)
{
    struct world *world = test_calloc(1, sizeof *world);
    const char *home = getenv("DANZHENG_HOME");

    world->arena = arena_new(64 << 20, NULL, NULL);
    err_init(&world->err, world->arena);
    *state = world;
    return home && scratch_make(world->folder) &&
                   kinds_load(world->arena, home, &world->kinds, &world->err)
               ? 0
               : -1;
}

static int world_close(void **state)
{
    struct world *world = *state;

    scratch_remove(world->folder);
    arena_free(world->arena);
    test_free(world);
    return 0;
}

static void the_five_kinds_have_their_numbers_and_outputs(void **state)
{
    static const struct {
        const char *id, *name, *number, *official, *outputs;
    } expected[] = {
        {"exhibition_filing", "展览会备案", "exhibition_pre_entry_no", "exhibition_customs_no",
         "check_sheet 核对单 goods_list 展览品清单 filing_application 展览会备案申请表 "},
        {"loaned_exhibits", "外借展品清单", "loan_pre_entry_no", "loan_list_no",
         "check_sheet 核对单 loan_list 外借展品清单 "},
        {"temporary_confirmation", "暂时进出境审核确认", "confirm_pre_entry_no",
         "review_confirmation_no", "check_sheet 核对单 confirmation 暂时进出境货物审核确认书 "},
        {"temporary_extension", "暂时进出境货物延期", "extension_pre_entry_no",
         "customs_receipt_no", "check_sheet 核对单 extension_slip 货物暂时进/出境延期办理单 "},
        {"disc_import", "赴境外加工光盘进口备案", "application_no", "certificate_no",
         "import_certificate 赴境外加工光盘进口备案证明 "},
    };
    struct world *world = *state;

    assert_int_equal(world->kinds->count, COUNT(expected));
    for (size_t i = 0; i < COUNT(expected); i++) {
        const struct kind *kind = kinds_find(world->kinds, str_from(expected[i].id));
        struct str outputs = STR_NONE;

        assert_non_null(kind);
        assert_true(str_is(kind->name, expected[i].name));
        assert_true(str_is(kind->number->key, expected[i].number));
        assert_int_equal(kind->number->longest, 24);
        assert_true(str_is(kind->official->key, expected[i].official));
        for (size_t o = 0; o < kind->output_count; o++) {
            outputs = str_printf(world->arena, "%.*s%.*s %.*s ", STR_ARG(outputs),
                                 STR_ARG(kind->outputs[o].id), STR_ARG(kind->outputs[o].name));
            assert_int_equal(kind->outputs[o].formal,
                             !str_is(kind->outputs[o].id, "check_sheet"));
        }
        assert_string_equal(arena_text(world->arena, outputs.p, outputs.n),
                            expected[i].outputs);
    }
}

static void what_must_be_there_to_save_is_as_the_manuals_say(void **state)
{
    static const char expected[] =
        "disc_import.carriers.spec_model disc_import.carriers.import_qty "
        "disc_import.carriers.unit exhibition_filing.master_customs "
        "exhibition_filing.agent_code loaned_exhibits.exhibition_no "
        "loaned_exhibits.agent_code ";
    struct world *world = *state;
    struct str found = STR_NONE;

    for (size_t k = 0; k < world->kinds->count; k++) {
        const struct kind *kind = &world->kinds->all[k];

        for (size_t f = 0; f < kind->count; f++) {
            const struct field *field = &kind->fields[f];

            if (field->required)
                found = str_printf(world->arena, "%.*s%.*s.%.*s ", STR_ARG(found),
                                   STR_ARG(kind->id), STR_ARG(field->key));
            for (size_t c = 0; c < field->column_count; c++)
                if (field->columns[c].required)
                    found = str_printf(world->arena, "%.*s%.*s.%.*s.%.*s ", STR_ARG(found),
                                       STR_ARG(kind->id), STR_ARG(field->key),
                                       STR_ARG(field->columns[c].key));
        }
    }
    assert_string_equal(arena_text(world->arena, found.p, found.n), expected);
}

static void the_operator_stands_where_the_manual_puts_it(void **state)
{
    struct world *world = *state;

    for (size_t k = 0; k < world->kinds->count; k++) {
        const struct kind *kind = &world->kinds->all[k];
        const struct field *name = kind_field(kind, STR("operator.name"));

        assert_non_null(name);
        assert_true(name->envelope);
        assert_true(str_is(name[1].key, "operator.unit_name"));
        assert_true(str_is(name[2].key, "operator.customs_code10"));
        assert_true(name < kind->number);
    }
}

static void goods_have_the_same_columns_everywhere(void **state)
{
    struct world *world = *state;

    for (size_t k = 0; k < world->kinds->count; k++) {
        const struct field *goods = kind_field(&world->kinds->all[k], STR("goods"));
        bool extension = str_is(world->kinds->all[k].id, "temporary_extension");

        if (!goods)
            continue;
        assert_int_equal(goods->column_count, extension ? 19 : 18);
        assert_true(str_is(goods->columns[0].key, "seq"));
        assert_true(str_is(goods->columns[16].key, "regulatory_document_codes"));
        assert_true(str_is(goods->columns[17].key, "exhibitor_no"));
        assert_int_equal(field_column(goods, STR("spec_model"))->longest, 512);
        assert_int_equal(field_column(goods, STR("extended_qty")) != NULL, extension);
    }
}

static void every_sample_record_is_declared_and_known(void **state)
{
    static const char *const names[] = {
        "disc_import-filed",
        "exhibition_filing-approved",
        "exhibition_filing-draft",
        "exhibition_filing-goods-50",
        "loaned_exhibits-approved",
        "temporary_confirmation-approved",
        "temporary_extension-approved",
    };
    struct world *world = *state;

    for (size_t i = 0; i < COUNT(names); i++) {
        const struct record *record;
        struct buf buf;
        struct err err;
        char block[4096];
        FILE *file = fopen(arena_printf(world->arena, "%s/tests/records/%s.json",
                                        getenv("DANZHENG_HOME"), names[i]),
                           "rb");
        size_t n;

        assert_non_null(file);
        buf_init(&buf, 1 << 20);
        while ((n = fread(block, 1, sizeof block, file)) > 0)
            buf_add(&buf, block, n);
        fclose(file);
        err_init(&err, world->arena);
        if (!record_parse(world->arena, world->kinds, names[i], buf_view(&buf), &record,
                          &err) ||
            err.warnings > 0)
            fail_msg("%s: %.*s", names[i], STR_ARG(err.first->en));
        assert_true(record_number(record).n > 0);
        assert_true(record->canonical.n < buf.n);
        buf_release(&buf);
    }
}

static void codes_are_found_by_their_exact_bytes(void **state)
{
    struct world *world = *state;
    const struct field *field = kind_field(kinds_find(world->kinds, STR("disc_import")),
                                           STR("regulatory_document_code"));

    assert_non_null(field);
    assert_true(str_is(code_find(field->codes, STR("Z"))->name, "赴境外加工光盘进口备案证明"));
    assert_true(str_is(code_find(field->codes, STR("z"))->name, "古生物化石出境批件"));
    assert_null(code_find(field->codes, STR("")));
    assert_null(code_find(field->codes, STR("ZZ")));
}

/* "place CODE n" of the first fault. */
static const char *first_place(struct world *world)
{
    struct str at = where_text(world->arena, world->err.first->at);

    return arena_printf(world->arena, "%.*s %s %d", STR_ARG(at),
                        err_info(world->err.first->code)->name, world->err.faults);
}

/* The first fault of a home with this kind and this code table: "place CODE n". */
static const char *first_fault(struct world *world, const char *kind, const char *table)
{
    const struct kinds *kinds = NULL;

    folder_write(world->folder, "config/kinds/k.ini", kind);
    folder_write(world->folder, "config/codes/c.csv", table);
    folder_write(world->folder, "config/codes/pua.csv", "code,maps-to,source\n");
    err_init(&world->err, world->arena);
    if (kinds_load(world->arena, world->folder, &kinds, &world->err))
        return "";
    return first_place(world);
}

static const char kind_head[] =
    "[kind]\nname = 类\nnumber = n\nofficial = n\noutputs = check_sheet 核对单\n";
static const char kind_tail[] = "[seal check_sheet]\nnumber = 1\n";
static const char table_head[] = "code,name,full_name\n";

static void a_faulty_declaration_is_refused_with_its_place(void **state)
{
    static const struct {
        const char *fields, *fault;
    } cases[] = {
        {"[fields]\nn = 号 | text 24\n", ""},
        {"[fields]\nn = 号 | text 24\nb = 乙 | txt 3\n", "8:5 KIND_FAULT 1"},
        {"[fields]\nn = 号 | text 24\nb = 乙 | text\n", "8:5 KIND_FAULT 1"},
        {"[fields]\nn = 号 | text 24\nb = 乙 | text 0\n", "8:5 KIND_FAULT 1"},
        {"[fields]\nn = 号 | text 24\nb = 乙 | date 8\n", "8:5 KIND_FAULT 1"},
        {"[fields]\nn = 号 | text 24\nb = 乙 | code nowhere\n",
         "config/codes/nowhere.csv CONF_MISSING 1"},
        {"[fields]\nn = 号 | text 24\nb = 乙 | date | sav\n", "8:1 KIND_FAULT 1"},
        {"[fields]\nn = 号 | text 24\nb = 乙\n", "8:1 KIND_FAULT 1"},
        {"[fields]\nn = 号 | text 24\nb =\n", "8:1 KIND_FAULT 1"},
        {"[fields]\nn = 号 | text 24\nb-c = 乙 | date\n", "8:1 KIND_FAULT 1"},
        {"[fields]\nn = 号 | text 24\na.b.c = 乙 | date\n", "8:1 KIND_FAULT 1"},
        {"[fields]\nn = 号 | text 24\nn.b = 乙 | date\n", "8:1 KIND_FAULT 1"},
        {"[fields]\nn = 号 | text 24\nn = 乙 | date\n", "8:1 CONF_KEY 1"},
        {"[fields]\nn = 号 | text 24\noperator.age = 年龄 | integer\n", "8:1 KIND_FAULT 1"},
        {"[fields]\nn = 号 | text 24\ng = 货 | list\n", "8:1 KIND_FAULT 1"},
        {"[fields]\nn = 号 | text 24\ng = 货 | list\n[list g]\na.b = 甲 | date\n",
         "10:1 KIND_FAULT 1"},
        {"[fields]\nn = 号 | text 24\ng = 货 | list\n[list g]\na = 甲 | list\n",
         "10:1 KIND_FAULT 1"},
        {"[fields]\nn = 号 | text 24\n[list h]\na = 甲 | date\n", "8:1 CONF_SECTION 1"},
        {"[fields]\nm = 号 | text 24\n", "1:1 KIND_FAULT 2"},
        {"[fields]\nn = 号 | date\n", "1:1 KIND_FAULT 2"},
        {"", "1:1 KIND_FAULT 3"},
        {"[fields]\nn = 号 | text 24\n[other]\n", "8:1 CONF_SECTION 1"},
    };
    struct world *world = *state;

    for (size_t i = 0; i < COUNT(cases); i++) {
        const char *fault = first_fault(
            world, arena_printf(world->arena, "%s%s%s", kind_head, cases[i].fields, kind_tail),
            table_head);
        const char *expected = cases[i].fault;

        if (*expected && *expected != 'c')
            expected = arena_printf(world->arena, "config/kinds/k.ini:%s", expected);
        if (strcmp(fault, expected) != 0)
            fail_msg("%s gives '%s', not '%s'", cases[i].fields, fault, expected);
    }
}

static void a_faulty_head_of_a_declaration_is_refused(void **state)
{
    static const struct {
        const char *from, *to, *place;
    } cases[] = {
        {"name = 类\n", "", "1:1 KIND_FAULT 1"},
        {"outputs = check_sheet 核对单\n", "", "1:1 KIND_FAULT 2"},
        {"check_sheet 核对单", "check_sheet", "5:11 KIND_FAULT 2"},
        {"check_sheet 核对单", "a 甲\n  a 乙", "6:3 KIND_FAULT 3"},
        {"number = n", "numbr = n", "1:1 KIND_FAULT 2"},
        {"[kind]", "[kinds]", "1:1 KIND_FAULT 1"},
    };
    struct world *world = *state;

    for (size_t i = 0; i < COUNT(cases); i++) {
        const char *at = strstr(kind_head, cases[i].from);
        const char *text = arena_printf(world->arena, "%.*s%s%s[fields]\nn = 号 | text 9\n%s",
                                        (int)(at - kind_head), kind_head, cases[i].to,
                                        at + strlen(cases[i].from), kind_tail);

        assert_string_equal(
            first_fault(world, text, table_head),
            arena_printf(world->arena, "config/kinds/k.ini:%s", cases[i].place));
    }
}

static void what_a_seal_cannot_tell_is_refused(void **state)
{
    static const struct {
        const char *tail, *fault;
    } cases[] = {
        {"[seal check_sheet]\nnumber = 1\nuntil = d\nlines = g\ncustoms = c\nholder = n\n", ""},
        {"", "1:1 KIND_FAULT 1"},
        {"[seal check_sheet]\n", "13:1 KIND_FAULT 1"},
        {"[seal check_sheet]\nnumber = 2\n", "13:1 KIND_FAULT 1"},
        {"[seal check_sheet]\nnumber = 0\n", "13:1 KIND_FAULT 1"},
        {"[seal check_sheet]\nnumber = 1\nuntil = n\n", "15:1 KIND_FAULT 1"},
        {"[seal check_sheet]\nnumber = 1\ncustoms = x\n", "15:1 KIND_FAULT 1"},
        {"[seal check_sheet]\nnumber = 1\nlines = c\n", "15:1 KIND_FAULT 1"},
        {"[seal check_sheet]\nnumber = 1\nholder = d\n", "15:1 KIND_FAULT 1"},
        {"[seal check_sheet]\nnumber = 1\n[seal goods_list]\nnumber = 2\n",
         "15:1 CONF_SECTION 1"},
    };
    struct world *world = *state;

    for (size_t i = 0; i < COUNT(cases); i++) {
        const char *text = arena_printf(
            world->arena,
            "%s[fields]\nn = 号 | text 24\nd = 期 | date\nc = 关 | code\ng = 货 | list\n"
            "[list g]\na = 甲 | date\n%s",
            kind_head, cases[i].tail);
        const char *expected = cases[i].fault;
        const char *fault = first_fault(world, text, table_head);

        if (*expected)
            expected = arena_printf(world->arena, "config/kinds/k.ini:%s", expected);
        if (strcmp(fault, expected) != 0)
            fail_msg("%s gives '%s', not '%s'", cases[i].tail, fault, expected);
    }
}

static void a_faulty_code_table_is_refused_with_its_line(void **state)
{
    static const struct {
        const char *rows, *fault;
    } cases[] = {
        {"code,name,full_name\n1,甲,\n2,乙\n# x\n\n3,丙,全称\n", ""},
        {"# x\r\ncode,name,full_name\r\n1,甲,\r\n", ""},
        {"code,name,full_name\n\"1\",\"a,\"\"b\"\"\",\"c\"\n", ""},
        {"1,甲,\n", ":1 CODE_TABLE_FAULT 1"},
        {"code,name,full_name\n1\n", ":2 CODE_TABLE_FAULT 1"},
        {"code,name,full_name\n1,\n", ":2 CODE_TABLE_FAULT 1"},
        {"code,name,full_name\n,甲,\n", ":2 CODE_TABLE_FAULT 1"},
        {"code,name,full_name\n1,甲,乙,丙\n", ":2 CODE_TABLE_FAULT 1"},
        {"code,name,full_name\n1,\"甲,\n", ":2 CODE_TABLE_FAULT 1"},
        {"code,name,full_name\n1,\"甲\"x,\n", ":2 CODE_TABLE_FAULT 1"},
        {"code,name,full_name\n1,\xFF,\n", ":2 CODE_TABLE_FAULT 1"},
        {"code,name,full_name\n2,乙,\n1,甲,\n\n2,丁,\n", ":5 CODE_TABLE_FAULT 1"},
    };
    struct world *world = *state;
    const char *kind = arena_printf(
        world->arena, "%s[fields]\nn = 号 | text 24\na = 甲 | code c\nb = 乙 | code c\n%s",
        kind_head, kind_tail);

    for (size_t i = 0; i < COUNT(cases); i++) {
        const char *fault = first_fault(world, kind, cases[i].rows), *expected = cases[i].fault;

        if (*expected)
            expected = arena_printf(world->arena, "config/codes/c.csv%s", expected);
        if (strcmp(fault, expected) != 0)
            fail_msg("%s gives '%s', not '%s'", cases[i].rows, fault, expected);
    }
}

static void a_faulty_table_of_private_use_is_refused_with_its_line(void **state)
{
    static const struct {
        const char *rows, *fault;
    } cases[] = {
        {"U+E81E,U+9FB4,GB\n", ""},
        {"U+F0000,U+20087,GB\nU+E000,U+9FB4,GB\n", ""},
        {"U+E81E,U+9FB4,\n", "2 CODE_TABLE_FAULT 1"},
        {"U+E81E,,GB\n", "2 CODE_TABLE_FAULT 1"},
        {"U+e81e,U+9FB4,GB\n", "2 CODE_TABLE_FAULT 1"},
        {"E81E,U+9FB4,GB\n", "2 CODE_TABLE_FAULT 1"},
        {"U+9FB4,U+E81E,GB\n", "2 CODE_TABLE_FAULT 1"},
        {"U+E81E,U+E81F,GB\n", "2 CODE_TABLE_FAULT 1"},
        {"U+E81E,U+202E,GB\n", "2 CODE_TABLE_FAULT 1"},
        {"U+E81E,U+D800,GB\n", "2 CODE_TABLE_FAULT 1"},
        {"U+E81E,U+110000,GB\n", "2 CODE_TABLE_FAULT 1"},
        {"U+E81E,U+4E00,GB\n\nU+E81E,U+4E01,GB\n", "4 CODE_TABLE_FAULT 1"},
    };
    struct world *world = *state;
    const char *kind =
        arena_printf(world->arena, "%s[fields]\nn = 号 | text 24\n%s", kind_head, kind_tail);

    folder_write(world->folder, "config/kinds/k.ini", kind);
    for (size_t i = 0; i < COUNT(cases); i++) {
        const char *expected = cases[i].fault, *fault = "";
        const struct kinds *kinds;

        folder_write(world->folder, "config/codes/pua.csv",
                     arena_printf(world->arena, "code,maps-to,source\n%s", cases[i].rows));
        err_init(&world->err, world->arena);
        if (!kinds_load(world->arena, world->folder, &kinds, &world->err))
            fault = first_place(world);
        if (*expected)
            expected = arena_printf(world->arena, "config/codes/pua.csv:%s", expected);
        if (strcmp(fault, expected) != 0)
            fail_msg("%s gives '%s', not '%s'", cases[i].rows, fault, expected);
    }
}

static void a_quoted_name_is_read_as_it_is_meant(void **state)
{
    struct world *world = *state;
    const struct kinds *kinds;
    const struct code_row *row;

    folder_write(world->folder, "config/kinds/k.ini",
                 arena_printf(world->arena, "%s[fields]\nn = 号 | text 24\na = 甲 | code c\n%s",
                              kind_head, kind_tail));
    folder_write(world->folder, "config/codes/c.csv",
                 "\xEF\xBB\xBF"
                 "code,name,full_name\n2,x\n\"1\",\"a,\"\"b\"\"\",\"c d\"\n");
    folder_write(world->folder, "config/codes/pua.csv", "code,maps-to,source\n");
    err_init(&world->err, world->arena);
    assert_true(kinds_load(world->arena, world->folder, &kinds, &world->err));
    row = code_find(kind_field(&kinds->all[0], STR("a"))->codes, STR("1"));
    assert_non_null(row);
    assert_true(str_is(row->name, "a,\"b\""));
    assert_true(str_is(row->full_name, "c d"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_five_kinds_have_their_numbers_and_outputs),
        cmocka_unit_test(what_must_be_there_to_save_is_as_the_manuals_say),
        cmocka_unit_test(the_operator_stands_where_the_manual_puts_it),
        cmocka_unit_test(goods_have_the_same_columns_everywhere),
        cmocka_unit_test(every_sample_record_is_declared_and_known),
        cmocka_unit_test(codes_are_found_by_their_exact_bytes),
        cmocka_unit_test(a_faulty_declaration_is_refused_with_its_place),
        cmocka_unit_test(what_a_seal_cannot_tell_is_refused),
        cmocka_unit_test(a_faulty_head_of_a_declaration_is_refused),
        cmocka_unit_test(a_faulty_code_table_is_refused_with_its_line),
        cmocka_unit_test(a_faulty_table_of_private_use_is_refused_with_its_line),
        cmocka_unit_test(a_quoted_name_is_read_as_it_is_meant),
    };

    return cmocka_run_group_tests(tests, world_open, world_close);
}
