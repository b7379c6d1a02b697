/* cff.h: CFF tables (Adobe technical note 5176) as far as a subset writer needs them. CID-keyed
 * ones only, as Noto CJK is; every offset is checked when the table is opened. */
#ifndef FONT_CFF_H
#define FONT_CFF_H

#include "font/font.h"

/* An INDEX: count objects of bytes. */
struct cff_index {
    struct str table;
    size_t offsets, data; /* in the table; object i lies from offset i to offset i + 1 */
    unsigned count, size;
};

struct cff_fd {
    struct str matrix;         /* operands of FontMatrix as they stand, empty when absent */
    struct str width, nominal; /* operands of defaultWidthX and nominalWidthX likewise */
    struct cff_index subrs;
};

struct cff {
    struct str table, name, bbox, matrix; /* the last two: operands as they stand */
    struct cff_index glyphs, subrs;
    struct cff_fd *fds;
    unsigned fd_count;
    size_t fd_select;
    unsigned char *room; /* for the charstring that is being flattened */
    struct str *flat;    /* flattened charstrings by glyph, made when first asked for */
};

/* table: borrowed for as long as the result lives. NULL: not CID-keyed, or damaged. */
struct cff *cff_open(struct arena *, struct str table, unsigned glyph_count);
bool cff_object(const struct cff_index *, unsigned i, struct str *out);
unsigned cff_fd_of(const struct cff *, unsigned glyph);

/* cff-flatten.c: the glyph's charstring without subroutines and hints; the outline is the same.
 * Empty when it cannot be done (arithmetic, seac, damage). Kept in the arena. */
struct str cff_flatten(struct arena *, struct cff *, unsigned glyph);

/* cff-subset.c: a CFF font of .notdef and these glyphs, under these CIDs (ascending). Empty
 * bytes when one cannot be flattened. */
struct font_program cff_subset(struct arena *keep, struct arena *, struct cff *,
                               const uint32_t *glyphs, const uint16_t *cids, size_t count);

#endif
