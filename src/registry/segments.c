/* segments.c: bytes that are only ever appended. A batch's bytes are synced before its rows are
 * committed, so every row's bytes are there; what a crash leaves behind the last committed byte
 * is dead space that no row points to. Files are numbered from 1; a file's name is its
 * number. */
#include "registry/registry-internal.h"

#include "digest/digest.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { HELD_MOST = 64 << 10 };

#define SEGMENT_PATH "%s/segments/%06lld"

const char *segment_path(struct arena *arena, const char *folder, int64_t id)
{
    return arena_printf(arena, SEGMENT_PATH, folder, (long long)id);
}

static bool segment_fault(struct registry *registry, struct err *err, int64_t id, int why)
{
    const char *path = segment_path(err->arena, registry->folder, id);

    registry->broken = true;
    err_add(err, REGISTRY_FAULT, where_file(path, 0, 0), "登记簿的文件“%s”读写失败：%s",
            "the registry's file '%s' failed: %s", path, strerror(why));
    err_hint(err, "check the space left (df -h) and the permissions");
    return false;
}

bool folder_sync(const char *path)
{
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    bool ok = fd >= 0 && fsync(fd) == 0;
    int why = errno;

    if (fd >= 0)
        close(fd);
    errno = why;
    return ok;
}

/* What another made may not be on the disk yet; where its folder cannot be synced, it stays
 * so. */
int folder_make(const char *path)
{
    const char *slash = strrchr(path, '/');
    char above[PATH_MAX];
    bool made = mkdir(path, 0750) == 0;

    if (!made && errno != EEXIST)
        return errno;
    if (slash == path)
        snprintf(above, sizeof above, "/");
    else
        snprintf(above, sizeof above, "%.*s", slash ? (int)(slash - path) : 1,
                 slash ? path : ".");
    return folder_sync(above) || !made ? 0 : errno;
}

/* Opens the file to append behind whatever is in it. */
static bool segment_open(struct registry *registry, int64_t id, struct err *err)
{
    const char *folder = arena_printf(err->arena, "%s/segments", registry->folder);
    int fd = open(segment_path(err->arena, registry->folder, id),
                  O_WRONLY | O_CREAT | O_CLOEXEC, 0640);
    off_t end = fd < 0 ? -1 : lseek(fd, 0, SEEK_END);

    if (end < 0 || !folder_sync(folder)) {
        int why = errno;

        if (fd >= 0)
            close(fd);
        return segment_fault(registry, err, id, why);
    }
    registry->segment.fd = fd;
    registry->segment.id = id;
    registry->segment.end = end;
    return true;
}

/* A file shorter than what was committed has lost papers. */
static bool segment_whole(struct registry *registry, int64_t id, int64_t length,
                          struct err *err)
{
    const char *path = segment_path(err->arena, registry->folder, id);
    struct stat info;

    if (stat(path, &info) == 0 && info.st_size >= length)
        return true;
    registry->broken = true;
    return registry_damaged(err, path, "文件缺失或被截短，其中的单证已丢失",
                            "the file is missing or too short: papers in it are lost");
}

bool segments_open(struct registry *registry, struct err *err)
{
    sqlite3_stmt *s = sql_ask(registry, err, SEGMENTS, "");
    int64_t last = 1;
    bool row = false;

    if (!s)
        return false;
    while (sql_next(registry, s, &row, err) && row) {
        last = sqlite3_column_int64(s, 0);
        segment_whole(registry, last, sqlite3_column_int64(s, 1), err);
    }
    sql_end(s);
    registry->segment.most = (int64_t)registry->config.segment_mib << 20;
    return !registry->broken && segment_open(registry, last, err);
}

void segments_close(struct registry *registry)
{
    if (registry->segment.fd >= 0)
        close(registry->segment.fd);
    registry->segment.fd = -1;
    buf_release(&registry->segment.held);
}

/* 0, or errno. */
static int write_at(int fd, struct str bytes, int64_t offset)
{
    size_t at = 0;

    while (at < bytes.n) {
        ssize_t n = pwrite(fd, bytes.p + at, bytes.n - at, (off_t)(offset + (int64_t)at));

        if (n > 0)
            at += (size_t)n;
        else if (n == 0)
            return ENOSPC;
        else if (errno != EINTR)
            return errno;
    }
    return 0;
}

bool segments_write(struct registry *registry, struct err *err)
{
    struct segment *segment = &registry->segment;
    struct str bytes = buf_view(&segment->held);
    int why = write_at(segment->fd, bytes, segment->end - (int64_t)bytes.n);

    buf_clear(&segment->held);
    return !why || segment_fault(registry, err, segment->id, why);
}

/* What is large is not copied. */
static int hold(struct segment *segment, struct str bytes)
{
    if (bytes.n > HELD_MOST)
        return write_at(segment->fd, bytes, segment->end);
    buf_str(&segment->held, bytes);
    return segment->held.failed ? ENOMEM : 0;
}

bool segments_append(struct registry *registry, struct str bytes, struct registry_place *place,
                     struct err *err)
{
    struct segment *segment = &registry->segment;
    int why;

    if (segment->end > 0 && segment->end + (int64_t)bytes.n > segment->most) {
        if (!segments_sync(registry, err))
            return false;
        close(segment->fd);
        segment->fd = -1;
        if (!segment_open(registry, segment->id + 1, err))
            return false;
    }
    if (segment->held.n + bytes.n > HELD_MOST && !segments_write(registry, err))
        return false;
    why = hold(segment, bytes);
    if (why)
        return segment_fault(registry, err, segment->id, why);
    place->segment = segment->id;
    place->offset = segment->end;
    place->length = (int64_t)bytes.n;
    segment->end += (int64_t)bytes.n;
    segment->dirty = true;
    return true;
}

bool segments_sync(struct registry *registry, struct err *err)
{
    struct segment *segment = &registry->segment;

    if (!segment->dirty)
        return true;
    if (!segments_write(registry, err))
        return false;
    if (fdatasync(segment->fd) != 0)
        return segment_fault(registry, err, segment->id, errno);
    segment->dirty = false;
    return sql_run(registry, err, SEGMENT_SET, "ii", segment->id, segment->end);
}

static int read_at(int fd, char *out, size_t n, int64_t offset)
{
    size_t at = 0;

    while (at < n) {
        ssize_t got = pread(fd, out + at, n - at, (off_t)(offset + (int64_t)at));

        if (got > 0)
            at += (size_t)got;
        else if (got == 0)
            return ENODATA;
        else if (errno != EINTR)
            return errno;
    }
    return 0;
}

/* 0, or errno; ENODATA and ENOENT: there is less than was written. */
static int read_place(const char *path, const struct registry_place *place, char *out)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    int why = fd < 0 ? errno : read_at(fd, out, (size_t)place->length, place->offset);

    if (fd >= 0)
        close(fd);
    return why;
}

static bool place_damaged(const char *path, const struct registry_place *place, struct err *err)
{
    return registry_damaged(err, path,
                            arena_printf(err->arena, "第 %lld 字节起的 %lld 字节与登记时不一致",
                                         (long long)place->offset, (long long)place->length),
                            arena_printf(err->arena,
                                         "%lld bytes from %lld on are not those registered",
                                         (long long)place->length, (long long)place->offset));
}

bool registry_bytes(struct registry *registry, const struct registry_place *place,
                    struct buf *out, struct err *err)
{
    size_t before = out->n, length = (size_t)place->length;
    char path[PATH_MAX], *room;
    uint8_t sum[32];
    int why;

    if (!segments_write(registry, err))
        return false;
    snprintf(path, sizeof path, SEGMENT_PATH, registry->folder, (long long)place->segment);
    if (place->length < 0 || place->length > BLOB_MOST || place->offset < 0)
        return place_damaged(path, place, err);
    room = buf_room(out, length);
    if (!room)
        return err_add(err, MEMORY_LIMIT, where_none(), "内存不足，无法读取 %zu 字节",
                       "no memory for %zu bytes", length);
    why = read_place(path, place, room);
    if (!why)
        sha256((struct str){room, length}, sum);
    if (!why && memcmp(sum, place->sha256, sizeof sum) == 0)
        return true;
    out->n = before;
    if (!why || why == ENODATA || why == ENOENT)
        return place_damaged(path, place, err);
    err_add(err, REGISTRY_FAULT, where_file(arena_printf(err->arena, "%s", path), 0, 0),
            "无法读取“%s”：%s", "cannot read '%s': %s", path, strerror(why));
    err_hint(err, "check the disk and the permissions");
    return false;
}
