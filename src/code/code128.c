/* code128.c: Code 128 (ISO/IEC 15417) in code sets B (printable ASCII, one symbol a character)
 * and C (one symbol for two digits). Which set to be in at each place is chosen from the end of
 * the text backwards, so the bar code is the shortest that B and C allow. */
#include "code/code.h"

enum {
    TO_C = 99, /* from B; in C 0 to 99 are pairs of digits */
    TO_B = 100,
    START_B = 104,
    START_C = 105,
    STOP = 106,
    CHECK_MODULUS = 103,
    SYMBOL_MODULES = 11,
    STOP_MODULES = 13,
};

/* Widths of bars and spaces in turn, by symbol value. */
static const char widths[][8] = {
    /* clang-format off */
    "212222", "222122", "222221", "121223", "121322", "131222", "122213", "122312", "132212",
    "221213", "221312", "231212", "112232", "122132", "122231", "113222", "123122", "123221",
    "223211", "221132", "221231", "213212", "223112", "312131", "311222", "321122", "321221",
    "312212", "322112", "322211", "212123", "212321", "232121", "111323", "131123", "131321",
    "112313", "132113", "132311", "211313", "231113", "231311", "112133", "112331", "132131",
    "113123", "113321", "133121", "313121", "211331", "231131", "213113", "213311", "213131",
    "311123", "311321", "331121", "312113", "312311", "332111", "314111", "221411", "431111",
    "111224", "111422", "121124", "121421", "141122", "141221", "112214", "112412", "122114",
    "122411", "142112", "142211", "241211", "221114", "413111", "241112", "134111", "111242",
    "121142", "121241", "114212", "124112", "124211", "411212", "421112", "421211", "212141",
    "214121", "412121", "111143", "111341", "131141", "114113", "114311", "411113", "411311",
    "113141", "114131", "311141", "411131", "211412", "211214", "211232", "2331112",
    /* clang-format on */
};

/* What the rest of the text costs, in symbols, when the place is reached in B or in C. */
struct plan {
    size_t b, c;
};

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_pair(struct str text, size_t i)
{
    return i + 1 < text.n && is_digit(text.p[i]) && is_digit(text.p[i + 1]);
}

/* plan[i] for every place of the text and its end. A change of set is one symbol, and two
 * changes at one place are never worth it. */
static struct plan *plan_sets(struct arena *arena, struct str text)
{
    struct plan *plan = NEW_ARRAY(arena, text.n + 1, struct plan);

    for (size_t i = text.n; i-- > 0;) {
        size_t b = 1 + plan[i + 1].b;
        size_t c = is_pair(text, i) ? 1 + plan[i + 2].c : SIZE_MAX / 2;

        plan[i].b = b <= c + 1 ? b : c + 1;
        plan[i].c = c <= b + 1 ? c : b + 1;
    }
    return plan;
}

/* Symbol values from start to check; returns their number. */
static size_t code128_values(struct str text, const struct plan *plan, uint8_t *values)
{
    bool in_c = plan[0].c < plan[0].b;
    size_t n = 0;
    unsigned sum;

    values[n++] = in_c ? START_C : START_B;
    for (size_t i = 0; i < text.n;) {
        bool stay = in_c ? is_pair(text, i) && plan[i].c == 1 + plan[i + 2].c
                         : plan[i].b == 1 + plan[i + 1].b;

        if (!stay) {
            in_c = !in_c;
            values[n++] = in_c ? TO_C : TO_B;
        }
        if (in_c) {
            values[n++] = (uint8_t)((text.p[i] - '0') * 10 + text.p[i + 1] - '0');
            i += 2;
        } else {
            values[n++] = (uint8_t)(text.p[i++] - ' ');
        }
    }
    sum = values[0];
    for (size_t i = 1; i < n; i++)
        sum = (unsigned)((sum + i * values[i]) % CHECK_MODULUS);
    values[n++] = (uint8_t)(sum % CHECK_MODULUS);
    return n;
}

static size_t draw_symbol(uint8_t *dark, size_t at, uint8_t value)
{
    bool bar = true;

    for (const char *width = widths[value]; *width; width++) {
        for (int i = 0; i < *width - '0'; i++)
            dark[at++] = bar;
        bar = !bar;
    }
    return at;
}

bool code128_encode(struct arena *arena, struct str text, struct modules *out, struct err *err)
{
    const struct plan *plan;
    uint8_t *values, *dark;
    size_t count, at = 0;

    for (size_t i = 0; i < text.n; i++)
        if (text.p[i] < ' ' || text.p[i] > '~')
            return err_add(err, INTERNAL, where_none(), "条形码不能含第 %zu 个字节（0x%02X）",
                           "a bar code cannot carry byte %zu (0x%02X)", i + 1,
                           (unsigned)(unsigned char)text.p[i]);
    if (text.n == 0)
        return err_add(err, INTERNAL, where_none(), "条形码没有内容", "the bar code is empty");
    plan = plan_sets(arena, text);
    values = arena_alloc(arena, 2 * text.n + 3);
    count = code128_values(text, plan, values);
    dark = arena_alloc(arena, count * SYMBOL_MODULES + STOP_MODULES);
    for (size_t i = 0; i < count; i++)
        at = draw_symbol(dark, at, values[i]);
    at = draw_symbol(dark, at, STOP);
    *out = (struct modules){(int)at, 1, dark};
    return true;
}
