/* service.c: everything that is loaded once. Modules check their own files; here is checked
 * what lies between two of them: the statuses and font chains that layouts name. */
#include "print/print.h"

#include <dirent.h>
#include <string.h>

enum { SHEET_MOST = 64 << 20 };

static void check_statuses(const struct service *service, const struct kind *kind,
                           const struct condition *when, struct where at, struct err *err)
{
    for (size_t i = 0; i < when->status_count; i++) {
        struct str code = when->statuses[i], names[64], near;
        size_t count = 0, n = 0;
        const struct status *all = rules_statuses(service->rules, kind, &count);
        bool found = false;

        for (size_t k = 0; k < count; k++) {
            found = found || str_eq(all[k].code, code);
            if (n < COUNT(names))
                names[n++] = all[k].code;
        }
        if (found)
            continue;
        err_add(err, LAYOUT_REFERENCE, at, "“%.*s”没有状态“%.*s”",
                "kind %.*s has no status '%.*s'", STR_ARG(kind->id), STR_ARG(code));
        near = str_nearest(code, names, n);
        if (near.n)
            err_hint(err, "did you mean '%.*s'?", STR_ARG(near));
    }
}

static void check_chains(const struct service *service, const struct layout *layout,
                         struct err *err)
{
    for (size_t i = 0; i < layout->role_count; i++) {
        const struct role *role = &layout->roles[i];

        if (fonts_chain(service->fonts, role->chain) >= 0)
            continue;
        err_add(err, LAYOUT_REFERENCE, role->at, "没有字体链“%.*s”", "no font chain '%.*s'",
                STR_ARG(role->chain));
        err_hint(err, "chains are declared in fonts/fonts.ini");
    }
}

void service_check(const struct service *service, const struct layout *layout, struct err *err)
{
    for (size_t i = 0; i < layout->flow_count; i++)
        check_statuses(service, layout->kind, &layout->flow[i].when, layout->flow[i].at, err);
    for (size_t i = 0; i < layout->slot_count; i++)
        check_statuses(service, layout->kind, &layout->slots[i].when, layout->slots[i].at, err);
    for (size_t i = 0; i < layout->stamp_count; i++)
        check_statuses(service, layout->kind, &layout->stamps[i].when, layout->stamps[i].at,
                       err);
    check_chains(service, layout, err);
}

static void check_layouts(const struct service *service, struct err *err)
{
    for (size_t k = 0; k < service->kinds->count; k++) {
        const struct kind *kind = &service->kinds->all[k];

        for (size_t o = 0; o < kind->output_count; o++) {
            size_t count;
            const struct layout *const *versions =
                layouts_versions(service->layouts, kind, &kind->outputs[o], &count);

            for (size_t i = 0; i < count; i++)
                service_check(service, versions[i], err);
        }
    }
}

/* Rules or layouts whose kind is not there: a kind's file was lost, and its records would be
 * refused as unknown. */
static void check_orphans(struct arena *arena, const struct service *service,
                          const char *folder, const char *ending, struct err *err)
{
    DIR *open = opendir(arena_printf(arena, "%s/%s", service->home, folder));
    const struct dirent *entry;

    while (open && (entry = readdir(open))) {
        struct str name = str_from(entry->d_name);

        if (str_is(name, "common") || !str_ends(name, str_from(ending)))
            continue;
        name.n -= strlen(ending);
        if (memchr(name.p, '.', name.n) || kinds_find(service->kinds, name))
            continue;
        name = str_copy(arena, name);
        err_add(err, CONF_MISSING,
                where_file(arena_printf(arena, "config/kinds/%s.ini", name.p), 0, 0),
                "缺少单证种类“%s”的声明，而 %s 中有它的文件",
                "kind '%s' is not declared, but %s has a file for it", name.p, folder);
        err_hint(err, "restore the kind's file, or remove what is left of it");
    }
    if (open)
        closedir(open);
}

bool service_fonts(struct service *service, struct err *err)
{
    struct fonts *fonts;

    pdf_tools_close(service->pdf);
    service->fonts = NULL;
    service->text = NULL;
    service->pdf = NULL;
    arena_reset(service->faces);
    if (!fonts_open(service->faces, service->home, &fonts, err))
        return false;
    service->text = text_open(fonts);
    service->pdf = pdf_tools_open(service->faces);
    if (!service->text || !service->pdf)
        return err_add(err, MEMORY_LIMIT, where_none(), "所需内存不足", "memory is short");
    service->fonts = fonts;
    return true;
}

bool service_open(struct arena *arena, const char *home, struct service *out, struct err *err)
{
    struct service service = {.home = home};
    int before = err->faults;
    bool kinds;

    kinds = kinds_load(arena, home, &service.kinds, err);
    if (kinds && !rules_load(arena, home, service.kinds, &service.rules, err))
        service.rules = NULL;
    if (kinds && !layouts_load(arena, home, service.kinds, &service.layouts, err))
        service.layouts = NULL;
    service.faces = arena_like(arena);
    if (!service_fonts(&service, err))
        service.fonts = NULL;
    if (kinds) {
        check_orphans(arena, &service, "config/rules", ".ini", err);
        check_orphans(arena, &service, "layouts", "", err);
    }
    if (service.rules && service.layouts && service.fonts)
        check_layouts(&service, err);
    if (kinds && !settings_load(arena, home, service.kinds, &service.settings, err))
        service.settings.host = STR_NONE;
    if (!keys_load(arena, home, &service.keys, err) ||
        !issuer_open(service.keys, service.settings.sealer, &service.issuer, err))
        service.issuer = NULL;
    service.sheet = arena_limited(arena, SHEET_MOST);
    *out = service;
    return err->faults == before;
}

bool service_trust(struct service *service, struct arena *arena, struct err *err)
{
    const char *path = service->settings.sign.trust;

    return !path || cms_trust_open(arena, path, &service->trust, err);
}

void service_close(struct service *service)
{
    cms_trust_close(service->trust);
    pdf_tools_close(service->pdf);
    issuer_close(service->issuer);
    if (service->text)
        text_close(service->text);
    if (service->fonts)
        fonts_close(service->fonts);
    arena_free(service->sheet);
}
