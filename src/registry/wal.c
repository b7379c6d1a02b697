/* wal.c: the database's log (WAL), written a transaction at a time. SQLite writes a page of it
 * with two calls, its head and itself, and these calls were most of what a commit cost. Here
 * they are held until the last page of the transaction comes, whose head says so, and written
 * with one; if that fails, the last page could not be written.
 *
 * All else is as it was: what is not appended is written at once, and before the log is read,
 * measured, cut or synced all that is held is written. What is held when the process is killed
 * belongs to no transaction that was committed.
 *
 * To SQLite this is a VFS: the usual one, which opens the log otherwise. */
#include "registry/registry-internal.h"

#include <stdio.h>
#include <string.h>

enum {
    FILE_HEAD = 32,
    PAGE_HEAD = 24, /* its number; the size of the database if it is the last, else 0; … */
    PAGE_MOST = 1 << 16,
    HELD_MOST = (1 << 17) - 1, /* what the usual VFS writes at one go */
};

struct wal_file {
    sqlite3_file file; /* first: SQLite knows this alone */
    sqlite3_file *real;
    char *held; /* the bytes before end, not written yet */
    size_t n;
    sqlite3_int64 end; /* of what is appended */
    bool head, last;   /* the head of a page came last; that page ends its transaction */
};

static struct wal_file *wal_of(sqlite3_file *file)
{
    return (struct wal_file *)(void *)file;
}

static int write_held(struct wal_file *wal)
{
    size_t n = wal->n;

    wal->n = 0;
    return n ? wal->real->pMethods->xWrite(wal->real, wal->held, (int)n,
                                           wal->end - (sqlite3_int64)n)
             : SQLITE_OK;
}

static int wal_end(sqlite3_file *file)
{
    struct wal_file *wal = wal_of(file);
    int wrote = write_held(wal), closed = wal->real->pMethods->xClose(wal->real);

    sqlite3_free(wal->held);
    return wrote != SQLITE_OK ? wrote : closed;
}

static int wal_read(sqlite3_file *file, void *out, int n, sqlite3_int64 at)
{
    struct wal_file *wal = wal_of(file);
    int wrote = write_held(wal);

    return wrote != SQLITE_OK ? wrote : wal->real->pMethods->xRead(wal->real, out, n, at);
}

/* Is it the head of a page that is appended, or that page itself? */
static bool is_appended(struct wal_file *wal, const unsigned char *bytes, size_t n,
                        sqlite3_int64 at)
{
    bool page = wal->head && at == wal->end && n <= PAGE_MOST;

    wal->head = !page && n == PAGE_HEAD && at >= FILE_HEAD && at >= wal->end;
    if (wal->head)
        wal->last = bytes[4] | bytes[5] | bytes[6] | bytes[7];
    return page || wal->head;
}

static int wal_write(sqlite3_file *file, const void *bytes, int size, sqlite3_int64 at)
{
    struct wal_file *wal = wal_of(file);
    size_t n = (size_t)size;
    bool appended = is_appended(wal, bytes, n, at);
    int wrote = SQLITE_OK;

    if (!appended || at != wal->end || wal->n + n > HELD_MOST)
        wrote = write_held(wal);
    if (wrote != SQLITE_OK) {
        wal->head = false;
        return wrote;
    }
    if (!appended) {
        if (at < FILE_HEAD) /* it begins again */
            wal->end = FILE_HEAD;
        return wal->real->pMethods->xWrite(wal->real, bytes, size, at);
    }
    memcpy(wal->held + wal->n, bytes, n);
    wal->n += n;
    wal->end = at + size;
    return wal->last && !wal->head ? write_held(wal) : SQLITE_OK;
}

static int wal_truncate(sqlite3_file *file, sqlite3_int64 size)
{
    struct wal_file *wal = wal_of(file);
    int wrote = write_held(wal);

    return wrote != SQLITE_OK ? wrote : wal->real->pMethods->xTruncate(wal->real, size);
}

static int wal_sync(sqlite3_file *file, int flags)
{
    struct wal_file *wal = wal_of(file);
    int wrote = write_held(wal);

    return wrote != SQLITE_OK ? wrote : wal->real->pMethods->xSync(wal->real, flags);
}

static int wal_size(sqlite3_file *file, sqlite3_int64 *size)
{
    struct wal_file *wal = wal_of(file);
    int wrote = write_held(wal);

    return wrote != SQLITE_OK ? wrote : wal->real->pMethods->xFileSize(wal->real, size);
}

static int wal_lock(sqlite3_file *file, int level)
{
    struct wal_file *wal = wal_of(file);

    return wal->real->pMethods->xLock(wal->real, level);
}

static int wal_unlock(sqlite3_file *file, int level)
{
    struct wal_file *wal = wal_of(file);

    return wal->real->pMethods->xUnlock(wal->real, level);
}

static int wal_is_reserved(sqlite3_file *file, int *out)
{
    struct wal_file *wal = wal_of(file);

    return wal->real->pMethods->xCheckReservedLock(wal->real, out);
}

static int wal_control(sqlite3_file *file, int op, void *out)
{
    struct wal_file *wal = wal_of(file);

    return wal->real->pMethods->xFileControl(wal->real, op, out);
}

static int wal_sector(sqlite3_file *file)
{
    struct wal_file *wal = wal_of(file);

    return wal->real->pMethods->xSectorSize(wal->real);
}

static int wal_traits(sqlite3_file *file)
{
    struct wal_file *wal = wal_of(file);

    return wal->real->pMethods->xDeviceCharacteristics(wal->real);
}

static const sqlite3_io_methods methods = {
    .iVersion = 1,
    .xClose = wal_end,
    .xRead = wal_read,
    .xWrite = wal_write,
    .xTruncate = wal_truncate,
    .xSync = wal_sync,
    .xFileSize = wal_size,
    .xLock = wal_lock,
    .xUnlock = wal_unlock,
    .xCheckReservedLock = wal_is_reserved,
    .xFileControl = wal_control,
    .xSectorSize = wal_sector,
    .xDeviceCharacteristics = wal_traits,
};

/* Each handle has its own. */
struct wal_vfs {
    sqlite3_vfs vfs; /* first */
    sqlite3_vfs *real;
    char name[32];
};

static int open_file(sqlite3_vfs *vfs, const char *name, sqlite3_file *file, int flags,
                     int *out)
{
    sqlite3_vfs *real = ((struct wal_vfs *)(void *)vfs)->real;
    struct wal_file *wal = wal_of(file);
    int opened;

    if (!(flags & SQLITE_OPEN_WAL))
        return real->xOpen(real, name, file, flags, out);
    *wal = (struct wal_file){.real = (sqlite3_file *)(void *)(wal + 1)};
    wal->held = sqlite3_malloc(HELD_MOST);
    if (!wal->held)
        return SQLITE_NOMEM;
    opened = real->xOpen(real, name, wal->real, flags, out);
    if (opened == SQLITE_OK)
        wal->file.pMethods = &methods;
    else
        sqlite3_free(wal->held);
    return opened;
}

const char *wal_open(struct registry *registry)
{
    struct wal_vfs *wal = NEW(registry->arena, struct wal_vfs);

    wal->real = sqlite3_vfs_find(NULL);
    wal->vfs = *wal->real;
    wal->vfs.szOsFile += (int)sizeof(struct wal_file);
    wal->vfs.zName = wal->name;
    wal->vfs.xOpen = open_file;
    snprintf(wal->name, sizeof wal->name, "registry-%p", (void *)registry);
    sqlite3_vfs_register(&wal->vfs, /* the usual */ false);
    registry->vfs = &wal->vfs;
    return wal->name;
}

void wal_close(struct registry *registry)
{
    if (registry->vfs)
        sqlite3_vfs_unregister(registry->vfs);
}
