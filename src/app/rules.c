/* rules.c: danzheng rules matrix: what may be printed and done, in every status of every kind.
 * Each cell is asked of the rules, as a record would ask. */
#include "app/app.h"

#include <stdio.h>

enum { JSON };

static const struct option options[] = {
    [JSON] = {"json", 0, NULL, false, "as JSON"},
};

enum { TABLE_MOST = 1 << 22 };

struct matrix_ask {
    const struct rules *rules;
    struct arena *arena;
    const struct kind *kind;
    const struct status *status;
};

static bool prints(const struct matrix_ask *ask, const struct output *output)
{
    const struct rules_ask record = {
        .kind = ask->kind,
        .status = ask->status->code,
        .output = output,
        .saved = true,
        .numbered = true,
    };

    return rules_decide(ask->rules, ask->arena, &record).allowed;
}

static enum rules_answer acts(const struct matrix_ask *ask, struct str action)
{
    return rules_action(ask->rules, ask->kind, ask->status->code, action);
}

/* The actions that some status of the kind allows. */
static size_t actions_of(struct matrix_ask *ask, const struct str **out)
{
    size_t count, statuses, n = 0;
    const struct str *all = rules_actions(ask->rules, &count);
    const struct status *status = rules_statuses(ask->rules, ask->kind, &statuses);
    struct str *some = NEW_ARRAY(ask->arena, count + 1, struct str);

    for (size_t a = 0; a < count; a++) {
        bool found = false;

        for (size_t s = 0; s < statuses && !found; s++) {
            ask->status = &status[s];
            found = acts(ask, all[a]) != RULES_DENIED;
        }
        if (found)
            some[n++] = all[a];
    }
    *out = some;
    return n;
}

static struct str names_of(struct arena *arena, const struct status *status)
{
    struct str names = STR_NONE;

    for (size_t i = 0; i < status->name_count; i++)
        names = str_printf(arena, "%.*s%s%.*s", STR_ARG(names), i ? "、" : "",
                           STR_ARG(status->names[i]));
    return names;
}

static void text_row(struct buf *out, const struct matrix_ask *ask, const struct str *actions,
                     size_t action_count, const size_t wide[2])
{
    static const char *const marks[] = {
        [RULES_DENIED] = "·", [RULES_ALLOWED] = "✓", [RULES_ALLOWED_IF_UNUSED] = "✓*"};

    text_column(out, ask->status->code, wide[0]);
    text_column(out, names_of(ask->arena, ask->status), wide[1]);
    for (size_t i = 0; i < ask->kind->output_count; i++) {
        const struct output *output = &ask->kind->outputs[i];

        text_column(out, str_from(prints(ask, output) ? "✓" : "·"),
                    text_width(output->name) + 2);
    }
    buf_text(out, "| ");
    for (size_t i = 0; i < action_count; i++)
        text_column(out, str_from(marks[acts(ask, actions[i])]), actions[i].n + 2);
    buf_printf(out, "| %.*s\n", STR_ARG(rules_basis(ask->rules, ask->kind, ask->status)));
}

static void text_kind(struct buf *out, struct matrix_ask *ask)
{
    size_t count, action_count, wide[2] = {6, 6};
    const struct status *status = rules_statuses(ask->rules, ask->kind, &count);
    const struct kind *kind = ask->kind;
    const struct str *actions;

    action_count = actions_of(ask, &actions);
    for (size_t i = 0; i < count; i++) {
        size_t code = status[i].code.n, names = text_width(names_of(ask->arena, &status[i]));

        wide[0] = code > wide[0] ? code : wide[0];
        wide[1] = names > wide[1] ? names : wide[1];
    }
    wide[0] += 2;
    wide[1] += 2;
    buf_printf(out, "%.*s %.*s\n", STR_ARG(kind->id), STR_ARG(kind->name));
    for (size_t i = 0; i < kind->output_count; i++)
        buf_printf(out, "  %.*s = %.*s\n", STR_ARG(kind->outputs[i].name),
                   STR_ARG(kind->outputs[i].id));
    text_column(out, STR("status"), wide[0]);
    text_column(out, STR("状态"), wide[1]);
    for (size_t i = 0; i < kind->output_count; i++)
        text_column(out, kind->outputs[i].name, text_width(kind->outputs[i].name) + 2);
    buf_text(out, "| ");
    for (size_t i = 0; i < action_count; i++)
        text_column(out, actions[i], actions[i].n + 2);
    buf_text(out, "| basis\n");
    for (size_t i = 0; i < count; i++) {
        ask->status = &status[i];
        text_row(out, ask, actions, action_count, wide);
    }
    buf_byte(out, '\n');
}

static void json_status(struct buf *out, const struct matrix_ask *ask,
                        const struct str *actions, size_t action_count)
{
    const char *comma = "";

    buf_text(out, "{\"status\":");
    buf_json(out, ask->status->code);
    buf_text(out, ",\"names\":[");
    for (size_t i = 0; i < ask->status->name_count; i++) {
        buf_text(out, i ? "," : "");
        buf_json(out, ask->status->names[i]);
    }
    buf_text(out, "],\"print\":{");
    for (size_t i = 0; i < ask->kind->output_count; i++) {
        buf_text(out, i ? "," : "");
        buf_json(out, ask->kind->outputs[i].id);
        buf_text(out, prints(ask, &ask->kind->outputs[i]) ? ":true" : ":false");
    }
    buf_text(out, "},\"act\":{");
    for (size_t i = 0; i < action_count; i++) {
        enum rules_answer answer = acts(ask, actions[i]);

        buf_text(out, comma);
        buf_json(out, actions[i]);
        buf_text(out, answer == RULES_DENIED    ? ":false"
                      : answer == RULES_ALLOWED ? ":true"
                                                : ":\"if-unused\"");
        comma = ",";
    }
    buf_text(out, "},\"basis\":");
    buf_json(out, rules_basis(ask->rules, ask->kind, ask->status));
    buf_byte(out, '}');
}

static void json_kind(struct buf *out, struct matrix_ask *ask)
{
    size_t count, action_count;
    const struct status *status = rules_statuses(ask->rules, ask->kind, &count);
    const struct str *actions = rules_actions(ask->rules, &action_count);

    buf_text(out, "{\"kind\":");
    buf_json(out, ask->kind->id);
    buf_text(out, ",\"name\":");
    buf_json(out, ask->kind->name);
    buf_text(out, ",\"statuses\":[");
    for (size_t i = 0; i < count; i++) {
        ask->status = &status[i];
        buf_text(out, i ? "," : "");
        json_status(out, ask, actions, action_count);
    }
    buf_text(out, "]}");
}

static int run(struct app *app, const struct args *args)
{
    struct matrix_ask ask = {.arena = app->arena};
    bool json = option_given(args, JSON);
    const struct kinds *kinds;
    struct buf out;

    if (!str_is(str_from(args->words[0]), "matrix")) {
        err_add(&app->err, USAGE, where_none(), "没有“rules %s”", "no 'rules %s'",
                args->words[0]);
        err_hint(&app->err, "danzheng rules matrix");
        return report_exit(&app->err);
    }
    if (!kinds_load(app->arena, app->home, &kinds, &app->err) ||
        !rules_load(app->arena, app->home, kinds, &ask.rules, &app->err))
        return report_exit(&app->err);
    buf_init(&out, TABLE_MOST);
    buf_text(&out, json ? "{\"kinds\":[" : "");
    for (size_t i = 0; i < kinds->count; i++) {
        ask.kind = &kinds->all[i];
        if (json) {
            buf_text(&out, i ? "," : "");
            json_kind(&out, &ask);
        } else {
            text_kind(&out, &ask);
        }
    }
    buf_text(&out, json
                       ? "]}\n"
                       : "✓ 允许 allowed   · 不允许 denied   ✓* 未使用时允许 if not used\n"
                         "正式单证另须有海关（批准）编号；从未暂存的记录一律不可打印。\n"
                         "A formal output also needs its official number; a record never saved "
                         "prints nothing.\n");
    fwrite(out.p, 1, out.n, stdout);
    buf_release(&out);
    return 0;
}

const struct command rules_command = {
    .name = "rules",
    .usage = "matrix [--json]",
    .zh = "列出每种单证在每个状态下可打印什么、可做什么。",
    .en = "Show what every status of every kind allows to print and to do.",
    .options = options,
    .option_count = COUNT(options),
    .words_least = 1,
    .words_most = 1,
    .run = run,
};
