/* commits.c: group commits: clients wait for one writer, and the next batch is whoever waits.
 *
 *   commits CLIENTS SECONDS BYTES [synced]      one at a time each: begin, then seal with BYTES
 *                                              of PDF
 *
 * As the service does: who waits to begin is answered first, without a sync. synced: everybody
 * is in one batch, and answered when it is on the disk. Prints steps (each an acknowledged
 * commit of its own) and documents a second, and the waiting times of a step.
 * Its folder lies below $TMPDIR and is removed, also when it is interrupted. */
#define _XOPEN_SOURCE 700
#include "registry/registry.h"

#include "digest/digest.h"

#include <ftw.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { CLIENTS_MOST = 1024, WAITS = 1 << 22, MEMORY = 1 << 26, CANONICAL = 2000 };

struct client {
    struct bench *bench;
    pthread_t thread;
    pthread_cond_t answered;
    struct arena *arena;
    struct registry_record record;
    struct registry_made made;
    struct registry_paper paper;
    int step; /* 0 begin, 1 seal */
    bool waiting, ok;
    struct client *next;
};

struct bench {
    pthread_mutex_t mutex;
    pthread_cond_t work;
    struct client *queue;
    struct registry *registry;
    bool stop, closing; /* clients first, then the writer */
    bool failed;        /* a step */
    bool synced;        /* every step */
    double *waits;
    size_t steps, documents, batches;
    struct str pdf;
    uint8_t sha[32];
};

static const struct registry_by by = {{"bench", 5}, {"2026-01-02T03:04:05+08:00", 25}};

static double now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static void ask(struct client *client)
{
    struct bench *bench = client->bench;
    double start = now();

    pthread_mutex_lock(&bench->mutex);
    client->waiting = true;
    client->next = bench->queue;
    bench->queue = client;
    pthread_cond_signal(&bench->work);
    while (client->waiting)
        pthread_cond_wait(&client->answered, &bench->mutex);
    if (bench->steps < WAITS)
        bench->waits[bench->steps] = now() - start;
    bench->steps++;
    bench->documents += client->step == 1;
    pthread_mutex_unlock(&bench->mutex);
    if (!client->ok)
        bench->failed = bench->stop = true;
}

static void *client_run(void *user)
{
    struct client *client = user;
    struct bench *bench = client->bench;
    char number[32], canonical[CANONICAL];

    memset(canonical, 'x', sizeof canonical);
    for (long i = 0; !bench->stop; i++) {
        int n = snprintf(number, sizeof number, "P%lx-%ld",
                         (unsigned long)(size_t)client % 0xfffffff, i);

        arena_reset(client->arena);
        memcpy(canonical, number, (size_t)n);
        client->record = (struct registry_record){.number = {number, (size_t)n},
                                                  .version = 1,
                                                  .kind = STR("exhibition_filing"),
                                                  .status = STR("approved"),
                                                  .owner = STR("91310000MA1FL0000X"),
                                                  .canonical = {canonical, CANONICAL}};
        sha256(client->record.canonical, client->record.digest);
        client->made = (struct registry_made){.record = &client->record,
                                              .pdf = bench->pdf,
                                              .pages = 1,
                                              .layout = STR("0123456789abcdef"),
                                              .release = STR("0.2.0"),
                                              .fonts = STR("0123456789abcdef"),
                                              .code = STR("ABCDEFGHIJKLMNOP")};
        memcpy(client->made.sha256, bench->sha, 32);
        for (client->step = 0; client->step < 2; client->step++)
            ask(client);
    }
    return NULL;
}

static bool serve_one(struct bench *bench, struct client *client, struct err *err)
{
    const struct registry_ask wish = {.record = &client->record,
                                      .output = STR("filing_application")};

    if (client->step == 0)
        return registry_begin(bench->registry, client->arena, &wish, &by, &client->paper, err);
    return registry_seal(bench->registry, client->arena, client->paper.id, &client->made, &by,
                         &client->paper, err);
}

/* They go on one by one when the writer has let go of the mutex: who is woken before only waits
 * for it, and that would be measured. */
static void answer_all(struct bench *bench, struct arena *arena, struct client *jobs, bool ok)
{
    struct client **told = NEW_ARRAY(arena, CLIENTS_MOST, struct client *);
    size_t n = 0;

    pthread_mutex_lock(&bench->mutex);
    for (struct client *job = jobs; job; job = job->next) {
        job->ok = ok && job->ok;
        job->waiting = false;
        told[n++] = job;
    }
    pthread_mutex_unlock(&bench->mutex);
    for (size_t i = 0; i < n; i++)
        pthread_cond_signal(&told[i]->answered);
}

/* One batch; nobody is answered before it is committed. */
static void serve_all(struct bench *bench, struct arena *arena, struct client *jobs,
                      bool places)
{
    struct err err;
    bool ok;

    arena_reset(arena);
    err_init(&err, arena);
    ok =
        places ? registry_places(bench->registry, &err) : registry_batch(bench->registry, &err);
    for (struct client *job = jobs; job; job = job->next)
        job->ok = ok && serve_one(bench, job, &err);
    ok = registry_commit(bench->registry, &err);
    bench->batches++;
    answer_all(bench, arena, jobs, ok);
}

static void *writer_run(void *user)
{
    struct bench *bench = user;
    struct arena *arena = arena_new(MEMORY, NULL, NULL);

    for (;;) {
        struct client *jobs, *places = NULL, *rest = NULL;

        pthread_mutex_lock(&bench->mutex);
        while (!bench->queue && !bench->closing)
            pthread_cond_wait(&bench->work, &bench->mutex);
        jobs = bench->queue;
        bench->queue = NULL;
        pthread_mutex_unlock(&bench->mutex);
        if (!jobs)
            break;
        for (struct client *next; jobs; jobs = next) {
            struct client **to = jobs->step == 0 && !bench->synced ? &places : &rest;

            next = jobs->next;
            jobs->next = *to;
            *to = jobs;
        }
        if (places)
            serve_all(bench, arena, places, /* places */ true);
        if (rest)
            serve_all(bench, arena, rest, /* places */ false);
    }
    arena_free(arena);
    return NULL;
}

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

static void report(struct bench *bench, int clients, double seconds, size_t bytes)
{
    size_t n = bench->steps < WAITS ? bench->steps : WAITS;

    qsort(bench->waits, n, sizeof *bench->waits, by_size);
    printf(
        "registry  %4d clients, %6zu bytes%s: %7.0f commits/s, %6.0f documents/s, batch %5.1f, "
        "ms p50 %.2f p99 %.2f max %.1f\n",
        clients, bytes, bench->synced ? ", all synced" : "", (double)bench->steps / seconds,
        (double)bench->documents / seconds, (double)bench->steps / (double)bench->batches,
        bench->waits[n / 2] * 1e3, bench->waits[n * 99 / 100] * 1e3, bench->waits[n - 1] * 1e3);
}

/* Waits; a signal that comes meanwhile stays pending and ends it early. */
static void until(double seconds, const sigset_t *signals)
{
    struct timespec wait = {(time_t)seconds, (long)((seconds - (double)(time_t)seconds) * 1e9)};
    int came = sigtimedwait(signals, NULL, &wait);

    if (came > 0)
        raise(came);
}

static void measure(struct bench *bench, int clients, double seconds, const sigset_t *signals)
{
    struct client *all = calloc((size_t)clients, sizeof *all);
    pthread_t writer;
    double start = now();

    pthread_create(&writer, NULL, writer_run, bench);
    for (int i = 0; i < clients; i++) {
        all[i].bench = bench;
        all[i].arena = arena_new(MEMORY, NULL, NULL);
        pthread_cond_init(&all[i].answered, NULL);
        pthread_create(&all[i].thread, NULL, client_run, &all[i]);
    }
    until(seconds, signals);
    bench->stop = true;
    for (int i = 0; i < clients; i++)
        pthread_join(all[i].thread, NULL);
    report(bench, clients, now() - start, bench->pdf.n);
    pthread_mutex_lock(&bench->mutex);
    bench->closing = true;
    pthread_cond_signal(&bench->work);
    pthread_mutex_unlock(&bench->mutex);
    pthread_join(writer, NULL);
    for (int i = 0; i < clients; i++)
        arena_free(all[i].arena);
    free(all);
}

static bool bench_in(const char *folder, int clients, double seconds, size_t bytes, bool synced,
                     const sigset_t *signals)
{
    const struct registry_config config = {
        .check = false, .duplicates = 9, .segment_mib = 1024};
    struct arena *arena = arena_new(1 << 30, NULL, NULL);
    struct bench bench = {
        .mutex = PTHREAD_MUTEX_INITIALIZER, .work = PTHREAD_COND_INITIALIZER, .synced = synced};
    struct registry_counts counts;
    struct err err;
    bool ok;

    err_init(&err, arena);
    bench.waits = calloc(WAITS, sizeof *bench.waits);
    bench.pdf = (struct str){arena_alloc(arena, bytes), bytes};
    sha256(bench.pdf, bench.sha);
    ok = registry_open(folder, REGISTRY_WRITE, &config, &by, &bench.registry, &err);
    if (ok) {
        measure(&bench, clients, seconds, signals);
        ok = !bench.failed ||
             err_add(&err, INTERNAL, where_none(), "有一步失败", "a step failed");
        ok = ok && registry_check(bench.registry, /* bytes */ false, &counts, &err);
        registry_close(bench.registry);
    }
    if (!ok)
        fprintf(stderr, "%s: %.*s\n", folder, STR_ARG(err.first->en));
    free(bench.waits);
    arena_free(arena);
    return ok;
}

static int remove_one(const char *path, const struct stat *info, int type, struct FTW *ftw)
{
    (void)info, (void)type, (void)ftw;
    return remove(path);
}

int main(int argc, char **argv)
{
    int clients = argc > 1 ? (int)strtol(argv[1], NULL, 10) : 64;
    double seconds = argc > 2 ? strtod(argv[2], NULL) : 3;
    size_t bytes = argc > 3 ? (size_t)strtol(argv[3], NULL, 10) : 1000;
    bool synced = argc > 4 && strcmp(argv[4], "synced") == 0;
    const char *above = getenv("TMPDIR");
    char folder[PATH_MAX];
    sigset_t signals;
    bool ok;

    snprintf(folder, sizeof folder, "%s/registry-bench-XXXXXX", above ? above : "/tmp");
    sigemptyset(&signals);
    sigaddset(&signals, SIGINT);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGHUP);
    /* threads have them blocked too; they take effect when the folder is gone */
    sigprocmask(SIG_BLOCK, &signals, NULL);
    if (clients < 1 || clients > CLIENTS_MOST || !mkdtemp(folder))
        return 1;
    ok = bench_in(folder, clients, seconds, bytes, synced, &signals);
    ok = nftw(folder, remove_one, 16, FTW_DEPTH | FTW_PHYS) == 0 && ok;
    sigprocmask(SIG_UNBLOCK, &signals, NULL);
    return ok ? 0 : 1;
}
