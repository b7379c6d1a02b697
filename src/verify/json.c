/* json.c: a report for programs. */
#include "verify/verify.h"

#include <string.h>

static void put_paper(struct buf *out, const struct verify_report *report)
{
    const struct record *record = report->record;

    if (!record || !report->output)
        return;
    buf_printf(out, ",\"paper\":{\"version\":%lld", (long long)record->version);
    buf_member(out, "kind", record->kind->id);
    buf_member(out, "output", report->output->id);
    buf_member(out, "number", record_number(record));
    buf_member(out, "status", record->status);
    buf_member(out, "last_day", report->last_day);
    buf_member(out, "printed_at", report->printed_at);
    buf_member(out, "release", report->release);
    buf_member(out, "profile", report->profile);
    buf_byte(out, '}');
}

static void put_seal(struct buf *out, struct arena *arena, const struct kinds *kinds,
                     const struct verify_report *report)
{
    const struct verify_sealed *sealed = &report->sealed;
    struct seal_line lines[SEAL_LINES_MOST];
    size_t count;

    if (!sealed->parsed)
        return;
    count = seal_describe(arena, kinds, &sealed->fields, lines);
    buf_text(out, ",\"seal\":{\"text\":");
    buf_json(out, sealed->text);
    buf_member(out, "code", sealed->code);
    buf_printf(out, ",\"registered\":%s", sealed->registered ? "true" : "false");
    if (sealed->key)
        buf_member(out, "signed_by", sealed->key->name);
    for (size_t i = 0; i < count; i++) {
        char *name = arena_printf(arena, "%s", lines[i].en);

        for (char *blank = strchr(name, ' '); blank; blank = strchr(blank, ' '))
            *blank = '_';
        buf_member(out, name, lines[i].value);
    }
    buf_byte(out, '}');
}

static void put_differences(struct buf *out, const struct differences *differences)
{
    buf_printf(out, ",\"difference_count\":%zu,\"differences\":[", differences->count);
    for (size_t i = 0; i < differences->count && i < DIFFERENCES_MOST; i++) {
        const struct difference *d = &differences->kept[i];

        buf_text(out, i ? ",{\"at\":" : "{\"at\":");
        buf_json(out, d->pointer);
        buf_printf(out, ",\"paper\":%.*s,\"record\":%.*s}",
                   STR_ARG(d->first.n ? d->first : STR("null")),
                   STR_ARG(d->second.n ? d->second : STR("null")));
    }
    buf_byte(out, ']');
}

static void put_signature(struct buf *out, const struct signed_report *signature)
{
    if (signature->as != SIGNED_WELL)
        return;
    buf_printf(out, ",\"signature\":{\"algorithm\":\"%s\"", signature->by.algorithm);
    buf_member(out, "subject", signature->by.subject);
    buf_member(out, "issuer", signature->by.issuer);
    buf_member(out, "certificate", signature->by.id);
    buf_member(out, "from", signature->by.from);
    buf_member(out, "until", signature->by.until);
    buf_member(out, "signed_at", signature->at);
    buf_member(out, "stamped_at", signature->by.stamp.at);
    buf_member(out, "stamped_by", signature->by.stamp.by);
    buf_byte(out, '}');
}

void verify_json(struct buf *out, struct arena *arena, const struct kinds *kinds,
                 const struct verify_report *report)
{
    const struct verify_verdict *verdict = &report->verdict;

    buf_printf(out, "\"verdict\":\"%s\"", verdict->word);
    buf_member(out, "standing", str_from(verdict->standing_word));
    buf_printf(out, ",\"exit\":%d", verdict->exit);
    buf_member(out, "zh", str_from(verdict->zh));
    buf_member(out, "en", str_from(verdict->en));
    buf_member(out, "why_zh", report->why_zh);
    buf_member(out, "why_en", report->why_en);
    put_paper(out, report);
    put_signature(out, &report->signature);
    put_seal(out, arena, kinds, report);
    put_differences(out, &report->differences);
    if (report->today.first) {
        buf_text(out, ",\"today\":");
        err_json(out, arena, &report->today);
    }
}
