/* print.c: the way of a record, a line a step. Nothing is written anywhere: the PDF goes to the
 * caller's buffer, and a refusal is an answer with its rule, not a failure. */
#include "print/print.h"

#include "digest/digest.h"
#include "pdf/pdf.h"
#include "typeset/typeset.h"

#include <errno.h>
#include <string.h>

static const struct output *find_output(struct arena *arena, const struct kind *kind,
                                        struct str id, struct err *err)
{
    const struct output *output = kind_output(kind, id);
    struct str known = STR_NONE;

    if (output)
        return output;
    for (size_t i = 0; i < kind->output_count; i++)
        known = str_printf(arena, "%.*s%s%.*s", STR_ARG(known), i ? ", " : "",
                           STR_ARG(kind->outputs[i].id));
    err_add(err, OUTPUT_UNKNOWN, where_none(), "%.*s没有打印件“%.*s”",
            "kind %.*s has no output '%.*s'", STR_ARG(kind->id), STR_ARG(id));
    err_hint(err, "%.*s has: %.*s", STR_ARG(kind->id), STR_ARG(known));
    return NULL;
}

bool print_permitted(const struct service *service, struct arena *arena,
                     const struct record *record, const struct output *output, struct err *err)
{
    const struct rules_ask ask = {
        .kind = record->kind,
        .status = record->status,
        .output = output,
        .saved = record_number(record).n > 0,
        .numbered = record_official(record).n > 0,
    };
    struct verdict verdict = rules_decide(service->rules, arena, &ask);

    if (verdict.allowed)
        return true;
    err_add(err, verdict.code, verdict.at, "%s%.0s", "%.0s%s",
            arena_text(arena, verdict.zh.p, verdict.zh.n),
            arena_text(arena, verdict.en.p, verdict.en.n));
    err_rule(err, verdict.rule);
    return false;
}

struct str print_parameters(struct arena *arena, const struct print_request *print)
{
    struct str all = STR_NONE, at = print->printed_at;

    if (print->profile != PDF_A3U)
        all = str_printf(arena, " profile=%s", pdf_profile_name(print->profile));
    if (print->dpi && print->dpi != PRINT_DPI)
        all = str_printf(arena, "%.*s dpi=%d", STR_ARG(all), print->dpi);
    if (at.n)
        all = str_printf(arena, "%.*s printed_at=%.*s", STR_ARG(all), STR_ARG(at));
    if (print->signer)
        all = str_printf(arena, "%.*s signed", STR_ARG(all));
    return str_trim(all);
}

struct str print_fonts(struct arena *arena, const struct service *service, uint64_t faces)
{
    struct str all = STR_NONE;

    for (int i = 0; i < fonts_faces(service->fonts) && i < 64; i++) {
        const struct face_info *face = fonts_face(service->fonts, i);

        if (faces >> i & 1)
            all = str_printf(arena, "%.*s%.*s %.*s\n", STR_ARG(all), STR_ARG(face->id),
                             STR_ARG(face->sha256));
    }
    return sha256_hex(arena, all);
}

size_t print_permitted_all(const struct service *service, struct arena *arena,
                           const struct record *record, const struct str **outputs)
{
    const struct kind *kind = record->kind;
    struct str *ids = NEW_ARRAY(arena, kind->output_count, struct str);
    size_t n = 0;

    for (size_t i = 0; i < kind->output_count; i++) {
        struct err refusal;

        err_init(&refusal, arena);
        if (print_permitted(service, arena, record, &kind->outputs[i], &refusal))
            ids[n++] = kind->outputs[i].id;
    }
    if (n == 0)
        ids[n++] = kind->outputs[0].id;
    *outputs = ids;
    return n;
}

bool print_copy_valid(struct str copy)
{
    static const struct str word = {"副本 ", sizeof "副本 " - 1};
    long number;

    return str_starts(copy, word) &&
           str_number((struct str){copy.p + word.n, copy.n - word.n}, &number) && number > 0 &&
           copy.p[word.n] != '0';
}

/* What the watermark says: 仅供测试 副本 2. */
static struct str mark_of(struct arena *arena, struct str mark, struct str copy)
{
    if (!mark.n || !copy.n)
        return copy.n ? copy : mark;
    return str_printf(arena, "%.*s %.*s", STR_ARG(mark), STR_ARG(copy));
}

/* A record may say its status in any of the names that the rules know; a paper is Chinese. */
static struct typeset_facts facts_of(const struct service *service, struct arena *arena,
                                     const struct print_request *request,
                                     const struct seal *seal)
{
    const struct record *record = request->record;
    const struct status *status = rules_status(service->rules, record->kind, record->status);
    struct str code = status ? status->code : record->status;
    bool coded = status && status->name_count > 0 && str_eq(record->status, code);

    return (struct typeset_facts){
        .status_name = coded ? status->names[0] : record->status,
        .status_code = code,
        .verify_url = seal->text,
        .verify_code = seal->code_text,
        .mark = mark_of(arena, seal->mark, request->copy),
        .printed_at = request->printed_at,
        .dpi = request->dpi ? request->dpi : PRINT_DPI,
        .seal_bytes = seal->bytes.n,
    };
}

/* Two files share an ID only if they are the same: it names all that the bytes depend on. */
static void id_of(struct arena *arena, const struct pdf_info *info, struct str canonical,
                  const struct seal *seal, const struct cms_signer *signer, uint8_t id[16])
{
    struct str record = sha256_hex(arena, canonical), who = STR_NONE;
    uint8_t sum[32];

    if (signer)
        who = str_printf(arena, " %.*s %.*s", STR_ARG(cms_signer_id(signer)),
                         STR_ARG(info->signed_at));
    sha256(str_printf(arena, "%.*s %.*s %.*s %.*s %s %d %.*s%.*s%.*s", STR_ARG(record),
                      STR_ARG(seal->text), STR_ARG(info->output), STR_ARG(info->layout),
                      pdf_profile_name(info->profile), info->dpi, STR_ARG(info->printed_at),
                      STR_ARG(who), STR_ARG(info->copy)),
           sum);
    memcpy(id, sum, 16);
}

static struct pdf_info info_of(struct arena *arena, const struct layout *layout,
                               const struct print_request *request,
                               const struct print_answer *answer)
{
    const struct record *record = request->record;
    const struct cms_signer *signer = layout->output->formal ? request->signer : NULL;
    const struct field *unit = kind_field(record->kind, STR("operator.unit_name"));
    struct pdf_file *files = NEW_ARRAY(arena, 2, struct pdf_file);
    struct pdf_info info = {
        .profile = request->profile,
        .pages = answer->pages,
        .title = layout->title.n ? layout->title : layout->output->name,
        .subject = record_number(record),
        .author = unit ? record_value(record, unit)->text : STR_NONE,
        .note = layout->note,
        .created = answer->seal.issued,
        .dpi = request->dpi ? request->dpi : PRINT_DPI,
        .output = layout->output->id,
        .layout = layout->digest,
        .release = STR(RELEASE),
        .printed_at = request->printed_at,
        .seal = request->profile == PDF_A1B ? answer->seal.text : STR_NONE,
        .copy = request->copy,
        .files = files,
        .file_count = 2,
    };

    files[0] = (struct pdf_file){.name = STR("record.json"),
                                 .type = STR("application/json"),
                                 .about = STR("本单证所依据的记录"),
                                 .relation = "Source",
                                 .bytes = record->canonical};
    files[1] =
        (struct pdf_file){.name = STR("seal.txt"),
                          .type = STR("text/plain"),
                          .about = STR("本单证的封签"),
                          .relation = "Supplement",
                          .bytes = str_printf(arena, "%.*s\n", STR_ARG(answer->seal.text))};
    if (signer) {
        info.signature = cms_signer_room(signer);
        info.signed_at = request->signed_at.n ? request->signed_at : info.created;
    }
    id_of(arena, &info, record->canonical, &answer->seal, signer, info.id);
    return info;
}

/* As long and as strange as a real one, for who only asks what a paper would look like: no
 * seal may be made for that, and a record that was never saved cannot have one. */
static void seal_stand_in(const struct service *service, struct arena *arena,
                          const struct record *record, const struct output *output,
                          struct seal *out)
{
    char letters[8 * SEAL_Q_MOST / 5 + 1];

    for (size_t i = 0; i < sizeof letters; i++)
        letters[i] = (char)('A' + i * i % 26);
    out->text = str_printf(arena, "https://%.*s/s/%.*s", STR_ARG(service->settings.host),
                           (int)sizeof letters, letters);
    out->issued = record->received_at;
    out->code = STR("ABCDEFGHIJKLMNOP");
    out->code_text = STR("ABCD-EFGH-IJKL-MNOP");
    out->mark = output->formal ? STR("仅供测试") : STR("仅供核对");
    out->bytes = (struct str){out->text.p, SEAL_Q_MOST}; /* only their number matters */
}

/* The sealer has answered, and has no key for such a paper, or has another copy of the rules,
 * or has sealed another record of this number. */
static bool is_refusal(const struct err *err)
{
    int like = err_info(err_fault(err)->code)->exit;

    return like == err_info(SEAL_NOT_PERMITTED)->exit ||
           like == err_info(VERSION_CONFLICT)->exit || like == err_info(USAGE)->exit;
}

static bool seal_trial(struct service *service, struct arena *arena, const struct seal_ask *ask,
                       struct seal *out, struct err *err)
{
    const struct err before = *err;

    if (seal_issue(service->issuer, arena, ask, out, err))
        return true;
    if (!service->settings.sealer || !is_refusal(err))
        return false;
    *err = before; /* of whoever asks for a trial, without a fault */
    seal_stand_in(service, arena, ask->record, ask->output, out);
    return true;
}

static bool seal_paper(struct service *service, struct arena *arena,
                       const struct print_request *request, struct print_answer *done,
                       struct err *err)
{
    const struct seal_ask ask = {request->record, done->output, service->settings.host};

    if (request->trial)
        return seal_trial(service, arena, &ask, &done->seal, err);
    if (!request->seal_text.n)
        return seal_issue(service->issuer, arena, &ask, &done->seal, err);
    if (seal_given(service->issuer, arena, &ask, request->seal_text, &done->seal))
        return true;
    return err_add(err, SEAL_VALUE, where_none(), "所给的不是封签", "what is given is no seal");
}

/* Everything up to the pages, once the seal is there; output is the record's. */
static bool plan_pages(struct service *service, struct arena *arena,
                       const struct print_request *request, struct print_answer *done,
                       const struct layout **layout, struct typeset **plan, struct err *err)
{
    struct typeset_facts facts;

    if (!layout_pick(service->layouts, request->record->kind, done->output,
                     request->record->received_at, layout, err))
        return false;
    done->layout = (*layout)->digest;
    facts = facts_of(service, arena, request, &done->seal);
    if (!typeset_plan(arena, *layout, request->record, service->fonts, service->text, &facts,
                      plan, err))
        return false;
    done->pages = typeset_pages(*plan);
    return true;
}

/* The file is whole but for its signature; on failure it is taken back. */
static bool sign(struct arena *arena, const struct cms_signer *signer,
                 const struct pdf_info *info, struct pdf_gap gap, struct buf *out, size_t start,
                 struct err *err)
{
    char *file = out->p + start;
    uint8_t digest[32];
    struct str signature;

    if (!info->signature)
        return true;
    pdf_digest((struct str){file, out->n - start}, gap, digest);
    if (cms_sign(signer, arena, digest, info->signed_at, &signature, err) &&
        pdf_sign(file, gap, signature, err))
        return true;
    out->n = start;
    *file = '\0';
    return false;
}

/* The whole paper, once its output is found. */
static bool print_paper(struct service *service, struct arena *arena,
                        const struct print_request *request, struct print_answer *answer,
                        struct buf *out, struct err *err)
{
    struct print_answer done = *answer;
    const struct layout *layout;
    struct typeset *plan;
    struct pdf_info info;
    struct pdf_made made;
    struct pdf *pdf;
    size_t start = out->n;

    if (!seal_paper(service, arena, request, &done, err) ||
        !plan_pages(service, arena, request, &done, &layout, &plan, err))
        return false;

    info = info_of(arena, layout, request, &done);
    pdf = pdf_open(arena, service->pdf, service->fonts, &info, out);
    for (size_t i = 0; i < done.pages; i++) {
        struct page page;

        arena_reset(service->sheet);
        typeset_page(plan, i, service->sheet, &page);
        pdf_page(pdf, &page);
        if (request->dump)
            page_dump(&page, request->dump);
    }
    if (!pdf_close(pdf, &made, err) ||
        !sign(arena, request->signer, &info, made.gap, out, start, err))
        return false;
    done.faces = made.faces;
    *answer = done;
    return true;
}

bool print_may(const struct service *service, struct arena *arena,
               const struct print_request *request, const struct output **output,
               struct err *err)
{
    const struct record *record = request->record;

    *output = find_output(arena, record->kind, request->output, err);
    return *output &&
           (!request->rights ||
            rights_may_print(request->rights, record, request->output, err)) &&
           print_permitted(service, arena, record, *output, err);
}

struct printing {
    struct service *service;
    struct arena *arena;
    const struct print_request *request;
    struct print_answer *answer;
    struct buf *out;
    struct err *err;
    bool again; /* whatever the rules say now */
    bool well;
};

static void print_work(void *user)
{
    struct printing *p = user;
    const struct record *record = p->request->record;
    struct print_answer done = {0};

    if (p->service->stale && !service_fonts(p->service, p->err))
        return;
    p->service->stale = true;
    errno = 0;
    if (p->again)
        done.output = find_output(p->arena, record->kind, p->request->output, p->err);
    else if (!print_may(p->service, p->arena, p->request, &done.output, p->err))
        return;
    if (!done.output)
        return;
    p->well = print_paper(p->service, p->arena, p->request, &done, p->out, p->err);
    if (p->well)
        *p->answer = done;
}

static bool print_safely(struct printing *printing)
{
    struct service *service = printing->service;
    struct buf *out = printing->out;
    const struct err before = *printing->err;
    size_t start = out->n;

    /* Libraries go on with less where memory ends: text unshaped, an outline left out, no break
     * in a line. malloc has left ENOMEM then, and nothing on the way takes it back. */
    if (arena_run(printing->arena, print_work, printing) && errno != ENOMEM) {
        service->stale = !service->fonts;
        return printing->well;
    }
    *printing->err = before;
    if (out->p) {
        out->n = start;
        out->p[start] = '\0';
    }
    return err_add(printing->err, MEMORY_LIMIT, where_none(), "内存不足，单证没有完成",
                   "memory ended before the document was complete");
}

bool print_one(struct service *service, struct arena *arena,
               const struct print_request *request, struct print_answer *answer,
               struct buf *out, struct err *err)
{
    struct printing printing = {service, arena, request, answer, out, err, false, false};

    return print_safely(&printing);
}

bool print_again(struct service *service, struct arena *arena,
                 const struct print_request *request, struct print_answer *answer,
                 struct buf *out, struct err *err)
{
    struct printing printing = {service, arena, request, answer, out, err, true, false};

    return print_safely(&printing);
}

bool print_try(struct service *service, struct arena *arena,
               const struct print_request *request, struct print_answer *answer,
               struct err *err)
{
    struct print_answer done = {0};
    const struct layout *layout;
    struct typeset *plan;

    done.output = find_output(arena, request->record->kind, request->output, err);
    if (!done.output)
        return false;
    seal_stand_in(service, arena, request->record, done.output, &done.seal);
    if (!plan_pages(service, arena, request, &done, &layout, &plan, err))
        return false;
    for (size_t i = 0; i < done.pages; i++) {
        struct page page;

        typeset_page(plan, i, service->sheet, &page);
        for (size_t k = 0; k < page.count; k++)
            if (page.items[k].type == ITEM_RUN)
                done.faces |= (uint64_t)1 << page.items[k].as.run.face;
        arena_reset(service->sheet);
    }
    *answer = done;
    return true;
}
