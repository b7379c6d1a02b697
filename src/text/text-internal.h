/* text-internal.h: one paragraph on its way from spans to lines.
 *
 *   spans ── letters.c ──▸ letters: one a code point, with script and bidi level
 *         ── faces.c ────▸ each letter's face, or faults
 *         ── pieces.c ───▸ pieces: runs of letters alike, shaped; each letter has its advance
 *         ── breaks.c ───▸ chances: where a line may end (only when a line is too narrow)
 *         ── lines.c ────▸ lines, filled, then their pieces ordered and put side by side
 *
 * Invariants: letters stand in logical order; a piece lies within one span and one line;
 * every letter but LF belongs to one piece; all of this lives in the scratch arena until the
 * next call. */
#ifndef TEXT_TEXT_INTERNAL_H
#define TEXT_TEXT_INTERNAL_H

#include "text/text.h"

#include <unicode/ubidi.h>
#include <unicode/ubrk.h>
#include <unicode/uscript.h>

struct text {
    struct fonts *fonts;
    struct arena *scratch;
    UBreakIterator *lines, *clusters;
    UBiDi *bidi;
};

/* How good a line break before a letter is. Those below USUAL serve only where a token is wider
 * than the line: the best that fits is taken. */
enum chance {
    CHANCE_NONE,    /* inside a cluster, or inside —— or …… */
    CHANCE_CLUSTER, /* leaves a forbidden character at a line's end or start */
    CHANCE_TIDY,    /* inside a word */
    CHANCE_TORN,    /* between a number and its unit */
    CHANCE_USUAL,
    CHANCES
};

struct letter {
    uint32_t code;
    uint32_t at; /* byte offset in its span */
    uint32_t span;
    mpt advance; /* of all glyphs of the cluster that starts here, else 0 */
    mpt stretch; /* added behind it by justification */
    int16_t face, script;
    uint8_t level, chance;
    bool head; /* starts a grapheme cluster */
};

struct piece {
    size_t from, to; /* letters */
    uint32_t base;   /* byte offset in the span from which the clusters of its glyphs count */
    const struct glyph *glyphs;
    size_t count;
    struct piece *next;
};

struct para {
    struct text *text;
    const struct text_span *spans;
    size_t span_count;
    const struct text_style *style;
    struct letter *letters;
    size_t count;
    bool simple; /* Han, its punctuation and ASCII alone: one letter a cluster, left to right */
    bool chances; /* have been looked for */
    struct piece *first;
};

/* letters.c */
bool letters_read(struct para *, struct err *) MUST_CHECK;
/* UTF-16 of the letters [from, to); of[i] is the letter of unit i, of[count] is `to`. */
int32_t letters_utf16(const struct para *, size_t from, size_t to, UChar **units, size_t **of);
size_t letter_end(const struct para *, size_t index); /* byte offset in its span */
bool letter_is_wide(const struct letter *);           /* an ideograph or of its width */
bool letter_hangs(const struct letter *);             /* blank: not drawn at a line's end */
const char *script_language(UScriptCode);

/* faces.c. False: characters are missing; all were added. */
bool faces_find(struct para *, struct err *) MUST_CHECK;

/* pieces.c */
void pieces_shape(struct para *);
/* Makes `at` a boundary between pieces; what it cuts is shaped again where that may matter. */
void pieces_split(struct para *, size_t at);

/* breaks.c */
void breaks_find(struct para *);

/* lines.c */
void lines_set(struct para *, struct arena *, mpt width, struct text_block *out);
void lines_measure(struct para *, mpt *token, mpt *natural);

#endif
