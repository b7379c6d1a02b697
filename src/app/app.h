/* app.h: the command line: a table of commands, one file each, and one table of options for
 * both parsing and help. Only this module asks for clock, environment and arguments.
 *
 * A command returns the exit status. What went wrong is in app.err and is reported by main, so
 * most commands end with: return report_exit(&app->err). */
#ifndef APP_APP_H
#define APP_APP_H

#include "print/print.h"

struct app {
    struct arena *arena; /* lives as long as the command */
    struct err err;
    const char *home;  /* where config, layouts and fonts are */
    const char *input; /* what JSON pointers in faults point into, or NULL */
};

struct option {
    const char *name;  /* "output" */
    char letter;       /* 'o', or 0 */
    const char *value; /* "FILE"; NULL: a switch */
    bool many;         /* may be given more than once */
    const char *help;
};

struct given {
    const char **values; /* a switch has one, "" */
    size_t count;
};

struct args {
    const char **words;
    size_t count;
    struct given *options; /* as many as the command has, in its order */
};

struct command {
    const char *name, *usage; /* "render", "RECORD… -o FILE" */
    const char *zh, *en;      /* what it does */
    const char *more;         /* the rest of the help, or NULL */
    const struct option *options;
    size_t option_count;
    size_t words_least, words_most;
    int (*run)(struct app *, const struct args *);
};

extern const struct command audit_command, batch_command, check_command, doctor_command,
    explain_command, font_command, help_command, keys_command, layout_command, preview_command,
    registry_command, render_command, rules_command, sealer_command, send_command,
    serve_command, sign_command, status_command, verify_command, version_command;

const struct command *command_find(struct str name); /* or NULL, with nothing said */
/* Adds USAGE with the nearest command's name. */
bool command_unknown(struct app *, const char *word);
void command_help(const struct command *);
void commands_help(void);
/* The manual page, in roff. */
void manual_print(const struct command *const *, size_t count, bool chinese);

/* Adds USAGE; the hint names the command's help. */
bool options_parse(struct app *, const struct command *, int argc, char **argv,
                   struct args *out) MUST_CHECK;
bool option_given(const struct args *, size_t option);
const char *option_value(const struct args *, size_t option); /* the last, or NULL */

/* $DANZHENG_HOME, else beside the program, else PREFIX/share/danzheng. */
const char *home_find(struct arena *);
double clock_ms(void);       /* monotonic */
int64_t clock_seconds(void); /* since 1970 UTC */
/* An arena that ends the program, with MEMORY_LIMIT on stderr, when it is full. */
struct arena *memory_new(size_t limit);
/* Says MEMORY_LIMIT of this input on stderr, and asks for no memory. */
void memory_ended(const char *input);

/* Every fault: where, code, both sentences, rule, hint. input goes before JSON pointers. */
void report_faults(struct arena *, const struct err *, const char *input);
enum err_code report_code(const struct err *); /* of the first fault; ERR_NONE when well */
int report_exit(const struct err *);

/* One document of a run, whether it came out or not. */
struct answer {
    struct str output, file;
    size_t pages, bytes;
    double ms;
    uint64_t faces;
    struct str sha256; /* hex */
    bool dup;          /* the run had it already */
    struct str aside;  /* where the record was put that could not be worked on */
    struct str rest;   /* in the place of warnings and ms, which somebody else knew */
    const struct err *err;
};
/* Members of a JSON object, from "ok" on, without its braces. */
void answer_json(struct buf *, struct arena *, const struct fonts *, const struct answer *);

/* What every command ends with: standard output is whole, faults are reported. */
int app_end(struct app *, int status);

/* Every face's file has the sha256 that fonts.ini declares. */
bool fonts_intact(struct arena *, const char *home, const struct fonts *,
                  struct err *) MUST_CHECK;

/* Columns on a terminal: Han and other wide characters take two, combining marks none. */
size_t text_width(struct str);
/* text, then blanks up to width columns. */
void text_column(struct buf *, struct str text, size_t width);

#endif
