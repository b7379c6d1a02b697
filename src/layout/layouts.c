/* layouts.c: all layouts of a checkout: one file for each output, no file without an output. */
#include "layout/layout.h"

#include <dirent.h>

struct layouts {
    const struct layout **all;
    size_t count;
};

/* "goods_list.ini" → its output of this kind, or NULL. */
static const struct output *file_output(const struct kind *kind, struct str file)
{
    struct str suffix = STR(".ini");

    if (!str_ends(file, suffix))
        return NULL;
    return kind_output(kind, (struct str){file.p, file.n - suffix.n});
}

/* Files that no output asks for: most likely a misspelt name. */
static void strays_find(struct arena *arena, const char *home, const struct kind *kind,
                        struct err *err)
{
    char *folder = arena_printf(arena, "%s/layouts/%.*s", home, STR_ARG(kind->id));
    DIR *dir = opendir(folder);
    struct dirent *entry;

    if (!dir)
        return;
    while ((entry = readdir(dir))) {
        struct str name = str_from(entry->d_name);

        if (name.p[0] == '.' || file_output(kind, name))
            continue;
        err_add(
            err, LAYOUT_REFERENCE,
            where_file(arena_printf(arena, "layouts/%.*s/%s", STR_ARG(kind->id), entry->d_name),
                       0, 0),
            "没有哪种单证用到这个文件", "no output asks for this file");
        err_hint(err, "outputs are declared in config/kinds/%.*s.ini", STR_ARG(kind->id));
    }
    closedir(dir);
}

bool layouts_load(struct arena *arena, const char *home, const struct kinds *kinds,
                  const struct layouts **out, struct err *err)
{
    struct layouts *layouts = NEW(arena, struct layouts);
    int before = err->faults;
    size_t most = 0;

    for (size_t k = 0; k < kinds->count; k++)
        most += kinds->all[k].output_count;
    layouts->all = NEW_ARRAY(arena, most, const struct layout *);
    for (size_t k = 0; k < kinds->count; k++) {
        const struct kind *kind = &kinds->all[k];

        strays_find(arena, home, kind, err);
        for (size_t o = 0; o < kind->output_count; o++) {
            const struct output *output = &kind->outputs[o];
            char *path = arena_printf(arena, "layouts/%.*s/%.*s.ini", STR_ARG(kind->id),
                                      STR_ARG(output->id));

            if (layout_load(arena, home, path, kind, output, &layouts->all[layouts->count],
                            err))
                layouts->count++;
        }
    }
    if (err->faults > before)
        return false;
    *out = layouts;
    return true;
}

const struct layout *layout_pick(const struct layouts *layouts, const struct kind *kind,
                                 const struct output *output)
{
    for (size_t i = 0; i < layouts->count; i++) {
        if (layouts->all[i]->kind == kind && layouts->all[i]->output == output)
            return layouts->all[i];
    }
    return NULL;
}
