/* bytes.c: a seal's bytes, taken apart and put together. Reading is strict: one way to say
 * each thing, so that bytes and fields mean each other. */
#include "seal/seal.h"

#include <string.h>

enum {
    FORMAT = 1,
    AT_KEY = 1,
    AT_KIND = 5,
    AT_STATE,
    AT_VERSION,
    AT_ISSUED = 9,
    AT_LAST_DAY = 13,
    AT_CUSTOMS = 15,
    AT_DIGEST = 17,
    AT_NUMBER = 49,
    CUSTOMS_MOST = 9999,
};

enum feature { HOLDER_DIGITS = 1, LINES, PERIOD, PAGES, HOLDER = 6 };

static unsigned big2(const uint8_t *p)
{
    return (unsigned)p[0] << 8 | p[1];
}

static void put2(uint8_t *p, int value)
{
    p[0] = (uint8_t)(value >> 8);
    p[1] = (uint8_t)value;
}

static bool number_good(struct str number)
{
    for (size_t i = 0; i < number.n; i++) {
        char c = number.p[i];

        if ((c < 'A' || c > 'Z') && (c < '0' || c > '9') && c != '-')
            return false;
    }
    return number.n >= 1 && number.n <= SEAL_NUMBER_MOST;
}

static bool holder_digits_read(const uint8_t *value, char holder[11])
{
    for (size_t i = 0; i < 5; i++) {
        if (value[i] >> 4 > 9 || (value[i] & 15) > 9)
            return false;
        holder[2 * i] = (char)('0' + (value[i] >> 4));
        holder[2 * i + 1] = (char)('0' + (value[i] & 15));
    }
    holder[10] = '\0';
    return true;
}

/* Ten printable characters; what is only digits has a feature of its own. */
static bool holder_read(const uint8_t *value, char holder[11])
{
    bool digits = true;

    for (size_t i = 0; i < 10; i++) {
        if (value[i] <= ' ' || value[i] > '~')
            return false;
        digits = digits && value[i] >= '0' && value[i] <= '9';
        holder[i] = (char)value[i];
    }
    holder[10] = '\0';
    return !digits;
}

static bool feature_read(int tag, const uint8_t *value, size_t n, struct seal_fields *out)
{
    switch (tag) {
    case HOLDER_DIGITS:
        return n == 5 && holder_digits_read(value, out->holder);
    case LINES:
        out->lines = n == 2 ? (int)big2(value) : -1;
        return n == 2;
    case PERIOD:
        if (n != 4)
            return false;
        out->from_day = (int)big2(value);
        out->to_day = (int)big2(value + 2);
        return true;
    case PAGES:
        out->pages = n == 1 ? value[0] : -1;
        return n == 1;
    case HOLDER:
        return n == 10 && !out->holder[0] && holder_read(value, out->holder);
    default:
        if (out->other_count == SEAL_OTHERS_MOST)
            return false;
        out->others[out->other_count++] = (struct seal_other){tag, {(const char *)value, n}};
        return true;
    }
}

static bool features_read(const uint8_t *at, const uint8_t *end, struct seal_fields *out)
{
    int last = 0;

    while (at < end) {
        size_t n = end - at >= 2 ? at[1] : 0;

        if (end - at < 2 || at[0] <= last || n > (size_t)(end - at) - 2 ||
            !feature_read(at[0], at + 2, n, out))
            return false;
        last = at[0];
        at += 2 + n;
    }
    return true;
}

enum seal_result seal_parse(struct str bytes, struct seal_fields *out)
{
    struct seal_fields fields = {.lines = -1, .pages = -1, .from_day = -1, .to_day = -1};
    const uint8_t *p = (const uint8_t *)bytes.p;
    size_t number;

    if (bytes.n < 1 || p[0] >> 4 == 0)
        return SEAL_FORGED;
    fields.suite = p[0] & 15;
    if (p[0] >> 4 > FORMAT || fields.suite > SUITE_SM2)
        return SEAL_NEWER;
    if (fields.suite == SUITE_NONE || bytes.n < AT_NUMBER + 2 + SEAL_SIGNATURE ||
        bytes.n > SEAL_MOST)
        return SEAL_FORGED;
    number = p[AT_NUMBER];
    if (number > bytes.n - AT_NUMBER - 1 - SEAL_SIGNATURE)
        return SEAL_FORGED;
    memcpy(fields.key, p + AT_KEY, sizeof fields.key);
    fields.kind = p[AT_KIND];
    fields.state = p[AT_STATE];
    fields.version = (int)big2(p + AT_VERSION);
    fields.issued = (int64_t)big2(p + AT_ISSUED) << 16 | big2(p + AT_ISSUED + 2);
    fields.last_day = (int)big2(p + AT_LAST_DAY);
    fields.customs = (int)big2(p + AT_CUSTOMS);
    memcpy(fields.digest, p + AT_DIGEST, sizeof fields.digest);
    fields.number = (struct str){bytes.p + AT_NUMBER + 1, number};
    if (fields.kind == 0 || fields.customs > CUSTOMS_MOST || !number_good(fields.number) ||
        !features_read(p + AT_NUMBER + 1 + number, p + bytes.n - SEAL_SIGNATURE, &fields))
        return SEAL_FORGED;
    *out = fields;
    return SEAL_GOOD;
}

/* ---- writing */

struct writer {
    uint8_t *bytes;
    size_t n;
    bool full;
};

static void feature_write(struct writer *writer, int tag, const void *value, size_t n)
{
    if (writer->full || n > 255 || writer->n + 2 + n > SEAL_MOST - SEAL_SIGNATURE) {
        writer->full = true;
        return;
    }
    writer->bytes[writer->n++] = (uint8_t)tag;
    writer->bytes[writer->n++] = (uint8_t)n;
    memcpy(writer->bytes + writer->n, value, n);
    writer->n += n;
}

/* A holder that is not of ten printable characters is not said. */
static void holder_write(struct writer *writer, const char *holder, bool as_digits)
{
    uint8_t coded[5];
    char copy[11];
    bool digits = strlen(holder) == 10;

    if (!digits)
        return;
    for (size_t i = 0; i < 10; i++)
        digits = digits && holder[i] >= '0' && holder[i] <= '9';
    for (size_t i = 0; digits && i < 5; i++)
        coded[i] = (uint8_t)((holder[2 * i] - '0') << 4 | (holder[2 * i + 1] - '0'));
    if (digits && as_digits)
        feature_write(writer, HOLDER_DIGITS, coded, sizeof coded);
    else if (!digits && !as_digits && holder_read((const uint8_t *)holder, copy))
        feature_write(writer, HOLDER, holder, 10);
}

/* Others stand between and behind the known ones; all by ascending tags. */
static void others_write(struct writer *writer, const struct seal_fields *fields, int above,
                         int below)
{
    for (size_t i = 0; i < fields->other_count; i++) {
        const struct seal_other *other = &fields->others[i];

        if (other->tag > above && other->tag < below)
            feature_write(writer, other->tag, other->value.p, other->value.n);
    }
}

static void features_write(struct writer *writer, const struct seal_fields *fields)
{
    uint8_t value[4];

    holder_write(writer, fields->holder, /* as_digits */ true);
    if (fields->lines >= 0) {
        put2(value, fields->lines);
        feature_write(writer, LINES, value, 2);
    }
    if (fields->from_day >= 0) {
        put2(value, fields->from_day);
        put2(value + 2, fields->to_day);
        feature_write(writer, PERIOD, value, 4);
    }
    if (fields->pages >= 0) {
        value[0] = (uint8_t)fields->pages;
        feature_write(writer, PAGES, value, 1);
    }
    others_write(writer, fields, PAGES, HOLDER);
    holder_write(writer, fields->holder, /* as_digits */ false);
    others_write(writer, fields, HOLDER, 256);
}

static bool within(int64_t value, int64_t most)
{
    return value >= 0 && value <= most;
}

size_t seal_write(const struct seal_fields *fields, uint8_t out[SEAL_MOST])
{
    struct writer writer = {.bytes = out};

    if (!number_good(fields->number) || !within(fields->issued, UINT32_MAX) ||
        !within(fields->version, UINT16_MAX) || !within(fields->last_day, UINT16_MAX) ||
        !within(fields->customs, CUSTOMS_MOST) || fields->kind < 1 || fields->kind > 255 ||
        !within(fields->state, 255) || fields->lines > UINT16_MAX || fields->pages > 255 ||
        fields->from_day > UINT16_MAX || fields->to_day > UINT16_MAX)
        return 0;
    out[0] = (uint8_t)(FORMAT << 4 | fields->suite);
    memcpy(out + AT_KEY, fields->key, sizeof fields->key);
    out[AT_KIND] = (uint8_t)fields->kind;
    out[AT_STATE] = (uint8_t)fields->state;
    put2(out + AT_VERSION, fields->version);
    put2(out + AT_ISSUED, (int)(fields->issued >> 16));
    put2(out + AT_ISSUED + 2, (int)(fields->issued & 0xFFFF));
    put2(out + AT_LAST_DAY, fields->last_day);
    put2(out + AT_CUSTOMS, fields->customs);
    memcpy(out + AT_DIGEST, fields->digest, sizeof fields->digest);
    out[AT_NUMBER] = (uint8_t)fields->number.n;
    memcpy(out + AT_NUMBER + 1, fields->number.p, fields->number.n);
    writer.n = AT_NUMBER + 1 + fields->number.n;
    features_write(&writer, fields);
    return writer.full ? 0 : writer.n;
}
