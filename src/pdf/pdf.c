/* pdf.c: a document. A page is written, compressed and forgotten when it is added; fonts,
 * metadata and the ends of the structure come at the end, when it is known what was shown. */
#include "pdf/pdf-internal.h"

enum {
    CONTENT_MOST = 64 << 20, /* of one page, before compression */
    CATALOG_MOST = 1 << 20,
    FILE_MOST = 256 << 20,
    PAGE_LEAST = 3, /* points; these two are the limits of PDF/A */
    PAGE_MOST = 14400,
};

static const char *const profiles[] = {[PDF_A3U] = "3u", [PDF_A1B] = "1b"};

bool pdf_profile_find(struct str name, enum pdf_profile *out)
{
    for (size_t i = 0; i < COUNT(profiles); i++) {
        if (!str_is(name, profiles[i]))
            continue;
        *out = (enum pdf_profile)i;
        return true;
    }
    return false;
}

const char *pdf_profile_name(enum pdf_profile profile)
{
    return profiles[profile];
}

static void pdf_drop(void *what)
{
    struct pdf *pdf = what;

    buf_release(&pdf->content);
    buf_release(&pdf->rules);
}

struct pdf *pdf_open(struct arena *arena, struct pdf_tools *tools, struct fonts *fonts,
                     const struct pdf_info *info, struct buf *out)
{
    struct pdf *pdf = NEW(arena, struct pdf);

    pdf->arena = arena;
    pdf->tools = tools;
    pdf->fonts = fonts;
    pdf->info = *info;
    pdf->out = out;
    pdf->start = out->n;
    pdf->objects = objects_open(arena, tools, info, out);
    pdf->resources = object_reserve(pdf->objects);
    if (info->profile != PDF_A1B)
        pdf->tags = tags_open(arena, pdf->objects);
    signature_open(pdf);
    buf_init(&pdf->content, CONTENT_MOST);
    buf_init(&pdf->rules, CONTENT_MOST);
    pdf->owned = arena_own(arena, pdf_drop, pdf);
    return pdf;
}

void pdf_page(struct pdf *pdf, const struct page *page)
{
    struct buf *text = &pdf->content;
    unsigned number;

    if (mpt_min(page->width, page->height) < PT(PAGE_LEAST) ||
        mpt_max(page->width, page->height) > PT(PAGE_MOST))
        pdf->beyond = "a page of 3 to 14,400 points";
    content_write(pdf, page);
    pdf->no_memory = pdf->no_memory || text->failed;
    number = object_packed(pdf->objects, STR_NONE, buf_view(text), PACK_TEXT);
    buf_clear(text);
    buf_text(text, "/Type/Page/MediaBox[0 0 ");
    put_length(text, page->width);
    buf_byte(text, ' ');
    put_length(text, page->height);
    buf_printf(text, "]/Resources %u 0 R/Contents %u 0 R", pdf->resources, number);
    if (pdf->tags)
        buf_printf(text, "/StructParents %zu/Tabs/S", pdf->page_count);
    put_annotations(pdf, text);
    number = object_page(pdf->objects, buf_view(text));
    if (pdf->page_count == 0)
        pdf->signing.sheet = number;
    if (pdf->tags)
        tags_page(pdf, page, number);
    pdf->page_count++;
}

/* ---- the file */

/* The resources that all pages share. */
static bool make_resources(struct pdf *pdf, struct buf *list, struct err *err)
{
    unsigned fonts[FONTS_FACES_MOST];

    for (int i = 0; i < FONTS_FACES_MOST; i++)
        if (pdf->faces[i] && !font_object(pdf, pdf->faces[i], &fonts[i], err))
            return false;
    buf_text(list, "/Font<<");
    for (int i = 0; i < FONTS_FACES_MOST; i++)
        if (pdf->faces[i])
            buf_printf(list, "/F%d %u 0 R", i, fonts[i]);
    buf_text(list, ">>");
    if (pdf->forms || pdf->images) {
        buf_text(list, "/XObject<<");
        put_forms(pdf, list);
        put_images(pdf, list);
        buf_text(list, ">>");
    }
    object_fill(pdf->objects, pdf->resources, buf_view(list));
    buf_clear(list);
    return true;
}

static struct str trailer_text(struct arena *arena, const uint8_t id[16])
{
    static const char digits[] = "0123456789ABCDEF";
    char hex[33] = "";

    for (size_t i = 0; i < 16; i++) {
        hex[2 * i] = digits[id[i] >> 4];
        hex[2 * i + 1] = digits[id[i] & 15];
    }
    return str_printf(arena, "/ID[<%s><%s>]", hex, hex);
}

/* Strings that come from outside: of the description, and of the attachments. */
static void check_strings(struct pdf *pdf)
{
    const struct pdf_info *info = &pdf->info;
    const struct str values[] = {info->title, info->subject, info->author, info->note};

    for (size_t i = 0; i < COUNT(values); i++)
        if (!text_string_fits(values[i]))
            pdf->beyond = "a string of 32,767 bytes";
    for (size_t i = 0; i < info->file_count; i++) {
        if (!text_string_fits(info->files[i].name) || !text_string_fits(info->files[i].about))
            pdf->beyond = "a string of 32,767 bytes";
        if (info->files[i].bytes.n > FILE_MOST)
            pdf->beyond = "an attachment of 256 MiB";
    }
}

static bool pdf_finish(struct pdf *pdf, struct buf *catalog, struct err *err)
{
    check_strings(pdf);
    if (pdf->beyond)
        return err_add(err, PROFILE_LIMIT, where_none(), "超出 PDF/A 的限度：%s",
                       "beyond what PDF/A can hold: %s", pdf->beyond);
    if (pdf->missing)
        return err_add(err, INTERNAL, where_none(), "有一处文字的字形不在字体中",
                       "a run shows a glyph that its face does not have");
    if (!make_resources(pdf, catalog, err) || !put_catalog(pdf, catalog, err))
        return false;
    buf_clear(&pdf->content);
    put_info(&pdf->content, &pdf->info);
    if (pdf->no_memory || pdf->content.failed || catalog->failed)
        return err_add(err, MEMORY_LIMIT, where_none(), "一页的内容超过 %d 字节",
                       "a page takes more than %d bytes", (int)CONTENT_MOST);
    return objects_save(pdf->objects, buf_view(catalog), buf_view(&pdf->content),
                        trailer_text(pdf->arena, pdf->info.id), err);
}

bool pdf_close(struct pdf *pdf, struct pdf_made *made, struct err *err)
{
    struct buf *catalog = buf_new(pdf->arena, CATALOG_MOST);
    bool ok = pdf_finish(pdf, catalog, err);

    if (ok)
        signature_close(pdf);
    if (ok && made) {
        *made = (struct pdf_made){.gap = pdf->signing.gap};
        for (int i = 0; i < FONTS_FACES_MOST; i++)
            if (pdf->faces[i])
                made->faces |= (uint64_t)1 << i;
    }
    if (!ok && pdf->out->p) {
        pdf->out->n = pdf->start;
        pdf->out->p[pdf->start] = '\0';
    }
    tags_close(pdf->tags);
    objects_close(pdf->objects);
    owned_close(pdf->owned);
    buf_release(catalog);
    return ok;
}
