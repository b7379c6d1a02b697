/* wire.h: one line of the service's protocol, without its record: what is asked, by which name,
 * and how many octets follow. Members that are not known are ignored, so that a newer client is
 * understood; in the record nothing is. */
#ifndef RECORD_WIRE_H
#define RECORD_WIRE_H

#include "record/record.h"

enum {
    WIRE_ID_MOST = 64,
    WIRE_TEXT_MOST = 256,
    WIRE_REASON_MOST = 1024,
    WIRE_HEAD_MOST = 64 << 10, /* of a line, without its record */
    WIRE_OUTPUTS_MOST = 32,
    WIRE_DEADLINE_MOST = 300000 /* ms */
};

struct wire_request {
    bool named;                /* there is an id, which may be empty */
    struct str op, id, key;    /* what is not there is empty, or 0 */
    struct str target, number; /* the request to cancel; the record asked about */
    struct str to, printed_at; /* "papers/today"; RFC 3339 */
    struct str profile, role;  /* "1b"; role: between the service's own processes */
    long dpi;                  /* of the printer */
    long before;               /* of status: papers older than this one */
    const struct str *outputs; /* each once */
    size_t output_count;
    struct str reason; /* of a copy or a withdrawal */
    long deadline_ms;
    long bytes; /* that follow; -1: none do */
    bool ordered;
    bool trial;        /* between the service's own processes: nobody is to have it */
    struct str record; /* the JSON text that is the member's value: borrowed from the line */
};

/* False: the line is no object or too long, or `bytes` is at fault, so that nobody knows where
 * the next request begins. True: it is well, or err has what is wrong with it and the answer is
 * that. The record is found, and not looked into. */
bool wire_request_read(struct arena *, struct str line, struct wire_request *out,
                       struct err *) MUST_CHECK;

/* What a renderer found a request to be about, before it makes papers: each of its outputs, and
 * whether it may be printed at all. */
struct wire_ask {
    struct str id;
    const struct str *outputs;
    const bool *wanted;
    size_t count;
    struct str number, kind, list_no, status, owner, parameters;
    struct str name, received_at; /* of a batch's line: its own id; of the record */
    long version, bytes;
};

/* Sandboxed or not, its maker is not believed: false when it is not whole. */
bool wire_ask_read(struct arena *, struct str line, struct wire_ask *out) MUST_CHECK;

/* How the paper of a seal stands, as front and registry tell the verifier. */
struct wire_standing {
    struct str id;
    bool ok;       /* else a fault, as below */
    long standing; /* an enum registry_standing; -1: there is no such paper */
    long newer;
    struct str since, why;
    struct str code, zh, en;
};

bool wire_standing_read(struct arena *, struct str line, struct wire_standing *out) MUST_CHECK;

/* A fault as an answer tells it: where it is, and the line of the rule that decided. */
struct wire_fault {
    struct str code, zh, en, at, rule, hint;
    bool warning;
};

/* An answer's line, for those who write clients. */
struct wire_answer {
    struct str id, output, name, sha256;
    bool ok, last, fatal, dup;
    long bytes;                      /* that follow; -1: none do */
    const struct wire_fault *faults; /* all of them, when not ok */
    size_t fault_count;
};

bool wire_answer_read(struct arena *, struct str line, struct wire_answer *out,
                      struct err *) MUST_CHECK;

#endif
