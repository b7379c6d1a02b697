/* system.c: what only the command line may ask: environment, own place, clock, memory. */
#include "app/app.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { PATH_MOST = 4096 };

static bool is_home(const char *path, struct arena *arena)
{
    return access(arena_printf(arena, "%s/config/kinds", path), F_OK) == 0;
}

const char *home_find(struct arena *arena)
{
    static const char *const beside[] = {"", "/..", "/../.."};
    const char *home = getenv("DANZHENG_HOME");
    char self[PATH_MOST];
    ssize_t n;

    if (home && *home)
        return home;
    n = readlink("/proc/self/exe", self, sizeof self - 1);
    if (n > 0) {
        char *slash;

        self[n] = '\0';
        slash = strrchr(self, '/');
        if (slash)
            *slash = '\0';
        for (size_t i = 0; i < COUNT(beside); i++) {
            const char *path = arena_printf(arena, "%s%s", self, beside[i]);

            if (is_home(path, arena))
                return path;
        }
    }
    return PREFIX "/share/danzheng";
}

double clock_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

int64_t clock_seconds(void)
{
    return (int64_t)time(NULL);
}

static void memory_full(void *user, size_t wanted, size_t limit)
{
    const struct err_info *info = err_info(MEMORY_LIMIT);

    (void)user;
    fprintf(stderr, "error[%s]: %s\n  %s (%zu more bytes wanted, the most is %zu)\n",
            info->name, info->zh, info->en, wanted, limit);
    exit(info->exit);
}

void memory_ended(const char *input)
{
    const struct err_info *info = err_info(MEMORY_LIMIT);

    fprintf(stderr, "%s: error[%s]: %s\n  %s\n", input, info->name, info->zh, info->en);
}

struct arena *memory_new(size_t limit)
{
    return arena_new(limit, memory_full, NULL);
}
