/* A PDF read back: what was written is found again; whatever is cut, bent or appended is said
 * to be so, and nothing that a stranger sends ends the program. */
#include "pdfread/pdfread.h"

#include "confine/confine.h"
#include "pdf/pdf.h"

#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

enum { MEMORY = 512 << 20, PDF_MOST = 1 << 24 };

struct room {
    struct arena *arena, *scratch;
    struct fonts *fonts;
    struct pdf_tools *tools;
    struct err err;
    struct buf pdf;
};

static const char record[] = "{\"a\":\"<&>\"}\n";
static const struct pdf_file files[] = {
    {{"record.json", 11}, {"application/json", 16}, {"r", 1}, "Source", {record, 12}},
    {{"seal.txt", 8}, {"text/plain", 10}, {"s", 1}, "Supplement", {"SEAL", 4}},
};

static struct pdf_info info(void)
{
    return (struct pdf_info){.pages = 1,
                             .title = STR("展览品清单"),
                             .created = STR("2024-05-06T07:08:09+08:00"),
                             .output = STR("goods_list"),
                             .layout = STR("00ff"),
                             .release = STR("9.9.9"),
                             .printed_at = STR("2024-08-15T09:00:00+08:00"),
                             .copy = STR("副本 2"),
                             .dpi = 203,
                             .files = files,
                             .file_count = COUNT(files)};
}

static void write_pdf(struct room *room, const struct pdf_info *what, struct buf *out)
{
    struct pdf *pdf = pdf_open(room->scratch, room->tools, room->fonts, what, out);
    struct page page;

    page_init(&page, room->scratch, 595276, 841890);
    pdf_page(pdf, &page);
    assert_true(pdf_close(pdf, NULL, &room->err));
}

static int open_room(void **state)
{
    struct room *room = test_calloc(1, sizeof *room);

    room->arena = arena_new(MEMORY, NULL, NULL);
    room->scratch = arena_new(MEMORY, NULL, NULL);
    err_init(&room->err, room->arena);
    buf_init(&room->pdf, PDF_MOST);
    room->tools = pdf_tools_open(room->arena);
    *state = room;
    return fonts_open(room->arena, getenv("DANZHENG_HOME"), &room->fonts, &room->err) ? 0 : -1;
}

static int close_room(void **state)
{
    struct room *room = *state;

    pdf_tools_close(room->tools);
    fonts_close(room->fonts);
    buf_release(&room->pdf);
    arena_free(room->scratch);
    arena_free(room->arena);
    test_free(room);
    return 0;
}

/* The sound file, anew, in room->pdf. */
static int begin(void **state)
{
    struct room *room = *state;
    struct pdf_info what = info();

    arena_reset(room->scratch);
    err_init(&room->err, room->scratch);
    buf_clear(&room->pdf);
    write_pdf(room, &what, &room->pdf);
    return 0;
}

static struct pdfread read_well(struct room *room, struct str file)
{
    struct pdfread found;

    assert_true(pdf_read(room->scratch, file, &found, &room->err));
    return found;
}

static void assert_text(struct str text, const char *wanted)
{
    assert_int_equal(text.n, strlen(wanted));
    assert_memory_equal(text.p ? text.p : "", wanted, text.n);
}

/* ---- sound files */

static void what_was_attached_is_found(void **state)
{
    struct room *room = *state;
    struct pdfread found = read_well(room, buf_view(&room->pdf));

    assert_text(found.record, record);
    assert_text(found.seal, "SEAL");
    assert_text(found.fault_en, "");
    assert_text(found.fault_zh, "");
}

static void what_it_takes_to_render_again_is_found(void **state)
{
    struct room *room = *state;
    struct pdfread found = read_well(room, buf_view(&room->pdf));

    assert_text(found.output, "goods_list");
    assert_text(found.profile, "3u");
    assert_text(found.layout, "00ff");
    assert_text(found.release, "9.9.9");
    assert_text(found.printed_at, "2024-08-15T09:00:00+08:00");
    assert_text(found.copy, "副本 2");
    assert_text(found.dpi, "203");
    assert_text(found.other, "");
}

static void what_was_not_given_is_empty(void **state)
{
    struct room *room = *state;
    struct pdf_info what = info();
    struct pdfread found;

    what.printed_at = what.copy = STR_NONE;
    what.file_count = 1;
    buf_clear(&room->pdf);
    write_pdf(room, &what, &room->pdf);
    found = read_well(room, buf_view(&room->pdf));
    assert_text(found.fault_en, "");
    assert_text(found.printed_at, "");
    assert_text(found.copy, "");
    assert_text(found.seal, "");
}

static void the_old_profile_has_no_attachment(void **state)
{
    struct room *room = *state;
    struct pdf_info what = info();
    struct pdfread found;

    what.profile = PDF_A1B;
    what.author = STR("startxref %%EOF");
    buf_clear(&room->pdf);
    write_pdf(room, &what, &room->pdf);
    found = read_well(room, buf_view(&room->pdf));
    assert_text(found.fault_en, "");
    assert_text(found.profile, "1b");
    assert_text(found.output, "goods_list");
    assert_text(found.record, "");
}

/* ---- one revision */

static void a_revision_that_was_appended_is_a_fault(void **state)
{
    struct room *room = *state;

    buf_text(&room->pdf, "1 0 obj\n<<>>\nendobj\nstartxref\n9\n%%EOF\n");
    assert_true(read_well(room, buf_view(&room->pdf)).fault_en.n > 0);
    assert_non_null(strstr(read_well(room, buf_view(&room->pdf)).fault_en.p, "2 revisions"));
}

static void anything_behind_the_end_is_a_fault(void **state)
{
    static const char *const more[] = {"\n", " ", "%", "%%EOF\n", "x"};
    struct room *room = *state;
    size_t n = room->pdf.n;

    for (size_t i = 0; i < COUNT(more); i++) {
        room->pdf.n = n;
        buf_text(&room->pdf, more[i]);
        assert_true(read_well(room, buf_view(&room->pdf)).fault_en.n > 0);
    }
}

static void anything_before_the_head_is_no_pdf(void **state)
{
    struct room *room = *state;
    struct str file = str_printf(room->scratch, " %.*s", 20, room->pdf.p);
    struct pdfread found;

    assert_false(pdf_read(room->scratch, file, &found, &room->err));
    assert_int_equal(room->err.last->code, FILE_UNKNOWN);
    assert_false(pdf_read(room->scratch, STR_NONE, &found, &room->err));
    assert_false(pdf_read(room->scratch, STR("{}"), &found, &room->err));
}

/* ---- strangers */

static void a_file_that_is_cut_is_a_fault(void **state)
{
    struct room *room = *state;
    size_t step = room->pdf.n / 40 + 1;

    for (size_t n = 5; n < room->pdf.n; n += step)
        assert_true(read_well(room, (struct str){room->pdf.p, n}).fault_en.n > 0);
}

/* Most flips are seen by the reader, some only by the comparison; none ends the program. */
static void a_file_with_a_byte_flipped_is_read_or_a_fault(void **state)
{
    struct room *room = *state;
    size_t faults = 0, step = room->pdf.n / 150 + 1;

    for (size_t at = 5; at < room->pdf.n; at += step) {
        char was = room->pdf.p[at];

        room->pdf.p[at] = (char)(was ^ (1 << at % 8));
        faults += read_well(room, buf_view(&room->pdf)).fault_en.n > 0;
        room->pdf.p[at] = was;
    }
    assert_true(faults > 75);
}

static struct str plain(struct room *room, const char *objects, const char *root)
{
    return str_printf(room->scratch,
                      "%%PDF-1.4\n%s\ntrailer\n<</Size 9/Root %s>>\nstartxref\n0\n%%%%EOF\n",
                      objects, root);
}

static void a_pdf_without_cross_references_is_not_mended(void **state)
{
    struct room *room = *state;
    struct str file = plain(room, "1 0 obj\n<</Type/Catalog>>\nendobj", "1 0 R");

    assert_true(read_well(room, file).fault_en.n > 0);
    assert_true(read_well(room, STR("%PDF-")).fault_en.n > 0);
}

/* An old-style file of the objects 1 to count, sound but for what it holds. */
static struct str made(struct room *room, const struct str *objects, size_t count)
{
    struct buf out;
    size_t *places = NEW_ARRAY(room->scratch, count, size_t), at;
    struct str file;

    buf_init(&out, PDF_MOST);
    buf_text(&out, "%PDF-1.4\n");
    for (size_t i = 0; i < count; i++) {
        places[i] = out.n;
        buf_printf(&out, "%zu 0 obj\n", i + 1);
        buf_str(&out, objects[i]);
        buf_text(&out, "\nendobj\n");
    }
    at = out.n;
    buf_printf(&out, "xref\n0 %zu\n0000000000 65535 f \n", count + 1);
    for (size_t i = 0; i < count; i++)
        buf_printf(&out, "%010zu 00000 n \n", places[i]);
    buf_printf(&out, "trailer\n<</Size %zu/Root 1 0 R>>\nstartxref\n%zu\n%%%%EOF\n", count + 1,
               at);
    file = str_copy(room->scratch, buf_view(&out));
    buf_release(&out);
    return file;
}

static struct pdfread read_packet(struct room *room, const char *packet)
{
    const struct str objects[] = {
        STR("<</Type/Catalog/Metadata 2 0 R/Pages 3 0 R>>"),
        str_printf(room->scratch, "<</Type/Metadata/Length %zu>>\nstream\n%s\nendstream",
                   strlen(packet), packet),
        STR("<</Type/Pages/Kids[]/Count 0>>"),
    };

    return read_well(room, made(room, objects, COUNT(objects)));
}

#define PACKET(inside)                                                                         \
    "<x:xmpmeta xmlns:x=\"adobe:ns:meta/\"><rdf:RDF"                                           \
    " xmlns:rdf=\"http://www.w3.org/1999/02/22-rdf-syntax-ns#\">"                              \
    "<rdf:Description xmlns:render=\"urn:x-danzheng:render:\">" inside                         \
    "</rdf:Description></rdf:RDF></x:xmpmeta>"

static void metadata_are_read_strictly(void **state)
{
    static const char *const bad[] = {
        "<x",
        PACKET("<render:output>a</render:output><render:output>b</render:output>"),
        PACKET("<render:output><b>a</b></render:output>"),
        PACKET("<render:output>\x1B[31m</render:output>"),
        PACKET("<render:output>清单</render:output>"),
        PACKET("<render:copyMark>&#x202E;</render:copyMark>"),
        PACKET("<render:release>0.1.0</render:release>"),
        "<!DOCTYPE x []>" PACKET("<render:output>a</render:output>"),
        "<!DOCTYPE x [<!ENTITY e \"goods_list\">]>" PACKET(
            "<render:output>&e;</render:output>"),
    };
    struct room *room = *state;
    struct pdfread found = read_packet(room, PACKET("<render:output>a&amp;b</render:output>"));

    assert_text(found.fault_en, "");
    assert_text(found.output, "a&b");
    for (size_t i = 0; i < COUNT(bad); i++) {
        found = read_packet(room, bad[i]);
        assert_true(found.fault_en.n > 0);
        assert_true(found.output.n <= 1);
    }
}

static void a_parameter_of_another_day_is_named(void **state)
{
    struct pdfread found = read_packet(*state, PACKET("<render:paper>A5</render:paper>"));

    assert_text(found.fault_en, "");
    assert_text(found.other, "paper");
}

static void metadata_without_parameters_give_none(void **state)
{
    struct pdfread found = read_packet(*state, "<a/>");

    assert_text(found.fault_en, "");
    assert_text(found.release, "");
}

/* Each entity ten times the one before: the packet is small, what it means is not. */
static void entities_that_grow_are_a_fault(void **state)
{
    struct room *room = *state;
    struct buf packet;

    buf_init(&packet, 1 << 16);
    buf_text(&packet, "<!DOCTYPE x [<!ENTITY a \"aaaaaaaaaa\">");
    for (char c = 'b'; c <= 'k'; c++) {
        buf_printf(&packet, "<!ENTITY %c \"", c);
        for (int i = 0; i < 10; i++)
            buf_printf(&packet, "&%c;", c - 1);
        buf_text(&packet, "\">");
    }
    buf_text(&packet, "]>" PACKET("<render:output>&k;</render:output>"));
    assert_true(read_packet(room, packet.p).fault_en.n > 0);
    buf_release(&packet);
}

static void an_attachment_given_twice_is_a_fault(void **state)
{
    struct room *room = *state;
    const struct str objects[] = {
        STR("<</Type/Catalog/Pages 3 0 R/Names<</EmbeddedFiles<</Names[(record.json)2 0 "
            "R(record.json)2 0 R]>>>>>>"),
        STR("<</Type/Filespec/EF<</F 4 0 R>>>>"),
        STR("<</Type/Pages/Kids[]/Count 0>>"),
        STR("<</Length 2>>\nstream\n{}\nendstream"),
    };
    struct pdfread found = read_well(room, made(room, objects, COUNT(objects)));

    assert_non_null(strstr(found.fault_en.p, "twice"));
    assert_text(found.record, "{}");
}

static void an_attachment_in_a_circle_is_a_fault(void **state)
{
    struct room *room = *state;
    const struct str objects[] = {
        STR("<</Type/Catalog/Pages 1 0 R/Names<</EmbeddedFiles<</Names[(record.json)2 0 "
            "R]>>>>>>"),
        STR("<</Type/Filespec/EF 2 0 R/F 2 0 R>>"),
    };

    assert_true(read_well(room, made(room, objects, COUNT(objects))).fault_en.n > 0);
}

/* ---- the child */

static bool loop(void *user, int answer)
{
    (void)user;
    (void)answer;
    for (volatile bool on = true; on;)
        continue;
    return true;
}

static bool talk(void *user, int answer)
{
    (void)user;
    while (confine_write(answer, "talk", 4))
        continue;
    return false;
}

static bool crash(void *user, int answer)
{
    (void)user;
    return confine_write(answer, "last words", 10) && raise(SIGKILL) != 0;
}

static bool swallow(void *user, int answer)
{
    size_t *most = user;

    (void)answer;
    for (size_t n = 0; n < *most; n += 1 << 20) {
        char *piece = malloc(1 << 20);

        if (!piece)
            return false;
        memset(piece, 1, 1 << 20);
    }
    return true;
}

static enum confined confined(confine_fn *work, void *user, struct buf *out)
{
    const struct confine share = {.memory = 256 << 20, .seconds = work == swallow ? 30 : 1};

    buf_init(out, 4096);
    return confine_run(&share, work, user, out);
}

static void work_that_does_not_end_is_ended(void **state)
{
    struct buf out;

    (void)state;
    assert_int_equal(confined(loop, NULL, &out), CONFINED_DIED);
    assert_int_equal(confined(talk, NULL, &out), CONFINED_DIED);
    buf_release(&out);
}

static void what_was_said_before_a_crash_is_kept(void **state)
{
    struct buf out;

    (void)state;
    assert_int_equal(confined(crash, NULL, &out), CONFINED_DIED);
    assert_text(buf_view(&out), "last words");
    buf_release(&out);
}

static bool answer_briefly(void *user, int answer)
{
    (void)user;
    return confine_write(answer, "well", 4);
}

/* Then the pipe stands where input, output and error do. */
static void closed_standard_descriptors_lose_no_answer(void **state)
{
    enum confined ended;
    struct buf out;
    int kept[3];

    (void)state;
    for (int i = 0; i < 3; i++) {
        kept[i] = fcntl(i, F_DUPFD, 3);
        close(i);
    }
    ended = confined(answer_briefly, NULL, &out);
    for (int i = 0; i < 3; i++) {
        dup2(kept[i], i);
        close(kept[i]);
    }
    assert_int_equal(ended, CONFINED_WELL);
    assert_text(buf_view(&out), "well");
    buf_release(&out);
}

static void work_gets_only_its_share_of_memory(void **state)
{
    size_t little = 1 << 20, much = (size_t)1 << 30;
    struct buf out;

    (void)state;
    assert_int_equal(confined(swallow, &little, &out), CONFINED_WELL);
#ifndef __SANITIZE_ADDRESS__
    assert_int_equal(confined(swallow, &much, &out), CONFINED_DIED);
#else
    (void)much;
#endif
    buf_release(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(what_was_attached_is_found, begin),
        cmocka_unit_test_setup(what_it_takes_to_render_again_is_found, begin),
        cmocka_unit_test_setup(what_was_not_given_is_empty, begin),
        cmocka_unit_test_setup(the_old_profile_has_no_attachment, begin),
        cmocka_unit_test_setup(a_revision_that_was_appended_is_a_fault, begin),
        cmocka_unit_test_setup(anything_behind_the_end_is_a_fault, begin),
        cmocka_unit_test_setup(anything_before_the_head_is_no_pdf, begin),
        cmocka_unit_test_setup(a_file_that_is_cut_is_a_fault, begin),
        cmocka_unit_test_setup(a_file_with_a_byte_flipped_is_read_or_a_fault, begin),
        cmocka_unit_test_setup(a_pdf_without_cross_references_is_not_mended, begin),
        cmocka_unit_test_setup(metadata_are_read_strictly, begin),
        cmocka_unit_test_setup(a_parameter_of_another_day_is_named, begin),
        cmocka_unit_test_setup(metadata_without_parameters_give_none, begin),
        cmocka_unit_test_setup(entities_that_grow_are_a_fault, begin),
        cmocka_unit_test_setup(an_attachment_given_twice_is_a_fault, begin),
        cmocka_unit_test_setup(an_attachment_in_a_circle_is_a_fault, begin),
        cmocka_unit_test(work_that_does_not_end_is_ended),
        cmocka_unit_test(what_was_said_before_a_crash_is_kept),
        cmocka_unit_test(closed_standard_descriptors_lose_no_answer),
        cmocka_unit_test(work_gets_only_its_share_of_memory),
    };
    return cmocka_run_group_tests(tests, open_room, close_room);
}
