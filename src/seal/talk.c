/* talk.c: frames between renderer and sealer, written and read. */
#include "seal/talk.h"

#include <string.h>

enum { TEXT_MOST = 4096 };

struct talk_reader talk_reader(struct str body)
{
    return (struct talk_reader){(const uint8_t *)body.p, body.n, false};
}

static const uint8_t *take(struct talk_reader *reader, size_t n)
{
    const uint8_t *at = reader->p;

    if (reader->bad || n > reader->n) {
        reader->bad = true;
        return NULL;
    }
    reader->p += n;
    reader->n -= n;
    return at;
}

int talk_read_number(struct talk_reader *reader, int bytes)
{
    const uint8_t *at = take(reader, (size_t)bytes);

    if (!at)
        return 0;
    return bytes == 1 ? at[0] : at[0] << 8 | at[1];
}

static struct str read_text(struct talk_reader *reader)
{
    size_t n = (size_t)talk_read_number(reader, 2);
    const uint8_t *at;

    if (n > TEXT_MOST)
        reader->bad = true;
    at = take(reader, n);
    return at ? (struct str){(const char *)at, n} : STR_NONE;
}

static void read_bytes(struct talk_reader *reader, uint8_t *out, size_t n)
{
    const uint8_t *at = take(reader, n);

    if (at)
        memcpy(out, at, n);
}

bool talk_read_hello(struct talk_reader *reader, struct talk_hello *out)
{
    out->protocol = talk_read_number(reader, 1);
    out->most = talk_read_number(reader, 2);
    return !reader->bad && reader->n == 0;
}

bool talk_read_ask(struct talk_reader *reader, struct talk_ask *out)
{
    struct talk_ask ask = {0};
    int flags;

    ask.kind = read_text(reader);
    ask.output = read_text(reader);
    ask.status = read_text(reader);
    ask.number = read_text(reader);
    ask.holder = read_text(reader);
    flags = talk_read_number(reader, 1);
    ask.official = flags & 1;
    ask.version = talk_read_number(reader, 2);
    ask.customs = talk_read_number(reader, 2);
    ask.last_day = talk_read_number(reader, 2);
    ask.lines = talk_read_number(reader, 2);
    if (ask.lines == TALK_NO_LINES)
        ask.lines = -1;
    read_bytes(reader, ask.sha256, sizeof ask.sha256);
    read_bytes(reader, ask.sm3, sizeof ask.sm3);
    if (reader->bad || flags > 1)
        return false;
    *out = ask;
    return true;
}

bool talk_read_answer(struct talk_reader *reader, struct talk_answer *out)
{
    struct talk_answer answer = {0};
    int ok = talk_read_number(reader, 1);

    answer.ok = ok == 1;
    if (answer.ok) {
        answer.logged = talk_read_number(reader, 1) == 1;
        answer.seal = read_text(reader);
    } else {
        answer.code = read_text(reader);
        answer.zh = read_text(reader);
        answer.en = read_text(reader);
        answer.hint = read_text(reader);
    }
    if (reader->bad || ok > 1)
        return false;
    *out = answer;
    return true;
}

/* ---- writing */

void talk_number(struct buf *out, int value, int bytes)
{
    for (int shift = 8 * (bytes - 1); shift >= 0; shift -= 8)
        buf_byte(out, (char)(value >> shift & 255));
}

/* A text that is too long is cut: only sentences can be. */
static void put_text(struct buf *out, struct str text)
{
    size_t n = text.n <= TEXT_MOST ? text.n : TEXT_MOST;

    while (n < text.n && n > 0 && (text.p[n] & 0xC0) == 0x80)
        n--;
    talk_number(out, (int)n, 2);
    buf_add(out, text.p, n);
}

size_t talk_begin(struct buf *out, enum talk_type type)
{
    size_t begin = out->n;

    talk_number(out, 0, 4);
    talk_number(out, (int)type, 1);
    return begin;
}

void talk_end(struct buf *out, size_t begin)
{
    size_t n = out->n - begin - 4;

    for (int i = 0; !out->failed && i < 4; i++)
        out->p[begin + (size_t)i] = (char)(n >> (24 - 8 * i) & 255);
}

void talk_ask(struct buf *out, const struct talk_ask *ask)
{
    put_text(out, ask->kind);
    put_text(out, ask->output);
    put_text(out, ask->status);
    put_text(out, ask->number);
    put_text(out, ask->holder);
    talk_number(out, ask->official, 1);
    talk_number(out, ask->version, 2);
    talk_number(out, ask->customs, 2);
    talk_number(out, ask->last_day, 2);
    talk_number(out, ask->lines < 0 ? TALK_NO_LINES : ask->lines, 2);
    buf_add(out, ask->sha256, sizeof ask->sha256);
    buf_add(out, ask->sm3, sizeof ask->sm3);
}

void talk_answer(struct buf *out, const struct talk_answer *answer)
{
    talk_number(out, answer->ok, 1);
    if (answer->ok) {
        talk_number(out, answer->logged, 1);
        put_text(out, answer->seal);
        return;
    }
    put_text(out, answer->code);
    put_text(out, answer->zh);
    put_text(out, answer->en);
    put_text(out, answer->hint);
}

bool talk_frame(struct str bytes, enum talk_type *type, struct str *body, size_t *used)
{
    const uint8_t *p = (const uint8_t *)bytes.p;
    size_t n;

    *used = 0;
    if (bytes.n < 4)
        return true;
    n = (size_t)p[0] << 24 | (size_t)p[1] << 16 | (size_t)p[2] << 8 | p[3];
    if (n < 1 || n > TALK_FRAME_MOST)
        return false;
    if (bytes.n < 4 + n)
        return true;
    *type = (enum talk_type)p[4];
    *body = (struct str){bytes.p + TALK_HEAD, n - 1};
    *used = 4 + n;
    return true;
}
