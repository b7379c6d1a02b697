/* para.h: what the tests of text share: fonts and a text, opened once; one paragraph at a time,
 * 10 pt on 15 pt, so that a Han character is 10,000 mpt wide. */
#ifndef TESTS_UNIT_PARA_H
#define TESTS_UNIT_PARA_H

#include "text/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { EM = 10000 };

struct room {
    struct arena *lasting, *arena; /* of the fonts; of one paragraph */
    struct fonts *fonts;
    struct text *text;
    struct text_style style;
    struct text_block block;
    struct err err;
};

static inline int room_open(void **state)
{
    struct room *room = calloc(1, sizeof *room);

    if (!room)
        return -1;
    *state = room;
    room->lasting = arena_new(256 << 20, NULL, NULL);
    room->arena = arena_new(256 << 20, NULL, NULL);
    err_init(&room->err, room->lasting);
    if (!fonts_open(room->lasting, getenv("DANZHENG_HOME"), &room->fonts, &room->err))
        return -1;
    room->text = text_open(room->fonts);
    return room->text ? 0 : -1;
}

static inline int room_close(void **state)
{
    struct room *room = *state;

    text_close(room->text);
    fonts_close(room->fonts);
    arena_free(room->arena);
    arena_free(room->lasting);
    free(room);
    return 0;
}

/* Before each test. */
static inline int room_clear(void **state)
{
    struct room *room = *state;

    arena_reset(room->arena);
    err_init(&room->err, room->arena);
    room->block = (struct text_block){0};
    room->style = (struct text_style){
        .chain = fonts_chain(room->fonts, STR("song")), .size = EM, .leading = 15000};
    return 0;
}

static inline bool try_spans(struct room *room, const struct text_span *spans, size_t count,
                             mpt width)
{
    return text_set(room->text, room->arena, spans, count, &room->style, width, &room->block,
                    &room->err);
}

static inline void set(struct room *room, const char *text, mpt width)
{
    struct text_span span = {.text = str_from(text), .pointer = STR("/data/name")};

    assert_true(try_spans(room, &span, 1, width));
}

/* What the line says, in the text's order. */
static inline struct str line_text(struct room *room, size_t line)
{
    struct str text = STR("");

    for (size_t i = 0; i < room->block.lines[line].count; i++)
        text = str_printf(room->arena, "%.*s%.*s", STR_ARG(text),
                          STR_ARG(room->block.lines[line].runs[i].text));
    return text;
}

/* The lines, `|` between them. */
static inline void assert_lines(struct room *room, const char *text, mpt width,
                                const char *expected)
{
    struct str lines = STR("");

    set(room, text, width);
    for (size_t i = 0; i < room->block.count; i++)
        lines = str_printf(room->arena, "%.*s%s%.*s", STR_ARG(lines), i > 0 ? "|" : "",
                           STR_ARG(line_text(room, i)));
    assert_string_equal(lines.p, expected);
}

static inline const struct text_run *run_at(const struct room *room, size_t line, size_t run)
{
    assert_true(line < room->block.count && run < room->block.lines[line].count);
    return &room->block.lines[line].runs[run];
}

static inline mpt run_width(const struct text_run *run)
{
    mpt width = 0;

    for (size_t i = 0; i < run->count; i++)
        width += run->glyphs[i].advance;
    return width;
}

#endif
