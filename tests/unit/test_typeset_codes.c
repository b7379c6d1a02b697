/* QR codes as printers need them: whole dots, and the level that a seal and a printer allow. */
#include "forms.h"

static const struct matrix *qr_of(const struct page *page)
{
    for (size_t i = 0; i < page->count; i++) {
        const struct item *item = &page->items[i];

        if (item->type == ITEM_MATRIX && str_is(item->as.matrix.what, "qr"))
            return &item->as.matrix;
    }
    fail_msg("no QR code");
    abort(); /* for the compiler: a failure does not return */
}

/* The page on which a seal of so many bytes stands, for a printer of so many dots. */
static struct page sealed_page(struct world *world, const char *layout, size_t bytes, int dpi,
                               size_t index)
{
    struct typeset_facts facts = {.status_name = STR("审核通过"),
                                  .status_code = STR("approved"),
                                  .verify_code = STR("AAAA-BBBB-CCCC-DDDD"),
                                  .seal_bytes = bytes,
                                  .dpi = dpi};
    char *text = arena_alloc(world->arena, 512);
    struct typeset *typeset = NULL;
    struct err err;

    snprintf(text, 512, "https://verify.exam.ple/s/");
    for (size_t i = 0; i < (8 * bytes + 4) / 5; i++)
        text[26 + i] = (char)("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"[i * 7 % 32]);
    facts.verify_url = str_from(text);
    err_init(&err, world->arena);
    if (!typeset_plan(world->arena, layout_of(world, layout),
                      record_of(world, "\"remarks\":\"x\""), world->fonts, world->text, &facts,
                      &typeset, &err))
        fail_msg("%.*s", STR_ARG(err.first->en));
    return page_of(world, typeset, index);
}

static void level_and_version_follow_the_seal(void **state)
{
    static const struct {
        size_t bytes;
        int dpi, columns; /* version 12 has 65, 10 has 57 */
    } cases[] = {{149, 300, 65}, {156, 300, 65}, {157, 300, 57}, {166, 300, 57},
                 {149, 600, 65}, {149, 203, 57}, {149, 0, 65}};
    struct world *world = *state;

    for (size_t i = 0; i < COUNT(cases); i++) {
        struct page page = sealed_page(world, "flow = a\n[text a]\ntext = x\n", cases[i].bytes,
                                       cases[i].dpi, 0);

        if (qr_of(&page)->columns != cases[i].columns)
            fail_msg("%zu bytes at %d dpi: %d modules", cases[i].bytes, cases[i].dpi,
                     qr_of(&page)->columns);
    }
}

/* Is the length a whole number of dots, as nearly as thousandths of a point can say? Twice: a
 * place on the back of a sheet is a difference. */
static bool whole(mpt length, int dpi)
{
    double dots = (double)length * dpi / 72000;

    return fabs(dots - round(dots)) < 1.02 * dpi / 72000;
}

static void codes_stand_on_whole_dots_on_both_sides_of_a_sheet(void **state)
{
    static const int dpis[] = {150, 180, 203, 300, 360, 600, 1200};
    struct world *world = *state;

    for (size_t i = 0; i < COUNT(dpis); i++) {
        for (size_t side = 0; side < 2; side++) {
            struct page page = sealed_page(world,
                                           "flow = a b\n[text a]\ntext = x\nafter = 200mm\n"
                                           "[grid b]\ncolumns = *\nrow = 90mm\nrows =\n    y\n"
                                           "[page]\nbinding = 10.1mm left\nduplex = yes\n",
                                           149, dpis[i], side);
            const struct matrix *qr = qr_of(&page);

            if (!whole(qr->at.x, dpis[i]) || !whole(qr->at.y, dpis[i]) ||
                !whole(qr->at.w, dpis[i]) || qr->at.w != qr->at.h)
                fail_msg("%d dpi, side %zu: %d %d %d", dpis[i], side, qr->at.x, qr->at.y,
                         qr->at.w);
            assert_true((qr->at.w * (int64_t)dpis[i] + 36000) / 72000 % qr->columns == 0);
            assert_true(qr->at.w <= MM(24) && qr->at.w > MM(14));
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(level_and_version_follow_the_seal),
        cmocka_unit_test(codes_stand_on_whole_dots_on_both_sides_of_a_sheet),
    };

    return cmocka_run_group_tests(tests, world_open, world_close);
}
