/* admin.c: what those who run the service ask: numbers, and whether it is well. */
#include "serve/front-internal.h"

#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/statvfs.h>
#include <time.h>

enum { METRICS_MOST = 1 << 20, FLOOR_MIB = 1024, FLOOR_PERCENT = 5 };

static const char *const op_names[] = {"hello",  "ping",     "bye",    "cancel",
                                       "status", "render",   "verify", "issue",
                                       "revise", "withdraw", "absent", "unknown"};

static void metric(struct buf *out, const char *name, const char *type, const char *help)
{
    buf_printf(out, "# HELP danzheng_%s %s\n# TYPE danzheng_%s %s\n", name, help, name, type);
}

/* Those that came, and OK, so that there is one. */
static void put_codes(struct buf *out, const char *name, const uint64_t counts[ERR_CODES])
{
    for (int i = 0; i < ERR_CODES; i++) {
        if (counts[i] || i == ERR_NONE)
            buf_printf(out, "danzheng_%s{code=\"%s\"} %llu\n", name,
                       i ? err_info((enum err_code)i)->name : "OK",
                       (unsigned long long)counts[i]);
    }
}

static void put_counts(const struct front *front, struct buf *out)
{
    static const char *const reasons[] = {"crash", "hang", "garbled", "recycled"};
    const struct pool_counts pool = pool_counts(front->pool);
    const struct counts *counts = &front->counts;

    metric(out, "requests_total", "counter", "Requests, by operation.");
    for (size_t i = 0; i < COUNT(op_names); i++)
        buf_printf(out, "danzheng_requests_total{op=\"%s\"} %llu\n", op_names[i],
                   (unsigned long long)counts->requests[i]);
    metric(out, "answers_total", "counter", "Answers, by code; OK are papers.");
    put_codes(out, "answers_total", counts->answers);
    metric(out, "renderers_lost_total", "counter", "Renderers that ended, by reason.");
    for (int i = 0; i < LOSTS; i++)
        buf_printf(out, "danzheng_renderers_lost_total{reason=\"%s\"} %llu\n", reasons[i],
                   (unsigned long long)pool.lost[i]);
    metric(out, "sent_bytes_total", "counter", "Octets of answers.");
    buf_printf(out, "danzheng_sent_bytes_total %llu\n", (unsigned long long)counts->bytes);
    metric(out, "streams_lost_total", "counter", "Connections ended for a fault, by code.");
    put_codes(out, "streams_lost_total", counts->fatal);
    metric(out, "clients_held_total", "counter",
           "Times that a client had too much open or unread, and was not read on.");
    buf_printf(out, "danzheng_clients_held_total %llu\n", (unsigned long long)counts->held);
    metric(out, "canaries_total", "counter", "Papers made to see whether all is well.");
    buf_printf(out, "danzheng_canaries_total %llu\n", (unsigned long long)counts->canaries);
    metric(out, "refusals_total", "counter", "Refusals in the audit: a row each, or counted.");
    buf_printf(out,
               "danzheng_refusals_total{audit=\"row\"} %llu\n"
               "danzheng_refusals_total{audit=\"count\"} %llu\n",
               (unsigned long long)counts->refusals,
               (unsigned long long)counts->refusals_counted);
    metric(out, "connections_refused_total", "counter", "Peers without a role, or too many.");
    put_codes(out, "connections_refused_total", counts->refused);
}

static void put_stamps(const struct front *front, struct buf *out)
{
    const struct counts *counts = &front->counts;

    metric(out, "stamps_total", "counter", "Time-stamps asked for, by what came of it.");
    buf_printf(out,
               "danzheng_stamps_total{result=\"had\"} %llu\n"
               "danzheng_stamps_total{result=\"failed\"} %llu\n",
               (unsigned long long)counts->stamps[0], (unsigned long long)counts->stamps[1]);
    metric(out, "stamp_seconds", "summary", "How long papers waited for those that were had.");
    buf_printf(out, "danzheng_stamp_seconds_sum %.3f\ndanzheng_stamp_seconds_count %llu\n",
               counts->stamps_sum, (unsigned long long)counts->stamps[0]);
    metric(out, "stamps_waiting", "gauge", "Papers that wait for their time-stamp.");
    buf_printf(out, "danzheng_stamps_waiting %zu\n",
               front->stamps_count + (size_t)pool_counts(front->pool).stamping);
}

static void put_times(const struct front *front, struct buf *out)
{
    static const char *const limits[BUCKETS] = {"0.002", "0.005", "0.01", "0.02", "0.05",
                                                "0.1",   "0.25",  "1",    "5",    "20"};
    const struct counts *counts = &front->counts;
    uint64_t sum = 0;

    metric(out, "request_seconds", "histogram", "From a whole request to its last answer.");
    for (size_t i = 0; i < BUCKETS; i++) {
        sum += counts->took[i];
        buf_printf(out, "danzheng_request_seconds_bucket{le=\"%s\"} %llu\n", limits[i],
                   (unsigned long long)sum);
    }
    buf_printf(out,
               "danzheng_request_seconds_bucket{le=\"+Inf\"} %llu\n"
               "danzheng_request_seconds_sum %.3f\ndanzheng_request_seconds_count %llu\n",
               (unsigned long long)counts->took_count, counts->took_sum,
               (unsigned long long)counts->took_count);
}

static void put_gauges(const struct front *front, struct buf *out)
{
    static const char *const lanes[] = {"counter", "enterprise", "batch"};
    const struct pool_counts pool = pool_counts(front->pool);
    struct limit limits[LIMITS];
    size_t count;

    metric(out, "queue_depth", "gauge", "Requests that wait for a renderer.");
    for (int i = 0; i < LANES; i++)
        buf_printf(out, "danzheng_queue_depth{lane=\"%s\"} %zu\n", lanes[i], front->waiting[i]);
    metric(out, "inflight", "gauge", "Requests given to renderers.");
    buf_printf(out, "danzheng_inflight %d\n", pool.running);
    metric(out, "renderers", "gauge", "Renderers that take requests.");
    buf_printf(out, "danzheng_renderers %d\n", pool.ready);
    metric(out, "connections", "gauge", "Clients.");
    buf_printf(out, "danzheng_connections %zu\n", front->conn_count);
    metric(out, "records_set_aside", "gauge", "Records that ended two renderers.");
    buf_printf(out, "danzheng_records_set_aside %zu\n", front->aside_count);
    metric(out, "sandbox_required", "gauge", "1: renderers do not run without their sandbox.");
    buf_printf(out, "danzheng_sandbox_required %d\n", front->settings->sandbox);
    metric(out, "sandbox_info", "gauge", "What renderers are in, as the self-test found it.");
    buf_printf(out, "danzheng_sandbox_info{landlock_abi=\"%d\",seccomp=\"%s\"} 1\n",
               front->sandbox->landlock, front->sandbox->seccomp ? "on" : "off");
    metric(out, "uptime_seconds", "gauge", "Since the front began.");
    buf_printf(out, "danzheng_uptime_seconds %lld\n",
               (long long)(front->loop.now - front->begun_at) / 1000);
    metric(out, "limit", "gauge", "What hello tells a client that it may at most.");
    count = limits_of(front, limits);
    for (size_t i = 0; i < count; i++)
        buf_printf(out, "danzheng_limit{name=\"%s\"} %ld\n", limits[i].name, limits[i].value);
    metric(out, "build_info", "gauge", "The program.");
    buf_printf(out, "danzheng_build_info{release=\"" RELEASE "\"} 1\n");
}

static void put_registry(const struct front *front, struct buf *out)
{
    struct clerk_counts counts;

    if (!front->clerk)
        return;
    counts = clerk_counts(front->clerk);
    metric(out, "store_commit_seconds", "summary", "Commits of the registry, with their sync.");
    buf_printf(out,
               "danzheng_store_commit_seconds_sum %.6f\n"
               "danzheng_store_commit_seconds_count %llu\n",
               counts.seconds, (unsigned long long)counts.commits);
    metric(out, "store_batch_size", "summary", "Changes that share a commit.");
    buf_printf(out,
               "danzheng_store_batch_size_sum %llu\ndanzheng_store_batch_size_count %llu\n",
               (unsigned long long)counts.errands, (unsigned long long)counts.commits);
    metric(out, "store_broken", "gauge", "1: the last commit failed.");
    buf_printf(out, "danzheng_store_broken %d\n", counts.broken);
    metric(out, "audit_head_seq", "gauge", "The audit's last row.");
    buf_printf(out, "danzheng_audit_head_seq %lld\n", (long long)counts.head);
}

/* Of the front, by the names that everybody gives them. */
static void put_process(const struct front *front, struct buf *out)
{
    struct rusage used;

    if (getrusage(RUSAGE_SELF, &used) != 0)
        return;
    buf_printf(out,
               "# HELP process_cpu_seconds_total Of the front.\n"
               "# TYPE process_cpu_seconds_total counter\n"
               "process_cpu_seconds_total %.3f\n",
               (double)(used.ru_utime.tv_sec + used.ru_stime.tv_sec) +
                   (double)(used.ru_utime.tv_usec + used.ru_stime.tv_usec) / 1e6);
    buf_printf(out,
               "# HELP process_start_time_seconds When it began.\n"
               "# TYPE process_start_time_seconds gauge\n"
               "process_start_time_seconds %lld\n",
               (long long)time(NULL) - (long long)(front->loop.now - front->begun_at) / 1000);
    metric(out, "front_memory_peak_bytes", "gauge", "The most that the front had resident.");
    buf_printf(out, "danzheng_front_memory_peak_bytes %lld\n", used.ru_maxrss * 1024LL);
}

/* Room in the folder. */
static bool has_room(const char *folder)
{
    struct statvfs info;
    uint64_t free_mib;

    if (!folder)
        return true;
    if (statvfs(folder, &info) != 0)
        return false;
    free_mib = (uint64_t)info.f_bavail * info.f_frsize >> 20;
    return free_mib >= FLOOR_MIB &&
           (uint64_t)info.f_bavail * 100 >= (uint64_t)info.f_blocks * FLOOR_PERCENT;
}

static bool disk_well(const struct front *front)
{
    return has_room(front->serve->folder) && has_room(front->serve->state);
}

static bool registry_well(const struct front *front)
{
    return !front->clerk || !clerk_counts(front->clerk).broken;
}

static void tell_ready(const struct front *front, struct buf *out, struct http_answer *answer)
{
    const struct {
        const char *name;
        bool well;
    } checks[] = {{"canary", canary_well(front)},
                  {"disk", disk_well(front)},
                  {"registry", registry_well(front)},
                  {"serving", !front->draining}};
    bool ready = true;

    for (size_t i = 0; i < COUNT(checks); i++) {
        ready = ready && checks[i].well;
        buf_printf(out, "%s\"%s\":%s", i ? "," : "{", checks[i].name,
                   checks[i].well ? "true" : "false");
    }
    buf_printf(out, ",\"ready\":%s}\n", ready ? "true" : "false");
    answer->type = "application/json";
    answer->status = ready ? 200 : 503;
}

static void tell(void *user, const struct http_ask *ask, struct http_answer *answer)
{
    struct front *front = user;
    struct buf *out = &front->metrics;

    buf_clear(out);
    answer->type = "text/plain; charset=utf-8";
    if (strcmp(ask->path, "/healthz") == 0) {
        buf_text(out, "ok\n");
    } else if (strcmp(ask->path, "/readyz") == 0) {
        tell_ready(front, out, answer);
    } else if (strcmp(ask->path, "/metrics") == 0) {
        answer->type = "text/plain; version=0.0.4";
        put_counts(front, out);
        put_stamps(front, out);
        put_times(front, out);
        put_gauges(front, out);
        put_registry(front, out);
        put_process(front, out);
    } else {
        buf_text(out, "/metrics /healthz /readyz\n");
        answer->status = 404;
    }
    answer->body = buf_view(out);
}

static void admin_ready(void *user, struct source *source, unsigned events)
{
    struct front *front = user;

    (void)source;
    (void)events;
    http_run(front->admin);
}

bool admin_open(struct front *front, int listener, struct err *err)
{
    const struct http_options options = {.listener = listener, .answer = tell, .user = front};

    buf_init(&front->metrics, METRICS_MOST);
    if (!http_open(front->arena_kept, &options, &front->admin, err))
        return false;
    front->admin_source =
        (struct source){.fd = http_descriptor(front->admin), .ready = admin_ready};
    source_watch(&front->loop, &front->admin_source, EPOLLIN);
    return true;
}

void admin_tick(struct front *front)
{
    if (front->admin)
        http_run(front->admin);
}
