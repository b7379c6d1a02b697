/* registry.c: a registry is written to while a disk fails (nth.c), and looked at afterwards.
 *
 *   registry FOLDER [told]     told: a fault that came must have been told
 *
 * Places are begun in one batch and sealed in the next until one fails; then the disk is well
 * again and the registry is opened: all that was acknowledged must be there, the batch that
 * failed whole or not at all, and adding it again must end well.
 * Exit: 0 all well and the fault came, 3 all well and it did not come, 1 a promise is
 * broken. */
#include "registry/registry.h"

#include "digest/digest.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MEMORY = 64 << 20, BATCHES = 3, PAPERS = 2, BYTES = 300 << 10 };

int nth_off(void) __attribute__((weak)); /* of nth.c */

static const struct registry_by by = {{"faults", 6}, {"2026-01-02T03:04:05+08:00", 25}};
static const struct registry_config config = {.check = true, .duplicates = 1, .segment_mib = 1};

static void broken(const char *what, const struct err *err)
{
    fprintf(stderr, "%s: %.*s\n", what, err->first ? (int)err->first->en.n : 1,
            err->first ? err->first->en.p : "?");
    exit(1);
}

/* What the caller is told of a failing disk: that, and nothing that blames the record. */
static void told(const char *what, const struct err *err)
{
    enum err_code code = err->first ? err->first->code : ERR_NONE;

    if (code != REGISTRY_FAULT && code != REGISTRY_DAMAGED)
        broken(what, err);
}

static struct str number_of(struct arena *arena, int i)
{
    return str_printf(arena, "N%d", i);
}

/* Different for each, and large enough to fill segments. */
static struct str pdf_of(struct arena *arena, int i)
{
    char *bytes = arena_alloc(arena, BYTES);

    memset(bytes, 'a' + i % 26, BYTES);
    return (struct str){bytes, BYTES};
}

static struct registry_record record_of(struct arena *arena, int i)
{
    struct registry_record record = {.number = number_of(arena, i),
                                     .version = 1,
                                     .kind = STR("disc_import"),
                                     .status = STR("filed"),
                                     .owner = STR("91310000MA1FL0000X"),
                                     .canonical = number_of(arena, i)};

    sha256(record.canonical, record.digest);
    return record;
}

static bool begin(struct registry *registry, struct arena *arena, int i,
                  struct registry_paper *paper, struct err *err)
{
    const struct registry_record record = record_of(arena, i);
    const struct registry_ask ask = {.record = &record, .output = STR("import_certificate")};

    return registry_begin(registry, arena, &ask, &by, paper, err);
}

static bool seal(struct registry *registry, struct arena *arena, int i,
                 struct registry_paper *paper, struct err *err)
{
    const struct registry_record record = record_of(arena, i);
    struct registry_made made = {.record = &record, .pdf = pdf_of(arena, i), .pages = 1};

    sha256(made.pdf, made.sha256);
    return paper->state == REGISTRY_SEALED ||
           registry_seal(registry, arena, paper->id, &made, &by, paper, err);
}

/* Papers from *next on; true when the batch is acknowledged, and *next is behind it. */
static bool add_batch(struct registry *registry, struct arena *arena, int *next,
                      struct err *err)
{
    struct registry_paper papers[PAPERS];
    bool ok = registry_places(registry, err);

    for (int i = 0; ok && i < PAPERS; i++)
        ok = begin(registry, arena, *next + i, &papers[i], err);
    if (!registry_commit(registry, err) || !ok)
        return false;
    ok = registry_batch(registry, err);
    for (int i = 0; ok && i < PAPERS; i++)
        ok = seal(registry, arena, *next + i, &papers[i], err);
    if (!registry_commit(registry, err) || !ok)
        return false;
    *next += PAPERS;
    return true;
}

static void find_all(struct registry *registry, struct arena *arena, int acknowledged,
                     struct err *err)
{
    struct buf bytes;

    buf_init(&bytes, BYTES * 2);
    for (int i = 0; i < acknowledged; i++) {
        const struct registry_query query = {
            .number = number_of(arena, i), .state = REGISTRY_SEALED, .most = 2};
        struct registry_paper *papers;
        size_t count = 0;

        buf_clear(&bytes);
        if (!registry_find(registry, arena, &query, &papers, &count, err) || count != 1 ||
            !registry_bytes(registry, &papers[0].pdf, &bytes, err) ||
            !str_eq(buf_view(&bytes), pdf_of(arena, i)))
            broken("an acknowledged paper is lost", err);
    }
    buf_release(&bytes);
}

int main(int argc, char **argv)
{
    struct arena *arena = arena_new(MEMORY, NULL, NULL);
    struct registry *registry = NULL;
    struct registry_counts counts;
    int acknowledged = 0, came;
    struct err err, after;
    bool ok;

    if (argc < 2)
        return 2;
    err_init(&err, arena);
    ok = registry_open(argv[1], REGISTRY_WRITE, &config, &by, &registry, &err);
    for (int i = 0; ok && i < BATCHES; i++)
        ok = add_batch(registry, arena, &acknowledged, &err);
    if (!ok)
        told("another fault than the disk's", &err);
    registry_close(registry);
    came = nth_off ? nth_off() : 0;
    if (ok && came && argc > 2)
        broken("a fault was not told", &err);

    err_init(&after, arena);
    registry = NULL;
    if (!registry_open(argv[1], REGISTRY_WRITE, &config, &by, &registry, &after))
        broken("it does not open again", &after);
    find_all(registry, arena, acknowledged, &after);
    if (!registry_check(registry, /* bytes */ true, &counts, &after))
        broken("something is half done", &after);
    if (counts.papers != counts.records ||
        (counts.papers != acknowledged && counts.papers != acknowledged + PAPERS))
        broken("a batch is there in part", &after);
    if (!add_batch(registry, arena, &acknowledged, &after))
        broken("it cannot be added again", &after);
    find_all(registry, arena, acknowledged, &after);
    registry_close(registry);
    arena_free(arena);
    return came ? 0 : 3;
}
