/* parser.h: what the files of this module share while one layout is read. */
#ifndef LAYOUT_PARSER_H
#define LAYOUT_PARSER_H

#include "conf/conf.h"
#include "layout/layout.h"

struct parser {
    struct arena *arena;
    const char *home;
    struct conf *conf;
    const struct kind *kind;
    struct layout *layout;
    struct err *err;
    struct str images; /* what `sha256sum` says of those that were read */
    bool copy_shown;   /* {copy} has been met */
};

/* Where a text stands decides what it may name. */
struct scope {
    const struct field *list; /* columns of this table may be named; NULL outside tables */
    bool page;                /* {page} and {pages} are known: header, footer, slots */
    bool sum;                 /* {sum …} and {each …} are allowed: ends of tables */
    bool group;               /* {sum group …} as well */
};

/* version.c */
void version_read(struct parser *, struct conf_section *);
void digest_take(struct parser *); /* when everything has been read */
/* Versions of one output, ascending: each is in effect by itself, one after the other. */
void versions_check(const struct layout *const *, size_t count, struct err *);

/* words.c */
bool words_compile(struct parser *, struct str text, struct where at, struct scope,
                   struct words *out);
/* A cell's text: paragraphs separated by `\n`, an optional @name before them. */
void cell_compile(struct parser *, struct str text, struct where at, struct scope,
                  const struct role *label, const struct role *value, struct cell *out);
/* The number of parts separated by `|`, each trimmed, with its place. */
size_t parts_split(struct parser *, const struct conf_line *, struct conf_line **out);

/* look.c: roles and the small things that several sections share */
void roles_read(struct parser *);
const struct role *role_find(struct parser *, struct str name, struct where at);
const struct role *role_key(struct parser *, struct conf_section *, const char *key,
                            const char *fallback);
int align_key(struct parser *, struct conf_section *, const char *key, int fallback);
struct condition condition_read(struct parser *, struct conf_section *);
void stack_read(struct parser *, struct conf_section *, const char *key, const struct role *,
                struct scope, struct stack *out);
void page_read(struct parser *);
void furniture_read(struct parser *, const char *kind, struct furniture *out);
void watermark_read(struct parser *);
void slots_read(struct parser *);
/* at = bottom-right 20mm 10mm; false: text is no such place */
bool corner_parse(struct str text, enum corner *, mpt *dx, mpt *dy);

/* sheet.c, stamps.c: behind everything that they look for or move */
void copies_read(struct parser *);
void binding_read(struct parser *);
void stamps_read(struct parser *);

/* cells.c */
bool dash_key(struct parser *, struct conf_section *, const char *key, enum dash *out);
void exceptions_read(struct parser *);

/* capacity.c: room of every cell; then what cells that refuse must hold */
void rooms_measure(struct parser *);
void widths_check(struct parser *);
void capacities_check(struct parser *);

/* blocks.c, tables.c */
bool block_read(struct parser *, struct conf_section *, struct block *out);
void list_block_read(struct parser *, struct conf_section *, struct block *out);
void track_parse(struct parser *, struct str text, struct where at, bool fit,
                 struct track *out);
void cells_join(struct parser *, struct grid_row *rows, size_t row_count, size_t columns);
/* The blocks that `[fields x]` stands for: all fields, then a heading and a table a list. */
size_t fields_expand(struct parser *, struct conf_section *, struct block **out);

#endif
