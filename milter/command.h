/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Commands are addresses: support+close@example.com (DESIGN section 6). What a word after the
 * delimiter asks for, and who may give it; whether somebody is that, and what is done, is said
 * elsewhere. Pure functions.
 */
#ifndef COUNTERFOIL_MILTER_COMMAND_H
#define COUNTERFOIL_MILTER_COMMAND_H

#include <stdbool.h>

enum command {
    COMMAND_NOTE,
    COMMAND_CLOSE,
    COMMAND_REOPEN,
    COMMAND_TAKE,
    COMMAND_DROP,
    COMMAND_ASSIGN, /* -WHO */
    COMMAND_MOVE,   /* -DEPARTMENT */
    COMMAND_MERGE,  /* -NUMBER */
    COMMAND_CC,     /* -LOCAL=DOMAIN */
    COMMAND_UNCC,   /* -LOCAL=DOMAIN */
    COMMAND_FOR,    /* -LOCAL=DOMAIN */
    COMMAND_SPAM,
    COMMAND_STATUS,
    COMMAND_SHOW,
    COMMAND_LIST,
    COMMAND_SEARCH,
    COMMAND_HELP,
};

/* Who gives a command to a ticket: each may give what the former ones may. */
enum giver { GIVER_CORRESPONDENT, GIVER_REQUESTER, GIVER_OPERATOR };

struct command_entry {
    const char *word;      /* "close" */
    const char *argument;  /* what follows a '-', as in "WHO"; NULL: nothing does */
    enum giver giver;      /* at least */
    bool is_of_ticket;     /* it says something of the ticket, and must have one */
    const char *does;      /* "close it", as an operator is told */
    const char *does_then; /* the same, as a customer is told; or NULL */
};

/* All of them, in the order of the enumeration; the last one has no word. */
extern const struct command_entry command_table[];

/*
 * Reads an address extension in any case. True when it is a command; then *argument is what
 * follows its first '-', NULL for a command that takes none; yours. A command that takes an
 * argument and has none, or takes none and has one, is no command.
 */
bool command_read(const char *extension, enum command *command, char **argument);

/* LOCAL=DOMAIN as an address in normal form, or NULL. The last '=' stands for the '@'. Yours. */
char *command_address(const char *argument);

/* What to tell an operator who wrote extension, which is none: the nearest command, and all of
 * them. Yours. */
char *command_help(const char *extension);

/* The commands of whoever may give what giver may, as addresses of role, a line for each. Yours. */
char *command_list(enum giver giver, const char *role, char delimiter);

#endif
