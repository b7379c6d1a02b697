/* page.c: collects a page's items and elements, and writes the dump that golden files hold.
 *
 * Invariants: a parent's index is smaller than its children's; element 0 is the artifact and
 * element 1 the document, which is never closed; items keep the order in which they came. */
#include "page/page.h"

#include <assert.h>
#include <string.h>

enum { ELEMENT_ARTIFACT, ELEMENT_DOCUMENT };

static const char *const TAG_NAMES[] = {
    [TAG_ARTIFACT] = "-",  [TAG_DOCUMENT] = "Document",
    [TAG_H1] = "H1",       [TAG_H2] = "H2",
    [TAG_P] = "P",         [TAG_TABLE] = "Table",
    [TAG_THEAD] = "THead", [TAG_TBODY] = "TBody",
    [TAG_TR] = "TR",       [TAG_TH] = "TH",
    [TAG_TD] = "TD",       [TAG_FIGURE] = "Figure",
};

/* The old array stays in the arena: doubling keeps that below the size of the new one. */
static void *grown(struct arena *arena, const void *old, size_t count, size_t size,
                   size_t *room)
{
    *room = *room == 0 ? 16 : *room * 2;
    void *array = arena_array(arena, *room, size);
    if (count > 0)
        memcpy(array, old, count * size);
    return array;
}

static int add_element(struct page *page, enum tag tag, int parent)
{
    if (page->element_count == page->element_room)
        page->elements = grown(page->arena, page->elements, page->element_count,
                               sizeof *page->elements, &page->element_room);
    struct element *element = &page->elements[page->element_count];
    element->tag = tag;
    element->parent = parent;
    element->columns = element->rows = 1;
    return (int)page->element_count++;
}

void page_init(struct page *page, struct arena *arena, mpt width, mpt height)
{
    *page = (struct page){.arena = arena, .width = width, .height = height};
    add_element(page, TAG_ARTIFACT, -1);
    page->open = add_element(page, TAG_DOCUMENT, -1);
}

int page_open(struct page *page, enum tag tag)
{
    page->open = add_element(page, tag, page->open);
    return page->open;
}

void page_close(struct page *page)
{
    assert(page->open != ELEMENT_DOCUMENT);
    page->open = page->elements[page->open].parent;
}

static struct item *add_item(struct page *page, enum item_type type, struct origin origin,
                             int element)
{
    if (page->count == page->room)
        page->items =
            grown(page->arena, page->items, page->count, sizeof *page->items, &page->room);
    struct item *item = &page->items[page->count++];
    item->type = type;
    item->element = element;
    item->origin = origin;
    return item;
}

struct item *page_add(struct page *page, enum item_type type, struct origin origin)
{
    return add_item(page, type, origin, page->open);
}

struct item *page_artifact(struct page *page, enum item_type type, struct origin origin)
{
    return add_item(page, type, origin, ELEMENT_ARTIFACT);
}

static void rect_move(struct rect *rect, mpt dx, mpt dy)
{
    rect->x += dx;
    rect->y += dy;
}

static void item_move(struct item *item, mpt dx, mpt dy)
{
    struct run *run = item->type == ITEM_RUN ? &item->as.run : &item->as.outline.run;

    switch (item->type) {
    case ITEM_RUN:
    case ITEM_OUTLINE:
        run->x += dx;
        run->y += dy;
        break;
    case ITEM_RULE:
        item->as.rule.x1 += dx;
        item->as.rule.x2 += dx;
        item->as.rule.y1 += dy;
        item->as.rule.y2 += dy;
        break;
    case ITEM_BOX:
        rect_move(&item->as.box, dx, dy);
        break;
    case ITEM_MATRIX:
        rect_move(&item->as.matrix.at, dx, dy);
        break;
    case ITEM_IMAGE:
        rect_move(&item->as.picture.at, dx, dy);
        break;
    }
}

void page_move(struct page *page, mpt dx, mpt dy)
{
    for (size_t i = 0; i < page->count; i++)
        item_move(&page->items[i], dx, dy);
}

const char *tag_name(enum tag tag)
{
    return TAG_NAMES[tag];
}

/* From integers, so that no machine's rounding can change a golden file. */
static void dump_length(struct buf *out, const char *before, int64_t length)
{
    int64_t size = length < 0 ? -length : length;
    buf_printf(out, "%s%s%lld.%03lld", before, length < 0 ? "-" : "", (long long)(size / 1000),
               (long long)(size % 1000));
}

static void dump_run(struct buf *out, const struct run *run)
{
    int64_t width = 0;
    for (size_t i = 0; i < run->count; i++)
        width += run->glyphs[i].advance;
    dump_length(out, " at ", run->x);
    dump_length(out, " ", run->y);
    dump_length(out, " wide ", width);
    dump_length(out, " size ", run->size);
    buf_printf(out, " face %d%s ", run->face, run->reordered ? " reordered" : "");
    if (run->language)
        buf_printf(out, "lang %s ", run->language);
    buf_json(out, run->text);
}

static void dump_rule(struct buf *out, const struct rule *rule)
{
    dump_length(out, " from ", rule->x1);
    dump_length(out, " ", rule->y1);
    dump_length(out, " to ", rule->x2);
    dump_length(out, " ", rule->y2);
    dump_length(out, " thick ", rule->thick);
    if (rule->dash != DASH_SOLID)
        buf_text(out, rule->dash == DASH_DOTS ? " dotted" : " dashed");
}

static void dump_rect(struct buf *out, const struct rect *rect)
{
    dump_length(out, " at ", rect->x);
    dump_length(out, " ", rect->y);
    dump_length(out, " size ", rect->w);
    dump_length(out, " ", rect->h);
}

static void dump_picture(struct buf *out, const struct picture *picture)
{
    const struct image *image = picture->image;

    dump_rect(out, &picture->at);
    buf_printf(out, " %s %dx%d of %d", image->jpeg ? "jpeg" : "png", image->columns,
               image->rows, image->channels);
}

static void dump_matrix(struct buf *out, const struct matrix *matrix)
{
    dump_rect(out, &matrix->at);
    buf_printf(out, " %.*s %dx%d ", STR_ARG(matrix->what), matrix->columns, matrix->rows);
    buf_json(out, matrix->text);
}

void item_dump(const struct page *page, const struct item *item, struct buf *out)
{
    static const char *const names[] = {"run", "rule", "box", "matrix", "outline", "image"};

    buf_text(out, names[item->type]);
    switch (item->type) {
    case ITEM_RUN:
        dump_run(out, &item->as.run);
        break;
    case ITEM_RULE:
        dump_rule(out, &item->as.rule);
        break;
    case ITEM_BOX:
        dump_rect(out, &item->as.box);
        break;
    case ITEM_MATRIX:
        dump_matrix(out, &item->as.matrix);
        break;
    case ITEM_OUTLINE:
        dump_run(out, &item->as.outline.run);
        buf_printf(out, " turned %d", item->as.outline.angle);
        break;
    case ITEM_IMAGE:
        dump_picture(out, &item->as.picture);
        break;
    }
    if (item->rgb != 0)
        buf_printf(out, " rgb %06x", (unsigned)item->rgb);
    buf_printf(out, " in %s", tag_name(page->elements[item->element].tag));
    if (item->element != ELEMENT_ARTIFACT)
        buf_printf(out, ".%d", item->element);
    if (item->origin.file)
        buf_printf(out, " from %s:%d", item->origin.file, item->origin.line);
    if (item->origin.pointer.n > 0)
        buf_printf(out, " %.*s", STR_ARG(item->origin.pointer));
    buf_byte(out, '\n');
}

static void dump_element(struct buf *out, const struct page *page, int index)
{
    const struct element *element = &page->elements[index];

    buf_printf(out, "element %d %s in %d", index, tag_name(element->tag), element->parent);
    if (element->columns != 1 || element->rows != 1)
        buf_printf(out, " span %dx%d", element->columns, element->rows);
    if (element->series != 0)
        buf_printf(out, " series %d", element->series);
    if (element->alt.n > 0) {
        buf_text(out, " alt ");
        buf_json(out, element->alt);
    }
    buf_byte(out, '\n');
}

void page_dump(const struct page *page, struct buf *out)
{
    dump_length(out, "page ", page->width);
    dump_length(out, " ", page->height);
    buf_byte(out, '\n');
    for (size_t i = ELEMENT_DOCUMENT + 1; i < page->element_count; i++)
        dump_element(out, page, (int)i);
    for (size_t i = 0; i < page->count; i++)
        item_dump(page, &page->items[i], out);
}
