/* state.h: the registry that --state names, for commands that only read it. */
#ifndef APP_STATE_H
#define APP_STATE_H

#include "app/app.h"
#include "registry/registry.h"

/* USAGE without a folder. */
bool state_open(struct app *, const char *folder, struct registry **) MUST_CHECK;
/* The index of word among words, or -1 and USAGE with the nearest. */
int state_verb(struct app *, const char *word, const struct str *words, size_t count);
bool state_number(struct app *, const char *option, const char *text, int64_t *out) MUST_CHECK;

#endif
