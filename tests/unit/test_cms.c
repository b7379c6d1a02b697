/* Signatures of files: what openssl makes of ours, and that no other blob is ever valid. */
#include "seal/cms-internal.h"

#include "digest/digest.h"

#include "spawn.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#define AT STR("2024-05-06T07:08:09+08:00")

static const char signed_text[] = "what is signed\n";

struct room {
    char folder[SCRATCH_ROOM];
    struct arena *arena;
    struct cms_trust *trust;
    struct err err;
    uint8_t digest[32];
};

static const char *path(struct room *room, const char *name)
{
    return scratch_path(room->arena, room->folder, name);
}

static int open_room(void **state)
{
    struct room *room = calloc(1, sizeof *room);
    const char *argv[] = {"bash", NULL, NULL, NULL};
    struct buf out;

    if (!room || !scratch_make(room->folder))
        return -1;
    room->arena = arena_new(1 << 30, NULL, NULL);
    argv[1] = arena_printf(room->arena, "%s/tests/certificates.sh", getenv("DANZHENG_HOME"));
    argv[2] = room->folder;
    buf_init(&out, 1 << 20);
    if (spawn_run(argv, &out, true) != 0)
        return -1;
    buf_release(&out);
    sha256(str_from(signed_text), room->digest);
    err_init(&room->err, room->arena);
    *state = room;
    return cms_trust_open(room->arena, path(room, "root.pem"), &room->trust, &room->err) ? 0
                                                                                         : -1;
}

static int close_room(void **state)
{
    struct room *room = *state;

    cms_trust_close(room->trust);
    scratch_remove(room->folder);
    arena_free(room->arena);
    free(room);
    return 0;
}

static int begin(void **state)
{
    struct room *room = *state;

    err_init(&room->err, room->arena);
    return 0;
}

static struct cms_signer *signer(struct room *room, const char *key, const char *certificates)
{
    const struct cms_files files = {.key = path(room, key),
                                    .certificates = path(room, certificates)};
    struct cms_signer *made;

    if (!cms_signer_open(room->arena, &files, STR_NONE, &made, &room->err))
        fail_msg("%.*s", STR_ARG(room->err.first->en));
    return made;
}

static struct str sign_at(struct room *room, const char *key, const char *certificates,
                          struct str at)
{
    struct cms_signer *who = signer(room, key, certificates);
    struct str blob;

    assert_true(cms_sign(who, room->arena, room->digest, at, &blob, &room->err));
    assert_true(blob.n <= cms_signer_room(who));
    cms_signer_close(who);
    return blob;
}

static struct str sign(struct room *room, const char *key, const char *certificates)
{
    return sign_at(room, key, certificates, AT);
}

static bool valid(struct room *room, struct str blob)
{
    struct cms_facts facts;

    return cms_verify(room->trust, room->arena, room->digest, blob, AT, &facts, &room->err);
}

/* The last fault, in English. */
static const char *reason(const struct room *room)
{
    return room->err.last ? arena_printf(room->arena, "%.*s", STR_ARG(room->err.last->en)) : "";
}

static void refused(struct room *room, struct str blob, const char *why)
{
    assert_false(valid(room, blob));
    assert_int_equal(room->err.last->code,
                     strncmp(reason(room), "the certificate is not trusted", 30) == 0
                         ? SIGNATURE_UNTRUSTED
                         : SIGNATURE_INVALID);
    if (!strstr(reason(room), why))
        fail_msg("'%s' says nothing of '%s'", reason(room), why);
}

/* ---- signing */

static void openssl_verifies(struct room *room, struct str blob)
{
    const char *in = path(room, "blob.der"), *data = path(room, "signed.txt");
    const char *shell =
        arena_printf(room->arena,
                     "openssl cms -verify -cades -binary -inform DER -in %s -content %s "
                     "-CAfile %s -purpose any -out %s",
                     in, data, path(room, "root.pem"), path(room, "out.txt"));
    const char *const bash[] = {"bash", "-c", shell, NULL};
    struct buf out;

    assert_true(scratch_write(in, blob));
    assert_true(scratch_write(data, str_from(signed_text)));
    buf_init(&out, 1 << 20);
    if (spawn_run(bash, &out, true) != 0)
        fail_msg("%s", out.p);
    buf_release(&out);
}

static void openssl_verifies_p256_as_cades(void **state)
{
    openssl_verifies(*state, sign(*state, "p256.key", "p256.chain"));
}

static void openssl_verifies_rsa_as_cades(void **state)
{
    openssl_verifies(*state, sign(*state, "rsa.key", "rsa.chain"));
}

static void rsa_signs_twice_the_same(void **state)
{
    struct room *room = *state;

    assert_true(str_eq(sign(room, "rsa.key", "rsa.chain"), sign(room, "rsa.key", "rsa.chain")));
}

static void there_is_no_signing_time(void **state)
{
    static const char signing_time[] = "\x2A\x86\x48\x86\xF7\x0D\x01\x09\x05";
    struct str blob = sign(*state, "p256.key", "p256.chain");

    for (size_t i = 0; i + 9 <= blob.n; i++)
        assert_true(memcmp(blob.p + i, signing_time, 9) != 0);
}

static void what_was_signed_is_valid_and_says_by_whom(void **state)
{
    struct room *room = *state;
    struct cms_facts facts;

    assert_true(cms_verify(room->trust, room->arena, room->digest,
                           sign(room, "p256.key", "p256.chain"), AT, &facts, &room->err));
    assert_string_equal(facts.subject.p, "CN = p256, O = 单证测试");
    assert_string_equal(facts.issuer.p, "CN = middle, O = 单证测试");
    assert_string_equal(facts.from.p, "2020-01-01T08:00:00+08:00");
    assert_string_equal(facts.until.p, "2050-01-01T07:59:59+08:00");
    assert_string_equal(facts.algorithm, "P-256");
    assert_int_equal(facts.stamp.at.n, 0);
    assert_int_equal(facts.id.n, 64);
    assert_true(valid(room, sign(room, "rsa.key", "rsa.chain")));
}

static void a_certificate_can_be_trusted_itself(void **state)
{
    struct room *room = *state;
    struct str blob = sign(room, "p256.key", "p256.pem");
    struct cms_facts facts;
    struct cms_trust *trust;

    assert_true(cms_trust_open(room->arena, path(room, "p256.pem"), &trust, &room->err));
    assert_true(cms_verify(trust, room->arena, room->digest, blob, AT, &facts, &room->err));
    cms_trust_close(trust);
    refused(room, blob, "not trusted"); /* the chain lacks its middle */
}

/* ---- what is never valid */

static void another_file_is_never_valid(void **state)
{
    struct room *room = *state;
    struct str blob = sign(room, "p256.key", "p256.chain");

    room->digest[31] ^= 1;
    refused(room, blob, "another file");
    room->digest[31] ^= 1;
    assert_true(valid(room, blob));
}

static void no_flipped_bit_is_valid(void **state)
{
    static const char *const names[][2] = {{"p256.key", "p256.chain"},
                                           {"rsa.key", "rsa.chain"}};
    struct room *room = *state;

    for (size_t k = 0; k < COUNT(names); k++) {
        struct str blob = sign(room, names[k][0], names[k][1]);
        char *copy = arena_text(room->arena, blob.p, blob.n);

        for (size_t i = 0; i < 8 * blob.n; i++) {
            copy[i / 8] = (char)(copy[i / 8] ^ 1 << i % 8);
            err_init(&room->err, room->arena);
            if (valid(room, (struct str){copy, blob.n}))
                fail_msg("%s: bit %zu of byte %zu", names[k][0], i % 8, i / 8);
            copy[i / 8] = (char)(copy[i / 8] ^ 1 << i % 8);
        }
        assert_true(valid(room, (struct str){copy, blob.n}));
    }
}

static void no_part_and_no_addition_is_valid(void **state)
{
    struct room *room = *state;
    struct str blob = sign(room, "p256.key", "p256.chain");
    char *longer = arena_text(room->arena, blob.p, blob.n);

    for (size_t n = 0; n < blob.n; n++) {
        err_init(&room->err, room->arena);
        assert_false(valid(room, (struct str){blob.p, n}));
    }
    /* arena_text has put a NUL behind it. */
    assert_false(valid(room, (struct str){longer, blob.n + 1}));
}

static void nobody_else_is_believed(void **state)
{
    struct room *room = *state;

    refused(room, sign(room, "p256.key", "stranger.pem"), "not trusted");
}

static void without_trust_nobody_is_believed(void **state)
{
    struct room *room = *state;
    struct str blob = sign(room, "p256.key", "p256.chain");
    struct cms_facts facts;

    assert_false(cms_verify(NULL, room->arena, room->digest, blob, AT, &facts, &room->err));
    assert_int_equal(room->err.last->code, SIGNATURE_UNTRUSTED);
    room->digest[0] ^= 1;
    assert_false(cms_verify(NULL, room->arena, room->digest, blob, AT, &facts, &room->err));
    assert_int_equal(room->err.last->code, SIGNATURE_INVALID);
    room->digest[0] ^= 1;
}

static void a_certificate_counts_only_while_it_is_valid(void **state)
{
    struct room *room = *state;
    struct str blob = sign_at(room, "p256.key", "late.pem", STR("2040-01-01T00:00:00Z"));
    struct cms_facts facts;

    refused(room, blob, "not yet valid");
    assert_true(cms_verify(room->trust, room->arena, room->digest, blob,
                           STR("2040-01-01T08:00:01+08:00"), &facts, &room->err));
    assert_false(cms_verify(room->trust, room->arena, room->digest, blob,
                            STR("2040-01-01T07:59:59+08:00"), &facts, &room->err));
    assert_false(cms_verify(room->trust, room->arena, room->digest, blob,
                            STR("2050-01-01T00:00:00Z"), &facts, &room->err));
    assert_false(cms_verify(room->trust, room->arena, room->digest, blob, STR("soon"), &facts,
                            &room->err));
}

/* A blob that our own signer would never make, written with its key. */
static struct str crafted(struct room *room, const char *certificates, int first)
{
    STACK_OF(X509) *all = cms_certificates(path(room, certificates));
    BIO *file = BIO_new_file(path(room, "p256.key"), "r");
    EVP_PKEY *key = PEM_read_bio_PrivateKey(file, NULL, NULL, NULL);
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    unsigned char signature[256];
    size_t n = sizeof signature;
    struct cms_parts parts;
    struct buf out;
    struct str blob;

    assert_true(cms_parts_of(room->arena, all, sk_X509_value(all, first), &parts));
    memcpy(parts.digest, room->digest, sizeof parts.digest);
    buf_init(&out, 1 << 20);
    cms_write_attributes(&out, &parts);
    assert_int_equal(EVP_DigestSignInit(context, NULL, EVP_sha256(), NULL, key), 1);
    assert_int_equal(EVP_DigestSign(context, signature, &n, (unsigned char *)out.p, out.n), 1);
    parts.signature = (struct str){(char *)signature, n};
    buf_clear(&out);
    cms_write(&out, &parts);
    blob = str_copy(room->arena, buf_view(&out));
    buf_release(&out);
    EVP_MD_CTX_free(context);
    EVP_PKEY_free(key);
    BIO_free(file);
    sk_X509_pop_free(all, X509_free);
    return blob;
}

static void join(struct room *room, const char *to, const char *a, const char *b)
{
    const char *shell = arena_printf(room->arena, "cat %s %s >%s", path(room, a), path(room, b),
                                     path(room, to));
    const char *const argv[] = {"bash", "-c", shell, NULL};
    struct buf out;

    buf_init(&out, 1 << 20);
    assert_int_equal(spawn_run(argv, &out, true), 0);
    buf_release(&out);
}

static void a_certificate_that_nobody_needs_is_refused(void **state)
{
    struct room *room = *state;

    assert_true(valid(room, crafted(room, "p256.chain", 0)));
    join(room, "extra.chain", "p256.chain", "other-root.pem");
    refused(room, crafted(room, "extra.chain", 0), "not in the chain");
}

static void a_server_certificate_signs_no_documents(void **state)
{
    struct room *room = *state;

    refused(room, crafted(room, "tls.pem", 0), "another use");
}

static void somebody_elses_certificate_does_not_help(void **state)
{
    struct room *room = *state;

    refused(room, crafted(room, "tsa.pem", 0), "another use");
    refused(room, crafted(room, "middle.pem", 0), "not for signatures");
    refused(room, crafted(room, "weak.pem", 0), "3072");
}

static void what_openssl_writes_has_another_form(void **state)
{
    struct room *room = *state;
    const char *shell = arena_printf(
        room->arena,
        "printf 'what is signed\\n' >%s && openssl cms -sign -cades -binary -md sha256 -in %s "
        "-signer %s -inkey %s -certfile %s -outform DER -out %s",
        path(room, "t.txt"), path(room, "t.txt"), path(room, "p256.pem"),
        path(room, "p256.key"), path(room, "middle.pem"), path(room, "foreign.der"));
    const char *const argv[] = {"bash", "-c", shell, NULL};
    const char *const cat[] = {"cat", path(room, "foreign.der"), NULL};
    struct buf out;

    buf_init(&out, 1 << 20);
    assert_int_equal(spawn_run(argv, &out, true), 0);
    buf_clear(&out);
    assert_int_equal(spawn_run(cat, &out, false), 0);
    assert_true(out.n > 1000);
    refused(room, buf_view(&out), "another form");
    buf_release(&out);
}

/* ---- time-stamps */

static struct str token(struct room *room)
{
    const char *shell = arena_printf(
        room->arena,
        "cd %s && printf 'what is signed\\n' >t.txt && openssl ts -query -data t.txt -sha256 "
        "-cert -out t.tsq && openssl ts -reply -config ca.cnf -queryfile t.tsq -signer tsa.pem "
        "-inkey tsa.key -chain root.pem -token_out -out t.token",
        room->folder);
    const char *const argv[] = {"bash", "-c", shell, NULL};
    const char *const cat[] = {"cat", path(room, "t.token"), NULL};
    struct str made;
    struct buf out;

    buf_init(&out, 1 << 20);
    if (spawn_run(argv, &out, true) != 0)
        fail_msg("%s", out.p);
    buf_clear(&out);
    assert_int_equal(spawn_run(cat, &out, false), 0);
    made = str_copy(room->arena, buf_view(&out));
    buf_release(&out);
    return made;
}

static bool stamped(struct room *room, struct str made, const char *what, struct str *at)
{
    struct cms_stamp stamp;

    if (!cms_stamp_verify(room->trust, room->arena, made, str_from(what), &stamp, &room->err))
        return false;
    *at = stamp.at;
    return true;
}

static void a_time_stamp_tells_when(void **state)
{
    struct room *room = *state;
    struct str at, made = token(room);

    if (!stamped(room, made, signed_text, &at))
        fail_msg("%s", reason(room));
    assert_int_equal(at.n, 25);
    assert_memory_equal(at.p, "20", 2);
    assert_false(stamped(room, made, "another text", &at));
}

static void no_broken_time_stamp_is_valid(void **state)
{
    struct room *room = *state;
    struct str at, broken_at, made = token(room);
    char *copy = arena_text(room->arena, made.p, made.n);

    assert_true(stamped(room, made, signed_text, &at));
    for (size_t n = 0; n < made.n; n++) {
        err_init(&room->err, room->arena);
        assert_false(stamped(room, (struct str){made.p, n}, signed_text, &broken_at));
    }
    /* What a token says besides (other certificates, its form) is not signed. The time is. */
    for (size_t i = 0; i < 8 * made.n; i++) {
        err_init(&room->err, room->arena);
        copy[i / 8] = (char)(copy[i / 8] ^ 1 << i % 8);
        if (stamped(room, (struct str){copy, made.n}, signed_text, &broken_at))
            assert_true(str_eq(at, broken_at));
        copy[i / 8] = (char)(copy[i / 8] ^ 1 << i % 8);
    }
}

/* Nobody listens on port 1; what is refused is refused before anybody is asked. */
static void only_a_signature_that_is_right_is_to_be_stamped(void **state)
{
    struct room *room = *state;
    const struct cms_files files = {.key = path(room, "p256.key"),
                                    .certificates = path(room, "p256.chain"),
                                    .trust = path(room, "root.pem"),
                                    .stamps = "http://127.0.0.1:1/",
                                    .later = true};
    struct cms_signer *who;
    struct str blob, out;
    char *copy;

    assert_true(cms_signer_open(room->arena, &files, STR_NONE, &who, &room->err));
    assert_true(cms_sign(who, room->arena, room->digest, AT, &blob, &room->err));
    assert_true(cms_signer_stamps(who));
    assert_int_equal(cms_signer_room(who), CMS_ROOM_STAMPED);
    cms_signer_forget(who);
    copy = arena_text(room->arena, blob.p, blob.n);
    /* the signature comes last */
    for (size_t i = 8 * (blob.n - 64); i < 8 * blob.n; i++) {
        err_init(&room->err, room->arena);
        copy[i / 8] = (char)(copy[i / 8] ^ 1 << i % 8);
        assert_false(
            cms_stamp(who, room->arena, (struct str){copy, blob.n}, 1, &out, &room->err));
        assert_int_equal(room->err.last->code, SIGNATURE_INVALID);
        copy[i / 8] = (char)(copy[i / 8] ^ 1 << i % 8);
    }
    err_init(&room->err, room->arena);
    assert_false(cms_stamp(who, room->arena, blob, 1, &out, &room->err));
    assert_int_equal(room->err.last->code, STAMP_FAILED);
    cms_signer_close(who);
}

/* ---- keys */

static void not_opened(struct room *room, const char *key, const char *certificates,
                       struct str passphrase, const char *why)
{
    const struct cms_files files = {.key = path(room, key),
                                    .certificates = path(room, certificates)};
    struct cms_signer *made = NULL;
    bool found = false;

    err_init(&room->err, room->arena);
    assert_false(cms_signer_open(room->arena, &files, passphrase, &made, &room->err));
    assert_null(made);
    for (const struct fault *f = room->err.first; f; f = f->next) {
        assert_int_equal(f->code, SIGN_KEY);
        found = found || strstr(f->en.p, why);
    }
    if (!found)
        fail_msg("'%s' says nothing of '%s'", reason(room), why);
}

static void a_locked_key_needs_its_passphrase(void **state)
{
    struct room *room = *state;
    const struct cms_files files = {.key = path(room, "locked.key"),
                                    .certificates = path(room, "p256.chain")};
    struct cms_signer *made;

    not_opened(room, "locked.key", "p256.chain", STR_NONE, "no passphrase");
    not_opened(room, "locked.key", "p256.chain", STR("sesame"),
               "passphrase of the signing key");
    assert_true(cms_signer_open(room->arena, &files, STR("open sesame"), &made, &room->err));
    cms_signer_close(made);
}

static void keys_that_cannot_sign_are_found_at_once(void **state)
{
    struct room *room = *state;

    not_opened(room, "none.key", "p256.chain", STR_NONE, "cannot read the signing key");
    not_opened(room, "none.key", "none.pem", STR_NONE, "cannot read the signing certificates");
    not_opened(room, "p256.pem", "p256.chain", STR_NONE, "cannot read the signing key");
    not_opened(room, "p256.key", "p256.key", STR_NONE, "signing certificates");
    not_opened(room, "p256.key", "rsa.chain", STR_NONE, "does not belong");
    not_opened(room, "weak.key", "weak.pem", STR_NONE, "3072");
    not_opened(room, "p256.key", "tls.pem", STR_NONE, "another use");
    join(room, "wrong.chain", "p256.pem", "other-root.pem");
    not_opened(room, "p256.key", "wrong.chain", STR_NONE, "did not issue");
}

static void nothing_is_signed_outside_of_the_window(void **state)
{
    static const char *const times[] = {"2024-05-06T07:08:09+08:00",
                                        "2040-01-01T07:59:59+08:00", "2050-01-01T00:00:00Z",
                                        "2040-01-01"};
    struct room *room = *state;
    struct cms_signer *late = signer(room, "p256.key", "late.pem");
    struct str blob = STR_NONE;

    for (size_t i = 0; i < COUNT(times); i++) {
        assert_false(
            cms_sign(late, room->arena, room->digest, str_from(times[i]), &blob, &room->err));
        assert_int_equal(room->err.last->code, SIGN_KEY);
        assert_int_equal(blob.n, 0);
    }
    cms_signer_close(late);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(openssl_verifies_p256_as_cades, begin),
        cmocka_unit_test_setup(openssl_verifies_rsa_as_cades, begin),
        cmocka_unit_test_setup(rsa_signs_twice_the_same, begin),
        cmocka_unit_test_setup(there_is_no_signing_time, begin),
        cmocka_unit_test_setup(what_was_signed_is_valid_and_says_by_whom, begin),
        cmocka_unit_test_setup(a_certificate_can_be_trusted_itself, begin),
        cmocka_unit_test_setup(another_file_is_never_valid, begin),
        cmocka_unit_test_setup(no_flipped_bit_is_valid, begin),
        cmocka_unit_test_setup(no_part_and_no_addition_is_valid, begin),
        cmocka_unit_test_setup(nobody_else_is_believed, begin),
        cmocka_unit_test_setup(without_trust_nobody_is_believed, begin),
        cmocka_unit_test_setup(a_certificate_counts_only_while_it_is_valid, begin),
        cmocka_unit_test_setup(a_certificate_that_nobody_needs_is_refused, begin),
        cmocka_unit_test_setup(a_server_certificate_signs_no_documents, begin),
        cmocka_unit_test_setup(somebody_elses_certificate_does_not_help, begin),
        cmocka_unit_test_setup(what_openssl_writes_has_another_form, begin),
        cmocka_unit_test_setup(a_time_stamp_tells_when, begin),
        cmocka_unit_test_setup(no_broken_time_stamp_is_valid, begin),
        cmocka_unit_test_setup(only_a_signature_that_is_right_is_to_be_stamped, begin),
        cmocka_unit_test_setup(a_locked_key_needs_its_passphrase, begin),
        cmocka_unit_test_setup(keys_that_cannot_sign_are_found_at_once, begin),
        cmocka_unit_test_setup(nothing_is_signed_outside_of_the_window, begin),
    };
    return cmocka_run_group_tests(tests, open_room, close_room);
}
