/* status.c: reads and writes the list of papers that hold no longer. A list counts only whole:
 * its signature is asked before any entry is believed. */
#include "seal/status.h"

#include "base/buf.h"
#include "base/time.h"
#include "digest/digest.h"
#include "seal/seal-internal.h"
#include "seal/seal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { AT_VERSION = 8, AT_STATUS = 10, LINE_MOST = 200 };

static const char first_line[] = "danzheng-status/1\n";
static const char status_prefix[14] = "SW-STATUS-1"; /* with three NUL */

static void entry_write(uint8_t out[STATUS_ENTRY], struct str number, int kind, int version,
                        enum paper_status status)
{
    char text[SEAL_NUMBER_MOST + 8];
    uint8_t sum[32];
    size_t n = number.n < SEAL_NUMBER_MOST ? number.n : SEAL_NUMBER_MOST;

    memcpy(text, number.p, n);
    n += (size_t)snprintf(text + n, sizeof text - n, " %d", kind);
    sha256((struct str){text, n}, sum);
    memcpy(out, sum, AT_VERSION);
    out[AT_VERSION] = (uint8_t)(version >> 8);
    out[AT_VERSION + 1] = (uint8_t)version;
    out[AT_STATUS] = (uint8_t)status;
}

static struct str status_message(struct arena *arena, struct str bytes)
{
    char *message = arena_alloc(arena, sizeof status_prefix + bytes.n);

    memcpy(message, status_prefix, sizeof status_prefix);
    memcpy(message + sizeof status_prefix, bytes.p, bytes.n);
    return (struct str){message, sizeof status_prefix + bytes.n};
}

/* ---- reading */

static bool fault(const char *name, const char *zh, const char *en, struct err *err)
{
    err_add(err, STATUS_LIST_FAULT, where_file(name, 0, 0), "%s%.0s", "%.0s%s", zh, en);
    err_hint(err, "obtain the list as the authority published it");
    return false;
}

/* The line at the beginning, without its LF; false where it is too long or does not end. */
static bool take_line(struct str *rest, struct str *line)
{
    size_t most = rest->n < LINE_MOST ? rest->n : LINE_MOST;
    const char *end = most ? memchr(rest->p, '\n', most) : NULL;

    if (!end)
        return false;
    *line = (struct str){rest->p, (size_t)(end - rest->p)};
    *rest = (struct str){end + 1, rest->n - line->n - 1};
    return true;
}

/* "list TIME COUNT", then so many entries. */
static bool head_read(struct str *rest, struct status_list *status)
{
    struct str line, word;
    long count;

    if (!str_starts(*rest, (struct str){first_line, sizeof first_line - 1}))
        return false;
    *rest = (struct str){rest->p + sizeof first_line - 1, rest->n - sizeof first_line + 1};
    if (!take_line(rest, &line) || !str_is(str_cut(line, ' ', &line), "list"))
        return false;
    word = str_cut(line, ' ', &line);
    if (!time_parse(word, &status->made) || !str_number(line, &count) ||
        (size_t)count > rest->n / STATUS_ENTRY)
        return false;
    status->count = (size_t)count;
    status->entries = (const uint8_t *)rest->p;
    *rest = (struct str){rest->p + status->count * STATUS_ENTRY,
                         rest->n - status->count * STATUS_ENTRY};
    return true;
}

static bool entries_good(const struct status_list *status)
{
    const uint8_t *last = NULL;

    for (size_t i = 0; i < status->count; i++) {
        const uint8_t *entry = status->entries + i * STATUS_ENTRY;

        if ((entry[AT_STATUS] != PAPER_SUPERSEDED && entry[AT_STATUS] != PAPER_WITHDRAWN) ||
            (last && memcmp(last, entry, AT_STATUS) >= 0))
            return false;
        last = entry;
    }
    return true;
}

static bool has_id(struct str spki, struct str id)
{
    static const char digits[] = "0123456789abcdef";
    uint8_t bytes[4];
    bool same = id.n == 8;

    key_id(spki, bytes);
    for (size_t i = 0; same && i < 8; i++)
        same = id.p[i] == digits[i % 2 ? bytes[i / 2] & 15 : bytes[i / 2] >> 4];
    return same;
}

/* The root, or a key that could sign then. One that came into other hands at any time could
 * have been made to sign a list of any date. */
static bool signer_find(const struct keys *keys, struct str id, struct str message,
                        const uint8_t signature[SIGNATURE], struct status_list *status)
{
    if (keys->root && has_id(keys->root->spki, id) &&
        key_verify(SUITE_ED25519, keys->root->spki, message, signature)) {
        status->test = keys->root->test;
        status->by = keys->root->name;
        return true;
    }
    for (size_t i = 0; i < keys->count; i++) {
        const struct key *key = &keys->all[i];

        if (key->status == KEY_COMPROMISED || status->made < key->from ||
            status->made > key->until || !has_id(key->spki, id) ||
            !key_verify(key->suite, key->spki, message, signature))
            continue;
        status->test = key->status == KEY_TEST;
        status->by = key->name;
        return true;
    }
    return false;
}

bool status_parse(struct arena *arena, const char *name, struct str bytes,
                  const struct keys *keys, const struct status_list **out, struct err *err)
{
    struct status_list *status = NEW(arena, struct status_list);
    struct str rest = bytes, line, above, id, signature;

    if (!head_read(&rest, status))
        return fault(name, "这不是状态清单", "this is no status list", err);
    above = (struct str){bytes.p, bytes.n - rest.n};
    if (!take_line(&rest, &line) || rest.n > 0 ||
        !str_is(str_cut(line, ' ', &line), "signature"))
        return fault(name, "清单残缺，或其后另有内容",
                     "the list is cut off, or something follows it", err);
    id = str_cut(line, ' ', &line);
    if (!base64_read(arena, line, &signature) || signature.n != SIGNATURE ||
        !signer_find(keys, id, status_message(arena, above), (const uint8_t *)signature.p,
                     status))
        return fault(name, "清单不是密钥清单中的密钥或根密钥所签",
                     "no key of the list of keys, nor its root, has signed this list", err);
    if (!entries_good(status))
        return fault(name, "清单的条目有误", "an entry of the list is faulty", err);
    *out = status;
    return true;
}

enum paper_status status_find(const struct status_list *status, struct str number, int kind,
                              int version)
{
    uint8_t wanted[STATUS_ENTRY];
    size_t low = 0, high = status->count;

    entry_write(wanted, number, kind, version, PAPER_NOT_LISTED);
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        const uint8_t *entry = status->entries + middle * STATUS_ENTRY;
        int order = memcmp(wanted, entry, AT_STATUS);

        if (order == 0)
            return (enum paper_status)entry[AT_STATUS];
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return PAPER_NOT_LISTED;
}

/* ---- writing */

static bool paper_read(struct str line, struct status_paper *out)
{
    struct str number = str_word(&line), kind = str_word(&line), version = str_word(&line),
               status = str_word(&line);
    long k, v;
    bool well = number.n > 0 && number.n <= SEAL_NUMBER_MOST && !line.n &&
                str_number(kind, &k) && k >= 1 && k <= 31 && str_number(version, &v) &&
                v <= UINT16_MAX;

    for (size_t i = 0; well && i < number.n; i++) {
        char c = number.p[i];

        well = (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-';
    }
    if (!well || (!str_is(status, "superseded") && !str_is(status, "withdrawn")))
        return false;
    *out = (struct status_paper){number, (int)k, (int)v,
                                 str_is(status, "superseded") ? PAPER_SUPERSEDED
                                                              : PAPER_WITHDRAWN};
    return true;
}

bool status_papers_parse(struct arena *arena, const char *name, struct str text,
                         const struct status_paper **out, size_t *count, struct err *err)
{
    struct status_paper *papers;
    int before = err->faults, number = 0;
    size_t lines = 1, n = 0;

    for (size_t i = 0; i < text.n; i++)
        lines += text.p[i] == '\n';
    papers = NEW_ARRAY(arena, lines, struct status_paper);
    while (text.n > 0) {
        struct str line = str_trim(str_cut(text, '\n', &text));

        number++;
        if (!line.n || line.p[0] == '#')
            continue;
        if (paper_read(line, &papers[n])) {
            n++;
            continue;
        }
        err_add(err, STATUS_LIST_FAULT, where_file(name, number, 0), "写法有误：“%.*s”",
                "not well formed: '%.*s'", STR_ARG(line));
        err_hint(err, "NUMBER KIND VERSION superseded|withdrawn");
    }
    if (err->faults > before)
        return false;
    *out = papers;
    *count = n;
    return true;
}

static int by_bytes(const void *first, const void *second)
{
    return memcmp(first, second, STATUS_ENTRY);
}

/* Sorted, so of the same paper the entry with the graver word comes last, and stays. */
static size_t entries_sort(uint8_t *entries, size_t count)
{
    size_t kept = 0;

    qsort(entries, count, STATUS_ENTRY, by_bytes);
    for (size_t i = 0; i < count; i++) {
        uint8_t *to = entries + kept * STATUS_ENTRY;

        if (kept && memcmp(to - STATUS_ENTRY, entries + i * STATUS_ENTRY, AT_STATUS) == 0)
            to -= STATUS_ENTRY;
        else
            kept++;
        memmove(to, entries + i * STATUS_ENTRY, STATUS_ENTRY);
    }
    return kept;
}

bool status_write(struct arena *arena, const struct status_paper *papers, size_t count,
                  int64_t made, struct signer *signer, struct str *out, struct err *err)
{
    uint8_t *entries = arena_array(arena, count + 1, STATUS_ENTRY), signature[SIGNATURE], id[4];
    struct str time = time_text(arena, made);
    struct buf text;
    size_t kept;
    bool ok;

    for (size_t i = 0; i < count; i++)
        entry_write(entries + i * STATUS_ENTRY, papers[i].number, papers[i].kind,
                    papers[i].version, papers[i].status);
    kept = entries_sort(entries, count);
    buf_init(&text, STATUS_BYTES_MOST);
    buf_printf(&text, "%slist %.*s %zu\n", first_line, STR_ARG(time), kept);
    buf_add(&text, entries, kept * STATUS_ENTRY);
    ok = signer_sign(signer, status_message(arena, buf_view(&text)), signature, err);
    if (ok) {
        key_id(signer_spki(signer), id);
        buf_printf(&text, "signature %02x%02x%02x%02x ", id[0], id[1], id[2], id[3]);
        buf_base64(&text, signature, sizeof signature);
        buf_byte(&text, '\n');
        *out = str_copy(arena, buf_view(&text));
    }
    buf_release(&text);
    return ok;
}
