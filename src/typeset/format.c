/* format.c: dates, numbers and sums as Chinese papers print them: 2024年10月9日 (no zeros before a
 * month or day, GB/T 9704), 86,500.00, 2024-10-09 09:12:34. */
#include "typeset/plan.h"

#include "record/decimal.h"

#include <string.h>

static bool digits(struct str s, size_t from, size_t n)
{
    if (s.n < from + n)
        return false;
    for (size_t i = from; i < from + n; i++) {
        if (s.p[i] < '0' || s.p[i] > '9')
            return false;
    }
    return true;
}

static int two(struct str s, size_t at)
{
    return (s.p[at] - '0') * 10 + (s.p[at + 1] - '0');
}

/* YYYYMMDD or RFC 3339 */
static struct str format_date(struct arena *arena, struct str s)
{
    size_t month = 4, day = 6;

    if (s.n > 10 && s.p[4] == '-' && s.p[7] == '-') {
        month = 5;
        day = 8;
    }
    if (!digits(s, 0, 4) || !digits(s, month, 2) || !digits(s, day, 2))
        return s;
    return str_printf(arena, "%.4s年%d月%d日", s.p, two(s, month), two(s, day));
}

/* RFC 3339: the date and the clock; another offset than China's is said. */
static struct str format_time(struct arena *arena, struct str s)
{
    struct str offset;

    if (s.n < 20 || s.p[10] != 'T')
        return s;
    offset = (struct str){s.p + 19, s.n - 19};
    while (offset.n && (offset.p[0] == '.' || (offset.p[0] >= '0' && offset.p[0] <= '9'))) {
        offset.p++;
        offset.n--;
    }
    if (str_is(offset, "+08:00"))
        return str_printf(arena, "%.10s %.8s", s.p, s.p + 11);
    return str_printf(arena, "%.10s %.8s UTC%.*s", s.p, s.p + 11, STR_ARG(offset));
}

struct str format_value(struct arena *arena, enum format format, struct str value)
{
    struct decimal number;

    switch (format) {
    case FORMAT_PLAIN:
        return value;
    case FORMAT_DATE:
        return format_date(arena, value);
    case FORMAT_TIME:
        return format_time(arena, value);
    case FORMAT_NUMBER:
    case FORMAT_MONEY:
        if (decimal_parse(value, &number))
            return decimal_text(arena, number, /* grouped */ true,
                                format == FORMAT_MONEY ? 2 : 0);
        return value;
    }
    return value;
}

/* Two codes are one value when their codes agree (or, without codes, their texts). */
static bool same_value(const struct value *a, const struct value *b)
{
    return str_eq(a->code, b->code) && (a->code.n || str_eq(a->text, b->text));
}

static bool counts(const struct context *ctx, size_t row)
{
    const struct record *record = ctx->plan->record;

    return !ctx->each ||
           same_value(record_cell(record, ctx->list, row, ctx->each),
                      record_cell(record, ctx->list, (size_t)ctx->each_row, ctx->each));
}

/* A sum over rows of two currencies means nothing: refused. */
static bool currencies_agree(const struct context *ctx, struct where at)
{
    const struct record *record = ctx->plan->record;
    const struct field *currency = field_column(ctx->list, STR("currency"));
    size_t rows = record_rows(record, ctx->list)->count;

    for (size_t r = 1; currency && !ctx->each && r < rows; r++) {
        if (same_value(record_cell(record, ctx->list, 0, currency),
                       record_cell(record, ctx->list, r, currency)))
            continue;
        err_add(ctx->err, CURRENCY_MIXED, at, "合计跨越多种币制", "the sum mixes currencies");
        err_hint(ctx->err, "begin the row with {each currency}");
        return false;
    }
    return true;
}

struct str format_sum(const struct context *ctx, const struct field *column, enum format format,
                      struct where at)
{
    const struct record *record = ctx->plan->record;
    size_t rows = record_rows(record, ctx->list)->count;
    struct decimal sum = {0, 0}, number;

    if (format == FORMAT_MONEY && !currencies_agree(ctx, at))
        return STR_NONE;
    for (size_t r = 0; r < rows; r++) {
        if (counts(ctx, r) &&
            decimal_parse(record_cell(record, ctx->list, r, column)->text, &number))
            sum = decimal_add(sum, number);
    }
    return decimal_text(ctx->arena, sum, format != FORMAT_PLAIN,
                        format == FORMAT_MONEY ? 2 : 0);
}
