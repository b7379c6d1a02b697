/* layouts.c: all layouts of a checkout: the versions of each output, no file without an output.
 *
 * `all` is in the order of kinds, their outputs, and versions. */
#include "layout/layout.h"

#include "layout/parser.h"

#include <dirent.h>

enum { VERSIONS_MOST = 100 };

struct layouts {
    const struct layout **all;
    size_t count;
};

/* "goods_list.ini", "goods_list@2.ini" → the output of this kind and the version; version 0: no
 * output has this name. */
static const struct output *name_read(const struct kind *kind, struct str file, long *version)
{
    struct str suffix = STR(".ini"), number;
    const struct output *output;
    bool numbered;

    *version = 0;
    if (!str_ends(file, suffix))
        return NULL;
    file.n -= suffix.n;
    output = kind_output(kind, str_cut(file, '@', &number));
    numbered = output && file.n > output->id.n;
    if (output && !numbered)
        *version = 1;
    else if (!numbered || !str_number(number, version) || number.p[0] == '0' || *version < 2)
        *version = 0;
    return output;
}

/* Files that no output asks for: most likely a misspelt name. */
static void stray(struct arena *arena, const struct kind *kind, const char *name,
                  struct err *err)
{
    err_add(err, LAYOUT_REFERENCE,
            where_file(arena_printf(arena, "layouts/%.*s/%s", STR_ARG(kind->id), name), 0, 0),
            "没有哪种单证用到这个文件", "no output asks for this file");
    err_hint(err,
             "a layout is OUTPUT.ini, later versions are OUTPUT@2.ini and so on; outputs "
             "are declared in config/kinds/%.*s.ini",
             STR_ARG(kind->id));
}

/* Which versions of which outputs the kind's folder has: found[output × VERSIONS_MOST +
 * version]. The folder's own order is nobody's. */
static void folder_read(struct arena *arena, const char *home, const struct kind *kind,
                        bool *found, struct err *err)
{
    DIR *dir = opendir(arena_printf(arena, "%s/layouts/%.*s", home, STR_ARG(kind->id)));
    struct dirent *entry;

    while (dir && (entry = readdir(dir))) {
        const struct output *output;
        long version;

        if (entry->d_name[0] == '.')
            continue;
        output = name_read(kind, str_from(entry->d_name), &version);
        if (output && version > 0 && version < VERSIONS_MOST)
            found[(output - kind->outputs) * VERSIONS_MOST + version] = true;
        else
            stray(arena, kind, entry->d_name, err);
    }
    if (dir)
        closedir(dir);
}

static bool version_load(struct arena *arena, const char *home, const struct kind *kind,
                         const struct output *output, long version, const struct layout **out,
                         struct err *err)
{
    const char *path = version == 1
                           ? arena_printf(arena, "layouts/%.*s/%.*s.ini", STR_ARG(kind->id),
                                          STR_ARG(output->id))
                           : arena_printf(arena, "layouts/%.*s/%.*s@%ld.ini", STR_ARG(kind->id),
                                          STR_ARG(output->id), version);
    const struct effect *effect;

    if (!layout_load(arena, home, path, kind, output, out, err))
        return false;
    effect = &(*out)->effect;
    if (effect->version == version)
        return true;
    err_add(err, LAYOUT_DATE, effect->at,
            effect->version ? "文件名表明是第 %ld 版，version 却是 %ld" : "缺少 version = %ld",
            effect->version ? "by its name this is version %ld, by its version %ld"
                            : "'version = %ld' is missing",
            version, effect->version);
    err_hint(err, "version 1 stands in OUTPUT.ini, version 2 in OUTPUT@2.ini");
    return false;
}

/* Version 1 is asked for even when it is not there, so that its absence is told. */
static void kind_load(struct arena *arena, const char *home, const struct kind *kind,
                      struct layouts *layouts, const struct layout **all, struct err *err)
{
    bool *found = NEW_ARRAY(arena, kind->output_count * VERSIONS_MOST, bool);

    folder_read(arena, home, kind, found, err);
    for (size_t o = 0; o < kind->output_count; o++) {
        size_t first = layouts->count;

        found[o * VERSIONS_MOST + 1] = true;
        for (long v = 1; v < VERSIONS_MOST; v++) {
            if (found[o * VERSIONS_MOST + (size_t)v] &&
                version_load(arena, home, kind, &kind->outputs[o], v, &all[layouts->count],
                             err))
                layouts->count++;
        }
        versions_check(all + first, layouts->count - first, err);
    }
}

bool layouts_load(struct arena *arena, const char *home, const struct kinds *kinds,
                  const struct layouts **out, struct err *err)
{
    struct layouts *layouts = NEW(arena, struct layouts);
    int before = err->faults;
    size_t most = 0;

    for (size_t k = 0; k < kinds->count; k++)
        most += kinds->all[k].output_count * VERSIONS_MOST;
    layouts->all = NEW_ARRAY(arena, most, const struct layout *);
    for (size_t k = 0; k < kinds->count; k++)
        kind_load(arena, home, &kinds->all[k], layouts, layouts->all, err);
    if (err->faults > before)
        return false;
    *out = layouts;
    return true;
}

const struct layout *const *layouts_versions(const struct layouts *layouts,
                                             const struct kind *kind,
                                             const struct output *output, size_t *count)
{
    size_t first = 0, n = 0;

    while (first < layouts->count &&
           (layouts->all[first]->kind != kind || layouts->all[first]->output != output))
        first++;
    while (first + n < layouts->count && layouts->all[first + n]->kind == kind &&
           layouts->all[first + n]->output == output)
        n++;
    *count = n;
    return layouts->all + first;
}
