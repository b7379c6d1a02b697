/* conf.c: asking what a file says. Whatever is asked for becomes known, so that conf_done can
 * tell what nobody understands and name the word that was probably meant. */
#include "conf/conf.h"

#include <string.h>

/* Adds to the last fault's hint who included the file it is in. */
static void hint_at(struct conf *conf, struct where at, struct err *err, struct str hint)
{
    for (size_t i = 0; i < conf->file_count; i++) {
        if (conf->from[i].file == NULL || strcmp(conf->files[i], at.file) != 0)
            continue;
        hint = str_printf(conf->arena, "%.*s%sincluded from %s:%d", STR_ARG(hint),
                          hint.n ? "; " : "", conf->from[i].file, conf->from[i].line);
        break;
    }
    if (hint.n > 0)
        err_hint(err, "%.*s", STR_ARG(hint));
}

static void hint_nearest(struct conf *conf, struct where at, struct err *err, struct str word,
                         const struct str *words, size_t count)
{
    struct str near = str_nearest(word, words, count);

    if (near.n > 0)
        near = str_printf(conf->arena, "did you mean '%.*s'?", STR_ARG(near));
    hint_at(conf, at, err, near);
}

static struct conf_section *of_kind(struct conf_section *section, struct str kind)
{
    while (section != NULL && !str_eq(section->kind, kind))
        section = section->next;
    if (section != NULL)
        section->asked = true;
    return section;
}

struct conf_section *conf_first(struct conf *conf, const char *kind)
{
    return of_kind(conf->first, str_from(kind));
}

struct conf_section *conf_next(struct conf_section *section)
{
    return of_kind(section->next, section->kind);
}

struct conf_section *conf_find(struct conf *conf, const char *kind, struct str name)
{
    for (struct conf_section *section = conf->first; section; section = section->next) {
        if (!str_is(section->kind, kind) || !str_eq(section->name, name))
            continue;
        section->asked = true;
        return section;
    }
    return NULL;
}

static void know(struct conf *conf, struct conf_section *section, const char *key)
{
    for (size_t i = 0; i < section->known_count; i++)
        if (str_is(section->known[i], key))
            return;
    if (section->known_count == section->known_room) {
        size_t room = section->known_room * 2 + 8;
        struct str *known = NEW_ARRAY(conf->arena, room, struct str);

        if (section->known_count > 0)
            memcpy(known, section->known, section->known_count * sizeof(*known));
        section->known = known;
        section->known_room = room;
    }
    section->known[section->known_count++] = str_copy(conf->arena, str_from(key));
}

struct conf_entry *conf_entry(struct conf *conf, struct conf_section *section, const char *key)
{
    know(conf, section, key);
    for (struct conf_entry *entry = section->first; entry != NULL; entry = entry->next) {
        if (!str_is(entry->key, key))
            continue;
        entry->asked = true;
        return entry;
    }
    return NULL;
}

/* The one line of a key; NULL when it is absent, empty, or has more (a fault). */
static const struct conf_line *one_line(struct conf *conf, struct conf_section *section,
                                        const char *key, struct err *err)
{
    const struct conf_entry *entry = conf_entry(conf, section, key);

    if (entry == NULL || entry->count == 0)
        return NULL;
    if (entry->count == 1)
        return &entry->lines[0];
    err_add(err, CONF_VALUE, entry->lines[1].at, "“%s”只能有一行",
            "'%s' takes one line, this "
            "is a second one",
            key);
    hint_at(conf, entry->lines[1].at, err,
            STR("to start a new key, write it at the left margin"));
    return NULL;
}

struct str conf_text(struct conf *conf, struct conf_section *section, const char *key,
                     struct str fallback, struct err *err)
{
    const struct conf_line *line = one_line(conf, section, key, err);

    return line != NULL ? line->text : fallback;
}

mpt conf_length(struct conf *conf, struct conf_section *section, const char *key, mpt fallback,
                struct err *err)
{
    const struct conf_line *line = one_line(conf, section, key, err);
    mpt length;

    if (line == NULL)
        return fallback;
    if (mpt_parse(line->text, &length))
        return length;
    err_add(err, CONF_VALUE, line->at, "“%s = %.*s”不是长度", "'%s = %.*s' is not a length",
            key, STR_ARG(line->text));
    hint_at(conf, line->at, err, STR("write a number and its unit: 12mm, 10.5pt"));
    return fallback;
}

long conf_count(struct conf *conf, struct conf_section *section, const char *key, long fallback,
                struct err *err)
{
    const struct conf_line *line = one_line(conf, section, key, err);
    long count;

    if (line == NULL)
        return fallback;
    if (str_number(line->text, &count))
        return count;
    err_add(err, CONF_VALUE, line->at, "“%s = %.*s”不是整数",
            "'%s = %.*s' is not a whole number", key, STR_ARG(line->text));
    hint_at(conf, line->at, err, STR("write decimal digits only"));
    return fallback;
}

int conf_choice(struct conf *conf, struct conf_section *section, const char *key,
                const char *const *words, size_t count, int fallback, struct err *err)
{
    const struct conf_line *line = one_line(conf, section, key, err);
    struct str list = STR_NONE;

    if (line == NULL)
        return fallback;
    for (size_t i = 0; i < count; i++) {
        if (str_is(line->text, words[i]))
            return (int)i;
        list = str_printf(conf->arena, "%.*s%s%s", STR_ARG(list), i > 0 ? ", " : "", words[i]);
    }
    err_add(err, CONF_VALUE, line->at, "“%s”不可为“%.*s”", "'%s' cannot be '%.*s'", key,
            STR_ARG(line->text));
    hint_at(conf, line->at, err, str_printf(conf->arena, "one of: %.*s", STR_ARG(list)));
    return fallback;
}

bool conf_yes(struct conf *conf, struct conf_section *section, const char *key, bool fallback,
              struct err *err)
{
    static const char *const words[] = {"no", "yes"};

    return conf_choice(conf, section, key, words, COUNT(words), fallback, err) == 1;
}

static void unknown_section(struct conf *conf, const struct conf_section *section,
                            const struct str *kinds, size_t count, struct err *err)
{
    bool known = false;

    for (size_t i = 0; i < count; i++)
        known = known || str_eq(section->kind, kinds[i]);
    err_add(err, CONF_SECTION, section->at,
            known ? "无处使用的节：[%.*s%s%.*s]" : "不认识的节：[%.*s%s%.*s]",
            known ? "nothing uses section [%.*s%s%.*s]" : "section [%.*s%s%.*s] is not known",
            STR_ARG(section->kind), section->name.n ? " " : "", STR_ARG(section->name));
    hint_nearest(conf, section->at, err, section->kind, kinds, known ? 0 : count);
}

bool conf_done(struct conf *conf, const char *const *kinds, size_t count, struct err *err)
{
    struct str *words = NEW_ARRAY(conf->arena, count + 1, struct str);
    bool ok = true;

    for (size_t i = 0; i < count; i++)
        words[i] = str_from(kinds[i]);
    for (struct conf_section *section = conf->first; section; section = section->next) {
        if (!section->asked) {
            unknown_section(conf, section, words, count, err);
            ok = false;
            continue;
        }
        for (struct conf_entry *entry = section->first; entry; entry = entry->next) {
            if (entry->asked)
                continue;
            err_add(err, CONF_KEY, entry->at, "不认识的键：“%.*s”", "key '%.*s' is not known",
                    STR_ARG(entry->key));
            hint_nearest(conf, entry->at, err, entry->key, section->known,
                         section->known_count);
            ok = false;
        }
    }
    return ok;
}
