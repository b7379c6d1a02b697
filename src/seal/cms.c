/* cms.c: the blob, written; and which certificates may stand in it.
 *
 *   ContentInfo signedData
 *     SignedData version 1, {SHA-256}, id-data without content
 *       [0] certificates: the signer's and those of its issuers
 *       SignerInfo version 1, issuer and serial number, SHA-256
 *         [0] content-type, message-digest, signing-certificate-v2   (signed, as a SET)
 *         algorithm, signature
 *         [1] signature-time-stamp                                   (where there is one)
 *
 * The three attributes stand in the order of their bytes, as DER wants it of a SET OF: their
 * lengths decide, and those are always the same. */
#include "seal/cms-internal.h"

#include "digest/digest.h"

#include <string.h>

enum { SEQUENCE = 0x30, SET = 0x31, OCTETS = 0x04, OID = 0x06, PART_0 = 0xA0, PART_1 = 0xA1 };

static const struct str
    id_data = {"\x2A\x86\x48\x86\xF7\x0D\x01\x07\x01", 9},
    id_signed_data = {"\x2A\x86\x48\x86\xF7\x0D\x01\x07\x02", 9},
    id_content_type = {"\x2A\x86\x48\x86\xF7\x0D\x01\x09\x03", 9},
    id_message_digest = {"\x2A\x86\x48\x86\xF7\x0D\x01\x09\x04", 9},
    id_signing_certificate = {"\x2A\x86\x48\x86\xF7\x0D\x01\x09\x10\x02\x2F", 11},
    id_time_stamp = {"\x2A\x86\x48\x86\xF7\x0D\x01\x09\x10\x02\x0E", 11},
    version_1 = {"\x02\x01\x01", 3},
    sha256_algorithm = {"\x30\x0B\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x01", 13},
    rsa_algorithm = {"\x30\x0D\x06\x09\x2A\x86\x48\x86\xF7\x0D\x01\x01\x01\x05\x00", 15},
    ecdsa_algorithm = {"\x30\x0A\x06\x08\x2A\x86\x48\xCE\x3D\x04\x03\x02", 12};

/* ---- writing */

static struct str octets(const uint8_t *bytes, size_t n)
{
    return (struct str){(const char *)bytes, n};
}

static void put_attribute(struct buf *out, struct str type, uint8_t tag, struct str value)
{
    size_t attribute = der_open(out, SEQUENCE), values;

    der_put(out, OID, type);
    values = der_open(out, SET);
    der_put(out, tag, value);
    der_close(out, values);
    der_close(out, attribute);
}

static void put_attributes(struct buf *out, const struct cms_parts *parts)
{
    struct buf ids;
    size_t list, id;

    /* ESSCertIDv2: SHA-256 is its usual algorithm and not named. */
    buf_init(&ids, CMS_MOST);
    list = der_open(&ids, SEQUENCE);
    id = der_open(&ids, SEQUENCE);
    der_put(&ids, OCTETS, octets(parts->certificate, sizeof parts->certificate));
    der_close(&ids, id);
    der_close(&ids, list);
    put_attribute(out, id_content_type, OID, id_data);
    put_attribute(out, id_message_digest, OCTETS, octets(parts->digest, sizeof parts->digest));
    put_attribute(out, id_signing_certificate, SEQUENCE, buf_view(&ids));
    out->failed = out->failed || ids.failed;
    buf_release(&ids);
}

void cms_write_attributes(struct buf *out, const struct cms_parts *parts)
{
    size_t set = der_open(out, SET);

    put_attributes(out, parts);
    der_close(out, set);
}

static void put_signer(struct buf *out, const struct cms_parts *parts)
{
    size_t info = der_open(out, SEQUENCE), part;

    buf_str(out, version_1);
    buf_str(out, parts->signer);
    buf_str(out, sha256_algorithm);
    part = der_open(out, PART_0);
    put_attributes(out, parts);
    der_close(out, part);
    buf_str(out, parts->rsa ? rsa_algorithm : ecdsa_algorithm);
    der_put(out, OCTETS, parts->signature);
    if (parts->token.n) {
        size_t attribute, values;

        part = der_open(out, PART_1);
        attribute = der_open(out, SEQUENCE);
        der_put(out, OID, id_time_stamp);
        values = der_open(out, SET);
        buf_str(out, parts->token);
        der_close(out, values);
        der_close(out, attribute);
        der_close(out, part);
    }
    der_close(out, info);
}

void cms_write(struct buf *out, const struct cms_parts *parts)
{
    size_t whole = der_open(out, SEQUENCE), content, data, part;

    der_put(out, OID, id_signed_data);
    content = der_open(out, PART_0);
    data = der_open(out, SEQUENCE);
    buf_str(out, version_1);
    der_put(out, SET, sha256_algorithm);
    part = der_open(out, SEQUENCE);
    der_put(out, OID, id_data);
    der_close(out, part);
    der_put(out, PART_0, parts->certificates);
    part = der_open(out, SET);
    put_signer(out, parts);
    der_close(out, part);
    der_close(out, data);
    der_close(out, content);
    der_close(out, whole);
}

/* ---- certificates */

struct str cms_certificate(struct arena *arena, const X509 *certificate)
{
    unsigned char *bytes = NULL;
    int n = i2d_X509(certificate, &bytes);
    struct str der = STR_NONE;

    if (n > 0)
        der = str_copy(arena, octets(bytes, (size_t)n));
    OPENSSL_free(bytes);
    return der;
}

static bool put_issuer_and_serial(struct buf *out, const X509 *certificate)
{
    unsigned char *name = NULL, *serial = NULL;
    int n = i2d_X509_NAME(X509_get_issuer_name(certificate), &name);
    int m = i2d_ASN1_INTEGER(X509_get0_serialNumber(certificate), &serial);
    size_t open = der_open(out, SEQUENCE);

    if (n > 0 && m > 0) {
        buf_add(out, name, (size_t)n);
        buf_add(out, serial, (size_t)m);
    }
    der_close(out, open);
    OPENSSL_free(name);
    OPENSSL_free(serial);
    return n > 0 && m > 0;
}

bool cms_parts_of(struct arena *arena, const STACK_OF(X509) * all, const X509 *first,
                  struct cms_parts *out)
{
    size_t count = (size_t)sk_X509_num(all);
    struct str *each = NEW_ARRAY(arena, count + 1, struct str);
    EVP_PKEY *key = X509_get0_pubkey(first);
    struct buf text;
    bool ok;

    *out = (struct cms_parts){
        .rsa = key && EVP_PKEY_is_a(key, "RSA"),
        .from = cms_seconds(X509_get0_notBefore(first)),
        .until = cms_seconds(X509_get0_notAfter(first)),
    };
    sha256(cms_certificate(arena, first), out->certificate);
    buf_init(&text, CMS_MOST);
    ok = put_issuer_and_serial(&text, first);
    out->signer = str_copy(arena, buf_view(&text));
    buf_clear(&text);
    for (size_t i = 0; i < count; i++) {
        each[i] = cms_certificate(arena, sk_X509_value(all, (int)i));
        ok = ok && each[i].n > 0;
    }
    der_put_sorted(&text, each, count);
    out->certificates = str_copy(arena, buf_view(&text));
    ok = ok && !text.failed;
    buf_release(&text);
    return ok;
}

/* Certificates of mail, of documents, of everything, or without a word about it. */
static bool for_documents(const X509 *certificate)
{
    static const char *const known[] = {"1.3.6.1.5.5.7.3.36", "1.3.6.1.5.5.7.3.4",
                                        "2.5.29.37.0", "1.2.840.113583.1.1.5"};
    int critical;
    EXTENDED_KEY_USAGE *usage =
        X509_get_ext_d2i(certificate, NID_ext_key_usage, &critical, NULL);
    bool found = !usage && critical == -1;

    for (int i = 0; usage && i < sk_ASN1_OBJECT_num(usage); i++) {
        char name[64] = "";

        OBJ_obj2txt(name, sizeof name, sk_ASN1_OBJECT_value(usage, i), 1);
        for (size_t k = 0; k < COUNT(known); k++)
            found = found || strcmp(name, known[k]) == 0;
    }
    sk_ASN1_OBJECT_pop_free(usage, ASN1_OBJECT_free);
    return found;
}

const char *cms_key_refused(X509 *certificate)
{
    enum { RSA_LEAST = 3072, RSA_MOST = 4096 };
    EVP_PKEY *key = X509_get0_pubkey(certificate);
    char group[32] = "";
    int bits = key ? EVP_PKEY_get_bits(key) : 0;

    /* Without the extension all bits are set. */
    if (!(X509_get_key_usage(certificate) & (KU_DIGITAL_SIGNATURE | KU_NON_REPUDIATION)))
        return "its certificate is not for signatures";
    if (!for_documents(certificate))
        return "its certificate is for another use than documents";
    if (key && EVP_PKEY_is_a(key, "RSA"))
        return bits >= RSA_LEAST && bits <= RSA_MOST ? NULL : "RSA has 3072 to 4096 bits here";
    if (key && EVP_PKEY_is_a(key, "EC") &&
        EVP_PKEY_get_group_name(key, group, sizeof group, NULL) &&
        strcmp(group, "prime256v1") == 0)
        return NULL;
    return "neither P-256 nor RSA";
}
