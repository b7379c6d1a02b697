/* table.h: the rules as loaded; for src/rules only. */
#ifndef RULES_TABLE_H
#define RULES_TABLE_H

#include "record/record.h"
#include "rules/rules.h"

struct word_list {
    struct str *words;
    size_t count;
    struct where at; /* the key, or the section when the key is absent */
};

bool words_have(const struct word_list *, struct str word);

struct rule {
    const struct status *status;
    struct word_list print, act, act_if_unused;
    struct str basis;
};

struct rule_kind {
    const char *file;
    struct status *statuses; /* in file order */
    struct rule *rules;      /* one a status */
    size_t count;
};

struct rules {
    const struct kinds *declared;
    struct rule_kind *kinds;  /* one a declared kind */
    struct word_list actions; /* every action that any rule names, in order of appearance */
};

#endif
