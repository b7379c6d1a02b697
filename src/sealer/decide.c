/* decide.c: may this be sealed, by which key, and is it sealed already? */
#include "sealer/sealer-internal.h"

#include <string.h>

void outcome_refuse(struct arena *arena, const struct err *err, struct outcome *out)
{
    const struct fault *fault = err->last;

    *out = (struct outcome){
        .answer = {.code = str_from(err_info(fault->code)->name),
                   .zh = str_copy(arena, fault->zh),
                   .en = str_copy(arena, fault->en),
                   .hint = str_copy(arena, fault->hint)},
    };
}

static struct signer *signer_of(const struct sealer_setup *setup, const struct key *key)
{
    for (size_t i = 0; i < setup->signer_count; i++) {
        if (str_eq(signer_spki(setup->signers[i]), key->spki))
            return setup->signers[i];
    }
    return NULL;
}

const struct key *sealer_key(const struct sealer_setup *setup, int kind, int state, int64_t now,
                             struct signer **signer, struct err *err)
{
    const struct key *best = NULL, *other = NULL;

    for (size_t i = 0; i < setup->keys->count; i++) {
        const struct key *key = &setup->keys->all[i];

        if ((key->status != KEY_ACTIVE && key->status != KEY_TEST) || !signer_of(setup, key) ||
            !(key->kinds >> kind & 1) || !(key->states >> state & 1))
            continue;
        if (now < key->from || now > key->until)
            other = key;
        else if (!best || key->from > best->from)
            best = key;
    }
    if (best) {
        *signer = signer_of(setup, best);
        return best;
    }
    if (other) {
        err_add(err, KEY_WINDOW, other->at, "现在不在密钥“%.*s”的使用期内",
                "now is outside the window of key '%.*s'", STR_ARG(other->name));
        err_hint(err, "check the sealer's clock, or list a key whose window has begun");
    } else {
        err_add(err, SEAL_NOT_PERMITTED, where_none(), "没有密钥可签发第 %d 种单证（状态 %d）",
                "no key may seal papers of kind %d in state %d", kind, state);
        err_hint(err, "danzheng keys list shows what each key may seal");
    }
    return NULL;
}

/* The rules' answer, from this process's own copy of them. */
static const struct output *output_permitted(struct sealer *sealer, const struct talk_ask *ask,
                                             struct err *err)
{
    const struct kind *kind = kinds_find(sealer->setup->kinds, ask->kind);
    const struct output *output = kind ? kind_output(kind, ask->output) : NULL;
    struct verdict verdict;

    if (!output) {
        err_add(err, kind ? OUTPUT_UNKNOWN : KIND_UNKNOWN, where_none(),
                "签章服务不认识“%.*s”的“%.*s”", "the sealer knows no '%.*s' with '%.*s'",
                STR_ARG(ask->kind), STR_ARG(ask->output));
        return NULL;
    }
    verdict = rules_decide(sealer->setup->rules, sealer->round,
                           &(struct rules_ask){.kind = kind,
                                               .status = ask->status,
                                               .output = output,
                                               .saved = ask->number.n > 0,
                                               .numbered = ask->official});
    if (verdict.allowed)
        return output;
    err_add(err, verdict.code, where_none(), "%s%.0s", "%.0s%s",
            arena_text(sealer->round, verdict.zh.p, verdict.zh.n),
            arena_text(sealer->round, verdict.en.p, verdict.en.n));
    return NULL;
}

static bool conflict(const struct talk_ask *ask, struct err *err)
{
    err_add(err, VERSION_CONFLICT, where_pointer(STR("/version")),
            "编号 %.*s 版本 %d 已按内容不同的记录签发",
            "number %.*s version %d was sealed with another content", STR_ARG(ask->number),
            ask->version);
    err_hint(err, "内容变更时 version 须增大");
    return false;
}

/* A new seal, written into the log's next commit. */
static bool seal_new(struct sealer *sealer, const struct talk_ask *ask,
                     struct seal_fields *fields, struct outcome *out, struct err *err)
{
    uint8_t *bytes = arena_alloc(sealer->round, SEAL_MOST);
    struct str seal = {(const char *)bytes, 0};
    struct signer *signer;
    const struct key *key;

    fields->issued = sealer->setup->clock();
    key = sealer_key(sealer->setup, fields->kind, fields->state, fields->issued, &signer, err);
    if (!key)
        return false;
    memcpy(fields->digest, key->suite == SUITE_SM2 ? ask->sm3 : ask->sha256, 32);
    if (!seal_sign(signer, key, fields, bytes, &seal.n, err))
        return false;
    log_add(sealer->log, fields, ask->sha256, seal);
    *out = (struct outcome){.answer = {.ok = true, .seal = seal}, .fresh = true};
    return true;
}

static bool decide(struct sealer *sealer, const struct talk_ask *ask, struct outcome *out,
                   struct err *err)
{
    const struct output *output = output_permitted(sealer, ask, err);
    struct seal_fields fields = {.version = ask->version,
                                 .customs = ask->customs,
                                 .last_day = ask->last_day,
                                 .number = ask->number,
                                 .lines = -1,
                                 .pages = -1,
                                 .from_day = -1,
                                 .to_day = -1};
    struct log_entry entry;
    uint8_t record[32];

    if (!output)
        return false;
    if (ask->number.n > SEAL_NUMBER_MOST)
        return err_add(err, FIRST_NUMBER_FORM, where_none(), "编号过长",
                       "the number is too long");
    if (log_record(sealer->log, ask->number, ask->version, record) &&
        memcmp(record, ask->sha256, sizeof record) != 0)
        return conflict(ask, err);
    fields.kind = output->sealed.number;
    fields.state = output->formal ? SEAL_APPROVED : SEAL_DRAFT;
    if (log_find(sealer->log, ask->number, ask->version, fields.kind, &entry)) {
        const char *kept =
            arena_text(sealer->round, (const char *)entry.seal, entry.seal_bytes);

        *out = (struct outcome){
            .answer = {.ok = true, .logged = true, .seal = {kept, entry.seal_bytes}}};
        return true;
    }
    if (output->sealed.lines)
        fields.lines = ask->lines;
    if (output->sealed.holder && ask->holder.n == 10)
        memcpy(fields.holder, ask->holder.p, 10);
    return seal_new(sealer, ask, &fields, out, err);
}

void ask_decide(struct sealer *sealer, const struct talk_ask *ask, struct outcome *out)
{
    struct err err;

    err_init(&err, sealer->round);
    if (!decide(sealer, ask, out, &err))
        outcome_refuse(sealer->round, &err, out);
}
