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

#define PERSON "LOCAL=DOMAIN"

const struct command_entry command_table[] = {
    [COMMAND_NOTE] = {"note", NULL, GIVER_OPERATOR, true, "a note, for operators only", NULL},
    [COMMAND_CLOSE] = {"close", NULL, GIVER_REQUESTER, true, "close the ticket",
                       "close your ticket"},
    [COMMAND_REOPEN] = {"reopen", NULL, GIVER_OPERATOR, true, "open it again", NULL},
    [COMMAND_TAKE] = {"take", NULL, GIVER_OPERATOR, true, "assign it to yourself", NULL},
    [COMMAND_DROP] = {"drop", NULL, GIVER_OPERATOR, true, "assign it to nobody", NULL},
    [COMMAND_ASSIGN] = {"assign", "WHO", GIVER_OPERATOR, true, "assign it to an operator", NULL},
    [COMMAND_MOVE] = {"move", "DEPARTMENT", GIVER_OPERATOR, true, "give it to another department",
                      NULL},
    [COMMAND_MERGE] = {"merge", "NUMBER", GIVER_OPERATOR, true, "make it part of another ticket",
                       NULL},
    [COMMAND_CC] = {"cc", PERSON, GIVER_OPERATOR, true, "add a correspondent", NULL},
    [COMMAND_UNCC] = {"uncc", PERSON, GIVER_OPERATOR, true, "take a correspondent off", NULL},
    [COMMAND_FOR] = {"for", PERSON, GIVER_OPERATOR, true,
                     "open a ticket on behalf of somebody, and send them the message", NULL},
    [COMMAND_SPAM] = {"spam", NULL, GIVER_OPERATOR, true, "close it, and mark it as spam", NULL},
    [COMMAND_STATUS] = {"status", NULL, GIVER_CORRESPONDENT, true, "get to know how it stands",
                        "get to know how your ticket stands"},
    [COMMAND_SHOW] = {"show", NULL, GIVER_OPERATOR, true,
                      "get the whole ticket in one mail, to answer from there", NULL},
    [COMMAND_LIST] = {"list", NULL, GIVER_OPERATOR, false,
                      "get a list of the tickets that are yours, nobody's, or wait for us", NULL},
    [COMMAND_SEARCH] = {"search", NULL, GIVER_OPERATOR, false,
                        "get a list of the tickets with the words of the Subject", NULL},
    [COMMAND_HELP] = {"help", NULL, GIVER_CORRESPONDENT, false, "get this list", "get this list"},
    [COMMAND_HELP + 1] = {NULL, NULL, GIVER_OPERATOR, false, NULL, NULL},
};

bool command_read(const char *extension, enum command *command, char **argument)
{
    const char *dash = strchr(extension, '-');
    size_t size = dash != NULL ? (size_t)(dash - extension) : strlen(extension);
    bool has_argument = dash != NULL && dash[1] != '\0';

    for (int i = 0; command_table[i].word != NULL; i++) {
        const struct command_entry *entry = &command_table[i];

        if (strlen(entry->word) != size || g_ascii_strncasecmp(entry->word, extension, size) != 0)
            continue;
        if ((entry->argument != NULL) != has_argument || (dash != NULL && !has_argument))
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
    g_autoptr(GPtrArray) words = g_ptr_array_new();
    g_autofree char *all = NULL;
    const char *nearest;

    for (int i = 0; command_table[i].word != NULL; i++)
        g_ptr_array_add(words, (gpointer)command_table[i].word);
    g_ptr_array_add(words, NULL);
    all = g_strjoinv(" +", (char **)words->pdata);
    nearest = nearest_name(word, (const char *const *)words->pdata);
    return g_strdup_printf("no command +%s;%s%s%s commands: +%s", quoted,
                           nearest != NULL ? " did you mean +" : "", nearest != NULL ? nearest : "",
                           nearest != NULL ? "?" : "", all);
}

/* support+assign-WHO@example.com */
static void append_address(GString *list, const struct command_entry *entry, const char *role,
                           char delimiter)
{
    g_autofree char *address = address_extend(role, delimiter, entry->word);
    const char *at = strrchr(address, '@');

    g_assert(at != NULL);
    g_string_append_len(list, address, at - address);
    if (entry->argument != NULL)
        g_string_append_printf(list, "-%s", entry->argument);
    g_string_append(list, at);
}

char *command_list(enum giver giver, const char *role, char delimiter)
{
    GString *list = g_string_new(NULL);

    for (const struct command_entry *entry = command_table; entry->word != NULL; entry++) {
        if (entry->giver > giver)
            continue;
        append_address(list, entry, role, delimiter);
        g_string_append_printf(list, ": %s\n",
                               giver == GIVER_OPERATOR ? entry->does : entry->does_then);
    }
    return g_string_free(list, FALSE);
}
