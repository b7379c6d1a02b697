/* page.h: the narrow waist: one finished page as plain data. typeset writes it, pdf reads it,
 * the tests compare its text dump. Nothing before it knows PDF; nothing after it knows records
 * or layouts.
 *
 * Items stand in reading order (a label, then its value). Lengths in mpt, origin top left, y
 * down. Structure: every item belongs to the element that was open when it was added (an index
 * into `elements`, parents before children); element 0 is the artifact: rules, watermark,
 * repeated headings. A table that runs over pages opens again on the next page with the same
 * `series`. */
#ifndef PAGE_PAGE_H
#define PAGE_PAGE_H

#include "base/buf.h"
#include "base/geom.h"
#include "image/image.h"

struct glyph {
    uint32_t id;         /* in its face */
    uint32_t cluster;    /* byte offset in the run's text, the first byte it stands for */
    mpt advance, dx, dy; /* dy up, as in OpenType */
};

/* Where an item came from: the layout's line, the record's pointer (empty: the layout's
 * words). */
struct origin {
    const char *file;
    int line;
    struct str pointer;
};

enum tag {
    TAG_ARTIFACT,
    TAG_DOCUMENT,
    TAG_H1,
    TAG_H2,
    TAG_P,
    TAG_TABLE,
    TAG_THEAD,
    TAG_TBODY,
    TAG_TR,
    TAG_TH,
    TAG_TD,
    TAG_FIGURE
};

struct element {
    enum tag tag;
    int parent;        /* index; -1 for the document and the artifact */
    int series;        /* the same element on several pages has one number; 0: stands alone */
    struct str alt;    /* figures: what is read aloud */
    int columns, rows; /* span of a cell, ≥ 1 */
};

enum item_type { ITEM_RUN, ITEM_RULE, ITEM_BOX, ITEM_MATRIX, ITEM_OUTLINE, ITEM_IMAGE };

/* Glyphs of one face in visual order, left to right. text is in logical order. */
struct run {
    int face;
    mpt size, x, y; /* y: baseline */
    mpt inset;      /* of x from where all lines of its paragraph begin, if that is known */
    struct str text;
    const struct glyph *glyphs;
    size_t count;
    bool reordered;       /* glyph order is not text order: extraction needs the text itself */
    const char *language; /* BCP 47, when the script says that it is not the paper's; or NULL */
};

struct rule {
    mpt x1, y1, x2, y2, thick;
    enum dash dash;
};

/* Square or bar modules: rows × columns bytes, not 0 is dark; drawn to fill `at` exactly. */
struct matrix {
    struct rect at;
    int columns, rows;
    const uint8_t *modules;
    struct str what; /* "qr", "code128" */
    struct str text; /* what it says */
};

/* A run drawn as outlines, not as text; turned by angle (degrees, counter-clockwise) about x,
 * y. */
struct outline {
    struct run run;
    int angle;
};

/* One image on several pages is one pointer, and is written once. */
struct picture {
    struct rect at;
    const struct image *image;
};

struct item {
    enum item_type type;
    int element;
    uint32_t rgb; /* 0xRRGGBB */
    struct origin origin;
    union {
        struct run run;
        struct rule rule;
        struct rect box; /* filled */
        struct matrix matrix;
        struct outline outline;
        struct picture picture;
    } as;
};

struct page {
    struct arena *arena;
    mpt width, height;
    struct item *items;
    size_t count, room;
    struct element *elements;
    size_t element_count, element_room;
    int open; /* the element that takes new items */
};

/* An empty page with elements 0 (artifact) and 1 (document, open). */
void page_init(struct page *, struct arena *, mpt width, mpt height);
/* A new element below the open one; becomes the open one. Returns its index. */
int page_open(struct page *, enum tag);
void page_close(struct page *); /* back to the parent */
/* A zeroed item of this type in the open element (artifact: in element 0), to be filled in
 * before the next one is added (the array may move). Elements are born spanning 1 × 1. */
struct item *page_add(struct page *, enum item_type, struct origin);
struct item *page_artifact(struct page *, enum item_type, struct origin);

/* Everything that has been added stands elsewhere. */
void page_move(struct page *, mpt dx, mpt dy);

const char *tag_name(enum tag); /* "TD"; the artifact is "-" */
/* One line an item, stable order, for golden files: type, place, face, size, element, text. */
void page_dump(const struct page *, struct buf *out);
/* Its line of the dump. */
void item_dump(const struct page *, const struct item *, struct buf *out);

#endif
