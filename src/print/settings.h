/* settings.h: config/danzheng.ini, the service's own settings. */
#ifndef PRINT_SETTINGS_H
#define PRINT_SETTINGS_H

#include "registry/registry.h"
#include "rules/rights.h"
#include "seal/cms.h"

struct settings {
    struct str host;       /* of the verification address */
    const char *sealer;    /* its socket; NULL: the published test key seals */
    struct cms_files sign; /* who signs files; key NULL: nobody does */
    struct rights_table rights;
    struct registry_config registry;
    long renderers;           /* 0: one a core */
    long recycle;             /* requests after which a renderer is replaced */
    long connections;         /* most at a time */
    long user_connections;    /* of one user */
    long memory, user_memory; /* MiB that are held for clients, for one user's */
    long deadline;            /* seconds a request has when it names none */
    long patience;            /* seconds a renderer may be silent over one */
    long first;               /* seconds from connecting to the first whole request */
    long frame;               /* seconds in which a request that was begun must be whole */
    long write;               /* seconds after which a client that reads nothing is dropped */
    long refusals; /* of an actor and code within a minute, that the audit has in full */
    long canary;   /* seconds after which a paper is made to see whether all is well */
    bool sandbox;  /* required */
};

bool settings_load(struct arena *, const char *home, const struct kinds *, struct settings *out,
                   struct err *) MUST_CHECK;

/* Names of the settings that are taken when the service starts, and differ in `next`. */
enum { SETTINGS_FIXED = 4 };
size_t settings_fixed(const struct settings *now, const struct settings *next,
                      const char *names[SETTINGS_FIXED]);

#endif
