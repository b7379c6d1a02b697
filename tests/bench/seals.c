/* seals.c: a sealer in a child process, and renderers' asks of it. */
#include "seals.h"

#include "sealer/sealer.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { NOW = 1772676000, MEMORY = 512 << 20, BATCH = 1000, FOLDER = 256 };

struct shop {
    struct arena *arena;
    char folder[FOLDER];
    struct signer *signer;
    struct key entry;
    struct keys keys;
    struct sealer_setup setup;
    struct issuer *issuer;
    pid_t child;
    struct err err;
};

static int64_t now(void)
{
    return NOW;
}

static void ready(void *user, uint64_t entries, size_t cut)
{
    (void)user;
    (void)entries;
    (void)cut;
}

static double wall_ms(void)
{
    struct timespec time;

    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec * 1e3 + (double)time.tv_nsec / 1e6;
}

static double cpu_ms(int who)
{
    struct rusage usage;

    getrusage(who, &usage);
    return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1e3 +
           (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e3;
}

static bool shop_open(struct shop *shop, int suite)
{
    const char *home = getenv("DANZHENG_HOME"), *scratch = getenv("TMPDIR");

    shop->arena = arena_new(MEMORY, NULL, NULL);
    err_init(&shop->err, shop->arena);
    snprintf(shop->folder, sizeof shop->folder, "%s/danzheng-bench-XXXXXX",
             scratch ? scratch : "/tmp");
    shop->signer = signer_generate(suite);
    if (!mkdtemp(shop->folder) || !shop->signer ||
        !kinds_load(shop->arena, home, &shop->setup.kinds, &shop->err) ||
        !rules_load(shop->arena, home, shop->setup.kinds, &shop->setup.rules, &shop->err))
        return false;
    shop->entry = (struct key){.suite = suite,
                               .spki = signer_spki(shop->signer),
                               .from = NOW - 1,
                               .until = NOW + 1,
                               .kinds = 0xFE,
                               .states = 3,
                               .status = KEY_ACTIVE,
                               .name = STR("bench")};
    key_id(shop->entry.spki, shop->entry.id);
    shop->keys = (struct keys){.number = 1, .all = &shop->entry, .count = 1};
    shop->setup.keys = &shop->keys;
    shop->setup.signers = &shop->signer;
    shop->setup.signer_count = 1;
    shop->setup.socket = arena_printf(shop->arena, "%s/socket", shop->folder);
    shop->setup.log = arena_printf(shop->arena, "%s/log", shop->folder);
    shop->setup.clock = now;
    shop->setup.ready = ready;
    fflush(NULL);
    shop->child = fork();
    if (shop->child == 0)
        _exit(!sealer_run(shop->arena, &shop->setup, &shop->err));
    for (int i = 0; i < 500 && access(shop->setup.socket, F_OK) != 0; i++)
        nanosleep(&(struct timespec){0, 10000000}, NULL);
    return issuer_open(&shop->keys, shop->setup.socket, &shop->issuer, &shop->err);
}

/* CPU of the child, in ms. */
static double shop_close(struct shop *shop)
{
    double before = cpu_ms(RUSAGE_CHILDREN);

    issuer_close(shop->issuer);
    if (shop->child > 0) {
        kill(shop->child, SIGTERM);
        waitpid(shop->child, NULL, 0);
    }
    if (shop->setup.log)
        unlink(shop->setup.log);
    rmdir(shop->folder);
    signer_close(shop->signer);
    arena_free(shop->arena);
    return cpu_ms(RUSAGE_CHILDREN) - before;
}

static bool ask_make(struct shop *shop, long number, struct seal_ask *out)
{
    const char *text = arena_printf(
        shop->arena,
        "{\"schema\":\"danzheng-record/1\",\"kind\":\"exhibition_filing\",\"version\":1,"
        "\"status\":\"approved\",\"owner\":\"91110105MAFAKE019T\",\"received_at\":"
        "\"2024-08-14T15:22:41+08:00\",\"data\":{\"exhibition_pre_entry_no\":\"Z%ld\","
        "\"exhibition_customs_no\":\"ZL1\",\"master_customs\":\"0110\","
        "\"agent_code\":\"1105980F01\"}}",
        number);

    out->host = STR("verify.example.invalid");
    if (!record_parse(shop->arena, shop->setup.kinds, "bench", str_from(text), &out->record,
                      &shop->err))
        return false;
    out->output = kind_output(out->record->kind, STR("filing_application"));
    return true;
}

/* In rounds of `part`; CPU of this process and wall, per seal. */
static bool issue(struct shop *shop, struct seal_ask *asks, long count, long part, double *wall)
{
    struct seal *seals = NEW_ARRAY(shop->arena, (size_t)count, struct seal);
    double start = wall_ms();
    size_t done;

    for (long i = 0; i < count; i += part)
        if (!seal_issue_all(shop->issuer, shop->arena, asks + i,
                            (size_t)(count - i < part ? count - i : part), seals + i, &done,
                            &shop->err))
            return false;
    *wall = (wall_ms() - start) / (double)count;
    return true;
}

static bool measure_suite(const char *name, int suite, long count, double must)
{
    struct shop shop = {.child = -1};
    double one = 0, many = 0, again = 0, cpu, own;
    struct seal_ask *asks;
    bool ok = shop_open(&shop, suite);

    asks = NEW_ARRAY(shop.arena, 2 * (size_t)count, struct seal_ask);
    for (long i = 0; i < 2 * count && ok; i++)
        ok = ask_make(&shop, i, &asks[i]);
    own = cpu_ms(RUSAGE_SELF);
    ok = ok && issue(&shop, asks, count, 1, &one) &&
         issue(&shop, asks + count, count, BATCH, &many) &&
         issue(&shop, asks, count, BATCH, &again);
    own = (cpu_ms(RUSAGE_SELF) - own) / (3 * (double)count);
    if (!ok && shop.err.first)
        fprintf(stderr, "bench: seals: %.*s\n", STR_ARG(shop.err.first->en));
    cpu = shop_close(&shop) / (2 * (double)count);
    if (!ok)
        return false;
    printf("seals by %s, %ld each, log on disk\n", name, count);
    printf("  %-40s %9.3f ms\n", "wall per seal, one a round trip", one);
    printf("  %-40s %9.3f ms  must %4.1f\n", "wall per seal, a thousand a round trip", many,
           must);
    printf("  %-40s %9.3f ms\n", "wall per seal that the log had", again);
    printf("  %-40s %9.3f ms\n", "CPU of the sealer per new seal", cpu);
    printf("  %-40s %9.3f ms\n", "CPU of the renderer per seal", own);
    return true;
}

bool measure_seals(long count)
{
    return measure_suite("Ed25519", SUITE_ED25519, count, 0.1) &&
           measure_suite("SM2", SUITE_SM2, count, 0.4);
}
