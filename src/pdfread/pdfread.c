/* pdfread.c: the file's own form, and the child that looks inside. The child answers part by
 * part: a byte that says which, four bytes of length (its own order), the bytes. */
#include "pdfread/pdfread.h"

#include "base/utf8.h"
#include "confine/confine.h"
#include "pdfread/pdfread-internal.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>

enum {
    RECORD_MOST = 16 << 20,
    ANSWER_MOST = RECORD_MOST + (1 << 20),
    MEMORY_MOST = 1 << 30,
    SECONDS_MOST = 20,
    HEAD = 5, /* before a part's bytes */
};

/* ---- one revision, and nothing behind it */

/* How many lines begin with the word. */
static size_t lines_with(struct str file, struct str word)
{
    size_t count = 0, at = 0;

    while (at < file.n) {
        const char *end = memchr(file.p + at, word.p[0], file.n - at);

        if (!end)
            return count;
        at = (size_t)(end - file.p);
        if ((at == 0 || file.p[at - 1] == '\n' || file.p[at - 1] == '\r') &&
            str_starts((struct str){file.p + at, file.n - at}, word))
            count++;
        at++;
    }
    return count;
}

/* "startxref", where the cross-references begin, "%%EOF", and that is all. */
static bool ends_well(struct str file)
{
    struct str end = STR("\n%%EOF\n"), start = STR("\nstartxref\n");
    size_t digits = 0;

    if (!str_ends(file, end))
        return false;
    file.n -= end.n;
    while (digits < 10 && digits < file.n && file.p[file.n - 1] >= '0' &&
           file.p[file.n - 1] <= '9') {
        file.n--;
        digits++;
    }
    return digits > 0 && str_ends(file, start);
}

static void check_form(struct arena *arena, struct str file, struct pdfread *out)
{
    size_t starts = lines_with(file, STR("startxref"));
    size_t ends = lines_with(file, STR("%%EOF"));

    if (starts > 1 || ends > 1) {
        out->fault_zh = STR("文件被追加过内容：应只有一个版本。");
        out->fault_en = str_printf(
            arena, "Something was appended: there are %zu revisions, where one must be.",
            starts > ends ? starts : ends);
    } else if (!ends_well(file)) {
        out->fault_zh = STR("文件的结尾残缺，或其后另有内容。");
        out->fault_en = STR("Its end is cut off, or something follows it.");
    }
}

/* ---- in the child */

bool part_found(struct finder *finder, enum part part, struct str bytes)
{
    char head[HEAD] = {(char)part};
    uint32_t length = (uint32_t)bytes.n;

    if (bytes.n > RECORD_MOST)
        return part_fault(finder, "a part is too long");
    if (finder->found[part])
        return part_fault(finder, "a part is there twice");
    finder->found[part] = true;
    memcpy(head + 1, &length, sizeof length);
    return confine_write(finder->answer, head, sizeof head) &&
           confine_write(finder->answer, bytes.p, bytes.n);
}

bool part_fault(struct finder *finder, const char *text)
{
    finder->faulty = true;
    if (!finder->found[PART_FAULT])
        (void)part_found(finder, PART_FAULT, str_from(text));
    return false;
}

static bool look_inside(void *user, int answer)
{
    const struct str *file = user;
    struct finder finder = {.answer = answer};

    return objects_find(&finder, *file) || finder.faulty;
}

/* ---- what the child said */

/* What is shown on a terminal later: no controls, nothing that is read the other way round. */
static bool is_value(struct str text, bool han)
{
    for (size_t at = 0; at < text.n;) {
        uint32_t code = utf8_next(text, &at);

        if (!(code >= ' ' && code <= '~') && !(han && code >= 0x4E00 && code <= 0x9FFF))
            return false;
    }
    return true;
}

/* A sentence of qpdf's, which may quote the file. */
static struct str shown(struct arena *arena, struct str text)
{
    char *clean;

    text.n = text.n < FAULT_MOST ? text.n : FAULT_MOST;
    clean = arena_text(arena, text.p, text.n);
    for (size_t i = 0; i < text.n; i++)
        if (clean[i] < ' ' || clean[i] > '~')
            clean[i] = '?';
    return (struct str){clean, text.n};
}

static bool part_well(enum part part, struct str bytes)
{
    if (part == PART_RECORD)
        return bytes.n <= RECORD_MOST;
    if (part == PART_SEAL)
        return bytes.n <= SEAL_MOST;
    return bytes.n <= VALUE_MOST && is_value(bytes, part == PART_COPY);
}

static void keep_fault(struct pdfread *out, struct str zh, struct str en)
{
    if (out->fault_en.n)
        return;
    out->fault_zh = zh;
    out->fault_en = en;
}

static void take_part(struct arena *arena, enum part part, struct str bytes,
                      struct pdfread *out, struct str *producer)
{
    struct str *const places[PARTS] = {
        [PART_RECORD] = &out->record,
        [PART_SEAL] = &out->seal,
        [PART_OUTPUT] = &out->output,
        [PART_PROFILE] = &out->profile,
        [PART_LAYOUT] = &out->layout,
        [PART_RELEASE] = &out->release,
        [PART_PRINTED_AT] = &out->printed_at,
        [PART_COPY] = &out->copy,
        [PART_DPI] = &out->dpi,
        [PART_OTHER] = &out->other,
        [PART_PRODUCER] = producer,
    };

    if (part == PART_FAULT)
        keep_fault(
            out, STR("PDF 的内容有损。"),
            str_printf(arena, "The PDF is damaged: %.*s.", STR_ARG(shown(arena, bytes))));
    else if (part_well(part, bytes))
        *places[part] = str_copy(arena, bytes);
    else
        keep_fault(out, STR("文件所附的内容或打印参数不合规。"),
                   STR("A part of it is too long, or has other characters than it may."));
}

/* The release stands twice, so that no single slip makes it another. */
static void check_release(struct arena *arena, struct str producer, struct pdfread *out)
{
    if (out->release.n &&
        !str_eq(producer, str_printf(arena, "danzheng %.*s", STR_ARG(out->release))))
        keep_fault(out, STR("文件所载的版本前后不一。"),
                   STR("It names two releases that made it."));
}

static bool take_parts(struct arena *arena, struct str answer, struct pdfread *out)
{
    struct str producer = STR_NONE;

    while (answer.n > 0) {
        uint32_t length;
        unsigned part;

        if (answer.n < HEAD)
            return false;
        part = (unsigned char)answer.p[0];
        memcpy(&length, answer.p + 1, sizeof length);
        answer = (struct str){answer.p + HEAD, answer.n - HEAD};
        if (part >= PARTS || length > answer.n)
            return false;
        take_part(arena, (enum part)part, (struct str){answer.p, length}, out, &producer);
        answer = (struct str){answer.p + length, answer.n - length};
    }
    check_release(arena, producer, out);
    return true;
}

static bool too_much(struct err *err)
{
    err_add(err, PDF_TOO_MUCH, where_none(), "读取该 PDF 所需的时间或内存超过允许的份额",
            "reading this PDF takes more time or memory than it may");
    err_hint(err, "no paper of this program does; ask whoever sent the file for the original");
    return false;
}

bool pdf_read(struct arena *arena, struct str file, struct pdfread *out, struct err *err)
{
    static const struct confine share = {.memory = MEMORY_MOST, .seconds = SECONDS_MOST};
    struct pdfread found = {0};
    enum confined ended;
    struct buf answer;
    bool well;

    if (!str_starts(file, STR("%PDF-")))
        return err_add(err, FILE_UNKNOWN, where_none(), "该文件不是 PDF", "this is no PDF");
    if (file.n > PDFREAD_BYTES_MOST)
        return too_much(err);
    check_form(arena, file, &found);
    buf_init(&answer, ANSWER_MOST);
    ended = confine_run(&share, look_inside, &file, &answer);
    if (ended == CONFINED_NOT_RUN) {
        buf_release(&answer);
        return err_add(err, INTERNAL, where_none(), "无法建立子进程：%s",
                       "no process for reading the file: %s", strerror(errno));
    }
    well = ended == CONFINED_WELL && take_parts(arena, buf_view(&answer), &found);
    buf_release(&answer);
    if (!well)
        return too_much(err);
    *out = found;
    return true;
}
