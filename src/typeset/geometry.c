/* geometry.c: texts as boxes: from what stands on the baseline to the height of a Han
 * character, drawn in a little, so that what only touches does not count. */
#include "typeset/geometry.h"

enum { SLACK = 100 };

struct check {
    const struct layout *layout;
    const struct page *page;
    size_t number, found;
    struct err *err;
    const struct item *last; /* told last, and what of it */
    const char *said;
};

static mpt run_width(const struct run *run)
{
    mpt width = 0;

    for (size_t i = 0; i < run->count; i++)
        width += run->glyphs[i].advance;
    return width;
}

static struct rect run_box(const struct run *run)
{
    mpt height = run->size / 10 * 7;

    return (struct rect){run->x + SLACK, run->y - height, run_width(run) - 2 * SLACK, height};
}

static struct rect rule_box(const struct rule *rule)
{
    return (struct rect){rule->x1, rule->y1, rule->x2 - rule->x1, rule->y2 - rule->y1};
}

static bool meet(struct rect a, struct rect b)
{
    return a.x < b.x + b.w && b.x < a.x + a.w && a.y < b.y + b.h && b.y < a.y + a.h;
}

/* A rule has no height: inside means strictly inside. */
static bool crosses(struct rect rule, struct rect text)
{
    return rule.x < text.x + text.w && text.x < rule.x + rule.w + 1 &&
           rule.y < text.y + text.h && text.y < rule.y + rule.h + 1;
}

/* Han that are set one by one would say the same of themselves, one by one. */
static bool is_told(const struct check *check, const struct item *item, const char *en)
{
    const struct origin *now = &item->origin, *last = check->last ? &check->last->origin : NULL;

    return last && check->said == en && last->file == now->file && last->line == now->line &&
           str_eq(last->pointer, now->pointer);
}

static void tell(struct check *check, const struct item *item, const char *zh, const char *en)
{
    const struct origin *at = &item->origin;
    struct str text = item->type == ITEM_RUN ? item->as.run.text : STR("|");
    bool told = is_told(check, item, en);

    check->last = item;
    check->said = en;
    if (told)
        return;
    check->found++;
    err_add(check->err, LAYOUT_GEOMETRY, where_file(at->file, at->line, 0),
            "第 %zu 页，“%.*s”%s%.0s", "page %zu: '%.*s' %.0s%s", check->number, STR_ARG(text),
            zh, en);
    if (at->pointer.n)
        err_hint(check->err, "it shows %.*s", STR_ARG(at->pointer));
}

static void text_inside(struct check *check, const struct item *item)
{
    const struct layout *layout = check->layout;
    const struct run *run = &item->as.run;
    mpt right = run->x + run_width(run);

    if (run->x < layout->left - 1 || right > layout->width - layout->right + PT(0.5) ||
        run->y - run->size / 10 * 7 < 0 || run->y > layout->height)
        tell(check, item, "在版心之外", "leaves the margins");
}

/* Behind it in the page, so that each pair is met once. */
static void text_alone(struct check *check, size_t index)
{
    const struct item *item = &check->page->items[index];
    struct rect box = run_box(&item->as.run);

    for (size_t i = index + 1; i < check->page->count; i++) {
        const struct item *other = &check->page->items[i];

        if (other->type == ITEM_RUN && meet(box, run_box(&other->as.run)))
            tell(check, item, "与别的文字重叠", "lies over another text");
    }
}

static void rule_clear(struct check *check, const struct item *rule)
{
    struct rect box = rule_box(&rule->as.rule);

    for (size_t i = 0; i < check->page->count; i++) {
        const struct item *item = &check->page->items[i];

        if (item->type == ITEM_RUN && crosses(box, run_box(&item->as.run)))
            tell(check, item, "被线穿过", "is crossed by a rule");
    }
}

/* Four modules on the left, towards the caption; the other sides are the sheet's margin. */
static void code_clear(struct check *check, const struct item *code)
{
    const struct matrix *matrix = &code->as.matrix;
    mpt quiet = matrix->columns ? 4 * (matrix->at.w / matrix->columns) : 0;
    struct rect zone = {matrix->at.x - quiet, matrix->at.y, matrix->at.w + quiet, matrix->at.h};

    for (size_t i = 0; i < check->page->count; i++) {
        const struct item *item = &check->page->items[i];

        if ((item->type == ITEM_RUN && meet(zone, run_box(&item->as.run))) ||
            (item->type == ITEM_RULE && crosses(rule_box(&item->as.rule), zone)))
            tell(check, item, "碰到码或其空白区", "touches a code or its quiet zone");
    }
}

size_t geometry_check(const struct layout *layout, const struct page *page, size_t number,
                      struct err *err)
{
    struct check check = {.layout = layout, .page = page, .number = number, .err = err};

    for (size_t i = 0; i < page->count; i++) {
        const struct item *item = &page->items[i];

        if (item->type == ITEM_RUN) {
            text_inside(&check, item);
            text_alone(&check, i);
        } else if (item->type == ITEM_RULE) {
            rule_clear(&check, item);
        } else if (item->type == ITEM_MATRIX) {
            code_clear(&check, item);
        }
    }
    return check.found;
}
