/* text.c: a seal as an address, its code to type, and its fields for people. */
#include "seal/seal.h"

#include "base/time.h"
#include "digest/digest.h"

#include <string.h>

enum { CODE_BYTES = 10, CODE_LETTERS = 16, GROUP = 4, HOST_MOST = 253 };

static int64_t first_day(void)
{
    return days_from_date(2020, 1, 1);
}

bool seal_text_read(struct arena *arena, struct str text, struct str *bytes)
{
    struct str part = str_trim(text);

    for (size_t i = part.n; i-- > 0;) {
        if (part.p[i] == '/') {
            part = (struct str){part.p + i + 1, part.n - i - 1};
            break;
        }
    }
    /* longer ones may be of a newer format */
    return part.n > 0 && part.n <= 4096 && base32_read(arena, part, bytes);
}

bool seal_text_written(struct arena *arena, struct str text, struct str *bytes)
{
    struct str plain = str_trim(text), host = seal_text_host(text);
    bool well = host.n > 0 && host.n <= HOST_MOST && seal_text_read(arena, text, bytes);

    for (size_t i = 0; i < host.n; i++)
        well = well && host.p[i] > ' ' && host.p[i] <= '~';
    return well && str_eq(seal_text(arena, host, *bytes), plain);
}

struct str seal_text_host(struct str text)
{
    static const struct str scheme = {"https://", 8};
    struct str rest = str_trim(text), path;

    if (!str_starts(rest, scheme))
        return STR_NONE;
    return str_cut((struct str){rest.p + scheme.n, rest.n - scheme.n}, '/', &path);
}

struct str seal_text(struct arena *arena, struct str host, struct str bytes)
{
    struct str letters = base32(arena, (const uint8_t *)bytes.p, bytes.n);

    return str_printf(arena, "https://%.*s/s/%.*s", STR_ARG(host), STR_ARG(letters));
}

struct str seal_code(struct arena *arena, struct str bytes)
{
    uint8_t sum[32];

    sha256(bytes, sum);
    return base32(arena, sum, CODE_BYTES);
}

struct str seal_code_groups(struct arena *arena, struct str code)
{
    char *text = arena_alloc(arena, code.n + code.n / GROUP + 1);
    size_t n = 0;

    for (size_t i = 0; i < code.n; i++) {
        if (i > 0 && i % GROUP == 0)
            text[n++] = '-';
        text[n++] = code.p[i];
    }
    return (struct str){text, n};
}

struct str seal_code_typed(struct arena *arena, struct str typed)
{
    char *text = arena_alloc(arena, typed.n + 1);
    struct str code = {text, 0}, bytes;

    for (size_t i = 0; i < typed.n; i++) {
        char c = typed.p[i];

        if (c == '-' || c == ' ')
            continue;
        text[code.n++] = (char)(c >= 'a' && c <= 'z' ? c - ('a' - 'A') : c);
    }
    return code.n == CODE_LETTERS && base32_read(arena, code, &bytes) ? code : STR_NONE;
}

struct str seal_result_text(enum seal_result result, bool chinese)
{
    static const char *const sentences[][2] = {
        [SEAL_GOOD] = {"封签由官方密钥签发", "the seal is signed by an official key"},
        [SEAL_TEST] = {"封签由公开的测试密钥签发，不具证明效力",
                       "the seal is signed by a published test key and proves nothing"},
        [SEAL_UNKNOWN_KEY] = {"密钥清单中没有签发此封签的密钥",
                              "the key of this seal is not in the list"},
        [SEAL_NEWER] = {"封签格式较新，请更新核验程序",
                        "the seal is of a newer format, update the program"},
        [SEAL_FORGED] = {"封签不是所称密钥签发的", "the seal was not signed by its key"},
        [SEAL_OUTSIDE_WINDOW] = {"签发时间不在密钥的使用期内",
                                 "the seal was issued outside its key's window"},
        [SEAL_COMPROMISED] = {"签发时密钥已泄露，封签无效",
                              "the seal was issued after its key had leaked"},
        [SEAL_WITNESS_NEEDED] = {"密钥其后泄露，须另查签发记录方可采信",
                                 "the key leaked later: only a log that knows the seal can "
                                 "make it good"},
        [SEAL_KIND_NOT_ALLOWED] = {"该密钥无权签发这种单证",
                                   "the key may not seal this kind of paper"},
    };

    return str_from(sentences[result][chinese ? 0 : 1]);
}

/* ---- fields for people */

static struct str kind_text(struct arena *arena, const struct kinds *kinds, int number)
{
    for (size_t k = 0; kinds && k < kinds->count; k++) {
        for (size_t o = 0; o < kinds->all[k].output_count; o++) {
            if (kinds->all[k].outputs[o].sealed.number == number)
                return kinds->all[k].outputs[o].name;
        }
    }
    return str_printf(arena, "%d", number);
}

static struct str state_text(struct arena *arena, int state)
{
    static const char *const names[] = {"未审核（核对用）", "已审核", "已变更", "已延期",
                                        "已结案"};

    if (state >= 0 && (size_t)state < COUNT(names))
        return str_from(names[state]);
    return str_printf(arena, "%d", state);
}

static struct str hex(struct arena *arena, const void *bytes, size_t n)
{
    static const char digits[] = "0123456789abcdef";
    char *text = arena_alloc(arena, 2 * n + 1);

    for (size_t i = 0; i < n; i++) {
        text[2 * i] = digits[((const uint8_t *)bytes)[i] >> 4];
        text[2 * i + 1] = digits[((const uint8_t *)bytes)[i] & 15];
    }
    return (struct str){text, 2 * n};
}

struct str seal_day_text(struct arena *arena, int day)
{
    return date_text(arena, first_day() + day);
}

size_t seal_describe(struct arena *arena, const struct kinds *kinds,
                     const struct seal_fields *fields, struct seal_line out[SEAL_LINES_MOST])
{
    size_t n = 0;

    out[n++] = (struct seal_line){"单证", "document", kind_text(arena, kinds, fields->kind)};
    out[n++] = (struct seal_line){"编号", "number", fields->number};
    out[n++] = (struct seal_line){"版本", "version", str_printf(arena, "%d", fields->version)};
    out[n++] = (struct seal_line){"状态", "state", state_text(arena, fields->state)};
    out[n++] = (struct seal_line){"签发时间", "issued", time_text(arena, fields->issued)};
    if (fields->last_day)
        out[n++] = (struct seal_line){"有效期至", "valid until",
                                      seal_day_text(arena, fields->last_day)};
    if (fields->customs)
        out[n++] =
            (struct seal_line){"海关", "customs", str_printf(arena, "%04d", fields->customs)};
    if (fields->holder[0])
        out[n++] =
            (struct seal_line){"持证单位", "holder", str_copy(arena, str_from(fields->holder))};
    if (fields->lines >= 0)
        out[n++] =
            (struct seal_line){"清单项数", "lines", str_printf(arena, "%d", fields->lines)};
    if (fields->pages >= 0)
        out[n++] = (struct seal_line){"页数", "pages", str_printf(arena, "%d", fields->pages)};
    if (fields->from_day >= 0) {
        struct str from = seal_day_text(arena, fields->from_day),
                   to = seal_day_text(arena, fields->to_day);

        out[n++] = (struct seal_line){
            "期限", "period", str_printf(arena, "%.*s – %.*s", STR_ARG(from), STR_ARG(to))};
    }
    for (size_t i = 0; i < fields->other_count; i++) {
        const struct seal_other *other = &fields->others[i];
        struct str value = hex(arena, other->value.p, other->value.n);

        out[n++] = (struct seal_line){
            "其他", "other", str_printf(arena, "%d: %.*s", other->tag, STR_ARG(value))};
    }
    out[n++] = (struct seal_line){"记录摘要", "digest", hex(arena, fields->digest, 32)};
    out[n++] = (struct seal_line){"密钥", "key", hex(arena, fields->key, 4)};
    return n;
}
