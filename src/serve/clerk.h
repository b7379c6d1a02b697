/* clerk.h: the registry's one writer, a thread of the front. Errands are given to it and come
 * back when they are done; many at once share one sync of the disk. What an errand says is on
 * the disk when it comes back.
 *
 * The clerk opens the registry anew when it breaks; errands of meanwhile come back with the
 * fault. */
#ifndef SERVE_CLERK_H
#define SERVE_CLERK_H

#include "registry/registry.h"
#include "rules/rights.h"

enum { FIND_MOST = 100 }; /* papers of one answer; one more says that there are more */

enum errand_kind {
    ERRAND_BEGIN,    /* of one paper; one that was made before comes with its bytes */
    ERRAND_SEAL,     /* the bytes are kept */
    ERRAND_DONE,     /* the client has it; nobody waits for this */
    ERRAND_VOID,     /* it will not be made; as above */
    ERRAND_REVISE,   /* a record by itself */
    ERRAND_WITHDRAW, /* a number */
    ERRAND_FIND,     /* papers of a number */
    ERRAND_LOOK,     /* how the paper of a number and verification code stands */
    ERRAND_REFUSE    /* for the audit; nobody waits for this either */
};

struct errand {
    struct errand *next;
    enum errand_kind kind;
    struct arena *arena; /* owns all of it but the buffers */
    void *owner;         /* whose it is; not looked at */
    enum lane lane;
    size_t place;
    unsigned attempt;
    int64_t paper; /* SEAL, DONE, VOID; FIND: older ones only, 0: the newest */
    struct registry_by by;
    struct registry_record record; /* BEGIN, SEAL, REVISE */
    struct registry_ask ask;       /* BEGIN; its record is the one above */
    struct registry_made made;     /* SEAL; as above */
    struct str number, why;        /* WITHDRAW, FIND, LOOK; VOID; REFUSE: subject, body */
    struct str code;               /* LOOK; empty: any paper of the number */
    const struct rights *rights;   /* of who asks; NULL: the service itself */
    struct buf front, rest;        /* SEAL: the answer, for whoever gave it */
    struct buf pdf;                /* SEAL: in; BEGIN: out, of one made before */
    /* When it comes back: */
    bool ok;
    struct err err;
    struct registry_paper found, *papers; /* BEGIN, SEAL; FIND, LOOK */
    size_t paper_count;
    long count; /* REVISE, WITHDRAW: papers that are superseded, withdrawn */
};

struct clerk;

struct clerk_counts {
    uint64_t commits, errands; /* since the clerk was opened; those that share one sync */
    double seconds;            /* that the commits took */
    int64_t head;              /* of the audit, after the last one */
    bool broken;               /* the last one failed */
};

/* Opens the registry, so that what is wrong with it is said before anybody is served. */
bool clerk_open(const char *folder, const struct registry_config *, struct clerk **out,
                struct err *) MUST_CHECK;
void clerk_close(struct clerk *); /* after all that was given is done */
struct errand *errand_new(enum errand_kind, struct str actor);
void errand_free(struct errand *);
void clerk_give(struct clerk *, struct errand *);
int clerk_descriptor(const struct clerk *); /* readable when some came back */
struct errand *clerk_take(struct clerk *);  /* all that came back, in order; NULL: none */

struct clerk_counts clerk_counts(struct clerk *);

/* What of these goes to the disk together, in order: all but papers of other lanes than
 * counters', of which at least one goes and no further one from `most` bytes on. *left: the
 * others. For the clerk itself. */
struct errand *clerk_lot(struct errand *first, size_t most, struct errand **left);

/* RFC 3339, as China counts time. */
struct str clerk_time(struct arena *);

#endif
