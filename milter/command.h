/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Commands are addresses: support+close@example.com (DESIGN section 6). What a word after the
 * delimiter asks for; who may ask, and what is done, is said elsewhere. Pure functions.
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
};

/*
 * Reads an address extension in any case. True when it is a command; then *argument is what
 * follows its first '-', NULL for a command that takes none; yours. A command that takes an
 * argument and has none, or takes none and has one, is no command.
 */
bool command_read(const char *extension, enum command *command, char **argument);

/* The commands' words, as in "close", NULL-terminated, in the order of the enumeration. */
extern const char *const command_names[];

/* LOCAL=DOMAIN as an address in normal form, or NULL. The last '=' stands for the '@'. Yours. */
char *command_address(const char *argument);

/* What to tell somebody who wrote extension, which is none: the nearest command, and all of them.
 * Yours. */
char *command_help(const char *extension);

#endif
