/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The commands, as one table: what each is called, what it takes, what it may touch. The table
 * drives dispatch, help and usage errors, and knows nothing of how a command does its work.
 */
#ifndef COUNTERFOIL_ADMIN_COMMAND_H
#define COUNTERFOIL_ADMIN_COMMAND_H

#include <glib.h>
#include <stdbool.h>

struct context;

enum option_kind { OPTION_FLAG, OPTION_TEXT, OPTION_LIST };

struct command_option {
    const char *name; /* without dashes; NULL ends the options of a command */
    enum option_kind kind;
    const char *value; /* what stands for its value in help; NULL for a flag */
    bool is_needed;
    const char *help;
};

/* What is open, and whose transaction it is, when a command runs. */
enum command_access {
    ACCESS_CONF,  /* only the configuration */
    ACCESS_READ,  /* the record, in a transaction that reads */
    ACCESS_WRITE, /* the record, in a transaction that is committed when the command succeeds */
    ACCESS_OWN,   /* the record, for writing; the command begins and commits */
    ACCESS_SHOW,  /* ACCESS_READ with the fewest arguments and no option, else ACCESS_OWN */
};

struct command {
    const char *noun;
    const char *verb;                     /* NULL: the noun alone is the command */
    const char *arguments;                /* as usage shows them, "" for none */
    int least;                            /* how many arguments at least */
    int most;                             /* and at most; -1: any number */
    const char *help;                     /* one line */
    const struct command_option *options; /* or NULL */
    enum command_access access;
    bool (*run)(struct context *context, char **arguments, GError **error);
};

extern const struct command commands[]; /* the noun of the last is NULL */

/* The most options that one command has. */
#define COMMAND_OPTIONS_MAX 8

/* The command; NULL with G_OPTION_ERROR (wrong usage) and a near name, if there is one. verb may be
 * NULL, when the line ends after the noun. */
const struct command *command_find(const char *noun, const char *verb, GError **error);

/* Is it a noun of the table, and one that takes verbs? */
bool command_has_verbs(const char *noun);

/* Help, for --help: on everything, on a noun, on one command. Yours. */
char *command_help_all(void);
char *command_help_noun(const char *noun);
char *command_help(const struct command *command);

/* "counterfoil ticket show NUMBER [--full]". Yours. */
char *command_usage(const struct command *command);

#endif
