/* limits.c: what a client may do at most: told by hello, and to those who watch. */
#include "serve/front-internal.h"

#include <stdlib.h>

size_t limits_of(const struct front *front, struct limit out[LIMITS])
{
    const struct settings *settings = front->settings;
    const struct limit all[LIMITS] = {
        {"line", STREAM_LINE_MOST},
        {"head", WIRE_HEAD_MOST},
        {"body", STREAM_BODY_MOST},
        {"nesting", RECORD_NESTING_MOST},
        {"rows", RECORD_ROWS_MOST},
        {"outputs", WIRE_OUTPUTS_MOST},
        {"open", OPEN_MOST},
        {"queued", QUEUED_MOST},
        {"memory", settings->memory << 20},
        {"user_memory", settings->user_memory << 20},
        {"connections", settings->connections},
        {"user_connections", settings->user_connections},
        {"deadline_ms", settings->deadline * 1000},
        {"deadline_most_ms", WIRE_DEADLINE_MOST},
        {"first_ms", front->serve->socket ? settings->first * 1000 : 0},
        {"frame_ms", settings->frame * 1000},
        {"write_ms", settings->write * 1000},
    };
    size_t count = 0;

    for (size_t i = 0; i < COUNT(all); i++) {
        if (all[i].value)
            out[count++] = all[i];
    }
    return count;
}

/* ---- shares of a user */

struct user *limits_user(struct front *front, uid_t uid)
{
    struct user *user = front->users;

    while (user && user->uid != uid)
        user = user->next;
    if (user)
        return user;
    user = calloc(1, sizeof *user);
    if (!user)
        abort();
    *user = (struct user){.uid = uid, .next = front->users};
    front->users = user;
    return user;
}

void limits_leave(struct front *front, struct user *user)
{
    struct user **at = &front->users;

    if (--user->connections > 0)
        return;
    while (*at != user)
        at = &(*at)->next;
    *at = user->next;
    free(user);
}

/* What is held for it: what it sent and is not read or done, what it is to have. */
void limits_count(struct front *front, struct conn *conn)
{
    size_t now = conn->dead ? 0 : conn->stream.held.cap + conn_owed(conn);

    for (const struct job *job = conn->oldest; job && !conn->dead; job = job->younger)
        now += job->body.cap + job->head.cap;
    conn->user->bytes += now - conn->counted;
    front->bytes += now - conn->counted;
    conn->counted = now;
}

static bool is_full(const struct front *front, const struct user *user)
{
    return user->bytes >= (size_t)front->settings->user_memory << 20 ||
           front->bytes >= (size_t)front->settings->memory << 20;
}

static bool has_part(const struct conn *conn)
{
    return conn->incoming || stream_held(&conn->stream) > 0;
}

/* Of a user who has his share one client at a time finishes what it has begun, so that the
 * share is not taken for ever by halves of requests. */
void limits_turn(const struct front *front, struct conn *conn)
{
    struct user *user = conn->user;

    if (user->turn == conn && (!has_part(conn) || conn->ended || conn->dead))
        user->turn = NULL;
    if (!user->turn && has_part(conn) && !conn->ended && !conn->dead && is_full(front, user))
        user->turn = conn;
}

/* The one way in which too much is met without an answer: the client is not read. What it has
 * begun it may finish, where there is room. */
bool limits_hold(const struct front *front, const struct conn *conn)
{
    if (is_full(front, conn->user) && conn->user->turn != conn)
        return true;
    return !conn->incoming && (conn->open >= OPEN_MOST || conn_owed(conn) >= QUEUED_MOST);
}
