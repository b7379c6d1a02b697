/* record.h: one record: JSON in, checked fields out. Immutable after record_parse; all of it
 * lives in the arena. Nothing is dropped, normalised or guessed: what cannot be printed whole
 * is a fault with its JSON pointer. */
#ifndef RECORD_RECORD_H
#define RECORD_RECORD_H

#include "record/kind.h"

#include <stdint.h>

enum { RECORD_BYTES_MOST = 16 << 20, RECORD_NESTING_MOST = 32, RECORD_ROWS_MOST = 20000 };

/* A field's value as the paper sees it. null, absent and empty are the same: text.n == 0.
 * text: as received, but for private-use characters that pua.csv maps; of a code its name (from
 * the record, else from the table); of a yes/no 是/否. */
struct value {
    struct str text;
    struct str code, full_name; /* FIELD_CODE only */
};

struct rows {
    size_t count;
    const struct value *cells; /* count × field.column_count, row by row */
};

struct record {
    const struct kind *kind;
    int64_t version;
    struct str status, owner, received_at; /* as received */
    const struct value *values;            /* kind.value_count */
    const struct rows *lists;              /* kind.list_count */
    struct str canonical;                  /* digested and attached */
};

/* Canonical bytes: the members schema, kind, version, status, owner, received_at, operator (as
 * far as the kind declares it) and data, as compact JSON in UTF-8; keys sorted by bytes; the
 * only escapes \" \\ \n; a code in the form it came in; one LF at the end. null and "" are left
 * out, and so is an object or list that is or becomes empty; but a row stays, if as {}, since
 * rows are counted and pointed at. */

/* name: what faults of syntax call the input ("record.json", "line 12"); their column counts
 * bytes, up to the last one read. Adds every fault of the record, and warnings (at most half a
 * list of them); false when there is any fault. Fields required to save are asked for when the
 * record has its first number: without it it was never saved, which is for the rules to say. */
bool record_parse(struct arena *, const struct kinds *, const char *name, struct str json,
                  const struct record **out, struct err *) MUST_CHECK;

const struct value *record_value(const struct record *, const struct field *);
const struct rows *record_rows(const struct record *, const struct field *list);
const struct value *record_cell(const struct record *, const struct field *list, size_t row,
                                const struct field *column);
struct str record_number(const struct record *);   /* the first number, may be empty */
struct str record_official(const struct record *); /* the official number, may be empty */
/* "/data/applicant/name", "/data/goods/3/hs_code", "/operator/name" */
struct str field_pointer(struct arena *, const struct field *);
struct str cell_pointer(struct arena *, const struct field *list, size_t row,
                        const struct field *column);

#endif
