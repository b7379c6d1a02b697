/* cff.c: opens a CFF table. What follows a bad offset reads as zeros and sets `bad`; a bad
 * table is refused as a whole. */
#include "font/cff.h"

enum {
    OP_CHARSTRINGS = 17,
    OP_PRIVATE = 18,
    OP_SUBRS = 19,
    OP_DEFAULT_WIDTH = 20,
    OP_NOMINAL_WIDTH = 21,
    OP_BBOX = 5,
    OP_ESCAPE = 12, /* operators behind it are counted from here */
    OP_MATRIX = 256 + 7,
    OP_ROS = 256 + 30,
    OP_FD_ARRAY = 256 + 36,
    OP_FD_SELECT = 256 + 37,
    OPERAND_REAL = 30,
    OPERANDS_MOST = 48,
};

struct reader {
    const unsigned char *p;
    size_t n, at;
    bool bad;
};

static struct reader reader_of(struct str s)
{
    return (struct reader){(const unsigned char *)s.p, s.n, 0, false};
}

static unsigned take(struct reader *r, unsigned bytes)
{
    unsigned value = 0;

    if (r->bad || r->n - r->at < bytes) {
        r->bad = true;
        return 0;
    }
    while (bytes-- > 0)
        value = value << 8 | r->p[r->at++];
    return value;
}

static void go(struct reader *r, size_t at)
{
    if (at > r->n)
        r->bad = true;
    else
        r->at = at;
}

static unsigned number_at(struct str table, size_t at, unsigned bytes)
{
    const unsigned char *p = (const unsigned char *)table.p + at;
    unsigned value = 0;

    while (bytes-- > 0)
        value = value << 8 | *p++;
    return value;
}

/* Goes behind the INDEX that begins here. */
static struct cff_index take_index(struct reader *r)
{
    struct cff_index index = {.table = {(const char *)r->p, r->n}};

    index.count = take(r, 2);
    if (index.count == 0 || r->bad)
        return index;
    index.size = take(r, 1);
    index.offsets = r->at;
    index.data = index.offsets + ((size_t)index.count + 1) * index.size - 1;
    if (index.size < 1 || index.size > 4 || index.data + 1 > r->n) {
        r->bad = true;
        index.count = 0;
        return index;
    }
    go(r, index.data + number_at(index.table, index.data + 1 - index.size, index.size));
    return index;
}

bool cff_object(const struct cff_index *index, unsigned i, struct str *out)
{
    unsigned from, to;

    if (i >= index->count)
        return false;
    from = number_at(index->table, index->offsets + (size_t)i * index->size, index->size);
    to = number_at(index->table, index->offsets + ((size_t)i + 1) * index->size, index->size);
    if (from < 1 || to < from || to > index->table.n || index->data > index->table.n - to)
        return false;
    *out = (struct str){index->table.p + index->data + from, to - from};
    return true;
}

static int take_operand(struct reader *r, unsigned b0)
{
    unsigned byte;

    if (b0 == 28)
        return (int16_t)take(r, 2);
    if (b0 == 29)
        return (int)take(r, 4);
    if (b0 >= 32 && b0 <= 246)
        return (int)b0 - 139;
    if (b0 >= 247 && b0 <= 250)
        return ((int)b0 - 247) * 256 + (int)take(r, 1) + 108;
    if (b0 >= 251 && b0 <= 254)
        return -((int)b0 - 251) * 256 - (int)take(r, 1) - 108;
    if (b0 != OPERAND_REAL)
        r->bad = true;
    do
        byte = take(r, 1);
    while (!r->bad && (byte & 15) != 15 && byte >> 4 != 15);
    return 0;
}

/* One entry of a DICT: operator, its last two operands, and all operands as bytes. */
struct entry {
    unsigned op;
    int last, before;
    struct str operands;
};

static bool take_entry(struct reader *r, struct entry *out)
{
    size_t start = r->at;

    *out = (struct entry){0};
    while (!r->bad && r->at < r->n) {
        size_t at = r->at;
        unsigned b = take(r, 1);

        if (b > 21) {
            out->before = out->last;
            out->last = take_operand(r, b);
            continue;
        }
        out->op = b == OP_ESCAPE ? 256 + take(r, 1) : b;
        out->operands = (struct str){(const char *)r->p + start, at - start};
        return !r->bad;
    }
    return false;
}

static size_t offset_of(int operand)
{
    return operand > 0 ? (size_t)operand : 0;
}

static bool private_open(struct str table, size_t offset, size_t size, struct cff_fd *fd)
{
    struct reader whole = reader_of(table), dict;
    struct entry entry;

    if (offset > table.n || size > table.n - offset)
        return false;
    dict = reader_of((struct str){table.p + offset, size});
    while (take_entry(&dict, &entry)) {
        if (entry.op == OP_DEFAULT_WIDTH) {
            fd->width = entry.operands;
        } else if (entry.op == OP_NOMINAL_WIDTH) {
            fd->nominal = entry.operands;
        } else if (entry.op == OP_SUBRS) {
            go(&whole, offset + offset_of(entry.last));
            fd->subrs = take_index(&whole);
        }
    }
    return !whole.bad && !dict.bad;
}

static bool fds_open(struct arena *arena, struct cff *cff, size_t fd_array)
{
    struct reader r = reader_of(cff->table);
    struct cff_index fds;

    go(&r, fd_array);
    fds = take_index(&r);
    if (r.bad || fds.count == 0 || fds.count > 256)
        return false;
    cff->fd_count = fds.count;
    cff->fds = NEW_ARRAY(arena, fds.count, struct cff_fd);
    for (unsigned i = 0; i < fds.count; i++) {
        struct reader dict;
        struct entry entry;
        struct str object;

        if (!cff_object(&fds, i, &object))
            return false;
        dict = reader_of(object);
        while (take_entry(&dict, &entry)) {
            if (entry.op == OP_MATRIX)
                cff->fds[i].matrix = entry.operands;
            if (entry.op == OP_PRIVATE && !private_open(cff->table, offset_of(entry.last),
                                                        offset_of(entry.before), &cff->fds[i]))
                return false;
        }
    }
    return true;
}

struct cff *cff_open(struct arena *arena, struct str table, unsigned glyph_count)
{
    struct cff *cff = NEW(arena, struct cff);
    struct reader r = reader_of(table), dict;
    struct cff_index names, tops;
    size_t glyphs = 0, fd_array = 0;
    struct entry entry;
    bool keyed = false;
    struct str top;

    cff->table = table;
    go(&r, 2);
    go(&r, take(&r, 1));
    names = take_index(&r);
    tops = take_index(&r);
    (void)take_index(&r); /* strings */
    cff->subrs = take_index(&r);
    if (r.bad || !cff_object(&names, 0, &cff->name) || !cff_object(&tops, 0, &top))
        return NULL;
    dict = reader_of(top);
    while (take_entry(&dict, &entry)) {
        keyed = keyed || entry.op == OP_ROS;
        if (entry.op == OP_BBOX)
            cff->bbox = entry.operands;
        else if (entry.op == OP_MATRIX)
            cff->matrix = entry.operands;
        else if (entry.op == OP_CHARSTRINGS)
            glyphs = offset_of(entry.last);
        else if (entry.op == OP_FD_ARRAY)
            fd_array = offset_of(entry.last);
        else if (entry.op == OP_FD_SELECT)
            cff->fd_select = offset_of(entry.last);
    }
    go(&r, glyphs);
    cff->glyphs = take_index(&r);
    if (r.bad || dict.bad || !keyed || !cff->fd_select || cff->glyphs.count != glyph_count)
        return NULL;
    return fds_open(arena, cff, fd_array) ? cff : NULL;
}

/* FDSelect format 0: a byte a glyph; format 3: ranges. A damaged one gives the first. */
unsigned cff_fd_of(const struct cff *cff, unsigned glyph)
{
    struct reader r = reader_of(cff->table);
    unsigned format, low = 0, high, fd = 0;

    go(&r, cff->fd_select);
    format = take(&r, 1);
    if (format == 0) {
        go(&r, cff->fd_select + 1 + glyph);
        fd = take(&r, 1);
    } else if (format == 3) {
        high = take(&r, 2);
        while (high - low > 1) {
            unsigned middle = (low + high) / 2;

            go(&r, cff->fd_select + 3 + 3 * (size_t)middle);
            if (take(&r, 2) <= glyph)
                low = middle;
            else
                high = middle;
        }
        go(&r, cff->fd_select + 5 + 3 * (size_t)low);
        fd = take(&r, 1);
    }
    return r.bad || fd >= cff->fd_count ? 0 : fd;
}
