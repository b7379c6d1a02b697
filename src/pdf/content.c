/* content.c: a page as a content stream, items in the order of the page. */
#include "pdf/pdf-internal.h"

/* ---- numbers */

static void put_digits(struct buf *out, uint64_t value)
{
    char digits[20];
    size_t at = sizeof digits;

    do
        digits[--at] = (char)('0' + value % 10);
    while (value /= 10);
    buf_add(out, digits + at, sizeof digits - at);
}

static uint64_t put_sign(struct buf *out, int64_t value)
{
    if (value < 0)
        buf_byte(out, '-');
    return value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
}

void put_integer(struct buf *out, int64_t value)
{
    put_digits(out, put_sign(out, value));
}

/* value / 10^places (at most 6), without trailing zeros. */
static void put_decimal(struct buf *out, int64_t value, int places)
{
    uint64_t rest = put_sign(out, value), scale = 1;
    char digits[6];
    size_t n = (size_t)places;

    for (int i = 0; i < places; i++)
        scale *= 10;
    put_digits(out, rest / scale);
    rest %= scale;
    if (rest == 0)
        return;
    for (size_t i = n; i-- > 0; rest /= 10)
        digits[i] = (char)('0' + rest % 10);
    while (digits[n - 1] == '0')
        n--;
    buf_byte(out, '.');
    buf_add(out, digits, n);
}

void put_length(struct buf *out, int64_t thousandths)
{
    put_decimal(out, thousandths, 3);
}

void put_point(struct buf *out, const struct page *page, mpt x, mpt y)
{
    put_length(out, x);
    buf_byte(out, ' ');
    put_length(out, (int64_t)page->height - y);
}

/* ---- state */

static void put_colour(struct buf *out, uint32_t rgb, const char *gray_operator,
                       const char *rgb_operator)
{
    const unsigned parts[3] = {rgb >> 16 & 255, rgb >> 8 & 255, rgb & 255};
    bool gray = parts[0] == parts[1] && parts[1] == parts[2];

    for (size_t i = 0; i < (gray ? 1 : 3); i++) {
        put_length(out, (parts[i] * 1000 + 127) / 255);
        buf_byte(out, ' ');
    }
    buf_printf(out, "%s\n", gray ? gray_operator : rgb_operator);
}

static void fill_with(struct pdf *pdf, uint32_t rgb)
{
    struct pen_state *pen = &pdf->pen;

    if (pen->fill != rgb)
        put_colour(&pdf->content, rgb, "g", "rg");
    pen->fill = rgb;
}

static void stroke_with(struct pdf *pdf, uint32_t rgb, mpt width)
{
    struct pen_state *pen = &pdf->pen;

    if (pen->stroke != rgb)
        put_colour(&pdf->content, rgb, "G", "RG");
    if (pen->width != width) {
        put_length(&pdf->content, width);
        buf_text(&pdf->content, " w\n");
    }
    pen->stroke = rgb;
    pen->width = width;
}

/* Text objects stand inside of marked content, never across it. Here the structure's marks (BDC
 * with an MCID) will be set; until then only artifacts are told apart. */
static void enter(struct pdf *pdf, bool marked, bool text)
{
    struct pen_state *pen = &pdf->pen;
    struct buf *out = &pdf->content;

    if (pen->text && (!text || pen->marked != marked)) {
        buf_text(out, "ET\n");
        pen->text = false;
    }
    if (pen->marked != marked)
        buf_text(out, marked ? "/Artifact BMC\n" : "EMC\n");
    pen->marked = marked;
    if (text && !pen->text)
        buf_text(out, "BT\n");
    pen->text = text;
}

/* ---- items */

static void put_rule(struct pdf *pdf, const struct page *page, const struct rule *rule)
{
    struct buf *out = &pdf->content;

    put_point(out, page, rule->x1, rule->y1);
    buf_text(out, " m ");
    put_point(out, page, rule->x2, rule->y2);
    buf_text(out, " l S\n");
}

static void put_box(struct pdf *pdf, const struct page *page, const struct rect *box)
{
    struct buf *out = &pdf->content;

    put_point(out, page, box->x, box->y + box->h);
    buf_byte(out, ' ');
    put_length(out, box->w);
    buf_byte(out, ' ');
    put_length(out, box->h);
    buf_text(out, " re f\n");
}

static void put_modules(struct buf *out, int column, int row, int count)
{
    put_integer(out, column);
    buf_byte(out, ' ');
    put_integer(out, row);
    buf_byte(out, ' ');
    put_integer(out, count);
    buf_text(out, " 1 re\n");
}

/* One module is one unit of the transformed plane, so the edges are exact. Everything is one
 * path: no seams between rows. */
static void put_matrix(struct pdf *pdf, const struct page *page, const struct matrix *matrix)
{
    struct buf *out = &pdf->content;

    buf_text(out, "q ");
    put_decimal(out, (int64_t)matrix->at.w * 1000 / matrix->columns, 6);
    buf_text(out, " 0 0 -");
    put_decimal(out, (int64_t)matrix->at.h * 1000 / matrix->rows, 6);
    buf_byte(out, ' ');
    put_point(out, page, matrix->at.x, matrix->at.y);
    buf_text(out, " cm\n");
    for (int row = 0; row < matrix->rows; row++) {
        const uint8_t *dark = matrix->modules + (size_t)row * (size_t)matrix->columns;

        for (int from = 0, to; from < matrix->columns; from = to + 1) {
            for (to = from; to < matrix->columns && dark[to]; to++)
                ;
            if (to > from)
                put_modules(out, from, row, to - from);
        }
    }
    buf_text(out, "f Q\n");
}

/* ---- outlines */

struct path {
    struct buf *out;
    int64_t size, units; /* mpt for so many font units */
    int64_t x;           /* of the glyph, in mpt from the run's start */
    int64_t y;
};

static int64_t path_length(const struct path *path, double units)
{
    /* Font units are whole in every outline but for cubics made of quadratics; those are kept
     * to a thousandth of a unit. */
    int64_t fine = (int64_t)(units * 1000 + (units < 0 ? -0.5 : 0.5));

    return fine * path->size / (path->units * 1000);
}

static void path_point(struct path *path, double x, double y)
{
    put_length(path->out, path->x + path_length(path, x));
    buf_byte(path->out, ' ');
    put_length(path->out, path->y + path_length(path, y));
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

static void put_outline(struct pdf *pdf, const struct page *page, const struct outline *outline)
{
    const struct run *run = &outline->run;
    struct path path = {&pdf->content, run->size, font_units(pdf->fonts, run->face), 0, 0};
    const struct font_pen pen = {path_move, path_line, path_cubic, path_close, &path};
    int64_t cosine, sine, x = 0;

    turn(outline->angle, &cosine, &sine);
    buf_text(path.out, "q ");
    put_decimal(path.out, cosine, 6);
    buf_byte(path.out, ' ');
    put_decimal(path.out, sine, 6);
    buf_byte(path.out, ' ');
    put_decimal(path.out, -sine, 6);
    buf_byte(path.out, ' ');
    put_decimal(path.out, cosine, 6);
    buf_byte(path.out, ' ');
    put_point(path.out, page, run->x, run->y);
    buf_text(path.out, " cm\n");
    for (size_t i = 0; i < run->count; i++) {
        path.x = x + run->glyphs[i].dx;
        path.y = run->glyphs[i].dy;
        font_outline(pdf->fonts, run->face, run->glyphs[i].id, &pen);
        x += run->glyphs[i].advance;
    }
    buf_text(path.out, "f Q\n");
}

static void put_item(struct pdf *pdf, const struct page *page, const struct item *item)
{
    enter(pdf, item->element == 0, item->type == ITEM_RUN);
    if (item->type == ITEM_RULE)
        stroke_with(pdf, item->rgb, item->as.rule.thick);
    else
        fill_with(pdf, item->rgb);
    switch (item->type) {
    case ITEM_RUN:
        content_run(pdf, page, &item->as.run);
        break;
    case ITEM_RULE:
        put_rule(pdf, page, &item->as.rule);
        break;
    case ITEM_BOX:
        put_box(pdf, page, &item->as.box);
        break;
    case ITEM_MATRIX:
        put_matrix(pdf, page, &item->as.matrix);
        break;
    case ITEM_OUTLINE:
        put_outline(pdf, page, &item->as.outline);
        break;
    }
}

void content_write(struct pdf *pdf, const struct page *page)
{
    buf_clear(&pdf->content);
    /* What a viewer begins a page with. */
    pdf->pen = (struct pen_state){.width = PT(1), .face = -1};
    for (size_t i = 0; i < page->count; i++)
        put_item(pdf, page, &page->items[i]);
    enter(pdf, false, false);
}
