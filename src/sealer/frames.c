/* frames.c: what a renderer may say, and when. A frame that is not in the table, or not in this
 * state, or not of its form, ends the connection: a renderer that sends one is not ours, or no
 * longer. */
#include "sealer/sealer-internal.h"

#include <string.h>

static int suites_in_use(const struct sealer_setup *setup)
{
    int suites = 0;

    for (size_t i = 0; i < setup->signer_count; i++)
        suites |= 1 << signer_suite(setup->signers[i]);
    return suites;
}

static bool serve_hello(struct sealer *sealer, struct client *client, struct wire_reader *body)
{
    if (wire_read_number(body, 1) != WIRE_PROTOCOL || body->bad || body->n)
        return false;
    (void)sealer;
    client->state = CLIENT_READY;
    return true;
}

static bool serve_seal(struct sealer *sealer, struct client *client, struct wire_reader *body)
{
    size_t count = (size_t)wire_read_number(body, 2);
    struct wire_ask *asks;

    if (body->bad || count < 1 || count > WIRE_ASKS_MOST)
        return false;
    asks = NEW_ARRAY(sealer->round, count, struct wire_ask);
    for (size_t i = 0; i < count; i++)
        if (!wire_read_ask(body, &asks[i]))
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
    enum wire_type type;
    enum client_state state; /* the one in which it is permitted */
    bool (*serve)(struct sealer *, struct client *, struct wire_reader *);
} requests[] = {
    {WIRE_HELLO, CLIENT_NEW, serve_hello},
    {WIRE_SEAL, CLIENT_READY, serve_seal},
};

static void answer_hello(const struct sealer *sealer, struct client *client)
{
    size_t begin = wire_begin(&client->out, WIRE_HELLO);

    wire_number(&client->out, WIRE_PROTOCOL, 1);
    wire_number(&client->out, suites_in_use(sealer->setup), 1);
    wire_number(&client->out, WIRE_ASKS_MOST, 2);
    wire_end(&client->out, begin);
}

bool frame_serve(struct sealer *sealer, struct client *client)
{
    struct wire_reader body;
    struct str rest;
    size_t used;
    bool ok = false;

    client->asked = false;
    client->outcome_count = 0;
    if (!wire_frame(buf_view(&client->in), &client->type, &rest, &used))
        return false;
    if (!used)
        return true;
    body = wire_reader(rest);
    for (size_t i = 0; i < COUNT(requests); i++) {
        if (requests[i].type == client->type && requests[i].state == client->state) {
            ok = requests[i].serve(sealer, client, &body);
            break;
        }
    }
    if (!ok)
        return false;
    if (client->type == WIRE_HELLO)
        answer_hello(sealer, client);
    client->asked = client->type == WIRE_SEAL;
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
    begin = wire_begin(&client->out, WIRE_SEAL);
    wire_number(&client->out, (int)client->outcome_count, 2);
    for (size_t i = 0; i < client->outcome_count; i++) {
        struct outcome *outcome = &client->outcomes[i];

        if (fault && outcome->fresh)
            outcome_refuse(arena, fault, outcome);
        wire_answer(&client->out, &outcome->answer);
    }
    wire_end(&client->out, begin);
    client->asked = false;
}
