/* kind.c: the kinds' declarations, from config/kinds. */
#include "record/kind.h"

#include "conf/conf.h"
#include "record/table.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { LONGEST_MOST = 100000, SEALED_MOST = 31 };

struct tables {
    struct code_table table;
    bool good; /* a bad table's faults are told once */
    struct tables *next;
};

struct loader {
    struct arena *arena;
    const char *home;
    struct conf *conf;
    struct tables *tables; /* shared by all kinds */
    struct err *err;
};

enum type_word { WORD_NONE, WORD_LENGTH, WORD_TABLE };

static const struct type {
    struct str name;
    enum field_type type;
    enum type_word word;
} types[] = {
    {{"text", 4}, FIELD_TEXT, WORD_LENGTH},     {{"lines", 5}, FIELD_LINES, WORD_LENGTH},
    {{"date", 4}, FIELD_DATE, WORD_NONE},       {{"time", 4}, FIELD_TIME, WORD_NONE},
    {{"decimal", 7}, FIELD_DECIMAL, WORD_NONE}, {{"integer", 7}, FIELD_INTEGER, WORD_NONE},
    {{"yes-no", 6}, FIELD_BOOL, WORD_NONE},     {{"code", 4}, FIELD_CODE, WORD_TABLE},
    {{"list", 4}, FIELD_LIST, WORD_NONE},
};

static bool key_is_good(struct str key, bool column)
{
    bool dot = column; /* a column has none */

    for (size_t i = 0; i < key.n; i++) {
        char c = key.p[i];

        if (c == '.' && !dot && i > 0 && i + 1 < key.n)
            dot = true;
        else if (c != '_' && (c < 'a' || c > 'z') && (c < '0' || c > '9'))
            return false;
    }
    return true;
}

static const struct code_table *find_table(struct loader *loader, struct str id)
{
    struct tables *at = loader->tables;

    while (at != NULL && !str_eq(at->table.id, id))
        at = at->next;
    if (at == NULL) {
        at = NEW(loader->arena, struct tables);
        at->table.id = id;
        at->next = loader->tables;
        loader->tables = at;
        at->good = table_load(loader->arena, loader->home, id, &at->table, loader->err);
    }
    return &at->table;
}

static const struct type *find_type(struct loader *loader, struct where at, struct str word)
{
    struct str names[COUNT(types)], near;

    for (size_t i = 0; i < COUNT(types); i++) {
        if (str_eq(types[i].name, word))
            return &types[i];
        names[i] = types[i].name;
    }
    near = str_nearest(word, names, COUNT(names));
    err_add(loader->err, KIND_FAULT, at, "不认识的类型：“%.*s”", "'%.*s' is not a type",
            STR_ARG(word));
    if (near.n > 0)
        err_hint(loader->err, "did you mean '%.*s'?", STR_ARG(near));
    else
        err_hint(loader->err, "text, lines, date, time, decimal, integer, yes-no, code, list");
    return NULL;
}

/* "text 256", "code customs", "date" */
static bool parse_type(struct loader *loader, struct where at, struct str words,
                       struct field *field)
{
    const struct type *type = find_type(loader, at, str_word(&words));
    struct str word = str_trim(words);
    long longest;

    if (type == NULL)
        return false;
    field->type = type->type;
    if (type->word == WORD_LENGTH) {
        if (str_number(word, &longest) && longest > 0 && longest <= LONGEST_MOST) {
            field->longest = (int)longest;
            return true;
        }
        return err_add(loader->err, KIND_FAULT, at, "类型“%.*s”需要最大长度，不可为“%.*s”",
                       "type '%.*s' needs its longest length, not '%.*s'", STR_ARG(type->name),
                       STR_ARG(word));
    }
    if (type->word == WORD_TABLE && word.n > 0) {
        field->codes = find_table(loader, word);
        return true;
    }
    if (word.n > 0)
        return err_add(loader->err, KIND_FAULT, at, "类型“%.*s”之后多了“%.*s”",
                       "'%.*s' takes no '%.*s'", STR_ARG(type->name), STR_ARG(word));
    return true;
}

static bool envelope_is_good(const struct field *field)
{
    return field->type == FIELD_TEXT && !field->required &&
           (str_is(field->key, "operator.name") || str_is(field->key, "operator.unit_name") ||
            str_is(field->key, "operator.customs_code10"));
}

/* key = label | type | save */
static bool parse_field(struct loader *loader, struct conf_entry *entry, bool column,
                        struct field *field)
{
    struct str rest, label, type, flag;

    entry->asked = true;
    field->key = entry->key;
    field->at = entry->at;
    if (!key_is_good(entry->key, column))
        return err_add(loader->err, KIND_FAULT, entry->at, "字段名不合规：“%.*s”",
                       "'%.*s' cannot be a field's key", STR_ARG(entry->key));
    rest = entry->count == 1 ? entry->lines[0].text : STR_NONE;
    label = str_trim(str_cut(rest, '|', &rest));
    type = str_trim(str_cut(rest, '|', &rest));
    flag = str_trim(rest);
    if (label.n == 0 || type.n == 0 || (flag.n > 0 && !str_is(flag, "save"))) {
        err_add(loader->err, KIND_FAULT, entry->at, "字段“%.*s”写法不对",
                "field '%.*s' is not declared rightly", STR_ARG(entry->key));
        err_hint(loader->err, "one line: key = label | type | save (the last may be left out)");
        return false;
    }
    field->label = label;
    field->required = flag.n > 0;
    field->envelope = !column && str_starts(entry->key, STR("operator."));
    if (!parse_type(loader, entry->lines[0].at, type, field))
        return false;
    if (field->envelope && !envelope_is_good(field))
        return err_add(loader->err, KIND_FAULT, entry->at, "“%.*s”不可如此声明",
                       "'%.*s' cannot be declared so: the envelope's operator has the texts "
                       "name, unit_name, customs_code10",
                       STR_ARG(entry->key));
    if (column && field->type == FIELD_LIST)
        return err_add(loader->err, KIND_FAULT, entry->at, "清单中不可再有清单：“%.*s”",
                       "list '%.*s' stands within a list", STR_ARG(entry->key));
    return true;
}

static int by_key(const void *a, const void *b)
{
    const struct field *const *x = a, *const *y = b;

    return str_cmp((*x)->key, (*y)->key);
}

/* '.' sorts before every other byte of a key, so a group's members follow its own name. */
static const struct field *const *sort_fields(struct loader *loader, const struct field *fields,
                                              size_t count)
{
    const struct field **sorted = NEW_ARRAY(loader->arena, count + 1, const struct field *);

    for (size_t i = 0; i < count; i++)
        sorted[i] = &fields[i];
    qsort(sorted, count, sizeof(*sorted), by_key);
    for (size_t i = 1; i < count; i++) {
        struct str group = sorted[i - 1]->key, key = sorted[i]->key;

        if (str_starts(key, group) && key.p[group.n] == '.')
            err_add(loader->err, KIND_FAULT, sorted[i]->at, "“%.*s”与字段“%.*s”冲突",
                    "'%.*s' is in a group whose name is field '%.*s'", STR_ARG(key),
                    STR_ARG(group));
    }
    return sorted;
}

static size_t count_entries(const struct conf_section *section)
{
    size_t count = 0;

    for (const struct conf_entry *entry = section->first; entry != NULL; entry = entry->next)
        count++;
    return count;
}

static void parse_columns(struct loader *loader, struct field *list)
{
    struct conf_section *section = conf_find(loader->conf, "list", list->key);
    struct field *columns;
    size_t count = 0;

    if (section == NULL || section->first == NULL) {
        err_add(loader->err, KIND_FAULT, list->at, "没有[list %.*s]一节，或者其中没有栏目",
                "no section [list %.*s] with columns", STR_ARG(list->key));
        return;
    }
    columns = NEW_ARRAY(loader->arena, count_entries(section), struct field);
    for (struct conf_entry *entry = section->first; entry != NULL; entry = entry->next) {
        struct field *column = &columns[count];

        if (parse_field(loader, entry, /* column */ true, column))
            column->index = count++;
    }
    list->columns = columns;
    list->column_count = count;
    list->sorted = sort_fields(loader, columns, count);
}

static void parse_fields(struct loader *loader, struct kind *kind)
{
    struct conf_section *section = conf_find(loader->conf, "fields", STR_NONE);
    struct field *fields;

    if (section == NULL) {
        err_add(loader->err, KIND_FAULT, kind->at, "没有[fields]一节", "no section [fields]");
        return;
    }
    fields = NEW_ARRAY(loader->arena, count_entries(section) + 1, struct field);
    for (struct conf_entry *entry = section->first; entry != NULL; entry = entry->next) {
        struct field *field = &fields[kind->count];

        if (!parse_field(loader, entry, /* column */ false, field))
            continue;
        kind->count++;
        field->index = field->type == FIELD_LIST ? kind->list_count++ : kind->value_count++;
        if (field->type == FIELD_LIST)
            parse_columns(loader, field);
    }
    kind->fields = fields;
    kind->sorted = sort_fields(loader, fields, kind->count);
}

static struct output *parse_outputs(struct loader *loader, struct conf_section *section,
                                    struct kind *kind)
{
    const struct conf_entry *entry = conf_entry(loader->conf, section, "outputs");
    struct output *outputs;

    if (entry == NULL || entry->count == 0) {
        err_add(loader->err, KIND_FAULT, section->at, "没有声明输出", "no outputs");
        err_hint(loader->err, "outputs = one a line: check_sheet 核对单");
        return NULL;
    }
    outputs = NEW_ARRAY(loader->arena, entry->count, struct output);
    for (size_t i = 0; i < entry->count; i++) {
        struct output *output = &outputs[kind->output_count];
        struct str rest = entry->lines[i].text;

        output->id = str_word(&rest);
        output->name = str_trim(rest);
        output->formal = !str_is(output->id, "check_sheet");
        kind->outputs = outputs;
        if (!key_is_good(output->id, /* column */ true) || output->name.n == 0) {
            err_add(loader->err, KIND_FAULT, entry->lines[i].at, "输出写法不对：“%.*s”",
                    "'%.*s' is not an output", STR_ARG(entry->lines[i].text));
            err_hint(loader->err, "one a line: check_sheet 核对单");
        } else if (kind_output(kind, output->id) != NULL) {
            err_add(loader->err, KIND_FAULT, entry->lines[i].at, "输出“%.*s”重复",
                    "output '%.*s' is here for the second time", STR_ARG(output->id));
        } else {
            kind->output_count++;
        }
    }
    return outputs;
}

/* The field that holds a number: key `number` or `official` of [kind]. */
static const struct field *parse_number(struct loader *loader, struct conf_section *section,
                                        const struct kind *kind, const char *key)
{
    struct str name = conf_text(loader->conf, section, key, STR_NONE, loader->err);
    const struct field *field = kind_field(kind, name);

    if (field != NULL && field->type == FIELD_TEXT && !field->envelope)
        return field;
    err_add(loader->err, KIND_FAULT, section->at, "“%s”应为一个单行文本字段，不可为“%.*s”",
            "'%s' must name a field of type text, not '%.*s'", key, STR_ARG(name));
    return NULL;
}

/* A field that a seal tells, of the type it must have; NULL where the key is absent. */
static const struct field *parse_told(struct loader *loader, struct conf_section *section,
                                      const struct kind *kind, const char *key,
                                      enum field_type type)
{
    struct str name = conf_text(loader->conf, section, key, STR_NONE, loader->err);
    const struct field *field = kind_field(kind, name);

    if (name.n > 0 && (field == NULL || field->type != type))
        err_add(loader->err, KIND_FAULT, conf_entry(loader->conf, section, key)->at,
                "“%.*s”不可作封签的 %s", "'%.*s' cannot be the seal's %s", STR_ARG(name), key);
    return field;
}

/* The sections [seal o], one an output. */
static void parse_seals(struct loader *loader, struct kind *kind, struct output *outputs)
{
    for (size_t i = 0; i < kind->output_count; i++) {
        struct output *output = &outputs[i];
        struct conf_section *section = conf_find(loader->conf, "seal", output->id);
        long number;

        if (section == NULL) {
            err_add(loader->err, KIND_FAULT, kind->at, "没有[seal %.*s]一节",
                    "no section [seal %.*s]", STR_ARG(output->id));
            continue;
        }
        number = conf_count(loader->conf, section, "number", 0, loader->err);
        if (number < 1 || number > SEALED_MOST || (number == 1) == output->formal)
            err_add(loader->err, KIND_FAULT, section->at, "封签的 number 不可为 %ld",
                    "the seal's number cannot be %ld: 1 is the check sheet's, 2 to 31 are "
                    "for the others",
                    number);
        output->sealed = (struct sealed){
            .number = (int)number,
            .customs = parse_told(loader, section, kind, "customs", FIELD_CODE),
            .until = parse_told(loader, section, kind, "until", FIELD_DATE),
            .holder = parse_told(loader, section, kind, "holder", FIELD_TEXT),
            .lines = parse_told(loader, section, kind, "lines", FIELD_LIST),
        };
    }
}

static void parse_kind(struct loader *loader, struct kind *kind)
{
    static const char *const sections[] = {"kind", "fields", "list", "seal"};
    struct conf_section *section = conf_find(loader->conf, "kind", STR_NONE);
    struct output *outputs;

    if (section == NULL) {
        err_add(loader->err, KIND_FAULT, where_file(loader->conf->path, 1, 1), "没有[kind]一节",
                "no section [kind]");
        return;
    }
    kind->at = section->at;
    kind->name = conf_text(loader->conf, section, "name", STR_NONE, loader->err);
    if (kind->name.n == 0)
        err_add(loader->err, KIND_FAULT, section->at, "没有名称", "no name");
    outputs = parse_outputs(loader, section, kind);
    parse_fields(loader, kind);
    parse_seals(loader, kind, outputs);
    kind->number = parse_number(loader, section, kind, "number");
    kind->official = parse_number(loader, section, kind, "official");
    conf_done(loader->conf, sections, COUNT(sections), loader->err);
}

static int by_name(const void *a, const void *b)
{
    const struct str *x = a, *y = b;

    return str_cmp(*x, *y);
}

/* The names of config/kinds/NAME.ini, sorted. */
static bool list_kinds(struct loader *loader, struct str **out, size_t *count)
{
    const char *path = arena_printf(loader->arena, "%s/config/kinds", loader->home);
    size_t room = 16, n = 0;
    struct str *names = NEW_ARRAY(loader->arena, room, struct str);
    struct dirent *entry;
    DIR *folder = opendir(path);

    if (folder == NULL)
        return err_add(loader->err, CONF_MISSING, where_file("config/kinds", 0, 0),
                       "无法读取目录：%s", "cannot be read: %s", strerror(errno));
    while ((entry = readdir(folder)) != NULL) {
        struct str name = str_from(entry->d_name);

        if (!str_ends(name, STR(".ini")) || name.p[0] == '.')
            continue;
        if (n == room) {
            struct str *more = NEW_ARRAY(loader->arena, room *= 2, struct str);

            memcpy(more, names, n * sizeof(*names));
            names = more;
        }
        names[n++] = str_copy(loader->arena, (struct str){name.p, name.n - 4});
    }
    closedir(folder);
    qsort(names, n, sizeof(*names), by_name);
    *out = names;
    *count = n;
    return true;
}

bool kinds_load(struct arena *arena, const char *home, const struct kinds **out,
                struct err *err)
{
    struct loader loader = {.arena = arena, .home = home, .err = err};
    struct kinds *kinds = NEW(arena, struct kinds);
    int before = err->faults;
    struct kind *all;
    struct str *ids = NULL;

    if (!list_kinds(&loader, &ids, &kinds->count))
        return false;
    all = NEW_ARRAY(arena, kinds->count + 1, struct kind);
    kinds->all = all;
    for (size_t i = 0; i < kinds->count; i++) {
        const char *path = arena_printf(arena, "config/kinds/%.*s.ini", STR_ARG(ids[i]));

        all[i].id = ids[i];
        if (conf_read(arena, home, path, &loader.conf, err))
            parse_kind(&loader, &all[i]);
    }
    if (!pua_load(arena, home, &kinds->pua, err) || err->faults > before)
        return false;
    *out = kinds;
    return true;
}

const struct kind *kinds_find(const struct kinds *kinds, struct str id)
{
    for (size_t i = 0; i < kinds->count; i++)
        if (str_eq(kinds->all[i].id, id))
            return &kinds->all[i];
    return NULL;
}

size_t field_rank(const struct field *const *sorted, size_t count, struct str key)
{
    size_t low = 0, high = count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = str_cmp(key, sorted[middle]->key);

        if (order == 0)
            return middle;
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return count;
}

const struct field *kind_field(const struct kind *kind, struct str key)
{
    size_t rank = field_rank(kind->sorted, kind->count, key);

    return rank < kind->count ? kind->sorted[rank] : NULL;
}

const struct field *field_column(const struct field *list, struct str key)
{
    size_t rank = field_rank(list->sorted, list->column_count, key);

    return rank < list->column_count ? list->sorted[rank] : NULL;
}

const struct output *kind_output(const struct kind *kind, struct str id)
{
    for (size_t i = 0; i < kind->output_count; i++)
        if (str_eq(kind->outputs[i].id, id))
            return &kind->outputs[i];
    return NULL;
}
