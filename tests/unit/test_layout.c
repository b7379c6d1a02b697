/* test_layout.c: the README's examples are run; each mistake has its code and its place. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/buf.h"
#include "layout/layout.h"

static const char file[] = "layouts/exhibition_filing/filing_application.ini";
static const char head[] = "[layout]\nfor = exhibition_filing\ntitle = t\nnote = n\n"
                           "include = ../common/a4-portrait.ini\n"
                           "include = ../common/roles.ini\n"
                           "include = ../common/verify.ini\n";

struct world {
    struct arena *arena;
    const struct kinds *kinds;
    const char *home; /* the project's */
    char temp[64];    /* a home of one layout */
};

static void link_in(const char *home, const char *temp, const char *what)
{
    char from[512], to[512];

    snprintf(from, sizeof from, "%s/%s", home, what);
    snprintf(to, sizeof to, "%s/%s", temp, what);
    assert_int_equal(symlink(from, to), 0);
}

static int world_open(void **state)
{
    struct world *world = calloc(1, sizeof *world);
    struct err err;
    char folder[512];

    world->home = getenv("DANZHENG_HOME");
    world->arena = arena_new(256 << 20, NULL, NULL);
    err_init(&err, world->arena);
    if (!world->home || !kinds_load(world->arena, world->home, &world->kinds, &err))
        return -1;
    strcpy(world->temp, "/tmp/danzheng-layout-XXXXXX");
    if (!mkdtemp(world->temp))
        return -1;
    snprintf(folder, sizeof folder, "%s/layouts", world->temp);
    mkdir(folder, 0700);
    snprintf(folder, sizeof folder, "%s/layouts/exhibition_filing", world->temp);
    mkdir(folder, 0700);
    link_in(world->home, world->temp, "config");
    link_in(world->home, world->temp, "layouts/common");
    *state = world;
    return 0;
}

static int world_close(void **state)
{
    struct world *world = *state;
    static const char *const parts[] = {"layouts/common", "config"};
    char path[512];

    for (size_t i = 0; i < COUNT(parts); i++) {
        snprintf(path, sizeof path, "%s/%s", world->temp, parts[i]);
        unlink(path);
    }
    snprintf(path, sizeof path, "%s/%s", world->temp, file);
    unlink(path);
    snprintf(path, sizeof path, "%s/layouts/exhibition_filing", world->temp);
    rmdir(path);
    snprintf(path, sizeof path, "%s/layouts", world->temp);
    rmdir(path);
    rmdir(world->temp);
    arena_free(world->arena);
    free(world);
    return 0;
}

static void write_layout(struct world *world, struct str text)
{
    char path[512];
    FILE *out;

    snprintf(path, sizeof path, "%s/%s", world->temp, file);
    out = fopen(path, "w");
    assert_non_null(out);
    fwrite(text.p, 1, text.n, out);
    fclose(out);
}

static const struct layout *load(struct world *world, struct str text, struct err *err)
{
    const struct kind *kind = kinds_find(world->kinds, STR("exhibition_filing"));
    const struct layout *layout = NULL;

    write_layout(world, text);
    err_init(err, world->arena);
    if (layout_load(world->arena, world->temp, file, kind,
                    kind_output(kind, STR("filing_application")), &layout, err))
        return layout;
    assert_true(err->faults > 0);
    return NULL;
}

/* The lines "file:line:col: CODE" of all faults, in the order of the text, each once. */
static struct str faults_text(struct world *world, const struct err *err)
{
    struct str all = STR_NONE;

    for (const struct fault *f = err->first; f; f = f->next) {
        struct str at = where_text(world->arena, f->at);

        assert_true(f->zh.n && f->en.n);
        all = str_printf(world->arena, "%.*s%.*s: %s\n", STR_ARG(all), STR_ARG(at),
                         err_info(f->code)->name);
    }
    return all;
}

static bool has_line(struct str text, struct str line)
{
    struct str rest = text;

    while (rest.n) {
        if (str_eq(str_cut(rest, '\n', &rest), line))
            return true;
    }
    return false;
}

static struct str readme(struct world *world)
{
    struct buf buf;
    char path[512], block[4096];
    struct str text;
    size_t n;
    FILE *in;

    snprintf(path, sizeof path, "%s/layouts/README.md", world->home);
    in = fopen(path, "r");
    assert_non_null(in);
    buf_init(&buf, 1 << 20);
    while ((n = fread(block, 1, sizeof block, in)) > 0)
        buf_add(&buf, block, n);
    fclose(in);
    text = str_copy(world->arena, buf_view(&buf));
    buf_release(&buf);
    return text;
}

/* The next fenced block behind *rest, and its language. */
static bool fence(struct str *rest, struct str *language, struct str *body)
{
    const char *start = strstr(rest->p, "```"), *line, *end;

    if (!start)
        return false;
    line = strchr(start, '\n') + 1;
    end = strstr(line, "\n```");
    assert_non_null(end);
    *language = (struct str){start + 3, (size_t)(line - start) - 4};
    *body = (struct str){line, (size_t)(end - line) + 1};
    rest->n -= (size_t)(end + 4 - rest->p);
    rest->p = end + 4;
    return true;
}

static void the_examples_of_the_readme_say_what_it_says(void **state)
{
    struct world *world = *state;
    struct str rest = readme(world), language, body, next_language, expected;
    int examples = 0, mistakes = 0;

    while (fence(&rest, &language, &body)) {
        struct str ahead = rest, found, line;
        struct err err;
        const struct layout *layout;

        assert_true(str_is(language, "ini"));
        layout = load(world, body, &err);
        found = faults_text(world, &err);
        examples++;
        if (!fence(&ahead, &next_language, &expected) || !str_is(next_language, "text")) {
            if (!layout)
                print_error("%.*s", STR_ARG(found));
            assert_non_null(layout);
            continue;
        }
        rest = ahead;
        assert_null(layout);
        mistakes = 0;
        while (expected.n) {
            line = str_cut(expected, '\n', &expected);
            if (!has_line(found, line))
                print_error("missing: %.*s\nfound:\n%.*s", STR_ARG(line), STR_ARG(found));
            assert_true(has_line(found, line));
            mistakes++;
        }
        assert_int_equal(err.faults, mistakes);
    }
    assert_int_equal(examples, 6);
    assert_true(mistakes > 3);
}

struct mistake {
    const char *text; /* behind the head: flow and blocks */
    enum err_code code;
    int line, column; /* behind the head; 0: not looked at */
};

#define GRID "flow = a\n[grid a]\ncolumns = * *\nrow = 9mm\nrows =\n    a | {remarks}\n"

static const struct mistake mistakes[] = {
    {"flow = a\n[text a]\ntext = {exhibition_nam}\n", LAYOUT_FIELD, 3, 8},
    {"flow = a\n[text a]\ntext = {exhibition_name\n", LAYOUT_SYNTAX, 3, 8},
    {"flow = a\n[text a]\ntext = {open_date:dat}\n", LAYOUT_SYNTAX, 3, 8},
    {"flow = a\n[text a]\ntext = {host_name:money}\n", LAYOUT_FIELD, 3, 8},
    {"flow = a\n[text a]\ntext = {host_name.code}\n", LAYOUT_FIELD, 3, 8},
    {"flow = a\n[text a]\ntext = {goods}\n", LAYOUT_FIELD, 3, 8},
    {"flow = a\n[text a]\ntext = {page}\n", LAYOUT_FIELD, 3, 8},
    {"flow = a\n[text a]\ntext = {row}\n", LAYOUT_FIELD, 3, 8},
    {"flow = a\n[text a]\ntext = {sum total_area_sqm}\n", LAYOUT_SYNTAX, 3, 8},
    {"flow = a\n[text a]\nrole = valu\ntext = x\n", LAYOUT_REFERENCE, 3, 1},
    {"flow = a b\n[text a]\ntext = x\n", LAYOUT_REFERENCE, 1, 0},
    {"flow = a\n[text a]\ntext = x\n[text b]\ntext = y\n", LAYOUT_REFERENCE, 4, 0},
    {"flow = a\n[text a]\ntext = x\n[cell nothing]\nrow = 3mm\n", LAYOUT_REFERENCE, 4, 0},
    {"flow = a\n[text a]\nbold = yes\ntext = x\n", CONF_KEY, 3, 1},
    {"flow = a\n[text a]\ntext = x\n[txt b]\ntext = x\n", CONF_SECTION, 4, 0},
    {"flow = a\n[text a]\n", LAYOUT_SYNTAX, 2, 0},
    {"flow = a\n[grid a]\ncolumns = * *\nrows =\n    a | b | c\n", LAYOUT_GEOMETRY, 5, 5},
    {"flow = a\n[grid a]\ncolumns = * *\nrows =\n    < | b\n", LAYOUT_GEOMETRY, 5, 5},
    {"flow = a\n[grid a]\ncolumns = * *\nrows =\n    a | ^\n", LAYOUT_GEOMETRY, 5, 9},
    {"flow = a\n[grid a]\ncolumns = 3 *\nrows =\n    a | b\n", LAYOUT_GEOMETRY, 2, 0},
    {"flow = a\n[grid a]\ncolumns = 204mm *\nrows =\n    a | b\n", LAYOUT_GEOMETRY, 2, 0},
    {"flow = a\n[table a]\nrows = goods\ncolumns =\n    a | 150mm | left | {row}\n"
     "    b | 150mm | left | {row}\n",
     LAYOUT_GEOMETRY, 2, 0},
    {"flow = a\n[grid a]\nrow = 9\nrows =\n    a\n", CONF_VALUE, 3, 0},
    {"flow = a\n[table a]\nrows = good\ncolumns =\n    a | * | left | {row}\n", LAYOUT_FIELD, 2,
     0},
    {"flow = a\n[table a]\nrows = goods\ncolumns =\n    a | * | {row}\n", LAYOUT_SYNTAX, 5, 5},
    {"flow = a\n[table a]\nrows = goods\ncolumns =\n    a | * | lft | {row}\n", LAYOUT_SYNTAX,
     5, 13},
    {"flow = a\n[table a]\nrows = goods\ncolumns =\n    a | * | left | {row}\n"
     "table-end =\n    {sum goods_name}\n",
     LAYOUT_FIELD, 7, 5},
    {"flow = a\n[table a]\nrows = goods\ncolumns =\n    a | * | left | {row}\n"
     "table-end =\n    {goods_name}\n",
     LAYOUT_FIELD, 7, 5},
    {"flow = a\n[table a]\nrows = goods\ncolumns =\n    a | * | left | {row}\n"
     "table-end =\n    {sum group total_price}\n",
     LAYOUT_SYNTAX, 7, 5},
    {"flow = a\n[table a]\nrows = goods\ngroup = hs_code\ncolumns =\n"
     "    a | * | left | {row}\n",
     LAYOUT_SYNTAX, 2, 0},
    {"flow = a\n[table a]\nrows = goods\ngroup = hscode\ncolumns =\n"
     "    a | * | left | {row}\n",
     LAYOUT_FIELD, 2, 0},
    {"flow = a\n[text a]\ntext = x\n[header]\nright = x\n", LAYOUT_MARK, 0, 0},
    {"flow = a\n[text a]\ntext = x\n[qr verify]\ntext = {number}\n", LAYOUT_MARK, 0, 0},
    {"flow = a\n[text a]\ntext = x\n[qr verify]\nwhen = approved\n", LAYOUT_MARK, 0, 0},
    {"flow = a\n[text a]\ntext = x\n[page]\nmargin = 1mm 2mm\n", LAYOUT_GEOMETRY, 5, 1},
    {"flow = a\n[text a]\ntext = x\n[page]\nmargin = 9mm 90mm 9mm 90mm\n", LAYOUT_GEOMETRY, 0,
     0},
    {"flow = a\n[text a]\ntext = x\n[role small]\ncolour = red\n", LAYOUT_SYNTAX, 4, 0},
    {"flow = a\n[text a]\ntext = x\n[role small]\nsize = 300pt\n", LAYOUT_GEOMETRY, 4, 0},
    {"flow = a\n[text a]\ntext = {check host_name}\n", LAYOUT_FIELD, 3, 8},
    {"flow = a\n[text a]\ntext = {check hostname x}\n", LAYOUT_FIELD, 3, 8},
    {"flow = a\n[text a]\ntext = {check master_customs 平谷}\n", LAYOUT_FIELD, 3, 8},
    {"flow = a\n[text a]\nalign = spred\ntext = x\n", CONF_VALUE, 3, 0},
    {"flow = a\n[grid a]\nrule = wavy\nrows =\n    a\n", CONF_VALUE, 3, 0},
    {GRID "[cell remarks]\noverflow = refuse\n", LAYOUT_GEOMETRY, 6, 9},
    {GRID "[cell remarks]\noverflow = shrink\n", LAYOUT_SYNTAX, 7, 1},
    {GRID "[cell remarks]\noverflow = shrink 3pt\n", LAYOUT_GEOMETRY, 7, 1},
    {GRID "[cell remarks]\nrule = thick\n", CONF_VALUE, 8, 0},
    {"flow = a\n[grid a]\nrows =\n    {remarks}\n[cell remarks]\noverflow = annex\n",
     LAYOUT_GEOMETRY, 4, 5},
    {"flow = a\n[table a]\nrows = goods\nrow = 9mm\ncolumns =\n    a | * | left | "
     "{goods_name}\n"
     "[cell goods_name]\noverflow = annex\n",
     LAYOUT_SYNTAX, 7, 1},
    {"flow = a\n[table a]\nrows = goods\nrow = 9mm\ncolumns =\n"
     "    a | fit | left | {goods_name}\n[cell goods_name]\noverflow = refuse\n",
     LAYOUT_GEOMETRY, 6, 22},
    {GRID "[seal a]\nat = cell remark\nsize = 42mm\n", LAYOUT_REFERENCE, 8, 1},
    {GRID "[seal a]\nat = middle\nsize = 42mm\n", LAYOUT_GEOMETRY, 8, 1},
    {GRID "[seal a]\nat = top-left 180mm 20mm\nsize = 42mm\n", LAYOUT_GEOMETRY, 8, 1},
    {GRID "[seal a]\nat = cell remarks\nsize = 46mm\n", LAYOUT_GEOMETRY, 9, 1},
    {GRID "[seal a]\nat = cell remarks\nsize = 42\n", LAYOUT_GEOMETRY, 9, 1},
    {GRID "[seal a]\nat = cell remarks\nsize = 40mm 30mm\n", LAYOUT_GEOMETRY, 9, 1},
    {GRID "[seal a]\nat = cell remarks\nsize = 55mm 41mm\nshape = oblong\n", LAYOUT_GEOMETRY, 9,
     1},
    {GRID "[seal a]\nat = cell remarks\nsize = 56mm 45mm\nshape = oval\n", LAYOUT_GEOMETRY, 9,
     1},
    {GRID "[seal a]\nat = cell remarks\nsize = 35mm 31mm\nshape = signature\n", LAYOUT_GEOMETRY,
     9, 1},
    {GRID "[seal a]\nat = cell remarks\nsize = 42mm\nimage = nothing.png\n", LAYOUT_REFERENCE,
     10, 1},
    {GRID "[seal a]\nat = cell remarks\nsize = 42mm\nimage = ../x.png\n", LAYOUT_REFERENCE, 10,
     1},
    {GRID "[seal a]\nat = cell remarks\nsize = 42mm\nimage = common/roles.ini\n", IMAGE_FAULT,
     10, 1},
    {GRID "[copies]\n1 = 第一联\n", LAYOUT_REFERENCE, 7, 1},
    {GRID "[copies]\n2 = 第二联\n[header]\nleft = {copy}\n", LAYOUT_SYNTAX, 7, 1},
    {GRID "[page]\nbinding = 10mm right\n", LAYOUT_SYNTAX, 0, 0},
    {GRID "[page]\nbinding = 150mm left\n", LAYOUT_GEOMETRY, 0, 0},
};

static void every_mistake_has_its_code_and_its_place(void **state)
{
    struct world *world = *state;
    int lines = 0;

    for (const char *p = head; *p; p++)
        lines += *p == '\n';
    for (size_t i = 0; i < COUNT(mistakes); i++) {
        const struct mistake *m = &mistakes[i];
        struct str text = str_printf(world->arena, "%s%s", head, m->text);
        struct err err;
        bool met = false;

        if (load(world, text, &err))
            print_error("no fault in:\n%s", m->text);
        assert_true(err.faults > 0);
        for (const struct fault *f = err.first; f; f = f->next)
            met = met || (f->code == m->code && (!m->line || f->at.line == lines + m->line) &&
                          (!m->column || f->at.column == m->column));
        if (!met)
            print_error("%s\nfound:\n%.*s", m->text, STR_ARG(faults_text(world, &err)));
        assert_true(met);
    }
}

static void a_misspelt_field_gets_a_suggestion(void **state)
{
    struct world *world = *state;
    struct str text =
        str_printf(world->arena, "%sflow = a\n[text a]\ntext = {host_nam}\n", head);
    struct err err;

    assert_null(load(world, text, &err));
    assert_true(str_is(err.first->hint, "did you mean 'host_name'?"));
}

static void a_check_sheet_never_bears_a_seal(void **state)
{
    struct world *world = *state;
    const struct kind *kind = kinds_find(world->kinds, STR("exhibition_filing"));
    const struct layout *layout = NULL;
    struct err err;

    write_layout(world, str_printf(world->arena,
                                   "%sflow = a\n[text a]\ntext = x\n[barcode n]\n"
                                   "at = top-right 15mm 13mm\ntext = {number}\n"
                                   "[seal s]\nat = top-left 20mm 20mm\nsize = 42mm\n",
                                   head));
    err_init(&err, world->arena);
    assert_false(layout_load(world->arena, world->temp, file, kind,
                             kind_output(kind, STR("check_sheet")), &layout, &err));
    assert_int_equal(err.faults, 1);
    assert_non_null(strstr(err.first->en.p, "check sheet never"));
}

static void joined_cells_span_rows_and_columns(void **state)
{
    struct world *world = *state;
    struct str text = str_printf(world->arena,
                                 "%sflow = a\n[grid a]\ncolumns = * * *\nrows =\n"
                                 "    a | <  | b\n"
                                 "    ^ | ^  | c\n",
                                 head);
    struct err err;
    const struct layout *layout = load(world, text, &err);
    const struct grid *grid;

    assert_non_null(layout);
    grid = &layout->flow[0].as.grid;
    assert_int_equal(grid->rows[0].cells[0].columns, 2);
    assert_int_equal(grid->rows[0].cells[0].rows, 2);
    assert_int_equal(grid->rows[1].cells[1].columns, 0);
    assert_int_equal(grid->rows[1].cells[2].columns, 1);
}

static void every_layout_of_the_project_loads(void **state)
{
    struct world *world = *state;
    const struct layouts *layouts;
    struct err err;
    size_t outputs = 0;

    err_init(&err, world->arena);
    if (!layouts_load(world->arena, world->home, world->kinds, &layouts, &err))
        print_error("%.*s", STR_ARG(faults_text(world, &err)));
    assert_int_equal(err.faults, 0);
    for (size_t k = 0; k < world->kinds->count; k++) {
        const struct kind *kind = &world->kinds->all[k];

        for (size_t o = 0; o < kind->output_count; o++, outputs++) {
            const struct layout *layout = NULL;

            assert_true(layout_pick(layouts, kind, &kind->outputs[o],
                                    STR("2024-08-14T15:22:41+08:00"), &layout, &err));
            assert_true(str_is(layout->note, "样式为参考，非官方格式文书原样"));
        }
    }
    assert_int_equal(outputs, 10);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_examples_of_the_readme_say_what_it_says),
        cmocka_unit_test(every_mistake_has_its_code_and_its_place),
        cmocka_unit_test(a_misspelt_field_gets_a_suggestion),
        cmocka_unit_test(a_check_sheet_never_bears_a_seal),
        cmocka_unit_test(joined_cells_span_rows_and_columns),
        cmocka_unit_test(every_layout_of_the_project_loads),
    };

    return cmocka_run_group_tests(tests, world_open, world_close);
}
