/* stamps.c: seals and signatures, drawn first on their page, so that the text stands on them:
 * our papers have no transparency. So does the watermark: a seal on a test paper shows that it
 * is one. Read aloud they come behind the text that they confirm. */
#include "typeset/plan.h"

static void stamp_add(const struct stamp *stamp, mpt x, mpt y, struct page *page)
{
    struct origin origin = {.file = stamp->at.file, .line = stamp->at.line};
    struct item *item = page_artifact(page, ITEM_IMAGE, origin);

    item->as.picture.at = (struct rect){x, y, stamp->width, stamp->height};
    item->as.picture.image = stamp->image;
}

static void corner_draw(const struct typeset *plan, const struct stamp *stamp,
                        struct page *page)
{
    const struct layout *layout = plan->layout;
    bool right = stamp->corner == CORNER_TOP_RIGHT || stamp->corner == CORNER_BOTTOM_RIGHT;
    bool bottom = stamp->corner == CORNER_BOTTOM_LEFT || stamp->corner == CORNER_BOTTOM_RIGHT;

    stamp_add(stamp, right ? layout->width - stamp->dx - stamp->width : stamp->dx,
              bottom ? layout->height - stamp->dy - stamp->height : stamp->dy, page);
}

/* In the middle of every cell of this name, but not outside the sheet. */
static void cells_draw(const struct typeset *plan, const struct fragment *fragment,
                       const struct stamp *stamp, struct page *page)
{
    const struct unit *unit = &plan->units[fragment->unit];
    struct lines lines = fragment_lines(plan, fragment, page->arena);

    for (size_t r = 0; r < lines.count; r++) {
        for (size_t c = 0; c < unit->tracks.count; c++) {
            const struct set_cell *cell = &lines.all[r].row->cells[c];
            mpt left = unit->tracks.edges[c], height = 0, x, y;

            if (!cell->columns || !str_eq(cell->name, stamp->cell))
                continue;
            for (size_t i = r; i < r + (size_t)cell->rows && i < lines.count; i++)
                height += lines.all[i].height;
            x = left +
                (unit->tracks.edges[c + (size_t)cell->columns] - left - stamp->width) / 2;
            y = lines.all[r].y + (height - stamp->height) / 2;
            x = mpt_max(mpt_min(x, page->width - stamp->width), 0);
            y = mpt_max(mpt_min(y, page->height - stamp->height), 0);
            stamp_add(stamp, x, y, page);
        }
    }
}

void stamps_draw(const struct typeset *plan, size_t index, struct page *page)
{
    for (size_t i = 0; i < plan->layout->stamp_count; i++) {
        const struct stamp *stamp = &plan->layout->stamps[i];

        if (!stamp->image || !condition_holds(plan, &stamp->when))
            continue;
        if (!stamp->cell.n && index + 1 == plan->flow_pages)
            corner_draw(plan, stamp, page);
        for (size_t k = plan->starts[index]; stamp->cell.n && k < plan->starts[index + 1];
             k++) {
            const struct fragment *fragment = &plan->fragments[k];

            if (plan->units[fragment->unit].block->type == BLOCK_GRID && fragment->slice <= 0)
                cells_draw(plan, fragment, stamp, page);
        }
    }
}

void stamps_tag(const struct typeset *plan, size_t count, struct page *page)
{
    for (size_t i = 0; i < count; i++) {
        int element = page_open(page, TAG_FIGURE);
        struct str alt = STR("印章图片");

        for (size_t k = 0; k < plan->layout->stamp_count; k++) {
            const struct stamp *stamp = &plan->layout->stamps[k];

            if (stamp->at.line == page->items[i].origin.line &&
                stamp->at.file == page->items[i].origin.file && stamp->shape == STAMP_SIGNATURE)
                alt = STR("签名图片");
        }
        page->elements[element].alt = alt;
        page->items[i].element = element;
        page_close(page);
    }
}
