/* manifest.c: the manifest of a batch, written. */
#include "app/manifest.h"

#include "app/batch.h"
#include "base/time.h"
#include "deliver/deliver.h"
#include "digest/digest.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { MANIFEST_MOST = 1 << 30 };

void manifest_init(struct manifest *manifest)
{
    *manifest = (struct manifest){.latest = INT64_MIN};
    buf_init(&manifest->entries, MANIFEST_MOST);
}

void manifest_release(struct manifest *manifest)
{
    buf_release(&manifest->entries);
}

void manifest_add(struct manifest *manifest, struct str name, struct str sha256,
                  struct str received_at)
{
    int64_t at;

    buf_printf(&manifest->entries, "%.*s  %.*s\n", STR_ARG(sha256), STR_ARG(name));
    manifest->count++;
    if (time_parse(received_at, &at) && at > manifest->latest &&
        received_at.n < sizeof manifest->until) {
        manifest->latest = at;
        memcpy(manifest->until, received_at.p, received_at.n);
        manifest->until[received_at.n] = '\0';
    }
}

static bool sign(struct arena *arena, const struct signing *signing, struct str at,
                 struct buf *text, struct err *err)
{
    uint8_t digest[32];
    struct str signature;

    sha256(buf_view(text), digest);
    if (!cms_sign(signing->signer, arena, digest, at, &signature, err))
        return false;
    buf_text(text, "# signature ");
    buf_base64(text, signature.p, signature.n);
    buf_byte(text, '\n');
    return true;
}

/* manifest.txt, or the next one that is not there; *last: the one before it, NULL: none. */
static const char *free_name(struct arena *arena, const char *folder, const char **last)
{
    const char *path = arena_printf(arena, "%s/manifest.txt", folder);

    *last = NULL;
    for (int i = 2; access(path, F_OK) == 0; i++) {
        *last = path;
        path = arena_printf(arena, "%s/manifest-%d.txt", folder, i);
    }
    return path;
}

/* Does the file begin with what the manifest says? Two signatures of it may differ. */
static bool is_written(struct arena *arena, const char *path, struct str said)
{
    struct str there;
    struct err err;

    err_init(&err, arena);
    return path && deliver_read(arena, path, MANIFEST_MOST, &there, &err) &&
           str_starts(there, said) &&
           (there.n == said.n ||
            str_starts((struct str){there.p + said.n, there.n - said.n}, STR("# signature ")));
}

/* What is left of it when it is killed is removed with the batch's staged papers. */
static bool put(struct arena *arena, const char *folder, const char *path, struct str bytes,
                struct err *err)
{
    const char *staged = arena_printf(arena, "%s/" STAGE_PREFIX "manifest", folder);
    bool ok = deliver_stage(staged, bytes, err) && deliver_flush(folder, err) &&
              deliver_take(staged, path, err);

    unlink(staged);
    if (ok && !deliver_sync(folder, err)) {
        unlink(path);
        ok = false;
    }
    return ok;
}

bool manifest_write(struct manifest *manifest, struct arena *arena, const char *folder,
                    const struct signing *signing, struct err *err)
{
    struct str at = signing->at.n ? signing->at : str_from(manifest->until);
    const char *path, *last;
    struct buf text;
    bool ok = true;

    if (manifest->count == 0)
        return true;
    buf_init(&text, MANIFEST_MOST);
    buf_printf(&text, "# danzheng-manifest/1\n# files %zu\n# until %s\n", manifest->count,
               manifest->until);
    if (signing->signer)
        buf_printf(&text, "# signed %.*s\n", STR_ARG(at));
    buf_str(&text, buf_view(&manifest->entries));
    path = free_name(arena, folder, &last);
    if (is_written(arena, last, buf_view(&text))) {
        buf_release(&text);
        return true;
    }
    if (signing->signer)
        ok = sign(arena, signing, at, &text, err);
    if (ok && (text.failed || manifest->entries.failed))
        ok = err_add(err, MEMORY_LIMIT, where_none(), "清单超过 %d 字节",
                     "the manifest exceeds %d bytes", (int)MANIFEST_MOST);
    ok = ok && put(arena, folder, path, buf_view(&text), err);
    buf_release(&text);
    return ok;
}
