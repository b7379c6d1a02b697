/* From findings to a verdict: every combination has the one it must have. */
#include "verify/verify.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

enum { ANY = -1 };

/* The first row that fits decides; what is ANY does not matter. */
static const struct row {
    int file, seal, test, check_sheet, record_differs, standing;
    const char *word, *standing_word;
    int exit;
} table[] = {
    {VERIFY_DIFFERENT, ANY, ANY, ANY, ANY, ANY, "NOT GENUINE", "", 20},
    {ANY, VERIFY_SEAL_NEWER, ANY, ANY, ANY, ANY, "NEWER FORMAT", "", 23},
    {ANY, VERIFY_SEAL_KEY_UNKNOWN, ANY, ANY, ANY, ANY, "UNKNOWN KEY", "", 22},
    {ANY, VERIFY_SEAL_FALSE, ANY, ANY, ANY, ANY, "NOT GENUINE", "", 20},
    {ANY, VERIFY_NO_SEAL, ANY, ANY, ANY, ANY, "NOT GENUINE", "", 20},
    {VERIFY_SIGNER_UNKNOWN, ANY, ANY, ANY, ANY, ANY, "UNKNOWN KEY", "", 22},
    {ANY, ANY, ANY, ANY, true, ANY, "RECORD DIFFERS", "", 21},
    {ANY, ANY, ANY, true, ANY, ANY, "DRAFT", "", 15},
    {VERIFY_OTHER_RELEASE, ANY, ANY, ANY, ANY, STANDING_CURRENT, "SEAL ONLY", "CURRENT", 14},
    {VERIFY_OTHER_RELEASE, ANY, ANY, ANY, ANY, STANDING_EXPIRED, "SEAL ONLY", "EXPIRED", 14},
    {VERIFY_OTHER_RELEASE, ANY, ANY, ANY, ANY, STANDING_SUPERSEDED, "SEAL ONLY", "SUPERSEDED",
     14},
    {VERIFY_OTHER_RELEASE, ANY, ANY, ANY, ANY, STANDING_WITHDRAWN, "SEAL ONLY", "WITHDRAWN",
     14},
    {ANY, ANY, true, ANY, ANY, STANDING_CURRENT, "TEST", "CURRENT", 10},
    {ANY, ANY, true, ANY, ANY, STANDING_EXPIRED, "TEST", "EXPIRED", 10},
    {ANY, ANY, true, ANY, ANY, STANDING_SUPERSEDED, "TEST", "SUPERSEDED", 10},
    {ANY, ANY, true, ANY, ANY, STANDING_WITHDRAWN, "TEST", "WITHDRAWN", 10},
    {ANY, VERIFY_SEAL_GOOD, ANY, ANY, ANY, STANDING_CURRENT, "GENUINE", "CURRENT", 0},
    {ANY, VERIFY_SEAL_GOOD, ANY, ANY, ANY, STANDING_EXPIRED, "GENUINE", "EXPIRED", 11},
    {ANY, VERIFY_SEAL_GOOD, ANY, ANY, ANY, STANDING_SUPERSEDED, "GENUINE", "SUPERSEDED", 12},
    {ANY, VERIFY_SEAL_GOOD, ANY, ANY, ANY, STANDING_WITHDRAWN, "GENUINE", "WITHDRAWN", 13},
};

static bool fits(int wanted, int is)
{
    return wanted == ANY || wanted == is;
}

static const struct row *row_of(const struct verify_findings *f)
{
    for (size_t i = 0; i < COUNT(table); i++) {
        const struct row *row = &table[i];

        if (fits(row->file, (int)f->file) && fits(row->seal, (int)f->seal) &&
            fits(row->test, f->test) && fits(row->check_sheet, f->check_sheet) &&
            fits(row->record_differs, f->record_differs) &&
            fits(row->standing, (int)f->standing))
            return row;
    }
    fail_msg("no row of the table fits");
    return table;
}

/* Calls check for each combination of findings. */
static void for_all(void check(const struct verify_findings *))
{
    size_t count = 0;

    for (int file = VERIFY_NO_FILE; file <= VERIFY_SIGNER_UNKNOWN; file++)
        for (int seal = VERIFY_NO_SEAL; seal <= VERIFY_SEAL_NEWER; seal++)
            for (int bits = 0; bits < 8; bits++)
                for (int standing = 0; standing <= STANDING_WITHDRAWN; standing++) {
                    const struct verify_findings findings = {
                        .file = (enum verify_file)file,
                        .seal = (enum verify_seal)seal,
                        .test = bits & 1,
                        .check_sheet = bits & 2,
                        .record_differs = bits & 4,
                        .standing = (enum standing)standing,
                    };

                    check(&findings);
                    count++;
                }
    assert_int_equal(count, 5 * 5 * 8 * 4);
}

static void check_row(const struct verify_findings *findings)
{
    struct verify_verdict verdict = verify_decide(findings);
    const struct row *row = row_of(findings);

    assert_string_equal(verdict.word, row->word);
    assert_string_equal(verdict.standing_word, row->standing_word);
    assert_int_equal(verdict.exit, row->exit);
    assert_int_equal(verdict.stands, row->standing_word[0] != '\0');
}

static void every_combination_has_its_verdict(void **state)
{
    (void)state;
    for_all(check_row);
}

static void check_safe(const struct verify_findings *f)
{
    struct verify_verdict verdict = verify_decide(f);
    bool genuine = verdict.authenticity == AUTHENTIC_GENUINE;

    assert_true(!genuine ||
                (f->seal == VERIFY_SEAL_GOOD && !f->test && !f->check_sheet &&
                 !f->record_differs && (f->file == VERIFY_SAME || f->file == VERIFY_NO_FILE)));
    assert_int_equal(verdict.exit == 0, genuine && f->standing == STANDING_CURRENT);
    assert_int_equal(verdict.exit == 20, strstr(verdict.word, "NOT") != NULL);
    assert_null(strstr(verdict.en, "NOT"));
    assert_null(strstr(verdict.standing_en, "NOT"));
    assert_true(verdict.zh[0] && verdict.en[0]);
    assert_int_equal(verdict.stands, verdict.standing_zh[0] && verdict.standing_en[0]);
}

static void nothing_unknown_is_genuine_and_only_one_verdict_says_not(void **state)
{
    (void)state;
    for_all(check_safe);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_combination_has_its_verdict),
        cmocka_unit_test(nothing_unknown_is_genuine_and_only_one_verdict_says_not),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
