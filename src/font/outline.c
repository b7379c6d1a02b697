/* outline.c: a glyph's outline as lines and cubic curves. */
#include "font/font-internal.h"

#include <hb-ot.h>

static void pen_move(hb_draw_funcs_t *funcs, void *data, hb_draw_state_t *state, float x,
                     float y, void *user)
{
    const struct font_pen *pen = data;

    (void)funcs, (void)state, (void)user;
    pen->move(pen->user, (double)x, (double)y);
}

static void pen_line(hb_draw_funcs_t *funcs, void *data, hb_draw_state_t *state, float x,
                     float y, void *user)
{
    const struct font_pen *pen = data;

    (void)funcs, (void)state, (void)user;
    pen->line(pen->user, (double)x, (double)y);
}

static void pen_cubic(hb_draw_funcs_t *funcs, void *data, hb_draw_state_t *state, float x1,
                      float y1, float x2, float y2, float x, float y, void *user)
{
    const struct font_pen *pen = data;

    (void)funcs, (void)state, (void)user;
    pen->cubic(pen->user, (double)x1, (double)y1, (double)x2, (double)y2, (double)x, (double)y);
}

static void pen_close(hb_draw_funcs_t *funcs, void *data, hb_draw_state_t *state, void *user)
{
    const struct font_pen *pen = data;

    (void)funcs, (void)state, (void)user;
    pen->close(pen->user);
}

void font_outline(struct fonts *fonts, int index, uint32_t glyph, const struct font_pen *pen)
{
    struct face *face = face_open(fonts, index);
    struct font_pen copy = *pen;
    hb_draw_funcs_t *funcs;

    if (!face)
        return;
    /* HarfBuzz turns quadratic curves into cubic ones when it is given no function for them. */
    funcs = hb_draw_funcs_create();
    hb_draw_funcs_set_move_to_func(funcs, pen_move, NULL, NULL);
    hb_draw_funcs_set_line_to_func(funcs, pen_line, NULL, NULL);
    hb_draw_funcs_set_cubic_to_func(funcs, pen_cubic, NULL, NULL);
    hb_draw_funcs_set_close_path_func(funcs, pen_close, NULL, NULL);
    hb_font_get_glyph_shape(face->font, glyph, funcs, &copy);
    hb_draw_funcs_destroy(funcs);
}
