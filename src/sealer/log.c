/* log.c: the log of seals. Entries that are not committed yet lie in `fresh`, which is the file
 * from `end` on; the index finds both by their place in the file. */
#include "sealer/log.h"

#include "base/buf.h"
#include "digest/digest.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    DIGEST = 32,
    AT_CHAIN = 8,
    AT_RECORD = AT_CHAIN + DIGEST,
    AT_SEAL = AT_RECORD + DIGEST,
    BODY_MOST = AT_SEAL + SEAL_MOST,
    ENTRY_MOST = 4 + BODY_MOST + DIGEST,
    KEY = 16,
    CHUNK = 1 << 20,
    FRESH_MOST = LOG_ROUND_MOST * ENTRY_MOST,
};

static const char head[] = "danzheng-seal-log/1\n";

/* at: place of an entry in the file; 0: empty */
struct slot {
    uint8_t key[KEY];
    uint64_t at;
};

struct seal_log {
    int fd;
    const char *path;
    uint64_t end, entries, fresh_entries;
    uint8_t chain[DIGEST], chain_committed[DIGEST];
    struct buf fresh;
    struct slot *slots;
    size_t room, used; /* room is a power of two */
    size_t *added;     /* slots taken since the last commit */
    size_t added_count;
    bool (*each)(void *, const struct log_entry *); /* of who only looks; NULL: the index */
    void *user;
    bool enough;
};

static bool io_fault(const char *path, int why, struct err *err)
{
    err_add(err, FILE_WRITE, where_file(path, 0, 0), "封签日志写不进去：%s",
            "the log of seals cannot be written: %s", strerror(why));
    err_hint(err, "check the space left (df -h) and the disk; nothing was issued");
    return false;
}

/* ---- the index */

/* kind 0: of the record itself */
static void key_of(struct str number, int version, int kind, uint8_t key[KEY])
{
    uint8_t text[SEAL_NUMBER_MOST + 4] = {0}, sum[DIGEST];
    size_t n = number.n <= SEAL_NUMBER_MOST ? number.n : SEAL_NUMBER_MOST;

    memcpy(text, number.p, n);
    text[SEAL_NUMBER_MOST] = (uint8_t)(version >> 8);
    text[SEAL_NUMBER_MOST + 1] = (uint8_t)version;
    text[SEAL_NUMBER_MOST + 2] = (uint8_t)kind;
    sha256((struct str){(const char *)text, sizeof text}, sum);
    memcpy(key, sum, KEY);
}

static size_t slot_of(const struct seal_log *log, const uint8_t key[KEY])
{
    size_t at;

    memcpy(&at, key, sizeof at);
    for (at &= log->room - 1; log->slots[at].at; at = (at + 1) & (log->room - 1))
        if (memcmp(log->slots[at].key, key, KEY) == 0)
            break;
    return at;
}

static bool slots_grow(struct seal_log *log, size_t least)
{
    size_t was = log->room, room = was ? was : 1 << 12;
    struct slot *old = log->slots;

    while (room / 2 < least)
        room *= 2;
    if (room == was)
        return true;
    log->slots = calloc(room, sizeof *log->slots);
    if (!log->slots) {
        log->slots = old;
        return false;
    }
    log->room = room;
    for (size_t i = 0; i < was; i++)
        if (old[i].at)
            log->slots[slot_of(log, old[i].key)] = old[i];
    free(old);
    return true;
}

static void slot_take(struct seal_log *log, const uint8_t key[KEY], uint64_t place)
{
    size_t at = slot_of(log, key);

    if (log->slots[at].at)
        return; /* the first one counts */
    memcpy(log->slots[at].key, key, KEY);
    log->slots[at].at = place;
    log->used++;
    if (log->added)
        log->added[log->added_count++] = at;
}

static void index_entry(struct seal_log *log, const struct seal_fields *fields, uint64_t place)
{
    uint8_t key[KEY];

    key_of(fields->number, fields->version, fields->kind, key);
    slot_take(log, key, place);
    key_of(fields->number, fields->version, 0, key);
    slot_take(log, key, place);
}

/* ---- entries */

static uint64_t number_at(const uint8_t *p, int bytes)
{
    uint64_t value = 0;

    for (int i = 0; i < bytes; i++)
        value = value << 8 | p[i];
    return value;
}

static size_t body_size(const uint8_t *p)
{
    return (size_t)number_at(p + 2, 2);
}

/* The seal of a body may be forged for all the log knows; but it must be one. */
static bool body_seal(const uint8_t *body, size_t n, struct seal_fields *fields)
{
    return seal_parse((struct str){(const char *)body + AT_SEAL, n - AT_SEAL}, fields) ==
           SEAL_GOOD;
}

/* The entry at the bytes' front, if it is whole and follows the chain. */
static bool entry_good(const uint8_t *p, size_t n, uint64_t sequence,
                       const uint8_t chain[DIGEST], size_t *size, struct seal_fields *fields)
{
    size_t body = n >= 4 ? body_size(p) : 0;
    uint8_t sum[DIGEST];

    if (body <= AT_SEAL || body > BODY_MOST || n < 4 + body + DIGEST)
        return false;
    sha256((struct str){(const char *)p, 4 + body}, sum);
    *size = 4 + body + DIGEST;
    return memcmp(sum, p + 4 + body, DIGEST) == 0 && number_at(p + 4, 8) == sequence &&
           memcmp(p + 4 + AT_CHAIN, chain, DIGEST) == 0 && body_seal(p + 4, body, fields);
}

static void entry_copy(const uint8_t *p, size_t body, struct log_entry *out)
{
    memcpy(out->record, p + 4 + AT_RECORD, DIGEST);
    out->seal_bytes = body - AT_SEAL;
    memcpy(out->seal, p + 4 + AT_SEAL, out->seal_bytes);
}

static bool entry_read(const struct seal_log *log, uint64_t place, struct log_entry *out)
{
    uint8_t room[ENTRY_MOST];
    const uint8_t *p = room;
    size_t body;

    if (place >= log->end)
        p = (const uint8_t *)log->fresh.p + (place - log->end);
    else if (pread(log->fd, room, sizeof room, (off_t)place) < 4)
        return false;
    body = body_size(p);
    if (body <= AT_SEAL || body > BODY_MOST)
        return false;
    entry_copy(p, body, out);
    return true;
}

static bool entry_find(const struct seal_log *log, struct str number, int version, int kind,
                       struct log_entry *out)
{
    uint8_t key[KEY];
    size_t at;

    key_of(number, version, kind, key);
    at = slot_of(log, key);
    return log->slots[at].at && entry_read(log, log->slots[at].at, out);
}

bool log_find(const struct seal_log *log, struct str number, int version, int kind,
              struct log_entry *out)
{
    return entry_find(log, number, version, kind, out);
}

bool log_record(const struct seal_log *log, struct str number, int version, uint8_t record[32])
{
    struct log_entry entry;

    if (!entry_find(log, number, version, 0, &entry))
        return false;
    memcpy(record, entry.record, DIGEST);
    return true;
}

static void put_number(uint8_t *p, uint64_t value, int bytes)
{
    for (int i = 0; i < bytes; i++)
        p[i] = (uint8_t)(value >> (8 * (bytes - 1 - i)));
}

void log_add(struct seal_log *log, const struct seal_fields *fields, const uint8_t record[32],
             struct str seal)
{
    uint64_t place = log->end + log->fresh.n;
    size_t body = AT_SEAL + seal.n;
    uint8_t *p = (uint8_t *)buf_room(&log->fresh, 4 + body + DIGEST);

    if (!p)
        return; /* log_commit says so */
    put_number(p, log->fresh_entries, 2);
    put_number(p + 2, body, 2);
    put_number(p + 4, log->entries + ++log->fresh_entries, 8);
    memcpy(p + 4 + AT_CHAIN, log->chain, DIGEST);
    memcpy(p + 4 + AT_RECORD, record, DIGEST);
    memcpy(p + 4 + AT_SEAL, seal.p, seal.n);
    sha256((struct str){(const char *)p, 4 + body}, log->chain);
    memcpy(p + 4 + body, log->chain, DIGEST);
    index_entry(log, fields, place);
}

/* ---- committing */

static int write_all(int fd, struct str bytes)
{
    for (size_t at = 0; at < bytes.n;) {
        ssize_t n = write(fd, bytes.p + at, bytes.n - at);

        if (n > 0)
            at += (size_t)n;
        else if (n == 0 || errno != EINTR)
            return n == 0 ? EIO : errno;
    }
    return 0;
}

/* Slots are given back from the last, so that no chain of probes is broken. */
static void forget(struct seal_log *log)
{
    while (log->added_count > 0) {
        log->slots[log->added[--log->added_count]].at = 0;
        log->used--;
    }
    log->fresh_entries = 0;
    buf_clear(&log->fresh);
    memcpy(log->chain, log->chain_committed, DIGEST);
}

bool log_commit(struct seal_log *log, bool *broken, struct err *err)
{
    int why = log->fresh.failed ? ENOMEM : 0;

    *broken = false;
    if (!log->fresh.n && !why)
        return true;
    if (!why)
        why = write_all(log->fd, buf_view(&log->fresh));
    if (why) {
        if (ftruncate(log->fd, (off_t)log->end) != 0)
            *broken = true;
    } else if (fdatasync(log->fd) != 0) {
        why = errno;
        *broken = true;
    }
    if (why) {
        forget(log);
        return io_fault(log->path, why, err);
    }
    log->end += log->fresh.n;
    log->entries += log->fresh_entries;
    log->fresh_entries = log->added_count = 0;
    memcpy(log->chain_committed, log->chain, DIGEST);
    buf_clear(&log->fresh);
    if (!slots_grow(log, log->used + 2 * LOG_ROUND_MOST)) {
        *broken = true; /* all is on disk, but no more can be found */
        return io_fault(log->path, ENOMEM, err);
    }
    return true;
}

/* ---- opening */

static bool log_fault(const struct seal_log *log, struct err *err)
{
    err_add(err, SEAL_LOG_FAULT, where_file(log->path, 0, 0),
            "封签日志在第 %llu 条之后（第 %llu 字节）被改动或损坏",
            "the log of seals is changed or damaged behind entry %llu (byte %llu)",
            (unsigned long long)log->entries, (unsigned long long)log->end);
    err_hint(err,
             "restore the log from a copy; never remove it, it is the proof of every seal");
    return false;
}

/* Is there a whole entry anywhere in the rest that does not stand behind the wanted one in its
 * round? Another round was begun when all before it was on disk: so this is damage. */
static bool any_entry(const uint8_t *p, size_t n, uint64_t wanted)
{
    for (size_t at = 0; at + 4 + AT_SEAL + DIGEST <= n; at++) {
        size_t body = body_size(p + at), size;
        uint64_t sequence = number_at(p + at + 4, 8), before = number_at(p + at, 2);
        struct seal_fields fields;

        if (body <= AT_SEAL || body > BODY_MOST)
            continue;
        if (entry_good(p + at, n - at, sequence, p + at + 4 + AT_CHAIN, &size, &fields) &&
            (sequence <= wanted || sequence - before > wanted))
            return true;
    }
    return false;
}

/* False: no memory. */
static bool entry_take(struct seal_log *log, const uint8_t *p, const struct seal_fields *fields)
{
    struct log_entry entry;

    if (!log->each) {
        if (!slots_grow(log, log->used + 4))
            return false;
        index_entry(log, fields, log->end);
        return true;
    }
    entry_copy(p, body_size(p), &entry);
    log->enough = !log->each(log->user, &entry);
    return true;
}

/* One chunk of whole entries; *used: how many bytes of it they take. */
static bool chunk_take(struct seal_log *log, const uint8_t *p, size_t n, size_t *used)
{
    *used = 0;
    while (!log->enough) {
        struct seal_fields fields;
        size_t size;

        if (!entry_good(p + *used, n - *used, log->entries + 1, log->chain, &size, &fields))
            return true;
        if (!entry_take(log, p + *used, &fields))
            return false;
        memcpy(log->chain, p + *used + size - DIGEST, DIGEST);
        log->entries++;
        log->end += size;
        *used += size;
    }
    return true;
}

/* What follows the last whole entry is shorter than a chunk, or it is no torn end. */
static bool entries_take(struct seal_log *log, size_t *cut, struct err *err)
{
    uint8_t *chunk = malloc(CHUNK);
    bool ok = chunk != NULL;
    ssize_t n = 0;
    size_t used = 1;

    while (ok && used > 0 && !log->enough) {
        n = pread(log->fd, chunk, CHUNK, (off_t)log->end);
        ok = n >= 0 && chunk_take(log, chunk, (size_t)n, &used);
    }
    if (!ok)
        io_fault(log->path, errno, err);
    else if (!log->enough &&
             (n == CHUNK || (n > 0 && any_entry(chunk, (size_t)n, log->entries + 1))))
        ok = log_fault(log, err);
    free(chunk);
    *cut = ok ? (size_t)n : 0;
    return ok;
}

static bool lock(struct seal_log *log, struct err *err)
{
    struct flock whole = {.l_type = F_WRLCK, .l_whence = SEEK_SET};

    if (fcntl(log->fd, F_SETLK, &whole) == 0)
        return true;
    return err_add(err, SEALER_BUSY, where_file(log->path, 0, 0),
                   "另一个签章进程正在使用此日志", "another sealer uses this log");
}

static bool head_read(struct seal_log *log, struct err *err)
{
    char first[sizeof head] = "";

    if (pread(log->fd, first, sizeof head - 1, 0) != sizeof head - 1 ||
        memcmp(first, head, sizeof head - 1) != 0)
        return log_fault(log, err);
    log->end = sizeof head - 1;
    sha256((struct str){head, sizeof head - 1}, log->chain);
    return true;
}

/* The head itself may have been torn. */
static bool start(struct seal_log *log, struct err *err)
{
    char first[sizeof head] = "";
    struct stat info;

    if (!lock(log, err))
        return false;
    if (fstat(log->fd, &info) != 0)
        return io_fault(log->path, errno, err);
    if ((size_t)info.st_size < sizeof head - 1) {
        if (pread(log->fd, first, (size_t)info.st_size, 0) != info.st_size ||
            memcmp(first, head, (size_t)info.st_size) != 0)
            return log_fault(log, err);
        if (ftruncate(log->fd, 0) != 0 ||
            write_all(log->fd, (struct str){head, sizeof head - 1}) != 0 || fsync(log->fd) != 0)
            return io_fault(log->path, errno, err);
    }
    return head_read(log, err);
}

/* The log's name is on the disk, or an errno. */
static int sync_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    char *folder = slash ? strndup(path, (size_t)(slash - path) + 1) : strdup(".");
    int fd = folder ? open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
    int why = fd < 0 || fsync(fd) != 0 ? errno : 0;

    if (fd >= 0)
        close(fd);
    free(folder);
    return why;
}

bool log_open(const char *path, struct seal_log **out, size_t *cut, struct err *err)
{
    int why;
    struct seal_log *log = calloc(1, sizeof *log);
    bool ok;

    if (!log)
        return io_fault(path, ENOMEM, err);
    log->path = path;
    buf_init(&log->fresh, FRESH_MOST);
    log->fd = open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (log->fd < 0) {
        free(log);
        return io_fault(path, errno, err);
    }
    why = sync_name(path);
    ok = why ? io_fault(path, why, err) : start(log, err);
    if (ok && !slots_grow(log, 2 * LOG_ROUND_MOST))
        ok = io_fault(path, ENOMEM, err);
    ok = ok && entries_take(log, cut, err);
    if (ok && *cut && (ftruncate(log->fd, (off_t)log->end) != 0 || fsync(log->fd) != 0))
        ok = io_fault(path, errno, err);
    memcpy(log->chain_committed, log->chain, DIGEST);
    if (ok && (!slots_grow(log, log->used + 2 * LOG_ROUND_MOST) ||
               !(log->added = calloc(2 * LOG_ROUND_MOST, sizeof *log->added))))
        ok = io_fault(path, ENOMEM, err);
    if (!ok) {
        log_close(log);
        return false;
    }
    *out = log;
    return true;
}

bool log_read(const char *path, bool (*each)(void *, const struct log_entry *), void *user,
              struct err *err)
{
    struct seal_log log = {.path = path, .each = each, .user = user};
    size_t cut;
    bool ok;

    log.fd = open(path, O_RDONLY | O_CLOEXEC);
    if (log.fd < 0) {
        err_add(err, FILE_READ, where_file(path, 0, 0), "无法读取“%s”：%s",
                "cannot read '%s': %s", path, strerror(errno));
        err_hint(err, "who verifies by the log needs to read it; it is the sealer's own");
        return false;
    }
    ok = head_read(&log, err) && entries_take(&log, &cut, err);
    close(log.fd);
    return ok;
}

void log_close(struct seal_log *log)
{
    if (!log)
        return;
    close(log->fd);
    buf_release(&log->fresh);
    free(log->slots);
    free(log->added);
    free(log);
}

uint64_t log_entries(const struct seal_log *log)
{
    return log->entries;
}
