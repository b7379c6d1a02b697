/* rules.c: from a loaded table to an answer. Everything that is not said is denied. */
#include "rules/table.h"

static const struct rule_kind *of_kind(const struct rules *rules, const struct kind *kind)
{
    return &rules->kinds[kind - rules->declared->all];
}

static const struct rule *find_rule(const struct rule_kind *table, struct str status)
{
    for (size_t i = 0; i < table->count; i++) {
        const struct status *known = &table->statuses[i];

        if (str_eq(known->code, status))
            return &table->rules[i];
        for (size_t name = 0; name < known->name_count; name++)
            if (str_eq(known->names[name], status))
                return &table->rules[i];
    }
    return NULL;
}

bool words_have(const struct word_list *list, struct str word)
{
    for (size_t i = 0; i < list->count; i++)
        if (str_eq(list->words[i], word))
            return true;
    return false;
}

/* The known name or code that was probably meant. */
static struct str nearest_status(const struct rule_kind *table, struct arena *arena,
                                 struct str status)
{
    size_t most = COUNT(((struct status *)0)->names) + 1, count = 0;
    struct str *words = NEW_ARRAY(arena, table->count * most + 1, struct str);

    for (size_t i = 0; i < table->count; i++) {
        const struct status *known = &table->statuses[i];

        words[count++] = known->code;
        for (size_t name = 0; name < known->name_count; name++)
            words[count++] = known->names[name];
    }
    return str_nearest(status, words, count);
}

static struct verdict status_unknown(const struct rule_kind *table, struct arena *arena,
                                     const struct rules_ask *ask)
{
    struct str near = nearest_status(table, arena, ask->status);
    struct verdict verdict = {.code = STATUS_UNKNOWN,
                              .at = where_pointer(STR("/status")),
                              .rule = where_file(table->file, 0, 0)};

    verdict.zh = str_printf(arena, "“%.*s”没有状态“%.*s”，不可打印", STR_ARG(ask->kind->name),
                            STR_ARG(ask->status));
    verdict.en = str_printf(arena, "kind %.*s has no status '%.*s': nothing may be printed",
                            STR_ARG(ask->kind->id), STR_ARG(ask->status));
    if (near.n > 0) {
        verdict.zh =
            str_printf(arena, "%.*s；是否应为“%.*s”？", STR_ARG(verdict.zh), STR_ARG(near));
        verdict.en =
            str_printf(arena, "%.*s; did you mean '%.*s'?", STR_ARG(verdict.en), STR_ARG(near));
    }
    return verdict;
}

static struct verdict never_saved(struct arena *arena, const struct rules_ask *ask)
{
    const struct field *number = ask->kind->number;

    return (struct verdict){
        .code = NEVER_SAVED,
        .at = where_pointer(field_pointer(arena, number)),
        .rule = number->at,
        .zh = str_printf(arena, "记录没有“%.*s”，尚未暂存，不可打印", STR_ARG(number->label)),
        .en = str_printf(arena,
                         "the record has no %.*s: it was never saved and may not be "
                         "printed",
                         STR_ARG(number->key)),
    };
}

static struct verdict not_permitted(struct arena *arena, const struct rules_ask *ask,
                                    const struct rule *rule)
{
    struct str status = rule->status->names[0];

    return (struct verdict){
        .code = PRINT_NOT_PERMITTED,
        .at = where_pointer(STR("/status")),
        .rule = rule->print.at,
        .zh = str_printf(arena, "状态为“%.*s”的记录不可打印“%.*s”", STR_ARG(status),
                         STR_ARG(ask->output->name)),
        .en = str_printf(arena, "a record in status %.*s may not be printed as %.*s",
                         STR_ARG(rule->status->code), STR_ARG(ask->output->id)),
    };
}

static struct verdict official_missing(struct arena *arena, const struct rules_ask *ask)
{
    const struct field *official = ask->kind->official;

    return (struct verdict){
        .code = OFFICIAL_NUMBER_MISSING,
        .at = where_pointer(field_pointer(arena, official)),
        .rule = official->at,
        .zh = str_printf(arena, "记录没有“%.*s”，不可打印“%.*s”", STR_ARG(official->label),
                         STR_ARG(ask->output->name)),
        .en = str_printf(arena, "the record has no %.*s and may not be printed as %.*s",
                         STR_ARG(official->key), STR_ARG(ask->output->id)),
    };
}

struct verdict rules_decide(const struct rules *rules, struct arena *arena,
                            const struct rules_ask *ask)
{
    const struct rule_kind *table = of_kind(rules, ask->kind);
    const struct rule *rule = find_rule(table, ask->status);

    if (rule == NULL)
        return status_unknown(table, arena, ask);
    if (!ask->saved)
        return never_saved(arena, ask);
    if (!words_have(&rule->print, ask->output->id))
        return not_permitted(arena, ask, rule);
    if (ask->output->formal && !ask->numbered)
        return official_missing(arena, ask);
    return (struct verdict){.allowed = true, .rule = rule->print.at};
}

enum rules_answer rules_action(const struct rules *rules, const struct kind *kind,
                               struct str status, struct str action)
{
    const struct rule *rule = find_rule(of_kind(rules, kind), status);

    if (rule == NULL)
        return RULES_DENIED;
    if (words_have(&rule->act, action))
        return RULES_ALLOWED;
    return words_have(&rule->act_if_unused, action) ? RULES_ALLOWED_IF_UNUSED : RULES_DENIED;
}

const struct status *rules_statuses(const struct rules *rules, const struct kind *kind,
                                    size_t *count)
{
    const struct rule_kind *table = of_kind(rules, kind);

    *count = table->count;
    return table->statuses;
}

const struct str *rules_actions(const struct rules *rules, size_t *count)
{
    *count = rules->actions.count;
    return rules->actions.words;
}

const struct status *rules_status(const struct rules *rules, const struct kind *kind,
                                  struct str status)
{
    const struct rule *rule = find_rule(of_kind(rules, kind), status);

    return rule != NULL ? rule->status : NULL;
}

struct str rules_basis(const struct rules *rules, const struct kind *kind,
                       const struct status *status)
{
    const struct rule_kind *table = of_kind(rules, kind);

    return table->rules[status - table->statuses].basis;
}
