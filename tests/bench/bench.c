/* bench.c: what a paper costs, beside what design says it may cost. One run measures one
 * workload, so that its peak memory is its own.
 *
 *   bench F DOCUMENTS [KEY CERTIFICATES]  one form of 30 labels and values; signed
 *   bench L ROWS DOCUMENTS        a goods list of 8 columns
 *   bench refusal DOCUMENTS       a paper that the rules do not allow
 *   bench cold PROGRAM RECORD OUTPUT RUNS
 *   bench records ROWS DOCUMENTS  what is rendered, one JSON a line; ROWS 0 is F
 *   bench peer ROWS DOCUMENTS FILE  the same as one line for bench-peers: CPU and wall in ms,
 *                                 bytes, peak memory; the last paper into FILE
 *
 * A figure that is missed is said, and fails nothing. */
#include "phases.h"
#include "print/print.h"
#include "seals.h"
#include "split.h"
#include "workload.h"

#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* Documents that come first and are not measured: after 100 forms nearly every character has
 * been shown once, as in a service that has run for a minute. */
enum { WARM_FORMS = 100, WARM_LISTS = 3 };
enum { MEMORY = 1 << 30, PDF_MOST = 1 << 30, SPLIT_MOST = 20 };

extern char **environ;

/* ---- figures */

/* 0: nothing is asked. */
struct target {
    double must, aim;
};

static void row(const char *name, double value, const char *unit, struct target target)
{
    int places = value < 10 ? 3 : value < 100 ? 2 : value < 1000 ? 1 : 0;

    printf("  %-38s %9.*f %-5s", name, places, value, unit);
    if (target.must > 0)
        printf(" must %6g", target.must);
    if (target.aim > 0)
        printf(target.must > 0 ? "  aim %6g" : "              aim %6g", target.aim);
    if (target.aim > 0 && value <= target.aim)
        printf("  aim met");
    else if (target.must > 0)
        printf(value <= target.must ? "  must met" : "  MISSED");
    else if (target.aim > 0)
        printf("  missed");
    putchar('\n');
}

struct times {
    double cpu, wall;
};

static struct times times_now(int who)
{
    struct timespec now;
    struct rusage usage;

    clock_gettime(CLOCK_MONOTONIC, &now);
    getrusage(who, &usage);
    return (struct times){
        .cpu = (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1e3 +
               (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e3,
        .wall = (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6,
    };
}

/* ---- documents */

struct load {
    const char *name, *output;
    long rows, warm, documents;
    struct target cpu, bytes, rest, fonts, memory;
    struct cms_files sign; /* key NULL: files are not signed */
};

struct machine {
    struct pool pool;
    struct service service;
    struct cms_signer *signer; /* or NULL */
    struct arena *loaded, *arena;
    struct buf json, pdf;
};

struct sum {
    double cpu, phases[PHASES];
    size_t bytes, pages, split_bytes, splits;
    unsigned long distinct;
    struct split split;
};

static int complain(const struct err *err)
{
    for (const struct fault *fault = err->first; fault; fault = fault->next)
        fprintf(stderr, "bench: %s: %.*s\n", err_info(fault->code)->name, STR_ARG(fault->en));
    return 1;
}

static bool machine_open(struct machine *out)
{
    const char *home = getenv("DANZHENG_HOME");
    struct err err;

    out->loaded = arena_new(MEMORY, NULL, NULL);
    out->arena = arena_new(MEMORY, NULL, NULL);
    buf_init(&out->json, RECORD_MOST);
    buf_init(&out->pdf, PDF_MOST);
    err_init(&err, out->loaded);
    if (!pool_read(home ? home : ".", &out->pool))
        return false;
    return service_open(out->loaded, home, &out->service, &err) || complain(&err) == 0;
}

static bool machine_sign(struct machine *machine, const struct cms_files *files)
{
    struct err err;

    err_init(&err, machine->loaded);
    return !files->key ||
           cms_signer_open(machine->loaded, files, STR_NONE, &machine->signer, &err) ||
           complain(&err) == 0;
}

static void machine_close(struct machine *machine)
{
    cms_signer_close(machine->signer);
    service_close(&machine->service);
    buf_release(&machine->json);
    buf_release(&machine->pdf);
    arena_free(machine->arena);
    arena_free(machine->loaded);
}

/* From the record's text to the bytes of the paper. */
static bool render(struct machine *machine, const char *output, struct print_answer *answer,
                   struct err *err)
{
    struct print_request request = {.output = str_from(output), .signer = machine->signer};

    arena_reset(machine->arena);
    err_init(err, machine->arena);
    buf_clear(&machine->pdf);
    return record_parse(machine->arena, machine->service.kinds, "bench",
                        buf_view(&machine->json), &request.record, err) &&
           print_one(&machine->service, machine->arena, &request, answer, &machine->pdf, err);
}

/* Documents from number `first` on; sum NULL: nothing is measured. */
static bool documents(struct machine *machine, const struct load *load, long first, long count,
                      struct sum *sum)
{
    for (long i = 0; i < count; i++) {
        struct print_answer answer;
        struct times start;
        struct err err;

        workload_record(&machine->pool, first + i, load->rows, &machine->json);
        start = times_now(RUSAGE_SELF);
        if (!render(machine, load->output, &answer, &err))
            return complain(&err) == 0;
        if (!sum)
            continue;
        sum->cpu += times_now(RUSAGE_SELF).cpu - start.cpu;
        sum->bytes += machine->pdf.n;
        sum->pages += answer.pages;
        sum->distinct += workload_distinct(buf_view(&machine->json));
    }
    return true;
}

/* Apart, because the clocks cost time too. */
static bool phases(struct machine *machine, const struct load *load, long first, long count,
                   struct sum *sum)
{
    for (long i = 0; i < count; i++) {
        struct print_answer answer;
        struct err err;
        bool ok;

        workload_record(&machine->pool, first + i, load->rows, &machine->json);
        phases_start(sum->phases);
        ok = render(machine, load->output, &answer, &err);
        phases_stop();
        if (!ok)
            return complain(&err) == 0;
        if (sum->splits == SPLIT_MOST)
            continue;
        split_add(buf_view(&machine->pdf), &sum->split);
        sum->split_bytes += machine->pdf.n;
        sum->splits++;
    }
    return true;
}

/* One process for each core, all at once, each forked from the warm one with documents of its
 * own: wall time of a document. */
static double together(struct machine *machine, const struct load *load, long first, long cores)
{
    double start;
    bool ok = true;

    fflush(stdout);
    start = times_now(RUSAGE_SELF).wall;
    for (long i = 0; i < cores; i++) {
        pid_t pid = fork();

        if (pid == 0)
            _exit(
                !documents(machine, load, first + i * load->documents, load->documents, NULL));
        ok = ok && pid > 0;
    }
    for (int status; wait(&status) > 0;)
        ok = ok && status == 0;
    if (!ok)
        fprintf(stderr, "bench: a process failed\n");
    return (times_now(RUSAGE_SELF).wall - start) / (double)(cores * load->documents);
}

static void report(const struct load *load, const struct sum *sum, double wall, long cores,
                   double peak)
{
    const struct target none = {0, 0};
    double n = (double)load->documents, fonts = (double)sum->split.fonts;
    char name[64];

    printf("%s: %ld documents, %.1f pages and %.1f different Han each\n", load->name,
           load->documents, (double)sum->pages / n, (double)sum->distinct / n);
    row("CPU per document", sum->cpu / n, "ms", load->cpu);
    snprintf(name, sizeof name, "wall per document, %ld processes", cores);
    row(name, wall, "ms", none);
    for (int i = PHASES; i-- > 0;) {
        bool sign = i == PHASE_SIGN;

        if (sign && !load->sign.key)
            continue;
        snprintf(name, sizeof name, "  phase %s", phase_names[i]);
        row(name, sum->phases[i] / n, "ms", sign ? (struct target){0.3, 0} : none);
    }
    row("bytes", (double)sum->bytes / n / 1e3, "KB", load->bytes);
    row("  font programs", fonts / (double)sum->splits / 1e3, "KB", none);
    row("  all but font programs",
        ((double)sum->split_bytes - fonts) / (double)sum->splits / 1e3, "KB", load->rest);
    row("  font programs / the same at deflate 9", fonts / (double)sum->split.packed9, "",
        load->fonts);
    row("peak memory", peak, "MB", load->memory);
}

/* No document is rendered twice: what is cached of one helps the next only as in real work. */
static bool measure(const struct load *load)
{
    static struct machine machine;
    long cores = sysconf(_SC_NPROCESSORS_ONLN), n = load->documents, first = 1 + load->warm;
    struct sum sum = {0};
    struct rusage usage;
    bool ok = machine_open(&machine) && machine_sign(&machine, &load->sign) &&
              documents(&machine, load, 1, load->warm, NULL) &&
              documents(&machine, load, first, n, &sum);

    getrusage(RUSAGE_SELF, &usage);
    if (ok && phases(&machine, load, first + n, n, &sum))
        report(load, &sum, together(&machine, load, first + 2 * n, cores), cores,
               (double)usage.ru_maxrss * 1024 / 1e6);
    machine_close(&machine);
    return ok;
}

static bool save(const char *path, struct str bytes)
{
    FILE *file = fopen(path, "wb");
    bool ok = file && fwrite(bytes.p, 1, bytes.n, file) == bytes.n;

    return (!file || fclose(file) == 0) && ok;
}

/* As the peers do it. */
static bool measure_peer(const struct load *load, const char *path)
{
    static struct machine machine;
    struct sum sum = {0};
    struct times start;
    struct rusage usage;
    double wall, n = (double)load->documents;
    bool ok = machine_open(&machine) && documents(&machine, load, 1, load->warm, NULL);

    start = times_now(RUSAGE_SELF);
    ok = ok && documents(&machine, load, 1 + load->warm, load->documents, &sum);
    wall = times_now(RUSAGE_SELF).wall - start.wall;
    getrusage(RUSAGE_SELF, &usage);
    ok = ok && save(path, buf_view(&machine.pdf));
    if (ok)
        printf("%f\t%f\t%f\t%ld\n", sum.cpu / n, wall / n, (double)sum.bytes / n,
               usage.ru_maxrss * 1024);
    machine_close(&machine);
    return ok;
}

/* ---- what is no document */

static bool measure_refusal(long count)
{
    static struct machine machine;
    double cpu = 0;
    bool ok = machine_open(&machine);

    for (long i = -WARM_FORMS; i < count && ok; i++) {
        struct print_answer answer;
        struct times start;
        struct err err;

        workload_draft(&machine.pool, i + WARM_FORMS + 1, &machine.json);
        start = times_now(RUSAGE_SELF);
        ok = !render(&machine, "filing_application", &answer, &err) &&
             err.first->code == PRINT_NOT_PERMITTED;
        if (i >= 0)
            cpu += times_now(RUSAGE_SELF).cpu - start.cpu;
    }
    if (ok) {
        printf("refusal by rule: %ld records of F as drafts, parsed and refused\n", count);
        row("CPU per refusal", cpu / (double)count, "ms", (struct target){0.1, 0.05});
    } else
        fprintf(stderr, "bench: a draft was not refused by its rule\n");
    machine_close(&machine);
    return ok;
}

/* A whole process for one paper, as from the shell. */
static bool measure_cold(char *program, char *input, char *output, long runs)
{
    char render_name[] = "render", option[] = "--output", to[] = "-o", nowhere[] = "/dev/null";
    char *argv[] = {program, render_name, input, option, output, to, nowhere, NULL};
    struct times start = times_now(RUSAGE_CHILDREN), end;

    for (long i = 0; i < runs; i++) {
        int status;
        pid_t pid;

        if (posix_spawn(&pid, program, NULL, NULL, argv, environ) != 0 ||
            waitpid(pid, &status, 0) != pid || status != 0) {
            fprintf(stderr, "bench: %s failed\n", program);
            return false;
        }
    }
    end = times_now(RUSAGE_CHILDREN);
    printf("cold start: one form from the shell, %ld runs\n", runs);
    row("wall per run", (end.wall - start.wall) / (double)runs, "ms", (struct target){100, 40});
    row("CPU per run", (end.cpu - start.cpu) / (double)runs, "ms", (struct target){0, 0});
    return true;
}

static bool print_records(long rows, long count)
{
    static struct pool pool;
    const char *home = getenv("DANZHENG_HOME");
    struct buf json;

    if (!pool_read(home ? home : ".", &pool))
        return false;
    buf_init(&json, RECORD_MOST);
    for (long i = 1; i <= count; i++) {
        workload_record(&pool, i, rows, &json);
        fwrite(json.p, 1, json.n, stdout);
    }
    buf_release(&json);
    return fflush(stdout) == 0;
}

static struct load load_of(long rows, long count)
{
    struct load load = {.name = "L",
                        .output = "goods_list",
                        .rows = rows,
                        .warm = WARM_LISTS,
                        .documents = count};

    if (rows == 0) {
        load.name = "F, one form of 30 labels and values";
        load.output = "filing_application";
        load.warm = WARM_FORMS;
        load.cpu = (struct target){1.0, 0.4};
        load.rest = (struct target){18, 11};
        load.fonts = (struct target){1.1, 0};
    } else if (rows == 1000) {
        load.name = "L, 1,000 rows";
        load.cpu = (struct target){30, 15};
        load.bytes = (struct target){450, 360};
    } else if (rows == 20000) {
        load.name = "L, 20,000 rows";
        load.cpu = (struct target){500, 250};
        load.memory = (struct target){128, 64};
    }
    return load;
}

static int usage(void)
{
    fprintf(stderr, "usage: bench F N [KEY CERTIFICATES] | L ROWS N | refusal N | seals N | "
                    "records ROWS N |"
                    " peer ROWS N FILE | cold PROGRAM RECORD OUTPUT N\n");
    return 2;
}

int main(int argc, char **argv)
{
    const char *what = argc > 1 ? argv[1] : "";
    bool form = strcmp(what, "F") == 0;
    long rows = argc > 2 && !form ? strtol(argv[2], NULL, 10) : 0;
    long count = argc > 3 ? strtol(argv[3], NULL, 10) : 0;
    struct load load;

    if (form && (argc == 3 || argc == 5))
        count = strtol(argv[2], NULL, 10);
    load = load_of(rows, count);
    if (form && argc == 5) {
        load.name = "F, signed, PAdES by P-256";
        load.cpu = load.rest = (struct target){0, 0}; /* asked of F without */
        load.sign = (struct cms_files){.key = argv[3], .certificates = argv[4]};
    }
    if (strcmp(what, "cold") == 0 && argc == 6)
        return !measure_cold(argv[2], argv[3], argv[4], strtol(argv[5], NULL, 10));
    if (strcmp(what, "refusal") == 0 && argc == 3 && rows > 0)
        return !measure_refusal(rows);
    if (strcmp(what, "seals") == 0 && argc == 3 && rows > 0)
        return !measure_seals(rows);
    if (rows < 0 || count < 1)
        return usage();
    if ((form && (argc == 3 || argc == 5)) || (strcmp(what, "L") == 0 && argc == 4 && rows > 0))
        return !measure(&load);
    if (strcmp(what, "records") == 0 && argc == 4)
        return !print_records(rows, count);
    if (strcmp(what, "peer") == 0 && argc == 5)
        return !measure_peer(&load, argv[4]);
    return usage();
}
