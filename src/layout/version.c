/* version.c: which of an output's layouts is in effect on a day. Versions stand side by side,
 * as goods_list.ini and goods_list@2.ini; each begins on its `from` and ends on its `until`, or
 * on the day before the next one begins. A paper issued under an old one can be drawn again as
 * it was, so versions are added and never replaced; the digest tells whether one was
 * changed. */
#include "layout/parser.h"

#include "digest/digest.h"

/* Days since 1 March of the year 0; -1: no such day. */
static long day_number(long date)
{
    static const int before[] = {306, 337, 0, 31, 61, 92, 122, 153, 184, 214, 245, 275};
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    long year = date / 10000, month = date / 100 % 100, day = date % 100;
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

    if (year < 1900 || year > 9999 || month < 1 || month > 12 || day < 1 ||
        day > days[month - 1] + (leap && month == 2))
        return -1;
    year -= month < 3;
    return year * 365 + year / 4 - year / 100 + year / 400 + before[month - 1] + day - 1;
}

/* "20260101"; 0 when the key is not there. */
static long date_key(struct parser *p, struct conf_section *section, const char *key,
                     struct where *at)
{
    struct conf_entry *entry = conf_entry(p->conf, section, key);
    struct str text = conf_text(p->conf, section, key, STR_NONE, p->err);
    long date = 0;

    *at = entry ? entry->at : section->at;
    if (!text.n)
        return 0;
    if (text.n == 8 && str_number(text, &date) && day_number(date) >= 0)
        return date;
    err_add(p->err, LAYOUT_DATE, *at, "%s 的“%.*s”不是日期", "'%s = %.*s' is not a date", key,
            STR_ARG(text));
    err_hint(p->err, "a date is written 20260101");
    return 0;
}

/* Of what `sha256sum` says of the file, its includes and its images, in the order in which they
 * are read. */
void digest_take(struct parser *p)
{
    const struct conf *conf = p->conf;
    struct str list = STR_NONE;

    for (size_t i = 0; i < conf->file_count; i++) {
        struct str hex = sha256_hex(p->arena, conf->texts[i]);

        list =
            str_printf(p->arena, "%.*s%.*s  %s\n", STR_ARG(list), STR_ARG(hex), conf->files[i]);
    }
    list = str_printf(p->arena, "%.*s%.*s", STR_ARG(list), STR_ARG(p->images));
    p->layout->digest = sha256_hex(p->arena, list);
}

void version_read(struct parser *p, struct conf_section *section)
{
    struct effect *effect = &p->layout->effect;
    struct conf_entry *entry = conf_entry(p->conf, section, "version");

    effect->version = conf_count(p->conf, section, "version", 0, p->err);
    effect->at = entry ? entry->at : section->at;
    effect->from = date_key(p, section, "from", &effect->from_at);
    effect->until = date_key(p, section, "until", &effect->until_at);
    if (effect->from && effect->until && effect->until < effect->from)
        err_add(p->err, LAYOUT_DATE, effect->until_at, "until %ld 早于 from %ld",
                "until %ld is before from %ld", effect->until, effect->from);
}

/* The other version's line stands in the sentence: a fault has one place. */
static void clash(struct err *err, struct where at, const struct layout *other, const char *zh,
                  const char *en)
{
    const struct effect *effect = &other->effect;
    struct where place = effect->until ? effect->until_at : effect->from_at;

    err_add(err, LAYOUT_DATE, at, "%s%.0s：第 %ld 版见 %s:%d",
            "%.0s%s: version %ld is at %s:%d", zh, en, effect->version, place.file, place.line);
}

static void neighbours_check(const struct layout *before, const struct layout *after,
                             struct err *err)
{
    const struct effect *old = &before->effect, *new = &after->effect;

    if (!new->from) {
        clash(err, new->at, before, "缺少 from，与前一版同时有效",
              "'from' is missing, so two versions are in effect at once");
        err_hint(err, "from = the first day of version %ld", new->version);
    } else if (new->from == old->from) {
        clash(err, new->from_at, before, "两版自同一天起有效",
              "two versions begin on the same day");
    } else if (new->from < old->from) {
        clash(err, new->from_at, before, "版本号较大，生效却较早",
              "a later version begins earlier");
    } else if (old->until >= new->from) {
        clash(err, new->from_at, before, "与前一版的有效期重叠",
              "begins before the version before it has ended");
        err_hint(err, "leave out 'until' there: a version ends the day before the next begins");
    } else if (old->until && day_number(old->until) + 1 < day_number(new->from)) {
        clash(err, new->from_at, before, "与前一版之间有空档",
              "between it and the version before it there are days without a layout");
        err_hint(err, "leave out 'until' there: a version ends the day before the next begins");
    }
}

void versions_check(const struct layout *const *versions, size_t count, struct err *err)
{
    for (size_t i = 1; i < count; i++)
        neighbours_check(versions[i - 1], versions[i], err);
}

/* 2026-01-01T00:00:00+08:00 is 20260101 where it was written. */
static long local_date(struct str time)
{
    static const int digits[] = {0, 1, 2, 3, 5, 6, 8, 9};
    long date = 0;

    for (size_t i = 0; time.n >= 10 && i < COUNT(digits); i++)
        date = date * 10 + (time.p[digits[i]] - '0');
    return date;
}

bool layout_pick(const struct layouts *layouts, const struct kind *kind,
                 const struct output *output, struct str received_at, const struct layout **out,
                 struct err *err)
{
    size_t count;
    const struct layout *const *versions = layouts_versions(layouts, kind, output, &count);
    const struct layout *last = NULL;
    long date = local_date(received_at);

    for (size_t i = 0; i < count && versions[i]->effect.from <= date; i++)
        last = versions[i];
    if (last && (!last->effect.until || date <= last->effect.until)) {
        *out = last;
        return true;
    }
    err_add(err, LAYOUT_NOT_IN_FORCE, where_pointer(STR("/received_at")),
            "%ld 日没有有效的“%.*s”版式", "on %ld no layout of %.*s is in effect", date,
            STR_ARG(output->name));
    if (count)
        err_rule(err, last ? last->effect.until_at : versions[0]->effect.from_at);
    return false;
}
