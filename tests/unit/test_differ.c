/* Where two records differ: every value is named by its pointer, with what each of them has. */
#include "record/differ.h"

#include "base/buf.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

struct room {
    struct arena *arena;
    const struct kinds *kinds;
    struct err err;
};

static int open_room(void **state)
{
    struct room *room = test_calloc(1, sizeof *room);

    room->arena = arena_new(256 << 20, NULL, NULL);
    err_init(&room->err, room->arena);
    *state = room;
    return kinds_load(room->arena, getenv("DANZHENG_HOME"), &room->kinds, &room->err) ? 0 : -1;
}

static int close_room(void **state)
{
    struct room *room = *state;

    arena_free(room->arena);
    test_free(room);
    return 0;
}

static const struct record *record(struct room *room, const char *version, const char *data)
{
    const struct record *out = NULL;
    struct str json =
        str_printf(room->arena,
                   "{\"schema\":\"danzheng-record/1\",\"kind\":\"disc_import\",\"version\":%s,"
                   "\"status\":\"暂存\",\"owner\":\"91110105MAFAKE019T\","
                   "\"received_at\":\"2024-08-14T15:22:41+08:00\",\"data\":{%s}}",
                   version, data);

    assert_true(record_parse(room->arena, room->kinds, "text", json, &out, &room->err));
    return out;
}

static void assert_text(struct str text, const char *wanted)
{
    assert_int_equal(text.n, strlen(wanted));
    assert_memory_equal(text.p ? text.p : "", wanted, text.n);
}

static void assert_difference(const struct differences *found, size_t nth, const char *pointer,
                              const char *first, const char *second)
{
    assert_true(nth < found->count);
    assert_text(found->kept[nth].pointer, pointer);
    assert_text(found->kept[nth].first, first);
    assert_text(found->kept[nth].second, second);
}

static struct differences differ(struct room *room, const char *first, const char *second)
{
    struct differences found;

    record_differ(room->arena, record(room, "1", first), record(room, "1", second), &found);
    return found;
}

static void the_same_record_in_another_dress_does_not_differ(void **state)
{
    struct room *room = *state;

    assert_int_equal(differ(room, "", "\"remarks\":null").count, 0);
    assert_int_equal(differ(room, "\"product_name\":\"a\",\"applicant\":{\"name\":\"\\u5f20\"}",
                            "\"applicant\":{\"name\":\"张\"}, \"product_name\":\"a\"")
                         .count,
                     0);
}

static void a_value_is_named_with_both_sides(void **state)
{
    struct room *room = *state;
    struct differences found =
        differ(room, "\"applicant\":{\"name\":\"张\"}", "\"applicant\":{\"name\":\"章\\\"\"}");

    assert_int_equal(found.count, 1);
    assert_difference(&found, 0, "/data/applicant/name", "\"张\"", "\"章\\\"\"");
}

static void a_value_that_one_lacks_is_named_inside_its_group(void **state)
{
    struct room *room = *state;
    struct differences found = differ(room, "\"applicant\":{\"name\":\"张\"}", "");

    assert_int_equal(found.count, 1);
    assert_difference(&found, 0, "/data/applicant/name", "\"张\"", "");
    found = differ(room, "", "\"applicant\":{\"name\":\"张\"}");
    assert_difference(&found, 0, "/data/applicant/name", "", "\"张\"");
}

static void rows_are_counted_from_nought(void **state)
{
    struct room *room = *state;
    struct differences found =
        differ(room, "\"carriers\":[{\"import_qty\":\"1\"},{\"import_qty\":\"2\"},{}]",
               "\"carriers\":[{\"import_qty\":\"1\"},{\"import_qty\":\"3\"}]");

    assert_int_equal(found.count, 2);
    assert_difference(&found, 0, "/data/carriers/1/import_qty", "\"2\"", "\"3\"");
    assert_difference(&found, 1, "/data/carriers/2", "{}", "");
    found = differ(room, "", "\"carriers\":[{},{\"import_qty\":\"2\"}]");
    assert_int_equal(found.count, 2);
    assert_difference(&found, 0, "/data/carriers/0", "", "{}");
    assert_difference(&found, 1, "/data/carriers/1/import_qty", "", "\"2\"");
}

static void a_code_and_its_bare_form_differ_as_a_whole(void **state)
{
    struct room *room = *state;
    struct differences found =
        differ(room, "\"carriers\":[{\"unit\":\"001\"}]",
               "\"carriers\":[{\"unit\":{\"code\":\"001\",\"name\":\"台\"}}]");

    assert_int_equal(found.count, 1);
    assert_difference(&found, 0, "/data/carriers/0/unit", "\"001\"",
                      "{\"code\":\"001\",\"name\":\"台\"}");
}

static void the_envelope_is_compared_too(void **state)
{
    struct room *room = *state;
    struct differences found;

    record_differ(room->arena, record(room, "1", ""), record(room, "2", ""), &found);
    assert_int_equal(found.count, 1);
    assert_difference(&found, 0, "/version", "1", "2");
}

static void all_are_counted_and_the_first_hundred_kept(void **state)
{
    struct room *room = *state;
    struct buf rows;
    struct differences found;

    buf_init(&rows, 1 << 20);
    buf_text(&rows, "\"carriers\":[{}");
    for (int i = 0; i < 250; i++)
        buf_text(&rows, ",{\"import_qty\":\"1\"}");
    buf_text(&rows, "]");
    found = differ(room, rows.p, "\"carriers\":[{}]");
    assert_int_equal(found.count, 250);
    assert_difference(&found, 99, "/data/carriers/100/import_qty", "\"1\"", "");
    buf_release(&rows);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_same_record_in_another_dress_does_not_differ),
        cmocka_unit_test(a_value_is_named_with_both_sides),
        cmocka_unit_test(a_value_that_one_lacks_is_named_inside_its_group),
        cmocka_unit_test(rows_are_counted_from_nought),
        cmocka_unit_test(a_code_and_its_bare_form_differ_as_a_whole),
        cmocka_unit_test(the_envelope_is_compared_too),
        cmocka_unit_test(all_are_counted_and_the_first_hundred_kept),
    };
    return cmocka_run_group_tests(tests, open_room, close_room);
}
