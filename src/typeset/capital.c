/* capital.c: amounts in the capital numerals of Chinese bills (正确填写票据和结算凭证的基本规定,
 * 支付结算办法 annex 1): 壹 to 玖, 拾佰仟万亿; one 零 for zeros between digits, none at a
 * group's end; 整 behind 元 and 角, not behind 分. */
#include "typeset/plan.h"

enum { GROUP = 10000, GROUPS = 4 };

static const char *const digits[] = {"零", "壹", "贰", "叁", "肆",
                                     "伍", "陆", "柒", "捌", "玖"};

static void put(struct arena *arena, struct str *text, const char *more)
{
    *text = str_printf(arena, "%.*s%s", STR_ARG(*text), more);
}

/* Four digits; *zero: a 零 is owed before the next digit. */
static void put_group(struct arena *arena, struct str *text, int group, bool *zero)
{
    static const char *const units[] = {"仟", "佰", "拾", ""};

    for (int i = 0, scale = GROUP / 10; i < 4; i++, scale /= 10) {
        int digit = group / scale % 10;

        if (digit == 0) {
            *zero = *zero || text->n > 0;
            continue;
        }
        if (*zero)
            put(arena, text, digits[0]);
        put(arena, text, digits[digit]);
        put(arena, text, units[i]);
        *zero = false;
    }
}

/* Groups of four: 亿's group may have a 万 of its own before it (壹万贰仟亿). */
static void put_yuan(struct arena *arena, struct str *text, decimal_int yuan)
{
    static const char *const units[GROUPS] = {"", "万", "亿", "万"};
    bool zero = false, large = false;

    for (int i = GROUPS - 1; i >= 0; i--) {
        decimal_int scale = 1;
        int group;

        for (int k = 0; k < i; k++)
            scale *= GROUP;
        group = (int)(yuan / scale % GROUP);
        large = large || (i > 2 && group);
        if (group)
            put_group(arena, text, group, &zero);
        if (group || (i == 2 && large))
            put(arena, text, units[i]);
        zero = !group && text->n > 0;
    }
}

bool capital_text(struct arena *arena, struct decimal amount, struct str *out)
{
    decimal_int cents = amount.digits, most = 1;
    struct str text = STR_NONE;
    bool negative = cents < 0;
    int jiao, fen;

    for (int i = 0; i < GROUPS * 4 + 2; i++)
        most *= 10;
    for (int i = amount.scale; i < 2; i++)
        cents *= 10;
    for (int i = amount.scale; i > 2; i--) {
        if (cents % 10 != 0)
            return false;
        cents /= 10;
    }
    cents = negative ? -cents : cents;
    if (cents >= most)
        return false;
    jiao = (int)(cents / 10 % 10);
    fen = (int)(cents % 10);
    put_yuan(arena, &text, cents / 100);
    if (text.n || cents == 0)
        put(arena, &text, text.n ? "元" : "零元");
    if (jiao || (fen && text.n))
        put(arena, &text, digits[jiao]);
    if (jiao)
        put(arena, &text, "角");
    if (fen) {
        put(arena, &text, digits[fen]);
        put(arena, &text, "分");
    } else {
        put(arena, &text, "整");
    }
    *out = negative ? str_printf(arena, "负%.*s", STR_ARG(text)) : text;
    return true;
}
