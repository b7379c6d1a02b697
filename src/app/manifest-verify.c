/* manifest-verify.c: a folder held against its manifests: every file is listed once and is what
 * it was, no file is missing, none came later. */
#include "app/manifest.h"

#include "deliver/deliver.h"
#include "digest/digest.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>

enum { MANIFEST_MOST = 1 << 30, HEX = 64 };

/* Worse ones are greater. */
enum { GENUINE, UNSIGNED, UNKNOWN, FALSE };

struct checking {
    struct arena *arena;
    const struct cms_files *files;
    const char *folder;
    struct manifest_report *report;
    int worst;
    struct str *listed; /* names */
    size_t count, room;
};

static void wrong(struct checking *c, int how, const char *what, struct str name)
{
    c->worst = how > c->worst ? how : c->worst;
    buf_printf(&c->report->lines, "%s %.*s\n", what, STR_ARG(name));
}

static void list(struct checking *c, struct str name)
{
    if (c->count == c->room) {
        size_t room = c->room ? 2 * c->room : 256;
        struct str *grown = NEW_ARRAY(c->arena, room, struct str);

        if (c->count)
            memcpy(grown, c->listed, c->count * sizeof *grown);
        c->listed = grown;
        c->room = room;
    }
    c->listed[c->count++] = name;
}

/* ---- one manifest */

/* "ab/": a folder of batch --shard. */
static bool is_shard(struct str name)
{
    return name.n >= 2 && strspn(name.p, "0123456789abcdef") >= 2 &&
           (name.n == 2 || name.p[2] == '/');
}

/* Of a file in the folder, or in one of its shards. */
static bool is_name(struct str name)
{
    if (name.n > 3 && is_shard(name))
        name = (struct str){name.p + 3, name.n - 3};
    for (size_t i = 0; i < name.n; i++)
        if ((unsigned char)name.p[i] < 0x20 || name.p[i] == '/')
            return false;
    return name.n > 0 && name.p[0] != '.';
}

static bool entry(struct checking *c, struct str line)
{
    struct str name, hex;
    struct err unused;

    if (line.n < HEX + 3 || memcmp(line.p + HEX, "  ", 2) != 0)
        return false;
    name = (struct str){line.p + HEX + 2, line.n - HEX - 2};
    if (!is_name(name))
        return false;
    err_init(&unused, c->arena);
    if (!sha256_file(c->arena, arena_printf(c->arena, "%s/%.*s", c->folder, STR_ARG(name)),
                     &hex, &unused))
        wrong(c, FALSE, "missing", name);
    else if (!str_eq(hex, (struct str){line.p, HEX}))
        wrong(c, FALSE, "changed", name);
    list(c, name);
    c->report->files++;
    return true;
}

static void signature(struct checking *c, const struct cms_trust *trust, struct str name,
                      struct str before, struct str at, struct str base64)
{
    struct cms_facts facts;
    uint8_t digest[32];
    struct str blob;
    struct err why;

    err_init(&why, c->arena);
    sha256(before, digest);
    if (!base64_read(c->arena, base64, &blob))
        wrong(c, FALSE, "unreadable signature of", name);
    else if (!cms_verify(trust, c->arena, digest, blob, at, &facts, &why))
        wrong(c, why.last->code == SIGNATURE_UNTRUSTED ? UNKNOWN : FALSE,
              arena_printf(c->arena, "%.*s:", STR_ARG(why.last->en)), name);
    else
        buf_printf(&c->report->lines, "%.*s signed by %.*s, %.*s\n", STR_ARG(name),
                   STR_ARG(facts.subject), STR_ARG(facts.stamp.at.n ? facts.stamp.at : at));
}

static struct str value_of(struct str line, const char *key)
{
    struct str start = str_from(key);

    return str_starts(line, start) ? (struct str){line.p + start.n, line.n - start.n}
                                   : STR_NONE;
}

static void manifest(struct checking *c, const struct cms_trust *trust, struct str name,
                     struct str text)
{
    struct str rest = text, line = str_cut(rest, '\n', &rest), at = STR_NONE;
    size_t before = c->report->files;
    bool good = str_is(line, "# danzheng-manifest/1"), is_signed = false;
    long files = -1;

    while (good && rest.n > 0) {
        const char *start = rest.p;
        struct str base64;

        line = str_cut(rest, '\n', &rest);
        base64 = value_of(line, "# signature ");
        if (base64.n) {
            signature(c, trust, name, (struct str){text.p, (size_t)(start - text.p)}, at,
                      base64);
            is_signed = true;
            good = rest.n == 0;
        } else if (str_starts(line, STR("# files "))) {
            good = str_number(value_of(line, "# files "), &files);
        } else if (str_starts(line, STR("# signed "))) {
            at = value_of(line, "# signed ");
        } else if (!str_starts(line, STR("# until "))) {
            good = entry(c, line);
        }
    }
    if (!good || files < 0 || (size_t)files != c->report->files - before)
        wrong(c, FALSE, "damaged", name);
    else if (!is_signed)
        wrong(c, at.n ? FALSE : UNSIGNED, "unsigned", name);
    c->report->manifests++;
}

/* ---- the folder */

static int by_name(const void *a, const void *b)
{
    return str_cmp(*(const struct str *)a, *(const struct str *)b);
}

static bool is_manifest(struct str name)
{
    return str_starts(name, STR("manifest")) && str_ends(name, STR(".txt"));
}

static bool list_folder(struct checking *found, const char *path, const char *prefix)
{
    DIR *open = opendir(path);
    const struct dirent *each;

    if (!open)
        return false;
    while ((each = readdir(open))) {
        struct str name = str_printf(found->arena, "%s%s", prefix, each->d_name);

        if (strcmp(each->d_name, ".") == 0 || strcmp(each->d_name, "..") == 0)
            continue;
        if (*prefix || name.n != 2 || !is_shard(name) ||
            !list_folder(found, arena_printf(found->arena, "%s/%s", path, name.p),
                         arena_printf(found->arena, "%s/", name.p)))
            list(found, name);
    }
    closedir(open);
    return true;
}

/* Names of the folder and its shards, sorted. */
static bool read_folder(struct checking *c, struct str **names, size_t *count, struct err *err)
{
    struct checking found = {.arena = c->arena};

    if (!list_folder(&found, c->folder, ""))
        return err_add(err, FILE_READ, where_file(c->folder, 0, 0), "无法读取文件夹“%s”",
                       "cannot read the folder '%s'", c->folder);
    if (found.count)
        qsort(found.listed, found.count, sizeof *found.listed, by_name);
    *names = found.listed;
    *count = found.count;
    return true;
}

static bool read_manifests(struct checking *c, const struct cms_trust *trust,
                           const struct str *names, size_t count, struct err *err)
{
    for (size_t i = 0; i < count; i++) {
        struct str text;

        if (!is_manifest(names[i]))
            continue;
        if (!deliver_read(c->arena,
                          arena_printf(c->arena, "%s/%.*s", c->folder, STR_ARG(names[i])),
                          MANIFEST_MOST, &text, err))
            return false;
        manifest(c, trust, names[i], text);
    }
    if (c->report->manifests > 0)
        return true;
    err_add(err, FILE_READ, where_file(c->folder, 0, 0), "文件夹中没有清单 manifest.txt",
            "the folder has no manifest.txt");
    err_hint(err, "danzheng batch writes one");
    return false;
}

static void compare(struct checking *c, const struct str *names, size_t count)
{
    if (c->count)
        qsort(c->listed, c->count, sizeof *c->listed, by_name);
    for (size_t i = 1; i < c->count; i++)
        if (str_eq(c->listed[i - 1], c->listed[i]))
            wrong(c, FALSE, "listed twice", c->listed[i]);
    for (size_t i = 0; i < count; i++)
        if (!is_manifest(names[i]) &&
            (!c->count || !bsearch(&names[i], c->listed, c->count, sizeof *c->listed, by_name)))
            wrong(c, FALSE, "extra", names[i]);
}

bool manifest_verify(struct arena *arena, const struct cms_files *files, const char *folder,
                     struct manifest_report *out, struct err *err)
{
    static const char *const words[] = {"GENUINE", "UNSIGNED", "UNKNOWN KEY", "NOT GENUINE"};
    static const int exits[] = {0, 10, 22, 20};
    struct manifest_report report = {0};
    struct checking c = {.arena = arena, .files = files, .folder = folder, .report = &report};
    struct cms_trust *trust = NULL;
    struct str *names = NULL;
    size_t count = 0;
    bool ok;

    buf_init(&report.lines, MANIFEST_MOST);
    ok = (!files->trust || cms_trust_open(arena, files->trust, &trust, err)) &&
         read_folder(&c, &names, &count, err) && read_manifests(&c, trust, names, count, err);
    cms_trust_close(trust);
    if (!ok) {
        buf_release(&report.lines);
        return false;
    }
    compare(&c, names, count);
    report.verdict = words[c.worst];
    report.exit = exits[c.worst];
    *out = report;
    return true;
}
