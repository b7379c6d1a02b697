/* coverage.h: which characters a face has, by itself: for reports. What is printed with which
 * face is for font_pick to say. */
#ifndef FONT_COVERAGE_H
#define FONT_COVERAGE_H

#include "font/font.h"

bool font_has(struct fonts *, int face, uint32_t code);
size_t font_characters(struct fonts *, int face); /* 0: it cannot be opened */
int fonts_chains(const struct fonts *);

#endif
