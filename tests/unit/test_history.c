/* test_history.c: a document's bytes do not depend on those that the process made before it,
 * although fonts, text and pdf remember much of them; and documents of unusually many objects
 * are sound. The sanitizers see every n-th paper only. */
#include "print/print.h"

#include "deliver/deliver.h"

#include "spawn.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#ifdef __SANITIZE_ADDRESS__
enum { STEP = 7, ROUNDS = 2 };
#else
enum { STEP = 1, ROUNDS = 3 };
#endif
enum { MEMORY = 1 << 30, PDF_MOST = 1 << 26, PAPERS_MOST = 160, VARIANTS = 40 };

static const char *const samples[] = {
    "disc_import-filed",
    "exhibition_filing-approved",
    "exhibition_filing-draft",
    "exhibition_filing-goods-50",
    "loaned_exhibits-approved",
    "temporary_confirmation-approved",
    "temporary_extension-approved",
};

/* Each has a face of its own. */
static const char *const words[] = {
    "Հայաստան", "বাংলা", "हिन्दी", "ኢትዮጵያ", "საქართველო", "ગુજરાતી", "ਪੰਜਾਬੀ",
    "עברית",    "ಕನ್ನಡ",  "ខ្មែរ",  "ລາວ",   "മലയാളം",     "မြန်မာ",  "සිංහල",
    "தமிழ்",     "తెలుగు", "བོད་ཡིག", "☑☒",    "العربية",    "ไทย",    "𝔸𝔹",
};

struct paper {
    struct str json, output;
    enum pdf_profile profile;
    struct str bytes; /* made by a service that made nothing else */
};

struct room {
    struct arena *arena, *scratch;
    struct service service;
    struct err err;
    struct buf pdf;
    char folder[SCRATCH_ROOM];
    struct paper papers[PAPERS_MOST];
    size_t count;
};

static struct str read_sample(struct room *room, const char *name)
{
    const char *path =
        arena_printf(room->arena, "%s/tests/records/%s.json", getenv("DANZHENG_HOME"), name);
    struct str json;

    assert_true(deliver_read(room->arena, path, RECORD_BYTES_MOST, &json, &room->err));
    return json;
}

/* The approved filing with these words before its remarks. */
static struct str remarking(struct room *room, const char *remarks)
{
    struct str json = read_sample(room, "exhibition_filing-approved");
    const char *at = strstr(json.p, "主场运输代理");

    assert_non_null(at);
    return str_printf(room->arena, "%.*s%s%s", (int)(at - json.p), json.p, remarks, at);
}

/* A choice of the words, and a number. */
static const char *remarks_of(struct room *room, uint32_t choice)
{
    const char *text = arena_printf(room->arena, "%u；", choice);

    for (size_t i = 0; i < COUNT(words); i++)
        if (choice >> i & 1)
            text = arena_printf(room->arena, "%s%s，", text, words[i]);
    return text;
}

static const struct record *parse(struct arena *arena, const struct service *service,
                                  struct str json, struct err *err)
{
    const struct record *record = NULL;

    if (!record_parse(arena, service->kinds, "test", json, &record, err))
        fail_msg("%.*s", STR_ARG(err->first->en));
    return record;
}

/* Every output of the record that its status permits, in both profiles. */
static void add_papers(struct room *room, struct str json)
{
    const struct record *record = parse(room->arena, &room->service, json, &room->err);
    const struct kind *kind = record->kind;

    for (size_t i = 0; i < kind->output_count; i++)
        for (int profile = PDF_A3U; profile <= PDF_A1B; profile++) {
            struct err err;

            err_init(&err, room->arena);
            if (!print_permitted(&room->service, room->arena, record, &kind->outputs[i], &err))
                continue;
            assert_true(room->count < PAPERS_MOST);
            room->papers[room->count++] = (struct paper){.json = json,
                                                         .output = kind->outputs[i].id,
                                                         .profile = (enum pdf_profile)profile};
        }
}

static struct str make(struct room *room, struct service *service, const struct paper *paper)
{
    struct print_request request = {.output = paper->output, .profile = paper->profile};
    struct print_answer answer;
    struct err err;

    arena_reset(room->scratch);
    err_init(&err, room->scratch);
    buf_clear(&room->pdf);
    request.record = parse(room->scratch, service, paper->json, &err);
    if (!print_one(service, room->scratch, &request, &answer, &room->pdf, &err))
        fail_msg("%.*s", STR_ARG(err.first->en));
    return buf_view(&room->pdf);
}

/* As the first of its process. */
static struct str make_first(struct room *room, const struct paper *paper)
{
    struct arena *arena = arena_new(MEMORY, NULL, NULL);
    struct service service;
    struct str bytes;
    struct err err;

    err_init(&err, arena);
    assert_true(service_open(arena, getenv("DANZHENG_HOME"), &service, &err));
    bytes = str_copy(room->arena, make(room, &service, paper));
    service_close(&service);
    arena_free(arena);
    return bytes;
}

static int room_open(void **state)
{
    struct room *room = calloc(1, sizeof *room);

    if (!room || !scratch_make(room->folder))
        return -1;
    room->arena = arena_new(MEMORY, NULL, NULL);
    room->scratch = arena_new(MEMORY, NULL, NULL);
    buf_init(&room->pdf, PDF_MOST);
    err_init(&room->err, room->arena);
    *state = room;
    return service_open(room->arena, getenv("DANZHENG_HOME"), &room->service, &room->err) ? 0
                                                                                          : -1;
}

static int room_close(void **state)
{
    struct room *room = *state;

    scratch_remove(room->folder);
    service_close(&room->service);
    buf_release(&room->pdf);
    arena_free(room->scratch);
    arena_free(room->arena);
    free(room);
    return 0;
}

static uint32_t next_random(uint32_t *seed)
{
    *seed ^= *seed << 13;
    *seed ^= *seed >> 17;
    return *seed ^= *seed << 5;
}

static void shuffle(size_t *order, size_t count, uint32_t *seed)
{
    for (size_t i = count; i > 1; i--) {
        size_t k = next_random(seed) % i, was = order[i - 1];

        order[i - 1] = order[k];
        order[k] = was;
    }
}

static void papers_are_the_same_bytes_whatever_came_before(void **state)
{
    struct room *room = *state;
    size_t order[PAPERS_MOST], count = 0;
    uint32_t seed = 20240814;

    for (size_t i = 0; i < COUNT(samples); i++)
        add_papers(room, read_sample(room, samples[i]));
    for (uint32_t i = 0; i < VARIANTS; i += 5)
        add_papers(room, remarking(room, remarks_of(room, 1u << i % COUNT(words) | i << 8)));
    for (size_t i = 0; i < room->count; i += STEP) {
        room->papers[i].bytes = make_first(room, &room->papers[i]);
        order[count++] = i;
    }
    for (int round = 0; round < ROUNDS; round++) {
        shuffle(order, count, &seed);
        for (size_t i = 0; i < count; i++) {
            const struct paper *paper = &room->papers[order[i]];

            /* At once again, now and then: what came twice is what is remembered. */
            for (uint32_t again = 1 + next_random(&seed) % 5 / 3; again > 0; again--)
                assert_true(str_eq(make(room, &room->service, paper), paper->bytes));
        }
    }
}

static void a_paper_is_the_same_after_many_others_with_other_faces(void **state)
{
    struct room *room = *state;
    struct str first, last;

    add_papers(room, remarking(room, remarks_of(room, 3)));
    room->papers[0].bytes = first = make_first(room, &room->papers[0]);
    assert_true(str_eq(make(room, &room->service, &room->papers[0]), first));
    for (uint32_t i = 0; i < VARIANTS / STEP; i++) {
        size_t from = room->count;

        add_papers(room, remarking(room, remarks_of(room, i * 2654435761u >> 8)));
        for (size_t k = from; k < room->count; k++)
            make(room, &room->service, &room->papers[k]);
        room->count = from;
    }
    last = make(room, &room->service, &room->papers[0]);
    assert_true(str_eq(last, first));
}

/* ---- documents of many objects */

static const char *ask(struct room *room, const char *const argv[])
{
    struct buf out;
    const char *text;

    buf_init(&out, SPAWN_OUTPUT_MOST);
    if (spawn_run(argv, &out, true) != 0)
        fail_msg("%.*s", STR_ARG(buf_view(&out)));
    text = arena_text(room->arena, out.p ? out.p : "", out.n);
    buf_release(&out);
    return text;
}

static const char *keep(struct room *room, struct str bytes)
{
    const char *path = scratch_path(room->arena, room->folder, "paper.pdf");

    assert_true(scratch_write(path, bytes));
    return path;
}

static void assert_sound(struct room *room, const char *path)
{
    const char *const check[] = {"qpdf", "--check", path, NULL};

    assert_null(strstr(ask(room, check), "WARNING"));
}

/* The fonts of the file, and the highest number that one has. */
static size_t fonts_of(struct room *room, const char *path, long *highest)
{
    const char *const argv[] = {"pdffonts", path, NULL};
    struct str rest = str_from(ask(room, argv)), line;
    size_t count = 0;

    *highest = 0;
    str_cut(rest, '\n', &rest);
    str_cut(rest, '\n', &rest);
    for (line = str_cut(rest, '\n', &rest); line.n > 0; line = str_cut(rest, '\n', &rest)) {
        const char *text = arena_text(room->arena, line.p, line.n);
        const char *found = strstr(text, "yes yes yes ");
        long number = found ? strtol(found + 12, NULL, 10) : 0;

        assert_non_null(found);
        *highest = number > *highest ? number : *highest;
        count++;
    }
    return count;
}

static void a_paper_of_many_faces_is_sound_and_shows_them_all(void **state)
{
    struct room *room = *state;

    add_papers(room, remarking(room, remarks_of(room, (1u << COUNT(words)) - 1)));
    for (size_t i = 0; i < room->count; i++) {
        struct paper *paper = &room->papers[i];
        const char *path = keep(room, make(room, &room->service, paper));
        const char *const read[] = {"pdftotext", "-raw", path, "-", NULL};
        long highest;
        size_t fonts;

        assert_sound(room, path);
        fonts = fonts_of(room, path, &highest);
        if (str_is(paper->output, "goods_list"))
            continue;
        assert_true(fonts >= COUNT(words));
        /* More than libharu's range has: 48, and 3 a page. */
        if (paper->profile == PDF_A3U)
            assert_true(highest > 48 + 3 * 8);
        for (size_t k = 0; k < COUNT(words); k++)
            if (strcmp(words[k], "עברית") != 0 && strcmp(words[k], "العربية") != 0 &&
                !strstr(ask(room, read), words[k]))
                fail_msg("%s cannot be read", words[k]);
        assert_true(str_eq(make_first(room, paper), make(room, &room->service, paper)));
    }
}

/* A code of its own for each place, so that every one is an object. */
static void add_codes(struct room *room, struct page *page, size_t first, size_t count)
{
    for (size_t i = first; i < first + count; i++) {
        uint8_t *modules = arena_alloc(room->arena, 64);
        struct item *item = page_add(page, ITEM_MATRIX, (struct origin){"test", 1, STR("")});

        for (size_t k = 0; k < 64; k++)
            modules[k] = (uint8_t)(k < 16 ? i >> k & 1 : k % 3 == 0);
        item->as.matrix = (struct matrix){{PT(20 * (int)(i % 20)), PT(100), PT(16), PT(16)},
                                          8,
                                          8,
                                          modules,
                                          STR("qr"),
                                          STR("")};
    }
}

static void pages_find_their_numbers_whatever_they_show(void **state)
{
    static const size_t pages[] = {1, 2, 60, 300};
    struct room *room = *state;

    for (size_t i = 0; i < COUNT(pages); i++) {
        struct pdf_info info = {.pages = pages[i],
                                .title = STR("t"),
                                .subject = STR("s"),
                                .created = STR("2024-05-06T07:08:09+08:00")};
        const char *const count[] = {"qpdf", "--show-npages",
                                     scratch_path(room->arena, room->folder, "paper.pdf"),
                                     NULL};
        struct pdf *pdf;

        buf_clear(&room->pdf);
        pdf =
            pdf_open(room->scratch, room->service.pdf, room->service.fonts, &info, &room->pdf);
        for (size_t k = 0; k < pages[i]; k++) {
            struct page *page = NEW(room->scratch, struct page);

            page_init(page, room->scratch, MM(210), MM(297));
            add_codes(room, page, k * 100, k == 0 ? 100 : 4);
            pdf_page(pdf, page);
        }
        if (!pdf_close(pdf, NULL, &room->err))
            fail_msg("%zu pages: %.*s", pages[i], STR_ARG(room->err.first->en));
        assert_sound(room, keep(room, buf_view(&room->pdf)));
        assert_int_equal(strtol(ask(room, count), NULL, 10), pages[i]);
    }
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, room_open, room_close)
    const struct CMUnitTest tests[] = {
        TEST(papers_are_the_same_bytes_whatever_came_before),
        TEST(a_paper_is_the_same_after_many_others_with_other_faces),
        TEST(a_paper_of_many_faces_is_sound_and_shows_them_all),
        TEST(pages_find_their_numbers_whatever_they_show),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
