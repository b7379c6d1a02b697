/* Is a paper genuine: every sample verifies, and no byte of a file can be other than it was. */
#include "verify/verify.h"

#include "deliver/deliver.h"
#include "pdfread/pdfread.h"

#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* Sanitizers make every child dear. */
#ifdef __SANITIZE_ADDRESS__
enum { FLIP_STEP = 9973 };
#else
enum { FLIP_STEP = 997 };
#endif
enum { MEMORY = 1 << 30, PDF_MOST = 1 << 26 };

struct room {
    struct arena *arena, *scratch;
    struct service service;
    struct err err;
    struct buf pdf;
};

static int open_room(void **state)
{
    struct room *room = test_calloc(1, sizeof *room);

    room->arena = arena_new(MEMORY, NULL, NULL);
    room->scratch = arena_new(MEMORY, NULL, NULL);
    err_init(&room->err, room->arena);
    buf_init(&room->pdf, PDF_MOST);
    *state = room;
    return service_open(room->arena, getenv("DANZHENG_HOME"), &room->service, &room->err) ? 0
                                                                                          : -1;
}

static int close_room(void **state)
{
    struct room *room = *state;

    service_close(&room->service);
    buf_release(&room->pdf);
    arena_free(room->scratch);
    arena_free(room->arena);
    test_free(room);
    return 0;
}

static int begin(void **state)
{
    struct room *room = *state;

    arena_reset(room->scratch);
    err_init(&room->err, room->scratch);
    buf_clear(&room->pdf);
    return 0;
}

/* The sample, with one text replaced where from is given. */
static const struct record *sample(struct room *room, const char *name, const char *from,
                                   const char *to)
{
    const char *path =
        arena_printf(room->scratch, "%s/tests/records/%s", getenv("DANZHENG_HOME"), name);
    const struct record *record = NULL;
    struct str json;

    assert_true(deliver_read(room->scratch, path, RECORD_BYTES_MOST, &json, &room->err));
    if (from) {
        const char *at = strstr(json.p, from);

        assert_non_null(at);
        json = str_printf(room->scratch, "%.*s%s%s", (int)(at - json.p), json.p, to,
                          at + strlen(from));
    }
    assert_true(
        record_parse(room->scratch, room->service.kinds, name, json, &record, &room->err));
    return record;
}

/* In room->pdf. */
static void print(struct room *room, const struct print_request *request)
{
    struct print_answer answer;

    buf_clear(&room->pdf);
    assert_true(
        print_again(&room->service, room->scratch, request, &answer, &room->pdf, &room->err));
}

static void print_sample(struct room *room, const char *name, const char *output)
{
    const struct print_request request = {.record = sample(room, name, NULL, NULL),
                                          .output = str_from(output)};

    print(room, &request);
}

static struct verify_report verify(struct room *room, const struct record *record,
                                   const char *on)
{
    const struct verify_request request = {
        .file = buf_view(&room->pdf), .record = record, .on = str_from(on)};
    struct verify_report report;

    assert_true(verify_paper(&room->service, room->scratch, &request, &report, &room->err));
    return report;
}

static enum authenticity verdict(struct room *room)
{
    return verify(room, NULL, "20240101").verdict.authenticity;
}

static void assert_text(struct str text, const char *wanted)
{
    assert_int_equal(text.n, strlen(wanted));
    assert_memory_equal(text.p ? text.p : "", wanted, text.n);
}

/* ---- files as they were made */

static void check_sample(struct room *room, const char *name)
{
    const struct record *record = sample(room, name, NULL, NULL);
    const struct kind *kind = record->kind;

    for (size_t i = 0; i < 4 * kind->output_count; i++) {
        struct print_request request = {.record = record,
                                        .output = kind->outputs[i / 4].id,
                                        .profile = i & 1 ? PDF_A1B : PDF_A3U,
                                        .printed_at = i & 2 ? STR("2024-08-15T09:00:00.5+08:00")
                                                            : STR_NONE};
        struct verify_report report;

        print(room, &request);
        report = verify(room, i & 1 ? record : NULL, "20991231");
        assert_int_equal(report.verdict.authenticity,
                         kind->outputs[i / 4].formal ? AUTHENTIC_TEST : AUTHENTIC_DRAFT);
        assert_int_equal(report.why_en.n, 0);
        assert_ptr_equal(report.output, &kind->outputs[i / 4]);
        assert_text(report.printed_at, i & 2 ? "2024-08-15T09:00:00.5+08:00" : "");
    }
}

static void every_sample_verifies(void **state)
{
    struct room *room = *state;
    const char *path = arena_printf(room->arena, "%s/tests/records", getenv("DANZHENG_HOME"));
    DIR *open = opendir(path);
    const struct dirent *entry;
    size_t count = 0;

    assert_non_null(open);
    while ((entry = readdir(open))) {
        if (!str_ends(str_from(entry->d_name), STR(".json")))
            continue;
        begin(state);
        check_sample(room, entry->d_name);
        count++;
    }
    closedir(open);
    assert_true(count >= 7);
}

static void a_paper_that_the_rules_refuse_today_is_still_compared(void **state)
{
    struct room *room = *state;
    const struct record *record =
        sample(room, "disc_import-filed.json", "\"status\": \"", "\"status\": \"x");
    const struct print_request request = {.record = record,
                                          .output = STR("import_certificate")};
    struct verify_report report;

    print(room, &request);
    report = verify(room, NULL, "20240101");
    assert_int_equal(report.verdict.authenticity, AUTHENTIC_TEST);
    assert_false(report.permitted);
    assert_int_equal(report.today.first->code, STATUS_UNKNOWN);
    print_sample(room, "disc_import-filed.json", "import_certificate");
    assert_true(verify(room, NULL, "20240101").permitted);
}

static void a_paper_holds_until_its_last_day(void **state)
{
    struct room *room = *state;
    struct verify_report report;

    print_sample(room, "disc_import-filed.json", "import_certificate");
    report = verify(room, NULL, "20241210");
    assert_int_equal(report.verdict.standing, STANDING_CURRENT);
    assert_text(report.last_day, "20241210");
    report = verify(room, NULL, "20241211");
    assert_int_equal(report.verdict.standing, STANDING_EXPIRED);
    assert_int_equal(report.verdict.exit, 10);
    print_sample(room, "exhibition_filing-approved.json", "goods_list");
    report = verify(room, NULL, "20991231");
    assert_int_equal(report.verdict.standing, STANDING_CURRENT);
    assert_int_equal(report.last_day.n, 0);
}

/* ---- files that were changed */

static void flip_everywhere(struct room *room)
{
    const struct verify_request request = {.file = buf_view(&room->pdf), .on = STR("20240101")};
    struct arena *once = arena_like(room->scratch);
    size_t refused = 0, count = 0;

    for (size_t at = 0; at < room->pdf.n; at += FLIP_STEP, count++) {
        char was = room->pdf.p[at];
        struct verify_report report;
        struct err err;

        err_init(&err, once);
        room->pdf.p[at] = (char)(was ^ (1 << count % 8));
        if (!verify_paper(&room->service, once, &request, &report, &err)) {
            assert_int_equal(err.first->code, FILE_UNKNOWN);
            refused++;
        } else if (report.verdict.authenticity != AUTHENTIC_NOT_GENUINE) {
            fail_msg("byte %zu flipped: %s", at, report.verdict.word);
        }
        room->pdf.p[at] = was;
        arena_reset(once);
    }
    arena_free(once);
    assert_int_equal(refused, 1);
    assert_true(count > 3);
}

static void a_flipped_byte_is_never_genuine(void **state)
{
    static const char *const papers[][2] = {
        {"disc_import-filed.json", "import_certificate"},
        {"exhibition_filing-approved.json", "check_sheet"},
        {"exhibition_filing-goods-50.json", "goods_list"},
        {"temporary_confirmation-approved.json", "confirmation"},
    };
    struct room *room = *state;

    for (size_t i = 0; i < COUNT(papers); i++) {
        begin(state);
        print_sample(room, papers[i][0], papers[i][1]);
        flip_everywhere(room);
        assert_int_not_equal(verdict(room), AUTHENTIC_NOT_GENUINE);
    }
}

/* Where the text begins in the file. */
static char *find(struct room *room, const char *text)
{
    size_t n = strlen(text), at = 0;

    while (at + n < room->pdf.n && memcmp(room->pdf.p + at, text, n) != 0)
        at++;
    assert_true(at + n < room->pdf.n);
    return room->pdf.p + at;
}

/* The metadata of a 1b file stand plain: here a flip may change what is asked for. */
static void the_metadata_of_a_twin_cannot_be_changed_either(void **state)
{
    struct room *room = *state;
    const struct record *record = sample(room, "disc_import-filed.json", NULL, NULL);
    const struct print_request request = {.record = record,
                                          .output = STR("import_certificate"),
                                          .profile = PDF_A1B,
                                          .printed_at = STR("2024-08-15T09:00:00+08:00")};
    char *packet;
    size_t length;

    print(room, &request);
    packet = find(room, "<render:output>");
    length = (size_t)(strstr(packet, "</rdf:Description>") - packet);
    for (size_t i = 0; i < length; i += 3) {
        packet[i] ^= 1;
        assert_int_equal(verify(room, record, "20240101").verdict.authenticity,
                         AUTHENTIC_NOT_GENUINE);
        packet[i] ^= 1;
    }
    assert_int_equal(verify(room, record, "20240101").verdict.authenticity, AUTHENTIC_TEST);
}

static void what_is_appended_or_cut_is_not_genuine(void **state)
{
    struct room *room = *state;
    struct str whole;

    print_sample(room, "exhibition_filing-approved.json", "goods_list");
    whole = buf_view(&room->pdf);
    buf_byte(&room->pdf, '\n');
    assert_int_equal(verdict(room), AUTHENTIC_NOT_GENUINE);
    room->pdf.n = whole.n - 1;
    assert_int_equal(verdict(room), AUTHENTIC_NOT_GENUINE);
    room->pdf.n = whole.n / 2;
    assert_int_equal(verdict(room), AUTHENTIC_NOT_GENUINE);
    room->pdf.n = whole.n;
    room->pdf.p[whole.n] = '\0';
    buf_text(&room->pdf, "1 0 obj\n<<>>\nendobj\nstartxref\n9\n%%EOF\n");
    assert_int_equal(verdict(room), AUTHENTIC_NOT_GENUINE);
    assert_non_null(strstr(verify(room, NULL, "20240101").why_en.p, "2 revisions"));
}

/* ---- files of others */

/* A page of nothing, with what a forger or another release says of it. */
static void forge(struct room *room, const struct pdf_info *info)
{
    struct page page;
    struct pdf *pdf;

    buf_clear(&room->pdf);
    page_init(&page, room->scratch, 595276, 841890);
    pdf = pdf_open(room->scratch, room->service.pdf, room->service.fonts, info, &room->pdf);
    pdf_page(pdf, &page);
    assert_true(pdf_close(pdf, NULL, &room->err));
}

/* files: room for two, the record and its seal. */
static struct pdf_info forged(struct room *room, struct pdf_file *files)
{
    const struct record *record = sample(room, "disc_import-filed.json", NULL, NULL);
    const struct layout *layout;
    const struct seal_ask ask = {record, kind_output(record->kind, STR("import_certificate")),
                                 STR("a.invalid")};
    struct seal seal;

    assert_true(seal_issue(room->service.issuer, room->scratch, &ask, &seal, &room->err));
    assert_true(layout_pick(room->service.layouts, record->kind,
                            kind_output(record->kind, STR("import_certificate")),
                            record->received_at, &layout, &room->err));
    files[0] = (struct pdf_file){.name = STR("record.json"),
                                 .type = STR("application/json"),
                                 .about = STR("x"),
                                 .relation = "Source",
                                 .bytes = record->canonical};
    files[1] = (struct pdf_file){.name = STR("seal.txt"),
                                 .type = STR("text/plain"),
                                 .about = STR("x"),
                                 .relation = "Supplement",
                                 .bytes = seal.text};
    return (struct pdf_info){.pages = 1,
                             .title = STR("x"),
                             .created = record->received_at,
                             .output = STR("import_certificate"),
                             .layout = layout->digest,
                             .release = STR(RELEASE),
                             .dpi = PRINT_DPI,
                             .files = files,
                             .file_count = 2};
}

static struct verify_report verify_forged(struct room *room, const struct pdf_info *info)
{
    forge(room, info);
    return verify(room, NULL, "20240101");
}

static void another_page_with_the_right_record_is_not_genuine(void **state)
{
    struct room *room = *state;
    struct pdf_file files[2];
    struct pdf_info info = forged(room, files);
    struct verify_report report = verify_forged(room, &info);

    assert_int_equal(report.verdict.authenticity, AUTHENTIC_NOT_GENUINE);
    assert_non_null(strstr(report.why_en.p, "from byte"));
}

static void what_cannot_be_made_again_is_not_genuine(void **state)
{
    struct room *room = *state;
    struct pdf_file files[2];
    const struct pdf_info sound = forged(room, files);
    struct pdf_info bad[] = {sound, sound, sound, sound, sound, sound, sound, sound};

    bad[0].output = STR("goods_list");
    bad[1].layout = STR("00ff");
    bad[2].printed_at = STR("yesterday");
    bad[3].copy = STR("副本 x");
    bad[4].dpi = 7;
    bad[5].file_count = 0;
    bad[6].release = STR_NONE;
    bad[7].output = STR_NONE;
    for (size_t i = 0; i < COUNT(bad); i++) {
        struct verify_report report = verify_forged(room, &bad[i]);

        assert_int_equal(report.verdict.authenticity, AUTHENTIC_NOT_GENUINE);
        assert_true(report.why_zh.n > 0 && report.why_en.n > 0);
        assert_null(strstr(report.why_en.p, "from byte"));
    }
}

static void an_attachment_that_is_no_record_is_not_genuine(void **state)
{
    static const char *const texts[] = {"",         "{",
                                        "[]",       "{\"schema\":\"danzheng-record/1\"}",
                                        "\x1B[31m", "{\"kind\":\"disc_import\"}"};
    struct room *room = *state;
    struct pdf_file files[2];
    struct pdf_info info = forged(room, files);

    for (size_t i = 0; i < COUNT(texts); i++) {
        files[0].bytes = str_from(texts[i]);
        assert_int_equal(verify_forged(room, &info).verdict.authenticity,
                         AUTHENTIC_NOT_GENUINE);
    }
}

static void another_release_leaves_the_seal_alone(void **state)
{
    struct room *room = *state;
    struct pdf_file files[2];
    struct pdf_info info = forged(room, files);
    struct verify_report report;

    info.release = STR("0.0.9");
    info.dpi = 203;
    report = verify_forged(room, &info);
    assert_int_equal(report.verdict.authenticity, AUTHENTIC_SEAL_ONLY);
    assert_int_equal(report.verdict.exit, 14);
    assert_non_null(strstr(report.why_en.p, "0.0.9"));
    info.output = STR("check_sheet");
    assert_int_equal(verify_forged(room, &info).verdict.exit, 14);
    buf_text(&room->pdf, "\n");
    assert_int_equal(verdict(room), AUTHENTIC_NOT_GENUINE);
}

static void a_file_that_is_no_pdf_has_no_verdict(void **state)
{
    struct room *room = *state;
    const struct verify_request request = {.file = STR("PK\3\4"), .on = STR("20240101")};
    struct verify_report report;

    assert_false(verify_paper(&room->service, room->scratch, &request, &report, &room->err));
    assert_int_equal(room->err.first->code, FILE_UNKNOWN);
}

/* ---- compared with a record */

static void the_fields_that_differ_are_named(void **state)
{
    struct room *room = *state;
    const struct record *other =
        sample(room, "disc_import-filed.json", "\"version\": ", "\"version\": 9");
    struct verify_report report;

    print_sample(room, "disc_import-filed.json", "import_certificate");
    report = verify(room, other, "20240101");
    assert_int_equal(report.verdict.authenticity, AUTHENTIC_RECORD_DIFFERS);
    assert_int_equal(report.verdict.exit, 21);
    assert_int_equal(report.differences.count, 1);
    assert_text(report.differences.kept[0].pointer, "/version");
    report = verify(room, sample(room, "disc_import-filed.json", NULL, NULL), "20240101");
    assert_int_equal(report.verdict.authenticity, AUTHENTIC_TEST);
    assert_int_equal(report.differences.count, 0);
}

static void a_changed_file_still_has_its_differences_named(void **state)
{
    struct room *room = *state;
    const struct record *other =
        sample(room, "disc_import-filed.json", "\"version\": ", "\"version\": 9");
    struct verify_report report;

    print_sample(room, "disc_import-filed.json", "import_certificate");
    buf_byte(&room->pdf, ' ');
    report = verify(room, other, "20240101");
    assert_int_equal(report.verdict.authenticity, AUTHENTIC_NOT_GENUINE);
    assert_int_equal(report.differences.count, 1);
}

static void a_twin_needs_its_record(void **state)
{
    struct room *room = *state;
    const struct record *record = sample(room, "disc_import-filed.json", NULL, NULL);
    const struct print_request request = {
        .record = record, .output = STR("import_certificate"), .profile = PDF_A1B};
    struct verify_request ask = {.on = STR("20240101")};
    struct verify_report report;

    print(room, &request);
    ask.file = buf_view(&room->pdf);
    assert_false(verify_paper(&room->service, room->scratch, &ask, &report, &room->err));
    assert_int_equal(room->err.first->code, USAGE);
    report =
        verify(room, sample(room, "disc_import-filed.json", "\"version\": ", "\"version\": 9"),
               "20240101");
    assert_int_equal(report.verdict.authenticity, AUTHENTIC_NOT_GENUINE);
    assert_non_null(strstr(report.why_en.p, "another record"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(every_sample_verifies, begin),
        cmocka_unit_test_setup(a_paper_that_the_rules_refuse_today_is_still_compared, begin),
        cmocka_unit_test_setup(a_paper_holds_until_its_last_day, begin),
        cmocka_unit_test_setup(a_flipped_byte_is_never_genuine, begin),
        cmocka_unit_test_setup(the_metadata_of_a_twin_cannot_be_changed_either, begin),
        cmocka_unit_test_setup(what_is_appended_or_cut_is_not_genuine, begin),
        cmocka_unit_test_setup(another_page_with_the_right_record_is_not_genuine, begin),
        cmocka_unit_test_setup(what_cannot_be_made_again_is_not_genuine, begin),
        cmocka_unit_test_setup(an_attachment_that_is_no_record_is_not_genuine, begin),
        cmocka_unit_test_setup(another_release_leaves_the_seal_alone, begin),
        cmocka_unit_test_setup(a_file_that_is_no_pdf_has_no_verdict, begin),
        cmocka_unit_test_setup(the_fields_that_differ_are_named, begin),
        cmocka_unit_test_setup(a_changed_file_still_has_its_differences_named, begin),
        cmocka_unit_test_setup(a_twin_needs_its_record, begin),
    };
    return cmocka_run_group_tests(tests, open_room, close_room);
}
