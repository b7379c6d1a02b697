/* registry.h: what was issued, to be found again: papers with their bytes, the records they
 * were made of, withdrawals, and one hash-chained audit log. A folder holds all of it; what is
 * behind it (SQLite) is nobody's business, so that another back end can take its place.
 *
 *   FOLDER/registry.db      rows
 *   FOLDER/segments/000001  bytes of papers and records, appended, about 1 GiB a file
 *   FOLDER/lock             held by the one process that writes
 *
 * A paper's way:  registry_begin → (render) → registry_seal → (deliver) → registry_done
 *   begun    a place is taken: nobody else makes the same paper. Never sealed: void
 *            (registry_void, or by itself when the registry is next opened for writing)
 *   sealed   the bytes are kept for good: issued, delivery unconfirmed
 *   done     issued and delivered
 *
 * Rules that hold whatever is killed:
 *   1. What registry_commit has acknowledged is on disk. A batch that failed is there whole or
 *      not at all: a disk that fails in the very last sync does not say which. Asked again with
 *      its key, after opening again, a request finds what is there of it.
 *   2. One electronic paper for each number, version, output and parameters; one original for
 *      each number, version and output; each duplicate (副本) has a number of its own, from 1.
 *   3. A number and version mean one record, from the first paper sealed or from
 *      registry_revise on; another digest is VERSION_CONFLICT and stores nothing. A number
 *      belongs to the kind that it was first registered for: NUMBER_TAKEN.
 *   4. A record supersedes the papers of lower versions in its line. The line is the record's
 *      list_no for a goods_list, none for other outputs: a batch of a filing supersedes the
 *      goods_list of that batch only. Nothing is rewritten for it: standing is worked out from
 *      the records when it is asked for.
 *   5. A withdrawn number has no new papers; those it has can still be read.
 *   6. Every change has its audit row in the same transaction; no row is ever removed.
 *
 * Writing goes in batches, so that one sync serves many who wait. One thread writes:
 *
 *     for (;;) {
 *         jobs = queue_take_all(queue);                  // waits for the first
 *         if (!registry_batch(registry, &err)) …        // every job is answered with err
 *         for each job:
 *             job->ok = registry_begin(registry, …, &job->err); // false: refused, err says why
 *         ok = registry_commit(registry, &err);          // one sync, one transaction
 *         for each job: answer (ok ? job : err)          // only now may anybody be told
 *     }
 *
 * Places are begun in batches of their own (registry_places), which do not wait for the disk:
 * a place that is lost with the machine is one that registry_open would have voided, and no
 * seal is on disk before its place is.
 *
 * A refusal (VERSION_CONFLICT, QUOTA_EXHAUSTED …) leaves the batch as it was. A fault of the
 * store (REGISTRY_FAULT) breaks the handle: the batch is rolled back, every further call fails,
 * and the caller closes and opens again. Later jobs of a batch see what earlier ones did.
 *
 * Readers (REGISTRY_READ) see only what is committed and never wait for the writer; one handle
 * a thread. Open after fork: a handle must not cross it. Times are RFC 3339 and come from the
 * caller, like everything else that differs from run to run. */
#ifndef REGISTRY_REGISTRY_H
#define REGISTRY_REGISTRY_H

#include "base/buf.h"
#include "conf/conf.h"
#include "record/wire.h"

struct registry;

/* ---- opening */

enum registry_mode { REGISTRY_READ, REGISTRY_WRITE };

struct registry_quota {
    struct str output;
    long duplicates; /* the most of each number and version */
};

struct registry_config {
    bool check;      /* look through the whole database at opening */
    long duplicates; /* of outputs that are not named below */
    const struct registry_quota *quotas;
    size_t quota_count;
    long segment_mib; /* a segment file that is this long is followed by another */
};

/* Sections [registry] and [quota OUTPUT] of danzheng.ini; where they are missing, what is usual
 * stands. conf_done is the caller's. */
bool registry_config(struct arena *, struct conf *, struct registry_config *out,
                     struct err *) MUST_CHECK;
/* The section kinds that registry_config reads. */
#define REGISTRY_SECTIONS "registry", "quota"

/* Who changes something, and when. A key of idempotency belongs to its actor. */
struct registry_by {
    struct str actor; /* "uid:1000", "counter-3" */
    struct str at;
};

/* REGISTRY_WRITE makes the folder when it is not there, takes the lock (REGISTRY_LOCKED when
 * another process holds it), and voids what was begun and never sealed, in the name of `by`.
 * REGISTRY_READ needs a registry that is there; config and by may be NULL. folder is copied.
 * The lock is the process's: a process opens a folder for writing once at a time. */
bool registry_open(const char *folder, enum registry_mode, const struct registry_config *,
                   const struct registry_by *, struct registry **out, struct err *) MUST_CHECK;
void registry_close(struct registry *); /* NULL is fine; an open batch is rolled back */

/* ---- batches; every function of the next part needs one open */

bool registry_batch(struct registry *, struct err *) MUST_CHECK;
/* A batch for registry_begin alone, committed without a sync. A paper that was made before is
 * found but its key not remembered: nobody may be told of it before it was asked for again in
 * a batch that syncs. */
bool registry_places(struct registry *, struct err *) MUST_CHECK;
/* Syncs and commits; false: nobody may be told that anything of it happened (rule 1), and the
 * handle is broken. */
bool registry_commit(struct registry *, struct err *) MUST_CHECK;

/* ---- changes */

/* A record as the registry keeps it. */
struct registry_record {
    struct str number; /* the first number, never empty */
    int64_t version;
    struct str kind, list_no, status, owner;
    uint8_t digest[32]; /* of canonical */
    struct str canonical;
};

/* Works out the digest, so call it outside the writer. Strings are borrowed from the record. */
struct registry_record registry_record_of(const struct record *);
/* The same of what a renderer told of it, copied. */
struct registry_record registry_record_told(struct arena *, const struct wire_ask *,
                                            struct str canonical);

enum registry_form {
    REGISTRY_ELECTRONIC, /* op render: registered once, the same bytes ever after */
    REGISTRY_ORIGINAL,   /* op issue, first */
    REGISTRY_DUPLICATE,  /* op issue, later */
};

enum registry_state { REGISTRY_BEGUN, REGISTRY_SEALED, REGISTRY_DONE, REGISTRY_VOID };

enum registry_standing { REGISTRY_CURRENT, REGISTRY_SUPERSEDED, REGISTRY_WITHDRAWN };

/* Where bytes lie in the segment store. */
struct registry_place {
    int64_t segment, offset, length;
    uint8_t sha256[32];
};

struct registry_paper {
    int64_t id; /* never used twice */
    struct str number;
    int64_t version;
    struct str kind, output, parameters;
    struct str line; /* rule 4; mostly empty */
    enum registry_form form;
    long duplicate;    /* 副本 n; 0 of other forms */
    struct str reason; /* why a duplicate was made */
    enum registry_state state;
    uint8_t record[32]; /* digest */
    struct str actor, begun_at, sealed_at, done_at;
    /* from here on empty before it is sealed */
    struct str layout, release, fonts, code;
    long pages;
    struct registry_place pdf;
    /* as things stand now */
    enum registry_standing standing;
    int64_t newer;    /* superseded: by this version */
    struct str since; /* superseded or withdrawn at */
    struct str why;   /* withdrawn: the reason given */
};

struct registry_ask {
    const struct registry_record *record;
    struct str output;
    /* Electronic papers only: what else the bytes depend on, in a fixed order and spelling, as
     * in "profile=1b"; empty for the usual. */
    struct str parameters;
    bool copy;           /* op issue: an original or a duplicate, whichever is next */
    struct str reason;   /* of a copy; a duplicate needs one */
    struct str key;      /* of idempotency, or empty */
    uint8_t request[32]; /* digest of the request that came with the key */
};

/* The paper asked for: REGISTRY_BEGUN when the caller is to make it now; else it was made
 * before (the same key, or an electronic paper) and its bytes are read with registry_bytes,
 * also when it is superseded or withdrawn by now. Refusals: VERSION_CONFLICT, VERSION_OLD (the
 * line has a newer version), NUMBER_WITHDRAWN, PAPER_IN_PROGRESS (try later), KEY_REUSED (with
 * another request), REASON_MISSING, QUOTA_EXHAUSTED. Answers a copy with its form and
 * duplicate, for the mark. */
bool registry_begin(struct registry *, struct arena *, const struct registry_ask *,
                    const struct registry_by *, struct registry_paper *out,
                    struct err *) MUST_CHECK;

/* What was made of a begun paper. */
struct registry_made {
    const struct registry_record *record; /* the one it was begun with */
    struct str pdf;
    uint8_t sha256[32]; /* of pdf: worked out by the caller, outside the writer */
    long pages;
    struct str layout, release, fonts; /* digest of the layout, program, digest of the faces */
    struct str code;                   /* the verification code on the paper */
};

/* Keeps the bytes, and the record when it is the first paper of its number and version. at is
 * the time of issue. PLACE_LOST when the registry was opened anew since it was begun, which
 * makes what was begun void; VERSION_CONFLICT when another record took the number and version
 * meanwhile, NUMBER_WITHDRAWN when it was withdrawn meanwhile; then call registry_void. */
bool registry_seal(struct registry *, struct arena *, int64_t id, const struct registry_made *,
                   const struct registry_by *, struct registry_paper *out,
                   struct err *) MUST_CHECK;
/* The receiver has it. Done again: nothing happens. */
bool registry_done(struct registry *, int64_t id, const struct registry_by *,
                   struct err *) MUST_CHECK;
/* A begun paper that will never be: its place is free again. why: a code, for the audit. */
bool registry_void(struct registry *, int64_t id, struct str why, const struct registry_by *,
                   struct err *) MUST_CHECK;

/* A new version, without a paper. *count: papers that it superseded, 0 when it was known
 * already. Refusals: VERSION_CONFLICT, VERSION_OLD, NUMBER_WITHDRAWN. */
bool registry_revise(struct registry *, const struct registry_record *,
                     const struct registry_by *, long *count, struct err *) MUST_CHECK;
/* For good. *count: papers that it withdrew, 0 when it was withdrawn already. Refusals:
 * NOT_REGISTERED, REASON_MISSING. */
bool registry_withdraw(struct registry *, struct str number, struct str reason,
                       const struct registry_by *, long *count, struct err *) MUST_CHECK;
/* An audit row of the caller's own ("refuse", "reload"). body: a JSON object, or empty. */
bool registry_note(struct registry *, const struct registry_by *, struct str event,
                   struct str subject, struct str body, struct err *) MUST_CHECK;

/* ---- questions; readers, and the writer within and without a batch */

struct registry_query {
    struct str number, output; /* empty: any */
    int64_t version;           /* 0: any */
    struct str code;           /* the verification code, hyphens and case do not matter */
    int state;                 /* an enum registry_state, or -1: all but void */
    int64_t after;             /* id: the next page of answers */
    bool newest; /* of a number: falling, and after is before (0: from the last) */
    size_t most;
};

/* By id, rising. */
bool registry_find(struct registry *, struct arena *, const struct registry_query *,
                   struct registry_paper **out, size_t *count, struct err *) MUST_CHECK;
/* The record of a version (0: the newest without list_no, else the newest); *found false when
 * there is none. */
bool registry_record(struct registry *, struct arena *, struct str number, int64_t version,
                     struct registry_record *out, bool *found, struct err *) MUST_CHECK;
/* Appends the bytes; REGISTRY_DAMAGED when they are not those that were kept, and out is as it
 * was. */
bool registry_bytes(struct registry *, const struct registry_place *, struct buf *out,
                    struct err *) MUST_CHECK;

/* Its file's name: number.v3.output, parameters and form where they are not the usual, .pdf;
 * letters, digits, dots and hyphens only. */
struct str registry_name(struct arena *, const struct registry_paper *);
/* A JSON object: its way, its standing, its digests. */
void registry_json(struct buf *, struct arena *, const struct registry_paper *);

/* ---- audit */

/* hash = SHA-256(the hash before ‖ line), line as below; of the first row the hash before is 32
 * zero bytes. The line is the JSON array [seq,"at","actor","event","subject",body] and LF. */
struct registry_event {
    int64_t seq; /* from 1, without a gap */
    struct str at, actor, event, subject, body;
    uint8_t hash[32];
};

/* A point of the chain, written down elsewhere: whoever cuts the tail off does not reach it. */
struct registry_head {
    int64_t seq; /* 0: no row yet */
    uint8_t hash[32];
};

bool registry_audit(struct registry *, struct arena *, int64_t after, size_t most,
                    struct registry_event **out, size_t *count, struct err *) MUST_CHECK;
bool registry_head(struct registry *, struct registry_head *out, struct err *) MUST_CHECK;
/* Walks the whole chain: AUDIT_BROKEN names the first row that is not what it was, or the
 * checkpoint that it does not reach. */
bool registry_audit_verify(struct registry *, const struct registry_head *checkpoints,
                           size_t count, struct registry_head *out, struct err *) MUST_CHECK;

/* ---- care */

struct registry_counts {
    int64_t records, papers, unconfirmed, voided, withdrawn, events, bytes, dead;
};

/* Database, chain, every paper against its audit row; with `bytes` also every byte against its
 * digest. Adds every fault. */
bool registry_check(struct registry *, bool bytes, struct registry_counts *,
                    struct err *) MUST_CHECK;
/* A copy of all that is committed, while others write; folder must not hold a registry yet. */
bool registry_backup(struct registry *, const char *folder, struct err *) MUST_CHECK;

#endif
