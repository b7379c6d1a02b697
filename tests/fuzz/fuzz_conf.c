/* fuzz_conf.c: configuration: up to three files, cut at lines of dashes, that may include each
 * other. They are refused with a fault, or every value is a text of one of them at the place
 * that it says; the first of them as config/danzheng.ini is refused, or within its limits. */
#include "home.h"

#include "conf/conf.h"
#include "print/settings.h"

enum { MEMORY = 256 << 20, FILES = 3 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *const names[FILES] = {"config/danzheng.ini", "config/one.ini",
                                         "config/two.ini"};

struct world {
    const char *home;
    const struct kinds *kinds;
    struct arena *arena;
    int files[FILES];
    struct str texts[FILES];
};

static struct world *world_open(void)
{
    struct arena *arena = arena_new(MEMORY, NULL, NULL);
    struct world *world = NEW(arena, struct world);
    struct err err;

    err_init(&err, arena);
    world->home = home_new();
    home_folder(world->home, "config");
    for (int i = 0; i < FILES; i++)
        world->files[i] = home_file(world->home, names[i]);
    require(kinds_load(arena, getenv("DANZHENG_HOME"), &world->kinds, &err));
    world->arena = arena_new(MEMORY, NULL, NULL);
    return world;
}

static void write_files(struct world *world, struct str text)
{
    static const struct str cut = {"\n---\n", 5};

    for (int i = 0; i < FILES; i++) {
        size_t n = 0;

        while (n < text.n && !str_starts((struct str){text.p + n, text.n - n}, cut))
            n++;
        if (i == FILES - 1)
            n = text.n;
        world->texts[i] = (struct str){text.p, n};
        home_write(world->files[i], world->texts[i]);
        n += n < text.n ? cut.n : 0;
        text = (struct str){text.p + n, text.n - n};
    }
}

/* The place lies in its file, and what stands there begins with the text's first byte. */
static void place_check(const struct world *world, struct where at, char first)
{
    int line = 1;

    for (int i = 0; i < FILES; i++) {
        struct str rest = world->texts[i], got = STR_NONE;

        if (strcmp(at.file, names[i]) != 0)
            continue;
        if (str_starts(rest, STR("\xEF\xBB\xBF")))
            rest = (struct str){rest.p + 3, rest.n - 3};
        for (line = 0; line < at.line && rest.n > 0; line++)
            got = str_cut(rest, '\n', &rest);
        require(line == at.line && at.column >= 1 && (size_t)at.column <= got.n);
        require(got.p[at.column - 1] == first);
        return;
    }
    abort();
}

static void values_check(const struct world *world, struct conf *conf)
{
    for (struct conf_section *section = conf->first; section; section = section->next) {
        require(section->kind.n > 0);
        for (struct conf_entry *entry = section->first; entry; entry = entry->next) {
            require(entry->key.n > 0 && !str_is(entry->key, "include"));
            place_check(world, entry->at, entry->key.p[0]);
            for (size_t i = 0; i < entry->count; i++) {
                require(entry->lines[i].text.n > 0);
                place_check(world, entry->lines[i].at, entry->lines[i].text.p[0]);
            }
        }
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct world *world;
    struct settings settings;
    struct conf *conf;
    struct err err;

    if (!world)
        world = world_open();
    write_files(world, (struct str){(const char *)data, size});
    arena_reset(world->arena);
    err_init(&err, world->arena);
    if (conf_read(world->arena, world->home, names[0], &conf, &err)) {
        require(err.faults == 0);
        values_check(world, conf);
    } else {
        require(err.faults > 0);
    }
    err_init(&err, world->arena);
    if (settings_load(world->arena, world->home, world->kinds, &settings, &err)) {
        require(err.faults == 0 && settings.host.n > 0);
        require(settings.connections >= 1 && settings.deadline >= 1 && settings.recycle >= 1);
    } else {
        require(err.faults > 0);
    }
    return 0;
}
