/* draft.h: layouts beside the main line: looked at while they are written, compared, tried with
 * boundary records. Nothing that is drawn here is a document: its mark says so, whatever the
 * record's status is, and its code proves nothing. */
#ifndef APP_DRAFT_H
#define APP_DRAFT_H

#include "app/app.h"
#include "page/page.h"
#include "record/boundary.h"

/* layouts/<kind>/<file>.ini of any checkout. */
struct draft_file {
    const char *home; /* what is before layouts/ */
    const char *path; /* "layouts/exhibition_filing/goods_list@2.ini" */
    struct str kind, output;
};

/* word: a path, one from the program's data, or "exhibition_filing/goods_list". */
bool draft_find(struct app *, const char *word, struct draft_file *out,
                struct err *) MUST_CHECK;

/* Fonts and text, which stay; then kinds and rules, which may be loaded again. Layouts are none
 * of it, so that a faulty one does not stand in another's way. service_close in any case. */
bool draft_open(struct app *, struct service *out, struct err *) MUST_CHECK;
bool draft_load(struct app *, struct arena *, struct service *, struct err *) MUST_CHECK;

struct draft {
    size_t variant;  /* asked for: which value of each condition a made record fulfils */
    size_t variants; /* how many there are */
    const struct output *output;
    const struct layout *layout;
    const struct record *record;
    struct page *pages;
    size_t count;
};

/* The layout, with what lies between it and other files. Its faults are added. */
bool draft_layout(const struct service *, struct arena *, const struct draft_file *,
                  struct draft *, struct err *) MUST_CHECK;
/* From a file; or, path NULL, a boundary record in the last status that allows the output, with
 * what the layout's conditions ask of their fields. */
bool draft_record(const struct service *, struct arena *, const struct draft_file *,
                  const char *path, enum boundary, struct draft *, struct err *) MUST_CHECK;
bool draft_pages(const struct service *, struct arena *, struct draft *,
                 struct err *) MUST_CHECK;

/* HTML of one page, with its place among them. */
struct svg;
void draft_sheet(struct svg *, const struct draft *, size_t index, const bool *marked,
                 struct buf *out);

/* What config/preview.html shows beside the pages: JSON. */
struct draft_state {
    long serial, good; /* good: the serial of the pages' state; 0: there are none */
    const char *title, *layout, *record;
    size_t pages;
    double ms;
    bool grid;
    long differ; /* -1: nothing is compared */
    const struct err *err;
};
void draft_json(struct buf *, struct arena *, const struct draft_state *);
/* config/preview.html with state and pages in it: a file that stands alone. */
bool draft_template(struct app *, struct str *out, struct err *) MUST_CHECK;
void draft_html(struct str html, struct str state, struct str pages, struct buf *out);

#endif
