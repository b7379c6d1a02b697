/* look.c: roles, the sheet, header and footer, watermark, slots: what is not in the flow. */
#include "layout/parser.h"

#include <string.h>

/* "#333333" */
static bool colour_parse(struct str text, uint32_t *out)
{
    uint32_t rgb = 0;

    if (text.n != 7 || text.p[0] != '#')
        return false;
    for (size_t i = 1; i < 7; i++) {
        const char *digits = "0123456789abcdef", *found;
        char c = text.p[i];

        c = (char)(c >= 'A' && c <= 'F' ? c + ('a' - 'A') : c);
        found = strchr(digits, c);
        if (!found)
            return false;
        rgb = rgb << 4 | (uint32_t)(found - digits);
    }
    *out = rgb;
    return true;
}

int align_key(struct parser *p, struct conf_section *section, const char *key, int fallback)
{
    static const char *const words[] = {"left", "center", "right", "justify", "spread"};

    return conf_choice(p->conf, section, key, words, COUNT(words), fallback, p->err);
}

static void role_read(struct parser *p, struct conf_section *section, struct role *role)
{
    static const char *const marks[] = {"full", "kaiming", "none"};
    struct str colour = conf_text(p->conf, section, "colour", STR("#000000"), p->err);

    role->name = section->name;
    role->at = section->at;
    role->chain = conf_text(p->conf, section, "chain", STR_NONE, p->err);
    role->size = conf_length(p->conf, section, "size", 0, p->err);
    role->leading = conf_length(p->conf, section, "line", 0, p->err);
    role->align = align_key(p, section, "align", 0);
    role->marks = conf_choice(p->conf, section, "marks", marks, COUNT(marks), 0, p->err);
    role->gap = conf_yes(p->conf, section, "gap", true, p->err);
    role->balance = conf_yes(p->conf, section, "balance", false, p->err);
    if (!role->chain.n)
        err_add(p->err, LAYOUT_SYNTAX, section->at, "样式“%.*s”没有 chain",
                "role '%.*s' has no chain", STR_ARG(role->name));
    if (role->size < PT(4) || role->size > PT(200) || role->leading < role->size) {
        err_add(p->err, LAYOUT_GEOMETRY, section->at, "样式“%.*s”的字号或行距不对",
                "size or line of role '%.*s' is out of range", STR_ARG(role->name));
        err_hint(p->err, "size is 4pt to 200pt, line at least the size");
        role->size = role->leading = PT(10);
    }
    if (!colour_parse(colour, &role->rgb))
        err_add(p->err, LAYOUT_SYNTAX, section->at, "“%.*s”不是颜色", "'%.*s' is not a colour",
                STR_ARG(colour));
}

void roles_read(struct parser *p)
{
    struct layout *layout = p->layout;
    size_t count = 0, i = 0;

    for (struct conf_section *s = conf_first(p->conf, "role"); s; s = conf_next(s))
        count++;
    layout->roles = NEW_ARRAY(p->arena, count + 1, struct role);
    layout->role_count = count;
    for (struct conf_section *s = conf_first(p->conf, "role"); s; s = conf_next(s))
        role_read(p, s, &layout->roles[i++]);
    /* what stands in for a role that is missing, so that reading can go on */
    layout->roles[count] =
        (struct role){.chain = STR("song"), .size = PT(10), .leading = PT(12)};
}

const struct role *role_find(struct parser *p, struct str name, struct where at)
{
    const struct layout *layout = p->layout;
    struct str *names = NEW_ARRAY(p->arena, layout->role_count, struct str), near;

    for (size_t i = 0; i < layout->role_count; i++) {
        if (str_eq(layout->roles[i].name, name))
            return &layout->roles[i];
        names[i] = layout->roles[i].name;
    }
    near = str_nearest(name, names, layout->role_count);
    err_add(p->err, LAYOUT_REFERENCE, at, "没有样式“%.*s”", "no role '%.*s'", STR_ARG(name));
    if (near.n)
        err_hint(p->err, "did you mean '%.*s'?", STR_ARG(near));
    return &layout->roles[layout->role_count];
}

const struct role *role_key(struct parser *p, struct conf_section *section, const char *key,
                            const char *fallback)
{
    struct str name = conf_text(p->conf, section, key, str_from(fallback), p->err);
    struct conf_entry *entry = conf_entry(p->conf, section, key);

    return role_find(p, name, entry ? entry->at : section->at);
}

struct condition condition_read(struct parser *p, struct conf_section *section)
{
    struct conf_entry *entry = conf_entry(p->conf, section, "when");
    struct condition when = {.at = section->at};
    struct str rest = conf_text(p->conf, section, "when", STR_NONE, p->err), first;
    struct str *statuses;
    const struct field *field;

    if (!rest.n)
        return when;
    when.at = entry->lines[0].at;
    statuses = NEW_ARRAY(p->arena, rest.n / 2 + 1, struct str);
    when.statuses = statuses;
    first = str_word(&rest);
    field = kind_field(p->kind, first);
    if (field) {
        when.field = field;
        when.value = rest;
        return when;
    }
    for (; first.n; first = str_word(&rest))
        statuses[when.status_count++] = first;
    return when;
}

void stack_read(struct parser *p, struct conf_section *section, const char *key,
                const struct role *role, struct scope scope, struct stack *out)
{
    struct conf_entry *entry = conf_entry(p->conf, section, key);

    out->count = entry ? entry->count : 0;
    out->paras = NEW_ARRAY(p->arena, out->count, struct para);
    for (size_t i = 0; i < out->count; i++) {
        struct para *para = &out->paras[i];
        struct str text = entry->lines[i].text;

        para->role = role;
        para->align = role->align;
        if (str_is(text, "\\n"))
            text = STR_NONE;
        words_compile(p, text, entry->lines[i].at, scope, &para->words);
    }
}

static void margin_read(struct parser *p, struct conf_section *section)
{
    struct layout *layout = p->layout;
    mpt *sides[] = {&layout->top, &layout->right, &layout->bottom, &layout->left};
    struct conf_entry *entry = conf_entry(p->conf, section, "margin");
    struct str rest = entry && entry->count == 1 ? entry->lines[0].text : STR_NONE;

    for (size_t i = 0; i < COUNT(sides); i++) {
        struct str word = str_word(&rest);

        if (!mpt_parse(word, sides[i])) {
            err_add(p->err, LAYOUT_GEOMETRY, entry ? entry->at : section->at,
                    "页边距要写四个长度", "margin takes four lengths: top right bottom left");
            err_hint(p->err, "margin = 20mm 18mm 36mm 18mm");
            return;
        }
    }
}

void page_read(struct parser *p)
{
    static const char *const papers[] = {"a4", "a5", "a3"};
    static const mpt sizes[][2] = {{MM(210), MM(297)}, {MM(148), MM(210)}, {MM(297), MM(420)}};
    struct conf_section *section = conf_first(p->conf, "page");
    struct layout *layout = p->layout;
    int paper;

    if (!section) {
        err_add(p->err, LAYOUT_SYNTAX, where_file(layout->file, 0, 0), "没有 [page]",
                "no section [page]");
        return;
    }
    paper = conf_choice(p->conf, section, "paper", papers, COUNT(papers), 0, p->err);
    layout->width = sizes[paper][0];
    layout->height = sizes[paper][1];
    if (conf_yes(p->conf, section, "turn", false, p->err)) {
        layout->width = sizes[paper][1];
        layout->height = sizes[paper][0];
    }
    margin_read(p, section);
    layout->padding = conf_length(p->conf, section, "padding", MM(1.6), p->err);
    layout->hair = conf_length(p->conf, section, "hair", PT(0.5), p->err);
    if (layout->left + layout->right > layout->width - MM(40) ||
        layout->top + layout->bottom > layout->height - MM(40))
        err_add(p->err, LAYOUT_GEOMETRY, section->at, "页边距之间不足 40 毫米",
                "the margins leave less than 40 mm");
}

static void part_read(struct parser *p, struct conf_section *section, const char *key,
                      const struct role *role, int align, struct para *out)
{
    struct conf_entry *entry = conf_entry(p->conf, section, key);
    struct str text = conf_text(p->conf, section, key, STR_NONE, p->err);

    out->role = role;
    out->align = align;
    if (text.n)
        words_compile(p, text, entry->lines[0].at, (struct scope){.page = true}, &out->words);
}

void furniture_read(struct parser *p, const char *kind, struct furniture *out)
{
    struct conf_section *section = conf_first(p->conf, kind);
    const struct role *role;

    if (!section)
        return;
    role = role_key(p, section, "role", "small");
    out->present = true;
    out->at = conf_length(p->conf, section, "at", MM(10), p->err);
    part_read(p, section, "left", role, 0, &out->left);
    part_read(p, section, "middle", role, 1, &out->middle);
    part_read(p, section, "right", role, 2, &out->right);
}

void watermark_read(struct parser *p)
{
    struct conf_section *section = conf_first(p->conf, "watermark");
    struct layout *layout = p->layout;

    if (!section) {
        err_add(p->err, LAYOUT_MARK, where_file(layout->file, 0, 0), "没有 [watermark]",
                "no section [watermark]");
        err_hint(p->err, "every paper shows its mark: include common/roles.ini");
        return;
    }
    layout->watermark.role = role_key(p, section, "role", "mark");
    layout->watermark.angle = (int)conf_count(p->conf, section, "angle", 45, p->err);
}

bool corner_parse(struct str text, enum corner *corner, mpt *dx, mpt *dy)
{
    static const char *const corners[] = {"top-left", "top-right", "bottom-left",
                                          "bottom-right"};
    struct str word = str_word(&text), across = str_word(&text), down = str_word(&text);

    for (size_t i = 0; i < COUNT(corners); i++) {
        if (str_is(word, corners[i]) && mpt_parse(across, dx) && mpt_parse(down, dy) &&
            !text.n) {
            *corner = (enum corner)i;
            return true;
        }
    }
    return false;
}

/* at = bottom-right 20mm 10mm */
static void slot_place(struct parser *p, struct conf_section *section, struct slot *slot)
{
    struct str at = conf_text(p->conf, section, "at", STR_NONE, p->err);

    if (corner_parse(at, &slot->corner, &slot->dx, &slot->dy))
        return;
    err_add(p->err, LAYOUT_GEOMETRY, section->at, "at 要写一个角和到两边的距离",
            "at takes a corner and two distances");
    err_hint(p->err, "at = bottom-right 20mm 10mm");
}

static void slot_read(struct parser *p, struct conf_section *section, enum slot_type type,
                      struct slot *slot)
{
    static const char *const levels[] = {"L", "M", "Q", "H"};
    struct conf_entry *entry = conf_entry(p->conf, section, "text");
    struct str text = conf_text(p->conf, section, "text", STR_NONE, p->err);
    const struct role *role = role_key(p, section, "role", "small");

    slot->type = type;
    slot->at = section->at;
    slot_place(p, section, slot);
    slot->width = conf_length(p->conf, section, "width", MM(24), p->err);
    slot->height =
        type == SLOT_QR ? slot->width : conf_length(p->conf, section, "height", MM(9), p->err);
    if (type == SLOT_QR)
        slot->level = conf_choice(p->conf, section, "level", levels, COUNT(levels), 1, p->err);
    slot->when = condition_read(p, section);
    slot->first = conf_yes(p->conf, section, "first", false, p->err);
    stack_read(p, section, "caption", role, (struct scope){.page = true}, &slot->caption);
    if (text.n)
        words_compile(p, text, entry->lines[0].at, (struct scope){0}, &slot->text);
    else
        err_add(p->err, LAYOUT_SYNTAX, section->at, "没有 text", "a slot needs its text");
}

void slots_read(struct parser *p)
{
    static const char *const kinds[] = {"qr", "barcode"};
    struct layout *layout = p->layout;
    size_t count = 0;

    for (size_t k = 0; k < COUNT(kinds); k++) {
        for (struct conf_section *s = conf_first(p->conf, kinds[k]); s; s = conf_next(s))
            count++;
    }
    layout->slots = NEW_ARRAY(p->arena, count, struct slot);
    for (size_t k = 0; k < COUNT(kinds); k++) {
        for (struct conf_section *s = conf_first(p->conf, kinds[k]); s; s = conf_next(s))
            slot_read(p, s, (enum slot_type)k, &layout->slots[layout->slot_count++]);
    }
}
