/* log.c: lines of at most so many bytes, written by one call, so that those of several
 * processes never run into each other. */
#include "serve/log.h"

#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static void put(struct log_line *line, const char *text, size_t n)
{
    if (n > sizeof line->bytes - line->n - 2) {
        line->full = true;
        return;
    }
    memcpy(line->bytes + line->n, text, n);
    line->n += n;
}

/* A whole member or none: what was put since `before` is taken back when it found no room. */
static void keep(struct log_line *line, size_t before)
{
    if (line->full)
        line->n = before;
    line->full = false;
}

void log_begin(struct log_line *line, enum log_level level, const char *message)
{
    static const char *const levels[] = {"error", "warning", "notice", "info"};
    struct timespec now;
    struct tm parts;
    char time[64];
    size_t n;

    line->n = 0;
    line->full = false;
    clock_gettime(CLOCK_REALTIME, &now);
    gmtime_r(&now.tv_sec, &parts);
    n = strftime(time, sizeof time, "{\"ts\":\"%Y-%m-%dT%H:%M:%S", &parts);
    put(line, time, n);
    n = (size_t)snprintf(time, sizeof time, ".%06ldZ\"", now.tv_nsec / 1000);
    put(line, time, n);
    log_text(line, "level", str_from(levels[level]));
    log_text(line, "msg", str_from(message));
    log_number(line, "pid", (long long)getpid());
}

void log_text(struct log_line *line, const char *name, struct str value)
{
    size_t before = line->n;
    struct buf json;

    buf_init(&json, LOG_MOST);
    buf_printf(&json, ",\"%s\":", name);
    buf_json(&json, value);
    if (json.failed)
        line->full = true;
    else
        put(line, json.p, json.n);
    buf_release(&json);
    keep(line, before);
}

void log_number(struct log_line *line, const char *name, long long value)
{
    size_t before = line->n;
    char text[96];
    int n = snprintf(text, sizeof text, ",\"%s\":%lld", name, value);

    if (n > 0 && (size_t)n < sizeof text)
        put(line, text, (size_t)n);
    keep(line, before);
}

void log_fault(struct log_line *line, const struct err *err)
{
    const struct fault *fault = err_fault(err);

    if (!fault)
        return;
    log_text(line, "code", str_from(err_info(fault->code)->name));
    log_text(line, "en", fault->en);
    if (fault->at.file)
        log_text(line, "at", where_text(err->arena, fault->at));
    if (fault->rule.file)
        log_text(line, "rule", where_text(err->arena, fault->rule));
    if (err->faults > 1)
        log_number(line, "faults", err->faults);
}

void log_end(struct log_line *line)
{
    memcpy(line->bytes + line->n, "}\n", 2);
    /* nobody could be told that this failed */
    if (write(STDERR_FILENO, line->bytes, line->n + 2) < 0)
        line->full = true;
}
