/* layout.h: one paper's layout: layouts/<kind>/<output>.ini → a tree of blocks with its fields
 * looked up and its lengths parsed; nothing measured. Plain data, immutable, read by typeset.
 * layouts/README.md is the language. */
#ifndef LAYOUT_LAYOUT_H
#define LAYOUT_LAYOUT_H

#include "base/geom.h"
#include "image/image.h"
#include "record/kind.h"

/* A text with fields, compiled to pieces. */
enum piece_type {
    PIECE_WORDS, /* the layout's own */
    PIECE_FIELD, /* a field of the head, or a column of the table's row */
    PIECE_FACT,  /* one of enum fact */
    PIECE_SUM,   /* of a decimal column; in an `each` row of the rows that it stands for */
    PIECE_EACH,  /* the value that this repeated row stands for */
    PIECE_CHECK  /* ☑ when the field has the value `words`, else ☐ */
};
enum part { PART_NAME, PART_CODE, PART_FULL_NAME };
enum format {
    FORMAT_PLAIN,
    FORMAT_NUMBER,
    FORMAT_MONEY,
    FORMAT_DATE,
    FORMAT_TIME,
    FORMAT_CAPITAL /* 壹仟元整 */
};
/* Which rows a sum counts: all, those of this page, of all pages before it, of all pages up to
 * its end, of the group that ends here. */
enum reach { REACH_ALL, REACH_PAGE, REACH_BEFORE, REACH_SO_FAR, REACH_GROUP, REACHES };
enum fact {
    FACT_STATUS,
    FACT_VERSION,
    FACT_RECEIVED_AT,
    FACT_PRINTED_AT,
    FACT_VERIFY_URL,
    FACT_VERIFY_CODE,
    FACT_NUMBER, /* the first number */
    FACT_MARK,   /* 仅供核对 or 仅供测试 */
    FACT_PAGE,   /* header, footer and slots only */
    FACT_PAGES,
    FACT_COPY, /* 第一联 海关留存, when the request names a copy */
    FACT_ROW,  /* in tables: counts from 1 */
    FACT_ROWS, /* in tables: how many there are */
    FACTS
};

struct piece {
    enum piece_type type;
    struct str words;
    const struct field *field;
    bool column; /* field is a column of the table's list */
    enum part part;
    enum format format;
    enum reach reach; /* PIECE_SUM */
    enum fact fact;
    bool optional; /* `?`: its row or column is left out when all its fields are empty */
    struct where at;
};

struct words {
    const struct piece *pieces;
    size_t count;
    bool value; /* has a field or fact: a value, else a label */
    struct where at;
};

/* 分散对齐: the letters of one line stand apart, as wide as the widest label of the column; where
 * there is none as wide as the cell. */
enum { ALIGN_SPREAD = 4 };

struct role {
    struct str name;
    struct str chain; /* of fonts.ini; typeset looks it up */
    mpt size, leading;
    uint32_t rgb;
    int align; /* enum text_align of text.h, or ALIGN_SPREAD */
    int marks; /* enum text_marks */
    bool gap;  /* a quarter em between Han and letters */
    bool balance;
    struct where at;
};

enum valign { VALIGN_TOP, VALIGN_MIDDLE, VALIGN_BOTTOM };
enum overflow { OVERFLOW_WRAP, OVERFLOW_SHRINK, OVERFLOW_REFUSE, OVERFLOW_ANNEX };

/* Paragraphs of one cell stand over each other; without pieces it is a blank line. */
struct para {
    struct words words;
    const struct role *role;
    int align;
    mpt indent; /* first line */
};

struct cell {
    struct str name; /* its first field's key, or what stands behind @ */
    struct para *paras;
    size_t count;
    enum valign valign;
    enum overflow overflow;
    mpt floor; /* OVERFLOW_SHRINK: not smaller than this */
    mpt least; /* least height of its row */
    mpt room;  /* least height of all rows that it spans: what its overflow is held to */
    int columns, rows; /* span, ≥ 1; 0 in a cell that another one covers */
    bool label;        /* a heading of the cells beside it, not a value */
    bool ruled;        /* a line to write on, at its lower edge */
    enum dash dash;    /* of this line */
    struct where at;
};

struct track {
    mpt fixed; /* > 0: this wide */
    int share; /* > 0: this many parts of what is left */
    bool fit;  /* as wide as its content asks for (tables only) */
};

struct grid_row {
    struct cell *cells; /* as many as tracks */
    bool optional;      /* `?`: left out when all its fields are empty */
    struct where at;
};

/* all: a box with every rule · box: the outline · columns: outline and upright rules · lines:
 * rules between and around rows · none */
enum border { BORDER_ALL, BORDER_BOX, BORDER_COLUMNS, BORDER_LINES, BORDER_NONE };

struct grid {
    struct track *tracks;
    size_t track_count;
    struct grid_row *rows;
    size_t row_count;
    mpt row; /* least height */
    enum border border;
    enum dash dash; /* of all rules but the outline */
};

struct column {
    struct cell heading, cell;
    struct track track;
    bool optional; /* left out when every row is empty */
    struct where at;
};

struct end_row {
    struct cell *cells; /* as many as columns */
    const struct field
        *each; /* repeats for each value of this column, first appearance first */
    struct where at;
};

struct ends {
    struct end_row *rows;
    size_t count;
};

struct table {
    const struct field *list;
    struct column *columns;
    size_t column_count;
    /* page_start: below the heading of every page but the first; page_end: on every page but
     * the last; group_end: behind the last of neighbouring rows with one value of `group` */
    struct ends page_start, page_end, group_end, table_end;
    const struct field *group; /* NULL: no groups */
    mpt row;                   /* least height */
    int keep;                  /* rows that stay with the heading, and with the end */
    bool fill;                 /* blank rows down to the page's end */
    struct cell empty;         /* what an empty list says; count 0: the table is left out */
};

/* `[fields x]`: every declared field but the lists, in order, label over value. */
struct fields {
    int columns;
    const struct role *label, *value;
    mpt row;
};

enum block_type { BLOCK_TEXT, BLOCK_GRID, BLOCK_TABLE, BLOCK_FIELDS };

struct stack { /* [text x] */
    struct para *paras;
    size_t count;
    mpt left, right; /* drawn in from the margins */
};

/* when = STATUS … | FIELD VALUE: shown only then; neither: always. */
struct condition {
    const struct str *statuses; /* codes */
    size_t status_count;
    const struct field *field;
    struct str value;
    struct where at;
};

struct block {
    enum block_type type;
    struct str name;
    mpt before, after; /* space; before is dropped at a page's top */
    struct condition when;
    bool together;    /* not broken over pages; a text: also kept with the block behind it */
    bool heading;     /* text: the paper's title */
    struct str blank; /* stands for an empty value: — */
    union {
        struct stack text;
        struct grid grid;
        struct table table;
        struct fields fields;
    } as;
    struct where at;
};

enum corner { CORNER_TOP_LEFT, CORNER_TOP_RIGHT, CORNER_BOTTOM_LEFT, CORNER_BOTTOM_RIGHT };
enum slot_type { SLOT_QR, SLOT_BARCODE };

/* On every page or the first, at a corner of the sheet, dx and dy from its edges. */
struct slot {
    enum slot_type type;
    enum corner corner;
    mpt dx, dy, width, height;
    int level;  /* enum qr_level */
    bool first; /* on the first page only */
    struct words text;
    struct stack caption; /* beside a QR, towards the page's middle; under a barcode */
    struct condition when;
    struct where at;
};

enum stamp_shape { STAMP_ROUND, STAMP_OBLONG, STAMP_OVAL, STAMP_SIGNATURE };

/* [seal x]: the place of a seal or signature, and its image where one is configured. */
struct stamp {
    struct str cell;    /* stands in the middle of the grids' cells of this name; empty: */
    enum corner corner; /* at a corner of the last page of the flow */
    mpt dx, dy, width, height;
    enum stamp_shape shape;
    const struct image *image; /* NULL: none, its place stays */
    struct condition when;
    struct where at;
};

/* Header or footer: one line, three parts. */
struct furniture {
    struct para left, middle, right;
    mpt at; /* baseline from the sheet's top (header) or bottom (footer) edge */
    bool present;
};

struct watermark {
    const struct role *role; /* its size does not matter: the words fill the page */
    int angle;               /* degrees, counter-clockwise */
};

/* Which version of its output's layouts this is, and the days of its effect, both counted in;
 * 0: the file does not say. */
struct effect {
    long version, from, until; /* 2, 20260101, 20261231 */
    struct where at, from_at, until_at;
};

enum { COPIES_MOST = 9 };

struct layout {
    const struct kind *kind;
    const struct output *output;
    struct effect effect;
    struct str digest; /* SHA-256, hex: of file, includes and images */
    struct str title, note;
    const char *file;
    mpt width, height, top, right, bottom, left;
    mpt padding; /* inside cells, at their left and right; half of it above and below */
    mpt hair;    /* thickness of every rule */
    struct role *roles;
    size_t role_count;
    struct block *flow;
    size_t flow_count;
    struct slot *slots;
    size_t slot_count;
    struct stamp *stamps;
    size_t stamp_count;
    struct furniture header, footer;
    struct watermark watermark;
    struct str copies[COPIES_MOST]; /* labels of copy 1, 2 …; empty: none */
    /* The margins above are those of odd pages; on even ones of a duplex layout everything
     * stands `binding` nearer to the edge that is bound on odd pages. */
    mpt binding;
    bool bound_top, duplex;
};

/* How much a cell can hold, in full-width characters, at the height that it has when empty. */
struct capacity {
    const struct cell *cell;
    mpt width, height;  /* inside */
    size_t line, lines; /* characters in a line; lines */
    size_t holds;       /* characters */
    size_t longest;     /* the most that its fields are declared to have */
    mpt shrunk;         /* the size at which the longest fits; 0: at none that is allowed */
};

/* Edges of a grid's tracks, count + 1 of them, from the left margin on. */
void grid_edges(const struct layout *, const struct grid *, mpt *edges);
mpt grid_row_least(const struct grid *, size_t row);
mpt role_leading(const struct role *, mpt size); /* the role's, at another size */
mpt size_below(const struct cell *, mpt size);   /* the next one to try; 0: none is allowed */
/* Of every cell that has an overflow of its own; count of them in out. */
size_t layout_capacities(struct arena *, const struct layout *, struct capacity **out);

struct layouts; /* all of them, by kind and output */

/* Every output of every kind needs home/layouts/<kind>/<output>.ini, its version 1; later ones
 * are <output>@2.ini and so on, and take turns without gap or overlap. Files that no output
 * asks for are faults too. statuses come from the rules' kind sections and are checked by the
 * caller. */
bool layouts_load(struct arena *, const char *home, const struct kinds *,
                  const struct layouts **out, struct err *) MUST_CHECK;
/* The one in effect on the day of received_at, as its own offset counts days. Before the first
 * and after the last: LAYOUT_NOT_IN_FORCE, with the line that says so. */
bool layout_pick(const struct layouts *, const struct kind *, const struct output *,
                 struct str received_at, const struct layout **out, struct err *) MUST_CHECK;
/* All versions, from the first to the last. */
const struct layout *const *layouts_versions(const struct layouts *, const struct kind *,
                                             const struct output *, size_t *count);
/* One layout, for previews and tests. */
bool layout_load(struct arena *, const char *home, const char *path, const struct kind *,
                 const struct output *, const struct layout **out, struct err *) MUST_CHECK;

#endif
