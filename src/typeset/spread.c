/* spread.c: 分散对齐: the letters of a line stand apart, so that short labels are as wide as the
 * widest one. Gaps lie where a Chinese compositor would put them: beside ideographs, never
 * inside a Latin word or a number, never before a closing or behind an opening mark. */
#include "typeset/plan.h"

#include "base/utf8.h"

#include <string.h>

static bool is_wide(uint32_t code)
{
    return code >= 0x2E80 && !(code >= 0xFB00 && code < 0xFE30);
}

static bool is_one_of(uint32_t code, struct str marks)
{
    for (size_t at = 0; at < marks.n;) {
        if (utf8_next(marks, &at) == code)
            return true;
    }
    return false;
}

static bool may_part(uint32_t before, uint32_t after)
{
    return (is_wide(before) || is_wide(after)) && !is_one_of(before, STR("（(《〈【“")) &&
           !is_one_of(after, STR("）)》〉】”：:、，。；·"));
}

static uint32_t code_of(const struct text_run *run, size_t glyph)
{
    size_t at = run->glyphs[glyph].cluster;

    return utf8_next(run->text, &at);
}

/* May letters part behind this glyph? In the last glyph of a run the next run is asked. */
static bool parts_behind(const struct text_line *line, size_t r, size_t g)
{
    const struct text_run *run = &line->runs[r];
    uint32_t before = code_of(run, g);

    if (g + 1 < run->count)
        return run->glyphs[g].cluster != run->glyphs[g + 1].cluster &&
               may_part(before, code_of(run, g + 1));
    return r + 1 < line->count && may_part(before, code_of(&line->runs[r + 1], 0));
}

static int gaps_count(const struct text_line *line)
{
    int gaps = 0;

    for (size_t r = 0; r < line->count; r++) {
        if (line->runs[r].reordered)
            return 0;
        for (size_t g = 0; g < line->runs[r].count; g++)
            gaps += parts_behind(line, r, g);
    }
    return gaps;
}

void block_spread(struct arena *arena, struct text_block *block, mpt width, mpt target)
{
    const struct text_line *line = block->lines;
    struct text_line *out = NEW(arena, struct text_line);
    struct text_run *runs = NEW_ARRAY(arena, line->count, struct text_run);
    int gaps = gaps_count(line), done = 0;
    mpt slack = gaps ? mpt_max(mpt_min(target, width) - line->width, 0) : 0, given = 0;
    mpt left = mpt_max((width - line->width - slack) / 2, 0);

    for (size_t r = 0; r < line->count; r++) {
        struct glyph *glyphs = NEW_ARRAY(arena, line->runs[r].count, struct glyph);

        runs[r] = line->runs[r];
        runs[r].x += left + given;
        if (runs[r].count)
            memcpy(glyphs, runs[r].glyphs, runs[r].count * sizeof *glyphs);
        runs[r].glyphs = glyphs;
        for (size_t g = 0; slack && g < runs[r].count; g++) {
            mpt until;

            if (!parts_behind(line, r, g))
                continue;
            until = (mpt)((int64_t)slack * ++done / gaps);
            glyphs[g].advance += until - given;
            given = until;
        }
    }
    *out = (struct text_line){runs, line->count, line->width + slack};
    block->lines = out;
    block->width = out->width;
}
