/* kept.c: where seals are kept: the registry, with the papers that bear them, and the sealer's
 * log. They find a seal by what a person types, tell how a paper stands, and bear witness for a
 * seal whose key leaked later. */
#include "verify/verify-internal.h"

#include "sealer/log.h"

#include <string.h>

enum { PDF_MOST = 1 << 30, ANY_STATE = -1 };

/* ---- the log */

/* One seal: by its bytes, or by number and code. */
struct search {
    struct arena *arena;
    struct str bytes, number, code;
    bool found;
};

static bool search_entry(void *user, const struct log_entry *entry)
{
    struct search *search = user;
    const struct str bytes = {(const char *)entry->seal, entry->seal_bytes};
    struct seal_fields fields;

    if (search->bytes.n)
        search->found = str_eq(bytes, search->bytes);
    else
        search->found = seal_parse(bytes, &fields) == SEAL_GOOD &&
                        str_eq(fields.number, search->number) &&
                        str_eq(seal_code(search->arena, bytes), search->code);
    if (search->found)
        search->bytes = str_copy(search->arena, bytes);
    return !search->found;
}

/* ---- the registry */

/* The oldest paper of the number, or (code) of that seal of it; NULL: there is none. */
static bool paper_find(struct arena *arena, const struct verify_kept *kept, struct str number,
                       struct str code, const struct registry_paper **out, struct err *err)
{
    const struct registry_query query = {
        .number = number, .code = code, .state = ANY_STATE, .most = 1};
    struct registry_paper *papers;
    size_t count;

    if (kept->ask)
        return kept->ask(kept->user, number, code, out, err);
    if (!registry_find(kept->registry, arena, &query, &papers, &count, err))
        return false;
    *out = count ? papers : NULL;
    return true;
}

/* The seal that a kept file carries. */
static bool paper_seal(struct arena *arena, struct registry *registry,
                       const struct registry_paper *paper, struct str *text, struct err *err)
{
    struct pdfread read;
    struct buf pdf;
    bool ok;

    buf_init(&pdf, PDF_MOST);
    ok = registry_bytes(registry, &paper->pdf, &pdf, err) &&
         pdf_read(arena, buf_view(&pdf), &read, err);
    buf_release(&pdf);
    if (ok)
        *text = read.seal;
    return ok;
}

bool verify_kept_seal(const struct service *service, struct arena *arena,
                      const struct verify_kept *kept, struct str number, struct str code,
                      struct str *text, struct err *err)
{
    struct search search = {.arena = arena, .number = number, .code = code};
    const struct registry_paper *paper = NULL;

    if (kept->registry && !paper_find(arena, kept, number, code, &paper, err))
        return false;
    if (paper)
        return paper_seal(arena, kept->registry, paper, text, err);
    if (kept->log && !log_read(kept->log, search_entry, &search, err))
        return false;
    if (search.found) {
        *text = seal_text(arena, service->settings.host, search.bytes);
        return true;
    }
    err_add(err, SEAL_NOT_KEPT, where_none(), "这里没有编号 %.*s、核验码 %.*s 的封签",
            "no seal of number %.*s and code %.*s is kept here", STR_ARG(number),
            STR_ARG(seal_code_groups(arena, code)));
    err_hint(err, "请逐字核对；核验码只用字母和 2 至 7：没有 0、1、8、9");
    return false;
}

/* ---- of a seal that is well signed */

static void tell(struct verifying *v, const struct registry_paper *paper)
{
    struct str since = paper->since, why = paper->why;
    long long newer = (long long)paper->newer;

    if (paper->standing == REGISTRY_WITHDRAWN) {
        v->findings.standing = STANDING_WITHDRAWN;
        verify_note(
            v, str_printf(v->arena, "撤销于 %.*s：%.*s。", STR_ARG(since), STR_ARG(why)),
            str_printf(v->arena, "Withdrawn at %.*s: %.*s.", STR_ARG(since), STR_ARG(why)));
    } else if (paper->standing == REGISTRY_SUPERSEDED) {
        v->findings.standing = STANDING_SUPERSEDED;
        verify_note(v, str_printf(v->arena, "版本 %lld 登记于 %.*s。", newer, STR_ARG(since)),
                    str_printf(v->arena, "Version %lld was registered at %.*s.", newer,
                               STR_ARG(since)));
    }
}

/* A withdrawal is of the whole number, so it also meets a seal that the registry never saw. */
bool kept_look(struct verifying *v, struct str bytes, struct err *err)
{
    const struct verify_kept *kept = &v->request->kept;
    bool registry = kept->registry || kept->ask;
    struct verify_sealed *sealed = &v->report->sealed;
    struct search search = {.arena = v->arena, .bytes = bytes};
    struct str number = sealed->fields.number, code = seal_code(v->arena, bytes);
    const struct registry_paper *paper = NULL;

    if (registry && !paper_find(v->arena, kept, number, code, &paper, err))
        return false;
    sealed->registered = paper != NULL;
    if (registry && !paper && !paper_find(v->arena, kept, number, STR_NONE, &paper, err))
        return false;
    if (paper && (sealed->registered || paper->standing == REGISTRY_WITHDRAWN))
        tell(v, paper);
    if (sealed->registered || sealed->result != SEAL_WITNESS_NEEDED || !kept->log)
        sealed->witnessed = sealed->registered;
    else if (log_read(kept->log, search_entry, &search, err))
        sealed->witnessed = search.found;
    else
        return false;
    return true;
}
