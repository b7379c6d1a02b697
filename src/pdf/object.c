/* object.c: objects, page tree, cross-reference table and saving: the whole use of libharu.
 *
 * Dictionaries are ready text that libharu writes through its write_fn; one cell for each key
 * would cost 128 bytes and a conversion. A stream is a dictionary whose after_write_fn writes
 * the bytes behind it: so its Length is direct, and nothing is copied.
 * libharu's own pool is not used: it hands out memory without any alignment. */
#include "pdf/pdf-internal.h"

#include <hpdf.h>

enum { PAGES_A_NODE = 256 };

/* What a dictionary's attr points to. */
struct body {
    struct str text, bytes;
    HPDF_Stream out;
};

struct objects {
    struct arena *arena;
    HPDF_Doc doc;
    HPDF_Pages node; /* takes the next page */
    size_t page_count;
    bool failed;
};

static HPDF_STATUS write_text(HPDF_Stream out, struct str text)
{
    return text.n == 0 ? HPDF_OK
                       : HPDF_Stream_Write(out, (const HPDF_BYTE *)text.p, (HPDF_UINT)text.n);
}

static HPDF_STATUS write_body(HPDF_Dict dict, HPDF_Stream out)
{
    struct body *body = dict->attr;

    body->out = out;
    return write_text(out, body->text);
}

static HPDF_STATUS write_bytes(HPDF_Dict dict)
{
    const struct body *body = dict->attr;
    HPDF_STATUS status = write_text(body->out, STR("\nstream\n"));

    if (status == HPDF_OK)
        status = write_text(body->out, body->bytes);
    return status == HPDF_OK ? write_text(body->out, STR("\nendstream")) : status;
}

static void set_body(struct objects *objects, HPDF_Dict dict, struct str text)
{
    struct body *body = NEW(objects->arena, struct body);

    body->text = str_copy(objects->arena, text);
    dict->attr = body;
    dict->write_fn = write_body;
}

static HPDF_Dict new_dict(struct objects *objects, struct str text)
{
    HPDF_Dict dict = objects->failed ? NULL : HPDF_Dict_New(objects->doc->mmgr);

    if (!dict || HPDF_Xref_Add(objects->doc->xref, dict) != HPDF_OK) {
        objects->failed = true;
        return NULL;
    }
    set_body(objects, dict, text);
    return dict;
}

static unsigned number_of(HPDF_Dict dict)
{
    return dict ? dict->header.obj_id & 0x00FFFFFF : 0;
}

struct objects *objects_open(struct arena *arena)
{
    struct objects *objects = NEW(arena, struct objects);

    objects->arena = arena;
    objects->doc = HPDF_NewEx(NULL, NULL, NULL, 0, NULL);
    objects->failed = !objects->doc;
    if (objects->doc)
        objects->node = objects->doc->root_pages;
    return objects;
}

void objects_close(struct objects *objects)
{
    if (objects->doc)
        HPDF_Free(objects->doc);
    objects->doc = NULL;
}

unsigned object_dict(struct objects *objects, struct str text)
{
    return number_of(new_dict(objects, text));
}

unsigned object_stream(struct objects *objects, struct str keys, struct str bytes)
{
    HPDF_Dict dict = new_dict(
        objects, str_printf(objects->arena, "%.*s/Length %zu", STR_ARG(keys), bytes.n));

    if (dict) {
        ((struct body *)dict->attr)->bytes = bytes;
        dict->after_write_fn = write_bytes;
    }
    return number_of(dict);
}

void object_page(struct objects *objects, struct str text)
{
    HPDF_Dict page = new_dict(objects, text);

    if (!page)
        return;
    /* The first node is the root itself; a second one is opened only where the first is full,
     * and then as its kid: readers of small files find a flat tree. */
    if (objects->page_count > 0 && objects->page_count % PAGES_A_NODE == 0)
        objects->node =
            HPDF_Pages_New(objects->doc->mmgr, objects->doc->root_pages, objects->doc->xref);
    if (!objects->node || HPDF_Pages_AddKids(objects->node, page) != HPDF_OK) {
        objects->failed = true;
        return;
    }
    /* Only now: AddKids takes a dictionary of this class for a page made by libharu. */
    page->header.obj_class |= HPDF_OSUBCLASS_PAGE;
    objects->page_count++;
}

static HPDF_STATUS write_to_buf(HPDF_Stream stream, const HPDF_BYTE *bytes, HPDF_UINT n)
{
    struct buf *out = stream->attr;

    buf_add(out, bytes, n);
    return out->failed ? HPDF_FAILD_TO_ALLOC_MEM : HPDF_OK;
}

static bool save(struct objects *objects, struct str catalog, struct str info,
                 struct str trailer, struct buf *out)
{
    HPDF_Doc doc = objects->doc;
    HPDF_Stream stream = HPDF_CallbackWriter_New(doc->mmgr, write_to_buf, out);
    bool ok;

    if (!stream)
        return false;
    HPDF_Dict_RemoveElement(doc->info, "Producer");
    set_body(objects, doc->catalog, catalog);
    set_body(objects, doc->info, info);
    set_body(objects, doc->trailer, trailer);
    /* Four bytes above 127 tell transfer programs that the file is binary. */
    ok = write_text(stream, STR("%PDF-1.7\n%\xE5\x8D\x95\xE8\xAF\x81\n")) == HPDF_OK &&
         HPDF_Dict_Add(doc->trailer, "Root", doc->catalog) == HPDF_OK &&
         HPDF_Dict_Add(doc->trailer, "Info", doc->info) == HPDF_OK &&
         HPDF_Xref_WriteToStream(doc->xref, stream, NULL) == HPDF_OK;
    HPDF_Stream_Free(stream);
    return ok;
}

bool objects_save(struct objects *objects, struct str catalog, struct str info,
                  struct str trailer, struct buf *out, struct err *err)
{
    size_t before = out->n;
    bool ok = !objects->failed && save(objects, catalog, info, trailer, out);

    if (ok)
        return true;
    if (out->failed)
        return err_add(err, MEMORY_LIMIT, where_none(), "PDF 超过 %zu 字节",
                       "the PDF is larger than %zu bytes", out->max);
    out->n = before;
    return err_add(err, PDF_BACKEND, where_none(), "libharu 报告错误 0x%04lX",
                   "libharu reports error 0x%04lX",
                   objects->doc ? objects->doc->error.error_no : 0UL);
}
