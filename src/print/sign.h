/* sign.h: who signs files: [sign] of config/danzheng.ini. */
#ifndef PRINT_SIGN_H
#define PRINT_SIGN_H

#include "conf/conf.h"
#include "seal/cms.h"

/* Paths are relative to home. Without the section, or without a key, nobody signs; half a
 * section is a fault. */
bool sign_settings(struct conf *, const char *home, struct cms_files *out,
                   struct err *) MUST_CHECK;

#endif
