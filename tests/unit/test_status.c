/* The list of papers that hold no longer: read whole, as it was signed, or not at all. */
#include "base/buf.h"
#include "seal/key.h"
#include "seal/status.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { MEMORY = 256 << 20, MADE = 1772676000, MANY = 5000 };

static const char papers_text[] = "# number kind version what\n"
                                  "Z2024-7 2 3 superseded\n"
                                  "\n"
                                  "Z2024-7 3 3 withdrawn\n"
                                  "  Z2024-7   2 4\twithdrawn  \n"
                                  "GP31 7 65535 superseded\n"
                                  "GP31 7 65535 withdrawn\n";

struct world {
    struct arena *arena;
    const struct keys *keys;
    struct signer *signer; /* the test key, which is on the list */
    struct err err;
};

static int open_world(void **state)
{
    struct world *world = test_calloc(1, sizeof *world);

    world->arena = arena_new(MEMORY, NULL, NULL);
    world->signer = signer_published(1);
    err_init(&world->err, world->arena);
    *state = world;
    return world->signer &&
                   keys_load(world->arena, getenv("DANZHENG_HOME"), &world->keys, &world->err)
               ? 0
               : -1;
}

static int close_world(void **state)
{
    struct world *world = *state;

    signer_close(world->signer);
    arena_free(world->arena);
    test_free(world);
    return 0;
}

static struct str written(struct world *world, const char *text, int64_t made,
                          struct signer *signer)
{
    const struct status_paper *papers;
    struct str bytes = STR_NONE;
    size_t count;

    err_init(&world->err, world->arena);
    assert_true(status_papers_parse(world->arena, "papers", str_from(text), &papers, &count,
                                    &world->err));
    assert_true(status_write(world->arena, papers, count, made, signer, &bytes, &world->err));
    return bytes;
}

/* NULL where it is refused, as it must be. */
static const struct status_list *parsed(struct world *world, struct str bytes)
{
    const struct status_list *list = NULL;

    err_init(&world->err, world->arena);
    if (status_parse(world->arena, "list", bytes, world->keys, &list, &world->err))
        return list;
    assert_null(list);
    assert_int_equal(world->err.first->code, STATUS_LIST_FAULT);
    return NULL;
}

/* A list with these entries, well signed whatever they are. */
static struct str crafted(struct world *world, const char *head, const void *entries, size_t n,
                          const char *tail)
{
    static const char prefix[14] = "SW-STATUS-1";
    uint8_t signature[SIGNATURE], id[4];
    struct buf list, message;
    struct str out;

    buf_init(&list, 1 << 20);
    buf_init(&message, 1 << 20);
    buf_text(&list, head);
    buf_add(&list, entries, n);
    buf_add(&message, prefix, sizeof prefix);
    buf_str(&message, buf_view(&list));
    assert_true(signer_sign(world->signer, buf_view(&message), signature, &world->err));
    key_id(signer_spki(world->signer), id);
    buf_printf(&list, "signature %02x%02x%02x%02x ", id[0], id[1], id[2], id[3]);
    buf_base64(&list, signature, sizeof signature);
    buf_text(&list, tail);
    out = str_copy(world->arena, buf_view(&list));
    buf_release(&list);
    buf_release(&message);
    return out;
}

static void what_was_entered_is_found(void **state)
{
    struct world *world = *state;
    const struct status_list *list =
        parsed(world, written(world, papers_text, MADE, world->signer));

    assert_non_null(list);
    assert_int_equal(list->count, 4);
    assert_int_equal(list->made, MADE);
    assert_true(list->test && list->by.n > 0);
    assert_int_equal(status_find(list, STR("Z2024-7"), 2, 3), PAPER_SUPERSEDED);
    assert_int_equal(status_find(list, STR("Z2024-7"), 3, 3), PAPER_WITHDRAWN);
    assert_int_equal(status_find(list, STR("Z2024-7"), 2, 4), PAPER_WITHDRAWN);
    assert_int_equal(status_find(list, STR("GP31"), 7, 65535), PAPER_WITHDRAWN);
    assert_int_equal(status_find(list, STR("Z2024-7"), 2, 5), PAPER_NOT_LISTED);
    assert_int_equal(status_find(list, STR("Z2024-7"), 4, 3), PAPER_NOT_LISTED);
    assert_int_equal(status_find(list, STR("Z2024-72"), 3, 3), PAPER_NOT_LISTED);
    assert_int_equal(status_find(list, STR("Z2024-"), 2, 3), PAPER_NOT_LISTED);
}

static void each_of_many_is_found_and_nothing_else(void **state)
{
    struct world *world = *state;
    struct status_paper *papers = NEW_ARRAY(world->arena, MANY, struct status_paper);
    const struct status_list *list;
    struct str bytes;

    for (int i = 0; i < MANY; i++)
        papers[i] =
            (struct status_paper){str_printf(world->arena, "N%d", i * 7919 % MANY), 1 + i % 7,
                                  i, i % 2 ? PAPER_SUPERSEDED : PAPER_WITHDRAWN};
    err_init(&world->err, world->arena);
    assert_true(
        status_write(world->arena, papers, MANY, MADE, world->signer, &bytes, &world->err));
    assert_true(bytes.n < MANY * STATUS_ENTRY + 200);
    list = parsed(world, bytes);
    assert_non_null(list);
    assert_int_equal(list->count, MANY);
    for (int i = 0; i < MANY; i++) {
        const struct status_paper *p = &papers[i];

        assert_int_equal(status_find(list, p->number, p->kind, p->version), p->status);
        assert_int_equal(status_find(list, p->number, p->kind, (p->version + 1) % 65536),
                         PAPER_NOT_LISTED);
    }
}

static void an_empty_list_is_a_list(void **state)
{
    struct world *world = *state;
    const struct status_list *list = parsed(world, written(world, "", MADE, world->signer));

    assert_non_null(list);
    assert_int_equal(list->count, 0);
    assert_int_equal(status_find(list, STR("A"), 1, 1), PAPER_NOT_LISTED);
}

static void no_byte_of_a_list_can_be_another(void **state)
{
    struct world *world = *state;
    struct str bytes = written(world, papers_text, MADE, world->signer);

    for (size_t bit = 0; bit < 8 * bytes.n; bit++) {
        struct str other = str_copy(world->arena, bytes);

        ((char *)(uintptr_t)other.p)[bit / 8] ^= (char)(1 << bit % 8);
        assert_null(parsed(world, other));
    }
    for (size_t n = 0; n < bytes.n; n++)
        assert_null(parsed(world, str_copy(world->arena, (struct str){bytes.p, n})));
    assert_null(parsed(world, str_printf(world->arena, "%.*s\n", STR_ARG(bytes))));
}

static void a_list_that_is_signed_must_still_be_well_formed(void **state)
{
    static const char head[] = "danzheng-status/1\nlist 2026-03-05T10:00:00+08:00 2\n";
    static const char *const heads[] = {
        "danzheng-status/2\nlist 2026-03-05T10:00:00+08:00 2\n",
        "danzheng-status/1\nlist 2026-03-05 2\n",
        "danzheng-status/1\nlist 2026-03-05T10:00:00+08:00 999999999\n",
        "danzheng-status/1\nlist 2026-03-05T10:00:00+08:00 -1\n",
        "danzheng-status/1\nlist 2026-03-05T10:00:00+08:00 1\n",
        "danzheng-status/1\nlist 2026-03-05T10:00:00+08:00 2 \n",
    };
    struct world *world = *state;
    uint8_t entries[2 * STATUS_ENTRY] = {[10] = 1, [11] = 1, [21] = 2};
    size_t n = sizeof entries;

    assert_non_null(parsed(world, crafted(world, head, entries, n, "\n")));
    for (size_t i = 0; i < COUNT(heads); i++)
        assert_null(parsed(world, crafted(world, heads[i], entries, n, "\n")));
    assert_null(parsed(world, crafted(world, head, entries, n, "\nx")));
    assert_null(parsed(world, crafted(world, head, entries, n, " \n")));
    assert_null(parsed(world, crafted(world, head, entries, n - 1, "\n")));
    entries[21] = 3;
    assert_null(parsed(world, crafted(world, head, entries, n, "\n")));
    entries[21] = 0;
    assert_null(parsed(world, crafted(world, head, entries, n, "\n")));
    entries[21] = 2;
    entries[11] = 0; /* the same paper twice */
    assert_null(parsed(world, crafted(world, head, entries, n, "\n")));
    entries[0] = 1; /* not ascending */
    assert_null(parsed(world, crafted(world, head, entries, n, "\n")));
}

static void only_a_listed_key_in_its_window_signs(void **state)
{
    struct world *world = *state;
    struct signer *stranger = signer_generate(SUITE_ED25519), *root = signer_published(2);
    struct keys keys = *world->keys;
    struct key all[1] = {keys.all[0]};
    struct str bytes = written(world, papers_text, MADE, world->signer);
    const struct status_list *list = NULL;

    assert_null(parsed(world, written(world, papers_text, MADE, stranger)));
    list = parsed(world, written(world, papers_text, MADE, root));
    assert_non_null(list);
    assert_true(list->test); /* as the root is */
    keys.all = all;
    keys.count = 1;
    world->keys = &keys;
    assert_non_null(parsed(world, bytes));
    all[0].until = MADE - 1;
    assert_null(parsed(world, bytes));
    all[0].until = MADE;
    all[0].from = MADE;
    all[0].status = KEY_ACTIVE;
    list = parsed(world, bytes);
    assert_non_null(list);
    assert_false(list->test);
    all[0].status = KEY_COMPROMISED;
    all[0].since = MADE + 1; /* who has the key can write any date */
    assert_null(parsed(world, bytes));
    err_init(&world->err, world->arena);
    assert_true(keys_load(world->arena, getenv("DANZHENG_HOME"), &world->keys, &world->err));
    signer_close(stranger);
    signer_close(root);
}

static void every_line_that_is_no_paper_is_named(void **state)
{
    static const char text[] = "A 1 1 withdrawn\nA 1 1 gone\na 1 1 withdrawn\nA 0 1 withdrawn\n"
                               "A 32 1 withdrawn\nA 1 65536 withdrawn\nA 1 1 withdrawn now\n"
                               "A 1 1\nA123456789012345678901234 1 1 withdrawn";
    struct world *world = *state;
    const struct status_paper *papers;
    size_t count;

    err_init(&world->err, world->arena);
    assert_false(status_papers_parse(world->arena, "papers", str_from(text), &papers, &count,
                                     &world->err));
    assert_int_equal(world->err.faults, 8);
    assert_int_equal(world->err.first->at.line, 2);
    assert_int_equal(world->err.last->at.line, 9);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_entered_is_found),
        cmocka_unit_test(each_of_many_is_found_and_nothing_else),
        cmocka_unit_test(an_empty_list_is_a_list),
        cmocka_unit_test(no_byte_of_a_list_can_be_another),
        cmocka_unit_test(a_list_that_is_signed_must_still_be_well_formed),
        cmocka_unit_test(only_a_listed_key_in_its_window_signs),
        cmocka_unit_test(every_line_that_is_no_paper_is_named),
    };
    return cmocka_run_group_tests(tests, open_world, close_world);
}
