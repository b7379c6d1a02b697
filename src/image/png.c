/* png.c: a PNG as rows of gray or RGB on white, packed. libpng's simplified interface lays the
 * picture on white and turns every kind of PNG (palette, 1 to 16 bits, interlaced) into the one
 * we ask for; a file that is cut off or has a wrong checksum fails. */
#include "image/image-internal.h"

#include <png.h>
#include <zlib.h>

/* Pixels and their packed stream, at the largest size. */
enum { PIXELS_MOST = 7 * IMAGE_SIDE_MOST * IMAGE_SIDE_MOST };

static bool is_gray(const unsigned char *pixels, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const unsigned char *pixel = pixels + 3 * i;

        if (pixel[0] != pixel[1] || pixel[1] != pixel[2])
            return false;
    }
    return true;
}

static enum wrong pack(struct arena *arena, const unsigned char *pixels, struct image *image)
{
    size_t bytes = (size_t)image->columns * (size_t)image->rows * (size_t)image->channels;
    uLongf packed = compressBound((uLong)bytes);
    unsigned char *stream = arena_alloc(arena, packed);

    if (compress2(stream, &packed, pixels, (uLong)bytes, Z_BEST_COMPRESSION) != Z_OK)
        return DAMAGED;
    image->stream = (struct str){(const char *)stream, packed};
    return WELL;
}

static enum wrong decode(struct arena *arena, png_image *png, struct image *out)
{
    static const png_color white = {255, 255, 255};
    size_t count = (size_t)png->width * png->height;
    unsigned char *pixels;

    png->format = PNG_FORMAT_RGB;
    pixels = arena_alloc(arena, 3 * count);
    if (!png_image_finish_read(png, &white, pixels, 0, NULL))
        return DAMAGED;
    *out = (struct image){.columns = (int)png->width, .rows = (int)png->height, .channels = 3};
    if (is_gray(pixels, count)) {
        out->channels = 1;
        for (size_t i = 0; i < count; i++)
            pixels[i] = pixels[3 * i];
    }
    return pack(arena, pixels, out);
}

enum wrong png_read(struct arena *arena, struct str bytes, struct image *out)
{
    png_image png = {.version = PNG_IMAGE_VERSION};
    struct arena *scratch = arena_limited(arena, PIXELS_MOST);
    struct image image = {0};
    enum wrong wrong;

    if (!png_image_begin_read_from_memory(&png, bytes.p, bytes.n))
        wrong = DAMAGED;
    else if (png.width > IMAGE_SIDE_MOST || png.height > IMAGE_SIDE_MOST)
        wrong = TOO_LARGE;
    else
        wrong = decode(scratch, &png, &image);
    if (wrong == WELL) {
        image.stream = str_copy(arena, image.stream);
        *out = image;
    }
    png_image_free(&png);
    arena_free(scratch);
    return wrong;
}
