/* http.h: a small server for pages on this machine: the only user of libmicrohttpd. It answers
 * GET and nothing else, says so to others, and lets nobody keep what it says.
 *
 * On a port it listens on 127.0.0.1 alone, and only when the Host is this machine (a name that
 * a stranger points here is refused). On a Unix socket that is given, whoever may open it may
 * ask.
 *
 * Everything happens inside of http_wait or http_run, in the caller's thread: the answers too.
 * The caller ignores SIGPIPE. */
#ifndef HTTP_HTTP_H
#define HTTP_HTTP_H

#include "base/err.h"

struct http;

struct http_ask {
    const char *path;
    void *connection; /* for http_argument */
};

struct http_answer {
    unsigned status;  /* 200 */
    const char *type; /* of the body */
    struct str body;  /* good until the function is called again */
    bool later;       /* nothing to say yet: it is asked again behind http_resume */
};

typedef void http_fn(void *user, const struct http_ask *, struct http_answer *);

struct http_options {
    int port;           /* of 127.0.0.1, 0: the system chooses; where listener is -1 */
    int listener;       /* a socket that listens; it is closed with the server */
    const char *policy; /* Content-Security-Policy; NULL: nothing may be loaded at all */
    http_fn *answer;
    void *user;
};

bool http_open(struct arena *, const struct http_options *, struct http **out,
               struct err *) MUST_CHECK;
void http_close(struct http *); /* NULL is fine */
int http_port(const struct http *);
/* ?name=value, or NULL. */
const char *http_argument(const struct http_ask *, const char *name);
/* Who was told to wait is asked again. At most 16 wait; the next one is told to come later. */
void http_resume(struct http *);

/* Answers for at most so long. */
bool http_wait(struct http *, int ms, struct err *) MUST_CHECK;
/* For a loop of the caller's own: readable when http_run has something to do; it wants to be
 * run a few times a second besides, for those who wait too long. */
int http_descriptor(const struct http *);
void http_run(struct http *);

#endif
