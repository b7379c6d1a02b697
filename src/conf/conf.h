/* conf.h: strict INI with positions; the only user of inih.
 *
 * [kind name] sections with `key = value`; a value goes on over indented lines, one line = one
 * row; `;` starts a comment line. A line ending in `\` runs on into the next, which is indented
 * (joined with nothing between, the indentation dropped). A line has at most 197 bytes. Keys
 * and section words are [a-z0-9._-], at most 48 bytes. A repeated section or key is a fault,
 * except the key `include` of any section: a path relative to the including file, at most 8
 * deep, read first; then this file's keys override key by key (a section of this file keeps the
 * included section's other keys, in front). An indented line that looks like `key = value` is a
 * fault: it is one far more often than it is a row. Everything lives in the arena and is
 * borrowed by whoever reads it. */
#ifndef CONF_CONF_H
#define CONF_CONF_H

#include "base/arena.h"
#include "base/err.h"
#include "base/geom.h"

struct conf_line {
    struct str text; /* trimmed, never empty */
    struct where at; /* its first byte */
};

struct conf_entry {
    struct str key;
    struct conf_line *lines; /* count ≥ 0: `key =` alone has none */
    size_t count;
    struct where at; /* the key */
    bool asked;
    struct conf_entry *next;
};

struct conf_section {
    struct str kind, name; /* name empty in `[layout]` */
    struct where at;
    struct conf_entry *first, *last;
    bool asked;
    struct conf_section *next;
    struct str *known; /* keys that were asked for, for "did you mean" */
    size_t known_count, known_room;
};

struct conf {
    struct arena *arena;
    struct conf_section *first, *last;
    const char *path;   /* as given, relative to home */
    const char **files; /* path and every included file, in order of reading */
    struct str *texts;  /* of each file, without its byte order mark */
    struct where *from; /* of each file the line that includes it; file NULL for path itself */
    size_t file_count, file_room;
};

/* All bytes of home/path but a byte order mark; CONF_MISSING when it cannot be read. */
bool conf_file(struct arena *, const char *home, const char *path, struct str *out,
               struct err *) MUST_CHECK;

/* Reads home/path; positions name `path`. False when there is any fault (all are added). */
bool conf_read(struct arena *, const char *home, const char *path, struct conf **out,
               struct err *) MUST_CHECK;

/* First section of this kind, next one of the same kind; NULL at the end. Marks them asked. */
struct conf_section *conf_first(struct conf *, const char *kind);
struct conf_section *conf_next(struct conf_section *);
struct conf_section *conf_find(struct conf *, const char *kind, struct str name);

/* The entry, or NULL; either way the key is known from now on. */
struct conf_entry *conf_entry(struct conf *, struct conf_section *, const char *key);

/* Single-line values. An absent or empty key gives `fallback`; a second line or a value of the
 * wrong form adds CONF_VALUE and gives `fallback`. */
struct str conf_text(struct conf *, struct conf_section *, const char *key, struct str fallback,
                     struct err *);
mpt conf_length(struct conf *, struct conf_section *, const char *key, mpt fallback,
                struct err *);
long conf_count(struct conf *, struct conf_section *, const char *key, long fallback,
                struct err *);
bool conf_yes(struct conf *, struct conf_section *, const char *key, bool fallback,
              struct err *);
/* One of `words` (count of them): its index, or fallback. */
int conf_choice(struct conf *, struct conf_section *, const char *key, const char *const *words,
                size_t count, int fallback, struct err *);

/* A fault for every section and key nobody asked for, with "did you mean". kinds: the section
 * kinds that the reader knows. */
bool conf_done(struct conf *, const char *const *kinds, size_t count, struct err *);

#endif
