/* journal.h: what a batch has done so far, so that one that was stopped goes on: a file in the
 * batch's folder, FOLDER/.danzheng-batch, removed at the end.
 *
 *     danzheng-batch/1 <what was wished>
 *     line <seq> <SHA-256 of the line> <documents> <failed> <received at> <digest> <record>
 *     file <output> <SHA-256> <pages> <bytes> <faces> <paper> <path>     as many as were made;
 *                                                         - is the line itself, set aside
 *     say {"seq":…}                                                      every answer
 *     end <SHA-256 of the entry up to here>
 *
 * An entry is synced after the files it names and before anybody is told of them: so an answer
 * that was read is true after a power cut, and is given again, word for word, when the batch
 * goes on. What is not whole at the end of the file was told to nobody and is cut off. A line
 * that failed for a reason that may pass (retry "later") has no entry and is tried again.
 *
 * The file is locked as long as somebody writes. */
#ifndef APP_JOURNAL_H
#define APP_JOURNAL_H

#include "app/app.h"

#define STAGE_PREFIX ".danzheng-batch-" /* of papers that are not noted yet */

struct journal_file {
    struct str output, sha256, path; /* output: empty where it is the line */
    size_t pages, bytes;
    uint64_t faces;
    int64_t paper; /* of the registry; 0: none */
    struct journal_file *next;
};

struct journal_entry {
    long seq;
    struct str line; /* its SHA-256 in hex */
    long documents, failed;
    struct str received_at, digest, record; /* digest in hex; record: number and version */
    struct journal_file *files;
    struct str answers; /* whole lines */
};

struct journal;

/* wishes: in hex; BATCH_DIFFERS when the journal that is there has others. *resumed: there was
 * one. Staged papers that are left of it are removed. */
bool journal_open(struct arena *, const char *folder, struct str wishes, struct journal **out,
                  bool *resumed, struct err *) MUST_CHECK;
/* The entry of before with this seq, or NULL; ask for rising ones. Good until the next call. */
const struct journal_entry *journal_find(struct journal *, long seq);
/* Puts the entry behind those that wait for journal_sync. */
void journal_add(struct journal *, const struct journal_entry *);
/* Writes and syncs; false: none of what waited is there. */
bool journal_sync(struct journal *, struct err *) MUST_CHECK;
/* done: it is removed. */
void journal_close(struct journal *, bool done);

#endif
