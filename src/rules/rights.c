/* rights.c: roles from their file, and what they answer. */
#include "rules/rights.h"

#include <string.h>

static const char *const ops[] = {"render", "issue", "revise", "withdraw", "status", "verify"};
static const char *const lanes[] = {"counter", "enterprise", "batch"};

bool rights_word(const struct rights_words *list, struct str word)
{
    for (size_t i = 0; i < list->count; i++) {
        if (str_eq(list->words[i], word))
            return true;
    }
    return list->all;
}

static struct rights_words read_words(struct arena *arena, struct conf *conf,
                                      struct conf_section *section, const char *key)
{
    const struct conf_entry *entry = conf_entry(conf, section, key);
    struct rights_words list = {.at = entry ? entry->at : section->at};
    size_t room = 0;
    struct str *words;

    for (size_t i = 0; entry && i < entry->count; i++)
        room += entry->lines[i].text.n / 2 + 1;
    words = NEW_ARRAY(arena, room + 1, struct str);
    for (size_t i = 0; entry && i < entry->count; i++) {
        struct str rest = entry->lines[i].text, word;

        while (word = str_word(&rest), word.n > 0) {
            if (str_is(word, "*"))
                list.all = true;
            else
                words[list.count++] = word;
        }
    }
    list.words = words;
    return list;
}

static void unknown(struct err *err, struct where at, const char *key, struct str word,
                    const struct str *known, size_t count)
{
    struct str near = str_nearest(word, known, count);

    err_add(err, ROLE_FAULT, at, "“%s”中没有“%.*s”可选", "'%s' cannot have '%.*s'", key,
            STR_ARG(word));
    if (near.n)
        err_hint(err, "did you mean '%.*s'?", STR_ARG(near));
}

static bool has(const struct str *known, size_t count, struct str word)
{
    for (size_t i = 0; i < count; i++) {
        if (str_eq(known[i], word))
            return true;
    }
    return false;
}

static void check_words(const struct rights_words *list, const char *key,
                        const struct str *known, size_t count, struct err *err)
{
    for (size_t i = 0; i < list->count; i++) {
        if (!has(known, count, list->words[i]))
            unknown(err, list->at, key, list->words[i], known, count);
    }
}

static void check_role(struct arena *arena, const struct rights *role,
                       const struct kinds *kinds, struct err *err)
{
    struct str *ids = NEW_ARRAY(arena, kinds->count + 1, struct str), *outputs, op[COUNT(ops)];
    size_t room = 0, n = 0;

    for (size_t i = 0; i < kinds->count; i++)
        room += kinds->all[i].output_count;
    outputs = NEW_ARRAY(arena, room + 1, struct str);
    for (size_t i = 0; i < kinds->count; i++) {
        ids[i] = kinds->all[i].id;
        for (size_t k = 0; k < kinds->all[i].output_count; k++)
            outputs[n++] = kinds->all[i].outputs[k].id;
    }
    for (size_t i = 0; i < COUNT(ops); i++)
        op[i] = str_from(ops[i]);
    check_words(&role->ops, "ops", op, COUNT(ops), err);
    check_words(&role->kinds, "kinds", ids, kinds->count, err);
    check_words(&role->outputs, "outputs", outputs, n, err);
}

bool rights_load(struct arena *arena, struct conf *conf, const struct kinds *kinds,
                 struct rights_table *out, struct err *err)
{
    int before = err->faults;
    struct rights *roles;
    size_t count = 0;

    for (struct conf_section *s = conf_first(conf, "role"); s; s = conf_next(s))
        count++;
    roles = NEW_ARRAY(arena, count + 1, struct rights);
    count = 0;
    for (struct conf_section *s = conf_first(conf, "role"); s; s = conf_next(s)) {
        struct rights *role = &roles[count++];

        role->name = s->name;
        role->at = s->at;
        role->lane =
            (enum lane)conf_choice(conf, s, "lane", lanes, COUNT(lanes), LANE_BATCH, err);
        role->users = read_words(arena, conf, s, "users");
        role->groups = read_words(arena, conf, s, "groups");
        role->ops = read_words(arena, conf, s, "ops");
        role->kinds = read_words(arena, conf, s, "kinds");
        role->outputs = read_words(arena, conf, s, "outputs");
        role->owners = read_words(arena, conf, s, "owners");
        check_role(arena, role, kinds, err);
    }
    if (err->faults > before)
        return false;
    *out = (struct rights_table){.all = roles, .count = count};
    return true;
}

const struct rights *rights_find(const struct rights_table *roles, struct str name)
{
    for (size_t i = 0; i < roles->count; i++) {
        if (str_eq(roles->all[i].name, name))
            return &roles->all[i];
    }
    return NULL;
}

static bool deny(const struct rights *role, const struct rights_words *list, struct where at,
                 const char *zh, const char *en, struct str word, struct err *err)
{
    struct arena *arena = err->arena;

    err_add(
        err, RIGHTS_DENIED, at, "%s%.0s", "%.0s%s",
        arena_printf(arena, "角色“%.*s”无权%s“%.*s”", STR_ARG(role->name), zh, STR_ARG(word)),
        arena_printf(arena, "role %.*s has no right to %s '%.*s'", STR_ARG(role->name), en,
                     STR_ARG(word)));
    err_rule(err, list->at);
    return false;
}

bool rights_may_ask(const struct rights *role, struct str op, struct err *err)
{
    return rights_word(&role->ops, op) ||
           deny(role, &role->ops, where_none(), "使用操作", "the operation", op, err);
}

bool rights_may_have(const struct rights *rights, struct str kind, struct str owner,
                     struct err *err)
{
    int before = err->faults;

    if (!rights_word(&rights->kinds, kind))
        deny(rights, &rights->kinds, where_pointer(STR("/kind")), "办理单证种类", "the kind",
             kind, err);
    if (!rights_word(&rights->owners, owner))
        deny(rights, &rights->owners, where_pointer(STR("/owner")), "办理企业", "the owner",
             owner, err);
    return err->faults == before;
}

bool rights_all(const struct rights *rights)
{
    return rights->kinds.all && rights->owners.all;
}

bool rights_may_touch(const struct rights *rights, struct str number, struct str kind,
                      struct str owner, struct err *err)
{
    const struct rights_words *list = &rights->owners;

    if (!rights_word(&rights->kinds, kind))
        list = &rights->kinds;
    else if (rights_word(list, owner))
        return true;
    return deny(rights, list, where_none(), "办理编号", "the number", number, err);
}

bool rights_may_print(const struct rights *rights, const struct record *record,
                      struct str output, struct err *err)
{
    bool may = rights_may_have(rights, record->kind->id, record->owner, err);

    if (!rights_word(&rights->outputs, output))
        may = deny(rights, &rights->outputs, where_none(), "打印", "the output", output, err);
    return may;
}
