/* pdf.c: a document. A page is written and compressed when it is added, and nothing else of it
 * is kept; fonts, page tree and file are made at the end, when it is known which glyphs were
 * shown. */
#include "pdf/pdf-internal.h"

#include <libdeflate.h>
#include <string.h>

enum {
    CONTENT_MOST = 64 << 20, /* of one page, before compression */
    LEVEL = 6,
    LEVEL_FONTS = 1, /* outlines hardly get smaller by trying harder */
};

struct pdf *pdf_open(struct arena *arena, struct fonts *fonts, const struct pdf_info *info)
{
    struct pdf *pdf = NEW(arena, struct pdf);

    pdf->arena = arena;
    pdf->fonts = fonts;
    pdf->info = *info;
    pdf->compressor = libdeflate_alloc_compressor(LEVEL);
    pdf->fast = libdeflate_alloc_compressor(LEVEL_FONTS);
    buf_init(&pdf->content, CONTENT_MOST);
    buf_init(&pdf->packed, CONTENT_MOST);
    return pdf;
}

struct str pdf_deflate(struct pdf *pdf, struct libdeflate_compressor *compressor,
                       struct str bytes)
{
    size_t room = compressor ? libdeflate_zlib_compress_bound(compressor, bytes.n) : 0;
    char *packed;

    buf_clear(&pdf->packed);
    packed = buf_room(&pdf->packed, room);
    if (!packed || room == 0) {
        pdf->no_memory = true;
        return STR_NONE;
    }
    pdf->packed.n = libdeflate_zlib_compress(compressor, bytes.p, bytes.n, packed, room);
    return str_copy(pdf->arena, buf_view(&pdf->packed));
}

void pdf_page(struct pdf *pdf, const struct page *page)
{
    struct sheet *sheet = NEW(pdf->arena, struct sheet);

    content_write(pdf, page);
    pdf->no_memory = pdf->no_memory || pdf->content.failed;
    sheet->width = page->width;
    sheet->height = page->height;
    sheet->content = pdf_deflate(pdf, pdf->compressor, buf_view(&pdf->content));
    if (pdf->last)
        pdf->last->next = sheet;
    else
        pdf->first = sheet;
    pdf->last = sheet;
}

/* ---- the file */

/* The resources that all pages share. */
static bool make_resources(struct pdf *pdf, struct objects *objects, unsigned *resources,
                           struct err *err)
{
    struct str list = STR("/Font<<");

    for (int i = 0; i < FONTS_FACES_MOST; i++) {
        unsigned font;

        if (!pdf->faces[i])
            continue;
        if (!font_object(pdf, objects, pdf->faces[i], &font, err))
            return false;
        list = str_printf(pdf->arena, "%.*s/F%d %u 0 R", STR_ARG(list), i, font);
    }
    *resources = object_dict(objects, str_printf(pdf->arena, "%.*s>>", STR_ARG(list)));
    return true;
}

static void put_pages(struct pdf *pdf, struct objects *objects, unsigned resources)
{
    struct buf *text = &pdf->content;

    for (const struct sheet *sheet = pdf->first; sheet; sheet = sheet->next) {
        unsigned content = object_stream(objects, STR("/Filter/FlateDecode"), sheet->content);

        buf_clear(text);
        buf_text(text, "/Type/Page/MediaBox[0 0 ");
        put_length(text, sheet->width);
        buf_byte(text, ' ');
        put_length(text, sheet->height);
        buf_printf(text, "]/Resources %u 0 R/Contents %u 0 R", resources, content);
        object_page(objects, buf_view(text));
    }
}

static void put_entry(struct buf *out, const char *key, struct str value)
{
    if (value.n == 0)
        return;
    buf_text(out, key);
    put_text_string(out, value);
}

static bool is_digits(const char *p, size_t n)
{
    while (n > 0 && p[n - 1] >= '0' && p[n - 1] <= '9')
        n--;
    return n == 0;
}

/* 2024-05-06T07:08:09+08:00 → (D:20240506070809+08'00'); nothing when it has another form. */
static void put_date(struct buf *out, const char *key, struct str time)
{
    static const struct {
        size_t at, n;
    } parts[] = {{0, 4}, {5, 2}, {8, 2}, {11, 2}, {14, 2}, {17, 2}};
    const char *zone = time.p + time.n - 6;

    if (time.n < 20)
        return;
    for (size_t i = 0; i < COUNT(parts); i++)
        if (!is_digits(time.p + parts[i].at, parts[i].n))
            return;
    buf_printf(out, "%s(D:", key);
    for (size_t i = 0; i < COUNT(parts); i++)
        buf_add(out, time.p + parts[i].at, parts[i].n);
    if ((zone[0] == '+' || zone[0] == '-') && is_digits(zone + 1, 2) && is_digits(zone + 4, 2))
        buf_printf(out, "%.3s'%.2s')", zone, zone + 4);
    else
        buf_text(out, "Z)");
}

static void put_info(struct buf *out, const struct pdf_info *info)
{
    buf_text(out, "/Producer(danzheng)");
    put_entry(out, "/Title", info->title);
    put_entry(out, "/Subject", info->subject);
    put_entry(out, "/Author", info->author);
    put_entry(out, "/Keywords", info->note);
    put_date(out, "/CreationDate", info->created);
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

static bool pdf_write(struct pdf *pdf, struct objects *objects, struct buf *out,
                      struct err *err)
{
    unsigned resources;

    if (pdf->missing)
        return err_add(err, INTERNAL, where_none(), "有一处文字的字形不在字体中",
                       "a run shows a glyph that its face does not have");
    if (!make_resources(pdf, objects, &resources, err))
        return false;
    put_pages(pdf, objects, resources);
    buf_clear(&pdf->content);
    put_info(&pdf->content, &pdf->info);
    if (pdf->no_memory)
        return err_add(err, MEMORY_LIMIT, where_none(), "一页或一个字体超过 %d 字节",
                       "a page or a font takes more than %d bytes", (int)CONTENT_MOST);
    return objects_save(objects, STR("/Lang(zh-CN)/ViewerPreferences<</DisplayDocTitle true>>"),
                        buf_view(&pdf->content), trailer_text(pdf->arena, pdf->info.id), out,
                        err);
}

bool pdf_close(struct pdf *pdf, struct buf *out, uint64_t *faces, struct err *err)
{
    struct objects *objects = objects_open(pdf->arena);
    bool ok = pdf_write(pdf, objects, out, err);

    if (ok && faces) {
        *faces = 0;
        for (int i = 0; i < FONTS_FACES_MOST; i++)
            if (pdf->faces[i])
                *faces |= (uint64_t)1 << i;
    }
    objects_close(objects);
    buf_release(&pdf->content);
    buf_release(&pdf->packed);
    libdeflate_free_compressor(pdf->compressor);
    libdeflate_free_compressor(pdf->fast);
    pdf->compressor = pdf->fast = NULL;
    return ok;
}
