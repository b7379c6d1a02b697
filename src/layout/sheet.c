/* sheet.c: what a printed sheet has that a file has not: a binding edge, and copies. */
#include "layout/parser.h"

/* binding = 10mm left: room for the binding besides the margin; what stands at this edge moves
 * inwards. */
static void binding_apply(struct layout *layout)
{
    mpt add = layout->binding;

    if (layout->bound_top) {
        layout->top += add;
        layout->header.at += add;
    } else {
        layout->left += add;
    }
    for (size_t i = 0; i < layout->slot_count; i++) {
        struct slot *slot = &layout->slots[i];

        if (layout->bound_top && slot->corner <= CORNER_TOP_RIGHT)
            slot->dy += add;
        if (!layout->bound_top &&
            (slot->corner == CORNER_TOP_LEFT || slot->corner == CORNER_BOTTOM_LEFT))
            slot->dx += add;
    }
}

void binding_read(struct parser *p)
{
    struct conf_section *section = conf_first(p->conf, "page");
    struct layout *layout = p->layout;
    struct str text, edge;
    mpt room;

    if (!section)
        return;
    edge = text = conf_text(p->conf, section, "binding", STR_NONE, p->err);
    layout->duplex = conf_yes(p->conf, section, "duplex", false, p->err);
    if (!text.n)
        return;
    text = str_word(&edge);
    layout->bound_top = str_is(edge, "top");
    room = layout->bound_top ? layout->height - layout->top - layout->bottom
                             : layout->width - layout->left - layout->right;
    if (!mpt_parse(text, &layout->binding) || !(layout->bound_top || str_is(edge, "left"))) {
        layout->binding = 0;
        err_add(p->err, LAYOUT_SYNTAX, section->at, "binding 要写一个长度和 left 或 top",
                "binding takes a length and left or top");
        err_hint(p->err, "binding = 10mm left");
    } else if (layout->binding < 0 || layout->binding > room - MM(40)) {
        err_add(p->err, LAYOUT_GEOMETRY, section->at, "装订边之外不足 40 毫米",
                "the binding leaves less than 40 mm");
        layout->binding = 0;
    }
    binding_apply(layout);
}

void copies_read(struct parser *p)
{
    struct conf_section *section = conf_first(p->conf, "copies");
    bool any = false;

    for (int i = 0; section && i < COPIES_MOST; i++) {
        const char key[] = {(char)('1' + i), '\0'};

        p->layout->copies[i] = conf_text(p->conf, section, key, STR_NONE, p->err);
        if (p->layout->copies[i].n && i > 0 && !p->layout->copies[i - 1].n)
            err_add(p->err, LAYOUT_SYNTAX, section->at, "联次应从 1 起连续编号",
                    "copies are numbered from 1 on without a gap");
        any = any || p->layout->copies[i].n;
    }
    if (any && !p->copy_shown) {
        err_add(p->err, LAYOUT_REFERENCE, section->at, "没有地方印 {copy}",
                "nothing shows {copy}, so no copy would bear its label");
        err_hint(p->err, "[header] middle = {copy}");
    }
}
