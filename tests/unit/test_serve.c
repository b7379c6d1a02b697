/* test_serve.c: frames, answers' lines, idempotency keys, and the sandbox. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "record/wire.h"
#include "serve/answer.h"
#include "serve/front-internal.h"
#include "serve/sandbox.h"
#include "serve/stream.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum { MEMORY = 64 << 20 };

/* ---- frames */

static void give(struct stream *stream, struct str bytes)
{
    while (bytes.n) {
        size_t room;
        char *to = stream_room(stream, &room);
        size_t n = bytes.n < room ? bytes.n : room;

        assert_non_null(to);
        memcpy(to, bytes.p, n);
        stream_fill(stream, n);
        bytes.p += n;
        bytes.n -= n;
    }
}

static void a_frame_is_found_whole_however_it_comes(void **state)
{
    static const char text[] = "{\"bytes\":3}\r\na\nb\n{}\n\n";
    struct stream stream;
    struct str line, body;

    (void)state;
    stream_init(&stream, 100, 100);
    for (size_t i = 0; i < 12; i++) {
        assert_int_equal(stream_line(&stream, &line), STREAM_MORE);
        give(&stream, (struct str){text + i, 1});
    }
    give(&stream, (struct str){text + 12, 1});
    assert_int_equal(stream_line(&stream, &line), STREAM_FOUND);
    assert_true(str_is(line, "{\"bytes\":3}"));
    for (size_t i = 13; i < 17; i++) {
        assert_int_equal(stream_body(&stream, 3, &body), STREAM_MORE);
        give(&stream, (struct str){text + i, 1});
    }
    assert_int_equal(stream_body(&stream, 3, &body), STREAM_FOUND);
    assert_true(str_is(body, "a\nb"));
    give(&stream, (struct str){text + 17, sizeof text - 1 - 17});
    assert_int_equal(stream_line(&stream, &line), STREAM_FOUND);
    assert_true(str_is(line, "{}"));
    assert_int_equal(stream_line(&stream, &line), STREAM_FOUND);
    assert_int_equal(line.n, 0);
    assert_int_equal(stream_line(&stream, &line), STREAM_MORE);
    assert_int_equal(stream_held(&stream), 0);
    stream_release(&stream);
}

static void a_line_over_the_limit_and_a_body_without_its_end_are_faults(void **state)
{
    struct stream stream;
    struct str found;

    (void)state;
    stream_init(&stream, 10, 10);
    give(&stream, STR("0123456789\n"));
    assert_int_equal(stream_line(&stream, &found), STREAM_FOUND);
    give(&stream, STR("01234567890"));
    assert_int_equal(stream_line(&stream, &found), STREAM_FAULT);
    stream_release(&stream);

    stream_init(&stream, 10, 10);
    give(&stream, STR("abcX"));
    assert_int_equal(stream_body(&stream, 3, &found), STREAM_FAULT);
    stream_release(&stream);
}

/* ---- requests */

static bool read_line(struct arena *arena, const char *line, struct wire_request *out,
                      struct err *err)
{
    err_init(err, arena);
    return wire_request_read(arena, str_from(line), out, err);
}

static void the_record_is_cut_out_of_its_line_and_not_read(void **state)
{
    struct arena *arena = arena_new(MEMORY, NULL, NULL);
    struct wire_request request;
    struct err err;

    (void)state;
    assert_true(read_line(arena,
                          "{\"a\":{\"record\":1},\"op\":\"render\", \"record\" : "
                          "{\"x\":\"}\\\"\",\"y\":[{}]} ,\"id\":\"7\"}",
                          &request, &err));
    assert_true(err_ok(&err));
    assert_true(str_is(request.record, "{\"x\":\"}\\\"\",\"y\":[{}]}"));
    assert_true(str_is(request.op, "render"));
    assert_true(str_is(request.id, "7"));
    assert_int_equal(request.bytes, -1);

    assert_true(read_line(arena, "{\"record\":{nonsense},\"op\":\"render\"}", &request, &err));
    assert_true(str_is(request.record, "{nonsense}"));
    assert_true(
        read_line(arena, "{\"op\":\"ping\",\"x\":\"\\\"record\\\":5\"}", &request, &err));
    assert_int_equal(request.record.n, 0);
    arena_free(arena);
}

static void a_line_whose_end_is_in_doubt_is_no_request(void **state)
{
    static const char *const lines[] = {"",
                                        "{",
                                        "{}x",
                                        "[]",
                                        "7",
                                        "{\"record\":}",
                                        "{\"record\":{}",
                                        "{\"record\":{]}}",
                                        "{\"record\":1,\"record\":2}",
                                        "{\"op\":1,\"op\":2}",
                                        "{\"bytes\":-1}",
                                        "{\"bytes\":1.5}",
                                        "{\"bytes\":\"1\"}",
                                        "{\"bytes\":16777217}",
                                        "{\"op\":\"\xff\"}"};
    struct arena *arena = arena_new(MEMORY, NULL, NULL);
    struct wire_request request;
    struct err err;

    (void)state;
    for (size_t i = 0; i < COUNT(lines); i++) {
        if (read_line(arena, lines[i], &request, &err))
            fail_msg("taken: %s", lines[i]);
        assert_false(err_ok(&err));
    }
    arena_free(arena);
}

static void a_faulty_member_is_the_requests_fault_alone(void **state)
{
    struct arena *arena = arena_new(MEMORY, NULL, NULL);
    struct wire_request request;
    struct err err;

    (void)state;
    assert_true(read_line(arena,
                          "{\"op\":5,\"id\":\"7\",\"outputs\":[1],\"deadline_ms\":-5,"
                          "\"printed_at\":\"x\",\"ordered\":1,\"bytes\":5}",
                          &request, &err));
    assert_int_equal(err.faults, 5);
    assert_true(str_is(request.id, "7"));
    assert_int_equal(request.bytes, 5);
    arena_free(arena);
}

/* ---- answers */

static void an_answer_is_cut_only_when_it_has_the_agreed_form(void **state)
{
    static const char made[] =
        "{\"id\":\"17\",\"n\":2,\"ok\":true,\"output\":\"x\",\"bytes\":12,"
        "\"name\":\"A-1.v2.x.pdf\",\"layout\":\"ab\",\"fonts\":\"cd\","
        "\"faces\":\"1f\",\"code\":\"EF\",\"pages\":3,\"sha256\":\"0\"}";
    static const char *const bad[] = {
        "",
        "{}",
        "{\"id\":\"x\",\"over\":true}",
        "{\"id\":\"7\",\"over\":true}x",
        "{\"id\":\"7\",\"n\":0,\"ok\":true}",
        "{\"id\":\"7\",\"ok\":false,\"error\":{\"code\":\"A\"}}",
        "{\"id\":\"7\",\"n\":0,\"ok\":false,\"output\":\"a,\"error\":{\"code\":\"A\"}}",
        "{\"id\":\"7\",\"n\":0,\"ok\":true,\"bytes\":-5,\"name\":\"a\"}",
    };
    static const struct {
        const char *from, *to;
    } changes[] = {{"A-1.v2", "../"},     {"A-1.v2", ".x"},     {"\"bytes\":12", "\"bytes\":x"},
                   {"\"ab\"", "\"a/b\""}, {",\"pages\":3", ""}, {"\"0\"}", "\"0\""},
                   {"\"1f\"", "\"1g\""}};
    struct answer_line cut;

    (void)state;
    assert_true(answer_cut(str_from(made), &cut));
    assert_int_equal(cut.ticket, 17);
    assert_int_equal(cut.n, 2);
    assert_int_equal(cut.bytes, 12);
    assert_int_equal(cut.pages, 3);
    assert_true(cut.ok && !cut.over);
    assert_true(str_is(cut.name, "A-1.v2.x.pdf"));
    assert_true(str_is(cut.layout, "ab") && str_is(cut.fonts, "cd"));
    assert_true(str_is(cut.verify_code, "EF") && cut.faces == 0x1f);
    assert_true(str_is(cut.front, "\"ok\":true,\"output\":\"x\""));
    assert_true(str_is(cut.rest, ",\"sha256\":\"0\"}"));
    assert_true(answer_cut(STR("{\"id\":\"1\",\"n\":0,\"ok\":false,\"output\":\"\\\"\","
                               "\"error\":{\"code\":\"A_B\"}}"),
                           &cut));
    assert_true(str_is(cut.code, "A_B") && !cut.ok && cut.rule.n == 0);
    assert_true(answer_cut(STR("{\"id\":\"9\",\"over\":true}"), &cut));
    assert_true(cut.over && cut.ticket == 9);
    for (size_t i = 0; i < COUNT(bad); i++) {
        if (answer_cut(str_from(bad[i]), &cut))
            fail_msg("taken: %s", bad[i]);
    }
    for (size_t i = 0; i < COUNT(changes); i++) {
        char text[512];
        const char *at = strstr(made, changes[i].from);

        assert_non_null(at);
        snprintf(text, sizeof text, "%.*s%s%s", (int)(at - made), made, changes[i].to,
                 at + strlen(changes[i].from));
        if (answer_cut(str_from(text), &cut))
            fail_msg("taken: %s", text);
    }
}

static void the_rule_that_refused_is_found_in_an_answer(void **state)
{
    static const char *const none[] = {
        ",\"retry\":\"never\"}",
        "}",
        ",\"rule\":\"a\\nb\"}",
        ",\"rule\":\"a b:1\"}",
        ",\"zh\":\",\\\"rule\\\":\\\"x:1\\\"\"}",
        ",\"rule\":12}",
        ",\"rule\":\"x:1}",
        ",\"ruler\":\"x:1\"}",
    };
    struct answer_line cut;
    char text[512];

    (void)state;
    assert_true(answer_cut(
        STR("{\"id\":\"1\",\"n\":0,\"ok\":false,\"error\":{\"code\":\"A\",\"zh\":\"“\\\"”\","
            "\"rule\":\"config/rules/x-1.ini:12\",\"retry\":\"never\"}}"),
        &cut));
    assert_true(str_is(cut.rule, "config/rules/x-1.ini:12"));
    for (size_t i = 0; i < COUNT(none); i++) {
        snprintf(text, sizeof text,
                 "{\"id\":\"1\",\"n\":0,\"ok\":false,\"error\":{\"code\":\"A\"%s}", none[i]);
        assert_true(answer_cut(str_from(text), &cut));
        if (cut.rule.n)
            fail_msg("a rule in %s: %.*s", none[i], STR_ARG(cut.rule));
    }
}

/* ---- refusals */

static void refusals_of_a_minute_are_told_up_to_a_number_and_then_counted(void **state)
{
    enum { MINUTE = 60000, MOST = 3 };
    struct spans *spans = spans_new();
    struct counted counted;
    bool first = false;

    (void)state;
    for (int i = 0; i < 10; i++) {
        assert_int_equal(spans_add(spans, 7, RIGHTS_DENIED, MOST, i, &first), i < MOST);
        if (i >= MOST)
            assert_int_equal(first, i == MOST);
    }
    /* another actor, and another code, have numbers of their own */
    assert_true(spans_add(spans, 8, RIGHTS_DENIED, MOST, 10, &first));
    assert_true(spans_add(spans, 7, VERSION_OLD, MOST, 10, &first));
    assert_false(spans_due(spans, MINUTE - 1, false, &counted));
    assert_false(spans_add(spans, 7, RIGHTS_DENIED, MOST, MINUTE - 1, &first));
    assert_true(spans_due(spans, MINUTE, false, &counted));
    assert_int_equal(counted.actor, 7);
    assert_int_equal(counted.code, RIGHTS_DENIED);
    assert_int_equal(counted.count, 8);
    /* the next minute; and at the end every count comes */
    assert_false(spans_due(spans, MINUTE, false, &counted));
    for (int i = 0; i < 5; i++)
        assert_int_equal(spans_add(spans, 7, RIGHTS_DENIED, MOST, MINUTE, &first), i < MOST);
    assert_true(spans_due(spans, MINUTE, true, &counted));
    assert_int_equal(counted.count, 2);
    assert_false(spans_due(spans, MINUTE, true, &counted));
    spans_free(spans);
}

/* ---- lots */

static struct errand *waits(enum errand_kind kind, enum lane lane, size_t bytes,
                            struct errand *next)
{
    struct errand *errand = errand_new(kind, STR("uid:1"));

    errand->lane = lane;
    for (size_t i = 0; i < bytes; i++)
        buf_byte(&errand->pdf, '.');
    errand->next = next;
    return errand;
}

static size_t free_all(struct errand *errand)
{
    size_t count = 0;

    for (struct errand *next; errand; errand = next, count++) {
        next = errand->next;
        errand_free(errand);
    }
    return count;
}

static struct errand *four_papers_of_a_batch_and_a_counters(void)
{
    return waits(ERRAND_SEAL, LANE_BATCH, 60,
                 waits(ERRAND_SEAL, LANE_BATCH, 60,
                       waits(ERRAND_SEAL, LANE_BATCH, 60,
                             waits(ERRAND_BEGIN, LANE_BATCH, 0,
                                   waits(ERRAND_SEAL, LANE_ENTERPRISE, 60,
                                         waits(ERRAND_SEAL, LANE_COUNTER, 60, NULL))))));
}

static void a_counters_paper_goes_to_the_disk_before_a_batchs(void **state)
{
    struct errand *left, *taken;

    (void)state;
    taken = clerk_lot(four_papers_of_a_batch_and_a_counters(), 100, &left);
    for (struct errand *errand = left; errand; errand = errand->next) {
        assert_int_equal(errand->kind, ERRAND_SEAL);
        assert_int_not_equal(errand->lane, LANE_COUNTER);
    }
    assert_int_equal(free_all(taken), 4);
    assert_int_equal(free_all(left), 2);
    /* one always goes; and all go where there is room */
    taken = clerk_lot(four_papers_of_a_batch_and_a_counters(), 1, &left);
    assert_int_equal(free_all(taken), 3);
    assert_int_equal(free_all(left), 3);
    taken = clerk_lot(four_papers_of_a_batch_and_a_counters(), SIZE_MAX, &left);
    assert_null(left);
    assert_int_equal(free_all(taken), 6);
}

/* ---- keys */

static void a_key_means_one_request_of_one_user(void **state)
{
    static const uint8_t one[32] = {1}, other[32] = {2};
    struct onces *onces = onces_new();
    struct once *once, *again;

    (void)state;
    assert_int_equal(once_enter(onces, 5, STR("k"), one, &once), ONCE_NEW);
    assert_int_equal(once_enter(onces, 5, STR("k"), one, &again), ONCE_OPEN);
    assert_int_equal(once_enter(onces, 5, STR("k"), other, &again), ONCE_OTHER);
    assert_int_equal(once_enter(onces, 6, STR("k"), other, &again), ONCE_NEW);
    once_done(onces, once, true);
    assert_int_equal(once_enter(onces, 5, STR("k"), one, &once), ONCE_DONE);
    assert_int_equal(once_enter(onces, 5, STR("k"), other, &once), ONCE_OTHER);
    once_done(onces, again, false);
    assert_int_equal(once_enter(onces, 6, STR("k"), one, &again), ONCE_NEW);
    onces_free(onces);
}

/* ---- sandbox */

#if !defined(__SANITIZE_ADDRESS__)

typedef void try_fn(void);

static void try_open(void)
{
    _exit(open("/etc/passwd", O_RDONLY) < 0 && errno == EACCES ? 0 : 1);
}

static void try_create(void)
{
    _exit(open("danzheng-sandbox", O_WRONLY | O_CREAT, 0600) < 0 ? 0 : 1);
}

static void try_memory(void)
{
    _exit(malloc(100 << 20) ? 0 : 1);
}

static void try_socket(void)
{
    _exit(socket(AF_UNIX, SOCK_STREAM, 0) < 0 && errno == EACCES ? 0 : 1);
}

static void try_connect(void)
{
    const struct sockaddr nowhere = {.sa_family = AF_UNIX};

    _exit(connect(0, &nowhere, sizeof nowhere) == 0);
}

static void try_fork(void)
{
    _exit(fork() < 0);
}

static void try_exec(void)
{
    char name[] = "/bin/true";
    char *const argv[] = {name, NULL};

    execv(name, argv);
    _exit(1);
}

static void try_kill(void)
{
    _exit(kill(getppid(), 0) == 0);
}

static void try_unlink(void)
{
    _exit(unlink("danzheng-sandbox") < 0);
}

/* The wait status of a process in the sandbox that tries. */
static int in_sandbox(enum sandbox_kind kind, try_fn *try)
{
    int status = -1;
    pid_t pid = fork();

    if (pid == 0) {
        struct arena *arena = arena_new(MEMORY, NULL, NULL);
        struct sandbox sandbox;
        struct err err;

        err_init(&err, arena);
        sandbox_limits();
        if (!sandbox_enter(kind, /* required */ true, &sandbox, &err))
            _exit(9);
        try();
    }
    assert_true(pid > 0);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    return status;
}

static void a_process_in_the_sandbox_computes_and_opens_nothing(void **state)
{
    static try_fn *const allowed[] = {try_open, try_create, try_memory, try_socket};

    (void)state;
    for (size_t i = 0; i < COUNT(allowed); i++) {
        int status = in_sandbox(SANDBOX_ALONE, allowed[i]);

        assert_true(WIFEXITED(status));
        assert_int_equal(WEXITSTATUS(status), 0);
    }
}

static void what_it_has_no_business_with_ends_it(void **state)
{
    static try_fn *const denied[] = {try_connect, try_fork, try_exec, try_kill, try_unlink};

    (void)state;
    for (size_t i = 0; i < COUNT(denied); i++) {
        int status = in_sandbox(SANDBOX_ALONE, denied[i]);

        assert_true(WIFSIGNALED(status));
        assert_int_equal(WTERMSIG(status), SIGSYS);
    }
}

static void try_child(void)
{
    int status = -1;
    pid_t pid = fork();

    if (pid == 0)
        _exit(open("/dev/null", O_RDWR) >= 0 && open("/etc/passwd", O_RDONLY) < 0 ? 7 : 1);
    _exit(pid > 0 && waitpid(pid, &status, 0) == pid && WEXITSTATUS(status) == 7 ? 0 : 1);
}

static void try_kill_denied(void)
{
    _exit(kill(1, 0) < 0 ? 0 : 1);
}

static void one_that_may_have_children_may_little_more(void **state)
{
    static try_fn *const allowed[] = {try_child, try_kill_denied, try_open, try_socket};
    static try_fn *const denied[] = {try_exec, try_connect, try_unlink};

    (void)state;
    for (size_t i = 0; i < COUNT(allowed); i++) {
        int status = in_sandbox(SANDBOX_CHILDREN, allowed[i]);

        assert_true(WIFEXITED(status));
        assert_int_equal(WEXITSTATUS(status), 0);
    }
    for (size_t i = 0; i < COUNT(denied); i++)
        assert_true(WIFSIGNALED(in_sandbox(SANDBOX_CHILDREN, denied[i])));
}

static void try_lookup(void)
{
    _exit(open("/etc/nsswitch.conf", O_RDONLY) >= 0 && socket(AF_INET, SOCK_STREAM, 0) >= 0
              ? 0
              : 1);
}

static void try_fork_denied(void)
{
    _exit(fork() < 0 && errno == EPERM ? 0 : 1);
}

static void try_exec_denied(void)
{
    char name[] = "/bin/true";
    char *const argv[] = {name, NULL};

    execv(name, argv);
    _exit(errno == EPERM ? 0 : 1);
}

static void try_listen_denied(void)
{
    int fd = socket(AF_INET, SOCK_STREAM, 0);

    _exit(fd >= 0 && listen(fd, 1) < 0 && errno == EPERM ? 0 : 1);
}

/* try_socket: to a process of this machine, as the sealer is one. */
static void one_that_asks_other_machines_may_ask_and_nothing_else(void **state)
{
    static try_fn *const allowed[] = {try_lookup,      try_open,         try_create,
                                      try_socket,      try_fork_denied,  try_exec_denied,
                                      try_kill_denied, try_listen_denied};

    (void)state;
    for (size_t i = 0; i < COUNT(allowed); i++) {
        int status = in_sandbox(SANDBOX_NETWORK, allowed[i]);

        assert_true(WIFEXITED(status));
        assert_int_equal(WEXITSTATUS(status), 0);
    }
}

#endif

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_frame_is_found_whole_however_it_comes),
        cmocka_unit_test(a_line_over_the_limit_and_a_body_without_its_end_are_faults),
        cmocka_unit_test(the_record_is_cut_out_of_its_line_and_not_read),
        cmocka_unit_test(a_line_whose_end_is_in_doubt_is_no_request),
        cmocka_unit_test(a_faulty_member_is_the_requests_fault_alone),
        cmocka_unit_test(an_answer_is_cut_only_when_it_has_the_agreed_form),
        cmocka_unit_test(the_rule_that_refused_is_found_in_an_answer),
        cmocka_unit_test(refusals_of_a_minute_are_told_up_to_a_number_and_then_counted),
        cmocka_unit_test(a_counters_paper_goes_to_the_disk_before_a_batchs),
        cmocka_unit_test(a_key_means_one_request_of_one_user),
#if !defined(__SANITIZE_ADDRESS__)
        cmocka_unit_test(a_process_in_the_sandbox_computes_and_opens_nothing),
        cmocka_unit_test(what_it_has_no_business_with_ends_it),
        cmocka_unit_test(one_that_may_have_children_may_little_more),
        cmocka_unit_test(one_that_asks_other_machines_may_ask_and_nothing_else),
#endif
    };

    return cmocka_run_group_tests_name("serve", tests, NULL, NULL);
}
