/* text.c: opens what ICU keeps between paragraphs, and leads a paragraph through the stages. */
#include "text/text-internal.h"

#include <stdlib.h>

/* A declared value has at most 2,000 characters, about 200 KB here. */
enum { SCRATCH_MOST = 256 << 20 };

static void text_drop(void *what)
{
    struct text *text = what;

    ubidi_close(text->bidi);
    if (text->clusters)
        ubrk_close(text->clusters);
    if (text->lines)
        ubrk_close(text->lines);
    free(text->kept);
}

struct text *text_open(struct fonts *fonts)
{
    UErrorCode status = U_ZERO_ERROR;
    struct text *text = NEW(fonts_arena(fonts), struct text);

    text->fonts = fonts;
    text->owned = arena_own(fonts_arena(fonts), text_drop, text);
    text->scratch = arena_limited(fonts_arena(fonts), SCRATCH_MOST);
    /* Else ICU asks the environment for a locale, and dies where it gets no memory for it. */
    uloc_setDefault("zh", &status);
    if (U_FAILURE(status)) {
        text_close(text);
        return NULL;
    }
    text->lines = ubrk_open(UBRK_LINE, "zh@lb=strict", NULL, 0, &status);
    text->clusters = ubrk_open(UBRK_CHARACTER, "zh", NULL, 0, &status);
    text->bidi = ubidi_open();
    if (U_SUCCESS(status) && text->bidi)
        return text;
    text_close(text);
    return NULL;
}

void text_close(struct text *text)
{
    if (!text)
        return;
    owned_close(text->owned);
    arena_free(text->scratch);
}

static bool read_and_shape(struct para *para, struct err *err)
{
    arena_reset(para->text->scratch);
    if (!letters_read(para, err))
        return false;
    pieces_shape(para);
    marks_find(para);
    return true;
}

bool text_set(struct text *text, struct arena *arena, const struct text_span *spans,
              size_t count, const struct text_style *style, mpt width, struct text_block *out,
              struct err *err)
{
    struct para para = {.text = text, .spans = spans, .span_count = count, .style = style};

    if (quick_set(text, arena, spans, count, style, width, out) ||
        cache_find(text, arena, spans, count, style, width, out))
        return true;
    if (!read_and_shape(&para, err))
        return false;
    lines_set(&para, arena, width, out);
    cache_keep(text, spans, count, style, width, out);
    return true;
}

bool text_measure(struct text *text, struct arena *arena, const struct text_span *spans,
                  size_t count, const struct text_style *style, mpt *token, mpt *natural,
                  struct err *err)
{
    struct para para = {.text = text, .spans = spans, .span_count = count, .style = style};

    (void)arena;
    if (!read_and_shape(&para, err))
        return false;
    lines_measure(&para, token, natural);
    return true;
}
