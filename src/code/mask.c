/* mask.c: the mask of a QR code: the four penalties of ISO/IEC 18004, 7.8.3, counted many
 * modules at a time.
 *
 * A line of the symbol is a row of bits, dark is 1. Patterns are looked for across lines: the
 * modules of one column in line n, n + 1, … stand in the same bit of each, so one operation on
 * words looks at every column at once. The symbol is kept twice, by rows and by columns, and
 * both are looked at in this way. Lines around the symbol are light, as the quiet zone is. How
 * often a pattern was found is added up bit by bit (struct tally), and counted at the end. */
#include "code/mask.h"

enum {
    WORDS = 3, /* 177 modules */
    WORD = 64,
    BEFORE = 4, /* light lines around the symbol that are looked at */
    BEHIND = 11,
    MASKS = 8,
    PERIOD = 12, /* modules after which every mask repeats */
    NO_DATA = 0x80,
    DARK = 1,
    /* Penalties of a run of five and of each module more, of a block of four alike, of a
     * finder's pattern, and of each twentieth by which dark is more or less than half. */
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
    struct bits *rows,
        *columns; /* BEFORE lines stand before the first, BEHIND after the last */
};

/* For each bit how often it was 1: a number of two digits for each of them, upright. */
struct tally {
    uint64_t planes[8]; /* 255 lines are more than there are */
};

static void tally_add(struct tally *tally, uint64_t bits)
{
    for (uint64_t *plane = tally->planes; bits; plane++) {
        uint64_t carry = *plane & bits;

        *plane ^= bits;
        bits = carry;
    }
}

static int tally_sum(const struct tally *tally)
{
    int sum = 0;

    for (size_t k = 0; k < COUNT(tally->planes); k++)
        sum += __builtin_popcountll(tally->planes[k]) << k;
    return sum;
}

/* Runs of five or more: a run of n has n - 4 places that four likenesses follow. */
static int runs(const struct bits *lines, int width, size_t w, uint64_t inside)
{
    struct tally all = {{0}}, first = {{0}};
    uint64_t before = 0;

    for (int n = 0; n + 4 < width; n++) {
        uint64_t a = lines[n].word[w], unlike = 0, run;

        for (int k = 1; k <= 4; k++)
            unlike |= a ^ lines[n + k].word[w];
        run = ~unlike & inside;
        tally_add(&all, run);
        tally_add(&first, run & ~before);
        before = run;
    }
    return tally_sum(&all) + (N1 - 1) * tally_sum(&first);
}

/* Dark, light, three dark, light, dark, with four light ones before or behind. */
static int finders(const struct bits *lines, int width, size_t w)
{
    int sum = 0;

    for (int n = 0; n < width; n++) {
        const struct bits *l = lines + n;
        uint64_t found = l[0].word[w] & ~l[1].word[w] & l[2].word[w] & l[3].word[w] &
                         l[4].word[w] & ~l[5].word[w] & l[6].word[w];

        if (!found)
            continue;
        found &= ~((l[-4].word[w] | l[-3].word[w] | l[-2].word[w] | l[-1].word[w]) &
                   (l[7].word[w] | l[8].word[w] | l[9].word[w] | l[10].word[w]));
        sum += __builtin_popcountll(found);
    }
    return N3 * sum;
}

/* Places whose module and the one on the right are not alike, of a word of a row. */
static uint64_t edges(const struct bits *row, size_t w)
{
    uint64_t next = row->word[w] >> 1;

    if (w + 1 < WORDS)
        next |= row->word[w + 1] << (WORD - 1);
    return row->word[w] ^ next;
}

/* inside: columns that have one on the right. */
static int blocks(const struct bits *rows, int width, size_t w, uint64_t inside)
{
    struct tally all = {{0}};

    for (int n = 0; n + 1 < width; n++)
        tally_add(&all, ~(edges(&rows[n], w) | edges(&rows[n + 1], w) |
                          (rows[n].word[w] ^ rows[n + 1].word[w])) &
                            inside);
    return N2 * tally_sum(&all);
}

static int balance(const struct square *square, size_t words)
{
    int all = square->width * square->width, dark = 0, off;

    for (size_t w = 0; w < words; w++) {
        struct tally tally = {{0}};

        for (int n = 0; n < square->width; n++)
            tally_add(&tally, square->rows[n].word[w]);
        dark += tally_sum(&tally);
    }
    off = 20 * dark - 10 * all;
    return N4 * ((off < 0 ? -off : off) / all);
}

/* The bits of word w that are among the first n. */
static uint64_t first_bits(int n, size_t w)
{
    int left = n - (int)w * WORD;

    return left >= WORD ? UINT64_MAX : left <= 0 ? 0 : ((uint64_t)1 << left) - 1;
}

static int penalty(const struct square *square)
{
    int width = square->width, sum = 0;
    size_t words = ((size_t)width + WORD - 1) / WORD;

    for (size_t w = 0; w < words; w++) {
        uint64_t inside = first_bits(width, w);

        sum += runs(square->rows, width, w, inside) + finders(square->rows, width, w) +
               runs(square->columns, width, w, inside) + finders(square->columns, width, w) +
               blocks(square->rows, width, w, first_bits(width - 1, w));
    }
    return sum + balance(square, words);
}

/* ---- masks: 7.8.2 */

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

/* Which modules of line n the mask inverts. */
static struct bits inverted(int mask, int n, bool column)
{
    struct bits out = {{0}};
    uint64_t twice = 0; /* the pattern two times, so that it can be begun anywhere */

    for (int k = 0; k < PERIOD; k++)
        if (column ? inverts(mask, n, k) : inverts(mask, k, n))
            twice |= (uint64_t)1 << k | (uint64_t)1 << (k + PERIOD);
    for (int i = 0; i < WORDS; i++)
        for (int at = 0; at < WORD; at += PERIOD)
            out.word[i] |= (twice >> i * WORD % PERIOD & ((1 << PERIOD) - 1)) << at;
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
    uint64_t across = (uint64_t)1 << x % WORD, down = (uint64_t)1 << y % WORD;
    uint64_t *row = &square->rows[y].word[x / WORD],
             *column = &square->columns[x].word[y / WORD];

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
    size_t lines = BEFORE + (size_t)width + BEHIND;

    return (struct square){width, NEW_ARRAY(arena, lines, struct bits) + BEFORE,
                           NEW_ARRAY(arena, lines, struct bits) + BEFORE};
}

static void symbol_read(const unsigned char *symbol, struct square *dark, struct square *data)
{
    for (int y = 0; y < dark->width; y++)
        for (int x = 0; x < dark->width; x++) {
            unsigned char module = *symbol++;
            uint64_t is_dark = module & DARK, is_data = !(module & NO_DATA);

            dark->rows[y].word[x / WORD] |= is_dark << x % WORD;
            dark->columns[x].word[y / WORD] |= is_dark << y % WORD;
            data->rows[y].word[x / WORD] |= is_data << x % WORD;
            data->columns[x].word[y / WORD] |= is_data << y % WORD;
        }
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
            *symbol++ = tried.rows[y].word[x / WORD] >> x % WORD & DARK;
}
