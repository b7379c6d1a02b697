/* table.h: code tables, for kind.c only. */
#ifndef RECORD_TABLE_H
#define RECORD_TABLE_H

#include "record/kind.h"

/* Reads home/config/codes/<id>.csv; every fault of it is CODE_TABLE_FAULT with its line. */
bool table_load(struct arena *, const char *home, struct str id, struct code_table *out,
                struct err *) MUST_CHECK;

#endif
