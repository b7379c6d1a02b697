/* verify.h: is this paper genuine, and does it still hold?
 *
 * First findings, which say what was seen of the file, its seal and its record; then one pure
 * function from findings to a verdict, so that the whole of it can be read, and tested, as a
 * table. Whatever is not known to be well is never GENUINE.
 *
 * A picture, an address or a seal's text answers for the seal alone: what is printed is for
 * eyes to compare with what the seal says. In a file the seal must be there, and be of its
 * record and its output.
 *
 * A signed file is judged by its signature, which has to cover every byte.
 * An unsigned file is made again from its own record and seal with its own render parameters,
 * and every byte is compared. The rules are not asked: they say what may be printed today, and
 * a paper once issued stays what it was when they change; who was allowed to seal is the seal's
 * to say. What they say today is told beside the verdict. */
#ifndef VERIFY_VERIFY_H
#define VERIFY_VERIFY_H

#include "print/print.h"
#include "print/sign.h"
#include "record/differ.h"
#include "registry/registry.h"
#include "seal/status.h"

enum verify_file {
    VERIFY_NO_FILE,        /* a picture, an address or a seal's text: the seal stands alone */
    VERIFY_SAME,           /* made again, byte for byte; or signed as a whole */
    VERIFY_DIFFERENT,      /* anything else */
    VERIFY_OTHER_RELEASE,  /* another release made it, so it cannot be made again here */
    VERIFY_SIGNER_UNKNOWN, /* signed as a whole by somebody who is not trusted here */
};

enum verify_seal {
    VERIFY_NO_SEAL,
    VERIFY_SEAL_GOOD,
    VERIFY_SEAL_FALSE,
    VERIFY_SEAL_KEY_UNKNOWN, /* or one of which its list says too little */
    VERIFY_SEAL_NEWER,
};

enum standing { STANDING_CURRENT, STANDING_EXPIRED, STANDING_SUPERSEDED, STANDING_WITHDRAWN };

struct verify_findings {
    enum verify_file file;
    enum verify_seal seal;
    bool test;           /* its key is a published one */
    bool check_sheet;    /* proves nothing, under any key */
    bool record_differs; /* from the one given to compare with */
    enum standing standing;
};

enum authenticity {
    AUTHENTIC_GENUINE,
    AUTHENTIC_TEST,
    AUTHENTIC_DRAFT,
    AUTHENTIC_NOT_GENUINE,
    AUTHENTIC_RECORD_DIFFERS,
    AUTHENTIC_UNKNOWN_KEY,
    AUTHENTIC_NEWER_FORMAT,
    AUTHENTIC_SEAL_ONLY,
};

struct verify_verdict {
    enum authenticity authenticity;
    bool stands; /* a standing is told: the paper is one that can have it */
    enum standing standing;
    int exit;
    const char *word;          /* "NOT GENUINE" */
    const char *standing_word; /* "EXPIRED", without its date; "" where none is told */
    const char *zh, *en;       /* what it means */
    const char *standing_zh, *standing_en; /* ""  where none is told */
};

/* Pure and total. */
struct verify_verdict verify_decide(const struct verify_findings *);

/* Where seals are kept; NULL: not here. `ask` stands in for a registry that another process
 * has: the oldest paper of the number, or (code) of that seal of it, of which standing, newer,
 * since and why are read; *out NULL: there is none. */
struct verify_kept {
    struct registry *registry;
    bool (*ask)(void *user, struct str number, struct str code,
                const struct registry_paper **out, struct err *);
    void *user;
    const char *log; /* of the sealer: a path */
};

struct verify_request {
    /* What is verified: a PDF, a picture of a paper (PNG, JPEG), or a seal's text. */
    struct str file;
    const struct record *record;      /* to compare with, or NULL */
    const struct status_list *status; /* who was superseded or withdrawn, or NULL */
    struct verify_kept kept;          /* to be asked, too */
    struct str on;                    /* YYYYMMDD: today */
};

/* What was found of a seal. */
struct verify_sealed {
    struct str text;         /* empty: there is none */
    enum seal_result result; /* of the seal alone */
    bool parsed;             /* it could be taken apart; true only as far as result says */
    struct seal_fields fields;
    const struct key *key; /* that signed it, or NULL */
    struct str code;       /* ABCD-EFGH-…, as printed under the QR code */
    bool registered;       /* the registry has a paper with it */
    bool witnessed;        /* it was kept, in registry or log, when it was made */
};

struct verify_report {
    struct verify_verdict verdict;
    struct str last_day;       /* YYYYMMDD: valid until; empty: for ever */
    struct str why_zh, why_en; /* what in this file decided: sentences, or empty */
    struct verify_sealed sealed;
    bool alone; /* the seal stands for the paper: what is printed was not seen */
    /* What the file says of itself, for which with NOT GENUINE nobody vouches; NULL or empty
     * where it says nothing. */
    const struct record *record;
    const struct output *output;
    struct str release, profile, printed_at;
    struct print_request again;     /* what makes an unsigned file again */
    struct signed_report signature; /* by whom, where it is signed well */
    struct differences differences; /* from the record given: first the file's */
    bool permitted;                 /* by the rules of today; else today says why not */
    struct err today;
};

/* False where nothing can be said: no file of these kinds, one too large, a picture without a
 * code that can be read, a 1b file without a record, a status list that does not speak of such
 * seals, or a configuration here that prints no paper at all. The report outlives the service's
 * sheets, not the arena. */
bool verify_paper(struct service *, struct arena *, const struct verify_request *,
                  struct verify_report *out, struct err *) MUST_CHECK;

/* Members of a JSON object, without its braces. */
void verify_json(struct buf *, struct arena *, const struct kinds *,
                 const struct verify_report *);
/* The seal that a person typed number and code of (as seal_code_typed gives it), as text.
 * SEAL_NOT_KEPT. */
bool verify_kept_seal(const struct service *, struct arena *, const struct verify_kept *,
                      struct str number, struct str code, struct str *text,
                      struct err *) MUST_CHECK;

#endif
