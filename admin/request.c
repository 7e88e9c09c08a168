/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The command line, read in two steps, since the options of a command are known only when its
 * noun and verb are. Strings are taken as the bytes that came, whatever the locale. One thread.
 */
#include "admin/request.h"

#include <string.h>

#include "milter/log.h"
#include "milter/nearest.h"

#define GLOBAL_OPTIONS 4
#define ENTRIES_MAX (GLOBAL_OPTIONS + COMMAND_OPTIONS_MAX + 2)

struct request *request_new(void)
{
    return g_new0(struct request, 1);
}

void request_free(struct request *request)
{
    if (request == NULL)
        return;
    g_free(request->noun);
    g_free(request->config);
    g_strfreev(request->arguments);
    for (int i = 0; i < COMMAND_OPTIONS_MAX; i++) {
        g_free(request->texts[i]);
        g_strfreev(request->lists[i]);
    }
    g_free(request);
}

bool request_wrong(GError **error, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    g_propagate_error(
        error, g_error_new_valist(G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE, format, arguments));
    va_end(arguments);
    return false;
}

static void add_global(GOptionEntry *entries, struct request *request)
{
    entries[0] = (GOptionEntry){
        .long_name = "config", .arg = G_OPTION_ARG_FILENAME, .arg_data = &request->config};
    entries[1] = (GOptionEntry){.long_name = "json", .arg_data = &request->is_json};
    entries[2] =
        (GOptionEntry){.long_name = "help", .short_name = 'h', .arg_data = &request->wants_help};
    entries[3] = (GOptionEntry){.long_name = "version", .arg_data = &request->wants_version};
}

static void add_own(GOptionEntry *entries, struct request *request)
{
    const struct command_option *option = request->command->options;

    for (int i = 0; option != NULL && option[i].name != NULL; i++) {
        g_assert(i < COMMAND_OPTIONS_MAX);
        entries[i].long_name = option[i].name;
        if (option[i].kind == OPTION_FLAG) {
            entries[i].arg_data = &request->flags[i];
        } else if (option[i].kind == OPTION_TEXT) {
            entries[i].arg = G_OPTION_ARG_FILENAME;
            entries[i].arg_data = &request->texts[i];
        } else {
            entries[i].arg = G_OPTION_ARG_FILENAME_ARRAY;
            entries[i].arg_data = &request->lists[i];
        }
    }
}

/* The first word of argv that looks like an option and is none of entries. */
static const char *find_unknown(char *const *argv, const GOptionEntry *entries)
{
    for (; *argv != NULL && strcmp(*argv, "--") != 0; argv++) {
        size_t length = strcspn(*argv, "=");
        bool is_known = **argv != '-' || (*argv)[1] == '\0' || strcmp(*argv, "-h") == 0;

        for (const GOptionEntry *entry = entries; !is_known && entry->long_name != NULL; entry++)
            is_known = strncmp(*argv, "--", 2) == 0 && strlen(entry->long_name) == length - 2 &&
                       strncmp(*argv + 2, entry->long_name, length - 2) == 0;
        if (!is_known)
            return *argv;
    }
    return NULL;
}

static void explain_unknown(char *const *argv, const GOptionEntry *entries, GError **error)
{
    const char *unknown = find_unknown(argv, entries);
    const char *names[ENTRIES_MAX] = {NULL};
    size_t count = 0;

    if (unknown == NULL)
        return;
    for (const GOptionEntry *entry = entries; entry->long_name != NULL; entry++)
        if (*entry->long_name != '\0')
            names[count++] = entry->long_name;
    g_autofree char *name = g_strndup(unknown, strcspn(unknown, "="));
    const char *nearest = nearest_name(name + strspn(name, "-"), names);
    g_autofree char *quoted = log_quoted(name);
    g_clear_error(error);
    if (nearest != NULL)
        g_set_error(error, G_OPTION_ERROR, G_OPTION_ERROR_UNKNOWN_OPTION,
                    "no option `%s`; did you mean `--%s`?", quoted, nearest);
    else
        g_set_error(error, G_OPTION_ERROR, G_OPTION_ERROR_UNKNOWN_OPTION, "no option `%s`", quoted);
}

/* Takes the options out of *argv. is_first: only those before the first other word. */
static bool parse(char ***argv, const GOptionEntry *entries, bool is_first, GError **error)
{
    g_autoptr(GOptionContext) context = g_option_context_new(NULL);
    g_auto(GStrv) before = g_strdupv(*argv);

    g_option_context_set_help_enabled(context, FALSE);
    g_option_context_set_strict_posix(context, is_first);
    g_option_context_add_main_entries(context, entries, NULL);
    if (g_option_context_parse_strv(context, argv, error))
        return true;
    if (error != NULL && g_error_matches(*error, G_OPTION_ERROR, G_OPTION_ERROR_UNKNOWN_OPTION))
        explain_unknown(before + 1, entries, error);
    return false;
}

static bool check_needed(const struct request *request, GError **error)
{
    const struct command_option *option = request->command->options;

    for (int i = 0; option != NULL && option[i].name != NULL; i++)
        if (option[i].is_needed && request->texts[i] == NULL && request->lists[i] == NULL) {
            return request_wrong(error, "--%s %s is missing", option[i].name, option[i].value);
        }
    return true;
}

static bool check_count(const struct request *request, GError **error)
{
    int count = (int)g_strv_length(request->arguments);
    const struct command *command = request->command;

    if (count < command->least) {
        return request_wrong(error, "something is missing: %s", command->arguments);
    }
    if (command->most >= 0 && count > command->most) {
        g_autofree char *quoted = log_quoted(request->arguments[command->most]);
        return request_wrong(error, "`%s` is too much here", quoted);
    }
    return true;
}

/* words: argv[0], and what follows the command's name. */
static bool read_command(struct request *request, char ***words, GError **error)
{
    GOptionEntry entries[ENTRIES_MAX] = {{0}};
    int count = 0;

    add_global(entries, request);
    add_own(entries + GLOBAL_OPTIONS, request);
    while (entries[count].long_name != NULL)
        count++;
    entries[count] = (GOptionEntry){.long_name = G_OPTION_REMAINING,
                                    .arg = G_OPTION_ARG_FILENAME_ARRAY,
                                    .arg_data = &request->arguments};
    if (!parse(words, entries, false, error))
        return false;
    if (request->arguments == NULL)
        request->arguments = g_new0(char *, 1);
    if (request->wants_help || request->wants_version)
        return true;
    return check_count(request, error) && check_needed(request, error);
}

/* argv[0], and the words from the first on. */
static char **cut(char *const *argv, char *const *first)
{
    g_autoptr(GStrvBuilder) words = g_strv_builder_new();

    g_strv_builder_add(words, argv[0]);
    for (; *first != NULL; first++)
        g_strv_builder_add(words, *first);
    return g_strv_builder_end(words);
}

/* The global options between a noun and its verb. */
static bool skip_options(char ***words, const GOptionEntry *entries, GError **error)
{
    g_auto(GStrv) rest = cut(*words, *words + 2);

    if (!parse(&rest, entries, true, error))
        return false;
    g_strfreev(*words);
    *words = cut(rest, rest); /* what stood for the noun is argv[0] now, twice */
    return true;
}

bool request_read(struct request *request, char *const *argv, GError **error)
{
    GOptionEntry entries[GLOBAL_OPTIONS + 1] = {{0}};
    g_auto(GStrv) words = g_strdupv((char **)argv);
    g_auto(GStrv) rest = NULL;

    add_global(entries, request);
    if (!parse(&words, entries, true, error))
        return false;
    request->noun = g_strdup(words[1]);
    if (request->noun == NULL || request->wants_version)
        return true;
    if (command_has_verbs(request->noun)) {
        if (!skip_options(&words, entries, error))
            return false;
        if (request->wants_version || (request->wants_help && words[2] == NULL))
            return true;
    }
    request->command = command_find(request->noun, words[2], error);
    if (request->command == NULL)
        return false;
    rest = cut(words, words + (request->command->verb != NULL ? 3 : 2));
    return read_command(request, &rest, error);
}

enum command_access request_access(const struct request *request)
{
    enum command_access access = request->command->access;
    bool is_more = (int)g_strv_length(request->arguments) > request->command->least;

    if (access != ACCESS_SHOW)
        return access;
    for (int i = 0; i < COMMAND_OPTIONS_MAX; i++)
        is_more =
            is_more || request->flags[i] || request->texts[i] != NULL || request->lists[i] != NULL;
    return is_more ? ACCESS_OWN : ACCESS_READ;
}

/* Where an option stands in the command's table. */
static int place(const struct request *request, const char *name, enum option_kind kind)
{
    const struct command_option *option = request->command->options;

    for (int i = 0; option != NULL && option[i].name != NULL; i++)
        if (strcmp(option[i].name, name) == 0) {
            g_assert(option[i].kind == kind);
            return i;
        }
    g_error("the command has no option %s", name);
}

const char *request_text(const struct request *request, const char *option)
{
    return request->texts[place(request, option, OPTION_TEXT)];
}

char *const *request_list(const struct request *request, const char *option)
{
    return request->lists[place(request, option, OPTION_LIST)];
}

bool request_flag(const struct request *request, const char *option)
{
    return request->flags[place(request, option, OPTION_FLAG)];
}
