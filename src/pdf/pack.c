/* pack.c: compression, and what is kept of it from one document to the next.
 *
 * Papers of one layout share much: the watermark, the structure of a form, the fonts of labels.
 * Nobody declares what is shared. What was compressed twice is remembered with its result, and
 * the third time the result is copied. A hit is the same bytes, compared whole, so no result
 * depends on what came before. */
#include "pdf/pdf-internal.h"

#include <libdeflate.h>
#include <stdlib.h>
#include <string.h>

enum { PLACES = 512, KEPT_MOST = 256 << 10, ALL_KEPT_MOST = 8 << 20, FRAGMENTS_MOST = 1 << 30 };

/* from: what was compressed, then its result, in one piece of memory; NULL: place is free. */
struct packed {
    uint32_t sum, seen; /* of from; of what came last and is not kept */
    enum pack pack;
    char *from;
    size_t from_n, n;
};

struct pdf_tools {
    struct arena *arena;
    struct libdeflate_compressor *compressors[PACKS];
    struct fragments *fragments;
    struct drawn *drawn;
    struct packed places[PLACES];
    size_t kept;
};

struct pdf_tools *pdf_tools_open(struct arena *owner)
{
    /* Text gets smaller by trying harder; outlines hardly do. */
    static const int levels[PACKS] = {[PACK_BEST] = 9, [PACK_TEXT] = 5, [PACK_FAST] = 1};
    struct arena *arena = arena_limited(owner, FRAGMENTS_MOST);
    struct pdf_tools *tools = NEW(arena, struct pdf_tools);

    tools->arena = arena;
    tools->fragments = fragments_open(tools->arena);
    tools->drawn = drawn_new(tools->arena);
    for (size_t i = 0; i < PACKS; i++)
        tools->compressors[i] = libdeflate_alloc_compressor(levels[i]);
    if (tools->compressors[PACK_BEST] && tools->compressors[PACK_TEXT] &&
        tools->compressors[PACK_FAST])
        return tools;
    pdf_tools_close(tools);
    return NULL;
}

static void forget(struct pdf_tools *tools, struct packed *place)
{
    tools->kept -= place->from ? place->from_n + place->n : 0;
    free(place->from);
    place->from = NULL;
}

void pdf_tools_close(struct pdf_tools *tools)
{
    if (!tools)
        return;
    for (size_t i = 0; i < PLACES; i++)
        forget(tools, &tools->places[i]);
    for (size_t i = 0; i < PACKS; i++)
        if (tools->compressors[i])
            libdeflate_free_compressor(tools->compressors[i]);
    arena_free(tools->arena);
}

struct drawn *tools_drawn(const struct pdf_tools *tools)
{
    return tools->drawn;
}

struct fragments *tools_fragments(const struct pdf_tools *tools)
{
    return tools->fragments;
}

static void remember(struct pdf_tools *tools, struct packed *place, struct str bytes,
                     struct str result, enum pack pack, uint32_t sum)
{
    size_t more = bytes.n + result.n;

    forget(tools, place);
    for (size_t i = 0; tools->kept + more > ALL_KEPT_MOST && i < PLACES; i++)
        forget(tools, &tools->places[i]);
    place->from = malloc(more);
    if (!place->from)
        return;
    memcpy(place->from, bytes.p, bytes.n);
    memcpy(place->from + bytes.n, result.p, result.n);
    place->from_n = bytes.n;
    place->n = result.n;
    place->pack = pack;
    place->sum = sum;
    tools->kept += more;
}

static bool is_remembered(const struct packed *place, struct str bytes, enum pack pack,
                          uint32_t sum)
{
    return place->from && place->sum == sum && place->pack == pack &&
           str_eq((struct str){place->from, place->from_n}, bytes);
}

/* A result that is copied takes as much room as one that is made: what fits does not depend on
 * what came before either. */
bool tools_pack(struct pdf_tools *tools, struct str bytes, enum pack pack, struct buf *out)
{
    uint32_t sum = libdeflate_crc32(0, bytes.p, bytes.n);
    struct packed *place = &tools->places[(sum ^ (uint32_t)pack) % PLACES];
    size_t room = libdeflate_zlib_compress_bound(tools->compressors[pack], bytes.n);
    size_t before = out->n;
    char *packed = buf_room(out, room);

    if (!packed)
        return false;
    if (is_remembered(place, bytes, pack, sum)) {
        memcpy(packed, place->from + place->from_n, place->n);
        out->n = before + place->n;
        return true;
    }
    room = libdeflate_zlib_compress(tools->compressors[pack], bytes.p, bytes.n, packed, room);
    out->n = before + room;
    if (place->seen == sum && bytes.n > 0 && bytes.n <= KEPT_MOST)
        remember(tools, place, bytes, (struct str){packed, room}, pack, sum);
    place->seen = sum;
    return room > 0;
}
