/* writer.h: a thread of the front that writes the files of "to", so that a slow disk makes wait
 * who asked for files, and nobody else. What is given comes back in its order; a file is whole
 * and on the disk when it comes back, or there is none. */
#ifndef SERVE_WRITER_H
#define SERVE_WRITER_H

#include "base/err.h"

struct writing {
    struct writing *next;
    struct arena *arena; /* owns all of it but the body */
    void *owner;         /* whose it is; not looked at */
    const char *folder;  /* NULL: nothing is written, it keeps its place in the order */
    struct str name;     /* in the folder, which is made */
    struct buf body;
    struct str output, front, rest; /* of the answer, for whoever gave it */
    int64_t paper;
    enum err_code code;
    bool last;
    bool dup; /* when it comes back also: it was there already, and is the same */
    /* When it comes back: */
    bool ok;
    struct err err;
};

struct writer;

bool writer_open(struct writer **out, struct err *) MUST_CHECK;
void writer_close(struct writer *); /* after all that was given is done; NULL is fine */
struct writing *writing_new(void);
void writing_free(struct writing *);
void writer_give(struct writer *, struct writing *);
/* Takes back what was not begun for this owner; in order, NULL: nothing. */
struct writing *writer_forget(struct writer *, const void *owner);
int writer_descriptor(const struct writer *); /* readable when some came back */
struct writing *writer_take(struct writer *); /* all that came back, in order; NULL: none */

#endif
