/* font.c: danzheng font: which faces there are, which of them have a character, and (see
 * coverage.c) which characters of records could not be printed. */
#include "app/font.h"

#include "base/utf8.h"
#include "font/coverage.h"

#include <stdio.h>
#include <stdlib.h>

enum { JSON, PERMITTED };

static const struct option options[] = {
    [JSON] = {"json", 0, NULL, false, "as JSON; of coverage a line a record, then the sum"},
    [PERMITTED] = {"permitted", 0, NULL, false, "coverage: only papers the status allows"},
};

enum { OUT_MOST = 1 << 24, CODE_LAST = 0x10FFFF };

struct str code_names(struct arena *arena, struct str characters)
{
    struct str names = STR_NONE;

    for (size_t at = 0; at < characters.n;) {
        uint32_t code = utf8_next(characters, &at);

        names = str_printf(arena, "%.*s%sU+%04X", STR_ARG(names), names.n ? " " : "",
                           (unsigned)(code == UTF8_BAD ? 0xFFFD : code));
    }
    return names;
}

/* ---- list */

static void list_text(struct buf *out, struct fonts *fonts)
{
    for (int i = 0; i < fonts_faces(fonts); i++) {
        const struct face_info *face = fonts_face(fonts, i);

        text_column(out, face->id, 26);
        buf_printf(out, "%6zu  ", font_characters(fonts, i));
        text_column(out, face->package, 22);
        buf_printf(out, "%2d %.*s\n", face->index, STR_ARG(face->file));
    }
    for (int i = 0; i < fonts_chains(fonts); i++) {
        size_t count;
        const int *faces = fonts_chain_faces(fonts, i, &count);

        buf_printf(out, "\n[chain %.*s]\n", STR_ARG(fonts_chain_name(fonts, i)));
        for (size_t k = 0; k < count; k++)
            buf_printf(out, "%s%.*s", k ? " " : "", STR_ARG(fonts_face(fonts, faces[k])->id));
        buf_byte(out, '\n');
    }
}

static void list_json(struct buf *out, struct fonts *fonts)
{
    buf_text(out, "{\"faces\":[");
    for (int i = 0; i < fonts_faces(fonts); i++) {
        const struct face_info *face = fonts_face(fonts, i);

        buf_printf(out, "%s{\"index\":%d,\"characters\":%zu", i ? "," : "", face->index,
                   font_characters(fonts, i));
        buf_member(out, "face", face->id);
        buf_member(out, "package", face->package);
        buf_member(out, "file", face->file);
        buf_member(out, "licence", face->licence);
        buf_byte(out, '}');
    }
    buf_text(out, "],\"chains\":[");
    for (int i = 0; i < fonts_chains(fonts); i++) {
        size_t count;
        const int *faces = fonts_chain_faces(fonts, i, &count);

        buf_text(out, i ? ",{\"chain\":" : "{\"chain\":");
        buf_json(out, fonts_chain_name(fonts, i));
        buf_text(out, ",\"faces\":[");
        for (size_t k = 0; k < count; k++) {
            buf_text(out, k ? "," : "");
            buf_json(out, fonts_face(fonts, faces[k])->id);
        }
        buf_text(out, "]}");
    }
    buf_text(out, "]}\n");
}

/* ---- char */

/* "U+2EBF0" is one character, any other word stands for itself. False: USAGE was added. */
static bool word_codes(struct app *app, struct str word, struct str *out)
{
    char text[4], *end;
    unsigned long code;

    *out = word;
    if (!str_starts(word, STR("U+")) && !str_starts(word, STR("u+")))
        return true;
    code = strtoul(word.p + 2, &end, 16);
    if (end == word.p + word.n && word.n > 2 && code <= CODE_LAST &&
        (code < 0xD800 || code > 0xDFFF)) {
        *out = str_copy(app->arena, (struct str){text, utf8_put((uint32_t)code, text)});
        return true;
    }
    err_add(&app->err, USAGE, where_none(), "“%.*s”不是码位", "'%.*s' is no code point",
            STR_ARG(word));
    return err_hint(&app->err, "danzheng font char 䶮 U+2EBF0"), false;
}

/* What a record's character is printed as: itself, what pua.csv maps it to, or nothing (0). */
static uint32_t printed_as(const struct pua *pua, uint32_t code)
{
    const struct pua_row *row = pua_find(pua, code);

    if (row)
        return row->character;
    return character_private(code) ? 0 : code;
}

static void char_text(struct app *app, struct buf *out, struct fonts *fonts, struct str text,
                      uint32_t code, uint32_t printed)
{
    struct str codes = code_names(app->arena, text);
    char as[4];

    buf_printf(out, "%.*s %.*s", STR_ARG(text), STR_ARG(codes));
    if (!printed)
        buf_text(out, "  专用区，不可打印 private use, refused");
    else if (printed != code)
        buf_printf(out, "  印作 printed as %.*s U+%04X", (int)utf8_put(printed, as), as,
                   (unsigned)printed);
    for (int i = 0; i < fonts_chains(fonts) && printed; i++) {
        struct str name = fonts_chain_name(fonts, i);
        int face = font_pick(fonts, i, printed, 0);
        struct str id = face < 0 ? STR("—") : fonts_face(fonts, face)->id;

        buf_printf(out, "\n  %-10.*s %.*s", STR_ARG(name), STR_ARG(id));
    }
    buf_text(out, "\n  faces     ");
    for (int i = 0; i < fonts_faces(fonts); i++)
        if (font_has(fonts, i, printed ? printed : code))
            buf_printf(out, " %.*s", STR_ARG(fonts_face(fonts, i)->id));
    buf_byte(out, '\n');
}

static void char_json(struct app *app, struct buf *out, struct fonts *fonts, struct str text,
                      uint32_t code, uint32_t printed)
{
    const char *comma = "";

    buf_text(out, out->n ? ",{\"character\":" : "[{\"character\":");
    buf_json(out, text);
    buf_member(out, "codes", code_names(app->arena, text));
    if (printed && printed != code)
        buf_printf(out, ",\"printed_as\":\"U+%04X\"", (unsigned)printed);
    buf_text(out, ",\"chains\":{");
    for (int i = 0; i < fonts_chains(fonts); i++) {
        int face = printed ? font_pick(fonts, i, printed, 0) : -1;

        buf_text(out, i ? "," : "");
        buf_json(out, fonts_chain_name(fonts, i));
        buf_byte(out, ':');
        if (face < 0)
            buf_text(out, "null");
        else
            buf_json(out, fonts_face(fonts, face)->id);
    }
    buf_text(out, "},\"faces\":[");
    for (int i = 0; i < fonts_faces(fonts); i++) {
        if (!font_has(fonts, i, printed ? printed : code))
            continue;
        buf_text(out, comma);
        buf_json(out, fonts_face(fonts, i)->id);
        comma = ",";
    }
    buf_text(out, "]}");
}

static bool in_every_chain(struct fonts *fonts, uint32_t code)
{
    for (int i = 0; i < fonts_chains(fonts); i++)
        if (font_pick(fonts, i, code, 0) < 0)
            return false;
    return true;
}

/* False: a character of the word cannot be printed in some chain, or the word is at fault. */
static bool char_word(struct app *app, struct buf *out, struct fonts *fonts,
                      const struct pua *pua, struct str word, bool json)
{
    struct str text;
    bool all = true;

    if (!word_codes(app, word, &text))
        return false;
    for (size_t at = 0, from = 0; at < text.n; from = at) {
        uint32_t code = utf8_next(text, &at), printed;
        struct str one = {text.p + from, at - from};

        if (code == UTF8_BAD) {
            err_add(&app->err, UTF8_INVALID, where_none(), "参数不是 UTF-8",
                    "the argument is not UTF-8");
            return false;
        }
        printed = printed_as(pua, code);
        all = printed && in_every_chain(fonts, printed) && all;
        (json ? char_json : char_text)(app, out, fonts, one, code, printed);
    }
    return all;
}

/* ---- the command */

static int faces_run(struct app *app, const struct args *args, bool list)
{
    bool json = option_given(args, JSON), all = true;
    struct fonts *fonts = NULL;
    struct pua pua = {0};
    struct buf out;

    buf_init(&out, OUT_MOST);
    if (!fonts_open(app->arena, app->home, &fonts, &app->err) ||
        !pua_load(app->arena, app->home, &pua, &app->err))
        goto out;
    if (list)
        (json ? list_json : list_text)(&out, fonts);
    for (size_t i = 1; i < args->count && !list; i++)
        all = char_word(app, &out, fonts, &pua, str_from(args->words[i]), json) && all;
    if (json && !list)
        buf_text(&out, out.n ? "]\n" : "[]\n");
    if (out.n > 0)
        fwrite(out.p, 1, out.n, stdout);
out:
    buf_release(&out);
    fonts_close(fonts);
    return err_ok(&app->err) ? !all : report_exit(&app->err);
}

static int run(struct app *app, const struct args *args)
{
    struct str verb = str_from(args->words[0]);
    bool list = str_is(verb, "list"), coverage = str_is(verb, "coverage");

    if (str_is(verb, "char") && args->count > 1)
        return faces_run(app, args, false);
    if (list && args->count == 1)
        return faces_run(app, args, true);
    if (coverage && args->count == 1)
        return coverage_run(app, option_given(args, JSON), option_given(args, PERMITTED));
    err_add(&app->err, USAGE, where_none(), "没有“font %.*s”的这种用法",
            "'font %.*s' is not used so", STR_ARG(verb));
    err_hint(&app->err, "danzheng font list | char 䶮 U+2EBF0 | coverage < LINES");
    return report_exit(&app->err);
}

const struct command font_command = {
    .name = "font",
    .usage = "list | char CHARACTER… | coverage < LINES",
    .zh = "列出字体，查某字由哪个字体印，或预先查出记录中印不出的字。",
    .en = "List the faces, who draws a character, or what of records cannot be printed.",
    .more =
        "list: every face with its number of characters, package, index and file; the chains.\n"
        "char: for each character (or code point U+2EBF0) the face that each chain picks, and\n"
        "all that have it; exit 1 when a chain has none.\n"
        "coverage: lines as for batch. Every paper of each record is set (permitted or not),\n"
        "but not written: which characters would be refused, where, and which faces are used;\n"
        "exit 1 when a record would be refused.\n",
    .options = options,
    .option_count = COUNT(options),
    .words_least = 1,
    .words_most = (size_t)-1,
    .run = run,
};
