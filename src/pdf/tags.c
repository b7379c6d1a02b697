/* tags.c: the structure tree (PDF 32000-1, 14.7 and 14.8), written page by page.
 *
 * An element of one page is written with its page and forgotten. The document, and elements
 * that come again on later pages (a table over pages: one `series`), are kept open: their kids
 * are collected and written at the end. Elements refer to each other by number, so the numbers
 * of a page's elements are given out before any of them is written.
 * An element holds marks or elements; where it holds both, its marks come first. Elements that
 * hold nothing are left out, but for cells, which keep a table's columns in step. */
#include "pdf/pdf-internal.h"

#include <string.h>

enum { NOBODY = -1, KIDS_MOST = 64 << 20, DOCUMENT = 1 };

struct open_element {
    int series;
    unsigned number, parent;
    enum tag tag;
    struct buf kids;
    struct open_element *next;
};

struct tags {
    struct arena *arena;
    struct objects *objects;
    unsigned root;
    struct open_element document; /* the first of the open ones */
    struct buf tree;              /* page → array of elements by MCID */
    struct buf text;
    size_t pages;
    struct owned *owned;
};

/* An element of the page at hand. Lists are indexes into the page's elements and marks. */
struct node {
    bool used;
    unsigned number;
    struct open_element *open; /* NULL: it is all on this page */
    bool later;                /* open since an earlier page */
    int first, last, next;     /* kids, and the next one of the same parent */
    int mark, last_mark;
    bool reordered; /* shows glyphs in another order than its text */
};

struct leaf {
    int next; /* mark of the same element */
};

struct sheet {
    struct pdf *pdf;
    const struct page *page;
    struct node *nodes;
    struct leaf *leaves;
    unsigned number; /* of the page's object */
};

static void tags_drop(void *what)
{
    struct tags *tags = what;

    for (struct open_element *open = &tags->document; open; open = open->next)
        buf_release(&open->kids);
    buf_release(&tags->tree);
    buf_release(&tags->text);
}

struct tags *tags_open(struct arena *arena, struct objects *objects)
{
    struct tags *tags = NEW(arena, struct tags);

    tags->owned = arena_own(arena, tags_drop, tags);
    tags->arena = arena;
    tags->objects = objects;
    tags->root = object_number(objects);
    tags->document = (struct open_element){
        .number = object_number(objects), .parent = tags->root, .tag = TAG_DOCUMENT};
    buf_init(&tags->document.kids, KIDS_MOST);
    buf_init(&tags->tree, KIDS_MOST);
    buf_init(&tags->text, KIDS_MOST);
    return tags;
}

void tags_close(struct tags *tags)
{
    if (tags)
        owned_close(tags->owned);
}

/* ---- the page's elements as a tree */

static void link_marks(struct sheet *sheet)
{
    const struct marks *marks = &sheet->pdf->marks;

    for (size_t i = 0; i < marks->count; i++) {
        struct node *node = &sheet->nodes[marks->elements[i]];

        if (node->last_mark == NOBODY)
            node->mark = (int)i;
        else
            sheet->leaves[node->last_mark].next = (int)i;
        node->last_mark = (int)i;
        sheet->leaves[i].next = NOBODY;
        node->used = true;
    }
}

/* Parents stand before their children, so one way back finds everything that is used. */
static void link_kids(struct sheet *sheet)
{
    const struct element *elements = sheet->page->elements;
    int count = (int)sheet->page->element_count;

    for (int i = count - 1; i > DOCUMENT; i--) {
        enum tag tag = elements[i].tag;

        if (sheet->nodes[i].used || tag == TAG_TH || tag == TAG_TD)
            sheet->nodes[i].used = sheet->nodes[elements[i].parent].used = true;
    }
    for (int i = DOCUMENT + 1; i < count; i++) {
        struct node *parent = &sheet->nodes[elements[i].parent];

        if (!sheet->nodes[i].used)
            continue;
        if (parent->last == NOBODY)
            parent->first = i;
        else
            sheet->nodes[parent->last].next = i;
        parent->last = i;
    }
}

/* The element that this one goes on with; a new one when it is the first of its series. */
static struct open_element *open_find(struct tags *tags, const struct element *element,
                                      unsigned parent, bool *later)
{
    struct open_element *last = &tags->document;

    for (; last->series != element->series && last->next; last = last->next)
        ;
    *later = last->series == element->series;
    if (*later)
        return last;
    last->next = NEW(tags->arena, struct open_element);
    *last->next = (struct open_element){.series = element->series,
                                        .number = object_number(tags->objects),
                                        .parent = parent,
                                        .tag = element->tag};
    buf_init(&last->next->kids, KIDS_MOST);
    return last->next;
}

static void number_nodes(struct sheet *sheet)
{
    const struct element *elements = sheet->page->elements;
    struct tags *tags = sheet->pdf->tags;

    sheet->nodes[DOCUMENT].open = &tags->document;
    sheet->nodes[DOCUMENT].number = tags->document.number;
    for (size_t i = DOCUMENT + 1; i < sheet->page->element_count; i++) {
        struct node *node = &sheet->nodes[i];

        if (!node->used)
            continue;
        if (elements[i].series)
            node->open = open_find(tags, &elements[i], sheet->nodes[elements[i].parent].number,
                                   &node->later);
        node->number = node->open ? node->open->number : object_number(tags->objects);
    }
}

/* ---- writing */

static const struct rect *drawn_at(const struct item *item)
{
    if (item->type == ITEM_MATRIX)
        return &item->as.matrix.at;
    if (item->type == ITEM_IMAGE)
        return &item->as.picture.at;
    return item->type == ITEM_BOX ? &item->as.box : NULL;
}

/* The smallest rectangle around an element's drawings, as every figure has to tell. */
static struct rect drawn_box(const struct page *page, int element)
{
    int64_t left = INT64_MAX, top = INT64_MAX, right = INT64_MIN, bottom = INT64_MIN;

    for (size_t i = 0; i < page->count; i++) {
        const struct item *item = &page->items[i];
        const struct rect *at = drawn_at(item);

        if (item->element != element || !at)
            continue;
        left = at->x < left ? at->x : left;
        top = at->y < top ? at->y : top;
        right = (int64_t)at->x + at->w > right ? (int64_t)at->x + at->w : right;
        bottom = (int64_t)at->y + at->h > bottom ? (int64_t)at->y + at->h : bottom;
    }
    if (left > right)
        return (struct rect){0, 0, page->width, page->height};
    return (struct rect){(mpt)left, (mpt)top, (mpt)(right - left), (mpt)(bottom - top)};
}

static void put_figure(struct pdf *pdf, const struct page *page, int index)
{
    struct buf *out = &pdf->tags->text;
    struct rect box = drawn_box(page, index);

    if (page->elements[index].alt.n > 0) {
        if (!text_string_fits(page->elements[index].alt))
            pdf->beyond = "an Alt of 32,767 bytes";
        buf_text(out, "/Alt");
        put_text_string(out, page->elements[index].alt);
    }
    buf_text(out, "/A<</O/Layout/BBox[");
    put_point(out, page, box.x, box.y + box.h);
    buf_byte(out, ' ');
    put_point(out, page, box.x + box.w, box.y);
    buf_text(out, "]>>");
}

/* A heading inside THead is one of its column, any other one of its row. */
static void put_cell(struct buf *out, const struct page *page, int index)
{
    const struct element *cell = &page->elements[index];
    int row = cell->parent, group = page->elements[row].parent;
    bool column = group >= 0 && page->elements[group].tag == TAG_THEAD;

    if (cell->tag == TAG_TD && cell->columns == 1 && cell->rows == 1)
        return;
    buf_text(out, "/A<</O/Table");
    if (cell->tag == TAG_TH)
        buf_printf(out, "/Scope/%s", column ? "Column" : "Row");
    if (cell->columns > 1)
        buf_printf(out, "/ColSpan %d", cell->columns);
    if (cell->rows > 1)
        buf_printf(out, "/RowSpan %d", cell->rows);
    buf_text(out, ">>");
}

/* What an element says, where its glyphs do not stand in that order: words from right to left.
 * Spans of the content stream cannot say it, because readers turn the words of those round. */
static void put_actual(struct sheet *sheet, int index)
{
    const struct run *before = NULL;
    const char *language = NULL;
    bool mixed = false;
    struct buf *said = &sheet->pdf->content, *out = &sheet->pdf->tags->text;

    buf_clear(said);
    for (size_t i = 0; i < sheet->page->count; i++) {
        const struct item *item = &sheet->page->items[i];
        const struct run *run = &item->as.run;

        if (item->type != ITEM_RUN || item->element != index)
            continue;
        /* A blank at the end of a line is not drawn. */
        if (before && run->text.p != before->text.p + before->text.n)
            buf_byte(said, ' ');
        buf_str(said, run->text);
        mixed = mixed || (before && run->language != language);
        language = run->language;
        before = run;
    }
    if (!text_string_fits(buf_view(said)))
        sheet->pdf->beyond = "an ActualText of 32,767 bytes";
    buf_text(out, "/ActualText");
    put_text_string(out, buf_view(said));
    if (language && !mixed)
        buf_printf(out, "/Lang(%s)", language);
}

/* Kids of an element that is written with its page: an MCID alone, one element, or a list. */
static void put_kids(struct buf *out, const struct sheet *sheet, const struct node *node)
{
    const struct leaf *leaves = sheet->leaves;
    bool one = (node->mark == NOBODY || node->first == NOBODY) &&
               node->mark == node->last_mark && node->first == node->last;

    if (node->mark == NOBODY && node->first == NOBODY)
        return;
    buf_text(out, one ? "/K " : "/K[");
    for (int m = node->mark; m != NOBODY; m = leaves[m].next) {
        put_integer(out, m);
        if (!one)
            buf_byte(out, ' ');
    }
    for (int k = node->first; k != NOBODY; k = sheet->nodes[k].next)
        put_reference(out, one || k == node->first ? "" : " ", sheet->nodes[k].number);
    if (!one)
        buf_byte(out, ']');
}

static void write_element(struct sheet *sheet, int index)
{
    const struct element *element = &sheet->page->elements[index];
    const struct node *node = &sheet->nodes[index];
    struct buf *out = &sheet->pdf->tags->text;

    buf_clear(out);
    buf_text(out, "<</S/");
    buf_text(out, tag_name(element->tag));
    put_kids(out, sheet, node);
    put_reference(out, "/P ", sheet->nodes[element->parent].number);
    if (node->mark != NOBODY)
        put_reference(out, "/Pg ", sheet->number);
    if (element->tag == TAG_FIGURE)
        put_figure(sheet->pdf, sheet->page, index);
    else if (element->tag == TAG_TH || element->tag == TAG_TD)
        put_cell(out, sheet->page, index);
    if (node->reordered)
        put_actual(sheet, index);
    buf_text(out, ">>");
    object_text(sheet->pdf->objects, node->number, buf_view(out));
}

/* What an open element has on this page. */
static void collect(const struct sheet *sheet, const struct node *node)
{
    struct buf *kids = &node->open->kids;

    for (int m = node->mark; m != NOBODY; m = sheet->leaves[m].next)
        buf_printf(kids, "<</Type/MCR/Pg %u 0 R/MCID %d>>", sheet->number, m);
    for (int k = node->first; k != NOBODY; k = sheet->nodes[k].next) {
        if (!sheet->nodes[k].later)
            put_reference(kids, " ", sheet->nodes[k].number);
    }
}

/* Which element each MCID of the page belongs to. */
static void write_parents(struct sheet *sheet)
{
    struct tags *tags = sheet->pdf->tags;
    const struct marks *marks = &sheet->pdf->marks;
    unsigned number = object_number(tags->objects);
    struct buf *out = &tags->text;

    buf_clear(out);
    buf_byte(out, '[');
    for (size_t i = 0; i < marks->count; i++)
        put_reference(out, i ? " " : "", sheet->nodes[marks->elements[i]].number);
    buf_byte(out, ']');
    object_text(tags->objects, number, buf_view(out));
    buf_printf(&tags->tree, "%zu %u 0 R ", tags->pages++, number);
}

/* The structure of a form is the same in every document, but for elements that say what is on
 * the paper. */
static bool has_words(const struct sheet *sheet, size_t index)
{
    return sheet->page->elements[index].alt.n > 0 || sheet->nodes[index].reordered;
}

void tags_page(struct pdf *pdf, const struct page *page, unsigned sheet_number)
{
    struct sheet sheet = {
        .pdf = pdf,
        .page = page,
        .nodes = NEW_ARRAY(page->arena, page->element_count, struct node),
        .leaves = NEW_ARRAY(page->arena, pdf->marks.count, struct leaf),
        .number = sheet_number,
    };

    for (size_t i = 0; i < page->element_count; i++)
        sheet.nodes[i] = (struct node){.first = NOBODY,
                                       .last = NOBODY,
                                       .next = NOBODY,
                                       .mark = NOBODY,
                                       .last_mark = NOBODY};
    for (size_t i = 0; i < page->count; i++) {
        const struct item *item = &page->items[i];

        if (item->type == ITEM_RUN && item->as.run.reordered)
            sheet.nodes[item->element].reordered = true;
    }
    link_marks(&sheet);
    link_kids(&sheet);
    number_nodes(&sheet);
    for (size_t i = DOCUMENT; i < page->element_count; i++) {
        if (sheet.nodes[i].open)
            collect(&sheet, &sheet.nodes[i]);
        else if (sheet.nodes[i].used && !has_words(&sheet, i))
            write_element(&sheet, (int)i);
    }
    write_parents(&sheet);
    if (pdf->info.pages == 1)
        object_text_again(pdf->objects);
    for (size_t i = DOCUMENT; i < page->element_count; i++)
        if (sheet.nodes[i].used && !sheet.nodes[i].open && has_words(&sheet, i))
            write_element(&sheet, (int)i);
}

size_t tags_widget(struct pdf *pdf, unsigned sheet, unsigned widget)
{
    struct tags *tags = pdf->tags;
    unsigned number = object_number(tags->objects);
    struct buf *out = &tags->text;

    buf_clear(out);
    buf_printf(out, "<</S/Form/P %u 0 R/K<</Type/OBJR/Pg %u 0 R/Obj %u 0 R>>>>",
               tags->document.number, sheet, widget);
    object_text(tags->objects, number, buf_view(out));
    put_reference(&tags->document.kids, " ", number);
    buf_printf(&tags->tree, "%zu %u 0 R ", tags->pages, number);
    return tags->pages++;
}

unsigned tags_root(struct pdf *pdf)
{
    struct tags *tags = pdf->tags;
    unsigned tree = object_number(tags->objects);
    struct buf *out = &tags->text;
    bool failed = tags->tree.failed;

    for (const struct open_element *open = &tags->document; open; open = open->next) {
        buf_clear(out);
        buf_printf(out, "<</S/%s/P %u 0 R/K[", tag_name(open->tag), open->parent);
        buf_str(out, buf_view(&open->kids));
        buf_text(out, "]>>");
        object_text(tags->objects, open->number, buf_view(out));
        failed = failed || open->kids.failed || out->failed;
    }
    buf_clear(out);
    buf_printf(out, "<</Nums[%.*s]>>", STR_ARG(buf_view(&tags->tree)));
    object_text(tags->objects, tree, buf_view(out));
    buf_clear(out);
    buf_printf(out, "<</Type/StructTreeRoot/K %u 0 R/ParentTree %u 0 R/ParentTreeNextKey %zu>>",
               tags->document.number, tree, tags->pages);
    object_text(tags->objects, tags->root, buf_view(out));
    pdf->no_memory = pdf->no_memory || failed || out->failed;
    return tags->root;
}
