/* outline.c: a run drawn as outlines: seen, but no text. */
#include "pdf/pdf-internal.h"

#include <string.h>

enum { DRAWN_MOST = 4 << 20, OPERATORS_MOST = 1 << 20, NONE = -1 };

/* Points are written in font units, which are whole and short; the matrix scales them. */
struct path {
    struct buf *out;
    int64_t x, y; /* of the glyph, in thousandths of a unit */
};

/* Units are whole in every outline but for cubics made of quadratics; those are kept to a
 * thousandth. */
static void path_point(struct path *path, double x, double y)
{
    put_length(path->out, path->x + (int64_t)(x * 1000 + (x < 0 ? -0.5 : 0.5)));
    buf_byte(path->out, ' ');
    put_length(path->out, path->y + (int64_t)(y * 1000 + (y < 0 ? -0.5 : 0.5)));
    buf_byte(path->out, ' ');
}

static void path_move(void *user, double x, double y)
{
    path_point(user, x, y);
    buf_text(((struct path *)user)->out, "m\n");
}

static void path_line(void *user, double x, double y)
{
    path_point(user, x, y);
    buf_text(((struct path *)user)->out, "l\n");
}

static void path_cubic(void *user, double x1, double y1, double x2, double y2, double x,
                       double y)
{
    path_point(user, x1, y1);
    path_point(user, x2, y2);
    path_point(user, x, y);
    buf_text(((struct path *)user)->out, "c\n");
}

static void path_close(void *user)
{
    buf_text(((struct path *)user)->out, "h\n");
}

/* Cosine and sine in millionths. Degree by degree with plain products, so that every machine
 * gets the same digits. */
static void turn(int angle, int64_t *cosine, int64_t *sine)
{
    const double c1 = 0.99984769515639123916, s1 = 0.01745240643728351282;
    double c = 1, s = 0;

    for (int i = (angle % 360 + 360) % 360; i > 0; i--) {
        double next = c * c1 - s * s1;

        s = s * c1 + c * s1;
        c = next;
    }
    *cosine = (int64_t)(c * 1000000 + (c < 0 ? -0.5 : 0.5));
    *sine = (int64_t)(s * 1000000 + (s < 0 ? -0.5 : 0.5));
}

/* value (in millionths) × size, for a matrix that makes units of points. */
static void put_scaled(struct buf *out, int64_t value, mpt size, int units)
{
    int64_t scaled = value * size / (1000 * (int64_t)units);

    put_decimal(out, scaled, 6);
    buf_byte(out, ' ');
}

static void put_outline(struct pdf *pdf, const struct page *page, const struct outline *outline)
{
    const struct run *run = &outline->run;
    int units = font_units(pdf->fonts, run->face);
    struct path path = {&pdf->content, 0, 0};
    const struct font_pen pen = {path_move, path_line, path_cubic, path_close, &path};
    int64_t cosine, sine, x = 0;

    turn(outline->angle, &cosine, &sine);
    buf_text(path.out, "q ");
    put_scaled(path.out, cosine, run->size, units);
    put_scaled(path.out, sine, run->size, units);
    put_scaled(path.out, -sine, run->size, units);
    put_scaled(path.out, cosine, run->size, units);
    put_point(path.out, page, run->x, run->y);
    buf_text(path.out, " cm\n");
    for (size_t i = 0; i < run->count; i++) {
        path.x = (x + run->glyphs[i].dx) * 1000 * units / run->size;
        path.y = (int64_t)run->glyphs[i].dy * 1000 * units / run->size;
        font_outline(pdf->fonts, run->face, run->glyphs[i].id, &pen);
        x += run->glyphs[i].advance;
    }
    buf_text(path.out, "f Q\n");
}

/* ---- the outline that was drawn last: most papers of a process have the same watermark */

struct drawn {
    struct arena *arena;
    struct outline outline;
    mpt height; /* of its page; NONE: nothing is kept */
    struct str operators;
};

struct drawn *drawn_new(struct arena *arena)
{
    struct drawn *drawn = NEW(arena, struct drawn);

    drawn->arena = arena_limited(arena, DRAWN_MOST);
    drawn->height = NONE;
    return drawn;
}

static bool is_drawn(const struct drawn *drawn, const struct page *page,
                     const struct outline *outline)
{
    const struct run *a = &drawn->outline.run, *b = &outline->run;

    return drawn->height == page->height && drawn->outline.angle == outline->angle &&
           a->face == b->face && a->size == b->size && a->x == b->x && a->y == b->y &&
           a->count == b->count &&
           (a->count == 0 || memcmp(a->glyphs, b->glyphs, a->count * sizeof *a->glyphs) == 0);
}

static void keep_drawn(struct drawn *drawn, const struct page *page,
                       const struct outline *outline, struct str operators)
{
    size_t bytes = outline->run.count * sizeof *outline->run.glyphs;
    struct glyph *glyphs;

    drawn->height = NONE; /* should memory end in between */
    arena_reset(drawn->arena);
    glyphs = arena_alloc(drawn->arena, bytes);
    if (bytes)
        memcpy(glyphs, outline->run.glyphs, bytes);
    drawn->outline = *outline;
    drawn->outline.run.glyphs = glyphs;
    drawn->outline.run.text = STR_NONE;
    drawn->operators = str_copy(drawn->arena, operators);
    drawn->height = page->height;
}

void content_outline(struct pdf *pdf, const struct page *page, const struct outline *outline)
{
    struct drawn *drawn = tools_drawn(pdf->tools);
    struct buf *out = &pdf->content;
    size_t from = out->n;

    if (is_drawn(drawn, page, outline)) {
        buf_str(out, drawn->operators);
        return;
    }
    put_outline(pdf, page, outline);
    if (!out->failed && out->n - from <= OPERATORS_MOST)
        keep_drawn(drawn, page, outline, (struct str){out->p + from, out->n - from});
}
