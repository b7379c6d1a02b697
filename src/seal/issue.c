/* issue.c: a seal for a paper. What it tells is read from the record as config/kinds says; who
 * signs is the published test key, in this process, or a sealer behind its socket. */
#include "seal/issue.h"

#include "base/time.h"
#include "digest/digest.h"
#include "seal/line.h"
#include "seal/seal-internal.h"

#include <openssl/crypto.h>
#include <string.h>

struct issuer {
    const struct keys *keys;
    struct signer *signer; /* the test key */
    struct line *line;     /* to the sealer; NULL: the test key seals */
};

static bool value_fault(struct str pointer, const char *zh, const char *en, struct str value,
                        struct err *err)
{
    return err_add(err, SEAL_VALUE, where_pointer(pointer), "%s%.0s：“%.*s”", "%.0s%s: '%.*s'",
                   zh, en, STR_ARG(value));
}

/* "0110" is 110; what is no such number is not told. */
static int customs_told(const struct record *record, const struct field *field)
{
    struct str code = field ? record_value(record, field)->code : STR_NONE;
    long number;

    return code.n <= 4 && str_number(code, &number) ? (int)number : 0;
}

static bool last_day_told(struct arena *arena, const struct record *record,
                          const struct field *field, int *day, struct err *err)
{
    struct str text = field ? record_value(record, field)->text : STR_NONE;
    int64_t days;

    *day = 0;
    if (!text.n || !date_parse(text, &days))
        return true;
    days -= days_from_date(2020, 1, 1);
    if (days > UINT16_MAX)
        return value_fault(field_pointer(arena, field), "有效期过远，封签载不下",
                           "the seal cannot hold a day so far off", text, err);
    /* 0 would say that there is no last day */
    *day = days < 1 ? 1 : (int)days;
    return true;
}

bool seal_compose(struct arena *arena, const struct record *record, const struct output *output,
                  struct seal_fields *out, struct err *err)
{
    const struct sealed *told = &output->sealed;
    struct seal_fields fields = {
        .kind = told->number,
        .state = output->formal ? SEAL_APPROVED : SEAL_DRAFT,
        .customs = customs_told(record, told->customs),
        .number = record_number(record),
        .lines = told->lines ? (int)record_rows(record, told->lines)->count : -1,
        .pages = -1,
        .from_day = -1,
        .to_day = -1,
    };
    int before = err->faults;

    if (record->version < 0 || record->version > UINT16_MAX)
        value_fault(STR("/version"), "版本过大，封签载不下",
                    "the seal cannot hold so high a version",
                    str_printf(arena, "%lld", (long long)record->version), err);
    fields.version = (int)record->version;
    if (told->holder) {
        struct str holder = record_value(record, told->holder)->text;

        if (holder.n == 10 && !memchr(holder.p, '\0', holder.n))
            memcpy(fields.holder, holder.p, holder.n);
    }
    if (!last_day_told(arena, record, told->until, &fields.last_day, err) ||
        err->faults > before)
        return false;
    *out = fields;
    return true;
}

bool seal_sign(struct signer *signer, const struct key *key, struct seal_fields *fields,
               uint8_t out[SEAL_MOST], size_t *n, struct err *err)
{
    uint8_t room[SEAL_MESSAGE_MOST];
    enum seal_result judged;
    size_t above;

    fields->suite = signer_suite(signer);
    memcpy(fields->key, key->id, sizeof fields->key);
    above = seal_write(fields, out);
    if (!above)
        return err_add(err, SEAL_VALUE, where_none(), "有值放不进封签",
                       "a value cannot stand in the seal");
    judged = seal_judge(key, fields);
    if (judged == SEAL_KIND_NOT_ALLOWED)
        return err_add(err, SEAL_NOT_PERMITTED, key->at,
                       "密钥“%.*s”不可签发第 %d 种单证（状态 %d）",
                       "key '%.*s' may not seal papers of kind %d in state %d",
                       STR_ARG(key->name), fields->kind, fields->state);
    if (judged == SEAL_OUTSIDE_WINDOW)
        return err_add(err, KEY_WINDOW, key->at, "签发时间不在密钥“%.*s”的使用期内",
                       "the time of issue is outside the window of key '%.*s'",
                       STR_ARG(key->name));
    if (!signer_sign(signer, seal_message(out, above, room), out + above, err))
        return false;
    *n = above + SIGNATURE;
    return true;
}

/* ---- what the paper shows */

static void seal_show(struct arena *arena, const struct seal_ask *ask,
                      const struct seal_fields *fields, bool test, struct str bytes,
                      struct str text, struct seal *out)
{
    struct seal seal = {.bytes = bytes, .text = text, .code = seal_code(arena, bytes)};

    seal.code_text = seal_code_groups(arena, seal.code);
    seal.issued = test ? ask->record->received_at : time_text(arena, fields->issued);
    seal.mark = !ask->output->formal ? STR("仅供核对") : test ? STR("仅供测试") : STR_NONE;
    *out = seal;
}

static const struct key *test_key(const struct issuer *issuer)
{
    struct str spki = signer_spki(issuer->signer);

    for (size_t i = 0; i < issuer->keys->count; i++) {
        if (str_eq(issuer->keys->all[i].spki, spki))
            return &issuer->keys->all[i];
    }
    return NULL;
}

/* The time of a test seal is the record's: the same paper on every machine. */
static bool issue_test(struct issuer *issuer, struct arena *arena, const struct seal_ask *ask,
                       struct seal_fields *fields, struct seal *out, struct err *err)
{
    const struct key *key = test_key(issuer);
    uint8_t *bytes = arena_alloc(arena, SEAL_MOST);
    struct str made = {(const char *)bytes, 0};

    if (!key) {
        err_add(err, SEAL_NOT_PERMITTED, where_none(),
                "没有配置签章服务，密钥清单中也没有测试密钥",
                "no sealer is configured, and the list has no test key");
        err_hint(err, "[sealer] socket in config/danzheng.ini says where the sealer listens");
        return false;
    }
    if (!time_parse(ask->record->received_at, &fields->issued) || fields->issued < 0 ||
        fields->issued > UINT32_MAX)
        return value_fault(STR("/received_at"), "时间放不进封签",
                           "the seal cannot hold this time", ask->record->received_at, err);
    seal_digest(signer_suite(issuer->signer), ask->record->canonical, fields->digest);
    if (!seal_sign(issuer->signer, key, fields, bytes, &made.n, err))
        return false;
    seal_show(arena, ask, fields, /* test */ true, made, seal_text(arena, ask->host, made),
              out);
    return true;
}

/* ---- by the sealer */

static bool ask_compose(struct arena *arena, const struct seal_ask *ask, struct talk_ask *out,
                        struct err *err)
{
    struct seal_fields fields;

    if (!seal_compose(arena, ask->record, ask->output, &fields, err))
        return false;
    *out = (struct talk_ask){.kind = ask->record->kind->id,
                             .output = ask->output->id,
                             .status = ask->record->status,
                             .number = fields.number,
                             .holder = str_copy(arena, str_from(fields.holder)),
                             .official = record_official(ask->record).n > 0,
                             .version = fields.version,
                             .customs = fields.customs,
                             .last_day = fields.last_day,
                             .lines = fields.lines};
    sha256(ask->record->canonical, out->sha256);
    sm3(ask->record->canonical, out->sm3);
    return true;
}

static bool refused(struct arena *arena, const struct talk_answer *answer, struct err *err)
{
    enum err_code code;

    if (!err_find(answer->code, &code))
        code = SEALER_FAULT;
    err_add(err, code, where_none(), "签章服务：%s%.0s", "the sealer: %.0s%s",
            arena_text(arena, answer->zh.p, answer->zh.n),
            arena_text(arena, answer->en.p, answer->en.n));
    if (answer->hint.n)
        err_hint(err, "%.*s", STR_ARG(answer->hint));
    return false;
}

static const struct key *key_named(const struct keys *keys, const struct seal_fields *fields)
{
    for (size_t i = 0; i < keys->count; i++) {
        if (keys->all[i].suite == fields->suite &&
            memcmp(keys->all[i].id, fields->key, sizeof fields->key) == 0)
            return &keys->all[i];
    }
    return NULL;
}

/* The sealer's word is believed, but a seal of another paper is never printed, nor one by a key
 * that no verifier knows. */
static bool answer_take(const struct issuer *issuer, struct arena *arena,
                        const struct seal_ask *ask, const struct talk_ask *asked,
                        const struct talk_answer *answer, struct seal *out, struct err *err)
{
    struct seal_fields fields;
    const struct key *key;

    if (!answer->ok)
        return refused(arena, answer, err);
    if (seal_parse(answer->seal, &fields) != SEAL_GOOD ||
        !str_eq(fields.number, asked->number) || fields.version != asked->version ||
        fields.kind != ask->output->sealed.number ||
        fields.state != (ask->output->formal ? SEAL_APPROVED : SEAL_DRAFT) ||
        memcmp(fields.digest, fields.suite == SUITE_SM2 ? asked->sm3 : asked->sha256, 32) != 0)
        return err_add(err, SEALER_FAULT, where_none(), "签章服务签发的不是所求的单证",
                       "the sealer has sealed another paper than was asked for");
    key = key_named(issuer->keys, &fields);
    if (!key) {
        err_add(err, SEALER_FAULT, where_none(), "签章服务所用的密钥不在密钥清单中",
                "the sealer's key is not in the list of keys");
        err_hint(err, "bring the same config/keys.txt to both");
        return false;
    }
    seal_show(arena, ask, &fields, key->status == KEY_TEST, answer->seal,
              seal_text(arena, ask->host, answer->seal), out);
    return true;
}

bool seal_issue_all(struct issuer *issuer, struct arena *arena, const struct seal_ask *asks,
                    size_t count, struct seal *out, size_t *done, struct err *err)
{
    struct talk_answer *answers = NEW_ARRAY(arena, count, struct talk_answer);
    struct talk_ask *asked = NEW_ARRAY(arena, count, struct talk_ask);
    bool ok = true;

    *done = 0;
    for (size_t i = 0; i < count && ok; i++)
        ok = ask_compose(arena, &asks[i], &asked[i], err);
    ok = ok && line_ask(issuer->line, arena, asked, count, answers, err);
    for (size_t i = 0; i < count && ok; i++) {
        ok = answer_take(issuer, arena, &asks[i], &asked[i], &answers[i], &out[i], err);
        *done += ok;
    }
    return ok;
}

/* ---- */

bool issuer_open(const struct keys *keys, const char *socket, struct issuer **out,
                 struct err *err)
{
    struct issuer *issuer = OPENSSL_zalloc(sizeof *issuer);
    struct signer *signer = signer_published(1);
    struct line *line = socket ? line_new(socket) : NULL;

    if (!issuer || !signer || (socket && !line)) {
        signer_close(signer);
        line_free(line);
        OPENSSL_free(issuer);
        return err_add(err, INTERNAL, where_none(), "密码库不能用", "the crypto library fails");
    }
    *issuer = (struct issuer){keys, signer, line};
    *out = issuer;
    return true;
}

void issuer_close(struct issuer *issuer)
{
    if (!issuer)
        return;
    signer_close(issuer->signer);
    line_free(issuer->line);
    OPENSSL_free(issuer);
}

bool issuer_connect(struct issuer *issuer, struct err *err)
{
    struct talk_hello hello;

    return !issuer->line || line_hello(issuer->line, &hello, err);
}

bool seal_issue(struct issuer *issuer, struct arena *arena, const struct seal_ask *ask,
                struct seal *out, struct err *err)
{
    struct seal_fields fields;
    size_t done;

    if (issuer->line)
        return seal_issue_all(issuer, arena, ask, 1, out, &done, err);
    return seal_compose(arena, ask->record, ask->output, &fields, err) &&
           issue_test(issuer, arena, ask, &fields, out, err);
}

/* The published key is known without a list, too. */
static bool test_sealed(const struct issuer *issuer, const struct seal_fields *fields,
                        const struct key *key)
{
    uint8_t id[4];

    if (key)
        return key->status == KEY_TEST;
    key_id(signer_spki(issuer->signer), id);
    return memcmp(fields->key, id, sizeof id) == 0;
}

bool seal_given(const struct issuer *issuer, struct arena *arena, const struct seal_ask *ask,
                struct str text, struct seal *out)
{
    struct seal_fields fields;
    const struct key *key;
    struct str bytes;

    if (!seal_text_written(arena, text, &bytes) || seal_parse(bytes, &fields) != SEAL_GOOD)
        return false;
    (void)seal_check(issuer->keys, bytes, &fields, &key);
    seal_show(arena, ask, &fields, test_sealed(issuer, &fields, key), bytes, str_trim(text),
              out);
    return true;
}
