/* key.c: the signatures, by OpenSSL. SM2 has no user id by default there, and one given with
 * the parameters of EVP_DigestSignInit_ex is ignored without a word: it is set right after. */
#include "seal/key-internal.h"

#include "digest/digest.h"

#include <openssl/ec.h>
#include <openssl/err.h>
#include <string.h>

/* The library has a type of the name of one of our codes. */
#define CONF_VALUE OPENSSL_CONF_VALUE
#include <openssl/x509.h>
#undef CONF_VALUE

enum { HALF = SIGNATURE / 2, DER_MOST = 80 };

static const char user_id[] = "1234567812345678";

static const uint8_t published[3][32] = {
    {0x9d, 0x61, 0xb1, 0x9d, 0xef, 0xfd, 0x5a, 0x60, 0xba, 0x84, 0x4a,
     0xf4, 0x92, 0xec, 0x2c, 0xc4, 0x44, 0x49, 0xc5, 0x69, 0x7b, 0x32,
     0x69, 0x19, 0x70, 0x3b, 0xac, 0x03, 0x1c, 0xae, 0x7f, 0x60},
    {0x4c, 0xcd, 0x08, 0x9b, 0x28, 0xff, 0x96, 0xda, 0x9d, 0xb6, 0xc3,
     0x46, 0xec, 0x11, 0x4e, 0x0f, 0x5b, 0x8a, 0x31, 0x9f, 0x35, 0xab,
     0xa6, 0x24, 0xda, 0x8c, 0xf6, 0xed, 0x4f, 0xb8, 0xa6, 0xfb},
    {0xc5, 0xaa, 0x8d, 0xf4, 0x3f, 0x9f, 0x83, 0x7b, 0xed, 0xb7, 0x44,
     0x2f, 0x31, 0xdc, 0xb7, 0xb1, 0x66, 0xd3, 0x85, 0x35, 0x07, 0x6f,
     0x09, 0x4b, 0x85, 0xce, 0x3a, 0x2e, 0x0b, 0x44, 0x58, 0xf7},
};

void key_id(struct str spki, uint8_t id[4])
{
    uint8_t sum[32];

    sha256(spki, sum);
    memcpy(id, sum, 4);
}

void sm3(struct str bytes, uint8_t out[32])
{
    unsigned n = 32;

    if (EVP_Digest(bytes.p ? bytes.p : "", bytes.n, out, &n, EVP_sm3(), NULL) != 1)
        memset(out, 0, 32);
}

static int suite_of(const EVP_PKEY *key)
{
    if (EVP_PKEY_is_a(key, "ED25519"))
        return SUITE_ED25519;
    return EVP_PKEY_is_a(key, "SM2") ? SUITE_SM2 : SUITE_NONE;
}

/* NULL when the DER is no such key, or is followed by anything. */
static EVP_PKEY *public_key(int suite, struct str spki)
{
    const unsigned char *at = (const unsigned char *)spki.p;
    EVP_PKEY *key = spki.n && spki.n <= SPKI_MOST ? d2i_PUBKEY(NULL, &at, (long)spki.n) : NULL;

    ERR_clear_error();
    if (key && at == (const unsigned char *)spki.p + spki.n && suite_of(key) == suite)
        return key;
    EVP_PKEY_free(key);
    return NULL;
}

bool key_fits(int suite, struct str spki)
{
    EVP_PKEY *key = public_key(suite, spki);

    EVP_PKEY_free(key);
    return key != NULL;
}

/* r and s as the DER that the library takes; 0 when it cannot be made. */
static size_t der_from_halves(const uint8_t signature[SIGNATURE], uint8_t der[DER_MOST])
{
    ECDSA_SIG *pair = ECDSA_SIG_new();
    BIGNUM *r = BN_bin2bn(signature, HALF, NULL), *s = BN_bin2bn(signature + HALF, HALF, NULL);
    int n = 0;

    if (pair && r && s && ECDSA_SIG_set0(pair, r, s) == 1) {
        unsigned char *at = der;

        r = s = NULL;
        n = i2d_ECDSA_SIG(pair, NULL);
        n = n > 0 && n <= DER_MOST ? i2d_ECDSA_SIG(pair, &at) : 0;
    }
    BN_free(r);
    BN_free(s);
    ECDSA_SIG_free(pair);
    return n > 0 ? (size_t)n : 0;
}

static bool halves_from_der(const uint8_t *der, size_t n, uint8_t signature[SIGNATURE])
{
    const unsigned char *at = der;
    ECDSA_SIG *pair = d2i_ECDSA_SIG(NULL, &at, (long)n);
    bool ok = pair && BN_bn2binpad(ECDSA_SIG_get0_r(pair), signature, HALF) == HALF &&
              BN_bn2binpad(ECDSA_SIG_get0_s(pair), signature + HALF, HALF) == HALF;

    ECDSA_SIG_free(pair);
    return ok;
}

static bool user_set(int suite, EVP_PKEY_CTX *context)
{
    return suite != SUITE_SM2 ||
           EVP_PKEY_CTX_set1_id(context, user_id, (int)sizeof user_id - 1) == 1;
}

bool key_verify(int suite, struct str spki, struct str message,
                const uint8_t signature[SIGNATURE])
{
    const EVP_MD *md = suite == SUITE_SM2 ? EVP_sm3() : NULL;
    EVP_PKEY *key = public_key(suite, spki);
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    EVP_PKEY_CTX *of_key = NULL;
    uint8_t der[DER_MOST];
    size_t n = SIGNATURE;
    bool ok = false;

    if (suite == SUITE_SM2)
        n = der_from_halves(signature, der);
    if (key && context && n && EVP_DigestVerifyInit(context, &of_key, md, NULL, key) == 1 &&
        user_set(suite, of_key))
        ok = EVP_DigestVerify(context, suite == SUITE_SM2 ? der : signature, n,
                              (const unsigned char *)message.p, message.n) == 1;
    EVP_MD_CTX_free(context);
    EVP_PKEY_free(key);
    ERR_clear_error();
    return ok;
}

struct signer *signer_new(EVP_PKEY *key)
{
    unsigned char *at;
    struct signer *signer;
    int n = key ? i2d_PUBKEY(key, NULL) : 0;

    if (n <= 0 || n > SPKI_MOST || suite_of(key) == SUITE_NONE ||
        !(signer = OPENSSL_zalloc(sizeof *signer))) {
        EVP_PKEY_free(key);
        return NULL;
    }
    at = signer->spki;
    signer->spki_bytes = (size_t)i2d_PUBKEY(key, &at);
    signer->suite = suite_of(key);
    signer->key = key;
    return signer;
}

struct signer *signer_published(int test)
{
    return signer_new(
        EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, NULL, published[test - 1], 32));
}

bool key_published(struct str spki)
{
    bool found = false;

    for (int test = 1; test <= (int)COUNT(published); test++) {
        struct signer *signer = signer_published(test);

        found = found || (signer && str_eq(signer_spki(signer), spki));
        signer_close(signer);
    }
    return found;
}

void signer_close(struct signer *signer)
{
    if (!signer)
        return;
    EVP_PKEY_free(signer->key);
    OPENSSL_clear_free(signer, sizeof *signer);
}

int signer_suite(const struct signer *signer)
{
    return signer->suite;
}

struct str signer_spki(const struct signer *signer)
{
    return (struct str){(const char *)signer->spki, signer->spki_bytes};
}

bool signer_sign(struct signer *signer, struct str message, uint8_t signature[SIGNATURE],
                 struct err *err)
{
    bool sm2 = signer->suite == SUITE_SM2, ok = false;
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    EVP_PKEY_CTX *of_key = NULL;
    uint8_t made[DER_MOST];
    size_t n = sizeof made;

    if (context &&
        EVP_DigestSignInit(context, &of_key, sm2 ? EVP_sm3() : NULL, NULL, signer->key) == 1 &&
        user_set(signer->suite, of_key) &&
        EVP_DigestSign(context, made, &n, (const unsigned char *)message.p, message.n) == 1) {
        ok = sm2 ? halves_from_der(made, n, signature) : n == SIGNATURE;
        if (ok && !sm2)
            memcpy(signature, made, SIGNATURE);
    }
    EVP_MD_CTX_free(context);
    ERR_clear_error();
    return ok || err_add(err, INTERNAL, where_none(), "签名失败", "the signature failed");
}
