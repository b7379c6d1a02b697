/* slots.c: what stands on every page outside the flow: codes, header and footer, watermark. */
#include "typeset/plan.h"

#include "code/code.h"

#include <math.h>

enum {
    INCH = 72000,         /* in mpt */
    THERMAL_BELOW = 300,  /* dots per inch */
    QUARTILE_BYTES = 156, /* of a seal: more do not fit version 12 at level Q */
};

static const double PI = 3.14159265358979323846;

static struct context page_context(const struct typeset *plan, struct arena *arena,
                                   struct err *err, size_t page)
{
    return (struct context){.plan = plan,
                            .arena = arena,
                            .err = err,
                            .row = NO_ROW,
                            .page = page,
                            .pages = plan->page_count};
}

static mpt body_width(const struct layout *layout)
{
    return layout->width - layout->left - layout->right;
}

static struct text_block words_set(const struct context *ctx, const struct para *para,
                                   mpt width)
{
    struct text_style style = role_style(ctx->plan, para);
    struct text_block block = {0};
    size_t count;
    bool shown;
    struct text_span *spans = words_expand(ctx, &para->words, &count, &shown);

    if (!shown || !count ||
        !text_set(ctx->plan->text, ctx->arena, spans, count, &style, width, &block, ctx->err))
        block = (struct text_block){0};
    return block;
}

void furniture_draw(const struct typeset *plan, const struct furniture *furniture, mpt baseline,
                    size_t index, struct page *page)
{
    const struct para *parts[] = {&furniture->left, &furniture->middle, &furniture->right};
    struct err none;
    struct context ctx = page_context(plan, page->arena, &none, index + 1);

    err_init(&none, page->arena);
    for (size_t i = 0; furniture->present && i < COUNT(parts); i++) {
        struct text_block block = words_set(&ctx, parts[i], body_width(plan->layout));

        block_draw(page, &block, parts[i], plan->layout->left, baseline - block.baseline, 0,
                   block.count);
    }
}

/* The size at which the mark's words fill 60 % of the page's diagonal, but nowhere reach the
 * margin of the sheet; whole tens of points, because the outlines stand on every page and have
 * fewer digits then. wide, high: of the words at `size`. */
static mpt watermark_size(const struct layout *layout, mpt size, mpt wide, mpt high)
{
    double turn = layout->watermark.angle * PI / 180;
    double across = fabs(wide * cos(turn)) + fabs(high * sin(turn));
    double down = fabs(wide * sin(turn)) + fabs(high * cos(turn));
    double width = layout->width, height = layout->height;
    double scale = 0.6 * sqrt(width * width + height * height) / wide;

    scale = fmin(scale, 0.94 * width / across);
    scale = fmin(scale, 0.94 * height / down);
    size = (mpt)lround(size * scale);
    return size > PT(40) ? size - size % PT(10) : size;
}

static void watermark_plan(struct typeset *plan, struct err *err)
{
    const struct role *role = plan->layout->watermark.role;
    struct piece piece = {.type = PIECE_FACT, .fact = FACT_MARK};
    struct para para = {.role = role, .words = {.pieces = &piece, .count = 1, .value = true}};
    struct set_para set = {0};
    struct context ctx = page_context(plan, plan->arena, err, 1);

    para_set(&ctx, &para, 0, MPT_MAX, &set);
    if (set.block.width > 0)
        para_set(&ctx, &para,
                 watermark_size(plan->layout, role->size, set.block.width, role->size), MPT_MAX,
                 &set);
    plan->mark = set.block;
}

void furniture_plan(struct typeset *plan, struct err *err)
{
    const struct layout *layout = plan->layout;
    struct context ctx = page_context(plan, plan->arena, err, 1);
    const struct para *parts[] = {&layout->header.left,   &layout->header.middle,
                                  &layout->header.right,  &layout->footer.left,
                                  &layout->footer.middle, &layout->footer.right};

    watermark_plan(plan, err);
    for (size_t i = 0; i < COUNT(parts); i++) {
        if (parts[i]->role)
            words_set(&ctx, parts[i], body_width(layout));
    }
    for (size_t i = 0; i < layout->slot_count; i++) {
        for (size_t k = 0; k < layout->slots[i].caption.count; k++)
            words_set(&ctx, &layout->slots[i].caption.paras[k], MPT_MAX);
    }
}

/* Half of the symbol may be damaged at Q what a quarter may be at M; but a long seal makes the
 * modules too small, and a thermal head cannot draw small ones. */
static enum qr_level level_of(const struct typeset *plan, const struct slot *slot)
{
    bool thermal = plan->facts.dpi > 0 && plan->facts.dpi < THERMAL_BELOW;
    bool longer = plan->facts.seal_bytes > QUARTILE_BYTES;
    enum qr_level level = (enum qr_level)slot->level;

    return (thermal || longer) && level > QR_M ? QR_M : level;
}

void slots_plan(struct typeset *plan, struct err *err)
{
    const struct layout *layout = plan->layout;
    struct context ctx = page_context(plan, plan->arena, err, 1);

    plan->codes = NEW_ARRAY(plan->arena, layout->slot_count, struct modules);
    for (size_t i = 0; i < layout->slot_count; i++) {
        const struct slot *slot = &layout->slots[i];
        struct str text = words_plain(&ctx, &slot->text);

        if (!condition_holds(plan, &slot->when) || !text.n)
            continue;
        if (slot->type == SLOT_QR
                ? !qr_encode(plan->arena, text, level_of(plan, slot), &plan->codes[i], err)
                : !code128_encode(plan->arena, text, &plan->codes[i], err))
            plan->codes[i] = (struct modules){0};
    }
}

/* How many whole dots of the printer a length has. One that nobody named has the finest. */
static int64_t dots_in(const struct typeset *plan, int64_t length)
{
    int64_t dpi = plan->facts.dpi ? plan->facts.dpi : INCH;

    return length * dpi / INCH;
}

static mpt dots_length(const struct typeset *plan, int64_t dots)
{
    int64_t dpi = plan->facts.dpi ? plan->facts.dpi : INCH;

    return (mpt)((2 * dots * INCH + dpi) / (2 * dpi));
}

mpt dots_snap(const struct typeset *plan, mpt length)
{
    return dots_length(plan, dots_in(plan, length));
}

/* Modules are as many whole dots as the slot has room for, and begin at a dot: counted from the
 * sheet's top left corner, where printers and scanners begin. */
static struct rect slot_place(const struct typeset *plan, const struct slot *slot,
                              const struct modules *modules)
{
    const struct layout *layout = plan->layout;
    int64_t dots = dots_in(plan, slot->width) / modules->columns;
    struct rect at = {slot->dx, slot->dy, 0, slot->height};
    bool right = slot->corner == CORNER_TOP_RIGHT || slot->corner == CORNER_BOTTOM_RIGHT;
    bool bottom = slot->corner == CORNER_BOTTOM_LEFT || slot->corner == CORNER_BOTTOM_RIGHT;

    at.w = dots_length(plan, (dots > 0 ? dots : 1) * modules->columns);
    if (slot->type == SLOT_QR)
        at.h = at.w;
    if (right)
        at.x = layout->width - slot->dx - at.w;
    if (bottom)
        at.y = layout->height - slot->dy - at.h;
    at.x = dots_snap(plan, at.x);
    at.y = dots_snap(plan, at.y);
    return at;
}

/* Beside a QR, towards the middle of the page, standing on its lower edge; under a barcode. */
static void caption_draw(const struct typeset *plan, const struct slot *slot, struct rect at,
                         int columns, struct page *page)
{
    struct err none;
    struct context ctx = page_context(plan, page->arena, &none, 1);
    struct text_block *blocks = NEW_ARRAY(page->arena, slot->caption.count, struct text_block);
    bool right = slot->corner == CORNER_TOP_RIGHT || slot->corner == CORNER_BOTTOM_RIGHT;
    /* the quiet zone of ISO/IEC 18004: four modules */
    mpt height = 0, gap = mpt_max(MM(3), 4 * (at.w / columns) + PT(0.5)), y;

    err_init(&none, page->arena);
    for (size_t i = 0; i < slot->caption.count; i++) {
        blocks[i] = words_set(&ctx, &slot->caption.paras[i], MPT_MAX);
        height += blocks[i].height;
    }
    y = slot->type == SLOT_QR ? at.y + at.h - height : at.y + at.h;
    for (size_t i = 0; i < slot->caption.count; i++) {
        mpt x = at.x + (at.w - blocks[i].width) / 2;

        if (slot->type == SLOT_QR)
            x = right ? at.x - gap - blocks[i].width : at.x + at.w + gap;
        block_draw(page, &blocks[i], &slot->caption.paras[i], x, y, 0, blocks[i].count);
        y += blocks[i].height;
    }
}

static void slot_draw(const struct typeset *plan, size_t i, bool first, struct page *page)
{
    const struct slot *slot = &plan->layout->slots[i];
    const struct modules *modules = &plan->codes[i];
    struct rect at = slot_place(plan, slot, modules);
    struct origin origin = {.file = slot->at.file, .line = slot->at.line};
    struct str number = record_number(plan->record);
    const char *what = slot->type == SLOT_QR ? "核验二维码" : "条形码";
    struct err none;
    struct context ctx = page_context(plan, page->arena, &none, 1);
    struct item *item;
    int was = page->open;

    err_init(&none, page->arena);
    page->open = first ? page_open(page, TAG_FIGURE) : 0;
    if (first)
        page->elements[page->open].alt =
            str_printf(page->arena, "%s，单证编号 %.*s", what, STR_ARG(number));
    item = page_add(page, ITEM_MATRIX, origin);
    item->as.matrix =
        (struct matrix){.at = at,
                        .columns = modules->columns,
                        .rows = modules->rows,
                        .modules = modules->dark,
                        .what = slot->type == SLOT_QR ? STR("qr") : STR("code128"),
                        .text = words_plain(&ctx, &slot->text)};
    if (first) {
        page_close(page);
        page_open(page, TAG_P);
    }
    caption_draw(plan, slot, at, modules->columns, page);
    page->open = was;
}

void slots_draw(const struct typeset *plan, struct page *page, bool first)
{
    for (size_t i = 0; i < plan->layout->slot_count; i++) {
        if (plan->codes[i].columns && (first || !plan->layout->slots[i].first))
            slot_draw(plan, i, first, page);
    }
}

/* The mark as outlines across the page's middle, under everything else. Its words stand as text
 * in the header. */
void watermark_draw(const struct typeset *plan, struct page *page)
{
    const struct layout *layout = plan->layout;
    const struct role *role = layout->watermark.role;
    double turn = layout->watermark.angle * PI / 180;
    struct origin origin = {.file = role->at.file, .line = role->at.line};
    const struct text_block *block = &plan->mark;

    for (size_t i = 0; i < block->count && block->lines[0].count; i++) {
        const struct text_run *run = &block->lines[i].runs[0];
        struct item *item = page_artifact(page, ITEM_OUTLINE, origin);
        mpt along = block->width / 2, up = run->size * 3 / 8;

        item->rgb = role->rgb;
        item->as.outline.angle = layout->watermark.angle;
        item->as.outline.run = (struct run){.face = run->face,
                                            .size = run->size,
                                            .text = run->text,
                                            .glyphs = run->glyphs,
                                            .count = run->count};
        item->as.outline.run.x =
            layout->width / 2 - (mpt)lround(along * cos(turn) - up * sin(turn));
        item->as.outline.run.y =
            layout->height / 2 + (mpt)lround(along * sin(turn) + up * cos(turn));
    }
}
