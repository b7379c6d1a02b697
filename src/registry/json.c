/* json.c: a paper as those who ask by program read it, and as its file is called. */
#include "registry/registry.h"

#include "digest/digest.h"

struct str registry_name(struct arena *arena, const struct registry_paper *paper)
{
    struct str form = STR_NONE;
    char *name;

    if (paper->form == REGISTRY_ORIGINAL)
        form = STR(".original");
    else if (paper->form == REGISTRY_DUPLICATE)
        form = str_printf(arena, ".duplicate-%ld", paper->duplicate);
    name =
        arena_printf(arena, "%.*s.v%lld.%.*s%s%.*s%.*s.pdf", STR_ARG(paper->number),
                     (long long)paper->version, STR_ARG(paper->output),
                     paper->parameters.n ? "." : "", STR_ARG(paper->parameters), STR_ARG(form));
    for (char *p = name; *p; p++) {
        bool fine = (*p >= '0' && *p <= '9') || ((*p | 32) >= 'a' && (*p | 32) <= 'z') ||
                    *p == '.' || *p == '_' || *p == '-';

        *p = fine ? *p : '-';
    }
    return str_from(name);
}

void registry_json(struct buf *out, struct arena *arena, const struct registry_paper *paper)
{
    static const char *const forms[] = {"electronic", "original", "duplicate"};
    static const char *const states[] = {"begun", "sealed", "done", "void"};
    static const char *const standings[] = {"current", "superseded", "withdrawn"};

    buf_printf(out, "{\"paper\":%lld", (long long)paper->id);
    buf_member(out, "number", paper->number);
    buf_printf(out, ",\"version\":%lld", (long long)paper->version);
    buf_member(out, "kind", paper->kind);
    buf_member(out, "output", paper->output);
    buf_member(out, "parameters", paper->parameters);
    buf_member(out, "form", str_from(forms[paper->form]));
    if (paper->duplicate)
        buf_printf(out, ",\"duplicate\":%ld", paper->duplicate);
    buf_member(out, "reason", paper->reason);
    buf_member(out, "state", str_from(states[paper->state]));
    buf_member(out, "standing", str_from(standings[paper->standing]));
    if (paper->standing == REGISTRY_SUPERSEDED)
        buf_printf(out, ",\"newer\":%lld", (long long)paper->newer);
    buf_member(out, "since", paper->since);
    buf_member(out, "why", paper->why);
    buf_member(out, "actor", paper->actor);
    buf_member(out, "begun_at", paper->begun_at);
    buf_member(out, "record", hex_text(arena, paper->record, 32));
    if (paper->sealed_at.n) {
        buf_member(out, "issued_at", paper->sealed_at);
        buf_member(out, "done_at", paper->done_at);
        buf_member(out, "layout", paper->layout);
        buf_member(out, "release", paper->release);
        buf_member(out, "fonts", paper->fonts);
        buf_member(out, "code", paper->code);
        buf_member(out, "sha256", hex_text(arena, paper->pdf.sha256, 32));
        buf_printf(out, ",\"bytes\":%lld,\"pages\":%ld", (long long)paper->pdf.length,
                   paper->pages);
    }
    buf_byte(out, '}');
}
