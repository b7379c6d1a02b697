/* row.c: one row of cells: setting, heights, and slices of a row that is higher than a page.
 *
 * A slice shows, for each cell, as many whole lines as fit into the slice's height; the next
 * one goes on there. So nothing is ever cut, whatever the length of a value. */
#include "typeset/plan.h"

struct text_style role_style(const struct typeset *plan, const struct para *para)
{
    const struct role *role = para->role;
    struct text_style style = {.size = role->size, .leading = role->leading};

    style.chain = plan->chains[role - plan->layout->roles];
    style.indent = para->indent;
    /* a spread text that needs more lines fills them */
    style.align = para->align == ALIGN_SPREAD ? TEXT_JUSTIFY : (enum text_align)para->align;
    style.marks = (enum text_marks)role->marks;
    style.gap = role->gap;
    style.balance = role->balance;
    return style;
}

mpt tracks_width(const struct tracks *tracks, size_t column, int span)
{
    mpt width = tracks->edges[column + (size_t)span] - tracks->edges[column];

    return mpt_max(width - 2 * tracks->padding, PT(1));
}

bool para_set(const struct context *ctx, const struct para *para, mpt size, mpt width,
              struct set_para *out)
{
    struct text_style style = role_style(ctx->plan, para);
    size_t count;
    bool shown;
    struct text_span *spans = words_expand(ctx, &para->words, &count, &shown);

    if (!shown)
        return false;
    if (size) {
        style.leading = role_leading(para->role, size);
        style.size = size;
    }
    *out = (struct set_para){.para = para};
    if (count && !text_set(ctx->plan->text, ctx->arena, spans, count, &style, width,
                           &out->block, ctx->err))
        out->block = (struct text_block){0};
    if (para->align == ALIGN_SPREAD && out->block.count == 1)
        block_spread(ctx->arena, &out->block, width, ctx->spread ? ctx->spread : width);
    if (!out->block.count && !para->words.count)
        out->block.height = style.leading;
    return true;
}

/* size 0: the role's own */
static void paras_set(const struct context *ctx, const struct cell *cell, mpt size, mpt width,
                      struct set_cell *out)
{
    out->count = 0;
    out->height = 0;
    for (size_t i = 0; i < cell->count; i++) {
        if (!para_set(ctx, &cell->paras[i], size, width, &out->paras[out->count]))
            continue;
        out->height += out->paras[out->count].block.height;
        out->count++;
    }
}

/* The largest size at which everything fits; at the floor it stays, and its row grows. */
static void shrink(const struct context *ctx, const struct cell *cell, mpt room, mpt width,
                   struct set_cell *out)
{
    mpt size = cell->paras[0].role->size;

    while (out->height > room && (size = size_below(cell, size)))
        paras_set(ctx, cell, size, width, out);
}

struct set_cell cell_set(const struct context *ctx, const struct cell *cell, mpt width)
{
    struct set_cell out = {.columns = cell->columns, .rows = cell->rows};
    mpt room = cell->room - ctx->plan->layout->padding;

    out.valign = cell->valign;
    out.label = cell->label;
    out.name = cell->name;
    out.ruled = cell->ruled;
    out.dash = cell->dash;
    out.paras = NEW_ARRAY(ctx->arena, cell->count, struct set_para);
    paras_set(ctx, cell, 0, width, &out);
    if (out.height <= room)
        return out;
    if (cell->overflow == OVERFLOW_SHRINK) {
        shrink(ctx, cell, room, width, &out);
    } else if (cell->overflow == OVERFLOW_REFUSE) {
        err_add(ctx->err, CELL_OVERFLOW, cell->at, "“%.*s”的内容放不下，此格不可增高",
                "the value of '%.*s' does not fit, and its cell may not grow",
                STR_ARG(cell->name));
        err_hint(ctx->err, "shorten the value, or change the cell's overflow to wrap");
    }
    return out;
}

void rows_measure(struct set_row *rows, size_t count, size_t columns, const mpt *least,
                  mpt padding)
{
    for (size_t r = 0; r < count; r++) {
        rows[r].height = mpt_max(rows[r].height, least[r]);
        for (size_t c = 0; c < columns; c++) {
            const struct set_cell *cell = &rows[r].cells[c];

            if (cell->columns && cell->rows == 1)
                rows[r].height = mpt_max(rows[r].height, cell->height + padding);
        }
    }
    for (size_t r = 0; r < count; r++) {
        for (size_t c = 0; c < columns; c++) {
            const struct set_cell *cell = &rows[r].cells[c];
            mpt height = 0;
            size_t last = r + (size_t)cell->rows - 1;

            if (!cell->columns || cell->rows < 2)
                continue;
            for (size_t i = r; i <= last; i++) {
                height += rows[i].height;
                rows[i].glued = rows[i].glued || i < last;
            }
            if (height < cell->height + padding)
                rows[last].height += cell->height + padding - height;
        }
    }
}

/* The number of lines behind `from` that fit into `room`, at least one while there are any. */
static size_t lines_fit(const struct set_cell *cell, size_t from, mpt room)
{
    size_t line = 0, n = 0;
    mpt height = 0;

    for (size_t i = 0; i < cell->count; i++) {
        const struct text_block *block = &cell->paras[i].block;
        size_t lines = block->count ? block->count : 1;
        mpt leading = block->count ? block->height / (mpt)block->count : block->height;

        for (size_t k = 0; k < lines; k++, line++) {
            if (line < from)
                continue;
            if (n && height + leading > room)
                return n;
            height += leading;
            n++;
        }
    }
    return n;
}

void slice_lines(const struct set_cell *cell, mpt most, mpt padding, size_t slice,
                 size_t *first, size_t *last)
{
    *first = 0;
    for (size_t s = 0; s < slice; s++)
        *first += lines_fit(cell, *first, most - padding);
    *last = *first + lines_fit(cell, *first, most - padding);
}

static mpt lines_height(const struct set_cell *cell, size_t first, size_t last)
{
    mpt height = 0;
    size_t line = 0;

    for (size_t i = 0; i < cell->count; i++) {
        const struct text_block *block = &cell->paras[i].block;
        size_t lines = block->count ? block->count : 1;
        mpt leading = block->count ? block->height / (mpt)block->count : block->height;

        for (size_t k = 0; k < lines; k++, line++)
            height += line >= first && line < last ? leading : 0;
    }
    return height;
}

mpt slice_height(const struct set_row *row, size_t columns, mpt most, mpt padding, size_t slice)
{
    mpt height = 0;

    for (size_t c = 0; c < columns; c++) {
        size_t first, last;

        if (!row->cells[c].columns)
            continue;
        slice_lines(&row->cells[c], most, padding, slice, &first, &last);
        if (last > first)
            height = mpt_max(height, lines_height(&row->cells[c], first, last) + padding);
    }
    return height;
}

size_t slices_count(const struct set_row *row, size_t columns, mpt most, mpt padding)
{
    size_t count = 0;

    while (slice_height(row, columns, most, padding, count) > 0)
        count++;
    return count ? count : 1;
}
