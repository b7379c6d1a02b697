/* commands.c: the table of commands, and the small ones that only say something. */
#include "app/app.h"

#include <stdio.h>
#include <string.h>

static const struct command *const commands[] = {
    &render_command, &sign_command,   &verify_command,  &status_command,  &batch_command,
    &serve_command,  &send_command,   &check_command,   &rules_command,   &keys_command,
    &sealer_command, &layout_command, &preview_command, &font_command,    &registry_command,
    &audit_command,  &doctor_command, &explain_command, &version_command, &help_command,
};

const struct command *command_find(struct str name)
{
    for (size_t i = 0; i < COUNT(commands); i++) {
        if (str_is(name, commands[i]->name))
            return commands[i];
    }
    return NULL;
}

bool command_unknown(struct app *app, const char *word)
{
    struct str names[COUNT(commands)], near;

    for (size_t i = 0; i < COUNT(commands); i++)
        names[i] = str_from(commands[i]->name);
    err_add(&app->err, USAGE, where_none(), "没有命令“%s”", "no command '%s'", word);
    near = str_nearest(str_from(word), names, COUNT(names));
    if (near.n)
        err_hint(&app->err, "did you mean '%.*s'?", STR_ARG(near));
    else
        err_hint(&app->err, "danzheng help lists the commands");
    return false;
}

void commands_help(void)
{
    printf("danzheng (单证) %s: approved records in, official papers out\n\n", RELEASE);
    for (size_t i = 0; i < COUNT(commands); i++)
        printf("  %-8s %s\n           %s\n", commands[i]->name, commands[i]->zh,
               commands[i]->en);
    printf("\ndanzheng render tests/records/disc_import-filed.json -o paper.pdf\n"
           "danzheng COMMAND --help tells the rest.\n");
}

enum { MAN, ZH };

static const struct option help_options[] = {
    [MAN] = {"man", 0, NULL, false, "write the manual page (roff)"},
    [ZH] = {"zh", 0, NULL, false, "with --man: in Chinese"},
};

static int help_run(struct app *app, const struct args *args)
{
    const struct command *command;

    if (option_given(args, MAN)) {
        manual_print(commands, COUNT(commands), option_given(args, ZH));
        return 0;
    }
    if (args->count == 0) {
        commands_help();
        return 0;
    }
    command = command_find(str_from(args->words[0]));
    if (!command) {
        command_unknown(app, args->words[0]);
        return report_exit(&app->err);
    }
    command_help(command);
    return 0;
}

const struct command help_command = {
    .name = "help",
    .usage = "[COMMAND]",
    .zh = "列出命令，或说明一个命令。",
    .en = "List the commands, or explain one.",
    .options = help_options,
    .option_count = COUNT(help_options),
    .words_most = 1,
    .run = help_run,
};

static int version_run(struct app *app, const struct args *args)
{
    (void)app;
    (void)args;
    printf("danzheng %s\n", RELEASE);
    return 0;
}

const struct command version_command = {
    .name = "version",
    .usage = "",
    .zh = "显示版本。",
    .en = "Print the version.",
    .run = version_run,
};

static void explain(enum err_code code)
{
    const struct err_info *info = err_info(code);

    printf("%s\n  %s\n  %s\n  处理：%s\n  Cure: %s\n  exit %d, retry %s\n", info->name,
           info->zh, info->en, info->cure_zh, info->cure_en, info->exit, info->retry);
}

static int explain_run(struct app *app, const struct args *args)
{
    struct str names[ERR_CODES], near;
    enum err_code code;

    if (args->count == 0) {
        for (int i = 1; i < ERR_CODES; i++)
            printf("%-24s %2d  %s\n", err_info((enum err_code)i)->name,
                   err_info((enum err_code)i)->exit, err_info((enum err_code)i)->zh);
        return 0;
    }
    if (err_find(str_from(args->words[0]), &code)) {
        explain(code);
        return 0;
    }
    for (int i = 0; i < ERR_CODES; i++)
        names[i] = str_from(err_info((enum err_code)i)->name);
    err_add(&app->err, USAGE, where_none(), "没有错误代码“%s”", "no code '%s'", args->words[0]);
    near = str_nearest(str_from(args->words[0]), names + 1, COUNT(names) - 1);
    if (near.n)
        err_hint(&app->err, "did you mean '%.*s'?", STR_ARG(near));
    else
        err_hint(&app->err, "danzheng explain lists all codes");
    return report_exit(&app->err);
}

const struct command explain_command = {
    .name = "explain",
    .usage = "[CODE]",
    .zh = "说明一个错误代码及处理办法；不给代码则列出全部。",
    .en = "Say what a code means and what cures it; without a code, list them all.",
    .words_most = 1,
    .run = explain_run,
};
