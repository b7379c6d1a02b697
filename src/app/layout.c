/* layout.c: danzheng layout: two layouts side by side, or all of them at their limits. */
#include "app/layout.h"

static const struct option options[] = {
    [LAYOUT_RECORD] = {"record", 'r', "FILE", false, "diff: show this record"},
    [LAYOUT_TARGET] = {"out", 'o', "FILE|DIR", false, "diff: FILE.html; test: pages into DIR"},
};

static int run(struct app *app, const struct args *args)
{
    struct str verb = str_from(args->words[0]);

    if (str_is(verb, "diff"))
        return layout_diff(app, args);
    if (str_is(verb, "test"))
        return layout_test(app, args);
    err_add(&app->err, USAGE, where_none(), "没有“layout %.*s”", "no 'layout %.*s'",
            STR_ARG(verb));
    err_hint(&app->err, "danzheng layout diff A B -o FILE.html, or danzheng layout test");
    return report_exit(&app->err);
}

const struct command layout_command = {
    .name = "layout",
    .usage = "diff A B -o FILE.html | test [LAYOUT …] [-o DIR]",
    .zh = "对照两个版式的页面，或用极端的记录试印版式。",
    .en = "Compare the pages of two layouts, or try layouts with records at their limits.",
    .more =
        "LAYOUT, A and B are paths or KIND/OUTPUT, as exhibition_filing/goods_list@2.\n"
        "diff marks what differs and counts it. Exit: 0 the same, 1 different.\n"
        "test draws every page for records that have only what is required, one row, 60 rows,\n"
        "texts of the longest kind, rare characters; nothing may leave its place. Exit: 0 "
        "well,\n"
        "78 a faulty layout.\n",
    .options = options,
    .option_count = COUNT(options),
    .words_least = 1,
    .words_most = (size_t)-1,
    .run = run,
};
