/* phases.c: one clock that is always running for one phase; entering and leaving a function
 * hands it over, so nested times are never counted twice. */
#include "phases.h"

#include "code/code.h"
#include "font/font.h"
#include "pdf/pdf-internal.h"
#include "record/record.h"
#include "seal/cms.h"
#include "seal/issue.h"
#include "typeset/typeset.h"

#include <stddef.h>
#include <time.h>

const char *const phase_names[PHASES] = {
    [PHASE_REST] = "rest",         [PHASE_PARSE] = "parse",   [PHASE_SEAL] = "seal",
    [PHASE_TYPESET] = "typeset",   [PHASE_SUBSET] = "subset", [PHASE_SAVE] = "save",
    [PHASE_COMPRESS] = "compress", [PHASE_SIGN] = "sign",
};

static struct {
    double *ms; /* NULL: not measuring */
    double since;
    enum phase now;
} watch;

static double cpu_now(void)
{
    struct timespec now;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

/* Returns the phase that was, to be handed back. */
static enum phase change(enum phase next)
{
    enum phase was = watch.now;
    double now;

    if (!watch.ms)
        return was;
    now = cpu_now();
    watch.ms[was] += now - watch.since;
    watch.since = now;
    watch.now = next;
    return was;
}

void phases_start(double ms[PHASES])
{
    watch.ms = ms;
    watch.now = PHASE_REST;
    watch.since = cpu_now();
}

void phases_stop(void)
{
    change(PHASE_REST);
    watch.ms = NULL;
}

/* The linker's names for the function in front and the one behind; both have the type that the
 * header says, so a changed prototype is found when this is compiled. */
#define WRAP(owner, type, name, parameters, arguments)                                         \
    extern __typeof__(name) __real_##name, __wrap_##name;                                      \
    type __wrap_##name parameters                                                              \
    {                                                                                          \
        enum phase was = change(owner);                                                        \
        type result = __real_##name arguments;                                                 \
                                                                                               \
        change(was);                                                                           \
        return result;                                                                         \
    }

#define WRAP_VOID(owner, name, parameters, arguments)                                          \
    extern __typeof__(name) __real_##name, __wrap_##name;                                      \
    void __wrap_##name parameters                                                              \
    {                                                                                          \
        enum phase was = change(owner);                                                        \
                                                                                               \
        __real_##name arguments;                                                               \
        change(was);                                                                           \
    }

WRAP(PHASE_PARSE, bool, record_parse,
     (struct arena * arena, const struct kinds *kinds, const char *name, struct str json,
      const struct record **out, struct err *err),
     (arena, kinds, name, json, out, err))

WRAP(PHASE_SEAL, bool, seal_issue,
     (struct issuer * issuer, struct arena *arena, const struct seal_ask *ask, struct seal *out,
      struct err *err),
     (issuer, arena, ask, out, err))

WRAP(PHASE_SEAL, bool, qr_encode,
     (struct arena * arena, struct str text, enum qr_level level, struct modules *out,
      struct err *err),
     (arena, text, level, out, err))

WRAP(PHASE_TYPESET, bool, typeset_plan,
     (struct arena * arena, const struct layout *layout, const struct record *record,
      struct fonts *fonts, struct text *text, const struct typeset_facts *facts,
      struct typeset **out, struct err *err),
     (arena, layout, record, fonts, text, facts, out, err))

WRAP_VOID(PHASE_TYPESET, typeset_page,
          (struct typeset * plan, size_t index, struct arena *arena, struct page *out),
          (plan, index, arena, out))

WRAP(PHASE_SUBSET, bool, font_subset,
     (struct fonts * fonts, struct arena *arena, int face, const uint32_t *glyphs,
      const uint16_t *cids, size_t count, struct font_program *out, struct err *err),
     (fonts, arena, face, glyphs, cids, count, out, err))

WRAP(PHASE_SAVE, struct pdf *, pdf_open,
     (struct arena * arena, struct pdf_tools *tools, struct fonts *fonts,
      const struct pdf_info *info, struct buf *out),
     (arena, tools, fonts, info, out))

WRAP(PHASE_COMPRESS, bool, tools_pack,
     (struct pdf_tools * tools, struct str bytes, enum pack pack, struct buf *out),
     (tools, bytes, pack, out))

WRAP(PHASE_COMPRESS, struct str, fragments_pack,
     (struct fragments * fragments, struct arena *arena, int face,
      const struct font_program *program, const uint32_t *glyphs),
     (fragments, arena, face, program, glyphs))

WRAP_VOID(PHASE_SAVE, pdf_page, (struct pdf * pdf, const struct page *page), (pdf, page))

WRAP(PHASE_SAVE, bool, pdf_close, (struct pdf * pdf, struct pdf_made *made, struct err *err),
     (pdf, made, err))

WRAP_VOID(PHASE_SIGN, pdf_digest, (struct str file, struct pdf_gap gap, uint8_t digest[32]),
          (file, gap, digest))

WRAP(PHASE_SIGN, bool, cms_sign,
     (const struct cms_signer *signer, struct arena *arena, const uint8_t digest[32],
      struct str at, struct str *blob, struct err *err),
     (signer, arena, digest, at, blob, err))

WRAP(PHASE_SIGN, bool, pdf_sign,
     (char *file, struct pdf_gap gap, struct str signature, struct err *err),
     (file, gap, signature, err))
