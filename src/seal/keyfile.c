/* keyfile.c: private keys at rest: PKCS#8, encrypted by AES-256-CBC under scrypt, in PEM, so
 * that other tools read them too; and new keys. */
#include "seal/key-internal.h"

#include <openssl/err.h>
#include <string.h>

#define CONF_VALUE OPENSSL_CONF_VALUE
#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <openssl/x509.h>
#undef CONF_VALUE

/* 16 MiB and some tenths of a second for each guess. */
enum { SCRYPT_N = 1 << 14, SCRYPT_R = 8, SCRYPT_P = 4, SALT = 16 };

struct signer *signer_generate(int suite)
{
    return signer_new(suite == SUITE_SM2 ? EVP_PKEY_Q_keygen(NULL, NULL, "SM2")
                                         : EVP_PKEY_Q_keygen(NULL, NULL, "ED25519"));
}

static bool unreadable(const char *name, struct err *err)
{
    ERR_clear_error();
    err_add(err, KEY_FAULT, where_file(name, 0, 0), "不是加密的私钥文件（PKCS#8，PEM）",
            "this is no encrypted private key (PKCS#8, PEM)");
    err_hint(err, "danzheng keys new makes one");
    return false;
}

static bool encrypted(struct signer *signer, struct str passphrase, BIO *out)
{
    PKCS8_PRIV_KEY_INFO *plain = EVP_PKEY2PKCS8(signer->key);
    X509_ALGOR *how = PKCS5_pbe2_set_scrypt(EVP_aes_256_cbc(), NULL, SALT, NULL, SCRYPT_N,
                                            SCRYPT_R, SCRYPT_P);
    X509_SIG *sealed =
        plain && how ? PKCS8_set0_pbe(passphrase.p, (int)passphrase.n, plain, how) : NULL;
    bool ok = sealed && PEM_write_bio_PKCS8(out, sealed) == 1;

    if (!sealed)
        X509_ALGOR_free(how);
    X509_SIG_free(sealed);
    PKCS8_PRIV_KEY_INFO_free(plain);
    return ok;
}

bool signer_store(struct arena *arena, struct signer *signer, struct str passphrase,
                  struct str *pem, struct err *err)
{
    BIO *out = BIO_new(BIO_s_mem());
    bool ok = out && encrypted(signer, passphrase, out);
    char *bytes = NULL;
    long n = ok ? BIO_get_mem_data(out, &bytes) : 0;

    if (n > 0)
        *pem = (struct str){arena_text(arena, bytes, (size_t)n), (size_t)n};
    BIO_free(out);
    ERR_clear_error();
    return n > 0 || err_add(err, INTERNAL, where_none(), "私钥加密失败",
                            "the private key cannot be encrypted");
}

bool signer_open(const char *name, struct str pem, struct str passphrase, struct signer **out,
                 struct err *err)
{
    BIO *in = BIO_new_mem_buf(pem.p, (int)pem.n);
    X509_SIG *sealed = in ? PEM_read_bio_PKCS8(in, NULL, NULL, NULL) : NULL;
    PKCS8_PRIV_KEY_INFO *plain = NULL;
    struct signer *signer = NULL;

    BIO_free(in);
    if (!sealed)
        return unreadable(name, err);
    plain = PKCS8_decrypt(sealed, passphrase.p, (int)passphrase.n);
    X509_SIG_free(sealed);
    ERR_clear_error();
    if (!plain) {
        err_add(err, PASSPHRASE_WRONG, where_file(name, 0, 0), "口令不对，私钥打不开",
                "the passphrase is wrong, the private key stays shut");
        err_hint(err, "check the passphrase, and the line end of what supplies it");
        return false;
    }
    signer = signer_new(EVP_PKCS82PKEY(plain));
    PKCS8_PRIV_KEY_INFO_free(plain);
    if (!signer)
        return unreadable(name, err);
    *out = signer;
    return true;
}

bool spki_from_pem(struct arena *arena, const char *name, struct str pem, int *suite,
                   struct str *spki, struct err *err)
{
    BIO *in = BIO_new_mem_buf(pem.p, (int)pem.n);
    struct signer *holder = in ? signer_new(PEM_read_bio_PUBKEY(in, NULL, NULL, NULL)) : NULL;

    BIO_free(in);
    ERR_clear_error();
    if (!holder)
        return err_add(err, KEY_FAULT, where_file(name, 0, 0),
                       "不是 Ed25519 或 SM2 公钥（PEM）",
                       "this is no public key of Ed25519 or SM2 (PEM)");
    *suite = holder->suite;
    *spki = str_copy(arena, signer_spki(holder));
    signer_close(holder);
    return true;
}

bool secrets_lock(void)
{
    return CRYPTO_secure_malloc_init(1 << 16, 32) == 1;
}
