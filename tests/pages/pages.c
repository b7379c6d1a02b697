/* pages.c: pictures of papers, joined and compared, for tests/pages/run.sh.
 *
 *   pages join OUT.png PAGE.pgm…           the pages side by side, in eight greys
 *   pages compare OLD.png NEW.png DIFF.png says mean and worst difference; DIFF shows what is
 *                                          gone in red, what is new in blue
 *
 * Compared are whole sheets, and tiles of 8 x 8 pixels (4 mm at 50 dpi): the mean alone would
 * not see one changed character. The tolerance is for another version of the renderer, whose
 * edges are a little lighter or darker; a shift by half a millimetre is far beyond it.
 * Exit: 0 alike, 1 different, 2 a file is at fault. */
#include <png.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { GREYS = 8, GAP = 4, SIDE_MOST = 20000, TILE = 8 };
/* Of black, in ten thousandths. */
enum { MEAN_MOST = 5, TILE_MOST = 500, WHOLE = 10000 };

struct picture {
    size_t width, height;
    unsigned char *greys; /* 0 black, 255 white; heap */
};

static unsigned char *room(size_t bytes)
{
    unsigned char *p = calloc(1, bytes + 1);

    if (!p)
        abort();
    return p;
}

static bool fault(const char *path, const char *what)
{
    fprintf(stderr, "%s: %s\n", path, what);
    return false;
}

/* As pdftoppm -gray writes it: P5, width, height, 255, without comments. */
static bool pgm_read(const char *path, struct picture *out)
{
    FILE *file = fopen(path, "rb");
    bool ok = false;
    unsigned width, height;

    if (!file)
        return fault(path, "cannot be opened");
    if (fscanf(file, "P5 %5u %5u 255", &width, &height) == 2 && fgetc(file) == '\n' &&
        width <= SIDE_MOST && height <= SIDE_MOST) {
        *out = (struct picture){width, height, room((size_t)width * height)};
        ok = fread(out->greys, width, height, file) == height;
    }
    fclose(file);
    return ok || fault(path, "is no picture of a page");
}

static bool png_read(const char *path, struct picture *out)
{
    png_image image = {.version = PNG_IMAGE_VERSION};

    if (!png_image_begin_read_from_file(&image, path))
        return fault(path, image.message);
    image.format = PNG_FORMAT_GRAY;
    *out =
        (struct picture){image.width, image.height, room((size_t)image.width * image.height)};
    return png_image_finish_read(&image, NULL, out->greys, 0, NULL) ||
           fault(path, image.message);
}

static bool png_write(const char *path, size_t width, size_t height, png_uint_32 format,
                      unsigned colours, const unsigned char *pixels, const void *map)
{
    png_image image = {.version = PNG_IMAGE_VERSION,
                       .width = (png_uint_32)width,
                       .height = (png_uint_32)height,
                       .format = format,
                       .colormap_entries = colours};

    return png_image_write_to_file(&image, path, 0, pixels, 0, map) ||
           fault(path, image.message);
}

/* ---- join */

/* The nearest of the eight: the watermark is hardly darker than paper, and must be seen. */
static int grey_of(int value)
{
    return (value * (GREYS - 1) + 127) / 255;
}

static bool sheet_write(const char *path, const struct picture *pages, int count)
{
    unsigned char map[3 * GREYS], *sheet;
    size_t width = 0, height = 0, left = 0;
    bool ok;

    for (int i = 0; i < count; i++) {
        width += pages[i].width + (i > 0 ? GAP : 0);
        height = pages[i].height > height ? pages[i].height : height;
    }
    for (size_t i = 0; i < sizeof map; i++)
        map[i] = (unsigned char)(i / 3 * 255 / (GREYS - 1));
    sheet = room(width * height); /* what no page covers is black */
    for (int i = 0; i < count; i++) {
        for (size_t y = 0; y < pages[i].height; y++)
            for (size_t x = 0; x < pages[i].width; x++)
                sheet[y * width + left + x] =
                    (unsigned char)grey_of(pages[i].greys[y * pages[i].width + x]);
        left += pages[i].width + GAP;
    }
    ok = png_write(path, width, height, PNG_FORMAT_RGB_COLORMAP, GREYS, sheet, map);
    free(sheet);
    return ok;
}

static bool join(const char *path, char **files, int count)
{
    struct picture *pages = calloc((size_t)count + 1, sizeof *pages);
    bool ok = pages != NULL;

    for (int i = 0; i < count && ok; i++)
        ok = pgm_read(files[i], &pages[i]);
    ok = ok && sheet_write(path, pages, count);
    for (int i = 0; i < count && pages; i++)
        free(pages[i].greys);
    free(pages);
    return ok;
}

/* ---- compare */

struct difference {
    size_t mean, worst, x, y; /* of black, in ten thousandths; where the worst tile is */
};

static unsigned grey_at(const struct picture *picture, size_t x, size_t y)
{
    return x < picture->width && y < picture->height ? picture->greys[y * picture->width + x]
                                                     : 0;
}

static size_t tile_sum(const struct picture *a, const struct picture *b, size_t left,
                       size_t top)
{
    size_t sum = 0;

    for (size_t y = top; y < top + TILE; y++)
        for (size_t x = left; x < left + TILE; x++)
            sum += (size_t)abs((int)grey_at(a, x, y) - (int)grey_at(b, x, y));
    return sum;
}

/* Rounded up, so that nothing but the same is 0. */
static size_t share(size_t sum, size_t pixels)
{
    return (sum * WHOLE + 255 * pixels - 1) / (255 * pixels);
}

static struct difference compare(const struct picture *a, const struct picture *b)
{
    size_t width = a->width > b->width ? a->width : b->width;
    size_t height = a->height > b->height ? a->height : b->height, sum = 0;
    struct difference found = {0, 0, 0, 0};

    for (size_t y = 0; y < height; y += TILE)
        for (size_t x = 0; x < width; x += TILE) {
            size_t tile = tile_sum(a, b, x, y), part = share(tile, TILE * TILE);

            sum += tile;
            if (part > found.worst)
                found = (struct difference){0, part, x, y};
        }
    found.mean = share(sum, width * height);
    return found;
}

static bool difference_write(const char *path, const struct picture *a, const struct picture *b)
{
    size_t width = a->width > b->width ? a->width : b->width;
    size_t height = a->height > b->height ? a->height : b->height;
    unsigned char *pixels = room(3 * width * height), *at = pixels;
    bool ok;

    for (size_t y = 0; y < height; y++)
        for (size_t x = 0; x < width; x++, at += 3) {
            unsigned before = grey_at(a, x, y), after = grey_at(b, x, y);

            at[0] = (unsigned char)after;
            at[1] = (unsigned char)((before + after) / 2);
            at[2] = (unsigned char)before;
        }
    ok = png_write(path, width, height, PNG_FORMAT_RGB, 0, pixels, NULL);
    free(pixels);
    return ok;
}

static int compare_files(char **files)
{
    struct picture old = {0}, new = {0};
    struct difference found;
    int status = 2;

    if (png_read(files[0], &old) && png_read(files[1], &new) &&
        difference_write(files[2], &old, &new)) {
        found = compare(&old, &new);
        status = found.mean > MEAN_MOST || found.worst > TILE_MOST || old.width != new.width ||
                 old.height != new.height;
        printf(
            "mean %zu.%02zu %% (most %d.%02d), worst tile %zu.%02zu %% (most %d.%02d) at %zu "
            "%zu, %zu x %zu was %zu x %zu\n",
            found.mean / 100, found.mean % 100, MEAN_MOST / 100, MEAN_MOST % 100,
            found.worst / 100, found.worst % 100, TILE_MOST / 100, TILE_MOST % 100, found.x,
            found.y, new.width, new.height, old.width, old.height);
    }
    free(old.greys);
    free(new.greys);
    return status;
}

int main(int argc, char **argv)
{
    if (argc > 3 && strcmp(argv[1], "join") == 0)
        return join(argv[2], argv + 3, argc - 3) ? 0 : 2;
    if (argc == 5 && strcmp(argv[1], "compare") == 0)
        return compare_files(argv + 2);
    fprintf(stderr,
            "pages join OUT.png PAGE.pgm... | pages compare OLD.png NEW.png DIFF.png\n");
    return 2;
}
