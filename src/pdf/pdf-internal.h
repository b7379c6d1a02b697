/* pdf-internal.h: what the files of this folder share.
 *
 *   pdf.c      the document: pages are kept compressed, everything is put together at the end
 *   content.c  a page's content stream: rules, boxes, modules, outlines
 *   runs.c     runs as text: which CID shows which glyph, and what it stands for
 *   embed.c    font objects of the faces that were shown
 *   unicode.c  ToUnicode tables, UTF-16 strings
 *   object.c   objects, cross-reference table and saving, by libharu
 *
 * Numbers in content streams are made of integers: no floating point, no locale. */
#ifndef PDF_INTERNAL_H
#define PDF_INTERNAL_H

#include "pdf/pdf.h"

/* ---- glyphs shown */

/* One glyph of a face in this document. text: what it stands for. When `weak`, text is a
 * makeshift, and every run that shows the glyph carries its own text in an ActualText span. */
struct shown {
    uint32_t glyph;
    int width; /* thousandths of the em */
    uint16_t cid;
    bool weak;
    struct str text;
};

enum { GLYPHS_MOST = 65536, GLYPH_PAGE = 256, GLYPH_PAGES = GLYPHS_MOST / GLYPH_PAGE };

struct shown_face {
    int face;
    bool cff;
    struct shown *glyphs; /* in order of first use */
    size_t count, room;
    uint16_t *index[GLYPH_PAGES]; /* glyph → place in glyphs + 1 */
};

/* A page, finished: its content stream is compressed already. */
struct sheet {
    mpt width, height;
    struct str content;
    struct sheet *next;
};

/* What the content stream has set so far on this page. */
struct pen_state {
    bool marked, text; /* inside BMC … EMC; inside BT … ET */
    uint32_t fill, stroke;
    mpt width; /* of lines */
    int face;  /* -1: no font chosen */
    mpt size;
};

struct pdf {
    struct arena *arena;
    struct fonts *fonts;
    struct pdf_info info;
    struct shown_face *faces[FONTS_FACES_MOST];
    struct sheet *first, *last;
    struct libdeflate_compressor *compressor, *fast;
    struct buf content; /* of the page being written */
    struct buf packed;  /* the same, compressed */
    struct pen_state pen;
    bool missing;   /* a run had a glyph that its face does not have */
    bool no_memory; /* something did not fit into `content` or `packed` */
};

/* ---- content streams */

void content_write(struct pdf *, const struct page *);
void content_run(struct pdf *, const struct page *, const struct run *);
void put_integer(struct buf *, int64_t);
/* thousandths, with at most three decimals: 10500 is 10.5 */
void put_length(struct buf *, int64_t);
void put_point(struct buf *, const struct page *, mpt x, mpt y);

/* The glyph's entry in the document, made when it is new. */
struct shown *shown_glyph(struct pdf *, int face, uint32_t glyph);

/* ---- fonts and strings */

struct objects;

/* Adds the face's font to the document. */
bool font_object(struct pdf *, struct objects *, const struct shown_face *, unsigned *number,
                 struct err *);
/* Sorted by CID. */
void unicode_table(struct buf *, const struct shown *, size_t count);
/* <FEFF…>: any text as a PDF string. */
void put_text_string(struct buf *, struct str);
/* The units of UTF-16, big endian, as hexadecimal digits. */
void put_utf16(struct buf *, struct str);
/* A zlib stream of the bytes, in the document's arena. */
struct str pdf_deflate(struct pdf *, struct libdeflate_compressor *, struct str bytes);

/* ---- objects: numbers are those of the file; 0 and silence after the first failure */

struct objects *objects_open(struct arena *);
void objects_close(struct objects *);
/* text: what stands between << and >> */
unsigned object_dict(struct objects *, struct str text);
/* bytes are written as they are; keys say how to read them (/Filter …). Length is added. */
unsigned object_stream(struct objects *, struct str keys, struct str bytes);
void object_page(struct objects *, struct str text);
/* Writes the whole file. catalog, info and trailer: further keys of these dictionaries. */
bool objects_save(struct objects *, struct str catalog, struct str info, struct str trailer,
                  struct buf *out, struct err *);

#endif
