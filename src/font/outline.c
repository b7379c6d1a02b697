/* outline.c: a glyph's outline as lines and cubic curves, by FreeType, unscaled and unhinted.
 * FreeType opens a face when the first outline is asked of it: most papers ask for one face,
 * that of the watermark. */
#include "font/font-internal.h"

#include <ft2build.h>
#include FT_FREETYPE_H
#include FT_OUTLINE_H

/* What FT_Outline_Decompose hands from call to call. */
struct trace {
    const struct font_pen *pen;
    double x, y; /* where the last segment ended */
    bool open;
};

static void go(struct trace *trace, double x, double y)
{
    trace->x = x;
    trace->y = y;
}

static int trace_move(const FT_Vector *to, void *user)
{
    struct trace *trace = user;

    if (trace->open)
        trace->pen->close(trace->pen->user);
    trace->open = true;
    go(trace, (double)to->x, (double)to->y);
    trace->pen->move(trace->pen->user, trace->x, trace->y);
    return 0;
}

static int trace_line(const FT_Vector *to, void *user)
{
    struct trace *trace = user;

    go(trace, (double)to->x, (double)to->y);
    trace->pen->line(trace->pen->user, trace->x, trace->y);
    return 0;
}

static int trace_cubic(const FT_Vector *one, const FT_Vector *two, const FT_Vector *to,
                       void *user)
{
    struct trace *trace = user;

    go(trace, (double)to->x, (double)to->y);
    trace->pen->cubic(trace->pen->user, (double)one->x, (double)one->y, (double)two->x,
                      (double)two->y, trace->x, trace->y);
    return 0;
}

/* TrueType's curve as the cubic one that is the same curve. */
static int trace_conic(const FT_Vector *control, const FT_Vector *to, void *user)
{
    struct trace *trace = user;
    double cx = (double)control->x, cy = (double)control->y;
    double x = (double)to->x, y = (double)to->y;

    trace->pen->cubic(trace->pen->user, (trace->x + 2 * cx) / 3, (trace->y + 2 * cy) / 3,
                      (x + 2 * cx) / 3, (y + 2 * cy) / 3, x, y);
    go(trace, x, y);
    return 0;
}

static FT_Face outlines_open(struct fonts *fonts, struct face *face)
{
    FT_Face opened;

    if (face->outlines)
        return face->outlines;
    if (!fonts->freetype && FT_Init_FreeType(&fonts->freetype) != 0)
        return NULL;
    if (FT_New_Memory_Face(fonts->freetype, face->bytes, (FT_Long)face->size, face->info.index,
                           &opened) != 0)
        return NULL;
    face->outlines = opened;
    return opened;
}

void font_outline(struct fonts *fonts, int index, uint32_t glyph, const struct font_pen *pen)
{
    static const FT_Outline_Funcs funcs = {trace_move,  trace_line, trace_conic,
                                           trace_cubic, 0,          0};
    struct face *face = face_open(fonts, index);
    struct trace trace = {.pen = pen};
    FT_Face outlines = face ? outlines_open(fonts, face) : NULL;

    if (!outlines || FT_Load_Glyph(outlines, glyph, FT_LOAD_NO_SCALE) != 0)
        return;
    FT_Outline_Decompose(&outlines->glyph->outline, &funcs, &trace);
    if (trace.open)
        pen->close(pen->user);
}

void outlines_close(struct fonts *fonts)
{
    for (int i = 0; i < fonts->face_count; i++)
        FT_Done_Face(fonts->faces[i].outlines);
    FT_Done_FreeType(fonts->freetype);
}
