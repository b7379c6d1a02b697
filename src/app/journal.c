/* journal.c: entries appended; those of before are read along with the input. */
#define _DEFAULT_SOURCE /* flock */
#include "app/journal.h"

#include "app/lines.h"
#include "deliver/deliver.h"
#include "digest/digest.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { ENTRY_MOST = 1 << 27, TRIES = 50, TRY_MS = 100 };

static const char title[] = "danzheng-batch/1 ";

struct journal {
    const char *path;
    int fd;
    bool reading; /* there may be entries of before */
    struct lines before;
    struct arena *arena; /* of the entry that was read and not asked for yet */
    struct journal_entry *next;
    off_t end, read; /* of what is synced; of the entries read */
    struct buf waiting, text;
};

static bool cannot(struct err *err, const char *path, int why)
{
    err_add(err, FILE_WRITE, where_file(path, 0, 0), "批次日志不可用：%s",
            "the journal of the batch cannot be used: %s", strerror(why));
    err_hint(err, "check the folder, its permissions and the space left (df -h)");
    return false;
}

/* One that was killed is gone soon. */
static bool lock(const struct journal *journal, struct err *err)
{
    const struct timespec pause = {0, TRY_MS * 1000000L};

    for (int i = 0; i < TRIES; i++) {
        if (flock(journal->fd, LOCK_EX | LOCK_NB) == 0)
            return true;
        if (errno != EWOULDBLOCK && errno != EINTR)
            return cannot(err, journal->path, errno);
        nanosleep(&pause, NULL);
    }
    err_add(err, BATCH_RUNNING, where_file(journal->path, 0, 0), "另一批次正在写入该文件夹",
            "another batch writes to this folder");
    err_hint(err, "wait for its end, or name another folder");
    return false;
}

/* ---- entries of before */

static struct str next_line(struct journal *journal)
{
    struct str line = STR_NONE;

    if (lines_next(&journal->before, &line) != LINES_LINE)
        return STR_NONE;
    return line;
}

static long long number_of(struct str *rest)
{
    struct str word = str_word(rest);
    char digits[24];

    if (word.n == 0 || word.n >= sizeof digits)
        return -1;
    memcpy(digits, word.p, word.n);
    digits[word.n] = '\0';
    return (long long)strtoull(digits, NULL, 10);
}

static struct str word_of(struct arena *arena, struct str *rest)
{
    struct str word = str_word(rest);

    return str_is(word, "-") ? STR_NONE : str_copy(arena, word);
}

static struct journal_file *file_of(struct arena *arena, struct str rest)
{
    struct journal_file *file = NEW(arena, struct journal_file);

    file->output = word_of(arena, &rest);
    file->sha256 = word_of(arena, &rest);
    file->pages = (size_t)number_of(&rest);
    file->bytes = (size_t)number_of(&rest);
    file->faces = (uint64_t)number_of(&rest);
    file->paper = number_of(&rest);
    file->path = str_copy(arena, str_trim(rest));
    return file;
}

static struct journal_entry *entry_of(struct arena *arena, struct str rest)
{
    struct journal_entry *entry = NEW(arena, struct journal_entry);

    entry->seq = (long)number_of(&rest);
    entry->line = word_of(arena, &rest);
    entry->documents = (long)number_of(&rest);
    entry->failed = (long)number_of(&rest);
    entry->received_at = word_of(arena, &rest);
    entry->digest = word_of(arena, &rest);
    entry->record = word_of(arena, &rest);
    return entry;
}

/* The next whole entry; NULL: there is none. journal.end is behind it. */
static struct journal_entry *read_entry(struct journal *journal, struct arena *arena)
{
    struct buf *text = &journal->text;
    struct journal_entry *entry = NULL;
    struct journal_file **last = NULL;
    struct str line, rest;

    buf_clear(text);
    while ((line = next_line(journal)).n > 0) {
        if (str_starts(line, STR("end "))) {
            struct str sum = sha256_hex(arena, buf_view(text));
            bool whole = entry && str_eq(sum, (struct str){line.p + 4, line.n - 4});

            if (!whole)
                return NULL;
            journal->read += (off_t)(text->n + line.n + 1);
            return entry;
        }
        buf_str(text, line);
        buf_byte(text, '\n');
        rest = line;
        str_word(&rest);
        if (!entry && str_starts(line, STR("line "))) {
            entry = entry_of(arena, rest);
            last = &entry->files;
        } else if (entry && str_starts(line, STR("file "))) {
            *last = file_of(arena, rest);
            last = &(*last)->next;
        } else if (entry && str_starts(line, STR("say "))) {
            line = (struct str){line.p + 4, line.n - 4};
            entry->answers =
                str_printf(arena, "%.*s%.*s\n", STR_ARG(entry->answers), STR_ARG(line));
        } else {
            return NULL;
        }
    }
    return NULL;
}

/* Behind the last whole entry; then it is read again from the first. */
static bool find_end(struct journal *journal, off_t start, struct err *err)
{
    journal->read = start;
    while (read_entry(journal, journal->arena))
        arena_reset(journal->arena);
    journal->end = journal->read;
    if (ftruncate(journal->fd, journal->end) != 0 ||
        lseek(journal->fd, start, SEEK_SET) != start)
        return cannot(err, journal->path, errno);
    lines_release(&journal->before);
    lines_init(&journal->before, journal->fd, ENTRY_MOST);
    return true;
}

/* A first line that did not reach the disk is none. */
static bool begin(struct journal *journal, struct str wishes, bool *resumed, struct err *err)
{
    struct str line;
    bool same;

    lines_init(&journal->before, journal->fd, ENTRY_MOST);
    line = next_line(journal);
    *resumed = line.n == sizeof title - 1 + wishes.n && str_starts(line, str_from(title));
    if (!*resumed) {
        buf_printf(&journal->waiting, "%s%.*s\n", title, STR_ARG(wishes));
        return journal_sync(journal, err);
    }
    same = str_ends(line, wishes);
    if (same && find_end(journal, (off_t)line.n + 1, err)) {
        journal->reading = true;
        return true;
    }
    if (same)
        return false;
    err_add(err, BATCH_DIFFERS, where_file(journal->path, 0, 0),
            "该文件夹中有未完成的批次，其选项不同",
            "this folder holds an unfinished batch with other options");
    err_hint(err, "finish it with its options, or remove %s", journal->path);
    return false;
}

static void remove_staged(const char *folder, struct arena *arena)
{
    const size_t n = sizeof STAGE_PREFIX - 1;
    DIR *open = opendir(folder);
    const struct dirent *each;

    while (open && (each = readdir(open)))
        if (strncmp(each->d_name, STAGE_PREFIX, n) == 0)
            unlink(arena_printf(arena, "%s/%s", folder, each->d_name));
    if (open)
        closedir(open);
}

bool journal_open(struct arena *arena, const char *folder, struct str wishes,
                  struct journal **out, bool *resumed, struct err *err)
{
    struct journal *journal = NEW(arena, struct journal);

    journal->path = arena_printf(arena, "%s/.danzheng-batch", folder);
    journal->arena = arena_like(arena);
    buf_init(&journal->waiting, ENTRY_MOST);
    buf_init(&journal->text, ENTRY_MOST);
    lines_init(&journal->before, -1, ENTRY_MOST);
    journal->fd = open(journal->path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    if (journal->fd < 0)
        return cannot(err, journal->path, errno);
    if (!lock(journal, err) || !begin(journal, wishes, resumed, err) ||
        !deliver_sync(folder, err)) {
        journal_close(journal, false);
        return false;
    }
    remove_staged(folder, arena);
    *out = journal;
    return true;
}

/* Entries that were tried again stand behind later ones; theirs are read over. */
const struct journal_entry *journal_find(struct journal *journal, long seq)
{
    while (journal->reading && (!journal->next || journal->next->seq < seq)) {
        arena_reset(journal->arena);
        journal->next = read_entry(journal, journal->arena);
        journal->reading = journal->next != NULL;
    }
    return journal->next && journal->next->seq == seq ? journal->next : NULL;
}

static void put_word(struct buf *out, struct str word)
{
    buf_str(out, word.n ? word : STR("-"));
    buf_byte(out, ' ');
}

static void put_file(struct buf *out, const struct journal_file *file)
{
    buf_text(out, "file ");
    put_word(out, file->output);
    buf_printf(out, "%.*s %zu %zu %llu %lld %.*s\n", STR_ARG(file->sha256), file->pages,
               file->bytes, (unsigned long long)file->faces, (long long)file->paper,
               STR_ARG(file->path));
}

void journal_add(struct journal *journal, const struct journal_entry *entry)
{
    struct buf *text = &journal->text;
    struct str rest = entry->answers;
    uint8_t sum[32];

    buf_clear(text);
    buf_printf(text, "line %ld %.*s %ld %ld ", entry->seq, STR_ARG(entry->line),
               entry->documents, entry->failed);
    put_word(text, entry->received_at);
    put_word(text, entry->digest);
    buf_str(text, entry->record.n ? entry->record : STR("-"));
    buf_byte(text, '\n');
    for (const struct journal_file *file = entry->files; file; file = file->next)
        put_file(text, file);
    while (rest.n) {
        struct str line = str_cut(rest, '\n', &rest);

        buf_printf(text, "say %.*s\n", STR_ARG(line));
    }
    sha256(buf_view(text), sum);
    buf_str(&journal->waiting, buf_view(text));
    buf_text(&journal->waiting, "end ");
    for (size_t i = 0; i < sizeof sum; i++)
        buf_printf(&journal->waiting, "%02x", sum[i]);
    buf_byte(&journal->waiting, '\n');
    journal->waiting.failed = journal->waiting.failed || text->failed;
}

/* 0, or errno. */
static int write_waiting(struct journal *journal)
{
    struct str rest = buf_view(&journal->waiting);
    off_t at = journal->end;

    if (journal->waiting.failed)
        return ENOMEM;
    while (rest.n > 0) {
        ssize_t n = pwrite(journal->fd, rest.p, rest.n, at);

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return errno;
        at += n;
        rest.p += n;
        rest.n -= (size_t)n;
    }
    return fdatasync(journal->fd) == 0 ? 0 : errno;
}

bool journal_sync(struct journal *journal, struct err *err)
{
    int why = write_waiting(journal);

    if (!why)
        journal->end += (off_t)journal->waiting.n;
    else if (ftruncate(journal->fd, journal->end) != 0)
        why = errno;
    buf_clear(&journal->waiting);
    return !why || cannot(err, journal->path, why);
}

void journal_close(struct journal *journal, bool done)
{
    if (!journal)
        return;
    if (done)
        unlink(journal->path);
    close(journal->fd);
    lines_release(&journal->before);
    buf_release(&journal->waiting);
    buf_release(&journal->text);
    arena_free(journal->arena);
}
