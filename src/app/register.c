/* register.c: batches of the registry, opened when the first step needs one. */
#include "app/register.h"

#include "base/time.h"
#include "digest/digest.h"

#include <unistd.h>

struct registrar {
    const char *folder;
    const struct registry_config *config;
    struct str actor;
    struct registry *registry; /* NULL after a failure */
    bool open;                 /* a batch */
};

static struct registry_by by_now(const struct registrar *registrar, struct arena *arena)
{
    return (struct registry_by){registrar->actor, time_text(arena, clock_seconds())};
}

static bool reopen(struct registrar *registrar, struct err *err)
{
    const struct registry_by by = by_now(registrar, err->arena);

    return registrar->registry ||
           registry_open(registrar->folder, REGISTRY_WRITE, registrar->config, &by,
                         &registrar->registry, err);
}

bool registrar_open(struct app *app, const struct service *service, const char *folder,
                    struct registrar **out)
{
    struct registrar *registrar = NEW(app->arena, struct registrar);

    registrar->folder = folder;
    registrar->config = &service->settings.registry;
    registrar->actor = str_printf(app->arena, "uid:%ld", (long)getuid());
    if (!reopen(registrar, &app->err))
        return false;
    *out = registrar;
    return true;
}

void registrar_close(struct registrar *registrar)
{
    if (registrar)
        registry_close(registrar->registry);
}

static bool ready(struct registrar *registrar, struct err *err)
{
    if (registrar->open)
        return true;
    registrar->open = reopen(registrar, err) && registry_batch(registrar->registry, err);
    if (!registrar->open) {
        registry_close(registrar->registry);
        registrar->registry = NULL;
    }
    return registrar->open;
}

bool registrar_begin(struct registrar *registrar, struct arena *arena,
                     const struct registry_record *record, struct str output,
                     struct str parameters, struct registry_paper *out, struct err *err)
{
    const struct registry_by by = by_now(registrar, arena);
    const struct registry_ask ask = {
        .record = record, .output = output, .parameters = parameters};

    return ready(registrar, err) &&
           registry_begin(registrar->registry, arena, &ask, &by, out, err);
}

bool registrar_seal(struct registrar *registrar, struct arena *arena, int64_t id,
                    struct registry_made *made, struct err *err)
{
    const struct registry_by by = by_now(registrar, arena);
    struct registry_paper paper;

    if (!ready(registrar, err))
        return false;
    made->release = STR(RELEASE);
    sha256(made->pdf, made->sha256);
    return registry_seal(registrar->registry, arena, id, made, &by, &paper, err);
}

bool registrar_done(struct registrar *registrar, int64_t id, struct err *err)
{
    const struct registry_by by = by_now(registrar, err->arena);

    return ready(registrar, err) && registry_done(registrar->registry, id, &by, err);
}

bool registrar_void(struct registrar *registrar, int64_t id, enum err_code why, struct err *err)
{
    const struct registry_by by = by_now(registrar, err->arena);

    return ready(registrar, err) &&
           registry_void(registrar->registry, id, str_from(err_info(why)->name), &by, err);
}

bool registrar_bytes(struct registrar *registrar, const struct registry_paper *paper,
                     struct buf *out, struct err *err)
{
    return reopen(registrar, err) && registry_bytes(registrar->registry, &paper->pdf, out, err);
}

bool registrar_commit(struct registrar *registrar, struct err *err)
{
    if (!registrar->open)
        return true;
    registrar->open = false;
    if (registry_commit(registrar->registry, err))
        return true;
    registry_close(registrar->registry);
    registrar->registry = NULL;
    return false;
}
