/* workload.c: records from a generator with a fixed seed for each document. F draws from all of
 * level 1, so that nearly every character is new to the document; L has 300 characters, as long
 * lists of similar goods do. */
#include "workload.h"

#include "base/utf8.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

enum { HAN_FIRST = 0x3400, HAN_END = 0xA000 };

struct dice {
    uint64_t state;
};

/* What the fields of one record are written with. */
struct maker {
    struct buf *out;
    const struct pool *pool;
    struct dice dice;
    uint32_t spread; /* how many characters of the pool are used */
};

bool pool_read(const char *home, struct pool *out)
{
    char path[4096], line[4096];
    size_t n = 0;
    FILE *file;

    snprintf(path, sizeof path, "%s/tests/data/tongyong-8105.txt", home);
    file = fopen(path, "r");
    while (file && n < sizeof out->han && fgets(line, sizeof line, file)) {
        size_t bytes = strcspn(line, "\n");

        if (line[0] == '#')
            continue;
        if (bytes > sizeof out->han - n)
            bytes = sizeof out->han - n;
        memcpy(out->han + n, line, bytes);
        n += bytes;
    }
    if (file)
        fclose(file);
    if (n == sizeof out->han)
        return true;
    fprintf(stderr, "bench: %s does not begin with %d characters\n", path, LEVEL_1);
    return false;
}

static uint32_t roll(struct maker *m, uint32_t sides)
{
    m->dice.state = m->dice.state * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(m->dice.state >> 33) % sides;
}

static void han(struct maker *m, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++)
        buf_add(m->out, m->pool->han + 3 * (roll(m, m->spread) * (LEVEL_1 / m->spread)), 3);
}

static void text(struct maker *m, const char *name, uint32_t count)
{
    buf_printf(m->out, "\"%s\":\"", name);
    han(m, count);
    buf_text(m->out, "\",");
}

static void date(struct maker *m, const char *name, int month)
{
    buf_printf(m->out, "\"%s\":\"2024%02d%02u\",", name, month, 1 + roll(m, 28));
}

static void phone(struct maker *m, const char *name)
{
    buf_printf(m->out, "\"%s\":\"010-%08u\",", name, roll(m, 99999999));
}

static void envelope(struct maker *m, const char *status, long number, long rows)
{
    buf_printf(m->out,
               "{\"schema\":\"danzheng-record/1\",\"kind\":\"exhibition_filing\","
               "\"version\":1,\"status\":\"%s\",\"received_at\":\"2024-08-14T15:22:41+08:00\","
               "\"owner\":\"91110105MAFAKE019T\",\"operator\":{",
               status);
    text(m, "name", 3);
    buf_printf(m->out,
               "\"customs_code10\":\"1105980F01\"},\"data\":{"
               "\"exhibition_pre_entry_no\":\"Z%06ld%09ld\","
               "\"exhibition_customs_no\":\"ZL%012ld\",\"agent_code\":\"1105980F%02u\","
               "\"master_customs\":{\"code\":\"0110\",\"name\":\"平谷海关\"},",
               rows, number, number, roll(m, 99));
    date(m, "declare_date", 8);
}

/* Thirty labels and values on one sheet. */
static void form(struct maker *m)
{
    buf_text(m->out, "\"filing_customs\":{\"code\":\"0103\",\"name\":\"京关展览\"},");
    text(m, "exhibition_name", 22);
    text(m, "approving_body", 10);
    buf_printf(m->out, "\"approval_no\":\"〔2024〕%u号\",", 1000 + roll(m, 8999));
    text(m, "host_name", 14);
    text(m, "host_principal", 3);
    phone(m, "host_phone");
    text(m, "undertaker_name", 14);
    text(m, "material_review_principal", 3);
    buf_printf(m->out, "\"taiwan_approval_no\":\"〔2024〕%u号\",", 1000 + roll(m, 8999));
    date(m, "open_date", 10);
    date(m, "close_date", 11);
    text(m, "venue", 16);
    buf_printf(m->out, "\"total_area_sqm\":\"%u.%02u\",\"international_area_sqm\":\"%u.%02u\",",
               10000 + roll(m, 80000), roll(m, 100), 1000 + roll(m, 8000), roll(m, 100));
    buf_printf(m->out, "\"country_count\":%u,\"foreign_exhibitor_count\":%u,", 2 + roll(m, 40),
               40 + roll(m, 400));
    text(m, "agent_name", 14);
    buf_text(m->out, "\"declarant\":{\"name\":\"");
    han(m, 3);
    buf_text(m->out, "\"},");
    phone(m, "declarant_phone");
    text(m, "amend_reason", 26);
    text(m, "remarks", 26);
    buf_text(m->out, "\"review\":{");
    text(m, "customs_opinion", 24);
    buf_printf(m->out, "\"reviewed_at\":\"2024-08-14T%02u:22:41+08:00\"}}}\n", 8 + roll(m, 10));
}

/* Columns: row, code, name, specification, quantity, price, total, origin. The others are left
 * out, because no row fills them; without unit and currency a row is one line high. */
static void list(struct maker *m, long rows)
{
    text(m, "exhibition_name", 22);
    text(m, "agent_name", 14);
    text(m, "material_review_principal", 3);
    buf_text(m->out, "\"goods\":[");
    for (long i = 0; i < rows; i++) {
        unsigned quantity = 1 + roll(m, 900), cents = 100 + roll(m, 9999999);
        unsigned long long total = (unsigned long long)cents * quantity;

        buf_printf(m->out, "%s{\"seq\":%ld,\"hs_code\":\"84%08u\",", i ? "," : "", i + 1,
                   roll(m, 99999999));
        text(m, "goods_name", 4 + roll(m, 8));
        text(m, "spec_model", 3 + roll(m, 9));
        buf_printf(m->out,
                   "\"declared_qty\":\"%u\",\"unit_price\":\"%u.%02u\","
                   "\"total_price\":\"%llu.%02llu\",\"origin\":\"DEU\"}",
                   quantity, cents / 100, cents % 100, total / 100, total % 100);
    }
    buf_text(m->out, "]}}\n");
}

static struct maker maker_of(const struct pool *pool, long number, uint32_t spread,
                             struct buf *out)
{
    struct maker m = {
        .out = out,
        .pool = pool,
        .dice = {(uint64_t)number * 2654435761u + 20241009},
        .spread = spread,
    };

    for (int i = 0; i < 4; i++)
        roll(&m, 1);
    buf_clear(out);
    return m;
}

void workload_record(const struct pool *pool, long number, long rows, struct buf *out)
{
    struct maker m = maker_of(pool, number, rows ? LIST_HAN : LEVEL_1, out);

    envelope(&m, "approved", number, rows);
    if (rows)
        list(&m, rows);
    else
        form(&m);
}

void workload_draft(const struct pool *pool, long number, struct buf *out)
{
    struct maker m = maker_of(pool, number, LEVEL_1, out);

    envelope(&m, "draft", number, 0);
    form(&m);
}

unsigned workload_distinct(struct str json)
{
    static const unsigned char bit[] = {1, 2, 4, 8, 16, 32, 64, 128};
    unsigned char seen[(HAN_END - HAN_FIRST) / 8] = {0};
    unsigned count = 0;

    for (size_t at = 0; at < json.n;) {
        uint32_t code = utf8_next(json, &at), place = code - HAN_FIRST;

        if (code < HAN_FIRST || code >= HAN_END || seen[place / 8] & bit[place % 8])
            continue;
        seen[place / 8] |= bit[place % 8];
        count++;
    }
    return count;
}
