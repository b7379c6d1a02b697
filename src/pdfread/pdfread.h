/* pdfread.h: a PDF read back, to be verified: what is attached, what it says of how it was
 * made, and whether it is one whole revision. The only user of qpdf (its C interface) and of
 * libxml2.
 *
 * The file comes from strangers. Both libraries run in a confined child, and what the child
 * says is checked again for form and length; whoever breaks it can claim no more than a file
 * can. */
#ifndef PDFREAD_PDFREAD_H
#define PDFREAD_PDFREAD_H

#include "base/err.h"

enum { PDFREAD_BYTES_MOST = 128 << 20 };

struct pdfread {
    /* Attached; empty when not there. */
    struct str record, seal; /* record.json, seal.txt */
    /* From the metadata: what it takes to render it again. ASCII, but for the copy's mark,
     * which may have Han; empty when not there. */
    struct str output, profile, layout, release, printed_at, copy, dpi;
    struct str other; /* the name of a parameter that this release does not know */
    /* Sentences: why no file of this program looks like this; empty when it is sound. What was
     * found before is kept. */
    struct str fault_zh, fault_en;
};

/* False where the file cannot be judged: no PDF at all (FILE_UNKNOWN), or one that takes more
 * time or memory than it may (PDF_TOO_MUCH). A damaged one is read, and has its fault. */
bool pdf_read(struct arena *, struct str file, struct pdfread *out, struct err *) MUST_CHECK;

#endif
