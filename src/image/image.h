/* image.h: pictures of seals and signatures, read once when a layout is loaded. The only user
 * of libpng and zlib.
 *
 * A PNG is decoded, laid on white (our papers have no transparency), made gray where it has no
 * colour, and packed as a zlib stream; a JPEG stays as it is. So a damaged file is found here,
 * and a paper that shows it only copies bytes. */
#ifndef IMAGE_IMAGE_H
#define IMAGE_IMAGE_H

#include "base/err.h"

enum { IMAGE_SIDE_MOST = 4096 }; /* pixels: 55 mm at 1,800 dpi */

struct image {
    int columns, rows; /* pixels */
    int channels;      /* 1 gray, 3 RGB; 8 bits each */
    bool jpeg;         /* stream is the JPEG file, else zlib of the rows */
    struct str stream;
};

/* at: where a fault is told to be. PNG of any kind; JPEG: baseline or progressive, 8 bits, gray
 * or YCbCr; not CMYK. IMAGE_FAULT otherwise. */
bool image_read(struct arena *, struct str bytes, struct where at, const struct image **out,
                struct err *) MUST_CHECK;
/* The JPEG, or a PNG of it. */
struct str image_file(struct arena *, const struct image *);

#endif
