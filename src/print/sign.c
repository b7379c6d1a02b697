/* sign.c: [sign] of config/danzheng.ini. */
#include "print/sign.h"

static const char *path(struct conf *conf, struct conf_section *section, const char *home,
                        const char *key, struct err *err)
{
    struct str text = conf_text(conf, section, key, STR_NONE, err);

    if (!text.n)
        return NULL;
    return text.p[0] == '/' ? arena_text(conf->arena, text.p, text.n)
                            : arena_printf(conf->arena, "%s/%.*s", home, STR_ARG(text));
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
    }
    if (section && !files.key != !files.certificates) {
        err_add(err, CONF_KEY, section->at, "key 与 certificates 须同时填写",
                "key and certificates go together");
        err_hint(err, "key = the private key, certificates = the signer's and its issuers'");
    }
    *out = files;
    return err->faults == before;
}
