/* pdf.h: pages → PDF bytes: PDF/A-3u and PDF/UA-1, or PDF/A-1b. The only user of libharu (its
 * object layer: never its fonts, text encoding, measuring, PDF/A, ID, attachment or encryption
 * calls) and of libdeflate. Same pages, fonts and info: same bytes. Pages come one at a time,
 * are compressed and written when they come, and forgotten. */
#ifndef PDF_PDF_H
#define PDF_PDF_H

#include "font/font.h"
#include "page/page.h"

/* 3u: PDF 1.7, tagged, with attachments. 1b: PDF 1.4, neither tags nor attachments. */
enum pdf_profile { PDF_A3U, PDF_A1B };

struct pdf_file {
    struct str name, type; /* "record.json", "application/json" */
    struct str about;      /* one sentence */
    const char *relation;  /* AFRelationship: "Source", "Supplement" */
    struct str bytes;
};

struct pdf_info {
    enum pdf_profile profile;
    size_t pages;       /* how many will come */
    struct str title;   /* 展览会备案申请表 */
    struct str subject; /* the first number */
    struct str author;  /* who made the record: the operator's unit */
    struct str note;    /* 样式为参考，非官方格式文书原样 */
    struct str created; /* RFC 3339: when it was sealed; the only date of the file */
    /* What it takes to render it again: */
    struct str output, layout, release; /* goods_list, a digest, 0.2.0 */
    struct str printed_at, copy;        /* a time, 副本 2; empty: the paper shows none */
    struct str seal;                    /* where it cannot be attached; or empty */
    int dpi;                            /* of the printer for which its codes are drawn */
    const struct pdf_file *files;       /* attached, unless the profile forbids it */
    size_t file_count;
    uint8_t id[16];       /* both halves of the ID */
    size_t signature;     /* bytes to keep free for a signature; 0: it will not be signed */
    struct str signed_at; /* RFC 3339: when it is */
};

struct pdf;

/* What is kept from one document to the next: compressors, and what they made of bytes that
 * come again. One document at a time. NULL: no memory. */
struct pdf_tools;
/* Of the family of this arena; closed before it ends. */
struct pdf_tools *pdf_tools_open(struct arena *);
void pdf_tools_close(struct pdf_tools *); /* NULL is fine */

/* The place of the signature in a file, its < and > included: everything else is signed. */
struct pdf_gap {
    size_t at, end;
};

/* What came out. */
struct pdf_made {
    uint64_t faces; /* as bits, which faces were embedded (for the report) */
    struct pdf_gap gap;
};

/* "3u", "1b": as on the command line and in the metadata. */
bool pdf_profile_find(struct str name, enum pdf_profile *out);
const char *pdf_profile_name(enum pdf_profile);

/* The file is appended to out. info and what it points to outlive the pdf. */
struct pdf *pdf_open(struct arena *, struct pdf_tools *, struct fonts *,
                     const struct pdf_info *, struct buf *out);
/* The page's arena is used for scratch. Modules and images outlive the pdf: those at the same
 * place are taken for the same. */
void pdf_page(struct pdf *, const struct page *);
/* Subsets and embeds the fonts, writes the rest, frees libharu's memory whatever happens; on
 * failure out is as it was. made may be NULL. */
bool pdf_close(struct pdf *, struct pdf_made *made, struct err *) MUST_CHECK;

/* What a file with this gap signs. */
void pdf_digest(struct str file, struct pdf_gap, uint8_t digest[32]);
/* Fills the gap of this file with the signature's bytes. */
bool pdf_sign(char *file, struct pdf_gap, struct str signature, struct err *) MUST_CHECK;

/* How a file is signed: not at all, the way this program does, or any other way: with bytes
 * that are not signed, or with another revision behind. */
enum pdf_signed { PDF_UNSIGNED, PDF_SIGNED, PDF_SIGNED_OTHERWISE };

struct pdf_signature {
    struct pdf_gap gap;
    struct str signature;
    struct str signed_at; /* RFC 3339, as the file says */
};

/* Of a file of unknown origin. PDF_SIGNED does not say that the signature is right: that is to
 * be asked of the signature and pdf_digest. */
enum pdf_signed pdf_signature(struct arena *, struct str file, struct pdf_signature *out);

#endif
