/* layout.c: one file, then all of them. Every fault of a file is added. */
#include "layout/layout.h"

#include "layout/parser.h"

#include <string.h>

static const char *const section_kinds[] = {"layout", "page",   "role",      "text", "grid",
                                            "table",  "fields", "cell",      "qr",   "barcode",
                                            "header", "footer", "watermark", "seal", "copies"};
static const char *const block_kinds[] = {"text", "grid", "table", "fields"};

static struct conf_section *block_section(struct parser *p, struct str name)
{
    for (size_t k = 0; k < COUNT(block_kinds); k++) {
        struct conf_section *section = conf_find(p->conf, block_kinds[k], name);

        if (section)
            return section;
    }
    return NULL;
}

/* flow = heading number form sign */
static void flow_read(struct parser *p, struct conf_section *section)
{
    struct str flow = conf_text(p->conf, section, "flow", STR_NONE, p->err), rest = flow, name;
    struct layout *layout = p->layout;
    size_t most = 1;

    while ((name = str_word(&rest)).n)
        most += 1 + 2 * p->kind->list_count;
    layout->flow = NEW_ARRAY(p->arena, most, struct block);
    while ((name = str_word(&flow)).n) {
        struct conf_section *found = block_section(p, name);

        if (!found) {
            err_add(p->err, LAYOUT_REFERENCE, conf_entry(p->conf, section, "flow")->at,
                    "flow 里的“%.*s”没有对应的段", "flow names '%.*s', but no block has it",
                    STR_ARG(name));
        } else if (str_is(found->kind, "fields")) {
            struct block *blocks;
            size_t n = fields_expand(p, found, &blocks);

            memcpy(layout->flow + layout->flow_count, blocks, n * sizeof *blocks);
            layout->flow_count += n;
        } else if (block_read(p, found, &layout->flow[layout->flow_count])) {
            layout->flow_count++;
        }
    }
}

/* A block that flow does not name would vanish from the paper without a word. */
static void blocks_unnamed(struct parser *p)
{
    const struct layout *layout = p->layout;

    for (size_t k = 0; k < COUNT(block_kinds); k++) {
        for (struct conf_section *s = conf_first(p->conf, block_kinds[k]); s;
             s = conf_next(s)) {
            bool named = false;

            for (size_t i = 0; i < layout->flow_count && !named; i++)
                named = str_eq(layout->flow[i].name, s->name);
            if (!named)
                err_add(p->err, LAYOUT_REFERENCE, s->at, "flow 没有提到“%.*s”",
                        "flow does not name '%.*s'", STR_ARG(s->name));
        }
    }
}

static bool shows(const struct words *words, enum fact fact)
{
    for (size_t i = 0; i < words->count; i++) {
        if (words->pieces[i].type == PIECE_FACT && words->pieces[i].fact == fact)
            return true;
    }
    return false;
}

/* Every paper shows its mark as words, and the code by which it can be verified. */
static void marks_check(struct parser *p)
{
    const struct layout *layout = p->layout;
    const struct furniture *header = &layout->header;
    bool qr = false, barcode = layout->output->formal;
    struct where at = where_file(layout->file, 0, 0);

    for (size_t i = 0; i < layout->slot_count; i++) {
        const struct slot *slot = &layout->slots[i];
        bool always = !slot->when.status_count && !slot->when.field;

        qr = qr || (slot->type == SLOT_QR && shows(&slot->text, FACT_VERIFY_URL) && always);
        barcode = barcode ||
                  (slot->type == SLOT_BARCODE && shows(&slot->text, FACT_NUMBER) && always);
    }
    if (!shows(&header->left.words, FACT_MARK) && !shows(&header->middle.words, FACT_MARK) &&
        !shows(&header->right.words, FACT_MARK)) {
        err_add(p->err, LAYOUT_MARK, at, "页眉没有 {mark}", "the header does not show {mark}");
        err_hint(p->err, "the words of the watermark stand once as text in the [header]");
    }
    if (!qr) {
        err_add(p->err, LAYOUT_MARK, at, "没有核验二维码", "no [qr] shows {verify_url}");
        err_hint(p->err, "include common/verify.ini");
    }
    if (!barcode)
        err_add(p->err, LAYOUT_MARK, at, "核对单没有条形码",
                "a check sheet shows its {number} as [barcode]");
}

static void parse(struct parser *p)
{
    struct conf_section *section = conf_first(p->conf, "layout");
    struct layout *layout = p->layout;
    struct str kind;

    if (!section) {
        err_add(p->err, LAYOUT_SYNTAX, where_file(layout->file, 0, 0), "没有 [layout]",
                "no section [layout]");
        return;
    }
    kind = conf_text(p->conf, section, "for", STR_NONE, p->err);
    layout->title = conf_text(p->conf, section, "title", STR_NONE, p->err);
    layout->note = conf_text(p->conf, section, "note", STR_NONE, p->err);
    if (!str_eq(kind, p->kind->id))
        err_add(p->err, LAYOUT_REFERENCE, section->at, "for 应为“%.*s”", "for must be '%.*s'",
                STR_ARG(p->kind->id));
    if (!layout->title.n || !layout->note.n)
        err_add(p->err, LAYOUT_SYNTAX, section->at, "缺少 title 或 note",
                "title and note are needed: they go into the file's metadata");
    version_read(p, section);
    roles_read(p);
    page_read(p);
    furniture_read(p, "header", &layout->header);
    furniture_read(p, "footer", &layout->footer);
    watermark_read(p);
    slots_read(p);
    flow_read(p, section);
    exceptions_read(p);
    rooms_measure(p);
    stamps_read(p);
    digest_take(p);
    copies_read(p);
    binding_read(p);
    widths_check(p);
    capacities_check(p);
    blocks_unnamed(p);
    marks_check(p);
    conf_done(p->conf, section_kinds, COUNT(section_kinds), p->err);
}

bool layout_load(struct arena *arena, const char *home, const char *path,
                 const struct kind *kind, const struct output *output,
                 const struct layout **out, struct err *err)
{
    struct parser p = {.arena = arena, .home = home, .kind = kind, .err = err};
    int before = err->faults;

    if (!conf_read(arena, home, path, &p.conf, err))
        return false;
    p.layout = NEW(arena, struct layout);
    p.layout->kind = kind;
    p.layout->output = output;
    p.layout->file = arena_text(arena, path, strlen(path));
    parse(&p);
    if (err->faults > before)
        return false;
    *out = p.layout;
    return true;
}
