/* PDF files as other programs see them: qpdf finds no fault, pdffonts finds all fonts embedded,
 * pdftotext reads what was written, zbarimg reads the code off the picture. */
#include "code/code.h"
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
    char folder[SCRATCH_ROOM];
    struct err err;
};

static int open_room(void **state)
{
    struct room *room = calloc(1, sizeof *room);

    if (!room || !scratch_make(room->folder))
        return -1;
    room->arena = arena_new(256 << 20, NULL, NULL);
    room->scratch = arena_new(512 << 20, NULL, NULL);
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
    return 0;
}

static const struct pdf_file files[] = {
    {{"record.json", 11}, {"text/json", 9}, {"it", 2}, "Source", {"{\"a\":\"<&>\"}\n", 12}}};

static struct pdf_info info_of(const char *title)
{
    return (struct pdf_info){.pages = 1,
                             .title = str_from(title),
                             .subject = STR("EX2024-000123"),
                             .author = STR("上海(示例)公司"),
                             .note = STR("样式为参考，非官方格式文书原样"),
                             .created = STR("2024-05-06T07:08:09+08:00"),
                             .output = STR("filing_application"),
                             .layout = STR("00ff"),
                             .release = STR("9.9.9"),
                             .files = files,
                             .file_count = COUNT(files),
                             .id = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 255}};
}

static int face_of(const struct room *room, const char *id)
{
    for (int i = 0; i < fonts_faces(room->fonts); i++)
        if (str_is(fonts_face(room->fonts, i)->id, id))
            return i;
    fail_msg("no face %s", id);
    return -1;
}

static struct run run_of(struct room *room, const char *face, const char *text,
                         const char *script, mpt x, mpt y)
{
    bool rtl = strcmp(script, "Arab") == 0;
    struct font_shape out;
    struct run run = {.face = face_of(room, face), .size = PT(12), .x = x, .y = y};

    run.text = str_from(text);
    font_shape(room->fonts, room->scratch, run.face, run.size, run.text, script, rtl, "zh-CN",
               &out);
    run.glyphs = out.glyphs;
    run.count = out.count;
    run.reordered = rtl;
    return run;
}

static struct run *say(struct room *room, struct page *page, const char *face, const char *text,
                       const char *script, mpt y)
{
    struct item *item = page_add(page, ITEM_RUN, (struct origin){"test", 1, STR("")});

    item->as.run = run_of(room, face, text, script, MM(20), y);
    return &item->as.run;
}

static struct page *new_page(struct room *room)
{
    struct page *page = NEW(room->scratch, struct page);

    page_init(page, room->scratch, MM(210), MM(297));
    return page;
}

/* The pages as a file of this name in the scratch folder. */
static const char *write_pages(struct room *room, struct page *const *pages, size_t count,
                               const char *name)
{
    const char *path = scratch_path(room->scratch, room->folder, name);
    struct pdf_info info = info_of("展览会备案申请表 & <𠮷>");
    struct pdf *pdf;
    struct buf out;

    info.pages = count;
    buf_init(&out, 64 << 20);
    pdf = pdf_open(room->scratch, room->tools, room->fonts, &info, &out);
    for (size_t i = 0; i < count; i++)
        pdf_page(pdf, pages[i]);
    assert_true(pdf_close(pdf, NULL, &room->err));
    assert_true(scratch_write(path, buf_view(&out)));
    buf_release(&out);
    return path;
}

static const char *write_page(struct room *room, struct page *page)
{
    return write_pages(room, &page, 1, "page.pdf");
}

/* ---- asking */

static const char *ask(struct room *room, int *status, const char *const argv[], bool both)
{
    struct buf out;
    const char *text;

    buf_init(&out, SPAWN_OUTPUT_MOST);
    *status = spawn_run(argv, &out, both);
    text = arena_text(room->scratch, out.p ? out.p : "", out.n);
    buf_release(&out);
    return text;
}

static void assert_sound(struct room *room, const char *path)
{
    const char *const check[] = {"qpdf", "--check", path, NULL};
    const char *const fonts[] = {"pdffonts", path, NULL};
    struct str rest, line;
    int status;
    const char *said = ask(room, &status, check, true);

    if (status != 0 || strstr(said, "WARNING"))
        fail_msg("%s", said);
    rest = str_from(ask(room, &status, fonts, false));
    assert_int_equal(status, 0);
    str_cut(rest, '\n', &rest);
    str_cut(rest, '\n', &rest);
    for (line = str_cut(rest, '\n', &rest); line.n > 0; line = str_cut(rest, '\n', &rest))
        if (!strstr(arena_text(room->scratch, line.p, line.n), "yes yes yes"))
            fail_msg("%.*s", STR_ARG(line));
}

/* Without the marks (U+202A to U+202E) that pdftotext puts around words from right to left. */
static const char *read_text(struct room *room, const char *path)
{
    const char *const argv[] = {"pdftotext", "-raw", "-enc", "UTF-8", path, "-", NULL};
    int status;
    const char *text = ask(room, &status, argv, false);
    char *plain = arena_alloc(room->scratch, strlen(text) + 1);
    size_t n = 0;

    assert_int_equal(status, 0);
    for (; *text; text++) {
        if (memcmp(text, "\xE2\x80", 2) == 0 && (unsigned char)text[2] >= 0xAA &&
            (unsigned char)text[2] <= 0xAE)
            text += 2;
        else
            plain[n++] = *text;
    }
    return plain;
}

/* The same file with every stream readable. */
static const char *read_inside(struct room *room, const char *path)
{
    const char *const argv[] = {"qpdf", "--qdf", "--object-streams=disable", path, "-", NULL};
    struct buf out;
    const char *text;

    buf_init(&out, SPAWN_OUTPUT_MOST);
    assert_int_equal(spawn_run(argv, &out, false), 0);
    for (size_t i = 0; i < out.n; i++)
        if (out.p[i] == '\0')
            out.p[i] = '.';
    text = arena_text(room->scratch, out.p, out.n);
    buf_release(&out);
    return text;
}

/* ---- text */

static void every_script_reads_back_in_the_order_of_the_page(void **state)
{
    struct room *room = *state;
    struct page *page = new_page(room);
    const char *path;

    say(room, page, "noto-serif-sc", "展览会名称：𠮷野家（上海）", "Hani", PT(100));
    say(room, page, "noto-serif-sc", "Office of Trade fi 123.45", "Latn", PT(130));
    say(room, page, "hanamin-b", "𠀣", "Hani", PT(160));
    say(room, page, "noto-naskh-arabic", "شركة الخليج للمعارض والتجارة الدولية ذ.م.م", "Arab",
        PT(190));
    say(room, page, "noto-serif-thai", "บริษัท สยามหัตถศิลป์ จำกัด", "Thai", PT(220));
    say(room, page, "noto-serif-devanagari", "प्रदर्शनी हिन्दी", "Deva", PT(250));
    say(room, page, "lxgw-wenkai", "楷书意见", "Hani", PT(280));
    say(room, page, "noto-serif-sc", "한국어 전시회", "Hang", PT(310));
    path = write_page(room, page);
    assert_sound(room, path);
    assert_string_equal(read_text(room, path),
                        "展览会名称：𠮷野家（上海）\n"
                        "Office of Trade fi 123.45\n"
                        "𠀣\n"
                        "شركة\nالخليج\nللمعارض\nوالتجارة\nالدولية\nذ\n.\nم\n.\nم\n"
                        "บริษัท สยามหัตถศิลป์ จำกัด\n"
                        "प्रदर्शनी हिन्दी\n"
                        "楷书意见\n"
                        "한국어 전시회\n\f");
}

static void one_glyph_for_two_characters_reads_back_as_each(void **state)
{
    struct room *room = *state;
    struct page *page = new_page(room);

    /* U+529B 力 and the compatibility ideograph U+F98A look the same in Noto. */
    struct run *first = say(room, page, "noto-serif-sc", "\xE5\x8A\x9B", "Hani", PT(100));
    struct run *second = say(room, page, "noto-serif-sc", "\xEF\xA6\x8A", "Hani", PT(130));

    assert_int_equal(first->glyphs[0].id, second->glyphs[0].id);
    assert_string_equal(read_text(room, write_page(room, page)),
                        "\xE5\x8A\x9B\n\xEF\xA6\x8A\n\f");
}

/* Only one of them can have the character's number for its CID. */
static void two_glyphs_for_one_character_read_back_as_it(void **state)
{
    struct room *room = *state;
    struct page *page = new_page(room);
    struct run *run = say(room, page, "noto-serif-sc", "直置", "Hani", PT(100));

    run->text = STR("直直");
    say(room, page, "noto-serif-sc", "𠀋1", "Hani", PT(130));
    say(room, page, "noto-serif-sc", "置", "Hani", PT(160)); /* a glyph that stands for 直 */
    assert_string_equal(read_text(room, write_page(room, page)), "直直\n𠀋1\n置\n\f");
    assert_non_null(strstr(read_inside(room, write_page(room, page)),
                           "2 beginbfchar\n<D800>\n<76F4>\n<D801>\n<D840DC0B>\n"));
}

static void a_stretched_line_reads_back_without_blanks(void **state)
{
    struct room *room = *state;
    struct page *page = new_page(room);
    struct run *run = say(room, page, "noto-serif-sc", "货物名称及规格型号", "Hani", PT(100));
    struct glyph *glyphs = NEW_ARRAY(room->scratch, run->count, struct glyph);
    const char *path;

    for (size_t i = 0; i < run->count; i++) {
        glyphs[i] = run->glyphs[i];
        glyphs[i].advance += 900;
    }
    run->glyphs = glyphs;
    path = write_page(room, page);
    assert_string_equal(read_text(room, path), "货物名称及规格型号\n\f");
    assert_non_null(strstr(read_inside(room, path), ")-75("));
}

static void plain_runs_need_no_second_text(void **state)
{
    struct room *room = *state;
    struct page *page = new_page(room);
    const char *inside;

    say(room, page, "noto-serif-sc", "数量 10 台", "Hani", PT(100));
    inside = read_inside(room, write_page(room, page));
    assert_null(strstr(inside, "ActualText"));
    assert_non_null(strstr(inside, "<0001>\n<00FF>\n<0001>\n"));
    assert_non_null(strstr(inside, "/CIDFontType0C"));
}

static void a_lifted_glyph_comes_down_again(void **state)
{
    struct room *room = *state;
    struct page *page = new_page(room);
    struct run *run = say(room, page, "noto-serif-sc", "甲乙丙", "Hani", PT(100));
    struct glyph *glyphs = NEW_ARRAY(room->scratch, 3, struct glyph);

    memcpy(glyphs, run->glyphs, 3 * sizeof *glyphs);
    glyphs[1].dy = 2500;
    glyphs[2].dy = 2500;
    run->glyphs = glyphs;
    assert_non_null(strstr(read_inside(room, write_page(room, page)), " 2.5 Ts["));
    assert_non_null(strstr(read_inside(room, write_page(room, page)), " 0 Ts"));
}

/* ---- drawing */

static void draw_everything(struct room *room, struct page *page, const struct modules *qr)
{
    struct item *item = page_artifact(page, ITEM_OUTLINE, (struct origin){"test", 1, STR("")});

    item->rgb = 0xDDDDDD;
    item->as.outline.angle = 45;
    item->as.outline.run = run_of(room, "noto-sans-sc", "仅供核对", "Hani", MM(60), MM(200));
    say(room, page, "noto-serif-sc", "文字", "Hani", PT(100));
    item = page_artifact(page, ITEM_RULE, (struct origin){"test", 2, STR("")});
    item->as.rule = (struct rule){MM(20), MM(50), MM(190), MM(50), 500, DASH_SOLID};
    item = page_add(page, ITEM_BOX, (struct origin){"test", 3, STR("")});
    item->rgb = 0x336699;
    item->as.box = (struct rect){MM(20), MM(60), MM(30), MM(5)};
    item = page_add(page, ITEM_MATRIX, (struct origin){"test", 4, STR("")});
    item->as.matrix = (struct matrix){{MM(150), MM(240), MM(25), MM(25)},
                                      qr->columns,
                                      qr->rows,
                                      qr->dark,
                                      STR("qr"),
                                      STR("")};
}

static void a_code_is_read_off_a_picture_of_200_dpi(void **state)
{
    struct room *room = *state;
    struct page *page = new_page(room);
    const char *url = "https://verify.example.invalid/c/EX2024-000123/ABCDEFGHIJKLMNOP";
    const char *picture = scratch_path(room->scratch, room->folder, "page");
    const char *const draw[] = {
        "pdftoppm", "-r",          "200",
        "-gray",    "-singlefile", scratch_path(room->scratch, room->folder, "page.pdf"),
        picture,    NULL};
    const char *const scan[] = {"zbarimg", "-q", "--raw",
                                arena_printf(room->scratch, "%s.pgm", picture), NULL};
    struct modules qr;
    int status;

    assert_true(qr_encode(room->scratch, str_from(url), QR_M, &qr, &room->err));
    draw_everything(room, page, &qr);
    assert_sound(room, write_page(room, page));
    ask(room, &status, draw, false);
    assert_int_equal(status, 0);
    assert_string_equal(ask(room, &status, scan, false),
                        arena_printf(room->scratch, "%s\n", url));
}

static void drawings_are_written_as_declared(void **state)
{
    struct room *room = *state;
    struct page *page = new_page(room);
    const uint8_t dark[] = {1, 1, 0, 1, 0, 0};
    const struct modules two = {3, 2, dark};
    const char *path, *inside;

    draw_everything(room, page, &two);
    path = write_page(room, page);
    inside = read_inside(room, path);
    assert_non_null(strstr(inside, "/Artifact<</Type/Pagination/Subtype/Watermark>>BDC\n"
                                   "0.867 g\n/X"));
    assert_non_null(strstr(inside, "q 0.008485 0.008485 -0.008485"));
    assert_non_null(strstr(inside, "0.5 w\n56.693 700.158 m 538.583 700.158 l S\n"));
    assert_non_null(strstr(inside, "0.2 0.4 0.6 rg\n56.693 657.638 85.039 14.173 re f\n"));
    assert_non_null(strstr(inside, "q 70.866 0 0 70.866 425.197 90.709 cm /X"));
    assert_non_null(strstr(inside, "stream\n\x20\x60\nendstream")); /* dark is 0 */
    /* The watermark is no text. */
    assert_string_equal(read_text(room, path), "文字\n\f");
}

/* ---- documents */

static bool contains(struct str bytes, const char *text)
{
    size_t n = strlen(text);

    for (size_t i = 0; i + n <= bytes.n; i++)
        if (memcmp(bytes.p + i, text, n) == 0)
            return true;
    return false;
}

static void the_same_pages_make_the_same_bytes(void **state)
{
    struct room *room = *state;
    struct str bytes[2];

    for (int i = 0; i < 2; i++) {
        struct page *page = new_page(room);
        struct pdf_info info = info_of("title");
        struct pdf *pdf;
        struct pdf_made made;
        struct buf out;

        buf_init(&out, 1 << 20);
        pdf = pdf_open(room->scratch, room->tools, room->fonts, &info, &out);
        say(room, page, "noto-serif-sc", "同一页", "Hani", PT(100));
        say(room, page, "lxgw-wenkai", "同一字节", "Hani", PT(130));
        pdf_page(pdf, page);
        assert_true(pdf_close(pdf, &made, &room->err));
        assert_int_equal(made.faces, (uint64_t)1 << face_of(room, "noto-serif-sc") |
                                         (uint64_t)1 << face_of(room, "lxgw-wenkai"));
        bytes[i] = str_copy(room->scratch, buf_view(&out));
        buf_release(&out);
    }
    assert_true(str_eq(bytes[0], bytes[1]));
    assert_true(contains(bytes[0], "/ID[<0102030405060708090A0B0C0D0E0FFF>"
                                   "<0102030405060708090A0B0C0D0E0FFF>]"));
    assert_true(bytes[0].n < 9000);
}

static void other_glyphs_give_the_font_another_name(void **state)
{
    static const char *const texts[] = {"甲", "乙"};
    struct room *room = *state;
    char names[2][7];

    for (size_t i = 0; i < 2; i++) {
        struct page *page = new_page(room);
        const char *name;

        say(room, page, "noto-serif-sc", texts[i], "Hani", PT(100));
        name = strstr(read_inside(room, write_page(room, page)), "+NotoSerifCJKsc-Regular");
        assert_non_null(name);
        memcpy(names[i], name - 6, 6);
        names[i][6] = '\0';
    }
    assert_string_not_equal(names[0], names[1]);
}

static void a_thousand_pages_stay_in_order(void **state)
{
    enum { PAGES = 1000 };
    struct room *room = *state;
    struct page **pages = NEW_ARRAY(room->scratch, PAGES, struct page *);
    struct buf wanted;
    const char *path;

    buf_init(&wanted, 1 << 20);
    for (size_t i = 0; i < PAGES; i++) {
        pages[i] = new_page(room);
        say(room, pages[i], "noto-serif-sc", arena_printf(room->scratch, "%zu", i), "Hani",
            PT(100));
        buf_printf(&wanted, "%zu\n\f", i);
    }
    path = write_pages(room, pages, PAGES, "many.pdf");
    assert_sound(room, path);
    assert_string_equal(read_text(room, path), wanted.p);
    buf_release(&wanted);
}

static void the_information_is_text_of_any_script(void **state)
{
    struct room *room = *state;
    const char *path = write_page(room, new_page(room));
    const char *const argv[] = {"pdfinfo", "-rawdates", path, NULL};
    int status;
    const char *said = ask(room, &status, argv, false);

    assert_sound(room, path);
    assert_non_null(strstr(said, "展览会备案申请表 & <𠮷>\n"));
    assert_non_null(strstr(said, "EX2024-000123\n"));
    assert_non_null(strstr(said, "上海(示例)公司\n"));
    assert_non_null(strstr(said, "D:20240506070809+08'00'\n"));
    assert_non_null(strstr(said, "595.276 x 841.89 pts (A4)"));
    assert_non_null(strstr(said, "PDF version:     1.7"));
    assert_non_null(strstr(said, "danzheng"));
    assert_null(strstr(said, "Haru"));
}

static void a_glyph_that_the_face_lacks_stops_the_document(void **state)
{
    static const struct glyph notdef = {.id = 0, .advance = PT(12)};
    struct room *room = *state;
    struct page *page = new_page(room);
    struct pdf_info info = info_of("title");
    struct run *run = say(room, page, "noto-serif-sc", "字", "Hani", PT(100));
    struct pdf *pdf;
    struct buf out;

    buf_init(&out, 1 << 20);
    buf_text(&out, "before");
    pdf = pdf_open(room->scratch, room->tools, room->fonts, &info, &out);
    run->glyphs = &notdef;
    pdf_page(pdf, page);
    assert_false(pdf_close(pdf, NULL, &room->err));
    assert_int_equal(room->err.first->code, INTERNAL);
    assert_string_equal(out.p, "before");
    buf_release(&out);
}

/* The code with which a document of this page and description is refused. */
static enum err_code refused(struct room *room, const struct page *page,
                             const struct pdf_info *info)
{
    struct err err;
    struct pdf *pdf;
    struct buf out;
    bool made;

    err_init(&err, room->scratch);
    buf_init(&out, 64 << 20);
    buf_text(&out, "before");
    pdf = pdf_open(room->scratch, room->tools, room->fonts, info, &out);
    pdf_page(pdf, page);
    made = pdf_close(pdf, NULL, &err);
    assert_true(made || strcmp(out.p, "before") == 0);
    buf_release(&out);
    return made ? ERR_NONE : err.first->code;
}

static void what_pdf_a_cannot_hold_is_refused(void **state)
{
    struct room *room = *state;
    struct page *page = new_page(room);
    struct pdf_info info = info_of("title");
    char *words = arena_alloc(room->scratch, 16384);
    struct pdf_file file = files[0];

    say(room, page, "noto-serif-sc", "字", "Hani", PT(100));
    memset(words, 'x', 16383);
    assert_int_equal(refused(room, page, &info), ERR_NONE);
    page->width = PT(14400);
    assert_int_equal(refused(room, page, &info), ERR_NONE);
    page->width++;
    assert_int_equal(refused(room, page, &info), PROFILE_LIMIT);
    page->width = PT(3) - 1;
    assert_int_equal(refused(room, page, &info), PROFILE_LIMIT);
    page->width = PT(3);
    info.note = (struct str){words, 16382};
    assert_int_equal(refused(room, page, &info), ERR_NONE);
    info.note.n++;
    assert_int_equal(refused(room, page, &info), PROFILE_LIMIT);
    info.note.n = 1;
    file.about = (struct str){words, 16383};
    info.files = &file;
    assert_int_equal(refused(room, page, &info), PROFILE_LIMIT);
}

static void a_document_larger_than_the_buffer_is_refused(void **state)
{
    struct room *room = *state;
    struct page *page = new_page(room);
    struct pdf_info info = info_of("title");
    struct pdf *pdf;
    struct buf out;

    buf_init(&out, 1000);
    pdf = pdf_open(room->scratch, room->tools, room->fonts, &info, &out);
    say(room, page, "noto-serif-sc", "字", "Hani", PT(100));
    pdf_page(pdf, page);
    assert_false(pdf_close(pdf, NULL, &room->err));
    assert_int_equal(room->err.first->code, MEMORY_LIMIT);
    buf_release(&out);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup(name, begin)
    const struct CMUnitTest tests[] = {
        TEST(every_script_reads_back_in_the_order_of_the_page),
        TEST(one_glyph_for_two_characters_reads_back_as_each),
        TEST(two_glyphs_for_one_character_read_back_as_it),
        TEST(a_stretched_line_reads_back_without_blanks),
        TEST(plain_runs_need_no_second_text),
        TEST(a_lifted_glyph_comes_down_again),
        TEST(a_code_is_read_off_a_picture_of_200_dpi),
        TEST(drawings_are_written_as_declared),
        TEST(the_same_pages_make_the_same_bytes),
        TEST(other_glyphs_give_the_font_another_name),
        TEST(a_thousand_pages_stay_in_order),
        TEST(the_information_is_text_of_any_script),
        TEST(a_glyph_that_the_face_lacks_stops_the_document),
        TEST(what_pdf_a_cannot_hold_is_refused),
        TEST(a_document_larger_than_the_buffer_is_refused),
    };
    return cmocka_run_group_tests(tests, open_room, close_room);
}
