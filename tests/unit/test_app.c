/* What the commands share: lines of any length, options, columns, what a run has met. */
#include "app/app.h"
#include "app/lines.h"
#include "app/seen.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

enum { MEMORY = 1 << 24 };

static int set_up(void **state)
{
    struct app *app = calloc(1, sizeof *app);

    app->arena = arena_new(MEMORY, NULL, NULL);
    err_init(&app->err, app->arena);
    *state = app;
    return 0;
}

static int tear_down(void **state)
{
    struct app *app = *state;

    arena_free(app->arena);
    free(app);
    return 0;
}

/* A pipe that holds the text and is closed behind it. */
static int piped(struct str text)
{
    int ends[2];

    assert_int_equal(pipe(ends), 0);
    assert_int_equal(write(ends[1], text.p, text.n), (ssize_t)text.n);
    close(ends[1]);
    return ends[0];
}

static void expect_lines(struct str input, size_t most, const char *expected)
{
    struct lines lines;
    struct buf found;
    struct str line;
    int fd = piped(input);

    buf_init(&found, 1 << 16);
    lines_init(&lines, fd, most);
    for (;;) {
        enum lines_found what = lines_next(&lines, &line);

        if (what == LINES_END)
            break;
        assert_int_not_equal(what, LINES_FAILED);
        if (what == LINES_LINE)
            buf_printf(&found, "[%.*s]", STR_ARG(line));
        else
            buf_text(&found, "[too long]");
    }
    assert_string_equal(found.n ? found.p : "", expected);
    buf_release(&found);
    lines_release(&lines);
    close(fd);
}

static void lines_are_handed_out_without_their_line_feed(void **state)
{
    (void)state;
    expect_lines(STR("a\nbc\n"), 10, "[a][bc]");
    expect_lines(STR("a\n\nb"), 10, "[a][][b]");
    expect_lines(STR(""), 10, "");
    expect_lines(STR("\n"), 10, "[]");
}

static void a_line_that_is_too_long_is_skipped_alone(void **state)
{
    (void)state;
    expect_lines(STR("123456789\nabc\n"), 8, "[too long][abc]");
    expect_lines(STR("12345678\nabc\n"), 8, "[12345678][abc]");
    expect_lines(STR("abc\n123456789"), 8, "[abc][too long]");
}

static void a_line_longer_than_many_reads_is_skipped_alone(void **state)
{
    struct app *app = *state;
    struct lines lines;
    struct str line;
    char *text = arena_alloc(app->arena, 60000);
    int fd;

    memset(text, 'x', 60000);
    memcpy(text + 59990, "\nend\n", 5);
    fd = piped((struct str){text, 59995});
    lines_init(&lines, fd, 100);
    assert_int_equal(lines_next(&lines, &line), LINES_TOO_LONG);
    assert_int_equal(lines_next(&lines, &line), LINES_LINE);
    assert_true(str_is(line, "end"));
    assert_int_equal(lines_next(&lines, &line), LINES_END);
    lines_release(&lines);
    close(fd);
}

enum { NAME, FORCE };

static const struct option options[] = {
    [NAME] = {"name", 'n', "NAME", true, ""},
    [FORCE] = {"force", 0, NULL, false, ""},
};

static const struct command command = {
    .name = "test",
    .usage = "",
    .options = options,
    .option_count = COUNT(options),
    .words_most = 2,
};

/* The words are separated by blanks. */
static bool parse(struct app *app, const char *line, struct args *args)
{
    char *argv[16], *text = arena_text(app->arena, line, strlen(line)), *rest;
    int argc = 0;

    for (char *word = strtok_r(text, " ", &rest); word; word = strtok_r(NULL, " ", &rest))
        argv[argc++] = word;
    return options_parse(app, &command, argc, argv, args);
}

static void options_may_be_written_in_every_usual_way(void **state)
{
    struct app *app = *state;
    struct args args;

    assert_true(parse(app, "--name a one --name=b -n c -nd --force -- --two", &args));
    assert_int_equal(args.options[NAME].count, 4);
    assert_string_equal(args.options[NAME].values[0], "a");
    assert_string_equal(args.options[NAME].values[1], "b");
    assert_string_equal(args.options[NAME].values[2], "c");
    assert_string_equal(option_value(&args, NAME), "d");
    assert_true(option_given(&args, FORCE));
    assert_int_equal(args.count, 2);
    assert_string_equal(args.words[0], "one");
    assert_string_equal(args.words[1], "--two");
    assert_true(parse(app, "-", &args));
    assert_string_equal(args.words[0], "-");
}

static void what_is_wrong_with_an_option_is_said(void **state)
{
    static const char *const wrong[] = {"--nam a", "--name", "--force=yes", "--force --force",
                                        "-x",      "a b c",  "--forced",    "-n"};
    struct app *app = *state;
    struct args args;

    for (size_t i = 0; i < COUNT(wrong); i++) {
        assert_false(parse(app, wrong[i], &args));
        assert_int_equal(app->err.faults, (int)i + 1);
        assert_int_equal(app->err.last->code, USAGE);
    }
}

static void han_take_two_columns(void **state)
{
    struct buf buf;

    (void)state;
    assert_int_equal(text_width(STR("abc")), 3);
    assert_int_equal(text_width(STR("核对单")), 6);
    assert_int_equal(text_width(STR("（𠮷）")), 6);
    assert_int_equal(text_width(STR("e\xcc\x81")), 1);
    buf_init(&buf, 100);
    text_column(&buf, STR("核"), 4);
    text_column(&buf, STR("longer"), 4);
    assert_string_equal(buf.p, "核  longer");
    buf_release(&buf);
}

static void a_run_remembers_numbers_and_papers(void **state)
{
    struct app *app = *state;
    struct seen *seen = seen_new(app->arena);
    const uint8_t one[32] = {1}, two[32] = {2};
    const struct answer answer = {.output = STR("goods_list"), .file = STR("a.pdf")};
    struct seen_record *record = seen_find(seen, STR("A.v1"), one);

    assert_null(seen_made(record, STR("goods_list")));
    seen_add(seen, record, &answer);
    assert_ptr_not_equal(seen_find(seen, STR("A.v2"), two), record);
    assert_ptr_equal(seen_find(seen, STR("A.v1"), two), record);
    assert_memory_equal(record->digest, one, sizeof one);
    assert_true(str_is(seen_made(record, STR("goods_list"))->answer.file, "a.pdf"));
    assert_null(seen_made(record, STR("check_sheet")));
    seen_free(seen);
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(lines_are_handed_out_without_their_line_feed),
        CASE(a_line_that_is_too_long_is_skipped_alone),
        CASE(a_line_longer_than_many_reads_is_skipped_alone),
        CASE(options_may_be_written_in_every_usual_way),
        CASE(what_is_wrong_with_an_option_is_said),
        CASE(han_take_two_columns),
        CASE(a_run_remembers_numbers_and_papers),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
