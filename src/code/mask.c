/* mask.c: the mask of a QR code: the four penalties of ISO/IEC 18004, 7.8.3, counted many
 * modules at a time.
 *
 * A row is a row of bits, dark is 1, with MARGIN light ones on its left for the quiet zone
 * (those on the right are 0 anyway). Shifting the row by k puts module x + k above module x, so
 * a pattern is found at every place of the row at once. Columns are the rows of the turned
 * symbol. */
#include "code/mask.h"

#include <string.h>

enum {
    WORDS = 3,
    WORD = 64,
    MARGIN = 4,
    MASKS = 8,
    PERIOD = 12,
    NO_DATA = 0x80,
    DARK = 1,
    LONG_RUN = 5,
    /* Penalties of a run of LONG_RUN, a block of four alike, a finder's pattern, and of each
     * twentieth of the symbol by which dark is more or less than half. */
    N1 = 3,
    N2 = 3,
    N3 = 40,
    N4 = 10,
    FORMAT_MASK = 0x5412,
    FORMAT_GENERATOR = 0x537,
    FORMAT_BITS = 15,
};

struct bits {
    uint64_t word[WORDS];
};

struct square {
    int width;
    struct bits *rows, *columns;
};

static struct bits shifted(const struct bits *a, unsigned by)
{
    struct bits out = {{0}};

    for (size_t i = 0; i < WORDS; i++) {
        out.word[i] = a->word[i] >> by;
        if (by > 0 && i + 1 < WORDS)
            out.word[i] |= a->word[i + 1] << (WORD - by);
    }
    return out;
}

static int count(const struct bits *a)
{
    int n = 0;

    for (size_t i = 0; i < WORDS; i++)
        n += __builtin_popcountll(a->word[i]);
    return n;
}

/* The places of n modules from the symbol's left edge on. */
static struct bits places(int n)
{
    struct bits out = {{0}};

    for (int i = MARGIN; i < MARGIN + n; i++)
        out.word[i / WORD] |= (uint64_t)1 << i % WORD;
    return out;
}

/* Places whose module and its right neighbour are alike. */
static struct bits alike(const struct bits *row, const struct bits *inner)
{
    struct bits next = shifted(row, 1);

    for (size_t i = 0; i < WORDS; i++)
        next.word[i] = ~(next.word[i] ^ row->word[i]) & inner->word[i];
    return next;
}

/* Places from which on n modules are 1: n is 2 or 4. */
static struct bits row_of(const struct bits *a, unsigned n)
{
    struct bits out = *a;

    for (unsigned k = 1; k < n; k *= 2) {
        struct bits next = shifted(&out, k);

        for (size_t i = 0; i < WORDS; i++)
            out.word[i] &= next.word[i];
    }
    return out;
}

/* Runs of five or more: a run of n has n - 4 places that four likenesses follow. */
static int runs(const struct bits *same)
{
    struct bits all = row_of(same, LONG_RUN - 1), first = shifted(&all, 1);

    for (size_t i = 0; i < WORDS; i++)
        first.word[i] = all.word[i] & ~first.word[i];
    return count(&all) + (N1 - 1) * count(&first);
}

/* Dark, light, three dark, light, dark, with four light ones on its left or right. */
static int finders(const struct bits *row)
{
    struct bits light = *row, blank, found, a = shifted(row, MARGIN), b, c, d, e;

    for (size_t i = 0; i < WORDS; i++)
        light.word[i] = ~light.word[i];
    blank = row_of(&light, MARGIN);
    b = shifted(&a, 1);
    c = shifted(&a, 2);
    d = shifted(&b, 2);
    e = shifted(&c, 2);
    for (size_t i = 0; i < WORDS; i++)
        found.word[i] = a.word[i] & ~b.word[i] & c.word[i] & d.word[i] & e.word[i];
    b = shifted(&b, 4);
    a = shifted(&a, 6);
    c = shifted(&blank, MARGIN + 7);
    for (size_t i = 0; i < WORDS; i++)
        found.word[i] &= ~b.word[i] & a.word[i] & (blank.word[i] | c.word[i]);
    return N3 * count(&found);
}

static int lines_penalty(const struct bits *lines, int width, bool blocks)
{
    const struct bits inner = places(width - 1);
    struct bits above = {{0}};
    int sum = 0;

    for (int y = 0; y < width; y++) {
        struct bits same = alike(&lines[y], &inner);

        sum += runs(&same) + finders(&lines[y]);
        for (size_t i = 0; blocks && y > 0 && i < WORDS; i++)
            above.word[i] &= same.word[i] & ~(lines[y].word[i] ^ lines[y - 1].word[i]);
        sum += blocks && y > 0 ? N2 * count(&above) : 0;
        above = same;
    }
    return sum;
}

static int balance_penalty(const struct square *square)
{
    int all = square->width * square->width, dark = 0, off;

    for (int y = 0; y < square->width; y++)
        dark += count(&square->rows[y]);
    off = 20 * dark - 10 * all;
    return N4 * ((off < 0 ? -off : off) / all);
}

static bool inverts(int mask, int x, int y)
{
    switch (mask) {
    case 0:
        return (x + y) % 2 == 0;
    case 1:
        return y % 2 == 0;
    case 2:
        return x % 3 == 0;
    case 3:
        return (x + y) % 3 == 0;
    case 4:
        return (y / 2 + x / 3) % 2 == 0;
    case 5:
        return x * y % 2 + x * y % 3 == 0;
    case 6:
        return (x * y % 2 + x * y % 3) % 2 == 0;
    default:
        return ((x + y) % 2 + x * y % 3) % 2 == 0;
    }
}

/* Which modules of line n the mask inverts; masks repeat after PERIOD modules both ways. */
static struct bits inverted(int mask, int n, bool column)
{
    struct bits out = {{0}};

    for (int k = 0; k < PERIOD; k++) {
        if (!(column ? inverts(mask, n, k) : inverts(mask, k, n)))
            continue;
        for (int i = k + MARGIN; i < WORDS * WORD; i += PERIOD)
            out.word[i / WORD] |= (uint64_t)1 << i % WORD;
    }
    return out;
}

static void mask_lines(struct bits *out, const struct bits *lines, const struct bits *data,
                       int width, int mask, bool column)
{
    struct bits patterns[PERIOD];

    for (int n = 0; n < PERIOD; n++)
        patterns[n] = inverted(mask, n, column);
    for (int n = 0; n < width; n++)
        for (size_t i = 0; i < WORDS; i++)
            out[n].word[i] =
                lines[n].word[i] ^ (patterns[n % PERIOD].word[i] & data[n].word[i]);
}

static void mask_square(struct square *out, const struct square *symbol,
                        const struct square *data, int mask)
{
    mask_lines(out->rows, symbol->rows, data->rows, symbol->width, mask, false);
    mask_lines(out->columns, symbol->columns, data->columns, symbol->width, mask, true);
}

static void set(struct square *square, int x, int y, bool dark)
{
    uint64_t across = (uint64_t)1 << (x + MARGIN) % WORD,
             down = (uint64_t)1 << (y + MARGIN) % WORD;
    uint64_t *row = &square->rows[y].word[(x + MARGIN) / WORD],
             *column = &square->columns[x].word[(y + MARGIN) / WORD];

    *row = dark ? *row | across : *row & ~across;
    *column = dark ? *column | down : *column & ~down;
}

/* ---- format information: 7.9 */

static unsigned format_of(enum qr_level level, int mask)
{
    static const unsigned levels[] = {[QR_L] = 1, [QR_M] = 0, [QR_Q] = 3, [QR_H] = 2};
    unsigned data = (levels[level] << 3 | (unsigned)mask) << 10, rest = data;

    for (int bit = FORMAT_BITS - 1; bit >= 10; bit--)
        if (rest >> bit & 1)
            rest ^= (unsigned)FORMAT_GENERATOR << (bit - 10);
    return (data | rest) ^ FORMAT_MASK;
}

/* The places of bit i, 0 the lowest: around the upper left finder, and shared by the others. */
struct format_places {
    int x1, y1, x2, y2;
};

static struct format_places format_places(int width, int i)
{
    int along = i < 6 ? i : i < 8 ? i + 1 : i == 8 ? 7 : FORMAT_BITS - 1 - i;

    if (i < 8)
        return (struct format_places){8, along, width - 1 - i, 8};
    return (struct format_places){along, 8, 8, width - FORMAT_BITS + i};
}

static int mask_of(const unsigned char *symbol, int width)
{
    unsigned format = 0;

    for (int i = 0; i < FORMAT_BITS; i++) {
        struct format_places at = format_places(width, i);

        format |= (unsigned)(symbol[at.y1 * width + at.x1] & DARK) << i;
    }
    return (int)((format ^ FORMAT_MASK) >> 10 & 7);
}

static void format_write(struct square *square, unsigned format)
{
    for (int i = 0; i < FORMAT_BITS; i++) {
        struct format_places at = format_places(square->width, i);
        bool dark = format >> i & 1;

        set(square, at.x1, at.y1, dark);
        set(square, at.x2, at.y2, dark);
    }
}

/* ---- the choice */

static struct square square_new(struct arena *arena, int width)
{
    return (struct square){width, NEW_ARRAY(arena, (size_t)width, struct bits),
                           NEW_ARRAY(arena, (size_t)width, struct bits)};
}

static void symbol_read(const unsigned char *symbol, struct square *dark, struct square *data)
{
    for (int y = 0; y < dark->width; y++)
        for (int x = 0; x < dark->width; x++) {
            unsigned char module = *symbol++;

            if (module & DARK)
                set(dark, x, y, true);
            if (!(module & NO_DATA))
                set(data, x, y, true);
        }
}

static int penalty(const struct square *square)
{
    return lines_penalty(square->rows, square->width, true) +
           lines_penalty(square->columns, square->width, false) + balance_penalty(square);
}

void mask_choose(struct arena *arena, unsigned char *symbol, int width, enum qr_level level)
{
    struct square masked = square_new(arena, width), plain = square_new(arena, width),
                  data = square_new(arena, width), tried = square_new(arena, width);
    int best = 0, least = 0;

    symbol_read(symbol, &masked, &data);
    mask_square(&plain, &masked, &data, mask_of(symbol, width));
    for (int mask = 0; mask < MASKS; mask++) {
        int sum;

        mask_square(&tried, &plain, &data, mask);
        format_write(&tried, format_of(level, mask));
        sum = penalty(&tried);
        if (mask == 0 || sum < least) {
            least = sum;
            best = mask;
        }
    }
    mask_square(&tried, &plain, &data, best);
    format_write(&tried, format_of(level, best));
    for (int y = 0; y < width; y++)
        for (int x = 0; x < width; x++)
            *symbol++ = tried.rows[y].word[(x + MARGIN) / WORD] >> (x + MARGIN) % WORD & DARK;
}
