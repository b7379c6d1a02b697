/* typeset.c: plan everything, then draw any page. */
#include "typeset/plan.h"

static void chains_find(struct typeset *plan, struct err *err)
{
    const struct layout *layout = plan->layout;

    plan->chains = NEW_ARRAY(plan->arena, layout->role_count, int);
    for (size_t i = 0; i < layout->role_count; i++) {
        const struct role *role = &layout->roles[i];

        plan->chains[i] = fonts_chain(plan->fonts, role->chain);
        if (plan->chains[i] >= 0)
            continue;
        err_add(err, LAYOUT_REFERENCE, role->at, "fonts/fonts.ini 没有字体链“%.*s”",
                "fonts/fonts.ini has no chain '%.*s'", STR_ARG(role->chain));
    }
}

static void units_plan(struct typeset *plan, struct err *err)
{
    const struct layout *layout = plan->layout;

    plan->units = NEW_ARRAY(plan->arena, layout->flow_count, struct unit);
    for (size_t i = 0; i < layout->flow_count; i++) {
        const struct block *block = &layout->flow[i];
        struct unit *unit = &plan->units[plan->unit_count];

        if (!condition_holds(plan, &block->when))
            continue;
        unit->block = block;
        switch (block->type) {
        case BLOCK_TEXT:
            text_plan(plan, block, unit, err);
            break;
        case BLOCK_GRID:
            grid_plan(plan, block, unit, err);
            break;
        case BLOCK_TABLE:
            table_plan(plan, block, unit, err);
            break;
        case BLOCK_FIELDS:
            fields_plan(plan, block, unit, err);
            break;
        }
        plan->unit_count++;
    }
}

static void copy_check(const struct typeset *plan, struct err *err)
{
    int copy = plan->facts.copy;

    if (!copy || (copy > 0 && copy <= COPIES_MOST && plan->layout->copies[copy - 1].n))
        return;
    err_add(err, LAYOUT_REFERENCE, where_file(plan->layout->file, 0, 0),
            "版式没有第 %d 联的联次名", "the layout has no label for copy %d", copy);
    err_hint(err, "labels stand in its [copies]: 1 = 第一联 海关留存");
}

bool typeset_plan(struct arena *arena, const struct layout *layout, const struct record *record,
                  struct fonts *fonts, struct text *text, const struct typeset_facts *facts,
                  struct typeset **out, struct err *err)
{
    struct typeset *plan = NEW(arena, struct typeset);
    int before = err->faults;

    plan->arena = arena;
    plan->layout = layout;
    plan->record = record;
    plan->fonts = fonts;
    plan->text = text;
    plan->facts = *facts;
    plan->running = NEW_ARRAY(arena, RUNNING_MOST, struct running);
    chains_find(plan, err);
    copy_check(plan, err);
    if (err->faults > before)
        return false;
    slots_plan(plan, err);
    furniture_plan(plan, err);
    annex_prepare(plan);
    do {
        plan->unit_count = plan->fragment_count = plan->page_count = plan->annexed_count = 0;
        units_plan(plan, err);
        if (err->faults > before)
            return false;
        paginate(plan);
    } while (!annex_plan(plan, err));
    if (err->faults > before)
        return false;
    *out = plan;
    return true;
}

size_t typeset_pages(const struct typeset *plan)
{
    return plan->page_count;
}

void typeset_page(struct typeset *plan, size_t index, struct arena *arena, struct page *out)
{
    const struct layout *layout = plan->layout;
    size_t stamps;

    page_init(out, arena, layout->width, layout->height);
    stamps_draw(plan, index, out);
    stamps = out->count;
    watermark_draw(plan, out);
    if (index == 0)
        page_open(out, TAG_P);
    else
        out->open = 0;
    furniture_draw(plan, &layout->header, layout->header.at, index, out);
    out->open = 1;
    annex_draw(plan, index, out);
    for (size_t i = plan->starts[index]; i < plan->starts[index + 1]; i++)
        unit_draw(plan, &plan->fragments[i], out);
    stamps_tag(plan, stamps, out);
    slots_draw(plan, out, index == 0);
    out->open = 0;
    furniture_draw(plan, &layout->footer, layout->height - layout->footer.at, index, out);
    out->open = 1;
    /* on the back of a sheet the bound edge is the other one; codes stay on whole dots */
    if (layout->duplex && index % 2)
        page_move(out, layout->bound_top ? 0 : -dots_whole(plan, layout->binding),
                  layout->bound_top ? -dots_whole(plan, layout->binding) : 0);
}
