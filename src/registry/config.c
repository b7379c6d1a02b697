/* config.c: what danzheng.ini says of the registry, and a record as the registry keeps it. */
#include "registry/registry.h"

#include "digest/digest.h"

enum { DUPLICATES = 9, SEGMENT_MIB = 1024 };

static void read_quotas(struct arena *arena, struct conf *conf, struct registry_config *config,
                        struct err *err)
{
    struct registry_quota *quotas;
    size_t count = 0;

    for (struct conf_section *s = conf_first(conf, "quota"); s; s = conf_next(s))
        count++;
    quotas = NEW_ARRAY(arena, count + 1, struct registry_quota);
    count = 0;
    for (struct conf_section *s = conf_first(conf, "quota"); s; s = conf_next(s)) {
        long duplicates = conf_count(conf, s, "duplicates", DUPLICATES, err);

        if (s->name.n)
            quotas[count++] = (struct registry_quota){s->name, duplicates};
        else
            config->duplicates = duplicates;
    }
    config->quotas = quotas;
    config->quota_count = count;
}

bool registry_config(struct arena *arena, struct conf *conf, struct registry_config *out,
                     struct err *err)
{
    struct conf_section *section = conf_first(conf, "registry");
    struct registry_config config = {
        .check = true, .duplicates = DUPLICATES, .segment_mib = SEGMENT_MIB};
    int faults = err->faults;

    if (section) {
        config.check = conf_yes(conf, section, "check", true, err);
        config.segment_mib = conf_count(conf, section, "segment-mib", SEGMENT_MIB, err);
        if (config.segment_mib < 1) {
            err_add(err, CONF_VALUE, section->at, "segment-mib 至少为 1",
                    "segment-mib is at least 1");
            err_hint(err, "for example segment-mib = %d", (int)SEGMENT_MIB);
        }
    }
    read_quotas(arena, conf, &config, err);
    if (err->faults > faults)
        return false;
    *out = config;
    return true;
}

struct registry_record registry_record_of(const struct record *record)
{
    const struct field *list_no = kind_field(record->kind, STR("list_no"));
    struct registry_record out = {
        .number = record_number(record),
        .version = record->version,
        .kind = record->kind->id,
        .list_no = list_no ? record_value(record, list_no)->text : STR_NONE,
        .status = record->status,
        .owner = record->owner,
        .canonical = record->canonical,
    };

    sha256(record->canonical, out.digest);
    return out;
}

struct registry_record registry_record_told(struct arena *arena, const struct wire_ask *told,
                                            struct str canonical)
{
    struct registry_record record = {
        .number = str_copy(arena, told->number),
        .version = told->version,
        .kind = str_copy(arena, told->kind),
        .list_no = str_copy(arena, told->list_no),
        .status = str_copy(arena, told->status),
        .owner = str_copy(arena, told->owner),
        .canonical = str_copy(arena, canonical),
    };

    sha256(record.canonical, record.digest);
    return record;
}
