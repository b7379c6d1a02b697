/* audit.c: the chain. Whoever changes or removes a row breaks the hash of the next one; whoever
 * cuts the tail off does not reach the last point that was written down elsewhere. */
#include "registry/registry-internal.h"

#include "digest/digest.h"

#include <string.h>

/* The bytes that are hashed: the hash before, then the row as JSON. */
static bool line_of(struct buf *line, const uint8_t before[32],
                    const struct registry_event *event)
{
    buf_clear(line);
    buf_add(line, before, 32);
    buf_printf(line, "[%lld,", (long long)event->seq);
    buf_json(line, event->at);
    buf_byte(line, ',');
    buf_json(line, event->actor);
    buf_byte(line, ',');
    buf_json(line, event->event);
    buf_byte(line, ',');
    buf_json(line, event->subject);
    buf_byte(line, ',');
    buf_str(line, event->body);
    buf_text(line, "]\n");
    return !line->failed;
}

bool audit_add(struct registry *registry, const struct registry_by *by, struct str event,
               struct str subject, struct str body, struct err *err)
{
    struct registry_event row = {
        .seq = registry->head.seq + 1,
        .at = by->at,
        .actor = by->actor,
        .event = event,
        .subject = subject,
        .body = body.n ? body : STR("{}"),
    };

    if (registry->places) {
        registry->broken = true;
        return err_add(err, INTERNAL, where_none(), "该批次只可占位，不可更改登记",
                       "this batch is for places alone");
    }
    if (!line_of(&registry->line, registry->head.hash, &row)) {
        registry->broken = true;
        return err_add(err, MEMORY_LIMIT, where_none(), "审计行超过 %d 字节",
                       "an audit row exceeds %d bytes", (int)LINE_MOST);
    }
    sha256(buf_view(&registry->line), row.hash);
    if (!sql_run(registry, err, AUDIT_ADD, "itttttbb", row.seq, row.at, row.actor, row.event,
                 row.subject, row.body, registry->head.hash, row.hash))
        return false;
    registry->head.seq = row.seq;
    memcpy(registry->head.hash, row.hash, sizeof row.hash);
    return true;
}

bool registry_note(struct registry *registry, const struct registry_by *by, struct str event,
                   struct str subject, struct str body, struct err *err)
{
    return registry_ready(registry, err) && audit_add(registry, by, event, subject, body, err);
}

static bool event_read(struct arena *arena, sqlite3_stmt *s, struct registry_event *out,
                       uint8_t before[32])
{
    *out = (struct registry_event){
        .seq = sqlite3_column_int64(s, 0),
        .at = sql_text(arena, s, 1),
        .actor = sql_text(arena, s, 2),
        .event = sql_text(arena, s, 3),
        .subject = sql_text(arena, s, 4),
        .body = sql_text(arena, s, 5),
    };
    return sql_digest(s, 6, before) && sql_digest(s, 7, out->hash);
}

bool registry_audit(struct registry *registry, struct arena *arena, int64_t after, size_t most,
                    struct registry_event **out, size_t *count, struct err *err)
{
    struct registry_event *events = NEW_ARRAY(arena, most + 1, struct registry_event);
    uint8_t before[32];
    sqlite3_stmt *s;
    size_t n = 0;
    bool row;

    if (!registry_ready(registry, err) ||
        !(s = sql_ask(registry, err, AUDIT_AFTER, "ii", after, (int64_t)most)))
        return false;
    while (n < most) {
        if (!sql_next(registry, s, &row, err))
            return false;
        if (!row)
            break;
        event_read(arena, s, &events[n++], before);
    }
    sql_end(s);
    *out = events;
    *count = n;
    return true;
}

bool registry_head(struct registry *registry, struct registry_head *out, struct err *err)
{
    struct registry_head head = {0};
    sqlite3_stmt *s;
    bool row;

    if (!registry_ready(registry, err) || !(s = sql_ask(registry, err, AUDIT_HEAD, "")) ||
        !sql_next(registry, s, &row, err))
        return false;
    if (row) {
        head.seq = sqlite3_column_int64(s, 0);
        sql_digest(s, 1, head.hash);
    }
    sql_end(s);
    *out = head;
    return true;
}

static bool chain_broken(const struct registry *registry, struct err *err, int64_t seq,
                         const char *zh, const char *en)
{
    const char *path = database_path(err->arena, registry);

    err_add(err, AUDIT_BROKEN, where_file(path, 0, 0), "审计第 %lld 行：%s%.0s",
            "audit row %lld: %.0s%s", (long long)seq, zh, en);
    err_hint(err, "keep everything as it is, and compare it with backups and checkpoints");
    return false;
}

/* One row behind head: head moves on to it. */
static bool link_holds(struct registry *registry, struct arena *arena, sqlite3_stmt *s,
                       struct registry_head *head, struct buf *line, struct err *err)
{
    struct registry_event event;
    uint8_t before[32], sum[32];
    bool whole = event_read(arena, s, &event, before);

    if (event.seq != head->seq + 1)
        return chain_broken(registry, err, head->seq + 1, "缺失", "it is missing");
    if (!whole || memcmp(before, head->hash, 32) != 0)
        return chain_broken(registry, err, event.seq, "与前一行不相接",
                            "it does not follow the row before it");
    if (!line_of(line, head->hash, &event))
        return chain_broken(registry, err, event.seq, "过长", "it is too long");
    sha256(buf_view(line), sum);
    if (memcmp(sum, event.hash, 32) != 0)
        return chain_broken(registry, err, event.seq, "内容被改动", "it was changed");
    head->seq = event.seq;
    memcpy(head->hash, sum, 32);
    return true;
}

static bool checkpoint_met(const struct registry *registry, const struct registry_head *head,
                           const struct registry_head *points, size_t count, struct err *err)
{
    for (size_t i = 0; i < count; i++) {
        if (points[i].seq == head->seq && memcmp(points[i].hash, head->hash, 32) != 0)
            return chain_broken(registry, err, head->seq, "与检查点不符",
                                "it is not the one that a checkpoint names");
    }
    return true;
}

static bool checkpoints_reached(const struct registry *registry,
                                const struct registry_head *head,
                                const struct registry_head *points, size_t count,
                                struct err *err)
{
    for (size_t i = 0; i < count; i++) {
        if (points[i].seq > head->seq)
            return chain_broken(registry, err, head->seq + 1, "链尾被截去，未达到检查点",
                                "the tail is cut off before a checkpoint");
    }
    return true;
}

bool registry_audit_verify(struct registry *registry, const struct registry_head *checkpoints,
                           size_t count, struct registry_head *out, struct err *err)
{
    struct arena *scratch = arena_like(registry->arena);
    struct registry_head head = {0};
    bool row = true, ok = false;
    struct buf line;
    sqlite3_stmt *s;

    buf_init(&line, LINE_MOST);
    if (!registry_ready(registry, err) ||
        !(s = sql_ask(registry, err, AUDIT_AFTER, "ii", (int64_t)0, INT64_MAX)))
        goto out;
    while ((ok = sql_next(registry, s, &row, err)) && row) {
        ok = link_holds(registry, scratch, s, &head, &line, err) &&
             checkpoint_met(registry, &head, checkpoints, count, err);
        if (!ok)
            break;
        arena_reset(scratch);
    }
    sql_end(s);
    ok = ok && checkpoints_reached(registry, &head, checkpoints, count, err);
    if (ok)
        *out = head;
out:
    buf_release(&line);
    arena_free(scratch);
    return ok;
}
