/* A seal's bytes, text and codes: the published vector, byte for byte; and whatever is changed
 * in it makes it worthless. */
#include "digest/digest.h"
#include "seal/issue.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* Issued 2026-03-05 10:00 +08:00 for a record of its own form, by the key of RFC 8032, 7.1,
 * test 1. */
static const char golden_record[] =
    "{\"kind\":\"exhibition-filing\",\"no\":\"220020260000123456\",\"rev\":2}\n";
static const char golden_hex[] =
    "1106e3fd8f0301000269a8e3a009c00898de52d9c90aea5b6a3a83f0dda5e3f79886b0d1803f7e1c767e9fdb32"
    "cfeb46cf123232303032303236303030303132333435360105310123456702020089030408d408d9d707a27700"
    "b27ade6f6453a7caf6be19335e3cec91e8b37aaf9452170b12c54c050feea46e5af33f3e82b224d696a50abfea"
    "8fcadea63da77c5da1af4bcfe600";

static const char record_text[] =
    "{\"schema\":\"danzheng-record/1\",\"kind\":\"exhibition_filing\",\"version\":3,"
    "\"status\":\"approved\",\"owner\":\"91110105MAFAKE019T\","
    "\"received_at\":\"2024-08-14T15:22:41+08:00\",\"data\":{"
    "\"exhibition_pre_entry_no\":\"Z2024-7\",\"exhibition_customs_no\":\"ZL1\","
    "\"master_customs\":\"0110\",\"filing_customs\":{\"code\":\"0103\",\"name\":\"京关展览\"},"
    "\"agent_code\":\"1105980001\",\"goods\":[{\"seq\":1},{\"seq\":2}]}}";

struct world {
    struct arena *arena;
    const char *home;
    const struct kinds *kinds;
    const struct keys *keys;
    const struct record *record;
    struct issuer *issuer;
    struct err err;
};

static int open_world(void **state)
{
    struct world *world = test_calloc(1, sizeof *world);

    world->arena = arena_new(64 << 20, NULL, NULL);
    world->home = getenv("DANZHENG_HOME");
    err_init(&world->err, world->arena);
    *state = world;
    if (kinds_load(world->arena, world->home, &world->kinds, &world->err) &&
        keys_load(world->arena, world->home, &world->keys, &world->err) &&
        record_parse(world->arena, world->kinds, "text", str_from(record_text), &world->record,
                     &world->err) &&
        issuer_open(world->keys, NULL, &world->issuer, &world->err))
        return 0;
    print_error("%.*s\n", STR_ARG(world->err.first->en));
    return -1;
}

static int close_world(void **state)
{
    struct world *world = *state;

    issuer_close(world->issuer);
    arena_free(world->arena);
    test_free(world);
    return 0;
}

static struct str from_hex(struct arena *arena, const char *hex)
{
    size_t n = strlen(hex) / 2;
    char *bytes = arena_alloc(arena, n + 1);

    for (size_t i = 0; i < n; i++) {
        char pair[3] = {hex[2 * i], hex[2 * i + 1], '\0'};

        bytes[i] = (char)strtol(pair, NULL, 16);
    }
    return (struct str){bytes, n};
}

static struct seal issue(struct world *world, const char *output)
{
    const struct seal_ask ask = {world->record,
                                 kind_output(world->record->kind, str_from(output)),
                                 STR("verify.example.invalid")};
    struct seal seal;

    err_init(&world->err, world->arena);
    assert_true(seal_issue(world->issuer, world->arena, &ask, &seal, &world->err));
    return seal;
}

/* ---- the published vector */

static void the_golden_vector_is_read_as_published(void **state)
{
    struct world *world = *state;
    struct str bytes = from_hex(world->arena, golden_hex);
    struct seal_fields fields;
    const struct key *key;
    uint8_t digest[32];

    assert_int_equal(bytes.n, 149);
    assert_int_equal(seal_check(world->keys, bytes, &fields, &key), SEAL_TEST);
    assert_int_equal(fields.suite, SUITE_ED25519);
    assert_int_equal(fields.kind, 3);
    assert_int_equal(fields.state, SEAL_APPROVED);
    assert_int_equal(fields.version, 2);
    assert_int_equal(fields.issued, 1772676000);
    assert_string_equal(arena_text(world->arena, fields.number.p, fields.number.n),
                        "220020260000123456");
    assert_int_equal(fields.customs, 2200);
    assert_string_equal(fields.holder, "3101234567");
    assert_int_equal(fields.lines, 137);
    assert_int_equal(fields.from_day, 2260);
    assert_int_equal(fields.to_day, 2265);
    assert_int_equal(fields.pages, -1);
    assert_int_equal(fields.other_count, 0);
    seal_digest(fields.suite, str_from(golden_record), digest);
    assert_memory_equal(fields.digest, digest, 32);
}

static void the_golden_vector_is_written_as_published(void **state)
{
    struct world *world = *state;
    struct str bytes = from_hex(world->arena, golden_hex);
    struct signer *signer = signer_published(1);
    struct seal_fields fields;
    const struct key *key;
    uint8_t made[SEAL_MOST];
    size_t n;

    assert_int_equal(seal_check(world->keys, bytes, &fields, &key), SEAL_TEST);
    assert_true(seal_sign(signer, key, &fields, made, &n, &world->err));
    assert_int_equal(n, bytes.n);
    assert_memory_equal(made, bytes.p, n);
    signer_close(signer);
}

static void a_seal_with_any_bit_changed_is_never_good(void **state)
{
    struct world *world = *state;
    struct str bytes = from_hex(world->arena, golden_hex);

    for (size_t i = 0; i < bytes.n; i++) {
        for (int bit = 0; bit < 8; bit++) {
            struct str other = str_copy(world->arena, bytes);
            struct seal_fields fields;
            enum seal_result result;
            const struct key *key;

            ((char *)(uintptr_t)other.p)[i] ^= (char)(1 << bit);
            result = seal_check(world->keys, other, &fields, &key);
            assert_true(result == SEAL_FORGED || result == SEAL_UNKNOWN_KEY ||
                        result == SEAL_NEWER);
            assert_null(key);
        }
    }
}

static void a_seal_cut_or_longer_is_forged(void **state)
{
    struct world *world = *state;
    struct str bytes = from_hex(world->arena, golden_hex);
    char longer[200] = "";
    struct seal_fields fields;
    const struct key *key;

    for (size_t n = 0; n < bytes.n; n++)
        assert_int_equal(seal_check(world->keys, (struct str){bytes.p, n}, &fields, &key),
                         SEAL_FORGED);
    memcpy(longer, bytes.p, bytes.n);
    for (size_t n = bytes.n + 1; n < sizeof longer; n++)
        assert_int_equal(seal_check(world->keys, (struct str){longer, n}, &fields, &key),
                         SEAL_FORGED);
}

/* ---- strict bytes */

/* A seal of these features, with a signature of zeros; what seal_parse says. */
static enum seal_result parse_features(const char *hex, struct seal_fields *out)
{
    static char bytes[SEAL_MOST + 32];
    struct arena *arena = arena_new(1 << 16, NULL, NULL);
    struct str start = from_hex(arena, golden_hex), features = from_hex(arena, hex);
    enum seal_result result;

    memcpy(bytes, start.p, 68);
    memcpy(bytes + 68, features.p, features.n);
    memset(bytes + 68 + features.n, 0, SEAL_SIGNATURE);
    result = seal_parse((struct str){bytes, 68 + features.n + SEAL_SIGNATURE}, out);
    arena_free(arena);
    return result;
}

static void features_are_read_strictly(void **state)
{
    static const char *const forged[] = {
        "01053101234567"
        "01053101234567", /* twice */
        "02020089"
        "01053101234567", /* not ascending */
        "0105310123456a", /* no decimal */
        "010431012345",   /* a length of its own */
        "0203008900",
        "0303080808",
        "04020001",
        "00020101",
        "0609313131313131313131",                 /* nine characters */
        "060a31313131313131313131",               /* digits go into tag 1 */
        "060a3131313131313131ff41",               /* not printable */
        "01053101234567060a31313131313131313141", /* two holders */
        "02",
        "0203",
        "020200",
    };
    struct seal_fields fields;

    (void)state;
    for (size_t i = 0; i < COUNT(forged); i++)
        if (parse_features(forged[i], &fields) != SEAL_FORGED)
            fail_msg("%s is read", forged[i]);
    assert_int_equal(parse_features("", &fields), SEAL_GOOD);
    assert_int_equal(parse_features("060a31313035393830463031", &fields), SEAL_GOOD);
    assert_string_equal(fields.holder, "1105980F01");
}

static void an_unknown_feature_is_kept_and_shown(void **state)
{
    struct world *world = *state;
    struct seal_line lines[SEAL_LINES_MOST];
    struct seal_fields fields;
    uint8_t made[SEAL_MOST];
    size_t count;

    assert_int_equal(parse_features("050177100201021f00", &fields), SEAL_GOOD);
    assert_int_equal(fields.other_count, 3);
    assert_int_equal(fields.others[1].tag, 16);
    assert_int_equal(fields.others[1].value.n, 2);
    assert_int_equal(seal_write(&fields, made), 68 + 9);
    assert_memory_equal(made + 68, "\x05\x01\x77\x10\x02\x01\x02\x1f\x00", 9);
    count = seal_describe(world->arena, world->kinds, &fields, lines);
    assert_string_equal(lines[count - 4].value.p, "16: 0102");
    assert_string_equal(lines[0].value.p, "展览会备案申请表");
}

static void what_a_seal_cannot_hold_is_not_written(void **state)
{
    const struct seal_fields good = {
        .suite = 1, .kind = 2, .number = STR("A-1"), .lines = -1, .pages = -1, .from_day = -1};
    struct seal_fields bad[9];
    uint8_t made[SEAL_MOST];

    (void)state;
    assert_int_equal(seal_write(&good, made), 53);
    for (size_t i = 0; i < COUNT(bad); i++)
        bad[i] = good;
    bad[0].number = STR("a-1");
    bad[1].number = STR("A123456789B123456789C1234");
    bad[2].number = STR_NONE;
    bad[3].issued = (int64_t)1 << 32;
    bad[4].issued = -1;
    bad[5].version = 65536;
    bad[6].customs = 10000;
    bad[7].kind = 0;
    bad[8].lines = 65536;
    for (size_t i = 0; i < COUNT(bad); i++)
        if (seal_write(&bad[i], made))
            fail_msg("field %zu is written", i);
}

static void a_newer_format_is_no_forgery(void **state)
{
    struct world *world = *state;
    struct seal_fields fields;
    const struct key *key;

    assert_int_equal(seal_check(world->keys, STR("\x21 and whatever"), &fields, &key),
                     SEAL_NEWER);
    assert_int_equal(seal_check(world->keys, STR("\x13 and whatever"), &fields, &key),
                     SEAL_NEWER);
    assert_int_equal(seal_check(world->keys, STR("\x01 and whatever"), &fields, &key),
                     SEAL_FORGED);
}

/* ---- text and codes */

static void a_text_is_read_in_either_case_and_from_any_host(void **state)
{
    struct world *world = *state;
    struct str bytes = from_hex(world->arena, golden_hex), back;
    struct str text = seal_text(world->arena, STR("verify.example.invalid"), bytes);
    char *lower = arena_text(world->arena, text.p, text.n);

    assert_true(str_starts(text, STR("https://verify.example.invalid/s/CEDOH7MP")));
    assert_true(seal_text_read(world->arena, text, &back) && str_eq(back, bytes));
    for (size_t i = 0; i < text.n; i++)
        if (lower[i] >= 'A' && lower[i] <= 'Z')
            lower[i] = (char)(lower[i] + 32);
    assert_true(seal_text_read(world->arena, str_from(lower), &back) && str_eq(back, bytes));
    text = str_printf(world->arena, " http://elsewhere/x/%s\n", strrchr(lower, '/') + 1);
    assert_true(seal_text_read(world->arena, text, &back) && str_eq(back, bytes));
    assert_true(seal_text_read(world->arena, str_from(strrchr(lower, '/') + 1), &back));
    assert_true(str_is(seal_text_host(STR("https://a.b/s/XX")), "a.b"));
    assert_int_equal(seal_text_host(STR("XX")).n, 0);
}

static void a_text_that_is_no_base32_is_refused(void **state)
{
    static const char *const texts[] = {
        "",  "https://a/s/", "CE=", "CEDOH7M1", "CEDO H7MP", "CF", /* bits left over */
        "C", "CED"};
    struct world *world = *state;
    struct str bytes;

    for (size_t i = 0; i < COUNT(texts); i++)
        if (seal_text_read(world->arena, str_from(texts[i]), &bytes))
            fail_msg("'%s' is read", texts[i]);
    assert_true(seal_text_read(world->arena, STR("CE"), &bytes));
}

static void the_code_is_the_digest_of_the_seal(void **state)
{
    struct world *world = *state;
    struct seal seal = issue(world, "goods_list");
    uint8_t digest[32];

    sha256(seal.bytes, digest);
    assert_string_equal(seal.code.p, base32(world->arena, digest, 10).p);
    assert_int_equal(seal.code.n, 16);
    assert_int_equal(seal.code_text.n, 19);
    for (size_t group = 0; group < 4; group++)
        assert_memory_equal(seal.code_text.p + 5 * group, seal.code.p + 4 * group, 4);
    assert_true(str_eq(seal_code_typed(world->arena, seal.code_text), seal.code));
    assert_true(
        str_is(seal_code_typed(world->arena, STR("abcd-efgh ijkl-mnop")), "ABCDEFGHIJKLMNOP"));
    assert_int_equal(seal_code_typed(world->arena, STR("ABCD-EFGH-IJKL-MNO1")).n, 0);
    assert_int_equal(seal_code_typed(world->arena, STR("ABCD")).n, 0);
}

/* ---- issuing */

static void a_seal_tells_what_its_kind_declares(void **state)
{
    struct world *world = *state;
    struct seal seal = issue(world, "goods_list");
    struct seal_fields fields;
    const struct key *key;
    uint8_t digest[32];

    assert_int_equal(seal_read(world->arena, world->keys, seal.text, &fields, &key), SEAL_TEST);
    assert_int_equal(fields.kind, 2);
    assert_int_equal(fields.state, SEAL_APPROVED);
    assert_int_equal(fields.version, 3);
    assert_int_equal(fields.issued, 1723620161);
    assert_int_equal(fields.customs, 103);
    assert_string_equal(fields.holder, "1105980001");
    assert_int_equal(fields.lines, 2);
    assert_int_equal(fields.last_day, 0);
    assert_string_equal(arena_text(world->arena, fields.number.p, fields.number.n), "Z2024-7");
    sha256(world->record->canonical, digest);
    assert_memory_equal(fields.digest, digest, 32);
    assert_true(str_is(seal.issued, "2024-08-14T15:22:41+08:00"));
    assert_string_equal(seal.mark.p, "仅供测试");
}

static void a_check_sheet_is_sealed_as_a_draft(void **state)
{
    struct world *world = *state;
    struct seal seal = issue(world, "check_sheet");
    struct seal_fields fields;
    const struct key *key;

    assert_int_equal(seal_read(world->arena, world->keys, seal.text, &fields, &key), SEAL_TEST);
    assert_int_equal(fields.kind, 1);
    assert_int_equal(fields.state, SEAL_DRAFT);
    assert_int_equal(fields.lines, -1);
    assert_string_equal(seal.mark.p, "仅供核对");
}

static void what_cannot_stand_in_a_seal_is_refused_with_its_place(void **state)
{
    static const struct {
        const char *from, *to, *pointer;
    } cases[] = {
        {"\"version\":3", "\"version\":65536", "/version"},
        {"2024-08-14T", "2107-08-14T", "/received_at"},
        {"2024-08-14T", "1969-08-14T", "/received_at"},
    };
    struct world *world = *state;

    for (size_t i = 0; i < COUNT(cases); i++) {
        const char *at = strstr(record_text, cases[i].from);
        const char *text = arena_printf(world->arena, "%.*s%s%s", (int)(at - record_text),
                                        record_text, cases[i].to, at + strlen(cases[i].from));
        struct seal_ask ask = {.host = STR("h")};
        struct seal seal;

        err_init(&world->err, world->arena);
        assert_true(record_parse(world->arena, world->kinds, "t", str_from(text), &ask.record,
                                 &world->err));
        ask.output = &ask.record->kind->outputs[0];
        assert_false(seal_issue(world->issuer, world->arena, &ask, &seal, &world->err));
        assert_int_equal(world->err.first->code, SEAL_VALUE);
        assert_true(str_is(world->err.first->at.pointer, cases[i].pointer));
    }
}

static void a_record_before_the_keys_window_is_not_sealed(void **state)
{
    struct world *world = *state;
    const char *at = strstr(record_text, "2024-08-14T");
    const char *text =
        arena_printf(world->arena, "%.*s1999%s", (int)(at - record_text), record_text, at + 4);
    struct seal_ask ask = {.host = STR("h")};
    struct seal seal;

    err_init(&world->err, world->arena);
    assert_true(record_parse(world->arena, world->kinds, "t", str_from(text), &ask.record,
                             &world->err));
    ask.output = &ask.record->kind->outputs[0];
    assert_false(seal_issue(world->issuer, world->arena, &ask, &seal, &world->err));
    assert_int_equal(world->err.first->code, KEY_WINDOW);
}

static void a_last_day_counts_from_2020(void **state)
{
    static const struct {
        const char *day;
        int expected;
    } cases[] = {{"20191231", 1},    {"20200101", 1},     {"20200102", 1}, {"20200103", 2},
                 {"20241210", 1805}, {"21990606", 65535}, {"", 0}};
    struct world *world = *state;

    for (size_t i = 0; i < COUNT(cases); i++) {
        const struct record *record;
        struct seal_fields fields;
        const char *text = arena_printf(
            world->arena,
            "{\"schema\":\"danzheng-record/1\",\"kind\":\"disc_import\",\"version\":1,"
            "\"status\":\"filed\",\"owner\":\"91110105MAFAKE019T\",\"received_at\":"
            "\"2024-08-14T15:22:41+08:00\",\"data\":{\"application_no\":\"G1\","
            "\"applicant\":{\"customs_code10\":\"3122260F05\"},\"valid_until\":\"%s\"}}",
            cases[i].day);

        err_init(&world->err, world->arena);
        assert_true(record_parse(world->arena, world->kinds, "t", str_from(text), &record,
                                 &world->err));
        assert_true(seal_compose(world->arena, record, &record->kind->outputs[0], &fields,
                                 &world->err));
        assert_int_equal(fields.last_day, cases[i].expected);
        assert_string_equal(fields.holder, "3122260F05");
        assert_int_equal(fields.customs, 0);
    }
}

static void a_seal_that_is_given_is_shown_as_it_was_issued(void **state)
{
    struct world *world = *state;
    struct seal made = issue(world, "goods_list"), given;
    const struct seal_ask ask = {world->record, &world->record->kind->outputs[1], STR("other")};

    assert_true(seal_given(world->issuer, world->arena, &ask,
                           str_printf(world->arena, "%.*s\n", STR_ARG(made.text)), &given));
    assert_true(str_eq(given.text, made.text) && str_eq(given.issued, made.issued));
    assert_true(str_eq(given.mark, made.mark) && str_eq(given.code, made.code));
    assert_false(seal_given(world->issuer, world->arena, &ask,
                            str_printf(world->arena, "x%.*s", STR_ARG(made.text)), &given));
    assert_false(seal_given(
        world->issuer, world->arena, &ask,
        str_printf(world->arena, "https://a b/s/%.*s",
                   STR_ARG(base32(world->arena, (const uint8_t *)made.bytes.p, made.bytes.n))),
        &given));
    assert_false(seal_given(world->issuer, world->arena, &ask, STR("https://x/s/CE"), &given));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_golden_vector_is_read_as_published),
        cmocka_unit_test(the_golden_vector_is_written_as_published),
        cmocka_unit_test(a_seal_with_any_bit_changed_is_never_good),
        cmocka_unit_test(a_seal_cut_or_longer_is_forged),
        cmocka_unit_test(features_are_read_strictly),
        cmocka_unit_test(an_unknown_feature_is_kept_and_shown),
        cmocka_unit_test(what_a_seal_cannot_hold_is_not_written),
        cmocka_unit_test(a_newer_format_is_no_forgery),
        cmocka_unit_test(a_text_is_read_in_either_case_and_from_any_host),
        cmocka_unit_test(a_text_that_is_no_base32_is_refused),
        cmocka_unit_test(the_code_is_the_digest_of_the_seal),
        cmocka_unit_test(a_seal_tells_what_its_kind_declares),
        cmocka_unit_test(a_check_sheet_is_sealed_as_a_draft),
        cmocka_unit_test(what_cannot_stand_in_a_seal_is_refused_with_its_place),
        cmocka_unit_test(a_record_before_the_keys_window_is_not_sealed),
        cmocka_unit_test(a_last_day_counts_from_2020),
        cmocka_unit_test(a_seal_that_is_given_is_shown_as_it_was_issued),
    };
    return cmocka_run_group_tests(tests, open_world, close_world);
}
