/* clerk.c: takes all errands that wait. Papers are begun first, and given back to be made
 * without waiting for the disk; the rest is one transaction, given back when it is on the
 * disk. While it waits for the disk the next ones gather. */
#define _GNU_SOURCE /* eventfd */
#include "serve/clerk.h"

#include "serve/loop.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

enum {
    ERRAND_MEMORY = 256 << 20,
    PDF_MOST = 256 << 20,
    LINE_MOST = 16 << 20,
    CHINA = 8 * 60 * 60,
    COUNTER_MS = 1000,    /* so long after an errand a counter is at work */
    LOT_BYTES = 128 << 10 /* of others' papers that share a sync then */
};

struct queue {
    struct errand *first, *last;
};

struct clerk {
    const char *folder;
    struct registry_config config;
    struct registry *registry; /* NULL while it cannot be opened */
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t given;
    struct queue in, out;       /* under lock */
    struct clerk_counts counts; /* under lock */
    bool closing;               /* under lock */
    int64_t counter_at;         /* when a counter last gave an errand; 0: never */
    int event;
};

/* ---- errands */

struct str clerk_time(struct arena *arena)
{
    time_t now = time(NULL) + CHINA;
    char *text = arena_alloc(arena, 32);
    struct tm parts;

    return (struct str){text,
                        strftime(text, 32, "%Y-%m-%dT%H:%M:%S+08:00", gmtime_r(&now, &parts))};
}

struct errand *errand_new(enum errand_kind kind, struct str actor)
{
    struct arena *arena = arena_new(ERRAND_MEMORY, NULL, NULL);
    struct errand *errand = NEW(arena, struct errand);

    errand->kind = kind;
    errand->lane = LANE_BATCH; /* whoever has another says so */
    errand->arena = arena;
    errand->by = (struct registry_by){str_copy(arena, actor), clerk_time(arena)};
    buf_init(&errand->front, LINE_MOST);
    buf_init(&errand->rest, LINE_MOST);
    buf_init(&errand->pdf, PDF_MOST);
    err_init(&errand->err, arena);
    return errand;
}

void errand_free(struct errand *errand)
{
    buf_release(&errand->front);
    buf_release(&errand->rest);
    buf_release(&errand->pdf);
    arena_free(errand->arena);
}

static void queue_add(struct queue *queue, struct errand *errand)
{
    errand->next = NULL;
    if (queue->last)
        queue->last->next = errand;
    else
        queue->first = errand;
    queue->last = errand;
}

/* ---- what each does; within a batch */

/* What is registered of the number is its role's to touch. *known: something is. */
static bool is_theirs(struct registry *registry, struct errand *errand, struct str number,
                      bool *known)
{
    struct registry_record record;

    return registry_record(registry, errand->arena, number, 0, &record, known, &errand->err) &&
           (!*known ||
            rights_may_touch(errand->rights, number, record.kind, record.owner, &errand->err));
}

/* A record that is sent may take the place of what is registered of its number. */
static bool may_change(struct registry *registry, struct errand *errand)
{
    bool known;

    return !errand->rights || rights_all(errand->rights) ||
           is_theirs(registry, errand, errand->record.number, &known);
}

static bool do_place(struct registry *registry, struct errand *errand)
{
    return may_change(registry, errand) &&
           registry_begin(registry, errand->arena, &errand->ask, &errand->by, &errand->found,
                          &errand->err);
}

static bool do_begin(struct registry *registry, struct errand *errand)
{
    if (!do_place(registry, errand))
        return false;
    return errand->found.state == REGISTRY_BEGUN ||
           registry_bytes(registry, &errand->found.pdf, &errand->pdf, &errand->err);
}

static bool may_have(struct registry *registry, struct errand *errand)
{
    bool known;

    if (!is_theirs(registry, errand, errand->number, &known))
        return false;
    return known || err_add(&errand->err, NOT_REGISTERED, where_pointer(STR("/number")),
                            "登记簿中没有编号 %.*s", "number %.*s is not registered",
                            STR_ARG(errand->number));
}

static bool do_find(struct registry *registry, struct errand *errand)
{
    const struct registry_query query = {.number = errand->number,
                                         .state = -1,
                                         .newest = true,
                                         .after = errand->paper,
                                         .most = FIND_MOST + 1};

    return may_have(registry, errand) &&
           registry_find(registry, errand->arena, &query, &errand->papers, &errand->paper_count,
                         &errand->err);
}

static bool do_look(struct registry *registry, struct errand *errand)
{
    const struct registry_query query = {
        .number = errand->number, .code = errand->code, .state = -1, .most = 1};

    return registry_find(registry, errand->arena, &query, &errand->papers, &errand->paper_count,
                         &errand->err);
}

static bool do_errand(struct registry *registry, struct errand *errand)
{
    const struct registry_by *by = &errand->by;
    struct err *err = &errand->err;

    switch (errand->kind) {
    case ERRAND_BEGIN:
        return do_begin(registry, errand);
    case ERRAND_SEAL:
        return may_change(registry, errand) &&
               registry_seal(registry, errand->arena, errand->paper, &errand->made, by,
                             &errand->found, err);
    case ERRAND_DONE:
        return registry_done(registry, errand->paper, by, err);
    case ERRAND_VOID:
        return registry_void(registry, errand->paper, errand->why, by, err);
    case ERRAND_REVISE:
        return may_change(registry, errand) &&
               registry_revise(registry, &errand->record, by, &errand->count, err);
    case ERRAND_WITHDRAW:
        return may_have(registry, errand) &&
               registry_withdraw(registry, errand->number, errand->why, by, &errand->count,
                                 err);
    case ERRAND_FIND:
        return do_find(registry, errand);
    case ERRAND_LOOK:
        return do_look(registry, errand);
    case ERRAND_REFUSE:
        return registry_note(registry, by, STR("refuse"), errand->number, errand->why, err);
    }
    return false;
}

/* ---- the thread */

static bool open_registry(struct clerk *clerk, struct err *err)
{
    const struct registry_by by = {STR("serve"), clerk_time(err->arena)};

    return registry_open(clerk->folder, REGISTRY_WRITE, &clerk->config, &by, &clerk->registry,
                         err);
}

/* Nothing of the batch happened: every errand of it has the fault. */
static void fail_all(struct errand *first, const struct err *err)
{
    const struct fault *fault = err_fault(err);

    for (struct errand *errand = first; errand; errand = errand->next) {
        struct arena *arena = errand->arena;

        errand->ok = false;
        err_init(&errand->err, arena);
        err_add(&errand->err, fault ? fault->code : REGISTRY_FAULT, where_none(), "%s%.0s",
                "%.0s%s", fault ? arena_text(arena, fault->zh.p, fault->zh.n) : "登记簿不可用",
                fault ? arena_text(arena, fault->en.p, fault->en.n) : "no registry");
    }
}

static double seconds_now(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void count(struct clerk *clerk, const struct errand *first, double since)
{
    struct clerk_counts *counts = &clerk->counts;
    struct registry_head head = {0};
    struct err err;
    bool well;

    err_init(&err, first->arena);
    well = clerk->registry && registry_head(clerk->registry, &head, &err);
    pthread_mutex_lock(&clerk->lock);
    counts->broken = !well;
    if (well) {
        counts->commits++;
        counts->seconds += seconds_now() - since;
        counts->head = head.seq;
    }
    for (const struct errand *errand = first; errand && well; errand = errand->next)
        counts->errands++;
    pthread_mutex_unlock(&clerk->lock);
}

struct clerk_counts clerk_counts(struct clerk *clerk)
{
    struct clerk_counts counts;

    pthread_mutex_lock(&clerk->lock);
    counts = clerk->counts;
    pthread_mutex_unlock(&clerk->lock);
    return counts;
}

static void do_batch(struct clerk *clerk, struct errand *first, bool places)
{
    struct arena *arena = arena_new(ERRAND_MEMORY, NULL, NULL);
    struct err err;
    bool ok;

    err_init(&err, arena);
    ok = (clerk->registry || open_registry(clerk, &err)) &&
         (places ? registry_places(clerk->registry, &err)
                 : registry_batch(clerk->registry, &err));
    for (struct errand *errand = first; errand && ok; errand = errand->next)
        errand->ok =
            places ? do_place(clerk->registry, errand) : do_errand(clerk->registry, errand);
    if (!ok || !registry_commit(clerk->registry, &err)) {
        registry_close(clerk->registry);
        clerk->registry = NULL;
        fail_all(first, &err);
    }
    arena_free(arena);
}

static void give_back(struct clerk *clerk, struct errand *first)
{
    const uint64_t one = 1;

    if (!first)
        return;
    pthread_mutex_lock(&clerk->lock);
    while (first) {
        struct errand *next = first->next;

        queue_add(&clerk->out, first);
        first = next;
    }
    pthread_mutex_unlock(&clerk->lock);
    while (write(clerk->event, &one, sizeof one) < 0 && errno == EINTR)
        continue;
}

/* Those for which `is` goes to one queue, the others to the other. */
static void sort(struct errand *first, bool (*is)(const struct errand *), struct queue *yes,
                 struct queue *no)
{
    for (struct errand *next; first; first = next) {
        next = first->next;
        queue_add(is(first) ? yes : no, first);
    }
}

static bool begins(const struct errand *errand)
{
    return errand->kind == ERRAND_BEGIN;
}

/* Its paper was made before, and its client will be told so. */
static bool is_told(const struct errand *errand)
{
    return errand->ok && errand->found.state != REGISTRY_BEGUN;
}

static void do_all(struct clerk *clerk, struct errand *first)
{
    struct queue places = {0}, begun = {0}, rest = {0};

    sort(first, begins, &places, &rest);
    if (places.first) {
        do_batch(clerk, places.first, /* places */ true);
        sort(places.first, is_told, &rest, &begun);
        give_back(clerk, begun.first);
    }
    if (rest.first) {
        double since = seconds_now();

        do_batch(clerk, rest.first, /* places */ false);
        count(clerk, rest.first, since);
        give_back(clerk, rest.first);
    }
}

struct errand *clerk_lot(struct errand *first, size_t most, struct errand **left)
{
    struct queue taken = {0}, later = {0};
    size_t bytes = 0;

    for (struct errand *next; first; first = next) {
        bool others = first->kind == ERRAND_SEAL && first->lane != LANE_COUNTER;

        next = first->next;
        queue_add(others && bytes >= most ? &later : &taken, first);
        bytes += others ? first->pdf.n : 0;
    }
    *left = later.first;
    return taken.first;
}

/* Many papers share a sync; but where counters are at work others' go in small lots, so that a
 * counter's next step need not wait long for the disk. */
static struct errand *take_some(struct clerk *clerk)
{
    int64_t now = clock_now();
    struct errand *taken, *left;

    for (struct errand *errand = clerk->in.first; errand; errand = errand->next) {
        if (errand->lane == LANE_COUNTER)
            clerk->counter_at = now;
    }
    taken = clerk_lot(clerk->in.first,
                      clerk->counter_at && now - clerk->counter_at < COUNTER_MS ? LOT_BYTES
                                                                                : SIZE_MAX,
                      &left);
    clerk->in = (struct queue){0};
    for (struct errand *next; left; left = next) {
        next = left->next;
        queue_add(&clerk->in, left);
    }
    return taken;
}

static void *work(void *user)
{
    struct clerk *clerk = user;
    bool closing = false;

    while (!closing) {
        struct errand *first;

        pthread_mutex_lock(&clerk->lock);
        while (!clerk->in.first && !clerk->closing)
            pthread_cond_wait(&clerk->given, &clerk->lock);
        first = take_some(clerk);
        closing = !first;
        pthread_mutex_unlock(&clerk->lock);
        if (first)
            do_all(clerk, first);
    }
    return NULL;
}

bool clerk_open(const char *folder, const struct registry_config *config, struct clerk **out,
                struct err *err)
{
    struct clerk *clerk = calloc(1, sizeof *clerk);

    if (!clerk)
        return err_add(err, MEMORY_LIMIT, where_none(), "所需内存不足", "memory is short");
    clerk->folder = folder;
    clerk->config = *config;
    clerk->event = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (!open_registry(clerk, err))
        goto out;
    pthread_mutex_init(&clerk->lock, NULL);
    pthread_cond_init(&clerk->given, NULL);
    if (pthread_create(&clerk->thread, NULL, work, clerk) == 0) {
        *out = clerk;
        return true;
    }
    err_add(err, INTERNAL, where_none(), "无法启动登记线程", "no thread for the registry");
    registry_close(clerk->registry);
out:
    close(clerk->event);
    free(clerk);
    return false;
}

void clerk_close(struct clerk *clerk)
{
    if (!clerk)
        return;
    pthread_mutex_lock(&clerk->lock);
    clerk->closing = true;
    pthread_cond_signal(&clerk->given);
    pthread_mutex_unlock(&clerk->lock);
    pthread_join(clerk->thread, NULL);
    registry_close(clerk->registry);
    close(clerk->event);
    for (struct errand *errand = clerk->out.first, *next; errand; errand = next) {
        next = errand->next;
        errand_free(errand);
    }
    pthread_cond_destroy(&clerk->given);
    pthread_mutex_destroy(&clerk->lock);
    free(clerk);
}

void clerk_give(struct clerk *clerk, struct errand *errand)
{
    pthread_mutex_lock(&clerk->lock);
    queue_add(&clerk->in, errand);
    pthread_cond_signal(&clerk->given);
    pthread_mutex_unlock(&clerk->lock);
}

int clerk_descriptor(const struct clerk *clerk)
{
    return clerk->event;
}

struct errand *clerk_take(struct clerk *clerk)
{
    struct errand *first;
    uint64_t count;

    while (read(clerk->event, &count, sizeof count) < 0 && errno == EINTR)
        continue;
    pthread_mutex_lock(&clerk->lock);
    first = clerk->out.first;
    clerk->out = (struct queue){0};
    pthread_mutex_unlock(&clerk->lock);
    return first;
}
