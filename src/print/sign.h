/* sign.h: who signs files, as [sign] of config/danzheng.ini says; and whether a file is signed
 * well. */
#ifndef PRINT_SIGN_H
#define PRINT_SIGN_H

#include "conf/conf.h"
#include "seal/cms.h"

/* Paths are relative to home. Without the section, or without a key, nobody signs; half a
 * section is a fault. */
bool sign_settings(struct conf *, const char *home, struct cms_files *out,
                   struct err *) MUST_CHECK;

enum signed_as {
    SIGNED_NOT,
    SIGNED_WELL,        /* the whole file, by somebody who is trusted */
    SIGNED_BY_STRANGER, /* the whole file, by somebody else */
    SIGNED_BADLY,       /* not the whole file, or another one */
};

struct signed_report {
    enum signed_as as;
    struct cms_facts by;       /* SIGNED_WELL */
    struct str at;             /* RFC 3339, as the file says */
    struct str why_zh, why_en; /* of the last two: what follows "it is signed, but" */
};

/* Of a file of unknown origin. trust: NULL, and it is opened when it is needed. False only
 * where the trusted certificates cannot be read. */
bool signed_check(const struct cms_files *, const struct cms_trust *trust, struct arena *,
                  struct str file, struct signed_report *out, struct err *) MUST_CHECK;

#endif
