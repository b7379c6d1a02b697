/* pdf-internal.h: what the files of this folder share.
 *
 *   pdf.c      the document: pages are written as they come, the rest at the end
 *   content.c  a page's content stream: marks, rules, boxes, modules
 *   outline.c  text drawn as outlines
 *   runs.c     runs as text
 *   shown.c    the glyphs shown: their CIDs, and what they stand for
 *   tags.c     the structure tree
 *   form.c     drawings that pages have in common
 *   image.c    pictures: placed on a page, and as objects
 *   embed.c    font objects of the faces that were shown
 *   unicode.c  ToUnicode tables, UTF-16 strings
 *   archive.c  what PDF/A asks of the catalog: colours, attachments
 *   xmp.c      metadata, and the Info dictionary that says the same
 *   signature.c  a signature's place and field; how a file is signed
 *   object.c   objects and page tree, by libharu
 *   pack.c     compression, and what is kept of it between documents
 *   fragments.c  CFF font programs, compressed outline by outline
 *   save.c     the file: object streams and cross-reference stream, or the classic table
 *
 * Numbers in content streams are made of integers: no floating point, no locale. */
#ifndef PDF_INTERNAL_H
#define PDF_INTERNAL_H

#include "pdf/pdf.h"

/* ---- glyphs shown */

/* One glyph of a face in this document. text: what it stands for; until that is known, cid is
 * 0. When `weak`, text is a makeshift, and every run that shows the glyph carries its own text
 * in an ActualText span. */
struct shown {
    uint32_t glyph;
    int width; /* thousandths of the em */
    uint16_t cid;
    bool weak;
    struct str text;
};

enum { NUMBERS_MOST = 8388607 }; /* objects of a PDF/A */
enum { GLYPHS_MOST = 65536, NUMBERS_PAGE = 256, NUMBERS_PAGES = GLYPHS_MOST / NUMBERS_PAGE };
enum { CID_SECOND = 0xE000 }; /* more than its number: the second glyph of a letter or digit */

/* A place + 1 for each glyph or CID, or 0. */
struct number_map {
    uint16_t *pages[NUMBERS_PAGES];
};

struct shown_face {
    int face;
    bool cff;
    struct shown *glyphs; /* in order of first use */
    size_t count, room;
    struct number_map by_glyph, by_cid; /* places in glyphs */
    unsigned last_cid;                  /* that is no character's own */
};

/* Marked content: the element or artifact that owns it, and what a span of it says besides. */
struct mark {
    int owner; /* an element, or one of the following */
    const char *language;
    struct str actual; /* what it says, where its glyphs do not say so */
};

enum { MARK_NONE = 0, MARK_LAYOUT = -1, MARK_PAGINATION = -2, MARK_WATERMARK = -3 };

/* What the content stream has set so far on this page. */
struct pen_state {
    struct mark mark; /* that is open */
    int depth;        /* how many of BDC */
    bool text;        /* inside BT … ET */
    int64_t x, y;     /* where its line begins, from the page's lower left corner */
    uint32_t fill, stroke;
    mpt width; /* of lines */
    enum dash dash;
    int face; /* -1: no font chosen */
    mpt size;
};

/* The marked content of a page: its MCID is the place in the array. */
struct marks {
    int *elements;
    size_t count, room;
};

struct objects;
struct tags;

/* An image of the document; its place in the list is its name. */
struct pdf_image {
    const struct image *image;
    struct pdf_image *next;
};

/* A signature's field and place; all 0 in a file that is not to be signed. */
struct pdf_signing {
    unsigned widget, sheet; /* objects: the field, the first page */
    struct pdf_gap gap;
};

struct pdf {
    struct arena *arena;
    struct pdf_tools *tools;
    struct fonts *fonts;
    struct pdf_info info;
    struct buf *out;
    size_t start; /* of the file in out */
    struct shown_face *faces[FONTS_FACES_MOST];
    struct objects *objects;
    struct pdf_image *images;
    struct pdf_form *forms;
    struct buf rules;  /* those drawn last that are no form */
    struct tags *tags; /* NULL: the profile has none */
    size_t page_count;
    unsigned resources; /* of all pages */
    unsigned unicode;   /* the ToUnicode table of most fonts; 0: not written yet */
    struct pdf_signing signing;
    struct buf content; /* of the page being written; scratch afterwards */
    struct owned *owned;
    struct pen_state pen;
    const struct run *said; /* the last run of this page, and its element */
    int said_in;
    struct marks marks; /* of the page being written */
    bool missing;       /* a run had a glyph that its face does not have */
    bool no_memory;     /* something did not fit into `content` */
    const char *beyond; /* the limit of PDF/A that something exceeds, or NULL */
};

/* ---- content streams */

void content_write(struct pdf *, const struct page *);
/* Ends what is open, if it is anything else, and begins this. */
void content_enter(struct pdf *, const struct page *, struct mark, bool text);
void content_run(struct pdf *, const struct page *, const struct run *, int owner);
void content_outline(struct pdf *, const struct page *, const struct outline *);
/* What was drawn since `from` becomes a form, if later pages may draw the same. */
void content_share(struct pdf *, const struct page *, size_t from);
/* So do rules, when they are those of the page before: true, and the pen is as it was. */
bool content_share_rules(struct pdf *, const struct page *, size_t from);
/* The XObject that draws the modules, in the unit square. */
unsigned stencil_number(struct pdf *, const struct matrix *);
void content_image(struct pdf *, const struct page *, const struct picture *);
void put_integer(struct buf *, int64_t);
/* <key>12 0 R */
void put_reference(struct buf *, const char *key, unsigned number);
/* value / 10^places (at most 6), without trailing zeros. */
void put_decimal(struct buf *, int64_t value, int places);
/* thousandths, with at most three decimals: 10500 is 10.5 */
void put_length(struct buf *, int64_t);
void put_point(struct buf *, const struct page *, mpt x, mpt y);

/* The glyph's entry in the document, made when it is new. */
struct shown *shown_glyph(struct pdf *, int face, uint32_t glyph);
/* Lets the glyph stand for the text; false when it already stands for another. */
bool shown_stands_for(struct pdf *, int face, uint32_t glyph, struct str text, bool weak);
/* The face's glyphs that stand for something: those of all runs that were written. */
const struct shown **shown_by_cid(struct arena *, const struct shown_face *);

/* ---- structure */

struct tags *tags_open(struct arena *, struct objects *);
void tags_close(struct tags *); /* NULL is fine */
/* The elements of a page whose content stream was just written; sheet: the page's object. */
void tags_page(struct pdf *, const struct page *, unsigned sheet);
/* The element of a form's field; returns the field's key in the tree. After all pages. */
size_t tags_widget(struct pdf *, unsigned sheet, unsigned widget);
/* What all pages share; returns the number of the tree's root. */
unsigned tags_root(struct pdf *);

/* ---- fonts and strings */

/* Entries of the resources' XObject: every form, every image that was shown. */
void put_forms(struct pdf *, struct buf *out);
void put_images(struct pdf *, struct buf *out);
/* Adds the face's font to the document. */
bool font_object(struct pdf *, const struct shown_face *, unsigned *number, struct err *);
/* What CIDs stand for. usual: what those of usual characters do; rest (sorted by CID): what
 * else there is to say. */
void unicode_table(struct buf *, bool usual, const struct shown *const *rest, size_t count);
/* Whether what is usual is right for these glyphs (sorted by CID), and those of which it says
 * nothing; else all of them. rest: room for them all. */
bool unicode_rest(const struct shown *const *glyphs, size_t count, const struct shown **rest,
                  size_t *rest_count);
/* The only character of the text if it is one UTF-16 unit, else 0. */
uint32_t text_unit(struct str text);
/* <FEFF…>: any text as a PDF string. */
void put_text_string(struct buf *, struct str);
/* Whether it keeps to the 32,767 bytes that PDF/A allows. */
bool text_string_fits(struct str);
/* The units of UTF-16, big endian, as hexadecimal digits. */
void put_utf16(struct buf *, struct str);

/* ---- catalog, metadata */

/* Keys of the catalog: colours, attachments, metadata, structure. */
bool put_catalog(struct pdf *, struct buf *out, struct err *);
/* The XMP packet. False: a value has a character that XML forbids. */
bool put_xmp(struct buf *, const struct pdf_info *);
void put_info(struct buf *, const struct pdf_info *);
/* <key>(D:20240506070809+08'00') of an RFC 3339 time; nothing when it has another form. */
void put_date(struct buf *, const char *key, struct str time);

/* ---- compression */

/* best: what comes again in other documents; text: what is worth some time; fast: the rest. */
enum pack { PACK_BEST, PACK_TEXT, PACK_FAST, PACKS };

/* Appends a zlib stream of the bytes. False: no memory. */
bool tools_pack(struct pdf_tools *, struct str bytes, enum pack, struct buf *out) MUST_CHECK;

struct fragments *fragments_open(struct arena *);
struct fragments *tools_fragments(const struct pdf_tools *);

/* The outline that was drawn last. */
struct drawn *drawn_new(struct arena *);
struct drawn *tools_drawn(const struct pdf_tools *);
/* A zlib stream of a CFF program of these glyphs of the face. */
struct str fragments_pack(struct fragments *, struct arena *, int face,
                          const struct font_program *, const uint32_t *glyphs);

/* ---- signature: nothing happens in a file that is not to be signed */

void signature_open(struct pdf *);
/* Key of a page: the first one bears the field. */
void put_annotations(struct pdf *, struct buf *out);
/* Key of the catalog. After all pages, before tags_root. */
void put_signature(struct pdf *, struct buf *out);
/* The file is complete: says which bytes of it are signed. */
void signature_close(struct pdf *);

/* ---- objects: numbers are those of the file; 0 and silence after the first failure */

struct objects *objects_open(struct arena *, struct pdf_tools *, const struct pdf_info *,
                             struct buf *out);
void objects_close(struct objects *);
/* text: what stands between << and >> */
unsigned object_dict(struct objects *, struct str text);
/* A dictionary that is referred to before it is known; object_fill gives its text. */
unsigned object_reserve(struct objects *);
void object_fill(struct objects *, unsigned number, struct str text);
/* Written at once, bytes as they are; keys say how to read them (/Filter …), without Length. */
unsigned object_stream(struct objects *, struct str keys, struct str bytes);
/* The same, compressed here. */
unsigned object_packed(struct objects *, struct str keys, struct str bytes, enum pack);
/* Written at once and plain; *at: where in the file `whole` begins. */
unsigned object_plain(struct objects *, struct str whole, size_t *at);
unsigned object_page(struct objects *, struct str text);
/* Structure elements, of which there are many, never become objects of libharu: they have
 * numbers of their own and whole objects as text, which are written as they come. */
unsigned object_number(struct objects *);
void object_text(struct objects *, unsigned number, struct str whole);
/* What was written so will come again in other documents, and is packed by itself. */
void object_text_again(struct objects *);
/* Writes what is left of the file. catalog, info and trailer: further keys of these. */
bool objects_save(struct objects *, struct str catalog, struct str info, struct str trailer,
                  struct err *);

/* ---- the file */

struct place {
    uint32_t at;    /* offset in the file, or number of the object stream */
    uint16_t index; /* in the object stream */
    uint8_t type;   /* 0 free, 1 plain, 2 in an object stream */
};

struct saver {
    struct arena *arena;
    struct pdf_tools *tools;
    struct buf *out;
    size_t start;         /* where the file begins in out */
    bool classic;         /* PDF 1.4: neither object streams nor cross-reference stream */
    bool fast;            /* text is packed fast: there is little of it, or very much */
    struct place *places; /* by number */
    size_t count, room;
    unsigned next;         /* of the own numbers */
    struct buf head, body; /* of the object stream being filled */
    unsigned stream, held; /* its number, and how many objects it has */
    struct buf packed;
    bool failed;
};

void saver_open(struct saver *, struct arena *, struct pdf_tools *, const struct pdf_info *,
                unsigned first, struct buf *out);
void saver_close(struct saver *);
void saver_object(struct saver *, unsigned number, struct str whole);
size_t saver_plain(struct saver *, unsigned number, struct str whole); /* where whole begins */
void saver_stream(struct saver *, unsigned number, struct str keys, struct str bytes);
void saver_packed(struct saver *, unsigned number, struct str keys, struct str bytes,
                  enum pack);
void saver_flush(struct saver *, enum pack);
/* trailer: its keys but Size. */
void saver_finish(struct saver *, struct str trailer);

#endif
