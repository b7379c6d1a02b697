/* font.h: what the files of danzheng font share. */
#ifndef APP_FONT_H
#define APP_FONT_H

#include "app/app.h"

/* danzheng font coverage: records from standard input; returns the exit status. */
int coverage_run(struct app *, bool json, bool permitted);
/* "U+845B U+E0100" */
struct str code_names(struct arena *, struct str characters);

#endif
