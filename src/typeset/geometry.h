/* geometry.h: is a finished page tidy? What tests ask of samples, and `danzheng layout test` of
 * boundary records. */
#ifndef TYPESET_GEOMETRY_H
#define TYPESET_GEOMETRY_H

#include "layout/layout.h"
#include "page/page.h"

/* Adds LAYOUT_GEOMETRY, at the layout's line, for each text outside of the margins at its sides
 * or of the sheet, each two texts that lie over each other, each text that a rule goes through,
 * and what touches a code or its quiet zone. Items of one value say it once. Returns how many
 * there are. number: the page's, for the sentence. */
size_t geometry_check(const struct layout *, const struct page *, size_t number, struct err *);

#endif
