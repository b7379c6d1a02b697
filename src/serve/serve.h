/* serve.h: the service. Its processes, and what each may see:
 *
 *   supervisor      configuration; forks and buries the others; no byte of a request
 *    ├─ front       clients' bytes, rights, queues; opens no record
 *    ├─ renderer ×N records; a sandbox that lets it do nothing but answer
 *    ├─ verifier    files that strangers made
 *    └─ stamper ×8  the time-stamp authority's answers; where one is named
 *
 * The front and each renderer share a socket with the clients' own frame format. A renderer
 * that crashes or hangs costs one attempt: its request is given to another, once. */
#ifndef SERVE_SERVE_H
#define SERVE_SERVE_H

#include "base/err.h"

struct arena;
struct cms_files;
struct cms_signer;

struct serve {
    const char *home;
    const char *socket; /* path; NULL: standard input and output, one client */
    const char *admin;  /* path of the socket that tells how it goes; NULL: none */
    const char *folder; /* where "to" may write below; NULL: nowhere */
    const char *state;  /* the registry's folder; NULL: none is kept */
    const char *role;   /* of the one client on standard input */
    /* Opens who signs formal papers that the registry keeps, as [sign] says, at the start and
     * at each reload; time-stamps come later, because a renderer opens no connection. NULL:
     * nobody signs. */
    bool (*signer)(void *user, struct arena *, const struct cms_files *,
                   struct cms_signer **out, struct err *);
    void *user;
};

/* Serves until told to stop. *status: the exit status where nothing is in err. */
bool serve_run(const struct serve *, int *status, struct err *) MUST_CHECK;

/* A socket to listen on, with this mode; one that answers already is SOCKET_FAILED. */
bool serve_listen(const char *path, unsigned mode, int *fd, struct err *) MUST_CHECK;
/* A connection to a service's socket; SOCKET_FAILED when nobody answers there. */
bool serve_connect(const char *path, int *fd, struct err *) MUST_CHECK;

#endif
