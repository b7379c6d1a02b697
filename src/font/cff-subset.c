/* cff-subset.c: writes a CID-keyed CFF font: header, Name, Top DICT, strings, no global
 * subroutines, charset (format 0: the CIDs), FDSelect (format 3), CharStrings, FDArray, Private
 * DICTs of the widths alone. Offsets in the Top DICT take five bytes whatever they are, so its
 * size is known before they are. */
#include "font/cff.h"

#include <string.h>

enum { FDS_MOST = 256, STANDARD_STRINGS = 391 };

struct writer {
    char *bytes; /* room for them all */
    size_t n;
    const struct cff *cff;
    const uint32_t *glyphs; /* without .notdef */
    const uint16_t *cids;   /* of these */
    const struct str *flat; /* with .notdef */
    size_t count;           /* with .notdef */
    const uint8_t *fds;     /* new number of each glyph's FD, with .notdef */
    unsigned fd_olds[FDS_MOST];
    unsigned fd_count;
    size_t charset_at, fd_select_at, glyphs_at, fd_array_at; /* the operands in the Top DICT */
};

static void put(struct writer *w, unsigned value, unsigned bytes)
{
    while (bytes-- > 0)
        w->bytes[w->n++] = (char)(value >> 8 * bytes);
}

static void put_str(struct writer *w, struct str s)
{
    memcpy(w->bytes + w->n, s.p, s.n);
    w->n += s.n;
}

static void put_integer(struct writer *w, size_t value)
{
    put(w, 29, 1);
    put(w, (unsigned)value, 4);
}

/* An offset that is not known yet: where it stands. */
static size_t put_later(struct writer *w, unsigned op)
{
    size_t at = w->n;

    put_integer(w, 0);
    put(w, op, 1);
    return at;
}

static void put_here(struct writer *w, size_t at)
{
    for (unsigned i = 0; i < 4; i++)
        w->bytes[at + 1 + i] = (char)(w->n >> (24 - 8 * i));
}

static void put_entry(struct writer *w, struct str operands, unsigned escape, unsigned op)
{
    if (!operands.n)
        return;
    put_str(w, operands);
    if (escape)
        put(w, escape, 1);
    put(w, op, 1);
}

static void put_index(struct writer *w, const struct str *objects, size_t count)
{
    unsigned offset = 1, size = 1;
    size_t total = 1;

    put(w, (unsigned)count, 2);
    if (!count)
        return;
    for (size_t i = 0; i < count; i++)
        total += objects[i].n;
    while (total >> 8 * size)
        size++;
    put(w, size, 1);
    put(w, offset, size);
    for (size_t i = 0; i < count; i++) {
        offset += (unsigned)objects[i].n;
        put(w, offset, size);
    }
    for (size_t i = 0; i < count; i++)
        put_str(w, objects[i]);
}

/* Its length is known: one object, whose offsets are written before it is. */
static void put_top(struct writer *w)
{
    size_t start, length_at, length;

    put(w, 1, 2);
    put(w, 2, 1);
    put(w, 1, 2);
    length_at = w->n;
    put(w, 0, 2);
    start = w->n;
    put(w, 28, 1), put(w, STANDARD_STRINGS, 2);     /* registry: Adobe */
    put(w, 28, 1), put(w, STANDARD_STRINGS + 1, 2); /* ordering: Identity */
    put(w, 139, 1), put(w, 12, 1), put(w, 30, 1);   /* supplement 0; ROS */
    put_entry(w, w->cff->bbox, 0, 5);
    put_entry(w, w->cff->matrix, 12, 7);
    put_integer(w, 65536), put(w, 12, 1), put(w, 34, 1); /* CIDCount */
    w->charset_at = put_later(w, 15);
    w->glyphs_at = put_later(w, 17);
    w->fd_array_at = put_later(w, 12), put(w, 36, 1);
    w->fd_select_at = put_later(w, 12), put(w, 37, 1);
    length = w->n - start + 1;
    w->bytes[length_at] = (char)(length >> 8);
    w->bytes[length_at + 1] = (char)length;
}

static void put_charset(struct writer *w)
{
    put_here(w, w->charset_at);
    put(w, 0, 1);
    for (size_t i = 0; i + 1 < w->count; i++)
        put(w, w->cids[i], 2);
}

static void put_fd_select(struct writer *w)
{
    size_t ranges_at;
    unsigned ranges = 0;

    put_here(w, w->fd_select_at);
    put(w, 3, 1);
    ranges_at = w->n;
    put(w, 0, 2);
    for (size_t i = 0; i < w->count; i++) {
        if (i && w->fds[i] == w->fds[i - 1])
            continue;
        put(w, (unsigned)i, 2);
        put(w, w->fds[i], 1);
        ranges++;
    }
    put(w, (unsigned)w->count, 2);
    w->bytes[ranges_at] = (char)(ranges >> 8);
    w->bytes[ranges_at + 1] = (char)ranges;
}

/* Private DICTs first, so that their places are known when the Font DICTs are written. */
static void put_fds(struct writer *w, struct arena *arena)
{
    struct str *dicts = NEW_ARRAY(arena, w->fd_count, struct str);

    for (unsigned i = 0; i < w->fd_count; i++) {
        const struct cff_fd *fd = &w->cff->fds[w->fd_olds[i]];
        size_t start = w->n, length;
        char *dict = arena_alloc(arena, fd->matrix.n + 2 + 11), *p = dict;

        put_entry(w, fd->width, 0, 20);
        put_entry(w, fd->nominal, 0, 21);
        length = w->n - start;
        if (fd->matrix.n) {
            memcpy(p, fd->matrix.p, fd->matrix.n);
            p += fd->matrix.n;
            *p++ = 12;
            *p++ = 7;
        }
        *p++ = 29;
        for (unsigned k = 0; k < 4; k++)
            *p++ = (char)(length >> (24 - 8 * k));
        *p++ = 29;
        for (unsigned k = 0; k < 4; k++)
            *p++ = (char)(start >> (24 - 8 * k));
        *p++ = 18;
        dicts[i] = (struct str){dict, (size_t)(p - dict)};
    }
    put_here(w, w->fd_array_at);
    put_index(w, dicts, w->fd_count);
}

/* The FDs in use, numbered anew in order of use. */
static void fds_number(struct writer *w, struct arena *arena)
{
    uint8_t *fds = NEW_ARRAY(arena, w->count, uint8_t);

    w->fds = fds;
    for (size_t i = 0; i < w->count; i++) {
        unsigned old = cff_fd_of(w->cff, i ? w->glyphs[i - 1] : 0), new = 0;

        while (new < w->fd_count && w->fd_olds[new] != old)
            new ++;
        if (new == w->fd_count)
            w->fd_olds[w->fd_count++] = old;
        fds[i] = (uint8_t) new;
    }
}

/* All but the outlines: more than what is written whatever the operands are. */
static size_t room_for(const struct cff *cff, size_t count)
{
    size_t room = 512 + cff->name.n + cff->bbox.n + cff->matrix.n;

    for (unsigned i = 0; i < cff->fd_count; i++)
        room += 32 + cff->fds[i].width.n + cff->fds[i].nominal.n + cff->fds[i].matrix.n;
    return room + count * (2 + 3 + 4); /* CID, FD, offset */
}

struct font_program cff_subset(struct arena *keep, struct arena *arena, struct cff *cff,
                               const uint32_t *glyphs, const uint16_t *cids, size_t count)
{
    static const struct str strings[] = {{"Adobe", 5}, {"Identity", 8}};
    struct writer w = {.cff = cff, .glyphs = glyphs, .cids = cids, .count = count + 1};
    struct str *flat = NEW_ARRAY(arena, count + 1, struct str);
    uint16_t *lengths = NEW_ARRAY(arena, count + 1, uint16_t);
    size_t outlines = 0;

    for (size_t i = 0; i <= count; i++) {
        flat[i] = cff_flatten(keep, cff, i ? glyphs[i - 1] : 0);
        if (!flat[i].n)
            return (struct font_program){.bytes = STR_NONE};
        lengths[i] = (uint16_t)flat[i].n;
        outlines += flat[i].n;
    }
    fds_number(&w, arena);
    w.bytes = arena_alloc(arena, room_for(cff, w.count) + outlines);
    put(&w, 0x01000404, 4); /* version 1.0, header of 4 bytes, offsets of 4 */
    put_index(&w, &cff->name, 1);
    put_top(&w);
    put_index(&w, strings, COUNT(strings));
    put_index(&w, NULL, 0); /* global subroutines */
    put_charset(&w);
    put_fd_select(&w);
    put_here(&w, w.glyphs_at);
    put_index(&w, flat, w.count);
    outlines = w.n - outlines;
    put_fds(&w, arena);
    return (struct font_program){.bytes = {w.bytes, w.n},
                                 .outlines = outlines,
                                 .outline_count = w.count,
                                 .lengths = lengths};
}
