/* test_rules.c: the whole table, cell by cell, written out a second time from the manuals, not
 * from the rule files; and what a rule file may not say. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "rules/rules.h"

#include "folder.h"

struct world {
    struct arena *arena;
    const struct kinds *kinds;
    const struct rules *rules;
};

/* What a status allows; "?" before an action: only when the filing was not used. */
struct row {
    const char *kind, *code, *names, *outputs, *actions;
};

static const struct row table[] = {
    {"exhibition_filing", "draft", "暂存", "check_sheet", "edit save delete declare"},
    {"exhibition_filing", "declared", "已申报", "check_sheet", ""},
    {"exhibition_filing", "send_failed", "发往海关失败", "check_sheet",
     "edit save delete declare"},
    {"exhibition_filing", "store_failed", "海关入库失败", "check_sheet",
     "edit save delete declare"},
    {"exhibition_filing", "stored", "海关入库成功", "check_sheet", ""},
    {"exhibition_filing", "rejected", "审核不通过", "check_sheet", "edit save delete declare"},
    {"exhibition_filing", "approved", "审核通过 审批通过",
     "check_sheet goods_list filing_application", "change ?delete_filing"},
    {"exhibition_filing", "change_pending", "变更申报中", "check_sheet", ""},
    {"exhibition_filing", "delete_pending", "备案删除申请中", "check_sheet", ""},
    {"exhibition_filing", "deleted", "备案已删除", "", ""},
    {"loaned_exhibits", "draft", "暂存", "check_sheet", "edit save delete declare"},
    {"loaned_exhibits", "declared", "已申报", "check_sheet", ""},
    {"loaned_exhibits", "send_failed", "发往海关失败", "check_sheet",
     "edit save delete declare"},
    {"loaned_exhibits", "store_failed", "海关入库失败", "check_sheet",
     "edit save delete declare"},
    {"loaned_exhibits", "stored", "海关入库成功", "check_sheet", ""},
    {"loaned_exhibits", "rejected", "审核不通过", "check_sheet", "edit save delete declare"},
    {"loaned_exhibits", "approved", "审核通过 审批通过", "check_sheet loan_list", ""},
    {"temporary_confirmation", "draft", "暂存", "check_sheet", "edit save delete declare"},
    {"temporary_confirmation", "declared", "已申报", "check_sheet", ""},
    {"temporary_confirmation", "send_failed", "发往海关失败", "check_sheet",
     "edit save delete declare"},
    {"temporary_confirmation", "store_failed", "海关入库失败", "check_sheet",
     "edit save delete declare"},
    {"temporary_confirmation", "stored", "海关入库成功", "check_sheet", ""},
    {"temporary_confirmation", "rejected", "审核不通过", "check_sheet",
     "edit save delete declare"},
    {"temporary_confirmation", "approved", "审核通过 审批通过", "check_sheet confirmation", ""},
    {"temporary_extension", "draft", "暂存", "check_sheet", "edit save delete declare"},
    {"temporary_extension", "declared", "已申报", "check_sheet", ""},
    {"temporary_extension", "send_failed", "发往海关失败", "check_sheet",
     "edit save delete declare"},
    {"temporary_extension", "store_failed", "海关入库失败", "check_sheet",
     "edit save delete declare"},
    {"temporary_extension", "stored", "海关入库成功", "check_sheet", ""},
    {"temporary_extension", "rejected", "审核不通过", "check_sheet",
     "edit save delete declare"},
    {"temporary_extension", "approved", "审核通过 审批通过", "check_sheet extension_slip", ""},
    {"disc_import", "draft", "暂存", "", "edit declare delete attachments"},
    {"disc_import", "pending_review", "待审核", "", "attachments"},
    {"disc_import", "not_accepted", "不予受理", "", "attachments"},
    {"disc_import", "not_filed", "不予备案", "", "attachments"},
    {"disc_import", "returned", "退回", "", "edit declare attachments"},
    {"disc_import", "review_failed", "审批不通过", "", "delete attachments"},
    {"disc_import", "customs_receive_failed", "海关接收失败", "", "attachments"},
    {"disc_import", "filed", "予以备案 审核通过 审批通过", "import_certificate", "attachments"},
    {"disc_import", "sent_to_customs", "已发往海关", "import_certificate", "attachments"},
    {"disc_import", "customs_received", "海关接收成功", "import_certificate", "attachments"},
};

static const char *const all_actions[] = {"edit",   "save",          "delete",     "declare",
                                          "change", "delete_filing", "attachments"};

static bool has_word(const char *words, struct str word, char mark)
{
    struct str rest = str_from(words), one;

    while (one = str_word(&rest), one.n > 0) {
        bool marked = one.p[0] == '?';

        one.p += marked;
        one.n -= marked;
        if (str_eq(one, word) && marked == (mark == '?'))
            return true;
    }
    return false;
}

static int world_open(void **state)
{
    struct world *world = test_calloc(1, sizeof *world);
    const char *home = getenv("DANZHENG_HOME");
    struct err err;

    world->arena = arena_new(64 << 20, NULL, NULL);
    err_init(&err, world->arena);
    *state = world;
    return home && kinds_load(world->arena, home, &world->kinds, &err) &&
                   rules_load(world->arena, home, world->kinds, &world->rules, &err)
               ? 0
               : -1;
}

static int world_close(void **state)
{
    struct world *world = *state;

    arena_free(world->arena);
    test_free(world);
    return 0;
}

static const struct kind *kind_of(struct world *world, const char *id)
{
    const struct kind *kind = kinds_find(world->kinds, str_from(id));

    assert_non_null(kind);
    return kind;
}

static struct verdict decide(struct world *world, const struct kind *kind, struct str status,
                             const struct output *output)
{
    struct rules_ask ask = {kind, status, output, /* saved */ true, /* numbered */ true};

    return rules_decide(world->rules, world->arena, &ask);
}

static void every_output_of_every_status_is_as_the_manuals_say(void **state)
{
    struct world *world = *state;
    size_t cells = 0;

    for (size_t i = 0; i < COUNT(table); i++) {
        const struct kind *kind = kind_of(world, table[i].kind);
        struct str names = str_from(table[i].names), name = str_from(table[i].code);

        for (; name.n > 0; name = str_word(&names)) {
            for (size_t o = 0; o < kind->output_count; o++, cells++) {
                const struct output *output = &kind->outputs[o];
                struct verdict verdict = decide(world, kind, name, output);
                bool expected = has_word(table[i].outputs, output->id, ' ');

                if (verdict.allowed != expected)
                    fail_msg("%s %s %s: %d", table[i].kind, table[i].code, output->id.p,
                             verdict.allowed);
                assert_int_equal(verdict.code, expected ? ERR_NONE : PRINT_NOT_PERMITTED);
            }
        }
    }
    assert_int_equal(cells, 3 * 21 + 3 * 2 * 15 + 22);
}

static void every_action_of_every_status_is_as_the_manuals_say(void **state)
{
    struct world *world = *state;

    for (size_t i = 0; i < COUNT(table); i++) {
        const struct kind *kind = kind_of(world, table[i].kind);

        for (size_t a = 0; a < COUNT(all_actions); a++) {
            struct str action = str_from(all_actions[a]);
            enum rules_answer expected = RULES_DENIED;

            if (has_word(table[i].actions, action, ' '))
                expected = RULES_ALLOWED;
            if (has_word(table[i].actions, action, '?'))
                expected = RULES_ALLOWED_IF_UNUSED;
            if (rules_action(world->rules, kind, str_from(table[i].code), action) != expected)
                fail_msg("%s %s %s", table[i].kind, table[i].code, all_actions[a]);
        }
        assert_int_equal(rules_action(world->rules, kind, STR("暂存 "), STR("edit")),
                         RULES_DENIED);
        assert_int_equal(rules_action(world->rules, kind, STR("draft"), STR("print")),
                         RULES_DENIED);
    }
}

/* Nothing beside the table: no status, no name, no action that it does not have. */
static void the_rule_files_say_no_more_than_the_manuals(void **state)
{
    struct world *world = *state;
    size_t count, rows = 0;

    rules_actions(world->rules, &count);
    assert_int_equal(count, COUNT(all_actions));
    for (size_t k = 0; k < world->kinds->count; k++) {
        const struct kind *kind = &world->kinds->all[k];
        const struct status *statuses = rules_statuses(world->rules, kind, &count);

        for (size_t i = 0; i < count; i++, rows++) {
            const struct row *row = table;

            while (row < table + COUNT(table) &&
                   !(str_is(kind->id, row->kind) && str_is(statuses[i].code, row->code)))
                row++;
            assert_true(row < table + COUNT(table));
            for (size_t n = 0; n < statuses[i].name_count; n++)
                assert_true(has_word(row->names, statuses[i].names[n], ' '));
            assert_true(rules_basis(world->rules, kind, &statuses[i]).n > 0);
        }
    }
    assert_int_equal(rows, COUNT(table));
}

static void an_unknown_status_prints_nothing_and_gets_a_suggestion(void **state)
{
    struct world *world = *state;
    const struct kind *kind = kind_of(world, "exhibition_filing");

    for (size_t o = 0; o < kind->output_count; o++) {
        struct verdict verdict = decide(world, kind, STR("审核通国"), &kind->outputs[o]);

        assert_false(verdict.allowed);
        assert_int_equal(verdict.code, STATUS_UNKNOWN);
        assert_true(str_is(verdict.zh, "“展览会备案”没有状态“审核通国”，不可打印；"
                                       "是否应为“审核通过”？"));
        assert_string_equal(verdict.rule.file, "config/rules/exhibition_filing.ini");
        assert_true(str_is(verdict.at.pointer, "/status"));
    }
    assert_null(rules_status(world->rules, kind, STR("Approved")));
    assert_null(rules_status(world->rules, kind, STR("")));
    assert_true(str_is(rules_status(world->rules, kind, STR("审批通过"))->code, "approved"));
}

static void a_refusal_names_the_line_of_the_rule(void **state)
{
    struct world *world = *state;
    const struct kind *kind = kind_of(world, "disc_import");
    struct verdict verdict = decide(world, kind, STR("暂存"), &kind->outputs[0]);

    assert_true(str_is(verdict.zh, "状态为“暂存”的记录不可打印“赴境外加工光盘进口备案证明”"));
    assert_true(str_is(verdict.en,
                       "a record in status draft may not be printed as import_certificate"));
    assert_string_equal(verdict.rule.file, "config/rules/disc_import.ini");
    assert_int_equal(verdict.rule.line, rules_status(world->rules, kind, STR("暂存"))->at.line);
    kind = kind_of(world, "loaned_exhibits");
    verdict = decide(world, kind, STR("draft"), kind_output(kind, STR("loan_list")));
    assert_int_equal(verdict.rule.line,
                     rules_status(world->rules, kind, STR("draft"))->at.line + 2);
}

static void without_its_numbers_a_record_prints_nothing_formal(void **state)
{
    struct world *world = *state;

    for (size_t k = 0; k < world->kinds->count; k++) {
        const struct kind *kind = &world->kinds->all[k];
        const struct output *formal = &kind->outputs[kind->output_count - 1];
        struct rules_ask ask = {kind, STR("审核通过"), formal, false, true};
        struct verdict verdict = rules_decide(world->rules, world->arena, &ask);

        assert_false(verdict.allowed);
        assert_int_equal(verdict.code, NEVER_SAVED);
        assert_int_equal(verdict.rule.line, kind->number->at.line);
        assert_string_equal(verdict.rule.file, kind->number->at.file);
        assert_true(str_ends(verdict.at.pointer, kind->number->key));
        ask.saved = true;
        ask.numbered = false;
        verdict = rules_decide(world->rules, world->arena, &ask);
        assert_int_equal(verdict.code, OFFICIAL_NUMBER_MISSING);
        assert_int_equal(verdict.rule.line, kind->official->at.line);
        assert_true(str_ends(verdict.at.pointer, kind->official->key));
        ask.output = &kind->outputs[0];
        assert_int_equal(rules_decide(world->rules, world->arena, &ask).allowed,
                         !ask.output->formal);
    }
}

static void a_rule_file_that_could_mislead_is_refused(void **state)
{
    static const struct {
        const char *text, *place;
        enum err_code code;
    } mistakes[] = {
        {"[status a]\nname = 甲\nprint = check_sheat\n", "3:1", RULE_FAULT},
        {"[status a]\nname = 甲\nprint = check_sheet check_sheet\n", "3:9", RULE_FAULT},
        {"[status a]\nprint = check_sheet\n", "1:1", RULE_FAULT},
        {"[status a]\nname = 甲\n[status b]\nname = 甲\n", "3:1", RULE_FAULT},
        {"[status a]\nname = 甲\n[status b]\nname = a\n", "3:1", RULE_FAULT},
        {"[status a]\nname = 甲 | 乙 | 丙 | 丁 | 戊\n", "1:1", RULE_FAULT},
        {"[status a]\nname = 甲\nact = edit\nact-if-unused = edit\n", "4:1", RULE_FAULT},
        {"[status a]\nname = 甲\nprints = check_sheet\n", "3:1", CONF_KEY},
        {"[status a]\nname = 甲\n[state b]\n", "3:1", CONF_SECTION},
        {"[status a]\nname = 甲\n[status a]\nname = 乙\n", "3:1", CONF_SECTION},
        {"[status]\nname = 甲\n", "1:1", RULE_FAULT},
        {"; none\n", "", RULE_FAULT},
    };
    struct world *world = *state;
    struct kinds one = {.all = kind_of(world, "exhibition_filing"), .count = 1};
    const struct rules *rules = NULL;
    char folder[SCRATCH_ROOM];
    struct err err;

    assert_true(scratch_make(folder));
    for (size_t i = 0; i < COUNT(mistakes); i++) {
        struct str expected = str_printf(world->arena, "config/rules/exhibition_filing.ini%s%s",
                                         *mistakes[i].place ? ":" : "", mistakes[i].place);

        folder_write(folder, "config/rules/exhibition_filing.ini", mistakes[i].text);
        err_init(&err, world->arena);
        if (rules_load(world->arena, folder, &one, &rules, &err))
            fail_msg("taken: %s", mistakes[i].text);
        assert_int_equal(err.first->code, mistakes[i].code);
        if (!str_eq(where_text(world->arena, err.first->at), expected))
            fail_msg("%.*s for %s", STR_ARG(where_text(world->arena, err.first->at)),
                     mistakes[i].text);
        assert_int_equal(err.faults, 1);
    }
    one.count = 0;
    err_init(&err, world->arena);
    assert_true(rules_load(world->arena, folder, &one, &rules, &err));
    one = (struct kinds){.all = kind_of(world, "disc_import"), .count = 1};
    assert_false(rules_load(world->arena, folder, &one, &rules, &err));
    assert_int_equal(err.first->code, CONF_MISSING);
    scratch_remove(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_output_of_every_status_is_as_the_manuals_say),
        cmocka_unit_test(every_action_of_every_status_is_as_the_manuals_say),
        cmocka_unit_test(the_rule_files_say_no_more_than_the_manuals),
        cmocka_unit_test(an_unknown_status_prints_nothing_and_gets_a_suggestion),
        cmocka_unit_test(a_refusal_names_the_line_of_the_rule),
        cmocka_unit_test(without_its_numbers_a_record_prints_nothing_formal),
        cmocka_unit_test(a_rule_file_that_could_mislead_is_refused),
    };

    return cmocka_run_group_tests(tests, world_open, world_close);
}
