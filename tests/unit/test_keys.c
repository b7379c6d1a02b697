/* Keys and their signed list: what is forged, early, late, leaked or not allowed never counts;
 * SM2 as published; private keys at rest. */
#include "base/buf.h"
#include "digest/digest.h"
#include "seal/issue.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { DAY = 86400 };
static const int64_t now = 1772676000; /* 2026-03-05 10:00 +08:00 */

struct world {
    struct arena *arena;
    struct roots roots; /* one of our own, which is no test */
    struct signer *root, *ed25519, *sm2;
    struct err err;
};

static int open_world(void **state)
{
    struct world *world = test_calloc(1, sizeof *world);

    world->arena = arena_new(256 << 20, NULL, NULL);
    world->root = signer_generate(SUITE_ED25519);
    world->ed25519 = signer_generate(SUITE_ED25519);
    world->sm2 = signer_generate(SUITE_SM2);
    world->roots.count = 1;
    world->roots.all[0] =
        (struct root){.spki = signer_spki(world->root), .name = STR("our own")};
    key_id(world->roots.all[0].spki, world->roots.all[0].id);
    err_init(&world->err, world->arena);
    *state = world;
    return 0;
}

static int close_world(void **state)
{
    struct world *world = *state;

    signer_close(world->root);
    signer_close(world->ed25519);
    signer_close(world->sm2);
    arena_free(world->arena);
    test_free(world);
    return 0;
}

static struct key key_of(const struct signer *signer)
{
    struct key key = {.suite = signer_suite(signer),
                      .spki = signer_spki(signer),
                      .from = now - DAY,
                      .until = now + DAY,
                      .kinds = 0xFE,
                      .states = 3,
                      .status = KEY_ACTIVE,
                      .name = STR("某海关 一号")};

    key_id(key.spki, key.id);
    return key;
}

/* The text of a list of these keys, signed by the world's root. */
static struct str list_of(struct world *world, const struct key *all, size_t count)
{
    const struct keys keys = {.number = 7, .made = now, .all = all, .count = count};
    struct str text;

    assert_true(keys_write(world->arena, &keys, world->root, &text, &world->err));
    return text;
}

static const struct keys *read_list(struct world *world, struct str text)
{
    const struct keys *keys = NULL;

    err_init(&world->err, world->arena);
    if (!keys_parse(world->arena, "keys.txt", text, &world->roots, &keys, &world->err))
        return NULL;
    return keys;
}

static struct seal_fields fields_of(void)
{
    return (struct seal_fields){.kind = 3,
                                .state = 1,
                                .version = 2,
                                .issued = now,
                                .number = STR("220020260000123456"),
                                .lines = 137,
                                .pages = -1,
                                .from_day = -1,
                                .to_day = -1,
                                .holder = "3101234567"};
}

/* A seal of these fields, whatever the key's entry says. */
static struct str sealed(struct world *world, struct signer *signer, struct seal_fields fields)
{
    struct key key = key_of(signer);
    uint8_t *bytes = arena_alloc(world->arena, SEAL_MOST);
    size_t n;

    key.from = 0;
    key.until = INT64_MAX;
    key.kinds = key.states = UINT32_MAX;
    assert_true(seal_sign(signer, &key, &fields, bytes, &n, &world->err));
    return (struct str){(const char *)bytes, n};
}

static enum seal_result result_of(struct world *world, struct key entry, struct str bytes)
{
    const struct keys *keys = read_list(world, list_of(world, &entry, 1));
    struct seal_fields fields;
    const struct key *key;

    assert_non_null(keys);
    return seal_check(keys, bytes, &fields, &key);
}

/* ---- what a key's entry decides */

static void a_seal_of_either_suite_is_good(void **state)
{
    struct world *world = *state;

    assert_int_equal(
        result_of(world, key_of(world->ed25519), sealed(world, world->ed25519, fields_of())),
        SEAL_GOOD);
    assert_int_equal(
        result_of(world, key_of(world->sm2), sealed(world, world->sm2, fields_of())),
        SEAL_GOOD);
}

static void a_seal_of_either_suite_with_any_byte_changed_is_not(void **state)
{
    struct world *world = *state;
    struct signer *signers[] = {world->ed25519, world->sm2};

    for (size_t s = 0; s < COUNT(signers); s++) {
        struct str bytes = sealed(world, signers[s], fields_of());
        struct key entry = key_of(signers[s]);
        const struct keys *keys = read_list(world, list_of(world, &entry, 1));

        for (size_t i = 0; i < bytes.n; i++) {
            struct str other = str_copy(world->arena, bytes);
            struct seal_fields fields;
            const struct key *key;

            ((char *)(uintptr_t)other.p)[i] ^= (char)(1 + i % 255);
            assert_int_not_equal(seal_check(keys, other, &fields, &key), SEAL_GOOD);
        }
    }
}

static void a_key_counts_in_its_window_only(void **state)
{
    struct world *world = *state;
    struct str bytes = sealed(world, world->ed25519, fields_of());
    struct key key = key_of(world->ed25519);

    key.from = now;
    key.until = now + 1;
    assert_int_equal(result_of(world, key, bytes), SEAL_GOOD);
    key.from = now + 1;
    key.until = now + 2;
    assert_int_equal(result_of(world, key, bytes), SEAL_OUTSIDE_WINDOW);
    key.from = now - 2;
    key.until = now - 1;
    assert_int_equal(result_of(world, key, bytes), SEAL_OUTSIDE_WINDOW);
}

static void a_key_that_leaked_counts_no_more(void **state)
{
    struct world *world = *state;
    struct str bytes = sealed(world, world->ed25519, fields_of());
    struct key key = key_of(world->ed25519);

    key.status = KEY_COMPROMISED;
    key.since = now;
    assert_int_equal(result_of(world, key, bytes), SEAL_COMPROMISED);
    key.since = now - 1;
    assert_int_equal(result_of(world, key, bytes), SEAL_COMPROMISED);
    key.since = now + 1;
    assert_int_equal(result_of(world, key, bytes), SEAL_WITNESS_NEEDED);
}

static void a_key_seals_its_kinds_and_states_only(void **state)
{
    struct world *world = *state;
    struct str bytes = sealed(world, world->ed25519, fields_of());
    struct key key = key_of(world->ed25519);

    key.kinds = 2; /* check sheets */
    assert_int_equal(result_of(world, key, bytes), SEAL_KIND_NOT_ALLOWED);
    key = key_of(world->ed25519);
    key.states = 1; /* drafts */
    assert_int_equal(result_of(world, key, bytes), SEAL_KIND_NOT_ALLOWED);
}

static void other_keys_do_not_count(void **state)
{
    struct world *world = *state;
    struct str bytes = sealed(world, world->ed25519, fields_of());
    struct key test = key_of(world->ed25519);

    assert_int_equal(result_of(world, key_of(world->sm2), bytes), SEAL_UNKNOWN_KEY);
    test.status = KEY_RETIRED;
    assert_int_equal(result_of(world, test, bytes), SEAL_GOOD);
    test.status = KEY_TEST;
    assert_int_equal(result_of(world, test, bytes), SEAL_TEST);
}

static void a_key_does_not_seal_what_its_entry_forbids(void **state)
{
    struct world *world = *state;
    struct key key = key_of(world->ed25519);
    struct seal_fields fields = fields_of();
    uint8_t made[SEAL_MOST];
    size_t n;

    err_init(&world->err, world->arena);
    fields.kind = 9;
    assert_false(seal_sign(world->ed25519, &key, &fields, made, &n, &world->err));
    assert_int_equal(world->err.last->code, SEAL_NOT_PERMITTED);
    fields = fields_of();
    fields.issued = key.from - 1;
    assert_false(seal_sign(world->ed25519, &key, &fields, made, &n, &world->err));
    assert_int_equal(world->err.last->code, KEY_WINDOW);
}

/* ---- the list */

static void a_list_is_read_as_it_was_written(void **state)
{
    struct world *world = *state;
    struct key all[2] = {key_of(world->ed25519), key_of(world->sm2)};
    const struct keys *keys;

    all[1].status = KEY_COMPROMISED;
    all[1].since = now + 5;
    all[1].kinds = 2;
    err_init(&world->err, world->arena);
    assert_true(keys_parse(world->arena, "keys.txt", list_of(world, all, 2), &world->roots,
                           &keys, &world->err));
    assert_int_equal(keys->count, 2);
    assert_int_equal(keys->number, 7);
    assert_int_equal(keys->made, now);
    assert_true(str_is(keys->root->name, "our own"));
    for (size_t i = 0; i < 2; i++) {
        assert_true(str_eq(keys->all[i].spki, all[i].spki));
        assert_true(str_eq(keys->all[i].name, all[i].name));
        assert_int_equal(keys->all[i].from, all[i].from);
        assert_int_equal(keys->all[i].until, all[i].until);
        assert_int_equal(keys->all[i].kinds, all[i].kinds);
        assert_int_equal(keys->all[i].states, all[i].states);
        assert_int_equal(keys->all[i].status, all[i].status);
        assert_int_equal(keys->all[i].since, all[i].since);
    }
}

static void a_list_with_any_byte_changed_is_not_believed(void **state)
{
    struct world *world = *state;
    struct key all[2] = {key_of(world->ed25519), key_of(world->sm2)};
    struct str text = list_of(world, all, 2);

    for (size_t i = 0; i < text.n; i++) {
        struct str other = str_copy(world->arena, text);

        ((char *)(uintptr_t)other.p)[i] ^= 1;
        if (read_list(world, other))
            fail_msg("byte %zu of %zu may be changed", i, text.n);
        assert_int_equal(world->err.first->code, KEY_LIST_FAULT);
    }
}

static void a_list_cut_or_longer_is_not_believed(void **state)
{
    struct world *world = *state;
    struct key key = key_of(world->ed25519);
    struct str text = list_of(world, &key, 1);

    for (size_t n = 0; n < text.n; n++)
        assert_null(read_list(world, (struct str){text.p, n}));
    assert_null(read_list(world, str_printf(world->arena, "%.*s\n", STR_ARG(text))));
    assert_null(read_list(world, str_printf(world->arena, "%.*skey x\n", STR_ARG(text))));
    assert_null(
        read_list(world, str_printf(world->arena, "%.*s%.*s", STR_ARG(text), STR_ARG(text))));
}

static void only_roots_vouch(void **state)
{
    struct world *world = *state;
    struct key key = key_of(world->ed25519);
    const struct keys list = {.number = 1, .made = now, .all = &key, .count = 1};
    struct str text;

    /* the key itself is no root */
    assert_true(keys_write(world->arena, &list, world->ed25519, &text, &world->err));
    assert_null(read_list(world, text));
}

static void test_roots_vouch_for_test_keys_only(void **state)
{
    struct world *world = *state;
    struct signer *root = signer_published(2);
    struct key key = key_of(world->ed25519);
    const struct keys list = {.number = 1, .made = now, .all = &key, .count = 1};
    struct roots roots = {.count = 1};
    const struct keys *keys;
    struct str text;

    roots.all[0] = (struct root){.spki = signer_spki(root), .test = true, .name = STR("t")};
    key_id(roots.all[0].spki, roots.all[0].id);
    err_init(&world->err, world->arena);
    assert_true(keys_write(world->arena, &list, root, &text, &world->err));
    assert_false(keys_parse(world->arena, "keys.txt", text, &roots, &keys, &world->err));
    assert_int_equal(world->err.first->code, KEY_LIST_FAULT);
    key.status = KEY_TEST;
    err_init(&world->err, world->arena);
    assert_true(keys_write(world->arena, &list, root, &text, &world->err));
    assert_true(keys_parse(world->arena, "keys.txt", text, &roots, &keys, &world->err));
    signer_close(root);
}

static void published_keys_are_tests_whatever_is_said(void **state)
{
    struct world *world = *state;
    struct signer *published = signer_published(1);
    struct key key = key_of(published);
    struct roots roots;
    struct buf spki;
    struct str id;

    assert_null(read_list(world, list_of(world, &key, 1)));
    key.status = KEY_TEST;
    assert_non_null(read_list(world, list_of(world, &key, 1)));
    buf_init(&spki, 4096);
    buf_base64(&spki, key.spki.p, key.spki.n);
    id = key_id_text(world->arena, key.id);
    err_init(&world->err, world->arena);
    assert_false(roots_parse(
        world->arena, "roots.txt",
        str_printf(world->arena, "root %.*s ed25519 %s offline x\n", STR_ARG(id), spki.p),
        &roots, &world->err));
    assert_int_equal(world->err.first->code, KEY_LIST_FAULT);
    buf_release(&spki);
    signer_close(published);
}

static void the_list_that_ships_has_a_test_key_and_two_roots(void **state)
{
    struct world *world = *state;
    const struct keys *keys;

    err_init(&world->err, world->arena);
    assert_true(keys_load(world->arena, getenv("DANZHENG_HOME"), &keys, &world->err));
    assert_int_equal(keys->count, 1);
    assert_int_equal(keys->all[0].status, KEY_TEST);
    assert_int_equal(keys->all[0].kinds, 0xFE);
    assert_true(keys->root->test);
    assert_ptr_equal(keys_find(keys, STR("06e3fd8f")), &keys->all[0]);
}

/* ---- algorithms and private keys */

static struct str from_hex(struct arena *arena, const char *hex)
{
    size_t n = strlen(hex) / 2;
    char *bytes = arena_alloc(arena, n + 1);

    for (size_t i = 0; i < n; i++) {
        char pair[3] = {hex[2 * i], hex[2 * i + 1], '\0'};

        bytes[i] = (char)strtol(pair, NULL, 16);
    }
    return (struct str){bytes, n};
}

/* GM/T 0003.5-2012, A.2: "message digest" under the id 1234567812345678. */
static void sm2_verifies_the_published_example(void **state)
{
    struct world *world = *state;
    struct str spki = from_hex(
        world->arena, "3059301306072a8648ce3d020106082a811ccf5501822d03420004"
                      "09f9df311e5421a150dd7d161e4bc5c672179fad1833fc076bb08ff356f35020"
                      "ccea490ce26775a52dc6ea718cc1aa600aed05fbf35e084a6632f6072da9ad13");
    struct str signature = from_hex(
        world->arena, "f5a03b0648d2c4630eeac513e1bb81a15944da3827d5b74143ac7eaceee720b3"
                      "b1b6aa29df212fd8763182bc0d421ca1bb9038fd1f7f42d4840b69c485bbc1aa");
    uint8_t sum[32];

    assert_true(
        key_verify(SUITE_SM2, spki, STR("message digest"), (const uint8_t *)signature.p));
    assert_false(
        key_verify(SUITE_SM2, spki, STR("message digesT"), (const uint8_t *)signature.p));
    assert_false(
        key_verify(SUITE_ED25519, spki, STR("message digest"), (const uint8_t *)signature.p));
    sm3(STR("abc"), sum);
    assert_memory_equal(
        sum,
        from_hex(world->arena,
                 "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0")
            .p,
        32);
}

static void the_second_suite_digests_by_sm3(void **state)
{
    uint8_t sum[32], expected[32];

    (void)state;
    seal_digest(SUITE_SM2, STR("abc"), sum);
    sm3(STR("abc"), expected);
    assert_memory_equal(sum, expected, 32);
    seal_digest(SUITE_ED25519, STR("abc"), sum);
    sha256(STR("abc"), expected);
    assert_memory_equal(sum, expected, 32);
}

static void a_private_key_opens_with_its_passphrase_only(void **state)
{
    struct world *world = *state;
    struct signer *signers[] = {world->ed25519, world->sm2};

    for (size_t i = 0; i < COUNT(signers); i++) {
        struct signer *back = NULL;
        struct str pem;

        err_init(&world->err, world->arena);
        assert_true(
            signer_store(world->arena, signers[i], STR("开门 sesame"), &pem, &world->err));
        assert_true(str_starts(pem, STR("-----BEGIN ENCRYPTED PRIVATE KEY-----")));
        assert_false(signer_open("k", pem, STR("sesame"), &back, &world->err));
        assert_int_equal(world->err.last->code, PASSPHRASE_WRONG);
        assert_false(signer_open("k", pem, STR_NONE, &back, &world->err));
        assert_int_equal(world->err.last->code, PASSPHRASE_WRONG);
        assert_null(back);
        assert_true(signer_open("k", pem, STR("开门 sesame"), &back, &world->err));
        assert_true(str_eq(signer_spki(back), signer_spki(signers[i])));
        assert_int_equal(signer_suite(back), signer_suite(signers[i]));
        assert_int_equal(result_of(world, key_of(signers[i]), sealed(world, back, fields_of())),
                         SEAL_GOOD);
        signer_close(back);
    }
}

static void what_is_no_private_key_is_refused(void **state)
{
    static const char *const texts[] = {
        "", "hello",
        "-----BEGIN PRIVATE "
        "KEY-----\nMC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g"
        "\n-----END PRIVATE KEY-----\n",
        "-----BEGIN ENCRYPTED PRIVATE KEY-----\nMC4=\n-----END ENCRYPTED PRIVATE KEY-----\n"};
    struct world *world = *state;

    for (size_t i = 0; i < COUNT(texts); i++) {
        struct signer *signer = NULL;

        err_init(&world->err, world->arena);
        assert_false(signer_open("k", str_from(texts[i]), STR("x"), &signer, &world->err));
        assert_int_equal(world->err.first->code, KEY_FAULT);
        assert_null(signer);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_seal_of_either_suite_is_good),
        cmocka_unit_test(a_seal_of_either_suite_with_any_byte_changed_is_not),
        cmocka_unit_test(a_key_counts_in_its_window_only),
        cmocka_unit_test(a_key_that_leaked_counts_no_more),
        cmocka_unit_test(a_key_seals_its_kinds_and_states_only),
        cmocka_unit_test(other_keys_do_not_count),
        cmocka_unit_test(a_key_does_not_seal_what_its_entry_forbids),
        cmocka_unit_test(a_list_is_read_as_it_was_written),
        cmocka_unit_test(a_list_with_any_byte_changed_is_not_believed),
        cmocka_unit_test(a_list_cut_or_longer_is_not_believed),
        cmocka_unit_test(only_roots_vouch),
        cmocka_unit_test(test_roots_vouch_for_test_keys_only),
        cmocka_unit_test(published_keys_are_tests_whatever_is_said),
        cmocka_unit_test(the_list_that_ships_has_a_test_key_and_two_roots),
        cmocka_unit_test(sm2_verifies_the_published_example),
        cmocka_unit_test(the_second_suite_digests_by_sm3),
        cmocka_unit_test(a_private_key_opens_with_its_passphrase_only),
        cmocka_unit_test(what_is_no_private_key_is_refused),
    };
    return cmocka_run_group_tests(tests, open_world, close_world);
}
