/* cms-signer.c: who signs files: a key, its certificate, and those who issued it. All that can
 * be wrong with them is found when they are read, not when a paper waits. */
#include "seal/cms-internal.h"

#include "base/time.h"
#include "digest/digest.h"

#include <string.h>
#include <unistd.h>

enum { AROUND = 1024 /* what a blob takes besides certificates and token, with RSA-4096 */ };

struct cms_signer {
    EVP_PKEY *key;
    STACK_OF(X509) * certificates; /* the signer's first */
    struct cms_parts parts;
    struct str id;
    const char *path; /* of the certificates */
    const char *stamps;
    int stamper; /* asks for them in this one's place; 0: nobody does */
    long wait;
    bool later;
    struct cms_trust *trust;
};

/* Why a key could not be read: whether its passphrase was asked for tells it. */
struct passphrase {
    struct str text;
    bool asked;
};

const char *cms_reason(void)
{
    unsigned long code = ERR_peek_last_error();
    const char *reason = code ? ERR_reason_error_string(code) : NULL;

    ERR_clear_error();
    return reason ? reason : "no reason given";
}

int64_t cms_seconds(const ASN1_TIME *time)
{
    enum { DAY = 86400 };
    ASN1_TIME *epoch = ASN1_TIME_set(NULL, 0);
    int days = 0, seconds = 0;

    if (epoch)
        ASN1_TIME_diff(&days, &seconds, epoch, time);
    ASN1_TIME_free(epoch);
    return (int64_t)days * DAY + seconds;
}

static bool fault(const char *path, const char *zh, const char *en, struct err *err)
{
    return err_add(err, SIGN_KEY, where_file(path, 0, 0), "%s%.0s", "%.0s%s", zh, en);
}

static int give_passphrase(char *room, int size, int writing, void *user)
{
    struct passphrase *passphrase = user;
    size_t n = passphrase->text.n;

    (void)writing;
    passphrase->asked = true;
    if (n == 0 || n > (size_t)size)
        return -1;
    memcpy(room, passphrase->text.p, n);
    return (int)n;
}

static bool read_key(struct cms_signer *signer, const char *path, struct str text,
                     struct err *err)
{
    struct passphrase passphrase = {.text = text};
    BIO *file = BIO_new_file(path, "r");
    const char *reason;

    if (file)
        signer->key = PEM_read_bio_PrivateKey(file, NULL, give_passphrase, &passphrase);
    BIO_free(file);
    if (signer->key)
        return true;
    reason = cms_reason();
    if (passphrase.asked && !text.n) {
        fault(path, "签名密钥已加密，缺少口令",
              "the signing key is encrypted, and there is no passphrase", err);
        err_hint(err, "give it on a file descriptor: --passphrase-fd 3 3<FILE");
        return false;
    }
    if (passphrase.asked)
        return fault(path, "签名密钥的口令不对", "the passphrase of the signing key is wrong",
                     err);
    err_add(err, SIGN_KEY, where_file(path, 0, 0), "读不了签名密钥：%s",
            "cannot read the signing key: %s", reason);
    err_hint(err, "a PEM file with BEGIN PRIVATE KEY or BEGIN ENCRYPTED PRIVATE KEY");
    return false;
}

STACK_OF(X509) * cms_certificates(const char *path)
{
    STACK_OF(X509) *all = sk_X509_new_null();
    BIO *file = BIO_new_file(path, "r");
    X509 *each;

    while (all && file && (each = PEM_read_bio_X509(file, NULL, NULL, NULL)))
        if (!sk_X509_push(all, each))
            X509_free(each);
    BIO_free(file);
    /* The end of the file is an error, too; any other one means that the file is damaged. */
    if (all && sk_X509_num(all) > 0 &&
        ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE) {
        ERR_clear_error();
        return all;
    }
    sk_X509_pop_free(all, X509_free);
    return NULL;
}

static bool read_certificates(struct cms_signer *signer, const char *path, struct err *err)
{
    signer->path = path;
    signer->certificates = cms_certificates(path);
    if (signer->certificates)
        return true;
    err_add(err, SIGN_KEY, where_file(path, 0, 0), "读不了签名证书：%s",
            "cannot read the signing certificates: %s", cms_reason());
    err_hint(err, "a PEM file: the signer's certificate, then its issuer's, and so on");
    return false;
}

/* Do key and certificates belong together? All faults at once. */
static bool check(const struct cms_signer *signer, struct err *err)
{
    X509 *first = sk_X509_value(signer->certificates, 0);
    const char *refused = cms_key_refused(first);
    int before = err->faults;

    if (refused)
        err_add(err, SIGN_KEY, where_file(signer->path, 0, 0), "签名证书不能用于签署单证：%s",
                "the signing certificate cannot be used: %s", refused);
    if (X509_check_private_key(first, signer->key) != 1)
        fault(signer->path, "签名证书与密钥不配对（签名者的证书应在最前）",
              "the signing key does not belong to the first certificate", err);
    for (int i = 1; i < sk_X509_num(signer->certificates); i++) {
        X509 *issuer = sk_X509_value(signer->certificates, i);

        if (X509_check_issued(issuer, sk_X509_value(signer->certificates, i - 1)) != X509_V_OK)
            err_add(err, SIGN_KEY, where_file(signer->path, 0, 0),
                    "第 %d 张证书不是第 %d 张的签发者",
                    "certificate %d did not issue certificate %d", i + 1, i);
    }
    if (signer->parts.certificates.n + AROUND > CMS_ROOM)
        err_add(err, SIGN_KEY, where_file(signer->path, 0, 0),
                "证书链共 %zu 字节，最多 %d 字节",
                "the certificates take %zu bytes, the most is %d", signer->parts.certificates.n,
                CMS_ROOM - AROUND);
    ERR_clear_error();
    return err->faults == before;
}

static bool open_stamps(struct arena *arena, struct cms_signer *signer,
                        const struct cms_files *files, struct err *err)
{
    signer->stamps = files->stamps;
    signer->wait = files->wait;
    signer->later = files->later;
    if (!files->stamps)
        return true;
    if (!stamp_url_valid(files->stamps)) {
        err_add(err, SIGN_KEY, where_none(), "时间戳地址“%s”不是 http:// 地址",
                "the time-stamp authority '%s' is no http:// address", files->stamps);
        err_hint(err, "stamps = http://host:port/path; the token is signed, HTTP is enough");
        return false;
    }
    if (!files->trust)
        return fault(NULL, "使用时间戳须配置 trust", "time-stamps need the key trust", err);
    return cms_trust_open(arena, files->trust, &signer->trust, err);
}

bool cms_signer_open(struct arena *arena, const struct cms_files *files, struct str passphrase,
                     struct cms_signer **out, struct err *err)
{
    struct cms_signer *signer = NEW(arena, struct cms_signer);
    bool key = read_key(signer, files->key, passphrase, err);
    bool ok = read_certificates(signer, files->certificates, err) && key;

    ok = open_stamps(arena, signer, files, err) && ok;
    if (ok && !cms_parts_of(arena, signer->certificates, sk_X509_value(signer->certificates, 0),
                            &signer->parts))
        ok = fault(signer->path, "签名证书无法编码", "a signing certificate cannot be encoded",
                   err);
    if (!ok || !check(signer, err)) {
        cms_signer_close(signer);
        return false;
    }
    signer->id =
        sha256_hex(arena, cms_certificate(arena, sk_X509_value(signer->certificates, 0)));
    *out = signer;
    return true;
}

void cms_signer_close(struct cms_signer *signer)
{
    if (!signer)
        return;
    if (signer->stamper)
        close(signer->stamper);
    EVP_PKEY_free(signer->key);
    sk_X509_pop_free(signer->certificates, X509_free);
    cms_trust_close(signer->trust);
    *signer = (struct cms_signer){0};
}

bool cms_signer_apart(struct cms_signer *signer, struct err *err)
{
    const struct stamp_ask ask = {
        .url = signer->stamps, .trust = signer->trust, .wait = signer->wait};

    return !signer->stamps || signer->later || stamper_start(&ask, &signer->stamper, err);
}

size_t cms_signer_room(const struct cms_signer *signer)
{
    return signer->stamps ? CMS_ROOM_STAMPED : CMS_ROOM;
}

bool cms_signer_stamps(const struct cms_signer *signer)
{
    return signer && signer->stamps;
}

void cms_signer_forget(struct cms_signer *signer)
{
    EVP_PKEY_free(signer->key);
    signer->key = NULL;
}

struct str cms_signer_id(const struct cms_signer *signer)
{
    return signer->id;
}

static bool in_window(const struct cms_signer *signer, const struct cms_parts *parts,
                      struct str at, struct err *err)
{
    struct str from, until;
    int64_t when;

    if (time_parse(at, &when) && when >= parts->from && when <= parts->until)
        return true;
    from = time_text(err->arena, parts->from);
    until = time_text(err->arena, parts->until);
    return err_add(
        err, SIGN_KEY, where_file(signer->path, 0, 0),
        "签名时间 %.*s 不在签名证书的有效期（%.*s 至 %.*s）内",
        "the time of signing, %.*s, is outside of the certificate's validity (%.*s to %.*s)",
        STR_ARG(at), STR_ARG(from), STR_ARG(until));
}

bool cms_signer_valid(const struct cms_signer *signer, struct str at, struct err *err)
{
    return in_window(signer, &signer->parts, at, err);
}

static bool make_signature(EVP_PKEY *key, struct arena *arena, struct str bytes,
                           struct str *signature)
{
    size_t n = (size_t)EVP_PKEY_get_size(key);
    unsigned char *room = arena_alloc(arena, n);
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    bool ok = context && EVP_DigestSignInit(context, NULL, EVP_sha256(), NULL, key) == 1 &&
              EVP_DigestSign(context, room, &n, (const unsigned char *)bytes.p, bytes.n) == 1;

    EVP_MD_CTX_free(context);
    *signature = (struct str){(const char *)room, n};
    return ok;
}

static bool sign(const struct cms_signer *signer, struct arena *arena, struct cms_parts *parts,
                 struct err *err)
{
    struct buf text;
    bool ok;

    buf_init(&text, CMS_MOST);
    cms_write_attributes(&text, parts);
    ok = !text.failed && make_signature(signer->key, arena, buf_view(&text), &parts->signature);
    if (!ok)
        err_add(err, INTERNAL, where_none(), "签名失败：%s", "signing failed: %s",
                cms_reason());
    buf_release(&text);
    return ok;
}

/* The certificate has to be valid when the authority saw it: a reader asks for that time. */
static bool stamp(const struct cms_signer *signer, struct arena *arena, long wait,
                  struct cms_parts *parts, struct err *err)
{
    const struct stamp_ask ask = {
        .url = signer->stamps, .trust = signer->trust, .wait = wait, .bytes = parts->signature};
    struct cms_stamp made;

    if (signer->stamper)
        return stamper_ask(signer->stamper, arena, ask.bytes, &parts->token, err) &&
               cms_stamp_verify(ask.trust, arena, parts->token, ask.bytes, &made, err) &&
               in_window(signer, parts, made.at, err);
    return stamp_ask(arena, &ask, &parts->token, &made, err) &&
           in_window(signer, parts, made.at, err);
}

static bool write_blob(const struct cms_signer *signer, struct arena *arena,
                       const struct cms_parts *parts, struct str *blob, struct err *err)
{
    struct buf text;
    bool ok = true;

    buf_init(&text, CMS_MOST);
    cms_write(&text, parts);
    if (text.failed || text.n > cms_signer_room(signer))
        ok = err_add(err, STAMP_FAILED, where_none(), "签名 %zu 字节，超过预留的 %zu 字节",
                     "the signature takes %zu bytes, more than the %zu kept free", text.n,
                     cms_signer_room(signer));
    else
        *blob = str_copy(arena, buf_view(&text));
    buf_release(&text);
    return ok;
}

bool cms_sign(const struct cms_signer *signer, struct arena *arena, const uint8_t digest[32],
              struct str at, struct str *blob, struct err *err)
{
    struct cms_parts parts = signer->parts;

    if (!in_window(signer, &parts, at, err)) {
        err_hint(err, "say with --signed-at when it is signed, or renew the certificate");
        return false;
    }
    memcpy(parts.digest, digest, sizeof parts.digest);
    return sign(signer, arena, &parts, err) &&
           (!signer->stamps || signer->later ||
            stamp(signer, arena, signer->wait, &parts, err)) &&
           write_blob(signer, arena, &parts, blob, err);
}

bool cms_stamp(const struct cms_signer *signer, struct arena *arena, struct str blob, long wait,
               struct str *out, struct err *err)
{
    struct cms_parts parts;

    return cms_read(arena, blob, &parts, err) && stamp(signer, arena, wait, &parts, err) &&
           write_blob(signer, arena, &parts, out, err);
}
