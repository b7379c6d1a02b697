/* layout.h: what the files of danzheng layout share. */
#ifndef APP_LAYOUT_H
#define APP_LAYOUT_H

#include "app/draft.h"

enum layout_option { LAYOUT_RECORD, LAYOUT_TARGET, LAYOUT_OPTIONS };

/* Each returns the exit status. */
int layout_diff(struct app *, const struct args *);
int layout_test(struct app *, const struct args *);

#endif
