/* verify.c: a PDF, read back: a signed one is held against its signature, any other one is
 * made again from what it says of itself, and compared. */
#include "verify/verify.h"

#include "pdfread/pdfread.h"
#include "record/request.h"

#include <string.h>

enum { PDF_MOST = 1 << 30 };

/* One file on its way through. */
struct verifying {
    struct service *service;
    struct arena *arena;
    const struct verify_request *request;
    struct pdfread read;
    struct verify_findings findings;
    struct verify_report *report;
};

static bool different(struct verifying *v, struct str zh, struct str en)
{
    v->findings.file = VERIFY_DIFFERENT;
    v->report->why_zh = zh;
    v->report->why_en = en;
    return true;
}

/* The file's own record; a 1b file carries none, so there the one given stands for it. */
static void find_record(struct verifying *v)
{
    bool is_signed = v->report->signature.as != SIGNED_NOT;
    const struct record **record = &v->report->record;
    struct err unused;

    err_init(&unused, v->arena);
    if (!v->read.record.n && str_is(v->read.profile, pdf_profile_name(PDF_A1B)) && !is_signed)
        *record = v->request->record;
    else if (!record_parse(v->arena, v->service->kinds, "record.json", v->read.record, record,
                           &unused))
        *record = NULL;
}

static void compare_records(struct verifying *v)
{
    const struct record *own = v->report->record, *given = v->request->record;

    if (!own || !given || str_eq(own->canonical, given->canonical))
        return;
    v->findings.record_differs = true;
    record_differ(v->arena, own, given, &v->report->differences);
}

/* The last day on which the paper holds, as its output defines it; empty: no end. */
static struct str last_day(const struct record *record, const struct output *output)
{
    static const struct {
        const char *output, *field;
    } ends[] = {
        {"confirmation", "re_exit_entry_date"},
        {"extension_slip", "customs_allowed_deadline"},
        {"import_certificate", "valid_until"},
    };

    for (size_t i = 0; i < COUNT(ends); i++) {
        const struct field *field;

        if (!str_is(output->id, ends[i].output))
            continue;
        field = kind_field(record->kind, str_from(ends[i].field));
        return field ? record_value(record, field)->text : STR_NONE;
    }
    return STR_NONE;
}

/* What every verdict of a file that is one of ours tells. */
static void note_paper(struct verifying *v)
{
    struct verify_report *report = v->report;

    report->release = v->read.release;
    report->profile = v->read.profile;
    report->printed_at = v->read.printed_at;
    if (!report->record)
        return;
    report->output = kind_output(report->record->kind, v->read.output);
    if (!report->output)
        return;
    v->findings.check_sheet = !report->output->formal;
    report->last_day = last_day(report->record, report->output);
    if (report->last_day.n && str_cmp(v->request->on, report->last_day) > 0)
        v->findings.standing = STANDING_EXPIRED;
    report->permitted =
        print_permitted(v->service, v->arena, report->record, report->output, &report->today);
}

/* ---- made again */

/* What the metadata ask for; false: nothing that this release makes. */
static bool parameters(struct verifying *v, struct print_request *out)
{
    const struct pdfread *read = &v->read;
    long dpi;

    if (read->other.n || read->copy.n)
        return !different(v, STR("文件所载的打印参数不是本版本所用的。"),
                          STR("It has a render parameter that this release does not use."));
    if (!v->report->record)
        return !different(v, STR("文件没有附带可用的记录。"),
                          STR("It carries no record, or none that can be used."));
    if (!v->report->output || !pdf_profile_find(read->profile, &out->profile) ||
        (read->printed_at.n && !record_time_valid(read->printed_at)) ||
        !str_number(read->dpi, &dpi) || dpi < PRINT_DPI_LEAST || dpi > PRINT_DPI_MOST)
        return !different(v, STR("文件所载的打印参数有误。"),
                          STR("One of its render parameters is wrong."));
    out->record = v->report->record;
    out->output = read->output;
    out->printed_at = read->printed_at;
    out->dpi = (int)dpi;
    return true;
}

static void compare_bytes(struct verifying *v, struct str made)
{
    struct str file = v->request->file;
    bool own = v->read.record.n > 0;
    size_t at = 0;

    if (str_eq(file, made)) {
        v->findings.file = VERIFY_SAME;
        return;
    }
    while (at < file.n && at < made.n && file.p[at] == made.p[at])
        at++;
    different(v,
              str_printf(v->arena, "文件与按%s记录重新制作的不同，从第 %zu 字节起。",
                         own ? "其所附" : "所给", at + 1),
              str_printf(v->arena,
                         "It differs from what the record %s makes, from byte %zu on.",
                         own ? "it carries" : "given", at + 1));
}

/* The layout's digest is in the metadata, so another layout is a difference like any; but it
 * may be this machine that has the wrong one, which is worth saying. */
static bool same_layout(struct verifying *v)
{
    const struct record *record = v->report->record;
    const struct layout *layout;
    struct err unused;

    err_init(&unused, v->arena);
    if (!layout_pick(v->service->layouts, record->kind, v->report->output, record->received_at,
                     &layout, &unused) ||
        !str_eq(layout->digest, v->read.layout)) {
        different(v, STR("文件所用的版式与本机所存的不同。"),
                  STR("It was made with another layout than the one kept here."));
        return false;
    }
    return true;
}

/* A record that prints nothing makes no paper; a machine that prints nothing says nothing. */
static bool make_again(struct verifying *v, const struct print_request *request,
                       struct err *err)
{
    enum { RECORD_FAULT = 65, NOT_PERMITTED = 77 };
    struct print_answer answer;
    struct err inner;
    struct buf made;
    bool ok;

    err_init(&inner, v->arena);
    buf_init(&made, PDF_MOST);
    ok = print_again(v->service, v->arena, request, &answer, &made, &inner);
    if (ok) {
        compare_bytes(v, buf_view(&made));
    } else {
        int exit = err_info(inner.first->code)->exit;

        ok = (exit == RECORD_FAULT || exit == NOT_PERMITTED) &&
             different(v, STR("文件所附的记录制作不出单证。"),
                       STR("No paper can be made from its record."));
        if (!ok)
            *err = inner;
    }
    buf_release(&made);
    return ok;
}

/* ---- signed */

static void judge_signature(struct verifying *v)
{
    const struct signed_report *signature = &v->report->signature;

    if (signature->as == SIGNED_WELL) {
        v->findings.file = VERIFY_SAME;
        return;
    }
    different(v, str_printf(v->arena, "文件已签名，但%.*s。", STR_ARG(signature->why_zh)),
              str_printf(v->arena, "It is signed, but %.*s.", STR_ARG(signature->why_en)));
    if (signature->as == SIGNED_BY_STRANGER)
        v->findings.file = VERIFY_SIGNER_UNKNOWN;
}

static bool look_at(struct verifying *v, struct err *err)
{
    const struct pdfread *read = &v->read;

    find_record(v);
    if (v->report->signature.as != SIGNED_NOT && !v->report->record && v->request->record)
        return err_add(err, USAGE, where_none(),
                       "已签名的 PDF/A-1b 文件不带记录，无从与 --record 比较",
                       "a signed PDF/A-1b file carries no record to compare --record with");
    note_paper(v);
    compare_records(v);
    if (read->fault_en.n)
        return different(v, read->fault_zh, read->fault_en);
    if (v->report->signature.as != SIGNED_NOT) {
        judge_signature(v);
        return true;
    }
    if (!read->release.n || !read->output.n)
        return different(v, STR("文件没有本程序的打印参数。"),
                         STR("It has none of this program's render parameters."));
    if (!str_eq(read->release, STR(RELEASE))) {
        v->findings.file = VERIFY_OTHER_RELEASE;
        v->report->why_zh =
            str_printf(v->arena, "制作它的版本是 %.*s。", STR_ARG(read->release));
        v->report->why_en =
            str_printf(v->arena, "Release %.*s made it.", STR_ARG(read->release));
        return true;
    }
    if (str_is(read->profile, pdf_profile_name(PDF_A1B)) && !v->report->record) {
        err_add(err, USAGE, where_none(), "PDF/A-1b 文件不带记录，须用 --record 给出",
                "a PDF/A-1b file carries no record: give it with --record");
        err_hint(err, "danzheng verify FILE.pdf --record RECORD.json");
        return false;
    }
    if (!parameters(v, &v->report->again) || !same_layout(v))
        return true;
    return make_again(v, &v->report->again, err);
}

bool verify_paper(struct service *service, struct arena *arena,
                  const struct verify_request *request, struct verify_report *out,
                  struct err *err)
{
    struct verify_report report = {0};
    struct verifying v = {
        .service = service, .arena = arena, .request = request, .report = &report};

    err_init(&report.today, arena);
    v.findings.test = true;
    if (!pdf_read(arena, request->file, &v.read, err) ||
        !signed_check(&service->sign, arena, request->file, &report.signature, err) ||
        !look_at(&v, err))
        return false;
    report.verdict = verify_decide(&v.findings);
    *out = report;
    return true;
}
