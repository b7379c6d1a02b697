/* lines.h: lines of a file descriptor, of any length up to a limit; a longer one is skipped
 * whole and reported, so that what follows is read all the same. */
#ifndef APP_LINES_H
#define APP_LINES_H

#include "base/buf.h"

enum lines_found { LINES_LINE, LINES_TOO_LONG, LINES_END, LINES_FAILED };

struct lines {
    int fd;
    size_t most;
    struct buf held;
    size_t start; /* of what was not handed out yet */
    bool ended;
};

void lines_init(struct lines *, int fd, size_t most);
void lines_release(struct lines *);
/* Without its LF; good until the next call. LINES_FAILED: errno says why. */
enum lines_found lines_next(struct lines *, struct str *out);
/* A whole line is held already, or the end: lines_next will not wait. */
bool lines_ready(const struct lines *);

#endif
