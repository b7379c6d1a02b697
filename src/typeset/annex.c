/* annex.c: cells that may not grow: what does not fit is printed whole on annex pages at the
 * paper's end, and the cell says so.
 *
 * Which cells are continued, and on which annex page each one begins, depends on the values
 * alone, never on what the reference says; so a second round of planning, with the numbers of
 * the first, is the last. */
#include "typeset/plan.h"

#include <string.h>

enum { UNITS_EACH = 2 }; /* label and value */

/* ---- the cell */

static struct para words_para(const struct context *ctx, struct str text,
                              const struct role *role, struct where at)
{
    struct piece *piece = NEW(ctx->arena, struct piece);
    struct para para = {.role = role, .words = {.pieces = piece, .count = 1, .at = at}};

    *piece = (struct piece){.words = text, .at = at};
    return para;
}

/* Keeps the first `keep` lines of the cell; returns how many there are now. */
static size_t lines_keep(struct set_cell *cell, size_t keep)
{
    size_t kept = 0, count = 0;

    cell->height = 0;
    for (size_t i = 0; i < cell->count && kept < keep; i++, count++) {
        struct text_block *block = &cell->paras[i].block;
        mpt leading = block->count ? block->height / (mpt)block->count : block->height;

        if (block->count > keep - kept) {
            block->count = keep - kept;
            block->height = leading * (mpt)block->count;
        }
        kept += block->count ? block->count : 1;
        cell->height += block->height;
    }
    cell->count = count;
    return kept;
}

/* What stands to the left of the cell, else what its field is called. */
static struct str label_text(const struct context *ctx, const struct grid_row *row, size_t c)
{
    const struct cell *cell = &row->cells[c];
    struct str text = STR_NONE;

    for (size_t i = c; i-- > 0;) {
        const struct cell *label = &row->cells[i];

        for (size_t k = 0; label->columns && label->label && k < label->count; k++) {
            struct str part = words_plain(ctx, &label->paras[k].words);

            text = str_printf(ctx->arena, "%.*s%.*s", STR_ARG(text), STR_ARG(part));
        }
        if (text.n)
            return text;
    }
    for (size_t k = 0; k < cell->count; k++) {
        const struct words *words = &cell->paras[k].words;

        for (size_t i = 0; i < words->count; i++) {
            if (words->pieces[i].field)
                return words->pieces[i].field->label;
        }
    }
    return cell->name;
}

void annex_cut(struct typeset *plan, const struct context *ctx, const struct grid_row *row,
               size_t c, mpt room, mpt width, struct set_cell *out)
{
    const struct cell *cell = &row->cells[c];
    const struct role *role = cell->paras[0].role;
    struct annexed *entry = &plan->annexed[plan->annexed_count++];
    size_t lines = (size_t)(mpt_max(room, 0) / role->leading);
    struct para *para = NEW(ctx->arena, struct para);
    size_t kept = lines_keep(out, lines > 1 ? lines - 1 : 0);
    struct set_para *paras = NEW_ARRAY(ctx->arena, out->count + 1, struct set_para);

    entry->cell = cell;
    entry->label = label_text(ctx, row, c);
    *para = words_para(ctx,
                       str_printf(ctx->arena, "（%s附页 %zu）", kept ? "续见" : "全文见",
                                  entry->page ? entry->page : 1),
                       role, cell->at);
    if (out->count)
        memcpy(paras, out->paras, out->count * sizeof *paras);
    out->paras = paras;
    if (para_set(ctx, para, 0, width, &paras[out->count]))
        out->height += paras[out->count++].block.height;
}

/* ---- the pages */

static const struct role *title_role(const struct layout *layout)
{
    for (size_t i = 0; i < layout->flow_count; i++) {
        const struct block *block = &layout->flow[i];

        if (block->type == BLOCK_TEXT && block->heading && block->as.text.count)
            return block->as.text.paras[0].role;
    }
    return layout->roles;
}

static struct str number_text(const struct typeset *plan, struct arena *arena)
{
    const struct kind *kind = plan->layout->kind;
    struct str first = record_number(plan->record), official = record_official(plan->record);
    struct str text =
        str_printf(arena, "%.*s：%.*s", STR_ARG(kind->number->label), STR_ARG(first));

    if (!official.n || !kind->official)
        return text;
    return str_printf(arena, "%.*s　　%.*s：%.*s", STR_ARG(text),
                      STR_ARG(kind->official->label), STR_ARG(official));
}

/* The title, then the number: on every annex page. Returns the height. */
static mpt head_set(const struct typeset *plan, struct arena *arena, struct err *err,
                    size_t number, struct set_para out[2])
{
    const struct layout *layout = plan->layout;
    const struct role *roles[] = {title_role(layout), plan->annexed[0].cell->paras[0].role};
    struct str texts[] = {str_printf(arena, "%.*s　附页 %zu", STR_ARG(layout->title), number),
                          number_text(plan, arena)};
    struct context ctx = {.plan = plan, .arena = arena, .err = err, .row = NO_ROW};
    mpt height = 0;

    for (size_t i = 0; i < COUNT(texts); i++) {
        struct para *para = NEW(arena, struct para);

        *para = words_para(&ctx, texts[i], roles[i], where_file(layout->file, 0, 0));
        para->align = TEXT_CENTER;
        para_set(&ctx, para, 0, layout->width - layout->left - layout->right, &out[i]);
        height += out[i].block.height;
    }
    return height + roles[1]->leading;
}

void annex_draw(const struct typeset *plan, size_t index, struct page *page)
{
    struct set_para head[2];
    struct err none;
    mpt y = plan->layout->top;

    if (index < plan->flow_pages)
        return;
    err_init(&none, page->arena);
    head_set(plan, page->arena, &none, index - plan->flow_pages + 1, head);
    for (size_t i = 0; i < COUNT(head); i++) {
        page_open(page, i == 0 ? TAG_H2 : TAG_P);
        block_draw(page, &head[i].block, head[i].para, plan->layout->left, y, 0,
                   head[i].block.count);
        y += head[i].block.height;
        page_close(page);
    }
}

static struct block *text_block(struct typeset *plan, struct para *paras, size_t count,
                                struct where at)
{
    struct block *block = NEW(plan->arena, struct block);

    block->type = BLOCK_TEXT;
    block->at = at;
    block->as.text = (struct stack){.paras = paras, .count = count};
    return block;
}

static void entry_plan(struct typeset *sub, const struct annexed *entry, struct err *err)
{
    struct context ctx = {.plan = sub, .arena = sub->arena, .err = err, .row = NO_ROW};
    const struct cell *cell = entry->cell;
    const struct role *role = cell->paras[0].role;
    struct para *label = NEW(sub->arena, struct para);
    struct para *value = NEW_ARRAY(sub->arena, cell->count, struct para);
    struct unit *units = sub->units + sub->unit_count;
    struct block *blocks[UNITS_EACH];

    *label = words_para(&ctx, str_printf(sub->arena, "%.*s（全文）", STR_ARG(entry->label)),
                        role, cell->at);
    for (size_t i = 0; i < cell->count; i++) {
        value[i] = cell->paras[i];
        value[i].align = TEXT_JUSTIFY;
        value[i].indent = 2 * role->size;
    }
    blocks[0] = text_block(sub, label, 1, cell->at);
    blocks[0]->before = role->leading;
    blocks[0]->together = true;
    blocks[1] = text_block(sub, value, cell->count, cell->at);
    for (size_t i = 0; i < UNITS_EACH; i++) {
        units[i].block = blocks[i];
        text_plan(sub, blocks[i], &units[i], err);
    }
    sub->unit_count += UNITS_EACH;
}

/* The pages of `sub` behind those of plan. */
static void pages_append(struct typeset *plan, const struct typeset *sub)
{
    size_t fragments = plan->fragment_count + sub->fragment_count;
    size_t pages = plan->page_count + sub->page_count;
    struct unit *units =
        NEW_ARRAY(plan->arena, plan->unit_count + sub->unit_count, struct unit);
    struct fragment *all = NEW_ARRAY(plan->arena, fragments, struct fragment);
    size_t *starts = NEW_ARRAY(plan->arena, pages + 1, size_t);

    memcpy(units, plan->units, plan->unit_count * sizeof *units);
    memcpy(units + plan->unit_count, sub->units, sub->unit_count * sizeof *units);
    if (plan->fragment_count)
        memcpy(all, plan->fragments, plan->fragment_count * sizeof *all);
    memcpy(all + plan->fragment_count, sub->fragments, sub->fragment_count * sizeof *all);
    for (size_t i = plan->fragment_count; i < fragments; i++)
        all[i].unit += plan->unit_count;
    for (size_t i = 0; i <= pages; i++)
        starts[i] = i < plan->page_count
                        ? plan->starts[i]
                        : plan->fragment_count + sub->starts[i - plan->page_count];
    plan->units = units;
    plan->unit_count += sub->unit_count;
    plan->fragments = all;
    plan->fragment_count = plan->fragment_room = fragments;
    plan->starts = starts;
    plan->page_count = pages;
    plan->start_room = pages + 1;
}

/* Are the pages those that the references name? Notes where they are. */
static bool pages_stand(struct typeset *plan, const struct typeset *sub)
{
    bool stand = true;

    for (size_t page = 0; page < sub->page_count; page++) {
        for (size_t k = sub->starts[page]; k < sub->starts[page + 1]; k++) {
            const struct fragment *fragment = &sub->fragments[k];
            struct annexed *entry = &plan->annexed[fragment->unit / UNITS_EACH];

            if (fragment->unit % UNITS_EACH)
                continue;
            stand = stand && (entry->page ? entry->page : 1) == page + 1;
            entry->page = page + 1;
        }
    }
    return stand;
}

bool annex_plan(struct typeset *plan, struct err *err)
{
    struct typeset sub = *plan;
    struct layout *lower = NEW(plan->arena, struct layout);
    struct set_para head[2];

    plan->flow_pages = plan->page_count;
    if (!plan->annexed_count)
        return true;
    *lower = *plan->layout;
    lower->top += head_set(plan, plan->arena, err, 1, head);
    sub.layout = lower;
    sub.units = NEW_ARRAY(plan->arena, UNITS_EACH * plan->annexed_count, struct unit);
    sub.unit_count = sub.fragment_count = sub.fragment_room = 0;
    sub.page_count = sub.start_room = 0;
    for (size_t i = 0; i < plan->annexed_count; i++)
        entry_plan(&sub, &plan->annexed[i], err);
    paginate(&sub);
    if (!pages_stand(plan, &sub))
        return false;
    pages_append(plan, &sub);
    return true;
}

void annex_prepare(struct typeset *plan)
{
    const struct layout *layout = plan->layout;
    size_t most = 0;

    for (size_t i = 0; i < layout->flow_count; i++) {
        const struct grid *grid = &layout->flow[i].as.grid;

        for (size_t r = 0; layout->flow[i].type == BLOCK_GRID && r < grid->row_count; r++) {
            for (size_t c = 0; c < grid->track_count; c++)
                most += grid->rows[r].cells[c].overflow == OVERFLOW_ANNEX;
        }
    }
    plan->annexed = NEW_ARRAY(plan->arena, most, struct annexed);
}
