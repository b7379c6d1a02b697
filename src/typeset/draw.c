/* draw.c: fragments → items. Rules first, then the cells row by row, each label before its
 * value, so that extracted text reads as a person would read the paper. */
#include "typeset/plan.h"

void block_draw(struct page *page, const struct text_block *block, const struct para *para,
                mpt x, mpt y, size_t first, size_t last)
{
    mpt leading = block->count ? block->height / (mpt)block->count : 0;

    for (size_t i = first; i < last && i < block->count; i++) {
        const struct text_line *line = &block->lines[i];

        for (size_t k = 0; k < line->count; k++) {
            const struct text_run *run = &line->runs[k];
            struct origin origin = {.file = para->words.at.file, .line = para->words.at.line};
            struct item *item;

            origin.pointer = run->pointer;
            item = page_add(page, ITEM_RUN, origin);
            item->rgb = para->role->rgb;
            item->as.run = (struct run){.face = run->face,
                                        .size = run->size,
                                        .x = x + run->x,
                                        .y = y + (mpt)(i - first) * leading + block->baseline,
                                        .inset = k ? 0 : run->x,
                                        .text = run->text,
                                        .glyphs = run->glyphs,
                                        .count = run->count,
                                        .reordered = run->reordered,
                                        .language = run->language};
        }
    }
}

static void rule_add(struct page *page, const struct typeset *plan, const struct unit *unit,
                     enum dash dash, struct rule rule)
{
    struct origin origin = {.file = unit->block->at.file, .line = unit->block->at.line};
    struct item *item = page_artifact(page, ITEM_RULE, origin);

    item->as.rule = rule;
    item->as.rule.thick = plan->layout->hair;
    item->as.rule.dash = dash;
}

/* Where a block stands right below another, its upper edge is the lower edge of that one: the
 * rule that is there is made as long as both. */
static bool rule_join(struct page *page, enum dash dash, const struct rule *rule)
{
    for (size_t i = page->count; i-- > 0;) {
        struct rule *old = &page->items[i].as.rule;

        if (page->items[i].type != ITEM_RULE || old->y1 != rule->y1 || old->y2 != rule->y1 ||
            old->x1 > rule->x2 || old->x2 < rule->x1)
            continue;
        if (old->dash == dash) {
            old->x1 = mpt_min(old->x1, rule->x1);
            old->x2 = mpt_max(old->x2, rule->x2);
            return true;
        }
        if (old->dash == DASH_SOLID && old->x1 <= rule->x1 && old->x2 >= rule->x2)
            return true;
    }
    return false;
}

/* For every track of every line: the cell that covers it, as row × tracks + track. */
static size_t *owners(const struct unit *unit, const struct lines *lines, struct arena *arena)
{
    size_t tracks = unit->tracks.count;
    size_t *owner = NEW_ARRAY(arena, lines->count * tracks, size_t);

    for (size_t i = 0; i < lines->count * tracks; i++)
        owner[i] = i;
    for (size_t r = 0; r < lines->count; r++) {
        for (size_t c = 0; c < tracks; c++) {
            const struct set_cell *cell = &lines->all[r].row->cells[c];

            for (size_t y = 0; cell->columns && y < (size_t)cell->rows; y++) {
                for (size_t x = 0; x < (size_t)cell->columns && r + y < lines->count; x++)
                    owner[(r + y) * tracks + c + x] = r * tracks + c;
            }
        }
    }
    return owner;
}

static bool across(const struct unit *unit, const size_t *owner, size_t lines, size_t i,
                   size_t c)
{
    size_t tracks = unit->tracks.count;
    bool edge = i == 0 || i == lines;

    if (unit->border == BORDER_NONE)
        return false;
    if (unit->border == BORDER_BOX || unit->border == BORDER_COLUMNS)
        return edge;
    return edge || owner[(i - 1) * tracks + c] != owner[i * tracks + c];
}

static bool upright(const struct unit *unit, const size_t *owner, size_t r, size_t j)
{
    size_t tracks = unit->tracks.count;
    bool edge = j == 0 || j == tracks;

    if (unit->border == BORDER_NONE || unit->border == BORDER_LINES)
        return false;
    if (unit->border == BORDER_BOX)
        return edge;
    return edge || owner[r * tracks + j - 1] != owner[r * tracks + j];
}

static void rules_across(const struct typeset *plan, const struct unit *unit,
                         const struct lines *lines, const size_t *owner, struct page *page)
{
    const mpt *edges = unit->tracks.edges;
    size_t tracks = unit->tracks.count;
    mpt half = plan->layout->hair / 2;

    for (size_t i = 0; i <= lines->count; i++) {
        mpt y = i < lines->count ? lines->all[i].y : lines->y;

        for (size_t c = 0, start; c < tracks; c++) {
            struct rule rule = {.y1 = y, .y2 = y};

            start = c;
            while (c < tracks && across(unit, owner, lines->count, i, c))
                c++;
            if (c == start)
                continue;
            rule.x1 = edges[start] - half;
            rule.x2 = edges[c] + half;
            if (i > 0 || !rule_join(page, unit->dash, &rule))
                rule_add(page, plan, unit, unit->dash, rule);
        }
    }
}

/* The lines that cells offer for writing, but where the grid's own rule is. */
static void lines_to_write(const struct typeset *plan, const struct unit *unit,
                           const struct lines *lines, struct page *page)
{
    for (size_t r = 0; r < lines->count; r++) {
        for (size_t c = 0; c < unit->tracks.count; c++) {
            const struct set_cell *cell = &lines->all[r].row->cells[c];
            size_t below = r + (size_t)cell->rows;
            mpt y = below < lines->count ? lines->all[below].y : lines->y;

            if (cell->columns && cell->ruled)
                rule_add(page, plan, unit, cell->dash,
                         (struct rule){.x1 = unit->tracks.edges[c],
                                       .y1 = y,
                                       .x2 = unit->tracks.edges[c + (size_t)cell->columns],
                                       .y2 = y});
        }
    }
}

/* Each rule is drawn once, as long as it goes, half a hair past its ends so that corners
 * close. */
static void rules_draw(const struct typeset *plan, const struct unit *unit,
                       const struct lines *lines, struct page *page)
{
    const mpt *edges = unit->tracks.edges;
    size_t tracks = unit->tracks.count;
    const size_t *owner = owners(unit, lines, page->arena);
    mpt half = plan->layout->hair / 2;

    rules_across(plan, unit, lines, owner, page);
    for (size_t j = 0; j <= tracks; j++) {
        for (size_t r = 0, start; r < lines->count; r++) {
            start = r;
            while (r < lines->count && upright(unit, owner, r, j))
                r++;
            if (r > start)
                rule_add(page, plan, unit, unit->dash,
                         (struct rule){.x1 = edges[j],
                                       .y1 = lines->all[start].y - half,
                                       .x2 = edges[j],
                                       .y2 = (r < lines->count ? lines->all[r].y : lines->y) +
                                             half});
        }
    }
    lines_to_write(plan, unit, lines, page);
}

static void cell_open(struct page *page, enum tag tag, const struct set_cell *cell)
{
    int element = page_open(page, tag);

    page->elements[element].columns = cell->columns;
    page->elements[element].rows = cell->rows;
}

/* Paragraphs of a cell; lines first..last of all of them, counted through. */
static void paras_draw(const struct set_cell *cell, mpt x, mpt y, size_t first, size_t last,
                       enum tag tag, struct page *page)
{
    size_t line = 0;
    bool open = false;

    for (size_t i = 0; i < cell->count; i++) {
        const struct set_para *para = &cell->paras[i];
        size_t lines = para->block.count ? para->block.count : 1;
        size_t from = first > line ? first - line : 0;
        size_t to = last > line ? last - line : 0;
        bool head = para->head && tag == TAG_TD;

        to = to < lines ? to : lines;
        if (tag != TAG_ARTIFACT && (i == 0 || cell->paras[i - 1].head)) {
            if (open)
                page_close(page);
            cell_open(page, head ? TAG_TH : tag, cell);
            open = true;
        }
        if (from < to) {
            block_draw(page, &para->block, para->para, x, y, from, to);
            y += para->block.count ? para->block.height / (mpt)lines * (mpt)(to - from)
                                   : para->block.height;
        }
        line += lines;
    }
    if (!open && tag != TAG_ARTIFACT) {
        cell_open(page, tag, cell);
        open = true;
    }
    if (open)
        page_close(page);
}

static void cell_draw(const struct typeset *plan, const struct unit *unit,
                      const struct lines *lines, size_t r, size_t c, struct page *page)
{
    const struct line *line = &lines->all[r];
    const struct set_cell *cell = &line->row->cells[c];
    mpt pad = unit->border == BORDER_NONE ? 0 : plan->layout->padding, height = 0, y;
    size_t first = 0, last = SIZE_MAX;
    enum tag tag = line->tag == TAG_TD && cell->label && !unit->table ? TAG_TH : line->tag;

    for (size_t i = 0; i < (size_t)cell->rows && r + i < lines->count; i++)
        height += lines->all[r + i].height;
    y = line->y + (cell->valign == VALIGN_TOP ? pad / 2 : (height - cell->height) / 2);
    if (cell->valign == VALIGN_BOTTOM)
        y = line->y + height - cell->height - pad / 2;
    if (line->slice >= 0) {
        slice_lines(cell, line->slice_most, plan->layout->padding, (size_t)line->slice, &first,
                    &last);
        y = line->y + pad / 2;
    }
    paras_draw(cell, unit->tracks.edges[c] + unit->tracks.padding, y, first, last,
               line->artifact ? TAG_ARTIFACT : tag, page);
}

static void line_draw(const struct typeset *plan, const struct unit *unit,
                      const struct lines *lines, size_t r, struct page *page)
{
    bool row = unit->block->type != BLOCK_TEXT && !lines->all[r].artifact;
    int was = page->open;

    if (lines->all[r].artifact)
        page->open = 0;
    if (row)
        page_open(page, TAG_TR);
    for (size_t c = 0; c < unit->tracks.count; c++) {
        if (lines->all[r].row->cells[c].columns)
            cell_draw(plan, unit, lines, r, c, page);
    }
    if (row)
        page_close(page);
    page->open = was;
}

static void lines_draw(const struct typeset *plan, const struct unit *unit,
                       const struct lines *lines, size_t from, size_t to, struct page *page)
{
    for (size_t r = from; r < to; r++)
        line_draw(plan, unit, lines, r, page);
}

/* What goes on over pages is one table: its heading, then a body for each page. */
static void table_draw(const struct typeset *plan, const struct fragment *fragment,
                       const struct lines *lines, struct page *page)
{
    const struct unit *unit = &plan->units[fragment->unit];
    size_t heads = lines->count > 0 && lines->all[0].tag == TAG_TH;
    int table = page_open(page, TAG_TABLE);

    page->elements[table].series = (int)fragment->unit + 1;
    if (heads && !lines->all[0].artifact) {
        page_open(page, TAG_THEAD);
        lines_draw(plan, unit, lines, 0, heads, page);
        page_close(page);
    } else {
        lines_draw(plan, unit, lines, 0, heads, page);
    }
    page_open(page, TAG_TBODY);
    lines_draw(plan, unit, lines, heads, lines->count, page);
    page_close(page);
    page_close(page);
}

void unit_draw(const struct typeset *plan, const struct fragment *fragment, struct page *page)
{
    const struct unit *unit = &plan->units[fragment->unit];
    struct lines lines = fragment_lines(plan, fragment, page->arena);

    rules_draw(plan, unit, &lines, page);
    if (unit->block->type == BLOCK_TEXT)
        lines_draw(plan, unit, &lines, 0, lines.count, page);
    else
        table_draw(plan, fragment, &lines, page);
}
