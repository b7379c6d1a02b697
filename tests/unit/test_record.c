/* test_record.c: one good record, and the ways to spoil it: each with its code and place. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "record/record.h"

static const char good[] =
    "{\"schema\":\"danzheng-record/1\",\"kind\":\"exhibition_filing\",\"version\":1,"
    "\"status\":\"暂存\",\"owner\":\"91110105MAFAKE019T\","
    "\"received_at\":\"2024-08-14T15:22:41+08:00\",\"operator\":{\"name\":\"操作员\",\"x\":1},"
    "\"note\":\"ignored\",\n"
    "\"data\":{\"exhibition_pre_entry_no\":\"Z0110-1\",\"exhibition_name\":\"展\","
    "\"open_date\":\"20241009\",\"total_area_sqm\":\"1.5\",\"country_count\":9,"
    "\"master_customs\":{\"code\":\"0110\",\"name\":\"平谷海关\"},\"agent_code\":\"A1\","
    "\"remarks\":\"备\",\"declarant\":{\"id\":\"1\",\"name\":\"乙\"},"
    "\"supervision_mode\":\"2700\","
    "\"goods\":[{\"seq\":1,\"hs_code\":\"h\",\"currency\":{\"code\":\"EUR\",\"name\":\"欧元\"},"
    "\"spec_model\":\"型\"},{\"seq\":2,\"unit_price\":\"2.50\",\"origin\":\"DEU\"}],"
    "\"review\":{\"reviewed_at\":\"2024-08-14T15:22:40Z\"}}}";

struct world {
    struct arena *kept, *arena;
    const struct kinds *kinds;
    const struct record *record;
    struct err err;
};

static int world_open(void **state)
{
    struct world *world = test_calloc(1, sizeof *world);
    const char *home = getenv("DANZHENG_HOME");

    world->kept = arena_new(16 << 20, NULL, NULL);
    world->arena = arena_new(256 << 20, NULL, NULL);
    err_init(&world->err, world->kept);
    *state = world;
    return home && kinds_load(world->kept, home, &world->kinds, &world->err) ? 0 : -1;
}

static int world_close(void **state)
{
    struct world *world = *state;

    arena_free(world->kept);
    arena_free(world->arena);
    test_free(world);
    return 0;
}

static bool parse(struct world *world, struct str json)
{
    arena_reset(world->arena);
    err_init(&world->err, world->arena);
    world->record = NULL;
    return record_parse(world->arena, world->kinds, "r.json", json, &world->record,
                        &world->err);
}

/* The good record with its first `from` replaced by `to`. */
static bool parse_changed(struct world *world, const char *from, const char *to)
{
    const char *at = strstr(good, from);
    struct buf buf;
    bool ok;

    assert_non_null(at);
    buf_init(&buf, 64 << 20);
    buf_add(&buf, good, (size_t)(at - good));
    buf_text(&buf, to);
    buf_text(&buf, at + strlen(from));
    ok = parse(world, buf_view(&buf));
    buf_release(&buf);
    return ok;
}

/* All faults and warnings as "place CODE; place CODE", warnings with a '?'. */
static const char *faults(struct world *world)
{
    struct str text = STR_NONE;

    for (const struct fault *fault = world->err.first; fault; fault = fault->next)
        text = str_printf(world->arena, "%.*s%s%.*s%s%s%s", STR_ARG(text), text.n ? "; " : "",
                          STR_ARG(where_text(world->arena, fault->at)),
                          fault->at.file || fault->at.pointer.n ? " " : "",
                          err_info(fault->code)->name, fault->warning ? "?" : "");
    return arena_text(world->arena, text.p ? text.p : "", text.n);
}

static struct str value_of(struct world *world, const char *key)
{
    const struct field *field = kind_field(world->record->kind, str_from(key));

    assert_non_null(field);
    return record_value(world->record, field)->text;
}

static void assert_str(struct str text, const char *expected)
{
    char *copy = test_malloc(text.n + 1);

    memcpy(copy, text.p ? text.p : "", text.n);
    copy[text.n] = '\0';
    assert_string_equal(copy, expected);
    test_free(copy);
}

static void a_good_record_is_read_whole(void **state)
{
    struct world *world = *state;
    const struct field *goods;
    const struct value *customs;

    assert_true(parse(world, str_from(good)));
    assert_string_equal(faults(world), "");
    assert_int_equal(world->record->version, 1);
    assert_str(world->record->status, "暂存");
    assert_str(record_number(world->record), "Z0110-1");
    assert_int_equal(record_official(world->record).n, 0);
    assert_str(value_of(world, "declarant.name"), "乙");
    assert_str(value_of(world, "operator.name"), "操作员");
    assert_str(value_of(world, "operator.unit_name"), "");
    assert_str(value_of(world, "country_count"), "9");
    assert_str(value_of(world, "supervision_mode"), "展览品");
    customs =
        record_value(world->record, kind_field(world->record->kind, STR("master_customs")));
    assert_str(customs->code, "0110");
    assert_str(customs->text, "平谷海关");
    goods = kind_field(world->record->kind, STR("goods"));
    assert_int_equal(record_rows(world->record, goods)->count, 2);
    assert_str(
        record_cell(world->record, goods, 1, field_column(goods, STR("unit_price")))->text,
        "2.50");
    assert_str(record_cell(world->record, goods, 1, field_column(goods, STR("origin")))->text,
               "德国");
    assert_str(cell_pointer(world->arena, goods, 1, field_column(goods, STR("origin"))),
               "/data/goods/1/origin");
    assert_str(
        field_pointer(world->arena, kind_field(world->record->kind, STR("declarant.name"))),
        "/data/declarant/name");
    assert_str(
        field_pointer(world->arena, kind_field(world->record->kind, STR("operator.name"))),
        "/operator/name");
}

struct change {
    const char *from, *to, *faults;
};

static void check_changes(struct world *world, const struct change *changes, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        bool ok = parse_changed(world, changes[i].from, changes[i].to);

        if (strcmp(faults(world), changes[i].faults) != 0)
            fail_msg("%s -> %s\n  gives %s\n  not   %s", changes[i].from, changes[i].to,
                     faults(world), changes[i].faults);
        assert_int_equal(ok, err_ok(&world->err));
        assert_int_equal(ok, world->record != NULL);
    }
}

static void a_broken_envelope_is_named_member_by_member(void **state)
{
    static const struct change changes[] = {
        {"\"schema\":\"danzheng-record/1\",", "", "/schema MEMBER_MISSING"},
        {"danzheng-record/1", "danzheng-record/2", "/schema SCHEMA_WRONG"},
        {"\"kind\":\"exhibition_filing\",", "", "/kind MEMBER_MISSING"},
        {"exhibition_filing", "exhibition_filling", "/kind KIND_UNKNOWN"},
        {"\"version\":1,", "", "/version MEMBER_MISSING"},
        {"\"version\":1", "\"version\":\"1\"", "/version MEMBER_WRONG"},
        {"\"version\":1", "\"version\":0", "/version MEMBER_WRONG"},
        {"\"version\":1", "\"version\":1.0", "/version MEMBER_WRONG"},
        {"\"status\":\"暂存\",", "", "/status MEMBER_MISSING"},
        {"\"暂存\"", "null", "/status MEMBER_MISSING"},
        {"\"暂存\"", "\"\"", "/status MEMBER_MISSING"},
        {"\"暂存\"", "7", "/status MEMBER_WRONG"},
        {"\"暂存\"", "\"暂\\u200b存\"", "/status CHARACTER_FORBIDDEN"},
        {"91110105MAFAKE019T", "", "/owner MEMBER_MISSING"},
        {"91110105MAFAKE019T", "91110105MAFAKE019", "/owner MEMBER_WRONG"},
        {"91110105MAFAKE019T", "91110105MAFAKE019O", "/owner MEMBER_WRONG"},
        {"91110105MAFAKE019T", "91110105mafake019t", "/owner MEMBER_WRONG"},
        {"2024-08-14T15:22:41+08:00", "", "/received_at MEMBER_MISSING"},
        {"2024-08-14T15:22:41+08:00", "2024-08-14T15:22:41", "/received_at TIME_INVALID"},
        {"{\"name\":\"操作员\",\"x\":1}", "[]", "/operator MEMBER_WRONG"},
        {"{\"name\":\"操作员\",\"x\":1}", "null", ""},
        {"\"操作员\"", "7", "/operator/name FIELD_TYPE"},
        {"\"data\":{", "\"data\":[],\"d\":{", "/data MEMBER_WRONG"},
        {"\"data\":{", "\"d\":{", ""},
    };

    check_changes(*state, changes, COUNT(changes));
}

static void a_broken_field_is_named_with_its_pointer(void **state)
{
    static const struct change changes[] = {
        {"exhibition_name", "exhibition_nmae", "/data/exhibition_nmae FIELD_UNKNOWN"},
        {"exhibition_name", "exhibition/~name", "/data/exhibition~1~0name FIELD_UNKNOWN"},
        {"\"exhibition_name\"", "\"declarant.name\"", "/data/declarant.name FIELD_UNKNOWN"},
        {"\"exhibition_name\"", "\"operator\"", "/data/operator FIELD_UNKNOWN"},
        {"\"id\":\"1\"", "\"nme\":\"1\"", "/data/declarant/nme FIELD_UNKNOWN"},
        {"{\"id\":\"1\",\"name\":\"乙\"}", "\"乙\"", "/data/declarant FIELD_TYPE"},
        {"\"hs_code\"", "\"hscode\"", "/data/goods/0/hscode FIELD_UNKNOWN"},
        {"\"code\":\"0110\"", "\"id\":\"0110\"", "/data/master_customs/id FIELD_UNKNOWN"},
        {"\"code\":\"0110\",", "", "/data/master_customs/code FIELD_MISSING"},
        {"{\"code\":\"0110\",\"name\":\"平谷海关\"}", "{}",
         "/data/master_customs FIELD_MISSING"},
        {"\"agent_code\":\"A1\",", "", "/data/agent_code FIELD_MISSING"},
        {"\"agent_code\":\"A1\",", "\"agent_code\":\"\",", "/data/agent_code FIELD_MISSING"},
        {"\"agent_code\":\"A1\",", "\"agent_code\":null,", "/data/agent_code FIELD_MISSING"},
        {"\"A1\"", "7", "/data/agent_code FIELD_TYPE"},
        {"\"1.5\"", "1.5", "/data/total_area_sqm FIELD_TYPE"},
        {"\"1.5\"", "1", "/data/total_area_sqm FIELD_TYPE"},
        {"\"1.5\"", "\"1,5\"", "/data/total_area_sqm NUMBER_INVALID"},
        {":9,", ":\"9\",", "/data/country_count FIELD_TYPE"},
        {":9,", ":9.5,", "/data/country_count FIELD_TYPE"},
        {":9,", ":true,", "/data/country_count FIELD_TYPE"},
        {":9,", ":99999999999999999999,", "r.json:2:150 JSON_SYNTAX"},
        {"[{\"seq\":1", "[7,{\"seq\":1", "/data/goods/0 FIELD_TYPE"},
        {"\"goods\":[", "\"goods\":7,\"agents\":[{\"agent_no\":1}],\"exhibitors\":[],\"g\":[",
         "/data/g FIELD_UNKNOWN; /data/goods FIELD_TYPE"},
        {"\"Z0110-1\"", "\"z0110\"", "/data/exhibition_pre_entry_no FIRST_NUMBER_FORM"},
        {"\"Z0110-1\"", "\"Z0110 1\"", "/data/exhibition_pre_entry_no FIRST_NUMBER_FORM"},
        {"\"Z0110-1\"", "\"Z123456789012345678901234\"",
         "/data/exhibition_pre_entry_no FIELD_TOO_LONG"},
    };

    check_changes(*state, changes, COUNT(changes));
}

static void codes_are_looked_up(void **state)
{
    static const struct change changes[] = {
        {"\"2700\"", "\"9999\"", "/data/supervision_mode CODE_UNKNOWN"},
        {"\"2700\"", "2700", "/data/supervision_mode FIELD_TYPE"},
        {"\"2700\"", "{\"code\":\"2700\",\"name\":7}",
         "/data/supervision_mode/name FIELD_TYPE"},
        {"\"code\":\"0110\",\"name\":\"平谷海关\"", "\"code\":\"9999\",\"name\":\"某海关\"",
         "/data/master_customs CODE_UNKNOWN?"},
        {"\"code\":\"0110\",\"name\":\"平谷海关\"", "\"code\":\"0110\",\"name\":\"某海关\"",
         "/data/master_customs CODE_NAME_DIFFERS?"},
        {"\"EUR\"", "\"EUX\"", "/data/goods/0/currency CODE_UNKNOWN?"},
        {"\"DEU\"", "\"deu\"", "/data/goods/1/origin CODE_UNKNOWN"},
    };
    struct world *world = *state;
    const struct value *customs;

    check_changes(world, changes, COUNT(changes));
    assert_true(parse_changed(world, "\"name\":\"平谷海关\"", "\"name\":\"某海关\""));
    assert_str(value_of(world, "master_customs"), "某海关");
    assert_true(parse_changed(world, "{\"code\":\"0110\",\"name\":\"平谷海关\"}", "\"0100\""));
    customs =
        record_value(world->record, kind_field(world->record->kind, STR("master_customs")));
    assert_str(customs->text, "北京关区");
    assert_str(customs->full_name, "北京海关");
}

static void an_owner_has_no_letter_that_looks_like_a_digit(void **state)
{
    struct world *world = *state;

    for (const char *c = "0123456789ABCDEFGHJKLMNPQRTUWXY"; *c; c++)
        assert_true(
            parse_changed(world, "FAKE019T", arena_printf(world->arena, "FAKE019%c", *c)));
    for (const char *c = "IOSVZa-"; *c; c++)
        assert_false(
            parse_changed(world, "FAKE019T", arena_printf(world->arena, "FAKE019%c", *c)));
}

static void dates_and_times_are_real(void **state)
{
    static const struct change changes[] = {
        {"20241009", "20240229", ""},
        {"20241009", "20000229", ""},
        {"20241009", "20230229", "/data/open_date DATE_INVALID"},
        {"20241009", "19000229", "/data/open_date DATE_INVALID"},
        {"20241009", "20241301", "/data/open_date DATE_INVALID"},
        {"20241009", "20240931", "/data/open_date DATE_INVALID"},
        {"20241009", "20241000", "/data/open_date DATE_INVALID"},
        {"20241009", "2024-10-09", "/data/open_date DATE_INVALID"},
        {"20241009", "2024109", "/data/open_date DATE_INVALID"},
        {"\"20241009\"", "20241009", "/data/open_date FIELD_TYPE"},
        {"15:22:40Z", "15:22:40.125-23:59", ""},
        {"15:22:40Z", "15:22:40", "/data/review/reviewed_at TIME_INVALID"},
        {"15:22:40Z", "24:00:00Z", "/data/review/reviewed_at TIME_INVALID"},
        {"15:22:40Z", "15:60:40Z", "/data/review/reviewed_at TIME_INVALID"},
        {"15:22:40Z", "15:22:40.Z", "/data/review/reviewed_at TIME_INVALID"},
        {"15:22:40Z", "15:22:40+0800", "/data/review/reviewed_at TIME_INVALID"},
        {"15:22:40Z", "15:22:40+08:60", "/data/review/reviewed_at TIME_INVALID"},
        {"15:22:40Z", "15:22:40Z ", "/data/review/reviewed_at TIME_INVALID"},
        {"2024-08-14T15:22:40Z", "2024-02-30T15:22:40Z",
         "/data/review/reviewed_at TIME_INVALID"},
        {"2024-08-14T15:22:40Z", "2024-08-14 15:22:40Z",
         "/data/review/reviewed_at TIME_INVALID"},
    };

    check_changes(*state, changes, COUNT(changes));
}

static void characters_that_cannot_be_printed_whole_are_refused(void **state)
{
    static const char *const forbidden[] = {
        "\\u0000",        "\\u0001",      "\\t",     "\\n",     "\\u001f",
        "\\u007f",        "\\u0085",      "\\u061c", "\\u200b", "\\u200e",
        "\\u200f",        "\\u2028",      "\\u202a", "\\u202e", "\\u2066",
        "\\u2069",        "\\ufeff",      "\\ufdd0", "\\uffff", "\\ud83f\\udffe",
        "\\udbff\\udfff", "\xEF\xBB\xBF",
    };
    static const char *const private[] = {"\\ue000", "\\uf8ff", "\xEE\x80\x81",
                                          "\\udb80\\udc00", "\\udbc0\\udc00"};
    static const char *const fine[] = {
        "\\u200c", "\\u200d",        "\\ufe0f", "\\udb40\\udd00", " ", "\\u00a0",
        "\\u00b7", "\\ud842\\udfb7", "\\u2027", "\\u202f",        "é", "\xF0\xA0\xAE\xB7",
    };
    struct world *world = *state;

    for (size_t i = 0; i < COUNT(forbidden); i++) {
        parse_changed(world, "展\"", arena_printf(world->kept, "展%s\"", forbidden[i]));
        assert_string_equal(faults(world), "/data/exhibition_name CHARACTER_FORBIDDEN");
    }
    for (size_t i = 0; i < COUNT(private); i++) {
        parse_changed(world, "展\"", arena_printf(world->kept, "展%s\"", private[i]));
        assert_string_equal(faults(world), "/data/exhibition_name PRIVATE_USE");
        assert_non_null(strstr(world->err.first->zh.p, "第2个字符"));
    }
    for (size_t i = 0; i < COUNT(fine); i++)
        assert_true(parse_changed(world, "展\"", arena_printf(world->kept, "展%s\"", fine[i])));
    assert_true(parse_changed(world, "\"备\"", "\"备\\n注\""));
    assert_str(value_of(world, "remarks"), "备\n注");
    parse_changed(world, "\"备\"", "\"备\\r\\n\\ue000\\ue001\"");
    assert_string_equal(faults(world), "/data/remarks CHARACTER_FORBIDDEN; "
                                       "/data/remarks PRIVATE_USE");
    parse_changed(world, "\"型\"", "\"\\u200b\"");
    assert_string_equal(faults(world), "/data/goods/0/spec_model CHARACTER_FORBIDDEN");
    parse_changed(world, "\"乙\"", "\"\\ue002\"");
    assert_string_equal(faults(world), "/data/declarant/name PRIVATE_USE");
    parse_changed(world, "\"平谷海关\"", "\"\\u202e\"");
    assert_string_equal(faults(world), "/data/master_customs/name CHARACTER_FORBIDDEN");
}

static void lengths_count_code_points(void **state)
{
    static const struct {
        const char *from, *pointer;
        int longest;
    } cases[] = {
        {"展\"", "/data/exhibition_name", 256},           {"备\"", "/data/remarks", 2000},
        {"型\"", "/data/goods/0/spec_model", 512},        {"A1\"", "/data/agent_code", 64},
        {"平谷海关\"", "/data/master_customs/name", 256},
    };
    struct world *world = *state;
    struct buf buf;

    for (size_t i = 0; i < COUNT(cases); i++) {
        buf_init(&buf, 1 << 20);
        for (int n = 0; n < cases[i].longest; n++)
            buf_text(&buf, "𠮷");
        buf_text(&buf, "\"");
        assert_true(parse_changed(world, cases[i].from, buf.p));
        buf_text(&buf, "");
        memcpy(buf.p + buf.n - 1, "x\"", 3);
        assert_false(parse_changed(world, cases[i].from, buf.p));
        assert_string_equal(faults(world),
                            arena_printf(world->arena, "%s FIELD_TOO_LONG", cases[i].pointer));
        buf_release(&buf);
    }
}

static void what_is_not_json_has_a_line_and_a_column(void **state)
{
    static const struct {
        const char *json, *faults;
    } cases[] = {
        {"", "r.json:1:1 JSON_SYNTAX"},
        {"x", "r.json:1:1 JSON_SYNTAX"},
        {"{\n  \"甲\": 1,\n  \"乙\" 2}", "r.json:3:9 JSON_SYNTAX"},
        {"{\"a\":1,\n\"a\":2}", "r.json:2:3 JSON_SYNTAX"},
        {"{\"a\":\"\\ud800\"}", "r.json:1:13 JSON_SYNTAX"},
        {"{\"a\":\"\x01\"}", "r.json:1:6 JSON_SYNTAX"},
        {"{\"a\":1} x", "r.json:1:9 JSON_SYNTAX"},
        {"{\"a\":\n\"\xE4\xB8\"}", "r.json:2:2 UTF8_INVALID"},
        {"{\"a\":\"\xED\xA0\x80\"}", "r.json:1:7 UTF8_INVALID"},
        {"[]", "RECORD_NOT_OBJECT"},
        {"7", "RECORD_NOT_OBJECT"},
        {"null", "RECORD_NOT_OBJECT"},
    };
    struct world *world = *state;

    for (size_t i = 0; i < COUNT(cases); i++) {
        assert_false(parse(world, str_from(cases[i].json)));
        if (strcmp(faults(world), cases[i].faults) != 0)
            fail_msg("%s gives %s, not %s", cases[i].json, faults(world), cases[i].faults);
    }
}

static void limits_hold_to_the_last_one(void **state)
{
    struct world *world = *state;
    struct buf buf;

    for (int depth = 32; depth <= 33; depth++) {
        buf_init(&buf, 1 << 20);
        buf_text(&buf, "[\"]}\\\"\",");
        for (int i = 1; i < depth; i++)
            buf_text(&buf, i + 1 < depth ? "\n[" : "\n[]");
        for (int i = 2; i < depth; i++)
            buf_text(&buf, "]");
        buf_text(&buf, "]");
        assert_false(parse(world, buf_view(&buf)));
        assert_string_equal(faults(world),
                            depth == 32 ? "RECORD_NOT_OBJECT" : "r.json:33:1 LIMIT_NESTING");
        buf_release(&buf);
    }
    for (int rows = 20000; rows <= 20001; rows++) {
        buf_init(&buf, 1 << 20);
        buf_text(&buf, "\"goods\":[{}");
        for (int i = 1; i < rows; i++)
            buf_text(&buf, ",{}");
        buf_text(&buf, "],\"g\":[");
        parse_changed(world, "\"goods\":[", buf.p);
        assert_string_equal(faults(world),
                            rows == 20000 ? "/data/g FIELD_UNKNOWN"
                                          : "/data/g FIELD_UNKNOWN; /data/goods LIMIT_ROWS");
        buf_release(&buf);
    }
    buf_init(&buf, (16 << 20) + 1);
    buf_text(&buf, good);
    memset(buf_room(&buf, (size_t)(16 << 20) - buf.n), ' ', (size_t)(16 << 20) - strlen(good));
    assert_true(parse(world, buf_view(&buf)));
    buf_text(&buf, " ");
    assert_false(parse(world, buf_view(&buf)));
    assert_string_equal(faults(world), "r.json LIMIT_LINE");
    buf_release(&buf);
}

static void all_faults_are_told_at_once(void **state)
{
    struct world *world = *state;

    assert_false(parse(world, STR("{\"schema\":\"x\",\"kind\":\"disc_import\",\"version\":-1,"
                                  "\"received_at\":\"now\",\"data\":{\"application_no\":\"1\","
                                  "\"valid_until\":\"2024\",\"carriers\":[{\"seq\":\"1\"},"
                                  "{\"unit\":\"001\",\"import_qty\":5}],\"isbm\":1}}")));
    assert_string_equal(
        faults(world),
        "/schema SCHEMA_WRONG; /version MEMBER_WRONG; /status MEMBER_MISSING; "
        "/owner MEMBER_MISSING; /received_at TIME_INVALID; /data/isbm FIELD_UNKNOWN; "
        "/data/carriers/0/import_qty FIELD_MISSING; /data/carriers/0/seq FIELD_TYPE; "
        "/data/carriers/0/spec_model FIELD_MISSING; /data/carriers/0/unit FIELD_MISSING; "
        "/data/carriers/1/import_qty FIELD_TYPE; /data/carriers/1/spec_model FIELD_MISSING; "
        "/data/valid_until DATE_INVALID");
    for (const struct fault *fault = world->err.first; fault; fault = fault->next)
        if (fault->code == FIELD_UNKNOWN)
            assert_str(fault->hint, "是否应为“isbn”？");
}

static void what_saving_requires_is_not_asked_before_the_first_number(void **state)
{
    struct world *world = *state;

    assert_true(parse_changed(world,
                              "\"exhibition_pre_entry_no\":\"Z0110-1\",\"exhibition_name\"",
                              "\"agent_uscc\""));
    assert_int_equal(record_number(world->record).n, 0);
    assert_true(parse_changed(world, "\"agent_code\":\"A1\"", "\"agent_code\":\"A1\""));
    assert_false(parse_changed(world, "\"agent_code\":\"A1\",", ""));
    assert_string_equal(faults(world), "/data/agent_code FIELD_MISSING");
}

static void warnings_leave_room_for_faults(void **state)
{
    struct world *world = *state;
    struct buf buf;

    buf_init(&buf, 1 << 20);
    buf_text(&buf, "\"goods\":[");
    for (int i = 0; i < 200; i++)
        buf_text(&buf, "{\"origin\":{\"code\":\"XXX\",\"name\":\"某国\"}},");
    buf_text(&buf, "{\"origin\":\"YYY\"},");
    assert_false(parse_changed(world, "\"goods\":[", buf.p));
    assert_int_equal(world->err.faults, 1);
    assert_int_equal(world->err.last->code, CODE_UNKNOWN);
    assert_false(world->err.last->warning);
    buf_release(&buf);
}

static void canonical_bytes_do_not_depend_on_how_a_record_is_written(void **state)
{
    static const char messy[] =
        " { \"version\" : 3, \"extra\": {\"a\":[]}, \"schema\":\"danzheng-record\\/1\",\n"
        "\"received_at\":\"2024-08-14T15:22:41Z\", \"status\":\"approved\", "
        "\"owner\":\"91110105MAFAKE019T\", \"kind\":\"disc_import\", \"data\": {"
        "\"remarks\":\"a\\\"b\\\\c\\nd\\/e\\u00e9 e\\u0301\", \"application_no\":\"GP1\", "
        "\"isbn\":null, \"contract_no\":\"\", \"publisher\":{\"name\":\"\",\"uscc\":null}, "
        "\"applicant\":{\"uscc\":\"u\",\"name\":\"\\ud842\\udfb7\"}, \"entrusted\":false, "
        "\"trade_mode\":{\"name\":\"一般贸易\",\"full_name\":\"\",\"code\":\"0110\"}, "
        "\"import_port_customs\":\"0101\", \"attachments\":[], \"carriers\":["
        "{\"unit\":\"010\",\"import_qty\":\"1.50\",\"spec_model\":\"12cm\",\"seq\":-0}]},"
        "\"operator\":{\"unit_name\":\"单位\",\"secret\":1,\"name\":\"人\"} }\n\n";
    static const char canonical[] =
        "{\"data\":{\"applicant\":{\"name\":\"𠮷\",\"uscc\":\"u\"},\"application_no\":\"GP1\","
        "\"carriers\":[{\"import_qty\":\"1.50\",\"seq\":0,\"spec_model\":\"12cm\","
        "\"unit\":\"010\"}],\"entrusted\":false,\"import_port_customs\":\"0101\","
        "\"remarks\":\"a\\\"b\\\\c\\nd/eé e\xCC\x81\","
        "\"trade_mode\":{\"code\":\"0110\",\"name\":\"一般贸易\"}},\"kind\":\"disc_import\","
        "\"operator\":{\"name\":\"人\",\"unit_name\":\"单位\"},\"owner\":"
        "\"91110105MAFAKE019T\","
        "\"received_at\":\"2024-08-14T15:22:41Z\",\"schema\":\"danzheng-record/1\","
        "\"status\":\"approved\",\"version\":3}\n";
    struct world *world = *state;

    assert_true(parse(world, str_from(messy)));
    assert_str(world->record->canonical, canonical);
    assert_str(value_of(world, "entrusted"), "否");
    assert_str(value_of(world, "import_port_customs"), "京机场关");
    assert_true(parse(world, str_from(canonical)));
    assert_str(world->record->canonical, canonical);
}

static void a_record_without_data_has_canonical_bytes_too(void **state)
{
    struct world *world = *state;

    assert_true(
        parse(world, STR("{\"schema\":\"danzheng-record/1\",\"kind\":\"disc_import\","
                         "\"version\":1,\"status\":\"草稿\",\"owner\":"
                         "\"91110105MAFAKE019T\",\"received_at\":\"2024-08-14T15:22:41Z\","
                         "\"data\":{\"attachments\":[{}],\"review\":{}}}")));
    assert_str(world->record->canonical,
               "{\"data\":{\"attachments\":[{}]},\"kind\":\"disc_import\",\"owner\":"
               "\"91110105MAFAKE019T\",\"received_at\":\"2024-08-14T15:22:41Z\",\"schema\":"
               "\"danzheng-record/1\",\"status\":\"草稿\",\"version\":1}\n");
    assert_true(
        parse(world, STR("{\"schema\":\"danzheng-record/1\",\"kind\":\"disc_import\","
                         "\"version\":1,\"status\":\"草稿\",\"owner\":"
                         "\"91110105MAFAKE019T\",\"received_at\":\"2024-08-14T15:22:41Z\","
                         "\"data\":{\"review\":{}}}")));
    assert_true(str_starts(world->record->canonical, STR("{\"kind\":")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_good_record_is_read_whole),
        cmocka_unit_test(a_broken_envelope_is_named_member_by_member),
        cmocka_unit_test(a_broken_field_is_named_with_its_pointer),
        cmocka_unit_test(codes_are_looked_up),
        cmocka_unit_test(an_owner_has_no_letter_that_looks_like_a_digit),
        cmocka_unit_test(dates_and_times_are_real),
        cmocka_unit_test(characters_that_cannot_be_printed_whole_are_refused),
        cmocka_unit_test(lengths_count_code_points),
        cmocka_unit_test(what_is_not_json_has_a_line_and_a_column),
        cmocka_unit_test(limits_hold_to_the_last_one),
        cmocka_unit_test(all_faults_are_told_at_once),
        cmocka_unit_test(what_saving_requires_is_not_asked_before_the_first_number),
        cmocka_unit_test(warnings_leave_room_for_faults),
        cmocka_unit_test(canonical_bytes_do_not_depend_on_how_a_record_is_written),
        cmocka_unit_test(a_record_without_data_has_canonical_bytes_too),
    };

    return cmocka_run_group_tests(tests, world_open, world_close);
}
