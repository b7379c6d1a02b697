/* content.c: a page as a content stream, items in the order of the page. */
#include "pdf/pdf-internal.h"

#include <string.h>

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

void put_reference(struct buf *out, const char *key, unsigned number)
{
    buf_text(out, key);
    put_digits(out, number);
    buf_text(out, " 0 R");
}

void put_decimal(struct buf *out, int64_t value, int places)
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

/* Dots are as long as they are wide; the lengths suit hairlines. */
static void dash_with(struct pdf *pdf, enum dash dash, mpt width)
{
    static const int on[] = {0, 1, 6}, off[] = {0, 3, 4};
    struct pen_state *pen = &pdf->pen;
    struct buf *out = &pdf->content;

    if (pen->dash == dash && (dash == DASH_SOLID || pen->width == width))
        return;
    pen->dash = dash;
    buf_byte(out, '[');
    if (dash != DASH_SOLID) {
        put_length(out, (int64_t)on[dash] * width);
        buf_byte(out, ' ');
        put_length(out, (int64_t)off[dash] * width);
    }
    buf_text(out, "] 0 d\n");
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

static int new_mark(struct pdf *pdf, int element)
{
    struct marks *marks = &pdf->marks;

    if (marks->count == marks->room) {
        size_t room = marks->room ? 2 * marks->room : 256;
        int *grown = NEW_ARRAY(pdf->arena, room, int);

        if (marks->count > 0)
            memcpy(grown, marks->elements, marks->count * sizeof *grown);
        marks->elements = grown;
        marks->room = room;
    }
    marks->elements[marks->count] = element;
    return (int)marks->count++;
}

/* A span's own words and language stand beside its MCID, not in a span inside: some readers
 * lose what follows a mark inside of a mark. Returns how many were begun. */
static int put_mark(struct pdf *pdf, const struct page *page, const struct mark *mark)
{
    static const char *const artifacts[] = {
        [-MARK_LAYOUT] = "/Type/Layout",
        [-MARK_PAGINATION] = "/Type/Pagination",
        [-MARK_WATERMARK] = "/Type/Pagination/Subtype/Watermark",
    };
    struct buf *out = &pdf->content;
    bool span = mark->actual.n > 0 || mark->language;

    if (mark->owner < 0)
        buf_printf(out, "/Artifact<<%s>>BDC\n", artifacts[-mark->owner]);
    if (mark->owner <= 0 && !span)
        return mark->owner < 0;
    buf_byte(out, '/');
    buf_text(out, span ? "Span" : tag_name(page->elements[mark->owner].tag));
    buf_text(out, "<<");
    if (mark->owner > 0) {
        buf_text(out, "/MCID ");
        put_integer(out, new_mark(pdf, mark->owner));
    }
    if (mark->language)
        buf_printf(out, "/Lang(%s)", mark->language);
    if (mark->actual.n > 0) {
        buf_text(out, "/ActualText");
        put_text_string(out, mark->actual);
    }
    buf_text(out, ">>BDC\n");
    return 1 + (mark->owner < 0);
}

/* Marks are innermost: they begin and end inside of one text object, or outside of all. */
void content_enter(struct pdf *pdf, const struct page *page, struct mark mark, bool text)
{
    struct pen_state *pen = &pdf->pen;
    struct buf *out = &pdf->content;

    if (!pdf->tags) {
        mark.owner = MARK_NONE;
        mark.language = NULL;
    }
    if (pen->text == text && pen->mark.owner == mark.owner &&
        pen->mark.language == mark.language && pen->mark.actual.n == 0 && mark.actual.n == 0)
        return;
    for (; pen->depth > 0; pen->depth--)
        buf_text(out, "EMC\n");
    if (pen->text != text) {
        buf_text(out, text ? "BT\n" : "ET\n");
        pen->x = pen->y = 0;
    }
    pen->text = text;
    pen->mark = mark;
    pen->depth = put_mark(pdf, page, &mark);
}

static int mark_of(const struct item *item)
{
    if (item->element != 0)
        return item->element;
    switch (item->type) {
    case ITEM_RULE:
    case ITEM_BOX:
        return MARK_LAYOUT;
    case ITEM_OUTLINE:
        return MARK_WATERMARK;
    case ITEM_RUN:
    case ITEM_MATRIX:
    case ITEM_IMAGE:
        break;
    }
    return MARK_PAGINATION;
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

/* One module is one sample of a stencil: it takes a fifth of the bytes of a path, and where the
 * page is not drawn to the dot, modules differ in width but dark ones do not grow. */
static void put_matrix(struct pdf *pdf, const struct page *page, const struct matrix *matrix)
{
    const struct rect *at = &matrix->at;
    struct buf *out = &pdf->content;

    buf_text(out, "q ");
    put_length(out, at->w);
    buf_text(out, " 0 0 ");
    put_length(out, at->h);
    buf_byte(out, ' ');
    put_point(out, page, at->x, at->y + at->h);
    buf_text(out, " cm /X");
    put_integer(out, stencil_number(pdf, matrix));
    buf_text(out, " Do Q\n");
}

static void put_item(struct pdf *pdf, const struct page *page, const struct item *item)
{
    const struct mark mark = {.owner = mark_of(item)};
    size_t from;

    if (item->type != ITEM_RUN)
        content_enter(pdf, page, mark, false);
    if (item->type == ITEM_RULE) {
        dash_with(pdf, item->as.rule.dash, item->as.rule.thick);
        stroke_with(pdf, item->rgb, item->as.rule.thick);
    } else if (item->type != ITEM_IMAGE)
        fill_with(pdf, item->rgb);
    from = pdf->content.n;
    switch (item->type) {
    case ITEM_RUN:
        content_run(pdf, page, &item->as.run, mark.owner);
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
        content_outline(pdf, page, &item->as.outline);
        break;
    case ITEM_IMAGE:
        content_image(pdf, page, &item->as.picture);
        break;
    }
    if (item->type == ITEM_OUTLINE)
        content_share(pdf, page, from);
}

/* The rules from item `at` on, which follow each other; returns the first item behind them. */
static size_t put_rules(struct pdf *pdf, const struct page *page, size_t at)
{
    const struct mark mark = {.owner = mark_of(&page->items[at])};
    struct pen_state before;
    size_t from;

    content_enter(pdf, page, mark, false);
    before = pdf->pen;
    from = pdf->content.n;
    while (at < page->count && page->items[at].type == ITEM_RULE &&
           mark_of(&page->items[at]) == mark.owner)
        put_item(pdf, page, &page->items[at++]);
    if (content_share_rules(pdf, page, from))
        pdf->pen = before;
    return at;
}

void content_write(struct pdf *pdf, const struct page *page)
{
    buf_clear(&pdf->content);
    pdf->marks.count = 0;
    pdf->said = NULL;
    /* What a viewer begins a page with. */
    pdf->pen = (struct pen_state){.width = PT(1), .face = -1};
    for (size_t i = 0; i < page->count;) {
        if (page->items[i].type == ITEM_RULE)
            i = put_rules(pdf, page, i);
        else
            put_item(pdf, page, &page->items[i++]);
    }
    content_enter(pdf, page, (struct mark){.owner = MARK_NONE}, false);
}
