/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The command line, read: which command of the table, with which options and arguments. Runs
 * nothing. One thread.
 */
#ifndef COUNTERFOIL_ADMIN_REQUEST_H
#define COUNTERFOIL_ADMIN_REQUEST_H

#include <glib.h>
#include <stdbool.h>

#include "admin/command.h"
#include "db/auto.h"

struct request {
    const struct command *command; /* NULL: only help or the version is wanted, or it is unknown */
    char *noun;                    /* as it was typed, or NULL */
    char *config;                  /* --config, or NULL */
    gboolean is_json;
    gboolean wants_help;
    gboolean wants_version;
    char **arguments; /* after the verb; never NULL once the command is known and right */
    /* The command's options, by their place in its table. */
    gboolean flags[COMMAND_OPTIONS_MAX];
    char *texts[COMMAND_OPTIONS_MAX];
    char **lists[COMMAND_OPTIONS_MAX];
};

struct request *request_new(void);
void request_free(struct request *request);
AUTO_DEFINE(request, request_free);

/* Reads the words of the command line (argv, NULL-terminated) into an empty request. False with
 * G_OPTION_ERROR when they are wrong; request then holds what was understood. */
bool request_read(struct request *request, char *const *argv, GError **error);

/* Sets *error to wrong usage, in words as printf() has them, and returns false. */
bool request_wrong(GError **error, const char *format, ...) G_GNUC_PRINTF(2, 3);

/* What the line needs of the record: as its command says, but never ACCESS_SHOW. */
enum command_access request_access(const struct request *request);

/* An option of the command by name: NULL or false when it was not given. Borrowed. */
const char *request_text(const struct request *request, const char *option);
char *const *request_list(const struct request *request, const char *option);
bool request_flag(const struct request *request, const char *option);

#endif
