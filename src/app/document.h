/* document.h: one document of render or batch, printed and brought where it belongs. */
#ifndef APP_DOCUMENT_H
#define APP_DOCUMENT_H

#include "app/app.h"
#include "app/register.h"

#include "deliver/deliver.h"

struct document {
    struct print_request print;
    struct registrar
        *registrar;   /* what is registered there already comes from there; or NULL */
    const char *path; /* "-": standard output */
    enum deliver_mode mode;
    bool dump; /* the pages as text instead of the PDF */
};

/* The profile of this name (NULL: the usual one); adds USAGE when there is none. */
bool document_profile(const char *name, enum pdf_profile *, struct err *) MUST_CHECK;
/* The same of a printer's dots per inch. */
bool document_dpi(const char *number, int *, struct err *) MUST_CHECK;

/* Fills answer, also when it returns false (then answer.err says why and no file is there). */
bool document_make(struct service *, struct arena *, const struct document *, struct buf *bytes,
                   struct answer *, struct err *) MUST_CHECK;

#endif
