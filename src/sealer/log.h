/* log.h: the log of what was sealed, which is also the store of seals: append-only, each entry
 * chained to the one before it by its digest, on disk before anybody gets the seal.
 *
 *     "danzheng-seal-log/1\n", then entries of
 *     place in its round (2, from 0), length (2) of: sequence (8, from 1), digest of the entry
 *     before (32; of the first: of the head line), SHA-256 of the record (32), seal; then
 *     SHA-256 of all that (32)
 *
 * Invariants: an entry that log_commit has not confirmed was answered to nobody; number,
 * version and kind of paper stand in one entry at most; number and version have one record.
 * What a crash left at the end, any part of a round that was not confirmed, is cut off from the
 * first entry that is not whole when the log is opened; anything else that is wrong in it stops
 * the sealer. A round lies between two commits, and is begun when all before it is on disk. */
#ifndef SEALER_LOG_H
#define SEALER_LOG_H

#include "seal/seal.h"

struct seal_log;

struct log_entry {
    uint8_t record[32];
    uint8_t seal[SEAL_MOST];
    size_t seal_bytes;
};

enum { LOG_ROUND_MOST = 1 << 16 }; /* entries between two commits */

/* Takes the file for this process alone (SEALER_BUSY when another has it), made when it is not
 * there. SEAL_LOG_FAULT: a chain that does not hold. cut: bytes of a torn end that were cut. */
bool log_open(const char *path, struct seal_log **out, size_t *cut, struct err *) MUST_CHECK;
void log_close(struct seal_log *); /* NULL is fine */
uint64_t log_entries(const struct seal_log *);

/* The seal of number, version and kind. */
bool log_find(const struct seal_log *, struct str number, int version, int kind,
              struct log_entry *out);
/* The record of number and version, under whatever kind it was sealed first. */
bool log_record(const struct seal_log *, struct str number, int version, uint8_t record[32]);
/* Of a seal that log_find does not have; found from now on, on disk after log_commit. */
void log_add(struct seal_log *, const struct seal_fields *, const uint8_t record[32],
             struct str seal);
/* Everything added since the last one is on disk; or (FILE_WRITE) none of it is there, or ever
 * was. *broken: what is on disk is uncertain, and only opening the log again tells. */
bool log_commit(struct seal_log *, bool *broken, struct err *) MUST_CHECK;
/* For who only looks, also while a sealer writes: each entry in its order, until `each` says
 * false. SEAL_LOG_FAULT as above; a torn end is passed over. */
bool log_read(const char *path, bool (*each)(void *, const struct log_entry *), void *user,
              struct err *) MUST_CHECK;

#endif
