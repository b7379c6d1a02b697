/* image.c: pictures. Their bytes are ready (image.h), so writing one is copying it; it is one
 * object however many pages show it. */
#include "pdf/pdf-internal.h"

/* Images are numbered from the last one in the list, which was shown first. */
static size_t image_number(const struct pdf_image *entry)
{
    size_t number = 0;

    while ((entry = entry->next))
        number++;
    return number;
}

static size_t image_name(struct pdf *pdf, const struct image *image)
{
    struct pdf_image *entry = pdf->images;

    while (entry && entry->image != image)
        entry = entry->next;
    if (!entry) {
        entry = NEW(pdf->arena, struct pdf_image);
        *entry = (struct pdf_image){image, pdf->images};
        pdf->images = entry;
    }
    return image_number(entry);
}

void content_image(struct pdf *pdf, const struct page *page, const struct picture *picture)
{
    const struct rect *at = &picture->at;
    struct buf *out = &pdf->content;

    buf_text(out, "q ");
    put_length(out, at->w);
    buf_text(out, " 0 0 ");
    put_length(out, at->h);
    buf_byte(out, ' ');
    put_point(out, page, at->x, at->y + at->h);
    buf_printf(out, " cm /I%zu Do Q\n", image_name(pdf, picture->image));
}

void put_images(struct pdf *pdf, struct buf *out)
{
    for (const struct pdf_image *entry = pdf->images; entry; entry = entry->next) {
        const struct image *image = entry->image;
        struct str keys = str_printf(
            pdf->arena,
            "/Type/XObject/Subtype/Image/Width %d/Height %d/ColorSpace/%s/BitsPerComponent 8"
            "/Filter/%s",
            image->columns, image->rows, image->channels == 1 ? "DeviceGray" : "DeviceRGB",
            image->jpeg ? "DCTDecode" : "FlateDecode");
        unsigned number = object_stream(pdf->objects, keys, image->stream);

        buf_printf(out, "/I%zu %u 0 R", image_number(entry), number);
    }
}
