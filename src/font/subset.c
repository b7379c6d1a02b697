/* subset.c: a font program with only the glyphs that are shown, by hb-subset. Hints and
 * subroutines go (the outlines are the same, the file is smaller), and so does every table that
 * a PDF does not use. Glyph ids change, CIDs do not. */
#include "font/font-internal.h"

#include <hb-ot.h>
#include <hb-subset.h>

#define CFF_TABLE HB_TAG('C', 'F', 'F', ' ')

/* Tables a PDF viewer needs of TrueType; of CFF it is the one table. */
static bool is_wanted(const struct face *face, hb_tag_t tag)
{
    switch (tag) {
    case HB_TAG('h', 'e', 'a', 'd'):
    case HB_TAG('h', 'h', 'e', 'a'):
    case HB_TAG('h', 'm', 't', 'x'):
    case HB_TAG('m', 'a', 'x', 'p'):
        return true;
    case HB_TAG('g', 'l', 'y', 'f'):
    case HB_TAG('l', 'o', 'c', 'a'):
        return !face->cff;
    case CFF_TABLE:
        return face->cff;
    default:
        return false;
    }
}

static void drop_tables(const struct face *face, hb_set_t *drop)
{
    hb_tag_t tags[64];
    unsigned count = COUNT(tags), start = 0;

    for (; count == COUNT(tags); start += count) {
        hb_face_get_table_tags(face->hb, start, &count, tags);
        for (unsigned i = 0; i < count; i++)
            if (!is_wanted(face, tags[i]))
                hb_set_add(drop, tags[i]);
    }
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
    hb_subset_input_set_flags(input, HB_SUBSET_FLAGS_NO_HINTING |
                                         HB_SUBSET_FLAGS_DESUBROUTINIZE |
                                         HB_SUBSET_FLAGS_NOTDEF_OUTLINE);
    return input;
}

/* The bytes of the subset face: its CFF table, or the whole file. */
static struct str subset_bytes(struct arena *arena, const struct face *face, hb_face_t *subset)
{
    hb_blob_t *blob =
        face->cff ? hb_face_reference_table(subset, CFF_TABLE) : hb_face_reference_blob(subset);
    unsigned length;
    const char *data = hb_blob_get_data(blob, &length);
    struct str bytes = str_copy(arena, (struct str){data, length});

    hb_blob_destroy(blob);
    return bytes;
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

bool font_subset(struct fonts *fonts, struct arena *arena, int index, const uint32_t *glyphs,
                 size_t count, struct font_program *out, struct err *err)
{
    struct face *face = face_open(fonts, index);
    const struct face_info *info = &fonts->faces[index].info;
    hb_subset_input_t *input = NULL;
    hb_subset_plan_t *plan = NULL;
    hb_face_t *subset = NULL;
    struct str bytes;
    bool ok = false;

    if (face)
        input = subset_input(face, glyphs, count);
    if (input)
        plan = hb_subset_plan_create_or_fail(face->hb, input);
    if (plan)
        subset = hb_subset_plan_execute_or_fail(plan);
    if (!subset)
        goto out;
    bytes = subset_bytes(arena, face, subset);
    if (bytes.n == 0)
        goto out;
    *out = (struct font_program){bytes, face->cff ? NULL : new_ids(arena, plan, glyphs, count)};
    ok = true;
out:
    if (!ok)
        err_add(err, FONT_FAULT, info->at, "字体“%.*s”取不出子集：%s",
                "no subset can be made of face \"%.*s\": %s", STR_ARG(info->id),
                face ? "hb-subset failed" : fonts->faces[index].fault);
    hb_face_destroy(subset);
    hb_subset_plan_destroy(plan);
    hb_subset_input_destroy(input);
    return ok;
}
