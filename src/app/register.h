/* register.h: the registry of --state, as render and batch write it: many steps in one commit.
 *
 *   registrar_begin … registrar_commit → make → registrar_seal … registrar_commit → deliver
 *   → registrar_done … registrar_commit
 *
 * The first step after a commit opens a batch. A registry that failed is opened anew. */
#ifndef APP_REGISTER_H
#define APP_REGISTER_H

#include "app/app.h"
#include "registry/registry.h"

struct registrar;

/* The actor is the user, "uid:1000"; the time is the clock's. */
bool registrar_open(struct app *, const struct service *, const char *folder,
                    struct registrar **out) MUST_CHECK;
void registrar_close(struct registrar *); /* NULL is fine */

/* REGISTRY_BEGUN: to be made now; else it was made before, *out says where its bytes are. */
bool registrar_begin(struct registrar *, struct arena *, const struct registry_record *,
                     struct str output, struct str parameters, struct registry_paper *out,
                     struct err *) MUST_CHECK;
/* record, pdf, pages, layout, fonts, code of `made` are the caller's; the rest is added. When
 * it is refused, call registrar_void. */
bool registrar_seal(struct registrar *, struct arena *, int64_t id, struct registry_made *,
                    struct err *) MUST_CHECK;
bool registrar_done(struct registrar *, int64_t id, struct err *) MUST_CHECK;
bool registrar_void(struct registrar *, int64_t id, enum err_code why, struct err *) MUST_CHECK;
bool registrar_bytes(struct registrar *, const struct registry_paper *, struct buf *out,
                     struct err *) MUST_CHECK;
/* False: nothing of it happened. */
bool registrar_commit(struct registrar *, struct err *) MUST_CHECK;

#endif
