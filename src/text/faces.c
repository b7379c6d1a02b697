/* faces.c: gives every grapheme cluster the first face of the chain that has all of it, and
 * says of every character that no face has what it is and where it stands. */
#include "text/text-internal.h"

#include "base/buf.h"
#include "base/utf8.h"

#include <string.h>
#include <unicode/uchar.h>

enum { NO_FACE = -1 };

/* What was said to be missing, so that each is said once a paragraph. */
struct missing {
    struct str text;
    struct missing *next;
};

static bool is_selector(uint32_t c)
{
    return u_hasBinaryProperty((UChar32)c, UCHAR_VARIATION_SELECTOR);
}

/* Such as ZWJ and ZWNJ: the shaper obeys them, no face needs to have them. */
static bool is_invisible(uint32_t c)
{
    return u_hasBinaryProperty((UChar32)c, UCHAR_DEFAULT_IGNORABLE_CODE_POINT);
}

mpt face_size(const struct para *para, int face)
{
    return (mpt)((int64_t)para->style->size *
                 font_fit(para->text->fonts, para->style->chain, face) / 1000);
}

static int pick(const struct para *para, uint32_t code, uint32_t selector)
{
    return code == UTF8_BAD ? NO_FACE
                            : font_pick(para->text->fonts, para->style->chain, code, selector);
}

/* A variation selector behind the letter asks for its form. What is invisible fits any face. */
static int pick_letter(const struct para *para, size_t i, size_t to)
{
    const struct letter *letter = &para->letters[i];
    bool varied = i + 1 < to && is_selector(letter[1].code);
    int face = pick(para, letter->code, varied ? letter[1].code : 0);
    size_t count;

    if (face == NO_FACE && is_invisible(letter->code))
        return fonts_chain_faces(para->text->fonts, para->style->chain, &count)[0];
    return face;
}

/* A face may lack a mark and yet have the composed letter, so the shaper is asked. */
static bool shapes_whole(const struct para *para, int face, size_t from, size_t to, mpt *width)
{
    const struct letter *letter = &para->letters[from];
    UScriptCode script = (UScriptCode)letter->script;
    struct font_shape shaped;
    char tag[4];

    memcpy(tag, uscript_getShortName(script), sizeof tag);
    font_shape(para->text->fonts, para->text->scratch, face, face_size(para, face),
               (struct str){para->spans[letter->span].text.p + letter->at,
                            letter_end(para, to - 1) - letter->at},
               tag, letter->level & 1, script_language(script), &shaped);
    *width = shaped.width;
    for (size_t i = 0; i < shaped.count; i++)
        if (shaped.glyphs[i].id == 0)
            return false;
    return true;
}

/* The shaper drops a selector that a face does not know without a word. */
static bool has_varied(const struct para *para, int face, size_t from, size_t to)
{
    for (size_t i = from; i + 1 < to; i++)
        if (is_selector(para->letters[i + 1].code) && pick_letter(para, i, to) != face)
            return false;
    return true;
}

static int cluster_face(const struct para *para, size_t from, size_t to)
{
    int face = pick_letter(para, from, to);
    bool same = true;
    size_t count;
    mpt width;

    for (size_t i = from + 1; i < to && same; i++)
        same = is_invisible(para->letters[i].code) || pick_letter(para, i, to) == face;
    if (same)
        return face;
    const int *faces = fonts_chain_faces(para->text->fonts, para->style->chain, &count);
    for (size_t i = 0; i < count; i++)
        if (has_varied(para, faces[i], from, to) &&
            shapes_whole(para, faces[i], from, to, &width))
            return faces[i];
    return NO_FACE;
}

static struct str code_names(const struct para *para, size_t from, size_t to)
{
    struct str names = STR_NONE;

    for (size_t i = from; i < to; i++) {
        uint32_t code = para->letters[i].code;

        names = str_printf(para->text->scratch, "%.*s%sU+%04X", STR_ARG(names),
                           i > from ? " " : "", (unsigned)(code == UTF8_BAD ? 0xFFFD : code));
    }
    return names;
}

static struct str face_names(const struct para *para)
{
    struct fonts *fonts = para->text->fonts;
    struct str names = STR_NONE;
    size_t count;
    const int *faces = fonts_chain_faces(fonts, para->style->chain, &count);

    for (size_t i = 0; i < count; i++)
        names = str_printf(para->text->scratch, "%.*s%s%.*s", STR_ARG(names), i > 0 ? " " : "",
                           STR_ARG(fonts_face(fonts, faces[i])->id));
    return names;
}

static void add_missing(const struct para *para, size_t from, size_t to, struct missing **seen,
                        struct err *err)
{
    const struct letter *letter = &para->letters[from];
    const struct text_span *span = &para->spans[letter->span];
    struct str text = {span->text.p + letter->at, letter_end(para, to - 1) - letter->at};
    struct str codes = code_names(para, from, to), faces = face_names(para);
    struct where at = span->pointer.n > 0 ? where_pointer(span->pointer) : where_none();

    for (const struct missing *missing = *seen; missing; missing = missing->next)
        if (str_eq(missing->text, text))
            return;
    struct missing *missing = NEW(para->text->scratch, struct missing);
    *missing = (struct missing){text, *seen};
    *seen = missing;
    if (letter->code == UTF8_BAD)
        text = STR("\xEF\xBF\xBD");
    if (span->field.n > 0)
        err_add(err, GLYPH_MISSING, at, "“%.*s”中的字符“%.*s”（%.*s）没有字体可印，已试：%.*s",
                "'%.*s' has the character '%.*s' (%.*s), which no face has; tried: %.*s",
                STR_ARG(span->field), STR_ARG(text), STR_ARG(codes), STR_ARG(faces));
    else
        err_add(err, GLYPH_MISSING, at, "字符“%.*s”（%.*s）没有字体可印，已试：%.*s",
                "no face has the character '%.*s' (%.*s); tried: %.*s", STR_ARG(text),
                STR_ARG(codes), STR_ARG(faces));
    err_character(err, text);
    err_hint(err, "请核对该字；确为此字时，在 fonts/fonts.ini 的字体链 %.*s 中加入含有它的字体",
             STR_ARG(fonts_chain_name(para->text->fonts, para->style->chain)));
}

/* The letters that no face has, each by itself; or the cluster that no face has as a whole. */
static void blame(const struct para *para, size_t from, size_t to, struct missing **seen,
                  struct err *err)
{
    bool single = false;

    for (size_t i = from, next; i < to; i = next) {
        next = i + 1 < to && is_selector(para->letters[i + 1].code) ? i + 2 : i + 1;
        if (pick_letter(para, i, to) != NO_FACE)
            continue;
        add_missing(para, i, next, seen, err);
        single = true;
    }
    if (!single)
        add_missing(para, from, to, seen, err);
}

/* A blank or a mark between letters of one face is drawn by it, so that they stay one run.
 * Brackets are not: a pair must be drawn by one face. */
static void join_words(struct para *para)
{
    for (size_t i = 1; i + 1 < para->count; i++) {
        struct letter *mark = &para->letters[i];
        int face = mark[-1].face;
        mpt width;

        if (face != mark->face && face == mark[1].face && face != NO_FACE &&
            mark->code < 0x80 && strchr(" .,-/&'", (int)mark->code) &&
            shapes_whole(para, face, i, i + 1, &width))
            mark->face = (int16_t)face;
    }
}

static bool is_quote(uint32_t c)
{
    return c == 0x2018 || c == 0x2019 || c == 0x201C || c == 0x201D;
}

static bool is_narrow_word(const struct letter *letter)
{
    return u_isalpha((UChar32)letter->code) && !letter_is_wide(letter);
}

/* An apostrophe inside a word, or any quote in a value without Han. */
static bool is_western(const struct para *para, size_t i)
{
    const struct letter *quote = &para->letters[i];

    if (i > 0 && i + 1 < para->count && is_narrow_word(quote - 1) && is_narrow_word(quote + 1))
        return true;
    for (size_t k = 0; k < para->count; k++)
        if (para->letters[k].span == quote->span && letter_is_wide(&para->letters[k]))
            return false;
    return true;
}

/* Chinese faces draw ’ as wide as a Han character: d’Art would read as two words. The first
 * face that draws it narrower takes it. */
static void find_quotes(struct para *para)
{
    size_t count;
    const int *faces = fonts_chain_faces(para->text->fonts, para->style->chain, &count);

    for (size_t i = 0; i < para->count; i++) {
        mpt width;

        if (!is_quote(para->letters[i].code) || !is_western(para, i))
            continue;
        for (size_t f = 0; f < count; f++) {
            if (!shapes_whole(para, faces[f], i, i + 1, &width) ||
                width > para->style->size / 2)
                continue;
            para->letters[i].face = (int16_t)faces[f];
            break;
        }
    }
}

bool faces_find(struct para *para, struct err *err)
{
    struct letter *letters = para->letters;
    struct missing *seen = NULL;

    for (size_t from = 0, to; from < para->count; from = to) {
        to = from + 1;
        while (to < para->count && !letters[to].head)
            to++;
        int face;
        if (letters[from].code == '\n')
            face = NO_FACE;
        else if (para->simple)
            face = pick(para, letters[from].code, 0);
        else
            face = cluster_face(para, from, to);
        if (face == NO_FACE && letters[from].code != '\n')
            blame(para, from, to, &seen, err);
        for (size_t i = from; i < to; i++)
            letters[i].face = (int16_t)face;
    }
    find_quotes(para);
    join_words(para);
    return seen == NULL;
}
