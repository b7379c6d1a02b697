/* state.c: what the commands about the registry have in common. */
#include "app/state.h"

bool state_open(struct app *app, const char *folder, struct registry **out)
{
    if (!folder) {
        err_add(&app->err, USAGE, where_none(), "请用 --state 指明登记簿所在的文件夹",
                "say with --state where the registry is");
        return false;
    }
    return registry_open(folder, REGISTRY_READ, NULL, NULL, out, &app->err);
}

int state_verb(struct app *app, const char *word, const struct str *words, size_t count)
{
    struct str near;

    for (size_t i = 0; i < count; i++) {
        if (str_is(words[i], word))
            return (int)i;
    }
    err_add(&app->err, USAGE, where_none(), "没有子命令“%s”", "no sub-command '%s'", word);
    near = str_nearest(str_from(word), words, count);
    if (near.n)
        err_hint(&app->err, "did you mean '%.*s'?", STR_ARG(near));
    return -1;
}

bool state_number(struct app *app, const char *option, const char *text, int64_t *out)
{
    long number;

    if (!text)
        return true;
    if (!str_number(str_from(text), &number)) {
        err_add(&app->err, USAGE, where_none(), "--%s“%s”不是数字", "--%s '%s' is no number",
                option, text);
        return false;
    }
    *out = number;
    return true;
}
