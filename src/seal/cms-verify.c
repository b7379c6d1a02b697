/* cms-verify.c: a blob of unknown origin. OpenSSL takes it apart; then our writer puts the
 * parts together again, with the digest of the file at hand and that of the certificate, and
 * the bytes have to be the same. What is left to ask: is the signature right, is the
 * certificate trusted, and does every other certificate belong to its chain? */
#include "seal/cms-internal.h"

#include "base/time.h"
#include "digest/digest.h"

#include <string.h>

enum {
    LEVEL = 2 /* OpenSSL's: 112 bits, neither SHA-1 nor RSA under 2048 bits in the chain */
};

struct cms_trust {
    X509_STORE *store;
};

/* A blob taken apart. */
struct apart {
    CMS_ContentInfo *cms;
    STACK_OF(X509) * certificates;
    X509 *first; /* the signer's; borrowed from certificates */
};

static bool invalid(const char *zh, const char *en, struct err *err)
{
    ERR_clear_error();
    return err_add(err, SIGNATURE_INVALID, where_none(), "%s%.0s", "%.0s%s", zh, en);
}

/* ---- trust */

bool cms_trust_open(struct arena *arena, const char *path, struct cms_trust **out,
                    struct err *err)
{
    STACK_OF(X509) *all = cms_certificates(path);
    struct cms_trust *trust;
    X509_STORE *store = NULL;
    bool ok = all && (store = X509_STORE_new());

    for (int i = 0; ok && i < sk_X509_num(all); i++)
        ok = X509_STORE_add_cert(store, sk_X509_value(all, i)) == 1;
    sk_X509_pop_free(all, X509_free);
    if (!ok) {
        X509_STORE_free(store);
        err_add(err, SIGN_KEY, where_file(path, 0, 0), "读不了受信任的证书：%s",
                "cannot read the trusted certificates: %s", cms_reason());
        err_hint(err, "a PEM file of the roots that papers and time-stamps are signed under");
        return false;
    }
    trust = NEW(arena, struct cms_trust);
    trust->store = store;
    *out = trust;
    return true;
}

void cms_trust_close(struct cms_trust *trust)
{
    if (trust)
        X509_STORE_free(trust->store);
}

X509_STORE *cms_trust_store(const struct cms_trust *trust)
{
    return trust->store;
}

static bool in_chain(const X509 *certificate, STACK_OF(X509) * chain)
{
    for (int i = 0; i < sk_X509_num(chain); i++)
        if (X509_cmp(certificate, sk_X509_value(chain, i)) == 0)
            return true;
    return false;
}

bool cms_trusted(const struct cms_trust *trust, X509 *certificate, STACK_OF(X509) * with,
                 time_t at, struct err *err)
{
    X509_STORE_CTX *context = X509_STORE_CTX_new();
    X509_VERIFY_PARAM *param;
    bool ok = context && X509_STORE_CTX_init(context, trust->store, certificate, with) == 1;
    int why = X509_V_ERR_OUT_OF_MEM;

    if (ok) {
        param = X509_STORE_CTX_get0_param(context);
        X509_VERIFY_PARAM_set_time(param, at);
        X509_VERIFY_PARAM_set_auth_level(param, LEVEL);
        X509_VERIFY_PARAM_set_flags(param, X509_V_FLAG_PARTIAL_CHAIN);
        ok = X509_verify_cert(context) == 1;
        why = X509_STORE_CTX_get_error(context);
    }
    if (!ok)
        err_add(err, SIGNATURE_UNTRUSTED, where_none(), "签名证书不受信任：%s",
                "the certificate is not trusted: %s", X509_verify_cert_error_string(why));
    for (int i = 0; ok && i < sk_X509_num(with); i++)
        if (!in_chain(sk_X509_value(with, i), X509_STORE_CTX_get0_chain(context)))
            ok = invalid("签名中有不属于证书链的证书",
                         "a certificate of the signature is not in the chain", err);
    X509_STORE_CTX_free(context);
    ERR_clear_error();
    return ok;
}

/* ---- taking apart */

static bool take_digest(CMS_SignerInfo *info, uint8_t digest[32])
{
    const ASN1_OCTET_STRING *found = CMS_signed_get0_data_by_OBJ(
        info, OBJ_nid2obj(NID_pkcs9_messageDigest), -3, V_ASN1_OCTET_STRING);

    if (!found || ASN1_STRING_length(found) != 32)
        return false;
    memcpy(digest, ASN1_STRING_get0_data(found), 32);
    return true;
}

static bool take_token(struct arena *arena, CMS_SignerInfo *info, struct str *token)
{
    X509_ATTRIBUTE *attribute;
    ASN1_TYPE *value;
    unsigned char *bytes = NULL;
    int n, count = CMS_unsigned_get_attr_count(info);

    *token = STR_NONE;
    if (count <= 0)
        return true;
    attribute = CMS_unsigned_get_attr(info, 0);
    value = X509_ATTRIBUTE_get0_type(attribute, 0);
    n = value ? i2d_ASN1_TYPE(value, &bytes) : 0;
    if (n > 0)
        *token = str_copy(arena, (struct str){(const char *)bytes, (size_t)n});
    OPENSSL_free(bytes);
    return n > 0;
}

static bool open_apart(struct arena *arena, struct str blob, struct apart *apart,
                       struct cms_parts *parts)
{
    const unsigned char *at = (const unsigned char *)blob.p;
    STACK_OF(CMS_SignerInfo) * infos;
    const ASN1_OCTET_STRING *signature;
    CMS_SignerInfo *info;
    struct str token;

    apart->cms =
        blob.n > 0 && blob.n <= CMS_MOST ? d2i_CMS_ContentInfo(NULL, &at, (long)blob.n) : NULL;
    if (!apart->cms || OBJ_obj2nid(CMS_get0_type(apart->cms)) != NID_pkcs7_signed)
        return false;
    apart->certificates = CMS_get1_certs(apart->cms);
    infos = CMS_get0_SignerInfos(apart->cms);
    info = sk_CMS_SignerInfo_num(infos) == 1 ? sk_CMS_SignerInfo_value(infos, 0) : NULL;
    if (!info || !apart->certificates)
        return false;
    for (int i = 0; i < sk_X509_num(apart->certificates); i++) {
        X509 *each = sk_X509_value(apart->certificates, i);

        if (CMS_SignerInfo_cert_cmp(info, each) == 0)
            apart->first = each;
    }
    signature = CMS_SignerInfo_get0_signature(info);
    if (!apart->first || !signature || !take_token(arena, info, &token) ||
        !cms_parts_of(arena, apart->certificates, apart->first, parts) ||
        !take_digest(info, parts->digest))
        return false;
    parts->token = token;
    parts->signature =
        str_copy(arena, (struct str){(const char *)ASN1_STRING_get0_data(signature),
                                     (size_t)ASN1_STRING_length(signature)});
    return true;
}

static void close_apart(struct apart *apart)
{
    sk_X509_pop_free(apart->certificates, X509_free);
    CMS_ContentInfo_free(apart->cms);
}

/* ---- verifying */

static bool same_when_written(const struct cms_parts *parts, struct str blob)
{
    struct buf text;
    bool same;

    buf_init(&text, CMS_MOST);
    cms_write(&text, parts);
    same = !text.failed && str_eq(buf_view(&text), blob);
    buf_release(&text);
    return same;
}

static bool right(const struct cms_parts *parts, X509 *first)
{
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    struct buf text;
    bool ok;

    buf_init(&text, CMS_MOST);
    cms_write_attributes(&text, parts);
    ok =
        context && !text.failed &&
        EVP_DigestVerifyInit(context, NULL, EVP_sha256(), NULL, X509_get0_pubkey(first)) == 1 &&
        EVP_DigestVerify(context, (const unsigned char *)parts->signature.p, parts->signature.n,
                         (const unsigned char *)text.p, text.n) == 1;
    EVP_MD_CTX_free(context);
    buf_release(&text);
    return ok;
}

struct str cms_name(struct arena *arena, const X509_NAME *name)
{
    BIO *memory = BIO_new(BIO_s_mem());
    struct str text = STR_NONE;
    char *bytes = NULL;
    long n = 0;

    if (memory &&
        X509_NAME_print_ex(memory, name, 0, XN_FLAG_ONELINE & ~ASN1_STRFLGS_ESC_MSB) >= 0)
        n = BIO_get_mem_data(memory, &bytes);
    if (n > 0)
        text = str_copy(arena, (struct str){bytes, (size_t)n});
    BIO_free(memory);
    return text;
}

static struct cms_facts facts_of(struct arena *arena, const X509 *first,
                                 const struct cms_parts *parts, struct cms_stamp stamp)
{
    return (struct cms_facts){
        .subject = cms_name(arena, X509_get_subject_name(first)),
        .issuer = cms_name(arena, X509_get_issuer_name(first)),
        .from = time_text(arena, cms_seconds(X509_get0_notBefore(first))),
        .until = time_text(arena, cms_seconds(X509_get0_notAfter(first))),
        .id = sha256_hex(arena, cms_certificate(arena, first)),
        .stamp = stamp,
        .algorithm = parts->rsa ? "RSA" : "P-256",
    };
}

static bool verify(const struct cms_trust *trust, struct arena *arena,
                   const struct apart *apart, const struct cms_parts *parts, struct str at,
                   struct cms_facts *out, struct err *err)
{
    const char *refused = cms_key_refused(apart->first);
    struct cms_stamp stamp = {.at = STR_NONE};
    int64_t when;

    if (refused)
        return err_add(err, SIGNATURE_INVALID, where_none(), "签名证书不能用于签署单证：%s",
                       "the certificate cannot sign documents: %s", refused);
    if (!right(parts, apart->first))
        return invalid("签名与文件不符", "the signature is not of this file", err);
    if (!trust)
        return err_add(err, SIGNATURE_UNTRUSTED, where_none(), "没有配置受信任的证书",
                       "no certificates are configured to trust");
    if (parts->token.n &&
        !cms_stamp_verify(trust, arena, parts->token, parts->signature, &stamp, err))
        return false;
    if (!time_parse(stamp.at.n ? stamp.at : at, &when))
        return invalid("签名时间的写法有误", "the time of signing is not a time", err);
    if (!cms_trusted(trust, apart->first, apart->certificates, (time_t)when, err))
        return false;
    *out = facts_of(arena, apart->first, parts, stamp);
    return true;
}

bool cms_verify(const struct cms_trust *trust, struct arena *arena, const uint8_t digest[32],
                struct str blob, struct str at, struct cms_facts *out, struct err *err)
{
    struct apart apart = {0};
    struct cms_parts parts;
    bool ok = false;

    if (!open_apart(arena, blob, &apart, &parts)) {
        invalid("签名数据无法读取", "the signature cannot be read", err);
        goto out;
    }
    memcpy(parts.digest, digest, sizeof parts.digest);
    if (!same_when_written(&parts, blob)) {
        invalid("签名与文件不符，或不是 PAdES 基线签名的形式",
                "the signature is of another file, or has another form than PAdES baseline",
                err);
        goto out;
    }
    ok = verify(trust, arena, &apart, &parts, at, out, err);
out:
    close_apart(&apart);
    return ok;
}

/* ---- reading one that is to be stamped */

bool cms_read(struct arena *arena, struct str blob, struct cms_parts *out, struct err *err)
{
    struct apart apart = {0};
    struct cms_parts parts;
    bool ok = open_apart(arena, blob, &apart, &parts) && !parts.token.n &&
              same_when_written(&parts, blob) && right(&parts, apart.first);

    if (ok)
        *out = parts;
    else
        invalid("不是等待时间戳的签名", "this is no signature that waits for a time-stamp",
                err);
    close_apart(&apart);
    return ok;
}
