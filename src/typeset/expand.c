/* expand.c: a layout's words + a record → the text that is set. */
#include "typeset/plan.h"

bool condition_holds(const struct typeset *plan, const struct condition *when)
{
    if (when->field)
        return str_eq(record_value(plan->record, when->field)->text, when->value);
    for (size_t i = 0; i < when->status_count; i++) {
        if (str_eq(when->statuses[i], plan->facts.status_code))
            return true;
    }
    return when->status_count == 0;
}

/* In an end row a column means the rows that the end row repeats for. */
static size_t piece_row(const struct context *ctx)
{
    return (size_t)(ctx->row == NO_ROW ? ctx->each_row : ctx->row);
}

static const struct value *piece_source(const struct context *ctx, const struct piece *piece)
{
    const struct record *record = ctx->plan->record;

    if (piece->column)
        return record_cell(record, ctx->list, piece_row(ctx), piece->field);
    return record_value(record, piece->field);
}

static struct str piece_pointer(const struct context *ctx, const struct piece *piece)
{
    if (piece->column)
        return cell_pointer(ctx->arena, ctx->list, piece_row(ctx), piece->field);
    return field_pointer(ctx->arena, piece->field);
}

/* Customs titles use the full name: missing is an error, never guessed. */
static struct str full_name(const struct context *ctx, const struct piece *piece,
                            const struct value *value)
{
    struct str none = STR_NONE;

    if (value->full_name.n || !value->text.n)
        return value->full_name;
    err_add(ctx->err, FULL_NAME_MISSING, where_pointer(piece_pointer(ctx, piece)),
            "“%.*s”没有全称", "'%.*s' has no full name", STR_ARG(value->text));
    err_hint(ctx->err, "请在记录中填写 full_name，或补充 config/codes 中的代码表");
    return none;
}

static struct str fact_text(const struct context *ctx, enum fact fact)
{
    const struct typeset_facts *facts = &ctx->plan->facts;
    const struct record *record = ctx->plan->record;

    switch (fact) {
    case FACT_STATUS:
        return facts->status_name;
    case FACT_VERSION:
        return str_printf(ctx->arena, "%lld", (long long)record->version);
    case FACT_RECEIVED_AT:
        return record->received_at;
    case FACT_PRINTED_AT:
        return facts->printed_at;
    case FACT_VERIFY_URL:
        return facts->verify_url;
    case FACT_VERIFY_CODE:
        return facts->verify_code;
    case FACT_NUMBER:
        return record_number(record);
    case FACT_MARK:
        return facts->mark;
    case FACT_COPY:
        return facts->copy ? ctx->plan->layout->copies[facts->copy - 1] : (struct str){0};
    case FACT_PAGE:
        return str_printf(ctx->arena, "%zu", ctx->page);
    case FACT_PAGES:
        return str_printf(ctx->arena, "%zu", ctx->pages);
    case FACT_ROW:
        return str_printf(ctx->arena, "%ld", ctx->row + 1);
    case FACT_ROWS:
        return str_printf(ctx->arena, "%zu", record_rows(ctx->plan->record, ctx->list)->count);
    case FACTS:
        break;
    }
    return STR_NONE;
}

static struct str piece_text(const struct context *ctx, const struct piece *piece)
{
    const struct value *value;

    switch (piece->type) {
    case PIECE_WORDS:
        return piece->words;
    case PIECE_CHECK:
        value = piece_source(ctx, piece);
        return str_eq(value->text, piece->words) || str_eq(value->code, piece->words)
                   ? STR("☑")
                   : STR("☐");
    case PIECE_FACT:
        return format_value(ctx->arena, piece->format, fact_text(ctx, piece->fact));
    case PIECE_SUM:
        return sum_text(ctx, piece);
    case PIECE_EACH:
    case PIECE_FIELD:
        break;
    }
    value = piece_source(ctx, piece);
    if (piece->part == PART_CODE)
        return value->code;
    if (piece->part == PART_FULL_NAME)
        return full_name(ctx, piece, value);
    return format_value(ctx->arena, piece->format, value->text);
}

bool words_empty(const struct context *ctx, const struct words *words, int *fields,
                 int *required)
{
    bool empty = true;

    *fields = *required = 0;
    for (size_t i = 0; i < words->count; i++) {
        const struct piece *piece = &words->pieces[i];

        if (piece->type == PIECE_WORDS || piece->type == PIECE_CHECK)
            continue;
        ++*fields;
        *required += !piece->optional;
        if (piece->type == PIECE_FIELD) {
            const struct value *value = piece_source(ctx, piece);

            empty = empty && (piece->part == PART_CODE ? value->code.n : value->text.n) == 0;
        } else if (piece->type == PIECE_FACT) {
            empty = empty && fact_text(ctx, piece->fact).n == 0;
        } else {
            empty = false;
        }
    }
    return empty;
}

struct text_span *words_expand(const struct context *ctx, const struct words *words,
                               size_t *count, bool *shown)
{
    struct text_span *spans = NEW_ARRAY(ctx->arena, words->count + 1, struct text_span);
    int fields, required;
    bool empty = words_empty(ctx, words, &fields, &required), literal = false;
    size_t n = 0;

    *shown = !(fields && !required && empty);
    for (size_t i = 0; *shown && i < words->count; i++) {
        const struct piece *piece = &words->pieces[i];
        struct text_span span = {.text = piece_text(ctx, piece)};

        literal = literal || piece->type == PIECE_WORDS || piece->type == PIECE_CHECK;
        if (!span.text.n)
            continue;
        if (piece->field && piece->type != PIECE_SUM) {
            span.pointer = piece_pointer(ctx, piece);
            span.field = piece->field->label;
        }
        spans[n++] = span;
    }
    if (fields && empty && (!*shown || !literal) && ctx->blank.n) {
        *shown = true;
        spans[n++] = (struct text_span){.text = ctx->blank};
    }
    *count = n;
    return spans;
}

struct str words_plain(const struct context *ctx, const struct words *words)
{
    struct str text = STR_NONE;

    for (size_t i = 0; i < words->count; i++) {
        struct str piece = piece_text(ctx, &words->pieces[i]);

        text = str_printf(ctx->arena, "%.*s%.*s", STR_ARG(text), STR_ARG(piece));
    }
    return text;
}
