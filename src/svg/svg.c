/* svg.c: a page as SVG, items in the order of the page, so that what is drawn later covers what
 * is drawn before, as on paper. User units are points. */
#include "svg/svg.h"

enum { GLYPHS_MOST = 1 << 16 };

struct svg {
    struct arena *arena;
    struct fonts *fonts;
    uint8_t *defined[FONTS_FACES_MOST]; /* a bit a glyph; NULL: none of this face */
};

struct svg *svg_new(struct arena *arena, struct fonts *fonts)
{
    struct svg *svg = NEW(arena, struct svg);

    svg->arena = arena;
    svg->fonts = fonts;
    return svg;
}

void svg_text(struct buf *out, struct str text)
{
    for (size_t i = 0; i < text.n; i++) {
        switch (text.p[i]) {
        case '&':
            buf_text(out, "&amp;");
            break;
        case '<':
            buf_text(out, "&lt;");
            break;
        case '>':
            buf_text(out, "&gt;");
            break;
        case '"':
            buf_text(out, "&quot;");
            break;
        case '\'':
            buf_text(out, "&#39;");
            break;
        default:
            buf_byte(out, text.p[i]);
        }
    }
}

/* ---- numbers */

/* thousandths / 1000 without trailing zeros: mpt as points. */
static void put_length(struct buf *out, int64_t thousandths)
{
    int64_t size = thousandths < 0 ? -thousandths : thousandths;
    int digits = 3;
    int64_t rest = size % 1000;

    buf_printf(out, "%s%lld", thousandths < 0 ? "-" : "", (long long)(size / 1000));
    if (!rest)
        return;
    while (rest % 10 == 0) {
        rest /= 10;
        digits--;
    }
    buf_printf(out, ".%0*lld", digits, (long long)rest);
}

static void put_attribute(struct buf *out, const char *name, int64_t thousandths)
{
    buf_printf(out, " %s=\"", name);
    put_length(out, thousandths);
    buf_byte(out, '"');
}

static void put_pair(struct buf *out, const char *before, int64_t x, int64_t y)
{
    buf_text(out, before);
    put_length(out, x);
    buf_byte(out, ' ');
    put_length(out, y);
}

/* ---- glyphs */

static int64_t thousandths(double units)
{
    return (int64_t)(units * 1000 + (units < 0 ? -0.5 : 0.5));
}

static void path_move(void *user, double x, double y)
{
    put_pair(user, "M", thousandths(x), thousandths(y));
}

static void path_line(void *user, double x, double y)
{
    put_pair(user, "L", thousandths(x), thousandths(y));
}

static void path_cubic(void *user, double x1, double y1, double x2, double y2, double x,
                       double y)
{
    put_pair(user, "C", thousandths(x1), thousandths(y1));
    put_pair(user, " ", thousandths(x2), thousandths(y2));
    put_pair(user, " ", thousandths(x), thousandths(y));
}

static void path_close(void *user)
{
    buf_byte(user, 'Z');
}

/* Font units, y up: what uses it turns it over. */
static void define(struct svg *svg, int face, uint32_t glyph, struct buf *out)
{
    const struct font_pen pen = {path_move, path_line, path_cubic, path_close, out};
    uint8_t **bits = &svg->defined[face], bit = (uint8_t)(1 << (glyph & 7));

    if (glyph >= GLYPHS_MOST)
        return;
    if (!*bits)
        *bits = arena_alloc(svg->arena, GLYPHS_MOST / 8);
    if ((*bits)[glyph >> 3] & bit)
        return;
    (*bits)[glyph >> 3] |= bit;
    buf_printf(out, "<symbol id=\"g%d-%u\" overflow=\"visible\"><path d=\"", face,
               (unsigned)glyph);
    font_outline(svg->fonts, face, glyph, &pen);
    buf_text(out, "\"/></symbol>");
}

static const struct run *item_run(const struct item *item)
{
    if (item->type == ITEM_RUN)
        return &item->as.run;
    return item->type == ITEM_OUTLINE ? &item->as.outline.run : NULL;
}

static void define_all(struct svg *svg, const struct page *page, struct buf *out)
{
    buf_text(out, "<defs>");
    for (size_t i = 0; i < page->count; i++) {
        const struct run *run = item_run(&page->items[i]);

        for (size_t k = 0; run && k < run->count; k++)
            define(svg, run->face, run->glyphs[k].id, out);
    }
    buf_text(out, "</defs>");
}

/* ---- items: what they say of themselves, then what can be hit, then what is seen */

static void item_open(struct buf *out, const struct item *item, bool marked)
{
    const struct run *run = item_run(item);

    buf_printf(out, "\n<g class=\"item%s\"", marked ? " differs" : "");
    if (item->origin.file) {
        buf_text(out, " data-at=\"");
        svg_text(out, str_from(item->origin.file));
        buf_printf(out, ":%d\"", item->origin.line);
    }
    if (item->origin.pointer.n) {
        buf_text(out, " data-pointer=\"");
        svg_text(out, item->origin.pointer);
        buf_byte(out, '"');
    }
    if (run || item->type == ITEM_MATRIX) {
        buf_text(out, " data-text=\"");
        svg_text(out, run ? run->text : item->as.matrix.text);
        buf_byte(out, '"');
    }
    buf_printf(out, " fill=\"#%06x\"", (unsigned)item->rgb);
}

static void put_hit(struct buf *out, int64_t x, int64_t y, int64_t width, int64_t height)
{
    buf_text(out, "<rect class=\"hit\" fill=\"none\" pointer-events=\"all\"");
    put_attribute(out, "x", x);
    put_attribute(out, "y", y);
    put_attribute(out, "width", width);
    put_attribute(out, "height", height);
    buf_text(out, "/>");
}

/* Glyphs in font units, thousandths of them for the sake of shapers that place in between. */
static void put_run(const struct svg *svg, const struct run *run, int angle, struct buf *out)
{
    int64_t units = font_units(svg->fonts, run->face), x = 0;

    put_pair(out, " transform=\"translate(", run->x, run->y);
    buf_byte(out, ')');
    if (angle)
        buf_printf(out, " rotate(%d)", -angle);
    buf_printf(out, " scale(%.7f -%.7f)\">", run->size / 1e3 / (double)units,
               run->size / 1e3 / (double)units);
    for (size_t i = 0; i < run->count; i++)
        x += run->glyphs[i].advance;
    put_hit(out, 0, -units * 200, x * units * 1000 / run->size, units * 1080);
    x = 0;
    for (size_t i = 0; i < run->count; i++) {
        const struct glyph *glyph = &run->glyphs[i];

        buf_printf(out, "<use href=\"#g%d-%u\"", run->face, (unsigned)glyph->id);
        put_attribute(out, "x", (x + glyph->dx) * units * 1000 / run->size);
        if (glyph->dy)
            put_attribute(out, "y", glyph->dy * units * 1000 / run->size);
        buf_text(out, "/>");
        x += glyph->advance;
    }
}

/* As long as the PDF has them: multiples of the rule's thickness. */
static void put_dash(struct buf *out, const struct rule *rule)
{
    static const int on[] = {0, 1, 6}, off[] = {0, 3, 4};

    if (rule->dash == DASH_SOLID)
        return;
    put_pair(out, " stroke-dasharray=\"", (int64_t)on[rule->dash] * rule->thick,
             (int64_t)off[rule->dash] * rule->thick);
    buf_byte(out, '"');
}

static void put_rule(const struct rule *rule, uint32_t rgb, struct buf *out)
{
    static const char *const strokes[] = {
        " class=\"hit\" stroke=\"none\" stroke-width=\"3\" pointer-events=\"stroke\"", ""};

    buf_byte(out, '>');
    for (size_t i = 0; i < COUNT(strokes); i++) {
        put_pair(out, "<path d=\"M", rule->x1, rule->y1);
        put_pair(out, "L", rule->x2, rule->y2);
        buf_printf(out, "\"%s", strokes[i]);
        if (i == 1) {
            buf_printf(out, " stroke=\"#%06x\"", (unsigned)rgb);
            put_attribute(out, "stroke-width", rule->thick);
            put_dash(out, rule);
        }
        buf_text(out, "/>");
    }
}

static void put_box(const struct rect *box, struct buf *out)
{
    buf_text(out, "><rect");
    put_attribute(out, "x", box->x);
    put_attribute(out, "y", box->y);
    put_attribute(out, "width", box->w);
    put_attribute(out, "height", box->h);
    buf_text(out, "/>");
}

/* One path, so that there are no seams between the modules. */
static void put_matrix(const struct matrix *matrix, struct buf *out)
{
    buf_byte(out, '>');
    put_hit(out, matrix->at.x, matrix->at.y, matrix->at.w, matrix->at.h);
    put_pair(out, "<path transform=\"translate(", matrix->at.x, matrix->at.y);
    buf_printf(out, ") scale(%.7f %.7f)\" d=\"", matrix->at.w / 1e3 / matrix->columns,
               matrix->at.h / 1e3 / matrix->rows);
    for (int row = 0; row < matrix->rows; row++) {
        const uint8_t *dark = matrix->modules + (size_t)row * (size_t)matrix->columns;

        for (int from = 0, to; from < matrix->columns; from = to + 1) {
            for (to = from; to < matrix->columns && dark[to]; to++)
                ;
            if (to > from)
                buf_printf(out, "M%d %dh%dv1h-%dz", from, row, to - from, to - from);
        }
    }
    buf_text(out, "\"/>");
}

static void put_picture(const struct svg *svg, const struct picture *picture, struct buf *out)
{
    struct str file = image_file(svg->arena, picture->image);

    buf_text(out, "><image preserveAspectRatio=\"none\"");
    put_attribute(out, "x", picture->at.x);
    put_attribute(out, "y", picture->at.y);
    put_attribute(out, "width", picture->at.w);
    put_attribute(out, "height", picture->at.h);
    buf_printf(out, " href=\"data:image/%s;base64,", picture->image->jpeg ? "jpeg" : "png");
    buf_base64(out, file.p, file.n);
    buf_text(out, "\"/>");
    put_hit(out, picture->at.x, picture->at.y, picture->at.w, picture->at.h);
}

static void put_item(const struct svg *svg, const struct item *item, struct buf *out)
{
    switch (item->type) {
    case ITEM_RUN:
        put_run(svg, &item->as.run, 0, out);
        break;
    case ITEM_RULE:
        put_rule(&item->as.rule, item->rgb, out);
        break;
    case ITEM_BOX:
        put_box(&item->as.box, out);
        break;
    case ITEM_MATRIX:
        put_matrix(&item->as.matrix, out);
        break;
    case ITEM_OUTLINE:
        put_run(svg, &item->as.outline.run, item->as.outline.angle, out);
        break;
    case ITEM_IMAGE:
        put_picture(svg, &item->as.picture, out);
        break;
    }
    buf_text(out, "</g>");
}

/* 210mm of 595.276pt */
static void put_millimetres(struct buf *out, const char *name, mpt length)
{
    buf_printf(out, " %s=\"", name);
    put_length(out, ((int64_t)length * 127 + 180) / 360);
    buf_text(out, "mm\"");
}

void svg_page(struct svg *svg, const struct page *page, const bool *marked, struct buf *out)
{
    buf_text(out, "<svg xmlns=\"http://www.w3.org/2000/svg\"");
    put_millimetres(out, "width", page->width);
    put_millimetres(out, "height", page->height);
    put_pair(out, " viewBox=\"0 0 ", page->width, page->height);
    buf_text(out, "\">");
    define_all(svg, page, out);
    for (size_t i = 0; i < page->count; i++) {
        item_open(out, &page->items[i], marked && marked[i]);
        put_item(svg, &page->items[i], out);
    }
    buf_text(out, "\n</svg>\n");
}
