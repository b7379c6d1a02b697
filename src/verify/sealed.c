/* sealed.c: what a seal says for itself. Nothing in it counts before its signature is good. */
#include "base/time.h"
#include "verify/verify-internal.h"

#include <stdio.h>
#include <string.h>

static enum verify_seal finding_of(enum seal_result result)
{
    switch (result) {
    case SEAL_GOOD:
    case SEAL_TEST:
        return VERIFY_SEAL_GOOD;
    case SEAL_NEWER:
        return VERIFY_SEAL_NEWER;
    case SEAL_UNKNOWN_KEY:
    case SEAL_WITNESS_NEEDED:
        return VERIFY_SEAL_KEY_UNKNOWN;
    case SEAL_FORGED:
    case SEAL_OUTSIDE_WINDOW:
    case SEAL_COMPROMISED:
    case SEAL_KIND_NOT_ALLOWED:
        break;
    }
    return VERIFY_SEAL_FALSE;
}

/* "2025-01-31" as "20250131" */
static struct str plain_day(struct arena *arena, struct str day)
{
    return str_printf(arena, "%.4s%.2s%.2s", day.p, day.p + 5, day.p + 8);
}

void verify_note(struct verifying *v, struct str zh, struct str en)
{
    struct verify_report *report = v->report;

    report->why_zh = str_printf(v->arena, "%.*s%.*s", STR_ARG(report->why_zh), STR_ARG(zh));
    report->why_en = str_printf(v->arena, "%.*s%s%.*s", STR_ARG(report->why_en),
                                report->why_en.n ? " " : "", STR_ARG(en));
}

static void find_standing(struct verifying *v)
{
    const struct seal_fields *seal = &v->report->sealed.fields;
    struct str issued = time_text(v->arena, seal->issued);
    enum standing *standing = &v->findings.standing; /* by now as the registry has it */
    enum paper_status status = PAPER_NOT_LISTED;

    if (v->request->status)
        status = status_find(v->request->status, seal->number, seal->kind, seal->version);
    if (status == PAPER_WITHDRAWN)
        *standing = STANDING_WITHDRAWN;
    else if (status == PAPER_SUPERSEDED && *standing == STANDING_CURRENT)
        *standing = STANDING_SUPERSEDED;
    else if (*standing == STANDING_CURRENT && v->report->last_day.n &&
             str_cmp(v->request->on, v->report->last_day) > 0)
        *standing = STANDING_EXPIRED;
    issued.n = strlen("2025-01-31");
    if (str_cmp(v->request->on, plain_day(v->arena, issued)) < 0)
        verify_note(v, str_printf(v->arena, "其签发日期在后：%.*s。", STR_ARG(issued)),
                    str_printf(v->arena, "It was issued later: on %.*s.", STR_ARG(issued)));
}

bool sealed_look(struct verifying *v, struct str text, struct err *err)
{
    struct verify_sealed *sealed = &v->report->sealed;
    const struct status_list *status = v->request->status;
    struct str bytes = STR_NONE;

    sealed->text = str_trim(text);
    sealed->result = seal_read(v->arena, v->service->keys, text, &sealed->fields, &sealed->key);
    sealed->parsed =
        sealed->fields.suite != SUITE_NONE && seal_text_read(v->arena, text, &bytes);
    if (sealed->key && !kept_look(v, bytes, err))
        return false;
    if (sealed->result == SEAL_WITNESS_NEEDED && sealed->witnessed) {
        sealed->result = SEAL_GOOD;
        verify_note(v, STR("密钥其后泄露，但签发记录中有此封签。"),
                    STR("Its key leaked later, but the seal was on record."));
    }
    v->findings.seal = finding_of(sealed->result);
    if (v->findings.seal != VERIFY_SEAL_GOOD)
        verify_note(
            v, str_printf(v->arena, "%.*s。", STR_ARG(seal_result_text(sealed->result, true))),
            str_printf(v->arena, "That is because %.*s.",
                       STR_ARG(seal_result_text(sealed->result, false))));
    if (sealed->result == SEAL_WITNESS_NEEDED && !v->request->kept.registry &&
        !v->request->kept.log)
        verify_note(v, STR("可用 --state 或 --log 查签发记录。"),
                    STR("Ask a registry (--state) or the sealer's log (--log)."));
    if (!sealed->parsed)
        return true;
    sealed->code = seal_code_groups(v->arena, seal_code(v->arena, bytes));
    v->findings.test = sealed->result == SEAL_TEST;
    v->findings.check_sheet = sealed->fields.kind == 1 || sealed->fields.state == SEAL_DRAFT;
    if (sealed->fields.last_day)
        v->report->last_day =
            plain_day(v->arena, seal_day_text(v->arena, sealed->fields.last_day));
    if (status && status->test && sealed->result == SEAL_GOOD) {
        err_add(err, STATUS_LIST_FAULT, where_none(),
                "状态清单由测试密钥签发，对正式单证不作数",
                "the status list is signed by a test key, and says nothing of official papers");
        err_hint(err, "use the list that the authority publishes");
        return false;
    }
    find_standing(v);
    return true;
}

bool sealed_of(const struct verifying *v, const struct record *record,
               const struct output *output, bool whole)
{
    const struct seal_fields *seal = &v->report->sealed.fields;
    uint8_t digest[32], wanted[SEAL_MOST];
    struct seal_fields fields;
    struct err unused;
    struct str bytes;
    size_t n;

    seal_digest(seal->suite, record->canonical, digest);
    if (memcmp(digest, seal->digest, sizeof digest) != 0 ||
        seal->kind != output->sealed.number || seal->version != record->version ||
        !str_eq(seal->number, record_number(record)))
        return false;
    if (!whole)
        return true;
    err_init(&unused, v->arena);
    if (!seal_compose(v->arena, record, output, &fields, &unused) ||
        !seal_text_read(v->arena, v->report->sealed.text, &bytes))
        return false;
    fields.suite = seal->suite;
    fields.issued = seal->issued;
    memcpy(fields.key, seal->key, sizeof fields.key);
    memcpy(fields.digest, digest, sizeof digest);
    n = seal_write(&fields, wanted);
    return n > 0 && n + SEAL_SIGNATURE == bytes.n && memcmp(wanted, bytes.p, n) == 0;
}

/* A value that the seal tells, beside the record's. */
static void differ(struct verifying *v, struct str pointer, struct str seal, struct str record)
{
    struct differences *out = &v->report->differences;

    if (str_eq(seal, record))
        return;
    if (!out->kept)
        out->kept = NEW_ARRAY(v->arena, DIFFERENCES_MOST, struct difference);
    out->kept[out->count++] = (struct difference){pointer, seal, record};
}

static struct str quoted(struct arena *arena, struct str text)
{
    return text.n ? str_printf(arena, "\"%.*s\"", STR_ARG(text)) : STR_NONE;
}

static struct str number(struct arena *arena, long long value)
{
    return str_printf(arena, "%lld", value);
}

static struct str hex(struct arena *arena, const uint8_t digest[32])
{
    char *text = arena_alloc(arena, 65);

    for (size_t i = 0; i < 32; i++)
        snprintf(text + 2 * i, 3, "%02x", digest[i]);
    return (struct str){text, 64};
}

void sealed_compare(struct verifying *v)
{
    const struct seal_fields *seal = &v->report->sealed.fields;
    const struct record *record = v->request->record;
    struct arena *arena = v->arena;
    uint8_t digest[32];

    if (!record || !v->report->sealed.parsed)
        return;
    seal_digest(seal->suite, record->canonical, digest);
    differ(v, field_pointer(arena, record->kind->number), quoted(arena, seal->number),
           quoted(arena, record_number(record)));
    differ(v, STR("/version"), number(arena, seal->version), number(arena, record->version));
    differ(v, seal->suite == SUITE_SM2 ? STR("(SM3)") : STR("(SHA-256)"),
           quoted(arena, hex(arena, seal->digest)), quoted(arena, hex(arena, digest)));
    v->findings.record_differs = v->report->differences.count > 0;
}
