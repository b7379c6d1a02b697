/* fonts.c: fonts.ini: which faces there are, and in which order a chain asks them. */
#include "conf/conf.h"
#include "font/font-internal.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

static const char ini[] = "fonts/fonts.ini";

static const char *face_path(struct arena *arena, const char *home, struct str file)
{
    return file.n > 0 && file.p[0] == '/' ? arena_text(arena, file.p, file.n)
                                          : arena_printf(arena, "%s/%.*s", home, STR_ARG(file));
}

static bool size_check(const struct face *face, struct err *err)
{
    const struct face_info *info = &face->info;
    struct stat st;

    if (stat(face->path, &st) < 0) {
        err_add(err, FONT_MISSING, info->at, "缺少字体文件“%s”", "font file \"%s\" is missing",
                face->path);
        return err_hint(err, "apt-get install %.*s", STR_ARG(info->package)), false;
    }
    if (st.st_size != info->bytes) {
        err_add(err, FONT_CHANGED, info->at, "字体文件“%s”应有 %ld 字节，实有 %ld 字节",
                "font file \"%s\" should have %ld bytes, but has %ld", face->path, info->bytes,
                (long)st.st_size);
        return err_hint(err,
                        "install the package's own version of it, or declare the new file"),
               false;
    }
    return true;
}

static struct str wanted(struct conf *conf, struct conf_section *section, const char *key,
                         struct err *err)
{
    struct str value = conf_text(conf, section, key, STR_NONE, err);

    if (value.n == 0)
        err_add(err, CONF_VALUE, section->at, "[face %.*s] 缺少“%s”",
                "[face %.*s] lacks \"%s\"", STR_ARG(section->name), key);
    return value;
}

static void face_declare(struct fonts *fonts, const char *home, struct conf *conf,
                         struct conf_section *section, struct err *err)
{
    struct face *face = &fonts->faces[fonts->face_count++];
    struct face_info *info = &face->info;
    int before = err->faults;

    info->at = section->at;
    info->id = section->name;
    info->package = wanted(conf, section, "package", err);
    info->file = wanted(conf, section, "file", err);
    info->sha256 = wanted(conf, section, "sha256", err);
    info->licence = wanted(conf, section, "licence", err);
    info->index = (int)conf_count(conf, section, "index", 0, err);
    info->bytes = conf_count(conf, section, "bytes", 0, err);
    face->path = face_path(fonts->arena, home, info->file);
    if (err->faults == before)
        (void)size_check(face, err);
}

static int face_find(const struct fonts *fonts, struct str id)
{
    for (int i = 0; i < fonts->face_count; i++)
        if (str_eq(fonts->faces[i].info.id, id))
            return i;
    return -1;
}

static void unknown_face(const struct fonts *fonts, struct str id, struct where at,
                         struct err *err)
{
    struct str ids[FONTS_FACES_MOST], near;

    for (int i = 0; i < fonts->face_count; i++)
        ids[i] = fonts->faces[i].info.id;
    err_add(err, CONF_VALUE, at, "没有字体“%.*s”", "there is no face \"%.*s\"", STR_ARG(id));
    near = str_nearest(id, ids, (size_t)fonts->face_count);
    if (near.n > 0)
        err_hint(err, "did you mean \"%.*s\"?", STR_ARG(near));
}

static void chain_read(struct fonts *fonts, struct conf *conf, struct conf_section *section,
                       struct err *err)
{
    struct chain *chain = &fonts->chains[fonts->chain_count++];
    const struct conf_entry *entry = conf_entry(conf, section, "faces");

    chain->name = section->name;
    chain->faces = NEW_ARRAY(fonts->arena, (size_t)fonts->face_count, int);
    chain->fits = NEW_ARRAY(fonts->arena, (size_t)fonts->face_count, uint16_t);
    for (size_t i = 0; entry && i < entry->count; i++) {
        struct str rest = entry->lines[i].text;

        for (struct str id = str_word(&rest); id.n > 0; id = str_word(&rest)) {
            int face = face_find(fonts, id);

            if (face < 0)
                unknown_face(fonts, id, entry->lines[i].at, err);
            else if (chain->count < (size_t)fonts->face_count)
                chain->faces[chain->count++] = face;
        }
    }
    if (chain->count == 0)
        err_add(err, CONF_VALUE, section->at, "[chain %.*s] 没有字体",
                "[chain %.*s] has no face", STR_ARG(chain->name));
}

static size_t sections(struct conf *conf, const char *kind)
{
    size_t count = 0;

    for (struct conf_section *s = conf_first(conf, kind); s; s = conf_next(s))
        count++;
    return count;
}

/* What HarfBuzz makes once in a process it makes here: where there is no memory for that, it
 * would go on without it for ever. */
static bool buffer_open(struct fonts *fonts)
{
    errno = 0;
    fonts->buffer = hb_buffer_create();
    hb_font_destroy(hb_font_create(hb_face_get_empty()));
    return errno != ENOMEM && hb_buffer_allocation_successful(fonts->buffer);
}

static void fonts_drop(void *what)
{
    struct fonts *fonts = what;

    outlines_close(fonts);
    for (int i = 0; i < fonts->face_count; i++)
        face_close(&fonts->faces[i]);
    hb_buffer_destroy(fonts->buffer);
    fonts->buffer = NULL;
}

bool fonts_open(struct arena *arena, const char *home, struct fonts **out, struct err *err)
{
    static const char *const kinds[] = {"face", "chain"};
    struct fonts *fonts = NEW(arena, struct fonts);
    int before = err->faults;
    struct conf *conf;
    size_t faces, chains;

    if (!conf_read(arena, home, ini, &conf, err))
        return false;
    faces = sections(conf, "face");
    chains = sections(conf, "chain");
    if (faces > FONTS_FACES_MOST)
        return err_add(err, CONF_SECTION, where_file(ini, 1, 1), "字体有 %zu 个，最多 %d 个",
                       "there are %zu faces, at most %d are possible", faces,
                       (int)FONTS_FACES_MOST);
    fonts->arena = arena;
    fonts->owned = arena_own(arena, fonts_drop, fonts);
    fonts->faces = NEW_ARRAY(arena, faces, struct face);
    fonts->chains = NEW_ARRAY(arena, chains, struct chain);
    for (struct conf_section *s = conf_first(conf, "face"); s; s = conf_next(s))
        face_declare(fonts, home, conf, s, err);
    for (struct conf_section *s = conf_first(conf, "chain"); s; s = conf_next(s))
        chain_read(fonts, conf, s, err);
    (void)conf_done(conf, kinds, COUNT(kinds), err);
    if (err->faults > before)
        return false;
    if (!buffer_open(fonts))
        return err_add(err, MEMORY_LIMIT, where_none(), "内存不足，字体打不开",
                       "memory is too short to open the fonts");
    *out = fonts;
    return true;
}

void fonts_close(struct fonts *fonts)
{
    if (fonts)
        owned_close(fonts->owned);
}

struct arena *fonts_arena(struct fonts *fonts)
{
    return fonts->arena;
}

bool fonts_check(struct fonts *fonts, struct err *err)
{
    bool ok = true;

    for (int i = 0; i < fonts->face_count; i++) {
        const struct face *face = &fonts->faces[i];

        if (face_open(fonts, i))
            continue;
        ok = err_add(err, FONT_FAULT, face->info.at, "字体“%.*s”不能用：%s",
                     "face \"%.*s\" cannot be used: %s", STR_ARG(face->info.id), face->fault);
    }
    return ok;
}

int fonts_faces(const struct fonts *fonts)
{
    return fonts->face_count;
}

const struct face_info *fonts_face(const struct fonts *fonts, int face)
{
    return &fonts->faces[face].info;
}

int fonts_chain(const struct fonts *fonts, struct str name)
{
    for (int i = 0; i < fonts->chain_count; i++)
        if (str_eq(fonts->chains[i].name, name))
            return i;
    return -1;
}

struct str fonts_chain_name(const struct fonts *fonts, int chain)
{
    return fonts->chains[chain].name;
}

const int *fonts_chain_faces(const struct fonts *fonts, int chain, size_t *count)
{
    *count = fonts->chains[chain].count;
    return fonts->chains[chain].faces;
}
