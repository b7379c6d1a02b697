/* sign.c: danzheng sign: a paper that is there already, signed. It is made again from its own
 * record, now with a signature; so the signed file has one revision, like any other. What is
 * not the paper that its record makes is not signed. */
#include "app/document.h"
#include "app/signing.h"

#include "verify/verify.h"

enum { TARGET, RECORD, SIGNED_AT, PASSPHRASE };

static const struct option options[] = {
    [TARGET] = {"out", 'o', "FILE", false, "where to; - is standard output"},
    [RECORD] = {"record", 0, "RECORD.json", false, "the record, which PDF/A-1b does not carry"},
    [SIGNED_AT] = {"signed-at", 0, "TIME", false, "when; else when it was sealed"},
    [PASSPHRASE] = {"passphrase-fd", 0, "N", false, "read the signing key's passphrase there"},
};

enum { FILE_MOST = 128 << 20, PDF_MOST = 1 << 30 };

static bool refuse(struct app *app, const char *file, const char *zh, const char *en)
{
    return err_add(&app->err, SIGN_REFUSED, where_file(file, 0, 0), "%s%.0s", "%.0s%s", zh, en);
}

/* Is the file a paper of ours, unsigned, and formal? */
static bool may_be_signed(struct app *app, const char *file, const struct verify_report *report)
{
    enum authenticity is = report->verdict.authenticity;

    if (report->signature.as != SIGNED_NOT)
        return refuse(app, file, "文件已经签名", "the file is signed already");
    if (is == AUTHENTIC_DRAFT)
        return refuse(app, file, "核对单不予签名", "a check sheet is not signed");
    if (is != AUTHENTIC_GENUINE && is != AUTHENTIC_TEST) {
        refuse(app, file, "文件不是可以签名的单证", "the file is no paper that can be signed");
        err_hint(&app->err, "danzheng verify %s says %s", file, report->verdict.word);
        return false;
    }
    return true;
}

static bool read_paper(struct app *app, const struct args *args, struct service *service,
                       struct verify_report *report)
{
    /* Whether the paper still holds does not matter here. */
    struct verify_request request = {.on = STR("20000101")};
    const char *path = option_value(args, RECORD);
    struct err *err = &app->err;
    struct str json;

    if (path && (!deliver_read(app->arena, path, RECORD_BYTES_MOST, &json, err) ||
                 !record_parse(app->arena, service->kinds, path, json, &request.record, err)))
        return false;
    return deliver_read(app->arena, args->words[0], FILE_MOST, &request.file, err) &&
           verify_paper(service, app->arena, &request, report, err) &&
           may_be_signed(app, args->words[0], report);
}

static bool sign(struct app *app, const struct args *args, struct service *service,
                 struct signing *signing)
{
    struct document document = {.path = option_value(args, TARGET), .mode = DELIVER_REPLACE};
    struct verify_report report;
    struct answer answer;
    struct buf bytes;
    bool ok;

    if (!signing_open(app, &service->settings.sign, option_value(args, PASSPHRASE),
                      option_value(args, SIGNED_AT), signing) ||
        !read_paper(app, args, service, &report))
        return false;
    document.print = report.again;
    document.print.signer = signing->signer;
    document.print.signed_at = signing->at;
    buf_init(&bytes, PDF_MOST);
    ok = document_make(service, app->arena, &document, &bytes, &answer, &app->err);
    buf_release(&bytes);
    return ok;
}

static int run(struct app *app, const struct args *args)
{
    struct service service = {0};
    struct signing signing = {0};

    if (!option_given(args, TARGET))
        err_add(&app->err, USAGE, where_none(), "请用 -o 指明文件",
                "say with -o where the paper goes");
    else if (service_open(app->arena, app->home, &service, &app->err))
        sign(app, args, &service, &signing);
    signing_close(&signing);
    service_close(&service);
    return report_exit(&app->err);
}

const struct command sign_command = {
    .name = "sign",
    .usage = "FILE.pdf -o FILE",
    .zh = "给已有的单证签名（PAdES）：按其所附记录重新制作，只有一个版本。",
    .en = "Sign a paper (PAdES): it is made again from its record, in one revision.",
    .more =
        "[sign] of config/danzheng.ini names key and certificates; render --sign does both\n"
        "at once. Check sheets, signed files, and files that are not what their record\n"
        "makes are refused. Exit: 0 signed, 2 usage, 65 refused, 74 input or output,\n"
        "75 no time-stamp, 77 not permitted, 78 faulty configuration or key.\n",
    .options = options,
    .option_count = COUNT(options),
    .words_least = 1,
    .words_most = 1,
    .run = run,
};
