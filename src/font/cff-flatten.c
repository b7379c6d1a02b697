/* cff-flatten.c: Type 2 charstrings (Adobe technical note 5177) without subroutines and hints.
 *
 * No outline is interpreted. Operands are copied as they come; `pending` says where each of
 * those since the last operator begins. A call takes its operand back and goes on inside; a
 * stem takes all its operands back; every other operator is copied. The first operator that
 * clears the stack may have the glyph's width before its operands: when that operator is a
 * hint, the width alone stays and stands before the first operator that is kept, as the format
 * asks. */
#include "font/cff.h"

#include <string.h>

enum {
    OP_HSTEM = 1,
    OP_VSTEM = 3,
    OP_VMOVETO = 4,
    OP_CALLSUBR = 10,
    OP_RETURN = 11,
    OP_ESCAPE = 12,
    OP_ENDCHAR = 14,
    OP_HSTEMHM = 18,
    OP_HINTMASK = 19,
    OP_CNTRMASK = 20,
    OP_RMOVETO = 21,
    OP_HMOVETO = 22,
    OP_VSTEMHM = 23,
    OP_SHORT = 28,
    OP_CALLGSUBR = 29,
    ESCAPE_DOTSECTION = 0,
    ESCAPE_FLEX_FIRST = 34,
    ESCAPE_FLEX_LAST = 37,
    STACK_MOST = 48,
    DEPTH_MOST = 10,
    BYTES_MOST = 12 << 10 /* of one glyph; Noto's longest has under 4,000 */
};

struct flat {
    const struct cff *cff;
    const struct cff_fd *fd;
    unsigned char *out;
    size_t n;
    size_t pending[STACK_MOST]; /* where in out the operands since the last operator begin */
    int values[STACK_MOST];
    int count;
    int kept; /* 1: the first of them is the width, left over from a hint */
    bool width_known, done, full;
    unsigned stems;
};

static void put(struct flat *flat, unsigned byte)
{
    if (flat->n < BYTES_MOST)
        flat->out[flat->n++] = (unsigned char)byte;
    else
        flat->full = true;
}

/* One operand whose first byte is b0, copied; false when it is cut off or one too many. */
static bool operand(struct flat *flat, struct str code, size_t *at, unsigned b0)
{
    size_t more = b0 == OP_SHORT ? 2 : b0 == 255 ? 4 : b0 >= 247 ? 1 : 0;
    const unsigned char *p = (const unsigned char *)code.p + *at;
    int value = (int)b0 - 139;

    if (flat->count == STACK_MOST || code.n - *at < more)
        return false;
    if (b0 == OP_SHORT)
        value = (int16_t)(p[0] << 8 | p[1]);
    else if (b0 == 255)
        value = (int16_t)(p[0] << 8 | p[1]);
    else if (b0 >= 251)
        value = -((int)b0 - 251) * 256 - p[0] - 108;
    else if (b0 >= 247)
        value = ((int)b0 - 247) * 256 + p[0] + 108;
    flat->pending[flat->count] = flat->n;
    flat->values[flat->count++] = value;
    put(flat, b0);
    for (size_t i = 0; i < more; i++)
        put(flat, p[i]);
    *at += more;
    return true;
}

/* The operands of a hint go; the width, when it stands before them, stays. */
static void drop_hint(struct flat *flat)
{
    int operands = flat->count - flat->kept;

    if (!flat->width_known && operands % 2 == 1)
        flat->kept = 1;
    flat->width_known = true;
    flat->stems += (unsigned)(flat->count - flat->kept) / 2;
    if (flat->count > flat->kept)
        flat->n = flat->pending[flat->kept];
    flat->count = flat->kept;
}

static void keep(struct flat *flat, unsigned op)
{
    put(flat, op);
    flat->count = flat->kept = 0;
    flat->width_known = true;
}

static bool run(struct flat *flat, struct str code, int depth);

static bool call(struct flat *flat, const struct cff_index *subrs, int depth)
{
    int bias = subrs->count < 1240 ? 107 : subrs->count < 33900 ? 1131 : 32768, index;
    struct str code;

    if (flat->count <= flat->kept || depth == DEPTH_MOST)
        return false;
    flat->count--;
    flat->n = flat->pending[flat->count];
    index = flat->values[flat->count] + bias;
    return index >= 0 && cff_object(subrs, (unsigned)index, &code) &&
           run(flat, code, depth + 1);
}

static bool escape(struct flat *flat, unsigned op)
{
    if (op == ESCAPE_DOTSECTION) {
        drop_hint(flat);
        return true;
    }
    if (op < ESCAPE_FLEX_FIRST || op > ESCAPE_FLEX_LAST)
        return false;
    put(flat, OP_ESCAPE);
    keep(flat, op);
    return true;
}

/* One operator; false when this glyph cannot be flattened. */
static bool operator(struct flat *flat, struct str code, size_t *at, unsigned op, int depth)
{
    size_t mask;

    switch (op) {
    case OP_HSTEM:
    case OP_VSTEM:
    case OP_HSTEMHM:
    case OP_VSTEMHM:
        drop_hint(flat);
        return true;
    case OP_HINTMASK:
    case OP_CNTRMASK:
        drop_hint(flat);
        mask = (flat->stems + 7) / 8;
        if (code.n - *at < mask)
            return false;
        *at += mask;
        return true;
    case OP_CALLSUBR:
        return call(flat, &flat->fd->subrs, depth);
    case OP_CALLGSUBR:
        return call(flat, &flat->cff->subrs, depth);
    case OP_ESCAPE:
        return *at < code.n && escape(flat, (unsigned char)code.p[(*at)++]);
    case OP_ENDCHAR:
        flat->done = true;
        if (flat->count >= 4) /* seac: an accent over a letter */
            return false;
        keep(flat, op);
        return true;
    default:
        if (op == 0 || op == 2 || op == 9 || op == 13 || (op >= 15 && op <= 17))
            return false;
        keep(flat, op);
        return true;
    }
}

static bool run(struct flat *flat, struct str code, int depth)
{
    for (size_t at = 0; at < code.n && !flat->done;) {
        unsigned b = (unsigned char)code.p[at++];

        if (b == OP_RETURN)
            return true;
        if (b >= 32 || b == OP_SHORT ? !operand(flat, code, &at, b)
                                     : !operator(flat, code, &at, b, depth))
            return false;
    }
    return true;
}

struct str cff_flatten(struct arena *arena, struct cff *cff, unsigned glyph)
{
    struct flat flat = {.cff = cff};
    struct str code;

    if (!cff->flat) {
        cff->flat = NEW_ARRAY(arena, cff->glyphs.count, struct str);
        cff->room = arena_alloc(arena, BYTES_MOST);
    }
    if (glyph >= cff->glyphs.count || cff->flat[glyph].n)
        return glyph < cff->glyphs.count ? cff->flat[glyph] : STR_NONE;
    flat.out = cff->room;
    flat.fd = &cff->fds[cff_fd_of(cff, glyph)];
    if (cff_object(&cff->glyphs, glyph, &code) && run(&flat, code, 0) && flat.done &&
        !flat.full)
        cff->flat[glyph] = str_copy(arena, (struct str){(const char *)flat.out, flat.n});
    return cff->flat[glyph];
}
