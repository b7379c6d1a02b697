/* font-internal.h: what the files of this folder share.
 *
 * A face is closed (only its file's size has been looked at), open (mapped, HarfBuzz knows it)
 * or faulty (cannot be read, or is of a kind that cannot be embedded: CFF without CIDs, CFF2,
 * variable). The mapping is read only and never copied. Everything remembered about characters
 * lies in the arena given to fonts_open and only grows up to the size of Unicode. */
#ifndef FONT_INTERNAL_H
#define FONT_INTERNAL_H

#include "font/cff.h"
#include "font/font.h"

#include <hb.h>

enum { PLANES = 17, PAGE = 256 };

/* Something for each code point, 0 where nothing is known yet. */
struct code_map {
    uint16_t **planes[PLANES];
};

enum face_state { FACE_CLOSED, FACE_OPEN, FACE_FAULTY };

enum pair_script { PAIR_HAN, PAIR_LATIN, PAIR_SCRIPTS };

struct face {
    struct face_info info;
    const char *path;
    enum face_state state;
    const char *fault; /* what is wrong with a faulty face, in English */
    void *bytes;       /* the mapped file */
    size_t size;
    hb_face_t *hb;
    bool spoilt; /* memory ended in hb-subset 6, which leaves a face that cannot be destroyed */
    hb_font_t *font;              /* scaled to units per em */
    struct FT_FaceRec_ *outlines; /* NULL until one is asked for */
    int units;
    unsigned glyph_count;
    struct cff *cff;          /* NULL: TrueType */
    struct str postscript;    /* empty until asked for */
    int ascent, descent, cap; /* in units, as font_metrics() says */
    int han, x;               /* heights as fit.c measures them; 0: not yet, < 0: it has none */
    struct code_map nominal;  /* glyph + 1 */
    struct code_map widths;   /* by glyph: advance + 1 */
    struct code_map blanks;   /* font_blank() + 1 */
    struct pairs *pairs[PAIR_SCRIPTS];
    struct arena *subset; /* of a TrueType face: the last one, made of … */
    const uint32_t *subset_of;
    size_t subset_count;
    struct font_program program;
};

struct chain {
    struct str name;
    int *faces;
    size_t count;
    struct code_map picks; /* 1: no face has it; else face + 2 */
    uint16_t *fits;        /* by face: font_fit(), 0: not yet */
};

struct fonts {
    struct arena *arena;
    struct owned *owned; /* how the arena closes them */
    struct face *faces;
    int face_count;
    struct chain *chains;
    int chain_count;
    hb_buffer_t *buffer;             /* reused by every shaping */
    struct FT_LibraryRec_ *freetype; /* NULL until an outline is asked for */
};

/* The face, open; NULL when it is faulty. */
struct face *face_open(struct fonts *, int face);
void face_close(struct face *);
void outlines_close(struct fonts *);
uint32_t face_glyph(struct fonts *, struct face *, uint32_t code); /* 0: it has none */
int face_advance(struct fonts *, struct face *, uint32_t glyph);   /* in units */
/* Leaves glyphs and places in fonts->buffer. */
void face_shape(struct fonts *, struct face *, struct str, hb_script_t, bool rtl,
                const char *language);
/* pairs.c: whether the character is one of those below; what it advances, in units, before b
 * (0: before nothing), or -1 when the two have to be shaped. */
bool pairs_has(uint32_t code);
int pairs_advance(struct fonts *, struct face *, enum pair_script, uint32_t a, uint32_t b);
/* NULL for a code that Unicode does not have. */
uint16_t *code_map_at(struct arena *, struct code_map *, uint32_t code);
/* units of the face → size; halves are rounded up. */
mpt face_scale(const struct face *, int64_t units, mpt size);

#endif
