/* job.c: requests that wait for a renderer, and answers on their way back. */
#include "serve/front-internal.h"

#include "digest/digest.h"

#include <stdlib.h>
#include <string.h>

enum { ASIDE_MOST = 1024, FILE_MOST = 256 << 20 };

static void job_free(struct front *front, struct job *job)
{
    if (job->key)
        once_done(front->onces, job->key, /* ok */ false);
    buf_release(&job->head);
    buf_release(&job->body);
    buf_release(&job->fault);
    chunks_drop(&job->held);
    arena_free(job->arena);
    front_leave(front, job->era);
    free(job->wish);
    free(job->reason);
    free(job->number);
    free(job->rule);
    free(job->to);
    free(job);
}

bool job_waits(const struct job *job)
{
    return job->conn && !job->over;
}

void job_settle(struct front *front, struct job *job)
{
    if (!job->conn && !job->running && !job->queued && job->errands == 0)
        job_free(front, job);
}

/* ---- waiting */

void job_queue(struct front *front, struct job *job)
{
    job->queued = true;
    job->work.lane = (int)job->rights->lane;
    job->conn->waiting[job->op == OP_VERIFY]++;
    front->waiting[job->rights->lane]++;
}

static void leave_queue(struct front *front, struct job *job)
{
    job->queued = false;
    job->conn->waiting[job->op == OP_VERIFY]--;
    front->waiting[job->rights->lane]--;
}

/* Who has lost its role comes last with what it asked before. */
static enum lane lane_of(const struct conn *conn)
{
    return conn->rights ? conn->rights->lane : LANE_BATCH;
}

/* Lane before lane; within one the client that has least at work, then the one that was served
 * longest ago: who asks for much does not hold up who asks for little. */
static bool is_before(const struct conn *a, const struct conn *b)
{
    if (lane_of(a) != lane_of(b))
        return lane_of(a) < lane_of(b);
    if (a->running != b->running)
        return a->running < b->running;
    return a->served < b->served;
}

/* Who does not read its answers waits; one whose answers all wait for the oldest request's has
 * that one done. */
static bool may_run(const struct conn *conn, bool verify)
{
    const struct job *oldest = conn->oldest;

    if (conn_owed(conn) < QUEUED_MOST)
        return true;
    return conn_owed(conn) - conn->waits < QUEUED_MOST && oldest->queued &&
           (oldest->op == OP_VERIFY) == verify;
}

struct job *job_pick(struct front *front, bool verify)
{
    struct conn *best = NULL;
    struct job *job;

    for (struct conn *conn = front->conns; conn; conn = conn->next) {
        if (conn->waiting[verify] > 0 && may_run(conn, verify) &&
            (!best || is_before(conn, best)))
            best = conn;
    }
    if (!best)
        return NULL;
    for (job = best->oldest; !job->queued || (job->op == OP_VERIFY) != verify;)
        job = job->younger;
    leave_queue(front, job);
    best->served = ++front->served;
    return job;
}

/* Whatever else is asked with the same record would end the next renderer too; another
 * operation is another reader. Of a verification the record stands in the head. */
static struct str aside_of(struct arena *arena, const struct job *job)
{
    struct str head = job->op == OP_VERIFY ? buf_view(&job->head) : str_from(ask_word(job->op));

    return str_printf(arena, "%.*s %.*s", STR_ARG(sha256_hex(arena, head)),
                      STR_ARG(sha256_hex(arena, buf_view(&job->body))));
}

bool job_aside(const struct front *front, const struct job *job)
{
    size_t count = front->aside_count < ASIDE_MOST ? front->aside_count : ASIDE_MOST;
    uint8_t digest[32];

    if (count == 0)
        return false;
    sha256(aside_of(front->arena, job), digest);
    for (size_t i = 0; i < count; i++) {
        if (memcmp(front->aside[i], digest, sizeof digest) == 0)
            return true;
    }
    return false;
}

static void set_aside(struct front *front, const struct job *job)
{
    struct log_line line;

    if (!front->aside)
        front->aside = calloc(ASIDE_MOST, sizeof *front->aside);
    if (!front->aside)
        abort();
    sha256(aside_of(front->arena, job), front->aside[front->aside_count++ % ASIDE_MOST]);
    log_begin(&line, LOG_ERROR, "record set aside");
    log_text(&line, "sha256", sha256_hex(front->arena, buf_view(&job->body)));
    log_end(&line);
}

void job_send(struct front *front, struct seat *seat, struct job *job)
{
    job->running = true;
    job->attempt++;
    job->begins = 0;
    if (job->conn)
        job->conn->running++;
    pool_send(front->pool, seat, &job->work, buf_view(&job->head), buf_view(&job->body));
}

static void stops(struct front *front, struct job *job)
{
    static const int64_t limits[BUCKETS] = {2, 5, 10, 20, 50, 100, 250, 1000, 5000, 20000};
    int64_t took = front->loop.now - job->begun;
    size_t bucket = 0;

    job->running = false;
    if (job->conn)
        job->conn->running--;
    if (job->canary)
        return;
    while (bucket < BUCKETS && took > limits[bucket])
        bucket++;
    front->counts.took[bucket]++;
    front->counts.took_count++;
    front->counts.took_sum += (double)took / 1e3;
}

void job_over(struct front *front, struct job *job)
{
    issue_over(front, job);
    stops(front, job);
    job_settle(front, job);
}

void job_lost(struct front *front, struct job *job, bool blamed)
{
    struct err err;

    stops(front, job);
    places_drop(front, job, "RENDERER_LOST");
    if (!job_waits(job)) {
        job_settle(front, job);
        return;
    }
    job->tries += blamed;
    if (job->tries < TRIES) {
        job_queue(front, job);
        return;
    }
    set_aside(front, job);
    err_init(&err, front->arena);
    err_add(&err, RENDER_CRASHED, where_none(), "打印进程在该记录上中断 %d 次",
            "%d renderers ended on this record", job->tries);
    job_fail(front, job, &err);
}

/* ---- answers */

static void unlink_job(struct conn *conn, const struct job *job)
{
    struct job **at = &conn->oldest, *before = NULL;

    while (*at != job) {
        before = *at;
        at = &(*at)->younger;
    }
    *at = job->younger;
    if (conn->youngest == job)
        conn->youngest = before;
    conn->open--;
}

/* Nobody waits for what is not done of it. */
static void abandon(struct front *front, struct job *job)
{
    if (job->queued)
        leave_queue(front, job);
    file_forget(front, job);
    issue_abandon(front, job);
}

/* The client has nothing more to do with it; a renderer may still have. */
void job_detach(struct front *front, struct job *job)
{
    struct conn *conn = job->conn;

    job->over = true;
    abandon(front, job);
    conn->waits -= job->held.bytes;
    unlink_job(conn, job);
    conn->running -= job->running;
    job->conn = NULL;
    job_settle(front, job);
}

static void release(struct front *front, struct job *job)
{
    job->conn->waits -= job->held.bytes;
    conn_send(front, job->conn, &job->held);
}

static void hand_over(struct front *front, struct job *job)
{
    release(front, job);
    job_detach(front, job);
}

void job_end(struct front *front, struct job *job, bool again)
{
    struct conn *conn = job->conn;

    if (job->key)
        once_done(front->onces, job->key, !again);
    job->key = NULL;
    job->over = true;
    if (!conn) {
        job_settle(front, job);
        return;
    }
    if (!conn->ordered) {
        hand_over(front, job);
        return;
    }
    abandon(front, job);
    while (conn->oldest && conn->oldest->over)
        hand_over(front, conn->oldest);
    if (conn->oldest)
        release(front, conn->oldest);
}

void job_line(struct buf *line, const struct job *job, bool dup)
{
    buf_init(line, (size_t)FILE_MOST + STREAM_LINE_MOST);
    buf_printf(line, "{\"id\":%s,%s", job->id, dup || job->dup ? "\"dup\":true," : "");
}

static void hold(struct job *job, struct chunks *answer)
{
    job->conn->waits += answer->bytes;
    chunks_move(&job->held, answer);
}

/* Takes the line, and the body (or NULL); paper: of the registry, 0 none. */
static void send_parts(struct front *front, struct job *job, struct buf *line, struct buf *body,
                       int64_t paper)
{
    struct conn *conn = job->conn;
    struct chunks answer = {0};

    chunks_add(&answer, line);
    if (body)
        chunks_add(&answer, body);
    front->counts.bytes += answer.bytes;
    answer.last->paper = paper;
    if (conn->ordered && conn->oldest != job)
        hold(job, &answer);
    else
        conn_send(front, conn, &answer);
}

void job_tell(struct front *front, struct job *job, struct buf *line, int64_t paper)
{
    send_parts(front, job, line, NULL, paper);
}

static void put_answer(const struct job *job, const struct answer *answer, struct buf *line,
                       bool last)
{
    job_line(line, job, answer->dup);
    buf_str(line, answer->front);
    buf_printf(line, ",\"last\":%s", last ? "true" : "false");
    if (answer->name.n)
        buf_printf(line, ",\"bytes\":%zu,\"name\":\"%.*s\"", answer->body.n,
                   STR_ARG(answer->name));
    buf_str(line, answer->rest);
}

void job_count(struct front *front, const struct job *job, enum err_code code, struct str doc)
{
    struct log_line line;

    front->counts.answers[code]++;
    if (!front_logs(front, LOG_INFO))
        return;
    log_begin(&line, LOG_INFO, "answer");
    log_text(&line, "role", job->rights->name);
    if (job->conn)
        log_number(&line, "uid", (long long)job->conn->uid);
    log_text(&line, "code", str_from(code ? err_info(code)->name : "OK"));
    if (doc.n)
        log_text(&line, "doc", doc);
    if (job->begun)
        log_number(&line, "ms", (long long)(front->loop.now - job->begun));
    log_end(&line);
}

void job_answer(struct front *front, struct job *job, const struct answer *answer, bool last)
{
    struct buf line;

    if (job->canary || !job_waits(job))
        return;
    if (job->to) {
        file_answer(front, job, answer, last);
        return;
    }
    job_count(front, job, answer->code, answer->name);
    put_answer(job, answer, &line, last);
    buf_byte(&line, '\n');
    if (answer->name.n && !answer->own)
        buf_str(&line, answer->body);
    if (answer->name.n)
        buf_byte(answer->own ? answer->own : &line, '\n');
    send_parts(front, job, &line, answer->name.n ? answer->own : NULL, answer->paper);
    if (last)
        job_end(front, job, /* again */ false);
}

void job_say(struct front *front, struct job *job, struct str rest)
{
    struct buf line;

    if (!job_waits(job))
        return;
    job_line(&line, job, /* dup */ false);
    buf_str(&line, rest);
    buf_byte(&line, '\n');
    job_tell(front, job, &line, /* paper */ 0);
    job_end(front, job, /* again */ false);
}

void job_fail(struct front *front, struct job *job, const struct err *err)
{
    struct buf line;

    if (!job_waits(job))
        return;
    job_count(front, job, err_fault(err)->code, STR_NONE);
    refuse_job(front, job, STR_NONE, err_fault(err)->code,
               where_text(front->arena, err_fault(err)->rule));
    job_line(&line, job, /* dup */ false);
    answer_fault(&line, front->arena, err);
    buf_text(&line, "}\n");
    job_tell(front, job, &line, /* paper */ 0);
    job_end(front, job, /* again */ true);
}

static struct job *overdue(const struct front *front, const struct conn *conn)
{
    for (struct job *job = conn->oldest; job; job = job->younger) {
        if (job->deadline && job_waits(job) && job->lasting == 0 &&
            job->deadline <= front->loop.now)
            return job;
    }
    return NULL;
}

void job_tick(struct front *front)
{
    for (struct conn *conn = front->conns; conn; conn = conn->next) {
        struct job *job;

        while (!conn->dead && (job = overdue(front, conn))) {
            struct err err;

            arena_reset(front->arena);
            err_init(&err, front->arena);
            err_add(&err, DEADLINE_PASSED, where_none(), "期限内未完成",
                    "not finished within its deadline");
            job_fail(front, job, &err);
        }
    }
}
