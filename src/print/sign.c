/* sign.c: [sign] of config/danzheng.ini; and a signed file: what belongs to the file (pdf) and
 * what belongs to the signature (seal) asked together. */
#include "print/sign.h"

#include "pdf/pdf.h"

static const char *path(struct conf *conf, struct conf_section *section, const char *home,
                        const char *key, struct err *err)
{
    struct str text = conf_text(conf, section, key, STR_NONE, err);

    if (!text.n)
        return NULL;
    return text.p[0] == '/' ? arena_text(conf->arena, text.p, text.n)
                            : arena_printf(conf->arena, "%s/%.*s", home, STR_ARG(text));
}

/* Longer than this no request waits. */
static long read_wait(struct conf *conf, struct conf_section *section, struct err *err)
{
    enum { USUAL = 10, MOST = 60 };
    long wait = conf_count(conf, section, "wait", USUAL, err);

    if (wait < 1 || wait > MOST)
        err_add(err, CONF_VALUE, conf_entry(conf, section, "wait")->at, "“%s”应为 %d 至 %d",
                "'%s' must be %d to %d", "wait", 1, MOST);
    return wait;
}

bool sign_settings(struct conf *conf, const char *home, struct cms_files *out, struct err *err)
{
    struct conf_section *section = conf_first(conf, "sign");
    struct cms_files files = {0};
    int before = err->faults;
    struct str stamps;

    if (section) {
        files.key = path(conf, section, home, "key", err);
        files.certificates = path(conf, section, home, "certificates", err);
        files.trust = path(conf, section, home, "trust", err);
        stamps = conf_text(conf, section, "stamps", STR_NONE, err);
        if (stamps.n)
            files.stamps = arena_text(conf->arena, stamps.p, stamps.n);
        files.wait = read_wait(conf, section, err);
    }
    if (section && !files.key != !files.certificates) {
        err_add(err, CONF_KEY, section->at, "key 与 certificates 须同时填写",
                "key and certificates go together");
        err_hint(err, "key = the private key, certificates = the signer's and its issuers'");
    }
    *out = files;
    return err->faults == before;
}

/* ---- verifying */

static void judge(const struct cms_trust *trust, struct arena *arena, struct str file,
                  const struct pdf_signature *found, struct signed_report *out)
{
    uint8_t digest[32];
    struct err why;

    err_init(&why, arena);
    pdf_digest(file, found->gap, digest);
    out->at = found->signed_at;
    if (cms_verify(trust, arena, digest, found->signature, out->at, &out->by, &why)) {
        out->as = SIGNED_WELL;
        return;
    }
    out->as = why.last->code == SIGNATURE_UNTRUSTED ? SIGNED_BY_STRANGER : SIGNED_BADLY;
    out->why_zh = why.last->zh;
    out->why_en = why.last->en;
}

bool signed_check(const struct cms_files *files, const struct cms_trust *trust,
                  struct arena *arena, struct str file, struct signed_report *out,
                  struct err *err)
{
    struct signed_report report = {.as = SIGNED_NOT};
    struct cms_trust *own = NULL;
    struct pdf_signature found;
    enum pdf_signed as = pdf_signature(arena, file, &found);

    if (as == PDF_SIGNED_OTHERWISE) {
        report.as = SIGNED_BADLY;
        report.why_zh = STR("签名没有覆盖整个文件");
        report.why_en = STR("the signature does not cover the whole file");
    } else if (as == PDF_SIGNED) {
        if (!trust && files->trust && !cms_trust_open(arena, files->trust, &own, err))
            return false;
        judge(trust ? trust : own, arena, file, &found, &report);
        cms_trust_close(own);
    }
    *out = report;
    return true;
}
