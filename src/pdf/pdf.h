/* pdf.h: pages → PDF bytes. The only user of libharu (its object layer: never its fonts, text
 * encoding, measuring, PDF/A, ID, attachment or encryption calls) and of libdeflate. Same
 * pages, fonts and info: same bytes. Pages come one at a time and are compressed when added,
 * so memory does not grow with uncompressed pages. */
#ifndef PDF_PDF_H
#define PDF_PDF_H

#include "font/font.h"
#include "page/page.h"

struct pdf_info {
    struct str title;   /* 展览会备案申请表 */
    struct str subject; /* the first number */
    struct str author;  /* who made the record: the operator's unit */
    struct str note;    /* 样式为参考，非官方格式文书原样 */
    struct str created; /* RFC 3339: the record's received_at; the only time in the file */
    uint8_t id[16];     /* both halves of the ID */
};

struct pdf;

struct pdf *pdf_open(struct arena *, struct fonts *, const struct pdf_info *);
void pdf_page(struct pdf *, const struct page *);
/* Subsets and embeds the fonts, writes everything to out, frees libharu's memory whatever
 * happens. faces: as bits, which faces were embedded (for the report); may be NULL. */
bool pdf_close(struct pdf *, struct buf *out, uint64_t *faces, struct err *) MUST_CHECK;

#endif
