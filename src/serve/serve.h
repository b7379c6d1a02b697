/* serve.h: the service. Its processes, and what each may see:
 *
 *   supervisor      configuration; forks and buries the others; no byte of a request
 *    ├─ front       clients' bytes, rights, queues; opens no record
 *    ├─ renderer ×N records; a sandbox that lets it do nothing but answer
 *    ├─ verifier    files that strangers made
 *    └─ stamper ×8  the time-stamp authority's answers; where one is named
 *
 * The front and each renderer share a socket with the clients' own frame format. A renderer
 * that crashes or hangs costs one attempt: its request is given to another, once.
 *
 * danzheng batch is the same with a front of its own, which reads lines (pool.h). */
#ifndef SERVE_SERVE_H
#define SERVE_SERVE_H

#include "serve/renderer.h"

struct cms_files;

/* In the front's place: it runs in the front's process, and returns the exit status. control:
 * to the supervisor. */
typedef int serve_front_fn(void *user, const struct service *, int control);

struct serve {
    struct arena *arena; /* all that is loaded is of its family */
    const char *home;
    const char *socket; /* path; NULL: standard input and output, one client */
    const char *admin;  /* path of the socket that tells how it goes; NULL: none */
    const char *folder; /* where "to" may write below; NULL: nowhere */
    const char *state;  /* the registry's folder; NULL: none is kept */
    const char *role;   /* of the one client on standard input */
    /* Opens who signs formal papers that the registry keeps, as [sign] says, at the start and
     * at each reload; time-stamps come later, because a renderer opens no connection. NULL: who
     * signs is in `signing`, and stays the caller's. */
    bool (*signer)(void *user, struct arena *, const struct cms_files *,
                   struct cms_signer **out, struct err *);
    struct renderer_signing signing;
    serve_front_fn *front; /* NULL: the clients'; else all above but home and signing is
                            * for it to know, and nobody verifies */
    void *user;
    long renderers; /* 0: as configured */
};

/* Serves until told to stop. *status: the exit status where nothing is in err. */
bool serve_run(const struct serve *, int *status, struct err *) MUST_CHECK;

/* A socket to listen on, with this mode; one that answers already is SOCKET_FAILED. */
bool serve_listen(const char *path, unsigned mode, int *fd, struct err *) MUST_CHECK;
/* A connection to a service's socket; SOCKET_FAILED when nobody answers there. */
bool serve_connect(const char *path, int *fd, struct err *) MUST_CHECK;

#endif
