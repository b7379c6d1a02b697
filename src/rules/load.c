/* load.c: config/rules/<kind>.ini into tables. Whatever could make them answer otherwise than
 * their author meant (a status twice, an output that the kind does not have) is a fault. */
#include "conf/conf.h"
#include "rules/table.h"

#include <string.h>

enum { NAMES_MOST = COUNT(((struct status *)0)->names) };

struct loader {
    struct arena *arena;
    struct conf *conf;
    const struct kind *kind;
    struct rules *rules;
    struct err *err;
};

/* Room for one more, doubling. */
static void append(struct arena *arena, struct word_list *list, struct str word)
{
    if ((list->count & (list->count - 1)) == 0) {
        struct str *more = NEW_ARRAY(arena, list->count * 2 + 1, struct str);

        if (list->count > 0)
            memcpy(more, list->words, list->count * sizeof(*more));
        list->words = more;
    }
    list->words[list->count++] = word;
}

/* A key's words, over all its lines; a word twice is a fault. */
static struct word_list parse_words(struct loader *loader, struct conf_section *section,
                                    const char *key)
{
    const struct conf_entry *entry = conf_entry(loader->conf, section, key);
    struct word_list list = {.at = entry != NULL ? entry->at : section->at};

    for (size_t i = 0; entry != NULL && i < entry->count; i++) {
        struct str rest = entry->lines[i].text, word;

        while (word = str_word(&rest), word.n > 0) {
            if (words_have(&list, word))
                err_add(loader->err, RULE_FAULT, entry->lines[i].at, "“%s”中“%.*s”重复出现",
                        "'%s' has '%.*s' twice", key, STR_ARG(word));
            else
                append(loader->arena, &list, word);
        }
    }
    return list;
}

static void check_outputs(struct loader *loader, const struct word_list *print)
{
    const struct kind *kind = loader->kind;
    struct str *known = NEW_ARRAY(loader->arena, kind->output_count + 1, struct str), near;

    for (size_t i = 0; i < kind->output_count; i++)
        known[i] = kind->outputs[i].id;
    for (size_t i = 0; i < print->count; i++) {
        struct str word = print->words[i];

        if (kind_output(kind, word) != NULL)
            continue;
        err_add(loader->err, RULE_FAULT, print->at, "“%.*s”没有输出“%.*s”",
                "kind %.*s has no output '%.*s'", STR_ARG(kind->id), STR_ARG(word));
        near = str_nearest(word, known, kind->output_count);
        if (near.n > 0)
            err_hint(loader->err, "did you mean '%.*s'?", STR_ARG(near));
    }
}

static void check_actions(struct loader *loader, const struct rule *rule)
{
    struct word_list *known = &loader->rules->actions;

    for (size_t i = 0; i < rule->act.count; i++)
        if (!words_have(known, rule->act.words[i]))
            append(loader->arena, known, rule->act.words[i]);
    for (size_t i = 0; i < rule->act_if_unused.count; i++) {
        struct str word = rule->act_if_unused.words[i];

        if (!words_have(known, word))
            append(loader->arena, known, word);
        if (words_have(&rule->act, word))
            err_add(loader->err, RULE_FAULT, rule->act_if_unused.at, "“%.*s”已在act中",
                    "'%.*s' stands in act already", STR_ARG(word));
    }
}

/* A name must mean one status, whichever code or name it is. */
static void check_name(struct loader *loader, const struct rule_kind *table, struct str name,
                       struct where at)
{
    for (size_t i = 0; i < table->count; i++) {
        const struct status *other = &table->statuses[i];
        bool same = str_eq(other->code, name);

        for (size_t k = 0; k < other->name_count; k++)
            same = same || str_eq(other->names[k], name);
        if (!same)
            continue;
        err_add(loader->err, RULE_FAULT, at, "“%.*s”已是状态%.*s的名称",
                "'%.*s' names status %.*s already", STR_ARG(name), STR_ARG(other->code));
        err_hint(loader->err, "that status is on line %d", other->at.line);
    }
}

/* name = 审核通过 | 审批通过 */
static void parse_names(struct loader *loader, struct conf_section *section,
                        const struct rule_kind *table, struct status *status)
{
    struct str rest = conf_text(loader->conf, section, "name", STR_NONE, loader->err);

    check_name(loader, table, status->code, section->at);
    while (rest.n > 0) {
        struct str name = str_trim(str_cut(rest, '|', &rest));

        if (name.n == 0)
            continue;
        check_name(loader, table, name, section->at);
        if (status->name_count == NAMES_MOST) {
            err_add(loader->err, RULE_FAULT, section->at, "状态名称超过%d个",
                    "more than %d names", NAMES_MOST);
            return;
        }
        status->names[status->name_count++] = name;
    }
    if (status->name_count == 0)
        err_add(loader->err, RULE_FAULT, section->at, "状态“%.*s”没有名称",
                "status '%.*s' has no name", STR_ARG(status->code));
}

static void parse_status(struct loader *loader, struct conf_section *section,
                         struct rule_kind *table)
{
    struct status *status = &table->statuses[table->count];
    struct rule *rule = &table->rules[table->count];

    status->code = section->name;
    status->at = section->at;
    if (section->name.n == 0)
        err_add(loader->err, RULE_FAULT, section->at, "状态没有代码",
                "a status without a code");
    parse_names(loader, section, table, status);
    rule->status = status;
    rule->print = parse_words(loader, section, "print");
    rule->act = parse_words(loader, section, "act");
    rule->act_if_unused = parse_words(loader, section, "act-if-unused");
    rule->basis = conf_text(loader->conf, section, "basis", STR_NONE, loader->err);
    check_outputs(loader, &rule->print);
    check_actions(loader, rule);
    table->count++;
}

static void parse_table(struct loader *loader, struct rule_kind *table)
{
    static const char *const sections[] = {"status"};
    struct conf_section *section;
    size_t count = 0;

    for (section = conf_first(loader->conf, "status"); section; section = conf_next(section))
        count++;
    table->statuses = NEW_ARRAY(loader->arena, count + 1, struct status);
    table->rules = NEW_ARRAY(loader->arena, count + 1, struct rule);
    for (section = conf_first(loader->conf, "status"); section; section = conf_next(section))
        parse_status(loader, section, table);
    if (count == 0)
        err_add(loader->err, RULE_FAULT, where_file(table->file, 0, 0), "没有任何状态",
                "no status at all");
    conf_done(loader->conf, sections, COUNT(sections), loader->err);
}

bool rules_load(struct arena *arena, const char *home, const struct kinds *kinds,
                const struct rules **out, struct err *err)
{
    struct rules *rules = NEW(arena, struct rules);
    struct loader loader = {.arena = arena, .rules = rules, .err = err};
    int before = err->faults;

    rules->declared = kinds;
    rules->kinds = NEW_ARRAY(arena, kinds->count + 1, struct rule_kind);
    for (size_t i = 0; i < kinds->count; i++) {
        struct rule_kind *table = &rules->kinds[i];

        loader.kind = &kinds->all[i];
        table->file = arena_printf(arena, "config/rules/%.*s.ini", STR_ARG(loader.kind->id));
        if (conf_read(arena, home, table->file, &loader.conf, err))
            parse_table(&loader, table);
    }
    if (err->faults > before)
        return false;
    *out = rules;
    return true;
}
