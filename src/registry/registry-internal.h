/* registry-internal.h: what the files of this module share. */
#ifndef REGISTRY_INTERNAL_H
#define REGISTRY_INTERNAL_H

#include "registry/registry.h"

#include <sqlite3.h>

enum {
    FORMAT = 1,               /* user_version */
    APPLICATION = 0x445a5247, /* application_id: "DZRG" */
    BLOB_MOST = 1 << 30,      /* bytes of one paper or record */
    LINE_MOST = 1 << 20,      /* bytes of one audit row */
};

/* Every statement that runs more than once, prepared when first used. */
enum statement {
    BEGIN,
    COMMIT,
    REQUEST_FIND,
    REQUEST_ADD,
    RECORD_FIND,
    RECORD_NEWEST,
    RECORD_AFTER,
    RECORD_ADD,
    RECORD_NEWER,
    PAPER_BY_ID,
    PAPER_BY_KEY,
    PAPER_BY_PLACE,
    PAPER_COPIES,
    PAPER_ADD,
    PAPER_SEAL,
    PAPER_STATE,
    PAPERS_BELOW,
    PAPERS_OF,
    PAPERS_BEGUN,
    PAPER_AFTER,
    PAPERS_AFTER,
    PAPERS_OF_NUMBER,
    PAPERS_OF_NUMBER_DOWN,
    WITHDRAWAL_FIND,
    WITHDRAWAL_ADD,
    AUDIT_ADD,
    AUDIT_AFTER,
    AUDIT_HEAD,
    SEGMENT_SET,
    SEGMENTS,
    STATEMENTS
};

/* The segment file being written. */
struct segment {
    int fd; /* -1: none yet */
    int64_t id, end;
    int64_t most;
    bool dirty;      /* appended to since the last sync */
    struct buf held; /* the bytes before end, to be written at one go */
};

struct registry {
    struct arena *arena; /* this struct and all it points to */
    const char *folder;
    enum registry_mode mode;
    struct registry_config config;
    sqlite3 *db;
    sqlite3_vfs *vfs; /* writer: of wal.c */
    sqlite3_stmt *statements[STATEMENTS];
    int lock; /* fd, -1: not held */
    bool batch, broken;
    bool places, lazy;         /* the open batch is of places; commits do not sync */
    struct registry_head head; /* writer: of the chain, rows of the open batch included */
    struct segment segment;
    struct buf line; /* scratch of audit rows */
};

/* ---- sql.c: the rows. Formats of arguments: t struct str, i int64_t, b 32 bytes. */

const char *database_path(struct arena *, const struct registry *);
/* Breaks the handle and adds why; always false. */
bool registry_broken(struct registry *, struct err *);
bool registry_ready(const struct registry *, struct err *) MUST_CHECK;
/* A statement that answers nothing. */
bool sql_run(struct registry *, struct err *, enum statement, const char *format,
             ...) MUST_CHECK;
/* A statement that answers rows: NULL is a fault; sql_end it. */
sqlite3_stmt *sql_ask(struct registry *, struct err *, enum statement, const char *format,
                      ...) MUST_CHECK;
/* *row false at the end; false is a fault, and the statement is ended. */
bool sql_next(struct registry *, sqlite3_stmt *, bool *row, struct err *) MUST_CHECK;
void sql_end(sqlite3_stmt *);
struct str sql_text(struct arena *, sqlite3_stmt *, int column);
bool sql_digest(sqlite3_stmt *, int column, uint8_t out[32]); /* false: not 32 bytes */
/* Any SQL, once. */
bool sql_script(struct registry *, struct err *, const char *sql) MUST_CHECK;
bool sql_number(struct registry *, struct err *, const char *sql, int64_t *out) MUST_CHECK;

/* ---- schema.c */

bool schema_ready(struct registry *, struct err *) MUST_CHECK;

/* ---- wal.c: what a writer opens its database with */

const char *wal_open(struct registry *); /* the name of the VFS; it is there until wal_close */
void wal_close(struct registry *);       /* after the database */

/* ---- segments.c: the bytes */

bool segments_open(struct registry *, struct err *) MUST_CHECK;
void segments_close(struct registry *);
/* Small ones are held until segments_sync or segments_write. */
bool segments_append(struct registry *, struct str bytes, struct registry_place *,
                     struct err *) MUST_CHECK;
bool segments_write(struct registry *, struct err *) MUST_CHECK; /* so that they can be read */
bool segments_sync(struct registry *, struct err *) MUST_CHECK;  /* and into the table */
bool folder_sync(const char *path);                              /* false: errno */
int folder_make(const char *path); /* one, its name synced into the one above; 0, or errno */
const char *segment_path(struct arena *, const char *folder, int64_t id);

/* ---- audit.c */

bool audit_add(struct registry *, const struct registry_by *, struct str event,
               struct str subject, struct str body, struct err *) MUST_CHECK;

/* ---- find.c */

/* Columns as in PAPER_COLUMNS; false: a digest is none. */
bool paper_read(struct arena *, sqlite3_stmt *, struct registry_paper *);
void paper_set_copy(struct registry_paper *, int64_t copy); /* the column: form and duplicate */
/* Without its standing. */
bool paper_by_id(struct registry *, struct arena *, int64_t id, struct registry_paper *out,
                 bool *found, struct err *) MUST_CHECK;
struct str code_of(struct arena *, struct str code);
/* All but the number and the bytes; false: a digest is none. */
bool record_read(struct arena *, sqlite3_stmt *, struct registry_record *,
                 struct registry_place *);
/* "NUMBER/v3/goods_list"; output empty: "NUMBER/v3" */
struct str subject_of(struct arena *, struct str number, int64_t version, struct str output);
/* What the audit says of a sealed paper, and of a record. */
struct str sealed_body(struct arena *, const struct registry_paper *);
struct str record_body(struct arena *, const struct registry_record *,
                       const struct registry_place *);
/* What is there is not what was written; always false. path is copied. */
bool registry_damaged(struct err *, const char *path, const char *zh, const char *en);

/* ---- changes.c */

bool reason_given(struct str reason, const char *zh, const char *en, struct err *) MUST_CHECK;

/* The record's number and version are free or this record's, *bound: this record's. */
bool record_agrees(struct registry *, const struct registry_record *, bool *bound,
                   struct err *) MUST_CHECK;
/* Of this kind, not withdrawn, and nothing newer in this line. */
bool number_open(struct registry *, const struct registry_record *, struct str line,
                 struct err *) MUST_CHECK;
bool record_bind(struct registry *, const struct registry_record *, const struct registry_by *,
                 struct err *) MUST_CHECK;

#endif
