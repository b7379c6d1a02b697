/* read.c: INI files into sections, strictly.
 *
 * inih splits lines into key and value, but cuts what is longer than its buffers, drops lines
 * that begin with '#' and takes an indented key for a value. So it reads through source_line,
 * which sees every line first: it counts, checks, and withholds each line that inih would not
 * take the way it is written. What inih then says is believed.
 *
 * A value may hold ';', which inih would take for a comment: it travels as MASK, a byte that no
 * line may hold. */
#include "conf/conf.h"

#include "base/utf8.h"

#include <ini.h>
#include <string.h>

enum { LINE_MOST = 197, WORD_MOST = 48, DEEP_MOST = 8, MASK = 1 };

struct source {
    struct conf *conf;
    const char *home, *path;
    const struct source *parent;
    struct where from; /* the include line in the parent */
    struct str rest;
    int line;
    struct conf_section *first, *last; /* of this file alone */
    struct conf_section *section;      /* what a key belongs to; refused ones are in no list */
    struct conf_entry *entry;          /* what an indented line belongs to */
    struct conf_line *open;            /* ended in '\': the next line goes on in it */
    int column;                        /* of the value in the current line */
    bool key;                          /* the current line has a key */
    bool lost;                         /* the line above was refused, so its rows are too */
    struct err *err;
};

static struct where source_at(const struct source *source, size_t offset)
{
    return where_file(source->path, source->line, (int)offset + 1);
}

static void source_hint(const struct source *source, const char *hint)
{
    if (source->from.file == NULL)
        err_hint(source->err, "%s", hint);
    else
        err_hint(source->err, "%s%sincluded from %s:%d", hint, *hint ? "; " : "",
                 source->from.file, source->from.line);
}

static bool blank(char c)
{
    return c == ' ' || c == '\t';
}

static bool word_byte(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-';
}

/* Length of the word at the beginning of text. */
static size_t word_length(struct str text)
{
    size_t n = 0;

    while (n < text.n && word_byte(text.p[n]))
        n++;
    return n;
}

static size_t indent(struct str line)
{
    size_t n = 0;

    while (n < line.n && blank(line.p[n]))
        n++;
    return n;
}

static struct str tail(struct str text, size_t from)
{
    return (struct str){text.p + from, text.n - from};
}

static bool same_section(const struct conf_section *a, const struct conf_section *b)
{
    return str_eq(a->kind, b->kind) && str_eq(a->name, b->name);
}

static struct conf_entry *find_entry(const struct conf_section *section, struct str key)
{
    for (struct conf_entry *entry = section->first; entry != NULL; entry = entry->next)
        if (str_eq(entry->key, key))
            return entry;
    return NULL;
}

static void append_entry(struct conf_section *section, struct conf_entry *entry)
{
    entry->next = NULL;
    if (section->last != NULL)
        section->last->next = entry;
    else
        section->first = entry;
    section->last = entry;
}

/* What any line must be, before anybody asks what it means. */
static bool line_is_text(struct source *source, struct str line)
{
    size_t bad;

    if (line.n > LINE_MOST) {
        err_add(source->err, CONF_SYNTAX, source_at(source, LINE_MOST),
                "本行有%zu字节，最多%d字节", "line of %zu bytes, the most is %d", line.n,
                LINE_MOST);
        source_hint(source, "end it with '\\' and go on, indented, on the next line");
        return false;
    }
    if (!utf8_valid(line, &bad)) {
        err_add(source->err, CONF_SYNTAX, source_at(source, bad), "不是UTF-8编码", "not UTF-8");
        source_hint(source, "save the file as UTF-8");
        return false;
    }
    for (size_t i = 0; i < line.n; i++) {
        if ((unsigned char)line.p[i] >= ' ' || line.p[i] == '\t')
            continue;
        err_add(source->err, CONF_SYNTAX, source_at(source, i), "含有控制字符0x%02X",
                "control character 0x%02X", (unsigned)line.p[i]);
        source_hint(source, "remove it");
        return false;
    }
    return true;
}

static bool section_repeated(struct source *source, const struct conf_section *section)
{
    for (const struct conf_section *other = source->first; other; other = other->next) {
        if (!same_section(other, section))
            continue;
        err_add(source->err, CONF_SECTION, section->at, "本节重复出现：[%.*s%s%.*s]",
                "section [%.*s%s%.*s] is here for the second time", STR_ARG(section->kind),
                section->name.n ? " " : "", STR_ARG(section->name));
        source_hint(source, arena_printf(source->conf->arena, "the first one is on line %d",
                                         other->at.line));
        return true;
    }
    return false;
}

/* 0, or 1 + the offset of the first byte that may not stand between the brackets. */
static size_t section_fault(struct str words)
{
    size_t at = 0;

    if (words.n == 0)
        return 1;
    while (at < words.n) {
        size_t n = word_length(tail(words, at));

        if (n == 0 || n > WORD_MOST)
            return at + 1;
        at += n;
        if (at < words.n && !blank(words.p[at]))
            return at + 1;
        at += indent(tail(words, at));
    }
    return 0;
}

static bool section_line(struct source *source, struct str line)
{
    struct conf_section *section = NEW(source->conf->arena, struct conf_section);
    struct str words = str_trim(tail(line, 1));
    size_t bad;

    source->section = section;
    if (!str_ends(words, STR("]"))) {
        err_add(source->err, CONF_SYNTAX, source_at(source, line.n), "节名缺少“]”",
                "']' expected at the end of the line");
        source_hint(source, "a section is written [kind] or [kind name]");
        return false;
    }
    words.n--;
    words = str_trim(words);
    bad = section_fault(words);
    if (bad != 0) {
        size_t at = (size_t)(words.p - line.p) + bad - 1;

        err_add(source->err, CONF_SYNTAX, source_at(source, at), "节名写法不对：“%.*s”",
                "'%.*s' is not a section's name", STR_ARG(words));
        source_hint(source, "words of a-z 0-9 . _ -, each at most 48 bytes");
        return false;
    }
    section->kind = str_copy(source->conf->arena, str_word(&words));
    section->name = str_copy(source->conf->arena, str_trim(words));
    section->at = source_at(source, 0);
    if (section_repeated(source, section))
        return false;
    if (source->last != NULL)
        source->last->next = section;
    else
        source->first = section;
    source->last = section;
    return true;
}

static bool key_line(struct source *source, struct str line)
{
    size_t n = word_length(line), equals = n + indent(tail(line, n));
    struct str key = {line.p, n};
    const struct conf_entry *other;

    if (n == 0 || n > WORD_MOST || equals == line.n || line.p[equals] != '=') {
        size_t at = n > WORD_MOST ? WORD_MOST : equals;

        err_add(source->err, CONF_SYNTAX, source_at(source, at), "这里应是“键 = 值”",
                "'key = value' expected");
        source_hint(source, "keys are of a-z 0-9 . _ -, at most 48 bytes; rows of a value are "
                            "indented; comments start with ';'");
        return false;
    }
    if (source->section == NULL) {
        err_add(source->err, CONF_SYNTAX, source_at(source, 0), "键“%.*s”之前没有节",
                "key '%.*s' stands before any section", STR_ARG(key));
        source_hint(source, "begin with a section: [kind name]");
        return false;
    }
    other = find_entry(source->section, key);
    if (other != NULL && !str_is(key, "include")) {
        err_add(source->err, CONF_KEY, source_at(source, 0), "键“%.*s”重复出现",
                "key '%.*s' is here for the second time", STR_ARG(key));
        source_hint(source, arena_printf(source->conf->arena, "the first one is on line %d",
                                         other->at.line));
        return false;
    }
    equals++;
    source->column = (int)(equals + indent(tail(line, equals))) + 1;
    source->key = true;
    return true;
}

static bool row_line(struct source *source, struct str line, size_t margin)
{
    struct str text = tail(line, margin);
    size_t n = word_length(text), equals = n + indent(tail(text, n));

    if (source->lost)
        return false;
    if (source->entry == NULL) {
        err_add(source->err, CONF_SYNTAX, source_at(source, margin), "缩进的行之前没有键",
                "an indented line without a key above it");
        source_hint(source, "write keys at the left margin");
        return false;
    }
    if (source->open == NULL && n > 0 && equals < text.n && text.p[equals] == '=') {
        err_add(source->err, CONF_SYNTAX, source_at(source, margin), "键“%.*s”不可缩进",
                "key '%.*s' is indented", (int)n, text.p);
        source_hint(source, "write keys at the left margin; a row that must begin so is "
                            "written with '\\' before its '='");
        return false;
    }
    source->column = (int)margin + 1;
    return true;
}

/* May inih see this line? Sections are noted here: inih cuts their names and keeps quiet about
 * those without keys. */
static bool line_passes(struct source *source, struct str line)
{
    size_t margin = indent(line);
    bool joined = source->open != NULL, good = false;

    source->key = false;
    if (!line_is_text(source, line)) {
        source->lost = source->lost || margin == 0;
        source->open = NULL;
        return false;
    }
    if (joined && (margin == 0 || margin == line.n || line.p[margin] == ';')) {
        err_add(source->err, CONF_SYNTAX, source_at(source, 0),
                "上一行以“\\”结尾，本行应缩进续写",
                "the line above ends in '\\': an indented line expected");
        source_hint(source, "indent this line or remove the '\\'");
        source->open = NULL;
    }
    if (margin == line.n || line.p[margin] == ';')
        return false;
    if (line.p[margin] == '#') {
        err_add(source->err, CONF_SYNTAX, source_at(source, margin), "“#”不是注释符",
                "'#' does not start a comment");
        source_hint(source, "comments start with ';'");
        return false;
    }
    if (margin > 0)
        return row_line(source, line, margin);
    source->entry = NULL;
    good = line.p[0] == '[' ? section_line(source, line) : key_line(source, line);
    source->lost = !good;
    return good;
}

static char *source_line(char *to, int room, void *user)
{
    struct source *source = user;
    struct str line;
    size_t n = 0;

    if (source->rest.n == 0)
        return NULL;
    line = str_cut(source->rest, '\n', &source->rest);
    source->line++;
    if (str_ends(line, STR("\r")))
        line.n--;
    if (line_passes(source, line) && line.n + 2 <= (size_t)room)
        for (; n < line.n; n++)
            to[n] = (char)(line.p[n] == ';' ? MASK : line.p[n]);
    to[n++] = '\n';
    to[n] = '\0';
    return to;
}

static struct str unmasked(struct arena *arena, const char *value)
{
    size_t n = strlen(value);
    char *copy = arena_text(arena, value, n);

    for (size_t i = 0; i < n; i++)
        if (copy[i] == MASK)
            copy[i] = ';';
    return (struct str){copy, n};
}

static void add_text(struct source *source, struct str text)
{
    struct arena *arena = source->conf->arena;
    struct conf_entry *entry = source->entry;
    struct conf_line *line = source->open;
    bool runs_on = str_ends(text, STR("\\"));

    text.n -= runs_on;
    if (line == NULL) {
        /* Room for the next power of two; the old lines stay behind in the arena. */
        if ((entry->count & (entry->count - 1)) == 0) {
            struct conf_line *more = NEW_ARRAY(arena, entry->count * 2 + 1, struct conf_line);

            if (entry->count > 0)
                memcpy(more, entry->lines, entry->count * sizeof(*more));
            entry->lines = more;
        }
        line = &entry->lines[entry->count++];
    }
    if (line->text.n == 0)
        line->at = where_file(source->path, source->line, source->column);
    line->text = str_printf(arena, "%.*s%.*s", STR_ARG(line->text), STR_ARG(text));
    source->open = runs_on ? line : NULL;
}

static int source_value(void *user, const char *section, const char *name, const char *value)
{
    struct source *source = user;
    struct str text = unmasked(source->conf->arena, value);

    (void)section;
    if (source->key) {
        struct conf_entry *entry = NEW(source->conf->arena, struct conf_entry);

        entry->key = str_copy(source->conf->arena, str_from(name));
        entry->at = source_at(source, 0);
        append_entry(source->section, entry);
        source->entry = entry;
    }
    if (text.n > 0 && source->entry != NULL)
        add_text(source, text);
    return 1;
}

/* A line of only '\' leaves an empty text, a '\' before a refused line leaves blanks. */
static void trim_lines(struct conf_entry *entry)
{
    size_t kept = 0;

    for (size_t i = 0; i < entry->count; i++) {
        struct conf_line line = entry->lines[i];

        line.text = str_trim(line.text);
        if (line.text.n > 0)
            entry->lines[kept++] = line;
    }
    entry->count = kept;
}

static void merge_section(struct conf *conf, struct conf_section *from)
{
    struct conf_section *into = conf->first;
    struct conf_entry *entry, *next;

    while (into != NULL && !same_section(into, from))
        into = into->next;
    if (into == NULL) {
        into = NEW(conf->arena, struct conf_section);
        into->kind = from->kind;
        into->name = from->name;
        if (conf->last != NULL)
            conf->last->next = into;
        else
            conf->first = into;
        conf->last = into;
    }
    into->at = from->at;
    for (entry = from->first; entry != NULL; entry = next) {
        struct conf_entry *old = find_entry(into, entry->key);

        next = entry->next;
        trim_lines(entry);
        if (str_is(entry->key, "include"))
            continue;
        if (old == NULL) {
            append_entry(into, entry);
            continue;
        }
        old->lines = entry->lines;
        old->count = entry->count;
        old->at = entry->at;
    }
}

/* The include's path beside the including file, "x/.." taken out; NULL when it leaves home. */
static const char *include_path(struct arena *arena, const char *from, struct str name)
{
    const char *slash = strrchr(from, '/');
    struct str folder = {from, slash ? (size_t)(slash - from) : 0};
    struct str rest = str_printf(arena, "%.*s/%.*s", STR_ARG(folder), STR_ARG(name));
    char *path = arena_alloc(arena, rest.n + 1);
    size_t n = 0;

    if (str_starts(name, STR("/")))
        return NULL;
    while (rest.n > 0) {
        struct str part = str_cut(rest, '/', &rest);

        if (part.n == 0 || str_is(part, "."))
            continue;
        if (str_is(part, "..")) {
            if (n == 0)
                return NULL;
            while (n > 0 && path[--n] != '/')
                ;
            continue;
        }
        if (n > 0)
            path[n++] = '/';
        memcpy(path + n, part.p, part.n);
        n += part.n;
    }
    path[n] = '\0';
    return path;
}

/* The place of the file's text. */
static struct str *add_file(struct conf *conf, const char *path, struct where from)
{
    for (size_t i = 0; i < conf->file_count; i++)
        if (strcmp(conf->files[i], path) == 0)
            return &conf->texts[i];
    if (conf->file_count == conf->file_room) {
        size_t room = conf->file_room * 2 + 8;
        const char **files = NEW_ARRAY(conf->arena, room, const char *);
        struct str *texts = NEW_ARRAY(conf->arena, room, struct str);
        struct where *froms = NEW_ARRAY(conf->arena, room, struct where);

        for (size_t i = 0; i < conf->file_count; i++) {
            files[i] = conf->files[i];
            texts[i] = conf->texts[i];
            froms[i] = conf->from[i];
        }
        conf->files = files;
        conf->texts = texts;
        conf->from = froms;
        conf->file_room = room;
    }
    conf->files[conf->file_count] = path;
    conf->from[conf->file_count] = from;
    return &conf->texts[conf->file_count++];
}

static void source_read(struct source *source);

static void source_include(const struct source *parent, const struct conf_line *line)
{
    struct conf *conf = parent->conf;
    struct source source = {.conf = conf,
                            .home = parent->home,
                            .parent = parent,
                            .from = line->at,
                            .err = parent->err};
    size_t deep = 0;

    source.path = include_path(conf->arena, parent->path, line->text);
    if (source.path == NULL) {
        err_add(parent->err, CONF_INCLUDE, line->at, "不可包含数据目录以外的文件：“%.*s”",
                "'%.*s' lies outside the program's data", STR_ARG(line->text));
        source_hint(parent, "write a path relative to this file");
        return;
    }
    for (const struct source *up = parent; up != NULL; up = up->parent, deep++) {
        if (strcmp(up->path, source.path) != 0 && deep < DEEP_MOST)
            continue;
        err_add(parent->err, CONF_INCLUDE, line->at,
                deep < DEEP_MOST ? "文件包含了自身：“%s”" : "包含的文件超过8层：“%s”",
                deep < DEEP_MOST ? "'%s' includes itself" : "'%s' is more than 8 includes deep",
                source.path);
        source_hint(parent, "");
        return;
    }
    source_read(&source);
}

static void source_read(struct source *source)
{
    struct str *text = add_file(source->conf, source->path, source->from);
    int refused;

    if (!conf_file(source->conf->arena, source->home, source->path, &source->rest,
                   source->err)) {
        source_hint(source, "");
        return;
    }
    *text = source->rest;
    refused = ini_parse_stream(source_line, source, source_value, source);
    if (refused != 0)
        err_add(source->err, CONF_SYNTAX, where_file(source->path, refused, 0), "本行无法读取",
                "this line cannot be read");
    if (source->open != NULL) {
        err_add(source->err, CONF_SYNTAX, source_at(source, 0), "文件末行以“\\”结尾",
                "the file's last line ends in '\\'");
        source_hint(source, "remove the '\\'");
    }
    for (struct conf_section *section = source->first; section; section = section->next)
        for (struct conf_entry *entry = section->first; entry; entry = entry->next)
            if (str_is(entry->key, "include"))
                for (size_t i = 0; i < entry->count; i++)
                    source_include(source, &entry->lines[i]);
    for (struct conf_section *section = source->first; section; section = section->next)
        merge_section(source->conf, section);
}

bool conf_read(struct arena *arena, const char *home, const char *path, struct conf **out,
               struct err *err)
{
    struct conf *conf = NEW(arena, struct conf);
    struct source source = {.conf = conf, .home = home, .err = err};
    int before = err->faults;

    conf->arena = arena;
    conf->path = source.path = arena_text(arena, path, strlen(path));
    source_read(&source);
    if (err->faults > before)
        return false;
    *out = conf;
    return true;
}
