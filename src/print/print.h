/* print.h: the main line: one record, one output, one PDF. Read print.c first. */
#ifndef PRINT_PRINT_H
#define PRINT_PRINT_H

#include "base/buf.h"
#include "font/font.h"
#include "layout/layout.h"
#include "pdf/pdf.h"
#include "print/settings.h"
#include "record/record.h"
#include "rules/rules.h"
#include "seal/cms.h"
#include "seal/issue.h"
#include "text/text.h"

/* The program's: files say which one made them. */
#define RELEASE "0.2.0"

/* Everything that is loaded once: filled by service_open, then only read (fonts, text and pdf
 * keep caches inside, so one request at a time). */
struct service {
    const char *home;
    const struct kinds *kinds;
    const struct rules *rules;
    const struct layouts *layouts;
    struct fonts *fonts;
    struct text *text;
    struct pdf_tools *pdf;
    const struct keys *keys;
    struct issuer *issuer;
    struct cms_trust *trust; /* opened where files cannot be later on; NULL: when needed */
    struct settings settings;
    struct arena *sheet; /* one page at a time */
    struct arena *faces; /* fonts and text lie in it, and what they remember */
    bool stale;          /* memory ended: what these remember is not to be trusted */
};

/* Adds every fault of the configuration; false when there is any. Close either way. */
bool service_open(struct arena *, const char *home, struct service *out,
                  struct err *) MUST_CHECK;
/* Opens the certificates that are trusted, before a sandbox is entered. */
bool service_trust(struct service *, struct arena *, struct err *) MUST_CHECK;
/* Opens fonts and text; what was open before is closed. */
bool service_fonts(struct service *, struct err *) MUST_CHECK;
void service_close(struct service *);
/* What lies between a layout and other files: the statuses and font chains that it names. */
void service_check(const struct service *, const struct layout *, struct err *);

/* What the rules say of this record and output; a refusal is added with its rule. */
bool print_permitted(const struct service *, struct arena *, const struct record *,
                     const struct output *, struct err *) MUST_CHECK;

enum { PRINT_DPI = 300, PRINT_DPI_LEAST = 150, PRINT_DPI_MOST = 2400 };

/* The ids of every output that is permitted; when none is, the first, so that its refusal
 * answers. Never empty. */
size_t print_permitted_all(const struct service *, struct arena *, const struct record *,
                           const struct str **outputs);

/* 副本 2: what a duplicate is marked with. */
bool print_copy_valid(struct str);

struct print_request {
    const struct record *record;
    const struct rights *rights; /* narrow what the rules allow; NULL: they do not */
    struct str output;           /* "goods_list" */
    enum pdf_profile profile;
    struct str printed_at;           /* RFC 3339, or empty: not printed */
    int dpi;                         /* of the printer; 0: PRINT_DPI */
    struct str seal_text;            /* rendering again: its seal; empty: one is issued */
    const struct cms_signer *signer; /* of the file, if it is a formal paper; or NULL */
    struct str signed_at;            /* RFC 3339; empty: when it was sealed */
    struct str copy;                 /* 副本 2, of a duplicate; else empty */
    bool trial;                      /* nobody is to have it: where the sealer refuses it, its
                                      * seal is a stand-in */
    struct buf *dump;                /* the pages as text are added here, for tests; or NULL */
};

/* What the bytes of its papers depend on besides record and output, as the registry keeps it:
 * "profile=1b dpi=203 printed_at=… signed". What is usual is left out, so that it is the same
 * paper whether it was asked for or not. Of a request only, not of a copy (issue). */
struct str print_parameters(struct arena *, const struct print_request *);

/* May the request be printed: its rights and the rules. *output: the record's. */
bool print_may(const struct service *, struct arena *, const struct print_request *,
               const struct output **output, struct err *) MUST_CHECK;

struct print_answer {
    const struct output *output;
    struct str layout; /* the digest of the one in effect */
    struct seal seal;
    size_t pages;
    uint64_t faces; /* bits: faces embedded */
};

/* The digest of the names and files of these faces. */
struct str print_fonts(struct arena *, const struct service *, uint64_t faces);

/* PDF bytes appended to out; on failure it is as it was. arena: one a request, of the family of
 * service_open's. Here a document begins, and here it is left where memory ends on the way:
 * MEMORY_LIMIT, the arena is as it was, and the next document opens the fonts anew. */
bool print_one(struct service *, struct arena *, const struct print_request *,
               struct print_answer *, struct buf *out, struct err *) MUST_CHECK;

/* The bytes that print_one made or would make, with no question to the rules: to compare with a
 * paper that was issued once. It answers no request for one. */
bool print_again(struct service *, struct arena *, const struct print_request *,
                 struct print_answer *, struct buf *out, struct err *) MUST_CHECK;

/* What print_one would find, permitted or not: every page is planned and drawn, and no PDF is
 * written. For those who ask beforehand; it answers no request for a paper. */
bool print_try(struct service *, struct arena *, const struct print_request *,
               struct print_answer *, struct err *) MUST_CHECK;

#endif
