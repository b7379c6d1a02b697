/* font.h: faces, chains, coverage, metrics, shaping, outlines, subsets. The only user of
 * FreeType and HarfBuzz. Faces are named once, in fonts/fonts.ini:
 *
 *   [face noto-serif-sc]               [chain song]
 *   package = fonts-noto-cjk           faces = noto-serif-sc babelstone-han hanamin-a …
 *   file = /usr/share/fonts/…ttc
 *   index = 2
 *   bytes = …, sha256 = …, licence = OFL-1.1
 *
 * fonts_open checks that files exist and have the declared size; faces are mapped when first
 * used. A face is an index (int, ≥ 0) in the order of fonts.ini; a chain likewise. */
#ifndef FONT_FONT_H
#define FONT_FONT_H

#include "base/err.h"
#include "page/page.h"

struct fonts;

enum { FONTS_FACES_MOST = 64 }; /* pdf tells which faces it embedded as bits */

struct face_info {
    struct str id, package, file, sha256, licence;
    int index;
    long bytes;
    struct where at;
};

/* The arena must live as long as the fonts: it also keeps what is learned of their
 * characters. What is opened for them ends with it, or with fonts_close. */
bool fonts_open(struct arena *, const char *home, struct fonts **out, struct err *) MUST_CHECK;
void fonts_close(struct fonts *); /* NULL is fine */
struct arena *fonts_arena(struct fonts *);
/* Opens every face: FONT_FAULT for each that is no font or of a kind that cannot be
 * embedded. */
bool fonts_check(struct fonts *, struct err *) MUST_CHECK;

int fonts_faces(const struct fonts *);
const struct face_info *fonts_face(const struct fonts *, int face);
int fonts_chain(const struct fonts *, struct str name); /* -1: no such chain */
struct str fonts_chain_name(const struct fonts *, int chain);
const int *fonts_chain_faces(const struct fonts *, int chain, size_t *count);

/* The first face of the chain that has the character (with the variation selector, when not 0,
 * else without), or -1. Opening a face that turns out faulty also counts as "has not". */
int font_pick(struct fonts *, int chain, uint32_t code, uint32_t selector);

/* Of the face, scaled to size: ascent and descent (both positive) of its text, cap height. */
struct font_metrics {
    mpt ascent, descent, cap;
};
struct font_metrics font_metrics(struct fonts *, int face, mpt size);

/* What stands empty of a glyph's advance left and right of its ink, at size. */
struct font_sides {
    mpt left, right;
};
struct font_sides font_sides(struct fonts *, int face, uint32_t code, mpt size);
/* Which halves of the em the face leaves empty in the character (an em wide): bits. */
enum font_blank { FONT_BLANK_LEFT = 1, FONT_BLANK_RIGHT = 2 };
int font_blank(struct fonts *, int face, uint32_t code);
/* The size, in thousandths of the text's, at which the face's characters do not stand out
 * among those of the chain's first face: 850 to 1150, always the same for a face of a chain. */
int font_fit(struct fonts *, int chain, int face);

/* Shapes text (one face, one script, one direction) at size. Glyphs in visual order, clusters
 * as byte offsets into text. script: ISO 15924 as four bytes ("Hani"); language BCP 47. Cannot
 * fail: font_pick has said that every character is there. */
struct font_shape {
    const struct glyph *glyphs;
    size_t count;
    mpt width;
};
void font_shape(struct fonts *, struct arena *, int face, mpt size, struct str text,
                const char script[4], bool rtl, const char *language, struct font_shape *out);

/* The same for letters that need no shaping: Han, their marks, and ASCII in a CJK face, of one
 * script (Latin or Han) and with nothing but each other around. Fills ids and advances of out.
 * False: they have to be shaped. */
bool font_plain(struct fonts *, int face, mpt size, bool latin, const uint32_t *codes,
                size_t count, struct glyph *out);

/* Advance in thousandths of the em, as PDF's W array has it (rounded). */
int font_advance(struct fonts *, int face, uint32_t glyph);

/* A glyph's outline in font units: move, line, cubic (TrueType's curves made cubic), close. */
struct font_pen {
    void (*move)(void *, double x, double y);
    void (*line)(void *, double x, double y);
    void (*cubic)(void *, double x1, double y1, double x2, double y2, double x, double y);
    void (*close)(void *);
    void *user;
};
int font_units(struct fonts *, int face); /* units per em */
void font_outline(struct fonts *, int face, uint32_t glyph, const struct font_pen *);

/* What the font descriptor needs (ISO 32000-1, 9.8), in thousandths of the em. */
struct font_facts {
    struct str postscript_name;
    bool cff; /* CIDFontType0C, else TrueType */
    bool serif, italic;
    int ascent, descent, cap_height, bbox[4], stem_v;
};
void font_facts(struct fonts *, int face, struct font_facts *out);

/* 0: the face has no such character. */
uint32_t font_glyph(struct fonts *, int face, uint32_t code);

/* A font program with these glyphs (without 0; .notdef is always in it), each under the CID
 * (ascending) by which pdf shows it. The subset writer behind this is exchangeable. CFF: the
 * charset says the CIDs, gids is NULL. TrueType: gids[i] is the new id of glyphs[i], for a
 * CIDToGIDMap. */
struct font_program {
    struct str bytes; /* bare CFF, or a TrueType file */
    const uint16_t *gids;
    /* CFF: where in bytes the outlines begin, and how long each is: .notdef's, then those of
     * glyphs, one behind the other. The bytes of an outline are the same in every subset. */
    size_t outlines, outline_count;
    const uint16_t *lengths;
};
bool font_subset(struct fonts *, struct arena *, int face, const uint32_t *glyphs,
                 const uint16_t *cids, size_t count, struct font_program *out,
                 struct err *) MUST_CHECK;

#endif
