/* fuzz_sealer.c: what a renderer may say to the sealer, frame by frame: it is answered or the
 * connection ends, and whatever it gets is a seal that its key may give and the log has. */
#include "sealer/sealer-internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { MEMORY = 512 << 20, NOW = 1772676000 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool held)
{
    if (!held)
        abort();
}

static int64_t now(void)
{
    return NOW;
}

struct world {
    struct arena *arena;
    struct signer *signers[2];
    struct key entries[2];
    struct keys keys;
    struct sealer_setup setup;
    struct sealer sealer;
    struct err err;
};

static void entry_set(struct world *world, size_t i, int suite, uint32_t kinds)
{
    world->signers[i] = signer_generate(suite);
    world->entries[i] = (struct key){.suite = suite,
                                     .spki = signer_spki(world->signers[i]),
                                     .from = NOW - 1,
                                     .until = NOW + 1,
                                     .kinds = kinds,
                                     .states = 3,
                                     .status = KEY_ACTIVE};
    key_id(world->entries[i].spki, world->entries[i].id);
}

static struct world *world_open(void)
{
    struct world *world = calloc(1, sizeof *world);
    const char *home = getenv("DANZHENG_HOME");
    char path[] = "/dev/shm/danzheng-fuzz-XXXXXX";
    int fd = mkstemp(path);
    size_t cut;

    require(world && fd >= 0);
    world->arena = arena_new(MEMORY, NULL, NULL);
    err_init(&world->err, world->arena);
    entry_set(world, 0, SUITE_ED25519, 0x3E);
    entry_set(world, 1, SUITE_SM2, 0x40);
    world->keys = (struct keys){.all = world->entries, .count = 2};
    world->setup = (struct sealer_setup){
        .keys = &world->keys, .signers = world->signers, .signer_count = 2, .clock = now};
    require(
        kinds_load(world->arena, home, &world->setup.kinds, &world->err) &&
        rules_load(world->arena, home, world->setup.kinds, &world->setup.rules, &world->err) &&
        log_open(arena_text(world->arena, path, strlen(path)), &world->sealer.log, &cut,
                 &world->err));
    unlink(path);
    close(fd);
    world->sealer.setup = &world->setup;
    world->sealer.round = arena_new(MEMORY, NULL, NULL);
    return world;
}

static void answers_check(struct world *world, const struct client *client)
{
    for (size_t i = 0; client->asked && i < client->outcome_count; i++) {
        const struct talk_answer *answer = &client->outcomes[i].answer;
        struct log_entry entry;
        struct seal_fields fields;
        const struct key *key;

        if (!answer->ok) {
            require(answer->code.n && answer->zh.n && answer->en.n);
            continue;
        }
        require(seal_check(&world->keys, answer->seal, &fields, &key) == SEAL_GOOD);
        require(
            log_find(world->sealer.log, fields.number, fields.version, fields.kind, &entry));
        require(entry.seal_bytes == answer->seal.n &&
                memcmp(entry.seal, answer->seal.p, entry.seal_bytes) == 0);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct world *world;
    struct client client = {.fd = -1};
    size_t left;
    bool broken;

    if (!world)
        world = world_open();
    buf_init(&client.in, 4 << 20);
    buf_init(&client.out, 8 << 20);
    buf_add(&client.in, data, size);
    do {
        left = client.in.n;
        if (!frame_serve(&world->sealer, &client))
            break;
        require(log_commit(world->sealer.log, &broken, &world->err));
        answers_check(world, &client);
        frame_answer(&client, world->sealer.round, NULL);
        arena_reset(world->sealer.round);
    } while (client.in.n < left);
    arena_reset(world->sealer.round);
    buf_release(&client.in);
    buf_release(&client.out);
    return 0;
}
