/* pdfread-internal.h: what the child finds in a file, part by part. */
#ifndef PDFREAD_PDFREAD_INTERNAL_H
#define PDFREAD_PDFREAD_INTERNAL_H

#include "base/str.h"

enum part {
    PART_RECORD,
    PART_SEAL,
    PART_OUTPUT,
    PART_PROFILE,
    PART_LAYOUT,
    PART_RELEASE,
    PART_PRINTED_AT,
    PART_COPY,
    PART_DPI,
    PART_OTHER,
    PART_PRODUCER, /* "danzheng 0.2.0" */
    PART_FAULT,    /* one English sentence */
    PARTS
};

enum {
    XMP_MOST = 256 << 10,
    VALUE_MOST = 128,
    SEAL_MOST = 4 << 10,
    FAULT_MOST = 240,
    NAME_MOST = 32,
};

/* What finds parts gives them here; false: stop. Each may come once. */
struct finder {
    int answer;
    bool found[PARTS];
    bool faulty;
};

bool part_found(struct finder *, enum part, struct str bytes);
bool part_fault(struct finder *, const char *text); /* always false */

/* objects.c: attachments and metadata by qpdf. False when there was a fault. */
bool objects_find(struct finder *, struct str file);
/* metadata.c: the render parameters in a packet of XMP. */
bool metadata_find(struct finder *, struct str packet);

#endif
