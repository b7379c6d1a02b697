/* The rules of the registry, told in tests/cases/registry: a line is a step and what it
 * answers. Nothing here knows what is behind registry.h, so another back end can run the
 * same. */
#include "registry/registry.h"

#include "digest/digest.h"

#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

enum { MEMORY = 64 << 20, RECORDS = 32, TEXT = 1 << 20 };

struct story {
    struct arena *arena;
    struct registry *registry;
    const char *folder, *file;
    struct str names[RECORDS];
    struct registry_record records[RECORDS];
    size_t record_count;
    struct registry_config config;
    bool batch;
    int clock; /* a step a second */
    struct registry_head points[4];
    size_t point_count;
    struct buf answer;
    struct err err;
};

static void differs(const char *file, int line, struct str text, struct str got)
{
    fprintf(stderr, "%s:%d: %.*s\n  answered: %.*s\n", file, line, STR_ARG(text), STR_ARG(got));
    fail_msg("%s:%d", file, line);
}

/* name=value among the words of a step, or nothing. */
static struct str wish(struct str rest, const char *name)
{
    struct str word, value;

    while ((word = str_word(&rest)).n) {
        if (str_is(str_cut(word, '=', &value), name))
            return value;
    }
    return STR_NONE;
}

static int64_t number_of(struct str text)
{
    long n = 0;

    return str_number(text, &n) ? n : 0;
}

static struct registry_by by(struct story *story, struct str rest)
{
    struct str actor = wish(rest, "actor");

    return (struct registry_by){
        .actor = actor.n ? actor : STR("counter-1"),
        .at = str_printf(story->arena, "2026-01-02T03:%02d:%02d+08:00", story->clock / 60,
                         story->clock % 60),
    };
}

static struct registry_record *record_named(struct story *story, struct str name)
{
    for (size_t i = 0; i < story->record_count; i++) {
        if (str_eq(story->names[i], name))
            return &story->records[i];
    }
    assert_true(story->record_count < RECORDS);
    story->names[story->record_count] = name;
    return &story->records[story->record_count++];
}

/* record NAME number= version= [kind=] [list=] [status=] [text=] */
static void step_record(struct story *story, struct str rest)
{
    struct registry_record *record = record_named(story, str_word(&rest));

    record->number = wish(rest, "number");
    record->version = number_of(wish(rest, "version"));
    record->kind = wish(rest, "kind");
    if (!record->kind.n)
        record->kind = STR("exhibition_filing");
    record->list_no = wish(rest, "list");
    record->status = wish(rest, "status");
    record->owner = STR("91310000MA1FL0000X");
    record->canonical = str_printf(story->arena, "%.*s\n", STR_ARG(rest));
    sha256(record->canonical, record->digest);
}

static void say_paper(struct story *story, const struct registry_paper *paper)
{
    static const char *const states[] = {"begun", "sealed", "done", "void"};
    static const char *const forms[] = {"electronic", "original", "duplicate"};
    struct buf *out = &story->answer;

    buf_printf(out, "%s%lld %s %s", out->n ? ", " : "", (long long)paper->id,
               states[paper->state], forms[paper->form]);
    if (paper->duplicate)
        buf_printf(out, " %ld", paper->duplicate);
    if (paper->standing == REGISTRY_SUPERSEDED)
        buf_printf(out, " superseded by %lld", (long long)paper->newer);
    if (paper->standing == REGISTRY_WITHDRAWN)
        buf_printf(out, " withdrawn %.*s", STR_ARG(paper->why));
}

/* begin RECORD OUTPUT [copy] [reason=] [key=] [request=] [parameters=] [actor=] */
static bool step_begin(struct story *story, struct str rest)
{
    struct registry_by who = by(story, rest);
    struct registry_ask ask = {.record = record_named(story, str_word(&rest))};
    struct registry_paper paper;

    ask.output = str_word(&rest);
    ask.copy = str_starts(rest, STR("copy"));
    ask.reason = wish(rest, "reason");
    ask.key = wish(rest, "key");
    ask.parameters = wish(rest, "parameters");
    sha256(wish(rest, "request"), ask.request);
    if (!registry_begin(story->registry, story->arena, &ask, &who, &paper, &story->err))
        return false;
    say_paper(story, &paper);
    return true;
}

/* seal ID RECORD pdf=TEXT [code=] */
static bool step_seal(struct story *story, struct str rest)
{
    struct registry_by who = by(story, rest);
    int64_t id = number_of(str_word(&rest));
    struct registry_made made = {.record = record_named(story, str_word(&rest)),
                                 .pdf = wish(rest, "pdf"),
                                 .pages = 1,
                                 .layout = STR("layout"),
                                 .release = STR("0"),
                                 .fonts = STR("fonts"),
                                 .code = wish(rest, "code")};
    struct registry_paper paper;

    sha256(made.pdf, made.sha256);
    if (!registry_seal(story->registry, story->arena, id, &made, &who, &paper, &story->err))
        return false;
    say_paper(story, &paper);
    return true;
}

static bool step_find(struct story *story, struct str rest)
{
    static const char *const states[] = {"begun", "sealed", "done", "void"};
    struct registry_query query = {.number = wish(rest, "number"),
                                   .output = wish(rest, "output"),
                                   .version = number_of(wish(rest, "version")),
                                   .code = wish(rest, "code"),
                                   .after = number_of(wish(rest, "after")),
                                   .state = -1,
                                   .most = 100};
    struct str state = wish(rest, "state"), most = wish(rest, "most");
    struct registry_paper *papers;
    size_t count;

    for (int i = 0; i < 4; i++)
        query.state = str_is(state, states[i]) ? i : query.state;
    query.most = most.n ? (size_t)number_of(most) : query.most;
    if (!registry_find(story->registry, story->arena, &query, &papers, &count, &story->err))
        return false;
    for (size_t i = 0; i < count; i++)
        say_paper(story, &papers[i]);
    return true;
}

static bool step_bytes(struct story *story, struct str rest)
{
    struct registry_query query = {
        .after = number_of(str_word(&rest)) - 1, .state = -1, .most = 1};
    struct registry_paper *papers;
    size_t count;

    return registry_find(story->registry, story->arena, &query, &papers, &count, &story->err) &&
           count == 1 &&
           registry_bytes(story->registry, &papers[0].pdf, &story->answer, &story->err);
}

static bool step_stored(struct story *story, struct str rest)
{
    struct registry_record record;
    struct str number = str_word(&rest);
    bool found;

    if (!registry_record(story->registry, story->arena, number, number_of(str_word(&rest)),
                         &record, &found, &story->err))
        return false;
    if (found)
        buf_printf(&story->answer, "v%lld %.*s", (long long)record.version,
                   STR_ARG(str_trim(record.canonical)));
    return true;
}

static bool step_events(struct story *story, struct str rest)
{
    struct registry_event *events;
    size_t count;

    if (!registry_audit(story->registry, story->arena, number_of(str_word(&rest)), 100, &events,
                        &count, &story->err))
        return false;
    for (size_t i = 0; i < count; i++)
        buf_printf(&story->answer, "%s%.*s %.*s", i ? ", " : "", STR_ARG(events[i].event),
                   STR_ARG(events[i].subject));
    return true;
}

static bool step_verify(struct story *story)
{
    struct registry_head head;

    if (!registry_audit_verify(story->registry, story->points, story->point_count, &head,
                               &story->err))
        return false;
    buf_printf(&story->answer, "%lld", (long long)head.seq);
    return true;
}

static bool step_check(struct story *story)
{
    struct registry_counts c;

    if (!registry_check(story->registry, /* bytes */ true, &c, &story->err))
        return false;
    buf_printf(&story->answer, "%lld records, %lld papers, %lld unconfirmed, %lld void",
               (long long)c.records, (long long)c.papers, (long long)c.unconfirmed,
               (long long)c.voided);
    return true;
}

static bool open_again(struct story *story)
{
    struct registry_by who = by(story, STR_NONE);

    registry_close(story->registry);
    story->registry = NULL;
    story->batch = false;
    return registry_open(story->folder, REGISTRY_WRITE, &story->config, &who, &story->registry,
                         &story->err);
}

static bool change(struct story *story, struct str verb, struct str rest)
{
    struct registry_by who = by(story, rest);
    long count = -1;
    bool ok;

    if (str_is(verb, "begin"))
        return step_begin(story, rest);
    if (str_is(verb, "seal"))
        return step_seal(story, rest);
    if (str_is(verb, "done"))
        return registry_done(story->registry, number_of(str_word(&rest)), &who, &story->err);
    if (str_is(verb, "void"))
        return registry_void(story->registry, number_of(str_word(&rest)), STR("TEST"), &who,
                             &story->err);
    if (str_is(verb, "note"))
        return registry_note(story->registry, &who, str_word(&rest), STR("test"), STR_NONE,
                             &story->err);
    if (str_is(verb, "revise")) {
        ok = registry_revise(story->registry, record_named(story, str_word(&rest)), &who,
                             &count, &story->err);
    } else {
        struct str number = str_word(&rest);

        assert_true(str_is(verb, "withdraw"));
        ok = registry_withdraw(story->registry, number, wish(rest, "reason"), &who, &count,
                               &story->err);
    }
    if (ok)
        buf_printf(&story->answer, "%ld", count);
    return ok;
}

/* A change outside a batch is a batch of its own. */
static bool one_change(struct story *story, struct str verb, struct str rest)
{
    bool ok;

    if (story->batch)
        return change(story, verb, rest);
    assert_true(registry_batch(story->registry, &story->err));
    ok = change(story, verb, rest);
    assert_true(registry_commit(story->registry, &story->err));
    return ok;
}

static bool step(struct story *story, struct str verb, struct str rest)
{
    if (str_is(verb, "record")) {
        step_record(story, rest);
        return true;
    }
    if (str_is(verb, "quota")) {
        story->config.duplicates = (long)number_of(str_word(&rest));
        return open_again(story);
    }
    if (str_is(verb, "reopen"))
        return open_again(story);
    if (str_is(verb, "batch"))
        return (story->batch = registry_batch(story->registry, &story->err));
    if (str_is(verb, "places"))
        return (story->batch = registry_places(story->registry, &story->err));
    if (str_is(verb, "commit")) {
        story->batch = false;
        return registry_commit(story->registry, &story->err);
    }
    if (str_is(verb, "find"))
        return step_find(story, rest);
    if (str_is(verb, "bytes"))
        return step_bytes(story, rest);
    if (str_is(verb, "stored"))
        return step_stored(story, rest);
    if (str_is(verb, "events"))
        return step_events(story, rest);
    if (str_is(verb, "checkpoint"))
        return registry_head(story->registry, &story->points[story->point_count++],
                             &story->err);
    if (str_is(verb, "verify"))
        return step_verify(story);
    if (str_is(verb, "check"))
        return step_check(story);
    return one_change(story, verb, rest);
}

static void line(struct story *story, int number, struct str text)
{
    struct str expected, rest = str_cut(text, '>', &expected), verb, got;
    bool ok;

    rest = str_trim(rest);
    verb = str_word(&rest);
    if (!verb.n || verb.p[0] == '#')
        return;
    story->clock++;
    err_init(&story->err, story->arena);
    buf_clear(&story->answer);
    ok = step(story, verb, rest);
    got = ok ? buf_view(&story->answer)
             : str_from(story->err.first ? err_info(story->err.first->code)->name : "?");
    if (!str_eq(str_trim(expected), got))
        differs(story->file, number, str_trim(text), got);
}

static void remove_folder(struct story *story)
{
    const char *command = arena_printf(story->arena, "%s/segments", story->folder);
    const char *const folders[] = {command, story->folder};

    for (size_t i = 0; i < COUNT(folders); i++) {
        DIR *folder = opendir(folders[i]);
        const struct dirent *entry;

        while (folder && (entry = readdir(folder)))
            unlink(arena_printf(story->arena, "%s/%s", folders[i], entry->d_name));
        if (folder)
            closedir(folder);
        rmdir(folders[i]);
    }
}

static struct str file_text(struct arena *arena, const char *path)
{
    char *text = arena_alloc(arena, TEXT);
    FILE *file = fopen(path, "r");
    size_t n;

    assert_non_null(file);
    n = fread(text, 1, TEXT, file);
    fclose(file);
    return (struct str){text, n};
}

static void tell(void **state)
{
    struct arena *arena = arena_new(MEMORY, NULL, NULL);
    struct story story = {.arena = arena, .file = *state};
    struct str text = file_text(arena, story.file), rest = text, one;
    char folder[] = "/tmp/registry-XXXXXX";
    int number = 0;

    story.config = (struct registry_config){.check = true, .duplicates = 2, .segment_mib = 1};
    story.folder = mkdtemp(folder);
    assert_non_null(story.folder);
    err_init(&story.err, arena);
    buf_init(&story.answer, TEXT);
    assert_true(open_again(&story));
    while (rest.n) {
        one = str_cut(rest, '\n', &rest);
        line(&story, ++number, one);
    }
    registry_close(story.registry);
    remove_folder(&story);
    buf_release(&story.answer);
    arena_free(arena);
}

int main(void)
{
    struct arena *arena = arena_new(MEMORY, NULL, NULL);
    const char *home = getenv("DANZHENG_HOME");
    const char *path = arena_printf(arena, "%s/tests/cases/registry", home ? home : ".");
    struct CMUnitTest tests[64];
    const struct dirent *entry;
    DIR *folder = opendir(path);
    size_t n = 0;
    int failed;

    while (folder && (entry = readdir(folder)) && n < COUNT(tests)) {
        if (!str_ends(str_from(entry->d_name), STR(".steps")))
            continue;
        tests[n].name = arena_printf(arena, "%s", entry->d_name);
        tests[n].test_func = tell;
        tests[n].setup_func = NULL;
        tests[n].teardown_func = NULL;
        tests[n++].initial_state = arena_printf(arena, "%s/%s", path, entry->d_name);
    }
    if (folder)
        closedir(folder);
    if (n == 0) {
        fprintf(stderr, "no stories in %s\n", path);
        return 1;
    }
    cmocka_set_message_output(CM_OUTPUT_TAP);
    failed = _cmocka_run_group_tests("registry", tests, n, NULL, NULL);
    arena_free(arena);
    return failed;
}
