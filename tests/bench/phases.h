/* phases.h: where the time goes. The program has no clocks in it: the linker puts the functions
 * of phases.c in front of the ones they measure (--wrap, see the Makefile). */
#ifndef BENCH_PHASES_H
#define BENCH_PHASES_H

/* rest: rules, choosing the layout, what lies between; seal: digest, address, QR code; save:
 * pages to PDF (content, tags, objects, cross-references) without subset (font programs) and
 * compress (libdeflate); sign: the signature of a file that has one. */
enum phase {
    PHASE_REST,
    PHASE_PARSE,
    PHASE_SEAL,
    PHASE_TYPESET,
    PHASE_SUBSET,
    PHASE_COMPRESS,
    PHASE_SAVE,
    PHASE_SIGN,
    PHASES,
};

extern const char *const phase_names[PHASES];

/* Between the two every function called counts for its own phase, without what it calls that
 * has a phase itself. CPU time of the process, in ms, added to ms. */
void phases_start(double ms[PHASES]);
void phases_stop(void);

#endif
