/* options.c: arguments by a command's table, and its help from the same table. */
#include "app/app.h"

#include <stdio.h>
#include <string.h>

static bool usage(struct app *app, const struct command *command, const char *zh,
                  const char *en, const char *word)
{
    zh = arena_printf(app->arena, "%s“%s”", zh, word);
    en = arena_printf(app->arena, "%s '%s'", en, word);
    err_add(&app->err, USAGE, where_none(), "%s%.0s", "%.0s%s", zh, en);
    err_hint(&app->err, "danzheng %s --help", command->name);
    return false;
}

static bool unknown_option(struct app *app, const struct command *command, const char *word)
{
    struct str names[16], name = str_from(word + strspn(word, "-")), rest, near;
    size_t n = 0;

    name = str_cut(name, '=', &rest);
    for (size_t i = 0; i < command->option_count && n < COUNT(names); i++)
        names[n++] = str_from(command->options[i].name);
    usage(app, command, "没有选项", "no option", word);
    near = str_nearest(name, names, n);
    if (near.n && word[1] == '-')
        err_hint(&app->err, "did you mean '--%.*s'?", STR_ARG(near));
    return false;
}

/* The option that the word names, and the value that came with it (--name=value, -ovalue). */
static const struct option *look_up(const struct command *command, const char *word,
                                    const char **value)
{
    *value = NULL;
    for (size_t i = 0; i < command->option_count; i++) {
        const struct option *option = &command->options[i];
        size_t n = strlen(option->name);

        if (word[1] != '-') {
            if (word[1] != option->letter)
                continue;
            *value = word[2] ? word + 2 : NULL;
            return option;
        }
        if (strncmp(word + 2, option->name, n) == 0 &&
            (word[2 + n] == '\0' || word[2 + n] == '=')) {
            *value = word[2 + n] ? word + 3 + n : NULL;
            return option;
        }
    }
    return NULL;
}

static bool take_option(struct app *app, const struct command *command, char **argv, int argc,
                        int *at, struct args *args)
{
    const char *word = argv[*at], *value;
    const struct option *option = look_up(command, word, &value);
    struct given *given;

    if (!option)
        return unknown_option(app, command, word);
    given = &args->options[option - command->options];
    if (!option->value) {
        if (value)
            return usage(app, command, "选项不带值：", "this option takes no value:", word);
        value = "";
    } else if (!value) {
        if (*at + 1 >= argc)
            return usage(app, command, "选项缺少值：", "this option needs a value:", word);
        value = argv[++*at];
    }
    if (given->count && !option->many)
        return usage(app, command, "选项重复：", "this option is given twice:", word);
    given->values[given->count++] = value;
    return true;
}

bool options_parse(struct app *app, const struct command *command, int argc, char **argv,
                   struct args *out)
{
    struct args args = {
        .words = NEW_ARRAY(app->arena, (size_t)argc + 1, const char *),
        .options = NEW_ARRAY(app->arena, command->option_count + 1, struct given),
    };
    bool ok = true, open = true;

    for (size_t i = 0; i < command->option_count; i++)
        args.options[i].values = NEW_ARRAY(app->arena, (size_t)argc + 1, const char *);
    for (int i = 0; i < argc; i++) {
        if (open && strcmp(argv[i], "--") == 0)
            open = false;
        else if (open && argv[i][0] == '-' && argv[i][1])
            ok = take_option(app, command, argv, argc, &i, &args) && ok;
        else
            args.words[args.count++] = argv[i];
    }
    if (args.count > command->words_most)
        ok = usage(app, command, "多余的参数",
                   "too many arguments:", args.words[command->words_most]);
    else if (args.count < command->words_least)
        ok = usage(app, command, "缺少参数，用法：",
                   "an argument is missing, usage:", command->usage);
    if (ok)
        *out = args;
    return ok;
}

bool option_given(const struct args *args, size_t option)
{
    return args->options[option].count > 0;
}

const char *option_value(const struct args *args, size_t option)
{
    const struct given *given = &args->options[option];

    return given->count ? given->values[given->count - 1] : NULL;
}

static void help_line(const struct option *option)
{
    enum { LEFT = 64, COLUMN = 25 };
    char left[LEFT];
    int blanks;

    snprintf(left, sizeof left, "%c%c%s --%s%s%s", option->letter ? '-' : ' ',
             option->letter ? option->letter : ' ', option->letter ? "," : " ", option->name,
             option->value ? " " : "", option->value ? option->value : "");
    blanks = COLUMN - (int)text_width(str_from(left));
    if (blanks < 1)
        printf("  %s\n  %*s%s\n", left, COLUMN, "", option->help);
    else
        printf("  %s%*s%s\n", left, blanks, "", option->help);
}

void command_help(const struct command *command)
{
    static const struct option help = {"help", 'h', NULL, false, "this text"};

    printf("danzheng %s %s\n%s\n%s\n\n", command->name, command->usage, command->zh,
           command->en);
    for (size_t i = 0; i < command->option_count; i++)
        help_line(&command->options[i]);
    help_line(&help);
    if (command->more)
        printf("\n%s", command->more);
}
