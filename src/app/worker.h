/* worker.h: lines into papers, for batch: in processes of their own (crew.h), or in this one.
 *
 *   batch → worker                    worker → batch
 *   LINE  a line of the input         PAPER  an output of it, and whether it may be printed
 *                                     ASK    the record that it is, or what is wrong with it
 *   MAKE  make paper n                MADE   it is staged beside its target, or why not
 *   END   no more of this line        OVER
 *
 * A worker may be asked about further lines before it makes the papers of the first. It never
 * gives a file its name: what is made counts when batch has noted it. */
#ifndef APP_WORKER_H
#define APP_WORKER_H

#include "app/app.h"
#include "app/signing.h"

/* What is wished of every paper of a run. */
struct works {
    struct service *service;
    const char *folder;
    bool shard, registered;
    enum pdf_profile profile;
    int dpi;
    struct str printed_at;
    struct signing signing;
};

enum say { SAY_LINE, SAY_MAKE, SAY_END, SAY_PAPER, SAY_ASK, SAY_MADE, SAY_OVER };

/* Texts of a message. ANSWER: members of the answer's object, from "ok" on. */
enum {
    TEXT_LINE = 0,
    TEXT_ANSWER = 0,
    TEXT_OUTPUT,
    TEXT_FILE,
    TEXT_SHA256,
    TEXT_LAYOUT,
    TEXT_FONTS,
    TEXT_CODE,
    TEXT_ID = 1,
    TEXT_NUMBER,
    TEXT_KIND,
    TEXT_LIST_NO,
    TEXT_STATUS,
    TEXT_OWNER,
    TEXT_RECEIVED_AT,
    TEXT_PARAMETERS,
    TEXT_CANONICAL,
    TEXTS
};

struct message {
    size_t size; /* of all of it */
    enum say say;
    long seq;
    size_t n;           /* of the paper */
    bool ok;            /* ASK: it is a record; PAPER: permitted; MADE: it came out */
    enum err_code code; /* ERR_NONE, or why not */
    int64_t version;
    uint8_t digest[32]; /* of the record */
    size_t pages, bytes;
    uint64_t faces;
    double ms;
    struct str texts[TEXTS];
};

void message_put(struct buf *, const struct message *);
/* The first message of bytes; false: it is not whole yet. Its texts lie in bytes. */
bool message_next(struct str bytes, struct message *out);

struct worker;
struct worker *worker_new(struct arena *, const struct works *);
void worker_free(struct worker *);
void worker_forget(struct worker *); /* every line that it has */
/* What it has to say is added to out. Where memory ends, it costs the line. */
void worker_hear(struct worker *, const struct message *, struct buf *out);

/* FOLDER/.danzheng-batch-SEQ-N: where a paper is until it is noted. */
const char *works_stage(const struct works *, struct arena *, long seq, size_t n);
/* Where it belongs: with shard over 256 folders, by the hash of the number, so that the papers
 * of one lie together. */
const char *works_path(const struct works *, struct arena *, struct str number, int64_t version,
                       struct str output);
#define STAGE_PREFIX ".danzheng-batch-"

#endif
