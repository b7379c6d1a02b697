/* verify.c: danzheng verify: is this paper genuine, and does it still hold? The first line is
 * the verdict, for people and for programs; the exit status says the same. */
#include "app/manifest.h"
#include "app/state.h"

#include "base/time.h"
#include "deliver/deliver.h"
#include "record/request.h"
#include "verify/verify.h"

#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { RECORD, STATUS, STATE, LOG, ON, MANIFEST, JSON };

static const struct option options[] = {
    [RECORD] = {"record", 0, "RECORD.json", false, "name the fields that differ from this one"},
    [STATUS] = {"status", 0, "FILE", false,
                "list of papers that hold no longer (danzheng status)"},
    [STATE] = {"state", 0, "DIR", false, "ask the registry in this folder, too"},
    [LOG] = {"log", 0, "FILE", false, "ask the sealer's log of seals, too"},
    [ON] = {"on", 0, "DATE", false, "as if today were DATE (2025-01-31 or 20250131)"},
    [MANIFEST] = {"manifest", 0, NULL, false, "hold a batch's folder against its manifest"},
    [JSON] = {"json", 0, NULL, false, "print one JSON object"},
};

enum {
    FILE_MOST = 128 << 20,
    LABEL = 24,
    TEXT_MOST = 64 << 20,
    DAY = 24 * 60 * 60,
    CHINA = 8 * 60 * 60
};

/* YYYYMMDD, as papers count days: in China. */
static struct str today(struct arena *arena)
{
    time_t now = time(NULL) + CHINA;
    char *text = arena_alloc(arena, 16);
    struct tm tm;

    return (struct str){text, strftime(text, 16, "%Y%m%d", gmtime_r(&now, &tm))};
}

static bool day_given(struct app *app, const char *given, struct str *out)
{
    struct str day = str_from(given);

    if (!given) {
        *out = today(app->arena);
        return true;
    }
    if (day.n == 10 && given[4] == '-' && given[7] == '-')
        day = str_printf(app->arena, "%.4s%.2s%.2s", given, given + 5, given + 8);
    if (!record_date_valid(day)) {
        err_add(&app->err, USAGE, where_none(), "--on“%s”不是日期", "--on '%s' is no date",
                given);
        err_hint(&app->err, "for example 2025-01-31");
        return false;
    }
    *out = day;
    return true;
}

/* 2025-01-31 */
static void put_day(struct buf *out, struct str day)
{
    buf_printf(out, "%.4s-%.2s-%.2s", day.p, day.p + 4, day.p + 6);
}

/* ---- for people */

static void put_sentences(struct buf *out, const char *meaning, const char *standing,
                          struct str why, const char *between)
{
    buf_text(out, meaning);
    if (*standing)
        buf_printf(out, "%s%s", between, standing);
    if (why.n)
        buf_printf(out, "%s%.*s", between, STR_ARG(why));
    buf_byte(out, '\n');
}

static void put_verdict(struct buf *out, const struct verify_report *report)
{
    const struct verify_verdict *verdict = &report->verdict;

    buf_printf(out, "%s\n", verdict->word);
    if (verdict->stands) {
        buf_text(out, verdict->standing_word);
        if (verdict->standing == STANDING_EXPIRED) {
            buf_byte(out, ' ');
            put_day(out, report->last_day);
        }
        buf_byte(out, '\n');
    }
    put_sentences(out, verdict->zh, verdict->standing_zh, report->why_zh, "");
    put_sentences(out, verdict->en, verdict->standing_en, report->why_en, " ");
}

static void put_signature(struct buf *out, const struct signed_report *signature)
{
    if (signature->as != SIGNED_WELL)
        return;
    buf_printf(out, "  signed   %.*s\n", STR_ARG(signature->by.subject));
    if (signature->by.stamp.at.n)
        buf_printf(out,
                   "           %.*s, time-stamped\n"
                   "           by %.*s\n"
                   "           签名时间由该时间戳机构证明\n",
                   STR_ARG(signature->by.stamp.at), STR_ARG(signature->by.stamp.by));
    else
        buf_printf(out,
                   "           %.*s, as the file says\n"
                   "           签名时间为文件自述，没有时间戳证明\n",
                   STR_ARG(signature->at));
}

static void put_paper(struct buf *out, const struct verify_report *report)
{
    const struct record *record = report->record;

    if (!record || !report->output || report->verdict.authenticity == AUTHENTIC_NOT_GENUINE)
        return;
    buf_printf(out, "  paper    %.*s %.*s\n", STR_ARG(report->output->name),
               STR_ARG(report->output->id));
    buf_printf(out, "  number   %.*s version %lld\n", STR_ARG(record_number(record)),
               (long long)record->version);
    buf_printf(out, "  status   %.*s\n", STR_ARG(record->status));
    if (report->last_day.n) {
        buf_text(out, "  until    ");
        put_day(out, report->last_day);
        buf_byte(out, '\n');
    }
    if (report->printed_at.n)
        buf_printf(out, "  printed  %.*s\n", STR_ARG(report->printed_at));
    buf_printf(out, "  made by  danzheng %.*s, PDF/A-%.*s\n", STR_ARG(report->release),
               STR_ARG(report->profile));
    put_signature(out, &report->signature);
    for (const struct fault *fault = report->today.first; fault; fault = fault->next)
        buf_printf(out, "  today    %.*s\n           %.*s\n", STR_ARG(fault->zh),
                   STR_ARG(fault->en));
}

/* What the seal says, for eyes to compare. Of a seal that nobody vouches for, nothing. */
static void put_seal(struct buf *out, struct arena *arena, const struct kinds *kinds,
                     const struct verify_report *report)
{
    const struct verify_sealed *sealed = &report->sealed;
    struct seal_line lines[SEAL_LINES_MOST];
    size_t count;

    if (!sealed->key || report->verdict.authenticity == AUTHENTIC_NOT_GENUINE)
        return;
    if (report->alone) {
        count = seal_describe(arena, kinds, &sealed->fields, lines);
        for (size_t i = 0; i < count; i++) {
            text_column(out, str_printf(arena, "  %s %s", lines[i].zh, lines[i].en), LABEL);
            buf_printf(out, "%.*s\n", STR_ARG(lines[i].value));
        }
        text_column(out, STR("  核验码 code"), LABEL);
        buf_printf(out, "%.*s\n", STR_ARG(sealed->code));
    }
    if (report->alone)
        text_column(out, STR("  签发者 signed by"), LABEL);
    else
        buf_text(out, "  sealed   ");
    buf_printf(out, "%.*s\n", STR_ARG(sealed->key->name));
}

/* Who was asked for the standing, and as of when. */
static void put_status(struct buf *out, struct arena *arena,
                       const struct verify_request *request, bool registered)
{
    const struct status_list *status = request->status;
    struct str made;

    if (registered)
        buf_text(out, "状态据登记簿，截至此刻。\nThe standing is the registry's, as of now.\n");
    else if (request->kept.registry)
        buf_text(out, "登记簿中没有此封签。\nThe registry does not have this seal.\n");
    if (!status && !registered)
        buf_text(out,
                 "未查状态清单：不知是否已被取代或撤销。\nNo status list was asked: it may "
                 "have been superseded or withdrawn.\n");
    if (!status)
        return;
    made = time_text(arena, status->made);
    buf_printf(out, "状态截至 %.*s（%.*s）。\nThe status list is of %.*s.\n", STR_ARG(made),
               STR_ARG(status->by), STR_ARG(made));
}

static void put_differences(struct buf *out, const struct differences *differences)
{
    size_t kept = differences->count < DIFFERENCES_MOST ? differences->count : DIFFERENCES_MOST;

    for (size_t i = 0; i < kept; i++) {
        const struct difference *d = &differences->kept[i];

        buf_printf(out, "%.*s: paper %.*s, record %.*s\n", STR_ARG(d->pointer),
                   STR_ARG(d->first.n ? d->first : STR("-")),
                   STR_ARG(d->second.n ? d->second : STR("-")));
    }
    if (differences->count > kept)
        buf_printf(out, "… %zu more\n", differences->count - kept);
}

struct telling {
    struct verify_request request;
    struct verify_report report;
    const struct kinds *kinds;
};

static void tell(struct arena *arena, bool json, const struct telling *told)
{
    const struct verify_report *report = &told->report;
    struct buf text;

    buf_init(&text, TEXT_MOST);
    if (json) {
        buf_byte(&text, '{');
        verify_json(&text, arena, told->kinds, report);
        buf_text(&text, "}\n");
    } else {
        put_verdict(&text, report);
        put_paper(&text, report);
        put_seal(&text, arena, told->kinds, report);
        put_differences(&text, &report->differences);
        if (report->verdict.stands)
            put_status(&text, arena, &told->request, report->sealed.registered);
    }
    fputs(text.p, stdout);
    buf_release(&text);
}

/* A typed code is 80 bits of a digest: only who keeps the seals can tell whose it is. */
static bool code_given(struct app *app, const struct args *args, const struct service *service,
                       const struct verify_kept *kept, struct str *out)
{
    struct str code = seal_code_typed(app->arena, str_from(args->words[1]));
    char *number = arena_printf(app->arena, "%s", args->words[0]);

    if (!code.n) {
        err_add(&app->err, USAGE, where_none(), "“%s”不是 16 位的核验码",
                "'%s' is no code of 16 characters", args->words[1]);
        err_hint(&app->err, "letters and the digits 2 to 7; hyphens and case do not matter");
        return false;
    }
    for (char *c = number; *c; c++)
        *c = (char)(*c >= 'a' && *c <= 'z' ? *c - ('a' - 'A') : *c);
    if (kept->registry || kept->log)
        return verify_kept_seal(service, app->arena, kept, str_from(number), code, out,
                                &app->err);
    err_add(&app->err, USAGE, where_none(), "编号和核验码须在保存封签之处查对",
            "a number and its code can be looked up only where the seals are kept");
    err_hint(&app->err, "give --state or --log; or verify the address in the QR code, a scan "
                        "of the paper, or its PDF");
    return false;
}

/* A file's bytes; an address, or a seal's text that names no file, stands for itself. */
static bool input_read(struct app *app, const char *word, struct str *out)
{
    struct str text = str_from(word), bytes;
    bool address = str_starts(text, STR("https://")) || str_starts(text, STR("http://"));

    if (address || (text.n >= SEAL_SIGNATURE && access(word, F_OK) != 0 &&
                    seal_text_read(app->arena, text, &bytes))) {
        *out = text;
        return true;
    }
    return deliver_read(app->arena, word, FILE_MOST, out, &app->err);
}

static bool status_given(struct app *app, const char *path, const struct keys *keys,
                         const struct status_list **out)
{
    struct str bytes;

    return !path || (deliver_read(app->arena, path, STATUS_BYTES_MOST, &bytes, &app->err) &&
                     status_parse(app->arena, path, bytes, keys, out, &app->err));
}

static bool verify(struct app *app, const struct args *args, struct service *service,
                   struct telling *told)
{
    const char *path = option_value(args, RECORD);
    struct verify_request *request = &told->request;
    struct err *err = &app->err;
    struct str json;

    request->kept.log = option_value(args, LOG);
    if (!day_given(app, option_value(args, ON), &request->on) ||
        !service_open(app->arena, app->home, service, err) ||
        !status_given(app, option_value(args, STATUS), service->keys, &request->status) ||
        (option_given(args, STATE) &&
         !state_open(app, option_value(args, STATE), &request->kept.registry)) ||
        !(args->count > 1 ? code_given(app, args, service, &request->kept, &request->file)
                          : input_read(app, args->words[0], &request->file)))
        return false;
    told->kinds = service->kinds;
    if (path) {
        app->input = path;
        if (!deliver_read(app->arena, path, RECORD_BYTES_MOST, &json, err) ||
            !record_parse(app->arena, service->kinds, path, json, &request->record, err))
            return false;
    }
    app->input = path;
    return verify_paper(service, app->arena, request, &told->report, err);
}

/* A folder: the verdict, how much was looked at, and what is wrong with it, a line each. */
static int verify_folder(struct app *app, const struct args *args)
{
    struct manifest_report report;
    struct service service = {0};
    bool ok =
        service_open(app->arena, app->home, &service, &app->err) &&
        manifest_verify(app->arena, &service.settings.sign, args->words[0], &report, &app->err);

    service_close(&service);
    if (!ok)
        return report_exit(&app->err);
    printf("%s\nmanifests %zu, files %zu\n%s", report.verdict, report.manifests, report.files,
           report.lines.n ? report.lines.p : "");
    buf_release(&report.lines);
    return report.exit;
}

static int run(struct app *app, const struct args *args)
{
    struct telling told = {0};
    struct service service = {0};
    bool ok;

    if (option_given(args, MANIFEST))
        return verify_folder(app, args);
    ok = verify(app, args, &service, &told);
    if (ok)
        tell(app->arena, option_given(args, JSON), &told);
    registry_close(told.request.kept.registry);
    service_close(&service);
    return ok ? told.report.verdict.exit : report_exit(&app->err);
}

const struct command verify_command = {
    .name = "verify",
    .usage = "FILE|ADDRESS|NUMBER CODE [--record RECORD.json] [--state DIR] [--status FILE] | "
             "--manifest DIR",
    .zh = "核验单证：是否真实、是否有效、与记录是否一致。",
    .en = "Verify a paper: is it genuine, does it hold, does it agree with the record.",
    .more =
        "FILE is a PDF, a picture or scan of a paper (PNG, JPEG), or a seal as text; - is\n"
        "standard input. ADDRESS is what the QR code says; its host does not matter.\n"
        "The first line is the verdict, the second its standing where it has one:\n"
        "  GENUINE         exit 0, when CURRENT; EXPIRED 11, SUPERSEDED 12, WITHDRAWN 13\n"
        "  TEST            exit 10: sealed with a published test key, of no force\n"
        "  SEAL ONLY       exit 14: another release made the file, only its seal can be "
        "verified\n"
        "  DRAFT           exit 15: a check sheet, which proves nothing\n"
        "  NOT GENUINE     exit 20: something is other than it was, or it is no paper of ours\n"
        "  RECORD DIFFERS  exit 21: unchanged, but other than the record given\n"
        "  UNKNOWN KEY     exit 22: keys and certificates here cannot tell; the sentences say "
        "why\n"
        "  NEWER FORMAT    exit 23: update the program\n"
        "Then come a Chinese and an English sentence. For a picture, an address or a seal the\n"
        "seal alone answers, and what it says is listed, to be compared with the paper by "
        "eye.\n"
        "A signed PDF is held against its signature, by the certificates of [sign] trust.\n"
        "An unsigned PDF is made again from the record and the seal that it carries, and "
        "every\n"
        "byte compared. PDF/A-1b carries no record: give it with --record. SUPERSEDED and\n"
        "WITHDRAWN come from a status list (danzheng status), as of its time, or from the\n"
        "registry (--state), as of now. NUMBER and CODE, as printed under the QR code, find\n"
        "the seal where seals are kept: in the registry, or in the sealer's log (--log).\n"
        "Either also bears witness for a seal whose key leaked later. Other exits: 2 usage,\n"
        "65 nothing that can be verified, or no such seal kept, 74 input, 78 faulty\n"
        "configuration, list or log.\n"
        "With --manifest a batch's folder is held against its manifests: GENUINE exit 0, "
        "every\n"
        "file is there and as it was, and who signed is trusted; UNSIGNED 10, nobody signed;\n"
        "NOT GENUINE 20, a file is missing, changed or extra, or a manifest is damaged;\n"
        "UNKNOWN KEY 22.\n",
    .options = options,
    .option_count = COUNT(options),
    .words_least = 1,
    .words_most = 2,
    .run = run,
};
