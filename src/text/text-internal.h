/* text-internal.h: one paragraph on its way from spans to lines.
 *
 *   spans ── letters.c ──▸ letters: one a code point, with script and bidi level
 *         ── faces.c ────▸ each letter's face, or faults
 *         ── pieces.c ───▸ pieces: runs of letters alike, shaped; each letter has its advance
 *         ── marks.c ────▸ what marks give away, and gaps between Han and letters
 *         ── breaks.c ───▸ chances: where a line may end (only when a line is too narrow)
 *         ── lines.c ────▸ lines, filled
 *         ── adjust.c ───▸ a line made narrower or wider to fit its measure
 *         ── runs.c ─────▸ its pieces ordered and put side by side
 *
 * Short lines of Han and ASCII in one face take a way of their own: quick.c.
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
    struct owned *owned; /* how the fonts' arena closes it */
    struct arena *scratch;
    UBreakIterator *lines, *clusters;
    UBiDi *bidi;
    struct kept *kept; /* cache.c; NULL until something is kept */
};

/* How good a line break before a letter is. Those below USUAL serve only where a token is wider
 * than the line: the best that fits is taken. */
enum chance {
    CHANCE_NONE,    /* inside a cluster, or inside —— or …… */
    CHANCE_CLUSTER, /* leaves a forbidden character at a line's end or start */
    CHANCE_TIDY,    /* inside a word */
    CHANCE_TORN,    /* between a number and its unit */
    CHANCE_MARKS,   /* before the third of closing marks in a row */
    CHANCE_USUAL,
    CHANCES
};

/* What a letter is to the rules of Chinese typesetting. */
enum kind {
    KIND_OTHER,
    KIND_FEED,
    KIND_BLANK,  /* hangs at a line's end */
    KIND_LETTER, /* or digit, of a script with spaces or at least not as wide as Han */
    KIND_HAN,    /* and kana */
    KIND_OPEN,   /* opening quotes and brackets: blank on the left */
    KIND_CLOSE,  /* closing ones: blank on the right */
    KIND_POINT,  /* ，、；： */
    KIND_STOP,   /* 。！？ */
    KIND_DOT,    /* the interpunct */
    KIND_DASH    /* of —— and …… */
};

struct letter {
    uint32_t code;
    uint32_t at; /* byte offset in its span */
    uint32_t span;
    mpt advance;     /* of all glyphs of the cluster that starts here, else 0 */
    mpt blank;       /* of it, what the mark may give away on its outer side */
    mpt lead, trail; /* added before and behind it: > 0 a gap, < 0 given away */
    int16_t face, script;
    uint8_t level, chance, kind;
    bool head; /* starts a grapheme cluster */
};

/* Letters [from, to) of one line, as they are drawn. */
struct line {
    size_t from, to;
    bool last; /* of the text, or before LF: never stretched */
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

/* kinds.c */
enum kind kind_of(uint32_t code);

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
mpt face_size(const struct para *, int face); /* at which the face matches its neighbours */

/* pieces.c. May be called again: everything is as it was before lines were filled. */
void pieces_shape(struct para *);
/* Makes `at` a boundary between pieces; what it cuts is shaped again where that may matter. */
void pieces_split(struct para *, size_t at);

/* marks.c */
void marks_find(struct para *);
/* What the first letter of a line, and the last one before `to`, gain by standing there. */
mpt marks_at_start(const struct letter *);
mpt marks_at_end(const struct letter *);
const struct letter *marks_last(const struct para *, size_t from, size_t to);

/* breaks.c, units.c */
void breaks_find(struct para *);
size_t unit_at(const struct para *, size_t index);      /* letters of the unit there, or 0 */
bool prefix_ends_at(const struct para *, size_t index); /* of a number, before a blank */

/* lines.c */
void lines_set(struct para *, struct arena *, mpt width, struct text_block *out);
void lines_measure(struct para *, mpt *token, mpt *natural);
int64_t line_width(const struct para *, size_t from, size_t to);

/* adjust.c */
int64_t line_give(const struct para *, size_t from, size_t to); /* at most to be squeezed out */
/* Gives line's ends their widths for good, squeezes what is too wide, and stretches what is
 * too narrow if asked. Returns the width. */
int64_t line_adjust(struct para *, const struct line *, int64_t room, bool stretch);

/* runs.c: sets the line; cursor: the first piece not set yet. */
struct text_line line_set(struct para *, struct arena *, const struct line *,
                          const struct piece **cursor, mpt width, mpt indent);

/* Where a line of this width begins. */
mpt line_left(const struct text_style *, mpt width, mpt indent, mpt drawn);
/* lines.c. width: of the widest line */
struct text_block block_of(struct text *, const struct text_style *, const struct text_line *,
                           size_t count, mpt width);

/* quick.c. False: not of the kind that is set quickly; nothing was done. */
bool quick_set(struct text *, struct arena *, const struct text_span *, size_t count,
               const struct text_style *, mpt width, struct text_block *out);

/* cache.c: a single span of one line that was set before, in the same style and width */
bool cache_find(struct text *, struct arena *, const struct text_span *, size_t count,
                const struct text_style *, mpt width, struct text_block *out);
void cache_keep(struct text *, const struct text_span *, size_t count,
                const struct text_style *, mpt width, const struct text_block *);

#endif
