/* runs.c: runs as text of the content stream.
 *
 * A viewer advances by the font's width; where a glyph stands elsewhere (kerning, justified
 * lines, marks) a number in TJ moves the pen, and Ts lifts it. The pen's place is kept exactly,
 * so errors of rounding do not add up.
 *
 * What is extracted: each glyph stands for the text of its cluster (ToUnicode). Where that is
 * not the truth (several glyphs for one cluster, a glyph that already stands for another text)
 * the words carry their text in an ActualText span. So do neighbours that stand closer or wider
 * apart than their widths say: readers would put a blank or a new line between them.
 * From right to left, glyphs of a word stand in visual order, as every reader of PDF expects of
 * words without such a span, but the words follow each other as they are read. */
#include "pdf/pdf-internal.h"

#include "base/utf8.h"

/* Differences up to this many thousandths of the size are left alone: 0.02 pt at 10 pt. */
enum { TOLERANCE = 2 };

/* Readers take a blank of more than a tenth of the size for the end of a word. */
enum { APART = 90 };

/* ---- what glyphs stand for */

/* Where the cluster of glyph i ends: at the next one of the run, in text order. */
static uint32_t cluster_end(const struct run *run, size_t i)
{
    uint32_t start = run->glyphs[i].cluster, end = (uint32_t)run->text.n;

    if (!run->reordered) {
        while (++i < run->count)
            if (run->glyphs[i].cluster > start)
                return run->glyphs[i].cluster;
        return end;
    }
    for (i = 0; i < run->count; i++)
        if (run->glyphs[i].cluster > start && run->glyphs[i].cluster < end)
            end = run->glyphs[i].cluster;
    return end;
}

/* The makeshift of one of several glyphs: its own character, where there is one for each (a
 * base and its marks), else all of them. */
static struct str share(struct str cluster, size_t count, size_t index)
{
    size_t from = 0, to = 0;

    if (utf8_count(cluster) != count)
        return cluster;
    for (size_t i = 0; i <= index; i++) {
        from = to;
        utf8_next(cluster, &to);
    }
    return (struct str){cluster.p + from, to - from};
}

/* Gives the glyphs [from, to) their text. False when they need an ActualText span. */
static bool is_plain(struct pdf *pdf, const struct run *run, size_t from, size_t to)
{
    bool plain = true;

    for (size_t i = from, next; i < to; i = next) {
        uint32_t start = run->glyphs[i].cluster;
        struct str text = {run->text.p + start, cluster_end(run, i) - start};

        for (next = i + 1; next < to && run->glyphs[next].cluster == start; next++)
            ;
        plain = plain && next == i + 1;
        for (size_t k = i; k < next; k++)
            if (!shown_stands_for(pdf, run->face, run->glyphs[k].id,
                                  share(text, next - i, k - i), next > i + 1))
                plain = false;
    }
    return plain;
}

enum order { FORWARD, BACKWARD, MIXED };

/* How the clusters follow each other. */
static enum order run_order(const struct run *run)
{
    bool rises = false, falls = false;

    for (size_t i = 1; i < run->count; i++) {
        rises = rises || run->glyphs[i].cluster > run->glyphs[i - 1].cluster;
        falls = falls || run->glyphs[i].cluster < run->glyphs[i - 1].cluster;
    }
    return rises && falls ? MIXED : falls ? BACKWARD : FORWARD;
}

/* ---- writing */

/* A string of the content stream: bytes as they are, but for those that would end it. */
static void put_cid(struct buf *out, uint16_t cid)
{
    const char bytes[2] = {(char)(cid >> 8), (char)(cid & 255)};

    for (size_t i = 0; i < sizeof bytes; i++) {
        if (bytes[i] == '\r') {
            buf_text(out, "\\r");
            continue;
        }
        if (bytes[i] == '(' || bytes[i] == ')' || bytes[i] == '\\')
            buf_byte(out, '\\');
        buf_byte(out, bytes[i]);
    }
}

static int64_t rounded(int64_t value, int64_t by)
{
    return value >= 0 ? (value + by / 2) / by : -((by / 2 - value) / by);
}

/* The glyphs [from, to) as one or more TJ, from the viewer's pen on. at and pen: thousandths of
 * mpt, where the glyph shall stand and where the pen is. */
static void put_glyphs(struct pdf *pdf, const struct run *run, size_t from, size_t to,
                       mpt inset)
{
    struct buf *out = &pdf->content;
    int64_t at = (int64_t)inset * 1000, pen = 0;
    bool in_string = false;
    mpt lift = 0;

    buf_byte(out, '[');
    for (size_t i = from; i < to; i++) {
        const struct glyph *glyph = &run->glyphs[i];
        const struct shown *shown = shown_glyph(pdf, run->face, glyph->id);
        int64_t move = rounded(at + (int64_t)glyph->dx * 1000 - pen, run->size);

        if (glyph->dy != lift) {
            buf_text(out, in_string ? ")]TJ " : "]TJ ");
            put_length(out, glyph->dy);
            buf_text(out, " Ts[");
            in_string = false;
            lift = glyph->dy;
        }
        if (move > TOLERANCE || move < -TOLERANCE) {
            if (in_string)
                buf_byte(out, ')');
            put_integer(out, -move);
            in_string = false;
            pen += move * run->size;
        }
        if (!in_string)
            buf_byte(out, '(');
        in_string = true;
        put_cid(out, shown->cid);
        pen += (int64_t)shown->width * run->size;
        at += (int64_t)glyph->advance * 1000;
    }
    buf_text(out, in_string ? ")]TJ" : "]TJ");
    buf_text(out, lift != 0 ? " 0 Ts\n" : "\n");
}

static void put_font(struct pdf *pdf, const struct run *run)
{
    struct buf *out = &pdf->content;

    if (pdf->pen.face == run->face && pdf->pen.size == run->size)
        return;
    buf_printf(out, "/F%d ", run->face);
    put_length(out, run->size);
    buf_text(out, " Tf ");
    pdf->pen.face = run->face;
    pdf->pen.size = run->size;
}

/* A run being written: every piece of it belongs to one element. */
struct writing {
    struct pdf *pdf;
    const struct page *page;
    const struct run *run;
    int owner;
};

/* The glyphs [from, to) from x on; `actual` (when not empty) is what they say.
 * Td goes to where the lines of the paragraph begin, and TJ from there to the glyphs: from row
 * to row of a list the first is the same, and the second has few values where numbers stand on
 * the right. */
static void put_piece(const struct writing *writing, size_t from, size_t to, mpt x,
                      struct str actual)
{
    struct pdf *pdf = writing->pdf;
    const struct run *run = writing->run;
    struct mark mark = {writing->owner, run->language, actual};
    int64_t y = (int64_t)writing->page->height - run->y;
    mpt left = x == run->x ? x - run->inset : x;
    struct buf *out = &pdf->content;

    content_enter(pdf, writing->page, mark, true);
    put_font(pdf, run);
    put_length(out, left - pdf->pen.x);
    buf_byte(out, ' ');
    put_length(out, y - pdf->pen.y);
    buf_text(out, " Td");
    pdf->pen.x = left;
    pdf->pen.y = y;
    put_glyphs(pdf, run, from, to, x - left);
}

/* Blanks, and marks like the full stop, have no direction of their own: readers that turn words
 * round stop at them. */
static bool is_apart(const struct run *run, size_t i)
{
    return (unsigned char)run->text.p[run->glyphs[i].cluster] < 0x80;
}

/* From the right end, which is the text's beginning, word by word. */
static void put_backward(const struct writing *writing)
{
    struct pdf *pdf = writing->pdf;
    const struct run *run = writing->run;
    mpt x = run->x;

    for (size_t i = 0; i < run->count; i++)
        x += run->glyphs[i].advance;
    for (size_t to = run->count, from; to > 0; to = from) {
        uint32_t start, end;
        bool plain;

        for (from = to - 1; from > 0 && !is_apart(run, to - 1) && !is_apart(run, from - 1);)
            from--;
        for (size_t i = from; i < to; i++)
            x -= run->glyphs[i].advance;
        start = to == run->count ? 0 : run->glyphs[to - 1].cluster;
        plain = is_plain(pdf, run, from, to) && run->glyphs[to - 1].cluster == start;
        end = cluster_end(run, from);
        put_piece(writing, from, to, x,
                  plain ? STR_NONE : (struct str){run->text.p + start, end - start});
    }
}

static bool is_blank(const struct run *run, size_t i)
{
    size_t at = run->glyphs[i].cluster;
    uint32_t code = utf8_next(run->text, &at);

    return code == ' ' || code == 0x3000;
}

/* Whether a reader that looks at places takes glyph i and the next one for one word. */
static bool is_apart_from_next(struct pdf *pdf, const struct run *run, size_t i)
{
    const struct glyph *glyph = &run->glyphs[i];
    int64_t wide = shown_glyph(pdf, run->face, glyph->id)->width;
    int64_t apart = (int64_t)glyph->advance + glyph[1].dx - glyph->dx;

    apart = apart * 1000 - wide * run->size;
    return (apart > APART * run->size || apart < -APART * run->size) && !is_blank(run, i) &&
           !is_blank(run, i + 1);
}

/* A run that reads as its glyphs stand, but for those with unusual blanks between them. */
static void put_forward(const struct writing *writing)
{
    struct pdf *pdf = writing->pdf;
    const struct run *run = writing->run;
    mpt x = run->x;

    for (size_t from = 0, to; from < run->count; from = to) {
        size_t tied = from;
        struct str actual = STR_NONE;

        while (tied + 1 < run->count && is_apart_from_next(pdf, run, tied))
            tied++;
        to = tied + 1;
        if (tied > from) {
            uint32_t start = run->glyphs[from].cluster;

            actual.p = run->text.p + start;
            actual.n = cluster_end(run, tied) - start;
        } else {
            while (to < run->count &&
                   (to + 1 == run->count || !is_apart_from_next(pdf, run, to)))
                to++;
        }
        put_piece(writing, from, to, x, actual);
        for (size_t i = from; i < to; i++)
            x += run->glyphs[i].advance;
    }
}

/* A blank at a line's end is not drawn; but where nothing says it, readers take the words
 * before and behind it for one. */
static void put_hanging_blank(const struct writing *writing)
{
    const struct run *before = writing->pdf->said, *run = writing->run;
    struct glyph blank = {0};
    struct run hanging;
    struct writing one = *writing;

    if (!before || writing->pdf->said_in != writing->owner || before->reordered ||
        run->reordered || run->text.p != before->text.p + before->text.n + 1 ||
        run->text.p[-1] != ' ')
        return;
    blank.id = font_glyph(writing->pdf->fonts, before->face, ' ');
    if (blank.id == 0)
        return;
    hanging = *before;
    for (size_t i = 0; i < before->count; i++)
        hanging.x += before->glyphs[i].advance;
    hanging.text = (struct str){run->text.p - 1, 1};
    hanging.glyphs = &blank;
    hanging.count = 1;
    one.run = &hanging;
    if (is_plain(writing->pdf, &hanging, 0, 1))
        put_forward(&one);
}

void content_run(struct pdf *pdf, const struct page *page, const struct run *run, int owner)
{
    const struct writing writing = {pdf, page, run, owner};
    enum order order = run_order(run);

    put_hanging_blank(&writing);
    pdf->said = run;
    pdf->said_in = owner;
    for (size_t i = 0; i < run->count; i++)
        pdf->missing =
            pdf->missing || run->glyphs[i].id == 0 || run->glyphs[i].id >= GLYPHS_MOST;
    if (order == BACKWARD)
        put_backward(&writing);
    else if (is_plain(pdf, run, 0, run->count) && order == FORWARD && run->count > 0 &&
             run->glyphs[0].cluster == 0)
        put_forward(&writing);
    else
        put_piece(&writing, 0, run->count, run->x, run->text);
}
