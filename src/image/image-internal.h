/* image-internal.h: what the files of this module share. */
#ifndef IMAGE_IMAGE_INTERNAL_H
#define IMAGE_IMAGE_INTERNAL_H

#include "image/image.h"

enum wrong { WELL, NO_IMAGE, DAMAGED, CODING, SAMPLES, CMYK, TOO_LARGE };

enum wrong png_read(struct arena *, struct str bytes, struct image *out);
enum wrong jpeg_read(struct str bytes, struct image *out);

#endif
