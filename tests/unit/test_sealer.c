/* The sealer from outside: whatever happens to it, nobody holds a seal that its log has not,
 * and nobody ever gets a second one. */
#include "sealer.h"

#include "sealer/log.h"

static struct seal issued(struct world *world, struct seal_ask ask)
{
    struct seal seal = {0};

    err_init(&world->err, world->arena);
    if (!seal_issue(world->issuer, world->arena, &ask, &seal, &world->err))
        fail_msg("%s: %.*s", err_info(world->err.first->code)->name,
                 STR_ARG(world->err.first->en));
    return seal;
}

static enum err_code refused(struct world *world, struct seal_ask ask)
{
    struct seal seal;

    err_init(&world->err, world->arena);
    if (seal_issue(world->issuer, world->arena, &ask, &seal, &world->err))
        return ERR_NONE;
    return world->err.first->code;
}

static uint64_t entries_of(struct world *world)
{
    struct seal_log *log;
    uint64_t entries;
    size_t cut;

    err_init(&world->err, world->arena);
    assert_true(log_open(world->log, &log, &cut, &world->err));
    entries = log_entries(log);
    log_close(log);
    return entries;
}

static void its_seals_are_good_and_bear_no_mark(void **state)
{
    struct world *world = *state;
    struct seal seal;
    struct seal_fields fields;
    const struct key *key;
    uint8_t digest[32];
    struct seal_ask ask;

    sealer_start(world);
    ask = ask_of(world, false, "approved", 1, 3, "goods_list");
    seal = issued(world, ask);
    assert_int_equal(seal_check(&world->keys, seal.bytes, &fields, &key), SEAL_GOOD);
    assert_int_equal(fields.suite, SUITE_ED25519);
    assert_int_equal(fields.kind, 2);
    assert_int_equal(fields.version, 3);
    assert_int_equal(fields.lines, 1);
    assert_int_equal(fields.issued, SEALER_NOW);
    assert_string_equal(fields.holder, "1105980F01");
    assert_int_equal(seal.mark.n, 0);
    assert_string_equal(seal.issued.p, "2026-03-05T10:00:00+08:00");
    seal = issued(world, ask_of(world, false, "approved", 1, 3, "check_sheet"));
    assert_true(str_is(seal.mark, "仅供核对"));
    ask = ask_of(world, true, "filed", 1, 1, "import_certificate");
    seal = issued(world, ask);
    assert_int_equal(seal_check(&world->keys, seal.bytes, &fields, &key), SEAL_GOOD);
    assert_int_equal(fields.suite, SUITE_SM2);
    assert_int_equal(fields.last_day, 2556);
    seal_digest(SUITE_SM2, ask.record->canonical, digest);
    assert_memory_equal(fields.digest, digest, 32);
    assert_int_equal(sealer_stop(world, SIGTERM), 0);
}

static void a_request_again_gets_the_logged_seal(void **state)
{
    struct world *world = *state;
    struct seal first, second;

    sealer_start(world);
    /* SM2 never makes the same signature twice */
    first = issued(world, ask_of(world, true, "filed", 1, 1, "import_certificate"));
    second = issued(world, ask_of(world, true, "filed", 1, 1, "import_certificate"));
    assert_true(str_eq(first.bytes, second.bytes));
    assert_int_equal(sealer_stop(world, SIGTERM), 0);
    sealer_start(world);
    second = issued(world, ask_of(world, true, "filed", 1, 1, "import_certificate"));
    assert_true(str_eq(first.bytes, second.bytes));
    second = issued(world, ask_of(world, true, "filed", 1, 2, "import_certificate"));
    assert_false(str_eq(first.bytes, second.bytes));
    sealer_stop(world, SIGTERM);
    assert_int_equal(entries_of(world), 2);
}

static void a_version_has_one_content(void **state)
{
    struct world *world = *state;

    sealer_start(world);
    issued(world, ask_of(world, false, "approved", 1, 1, "goods_list"));
    assert_int_equal(refused(world, ask_of(world, false, "审核通过", 1, 1, "goods_list")),
                     VERSION_CONFLICT);
    assert_int_equal(refused(world, ask_of(world, false, "审核通过", 1, 1, "check_sheet")),
                     VERSION_CONFLICT);
    issued(world, ask_of(world, false, "审核通过", 1, 2, "goods_list"));
    issued(world, ask_of(world, false, "approved", 1, 1, "check_sheet"));
}

static void it_decides_by_its_own_rules(void **state)
{
    struct world *world = *state;

    sealer_start(world);
    assert_int_equal(refused(world, ask_of(world, false, "draft", 1, 1, "goods_list")),
                     PRINT_NOT_PERMITTED);
    assert_int_equal(refused(world, ask_of(world, false, "nonsense", 1, 1, "check_sheet")),
                     STATUS_UNKNOWN);
    assert_true(world->err.first->zh.n > 0);
    issued(world, ask_of(world, false, "draft", 1, 1, "check_sheet"));
    sealer_stop(world, SIGTERM);
    assert_int_equal(entries_of(world), 1);
}

static void a_clock_before_the_window_issues_nothing(void **state)
{
    struct world *world = *state;

    world->entries[0].from = SEALER_NOW + 1;
    world->entries[1].kinds = 2;
    sealer_start(world);
    assert_int_equal(refused(world, ask_of(world, false, "approved", 1, 1, "goods_list")),
                     KEY_WINDOW);
    assert_true(world->err.first->hint.n > 0);
    assert_int_equal(refused(world, ask_of(world, true, "filed", 1, 1, "import_certificate")),
                     SEAL_NOT_PERMITTED);
    sealer_stop(world, SIGTERM);
    assert_int_equal(entries_of(world), 0);
}

static void without_a_sealer_nothing_is_sealed(void **state)
{
    struct world *world = *state;

    assert_int_equal(refused(world, ask_of(world, false, "approved", 1, 1, "goods_list")),
                     SEALER_DOWN);
    sealer_start(world);
    issued(world, ask_of(world, false, "approved", 1, 1, "goods_list"));
    sealer_stop(world, SIGKILL);
    assert_int_equal(refused(world, ask_of(world, false, "approved", 2, 1, "goods_list")),
                     SEALER_DOWN);
    /* the socket that was left behind does not matter */
    sealer_start(world);
    issued(world, ask_of(world, false, "approved", 2, 1, "goods_list"));
}

static void a_log_has_one_sealer(void **state)
{
    struct world *world = *state;
    struct sealer_setup other = world->setup;
    struct err err;

    sealer_start(world);
    err_init(&err, world->arena);
    assert_false(sealer_run(world->arena, &other, &err));
    assert_int_equal(err.first->code, SEALER_BUSY);
    other.log = scratch_path(world->arena, world->folder, "other");
    err_init(&err, world->arena);
    assert_false(sealer_run(world->arena, &other, &err));
    assert_int_equal(err.first->code, SEALER_BUSY);
    issued(world, ask_of(world, false, "approved", 1, 1, "goods_list"));
}

static void a_full_disk_issues_nothing(void **state)
{
    struct world *world = *state;
    struct seal kept, again;
    int well = 0, full = 0;

    world->file_limit = 2000;
    sealer_start(world);
    kept = issued(world, ask_of(world, false, "approved", 0, 1, "goods_list"));
    for (long i = 1; i < 20; i++) {
        enum err_code code =
            refused(world, ask_of(world, false, "approved", i, 1, "goods_list"));

        well += code == ERR_NONE;
        full += code == FILE_WRITE;
        assert_true(code == ERR_NONE ? full == 0 : code == FILE_WRITE);
    }
    assert_true(well > 2 && full > 2);
    assert_true(world->err.first->hint.n > 0);
    again = issued(world, ask_of(world, false, "approved", 0, 1, "goods_list"));
    assert_true(str_eq(kept.bytes, again.bytes));
    assert_int_equal(sealer_stop(world, SIGTERM), 0);
    assert_int_equal(entries_of(world), 1 + well);
    world->file_limit = 0;
    sealer_start(world);
    for (long i = 1; i < 20; i++)
        issued(world, ask_of(world, false, "approved", i, 1, "goods_list"));
    sealer_stop(world, SIGTERM);
    assert_int_equal(entries_of(world), 20);
}

/* ---- killed */

enum { THOUSAND = 1000, PART = 50 };

/* In a process of its own: kills the sealer after a while. */
static pid_t killer_start(pid_t victim, long microseconds)
{
    pid_t killer = fork();

    if (killer == 0) {
        const struct timespec pause = {0, microseconds * 1000};

        nanosleep(&pause, NULL);
        kill(victim, SIGKILL);
        _exit(0);
    }
    return killer;
}

static void killed_at_any_time_it_has_logged_what_it_issued(void **state)
{
    struct world *world = *state;
    struct seal_ask *asks = NEW_ARRAY(world->arena, THOUSAND, struct seal_ask);
    struct seal *seals = NEW_ARRAY(world->arena, THOUSAND, struct seal);
    size_t held = 0;
    int killed = 0;

    for (long i = 0; i < THOUSAND; i++)
        asks[i] = ask_of(world, i % 7 == 0, i % 7 == 0 ? "filed" : "approved", i, 1,
                         i % 7 == 0 ? "import_certificate" : "goods_list");
    sealer_start(world);
    for (int round = 0; held < THOUSAND; round++) {
        pid_t killer = killer_start(world->child, 1000 + 1777L * (round % 13));
        size_t done = 0;
        bool ok = true;

        while (ok && held < THOUSAND) {
            err_init(&world->err, world->arena);
            ok = seal_issue_all(world->issuer, world->arena, asks + held,
                                THOUSAND - held < PART ? THOUSAND - held : PART, seals + held,
                                &done, &world->err);
            held += done;
        }
        waitpid(killer, NULL, 0);
        sealer_stop(world, SIGKILL);
        killed += !ok;
        assert_true(entries_of(world) >= held);
        sealer_start(world);
    }
    print_message("# killed %d times while it was issuing\n", killed);
    assert_true(killed > 3);
    for (size_t i = 0; i < THOUSAND; i++) {
        struct seal again = issued(world, asks[i]);

        assert_true(str_eq(again.bytes, seals[i].bytes));
    }
    sealer_stop(world, SIGTERM);
    assert_int_equal(entries_of(world), THOUSAND);
}

/* ---- the log */

static struct str log_bytes(struct world *world)
{
    char *bytes = arena_alloc(world->arena, 1 << 13);
    int fd = open(world->log, O_RDONLY);
    ssize_t n = read(fd, bytes, 1 << 13);

    close(fd);
    assert_true(n > 0);
    return (struct str){bytes, (size_t)n};
}

static bool log_holds(struct world *world, struct str bytes, uint64_t *entries, size_t *cut)
{
    struct seal_log *log;

    assert_true(scratch_write(world->log, bytes));
    err_init(&world->err, world->arena);
    if (!log_open(world->log, &log, cut, &world->err))
        return false;
    *entries = log_entries(log);
    log_close(log);
    return true;
}

static void a_torn_end_is_cut(void **state)
{
    struct world *world = *state;
    uint64_t entries;
    struct str whole;
    size_t cut, two;

    sealer_start(world);
    issued(world, ask_of(world, false, "approved", 1, 1, "goods_list"));
    issued(world, ask_of(world, false, "approved", 2, 1, "goods_list"));
    two = log_bytes(world).n;
    issued(world, ask_of(world, false, "approved", 3, 1, "goods_list"));
    sealer_stop(world, SIGTERM);
    whole = log_bytes(world);
    for (size_t n = two; n < whole.n; n++) {
        assert_true(log_holds(world, (struct str){whole.p, n}, &entries, &cut));
        assert_int_equal(entries, 2);
        assert_int_equal(cut, n - two);
        assert_int_equal(log_bytes(world).n, two);
    }
    for (size_t n = 0; n < 21; n++) {
        assert_true(log_holds(world, (struct str){whole.p, n}, &entries, &cut));
        assert_int_equal(entries, 0);
    }
}

static void a_log_that_was_changed_is_not_used(void **state)
{
    struct world *world = *state;
    uint64_t entries;
    struct str whole;
    size_t cut, one, two;

    sealer_start(world);
    issued(world, ask_of(world, false, "approved", 1, 1, "goods_list"));
    one = log_bytes(world).n;
    issued(world, ask_of(world, false, "approved", 2, 1, "goods_list"));
    two = log_bytes(world).n;
    issued(world, ask_of(world, false, "approved", 3, 1, "goods_list"));
    sealer_stop(world, SIGTERM);
    whole = log_bytes(world);
    for (size_t i = 0; i < two; i++) {
        struct str other = str_copy(world->arena, whole);

        ((char *)(uintptr_t)other.p)[i] ^= 1;
        if (log_holds(world, other, &entries, &cut))
            fail_msg("byte %zu of %zu may be changed", i, whole.n);
        assert_int_equal(world->err.first->code, SEAL_LOG_FAULT);
        assert_int_equal(log_bytes(world).n, whole.n);
    }
    /* an entry taken out */
    {
        char *bytes = arena_alloc(world->arena, whole.n);

        memcpy(bytes, whole.p, one);
        memcpy(bytes + one, whole.p + two, whole.n - two);
        assert_false(
            log_holds(world, (struct str){bytes, whole.n - two + one}, &entries, &cut));
        assert_int_equal(world->err.first->code, SEAL_LOG_FAULT);
    }
}

/* The log's bytes with a round of so many more. */
static struct str log_round(struct world *world, struct seal_log *log, const struct seal *seals,
                            size_t count)
{
    struct seal_fields fields;
    bool broken;

    for (size_t i = 0; i < count; i++) {
        assert_int_equal(seal_parse(seals[i].bytes, &fields), SEAL_GOOD);
        log_add(log, &fields, fields.digest, seals[i].bytes);
    }
    assert_true(log_commit(log, &broken, &world->err));
    return log_bytes(world);
}

/* Of what was not synced the power leaves any part, not only the front. */
static void a_round_that_is_torn_anywhere_is_cut(void **state)
{
    struct world *world = *state;
    struct seal seals[5];
    struct seal_log *log;
    struct str whole;
    uint64_t entries;
    size_t cut, one;

    sealer_start(world);
    for (int i = 0; i < 5; i++)
        seals[i] = issued(world, ask_of(world, false, "approved", i + 1, 1, "goods_list"));
    sealer_stop(world, SIGTERM);
    assert_true(scratch_write(world->log, STR("")));
    assert_true(log_open(world->log, &log, &cut, &world->err));
    one = log_round(world, log, seals, 2).n;
    whole = log_round(world, log, seals + 2, 3);
    log_close(log);
    for (size_t i = 0; i < whole.n; i++) {
        char *bytes = arena_text(world->arena, whole.p, whole.n);

        bytes[i] ^= 1;
        assert_int_equal(log_holds(world, (struct str){bytes, whole.n}, &entries, &cut),
                         i >= one);
        if (i >= one)
            assert_int_equal(entries, 2 + (i - one) / ((whole.n - one) / 3));
    }
}

/* ---- the protocol */

static int socket_open(struct world *world)
{
    struct sockaddr_un name = {.sun_family = AF_UNIX};
    const struct timeval patience = {.tv_sec = 10};
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);

    memcpy(name.sun_path, world->socket, strlen(world->socket));
    assert_int_equal(connect(fd, (struct sockaddr *)&name, sizeof name), 0);
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    return fd;
}

/* Does the sealer end the connection at these bytes, without an answer? */
static bool ends_at(struct world *world, const char *bytes, size_t n)
{
    int fd = socket_open(world);
    char byte;
    ssize_t got;

    send(fd, bytes, n, MSG_NOSIGNAL);
    got = recv(fd, &byte, 1, 0);
    close(fd);
    return got == 0 || (got < 0 && errno == ECONNRESET);
}

static void hello_add(struct buf *bytes)
{
    size_t begin = talk_begin(bytes, TALK_HELLO);

    talk_number(bytes, TALK_PROTOCOL, 1);
    talk_end(bytes, begin);
}

/* The same, behind the answer to hello. */
static bool ends_behind_hello(struct world *world, const struct buf *bytes)
{
    int fd = socket_open(world);
    char answer[64];
    ssize_t got;

    send(fd, bytes->p, bytes->n, MSG_NOSIGNAL);
    got = recv(fd, answer, 8, MSG_WAITALL);
    if (got == 8)
        got = recv(fd, answer, 1, 0);
    close(fd);
    return got == 0 || (got < 0 && errno == ECONNRESET);
}

static void what_is_not_in_the_table_ends_the_connection(void **state)
{
    static const struct str bad[] = {
        {"\0\0\0\0", 4},       /* no type */
        {"\0\x20\0\1\1", 5},   /* too long */
        {"\0\0\0\2\1\2", 6},   /* another protocol */
        {"\0\0\0\3\1\1\1", 7}, /* a hello that is too long */
        {"\0\0\0\1\1", 5},     /* or too short */
        {"\0\0\0\3\2\0\1", 7}, /* an ask before hello */
        {"\0\0\0\1\3", 5},     /* an unknown type */
        {"GET / HTTP/1.1\r\n\r\n", 18},
    };
    const struct talk_ask ask = {.kind = STR("exhibition_filing"),
                                 .output = STR("goods_list"),
                                 .status = STR("approved"),
                                 .number = STR("Z9"),
                                 .official = true,
                                 .version = 1,
                                 .lines = -1};
    struct world *world = *state;
    struct buf bytes;
    size_t begin;

    sealer_start(world);
    for (size_t i = 0; i < COUNT(bad); i++)
        if (!ends_at(world, bad[i].p, bad[i].n))
            fail_msg("case %zu is answered", i);
    buf_init(&bytes, 1 << 16);
    begin = talk_begin(&bytes, TALK_SEAL);
    talk_number(&bytes, 1, 2);
    talk_ask(&bytes, &ask);
    talk_end(&bytes, begin);
    assert_true(ends_at(world, bytes.p, bytes.n)); /* well formed, but before hello */
    buf_clear(&bytes);
    hello_add(&bytes);
    begin = talk_begin(&bytes, TALK_SEAL);
    talk_number(&bytes, 0, 2); /* no ask */
    talk_end(&bytes, begin);
    assert_true(ends_behind_hello(world, &bytes));
    buf_clear(&bytes);
    hello_add(&bytes);
    hello_add(&bytes);
    assert_true(ends_behind_hello(world, &bytes));
    issued(world, ask_of(world, false, "approved", 1, 1, "goods_list"));
    buf_release(&bytes);
}

/* An ask that is cut anywhere, or has one byte changed, is answered or ends the connection; the
 * sealer goes on. */
static void a_broken_ask_harms_nobody(void **state)
{
    struct world *world = *state;
    struct talk_ask ask = {.kind = STR("exhibition_filing"),
                           .output = STR("goods_list"),
                           .status = STR("approved"),
                           .number = STR("Z9"),
                           .holder = STR("1105980F01"),
                           .official = true,
                           .version = 1,
                           .lines = -1};
    struct buf bytes;
    size_t begin, head;

    sealer_start(world);
    buf_init(&bytes, 1 << 16);
    hello_add(&bytes);
    head = bytes.n;
    begin = talk_begin(&bytes, TALK_SEAL);
    talk_number(&bytes, 1, 2);
    talk_ask(&bytes, &ask);
    talk_end(&bytes, begin);
    for (size_t i = head; i < bytes.n; i++) {
        int fd = socket_open(world);

        bytes.p[i] ^= 0x55;
        assert_int_equal(send(fd, bytes.p, bytes.n, MSG_NOSIGNAL), bytes.n);
        bytes.p[i] ^= 0x55;
        close(fd);
        fd = socket_open(world);
        send(fd, bytes.p, i, MSG_NOSIGNAL);
        close(fd);
    }
    issued(world, ask_of(world, false, "approved", 1, 1, "goods_list"));
    buf_release(&bytes);
}

static void a_number_that_cannot_stand_in_a_seal_is_refused(void **state)
{
    struct world *world = *state;
    struct talk_ask ask = {.kind = STR("exhibition_filing"),
                           .output = STR("goods_list"),
                           .status = STR("approved"),
                           .number = STR("z 9"),
                           .official = true,
                           .version = 1,
                           .lines = -1};
    struct talk_answer answer;
    struct talk_reader reader;
    struct str body;
    struct buf bytes;
    enum talk_type type;
    size_t begin, used;
    char *room;
    int fd;

    sealer_start(world);
    fd = socket_open(world);
    buf_init(&bytes, 1 << 16);
    hello_add(&bytes);
    send(fd, bytes.p, bytes.n, MSG_NOSIGNAL);
    assert_int_equal(recv(fd, bytes.p, 8, MSG_WAITALL), 8);
    buf_clear(&bytes);
    begin = talk_begin(&bytes, TALK_SEAL);
    talk_number(&bytes, 1, 2);
    talk_ask(&bytes, &ask);
    talk_end(&bytes, begin);
    send(fd, bytes.p, bytes.n, MSG_NOSIGNAL);
    buf_clear(&bytes);
    room = buf_room(&bytes, 4096);
    bytes.n = (size_t)recv(fd, room, 4096, 0);
    assert_true(talk_frame(buf_view(&bytes), &type, &body, &used) && used);
    reader = talk_reader(body);
    assert_int_equal(talk_read_number(&reader, 2), 1);
    assert_true(talk_read_answer(&reader, &answer));
    assert_false(answer.ok);
    assert_true(str_is(answer.code, "SEAL_VALUE"));
    close(fd);
    buf_release(&bytes);
    sealer_stop(world, SIGTERM);
    assert_int_equal(entries_of(world), 0);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, world_open, world_close)
    const struct CMUnitTest tests[] = {
        TEST(its_seals_are_good_and_bear_no_mark),
        TEST(a_request_again_gets_the_logged_seal),
        TEST(a_version_has_one_content),
        TEST(it_decides_by_its_own_rules),
        TEST(a_clock_before_the_window_issues_nothing),
        TEST(without_a_sealer_nothing_is_sealed),
        TEST(a_log_has_one_sealer),
        TEST(a_full_disk_issues_nothing),
        TEST(killed_at_any_time_it_has_logged_what_it_issued),
        TEST(a_torn_end_is_cut),
        TEST(a_log_that_was_changed_is_not_used),
        TEST(a_round_that_is_torn_anywhere_is_cut),
        TEST(what_is_not_in_the_table_ends_the_connection),
        TEST(a_broken_ask_harms_nobody),
        TEST(a_number_that_cannot_stand_in_a_seal_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
