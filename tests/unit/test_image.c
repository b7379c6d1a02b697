/* test_image.c: seals' images: what is taken, what is refused, and how a PDF shows them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <png.h>
#include <zlib.h>

#include "image/image.h"
#include "pdf/pdf.h"

/* 8 × 8 pixels of one gray, baseline. The bytes of its frame header begin at FRAME. */
static const unsigned char GRAY_JPEG[] = {
    0xff, 0xd8, 0xff, 0xdb, 0x00, 0x43, 0x00, 0x1b, 0x12, 0x14, 0x17, 0x14, 0x11, 0x1b, 0x17,
    0x16, 0x17, 0x1e, 0x1c, 0x1b, 0x20, 0x28, 0x42, 0x2b, 0x28, 0x25, 0x25, 0x28, 0x51, 0x3a,
    0x3d, 0x30, 0x42, 0x60, 0x55, 0x65, 0x64, 0x5f, 0x55, 0x5d, 0x5b, 0x6a, 0x78, 0x99, 0x81,
    0x6a, 0x71, 0x90, 0x73, 0x5b, 0x5d, 0x85, 0xb5, 0x86, 0x90, 0x9e, 0xa3, 0xab, 0xad, 0xab,
    0x67, 0x80, 0xbc, 0xc9, 0xba, 0xa6, 0xc7, 0x99, 0xa8, 0xab, 0xa4, 0xff, 0xc0, 0x00, 0x0b,
    0x08, 0x00, 0x08, 0x00, 0x08, 0x01, 0x01, 0x11, 0x00, 0xff, 0xc4, 0x00, 0x14, 0x00, 0x01,
    0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
    0x05, 0xff, 0xc4, 0x00, 0x14, 0x10, 0x01, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
    0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0xff, 0xda, 0x00, 0x08, 0x01, 0x01, 0x00,
    0x00, 0x3f, 0x00, 0x15, 0xff, 0xd9};
enum { FRAME = 72, BITS = 75, HEIGHT = 76, PARTS = 80 };

struct desk {
    struct arena *arena;
    struct err err;
};

static int desk_open(void **state)
{
    struct desk *desk = calloc(1, sizeof *desk);

    desk->arena = arena_new(256 << 20, NULL, NULL);
    err_init(&desk->err, desk->arena);
    *state = desk;
    return 0;
}

static int desk_close(void **state)
{
    struct desk *desk = *state;

    arena_free(desk->arena);
    free(desk);
    return 0;
}

static struct str png_of(struct desk *desk, int columns, int rows, png_uint_32 format,
                         const unsigned char *pixels)
{
    png_image png = {.version = PNG_IMAGE_VERSION};
    png_alloc_size_t size = 0;
    void *bytes;

    png.width = (png_uint_32)columns;
    png.height = (png_uint_32)rows;
    png.format = format;
    assert_true(png_image_write_to_memory(&png, NULL, &size, 0, pixels, 0, NULL));
    bytes = arena_alloc(desk->arena, size);
    assert_true(png_image_write_to_memory(&png, bytes, &size, 0, pixels, 0, NULL));
    return (struct str){bytes, size};
}

static const struct image *read_well(struct desk *desk, struct str bytes)
{
    const struct image *image = NULL;

    assert_true(image_read(desk->arena, bytes, where_none(), &image, &desk->err));
    assert_non_null(image);
    return image;
}

static bool refused(struct desk *desk, struct str bytes, const char *says)
{
    const struct image *image = NULL;

    err_init(&desk->err, desk->arena);
    return !image_read(desk->arena, bytes, where_none(), &image, &desk->err) && !image &&
           desk->err.first->code == IMAGE_FAULT && strstr(desk->err.first->en.p, says);
}

static struct str jpeg_with(struct desk *desk, size_t at, unsigned char byte)
{
    char *bytes = arena_text(desk->arena, (const char *)GRAY_JPEG, sizeof GRAY_JPEG);

    bytes[at] = (char)byte;
    return (struct str){bytes, sizeof GRAY_JPEG};
}

static void unpack(const struct image *image, unsigned char *out, size_t size)
{
    uLongf n = (uLongf)size;

    assert_int_equal(
        uncompress(out, &n, (const unsigned char *)image->stream.p, (uLong)image->stream.n),
        Z_OK);
    assert_int_equal(n, size);
}

static void what_is_transparent_becomes_white(void **state)
{
    const unsigned char pixels[] = {255, 0, 0, 255, 255, 0, 0, 0};
    struct desk *desk = *state;
    const struct image *image = read_well(desk, png_of(desk, 2, 1, PNG_FORMAT_RGBA, pixels));
    unsigned char out[6];

    assert_int_equal(image->channels, 3);
    unpack(image, out, sizeof out);
    assert_memory_equal(out, "\xFF\0\0\xFF\xFF\xFF", 6);
}

static void a_picture_without_colour_is_gray(void **state)
{
    const unsigned char pixels[] = {10, 10, 10, 200, 200, 200};
    struct desk *desk = *state;
    const struct image *image = read_well(desk, png_of(desk, 1, 2, PNG_FORMAT_RGB, pixels));
    unsigned char out[2];

    assert_int_equal(image->channels, 1);
    assert_int_equal(image->columns, 1);
    assert_int_equal(image->rows, 2);
    unpack(image, out, sizeof out);
    assert_int_equal(out[0], 10);
    assert_int_equal(out[1], 200);
}

static void a_damaged_png_is_refused(void **state)
{
    unsigned char pixels[3 * 64 * 64] = {0};
    struct desk *desk = *state;
    struct str png;
    char *bytes;

    for (size_t i = 0; i < sizeof pixels; i++)
        pixels[i] = (unsigned char)(i * i >> 3);
    png = png_of(desk, 64, 64, PNG_FORMAT_RGB, pixels);
    read_well(desk, png);
    for (size_t n = 0; n + 12 < png.n; n += 7)
        assert_true(refused(desk, (struct str){png.p, n}, n < 8 ? "neither" : "damaged"));
    bytes = arena_text(desk->arena, png.p, png.n);
    bytes[png.n / 2] ^= 4;
    assert_true(refused(desk, (struct str){bytes, png.n}, "damaged"));
}

static void a_side_of_more_than_4096_pixels_is_refused(void **state)
{
    static unsigned char pixels[3 * 4097];
    struct desk *desk = *state;

    read_well(desk, png_of(desk, 4096, 1, PNG_FORMAT_RGB, pixels));
    assert_true(refused(desk, png_of(desk, 4097, 1, PNG_FORMAT_RGB, pixels), "4096"));
    assert_true(refused(desk, png_of(desk, 1, 4097, PNG_FORMAT_RGB, pixels), "4096"));
    assert_true(refused(desk, jpeg_with(desk, HEIGHT, 0x20), "4096"));
}

static void a_jpeg_stays_as_it_is(void **state)
{
    struct desk *desk = *state;
    struct str bytes = jpeg_with(desk, FRAME, 0xC0);
    const struct image *image = read_well(desk, bytes);

    assert_true(image->jpeg);
    assert_int_equal(image->columns, 8);
    assert_int_equal(image->rows, 8);
    assert_int_equal(image->channels, 1);
    assert_true(str_eq(image->stream, bytes));
    assert_true(read_well(desk, jpeg_with(desk, FRAME, 0xC2))->jpeg);
}

static void a_jpeg_that_pdf_viewers_may_fail_at_is_refused(void **state)
{
    struct desk *desk = *state;
    struct str whole = jpeg_with(desk, FRAME, 0xC0);

    assert_true(refused(desk, jpeg_with(desk, PARTS, 4), "CMYK"));
    assert_true(refused(desk, jpeg_with(desk, PARTS, 2), "gray or RGB"));
    assert_true(refused(desk, jpeg_with(desk, BITS, 12), "8 bits"));
    assert_true(refused(desk, jpeg_with(desk, FRAME, 0xC3), "baseline"));
    assert_true(refused(desk, jpeg_with(desk, FRAME, 0xC9), "baseline"));
    assert_true(refused(desk, jpeg_with(desk, 0, 'x'), "neither"));
    for (size_t n = 3; n < whole.n; n++)
        assert_true(refused(desk, (struct str){whole.p, n}, "damaged"));
}

static int count_of(struct str bytes, struct str what)
{
    int count = 0;

    for (size_t i = 0; i + what.n <= bytes.n; i++)
        count += memcmp(bytes.p + i, what.p, what.n) == 0;
    return count;
}

static void an_image_on_many_pages_is_in_the_file_once(void **state)
{
    struct desk *desk = *state;
    const unsigned char red[] = {255, 0, 0};
    const struct image *jpeg = read_well(desk, jpeg_with(desk, FRAME, 0xC0));
    const struct image *png = read_well(desk, png_of(desk, 1, 1, PNG_FORMAT_RGB, red));
    const struct pdf_info info = {.title = STR("印章"),
                                  .created = STR("2024-05-06T07:08:09+08:00")};
    const struct origin origin = {"test", 1, STR_NONE};
    struct pdf_tools *tools = pdf_tools_open(desk->arena);
    struct fonts *fonts;
    struct pdf *pdf;
    struct buf out;

    assert_true(fonts_open(desk->arena, getenv("DANZHENG_HOME"), &fonts, &desk->err));
    buf_init(&out, 1 << 20);
    pdf = pdf_open(desk->arena, tools, fonts, &info, &out);
    for (int i = 0; i < 3; i++) {
        struct page page;

        page_init(&page, desk->arena, MM(210), MM(297));
        page_artifact(&page, ITEM_IMAGE, origin)->as.picture =
            (struct picture){{MM(20), MM(20), MM(42), MM(42)}, i == 1 ? png : jpeg};
        pdf_page(pdf, &page);
    }
    assert_true(pdf_close(pdf, NULL, &desk->err));
    assert_int_equal(count_of(buf_view(&out), jpeg->stream), 1);
    assert_int_equal(count_of(buf_view(&out), png->stream), 1);
    assert_int_equal(count_of(buf_view(&out), STR("/DCTDecode")), 1);
    assert_int_equal(count_of(buf_view(&out), STR("/Subtype/Image")), 2);
    assert_int_equal(count_of(buf_view(&out), STR("/SMask")), 0);
    buf_release(&out);
    pdf_tools_close(tools);
    fonts_close(fonts);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_transparent_becomes_white),
        cmocka_unit_test(a_picture_without_colour_is_gray),
        cmocka_unit_test(a_damaged_png_is_refused),
        cmocka_unit_test(a_side_of_more_than_4096_pixels_is_refused),
        cmocka_unit_test(a_jpeg_stays_as_it_is),
        cmocka_unit_test(a_jpeg_that_pdf_viewers_may_fail_at_is_refused),
        cmocka_unit_test(an_image_on_many_pages_is_in_the_file_once),
    };

    return cmocka_run_group_tests(tests, desk_open, desk_close);
}
