/* seal.c: the verification code and the address that carries it. */
#include "seal/seal.h"

#include "digest/digest.h"

enum { CODE_BYTES = 10, GROUP = 4 };

static struct str code_groups(struct arena *arena, struct str code)
{
    char *text = arena_alloc(arena, code.n + code.n / GROUP + 1);
    size_t n = 0;

    for (size_t i = 0; i < code.n; i++) {
        if (i > 0 && i % GROUP == 0)
            text[n++] = '-';
        text[n++] = code.p[i];
    }
    return (struct str){text, n};
}

void seal_issue(struct arena *arena, const struct record *record, const struct output *output,
                struct str host, struct seal *out)
{
    struct str number = record_number(record);

    sha256(record->canonical, out->digest);
    out->code = base32(arena, out->digest, CODE_BYTES);
    out->code_text = code_groups(arena, out->code);
    out->url = str_printf(arena, "https://%.*s/c/%.*s/%.*s", STR_ARG(host), STR_ARG(number),
                          STR_ARG(out->code));
    out->mark = output->formal ? STR("仅供测试") : STR("仅供核对");
}
