/* subset.c: a font program with only the glyphs that are shown: CFF by our own writer,
 * TrueType by hb-subset. Hints and subroutines go (the outlines are the same, the file is
 * smaller), and so does every table that a PDF does not use. */
#include "font/font-internal.h"

#include <errno.h>
#include <hb-ot.h>
#include <hb-subset.h>
#include <string.h>

/* Tables a PDF viewer needs of TrueType. */
static bool is_wanted(hb_tag_t tag)
{
    static const hb_tag_t wanted[] = {
        HB_TAG('h', 'e', 'a', 'd'), HB_TAG('h', 'h', 'e', 'a'), HB_TAG('h', 'm', 't', 'x'),
        HB_TAG('m', 'a', 'x', 'p'), HB_TAG('g', 'l', 'y', 'f'), HB_TAG('l', 'o', 'c', 'a'),
    };

    for (size_t i = 0; i < COUNT(wanted); i++) {
        if (wanted[i] == tag)
            return true;
    }
    return false;
}

static void drop_tables(const struct face *face, hb_set_t *drop)
{
    hb_tag_t tags[64];
    unsigned count = COUNT(tags), start = 0;

    for (; count == COUNT(tags); start += count) {
        hb_face_get_table_tags(face->hb, start, &count, tags);
        for (unsigned i = 0; i < count; i++)
            if (!is_wanted(tags[i]))
                hb_set_add(drop, tags[i]);
    }
}

/* What is open on the way to a subset. */
struct opened {
    hb_subset_input_t *input;
    hb_subset_plan_t *plan;
    hb_face_t *face;
    hb_blob_t *blob;
};

static void opened_drop(void *what)
{
    const struct opened *opened = what;

    hb_blob_destroy(opened->blob);
    hb_face_destroy(opened->face);
    hb_subset_plan_destroy(opened->plan);
    hb_subset_input_destroy(opened->input);
}

static hb_subset_input_t *subset_input(const struct face *face, const uint32_t *glyphs,
                                       size_t count)
{
    hb_subset_input_t *input = hb_subset_input_create_or_fail();
    hb_set_t *wanted;

    if (!input)
        return NULL;
    wanted = hb_subset_input_glyph_set(input);
    hb_set_add(wanted, 0);
    for (size_t i = 0; i < count; i++)
        hb_set_add(wanted, glyphs[i]);
    drop_tables(face, hb_subset_input_set(input, HB_SUBSET_SETS_DROP_TABLE_TAG));
    hb_subset_input_set_flags(input,
                              HB_SUBSET_FLAGS_NO_HINTING | HB_SUBSET_FLAGS_NOTDEF_OUTLINE);
    return input;
}

static struct str subset_bytes(struct arena *arena, struct opened *opened)
{
    unsigned length;
    const char *data;

    opened->blob = hb_face_reference_blob(opened->face);
    data = hb_blob_get_data(opened->blob, &length);
    return str_copy(arena, (struct str){data, length});
}

static const uint16_t *new_ids(struct arena *arena, const hb_subset_plan_t *plan,
                               const uint32_t *glyphs, size_t count)
{
    const hb_map_t *map = hb_subset_plan_old_to_new_glyph_mapping(plan);
    uint16_t *gids = NEW_ARRAY(arena, count, uint16_t);

    for (size_t i = 0; i < count; i++)
        gids[i] = (uint16_t)hb_map_get(map, glyphs[i]);
    return gids;
}

/* Empty bytes when it fails. */
static struct font_program subset_truetype(struct arena *arena, struct face *face,
                                           const uint32_t *glyphs, size_t count)
{
    struct opened *opened = NEW(arena, struct opened);
    struct owned *owned = arena_own(arena, opened_drop, opened);
    struct font_program program = {.bytes = STR_NONE};

    opened->input = subset_input(face, glyphs, count);
    if (opened->input)
        opened->plan = hb_subset_plan_create_or_fail(face->hb, opened->input);
    if (opened->plan)
        opened->face = hb_subset_plan_execute_or_fail(opened->plan);
    if (opened->face) {
        program.bytes = subset_bytes(arena, opened);
        program.gids = new_ids(arena, opened->plan, glyphs, count);
    }
    owned_close(owned);
    face->spoilt = face->spoilt || !program.bytes.n || errno == ENOMEM;
    return program;
}

/* Fallback faces mostly draw the same few characters, such as boxes to tick, so the last subset
 * is kept. What is handed out is a copy. */
static struct font_program subset_kept(struct fonts *fonts, struct arena *arena,
                                       struct face *face, const uint32_t *glyphs, size_t count)
{
    struct font_program program = face->program;
    size_t bytes = count * sizeof *glyphs;

    if (!face->subset)
        face->subset = arena_like(fonts->arena);
    if (program.bytes.n == 0 || face->subset_count != count ||
        memcmp(face->subset_of, glyphs, bytes) != 0) {
        face->program.bytes = STR_NONE; /* should memory end in between */
        arena_reset(face->subset);
        program = subset_truetype(face->subset, face, glyphs, count);
        face->subset_of = memcpy(arena_alloc(face->subset, bytes), glyphs, bytes);
        face->subset_count = count;
        face->program = program;
    }
    program.bytes = str_copy(arena, program.bytes);
    if (program.gids)
        program.gids = memcpy(NEW_ARRAY(arena, count, uint16_t), program.gids,
                              count * sizeof *program.gids);
    return program;
}

bool font_subset(struct fonts *fonts, struct arena *arena, int index, const uint32_t *glyphs,
                 const uint16_t *cids, size_t count, struct font_program *out, struct err *err)
{
    struct face *face = face_open(fonts, index);
    const struct face_info *info = &fonts->faces[index].info;
    struct font_program program = {.bytes = STR_NONE};

    if (face && face->cff)
        program = cff_subset(fonts->arena, arena, face->cff, glyphs, cids, count);
    else if (face)
        program = subset_kept(fonts, arena, face, glyphs, count);
    if (program.bytes.n == 0)
        return err_add(err, FONT_FAULT, info->at, "字体“%.*s”取不出子集：%s",
                       "no subset can be made of face \"%.*s\": %s", STR_ARG(info->id),
                       face ? "a glyph's outline is damaged" : fonts->faces[index].fault);
    *out = program;
    return true;
}
