/* load.c: many clients of the service at once, from one process.
 *
 *   load SOCKET RECORD OUTPUT CONNECTIONS DEPTH SECONDS
 *
 * Each connection keeps DEPTH requests open. Every record differs from the one in the file: its
 * first number counts up, and its Han change places, so that nothing is found in a cache that a
 * real day would not find there. Says "connected" when all connections stand, then documents a
 * second and how long an answer took. */
#include "base/buf.h"
#include "record/wire.h"
#include "serve/serve.h"
#include "serve/stream.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { CLIENTS_MOST = 1024, DEPTH_MOST = 32, SAMPLES = 1 << 22, FRAME_MOST = 32 << 20 };

struct client {
    int fd;
    struct stream in;
    struct buf out;
    size_t at;
    double asked[DEPTH_MOST]; /* when; 0: free */
    size_t body;              /* octets of the answer that are still to come, with their LF */
    bool first;
};

struct load {
    struct arena *arena;
    const char *output;
    struct buf record;
    size_t *han;              /* offsets of the Han in it */
    size_t han_count, number; /* where the digits of the number end */
    uint64_t random;
    long next, depth, failed;
    float *took; /* ms */
    size_t count, bytes;
};

static double now_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

static size_t roll(struct load *load, size_t sides)
{
    load->random = load->random * 6364136223846793005u + 1442695040888963407u;
    return (size_t)(load->random >> 33) % sides;
}

/* Where the first run of nine or more digits ends that is a value's. */
static size_t find_number(struct str record)
{
    const char *key = strstr(record.p, "pre_entry_no\":\"");
    size_t at = key ? (size_t)(key - record.p) + 15 : 0;

    while (key && at < record.n && record.p[at] != '"')
        at++;
    return key ? at : 0;
}

static void find_han(struct load *load)
{
    const struct buf *record = &load->record;

    load->han = calloc(record->n, sizeof *load->han);
    for (size_t i = 0; load->han && i + 2 < record->n; i++) {
        unsigned char c = (unsigned char)record->p[i];

        if (c >= 0xe4 && c <= 0xe9)
            load->han[load->han_count++] = i, i += 2;
    }
}

static void vary(struct load *load)
{
    char *p = load->record.p;
    long number = ++load->next;

    for (size_t i = 1; i < load->han_count; i++) {
        char *a = p + load->han[i], *b = p + load->han[roll(load, i + 1)], kept[3];

        memcpy(kept, a, 3);
        memmove(a, b, 3);
        memcpy(b, kept, 3);
    }
    for (size_t at = load->number, k = 0; at > 0 && k < 9; k++, number /= 10)
        p[--at] = (char)('0' + number % 10);
}

static void ask(struct load *load, struct client *client, int place)
{
    vary(load);
    buf_printf(&client->out,
               "{\"op\":\"render\",\"id\":\"%d\",\"outputs\":[\"%s\"],\"bytes\":%zu}\n", place,
               load->output, load->record.n);
    buf_str(&client->out, buf_view(&load->record));
    buf_byte(&client->out, '\n');
    client->asked[place] = now_ms();
}

static bool client_write(struct client *client)
{
    ssize_t n = write(client->fd, client->out.p + client->at, client->out.n - client->at);

    if (n < 0)
        return errno == EAGAIN;
    client->at += (size_t)n;
    if (client->at == client->out.n) {
        buf_clear(&client->out);
        client->at = 0;
    }
    return true;
}

static void answered(struct load *load, struct client *client, const struct wire_answer *answer)
{
    long place = strtol(answer->id.p, NULL, 10);

    if (!answer->ok && load->failed++ == 0)
        fprintf(stderr, "load: %.*s: %.*s\n", STR_ARG(answer->faults[0].code),
                STR_ARG(answer->faults[0].en));
    if (load->count < SAMPLES)
        load->took[load->count] = (float)(now_ms() - client->asked[place]);
    load->count++;
    client->asked[place] = 0;
}

static bool client_read(struct load *load, struct client *client)
{
    struct wire_answer answer;
    struct str line, body;
    struct err err;
    ssize_t n;
    size_t room;
    char *to = stream_room(&client->in, &room);

    n = to ? read(client->fd, to, room) : 0;
    if (n <= 0)
        return n < 0 && errno == EAGAIN;
    stream_fill(&client->in, (size_t)n);
    load->bytes += (size_t)n;
    for (;;) {
        if (client->first) {
            if (stream_body(&client->in, client->body, &body) != STREAM_FOUND)
                return true;
            client->first = false;
        }
        if (stream_line(&client->in, &line) != STREAM_FOUND)
            return true;
        arena_reset(load->arena);
        err_init(&err, load->arena);
        if (!wire_answer_read(load->arena, line, &answer, &err))
            return false;
        answered(load, client, &answer);
        client->first = answer.bytes >= 0;
        client->body = client->first ? (size_t)answer.bytes : 0;
    }
}

static bool run(struct load *load, struct client *clients, size_t count, double end)
{
    static const short events = POLLIN;
    struct pollfd ask_of[CLIENTS_MOST];
    bool open = true;

    while (open) {
        open = false;
        for (size_t i = 0; i < count; i++) {
            struct client *client = &clients[i];

            for (int k = 0; k < load->depth; k++) {
                if (client->asked[k] == 0 && now_ms() < end)
                    ask(load, client, k);
                open = open || client->asked[k] > 0;
            }
            ask_of[i] =
                (struct pollfd){client->fd, (short)(events | (client->out.n ? POLLOUT : 0)), 0};
        }
        if (open && poll(ask_of, count, 1000) < 0)
            return false;
        for (size_t i = 0; i < count && open; i++) {
            if ((ask_of[i].revents & POLLOUT && !client_write(&clients[i])) ||
                (ask_of[i].revents & (POLLIN | POLLHUP) && !client_read(load, &clients[i])))
                return false;
        }
    }
    return true;
}

static int compare(const void *a, const void *b)
{
    const float *left = a, *right = b;

    return (*left > *right) - (*left < *right);
}

static void report(struct load *load, double seconds)
{
    size_t n = load->count < SAMPLES ? load->count : SAMPLES;

    if (n == 0)
        return;
    qsort(load->took, n, sizeof *load->took, compare);
    printf("%zu documents in %.1f s: %.0f/s, %.1f MB/s; p50 %.2f ms, p99 %.2f ms, most %.2f "
           "ms; %ld failed\n",
           load->count, seconds, (double)load->count / seconds,
           (double)load->bytes / seconds / 1e6, (double)load->took[n / 2],
           (double)load->took[n * 99 / 100], (double)load->took[n - 1], load->failed);
}

static bool read_record(struct load *load, const char *path)
{
    FILE *file = fopen(path, "rb");
    char block[4096];
    size_t n;

    buf_init(&load->record, FRAME_MOST);
    while (file && (n = fread(block, 1, sizeof block, file)) > 0)
        buf_add(&load->record, block, n);
    if (file)
        fclose(file);
    if (load->record.n == 0)
        return false;
    load->number = find_number(buf_view(&load->record));
    find_han(load);
    return true;
}

int main(int argc, char **argv)
{
    static const struct load none;
    struct load load = none;
    struct client *clients = calloc(CLIENTS_MOST, sizeof *clients);
    size_t count = argc == 7 ? (size_t)strtol(argv[4], NULL, 10) : 0;
    double start;
    struct err err;

    load.depth = argc == 7 ? strtol(argv[5], NULL, 10) : 0;
    if (!clients || count < 1 || count > CLIENTS_MOST || load.depth < 1 ||
        load.depth > DEPTH_MOST || !read_record(&load, argv[2])) {
        fprintf(stderr, "usage: load SOCKET RECORD OUTPUT CONNECTIONS DEPTH SECONDS\n");
        return 2;
    }
    signal(SIGPIPE, SIG_IGN);
    load.arena = arena_new(FRAME_MOST, NULL, NULL);
    load.output = argv[3];
    load.took = calloc(SAMPLES, sizeof *load.took);
    load.random = 20241009;
    load.next = (long)getpid() * 1000000;
    err_init(&err, load.arena);
    for (size_t i = 0; i < count; i++) {
        if (!serve_connect(argv[1], &clients[i].fd, &err)) {
            fprintf(stderr, "load: %.*s\n", STR_ARG(err.first->en));
            return 1;
        }
        fcntl(clients[i].fd, F_SETFL, O_NONBLOCK);
        stream_init(&clients[i].in, STREAM_LINE_MOST, FRAME_MOST);
        buf_init(&clients[i].out, (size_t)FRAME_MOST * 8);
    }
    printf("connected\n");
    fflush(stdout);
    start = now_ms();
    if (!load.took || !run(&load, clients, count, start + 1e3 * strtod(argv[6], NULL))) {
        fprintf(stderr, "load: a connection was lost\n");
        return 1;
    }
    report(&load, (now_ms() - start) / 1e3);
    return load.failed > 0;
}
