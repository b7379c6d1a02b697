/* test_conf.c: what the INI files may say, and where each mistake is found. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "conf/conf.h"

#include "folder.h"

struct world {
    struct arena *arena;
    char folder[SCRATCH_ROOM];
    struct err err;
    struct conf *conf;
};

static int world_open(void **state)
{
    struct world *world = test_calloc(1, sizeof *world);

    world->arena = arena_new(64 << 20, NULL, NULL);
    err_init(&world->err, world->arena);
    if (!scratch_make(world->folder))
        return -1;
    *state = world;
    return 0;
}

static int world_close(void **state)
{
    struct world *world = *state;

    scratch_remove(world->folder);
    arena_free(world->arena);
    test_free(world);
    return 0;
}

static bool read_text(struct world *world, const char *text)
{
    folder_write(world->folder, "a/t.ini", text);
    err_init(&world->err, world->arena);
    return conf_read(world->arena, world->folder, "a/t.ini", &world->conf, &world->err);
}

/* All faults as "place CODE; place CODE". */
static const char *faults(struct world *world)
{
    struct str text = STR_NONE;

    for (const struct fault *fault = world->err.first; fault; fault = fault->next)
        text = str_printf(world->arena, "%.*s%s%.*s %s", STR_ARG(text), text.n ? "; " : "",
                          STR_ARG(where_text(world->arena, fault->at)),
                          err_info(fault->code)->name);
    return arena_text(world->arena, text.p ? text.p : "", text.n);
}

static const struct conf_entry *entry_of(struct world *world, const char *kind, const char *key)
{
    struct conf_section *section = conf_first(world->conf, kind);

    assert_non_null(section);
    return conf_entry(world->conf, section, key);
}

static void assert_line(const struct conf_line *line, const char *text, int number, int column)
{
    char *copy = test_malloc(line->text.n + 1);

    memcpy(copy, line->text.p, line->text.n);
    copy[line->text.n] = '\0';
    assert_string_equal(copy, text);
    test_free(copy);
    assert_int_equal(line->at.line, number);
    assert_int_equal(line->at.column, column);
}

static void a_value_keeps_semicolons_colons_and_equals_signs(void **state)
{
    struct world *world = *state;
    const struct conf_entry *entry;

    assert_true(read_text(world, "[a]\nk = x ; y: z = \"1\" #\n"));
    entry = entry_of(world, "a", "k");
    assert_int_equal(entry->count, 1);
    assert_line(&entry->lines[0], "x ; y: z = \"1\" #", 2, 5);
}

static void a_value_goes_on_past_blank_and_comment_lines(void **state)
{
    struct world *world = *state;
    const struct conf_entry *entry;

    assert_true(read_text(world, "[a b c]\nk =\n   甲 | < ; 乙\n\n  ; no\n; no\n\tz\nl = 1\n"));
    entry = entry_of(world, "a", "k");
    assert_int_equal(entry->count, 2);
    assert_line(&entry->lines[0], "甲 | < ; 乙", 3, 4);
    assert_line(&entry->lines[1], "z", 7, 2);
    assert_true(str_is(conf_first(world->conf, "a")->name, "b c"));
}

static void a_line_ending_in_a_backslash_runs_on(void **state)
{
    struct world *world = *state;
    const struct conf_entry *entry;

    assert_true(read_text(world, "[a]\nk = one \\\n   two ; \\\n    k = 3\n    four\n"));
    entry = entry_of(world, "a", "k");
    assert_int_equal(entry->count, 2);
    assert_line(&entry->lines[0], "one two ; k = 3", 2, 5);
    assert_line(&entry->lines[1], "four", 5, 5);
}

static void windows_line_ends_and_a_byte_order_mark_are_no_content(void **state)
{
    struct world *world = *state;
    const struct conf_entry *entry;

    assert_true(read_text(world, "\xEF\xBB\xBF[a]\r\nk = v\r\n  w\r\n"));
    entry = entry_of(world, "a", "k");
    assert_int_equal(entry->count, 2);
    assert_line(&entry->lines[1], "w", 3, 3);
}

static void a_line_of_197_bytes_is_whole_and_one_more_is_refused(void **state)
{
    struct world *world = *state;
    char text[300] = "[a]\nk = ";

    memset(text + 8, 'x', 193);
    strcpy(text + 201, "\n");
    assert_true(read_text(world, text));
    assert_int_equal(entry_of(world, "a", "k")->lines[0].text.n, 193);
    strcpy(text + 201, "x\n");
    assert_false(read_text(world, text));
    assert_string_equal(faults(world), "a/t.ini:2:198 CONF_SYNTAX");
}

static void every_mistake_has_its_code_and_its_place(void **state)
{
    static const struct {
        const char *text, *faults;
    } mistakes[] = {
        {"k = v\n", "a/t.ini:1:1 CONF_SYNTAX"},
        {"[a]\nk v\n", "a/t.ini:2:3 CONF_SYNTAX"},
        {"[a]\nk: v\n", "a/t.ini:2:2 CONF_SYNTAX"},
        {"[a]\nKey = v\n", "a/t.ini:2:1 CONF_SYNTAX"},
        {"[a]\nkey\xE4\xB8\xAD = v\n", "a/t.ini:2:4 CONF_SYNTAX"},
        {"[a]\n= v\n", "a/t.ini:2:1 CONF_SYNTAX"},
        {"[a]\nk = 1\nk = 2\n", "a/t.ini:3:1 CONF_KEY"},
        {"[a b]\nk = 1\n[a]\n[a  b]\n", "a/t.ini:4:1 CONF_SECTION"},
        {"[a\nk = 1\n", "a/t.ini:1:3 CONF_SYNTAX"},
        {"[]\n", "a/t.ini:1:2 CONF_SYNTAX"},
        {"[a B]\n", "a/t.ini:1:4 CONF_SYNTAX"},
        {"[a]\n  row\n", "a/t.ini:2:3 CONF_SYNTAX"},
        {"[a]\nk = 1\n  l = 2\n", "a/t.ini:3:3 CONF_SYNTAX"},
        {"[a]\nk =\n  x\n  # y\n", "a/t.ini:4:3 CONF_SYNTAX"},
        {"# y\n[a]\n", "a/t.ini:1:1 CONF_SYNTAX"},
        {"[a]\nk = \xFF\n", "a/t.ini:2:5 CONF_SYNTAX"},
        {"[a]\nk = \x01\n", "a/t.ini:2:5 CONF_SYNTAX"},
        {"[a]\nk = x\\\nl = y\n", "a/t.ini:3:1 CONF_SYNTAX"},
        {"[a]\nk = x\\\n\n", "a/t.ini:3:1 CONF_SYNTAX"},
        {"[a]\nk = x\\\n  ; y\n", "a/t.ini:3:1 CONF_SYNTAX"},
        {"[a]\nk = x\\\n", "a/t.ini:2:1 CONF_SYNTAX"},
        {"[a]\nk = x\\", "a/t.ini:2:1 CONF_SYNTAX"},
        {"[a]\ninclude = /etc/x.ini\n", "a/t.ini:2:11 CONF_INCLUDE"},
        {"[a]\ninclude = ../../x.ini\n", "a/t.ini:2:11 CONF_INCLUDE"},
        {"[a]\ninclude = b/../t.ini\n", "a/t.ini:2:11 CONF_INCLUDE"},
        {"[a]\ninclude = none.ini\n", "a/none.ini CONF_MISSING"},
        {"[a]\ninclude = ../a\n", "a CONF_MISSING"},
        {"[a]\nk = 1\nk = 2\n  # z\n[a]\nx\n",
         "a/t.ini:3:1 CONF_KEY; a/t.ini:4:3 CONF_SYNTAX; a/t.ini:5:1 CONF_SECTION; "
         "a/t.ini:6:2 CONF_SYNTAX"},
    };
    struct world *world = *state;

    for (size_t i = 0; i < COUNT(mistakes); i++) {
        if (read_text(world, mistakes[i].text))
            fail_msg("no fault in '%s'", mistakes[i].text);
        assert_string_equal(faults(world), mistakes[i].faults);
    }
}

static void words_have_at_most_48_bytes(void **state)
{
    struct world *world = *state;
    char text[300];

    for (int n = 48; n <= 49; n++) {
        char word[64] = {0};

        memset(word, 'w', (size_t)n);
        snprintf(text, sizeof text, "[%s %s]\n%s = %s\n", word, word, word, word);
        assert_int_equal(read_text(world, text), n == 48);
        snprintf(text, sizeof text, "[a]\n%s = 1\n", word);
        assert_int_equal(read_text(world, text), n == 48);
    }
}

static void an_include_is_read_first_and_overridden_key_by_key(void **state)
{
    struct world *world = *state;
    struct conf_section *section;

    folder_write(world->folder, "common/one.ini", "[p]\nx = 1\ny = 2\n[q]\nz = 3\n");
    folder_write(world->folder, "common/two.ini", "[p]\nx = 4\n");
    assert_true(read_text(world, "[l]\ninclude = ../common/one.ini\ninclude =\n"
                                 "   ../common/two.ini\n[p]\ny = 5\n   6\nw = 7\n"));
    assert_int_equal(world->conf->file_count, 3);
    assert_string_equal(world->conf->files[1], "common/one.ini");
    section = conf_first(world->conf, "p");
    assert_null(conf_next(section));
    assert_int_equal(section->at.line, 5);
    assert_true(str_is(conf_text(world->conf, section, "x", STR("-"), &world->err), "4"));
    assert_int_equal(conf_entry(world->conf, section, "y")->count, 2);
    assert_string_equal(conf_entry(world->conf, section, "y")->at.file, "a/t.ini");
    assert_string_equal(conf_entry(world->conf, section, "x")->at.file, "common/two.ini");
    assert_true(str_is(section->first->key, "x"));
    assert_true(str_is(section->last->key, "w"));
    assert_non_null(conf_find(world->conf, "q", STR_NONE));
    assert_null(conf_entry(world->conf, conf_first(world->conf, "l"), "include"));
}

static void a_fault_in_an_included_file_says_who_included_it(void **state)
{
    struct world *world = *state;

    folder_write(world->folder, "common/bad.ini", "[p]\nx\n");
    assert_false(read_text(world, "[l]\n\ninclude = ../common/bad.ini\n"));
    assert_string_equal(faults(world), "common/bad.ini:2:2 CONF_SYNTAX");
    assert_true(str_ends(world->err.first->hint, STR("included from a/t.ini:3")));
    folder_write(world->folder, "common/bad.ini", "[p]\nx = 1\n");
    assert_true(read_text(world, "[l]\n\ninclude = ../common/bad.ini\n"));
    conf_length(world->conf, conf_first(world->conf, "p"), "x", 0, &world->err);
    assert_true(str_ends(world->err.first->hint, STR("included from a/t.ini:3")));
}

static void includes_go_eight_deep_and_no_deeper(void **state)
{
    struct world *world = *state;
    char name[32], text[64];

    for (int i = 1; i <= 8; i++) {
        snprintf(name, sizeof name, "a/%d.ini", i);
        snprintf(text, sizeof text, "[p]\ninclude = %d.ini\n", i + 1);
        folder_write(world->folder, name, i < 8 ? text : "[p]\nx = 1\n");
    }
    assert_true(read_text(world, "[l]\ninclude = 1.ini\n"));
    folder_write(world->folder, "a/8.ini", "[p]\ninclude = 9.ini\n");
    folder_write(world->folder, "a/9.ini", "[p]\nx = 1\n");
    assert_false(read_text(world, "[l]\ninclude = 1.ini\n"));
    assert_string_equal(faults(world), "a/8.ini:2:11 CONF_INCLUDE");
}

static void what_nobody_asks_for_is_a_fault_with_a_suggestion(void **state)
{
    static const char *const kinds[] = {"layout", "page"};
    struct world *world = *state;
    const struct fault *fault;

    assert_true(read_text(world, "[layout]\ntitel = x\n[pag]\nk = 1\n[page x]\nz = 1\n"));
    conf_text(world->conf, conf_first(world->conf, "layout"), "title", STR_NONE, &world->err);
    assert_false(conf_done(world->conf, kinds, COUNT(kinds), &world->err));
    assert_string_equal(faults(world), "a/t.ini:2:1 CONF_KEY; a/t.ini:3:1 CONF_SECTION; "
                                       "a/t.ini:5:1 CONF_SECTION");
    fault = world->err.first;
    assert_true(str_is(fault->hint, "did you mean 'title'?"));
    assert_true(str_is(fault->next->hint, "did you mean 'page'?"));
    assert_int_equal(fault->next->next->hint.n, 0);
}

static void a_value_of_the_wrong_form_gives_a_fault_and_the_fallback(void **state)
{
    static const char *const words[] = {"left", "right"};
    struct world *world = *state;
    struct conf_section *section;

    assert_true(read_text(world, "[a]\nrow = 9\nmm = 12.5mm\nn = 3\nword = rihgt\nyes = yes\n"
                                 "two = 1\n   2\nempty =\n"));
    section = conf_first(world->conf, "a");
    assert_int_equal(conf_length(world->conf, section, "row", PT(7), &world->err), PT(7));
    assert_int_equal(conf_length(world->conf, section, "mm", 0, &world->err), MM(12.5));
    assert_int_equal(conf_count(world->conf, section, "mm", 8, &world->err), 8);
    assert_int_equal(conf_count(world->conf, section, "n", 8, &world->err), 3);
    assert_int_equal(conf_choice(world->conf, section, "word", words, 2, 1, &world->err), 1);
    assert_true(conf_yes(world->conf, section, "yes", false, &world->err));
    assert_true(str_is(conf_text(world->conf, section, "two", STR("f"), &world->err), "f"));
    assert_true(str_is(conf_text(world->conf, section, "empty", STR("f"), &world->err), "f"));
    assert_true(str_is(conf_text(world->conf, section, "none", STR("f"), &world->err), "f"));
    assert_string_equal(faults(world), "a/t.ini:2:7 CONF_VALUE; a/t.ini:3:6 CONF_VALUE; "
                                       "a/t.ini:5:8 CONF_VALUE; a/t.ini:8:4 CONF_VALUE");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_value_keeps_semicolons_colons_and_equals_signs),
        cmocka_unit_test(a_value_goes_on_past_blank_and_comment_lines),
        cmocka_unit_test(a_line_ending_in_a_backslash_runs_on),
        cmocka_unit_test(windows_line_ends_and_a_byte_order_mark_are_no_content),
        cmocka_unit_test(a_line_of_197_bytes_is_whole_and_one_more_is_refused),
        cmocka_unit_test(every_mistake_has_its_code_and_its_place),
        cmocka_unit_test(words_have_at_most_48_bytes),
        cmocka_unit_test(an_include_is_read_first_and_overridden_key_by_key),
        cmocka_unit_test(a_fault_in_an_included_file_says_who_included_it),
        cmocka_unit_test(includes_go_eight_deep_and_no_deeper),
        cmocka_unit_test(what_nobody_asks_for_is_a_fault_with_a_suggestion),
        cmocka_unit_test(a_value_of_the_wrong_form_gives_a_fault_and_the_fallback),
    };

    return cmocka_run_group_tests(tests, world_open, world_close);
}
