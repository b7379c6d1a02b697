/* form.c: drawings that pages have in common stand once in the file, as XObjects: watermarks as
 * forms, codes as stencils. They are told by what they draw; the colour is that of the page.
 * Rules of a list are shared from the second page on that has the same as the one before.
 * What documents have in common as well, the watermark, is packed once for all (pack.c). */
#include "pdf/pdf-internal.h"

/* A form takes 200 bytes besides what it draws. */
enum { RULES_LEAST = 500, PAGES_LEAST = 5 };

struct pdf_form {
    struct str drawn;       /* operators, or the samples of a stencil */
    int width, height;      /* of the page that they were drawn for, or in samples */
    unsigned number;        /* of its object, and its name */
    const uint8_t *modules; /* of a stencil: the same ones need not be looked at again */
    struct pdf_form *next;
};

static struct pdf_form *form_find(struct pdf *pdf, struct str drawn, int width, int height)
{
    struct pdf_form *form = pdf->forms;

    while (form &&
           (form->width != width || form->height != height || !str_eq(form->drawn, drawn)))
        form = form->next;
    return form;
}

/* The caller says what it is. */
static struct pdf_form *form_new(struct pdf *pdf)
{
    struct pdf_form *form = NEW(pdf->arena, struct pdf_form);

    form->next = pdf->forms;
    pdf->forms = form;
    return form;
}

/* A bit a module, dark ones 0: a stencil paints where its samples are 0. */
static struct str samples(struct arena *arena, const struct matrix *matrix)
{
    size_t row = ((size_t)matrix->columns + 7) / 8, n = row * (size_t)matrix->rows;
    unsigned char *bytes = arena_alloc(arena, n);

    for (int y = 0; y < matrix->rows; y++)
        for (int x = 0; x < matrix->columns; x++) {
            unsigned char *byte = &bytes[(size_t)y * row + (size_t)x / 8];

            if (!matrix->modules[y * matrix->columns + x])
                *byte = (unsigned char)(*byte | 0x80 >> x % 8);
        }
    return (struct str){(const char *)bytes, n};
}

/* The modules of a document's pages live as long as the document. */
static struct pdf_form *stencil_find(struct pdf *pdf, const struct matrix *matrix)
{
    struct pdf_form *form = pdf->forms;

    while (form && form->modules != matrix->modules)
        form = form->next;
    return form;
}

static unsigned stencil_object(struct pdf *pdf, const struct matrix *matrix, struct str drawn)
{
    return object_stream(pdf->objects,
                         str_printf(pdf->arena,
                                    "/Type/XObject/Subtype/Image/Width %d/Height %d"
                                    "/ImageMask true/BitsPerComponent 1",
                                    matrix->columns, matrix->rows),
                         drawn);
}

static struct pdf_form *stencil_new(struct pdf *pdf, const struct matrix *matrix)
{
    struct str drawn = samples(pdf->arena, matrix);
    struct pdf_form *form = form_find(pdf, drawn, matrix->columns, matrix->rows);

    if (!form) {
        form = form_new(pdf);
        form->drawn = drawn;
        form->width = matrix->columns;
        form->height = matrix->rows;
        form->number = stencil_object(pdf, matrix, drawn);
    }
    form->modules = matrix->modules;
    return form;
}

unsigned stencil_number(struct pdf *pdf, const struct matrix *matrix)
{
    const struct pdf_form *form = stencil_find(pdf, matrix);

    return form ? form->number : stencil_new(pdf, matrix)->number;
}

static unsigned form_object(struct pdf *pdf, const struct page *page, struct str drawn)
{
    struct buf *keys = buf_new(pdf->arena, 256);
    unsigned number;

    buf_text(keys, "/Type/XObject/Subtype/Form/Resources<<>>/BBox[0 0 ");
    put_point(keys, page, page->width, 0);
    buf_byte(keys, ']');
    number = object_packed(pdf->objects, buf_view(keys), drawn, PACK_BEST);
    buf_release(keys);
    return number;
}

/* What was drawn since `from` is drawn by the form; NULL: by a new one. */
static void put_form(struct pdf *pdf, const struct page *page, size_t from,
                     struct pdf_form *form)
{
    struct buf *out = &pdf->content;
    struct str drawn = {out->p + from, out->n - from};

    if (!form) {
        form = form_new(pdf);
        form->drawn = str_copy(pdf->arena, drawn);
        form->width = page->width;
        form->height = page->height;
        form->number = form_object(pdf, page, drawn);
    }
    out->n = from;
    buf_text(out, "/X");
    put_integer(out, form->number);
    buf_text(out, " Do\n");
}

void content_share(struct pdf *pdf, const struct page *page, size_t from)
{
    struct buf *out = &pdf->content;
    struct str drawn = {out->p + from, out->n - from};

    if (!out->failed && drawn.n > 0)
        put_form(pdf, page, from, form_find(pdf, drawn, page->width, page->height));
}

bool content_share_rules(struct pdf *pdf, const struct page *page, size_t from)
{
    struct buf *out = &pdf->content;
    struct str drawn = {out->p + from, out->n - from};
    struct pdf_form *form;

    if (out->failed || drawn.n < RULES_LEAST || pdf->info.pages < PAGES_LEAST)
        return false;
    form = form_find(pdf, drawn, page->width, page->height);
    if (!form && !str_eq(drawn, buf_view(&pdf->rules))) {
        buf_clear(&pdf->rules);
        buf_str(&pdf->rules, drawn);
        return false;
    }
    put_form(pdf, page, from, form);
    return true;
}

void put_forms(struct pdf *pdf, struct buf *out)
{
    for (const struct pdf_form *form = pdf->forms; form; form = form->next)
        buf_printf(out, "/X%u %u 0 R", form->number, form->number);
}
