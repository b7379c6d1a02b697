/* sealer.h: a world with keys of its own and a sealer in a child process. */
#ifndef TESTS_SEALER_H
#define TESTS_SEALER_H

#include "seal/talk.h"
#include "sealer/sealer.h"

#include "spawn.h"

#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <time.h>

#include <cmocka.h>

enum { SEALER_DAY = 86400, SEALER_NOW = 1772676000 };

struct world {
    struct arena *arena;
    char folder[SCRATCH_ROOM];
    const char *socket, *log;
    const struct kinds *kinds;
    const struct rules *rules;
    struct signer *ed25519, *sm2;
    struct key entries[2];
    struct keys keys;
    struct signer *signers[2];
    struct sealer_setup setup;
    struct issuer *issuer;
    pid_t child;
    rlim_t file_limit; /* of the child; 0: none */
    struct err err;
};

static inline int64_t sealer_clock(void)
{
    return SEALER_NOW;
}

static inline void sealer_ready(void *user, uint64_t entries, size_t cut)
{
    (void)user;
    (void)entries;
    (void)cut;
}

static inline struct key sealer_entry(const struct signer *signer, uint32_t kinds)
{
    struct key key = {.suite = signer_suite(signer),
                      .spki = signer_spki(signer),
                      .from = SEALER_NOW - SEALER_DAY,
                      .until = SEALER_NOW + SEALER_DAY,
                      .kinds = kinds,
                      .states = 3,
                      .status = KEY_ACTIVE,
                      .name = STR("key")};

    key_id(key.spki, key.id);
    return key;
}

static inline void sealer_start(struct world *world)
{
    struct sockaddr_un name = {.sun_family = AF_UNIX};

    fflush(NULL);
    world->child = fork();
    if (world->child == 0) {
        const struct rlimit limit = {world->file_limit, world->file_limit};
        struct arena *arena = arena_new(256 << 20, NULL, NULL);
        struct err err;
        bool ok;

        if (world->file_limit)
            setrlimit(RLIMIT_FSIZE, &limit);
        err_init(&err, arena);
        ok = sealer_run(arena, &world->setup, &err);
        if (!ok)
            fprintf(stderr, "# sealer: %.*s\n", STR_ARG(err.first->en));
        _exit(!ok);
    }
    memcpy(name.sun_path, world->socket, strlen(world->socket));
    for (int i = 0; i < 500; i++) {
        const struct timespec pause = {0, 10000000};
        int fd = socket(AF_UNIX, SOCK_STREAM, 0);
        int answered = connect(fd, (struct sockaddr *)&name, sizeof name);

        close(fd);
        if (answered == 0)
            return;
        nanosleep(&pause, NULL);
    }
    fail_msg("the sealer does not listen");
}

/* Its exit status; -1: killed. */
static inline int sealer_stop(struct world *world, int how)
{
    int status = 0;

    kill(world->child, how);
    if (waitpid(world->child, &status, 0) != world->child)
        fail_msg("no child");
    world->child = 0;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static inline int world_open(void **state)
{
    struct world *world = test_calloc(1, sizeof *world);

    world->arena = arena_new(512 << 20, NULL, NULL);
    err_init(&world->err, world->arena);
    *state = world;
    if (!scratch_make(world->folder) ||
        !kinds_load(world->arena, getenv("DANZHENG_HOME"), &world->kinds, &world->err) ||
        !rules_load(world->arena, getenv("DANZHENG_HOME"), world->kinds, &world->rules,
                    &world->err))
        return -1;
    world->socket = scratch_path(world->arena, world->folder, "socket");
    world->log = scratch_path(world->arena, world->folder, "log");
    world->ed25519 = signer_generate(SUITE_ED25519);
    world->sm2 = signer_generate(SUITE_SM2);
    world->signers[0] = world->ed25519;
    world->signers[1] = world->sm2;
    world->entries[0] = sealer_entry(world->ed25519, 0x7E); /* kinds 1 to 6 */
    world->entries[1] = sealer_entry(world->sm2, 0x80);     /* 7 */
    world->keys = (struct keys){.number = 1, .all = world->entries, .count = 2};
    world->setup = (struct sealer_setup){.kinds = world->kinds,
                                         .rules = world->rules,
                                         .keys = &world->keys,
                                         .signers = world->signers,
                                         .signer_count = 2,
                                         .socket = world->socket,
                                         .log = world->log,
                                         .clock = sealer_clock,
                                         .ready = sealer_ready};
    return issuer_open(&world->keys, world->socket, &world->issuer, &world->err) ? 0 : -1;
}

static inline int world_close(void **state)
{
    struct world *world = *state;

    if (world->child > 0)
        sealer_stop(world, SIGKILL);
    issuer_close(world->issuer);
    signer_close(world->ed25519);
    signer_close(world->sm2);
    scratch_remove(world->folder);
    arena_free(world->arena);
    test_free(world);
    return 0;
}

/* An approved filing, or (disc) an approved import, of its own number and version. */
static inline struct seal_ask ask_of(struct world *world, bool disc, const char *status,
                                     long number, int version, const char *output)
{
    struct seal_ask ask = {.host = STR("verify.example.invalid")};
    const char *text = arena_printf(
        world->arena,
        disc
            ? "{\"schema\":\"danzheng-record/1\",\"kind\":\"disc_import\",\"version\":%d,"
              "\"status\":\"%s\",\"owner\":\"91110105MAFAKE019T\",\"received_at\":"
              "\"2024-08-14T15:22:41+08:00\",\"data\":{\"application_no\":\"G%ld\","
              "\"certificate_no\":\"C1\",\"valid_until\":\"20261231\"}}"
            : "{\"schema\":\"danzheng-record/1\",\"kind\":\"exhibition_filing\",\"version\":%d,"
              "\"status\":\"%s\",\"owner\":\"91110105MAFAKE019T\",\"received_at\":"
              "\"2024-08-14T15:22:41+08:00\",\"data\":{\"exhibition_pre_entry_no\":\"Z%ld\","
              "\"exhibition_customs_no\":\"ZL1\",\"master_customs\":\"0110\","
              "\"agent_code\":\"1105980F01\",\"goods\":[{\"seq\":1}]}}",
        version, status, number);

    err_init(&world->err, world->arena);
    if (!record_parse(world->arena, world->kinds, "t", str_from(text), &ask.record,
                      &world->err))
        fail_msg("%.*s", STR_ARG(world->err.first->en));
    ask.output = kind_output(ask.record->kind, str_from(output));
    return ask;
}

#endif
