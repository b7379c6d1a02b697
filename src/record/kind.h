/* kind.h: what a record may contain: config/kinds/<kind>.ini and the code tables they name.
 * Loaded once, immutable, shared. Validation, check sheets and the layout lint are driven by
 * it.
 *
 *     [kind]    name, number, official (keys of fields), outputs (a line each: id 中文名)
 *     [fields]  key = 中文标签 | type | save
 *               in the manual's order; `save`: required to save
 *     [list x]  the columns of list x in the same form
 *     [seal o]  of output o: number, and the fields customs, until, holder, lines that its seal
 *               tells; each output needs one
 *
 * Types: text N, lines N (LF allowed; N the most code points), date, time, decimal, integer,
 * yes-no, code TABLE (or code alone: no table), list. Keys are [a-z0-9_], with one dot at most:
 * `applicant.name` is member name of the group applicant. The keys operator.* stand in the
 * envelope. A code table is `code,name,full_name` with a head line, RFC 4180 quotes within a
 * line, and `#` before comments. */
#ifndef RECORD_KIND_H
#define RECORD_KIND_H

#include "record/pua.h"

enum field_type {
    FIELD_TEXT,    /* one line */
    FIELD_LINES,   /* LF allowed */
    FIELD_DATE,    /* YYYYMMDD */
    FIELD_TIME,    /* RFC 3339 with offset */
    FIELD_DECIMAL, /* a JSON string: -?digits(.digits)?, at most 19 + 6 digits */
    FIELD_INTEGER, /* a JSON integer */
    FIELD_BOOL,    /* printed 是 / 否 */
    FIELD_CODE,    /* {code, name[, full_name]} or a bare code */
    FIELD_LIST     /* rows; its columns are fields themselves */
};

struct code_row {
    struct str code, name, full_name; /* full_name empty where the table has none */
};

struct code_table {
    struct str id;               /* "customs": config/codes/customs.csv */
    const struct code_row *rows; /* sorted by code bytes */
    size_t count;
};

struct field {
    struct str key;   /* dotted below data: "applicant.name"; a column: "goods_name" */
    struct str label; /* Chinese */
    enum field_type type;
    int longest;                    /* code points; 0 for types with a form of their own */
    bool required;                  /* to save */
    bool envelope;                  /* operator.*: stands in the envelope, not in data */
    const struct code_table *codes; /* FIELD_CODE; NULL: a code without table */
    const struct field *columns;    /* FIELD_LIST */
    size_t column_count;
    const struct field *const *sorted; /* FIELD_LIST: its columns by key bytes */
    size_t index; /* of its value: in the record, or in a row; a list: of its rows */
    struct where at;
};

/* What an output's seal says besides number, version and digest: [seal goods_list]. */
struct sealed {
    int number;                  /* of this kind of paper, 1 to 31 */
    const struct field *customs; /* a code; of this and the rest NULL: it says none */
    const struct field *until;   /* a date: the last valid day */
    const struct field *holder;  /* the holder's customs code of 10 characters */
    const struct field *lines;   /* a list: how many rows */
};

struct output {
    struct str id, name; /* "goods_list", 展览品清单 */
    bool formal;         /* everything but a check sheet */
    struct sealed sealed;
};

struct kind {
    struct str id, name;        /* "exhibition_filing", 展览会备案 */
    const struct field *fields; /* in the manual's order, lists where they are declared */
    size_t count;
    const struct field *const *sorted; /* the same by key bytes */
    size_t value_count, list_count;
    const struct field *number;   /* the first number, given at first saving */
    const struct field *official; /* the official number, needed by formal outputs */
    const struct output *outputs;
    size_t output_count;
    struct where at;
};

struct kinds {
    const struct kind *all; /* sorted by id */
    size_t count;
    struct pua pua;
};

/* Reads every home/config/kinds/NAME.ini, home/config/codes/NAME.csv they need, and pua.csv. */
bool kinds_load(struct arena *, const char *home, const struct kinds **out,
                struct err *) MUST_CHECK;
const struct kind *kinds_find(const struct kinds *, struct str id); /* or NULL */
/* Place of a key in `sorted`; count when it is not there. */
size_t field_rank(const struct field *const *sorted, size_t count, struct str key);
const struct field *kind_field(const struct kind *, struct str key);          /* or NULL */
const struct field *field_column(const struct field *list, struct str key);   /* or NULL */
const struct output *kind_output(const struct kind *, struct str id);         /* or NULL */
const struct code_row *code_find(const struct code_table *, struct str code); /* or NULL */

#endif
