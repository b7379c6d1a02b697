/* ask.c: what a request asks. What needs a renderer is queued; the rest is answered at once. */
#include "serve/front-internal.h"

#include "digest/digest.h"

#include <stdlib.h>
#include <string.h>

enum { HEAD_MOST = 32 << 20, ANSWER_MOST = 1 << 20 };

static const char *const ops[] = {
    [OP_HELLO] = "hello",       [OP_PING] = "ping",     [OP_BYE] = "bye",
    [OP_CANCEL] = "cancel",     [OP_STATUS] = "status", [OP_RENDER] = "render",
    [OP_VERIFY] = "verify",     [OP_ISSUE] = "issue",   [OP_REVISE] = "revise",
    [OP_WITHDRAW] = "withdraw",
};

const char *ask_word(enum op op)
{
    return op < COUNT(ops) ? ops[op] : "";
}

static enum op op_find(const struct front *front, struct str word, struct err *err)
{
    struct str names[COUNT(ops)], near;

    for (size_t i = 0; i < COUNT(ops); i++) {
        names[i] = str_from(ops[i]);
        if (str_eq(names[i], word) && (i < OP_ISSUE || front->clerk))
            return (enum op)i;
    }
    if (str_is(word, "issue") || str_is(word, "revise") || str_is(word, "withdraw")) {
        err_add(err, OP_UNAVAILABLE, where_pointer(STR("/op")),
                "操作“%.*s”需要登记簿，本服务没有",
                "'%.*s' needs a registry, and this service has none", STR_ARG(word));
        return OP_ABSENT;
    }
    if (!word.n) {
        err_add(err, MEMBER_MISSING, where_pointer(STR("/op")), "缺少成员 op",
                "member 'op' is missing");
        return OP_NONE;
    }
    err_add(err, OP_UNKNOWN, where_pointer(STR("/op")), "没有操作“%.*s”", "no operation '%.*s'",
            STR_ARG(word));
    near = str_nearest(word, names, COUNT(names));
    if (near.n)
        err_hint(err, "did you mean '%.*s'?", STR_ARG(near));
    return OP_NONE;
}

static void put_json(char *to, size_t room, bool named, struct str text)
{
    struct buf json;

    buf_init(&json, room - 1);
    if (named)
        buf_json(&json, text);
    else
        buf_text(&json, "null");
    memcpy(to, json.p, json.n + 1);
    buf_release(&json);
}

static void check_id(const struct conn *conn, const struct job *job, struct err *err)
{
    for (const struct job *other = conn->oldest; other; other = other->younger) {
        if (other->over || strcmp(other->id, job->id) != 0 || strcmp(job->id, "null") == 0)
            continue;
        err_add(err, MEMBER_WRONG, where_pointer(STR("/id")), "请求 %s 尚未答复完",
                "request %s is still open", job->id);
        return;
    }
}

/* A relative path of plain names. */
static bool is_folder(struct str path)
{
    while (path.n) {
        struct str name = str_cut(path, '/', &path);

        if (name.n == 0 || name.p[0] == '.')
            return false;
        for (size_t i = 0; i < name.n; i++) {
            unsigned char c = (unsigned char)name.p[i];

            if (c < 0x20 || c == 0x7f || c == '\\')
                return false;
        }
    }
    return true;
}

static void take_target(struct front *front, struct job *job, struct str to, struct err *err)
{
    if (!to.n)
        return;
    if (!front->serve->folder)
        err_add(err, TARGET_DENIED, where_pointer(STR("/to")), "本服务没有设定文件夹",
                "this service has no folder for files");
    else if (!is_folder(to))
        err_add(err, TARGET_DENIED, where_pointer(STR("/to")),
                "“%.*s”不是所设文件夹内的相对路径",
                "'%.*s' is no relative path inside the service's folder", STR_ARG(to));
    else
        job->to = strndup(to.p, to.n);
}

static void add_member(struct buf *head, const char *name, struct str value)
{
    if (!value.n)
        return;
    buf_printf(head, "\"%s\":", name);
    buf_json(head, value);
    buf_byte(head, ',');
}

/* What the renderer is told; "bytes" follows when the record is whole. */
static void put_head(struct job *job, const struct wire_request *request)
{
    buf_printf(&job->head, "\"op\":\"%s\",", job->op == OP_ISSUE ? "render" : ops[job->op]);
    if (job->op == OP_VERIFY && request->record.n && request->bytes >= 0) {
        buf_text(&job->head, "\"record\":");
        buf_str(&job->head, request->record); /* as it came: its reader says what is wrong */
        buf_byte(&job->head, ',');
    }
    add_member(&job->head, "role", job->rights->name);
    add_member(&job->head, "profile", request->profile);
    add_member(&job->head, "printed_at", request->printed_at);
    if (request->dpi)
        buf_printf(&job->head, "\"dpi\":%ld,", request->dpi);
    if (request->output_count == 0)
        return;
    buf_text(&job->head, "\"outputs\":[");
    for (size_t i = 0; i < request->output_count; i++) {
        buf_text(&job->head, i ? "," : "");
        buf_json(&job->head, request->outputs[i]);
    }
    buf_text(&job->head, "],");
}

static void keep_fault(struct front *front, struct job *job, const struct err *err)
{
    struct str rule = where_text(front->arena, err_fault(err)->rule);

    answer_fault(&job->fault, front->arena, err);
    job->rule = rule.n ? strndup(rule.p, rule.n) : NULL;
}

/* The key waits in the head's place until the record is there to be digested. */
struct job *ask_read(struct front *front, struct conn *conn, const struct wire_request *request,
                     const struct err *read)
{
    struct job *job = calloc(1, sizeof *job);
    struct err err = *read;

    if (!job)
        abort();
    buf_init(&job->head, HEAD_MOST);
    buf_init(&job->body, STREAM_BODY_MOST);
    buf_init(&job->fault, STREAM_LINE_MOST);
    put_json(job->id, sizeof job->id, request->named, request->id);
    put_json(job->target, sizeof job->target, true, request->target);
    job->work.ticket = ++front->tickets;
    job->conn = conn;
    job->rights = conn->rights;
    job->era = front->era;
    job->era->jobs++;
    job->ordered = request->ordered;
    job->allowed =
        request->deadline_ms ? request->deadline_ms : front->settings->deadline * 1000;
    job->op = op_find(front, request->op, &err);
    job->uid = conn->uid;
    job->asked = job->op;
    if (job->op >= OP_STATUS && job->op != OP_NONE &&
        !rights_may_ask(conn->rights, request->op, &err))
        job->op = OP_NONE;
    check_id(conn, job, &err);
    take_target(front, job, request->to, &err);
    if (request->number.n && job->op == OP_STATUS && !front->clerk)
        err_add(&err, OP_UNAVAILABLE, where_pointer(STR("/number")), "本服务没有登记簿",
                "this service has no registry");
    if (job->op == OP_WITHDRAW && !request->number.n)
        err_add(&err, MEMBER_MISSING, where_pointer(STR("/number")), "缺少成员 number",
                "member 'number' is missing");
    job->before = request->before;
    job->reason = request->reason.n ? strndup(request->reason.p, request->reason.n) : NULL;
    job->number = request->number.n ? strndup(request->number.p, request->number.n) : NULL;
    job->wish = request->key.n ? strndup(request->key.p, request->key.n) : NULL;
    job->code = err_ok(&err) ? ERR_NONE : err_fault(&err)->code;
    if (job->code == ERR_NONE)
        put_head(job, request);
    else
        keep_fault(front, job, &err);
    if (conn->youngest)
        conn->youngest->younger = job;
    else
        conn->oldest = job;
    conn->youngest = job;
    conn->open++;
    front->counts.requests[job->op]++;
    return job;
}

/* ---- answered at once */

static void say(struct front *front, struct job *job, struct buf *rest)
{
    buf_byte(rest, '}');
    job_say(front, job, buf_view(rest));
    buf_release(rest);
}

static void say_hello(struct front *front, struct job *job, struct buf *rest)
{
    struct limit limits[LIMITS];
    struct conn *conn = job->conn;
    bool more = false;
    size_t count;

    conn->ordered = conn->ordered || job->ordered;
    buf_text(rest, ",\"v\":1,\"release\":\"" RELEASE "\",\"role\":");
    buf_json(rest, conn->rights->name);
    buf_text(rest, ",\"ops\":[");
    for (size_t i = 0; i < COUNT(ops); i++) {
        if ((i >= OP_ISSUE && !front->clerk) ||
            (i >= OP_STATUS && !rights_word(&conn->rights->ops, str_from(ops[i]))))
            continue;
        buf_printf(rest, "%s\"%s\"", more ? "," : "", ops[i]);
        more = true;
    }
    buf_printf(rest,
               "],\"caps\":[\"cancel\",\"deadline\",\"key\",\"ordered\"%s],\"ordered\":%s,"
               "\"limits\":{",
               front->serve->folder ? ",\"to\"" : "", conn->ordered ? "true" : "false");
    count = limits_of(front, limits);
    for (size_t i = 0; i < count; i++)
        buf_printf(rest, "%s\"%s\":%ld", i ? "," : "", limits[i].name, limits[i].value);
    buf_byte(rest, '}');
    say(front, job, rest);
}

static void say_status(struct front *front, struct job *job, struct buf *rest)
{
    static const char *const names[] = {"counter", "enterprise", "batch"};
    const struct pool_counts pool = pool_counts(front->pool);

    buf_printf(rest, ",\"state\":\"%s\",\"renderers\":%d,\"running\":%d,\"queued\":{",
               front->draining ? "draining" : "serving", pool.ready, pool.running);
    for (int i = 0; i < LANES; i++)
        buf_printf(rest, "%s\"%s\":%zu", i ? "," : "", names[i], front->waiting[i]);
    buf_printf(rest, "},\"connections\":%zu,\"set_aside\":%zu", front->conn_count,
               front->aside_count);
    say(front, job, rest);
}

static void cancel(struct front *front, struct job *job, struct buf *rest)
{
    struct job *target = job->conn->oldest;
    struct err err;

    while (target && (target->over || target == job || strcmp(target->id, job->target) != 0))
        target = target->younger;
    if (target && target->lasting > 0) /* it happens, and its client is told that it did */
        target = NULL;
    buf_printf(rest, ",\"cancelled\":%s", target ? "true" : "false");
    if (target) {
        err_init(&err, front->arena);
        err_add(&err, CANCELLED, where_none(), "请求已取消", "cancelled");
        job_fail(front, target, &err);
    }
    say(front, job, rest);
}

/* ---- queued */

/* Of all that makes it another request. None of the texts has a line feed but the head, which
 * ends in one, and the reason, which is the last. */
static void digest_all(struct arena *arena, const struct job *job, uint8_t digest[32])
{
    struct str head = sha256_hex(arena, buf_view(&job->head));
    struct str body = sha256_hex(arena, buf_view(&job->body));

    sha256(str_printf(arena, "%s\n%s\n%.*s\n%.*s\n%s", ask_word(job->op),
                      job->to ? job->to : "", STR_ARG(head), STR_ARG(body),
                      job->reason ? job->reason : ""),
           digest);
}

static bool enter_key(struct front *front, struct job *job, struct err *err)
{
    uint8_t digest[32];

    if (!job->wish)
        return true;
    digest_all(front->arena, job, digest);
    memcpy(job->digest, digest, sizeof digest);
    switch (once_enter(front->onces, job->conn->uid, str_from(job->wish), digest, &job->key)) {
    case ONCE_DONE:
        job->dup = !front->clerk; /* which knows better what was made before */
        return true;
    case ONCE_OPEN:
        return err_add(err, KEY_IN_USE, where_pointer(STR("/key")), "key“%s”的请求尚未完成",
                       "the request with key '%s' is still open", job->wish);
    case ONCE_OTHER:
        return err_add(err, KEY_REUSED, where_pointer(STR("/key")), "key“%s”已用于另一请求",
                       "key '%s' came with another request", job->wish);
    case ONCE_NEW:
        break;
    }
    return true;
}

static void queue(struct front *front, struct job *job)
{
    struct err err;

    err_init(&err, front->arena);
    buf_printf(&job->head, "\"bytes\":%zu}\n", job->body.n);
    if (!job->body.n && job->op == OP_VERIFY)
        err_add(&err, MEMBER_MISSING, where_pointer(STR("/bytes")), "缺少文件",
                "the file is missing");
    else if (!job->body.n)
        err_add(&err, MEMBER_MISSING, where_pointer(STR("/record")), "缺少记录",
                "the record is missing");
    else if (job_aside(front, job))
        err_add(&err, RECORD_SET_ASIDE, where_none(), "该记录已搁置",
                "the record is set aside");
    if (!err_ok(&err) || !enter_key(front, job, &err)) {
        job_fail(front, job, &err);
        return;
    }
    job->begun = front->loop.now;
    job->deadline = front->loop.now + job->allowed;
    job_queue(front, job);
}

void ask(struct front *front, struct job *job)
{
    struct conn *conn = job->conn;
    struct buf rest;

    if (job->fault.n) {
        buf_byte(&job->fault, '}');
        job_count(front, job, job->code, STR_NONE);
        refuse_job(front, job, STR_NONE, job->code, str_from(job->rule));
        job_say(front, job, buf_view(&job->fault));
        return;
    }
    if (job->op == OP_RENDER || job->op == OP_VERIFY || job->op == OP_ISSUE ||
        job->op == OP_REVISE) {
        queue(front, job);
        return;
    }
    if (job->op == OP_WITHDRAW || (job->op == OP_STATUS && job->number)) {
        number_ask(front, job);
        return;
    }
    buf_init(&rest, ANSWER_MOST);
    buf_printf(&rest, "\"ok\":true,\"op\":\"%s\",\"last\":true", ops[job->op]);
    if (job->op == OP_HELLO) {
        say_hello(front, job, &rest);
    } else if (job->op == OP_STATUS) {
        say_status(front, job, &rest);
    } else if (job->op == OP_CANCEL) {
        cancel(front, job, &rest);
    } else {
        conn->ended = conn->ended || job->op == OP_BYE;
        say(front, job, &rest);
    }
}
