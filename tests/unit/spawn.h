/* spawn.h: for tests that ask another program: run it without a shell, read what it says; and a
 * scratch folder that is removed afterwards. */
#ifndef TESTS_SPAWN_H
#define TESTS_SPAWN_H

#include "base/buf.h"

#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

enum { SPAWN_OUTPUT_MOST = 64 << 20, SCRATCH_ROOM = 256 };

/* Runs argv[0] found on PATH; its standard output is added to out, and its standard error too
 * when `both`. Returns the exit status, -1 when it could not be run or was killed. */
static inline int spawn_run(const char *const argv[], struct buf *out, bool both)
{
    posix_spawn_file_actions_t actions;
    char *copy[16] = {NULL};
    char block[4096];
    int ends[2], status = -1;
    ssize_t n;
    pid_t pid;

    for (size_t i = 0; argv[i] && i < COUNT(copy) - 1; i++)
        copy[i] = strdup(argv[i]);
    if (pipe(ends) < 0)
        return -1;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
    if (both)
        posix_spawn_file_actions_adddup2(&actions, ends[1], STDERR_FILENO);
    else
        posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
    posix_spawn_file_actions_addclose(&actions, ends[0]);
    posix_spawn_file_actions_addclose(&actions, ends[1]);
    if (posix_spawnp(&pid, copy[0], &actions, NULL, copy, environ) != 0)
        pid = -1;
    close(ends[1]);
    while ((n = read(ends[0], block, sizeof block)) > 0)
        buf_add(out, block, (size_t)n);
    close(ends[0]);
    if (pid < 0 || waitpid(pid, &status, 0) < 0 || !WIFEXITED(status))
        status = -1;
    else
        status = WEXITSTATUS(status);
    posix_spawn_file_actions_destroy(&actions);
    for (size_t i = 0; copy[i]; i++)
        free(copy[i]);
    return status;
}

/* "…/name" in the scratch folder. */
static inline const char *scratch_path(struct arena *arena, const char *folder,
                                       const char *name)
{
    return arena_printf(arena, "%s/%s", folder, name);
}

static inline bool scratch_make(char folder[SCRATCH_ROOM])
{
    const char *where = getenv("TMPDIR");

    snprintf(folder, SCRATCH_ROOM, "%s/danzheng-test-XXXXXX", where ? where : "/tmp");
    return mkdtemp(folder) != NULL;
}

static inline void scratch_remove(const char *folder)
{
    const char *const argv[] = {"rm", "-rf", folder, NULL};
    struct buf out;

    buf_init(&out, SPAWN_OUTPUT_MOST);
    spawn_run(argv, &out, false);
    buf_release(&out);
}

static inline bool scratch_write(const char *path, struct str bytes)
{
    FILE *file = fopen(path, "wb");
    bool ok = file && fwrite(bytes.p, 1, bytes.n, file) == bytes.n;

    return file && fclose(file) == 0 && ok;
}

#endif
