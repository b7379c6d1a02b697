/* file.c: answers whose papers go to files ("to"). All answers of such a request pass through
 * the writer, also those that have no file, so that they are told in their order and the last
 * one last. Of a request that is answered early no file is begun any more. */
#include "serve/front-internal.h"

#include "serve/writer.h"

void file_answer(struct front *front, struct job *job, const struct answer *answer, bool last)
{
    struct writing *writing = writing_new();
    struct arena *arena = writing->arena;

    writing->owner = job;
    if (answer->ok)
        writing->folder = arena_printf(arena, "%s/%s", front->serve->folder, job->to);
    writing->name = str_copy(arena, answer->name);
    writing->output = str_copy(arena, answer->output);
    writing->front = str_copy(arena, answer->front);
    writing->rest = str_copy(arena, answer->rest);
    buf_str(&writing->body, answer->body);
    writing->paper = answer->paper;
    writing->code = answer->code;
    writing->dup = answer->dup;
    writing->last = last;
    job->errands++;
    job->lasting += writing->paper != 0;
    job->unwritten += writing->body.n;
    job->conn->unwritten += writing->body.n;
    writer_give(front->writer, writing);
}

/* It is here again. */
static void settle(struct job *job, const struct writing *writing)
{
    job->errands--;
    job->lasting -= writing->paper != 0;
    job->unwritten -= writing->body.n;
    if (job->conn)
        job->conn->unwritten -= writing->body.n;
}

void file_forget(struct front *front, struct job *job)
{
    struct writing *writing = front->writer ? writer_forget(front->writer, job) : NULL;

    for (struct writing *next; writing; writing = next) {
        next = writing->next;
        settle(job, writing);
        writing_free(writing);
    }
    job->conn->unwritten -= job->unwritten; /* one that was begun comes back later */
    job->unwritten = 0;
}

static void put_line(struct front *front, const struct job *job, const struct writing *writing,
                     struct buf *line)
{
    const char *last = writing->last ? "true" : "false";

    job_line(line, job, writing->dup);
    if (writing->folder && !writing->ok) {
        answer_front(line, writing->output);
        buf_printf(line, ",\"last\":%s", last);
        answer_error(line, front->arena, &writing->err);
        buf_text(line, "}\n");
        return;
    }
    buf_str(line, writing->front);
    buf_printf(line, ",\"last\":%s", last);
    if (writing->ok) {
        buf_printf(line, ",\"size\":%zu,\"file\":", writing->body.n);
        buf_json(line, str_printf(front->arena, "%s/%.*s", job->to, STR_ARG(writing->name)));
    }
    buf_str(line, writing->rest);
    buf_byte(line, '\n');
}

static void came_back(struct front *front, struct writing *writing)
{
    bool failed = writing->folder && !writing->ok;
    struct job *job = writing->owner;
    struct buf line;

    arena_reset(front->arena);
    if (job_waits(job)) {
        job_count(front, job, failed ? err_fault(&writing->err)->code : writing->code,
                  writing->name);
        put_line(front, job, writing, &line);
        job_tell(front, job, &line, writing->ok ? writing->paper : 0);
        if (writing->last)
            job_end(front, job, /* again */ false);
    }
    settle(job, writing);
    job_settle(front, job);
}

void file_collect(struct front *front)
{
    struct writing *writing = writer_take(front->writer), *next;

    for (; writing; writing = next) {
        next = writing->next;
        came_back(front, writing);
        writing_free(writing);
    }
}
