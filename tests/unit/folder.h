/* folder.h: files of a scratch folder that stands for the program's data. */
#ifndef TESTS_FOLDER_H
#define TESTS_FOLDER_H

#include "spawn.h"

#include <sys/stat.h>

/* Writes folder/name, and makes the folders on its way. */
static inline void folder_write(const char *folder, const char *name, const char *text)
{
    char path[2 * SCRATCH_ROOM];

    snprintf(path, sizeof path, "%s/%s", folder, name);
    for (char *slash = path + strlen(folder) + 1; (slash = strchr(slash, '/')); slash++) {
        *slash = '\0';
        mkdir(path, 0700);
        *slash = '/';
    }
    if (!scratch_write(path, str_from(text)))
        abort();
}

/* Links the project's own files into a scratch folder under the same name. */
static inline void folder_link(const char *folder, const char *name)
{
    char from[2 * SCRATCH_ROOM], to[2 * SCRATCH_ROOM];

    snprintf(from, sizeof from, "%s/%s", getenv("DANZHENG_HOME"), name);
    snprintf(to, sizeof to, "%s/%s", folder, name);
    if (symlink(from, to) != 0)
        abort();
}

#endif
