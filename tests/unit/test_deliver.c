/* A file appears whole or not at all, and nothing is left lying about. */
#include "deliver/deliver.h"

#include <dirent.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

struct fixture {
    struct arena *arena;
    struct err err;
    char folder[64];
};

static int set_up(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);

    f->arena = arena_new(1 << 22, NULL, NULL);
    err_init(&f->err, f->arena);
    snprintf(f->folder, sizeof f->folder, "/tmp/deliver-XXXXXX");
    *state = f;
    return mkdtemp(f->folder) ? 0 : -1;
}

static const char *path_of(struct fixture *f, const char *name)
{
    return arena_printf(f->arena, "%s/%s", f->folder, name);
}

static int entries(struct fixture *f)
{
    DIR *folder = opendir(f->folder);
    const struct dirent *entry;
    int n = 0;

    while ((entry = readdir(folder)))
        n += strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
    closedir(folder);
    return n;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    DIR *folder = opendir(f->folder);
    const struct dirent *entry;

    while ((entry = readdir(folder))) {
        const char *path = path_of(f, entry->d_name);

        if (unlink(path) != 0)
            rmdir(path);
    }
    closedir(folder);
    rmdir(f->folder);
    arena_free(f->arena);
    free(f);
    return 0;
}

static struct str content(struct fixture *f, const char *path)
{
    struct str text = STR_NONE;

    assert_true(deliver_read(f->arena, path, 1 << 20, &text, &f->err));
    return text;
}

static void a_file_holds_exactly_the_bytes(void **state)
{
    struct fixture *f = *state;
    const char *path = path_of(f, "paper.pdf");
    struct str bytes = {"a\0b\n", 4};

    assert_true(deliver_file(path, bytes, DELIVER_REPLACE, &f->err));
    assert_true(str_eq(content(f, path), bytes));
    assert_int_equal(entries(f), 1);
}

static void replace_replaces_and_keep_keeps(void **state)
{
    struct fixture *f = *state;
    const char *path = path_of(f, "paper.pdf");

    assert_true(deliver_file(path, STR("one"), DELIVER_KEEP, &f->err));
    assert_true(deliver_file(path, STR("two"), DELIVER_REPLACE, &f->err));
    assert_true(str_is(content(f, path), "two"));
    assert_false(deliver_file(path, STR("three"), DELIVER_KEEP, &f->err));
    assert_int_equal(f->err.last->code, FILE_EXISTS);
    assert_true(str_is(content(f, path), "two"));
    assert_int_equal(entries(f), 1);
}

static void a_write_that_fails_leaves_nothing(void **state)
{
    struct fixture *f = *state;
    struct rlimit small = {1000, RLIM_INFINITY}, before;
    char *bytes = arena_alloc(f->arena, 5000);

    getrlimit(RLIMIT_FSIZE, &before);
    small.rlim_max = before.rlim_max;
    signal(SIGXFSZ, SIG_IGN);
    setrlimit(RLIMIT_FSIZE, &small);
    assert_false(
        deliver_file(path_of(f, "big"), (struct str){bytes, 5000}, DELIVER_REPLACE, &f->err));
    setrlimit(RLIMIT_FSIZE, &before);
    assert_int_equal(f->err.last->code, FILE_WRITE);
    assert_int_equal(entries(f), 0);
}

static void a_missing_folder_is_named(void **state)
{
    struct fixture *f = *state;
    const char *path = path_of(f, "none/paper.pdf");

    assert_false(deliver_file(path, STR("x"), DELIVER_REPLACE, &f->err));
    assert_int_equal(f->err.last->code, FILE_WRITE);
    assert_string_equal(f->err.last->at.file, path);
    assert_non_null(strstr(f->err.last->en.p, path));
}

static void a_folder_is_not_replaced_by_a_file(void **state)
{
    struct fixture *f = *state;

    assert_false(deliver_file(f->folder, STR("x"), DELIVER_REPLACE, &f->err));
    assert_int_equal(f->err.last->code, FILE_WRITE);
    assert_int_equal(entries(f), 0);
}

static void a_device_takes_the_bytes_and_stays_a_device(void **state)
{
    struct fixture *f = *state;
    struct stat info;

    assert_true(deliver_file("/dev/null", STR("x"), DELIVER_REPLACE, &f->err));
    assert_int_equal(stat("/dev/null", &info), 0);
    assert_true(S_ISCHR(info.st_mode));
}

static void a_link_is_followed(void **state)
{
    struct fixture *f = *state;
    const char *path = path_of(f, "paper.pdf"), *link_path = path_of(f, "link");
    struct stat info;

    assert_true(deliver_file(path, STR("one"), DELIVER_REPLACE, &f->err));
    assert_int_equal(symlink(path, link_path), 0);
    assert_true(deliver_file(link_path, STR("two"), DELIVER_REPLACE, &f->err));
    assert_int_equal(lstat(link_path, &info), 0);
    assert_true(S_ISLNK(info.st_mode));
    assert_true(str_is(content(f, path), "two"));
}

static void a_full_device_is_a_fault(void **state)
{
    struct fixture *f = *state;

    assert_false(deliver_file("/dev/full", STR("x"), DELIVER_REPLACE, &f->err));
    assert_int_equal(f->err.last->code, FILE_WRITE);
}

static void folders_are_made_with_their_parents(void **state)
{
    struct fixture *f = *state;
    struct stat info;

    assert_true(deliver_folder(path_of(f, "a//b/c/"), &f->err));
    assert_true(deliver_folder(path_of(f, "a/b/c"), &f->err));
    assert_int_equal(stat(path_of(f, "a/b/c"), &info), 0);
    assert_true(S_ISDIR(info.st_mode));
    rmdir(path_of(f, "a/b/c"));
    rmdir(path_of(f, "a/b"));
}

static void a_file_in_the_way_of_a_folder_is_a_fault(void **state)
{
    struct fixture *f = *state;

    assert_true(deliver_file(path_of(f, "x"), STR("x"), DELIVER_REPLACE, &f->err));
    assert_false(deliver_folder(path_of(f, "x"), &f->err));
    assert_false(deliver_folder(path_of(f, "x/y"), &f->err));
    assert_int_equal(f->err.faults, 2);
}

static void reading_more_than_the_most_is_refused(void **state)
{
    struct fixture *f = *state;
    struct str text = STR("untouched");
    const char *path = path_of(f, "in");

    assert_true(deliver_file(path, STR("12345678"), DELIVER_REPLACE, &f->err));
    assert_true(deliver_read(f->arena, path, 8, &text, &f->err));
    assert_true(str_is(text, "12345678"));
    text = STR("untouched");
    assert_false(deliver_read(f->arena, path, 7, &text, &f->err));
    assert_int_equal(f->err.last->code, LIMIT_LINE);
    assert_true(str_is(text, "untouched"));
    assert_false(deliver_read(f->arena, path_of(f, "none"), 7, &text, &f->err));
    assert_int_equal(f->err.last->code, FILE_READ);
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(a_file_holds_exactly_the_bytes),
        CASE(replace_replaces_and_keep_keeps),
        CASE(a_write_that_fails_leaves_nothing),
        CASE(a_missing_folder_is_named),
        CASE(a_folder_is_not_replaced_by_a_file),
        CASE(a_device_takes_the_bytes_and_stays_a_device),
        CASE(a_link_is_followed),
        CASE(a_full_device_is_a_fault),
        CASE(folders_are_made_with_their_parents),
        CASE(a_file_in_the_way_of_a_folder_is_a_fault),
        CASE(reading_more_than_the_most_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
