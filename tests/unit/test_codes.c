/* The codes are the contract with callers: every one must be explained, in both languages. */
#include "base/codes.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void every_code_has_a_complete_row(void **state)
{
    (void)state;
    for (int i = 0; i < ERR_CODES; i++) {
        const struct err_info *info = err_info((enum err_code)i);
        const char *const texts[] = {info->name, info->retry,   info->zh,
                                     info->en,   info->cure_zh, info->cure_en};

        for (size_t k = 0; k < COUNT(texts); k++) {
            assert_non_null(texts[k]);
            assert_true(strlen(texts[k]) > 0);
        }
        assert_true(strcmp(info->retry, "never") == 0 || strcmp(info->retry, "later") == 0);
    }
}

static void names_are_unique_and_found_whatever_their_case(void **state)
{
    (void)state;
    for (int i = 1; i < ERR_CODES; i++) {
        const char *name = err_info((enum err_code)i)->name;
        enum err_code found = ERR_NONE;
        char small[64] = "";

        for (size_t k = 0; name[k]; k++)
            small[k] = name[k] == '_' ? '_' : (char)(name[k] | 0x20);
        assert_true(err_find(str_from(name), &found));
        assert_int_equal(found, i);
        found = ERR_NONE;
        assert_true(err_find(str_from(small), &found));
        assert_int_equal(found, i);
    }
}

static void a_word_that_is_no_code_is_not_found(void **state)
{
    enum err_code found = ERR_NONE;

    (void)state;
    assert_false(err_find(STR("NONE"), &found));
    assert_false(err_find(STR("USAG"), &found));
    assert_false(err_find(STR("USAGES"), &found));
    assert_false(err_find(STR_NONE, &found));
    assert_int_equal(found, ERR_NONE);
}

static void the_exit_statuses_are_those_of_the_command_line(void **state)
{
    (void)state;
    assert_int_equal(err_info(USAGE)->exit, 2);
    assert_int_equal(err_info(MEMBER_MISSING)->exit, 65);
    assert_int_equal(err_info(GLYPH_MISSING)->exit, 65);
    assert_int_equal(err_info(INTERNAL)->exit, 70);
    assert_int_equal(err_info(FILE_WRITE)->exit, 74);
    assert_int_equal(err_info(STATUS_UNKNOWN)->exit, 77);
    assert_int_equal(err_info(OFFICIAL_NUMBER_MISSING)->exit, 77);
    assert_int_equal(err_info(LAYOUT_FIELD)->exit, 78);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_code_has_a_complete_row),
        cmocka_unit_test(names_are_unique_and_found_whatever_their_case),
        cmocka_unit_test(a_word_that_is_no_code_is_not_found),
        cmocka_unit_test(the_exit_statuses_are_those_of_the_command_line),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
