/* err.h: the one diagnostics model: a list of faults, each with a stable code, where it is,
 * one sentence in Chinese and one in English, and a hint that says what to do.
 *
 * Functions that read (records, configuration, layouts) add every fault they find and go on;
 * at most ERR_MOST are kept, the rest is counted. Warnings are faults that stop nothing.
 * Sentences: no full stop in English, values quoted, the same arguments in the same order in
 * both languages. The hint speaks the language of who can act: Chinese about a record, English
 * about configuration. Everything is copied into the arena given to err_init. */
#ifndef BASE_ERR_H
#define BASE_ERR_H

#include "base/buf.h"
#include "base/codes.h"

enum { ERR_MOST = 100 };

/* Where: a place in a text file (line and column count from 1, 0 unknown; column in bytes) or
 * an RFC 6901 JSON pointer into the record. file is borrowed and outlives the fault. */
struct where {
    const char *file;
    int line, column;
    struct str pointer;
};

struct fault {
    enum err_code code;
    bool warning;
    struct where at;
    struct where rule; /* the line of the rule that decided; file NULL when none */
    struct str zh, en, hint;
    struct str character; /* the one that cannot be printed, alone; of other faults empty */
    struct fault *next;
};

struct err {
    struct arena *arena;
    struct fault *first, *last;
    int faults, warnings, dropped;
};

void err_init(struct err *, struct arena *);
/* Always false, so that a failing function can end with: return err_add(...); */
bool err_add(struct err *, enum err_code, struct where, const char *zh, const char *en, ...)
    FORMAT(4, 6) FORMAT(5, 6);
void err_warn(struct err *, enum err_code, struct where, const char *zh, const char *en, ...)
    FORMAT(4, 6) FORMAT(5, 6);
void err_hint(struct err *, const char *fmt, ...) FORMAT(2, 3); /* of the last fault */
void err_rule(struct err *, struct where);                      /* of the last fault */
void err_character(struct err *, struct str);                   /* of the last fault */
bool err_ok(const struct err *); /* no fault; warnings are well */

struct where where_file(const char *file, int line, int column);
struct where where_pointer(struct str pointer);
struct where where_none(void);
/* "config/rules/disc_import.ini:12:3", "/data/goods/3/hs_code", or "" */
struct str where_text(struct arena *, struct where);
/* One fault, or all of them, as JSON for those who ask by program. */
void fault_json(struct buf *, struct arena *, const struct fault *);
void err_json(struct buf *, struct arena *, const struct err *);
const struct fault *err_fault(const struct err *); /* the first that is no warning, or NULL */

#endif
