/* issue.c: a request's papers on their way: what its renderer found, the place of each in the
 * registry, the grant to make them, the bytes that are kept before anybody is told of them.
 *
 *   asked → (begin) → granted → made → (stamp) → (seal) → said     with a registry
 *   asked →           granted → made →                    said     without
 *
 * A renderer that is lost gives back what was begun; a client that has gone, or was answered
 * early, is promised nothing, and what was begun for it is void. What is sealed stays.
 */
#include "serve/front-internal.h"

#include "digest/digest.h"

#include <stdio.h>
#include <string.h>

enum { ANSWER_MOST = 1 << 20, JOB_MEMORY = 64 << 20 };

struct errand *issue_errand(const struct job *job, enum errand_kind kind, size_t place)
{
    char actor[32];
    struct errand *errand;

    snprintf(actor, sizeof actor, "uid:%ld", (long)job->uid);
    errand = errand_new(kind, str_from(actor));
    errand->rights = job->rights;
    errand->lane = job->rights ? job->rights->lane : LANE_BATCH;
    errand->place = place;
    errand->attempt = job->attempt;
    return errand;
}

/* Of the kinds of errand: what is done and stays. */
enum { LASTING = 1 << ERRAND_SEAL | 1 << ERRAND_REVISE | 1 << ERRAND_WITHDRAW };

void issue_give(struct front *front, struct job *job, struct errand *errand)
{
    errand->owner = job;
    job->errands++;
    job->lasting += (LASTING >> errand->kind) & 1;
    clerk_give(front->clerk, errand);
}

void issue_void(struct front *front, struct job *job, int64_t paper, const char *why)
{
    struct errand *errand = issue_errand(job, ERRAND_VOID, 0);

    errand->paper = paper;
    errand->why = str_from(why);
    clerk_give(front->clerk, errand);
}

void issue_done(struct front *front, int64_t paper)
{
    struct errand *errand = errand_new(ERRAND_DONE, STR("serve"));

    errand->paper = paper;
    clerk_give(front->clerk, errand);
}

/* ---- answers */

/* The client's answer for one place. paper: told as delivered when the client has it. */
static void say(struct front *front, struct job *job, struct place *place,
                const struct answer *answer)
{
    struct answer told = *answer;

    if (place->state == PLACE_SAID)
        return;
    told.output = place->output;
    place->state = PLACE_SAID;
    job->said++;
    refuse_job(front, job, place->output, answer->code, answer->rule);
    job_answer(front, job, &told, job->said == job->place_count);
}

static void say_fault(struct front *front, struct job *job, struct place *place,
                      const struct err *err)
{
    const struct fault *fault = err_fault(err);
    struct buf head, rest;

    buf_init(&head, ANSWER_MOST);
    buf_init(&rest, STREAM_LINE_MOST);
    answer_front(&head, job->op == OP_RENDER || job->op == OP_ISSUE ? place->output : STR_NONE);
    answer_error(&rest, front->arena, err);
    buf_byte(&rest, '}');
    say(front, job, place,
        &(struct answer){.front = buf_view(&head),
                         .rest = buf_view(&rest),
                         .code = fault ? fault->code : INTERNAL,
                         .rule = fault ? where_text(front->arena, fault->rule) : STR_NONE});
    buf_release(&head);
    buf_release(&rest);
}

static void add_form(struct buf *rest, const struct registry_paper *paper)
{
    static const char *const forms[] = {"electronic", "original", "duplicate"};

    buf_printf(rest, ",\"paper\":{\"id\":%lld,\"form\":\"%s\"", (long long)paper->id,
               forms[paper->form]);
    if (paper->duplicate)
        buf_printf(rest, ",\"duplicate\":%ld", paper->duplicate);
    buf_member(rest, "issued_at", paper->sealed_at);
    buf_byte(rest, '}');
}

/* One that was made before: its bytes are those of then. */
static void say_again(struct front *front, struct job *job, struct place *place,
                      struct errand *errand)
{
    static const char *const standings[] = {"current", "superseded", "withdrawn"};
    const struct registry_paper *paper = &errand->found;
    struct arena *arena = front->arena;
    struct buf *head = &errand->front, *rest = &errand->rest;

    buf_printf(head, "\"ok\":true,\"output\":\"%.*s\"", STR_ARG(paper->output));
    buf_printf(rest, ",\"sha256\":\"%.*s\",\"type\":\"application/pdf\"",
               STR_ARG(hex_text(arena, paper->pdf.sha256, 32)));
    buf_printf(rest, ",\"doc\":{\"number\":\"%.*s\",\"kind\":\"%.*s\",\"version\":%lld",
               STR_ARG(paper->number), STR_ARG(paper->kind), (long long)paper->version);
    buf_printf(rest, ",\"code\":\"%.*s\",\"pages\":%ld,\"standing\":\"%s\"}",
               STR_ARG(paper->code), paper->pages, standings[paper->standing]);
    add_form(rest, paper);
    buf_byte(rest, '}');
    say(front, job, place,
        &(struct answer){
            .front = buf_view(head),
            .rest = buf_view(rest),
            .name = registry_name(arena, paper),
            .body = buf_view(&errand->pdf),
            .own = &errand->pdf,
            .ok = true,
            .dup = true,
            .paper = paper->state == REGISTRY_SEALED ? paper->id : 0,
        });
}

/* ---- what the renderer found */

static void keep_found(struct job *job, const struct wire_ask *found, struct str canonical)
{
    struct arena *arena = job->arena = arena_new(JOB_MEMORY, NULL, NULL);

    job->record = registry_record_told(arena, found, canonical);
    job->parameters = str_copy(arena, found->parameters);
    job->places = NEW_ARRAY(arena, found->count, struct place);
    job->place_count = found->count;
    for (size_t i = 0; i < found->count; i++)
        job->places[i].output = str_copy(arena, found->outputs[i]);
}

/* The one that stands for a request whose papers are not known. */
static void keep_nothing(struct job *job)
{
    job->arena = arena_new(JOB_MEMORY, NULL, NULL);
    job->places = NEW(job->arena, struct place);
    job->place_count = 1;
}

/* Everything is known of the places: those that are granted are made as soon as may be. */
static void grant(struct front *front, struct job *job)
{
    if (!job->running || job->work.ready || job->begins > 0)
        return;
    pool_ready(front->pool, &job->work);
}

void issue_grant(struct front *front, struct job *job)
{
    struct buf line;
    bool more = false;

    buf_init(&line, ANSWER_MOST);
    buf_printf(&line, "{\"id\":\"%llu\",\"op\":\"grant\"",
               (unsigned long long)job->work.ticket);
    for (size_t i = 0; i < job->place_count; i++) {
        const struct place *place = &job->places[i];

        if (place->state != PLACE_GRANTED)
            continue;
        buf_printf(&line, "%s\"%zu", more ? "," : ",\"outputs\":[", i);
        if (place->duplicate)
            buf_printf(&line, " 副本 %ld", place->duplicate);
        buf_byte(&line, '"');
        more = true;
    }
    buf_text(&line, more ? "]}\n" : "}\n");
    pool_tell(front->pool, &job->work, buf_view(&line));
    buf_release(&line);
}

static void revise(struct front *front, struct job *job)
{
    struct errand *errand;

    if (job->errands > 0) /* asked before its renderer was lost */
        return;
    errand = issue_errand(job, ERRAND_REVISE, 0);
    errand->record = job->record;
    issue_give(front, job, errand);
}

/* A renderer that lies about what it was asked is none. */
static bool agrees(const struct job *job, const struct wire_ask *found)
{
    if (job->place_count == 0)
        return true;
    if (job->place_count != found->count)
        return false;
    for (size_t i = 0; i < found->count; i++) {
        if (!str_eq(job->places[i].output, found->outputs[i]))
            return false;
    }
    return true;
}

bool issue_asked(struct front *front, struct job *job, const struct wire_ask *found,
                 struct str canonical)
{
    if (!agrees(job, found))
        return false;
    if (job->place_count == 0)
        keep_found(job, found, canonical);
    if (!job_waits(job) && !job->canary) {
        grant(front, job);
        return true;
    }
    if (job->op == OP_REVISE) {
        revise(front, job);
        grant(front, job);
        return true;
    }
    for (size_t i = 0; i < job->place_count; i++) {
        if (!found->wanted[i] || job->places[i].state != PLACE_OPEN)
            continue;
        if (front->clerk && !job->canary)
            place_begin(front, job, i);
        else
            job->places[i].state = PLACE_GRANTED;
    }
    grant(front, job);
    return true;
}

/* ---- what the renderer made */

/* The digest is of the bytes that came, and worked out once. */
static struct str digested(struct arena *arena, const uint8_t sha256[32], struct str rest)
{
    return str_printf(arena, ",\"sha256\":\"%.*s\"%.*s", STR_ARG(hex_text(arena, sha256, 32)),
                      STR_ARG(rest));
}

/* The bytes are whole. */
static void give_seal(struct front *front, struct job *job, struct errand *errand)
{
    struct str rest;

    sha256(errand->made.pdf, errand->made.sha256);
    rest = digested(errand->arena, errand->made.sha256, buf_view(&errand->rest));
    buf_clear(&errand->rest);
    buf_str(&errand->rest, rest);
    issue_give(front, job, errand);
}

/* Of a paper copy nobody but who asked may have the original; an electronic paper is there for
 * whoever asks next. */
void issue_stamped(struct front *front, struct errand *errand)
{
    struct job *job = errand->owner;

    job->errands--;
    if (job_waits(job) || job->op != OP_ISSUE) {
        give_seal(front, job, errand);
        return;
    }
    issue_void(front, job, errand->paper, "CLIENT_GONE");
    job->places[errand->place].paper = 0;
    errand_free(errand);
    job_settle(front, job);
}

static void seal(struct front *front, struct job *job, size_t n, const struct answer_line *cut,
                 struct str body)
{
    struct errand *errand = issue_errand(job, ERRAND_SEAL, n);
    struct arena *arena = errand->arena;

    errand->record = job->record;
    buf_str(&errand->front, cut->front);
    buf_str(&errand->pdf, body);
    errand->paper = job->places[n].paper;
    errand->made = (struct registry_made){
        .record = &errand->record,
        .pdf = buf_view(&errand->pdf),
        .pages = (long)cut->pages,
        .layout = str_copy(arena, cut->layout),
        .release = STR(RELEASE),
        .fonts = str_copy(arena, cut->fonts),
        .code = str_copy(arena, cut->verify_code),
    };
    buf_str(&errand->rest, cut->rest);
    job->places[n].state = PLACE_SEALING;
    if (!stamps_add(front, job, errand))
        give_seal(front, job, errand);
}

static void say_made(struct front *front, struct job *job, struct place *place,
                     const struct answer_line *cut, struct str body, enum err_code code)
{
    struct answer answer = {.front = cut->front,
                            .rest = cut->rest,
                            .name = cut->name,
                            .body = body,
                            .ok = cut->ok,
                            .code = code,
                            .rule = cut->rule};
    uint8_t sum[32];

    if (body.n && job_waits(job)) {
        sha256(body, sum);
        answer.rest = digested(front->arena, sum, cut->rest);
    }
    say(front, job, place, &answer);
}

bool issue_made(struct front *front, struct job *job, const struct answer_line *cut,
                struct str body)
{
    enum err_code code = ERR_NONE;
    struct place *place;

    if (job->place_count == 0)
        keep_nothing(job);
    if (cut->n >= job->place_count)
        return false;
    place = &job->places[cut->n];
    if (cut->ok && job->op != OP_VERIFY && place->state != PLACE_GRANTED)
        return false;
    if (cut->ok && job->op != OP_VERIFY)
        front->answered_at = front->loop.now;
    if (!cut->ok && !err_find(cut->code, &code))
        code = INTERNAL;
    if (job->canary)
        canary_answered(front, code);
    if (place->state == PLACE_SEALING) /* made by the renderer before this one */
        return true;
    if (cut->ok && place->paper && job_waits(job)) {
        seal(front, job, (size_t)cut->n, cut, body);
        return true;
    }
    place_give_back(front, job, place, cut->ok ? "CLIENT_GONE" : err_info(code)->name);
    /* a request that failed as a whole has one answer */
    if (!cut->ok && place->output.n == 0)
        job->place_count = 1;
    say_made(front, job, place, cut, body, code);
    return true;
}

/* What it has not said it will not say. */
void issue_over(struct front *front, struct job *job)
{
    struct err err;

    for (size_t i = 0; i < job->place_count && job->op != OP_REVISE; i++) {
        struct place *place = &job->places[i];

        if (place->state == PLACE_SAID || place->state == PLACE_SEALING)
            continue;
        place_give_back(front, job, place, "RENDERER_LOST");
        if (!job_waits(job))
            continue;
        err_init(&err, front->arena);
        err_add(&err, INTERNAL, where_none(), "打印进程没有作出该单证",
                "the renderer did not make this paper");
        say_fault(front, job, place, &err);
    }
}

/* The renderer need not make what it asked about and was not told to make yet. */
void issue_abandon(struct front *front, struct job *job)
{
    if (!job->running || job->work.ready || !job->record.canonical.n)
        return;
    for (size_t i = 0; i < job->place_count; i++)
        job->begins -= place_waits(&job->places[i]);
    places_drop(front, job, "CLIENT_GONE");
    grant(front, job);
}

/* ---- what comes back from the registry */

static void begun(struct front *front, struct job *job, struct errand *errand)
{
    struct place *place = &job->places[errand->place];
    bool mine = errand->attempt == job->attempt && job->running && job_waits(job);

    job->begins -= errand->attempt == job->attempt;
    if (!mine) {
        if (errand->ok && errand->found.state == REGISTRY_BEGUN)
            issue_void(front, job, errand->found.id, "CLIENT_GONE");
        return;
    }
    if (errand->ok && errand->found.state == REGISTRY_BEGUN) {
        place_begun(front, job, place, &errand->found);
    } else if (!errand->ok && err_fault(&errand->err)->code == PAPER_IN_PROGRESS) {
        place_busy(front, job, place);
    } else if (place->state == PLACE_OPEN) {
        if (errand->ok)
            say_again(front, job, place, errand);
        else
            say_fault(front, job, place, &errand->err);
    }
    if (job_waits(job))
        places_ask(front, job);
}

static void sealed(struct front *front, struct job *job, struct errand *errand)
{
    struct place *place = &job->places[errand->place];

    if (!errand->ok) {
        issue_void(front, job, errand->paper, err_info(err_fault(&errand->err)->code)->name);
        place->paper = 0;
        if (job_waits(job))
            say_fault(front, job, place, &errand->err);
        return;
    }
    if (!job_waits(job))
        return;
    errand->rest.n -= errand->rest.n > 0; /* the brace */
    add_form(&errand->rest, &errand->found);
    buf_byte(&errand->rest, '}');
    say(front, job, place,
        &(struct answer){.front = buf_view(&errand->front),
                         .rest = buf_view(&errand->rest),
                         .name = registry_name(front->arena, &errand->found),
                         .body = buf_view(&errand->pdf),
                         .own = &errand->pdf,
                         .ok = true,
                         .paper = errand->paper});
}

static void came_back(struct front *front, struct errand *errand)
{
    struct job *job = errand->owner;

    if (!job)
        return;
    if (errand->kind == ERRAND_BEGIN)
        begun(front, job, errand);
    else if (errand->kind == ERRAND_SEAL)
        sealed(front, job, errand);
    else
        number_back(front, job, errand);
    job->errands--;
    job->lasting -= (LASTING >> errand->kind) & 1;
    if (errand->kind == ERRAND_BEGIN && errand->attempt == job->attempt)
        grant(front, job);
    job_settle(front, job);
}

void issue_back(struct front *front, struct errand *errand)
{
    came_back(front, errand);
    errand_free(errand);
}

void issue_collect(struct front *front)
{
    struct errand *errand = clerk_take(front->clerk), *next;

    for (; errand; errand = next) {
        next = errand->next;
        arena_reset(front->arena);
        issue_back(front, errand);
    }
}
