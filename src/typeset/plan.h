/* plan.h: what the files of this module share.
 *
 * Every block of the flow becomes a unit: rows of cells over tracks. A text is a unit of one
 * track, a row a paragraph; `[fields]` is a grid that is made from the record. Units of tables
 * keep the first rows as they are set, and of the others only the heights: these are set again
 * when their page is drawn, so the memory of a plan is a few bytes a row. Pages are lists of
 * fragments: some rows of one unit at a height. */
#ifndef TYPESET_PLAN_H
#define TYPESET_PLAN_H

#include "record/decimal.h"
#include "typeset/typeset.h"

enum { NO_ROW = -1 };

struct set_para {
    struct text_block block;
    const struct para *para;
    bool head; /* a label over its value */
};

struct set_cell {
    struct set_para *paras;
    size_t count;
    mpt height;        /* of the paragraphs */
    int columns, rows; /* span on this paper; 0: covered by another cell */
    enum valign valign;
    bool label;
    struct str name;
    bool ruled; /* a line to write on, of this kind, at its lower edge */
    enum dash dash;
};

struct set_row {
    struct set_cell *cells; /* as many as tracks */
    mpt height;
    bool glued; /* stays with the next row: a cell spans both */
};

struct tracks {
    mpt *edges; /* count + 1 */
    size_t count;
    mpt padding;
};

/* A row of a table's page-start, page-end, group-end or table-end: set when it is drawn, since
 * its sums depend on where. Those of `each` repeat, one for each value, first appearance
 * first. */
struct end {
    const struct end_row *row;
    long each_row; /* the first row with its value; NO_ROW: does not repeat */
    mpt height;    /* at its widest sums */
};

struct end_list {
    struct end *all;
    size_t count;
    mpt height; /* of all of them */
};

/* One row as it stands on its page. */
struct line {
    const struct set_row *row;
    mpt y, height;
    enum tag tag;  /* of its cells: TH or TD; of a text P or H1 */
    bool artifact; /* a heading that was there before */
    int slice;     /* -1: whole */
    mpt slice_most;
};

struct lines {
    struct line *all;
    size_t count;
    mpt y; /* where the next one begins */
};

/* A sum from the first row on that was asked for last: the next page's goes on from there. */
struct running {
    const struct field *column;
    long each_row;
    size_t to;
    struct decimal sum;
};
enum { RUNNING_MOST = 32 };

struct unit {
    const struct block *block;
    struct tracks tracks;
    enum border border;
    enum dash dash;       /* of its rules */
    struct set_row *rows; /* `kept` of a table, all of grids and texts */
    mpt *heights;         /* of every row: grids, texts and tables */
    size_t count;
    /* tables */
    const struct table *table;
    size_t kept;
    size_t *visible;                 /* the columns that are shown: tracks.count of them */
    struct set_row *heading, *empty; /* NULL: none */
    struct end_list page_start, page_end, group_end, table_end;
};

/* Rows first..last-1 of a unit; or, when slice ≥ 0, one slice of row `first`, which is higher
 * than a page. */
struct fragment {
    size_t unit, first, last;
    int slice;
    mpt slice_most; /* the height that slices are cut to */
    mpt y;
    /* tables */
    bool heading, again; /* show the heading row; not for the first time */
    bool page_start, page_end, group_end, table_end;
    size_t blank; /* rows that fill the page */
};

/* A cell whose value is printed whole on an annex page. */
struct annexed {
    const struct cell *cell;
    struct str label;
    size_t page; /* the annex page, from 1; 0: not known yet */
};

struct typeset {
    struct arena *arena;
    const struct layout *layout;
    const struct record *record;
    struct fonts *fonts;
    struct text *text;
    struct typeset_facts facts;
    int *chains; /* of the layout's roles */
    struct unit *units;
    size_t unit_count;
    struct fragment *fragments;
    size_t fragment_count, fragment_room;
    size_t *starts; /* first fragment of each page, and the end: page_count + 1 */
    size_t page_count, start_room;
    size_t flow_pages; /* without annex pages */
    struct annexed *annexed;
    size_t annexed_count;
    struct text_block mark;  /* of the watermark */
    struct modules *codes;   /* of the layout's slots; columns 0: not shown */
    struct running *running; /* RUNNING_MOST of them; column NULL: free */
};

/* What words are expanded for. */
struct context {
    const struct typeset *plan;
    struct arena *arena;
    struct err *err;
    const struct field *list;          /* rows of this table; NULL outside */
    long row;                          /* NO_ROW: outside */
    const struct field *each;          /* the column that an end row repeats for */
    long each_row;                     /* the first row that has its value */
    size_t from[REACHES], to[REACHES]; /* the rows that sums count, by their reach */
    size_t page, pages;                /* 0: not known yet */
    struct str blank;
    mpt spread; /* what spread labels are as wide as; 0: as their cell */
};

/* expand.c */
bool condition_holds(const struct typeset *, const struct condition *);
/* Spans of one paragraph. *shown is false when it is to be left out. */
struct text_span *words_expand(const struct context *, const struct words *, size_t *count,
                               bool *shown);
/* Are all fields of these words empty? *fields counts them, *required the ones without `?`. */
bool words_empty(const struct context *, const struct words *, int *fields, int *required);
struct str words_plain(const struct context *, const struct words *);

/* format.c: a value as the paper shows it; a form that does not fit is shown as it is. */
struct str format_value(struct arena *, enum format, struct str value);

/* sums.c: of a column over the rows that the piece reaches; in a row that repeats, of those
 * with the same value of `each` as each_row. */
struct str sum_text(const struct context *, const struct piece *);
bool value_same(const struct value *, const struct value *);
/* capital.c: 壹佰贰拾叁元肆角伍分. False: more than two decimals, or too large. */
bool capital_text(struct arena *, struct decimal, struct str *out);

/* row.c */
/* size 0: the role's own. False: the paragraph is left out. */
bool para_set(const struct context *, const struct para *, mpt size, mpt width,
              struct set_para *out);
struct set_cell cell_set(const struct context *, const struct cell *, mpt width);
/* Heights of cells that span one row, then of those that span several. */
void rows_measure(struct set_row *rows, size_t count, size_t columns, const mpt *least,
                  mpt padding);
mpt tracks_width(const struct tracks *, size_t column, int span); /* inside the padding */
/* A row higher than `most`: how many slices, and the height of each. */
size_t slices_count(const struct set_row *, size_t columns, mpt most, mpt padding);
mpt slice_height(const struct set_row *, size_t columns, mpt most, mpt padding, size_t slice);
/* Lines [*first, *last) of the cell, counted through its paragraphs, that slice shows. */
void slice_lines(const struct set_cell *, mpt most, mpt padding, size_t slice, size_t *first,
                 size_t *last);

/* grid.c, fields.c, table.c */
void text_plan(struct typeset *, const struct block *, struct unit *, struct err *);
void grid_plan(struct typeset *, const struct block *, struct unit *, struct err *);
void fields_plan(struct typeset *, const struct block *, struct unit *, struct err *);
void table_plan(struct typeset *, const struct block *, struct unit *, struct err *);
/* The row of a table, kept or set again. */
const struct set_row *table_row(const struct typeset *, const struct unit *, size_t row,
                                struct arena *, struct err *);

void row_measure(const struct unit *, struct set_row *); /* of a table: its height */

/* ends.c: the rows of a table that are no rows of the list */
void ends_plan(struct typeset *, struct unit *, struct err *);
bool group_ends(const struct typeset *, const struct unit *, size_t row); /* behind this row? */
mpt page_start_height(const struct unit *, size_t first);
/* Lines of a fragment, from top to bottom. */
struct lines fragment_lines(const struct typeset *, const struct fragment *, struct arena *);
mpt heading_height(const struct unit *);
/* What fit columns ask for, by track: two characters, the longest token, the longest value (a
 * heading may take two lines), and the same with the heading on one line. */
struct fit {
    mpt *floor, *least, *want, *whole;
};
/* Shares what is left of width; fit columns get whole where all of them can have it, else as
 * much of want as there is, at least least. */
void tracks_share(struct arena *, const struct track *const *, size_t count, mpt left,
                  mpt width, const struct fit *, struct tracks *out);

/* spread.c: sets the letters of the block's only line apart, up to target, in the middle of
 * width. */
void block_spread(struct arena *, struct text_block *, mpt width, mpt target);

/* annex.c */
void annex_prepare(struct typeset *);
/* Cuts the cell of this row down to room and adds where it goes on. */
void annex_cut(struct typeset *, const struct context *, const struct grid_row *, size_t c,
               mpt room, mpt width, struct set_cell *);
/* Behind paginate. False: references name the wrong pages, and units must be planned again. */
bool annex_plan(struct typeset *, struct err *);
void annex_draw(const struct typeset *, size_t index, struct page *); /* its heading */

/* stamps.c */
void stamps_draw(const struct typeset *, size_t index, struct page *);
/* Makes figures of them: they are the first `count` items of the page. */
void stamps_tag(const struct typeset *, size_t count, struct page *);

/* paginate.c */
void paginate(struct typeset *);

/* draw.c, slots.c */
void unit_draw(const struct typeset *, const struct fragment *, struct page *);
void block_draw(struct page *, const struct text_block *, const struct para *, mpt x, mpt y,
                size_t first, size_t last);
/* The last dot of the printer at or above a place, and the whole dots in a length. */
mpt dots_snap(const struct typeset *, mpt place);
mpt dots_whole(const struct typeset *, mpt length);
void slots_plan(struct typeset *, struct err *);
void slots_draw(const struct typeset *, struct page *, bool first);
void watermark_draw(const struct typeset *, struct page *);
void furniture_draw(const struct typeset *, const struct furniture *, mpt baseline,
                    size_t index, struct page *);
/* Sets header, footer, watermark and captions once, so that drawing them cannot fail. */
void furniture_plan(struct typeset *, struct err *);
struct text_style role_style(const struct typeset *, const struct para *);

#endif
