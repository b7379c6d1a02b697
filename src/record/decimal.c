/* decimal.c: numbers of trade papers, digit by digit. */
#include "record/decimal.h"

enum { WHOLE_MOST = 19, SCALE_MOST = 6 };

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

bool decimal_parse(struct str text, struct decimal *out)
{
    struct decimal value = {0};
    size_t at = text.n > 0 && text.p[0] == '-', whole = 0, places = 0;
    bool point = false;

    for (size_t i = at; i < text.n; i++) {
        if (text.p[i] == '.' && !point) {
            point = true;
            continue;
        }
        if (!is_digit(text.p[i]))
            return false;
        value.digits = value.digits * 10 + (text.p[i] - '0');
        if (point)
            places++;
        else
            whole++;
        if (whole > WHOLE_MOST || places > SCALE_MOST)
            return false;
    }
    if (whole == 0 || (point && places == 0))
        return false;
    value.scale = (int)places;
    if (at > 0)
        value.digits = -value.digits;
    *out = value;
    return true;
}

static struct decimal rescaled(struct decimal value, int scale)
{
    for (; value.scale < scale; value.scale++)
        value.digits *= 10;
    return value;
}

struct decimal decimal_add(struct decimal a, struct decimal b)
{
    int scale = a.scale > b.scale ? a.scale : b.scale;

    a = rescaled(a, scale);
    a.digits += rescaled(b, scale).digits;
    return a;
}

struct str decimal_text(struct arena *arena, struct decimal value, bool grouped, int places)
{
    char text[80];
    size_t at = sizeof(text);
    bool negative = value.digits < 0;
    int whole = 0;

    value = rescaled(value, places < SCALE_MOST ? places : SCALE_MOST);
    for (int i = 0; i < value.scale || value.digits != 0 || whole == 0; i++) {
        int digit = (int)(value.digits % 10);

        if (i >= value.scale) {
            if (i == value.scale && i > 0)
                text[--at] = '.';
            if (grouped && whole > 0 && whole % 3 == 0)
                text[--at] = ',';
            whole++;
        }
        text[--at] = (char)('0' + (digit < 0 ? -digit : digit));
        value.digits /= 10;
    }
    if (negative)
        text[--at] = '-';
    return str_copy(arena, (struct str){text + at, sizeof(text) - at});
}
