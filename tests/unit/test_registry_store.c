/* What the store is made of may be killed, cut and tampered with: nothing acknowledged is lost,
 * and what was changed is seen. Here the database is opened behind the registry's back. */
#define _XOPEN_SOURCE 700 /* mkdtemp */
#include "registry/registry.h"

#include "digest/digest.h"

#include <dirent.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

enum { MEMORY = 256 << 20, ROUNDS = 60, BATCH = 16 };

struct fixture {
    struct arena *arena;
    struct err err;
    char folder[64];
    struct registry *registry;
};

static const struct registry_by by = {{"tester", 6}, {"2026-01-02T03:04:05+08:00", 25}};
static const struct registry_config config = {.check = true, .duplicates = 2, .segment_mib = 1};

static bool open_again(struct fixture *f)
{
    registry_close(f->registry);
    f->registry = NULL;
    err_init(&f->err, f->arena);
    return registry_open(f->folder, REGISTRY_WRITE, &config, &by, &f->registry, &f->err);
}

static int set_up(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);

    f->arena = arena_new(MEMORY, NULL, NULL);
    snprintf(f->folder, sizeof f->folder, "/tmp/registry-XXXXXX");
    *state = f;
    return mkdtemp(f->folder) && open_again(f) ? 0 : -1;
}

static void remove_files(const char *path)
{
    DIR *folder = opendir(path);
    const struct dirent *entry;
    char name[512];

    while (folder && (entry = readdir(folder))) {
        snprintf(name, sizeof name, "%s/%s", path, entry->d_name);
        if (unlink(name) != 0 && entry->d_name[0] != '.')
            remove_files(name);
    }
    if (folder)
        closedir(folder);
    rmdir(path);
}

static int tear_down(void **state)
{
    struct fixture *f = *state;

    registry_close(f->registry);
    remove_files(f->folder);
    arena_free(f->arena);
    free(f);
    return 0;
}

static enum err_code code_of(const struct fixture *f)
{
    return f->err.first ? f->err.first->code : ERR_NONE;
}

static struct registry_record record_of(struct arena *arena, struct str number)
{
    struct registry_record record = {
        .number = number,
        .version = 1,
        .kind = STR("disc_import"),
        .status = STR("filed"),
        .owner = STR("91310000MA1FL0000X"),
        .canonical = str_printf(arena, "{\"number\":\"%.*s\"}\n", STR_ARG(number))};

    sha256(record.canonical, record.digest);
    return record;
}

/* Within a batch: begun and sealed, with these bytes. */
static bool add(struct registry *registry, struct arena *arena, struct str number,
                struct str pdf, struct registry_paper *out, struct err *err)
{
    struct registry_record record = record_of(arena, number);
    const struct registry_ask ask = {.record = &record, .output = STR("import_certificate")};
    struct registry_made made = {.record = &record, .pdf = pdf, .pages = 1};

    sha256(pdf, made.sha256);
    return registry_begin(registry, arena, &ask, &by, out, err) &&
           registry_seal(registry, arena, out->id, &made, &by, out, err);
}

static struct registry_paper added(struct fixture *f, const char *number, struct str pdf)
{
    struct registry_paper paper;

    assert_true(registry_batch(f->registry, &f->err));
    assert_true(add(f->registry, f->arena, str_from(number), pdf, &paper, &f->err));
    assert_true(registry_commit(f->registry, &f->err));
    return paper;
}

static bool reads(struct fixture *f, const struct registry_paper *paper, struct str expected)
{
    struct buf bytes;
    bool ok;

    buf_init(&bytes, 64 << 20);
    ok = registry_bytes(f->registry, &paper->pdf, &bytes, &f->err) &&
         str_eq(buf_view(&bytes), expected);
    buf_release(&bytes);
    return ok;
}

static bool whole(struct fixture *f)
{
    struct registry_counts counts;

    err_init(&f->err, f->arena);
    return registry_check(f->registry, /* bytes */ true, &counts, &f->err);
}

/* SQL behind the registry's back; the triggers are only in the way of the careless. */
static int tamper(struct fixture *f, const char *sql)
{
    char path[128];
    sqlite3 *db;
    int got;

    snprintf(path, sizeof path, "%s/registry.db", f->folder);
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    got = sqlite3_exec(db, sql, NULL, NULL, NULL);
    sqlite3_close(db);
    return got;
}

static void three_papers(struct fixture *f)
{
    added(f, "A", STR("first"));
    added(f, "B", STR("second"));
    added(f, "C", STR("third"));
}

static void segment_path(const struct fixture *f, char out[128])
{
    snprintf(out, 128, "%s/segments/000001", f->folder);
}

static void one_process_writes(void **state)
{
    struct fixture *f = *state;
    struct registry *other;
    int ready[2], status;
    char byte;
    pid_t child;

    registry_close(f->registry);
    f->registry = NULL;
    assert_int_equal(pipe(ready), 0);
    child = fork();
    if (child == 0) {
        bool ok = open_again(f);

        alarm(20);
        if (write(ready[1], ok ? "y" : "n", 1) == 1)
            pause();
        _exit(1);
    }
    assert_int_equal(read(ready[0], &byte, 1), 1);
    assert_int_equal(byte, 'y');
    assert_false(open_again(f));
    assert_int_equal(code_of(f), REGISTRY_LOCKED);
    assert_true(registry_open(f->folder, REGISTRY_READ, NULL, NULL, &other, &f->err));
    registry_close(other);
    kill(child, SIGKILL);
    waitpid(child, &status, 0);
    assert_true(open_again(f));
    close(ready[0]);
    close(ready[1]);
}

static void a_reader_sees_what_is_committed_only(void **state)
{
    struct fixture *f = *state;
    const struct registry_query all = {.state = -1, .most = 10};
    struct registry_paper *papers, paper;
    struct registry *reader;
    size_t count;

    added(f, "A", STR("first"));
    assert_true(registry_open(f->folder, REGISTRY_READ, NULL, NULL, &reader, &f->err));
    assert_true(registry_batch(f->registry, &f->err));
    assert_true(add(f->registry, f->arena, STR("B"), STR("second"), &paper, &f->err));
    assert_true(registry_find(reader, f->arena, &all, &papers, &count, &f->err));
    assert_int_equal(count, 1);
    assert_true(registry_commit(f->registry, &f->err));
    assert_true(registry_find(reader, f->arena, &all, &papers, &count, &f->err));
    assert_int_equal(count, 2);
    assert_false(registry_batch(reader, &f->err) &&
                 registry_note(reader, &by, STR("x"), STR("y"), STR_NONE, &f->err));
    registry_close(reader);
}

static void a_reader_makes_no_registry(void **state)
{
    struct fixture *f = *state;
    struct registry *reader;
    char path[96];

    snprintf(path, sizeof path, "%s/none", f->folder);
    assert_false(registry_open(path, REGISTRY_READ, NULL, NULL, &reader, &f->err));
    assert_int_equal(code_of(f), REGISTRY_MISSING);
}

static void another_format_is_refused(void **state)
{
    struct fixture *f = *state;

    registry_close(f->registry);
    f->registry = NULL;
    assert_int_equal(tamper(f, "PRAGMA user_version = 2"), SQLITE_OK);
    assert_false(open_again(f));
    assert_int_equal(code_of(f), REGISTRY_FORMAT);
    assert_int_equal(tamper(f, "PRAGMA user_version = 1; PRAGMA application_id = 7"),
                     SQLITE_OK);
    assert_false(open_again(f));
    assert_int_equal(code_of(f), REGISTRY_FORMAT);
}

static void a_changed_byte_is_seen_when_read(void **state)
{
    struct fixture *f = *state;
    struct registry_paper paper = added(f, "A", STR("first"));
    char path[128];
    int fd;

    assert_true(reads(f, &paper, STR("first")));
    assert_true(whole(f));
    segment_path(f, path);
    fd = open(path, O_WRONLY);
    assert_int_equal(pwrite(fd, "F", 1, (off_t)paper.pdf.offset), 1);
    close(fd);
    assert_false(reads(f, &paper, STR("First")));
    assert_int_equal(code_of(f), REGISTRY_DAMAGED);
    assert_false(whole(f));
    assert_int_equal(code_of(f), REGISTRY_DAMAGED);
}

static void a_segment_cut_short_stops_the_writer(void **state)
{
    struct fixture *f = *state;
    struct registry_paper paper = added(f, "A", STR("first"));
    char path[128];

    segment_path(f, path);
    assert_int_equal(truncate(path, (off_t)paper.pdf.offset + 2), 0);
    assert_false(reads(f, &paper, STR("first")));
    assert_int_equal(code_of(f), REGISTRY_DAMAGED);
    assert_false(open_again(f));
    assert_int_equal(code_of(f), REGISTRY_DAMAGED);
}

static void a_torn_tail_is_dead_space(void **state)
{
    struct fixture *f = *state;
    struct registry_paper a = added(f, "A", STR("first")), b;
    struct registry_counts counts;
    char path[128];
    int fd;

    registry_close(f->registry);
    f->registry = NULL;
    segment_path(f, path);
    fd = open(path, O_WRONLY | O_APPEND);
    assert_int_equal(write(fd, "torn", 4), 4);
    close(fd);
    assert_true(open_again(f));
    b = added(f, "B", STR("second"));
    assert_true(reads(f, &a, STR("first")));
    assert_true(reads(f, &b, STR("second")));
    assert_true(registry_check(f->registry, true, &counts, &f->err));
    assert_int_equal(counts.dead, 4);
}

static void a_full_segment_is_followed_by_another(void **state)
{
    struct fixture *f = *state;
    struct str big = {arena_alloc(f->arena, 700 << 10), 700 << 10};
    struct registry_paper papers[3];

    assert_true(registry_batch(f->registry, &f->err));
    for (int i = 0; i < 3; i++)
        assert_true(add(f->registry, f->arena, str_printf(f->arena, "A%d", i), big, &papers[i],
                        &f->err));
    assert_true(registry_commit(f->registry, &f->err));
    assert_int_equal(papers[0].pdf.segment, 1);
    assert_int_equal(papers[2].pdf.segment, 3);
    assert_true(open_again(f));
    for (int i = 0; i < 3; i++)
        assert_true(reads(f, &papers[i], big));
    assert_true(whole(f));
}

static void rows_are_neither_changed_nor_removed(void **state)
{
    static const char *const sql[] = {
        "UPDATE audit SET actor = 'x' WHERE seq = 1",
        "DELETE FROM audit WHERE seq = 1",
        "UPDATE record SET status = 'x'",
        "DELETE FROM record",
        "UPDATE paper SET pages = 9 WHERE id = 1",
        "UPDATE paper SET state = 0 WHERE id = 1",
        "DELETE FROM paper",
        "UPDATE withdrawal SET reason = 'x'",
        "DELETE FROM withdrawal",
    };
    struct fixture *f = *state;
    long count;

    three_papers(f);
    assert_true(registry_batch(f->registry, &f->err));
    assert_true(registry_withdraw(f->registry, STR("A"), STR("why"), &by, &count, &f->err));
    assert_true(registry_commit(f->registry, &f->err));
    for (size_t i = 0; i < COUNT(sql); i++)
        assert_int_equal(tamper(f, sql[i]) & 0xff, SQLITE_CONSTRAINT);
    assert_true(whole(f));
}

static void tampered(struct fixture *f, const char *sql, enum err_code code)
{
    assert_int_equal(tamper(f, sql), SQLITE_OK);
    assert_false(whole(f));
    assert_int_equal(code_of(f), code);
}

static void a_changed_audit_row_is_found(void **state)
{
    struct fixture *f = *state;
    struct registry_head head;

    three_papers(f);
    assert_true(registry_audit_verify(f->registry, NULL, 0, &head, &f->err));
    assert_int_equal(head.seq, 6);
    tampered(f, "DROP TRIGGER audit_stays; UPDATE audit SET actor = 'x' WHERE seq = 3",
             AUDIT_BROKEN);
    assert_non_null(strstr(f->err.first->en.p, "audit row 3"));
}

static void a_removed_audit_row_is_found(void **state)
{
    struct fixture *f = *state;

    three_papers(f);
    tampered(f, "DROP TRIGGER audit_kept; DELETE FROM audit WHERE seq = 3", AUDIT_BROKEN);
    assert_non_null(strstr(f->err.first->en.p, "audit row 3"));
}

static void a_cut_tail_is_found_by_a_checkpoint(void **state)
{
    struct fixture *f = *state;
    struct registry_head point, head;

    three_papers(f);
    assert_true(registry_head(f->registry, &point, &f->err));
    assert_int_equal(tamper(f, "DROP TRIGGER audit_kept; DELETE FROM audit WHERE seq > 4"),
                     SQLITE_OK);
    assert_true(registry_audit_verify(f->registry, NULL, 0, &head, &f->err));
    assert_false(registry_audit_verify(f->registry, &point, 1, &head, &f->err));
    assert_int_equal(code_of(f), AUDIT_BROKEN);
    assert_false(whole(f));
    assert_int_equal(code_of(f), REGISTRY_DAMAGED);
}

static void a_chain_written_anew_does_not_meet_a_checkpoint(void **state)
{
    struct fixture *f = *state;
    struct registry_head point, head;

    three_papers(f);
    assert_true(registry_head(f->registry, &point, &f->err));
    point.hash[0] ^= 1;
    assert_false(registry_audit_verify(f->registry, &point, 1, &head, &f->err));
    assert_int_equal(code_of(f), AUDIT_BROKEN);
}

static void a_changed_paper_is_found(void **state)
{
    struct fixture *f = *state;

    three_papers(f);
    tampered(f, "DROP TRIGGER paper_stays; UPDATE paper SET pages = 9 WHERE id = 2",
             REGISTRY_DAMAGED);
}

static void a_removed_paper_is_found(void **state)
{
    struct fixture *f = *state;

    three_papers(f);
    tampered(f, "DROP TRIGGER paper_kept; DELETE FROM paper WHERE id = 2", REGISTRY_DAMAGED);
}

static void a_changed_record_is_found(void **state)
{
    struct fixture *f = *state;

    three_papers(f);
    tampered(f, "DROP TRIGGER record_stays; UPDATE record SET owner = 'x' WHERE number = 'B'",
             REGISTRY_DAMAGED);
}

static void a_removed_withdrawal_is_found(void **state)
{
    struct fixture *f = *state;
    long count;

    three_papers(f);
    assert_true(registry_batch(f->registry, &f->err));
    assert_true(registry_withdraw(f->registry, STR("A"), STR("why"), &by, &count, &f->err));
    assert_true(registry_commit(f->registry, &f->err));
    tampered(f, "DROP TRIGGER withdrawal_kept; DELETE FROM withdrawal", REGISTRY_DAMAGED);
}

static void a_backup_is_whole_and_overwrites_nothing(void **state)
{
    struct fixture *f = *state;
    struct registry *writer = f->registry, *copy;
    struct registry_paper paper;
    char path[96];

    snprintf(path, sizeof path, "%s/copy", f->folder);
    three_papers(f);
    assert_true(registry_batch(writer, &f->err) &&
                add(writer, f->arena, STR("D"), STR("uncommitted"), &paper, &f->err));
    assert_true(registry_open(f->folder, REGISTRY_READ, NULL, NULL, &copy, &f->err));
    assert_true(registry_backup(copy, path, &f->err));
    assert_false(registry_backup(copy, path, &f->err));
    assert_int_equal(code_of(f), FILE_EXISTS);
    registry_close(copy);
    assert_true(registry_commit(writer, &f->err));

    err_init(&f->err, f->arena);
    assert_true(registry_open(path, REGISTRY_WRITE, &config, &by, &copy, &f->err));
    f->registry = copy;
    assert_true(whole(f));
    assert_true(registry_batch(copy, &f->err));
    assert_true(add(copy, f->arena, STR("D"), STR("other"), &paper, &f->err));
    assert_int_equal(paper.id, 4);
    registry_close(copy);
    f->registry = writer;
    assert_true(whole(f));
}

/* ---- killed at any moment */

/* Batches of papers for ever; what is acknowledged is told through the pipe, after the
 * commit. */
static void write_for_ever(struct fixture *f, int round, int told)
{
    struct arena *arena = arena_new(MEMORY, NULL, NULL);
    char line[BATCH * 24];
    struct err err;

    for (long n = 0;; n += BATCH) {
        size_t at = 0;

        arena_reset(arena);
        err_init(&err, arena);
        if (!registry_batch(f->registry, &err))
            _exit(1);
        for (long i = n; i < n + BATCH; i++) {
            struct str number = str_printf(arena, "R%d-%ld", round, i);
            struct registry_paper paper;

            if (!add(f->registry, arena, number, number, &paper, &err) ||
                (i % 3 == 0 && !registry_done(f->registry, paper.id, &by, &err)))
                _exit(1);
            at += (size_t)snprintf(line + at, sizeof line - at, "%.*s\n", STR_ARG(number));
        }
        if (!registry_commit(f->registry, &err) || write(told, line, at) != (ssize_t)at)
            _exit(1);
    }
}

static long acknowledged_are_there(struct fixture *f, struct str told)
{
    struct str number;
    long lost = 0;

    while ((number = str_cut(told, '\n', &told)).n) {
        const struct registry_query query = {.number = number, .state = -1, .most = 2};
        struct registry_paper *papers;
        size_t count;

        assert_true(registry_find(f->registry, f->arena, &query, &papers, &count, &f->err));
        lost += count != 1 || !reads(f, &papers[0], number);
    }
    return lost;
}

static void one_round(struct fixture *f, int round, long *acknowledged)
{
    enum { TOLD = 4 << 20 };
    char *told = arena_alloc(f->arena, TOLD);
    const struct timespec wait = {0, (20 + round * 7 % 40) * 1000000};
    int pipes[2], status;
    size_t n = 0;
    ssize_t got;
    pid_t child;

    registry_close(f->registry);
    f->registry = NULL;
    assert_int_equal(pipe(pipes), 0);
    child = fork();
    if (child == 0) {
        close(pipes[0]);
        if (!open_again(f))
            _exit(1);
        write_for_ever(f, round, pipes[1]);
    }
    close(pipes[1]);
    nanosleep(&wait, NULL);
    kill(child, SIGKILL);
    while ((got = read(pipes[0], told + n, TOLD - n)) > 0)
        n += (size_t)got;
    close(pipes[0]);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status));
    for (size_t i = 0; i < n; i++)
        *acknowledged += told[i] == '\n';
    assert_true(open_again(f));
    assert_int_equal(acknowledged_are_there(f, (struct str){told, n}), 0);
}

static void killed_at_any_moment_it_loses_nothing_acknowledged(void **state)
{
    struct fixture *f = *state;
    struct registry_counts counts;
    long acknowledged = 0;

    for (int round = 0; round < ROUNDS; round++) {
        arena_reset(f->arena);
        one_round(f, round, &acknowledged);
    }
    assert_true(registry_check(f->registry, true, &counts, &f->err));
    assert_true(counts.papers >= acknowledged && acknowledged > 0);
    print_message("# %ld acknowledged, %ld kept\n", acknowledged, (long)counts.papers);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(one_process_writes),
        TEST(a_reader_sees_what_is_committed_only),
        TEST(a_reader_makes_no_registry),
        TEST(another_format_is_refused),
        TEST(a_changed_byte_is_seen_when_read),
        TEST(a_segment_cut_short_stops_the_writer),
        TEST(a_torn_tail_is_dead_space),
        TEST(a_full_segment_is_followed_by_another),
        TEST(rows_are_neither_changed_nor_removed),
        TEST(a_changed_audit_row_is_found),
        TEST(a_removed_audit_row_is_found),
        TEST(a_cut_tail_is_found_by_a_checkpoint),
        TEST(a_chain_written_anew_does_not_meet_a_checkpoint),
        TEST(a_changed_paper_is_found),
        TEST(a_removed_paper_is_found),
        TEST(a_changed_record_is_found),
        TEST(a_removed_withdrawal_is_found),
        TEST(a_backup_is_whole_and_overwrites_nothing),
        TEST(killed_at_any_moment_it_loses_nothing_acknowledged),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
