/* draft.c: finding, loading and drawing a layout that may be faulty. */
#include "app/draft.h"

#include "conf/conf.h"
#include "deliver/deliver.h"
#include "svg/svg.h"
#include "typeset/typeset.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { PATH_MOST = 4096, WISHES_MOST = 16 };

static bool is_file(const char *path)
{
    return access(path, R_OK) == 0;
}

/* The part behind the last '/', which is cut off. */
static struct str last_part(struct str *path)
{
    size_t n = path->n;
    struct str part;

    while (n && path->p[n - 1] != '/')
        n--;
    part = (struct str){path->p + n, path->n - n};
    path->n = n ? n - 1 : 0;
    return part;
}

bool draft_find(struct app *app, const char *word, struct draft_file *out, struct err *err)
{
    struct arena *arena = app->arena;
    const char *tried[] = {word, arena_printf(arena, "%s/%s", app->home, word),
                           arena_printf(arena, "%s/layouts/%s.ini", app->home, word)};
    char here[PATH_MOST];
    const char *found = NULL;
    struct str home, file, kind, rest;

    for (size_t i = 0; i < COUNT(tried) && !found; i++)
        found = is_file(tried[i]) && !str_ends(str_from(tried[i]), STR("/")) ? tried[i] : NULL;
    if (!found) {
        err_add(err, CONF_MISSING, where_file(word, 0, 0), "没有这个版式文件",
                "there is no such layout");
        return err_hint(err, "for example exhibition_filing/goods_list, or a path"), false;
    }
    if (found[0] != '/' && getcwd(here, sizeof here))
        found = arena_printf(arena, "%s/%s", here, found);
    home = str_from(found);
    file = last_part(&home);
    kind = last_part(&home);
    if (!str_is(last_part(&home), "layouts") || !str_ends(file, STR(".ini"))) {
        err_add(err, USAGE, where_file(word, 0, 0), "版式文件应为 layouts/种类/打印件.ini",
                "a layout is a file layouts/KIND/OUTPUT.ini");
        return err_hint(err, "includes are found from there"), false;
    }
    *out = (struct draft_file){
        .home = arena_printf(arena, "%.*s/", STR_ARG(home)),
        .path = arena_printf(arena, "layouts/%.*s/%.*s", STR_ARG(kind), STR_ARG(file)),
        .kind = kind,
    };
    file.n -= strlen(".ini");
    out->output = str_cut(file, '@', &rest);
    return true;
}

bool draft_open(struct app *app, struct service *out, struct err *err)
{
    *out = (struct service){.home = app->home};
    out->settings.host = STR("verify.example.invalid");
    out->faces = arena_like(app->arena);
    return service_fonts(out, err);
}

bool draft_load(struct app *app, struct arena *arena, struct service *service, struct err *err)
{
    return kinds_load(arena, app->home, &service->kinds, err) &&
           rules_load(arena, app->home, service->kinds, &service->rules, err);
}

bool draft_layout(const struct service *service, struct arena *arena,
                  const struct draft_file *file, struct draft *draft, struct err *err)
{
    const struct kind *kind = kinds_find(service->kinds, file->kind);
    const struct output *output = kind ? kind_output(kind, file->output) : NULL;
    int before = err->faults;

    if (!output) {
        err_add(err, OUTPUT_UNKNOWN, where_file(file->path, 0, 0),
                "没有单证种类“%.*s”，或它没有打印件“%.*s”",
                "there is no kind '%.*s', or it has no output '%.*s'", STR_ARG(file->kind),
                STR_ARG(file->output));
        return err_hint(err, "the folder is the kind, the name before '@' the output"), false;
    }
    draft->output = output;
    if (!layout_load(arena, file->home, file->path, kind, output, &draft->layout, err))
        return false;
    service_check(service, draft->layout, err);
    return err->faults == before;
}

/* The last in the file's order: the furthest along. */
static struct str status_for(const struct service *service, struct arena *arena,
                             const struct kind *kind, const struct output *output)
{
    size_t count = 0;
    const struct status *all = rules_statuses(service->rules, kind, &count);
    struct str found = count ? all[0].code : STR_NONE;

    for (size_t i = 0; i < count; i++) {
        const struct rules_ask ask = {kind, all[i].code, output, true, true};

        if (rules_decide(service->rules, arena, &ask).allowed)
            found = all[i].code;
    }
    return found;
}

/* The values that the layout's conditions compare this field with, each once. */
static size_t values_of(const struct layout *layout, const struct field *field,
                        struct str *values)
{
    size_t count = 0;

    for (size_t i = 0; i < layout->flow_count && count < WISHES_MOST; i++) {
        const struct condition *when = &layout->flow[i].when;
        bool known = when->field != field;

        for (size_t k = 0; k < count; k++)
            known = known || str_eq(values[k], when->value);
        if (!known)
            values[count++] = when->value;
    }
    return count;
}

/* For each field that conditions ask about, the value whose turn it is. */
static size_t wishes_of(struct draft *draft, struct boundary_wish *wishes)
{
    const struct layout *layout = draft->layout;
    size_t count = 0;

    draft->variants = 1;
    for (size_t i = 0; layout && i < layout->flow_count && count < WISHES_MOST; i++) {
        const struct field *field = layout->flow[i].when.field;
        bool known = !field;
        struct str values[WISHES_MOST];
        size_t n;

        for (size_t k = 0; k < count; k++)
            known = known || wishes[k].field == field;
        if (known)
            continue;
        n = values_of(layout, field, values);
        wishes[count++] = (struct boundary_wish){field, values[draft->variant % n]};
        draft->variants = n > draft->variants ? n : draft->variants;
    }
    return count;
}

static bool record_read(const struct service *service, struct arena *arena, const char *path,
                        struct draft *draft, const struct kind *kind, struct err *err)
{
    struct str json;

    if (!deliver_read(arena, path, RECORD_BYTES_MOST, &json, err) ||
        !record_parse(arena, service->kinds, path, json, &draft->record, err))
        return false;
    if (draft->record->kind == kind)
        return true;
    return err_add(err, KIND_UNKNOWN, where_pointer(STR("/kind")),
                   "记录是“%.*s”，版式是“%.*s”的",
                   "the record is of kind '%.*s', the layout of '%.*s'",
                   STR_ARG(draft->record->kind->id), STR_ARG(kind->id));
}

bool draft_record(const struct service *service, struct arena *arena,
                  const struct draft_file *file, const char *path, enum boundary boundary,
                  struct draft *draft, struct err *err)
{
    const struct kind *kind = kinds_find(service->kinds, file->kind);
    struct boundary_wish wishes[WISHES_MOST];
    struct str status, json;
    size_t count;

    if (path)
        return record_read(service, arena, path, draft, kind, err);
    count = wishes_of(draft, wishes);
    status = status_for(service, arena, kind, draft->output);
    json = boundary_json(arena, kind, boundary, status, wishes, count);
    return record_parse(arena, service->kinds, boundary_name(boundary), json, &draft->record,
                        err);
}

bool draft_pages(const struct service *service, struct arena *arena, struct draft *draft,
                 struct err *err)
{
    const struct record *record = draft->record;
    const struct status *status = rules_status(service->rules, record->kind, record->status);
    const struct typeset_facts facts = {
        .status_name = status && status->name_count ? status->names[0] : record->status,
        .status_code = status ? status->code : record->status,
        .verify_url =
            str_printf(arena, "https://%.*s/c/%.*s/AAAAAAAAAAAAAAAA",
                       STR_ARG(service->settings.host), STR_ARG(record_number(record))),
        .verify_code = STR("AAAA-AAAA-AAAA-AAAA"),
        .mark = STR("版式预览"),
    };
    struct typeset *plan;

    if (!typeset_plan(arena, draft->layout, record, service->fonts, service->text, &facts,
                      &plan, err))
        return false;
    draft->count = typeset_pages(plan);
    draft->pages = NEW_ARRAY(arena, draft->count, struct page);
    for (size_t i = 0; i < draft->count; i++)
        typeset_page(plan, i, arena, &draft->pages[i]);
    return true;
}

void draft_sheet(struct svg *svg, const struct draft *draft, size_t index, const bool *marked,
                 struct buf *out)
{
    buf_printf(out,
               "<figure class=\"sheet\" tabindex=\"0\" aria-label=\"第 %zu 页，共 %zu 页\">",
               index + 1, draft->count);
    svg_page(svg, &draft->pages[index], marked, out);
    buf_text(out, "</figure>\n");
}

void draft_json(struct buf *out, struct arena *arena, const struct draft_state *state)
{
    buf_printf(out, "{\"serial\":%ld,\"good\":%ld,\"title\":", state->serial, state->good);
    buf_json(out, str_from(state->title));
    buf_text(out, ",\"layout\":");
    buf_json(out, str_from(state->layout));
    buf_text(out, ",\"record\":");
    buf_json(out, str_from(state->record));
    if (state->differ >= 0)
        buf_printf(out, ",\"differ\":%ld", state->differ);
    buf_printf(out, ",\"pages\":%zu,\"ms\":%.1f,\"grid\":%s,\"faults\":", state->pages,
               state->ms, state->grid ? "true" : "false");
    err_json(out, arena, state->err);
    buf_byte(out, '}');
}

bool draft_template(struct app *app, struct str *out, struct err *err)
{
    return conf_file(app->arena, app->home, "config/preview.html", out, err);
}

/* The state stands in a script element, which any '<' might end. */
static void put_state(struct buf *out, struct str state)
{
    for (size_t i = 0; i < state.n; i++) {
        if (state.p[i] == '<')
            buf_text(out, "\\u003c");
        else
            buf_byte(out, state.p[i]);
    }
}

void draft_html(struct str html, struct str state, struct str pages, struct buf *out)
{
    const struct str state_here = STR("<!--state-->"), pages_here = STR("<!--pages-->");

    for (size_t i = 0; i < html.n;) {
        struct str rest = {html.p + i, html.n - i};

        if (str_starts(rest, state_here)) {
            put_state(out, state);
            i += state_here.n;
        } else if (str_starts(rest, pages_here)) {
            buf_str(out, pages);
            i += pages_here.n;
        } else {
            buf_byte(out, html.p[i++]);
        }
    }
}
