/* svg.h: pages → SVG, for the preview and for comparing layouts: a picture to look at and to
 * click on, never a document. It shows the page itself: every glyph by its outline, at its
 * place; the paper's size in millimetres.
 *
 * An item is a <g class="item"> with data-at (layout file:line), data-pointer (JSON pointer)
 * and data-text. Glyphs are <symbol>s, defined where the first page shows them, so the pages of
 * one svg belong into one HTML document. */
#ifndef SVG_SVG_H
#define SVG_SVG_H

#include "font/font.h"
#include "page/page.h"

struct svg; /* knows which glyphs are defined already */

struct svg *svg_new(struct arena *, struct fonts *);
/* marked: NULL, or for each item whether it gets the class "differs" as well. */
void svg_page(struct svg *, const struct page *, const bool *marked, struct buf *out);
/* Text as HTML and SVG want it, between tags and in quoted attributes. */
void svg_text(struct buf *, struct str);

#endif
