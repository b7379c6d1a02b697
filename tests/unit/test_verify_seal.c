/* The seal in a file and by itself: who signed it, when and for what; and that no field of it,
 * and none of the record, can be other than it was. */
#include "verify/verify.h"

#include "base/time.h"
#include "deliver/deliver.h"
#include "digest/digest.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { MEMORY = 1 << 30, PDF_MOST = 1 << 26, SUITES = 2, YEAR = 366 * 86400 };

static const char sample_name[] = "disc_import-filed.json";
static const char paper[] = "import_certificate";
static const char day[] = "20240701"; /* between issue and last day */

struct room {
    struct arena *arena, *scratch;
    struct service service;
    const struct keys *shipped;
    struct signer *signers[SUITES]; /* Ed25519 and SM2, official */
    struct key all[SUITES];
    struct keys keys;
    struct err err;
    struct buf pdf;
    const struct record *record;
    struct seal_fields fields; /* of the sample's paper, without suite, key and digest */
};

static const struct record *parse(struct room *room, struct str json)
{
    const struct record *record = NULL;

    assert_true(record_parse(room->scratch, room->service.kinds, sample_name, json, &record,
                             &room->err));
    return record;
}

static const struct output *output_of(const struct record *record)
{
    return kind_output(record->kind, str_from(paper));
}

static int open_room(void **state)
{
    struct room *room = test_calloc(1, sizeof *room);

    room->arena = arena_new(MEMORY, NULL, NULL);
    room->scratch = arena_new(MEMORY, NULL, NULL);
    err_init(&room->err, room->arena);
    buf_init(&room->pdf, PDF_MOST);
    *state = room;
    if (!service_open(room->arena, getenv("DANZHENG_HOME"), &room->service, &room->err))
        return -1;
    room->shipped = room->service.keys;
    room->signers[0] = signer_generate(SUITE_ED25519);
    room->signers[1] = signer_generate(SUITE_SM2);
    return room->signers[0] && room->signers[1] ? 0 : -1;
}

static int close_room(void **state)
{
    struct room *room = *state;

    signer_close(room->signers[0]);
    signer_close(room->signers[1]);
    service_close(&room->service);
    buf_release(&room->pdf);
    arena_free(room->scratch);
    arena_free(room->arena);
    test_free(room);
    return 0;
}

/* Two official keys in their window, and the sample. */
static int begin(void **state)
{
    struct room *room = *state;
    const char *path;
    struct str json;

    arena_reset(room->scratch);
    err_init(&room->err, room->scratch);
    path = arena_printf(room->scratch, "%s/tests/records/%s", getenv("DANZHENG_HOME"),
                        sample_name);
    assert_true(deliver_read(room->scratch, path, RECORD_BYTES_MOST, &json, &room->err));
    room->record = parse(room, json);
    assert_true(seal_compose(room->scratch, room->record, output_of(room->record),
                             &room->fields, &room->err));
    assert_true(time_parse(room->record->received_at, &room->fields.issued));
    room->fields.issued += 3600;
    for (size_t i = 0; i < SUITES; i++) {
        room->all[i] = (struct key){.suite = signer_suite(room->signers[i]),
                                    .spki = signer_spki(room->signers[i]),
                                    .from = room->fields.issued - YEAR,
                                    .until = room->fields.issued + YEAR,
                                    .kinds = 0xFE,
                                    .states = 3,
                                    .status = KEY_ACTIVE,
                                    .name = STR("关")};
        key_id(room->all[i].spki, room->all[i].id);
    }
    room->keys = (struct keys){.number = 1, .all = room->all, .count = SUITES};
    room->service.keys = &room->keys;
    return 0;
}

/* ---- seals and files */

/* Signs whatever the fields say: an entry that allows all. */
static struct str sign(struct room *room, size_t which, struct seal_fields fields)
{
    struct key key = room->all[which];
    uint8_t *bytes = arena_alloc(room->scratch, SEAL_MOST);
    size_t n = 0;

    key.from = 0;
    key.until = UINT32_MAX;
    key.kinds = key.states = UINT32_MAX;
    key.status = KEY_ACTIVE;
    assert_true(seal_sign(room->signers[which], &key, &fields, bytes, &n, &room->err));
    return seal_text(room->scratch, STR("other.example.invalid"),
                     (struct str){(const char *)bytes, n});
}

static struct str seal_of(struct room *room, size_t which)
{
    struct seal_fields fields = room->fields;

    seal_digest(signer_suite(room->signers[which]), room->record->canonical, fields.digest);
    return sign(room, which, fields);
}

/* A file whose page, metadata and attachments all agree with the seal. */
static void print(struct room *room, const struct record *record, struct str seal)
{
    const struct print_request request = {
        .record = record, .output = str_from(paper), .seal_text = seal};
    struct print_answer answer;

    buf_clear(&room->pdf);
    assert_true(
        print_again(&room->service, room->scratch, &request, &answer, &room->pdf, &room->err));
}

static struct verify_report ask(struct room *room, struct verify_request request)
{
    struct verify_report report;

    if (!request.on.p)
        request.on = str_from(day);
    assert_true(verify_paper(&room->service, room->scratch, &request, &report, &room->err));
    return report;
}

static struct verify_report ask_file(struct room *room)
{
    return ask(room, (struct verify_request){.file = buf_view(&room->pdf)});
}

static enum authenticity file_says(struct room *room, const struct record *record,
                                   struct str seal)
{
    print(room, record, seal);
    return ask_file(room).verdict.authenticity;
}

static enum authenticity seal_says(struct room *room, struct str seal)
{
    return ask(room, (struct verify_request){.file = seal}).verdict.authenticity;
}

/* ---- as they were issued */

static void an_official_seal_of_either_suite_makes_a_file_genuine(void **state)
{
    struct room *room = *state;

    for (size_t i = 0; i < SUITES; i++) {
        struct str seal = seal_of(room, i);
        struct verify_report report;

        print(room, room->record, seal);
        report = ask_file(room);
        assert_string_equal(report.verdict.word, "GENUINE");
        assert_int_equal(report.verdict.exit, 0);
        assert_int_equal(report.why_en.n, 0);
        assert_true(str_is(report.last_day, "20241210"));
        assert_string_equal(report.sealed.fields.holder, room->fields.holder);
        assert_ptr_equal(report.sealed.key, &room->all[i]);
        report = ask(room, (struct verify_request){.file = seal});
        assert_string_equal(report.verdict.word, "GENUINE");
        assert_true(report.alone && str_is(report.last_day, "20241210"));
    }
}

static void a_random_signature_still_gives_the_same_bytes(void **state)
{
    struct room *room = *state;
    struct str first = seal_of(room, 1), second = seal_of(room, 1), once;

    assert_false(str_eq(first, second));
    print(room, room->record, first);
    once = str_copy(room->scratch, buf_view(&room->pdf));
    print(room, room->record, first);
    assert_true(str_eq(once, buf_view(&room->pdf)));
    print(room, room->record, second);
    assert_false(str_eq(once, buf_view(&room->pdf)));
    assert_int_equal(ask_file(room).verdict.authenticity, AUTHENTIC_GENUINE);
}

static void a_paper_stands_by_the_days_of_its_seal(void **state)
{
    static const struct {
        const char *on;
        enum standing standing;
        int exit;
    } days[] = {{"20240101", STANDING_CURRENT, 0},
                {"20240701", STANDING_CURRENT, 0},
                {"20241210", STANDING_CURRENT, 0},
                {"20241211", STANDING_EXPIRED, 11},
                {"20991231", STANDING_EXPIRED, 11}};
    struct room *room = *state;
    struct str seal = seal_of(room, 0);

    print(room, room->record, seal);
    for (size_t i = 0; i < COUNT(days); i++) {
        struct verify_request request = {.file = buf_view(&room->pdf),
                                         .on = str_from(days[i].on)};
        struct verify_report file = ask(room, request), alone;

        request.file = seal;
        alone = ask(room, request);
        assert_int_equal(file.verdict.standing, days[i].standing);
        assert_int_equal(file.verdict.exit, days[i].exit);
        assert_int_equal(alone.verdict.standing, days[i].standing);
        assert_int_equal(alone.verdict.exit, days[i].exit);
        assert_int_equal(file.why_en.n > 0, i == 0);
    }
}

/* ---- changed */

static bool never_good(enum authenticity says)
{
    return says != AUTHENTIC_GENUINE && says != AUTHENTIC_TEST && says != AUTHENTIC_SEAL_ONLY &&
           says != AUTHENTIC_DRAFT;
}

static void no_bit_of_a_seal_can_be_another(void **state)
{
    struct room *room = *state;
    struct str seal = seal_of(room, 0), bytes;

    assert_true(seal_text_read(room->scratch, seal, &bytes));
    for (size_t bit = 0; bit < 8 * bytes.n; bit++) {
        struct arena *scratch = room->scratch, *once = arena_like(scratch);
        struct str other = str_copy(scratch, bytes), text;

        ((char *)(uintptr_t)other.p)[bit / 8] ^= (char)(1 << bit % 8);
        text = seal_text(scratch, STR("a.invalid"), other);
        room->scratch = once;
        assert_true(never_good(seal_says(room, text)));
        room->scratch = scratch;
        arena_free(once);
    }
}

/* Signed by an official key, and printed, but not of this record and output. */
static void a_seal_with_a_field_of_another_paper_is_not_genuine(void **state)
{
    struct room *room = *state;
    struct seal_fields bad[12];

    room->all[0].states = UINT32_MAX;
    for (size_t i = 0; i < COUNT(bad); i++) {
        bad[i] = room->fields;
        seal_digest(SUITE_ED25519, room->record->canonical, bad[i].digest);
    }
    bad[0].kind = 5;
    bad[1].state = SEAL_CHANGED;
    bad[2].version++;
    bad[3].last_day++;
    bad[4].customs = 1;
    bad[5].digest[31] ^= 1;
    bad[6].number.n--;
    bad[7].holder[0] = '0';
    bad[8].lines = 3;
    bad[9].pages = 1;
    bad[10].from_day = bad[10].to_day = 1;
    bad[11].others[0] = (struct seal_other){17, STR("x")};
    bad[11].other_count = 1;
    for (size_t i = 0; i < COUNT(bad); i++) {
        struct verify_report report;

        print(room, room->record, sign(room, 0, bad[i]));
        report = ask_file(room);
        assert_int_equal(report.verdict.authenticity, AUTHENTIC_NOT_GENUINE);
        assert_non_null(strstr(report.why_en.p, "another record, or of another paper"));
    }
}

/* The record's own members, one by one, with the seal that it had. */
static void no_member_of_a_record_can_be_another(void **state)
{
    struct room *room = *state;
    struct str seal = seal_of(room, 0), was = room->record->canonical;
    size_t tried = 0;

    for (size_t at = 0; at + 3 < was.n; at++) {
        const struct record *other = NULL;
        struct str json = str_copy(room->scratch, was);
        char *c = (char *)(uintptr_t)json.p + at;
        struct err unused;

        /* the last character of every string: a letter or digit before its quote */
        if (c[1] != '"' || !((c[0] >= '0' && c[0] <= '9') || (c[0] >= 'A' && c[0] <= 'Z')))
            continue;
        *c = *c == '1' ? '2' : '1';
        err_init(&unused, room->scratch);
        if (!record_parse(room->scratch, room->service.kinds, "x", json, &other, &unused))
            continue;
        assert_int_equal(file_says(room, other, seal), AUTHENTIC_NOT_GENUINE);
        tried++;
    }
    assert_true(tried > 10);
    assert_int_equal(file_says(room, room->record, seal), AUTHENTIC_GENUINE);
}

static void a_seal_that_was_changed_in_the_file_is_not_genuine(void **state)
{
    struct room *room = *state;
    struct str seal = seal_of(room, 0), bytes;

    assert_true(seal_text_read(room->scratch, seal, &bytes));
    for (size_t at = 5; at < bytes.n; at += 7) {
        struct str other = str_copy(room->scratch, bytes);
        struct seal_fields fields;

        ((char *)(uintptr_t)other.p)[at] ^= 1;
        if (seal_parse(other, &fields) != SEAL_GOOD)
            continue;
        assert_int_equal(
            file_says(room, room->record, seal_text(room->scratch, STR("a.invalid"), other)),
            AUTHENTIC_NOT_GENUINE);
    }
}

/* ---- keys */

static void assert_both(struct room *room, struct str seal, enum authenticity wanted,
                        const char *why)
{
    struct verify_report report;

    assert_int_equal(file_says(room, room->record, seal), wanted);
    report = ask_file(room);
    if (why)
        assert_non_null(strstr(report.why_en.p, why));
    assert_int_equal(seal_says(room, seal), wanted);
}

static void an_unknown_key_is_said_to_be_unknown(void **state)
{
    struct room *room = *state;
    struct str seal = seal_of(room, 0);

    room->service.keys = room->shipped;
    assert_both(room, seal, AUTHENTIC_UNKNOWN_KEY, "not in the list");
    /* but a page that is another is not genuine, whoever sealed it */
    print(room, room->record, seal);
    buf_byte(&room->pdf, '\n');
    assert_int_equal(ask_file(room).verdict.authenticity, AUTHENTIC_NOT_GENUINE);
}

static void a_key_outside_its_window_seals_nothing(void **state)
{
    struct room *room = *state;
    struct str seal = seal_of(room, 0);

    room->all[0].from = room->fields.issued;
    room->all[0].until = room->fields.issued;
    assert_both(room, seal, AUTHENTIC_GENUINE, NULL);
    room->all[0].from++;
    room->all[0].until++;
    assert_both(room, seal, AUTHENTIC_NOT_GENUINE, "outside its key's window");
    room->all[0].from = 0;
    room->all[0].until = room->fields.issued - 1;
    assert_both(room, seal, AUTHENTIC_NOT_GENUINE, "outside its key's window");
}

static void a_key_that_leaked_seals_nothing_from_then_on(void **state)
{
    struct room *room = *state;
    struct str seal = seal_of(room, 1);

    room->all[1].status = KEY_RETIRED;
    assert_both(room, seal, AUTHENTIC_GENUINE, NULL);
    room->all[1].status = KEY_COMPROMISED;
    room->all[1].since = room->fields.issued;
    assert_both(room, seal, AUTHENTIC_NOT_GENUINE, "after its key had leaked");
    room->all[1].since++;
    assert_both(room, seal, AUTHENTIC_UNKNOWN_KEY, "only a log that knows the seal");
}

static void a_key_seals_only_the_papers_it_may(void **state)
{
    struct room *room = *state;
    struct str seal = seal_of(room, 0);

    room->all[0].kinds = 1u << 1;
    assert_both(room, seal, AUTHENTIC_NOT_GENUINE, "may not seal this kind");
    room->all[0].kinds = 0xFE;
    room->all[0].states = 1;
    assert_both(room, seal, AUTHENTIC_NOT_GENUINE, "may not seal this kind");
    room->all[0].states = 3;
    room->all[0].status = KEY_TEST;
    assert_int_equal(seal_says(room, seal), AUTHENTIC_TEST);
}

static void a_key_of_the_other_suite_is_no_signer(void **state)
{
    struct room *room = *state;
    struct str seal = seal_of(room, 0);

    room->all[0].suite = SUITE_SM2;
    assert_int_equal(seal_says(room, seal), AUTHENTIC_NOT_GENUINE);
}

static void a_newer_format_is_said_to_be_newer(void **state)
{
    struct room *room = *state;
    struct str bytes, other;

    assert_true(seal_text_read(room->scratch, seal_of(room, 0), &bytes));
    other = str_copy(room->scratch, bytes);
    ((char *)(uintptr_t)other.p)[0] = 0x21;
    other = seal_text(room->scratch, STR("a.invalid"), other);
    assert_int_equal(seal_says(room, other), AUTHENTIC_NEWER_FORMAT);
    assert_int_equal(ask(room, (struct verify_request){.file = other}).verdict.exit, 23);
}

static void a_check_sheet_is_a_draft_under_any_key(void **state)
{
    struct room *room = *state;
    struct seal_fields fields = room->fields;

    fields.kind = 1;
    fields.state = SEAL_DRAFT;
    assert_int_equal(seal_says(room, sign(room, 0, fields)), AUTHENTIC_DRAFT);
    fields.kind = 7;
    assert_int_equal(seal_says(room, sign(room, 0, fields)), AUTHENTIC_DRAFT);
}

static void a_text_that_is_no_seal_is_not_genuine(void **state)
{
    static const char *const texts[] = {
        "https://a.invalid/", "http://a.invalid/s/AAAA", "https://a.invalid/s/",
        "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"};
    struct room *room = *state;

    for (size_t i = 0; i < COUNT(texts); i++)
        assert_int_equal(seal_says(room, str_from(texts[i])), AUTHENTIC_NOT_GENUINE);
}

/* ---- beside a record, and a status list */

static void a_seal_is_held_against_a_record_by_its_digest(void **state)
{
    struct room *room = *state;
    struct str json = str_copy(room->scratch, room->record->canonical);
    char *status = strstr(json.p, "海关接收成功");
    const struct record *other;

    assert_non_null(status);
    memcpy(status, "海关接收失败", strlen("海关接收失败"));
    other = parse(room, json);
    for (size_t i = 0; i < SUITES; i++) {
        struct verify_request request = {.file = seal_of(room, i), .record = room->record};
        struct verify_report report = ask(room, request);

        assert_int_equal(report.verdict.authenticity, AUTHENTIC_GENUINE);
        assert_int_equal(report.differences.count, 0);
        request.record = other;
        report = ask(room, request);
        assert_int_equal(report.verdict.authenticity, AUTHENTIC_RECORD_DIFFERS);
        assert_int_equal(report.verdict.exit, 21);
        assert_int_equal(report.differences.count, 1);
        assert_true(str_is(report.differences.kept[0].pointer, i ? "(SM3)" : "(SHA-256)"));
    }
}

/* The list that speaks of the sample's paper; signed by an official key or the test key. */
static const struct status_list *list(struct room *room, int version, enum paper_status status,
                                      struct signer *signer)
{
    const struct status_paper papers[] = {
        {room->fields.number, room->fields.kind, version, status},
        {STR("ZZ"), 2, 1, PAPER_WITHDRAWN},
        {room->fields.number, 6, room->fields.version, PAPER_WITHDRAWN}};
    const struct status_list *out = NULL;
    struct str bytes;

    assert_true(status_write(room->scratch, papers, COUNT(papers), room->fields.issued, signer,
                             &bytes, &room->err));
    assert_true(status_parse(room->scratch, "list", bytes, &room->keys, &out, &room->err));
    return out;
}

static void a_status_list_tells_who_holds_no_longer(void **state)
{
    struct room *room = *state;
    struct verify_request request = {.file = seal_of(room, 0)};
    int version = room->fields.version;

    request.status = list(room, version, PAPER_SUPERSEDED, room->signers[1]);
    assert_int_equal(ask(room, request).verdict.exit, 12);
    request.status = list(room, version, PAPER_WITHDRAWN, room->signers[0]);
    assert_int_equal(ask(room, request).verdict.exit, 13);
    request.on = STR("20991231"); /* graver than being over */
    assert_int_equal(ask(room, request).verdict.exit, 13);
    request.on = str_from(day);
    request.status = list(room, version + 1, PAPER_WITHDRAWN, room->signers[0]);
    assert_int_equal(ask(room, request).verdict.exit, 0);
    print(room, room->record, request.file);
    request.file = buf_view(&room->pdf);
    request.status = list(room, version, PAPER_SUPERSEDED, room->signers[1]);
    assert_string_equal(ask(room, request).verdict.standing_word, "SUPERSEDED");
}

static void a_status_list_for_tests_says_nothing_of_official_papers(void **state)
{
    struct room *room = *state;
    struct verify_request request = {.file = seal_of(room, 0), .on = str_from(day)};
    struct verify_report report;

    room->all[1].status = KEY_TEST;
    request.status = list(room, 9, PAPER_WITHDRAWN, room->signers[1]);
    assert_false(verify_paper(&room->service, room->scratch, &request, &report, &room->err));
    assert_int_equal(room->err.first->code, STATUS_LIST_FAULT);
    request.file = seal_of(room, 1);
    err_init(&room->err, room->scratch);
    assert_int_equal(ask(room, request).verdict.exit, 10);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(an_official_seal_of_either_suite_makes_a_file_genuine, begin),
        cmocka_unit_test_setup(a_random_signature_still_gives_the_same_bytes, begin),
        cmocka_unit_test_setup(a_paper_stands_by_the_days_of_its_seal, begin),
        cmocka_unit_test_setup(no_bit_of_a_seal_can_be_another, begin),
        cmocka_unit_test_setup(a_seal_with_a_field_of_another_paper_is_not_genuine, begin),
        cmocka_unit_test_setup(no_member_of_a_record_can_be_another, begin),
        cmocka_unit_test_setup(a_seal_that_was_changed_in_the_file_is_not_genuine, begin),
        cmocka_unit_test_setup(an_unknown_key_is_said_to_be_unknown, begin),
        cmocka_unit_test_setup(a_key_outside_its_window_seals_nothing, begin),
        cmocka_unit_test_setup(a_key_that_leaked_seals_nothing_from_then_on, begin),
        cmocka_unit_test_setup(a_key_seals_only_the_papers_it_may, begin),
        cmocka_unit_test_setup(a_key_of_the_other_suite_is_no_signer, begin),
        cmocka_unit_test_setup(a_newer_format_is_said_to_be_newer, begin),
        cmocka_unit_test_setup(a_check_sheet_is_a_draft_under_any_key, begin),
        cmocka_unit_test_setup(a_text_that_is_no_seal_is_not_genuine, begin),
        cmocka_unit_test_setup(a_seal_is_held_against_a_record_by_its_digest, begin),
        cmocka_unit_test_setup(a_status_list_tells_who_holds_no_longer, begin),
        cmocka_unit_test_setup(a_status_list_for_tests_says_nothing_of_official_papers, begin),
    };
    return cmocka_run_group_tests(tests, open_room, close_room);
}
