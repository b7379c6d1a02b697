/* write.c: a picture as a file again, for those who show it and do not print it. */
#include "image/image.h"

#include <png.h>
#include <zlib.h>

struct str image_file(struct arena *arena, const struct image *image)
{
    png_image head = {.version = PNG_IMAGE_VERSION,
                      .width = (png_uint_32)image->columns,
                      .height = (png_uint_32)image->rows,
                      .format = image->channels == 1 ? PNG_FORMAT_GRAY : PNG_FORMAT_RGB};
    uLongf bytes = (uLongf)image->columns * (uLongf)image->rows * (uLongf)image->channels;
    png_alloc_size_t room = PNG_IMAGE_PNG_SIZE_MAX(head);
    unsigned char *pixels;
    char *file;

    if (image->jpeg)
        return image->stream;
    pixels = arena_alloc(arena, bytes);
    file = arena_alloc(arena, room);
    if (uncompress(pixels, &bytes, (const Bytef *)image->stream.p, image->stream.n) != Z_OK ||
        !png_image_write_to_memory(&head, file, &room, 0, pixels, 0, NULL))
        return STR_NONE;
    return (struct str){file, room};
}
