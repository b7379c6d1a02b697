/* object.c: objects and page tree: the whole use of libharu.
 *
 * Dictionaries are ready text that libharu writes through its write_fn; one cell for each key
 * would cost 128 bytes and a conversion. A stream is written when it is made: what libharu
 * keeps is a null object that holds its number.
 * libharu's memory is malloc's, because its pool aligns nothing and its allocator is told of no
 * arena; when memory ends in the middle of a document, the arena closes it. */
#include "pdf/pdf-internal.h"

#include <hpdf.h>

enum {
    PAGES_A_NODE = 256,
    /* Numbers below the own ones, besides those of pages: those of a usual paper's fonts and
     * the rest. Where more are needed, objects take own ones too. */
    NUMBERS_FIXED = 48,
    NUMBERS_A_PAGE = 3, /* the page, its contents, its share of a node */
    NUMBERS_KEPT = 2,   /* of these, for a page to come: only libharu makes pages and nodes */
    OBJECT_MOST = 64 << 20,
};

struct objects {
    struct arena *arena;
    HPDF_Doc doc;
    HPDF_Pages node;          /* takes the next page */
    size_t page_count, pages; /* there are, there will be */
    unsigned own;             /* the first number that is not libharu's */
    struct saver saver;
    struct owned *owned;
    HPDF_Stream stream; /* that objects are written to */
    bool failed;
};

static HPDF_STATUS write_text(HPDF_Dict dict, HPDF_Stream out)
{
    const struct str *text = dict->attr;

    return text->n == 0
               ? HPDF_OK
               : HPDF_Stream_Write(out, (const HPDF_BYTE *)text->p, (HPDF_UINT)text->n);
}

static void set_text(struct objects *objects, HPDF_Dict dict, struct str text)
{
    struct str *copy = NEW(objects->arena, struct str);

    *copy = str_copy(objects->arena, text);
    dict->attr = copy;
    dict->write_fn = write_text;
}

/* A number for the object, which libharu frees; 0 when it is not there. */
static unsigned add(struct objects *objects, void *object)
{
    const HPDF_Obj_Header *header = object;
    unsigned number;

    if (!object || HPDF_Xref_Add(objects->doc->xref, object) != HPDF_OK) {
        objects->failed = true;
        return 0;
    }
    number = header->obj_id & 0x00FFFFFF;
    objects->failed = number >= objects->own && !objects->saver.classic;
    return objects->failed ? 0 : number;
}

/* Whether the next object has to be one of the saver's alone. */
static bool is_full(const struct objects *objects)
{
    size_t to_come =
        objects->pages > objects->page_count ? objects->pages - objects->page_count : 0;

    return !objects->failed && !objects->saver.classic &&
           objects->doc->xref->entries->count + NUMBERS_KEPT * to_come >= objects->own;
}

static HPDF_Dict new_dict(struct objects *objects, struct str text, unsigned *number)
{
    HPDF_Dict dict = objects->failed ? NULL : HPDF_Dict_New(objects->doc->mmgr);

    *number = add(objects, dict);
    if (*number == 0)
        return NULL;
    set_text(objects, dict, text);
    return dict;
}

static void objects_drop(void *what)
{
    struct objects *objects = what;

    saver_close(&objects->saver);
    if (objects->stream)
        HPDF_Stream_Free(objects->stream);
    if (objects->doc)
        HPDF_Free(objects->doc);
    objects->doc = NULL;
}

struct objects *objects_open(struct arena *arena, struct pdf_tools *tools,
                             const struct pdf_info *info, struct buf *out)
{
    struct objects *objects = NEW(arena, struct objects);

    objects->owned = arena_own(arena, objects_drop, objects);

    objects->arena = arena;
    objects->pages = info->pages;
    objects->doc = HPDF_NewEx(NULL, NULL, NULL, 0, NULL);
    objects->own = NUMBERS_FIXED + NUMBERS_A_PAGE * (unsigned)info->pages;
    objects->failed = !objects->doc;
    if (objects->doc)
        objects->node = objects->doc->root_pages;
    saver_open(&objects->saver, arena, tools, info, objects->own, out);
    return objects;
}

void objects_close(struct objects *objects)
{
    owned_close(objects->owned);
}

unsigned object_dict(struct objects *objects, struct str text)
{
    unsigned number;

    if (is_full(objects)) {
        number = object_number(objects);
        object_text(objects, number, str_printf(objects->arena, "<<%.*s>>", STR_ARG(text)));
        return number;
    }
    new_dict(objects, text, &number);
    return number;
}

unsigned object_reserve(struct objects *objects)
{
    return object_dict(objects, STR_NONE);
}

void object_fill(struct objects *objects, unsigned number, struct str text)
{
    HPDF_XrefEntry entry = number ? HPDF_Xref_GetEntry(objects->doc->xref, number) : NULL;

    if (entry)
        set_text(objects, entry->obj, text);
}

static unsigned stream_number(struct objects *objects)
{
    if (is_full(objects))
        return object_number(objects);
    return add(objects, objects->failed ? NULL : HPDF_Null_New(objects->doc->mmgr));
}

unsigned object_stream(struct objects *objects, struct str keys, struct str bytes)
{
    unsigned number = stream_number(objects);

    if (number)
        saver_stream(&objects->saver, number, keys, bytes);
    return number;
}

unsigned object_plain(struct objects *objects, struct str whole, size_t *at)
{
    unsigned number = stream_number(objects);

    *at = number ? saver_plain(&objects->saver, number, whole) : 0;
    return number;
}

unsigned object_packed(struct objects *objects, struct str keys, struct str bytes,
                       enum pack pack)
{
    unsigned number = stream_number(objects);

    if (number)
        saver_packed(&objects->saver, number, keys, bytes, pack);
    return number;
}

unsigned object_page(struct objects *objects, struct str text)
{
    unsigned number;
    HPDF_Dict page = new_dict(objects, text, &number);

    if (!page)
        return 0;
    /* The first node is the root itself; a second one is opened only where the first is full,
     * and then as its kid: readers of small files find a flat tree. */
    if (objects->page_count > 0 && objects->page_count % PAGES_A_NODE == 0)
        objects->node =
            HPDF_Pages_New(objects->doc->mmgr, objects->doc->root_pages, objects->doc->xref);
    if (!objects->node || HPDF_Pages_AddKids(objects->node, page) != HPDF_OK) {
        objects->failed = true;
        return 0;
    }
    /* Only now: AddKids takes a dictionary of this class for a page made by libharu. */
    page->header.obj_class |= HPDF_OSUBCLASS_PAGE;
    objects->page_count++;
    return number;
}

unsigned object_number(struct objects *objects)
{
    return objects->saver.next++;
}

void object_text(struct objects *objects, unsigned number, struct str whole)
{
    saver_object(&objects->saver, number, whole);
}

void object_text_again(struct objects *objects)
{
    saver_flush(&objects->saver, PACK_BEST);
}

/* ---- saving */

static HPDF_STATUS write_to_buf(HPDF_Stream stream, const HPDF_BYTE *bytes, HPDF_UINT n)
{
    struct buf *out = stream->attr;

    buf_add(out, bytes, n);
    return out->failed ? HPDF_FAILD_TO_ALLOC_MEM : HPDF_OK;
}

/* Every object but streams, which are in the file already. */
static bool write_objects(struct objects *objects)
{
    HPDF_Xref xref = objects->doc->xref;
    struct buf *text = buf_new(objects->arena, OBJECT_MOST);
    HPDF_Stream stream = HPDF_CallbackWriter_New(objects->doc->mmgr, write_to_buf, text);
    bool ok = stream != NULL;

    objects->stream = stream;
    for (HPDF_UINT i = 1; ok && i < xref->entries->count; i++) {
        HPDF_XrefEntry entry = HPDF_Xref_GetEntry(xref, i);
        const HPDF_Obj_Header *header = entry->obj;

        if (header->obj_class == HPDF_OCLASS_NULL)
            continue;
        buf_clear(text);
        ok = HPDF_Obj_WriteValue(entry->obj, stream, NULL) == HPDF_OK;
        saver_object(&objects->saver, i, buf_view(text));
    }
    buf_release(text);
    return ok;
}

static bool save(struct objects *objects, struct str catalog, struct str info,
                 struct str trailer)
{
    HPDF_Doc doc = objects->doc;

    if (objects->failed)
        return false;
    HPDF_Dict_RemoveElement(doc->info, "Producer");
    set_text(objects, doc->catalog, catalog);
    set_text(objects, doc->info, info);
    if (!write_objects(objects))
        return false;
    saver_finish(&objects->saver,
                 str_printf(objects->arena, "/Root %u 0 R/Info %u 0 R%.*s",
                            doc->catalog->header.obj_id & 0x00FFFFFF,
                            doc->info->header.obj_id & 0x00FFFFFF, STR_ARG(trailer)));
    return !objects->saver.failed;
}

bool objects_save(struct objects *objects, struct str catalog, struct str info,
                  struct str trailer, struct err *err)
{
    const struct buf *out = objects->saver.out;

    if (save(objects, catalog, info, trailer) && !out->failed)
        return true;
    if (objects->saver.next > NUMBERS_MOST)
        return err_add(err, PROFILE_LIMIT, where_none(), "超出 PDF/A 的限度：%d 个对象",
                       "beyond what PDF/A can hold: %d objects", (int)NUMBERS_MOST);
    if (out->failed || objects->saver.failed)
        return err_add(err, MEMORY_LIMIT, where_none(), "PDF 超过 %zu 字节或所需内存不足",
                       "the PDF is larger than %zu bytes, or memory is short", out->max);
    return err_add(err, PDF_BACKEND, where_none(), "libharu 报告错误 0x%04lX",
                   "libharu reports error 0x%04lX",
                   objects->doc ? objects->doc->error.error_no : 0UL);
}
