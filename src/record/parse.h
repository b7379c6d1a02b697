/* parse.h: what the files that read a record share; for src/record only. */
#ifndef RECORD_PARSE_H
#define RECORD_PARSE_H

#include "record/record.h"

#include <jansson.h>

/* Where a value stands: in the envelope (name), in data (field), or in a row of a list. */
struct place {
    const char *name; /* "status" */
    const struct field *list;
    size_t row;
    const struct field *field;
    struct str group;   /* of a member that is not declared */
    const char *member; /* of a code's object, or one that is not declared */
};

/* Canonical bytes never take more than the input did (an escape in it is at least as long as
 * what it stands for, and as the one we write), texts a third more (three bytes of a
 * private-use character may be printed as four), so both have their room from the start. */
struct parse {
    struct arena *arena;
    const struct pua *pua;
    const struct kind *kind;
    bool saved; /* has its first number, so what saving requires must be there */
    char *texts;
    size_t text_bytes;
    char *canon;
    size_t canon_bytes;
    struct code_row given; /* the code taken last, as the record has it */
    struct err *err;
};

/* syntax.c: bytes to a JSON tree, with limits, UTF-8, syntax checked. The arena owns the tree;
 * it is large, so the caller closes it as soon as it is read. */
struct syntax {
    json_t *root;
    struct owned *owned; /* NULL after a fault */
};
bool syntax_parse(struct arena *, const char *name, struct str json, struct syntax *out,
                  struct err *) MUST_CHECK;

/* record.c: a tree made of `bytes` bytes of JSON into a record; keeps nothing of the tree. */
bool record_take(struct arena *, const struct kinds *, json_t *, size_t bytes,
                 const struct record **out, struct err *) MUST_CHECK;

/* check.c: every function adds what is wrong to parse->err. */
struct where place_where(const struct parse *, const struct place *);
struct str place_label(const struct place *);
bool json_is_empty(const json_t *);                  /* NULL, null or "" */
struct str json_text(const json_t *);                /* of a string */
struct str text_keep(struct parse *, struct str);    /* as it is printed: private use mapped */
bool character_forbidden(uint32_t code, bool lines); /* lines: LF is well */
/* Characters and length; longest 0: any. Of fields, private-use characters that are mapped are
 * well, with a warning. */
bool text_check(struct parse *, const struct place *, struct str, int longest, bool lines);
bool time_check(struct parse *, const struct place *, struct str);
/* False when there is no value: it is empty, or at fault. */
bool value_take(struct parse *, const struct place *, json_t *, struct value *out);
bool type_fault(struct parse *, const struct place *); /* always false */

/* canonical.c */
void canon_bytes(struct parse *, struct str);
void canon_open(struct parse *, char bracket);
void canon_close(struct parse *, char bracket);
void canon_member(struct parse *, struct str key); /* "key": with the comma before it */
void canon_string(struct parse *, struct str);
/* A value that value_take has just taken. */
void canon_value(struct parse *, const json_t *);

/* fields.c: the fields of data, or of the envelope's operator, into values, lists and canonical
 * bytes. json NULL: there is none. */
void fields_take(struct parse *, json_t *json, bool envelope, struct value *values,
                 struct rows *lists);

#endif
