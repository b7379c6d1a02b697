/* log.h: what happens, one JSON object a line on standard error. Numbers of documents, digests
 * and codes may be in it; values of a record never are.
 *
 *   log_begin(&line, LOG_NOTICE, "renderer ended");
 *   log_number(&line, "pid", pid);
 *   log_end(&line);
 */
#ifndef SERVE_LOG_H
#define SERVE_LOG_H

#include "base/err.h"

enum log_level { LOG_ERROR, LOG_WARNING, LOG_NOTICE, LOG_INFO };

enum { LOG_MOST = 4096 }; /* a line is written whole or, by others' lines, not at all */

struct log_line {
    char bytes[LOG_MOST];
    size_t n;
    bool full; /* members that found no room are left out */
};

void log_begin(struct log_line *, enum log_level, const char *message);
void log_text(struct log_line *, const char *name, struct str value);
void log_number(struct log_line *, const char *name, long long value);
/* "code" and "en" of the first fault, "at" and "rule" where they are files. */
void log_fault(struct log_line *, const struct err *);
void log_end(struct log_line *);

#endif
