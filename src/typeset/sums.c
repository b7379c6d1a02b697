/* sums.c: exact sums over the rows that a layout's words reach. */
#include "typeset/plan.h"

/* Two codes are one value when their codes agree (or, without codes, their texts). */
bool value_same(const struct value *a, const struct value *b)
{
    return str_eq(a->code, b->code) && (a->code.n || str_eq(a->text, b->text));
}

static const struct value *each_value(const struct context *ctx, size_t row)
{
    return record_cell(ctx->plan->record, ctx->list, row, ctx->each);
}

static void add_rows(const struct context *ctx, const struct field *column, size_t from,
                     size_t to, struct decimal *sum)
{
    struct decimal number;

    for (size_t r = from; r < to; r++) {
        if (ctx->each &&
            !value_same(each_value(ctx, r), each_value(ctx, (size_t)ctx->each_row)))
            continue;
        if (decimal_parse(record_cell(ctx->plan->record, ctx->list, r, column)->text, &number))
            *sum = decimal_add(*sum, number);
    }
}

/* Sums from the first row on are remembered, or a list of n pages would be added up n times. */
static struct decimal sum_from_first(const struct context *ctx, const struct field *column,
                                     size_t to)
{
    long each_row = ctx->each ? ctx->each_row : NO_ROW;
    struct running *running = ctx->plan->running, *found = NULL;
    struct decimal sum = {0, 0};

    for (int i = 0; i < RUNNING_MOST && !found; i++) {
        if (!running[i].column ||
            (running[i].column == column && running[i].each_row == each_row))
            found = &running[i];
    }
    if (!found || !found->column || found->to > to) {
        add_rows(ctx, column, 0, to, &sum);
    } else {
        sum = found->sum;
        add_rows(ctx, column, found->to, to, &sum);
    }
    if (found)
        *found = (struct running){column, each_row, to, sum};
    return sum;
}

/* A sum over rows of two currencies means nothing: refused. */
static bool currencies_agree(const struct context *ctx, size_t from, size_t to, struct where at)
{
    const struct record *record = ctx->plan->record;
    const struct field *currency = field_column(ctx->list, STR("currency"));

    for (size_t r = from + 1; currency && !ctx->each && r < to; r++) {
        if (value_same(record_cell(record, ctx->list, from, currency),
                       record_cell(record, ctx->list, r, currency)))
            continue;
        err_add(ctx->err, CURRENCY_MIXED, at, "合计跨越多种币制", "the sum mixes currencies");
        err_hint(ctx->err, "begin the row with {each currency}");
        return false;
    }
    return true;
}

struct str sum_text(const struct context *ctx, const struct piece *piece)
{
    size_t from = ctx->from[piece->reach], to = ctx->to[piece->reach];
    struct decimal sum = {0, 0};
    struct str capital;

    if (piece->format != FORMAT_PLAIN && piece->format != FORMAT_NUMBER &&
        !currencies_agree(ctx, from, to, piece->at))
        return STR_NONE;
    if (from == 0)
        sum = sum_from_first(ctx, piece->field, to);
    else
        add_rows(ctx, piece->field, from, to, &sum);
    if (piece->format == FORMAT_CAPITAL && capital_text(ctx->arena, sum, &capital))
        return capital;
    return decimal_text(ctx->arena, sum, piece->format != FORMAT_PLAIN,
                        piece->format == FORMAT_MONEY ? 2 : 0);
}
