/* pua.h: private-use characters that are known to stand for others: config/codes/pua.csv, rows
 * of code,maps-to,source ("U+E81E,U+9FB4,GB 18030-2022 FE59"). What is not in it is refused,
 * because nobody can tell which character is meant. */
#ifndef RECORD_PUA_H
#define RECORD_PUA_H

#include "base/err.h"

#include <stdint.h>

struct pua_row {
    uint32_t code, character;
    struct str source; /* who says so */
};

struct pua {
    const struct pua_row *rows; /* sorted by code */
    size_t count;
};

/* Every fault is CODE_TABLE_FAULT with its line. */
bool pua_load(struct arena *, const char *home, struct pua *out, struct err *) MUST_CHECK;
const struct pua_row *pua_find(const struct pua *, uint32_t code); /* or NULL */
bool character_private(uint32_t code);

#endif
