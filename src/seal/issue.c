/* issue.c: a seal for a paper. What it tells is read from the record as config/kinds says; who
 * signs is the published test key, in this process, or a sealer behind its socket. */
#include "seal/issue.h"

#include "base/time.h"
#include "seal/seal-internal.h"

#include <openssl/crypto.h>
#include <string.h>

struct issuer {
    const struct keys *keys;
    struct signer *signer;
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

bool issuer_open(const struct keys *keys, struct issuer **out, struct err *err)
{
    struct issuer *issuer = OPENSSL_zalloc(sizeof *issuer);
    struct signer *signer = signer_published(1);

    if (!issuer || !signer) {
        signer_close(signer);
        OPENSSL_free(issuer);
        return err_add(err, INTERNAL, where_none(), "密码库不能用", "the crypto library fails");
    }
    *issuer = (struct issuer){keys, signer};
    *out = issuer;
    return true;
}

void issuer_close(struct issuer *issuer)
{
    if (!issuer)
        return;
    signer_close(issuer->signer);
    OPENSSL_free(issuer);
}

bool seal_issue(struct issuer *issuer, struct arena *arena, const struct seal_ask *ask,
                struct seal *out, struct err *err)
{
    struct seal_fields fields;

    return seal_compose(arena, ask->record, ask->output, &fields, err) &&
           issue_test(issuer, arena, ask, &fields, out, err);
}

bool seal_given(const struct issuer *issuer, struct arena *arena, const struct seal_ask *ask,
                struct str text, struct seal *out)
{
    struct seal_fields fields;
    const struct key *key;
    struct str bytes;

    if (!seal_text_read(arena, text, &bytes) ||
        seal_check(issuer->keys, bytes, &fields, &key) == SEAL_FORGED || !key)
        return false;
    seal_show(arena, ask, &fields, key->status == KEY_TEST, bytes, str_trim(text), out);
    return true;
}
