/* pieces.c: shapes runs of letters alike, and cuts them where lines end. Advances are given to
 * letters here and nowhere else. */
#include "text/text-internal.h"

#include <string.h>
#include <unicode/uchar.h>

static bool is_rtl(const struct letter *letter)
{
    return letter->level & 1;
}

/* Glyphs come in visual order: from right to left, the last one is the first of the text. */
static void measure(struct para *para, const struct piece *piece)
{
    struct letter *letters = para->letters;
    size_t index = piece->from;

    for (size_t i = piece->from; i < piece->to; i++)
        letters[i].advance = 0;
    for (size_t i = 0; i < piece->count; i++) {
        size_t visual = is_rtl(&letters[piece->from]) ? piece->count - 1 - i : i;
        const struct glyph *glyph = &piece->glyphs[visual];

        while (index + 1 < piece->to && letters[index + 1].at <= piece->base + glyph->cluster)
            index++;
        letters[index].advance += glyph->advance;
    }
}

/* Han of a face that is set smaller or larger still take an em each: their ink is centred. */
static void centre_han(const struct para *para, struct piece *piece, mpt size)
{
    mpt more = para->style->size - size;
    struct glyph *glyphs;

    if (more == 0 || para->letters[piece->from].script != USCRIPT_HAN)
        return;
    glyphs = NEW_ARRAY(para->text->scratch, piece->count, struct glyph);
    for (size_t i = 0; i < piece->count; i++) {
        glyphs[i] = piece->glyphs[i];
        if (glyphs[i].advance != size)
            continue;
        glyphs[i].advance += more;
        glyphs[i].dx += more / 2;
    }
    piece->glyphs = glyphs;
}

static void shape(struct para *para, struct piece *piece)
{
    const struct letter *letter = &para->letters[piece->from];
    const char *span = para->spans[letter->span].text.p;
    UScriptCode script = (UScriptCode)letter->script;
    struct font_shape shaped;
    mpt size = face_size(para, letter->face);
    char tag[4];

    memcpy(tag, uscript_getShortName(script), sizeof tag);
    piece->base = letter->at;
    font_shape(para->text->fonts, para->text->scratch, letter->face, size,
               (struct str){span + letter->at, letter_end(para, piece->to - 1) - letter->at},
               tag, is_rtl(letter), script_language(script), &shaped);
    piece->glyphs = shaped.glyphs;
    piece->count = shaped.count;
    centre_han(para, piece, size);
    measure(para, piece);
}

static bool alike(const struct letter *a, const struct letter *b)
{
    return a->span == b->span && a->face == b->face && a->script == b->script &&
           a->level == b->level && b->code != '\n';
}

void pieces_shape(struct para *para)
{
    struct piece **tail = &para->first;

    para->first = NULL;
    for (size_t from = 0, to; from < para->count; from = to) {
        to = from + 1;
        if (para->letters[from].code == '\n')
            continue;
        while (to < para->count && alike(&para->letters[from], &para->letters[to]))
            to++;
        struct piece *piece = NEW(para->text->scratch, struct piece);
        piece->from = from;
        piece->to = to;
        shape(para, piece);
        *tail = piece;
        tail = &piece->next;
    }
}

/* Ideographs neither join nor kern, and a blank at a line's end is not drawn. */
static bool may_slice(const struct para *para, size_t at)
{
    const struct letter *before = &para->letters[at - 1], *after = &para->letters[at];

    if (is_rtl(after))
        return false;
    return letter_hangs(before) || letter_hangs(after) ||
           (letter_is_wide(before) && letter_is_wide(after));
}

/* The glyph with which the letter's cluster starts; count when a cluster runs across it. */
static size_t first_glyph(const struct para *para, const struct piece *piece, size_t at)
{
    uint32_t cluster = para->letters[at].at - piece->base;
    size_t i = 0;

    while (i < piece->count && piece->glyphs[i].cluster < cluster)
        i++;
    return i < piece->count && piece->glyphs[i].cluster == cluster ? i : piece->count;
}

void pieces_split(struct para *para, size_t at)
{
    struct piece *head = para->first, *tail;

    while (head && head->to <= at)
        head = head->next;
    if (!head || head->from >= at)
        return;
    tail = NEW(para->text->scratch, struct piece);
    *tail = *head;
    head->to = tail->from = at;
    head->next = tail;
    size_t cut = may_slice(para, at) ? first_glyph(para, head, at) : head->count;
    if (cut < head->count) {
        tail->glyphs = head->glyphs + cut;
        tail->count = head->count - cut;
        head->count = cut;
    } else {
        shape(para, head);
        shape(para, tail);
    }
}
