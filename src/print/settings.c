/* settings.c: config/danzheng.ini. */
#include "print/settings.h"

#include "print/sign.h"

static const char file[] = "config/danzheng.ini";

static struct conf_section *find_section(struct conf *conf, const char *name, struct err *err)
{
    struct conf_section *section = conf_first(conf, name);

    if (!section)
        err_add(err, CONF_SECTION, where_file(conf->path, 0, 0), "缺少节 [%s]",
                "section [%s] is missing", name);
    return section;
}

static void read_verify(struct conf *conf, struct settings *out, struct err *err)
{
    struct conf_section *section = find_section(conf, "verify", err);

    if (!section)
        return;
    out->host = conf_text(conf, section, "host", STR_NONE, err);
    if (out->host.n)
        return;
    err_add(err, CONF_KEY, section->at, "缺少键 host", "key host is missing");
    err_hint(err, "host = the name of the machine that answers verifications");
}

static void read_sealer(struct arena *arena, struct conf *conf, struct settings *out,
                        struct err *err)
{
    struct conf_section *sealer = conf_first(conf, "sealer");
    struct str socket;

    if (!sealer)
        return;
    socket = conf_text(conf, sealer, "socket", STR_NONE, err);
    out->sealer = socket.n ? arena_text(arena, socket.p, socket.n) : NULL;
    conf_entry(conf, sealer, "keys"); /* the sealer's own */
    conf_entry(conf, sealer, "log");
}

static long within(struct conf *conf, struct conf_section *section, const char *key,
                   long fallback, const long limits[2], struct err *err)
{
    long value = conf_count(conf, section, key, fallback, err);

    if (value >= limits[0] && value <= limits[1])
        return value;
    err_add(err, CONF_VALUE, conf_entry(conf, section, key)->at, "“%s”应为 %ld 至 %ld",
            "'%s' must be %ld to %ld", key, limits[0], limits[1]);
    return fallback;
}

static void read_serve(struct conf *conf, struct settings *out, struct err *err)
{
    static const char *const sandbox[] = {"optional", "required"};
    struct conf_section *section = find_section(conf, "serve", err);

    if (!section)
        return;
    out->renderers = within(conf, section, "renderers", 0, (long[]){0, 64}, err);
    out->recycle = within(conf, section, "recycle", 1000, (long[]){1, 1000000}, err);
    out->connections = within(conf, section, "connections", 512, (long[]){1, 4096}, err);
    out->user_connections =
        within(conf, section, "user-connections", 256, (long[]){1, 4096}, err);
    out->memory = within(conf, section, "memory", 1024, (long[]){64, 65536}, err);
    out->user_memory = within(conf, section, "user-memory", 256, (long[]){64, 65536}, err);
    out->deadline = within(conf, section, "deadline", 30, (long[]){1, 300}, err);
    out->patience = within(conf, section, "patience", 20, (long[]){1, 300}, err);
    out->first = within(conf, section, "first", 10, (long[]){1, 3600}, err);
    out->frame = within(conf, section, "frame", 30, (long[]){1, 3600}, err);
    out->write = within(conf, section, "write", 30, (long[]){1, 3600}, err);
    out->refusals = within(conf, section, "refusals", 60, (long[]){1, 100000}, err);
    out->canary = within(conf, section, "canary", 20, (long[]){1, 600}, err);
    out->sandbox = conf_choice(conf, section, "sandbox", sandbox, COUNT(sandbox), 1, err) == 1;
}

bool settings_load(struct arena *arena, const char *home, const struct kinds *kinds,
                   struct settings *out, struct err *err)
{
    static const char *const sections[] = {"verify", "sealer", "sign",
                                           "serve",  "role",   REGISTRY_SECTIONS};
    struct settings settings = {0};
    int before = err->faults;
    struct conf *conf;

    if (!conf_read(arena, home, file, &conf, err))
        return false;
    read_verify(conf, &settings, err);
    read_sealer(arena, conf, &settings, err);
    if (!sign_settings(conf, home, &settings.sign, err))
        settings.sign.key = NULL;
    read_serve(conf, &settings, err);
    if (!rights_load(arena, conf, kinds, &settings.rights, err))
        settings.rights.count = 0;
    if (!registry_config(arena, conf, &settings.registry, err))
        settings.registry.check = true;
    (void)conf_done(conf, sections, COUNT(sections), err);
    if (err->faults > before)
        return false;
    *out = settings;
    return true;
}

static bool same_quotas(const struct registry_config *a, const struct registry_config *b)
{
    if (a->duplicates != b->duplicates || a->quota_count != b->quota_count)
        return false;
    for (size_t i = 0; i < a->quota_count; i++) {
        if (!str_eq(a->quotas[i].output, b->quotas[i].output) ||
            a->quotas[i].duplicates != b->quotas[i].duplicates)
            return false;
    }
    return true;
}

size_t settings_fixed(const struct settings *now, const struct settings *next,
                      const char *names[SETTINGS_FIXED])
{
    const struct registry_config *a = &now->registry, *b = &next->registry;
    size_t count = 0;

    if (now->renderers != next->renderers)
        names[count++] = "[serve] renderers";
    if (a->check != b->check)
        names[count++] = "[registry] check";
    if (a->segment_mib != b->segment_mib)
        names[count++] = "[registry] segment-mib";
    if (!same_quotas(a, b))
        names[count++] = "[quota] duplicates";
    return count;
}
