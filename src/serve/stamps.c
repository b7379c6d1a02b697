/* stamps.c: papers that are made and signed, and wait for a time-stamp before they are sealed.
 * Nobody else waits for it: renderers and the registry go on meanwhile. It is got once, and is
 * part of the bytes that are kept.
 *
 *   made → (stamp) → (seal) → said
 *
 * Where none can be had in time the paper is void and its client told so; none is kept without.
 * A process that is lost gives back what it was at, once. */
#include "serve/front-internal.h"

#include "digest/digest.h"

#include <stdlib.h>
#include <string.h>

enum {
    WAITING_MOST = 256 << 20, /* bytes of papers that wait for somebody who asks */
    GRACE = 2                 /* seconds: who has not answered by then hangs, since names are
                               * looked up without a limit of time */
};

/* A paper that waits, and who asks for it. */
struct stamping {
    struct work work; /* first, so that the stamping of a work is found */
    struct stamping *next;
    struct errand *errand; /* NULL: it was answered */
    struct pdf_gap gap;
    struct str signature;
    int64_t asked; /* since then, ms */
    int tries;
};

long stamps_patience(const struct front *front)
{
    return front->settings->sign.wait + GRACE;
}

/* ---- who waits */

static void queue_add(struct front *front, struct stamping *stamping, bool first)
{
    struct stamping **at = &front->stamps;

    while (!first && *at)
        at = &(*at)->next;
    stamping->next = *at;
    *at = stamping;
    front->stamps_count++;
    front->stamps_bytes += stamping->errand->pdf.n;
}

static struct stamping *queue_take(struct front *front)
{
    struct stamping *stamping = front->stamps;

    front->stamps = stamping->next;
    front->stamps_count--;
    front->stamps_bytes -= stamping->errand->pdf.n;
    return stamping;
}

/* Tells the log when it begins and ends, not each time. */
static void tell(struct front *front, const struct err *err)
{
    struct log_line line;

    front->counts.stamps[err != NULL]++;
    if (front->stampless == (err != NULL))
        return;
    front->stampless = err != NULL;
    log_begin(&line, err ? LOG_ERROR : LOG_NOTICE,
              err ? "no time-stamps" : "time-stamps again");
    if (err)
        log_fault(&line, err);
    log_end(&line);
}

/* It has the fault. */
static void fail(struct front *front, struct errand *errand)
{
    tell(front, &errand->err);
    errand->ok = false;
    issue_back(front, errand);
}

static void fail_late(struct front *front, struct stamping *stamping)
{
    struct errand *errand = stamping->errand;

    free(stamping);
    err_add(&errand->err, STAMP_FAILED, where_none(), "%ld 秒内未取得时间戳",
            "no time-stamp was had within %ld seconds", front->settings->sign.wait);
    fail(front, errand);
}

static void add(struct front *front, struct errand *errand, const struct pdf_signature *found)
{
    struct stamping *stamping = calloc(1, sizeof *stamping);

    if (!stamping)
        abort();
    stamping->errand = errand;
    stamping->asked = front->loop.now;
    stamping->gap = found->gap;
    stamping->signature = found->signature;
    queue_add(front, stamping, /* first */ false);
}

/* Made under a configuration without time-stamps, a signature has no room for one. */
static bool is_wanted(const struct front *front, struct errand *errand,
                      struct pdf_signature *found, bool *broken)
{
    enum pdf_signed as = PDF_UNSIGNED;

    if (front->settings->sign.key && front->settings->sign.stamps)
        as = pdf_signature(errand->arena, buf_view(&errand->pdf), found);
    *broken = as == PDF_SIGNED_OTHERWISE;
    return as == PDF_SIGNED && found->gap.end - found->gap.at > 2 * (size_t)CMS_ROOM_STAMPED;
}

bool stamps_add(struct front *front, struct job *job, struct errand *errand)
{
    struct pdf_signature found;
    bool broken;

    if (!is_wanted(front, errand, &found, &broken) && !broken)
        return false;
    errand->owner = job;
    job->errands++;
    if (broken) {
        err_add(&errand->err, INTERNAL, where_none(), "找不到文件中的签名",
                "the file's signature is not found");
        fail(front, errand);
    } else if (front->stamps_bytes > WAITING_MOST) {
        err_add(&errand->err, STAMP_FAILED, where_none(), "已有 %zu 份单证在等待时间戳",
                "%zu papers wait for a time-stamp already", front->stamps_count);
        fail(front, errand);
    } else {
        add(front, errand, &found);
    }
    return true;
}

/* ---- who asks */

static int64_t left(const struct front *front, const struct stamping *stamping)
{
    return stamping->asked + front->settings->sign.wait * 1000 - front->loop.now;
}

void stamps_feed(struct front *front)
{
    struct seat *seat;

    while (front->stamps && (seat = pool_free(front->pool, SEAT_STAMPS))) {
        struct stamping *stamping = queue_take(front);
        struct str signature = stamping->signature, head;

        if (left(front, stamping) <= 0) {
            fail_late(front, stamping);
            continue;
        }
        arena_reset(front->arena);
        head = str_printf(front->arena, "\"deadline_ms\":%lld,\"bytes\":%zu}\n",
                          (long long)left(front, stamping), signature.n);
        stamping->work.ticket = ++front->tickets;
        pool_send(front->pool, seat, &stamping->work, head, signature);
    }
}

static struct stamping *stamping_of(struct work *work)
{
    return (struct stamping *)work;
}

/* ,"signature":"MIIS…"} */
static bool read_signature(struct arena *arena, struct str rest, struct str *out)
{
    static const char begins[] = ",\"signature\":\"";
    const size_t n = sizeof begins - 1;
    struct str end = STR("\"}");

    return rest.n > n + end.n && memcmp(rest.p, begins, n) == 0 && str_ends(rest, end) &&
           base64_read(arena, (struct str){rest.p + n, rest.n - n - end.n}, out);
}

/* What is put there is never shorter than what it is put over. */
static bool stamped(struct front *front, struct stamping *stamping, struct str rest)
{
    struct errand *errand = stamping->errand;
    struct str signature;
    struct err err;

    err_init(&err, front->arena);
    if (!read_signature(front->arena, rest, &signature) ||
        signature.n <= stamping->signature.n ||
        !pdf_sign(errand->pdf.p, stamping->gap, signature, &err))
        return false;
    stamping->errand = NULL;
    tell(front, NULL);
    front->counts.stamps_sum += (double)(front->loop.now - stamping->asked) / 1e3;
    issue_stamped(front, errand);
    return true;
}

/* ,"error":{…}} */
static bool refused(struct front *front, struct stamping *stamping,
                    const struct answer_line *cut)
{
    struct errand *errand = stamping->errand;
    struct str line = str_printf(front->arena, "{\"ok\":false%.*s", STR_ARG(cut->rest));
    struct arena *arena = errand->arena;
    const struct wire_fault *first;
    struct wire_answer told;
    enum err_code code;
    struct err err;

    err_init(&err, front->arena);
    if (!err_find(cut->code, &code) || !wire_answer_read(front->arena, line, &told, &err) ||
        told.fault_count == 0)
        return false;
    first = told.faults;
    err_add(&errand->err, code, where_none(), "%s%.0s", "%.0s%s",
            arena_text(arena, first->zh.p, first->zh.n),
            arena_text(arena, first->en.p, first->en.n));
    if (first->hint.n)
        err_hint(&errand->err, "%.*s", STR_ARG(first->hint));
    stamping->errand = NULL;
    fail(front, errand);
    return true;
}

bool stamps_made(struct front *front, struct work *work, const struct answer_line *cut)
{
    struct stamping *stamping = stamping_of(work);

    if (!stamping->errand || cut->bytes)
        return false;
    return cut->ok ? stamped(front, stamping, cut->rest) : refused(front, stamping, cut);
}

void stamps_lost(struct front *front, struct work *work)
{
    struct stamping *stamping = stamping_of(work);
    struct errand *errand = stamping->errand;

    if (errand && left(front, stamping) > 0 && ++stamping->tries < TRIES) {
        queue_add(front, stamping, /* first */ true);
        return;
    }
    free(stamping);
    if (!errand)
        return;
    err_add(&errand->err, STAMP_FAILED, where_none(), "请求时间戳的进程中断",
            "the process that asks for time-stamps ended");
    fail(front, errand);
}

void stamps_over(struct front *front, struct work *work)
{
    struct stamping *stamping = stamping_of(work);

    if (stamping->errand)
        stamping->tries = TRIES;
    stamps_lost(front, work);
}

void stamps_tick(struct front *front)
{
    while (front->stamps && left(front, front->stamps) <= 0)
        fail_late(front, queue_take(front));
}
