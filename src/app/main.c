/* main.c: danzheng COMMAND. The table, the data's home, and how every command ends. */
#include "app/app.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { RUN_MEMORY = 1 << 30 };

static int run(struct app *app, int argc, char **argv)
{
    const struct command *command;
    struct args args;

    if (argc < 2) {
        commands_help();
        return err_info(USAGE)->exit;
    }
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0) {
        commands_help();
        return 0;
    }
    if (strcmp(argv[1], "--version") == 0 || strcmp(argv[1], "-V") == 0)
        command = &version_command;
    else
        command = command_find(str_from(argv[1]));
    if (!command) {
        command_unknown(app, argv[1]);
        return report_exit(&app->err);
    }
    for (int i = 2; i < argc && strcmp(argv[i], "--") != 0; i++) {
        if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0) {
            command_help(command);
            return 0;
        }
    }
    if (!options_parse(app, command, argc - 2, argv + 2, &args))
        return report_exit(&app->err);
    app->home = home_find(app->arena);
    return command->run(app, &args);
}

/* A standard descriptor that the caller has closed would be given to the next file that is
 * opened, and messages be written into it. It stays as good as closed. */
static void descriptors_take(void)
{
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
        if (fcntl(fd, F_GETFD) < 0)
            (void)open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY);
    }
}

int main(int argc, char **argv)
{
    struct app app = {.arena = memory_new(RUN_MEMORY)};
    int status;

    descriptors_take();
    err_init(&app.err, app.arena);
    status = app_end(&app, run(&app, argc, argv));
    arena_free(app.arena);
    return status;
}
