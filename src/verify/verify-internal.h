/* verify-internal.h: one paper on its way through the files of src/verify. */
#ifndef VERIFY_VERIFY_INTERNAL_H
#define VERIFY_VERIFY_INTERNAL_H

#include "pdfread/pdfread.h"
#include "verify/verify.h"

struct verifying {
    struct service *service;
    struct arena *arena;
    const struct verify_request *request;
    struct pdfread read;
    struct verify_findings findings;
    struct verify_report *report;
};

/* Always true: the finding decides, and this is why. */
bool verify_different(struct verifying *, struct str zh, struct str en);

/* One sentence more. */
void verify_note(struct verifying *, struct str zh, struct str en);

/* sealed.c: the seal alone: signature, key, dates, standing. False where the status list has
 * nothing to say of such a seal. */
bool sealed_look(struct verifying *, struct str text, struct err *) MUST_CHECK;
/* Is it this record's, of this output? whole: in every field, as this release writes them. */
bool sealed_of(const struct verifying *, const struct record *, const struct output *,
               bool whole);
/* Compares with the record that is given, by its digest. */
void sealed_compare(struct verifying *);

/* kept.c: what is kept of a well signed seal: standing, and whether it was seen at its time. */
bool kept_look(struct verifying *, struct str bytes, struct err *) MUST_CHECK;

/* picture.c: the text of the only seal in a PNG or JPEG; out is what its code says where that
 * is no seal. PICTURE_UNREAD, PICTURE_SEALS, PACKAGE_MISSING. */
bool picture_is(struct str file);
bool picture_read(struct arena *, struct str file, struct str *out, struct err *) MUST_CHECK;

#endif
