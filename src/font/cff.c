/* cff.c: the little that has to be read of a CFF table (Adobe technical note 5176): is it
 * CID-keyed, and which CID has each glyph? Every offset is checked; a damaged table is
 * refused. */
#include "font/font-internal.h"

enum {
    OP_CHARSET = 15,
    OP_ESCAPE = 12,
    OP_ROS = 30, /* after the escape */
    OPERAND_REAL = 30,
    CHARSET_PREDEFINED = 2, /* offsets 0 to 2 name charsets of fonts without CIDs */
};

/* Reading place in the table; bad once anything was outside of it. */
struct cff {
    const unsigned char *p;
    size_t n, at;
    bool bad;
};

static unsigned take(struct cff *cff, unsigned bytes)
{
    unsigned value = 0;

    if (cff->bad || cff->n - cff->at < bytes) {
        cff->bad = true;
        return 0;
    }
    while (bytes-- > 0)
        value = value << 8 | cff->p[cff->at++];
    return value;
}

static void go(struct cff *cff, size_t at)
{
    if (at > cff->n)
        cff->bad = true;
    else
        cff->at = at;
}

/* Goes behind an INDEX; *first and *end are where its first object lies. */
static void take_index(struct cff *cff, size_t *first, size_t *end)
{
    unsigned count = take(cff, 2), size, last = 0;
    size_t offsets, data;

    *first = *end = cff->at;
    if (count == 0)
        return;
    size = take(cff, 1);
    if (size < 1 || size > 4) {
        cff->bad = true;
        return;
    }
    offsets = cff->at;
    data = offsets + ((size_t)count + 1) * size - 1;
    *first = data + take(cff, size);
    *end = data + take(cff, size);
    go(cff, offsets + (size_t)count * size);
    last = take(cff, size);
    go(cff, data + last);
    if (*first > *end || *end > cff->n)
        cff->bad = true;
}

static void skip_real(struct cff *cff)
{
    unsigned byte;

    do
        byte = take(cff, 1);
    while (!cff->bad && (byte & 15) != 15 && byte >> 4 != 15);
}

/* One operand of a DICT whose first byte is b0. */
static int take_operand(struct cff *cff, unsigned b0)
{
    if (b0 == 28)
        return (int16_t)take(cff, 2);
    if (b0 == 29)
        return (int)take(cff, 4);
    if (b0 == OPERAND_REAL)
        return skip_real(cff), 0;
    if (b0 >= 32 && b0 <= 246)
        return (int)b0 - 139;
    if (b0 >= 247 && b0 <= 250)
        return ((int)b0 - 247) * 256 + (int)take(cff, 1) + 108;
    if (b0 >= 251 && b0 <= 254)
        return -((int)b0 - 251) * 256 - (int)take(cff, 1) - 108;
    cff->bad = true;
    return 0;
}

static void take_top_dict(struct cff *cff, size_t end, bool *keyed, size_t *charset)
{
    int operand = 0;

    while (!cff->bad && cff->at < end) {
        unsigned b = take(cff, 1);

        if (b == OP_ESCAPE)
            *keyed = take(cff, 1) == OP_ROS || *keyed;
        else if (b == OP_CHARSET)
            *charset = operand > 0 ? (size_t)operand : 0;
        else if (b > 21)
            operand = take_operand(cff, b);
    }
}

static void take_charset(struct cff *cff, unsigned glyph_count, uint16_t *cids)
{
    unsigned format = take(cff, 1);

    if (format > 2)
        cff->bad = true;
    for (unsigned glyph = 1; glyph < glyph_count && !cff->bad;) {
        unsigned cid = take(cff, 2);
        unsigned left = format == 0 ? 0 : take(cff, format);

        for (; glyph < glyph_count; left--) {
            cids[glyph++] = (uint16_t)cid++;
            if (left == 0)
                break;
        }
    }
}

bool cff_charset(struct arena *arena, struct str table, unsigned glyph_count,
                 const uint16_t **cids)
{
    struct cff cff = {(const unsigned char *)table.p, table.n, 0, false};
    size_t first, end, charset = 0;
    bool keyed = false, same = true;
    uint16_t *list;

    go(&cff, 2);
    go(&cff, take(&cff, 1));
    take_index(&cff, &first, &end);
    take_index(&cff, &first, &end);
    go(&cff, first);
    take_top_dict(&cff, end, &keyed, &charset);
    go(&cff, charset);
    if (cff.bad || !keyed || charset <= CHARSET_PREDEFINED)
        return false;
    /* Noto's charset is one range: read no further when that shows that all is as usual. */
    if (take(&cff, 1) == 2 && take(&cff, 2) == 1 && take(&cff, 2) + 2 >= glyph_count &&
        !cff.bad) {
        *cids = NULL;
        return true;
    }
    go(&cff, charset);
    list = NEW_ARRAY(arena, glyph_count, uint16_t);
    take_charset(&cff, glyph_count, list);
    for (unsigned i = 0; i < glyph_count; i++)
        same = same && list[i] == i;
    *cids = same ? NULL : list;
    return !cff.bad;
}
