/* mask.h: which of the eight masks of a QR code (ISO/IEC 18004, 7.8) suits a symbol best. */
#ifndef CODE_MASK_H
#define CODE_MASK_H

#include "code/code.h"

/* symbol: libqrencode's, a byte a module, of which bit 0 is dark and bit 7 says that the module
 * is no data. Takes its mask off, puts the best one on (the first of equals) and says so in the
 * format information. Only bit 0 is left. width: modules a side, at most 177. */
void mask_choose(struct arena *, unsigned char *symbol, int width, enum qr_level);

#endif
