/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Finding a command in the table, and help made from it. Runs nothing. Any thread.
 */
#include "admin/command.h"

#include <string.h>

#include "milter/log.h"
#include "milter/nearest.h"

static bool same_text(const char *a, const char *b)
{
    return strcmp(a, b) == 0;
}

/* The nouns, or the verbs of a noun, each once; NULL-terminated, borrowed names. */
static GPtrArray *list_names(const char *noun)
{
    GPtrArray *names = g_ptr_array_new();

    for (const struct command *command = commands; command->noun != NULL; command++)
        if (noun == NULL && (command == commands || !same_text(command->noun, command[-1].noun)))
            g_ptr_array_add(names, (char *)command->noun);
        else if (noun != NULL && same_text(command->noun, noun))
            g_ptr_array_add(names, (char *)command->verb);
    g_ptr_array_add(names, NULL);
    return names;
}

bool command_has_verbs(const char *noun)
{
    for (const struct command *command = commands; command->noun != NULL; command++)
        if (same_text(command->noun, noun))
            return command->verb != NULL;
    return false;
}

static void set_unknown(GError **error, const char *what, const char *wrong, GPtrArray *names)
{
    const char *nearest = nearest_name(wrong, (const char *const *)names->pdata);
    g_autofree char *quoted = log_quoted(wrong);
    g_autofree char *list = g_strjoinv(", ", (char **)names->pdata);

    if (nearest != NULL)
        g_set_error(error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
                    "no %s `%s`; did you mean `%s`?", what, quoted, nearest);
    else
        g_set_error(error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE, "no %s `%s`; there are %s",
                    what, quoted, list);
}

const struct command *command_find(const char *noun, const char *verb, GError **error)
{
    g_autoptr(GPtrArray) nouns = list_names(NULL);
    bool is_noun = false;

    for (const struct command *command = commands; command->noun != NULL; command++) {
        if (!same_text(command->noun, noun))
            continue;
        is_noun = true;
        if (command->verb == NULL || (verb != NULL && same_text(command->verb, verb)))
            return command;
    }
    if (!is_noun) {
        set_unknown(error, "command", noun, nouns);
        return NULL;
    }
    g_autoptr(GPtrArray) verbs = list_names(noun);
    if (verb != NULL) {
        g_autofree char *what = g_strdup_printf("command `%s` with the verb", noun);
        set_unknown(error, what, verb, verbs);
        return NULL;
    }
    g_autofree char *list = g_strjoinv(", ", (char **)verbs->pdata);
    g_set_error(error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE, "%s what? one of %s", noun, list);
    return NULL;
}

static void append_option_usage(GString *out, const struct command_option *option)
{
    g_string_append(out, option->is_needed ? " --" : " [--");
    g_string_append(out, option->name);
    if (option->value != NULL)
        g_string_append_printf(out, " %s", option->value);
    if (!option->is_needed)
        g_string_append_c(out, ']');
    if (option->kind == OPTION_LIST)
        g_string_append(out, "…");
}

static void append_name(GString *out, const struct command *command)
{
    g_string_append(out, command->noun);
    if (command->verb != NULL)
        g_string_append_printf(out, " %s", command->verb);
}

char *command_usage(const struct command *command)
{
    GString *out = g_string_new("counterfoil ");

    append_name(out, command);
    if (*command->arguments != '\0')
        g_string_append_printf(out, " %s", command->arguments);
    for (int i = 0; command->options != NULL && command->options[i].name != NULL; i++)
        append_option_usage(out, &command->options[i]);
    return g_string_free(out, FALSE);
}

static const char options_of_all[] =
    "  --config FILE         the configuration (else "
    "$COUNTERFOIL_CONFIG, else " SYSCONFDIR "/counterfoil/counterfoil.conf)\n"
    "  --json                JSON, one object a line\n"
    "  --help                this\n";

static void append_line(GString *out, const struct command *command)
{
    g_autoptr(GString) name = g_string_new(NULL);

    append_name(name, command);
    g_string_append_printf(out, "  %-20s  %s\n", name->str, command->help);
}

char *command_help_all(void)
{
    GString *out = g_string_new("Usage: counterfoil [--config FILE] [--json] NOUN VERB …\n\n");

    for (const struct command *command = commands; command->noun != NULL; command++)
        append_line(out, command);
    g_string_append_printf(out, "\nOptions:\n%s  --version             which version this is\n",
                           options_of_all);
    g_string_append(out, "\n`counterfoil NOUN VERB --help` explains one command.\n");
    return g_string_free(out, FALSE);
}

char *command_help_noun(const char *noun)
{
    GString *out = g_string_new(NULL);

    g_string_append_printf(out, "Usage: counterfoil [--config FILE] [--json] %s VERB …\n\n", noun);
    for (const struct command *command = commands; command->noun != NULL; command++)
        if (same_text(command->noun, noun))
            append_line(out, command);
    g_string_append_printf(out, "\nOptions:\n%s", options_of_all);
    return g_string_free(out, FALSE);
}

char *command_help(const struct command *command)
{
    GString *out = g_string_new("Usage: ");
    g_autofree char *usage = command_usage(command);

    g_string_append_printf(out, "%s\n\n%s\n\nOptions:\n", usage, command->help);
    for (int i = 0; command->options != NULL && command->options[i].name != NULL; i++) {
        const struct command_option *option = &command->options[i];
        g_autofree char *left =
            g_strjoin(option->value != NULL ? " " : NULL, option->name, option->value, NULL);
        g_string_append_printf(out, "  --%-19s %s\n", left, option->help);
    }
    g_string_append(out, options_of_all);
    return g_string_free(out, FALSE);
}
