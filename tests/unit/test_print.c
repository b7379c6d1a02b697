/* The main line: what comes out, what is refused, and that a refusal leaves nothing. */
#include "print/print.h"

#include "deliver/deliver.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { MEMORY = 1 << 28, PDF_MOST = 1 << 24 };

struct fixture {
    struct arena *arena;
    struct service service;
    struct err err;
    struct buf pdf;
};

static int set_up(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);

    f->arena = arena_new(MEMORY, NULL, NULL);
    err_init(&f->err, f->arena);
    buf_init(&f->pdf, PDF_MOST);
    *state = f;
    return service_open(f->arena, getenv("DANZHENG_HOME"), &f->service, &f->err) ? 0 : -1;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;

    service_close(&f->service);
    buf_release(&f->pdf);
    arena_free(f->arena);
    free(f);
    return 0;
}

static const struct record *sample(struct fixture *f, const char *name)
{
    const char *path =
        arena_printf(f->arena, "%s/tests/records/%s", getenv("DANZHENG_HOME"), name);
    const struct record *record = NULL;
    struct str json;

    assert_true(deliver_read(f->arena, path, RECORD_BYTES_MOST, &json, &f->err));
    assert_true(record_parse(f->arena, f->service.kinds, name, json, &record, &f->err));
    return record;
}

static bool print(struct fixture *f, const char *record, const char *output,
                  struct print_answer *answer)
{
    const struct print_request request = {
        .record = sample(f, record),
        .output = str_from(output),
    };

    buf_clear(&f->pdf);
    return print_one(&f->service, f->arena, &request, answer, &f->pdf, &f->err);
}

static void a_permitted_output_becomes_a_pdf(void **state)
{
    struct fixture *f = *state;
    struct print_answer answer;

    assert_true(print(f, "disc_import-filed.json", "import_certificate", &answer));
    assert_true(str_starts(buf_view(&f->pdf), STR("%PDF-")));
    assert_true(str_is(answer.output->id, "import_certificate"));
    assert_true(answer.pages >= 1);
    assert_int_not_equal(answer.faces, 0);
    assert_int_equal(answer.seal.code.n, 16);
}

static void the_same_record_gives_the_same_bytes(void **state)
{
    struct fixture *f = *state;
    struct print_answer answer;
    struct str first;

    assert_true(print(f, "exhibition_filing-approved.json", "goods_list", &answer));
    first = str_copy(f->arena, buf_view(&f->pdf));
    assert_true(print(f, "exhibition_filing-approved.json", "check_sheet", &answer));
    assert_false(str_eq(first, buf_view(&f->pdf)));
    assert_true(print(f, "exhibition_filing-approved.json", "goods_list", &answer));
    assert_true(str_eq(first, buf_view(&f->pdf)));
}

static void a_refusal_names_its_rule_and_leaves_no_bytes(void **state)
{
    struct print_answer answer = {.pages = 7};
    struct fixture *f = *state;

    assert_false(print(f, "exhibition_filing-draft.json", "goods_list", &answer));
    assert_int_equal(f->err.first->code, PRINT_NOT_PERMITTED);
    assert_string_equal(f->err.first->rule.file, "config/rules/exhibition_filing.ini");
    assert_true(f->err.first->rule.line > 0);
    assert_true(str_is(f->err.first->at.pointer, "/status"));
    assert_non_null(strstr(f->err.first->zh.p, "暂存"));
    assert_true(f->err.first->en.n > 0);
    assert_int_equal(f->pdf.n, 0);
    assert_int_equal(answer.pages, 7);
}

static void an_output_of_another_kind_is_unknown(void **state)
{
    struct print_answer answer;
    struct fixture *f = *state;

    assert_false(print(f, "disc_import-filed.json", "goods_list", &answer));
    assert_int_equal(f->err.first->code, OUTPUT_UNKNOWN);
    assert_non_null(strstr(f->err.first->hint.p, "import_certificate"));
}

static void the_pages_can_be_had_as_text(void **state)
{
    struct fixture *f = *state;
    struct print_request request = {
        .record = sample(f, "disc_import-filed.json"),
        .output = STR("import_certificate"),
    };
    struct print_answer answer;
    struct buf dump;

    buf_init(&dump, PDF_MOST);
    request.dump = &dump;
    assert_true(print_one(&f->service, f->arena, &request, &answer, &f->pdf, &f->err));
    assert_non_null(strstr(dump.p, "仅供测试"));
    buf_release(&dump);
}

static void a_home_without_data_names_every_missing_file(void **state)
{
    struct fixture *f = *state;
    struct service service;
    struct err err;

    err_init(&err, f->arena);
    assert_false(service_open(f->arena, "/nonexistent", &service, &err));
    assert_true(err.faults >= 3);
    service_close(&service);
}

/* Byte by byte would take long; every step is another place. ASan looks for what is left. */
static void memory_that_ends_costs_the_document_alone(void **state)
{
    struct fixture *f = *state;
    const struct print_request request = {
        .record = sample(f, "exhibition_filing-approved.json"),
        .output = STR("filing_application"),
    };
    struct print_answer answer;
    struct str wanted;
    size_t failed = 0;
    bool made = false;

    assert_true(print_one(&f->service, f->arena, &request, &answer, &f->pdf, &f->err));
    wanted = str_copy(f->arena, buf_view(&f->pdf));
    for (size_t limit = 1 << 12; !made; limit += limit / 12) {
        struct arena *arena = arena_limited(f->arena, limit);
        struct err err;

        err_init(&err, f->arena);
        buf_clear(&f->pdf);
        made = print_one(&f->service, arena, &request, &answer, &f->pdf, &err);
        arena_free(arena);
        failed += !made;
        if (made)
            break;
        assert_int_equal(err.first->code, MEMORY_LIMIT);
        assert_int_equal(f->pdf.n, 0);
    }
    assert_true(failed > 20);
    assert_true(str_eq(buf_view(&f->pdf), wanted));
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(a_permitted_output_becomes_a_pdf),
        CASE(memory_that_ends_costs_the_document_alone),
        CASE(the_same_record_gives_the_same_bytes),
        CASE(a_refusal_names_its_rule_and_leaves_no_bytes),
        CASE(an_output_of_another_kind_is_unknown),
        CASE(the_pages_can_be_had_as_text),
        CASE(a_home_without_data_names_every_missing_file),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
