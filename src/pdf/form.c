/* form.c: drawings that pages have in common (watermark, codes) stand once in the file, as form
 * XObjects. They are told by what they draw; the colour is that of the page. A document of one
 * page has nothing to share. */
#include "pdf/pdf-internal.h"

struct pdf_form {
    struct str drawn;
    unsigned number; /* of its object, and its name */
    struct pdf_form *next;
};

static struct pdf_form *form_find(struct pdf *pdf, const struct page *page, struct str drawn)
{
    struct pdf_form *form = pdf->forms;
    struct buf *keys;

    while (form && !str_eq(form->drawn, drawn))
        form = form->next;
    if (form)
        return form;
    keys = buf_new(pdf->arena, 256);
    buf_text(keys, "/Type/XObject/Subtype/Form/Resources<<>>/BBox[0 0 ");
    put_point(keys, page, page->width, 0);
    buf_byte(keys, ']');
    form = NEW(pdf->arena, struct pdf_form);
    *form = (struct pdf_form){.drawn = str_copy(pdf->arena, drawn), .next = pdf->forms};
    form->number = object_packed(pdf->objects, buf_view(keys), drawn, PACK_TEXT);
    pdf->forms = form;
    buf_release(keys);
    return form;
}

void content_share(struct pdf *pdf, const struct page *page, size_t from)
{
    struct buf *out = &pdf->content;
    const struct pdf_form *form;

    if (pdf->info.pages < 2 || out->failed || out->n == from)
        return;
    form = form_find(pdf, page, (struct str){out->p + from, out->n - from});
    out->n = from;
    buf_printf(out, "/X%u Do\n", form->number);
}

void put_forms(struct pdf *pdf, struct buf *out)
{
    for (const struct pdf_form *form = pdf->forms; form; form = form->next)
        buf_printf(out, "/X%u %u 0 R", form->number, form->number);
}
