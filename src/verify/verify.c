/* verify.c: what is to be verified, by its kind. A PDF is read back, its seal and its record
 * held against each other; a signed one is judged by its signature, any other one made again
 * from what it says of itself, and compared. */
#include "verify/verify-internal.h"

#include "record/request.h"

#include <string.h>

enum { PDF_MOST = 1 << 30 };

bool verify_different(struct verifying *v, struct str zh, struct str en)
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
    if (!report->output->formal)
        v->findings.check_sheet = true;
    report->permitted =
        print_permitted(v->service, v->arena, report->record, report->output, &report->today);
}

/* ---- made again */

/* What the metadata ask for; false: nothing that this release makes. */
static bool parameters(struct verifying *v, struct print_request *out)
{
    const struct pdfread *read = &v->read;
    long dpi;

    if (read->other.n)
        return !verify_different(
            v, STR("文件所载的打印参数不是本版本所用的。"),
            STR("It has a render parameter that this release does not use."));
    if (!v->report->record)
        return !verify_different(v, STR("文件没有附带可用的记录。"),
                                 STR("It carries no record, or none that can be used."));
    if (!v->report->output || !pdf_profile_find(read->profile, &out->profile) ||
        (read->printed_at.n && !record_time_valid(read->printed_at)) ||
        (read->copy.n && !print_copy_valid(read->copy)) || !str_number(read->dpi, &dpi) ||
        dpi < PRINT_DPI_LEAST || dpi > PRINT_DPI_MOST)
        return !verify_different(v, STR("文件所载的打印参数有误。"),
                                 STR("One of its render parameters is wrong."));
    out->record = v->report->record;
    out->output = read->output;
    out->printed_at = read->printed_at;
    out->copy = read->copy;
    out->dpi = (int)dpi;
    out->seal_text = read->seal;
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
    verify_different(v,
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
        verify_different(v, STR("文件所用的版式与本机所存的不同。"),
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
             verify_different(v, STR("文件所附的记录制作不出单证。"),
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
    verify_different(
        v, str_printf(v->arena, "文件已签名，但%.*s。", STR_ARG(signature->why_zh)),
        str_printf(v->arena, "It is signed, but %.*s.", STR_ARG(signature->why_en)));
    if (signature->as == SIGNED_BY_STRANGER)
        v->findings.file = VERIFY_SIGNER_UNKNOWN;
}

/* ---- the seal that it carries */

static bool is_twin(const struct verifying *v)
{
    return str_is(v->read.profile, pdf_profile_name(PDF_A1B));
}

/* The seal vouches for the record, and so for the page that is made of it. */
static void check_seal(struct verifying *v, bool own_release)
{
    const struct verify_report *report = v->report;
    const struct record *record = report->record;

    if (!v->read.seal.n)
        verify_different(v, STR("文件没有附带封签。"), STR("It carries no seal."));
    else if (own_release && report->sealed.result == SEAL_NEWER)
        verify_different(v, STR("所附封签不是本版本所用的格式。"),
                         STR("Its seal is not of the form that its release writes."));
    else if (v->findings.seal == VERIFY_SEAL_FALSE || !report->sealed.parsed)
        return;
    else if (record && report->output && !sealed_of(v, record, report->output, own_release))
        verify_different(
            v, STR("所附封签是另一份记录或另一种单证的。"),
            STR("The seal that it carries is of another record, or of another paper."));
    else if (!record && !is_twin(v))
        verify_different(v, STR("文件没有附带可用的记录。"),
                         STR("It carries no record, or none that can be used."));
}

static bool need_record(struct err *err)
{
    err_add(err, USAGE, where_none(), "PDF/A-1b 文件不带记录，须用 --record 给出",
            "a PDF/A-1b file carries no record: give it with --record");
    err_hint(err, "danzheng verify FILE.pdf --record RECORD.json");
    return false;
}

/* What a file made by another release is worth here. */
static void leave_to_seal(struct verifying *v)
{
    const struct pdfread *read = &v->read;

    v->findings.file = VERIFY_OTHER_RELEASE;
    v->report->why_zh = str_printf(v->arena, "%.*s制作它的版本是 %.*s。",
                                   STR_ARG(v->report->why_zh), STR_ARG(read->release));
    v->report->why_en =
        str_printf(v->arena, "%.*s%sRelease %.*s made it.", STR_ARG(v->report->why_en),
                   v->report->why_en.n ? " " : "", STR_ARG(read->release));
}

static bool look_at(struct verifying *v, struct err *err)
{
    const struct pdfread *read = &v->read;
    bool own_release = str_eq(read->release, STR(RELEASE));
    bool is_signed = v->report->signature.as != SIGNED_NOT;

    find_record(v);
    if (is_signed && !v->report->record && v->request->record)
        return err_add(err, USAGE, where_none(),
                       "已签名的 PDF/A-1b 文件不带记录，无从与 --record 比较",
                       "a signed PDF/A-1b file carries no record to compare --record with");
    note_paper(v);
    compare_records(v);
    if (read->fault_en.n)
        return verify_different(v, read->fault_zh, read->fault_en);
    if (!read->release.n || !read->output.n)
        return verify_different(v, STR("文件没有本程序的打印参数。"),
                                STR("It has none of this program's render parameters."));
    if (own_release && !is_signed && is_twin(v) && !v->report->record)
        return need_record(err);
    if (read->seal.n && !sealed_look(v, read->seal, err))
        return false;
    check_seal(v, own_release);
    if (v->findings.file == VERIFY_DIFFERENT || v->findings.seal == VERIFY_SEAL_FALSE)
        return true;
    if (is_signed || !own_release) {
        if (is_signed)
            judge_signature(v);
        else
            leave_to_seal(v);
        return true;
    }
    if (!parameters(v, &v->report->again) || !same_layout(v))
        return true;
    return make_again(v, &v->report->again, err);
}

static bool look_at_pdf(struct verifying *v, struct err *err)
{
    struct str file = v->request->file;

    return pdf_read(v->arena, file, &v->read, err) &&
           signed_check(&v->service->settings.sign, v->service->trust, v->arena, file,
                        &v->report->signature, err) &&
           look_at(v, err);
}

/* ---- the seal alone */

/* An address, or letters of Base32 and nothing else. */
static bool is_seal_text(struct str file)
{
    enum { LEAST = 40, MOST = 4096 };
    struct str text = str_trim(file);
    bool address = str_starts(text, STR("https://")) || str_starts(text, STR("http://"));

    for (size_t i = 0; i < text.n && text.n <= MOST; i++) {
        char c = text.p[i];
        bool letter =
            (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '2' && c <= '7');

        if (c <= ' ' || c > '~' || (!address && !letter))
            return false;
    }
    return text.n <= MOST && (address || text.n >= LEAST);
}

static bool look_at_seal(struct verifying *v, struct str text, struct err *err)
{
    v->report->alone = true;
    if (!sealed_look(v, text, err))
        return false;
    sealed_compare(v);
    return true;
}

static bool look_at_picture(struct verifying *v, struct err *err)
{
    struct str text;

    return picture_read(v->arena, v->request->file, &text, err) && look_at_seal(v, text, err);
}

static bool look(struct verifying *v, struct err *err)
{
    struct str file = v->request->file;

    if (str_starts(file, STR("%PDF-")))
        return look_at_pdf(v, err);
    if (picture_is(file))
        return look_at_picture(v, err);
    if (is_seal_text(file))
        return look_at_seal(v, file, err);
    err_add(err, FILE_UNKNOWN, where_none(), "这不是 PDF、PNG、JPEG，也不是封签",
            "this is no PDF, PNG or JPEG, and no seal");
    return false;
}

bool verify_paper(struct service *service, struct arena *arena,
                  const struct verify_request *request, struct verify_report *out,
                  struct err *err)
{
    struct verify_report report = {0};
    struct verifying v = {
        .service = service, .arena = arena, .request = request, .report = &report};

    err_init(&report.today, arena);
    if (!look(&v, err))
        return false;
    report.verdict = verify_decide(&v.findings);
    *out = report;
    return true;
}
