/* image.c: which kind of picture it is, and what to say when it cannot be used. */
#include "image/image-internal.h"

static const struct {
    const char *zh, *en;
} says[] = {
    [WELL] = {"", ""},
    [NO_IMAGE] = {"不是 PNG 或 JPEG 图片", "it is neither PNG nor JPEG"},
    [DAMAGED] = {"图片已损坏或不完整", "it is damaged or cut off"},
    [CODING] = {"JPEG 的编码方式不是基线或渐进",
                "its coding is neither baseline nor progressive"},
    [SAMPLES] = {"图片不是 8 位灰度或 RGB", "it is not gray or RGB with 8 bits each"},
    [CMYK] = {"图片是 CMYK", "it is CMYK"},
    [TOO_LARGE] = {"图片的边长超过 4096 像素", "a side has more than 4096 pixels"},
};

bool image_read(struct arena *arena, struct str bytes, struct where at,
                const struct image **out, struct err *err)
{
    struct image *image = NEW(arena, struct image);
    enum wrong wrong = NO_IMAGE;

    if (str_starts(bytes, STR("\x89PNG\r\n\x1A\n")))
        wrong = png_read(arena, bytes, image);
    else if (str_starts(bytes, STR("\xFF\xD8\xFF")))
        wrong = jpeg_read(bytes, image);
    if (wrong == WELL) {
        *out = image;
        return true;
    }
    err_add(err, IMAGE_FAULT, at, "%s%.0s", "%.0s%s", says[wrong].zh, says[wrong].en);
    err_hint(err, "save it again as PNG, or as JPEG in gray or RGB");
    return false;
}
