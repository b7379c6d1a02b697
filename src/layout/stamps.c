/* stamps.c: [seal x]: where a seal or signature stands, how large it is, and its image. What
 * the single window allows is checked here, once, and the image is read, so that no paper can
 * fail for it later. */
#include "layout/parser.h"

#include "digest/digest.h"

#include <string.h>

/* The largest seals, and the least fineness of their scans. */
static const struct {
    const char *name;
    mpt width, height;
} shapes[] = {
    [STAMP_ROUND] = {"round", MM(45), MM(45)},
    [STAMP_OBLONG] = {"oblong", MM(55), MM(40)},
    [STAMP_OVAL] = {"oval", MM(55), MM(45)},
    [STAMP_SIGNATURE] = {"signature", MM(35), MM(30)},
};
enum { DOTS_AN_INCH = 600, INCH = 72000 };

static struct where key_at(struct parser *p, struct conf_section *section, const char *key)
{
    struct conf_entry *entry = conf_entry(p->conf, section, key);

    return entry ? entry->at : section->at;
}

static bool cell_exists(const struct layout *layout, struct str name)
{
    for (size_t i = 0; i < layout->flow_count; i++) {
        const struct grid *grid = &layout->flow[i].as.grid;

        for (size_t r = 0; layout->flow[i].type == BLOCK_GRID && r < grid->row_count; r++) {
            for (size_t c = 0; c < grid->track_count; c++) {
                if (grid->rows[r].cells[c].columns && str_eq(grid->rows[r].cells[c].name, name))
                    return true;
            }
        }
    }
    return false;
}

/* at = cell NAME, or a corner of the last page */
static void place_read(struct parser *p, struct conf_section *section, struct stamp *stamp)
{
    struct str at = conf_text(p->conf, section, "at", STR_NONE, p->err), rest = at;
    const struct layout *layout = p->layout;

    if (str_is(str_word(&rest), "cell") && rest.n) {
        stamp->cell = rest;
        if (cell_exists(layout, rest))
            return;
        err_add(p->err, LAYOUT_REFERENCE, key_at(p, section, "at"), "没有名为“%.*s”的格",
                "no cell of a grid is named '%.*s'", STR_ARG(rest));
        err_hint(p->err, "a cell's name is its first field, or what stands behind '@'");
    } else if (!corner_parse(at, &stamp->corner, &stamp->dx, &stamp->dy)) {
        err_add(p->err, LAYOUT_GEOMETRY, key_at(p, section, "at"),
                "at 要写 cell 和格名，或一个角和到两边的距离",
                "at takes 'cell' and a name, or a corner and two distances");
        err_hint(p->err, "at = cell sign, or: at = bottom-left 20mm 30mm");
    } else if (stamp->dx + stamp->width > layout->width ||
               stamp->dy + stamp->height > layout->height) {
        err_add(p->err, LAYOUT_GEOMETRY, key_at(p, section, "at"), "印章超出纸边",
                "the seal leaves the sheet");
    }
}

static void size_read(struct parser *p, struct conf_section *section, struct stamp *stamp)
{
    static const char *const names[] = {"round", "oblong", "oval", "signature"};
    struct str rest = conf_text(p->conf, section, "size", STR_NONE, p->err), width, height;
    int shape =
        conf_choice(p->conf, section, "shape", names, COUNT(names), STAMP_ROUND, p->err);

    stamp->shape = (enum stamp_shape)shape;
    width = str_word(&rest);
    height = rest.n ? rest : width;
    if (!mpt_parse(width, &stamp->width) || !mpt_parse(height, &stamp->height) ||
        stamp->width <= 0 || stamp->height <= 0) {
        err_add(p->err, LAYOUT_GEOMETRY, key_at(p, section, "size"), "size 要写宽和高",
                "size takes width and height");
        err_hint(p->err, "size = 42mm, or: size = 45mm 30mm");
        stamp->width = stamp->height = MM(30);
    } else if (stamp->width > shapes[shape].width || stamp->height > shapes[shape].height) {
        err_add(p->err, LAYOUT_GEOMETRY, key_at(p, section, "size"),
                "印章过大：单一窗口的上限见说明", "the seal is larger than its shape may be");
        err_hint(p->err, "a %s seal is at most %d × %d mm", shapes[shape].name,
                 (int)(shapes[shape].width / MM(1)), (int)(shapes[shape].height / MM(1)));
    } else if (shape == STAMP_ROUND && stamp->width != stamp->height) {
        err_add(p->err, LAYOUT_GEOMETRY, key_at(p, section, "size"), "圆形印章的宽和高应相等",
                "a round seal is as wide as high");
    }
}

/* A whole pixel may be missing: scanners round. */
static bool fine_enough(int pixels, mpt length)
{
    return ((int64_t)pixels + 1) * INCH > (int64_t)length * DOTS_AN_INCH;
}

static void image_check(struct parser *p, struct conf_section *section,
                        const struct stamp *stamp)
{
    const struct image *image = stamp->image;
    int64_t across = (int64_t)image->columns * stamp->height;
    int64_t down = (int64_t)image->rows * stamp->width;
    struct where at = key_at(p, section, "image");

    if (!fine_enough(image->columns, stamp->width) ||
        !fine_enough(image->rows, stamp->height)) {
        err_add(p->err, LAYOUT_GEOMETRY, at, "图片只有 %d × %d 像素，按此尺寸不足 600 dpi",
                "the image has %d × %d pixels: less than 600 dpi at this size", image->columns,
                image->rows);
        err_hint(p->err, "scan it again: %d × %d pixels at least",
                 (int)((int64_t)stamp->width * DOTS_AN_INCH / INCH + 1),
                 (int)((int64_t)stamp->height * DOTS_AN_INCH / INCH + 1));
    } else if ((across > down ? across - down : down - across) > across / 50) {
        err_add(p->err, LAYOUT_GEOMETRY, at, "图片的宽高比与 size 不符，会变形",
                "the image has another shape than size and would be distorted");
        err_hint(p->err, "crop the image to the seal, or mend size");
    }
}

static void image_load(struct parser *p, struct conf_section *section, struct stamp *stamp)
{
    struct str file = conf_text(p->conf, section, "image", STR_NONE, p->err), bytes;
    struct where at = key_at(p, section, "image");
    bool absolute = str_starts(file, STR("/"));
    const char *path, *name = arena_text(p->arena, file.p, file.n);

    if (!file.n)
        return;
    if (strstr(name, "..")) {
        err_add(p->err, LAYOUT_REFERENCE, at, "图片须放在 layouts 目录之下，或写绝对路径",
                "the image lies below layouts, or has an absolute path");
        return;
    }
    path = absolute ? name + 1 : arena_printf(p->arena, "layouts/%s", name);
    if (!conf_file(p->arena, absolute ? "" : p->home, path, &bytes, p->err)) {
        err_add(p->err, LAYOUT_REFERENCE, at, "没有图片“%s”", "no image '%s'", name);
        err_hint(p->err, "its path starts at the layouts folder; without it, leave image out");
    } else if (image_read(p->arena, bytes, at, &stamp->image, p->err)) {
        struct str hex = sha256_hex(p->arena, bytes);

        image_check(p, section, stamp);
        p->images =
            str_printf(p->arena, "%.*s%.*s  %s\n", STR_ARG(p->images), STR_ARG(hex), path);
    }
}

void stamps_read(struct parser *p)
{
    struct layout *layout = p->layout;
    size_t count = 0;

    for (struct conf_section *s = conf_first(p->conf, "seal"); s; s = conf_next(s))
        count++;
    layout->stamps = NEW_ARRAY(p->arena, count, struct stamp);
    for (struct conf_section *s = conf_first(p->conf, "seal"); s; s = conf_next(s)) {
        struct stamp *stamp = &layout->stamps[layout->stamp_count++];

        stamp->at = s->at;
        size_read(p, s, stamp);
        place_read(p, s, stamp);
        stamp->when = condition_read(p, s);
        image_load(p, s, stamp);
        if (!layout->output->formal)
            err_add(p->err, LAYOUT_REFERENCE, s->at, "核对单不得加盖印章",
                    "a check sheet never bears a seal");
    }
}
