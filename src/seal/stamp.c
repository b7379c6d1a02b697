/* stamp.c: time-stamps (RFC 3161): an authority signs a digest together with the time at which
 * it saw it. OpenSSL asks and checks; plain HTTP is enough, since an answer is believed for its
 * signature and for our nonce in it. */
#include "seal/cms-internal.h"

#include "base/time.h"

#include <string.h>

enum { NONCE = 8, REPLY_MOST = 1 << 16 };

static bool failed(struct err *err, const char *zh, const char *en)
{
    const char *why = cms_reason();

    zh = arena_printf(err->arena, "%s：%s", zh, why);
    en = arena_printf(err->arena, "%s: %s", en, why);
    return err_add(err, STAMP_FAILED, where_none(), "%s%.0s", "%.0s%s", zh, en);
}

bool stamp_url_valid(const char *url)
{
    char *host = NULL, *port = NULL, *path = NULL;
    int tls = 0;
    bool ok =
        OSSL_HTTP_parse_url(url, &tls, NULL, &host, &port, NULL, &path, NULL, NULL) == 1 &&
        !tls && strncmp(url, "http://", 7) == 0;

    OPENSSL_free(host);
    OPENSSL_free(port);
    OPENSSL_free(path);
    ERR_clear_error();
    return ok;
}

/* ---- asking */

static bool set_imprint(TS_REQ *query, struct str bytes)
{
    TS_MSG_IMPRINT *imprint = TS_MSG_IMPRINT_new();
    X509_ALGOR *algorithm = X509_ALGOR_new();
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned n = 0;
    bool ok = imprint && algorithm &&
              EVP_Digest(bytes.p, bytes.n, digest, &n, EVP_sha256(), NULL) == 1 &&
              X509_ALGOR_set0(algorithm, OBJ_nid2obj(NID_sha256), V_ASN1_NULL, NULL) == 1 &&
              TS_MSG_IMPRINT_set_algo(imprint, algorithm) == 1 &&
              TS_MSG_IMPRINT_set_msg(imprint, digest, (int)n) == 1 &&
              TS_REQ_set_msg_imprint(query, imprint) == 1;

    X509_ALGOR_free(algorithm);
    TS_MSG_IMPRINT_free(imprint);
    return ok;
}

/* By the nonce an old answer is told from one to this question. */
static bool set_nonce(TS_REQ *query)
{
    unsigned char random[NONCE];
    ASN1_INTEGER *nonce = ASN1_INTEGER_new();
    BIGNUM *number = NULL;
    bool ok = nonce && RAND_bytes(random, sizeof random) == 1;

    number = ok ? BN_bin2bn(random, sizeof random, NULL) : NULL;
    ok = number && BN_to_ASN1_INTEGER(number, nonce) && TS_REQ_set_nonce(query, nonce) == 1;
    BN_free(number);
    ASN1_INTEGER_free(nonce);
    return ok;
}

static TS_REQ *new_query(struct str bytes)
{
    TS_REQ *query = TS_REQ_new();

    if (query && TS_REQ_set_version(query, 1) == 1 && set_imprint(query, bytes) &&
        set_nonce(query) && TS_REQ_set_cert_req(query, 1) == 1)
        return query;
    TS_REQ_free(query);
    return NULL;
}

/* The proxy "" means: none, whatever the environment says. */
static TS_RESP *send(const char *url, const TS_REQ *query, int seconds)
{
    char *host = NULL, *port = NULL, *path = NULL;
    BIO *out = BIO_new(BIO_s_mem()), *in = NULL;
    TS_RESP *reply = NULL;

    if (out && i2d_TS_REQ_bio(out, query) == 1 &&
        OSSL_HTTP_parse_url(url, NULL, NULL, &host, &port, NULL, &path, NULL, NULL) == 1)
        in = OSSL_HTTP_transfer(NULL, host, port, path, /* tls */ 0, /* proxy */ "", NULL, NULL,
                                NULL, NULL, NULL, 0, NULL, "application/timestamp-query", out,
                                "application/timestamp-reply", /* asn1 */ 1, REPLY_MOST,
                                seconds, /* keep alive */ 0);
    if (in)
        reply = d2i_TS_RESP_bio(in, NULL);
    OPENSSL_free(host);
    OPENSSL_free(port);
    OPENSSL_free(path);
    BIO_free(in);
    BIO_free(out);
    return reply;
}

static bool token_of(struct arena *arena, TS_RESP *reply, struct str *token)
{
    unsigned char *bytes = NULL;
    PKCS7 *signed_token = TS_RESP_get_token(reply);
    int n = signed_token ? i2d_PKCS7(signed_token, &bytes) : 0;

    if (n > 0)
        *token = str_copy(arena, (struct str){(const char *)bytes, (size_t)n});
    OPENSSL_free(bytes);
    return n > 0;
}

/* Read back as any reader would; what is wrong with it is the authority's fault. */
static bool believed(struct arena *arena, const struct stamp_ask *ask, struct str token,
                     struct cms_stamp *out, struct err *err)
{
    struct err why;

    err_init(&why, arena);
    if (cms_stamp_verify(ask->trust, arena, token, ask->bytes, out, &why))
        return true;
    err_add(err, STAMP_FAILED, where_none(), "%s%.0s", "%.0s%s",
            arena_text(arena, why.last->zh.p, why.last->zh.n),
            arena_text(arena, why.last->en.p, why.last->en.n));
    err_hint(err, "does trust hold the root of %s?", ask->url);
    return false;
}

bool stamp_ask(struct arena *arena, const struct stamp_ask *ask, struct str *token,
               struct cms_stamp *out, struct err *err)
{
    TS_REQ *query = new_query(ask->bytes);
    TS_RESP *reply = query ? send(ask->url, query, (int)ask->wait) : NULL;
    TS_VERIFY_CTX *wanted = NULL;
    bool ok = false;

    if (!reply) {
        failed(err, "时间戳服务没有应答", "the time-stamp authority does not answer");
        err_hint(err, "is %s right, and is it reached from here?", ask->url);
        goto out;
    }
    wanted = TS_REQ_to_TS_VERIFY_CTX(query, NULL);
    if (!wanted || TS_RESP_verify_response(wanted, reply) != 1) {
        failed(err, "时间戳服务的应答无效", "the time-stamp authority's answer is not valid");
        goto out;
    }
    ok = token_of(arena, reply, token) ? believed(arena, ask, *token, out, err)
                                       : failed(err, "时间戳服务的应答中没有时间戳",
                                                "there is no time-stamp in the answer");
out:
    TS_VERIFY_CTX_free(wanted);
    TS_RESP_free(reply);
    TS_REQ_free(query);
    return ok;
}

/* ---- checking */

static bool matches(PKCS7 *token, X509_STORE *store, struct str bytes)
{
    TS_VERIFY_CTX *wanted = TS_VERIFY_CTX_new();
    BIO *data = BIO_new_mem_buf(bytes.p, (int)bytes.n);
    bool ok = false;

    if (wanted && data) {
        TS_VERIFY_CTX_set_flags(wanted, TS_VFY_VERSION | TS_VFY_DATA | TS_VFY_SIGNATURE);
        X509_STORE_up_ref(store);
        TS_VERIFY_CTX_set_store(wanted, store);
        TS_VERIFY_CTX_set_data(wanted, data);
        data = NULL;
        ok = TS_RESP_verify_token(wanted, token) == 1;
    }
    BIO_free(data);
    TS_VERIFY_CTX_free(wanted);
    return ok;
}

/* A store of its own, because the time is the token's: the authority's certificate has long
 * expired when an archive is looked through. */
static X509_STORE *store_at(const struct cms_trust *trust, time_t at)
{
    STACK_OF(X509_OBJECT) *all = X509_STORE_get0_objects(cms_trust_store(trust));
    X509_STORE *store = X509_STORE_new();

    for (int i = 0; store && i < sk_X509_OBJECT_num(all); i++) {
        X509 *each = X509_OBJECT_get0_X509(sk_X509_OBJECT_value(all, i));

        if (each)
            X509_STORE_add_cert(store, each);
    }
    if (store) {
        X509_VERIFY_PARAM *param = X509_STORE_get0_param(store);

        X509_VERIFY_PARAM_set_time(param, at);
        X509_VERIFY_PARAM_set_auth_level(param, 2);
    }
    return store;
}

static bool imprint_is_sha256(TS_TST_INFO *info)
{
    const ASN1_OBJECT *name = NULL;

    X509_ALGOR_get0(&name, NULL, NULL,
                    TS_MSG_IMPRINT_get_algo(TS_TST_INFO_get_msg_imprint(info)));
    return OBJ_obj2nid(name) == NID_sha256;
}

static struct str authority(struct arena *arena, PKCS7 *token)
{
    STACK_OF(X509) *signers = PKCS7_get0_signers(token, NULL, 0);
    struct str name = STR_NONE;

    if (signers && sk_X509_num(signers) > 0)
        name = cms_name(arena, X509_get_subject_name(sk_X509_value(signers, 0)));
    sk_X509_free(signers);
    return name;
}

bool cms_stamp_verify(const struct cms_trust *trust, struct arena *arena, struct str token,
                      struct str bytes, struct cms_stamp *out, struct err *err)
{
    const unsigned char *p = (const unsigned char *)token.p;
    PKCS7 *read = token.n && token.n <= CMS_MOST ? d2i_PKCS7(NULL, &p, (long)token.n) : NULL;
    TS_TST_INFO *info = read ? PKCS7_to_TS_TST_INFO(read) : NULL;
    const ASN1_TIME *time = info ? TS_TST_INFO_get_time(info) : NULL;
    X509_STORE *store = NULL;
    bool whole = p == (const unsigned char *)token.p + token.n, ok = false;

    if (time && whole && imprint_is_sha256(info))
        store = store_at(trust, (time_t)cms_seconds(time));
    ok = store && matches(read, store, bytes);
    if (ok)
        *out = (struct cms_stamp){time_text(arena, cms_seconds(time)), authority(arena, read)};
    else
        err_add(err, SIGNATURE_INVALID, where_none(), "时间戳无效：%s",
                "the time-stamp is not valid: %s", cms_reason());
    ERR_clear_error();
    X509_STORE_free(store);
    TS_TST_INFO_free(info);
    PKCS7_free(read);
    return ok;
}
