/* frames.c: what a renderer may say, and when. A frame that is not in the table, or not in this
 * state, or not of its form, ends the connection: a renderer that sends one is not ours, or no
 * longer. */
#include "sealer/sealer-internal.h"

#include <string.h>

static bool serve_hello(struct sealer *sealer, struct client *client, struct talk_reader *body)
{
    if (talk_read_number(body, 1) != TALK_PROTOCOL || body->bad || body->n)
        return false;
    (void)sealer;
    client->state = CLIENT_READY;
    return true;
}

static bool serve_seal(struct sealer *sealer, struct client *client, struct talk_reader *body)
{
    size_t count = (size_t)talk_read_number(body, 2);
    struct talk_ask *asks;

    if (body->bad || count < 1 || count > TALK_ASKS_MOST)
        return false;
    asks = NEW_ARRAY(sealer->round, count, struct talk_ask);
    for (size_t i = 0; i < count; i++)
        if (!talk_read_ask(body, &asks[i]))
            return false;
    if (body->n)
        return false;
    client->outcomes = NEW_ARRAY(sealer->round, count, struct outcome);
    client->outcome_count = count;
    for (size_t i = 0; i < count; i++)
        ask_decide(sealer, &asks[i], &client->outcomes[i]);
    return true;
}

static const struct request {
    enum talk_type type;
    enum client_state state; /* the one in which it is permitted */
    bool (*serve)(struct sealer *, struct client *, struct talk_reader *);
} requests[] = {
    {TALK_HELLO, CLIENT_NEW, serve_hello},
    {TALK_SEAL, CLIENT_READY, serve_seal},
};

static void answer_hello(struct client *client)
{
    size_t begin = talk_begin(&client->out, TALK_HELLO);

    talk_number(&client->out, TALK_PROTOCOL, 1);
    talk_number(&client->out, TALK_ASKS_MOST, 2);
    talk_end(&client->out, begin);
}

bool frame_serve(struct sealer *sealer, struct client *client)
{
    struct talk_reader body;
    struct str rest;
    size_t used;
    bool ok = false;

    client->asked = false;
    client->outcome_count = 0;
    if (!talk_frame(buf_view(&client->in), &client->type, &rest, &used))
        return false;
    if (!used)
        return true;
    body = talk_reader(rest);
    for (size_t i = 0; i < COUNT(requests); i++) {
        if (requests[i].type == client->type && requests[i].state == client->state) {
            ok = requests[i].serve(sealer, client, &body);
            break;
        }
    }
    if (!ok)
        return false;
    if (client->type == TALK_HELLO)
        answer_hello(client);
    client->asked = client->type == TALK_SEAL;
    /* asks point into these bytes, but outcomes no more */
    memmove(client->in.p, client->in.p + used, client->in.n - used);
    client->in.n -= used;
    return true;
}

void frame_answer(struct client *client, struct arena *arena, const struct err *fault)
{
    size_t begin;

    if (!client->asked)
        return;
    begin = talk_begin(&client->out, TALK_SEAL);
    talk_number(&client->out, (int)client->outcome_count, 2);
    for (size_t i = 0; i < client->outcome_count; i++) {
        struct outcome *outcome = &client->outcomes[i];

        if (fault && outcome->fresh)
            outcome_refuse(arena, fault, outcome);
        talk_answer(&client->out, &outcome->answer);
    }
    talk_end(&client->out, begin);
    client->asked = false;
}
