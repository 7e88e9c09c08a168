/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The table of commands, and how one is read. Any thread.
 */
#include "milter/command.h"

#include <glib.h>
#include <string.h>

#include "milter/address.h"
#include "milter/log.h"
#include "milter/nearest.h"

const char *const command_names[] = {
    [COMMAND_NOTE] = "note",   [COMMAND_CLOSE] = "close", [COMMAND_REOPEN] = "reopen",
    [COMMAND_TAKE] = "take",   [COMMAND_DROP] = "drop",   [COMMAND_ASSIGN] = "assign",
    [COMMAND_MOVE] = "move",   [COMMAND_MERGE] = "merge", [COMMAND_CC] = "cc",
    [COMMAND_UNCC] = "uncc",   [COMMAND_FOR] = "for",     [COMMAND_SPAM] = "spam",
    [COMMAND_SPAM + 1] = NULL,
};

static const bool takes_argument[] = {
    [COMMAND_ASSIGN] = true, [COMMAND_MOVE] = true, [COMMAND_MERGE] = true, [COMMAND_CC] = true,
    [COMMAND_UNCC] = true,   [COMMAND_FOR] = true,  [COMMAND_SPAM] = false,
};

bool command_read(const char *extension, enum command *command, char **argument)
{
    const char *dash = strchr(extension, '-');
    size_t size = dash != NULL ? (size_t)(dash - extension) : strlen(extension);
    bool has_argument = dash != NULL && dash[1] != '\0';

    for (int i = 0; command_names[i] != NULL; i++) {
        if (strlen(command_names[i]) != size ||
            g_ascii_strncasecmp(command_names[i], extension, size) != 0)
            continue;
        if (takes_argument[i] != has_argument || (dash != NULL && !has_argument))
            return false;
        *command = (enum command)i;
        *argument = has_argument ? g_strdup(dash + 1) : NULL;
        return true;
    }
    return false;
}

char *command_address(const char *argument)
{
    const char *sign = strrchr(argument, '=');
    g_autofree char *address = NULL;

    if (sign == NULL)
        return NULL;
    address = g_strdup_printf("%.*s@%s", (int)(sign - argument), argument, sign + 1);
    return address_normalise(address);
}

char *command_help(const char *extension)
{
    g_autofree char *word = g_strndup(extension, strcspn(extension, "-"));
    g_autofree char *quoted = log_quoted(extension);
    g_autofree char *all = g_strjoinv(" +", (char **)command_names);
    const char *nearest = nearest_name(word, command_names);

    return g_strdup_printf("no command +%s;%s%s%s commands: +%s", quoted,
                           nearest != NULL ? " did you mean +" : "", nearest != NULL ? nearest : "",
                           nearest != NULL ? "?" : "", all);
}
