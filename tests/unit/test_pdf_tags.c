/* What archives and screen readers ask of a PDF: structure, metadata, attachments, the profile
 * of old archives. Looked at as qpdf shows it, with every stream readable. */
#include "pdf/pdf.h"

#include "spawn.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

struct room {
    struct arena *arena; /* of the fonts */
    struct fonts *fonts;
    struct pdf_tools *tools;
    struct arena *scratch; /* emptied after each test */
    struct pdf_info info;
    struct page pages[6];
    char folder[SCRATCH_ROOM];
    struct err err;
};

static const struct pdf_file record = {.name = {"record.json", 11},
                                       .type = {"application/json", 16},
                                       .about = {"the record", 10},
                                       .relation = "Source",
                                       .bytes = {"{\"a\":\"<&>\"}\n", 12}};

static int open_room(void **state)
{
    struct room *room = calloc(1, sizeof *room);

    if (!room || !scratch_make(room->folder))
        return -1;
    room->arena = arena_new(256 << 20, NULL, NULL);
    room->scratch = arena_new(256 << 20, NULL, NULL);
    room->tools = pdf_tools_open(room->arena);
    err_init(&room->err, room->arena);
    *state = room;
    return room->tools &&
                   fonts_open(room->arena, getenv("DANZHENG_HOME"), &room->fonts, &room->err)
               ? 0
               : -1;
}

static int close_room(void **state)
{
    struct room *room = *state;

    scratch_remove(room->folder);
    pdf_tools_close(room->tools);
    fonts_close(room->fonts);
    arena_free(room->scratch);
    arena_free(room->arena);
    free(room);
    return 0;
}

static int begin(void **state)
{
    struct room *room = *state;

    arena_reset(room->scratch);
    err_init(&room->err, room->scratch);
    room->info = (struct pdf_info){.pages = 1,
                                   .title = STR("展览品清单 <A&B>"),
                                   .subject = STR("EX1"),
                                   .created = STR("2024-05-06T07:08:09.5+08:00"),
                                   .output = STR("goods_list"),
                                   .layout = STR("00ff"),
                                   .release = STR("9.9.9"),
                                   .files = &record,
                                   .file_count = 1};
    for (size_t i = 0; i < COUNT(room->pages); i++)
        page_init(&room->pages[i], room->scratch, MM(210), MM(297));
    return 0;
}

/* ---- making */

static struct run *say(struct room *room, struct page *page, const char *words)
{
    struct item *item = page_add(page, ITEM_RUN, (struct origin){"test", 1, STR("")});
    struct font_shape shape;
    struct run run = {.size = PT(12), .x = MM(20), .y = MM(20), .text = str_from(words)};

    for (int i = 0; i < fonts_faces(room->fonts); i++)
        if (str_is(fonts_face(room->fonts, i)->id, "noto-serif-sc"))
            run.face = i;
    font_shape(room->fonts, room->scratch, run.face, run.size, run.text, "Hani", false, "zh-CN",
               &shape);
    run.glyphs = shape.glyphs;
    run.count = shape.count;
    item->as.run = run;
    return &item->as.run;
}

/* A row of one cell in a body of the table that this page opens, or goes on with. */
static void row(struct room *room, struct page *page, const char *words)
{
    page->elements[page_open(page, TAG_TABLE)].series = 1;
    page_open(page, TAG_TBODY);
    page_open(page, TAG_TR);
    page_open(page, TAG_TD);
    if (words)
        say(room, page, words);
    for (int i = 0; i < 4; i++)
        page_close(page);
}

/* The pages as a file, read by qpdf; NULL when it was refused. */
static const char *written(struct room *room)
{
    const char *path = scratch_path(room->scratch, room->folder, "page.pdf");
    const char *const argv[] = {"qpdf", "--qdf", "--object-streams=disable", path, "-", NULL};
    struct buf out;
    struct pdf *pdf;
    const char *text = NULL;

    buf_init(&out, 1 << 24);
    pdf = pdf_open(room->scratch, room->tools, room->fonts, &room->info, &out);
    for (size_t i = 0; i < room->info.pages; i++)
        pdf_page(pdf, &room->pages[i]);
    if (pdf_close(pdf, NULL, &room->err)) {
        assert_true(scratch_write(path, buf_view(&out)));
        buf_clear(&out);
        assert_int_equal(spawn_run(argv, &out, false), 0);
        for (size_t i = 0; i < out.n; i++)
            out.p[i] = out.p[i] ? out.p[i] : '.';
        text = arena_text(room->scratch, out.p, out.n);
    }
    buf_release(&out);
    return text;
}

static int times(const char *text, const char *what)
{
    int n = 0;

    while ((text = strstr(text, what))) {
        text += strlen(what);
        n++;
    }
    return n;
}

/* ---- structure */

static void a_table_over_pages_is_one_with_a_body_for_each(void **state)
{
    struct room *room = *state;
    const char *text;

    room->info.pages = 2;
    row(room, &room->pages[0], "甲");
    row(room, &room->pages[1], "乙");
    text = written(room);
    assert_int_equal(times(text, "/S /Table\n"), 1);
    assert_int_equal(times(text, "/S /TBody\n"), 2);
    assert_int_equal(times(text, "/S /TD\n"), 2);
    assert_int_equal(times(text, "/StructParents "), 2);
}

static void a_cell_is_there_when_it_is_empty_a_paragraph_is_not(void **state)
{
    struct room *room = *state;
    const char *text;

    row(room, &room->pages[0], NULL);
    page_open(&room->pages[0], TAG_P);
    page_close(&room->pages[0]);
    say(room, &room->pages[0], "甲");
    text = written(room);
    assert_int_equal(times(text, "/S /TD\n"), 1);
    assert_int_equal(times(text, "/S /P\n"), 0);
}

static void cells_say_how_far_they_reach_and_headings_what_for(void **state)
{
    struct room *room = *state;
    struct page *page = &room->pages[0];
    const char *text;
    int cell;

    page_open(page, TAG_TABLE);
    page_open(page, TAG_THEAD);
    page_open(page, TAG_TR);
    cell = page_open(page, TAG_TH);
    page->elements[cell].columns = 3;
    say(room, page, "品名");
    page_close(page);
    page_close(page);
    page_close(page);
    page_open(page, TAG_TBODY);
    page_open(page, TAG_TR);
    page_open(page, TAG_TH);
    say(room, page, "数量");
    text = written(room);
    assert_int_equal(times(text, "/ColSpan 3\n"), 1);
    assert_int_equal(times(text, "/Scope /Column\n"), 1);
    assert_int_equal(times(text, "/Scope /Row\n"), 1);
    assert_int_equal(times(text, "/RowSpan"), 0);
}

static void reordered_glyphs_say_their_text_in_the_element(void **state)
{
    struct room *room = *state;
    struct page *page = &room->pages[0];
    struct run *run;
    const char *text;

    page_open(page, TAG_P);
    run = say(room, page, "甲乙");
    run->reordered = true;
    run->language = "ar";
    page_close(page);
    page_open(page, TAG_P);
    say(room, page, "丙");
    text = written(room);
    assert_int_equal(times(text, "/ActualText"), 1);
    assert_int_equal(times(text, "/Lang (ar)\n"), 1);
    assert_non_null(strstr(text, "/Span<</MCID 0/Lang(ar)>>BDC"));
    assert_non_null(strstr(text, "/P<</MCID 1>>BDC"));
}

/* PDF/A-3u asks it also of those of a cluster of several, whose words carry their own text. */
static void every_glyph_stands_for_a_character(void **state)
{
    static const char *const words[][3] = {{"noto-serif-devanagari", "Deva", "प्रदर्शनी"},
                                           {"noto-serif-thai", "Thai", "กำ น้ำ"}};
    struct room *room = *state;
    const char *text;

    for (size_t i = 0; i < COUNT(words); i++) {
        struct run *run = say(room, &room->pages[0], "字");
        struct font_shape shape;

        for (int f = 0; f < fonts_faces(room->fonts); f++)
            if (str_is(fonts_face(room->fonts, f)->id, words[i][0]))
                run->face = f;
        run->text = str_from(words[i][2]);
        font_shape(room->fonts, room->scratch, run->face, run->size, run->text, words[i][1],
                   false, "zh-CN", &shape);
        run->glyphs = shape.glyphs;
        run->count = shape.count;
    }
    text = written(room);
    assert_non_null(text);
    assert_int_equal(times(text, "beginbfchar"), 2);
    assert_int_equal(times(text, "> <>\n"), 0);
}

static void every_mark_is_an_element_s_or_an_artifact(void **state)
{
    struct room *room = *state;
    struct page *page = &room->pages[0];
    struct item *item = page_artifact(page, ITEM_RULE, (struct origin){"test", 1, STR("")});
    const char *text;

    item->as.rule = (struct rule){.x2 = PT(9), .thick = PT(1)};
    page_open(page, TAG_P);
    say(room, page, "甲");
    text = written(room);
    assert_int_equal(times(text, "BDC\n"), 2);
    assert_int_equal(times(text, "EMC\n"), 2);
    assert_int_equal(times(text, "/Artifact<</Type/Layout>>BDC\n"), 1);
}

static void what_pages_have_in_common_stands_once(void **state)
{
    static const uint8_t dark[] = {1, 0, 1, 1};
    struct room *room = *state;
    const char *text;

    room->info.pages = 2;
    for (size_t i = 0; i < 2; i++) {
        struct item *item =
            page_artifact(&room->pages[i], ITEM_MATRIX, (struct origin){"test", 1, STR("")});

        item->as.matrix = (struct matrix){
            .at = {0, 0, PT(20), PT(20)}, .columns = 2, .rows = 2, .modules = dark};
    }
    text = written(room);
    assert_int_equal(times(text, "/ImageMask true"), 1);
    assert_int_equal(times(text, " Do Q\n"), 2);
}

/* The first page with these rules may be the only one. */
static void rules_of_many_pages_stand_twice(void **state)
{
    enum { RULES = 20 };
    struct room *room = *state;
    const char *text;

    room->info.pages = COUNT(room->pages);
    for (size_t p = 0; p < COUNT(room->pages); p++)
        for (mpt i = 0; i <= RULES; i++) {
            struct item *item;

            if (i == RULES)
                page_artifact(&room->pages[p], ITEM_BOX, (struct origin){"test", 1, STR("")});
            item =
                page_artifact(&room->pages[p], ITEM_RULE, (struct origin){"test", 1, STR("")});

            item->as.rule = (struct rule){.x1 = PT(100),
                                          .y1 = PT(100 + 10 * i),
                                          .x2 = PT(500),
                                          .y2 = PT(100 + 10 * i),
                                          .thick = p == 4 && i < RULES ? PT(2) : 500};
        }
    text = written(room);
    assert_int_equal(times(text, " l S\n"), 3 * RULES + COUNT(room->pages));
    assert_int_equal(times(text, " Do\n"), COUNT(room->pages) - 2);
    assert_int_equal(times(text, "0.5 w\n"), 2 + COUNT(room->pages) - 1);
    assert_int_equal(times(text, "2 w\n"), 1);
    assert_int_equal(times(text, "/Artifact<</Type/Layout>>BDC\n"), COUNT(room->pages));
}

/* ---- metadata, attachments, profiles */

static void values_are_escaped_in_the_metadata(void **state)
{
    const char *text = written(*state);

    assert_non_null(strstr(text, "展览品清单 &lt;A&amp;B&gt;</rdf:li>"));
    assert_non_null(strstr(text, "<xmp:CreateDate>2024-05-06T07:08:09+08:00</xmp:CreateDate>"));
    assert_non_null(strstr(text, "/CreationDate (D:20240506070809+08'00')"));
    assert_null(strstr(text, "printedAt>2"));
}

static void a_character_that_xml_forbids_stops_the_document(void **state)
{
    struct room *room = *state;

    room->info.title = STR("title\x01");
    assert_null(written(room));
    assert_int_equal(room->err.first->code, PROFILE_LIMIT);
    err_init(&room->err, room->scratch);
    room->info.title = STR("title\xEF\xBF\xBE");
    assert_null(written(room));
}

static void the_record_is_attached_with_its_sum(void **state)
{
    const char *text = written(*state);

    assert_non_null(strstr(text, "/AFRelationship /Source"));
    assert_non_null(strstr(text, "/Size 12\n"));
    assert_non_null(strstr(text, "{\"a\":\"<&>\"}\n"));
}

static void old_archives_get_neither_tags_nor_attachments(void **state)
{
    struct room *room = *state;
    const char *text;

    room->info.profile = PDF_A1B;
    row(room, &room->pages[0], "甲");
    text = written(room);
    assert_int_equal(times(text, "%PDF-1.4\n"), 1);
    assert_int_equal(times(text, "BDC\n"), 0);
    assert_int_equal(times(text, "/StructTreeRoot"), 0);
    assert_int_equal(times(text, "/EmbeddedFile"), 0);
    assert_int_equal(times(text, "/CIDSet"), 1);
    assert_non_null(strstr(text, "<pdfaid:part>1</pdfaid:part>"));
}

static void profiles_are_known_by_their_names(void **state)
{
    enum pdf_profile profile = PDF_A3U;

    (void)state;
    assert_true(pdf_profile_find(STR("1b"), &profile));
    assert_int_equal(profile, PDF_A1B);
    assert_string_equal(pdf_profile_name(profile), "1b");
    assert_false(pdf_profile_find(STR("2u"), &profile));
    assert_int_equal(profile, PDF_A1B);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup(name, begin)
    const struct CMUnitTest tests[] = {
        TEST(a_table_over_pages_is_one_with_a_body_for_each),
        TEST(a_cell_is_there_when_it_is_empty_a_paragraph_is_not),
        TEST(cells_say_how_far_they_reach_and_headings_what_for),
        TEST(reordered_glyphs_say_their_text_in_the_element),
        TEST(every_glyph_stands_for_a_character),
        TEST(every_mark_is_an_element_s_or_an_artifact),
        TEST(what_pages_have_in_common_stands_once),
        TEST(rules_of_many_pages_stand_twice),
        TEST(values_are_escaped_in_the_metadata),
        TEST(a_character_that_xml_forbids_stops_the_document),
        TEST(the_record_is_attached_with_its_sum),
        TEST(old_archives_get_neither_tags_nor_attachments),
        TEST(profiles_are_known_by_their_names),
    };
    return cmocka_run_group_tests(tests, open_room, close_room);
}
