/* rights.h: who may ask for what: the [role NAME] sections of config/danzheng.ini. A role
 * narrows what the rules allow and never widens it: both must agree. What a role does not list
 * is denied, and the answer names the line that decided.
 *
 *     [role counter]
 *     users   = counter 1001     names or numbers; `self`: whoever runs the service
 *     groups  = customs
 *     lane    = counter          counter before enterprise before batch
 *     ops     = render verify
 *     kinds   = *                or ids, as exhibition_filing
 *     outputs = check_sheet
 *     owners  = *                or codes of 18 characters
 *
 * A registered number belongs to the owner of its newest record. A role that is narrowed to
 * some owners or kinds makes, changes, lists and withdraws only what is theirs: the record that
 * it sends must be, and so must what is registered of that number. So only a role with all
 * owners hands a number to another owner. */
#ifndef RULES_RIGHTS_H
#define RULES_RIGHTS_H

#include "conf/conf.h"
#include "record/record.h"

enum lane { LANE_COUNTER, LANE_ENTERPRISE, LANE_BATCH, LANES };

struct rights_words {
    const struct str *words;
    size_t count;
    bool all;        /* the one word * */
    struct where at; /* the key, or the section when it has none */
};

struct rights {
    struct str name;
    enum lane lane;
    struct rights_words users, groups, ops, kinds, outputs, owners;
    struct where at;
};

struct rights_table {
    const struct rights *all; /* in file order: of two that fit a peer the first is taken */
    size_t count;
};

bool rights_load(struct arena *, struct conf *, const struct kinds *, struct rights_table *out,
                 struct err *) MUST_CHECK;
const struct rights *rights_find(const struct rights_table *, struct str name); /* or NULL */
bool rights_word(const struct rights_words *, struct str word);

/* Adds RIGHTS_DENIED with the line of the role that decided. */
bool rights_may_ask(const struct rights *, struct str op, struct err *) MUST_CHECK;
bool rights_may_have(const struct rights *, struct str kind, struct str owner,
                     struct err *) MUST_CHECK;
/* What is registered of a number, with its newest record's kind and owner. The answer does not
 * tell whose it is. */
bool rights_may_touch(const struct rights *, struct str number, struct str kind,
                      struct str owner, struct err *) MUST_CHECK;
bool rights_all(const struct rights *); /* kinds and owners alike are not narrowed */
bool rights_may_print(const struct rights *, const struct record *, struct str output,
                      struct err *) MUST_CHECK;

#endif
