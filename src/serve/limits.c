/* limits.c: what a client may do at most: told by hello, and to those who watch. */
#include "serve/front-internal.h"

size_t limits_of(const struct front *front, struct limit out[LIMITS])
{
    const struct settings *settings = front->settings;
    const struct limit all[LIMITS] = {
        {"line", STREAM_LINE_MOST},
        {"body", STREAM_BODY_MOST},
        {"nesting", RECORD_NESTING_MOST},
        {"rows", RECORD_ROWS_MOST},
        {"outputs", WIRE_OUTPUTS_MOST},
        {"open", OPEN_MOST},
        {"queued", QUEUED_MOST},
        {"connections", settings->connections},
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

/* The one way in which too much is met without an answer: the client is not read. */
bool limits_hold(const struct conn *conn)
{
    return conn->open >= OPEN_MOST || conn_owed(conn) >= QUEUED_MOST;
}
