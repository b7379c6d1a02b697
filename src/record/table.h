/* table.h: tables of config/codes; for src/record only. */
#ifndef RECORD_TABLE_H
#define RECORD_TABLE_H

#include "record/kind.h"

/* A row of three cells, the first two not empty, and where it stands. */
struct table_row {
    struct code_row row;
    int line;
};

/* Reads home/path, whose first line is head ("code,name,full_name"), into rows sorted by their
 * first cell, which no two of them share. Every fault of it is CODE_TABLE_FAULT with its
 * line. */
bool csv_read(struct arena *, const char *home, const char *path, const char *head,
              const struct table_row **out, size_t *count, struct err *) MUST_CHECK;
/* Reads home/config/codes/<id>.csv. */
bool table_load(struct arena *, const char *home, struct str id, struct code_table *out,
                struct err *) MUST_CHECK;

#endif
