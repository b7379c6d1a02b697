/* text.h: paragraphs: spans of text in, set lines of shaped runs out. The only user of ICU.
 *
 * Fallback per character over the chain, script and bidi runs, line breaking by UAX #14 with
 * the Chinese rules of CLREQ (level GB) on top: no 。，、）》 at a line's start, no （《 at its end,
 * —— and …… whole, digits with their unit; emergency breaks only in tokens wider than the
 * line. Punctuation gives its blank away beside other marks and at a line's ends, and in the
 * line before a character is carried to the next. LF in a span breaks the line. A character
 * that no face of the chain has is a fault (GLYPH_MISSING) with the span's pointer, the
 * character, its code point and the faces tried; all of them are added. */
#ifndef TEXT_TEXT_H
#define TEXT_TEXT_H

#include "font/font.h"

struct text; /* break iterators and bidi objects, kept between paragraphs; one user at a time */

/* In the fonts' arena; close with text_close, before the fonts. NULL: ICU lacks its data, or
 * memory for it. */
struct text *text_open(struct fonts *);
void text_close(struct text *);

enum text_align { TEXT_LEFT, TEXT_CENTER, TEXT_RIGHT, TEXT_JUSTIFY };

/* How wide full-width marks are. full: an em, but half of it beside another mark and at a
 * line's ends. kaiming (开明式): moreover half an em inside the line, but for 。！？. none: an em
 * everywhere. */
enum text_marks { TEXT_MARKS_FULL, TEXT_MARKS_KAIMING, TEXT_MARKS_NONE };

struct text_style {
    int chain;
    mpt size;
    mpt leading; /* baseline to baseline */
    mpt indent;  /* of the first line */
    enum text_align align;
    enum text_marks marks;
    bool gap;     /* a quarter em between Han and letters or digits */
    bool balance; /* lines about equally long, as in titles, not the last one short */
};

struct text_span {
    struct str text;    /* UTF-8; runs borrow from it */
    struct str pointer; /* JSON pointer of the value; empty: the layout's own words */
    struct str field;   /* its label, for messages; may be empty */
};

struct text_run {
    int face;
    mpt size; /* of this face: font_fit() of the style's */
    mpt x;    /* from the left edge of the paragraph's width, alignment included */
    struct str text;
    const struct glyph *glyphs;
    size_t count;
    bool reordered;       /* right to left, or clusters that extraction cannot undo */
    const char *language; /* BCP 47, when its whole script is foreign to Chinese; or NULL */
    struct str pointer;
};

struct text_line {
    const struct text_run *runs; /* in the text's order; x says where each one stands */
    size_t count;
    mpt width; /* of what is drawn */
};

struct text_block {
    const struct text_line *lines;
    size_t count; /* 0 for empty text */
    mpt width;    /* of the widest line */
    mpt height;   /* count × leading */
    mpt baseline; /* of the first line from the top of the block: by the first face of the
                     chain, the same for every line, so that neighbours align */
};

/* width MPT_MAX: no breaking but at LF (then align is as left). False: a fault was added. */
bool text_set(struct text *, struct arena *, const struct text_span *, size_t count,
              const struct text_style *, mpt width, struct text_block *out,
              struct err *) MUST_CHECK;
/* Width of the widest token that may not be broken, and of the longest line unbroken. */
bool text_measure(struct text *, struct arena *, const struct text_span *, size_t count,
                  const struct text_style *, mpt *token, mpt *natural, struct err *) MUST_CHECK;

#endif
