/* jpeg.c: the markers of a JPEG file (ITU-T T.81, annex B): what PDF must be told of it. The
 * picture itself is not decoded. */
#include "image/image-internal.h"

enum {
    MARK_SOF0 = 0xC0, /* baseline */
    MARK_SOF1 = 0xC1, /* extended, Huffman */
    MARK_SOF2 = 0xC2, /* progressive */
    MARK_DHT = 0xC4,
    MARK_JPG = 0xC8,
    MARK_DAC = 0xCC,
    MARK_SOF15 = 0xCF,
    MARK_EOI = 0xD9,
    MARK_SOS = 0xDA
};

static unsigned byte_at(struct str bytes, size_t at)
{
    return (unsigned char)bytes.p[at];
}

static unsigned word_at(struct str bytes, size_t at)
{
    return byte_at(bytes, at) << 8 | byte_at(bytes, at + 1);
}

static bool is_frame(unsigned mark)
{
    return mark >= MARK_SOF0 && mark <= MARK_SOF15 && mark != MARK_DHT && mark != MARK_JPG &&
           mark != MARK_DAC;
}

/* at: behind the marker's length. */
static enum wrong frame_read(struct str bytes, unsigned mark, size_t at, size_t length,
                             struct image *out)
{
    if (mark > MARK_SOF2)
        return CODING;
    if (length < 8)
        return DAMAGED;
    if (byte_at(bytes, at) != 8)
        return SAMPLES;
    out->rows = (int)word_at(bytes, at + 1);
    out->columns = (int)word_at(bytes, at + 3);
    out->channels = (int)byte_at(bytes, at + 5);
    if (out->channels == 4)
        return CMYK;
    if (out->channels != 1 && out->channels != 3)
        return SAMPLES;
    if (out->rows < 1 || out->columns < 1)
        return DAMAGED;
    return out->rows > IMAGE_SIDE_MOST || out->columns > IMAGE_SIDE_MOST ? TOO_LARGE : WELL;
}

/* The end mark stands last, but for bytes that cameras and editors put behind it. */
static bool has_end(struct str bytes, size_t from)
{
    for (size_t i = bytes.n - 1; i > from; i--) {
        if (byte_at(bytes, i) == MARK_EOI && byte_at(bytes, i - 1) == 0xFF)
            return true;
    }
    return false;
}

enum wrong jpeg_read(struct str bytes, struct image *out)
{
    struct image image = {.jpeg = true, .stream = bytes};
    size_t at = 2;

    while (at + 4 <= bytes.n && byte_at(bytes, at) == 0xFF) {
        unsigned mark = byte_at(bytes, at + 1);
        size_t length;
        enum wrong wrong;

        if (mark == 0xFF) { /* fill bytes may precede a marker */
            at++;
            continue;
        }
        length = word_at(bytes, at + 2);
        if (length < 2 || length > bytes.n - at - 2)
            break;
        if (is_frame(mark)) {
            wrong = frame_read(bytes, mark, at + 4, length, &image);
            if (wrong)
                return wrong;
        } else if (mark == MARK_SOS) {
            if (!image.channels || !has_end(bytes, at))
                break;
            *out = image;
            return WELL;
        }
        at += 2 + length;
    }
    return DAMAGED;
}
