/* deliver.h: where bytes go. A file appears whole or not at all: temporary file in the same
 * folder, fsync, rename (or link, where an existing file must stay), fsync of the folder. */
#ifndef DELIVER_DELIVER_H
#define DELIVER_DELIVER_H

#include "base/err.h"

enum deliver_mode { DELIVER_REPLACE, DELIVER_KEEP }; /* KEEP: an existing file is FILE_EXISTS */

bool deliver_file(const char *path, struct str bytes, enum deliver_mode,
                  struct err *) MUST_CHECK;
/* The same in steps, for many files in few syncs: the bytes under another name beside the
 * target; all bytes in the folder's file system on the disk; a staged file under its own name,
 * where none is (FILE_EXISTS); the names of a folder on the disk. */
bool deliver_stage(const char *path, struct str bytes, struct err *) MUST_CHECK;
bool deliver_flush(const char *folder, struct err *) MUST_CHECK;
bool deliver_take(const char *staged, const char *path, struct err *) MUST_CHECK;
bool deliver_sync(const char *folder, struct err *) MUST_CHECK;
bool deliver_fd(int fd, const char *name, struct str bytes, struct err *) MUST_CHECK;
/* mkdir -p, each name of it on the disk. */
bool deliver_folder(const char *path, struct err *) MUST_CHECK;
/* A whole file or (path "-") standard input, at most `most` bytes: LIMIT_LINE above. */
bool deliver_read(struct arena *, const char *path, size_t most, struct str *out,
                  struct err *) MUST_CHECK;

#endif
