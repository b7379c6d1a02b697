/* rules.h: may this be printed, may this be done, in this status? config/rules/<kind>.ini, one
 * section a status. Pure and total: no clock, no files after loading, what is not listed is
 * denied. The answer to a denial names the line of the rule that decided. */
#ifndef RULES_RULES_H
#define RULES_RULES_H

#include "record/kind.h"

struct rules; /* immutable */

struct status {
    struct str code, names[4]; /* "approved"; 审核通过, 审批通过 */
    size_t name_count;
    struct where at;
};

enum rules_answer { RULES_DENIED, RULES_ALLOWED, RULES_ALLOWED_IF_UNUSED };

struct verdict {
    bool allowed;
    enum err_code
        code; /* PRINT_NOT_PERMITTED, STATUS_UNKNOWN, NEVER_SAVED, OFFICIAL_NUMBER_MISSING */
    struct str zh, en;
    struct where at;   /* the record's side: /status, /data/<number> */
    struct where rule; /* the rule's or the declaration's line */
};

struct rules_ask {
    const struct kind *kind;
    struct str status; /* code or Chinese name */
    const struct output *output;
    bool saved;    /* has its first number */
    bool numbered; /* has its official number */
};

/* Every home/config/rules/<kind>.ini; each kind needs one, with the print line of each status
 * naming only outputs of the kind. */
bool rules_load(struct arena *, const char *home, const struct kinds *,
                const struct rules **out, struct err *) MUST_CHECK;
/* Order of the checks: status known, never saved, print list, official number. */
struct verdict rules_decide(const struct rules *, struct arena *, const struct rules_ask *);
enum rules_answer rules_action(const struct rules *, const struct kind *, struct str status,
                               struct str action);
/* For the matrix: the statuses of a kind in file order, and the actions any rule names. */
const struct status *rules_statuses(const struct rules *, const struct kind *, size_t *count);
const struct str *rules_actions(const struct rules *, size_t *count);
const struct status *rules_status(const struct rules *, const struct kind *, struct str status);
struct str rules_basis(const struct rules *, const struct kind *, const struct status *);

#endif
