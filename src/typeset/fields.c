/* fields.c: the body of a check sheet: every field in the manual's order, its label over its
 * value, as customs declarations print them. A field takes as many of the equal columns as its
 * value needs for one line; what is still longer takes the whole row and wraps. The last field
 * of a row runs on to the right edge, so there are no holes. */
#include "typeset/plan.h"

/* 主管海关(0110): the code stands behind the label, the name below it. */
static struct words label_words(const struct context *ctx, const struct field *field)
{
    struct piece *pieces = NEW_ARRAY(ctx->arena, 4, struct piece);
    struct words words = {.pieces = pieces, .count = 1, .at = field->at};

    pieces[0] = (struct piece){.words = field->label, .at = field->at};
    if (field->type != FIELD_CODE || !record_value(ctx->plan->record, field)->code.n)
        return words;
    pieces[1] = (struct piece){.words = STR("("), .at = field->at};
    pieces[2] = (struct piece){.type = PIECE_FIELD, .field = field, .at = field->at};
    pieces[2].part = PART_CODE;
    pieces[3] = (struct piece){.words = STR(")"), .at = field->at};
    words.count = 4;
    return words;
}

static struct cell field_cell(const struct context *ctx, const struct fields *fields,
                              const struct field *field)
{
    struct cell cell = {.count = 2, .columns = 1, .rows = 1, .at = field->at};
    struct piece *piece = NEW(ctx->arena, struct piece);

    *piece = (struct piece){.type = PIECE_FIELD, .field = field, .at = field->at};
    piece->format = field->type == FIELD_TIME ? FORMAT_TIME : FORMAT_PLAIN;
    cell.paras = NEW_ARRAY(ctx->arena, 2, struct para);
    cell.paras[0] = (struct para){.words = label_words(ctx, field), .role = fields->label};
    cell.paras[1] = (struct para){.role = fields->value};
    cell.paras[1].words = (struct words){.pieces = piece, .count = 1, .value = true};
    cell.paras[1].words.at = field->at;
    return cell;
}

static mpt para_width(const struct context *ctx, const struct para *para)
{
    struct text_style style = role_style(ctx->plan, para);
    mpt token, natural = 0;
    size_t count;
    bool shown;
    struct text_span *spans = words_expand(ctx, &para->words, &count, &shown);

    if (!shown || !text_measure(ctx->plan->text, ctx->arena, spans, count, &style, &token,
                                &natural, ctx->err))
        return 0;
    return natural;
}

/* The least number of columns in which label and value stand on one line each. */
static int field_span(const struct context *ctx, const struct unit *unit,
                      const struct field *field, const struct cell *cell)
{
    int columns = (int)unit->tracks.count, span = 1;
    mpt wide = mpt_max(para_width(ctx, &cell->paras[0]), para_width(ctx, &cell->paras[1]));

    if (field->type == FIELD_LINES)
        return columns;
    while (span < columns && tracks_width(&unit->tracks, 0, span) < wide)
        span++;
    return span;
}

static struct set_row *row_start(struct typeset *plan, struct unit *unit)
{
    struct set_row *row = &unit->rows[unit->count++];

    row->cells = NEW_ARRAY(plan->arena, unit->tracks.count, struct set_cell);
    return row;
}

/* Places one field; *column is where the row goes on, at its end a new row begins. */
static void field_place(const struct context *ctx, struct typeset *plan, struct unit *unit,
                        const struct cell *cells, const int *spans, size_t count, size_t i,
                        size_t *column)
{
    size_t columns = unit->tracks.count;
    struct set_row *row = *column ? &unit->rows[unit->count - 1] : row_start(plan, unit);
    bool last = i + 1 == count || *column + (size_t)spans[i] + (size_t)spans[i + 1] > columns;
    int span = last ? (int)(columns - *column) : spans[i];
    struct cell cell = cells[i];

    cell.columns = span;
    row->cells[*column] = cell_set(ctx, &cell, tracks_width(&unit->tracks, *column, span));
    if (row->cells[*column].count)
        row->cells[*column].paras[0].head = true;
    *column = last ? 0 : *column + (size_t)span;
}

void fields_plan(struct typeset *plan, const struct block *block, struct unit *unit,
                 struct err *err)
{
    struct context ctx = {.plan = plan, .arena = plan->arena, .err = err, .row = NO_ROW};
    const struct fields *fields = &block->as.fields;
    const struct layout *layout = plan->layout;
    const struct kind *kind = layout->kind;
    size_t columns = (size_t)fields->columns, count = 0, column = 0;
    static const struct track equal = {.share = 1};
    const struct track **tracks = NEW_ARRAY(plan->arena, columns, const struct track *);
    struct cell *cells = NEW_ARRAY(plan->arena, kind->count, struct cell);
    int *spans = NEW_ARRAY(plan->arena, kind->count, int);
    mpt *least = NEW_ARRAY(plan->arena, kind->count, mpt);

    ctx.blank = block->blank;
    for (size_t c = 0; c < columns; c++)
        tracks[c] = &equal;
    unit->border = BORDER_ALL;
    tracks_share(plan->arena, tracks, columns, layout->left,
                 layout->width - layout->left - layout->right, NULL, &unit->tracks);
    unit->tracks.padding = layout->padding;
    for (size_t i = 0; i < kind->count; i++) {
        const struct field *field = &kind->fields[i];

        if (field->type == FIELD_LIST)
            continue;
        least[count] = fields->row;
        cells[count] = field_cell(&ctx, fields, field);
        spans[count] = field_span(&ctx, unit, field, &cells[count]);
        count++;
    }
    unit->rows = NEW_ARRAY(plan->arena, count, struct set_row);
    for (size_t i = 0; i < count; i++)
        field_place(&ctx, plan, unit, cells, spans, count, i, &column);
    rows_measure(unit->rows, unit->count, columns, least, layout->padding);
    unit->heights = NEW_ARRAY(plan->arena, unit->count, mpt);
    for (size_t r = 0; r < unit->count; r++)
        unit->heights[r] = unit->rows[r].height;
}
