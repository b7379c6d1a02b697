/* code.h: QR and Code 128 as modules; the only user of libqrencode. */
#ifndef CODE_CODE_H
#define CODE_CODE_H

#include "base/err.h"

#include <stdint.h>

enum qr_level { QR_L, QR_M, QR_Q, QR_H };

/* 1 is dark. QR: columns == rows, without the quiet zone (4 modules, the caller leaves it
 * blank). Code 128: rows == 1, without the quiet zone (10 modules on each side). */
struct modules {
    int columns, rows;
    const uint8_t *dark;
};

bool qr_encode(struct arena *, struct str text, enum qr_level, struct modules *out,
               struct err *) MUST_CHECK;
/* ISO/IEC 15417, code sets B and C, checked; printable ASCII only. */
bool code128_encode(struct arena *, struct str text, struct modules *out,
                    struct err *) MUST_CHECK;

#endif
