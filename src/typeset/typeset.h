/* typeset.h: layout + record + fonts → pages, in two steps. typeset_plan measures everything
 * and decides where pages break; every fault (a missing glyph, a cell that may not overflow)
 * is met there. typeset_page then draws any page by itself and cannot fail, so a caller that
 * writes page by page holds one page in memory, however long the list. */
#ifndef TYPESET_TYPESET_H
#define TYPESET_TYPESET_H

#include "layout/layout.h"
#include "page/page.h"
#include "record/record.h"
#include "text/text.h"

/* What a page may show besides the record. Clocks are not asked here. */
struct typeset_facts {
    struct str status_name; /* Chinese */
    struct str status_code;
    struct str verify_url, verify_code; /* code in groups of four */
    struct str mark;                    /* empty: none */
    struct str printed_at;              /* empty: not printed */
    int dpi;           /* of the printer: modules of codes are whole dots; 0: of any */
    size_t seal_bytes; /* behind verify_url; its QR code goes by them */
    int copy;          /* 1 is 第一联; 0: no copy label is printed */
};

struct typeset;

/* arena: must live as long as the plan; text: one user at a time. */
bool typeset_plan(struct arena *, const struct layout *, const struct record *, struct fonts *,
                  struct text *, const struct typeset_facts *, struct typeset **out,
                  struct err *) MUST_CHECK;
size_t typeset_pages(const struct typeset *);
/* index < typeset_pages; out's content lives in its own arena. */
void typeset_page(struct typeset *, size_t index, struct arena *, struct page *out);

#endif
