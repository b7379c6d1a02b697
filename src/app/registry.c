/* registry.c: danzheng registry: what was issued, found, written out, copied and checked. */
#include "app/state.h"

#include "deliver/deliver.h"
#include "digest/digest.h"

#include <stdio.h>
#include <string.h>

enum { STATE, FOLDER, OUTPUT, VERSION, CODE, ONLY, BYTES, JSON };
enum { FIND, EXPORT, BACKUP, CHECK };

static const struct option options[] = {
    [STATE] = {"state", 0, "DIR", false, "the registry's folder"},
    [FOLDER] = {"out", 'o', "DIR", false, "export, backup: where to"},
    [OUTPUT] = {"output", 0, "NAME", false, "only this output, as in goods_list"},
    [VERSION] = {"version", 0, "N", false, "only this version"},
    [CODE] = {"code", 0, "CODE", false, "only the paper with this verification code"},
    [ONLY] = {"only", 0, "STATE", false, "begun, sealed (not confirmed), done or void"},
    [BYTES] = {"bytes", 0, NULL, false, "check: read every paper, too"},
    [JSON] = {"json", 0, NULL, false, "as JSON, a line each"},
};

static const struct str verbs[] = {{"find", 4}, {"export", 6}, {"backup", 6}, {"check", 5}};
static const struct str states[] = {{"begun", 5}, {"sealed", 6}, {"done", 4}, {"void", 4}};
static const char *const forms_zh[] = {"电子", "原件", "副本"};
static const char *const standings_zh[] = {"有效", "已变更", "已作废"};

enum { PAGE = 256, PAPER_MOST = 1 << 30 };

struct errand {
    struct app *app;
    struct registry *registry;
    struct registry_query query;
    struct arena *page;
    struct buf line, bytes;
    const char *folder;
    bool json;
    long count;
};

static void paper_line(struct buf *line, const struct registry_paper *paper)
{
    static const char *const words[] = {"未成", "待确认", "已交付", "未成立"};

    buf_printf(line, "%.*s  v%lld  %.*s  %s", STR_ARG(paper->number), (long long)paper->version,
               STR_ARG(paper->output), forms_zh[paper->form]);
    if (paper->duplicate)
        buf_printf(line, " %ld", paper->duplicate);
    buf_printf(line, "  %s  %s  %.*s", words[paper->state], standings_zh[paper->standing],
               STR_ARG(paper->sealed_at.n ? paper->sealed_at : paper->begun_at));
    if (paper->standing == REGISTRY_SUPERSEDED)
        buf_printf(line, "  v%lld", (long long)paper->newer);
    if (paper->why.n)
        buf_printf(line, "  %.*s", STR_ARG(paper->why));
    buf_byte(line, '\n');
}

static bool show_paper(struct errand *errand, const struct registry_paper *paper)
{
    buf_clear(&errand->line);
    if (errand->json) {
        registry_json(&errand->line, errand->page, paper);
        buf_byte(&errand->line, '\n');
    } else {
        paper_line(&errand->line, paper);
    }
    fwrite(errand->line.p, 1, errand->line.n, stdout);
    return true;
}

static bool export_paper(struct errand *errand, const struct registry_paper *paper)
{
    struct err *err = &errand->app->err;

    if (!paper->sealed_at.n)
        return true;
    buf_clear(&errand->bytes);
    return registry_bytes(errand->registry, &paper->pdf, &errand->bytes, err) &&
           deliver_file(arena_printf(errand->page, "%s/%.*s", errand->folder,
                                     STR_ARG(registry_name(errand->page, paper))),
                        buf_view(&errand->bytes), DELIVER_KEEP, err) &&
           show_paper(errand, paper);
}

/* Every paper that was asked for, a page at a time; a fault of one ends it. */
static void each_paper(struct errand *errand,
                       bool (*visit)(struct errand *, const struct registry_paper *))
{
    size_t count = PAGE;

    errand->query.most = PAGE;
    while (count == PAGE) {
        struct registry_paper *papers;

        arena_reset(errand->page);
        if (!registry_find(errand->registry, errand->page, &errand->query, &papers, &count,
                           &errand->app->err))
            return;
        for (size_t i = 0; i < count; i++) {
            if (!visit(errand, &papers[i]))
                return;
            errand->query.after = papers[i].id;
            errand->count++;
        }
    }
}

static void check(struct errand *errand, bool bytes)
{
    struct registry_counts c;

    if (!registry_check(errand->registry, bytes, &c, &errand->app->err))
        return;
    if (errand->json)
        printf(
            "{\"ok\":true,\"records\":%lld,\"papers\":%lld,\"unconfirmed\":%lld,\"void\":%lld,"
            "\"withdrawn\":%lld,\"events\":%lld,\"bytes\":%lld,\"dead\":%lld}\n",
            (long long)c.records, (long long)c.papers, (long long)c.unconfirmed,
            (long long)c.voided, (long long)c.withdrawn, (long long)c.events,
            (long long)c.bytes, (long long)c.dead);
    else
        printf("登记簿完好 the registry is whole\n"
               "记录 records      %lld\n单证 papers       %lld\n"
               "待确认 unconfirmed %lld\n未成立 void       %lld\n作废 withdrawn    %lld\n"
               "审计 events       %lld\n字节 bytes        %lld (%lld dead)\n",
               (long long)c.records, (long long)c.papers, (long long)c.unconfirmed,
               (long long)c.voided, (long long)c.withdrawn, (long long)c.events,
               (long long)c.bytes, (long long)c.dead);
}

static bool wishes(struct errand *errand, const struct args *args, int verb)
{
    struct app *app = errand->app;
    const char *only = option_value(args, ONLY);

    errand->json = option_given(args, JSON);
    errand->folder = option_value(args, FOLDER);
    errand->query = (struct registry_query){
        .number = args->count > 1 ? str_from(args->words[1]) : STR_NONE,
        .output = str_from(option_value(args, OUTPUT)),
        .code = str_from(option_value(args, CODE)),
        .state = -1,
    };
    if (only)
        errand->query.state = state_verb(app, only, states, COUNT(states));
    if ((verb == EXPORT || verb == BACKUP) && !errand->folder) {
        err_add(&app->err, USAGE, where_none(), "请用 --out 指明文件夹",
                "say with --out where to");
        err_hint(&app->err, "danzheng registry --help");
    }
    return state_number(app, "version", option_value(args, VERSION), &errand->query.version) &&
           err_ok(&app->err);
}

static int run(struct app *app, const struct args *args)
{
    int verb = state_verb(app, args->words[0], verbs, COUNT(verbs));
    struct errand errand = {.app = app};

    if (verb < 0 || !wishes(&errand, args, verb) ||
        !state_open(app, option_value(args, STATE), &errand.registry))
        return report_exit(&app->err);
    errand.page = arena_like(app->arena);
    buf_init(&errand.line, 1 << 20);
    buf_init(&errand.bytes, PAPER_MOST);
    if (verb == FIND)
        each_paper(&errand, show_paper);
    else if (verb == EXPORT && deliver_folder(errand.folder, &app->err))
        each_paper(&errand, export_paper);
    else if (verb == BACKUP && registry_backup(errand.registry, errand.folder, &app->err))
        fprintf(stderr, "backup: check it with danzheng registry check --bytes --state %s\n",
                errand.folder);
    else if (verb == CHECK)
        check(&errand, option_given(args, BYTES));
    if (err_ok(&app->err) && (verb == FIND || verb == EXPORT) && errand.count == 0) {
        err_add(&app->err, NOT_REGISTERED, where_none(), "没有符合条件的单证",
                "no paper is like that");
        err_hint(&app->err, "void papers are shown with --only void");
    }
    buf_release(&errand.bytes);
    buf_release(&errand.line);
    arena_free(errand.page);
    registry_close(errand.registry);
    return report_exit(&app->err);
}

const struct command registry_command = {
    .name = "registry",
    .usage = "find|export|backup|check [NUMBER] --state DIR",
    .zh = "查询、导出、备份、核对登记簿。",
    .en = "Find, export, back up or check what was issued.",
    .more = "find    the papers of a number, or all; with --json a line each\n"
            "export  the same papers as files in --out DIR, byte for byte as issued\n"
            "backup  all of the registry into --out DIR, while danzheng serve writes\n"
            "check   database, audit chain, each paper against its audit row; --bytes reads "
            "them all\n",
    .options = options,
    .option_count = COUNT(options),
    .words_least = 1,
    .words_most = 2,
    .run = run,
};
