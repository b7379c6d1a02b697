/* writer.c: one file after the other. */
#define _GNU_SOURCE /* eventfd */
#include "serve/writer.h"

#include "deliver/deliver.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

enum { WRITING_MEMORY = 512 << 20, FILE_MOST = 256 << 20 };

struct queue {
    struct writing *first, *last;
};

struct writer {
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t given;
    struct queue in, out; /* under lock */
    bool closing;         /* under lock */
    int event;
};

struct writing *writing_new(void)
{
    struct arena *arena = arena_new(WRITING_MEMORY, NULL, NULL);
    struct writing *writing = NEW(arena, struct writing);

    writing->arena = arena;
    buf_init(&writing->body, FILE_MOST);
    err_init(&writing->err, arena);
    return writing;
}

void writing_free(struct writing *writing)
{
    buf_release(&writing->body);
    arena_free(writing->arena);
}

static void queue_add(struct queue *queue, struct writing *writing)
{
    writing->next = NULL;
    if (queue->last)
        queue->last->next = writing;
    else
        queue->first = writing;
    queue->last = writing;
}

/* A file that is there already is well when it is the same. */
static bool is_same(struct arena *arena, const char *path, struct str bytes)
{
    struct str there;
    struct err err;

    err_init(&err, arena);
    return deliver_read(arena, path, bytes.n, &there, &err) && str_eq(there, bytes);
}

static void write_file(struct writing *writing)
{
    struct str body = buf_view(&writing->body);
    struct err *err = &writing->err;
    const char *path =
        arena_printf(writing->arena, "%s/%.*s", writing->folder, STR_ARG(writing->name));

    writing->ok =
        deliver_folder(writing->folder, err) && deliver_file(path, body, DELIVER_KEEP, err);
    if (!writing->ok && err_fault(err)->code == FILE_EXISTS &&
        is_same(writing->arena, path, body))
        writing->ok = writing->dup = true;
}

static void give_back(struct writer *writer, struct writing *writing)
{
    const uint64_t one = 1;

    pthread_mutex_lock(&writer->lock);
    queue_add(&writer->out, writing);
    pthread_mutex_unlock(&writer->lock);
    while (write(writer->event, &one, sizeof one) < 0 && errno == EINTR)
        continue;
}

/* NULL: there will be none. */
static struct writing *next_of(struct writer *writer)
{
    struct writing *writing;

    pthread_mutex_lock(&writer->lock);
    while (!writer->in.first && !writer->closing)
        pthread_cond_wait(&writer->given, &writer->lock);
    writing = writer->in.first;
    if (writing)
        writer->in.first = writing->next;
    if (!writer->in.first)
        writer->in.last = NULL;
    pthread_mutex_unlock(&writer->lock);
    return writing;
}

static void *work(void *user)
{
    struct writer *writer = user;
    struct writing *writing;

    while ((writing = next_of(writer))) {
        if (writing->folder)
            write_file(writing);
        give_back(writer, writing);
    }
    return NULL;
}

bool writer_open(struct writer **out, struct err *err)
{
    struct writer *writer = calloc(1, sizeof *writer);

    if (!writer)
        return err_add(err, MEMORY_LIMIT, where_none(), "所需内存不足", "memory is short");
    writer->event = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    pthread_mutex_init(&writer->lock, NULL);
    pthread_cond_init(&writer->given, NULL);
    if (pthread_create(&writer->thread, NULL, work, writer) == 0) {
        *out = writer;
        return true;
    }
    close(writer->event);
    free(writer);
    return err_add(err, INTERNAL, where_none(), "无法启动写文件的线程",
                   "no thread that writes files");
}

static void free_all(struct writing *first)
{
    for (struct writing *next; first; first = next) {
        next = first->next;
        writing_free(first);
    }
}

void writer_close(struct writer *writer)
{
    if (!writer)
        return;
    pthread_mutex_lock(&writer->lock);
    writer->closing = true;
    pthread_cond_signal(&writer->given);
    pthread_mutex_unlock(&writer->lock);
    pthread_join(writer->thread, NULL);
    free_all(writer->out.first);
    close(writer->event);
    pthread_cond_destroy(&writer->given);
    pthread_mutex_destroy(&writer->lock);
    free(writer);
}

void writer_give(struct writer *writer, struct writing *writing)
{
    pthread_mutex_lock(&writer->lock);
    queue_add(&writer->in, writing);
    pthread_cond_signal(&writer->given);
    pthread_mutex_unlock(&writer->lock);
}

struct writing *writer_forget(struct writer *writer, const void *owner)
{
    struct queue kept = {0}, taken = {0};

    pthread_mutex_lock(&writer->lock);
    for (struct writing *writing = writer->in.first, *next; writing; writing = next) {
        next = writing->next;
        queue_add(writing->owner == owner ? &taken : &kept, writing);
    }
    writer->in = kept;
    pthread_mutex_unlock(&writer->lock);
    return taken.first;
}

int writer_descriptor(const struct writer *writer)
{
    return writer->event;
}

struct writing *writer_take(struct writer *writer)
{
    struct writing *first;
    uint64_t count;

    while (read(writer->event, &count, sizeof count) < 0 && errno == EINTR)
        continue;
    pthread_mutex_lock(&writer->lock);
    first = writer->out.first;
    writer->out = (struct queue){0};
    pthread_mutex_unlock(&writer->lock);
    return first;
}
