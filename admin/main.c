/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * counterfoil(1): from the command line to the code that it ends with. Errors are told here, once.
 * 0: done; 1: refused or not found; 2: wrong usage; 75: come again; 78: wrong configuration.
 */
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include "admin/context.h"
#include "admin/plain.h"
#include "db/error.h"

#define EXIT_REFUSED 1
#define EXIT_WRONG_USAGE 2

static int exit_code(const GError *error)
{
    if (error->domain == G_OPTION_ERROR)
        return EXIT_WRONG_USAGE;
    if (g_error_matches(error, COUNTERFOIL_ERROR, ERROR_TEMPORARY))
        return EX_TEMPFAIL;
    if (g_error_matches(error, COUNTERFOIL_ERROR, ERROR_CONFIG))
        return EX_CONFIG;
    return EXIT_REFUSED;
}

/* Every line of the error, with our name before it. */
static void tell(const GError *error)
{
    g_autoptr(GString) lines = g_string_new(NULL);

    plain_append_lines(lines, error->message, "counterfoil: ", 0);
    fputs(lines->str, stderr);
}

static void tell_usage(const struct request *request)
{
    g_autofree char *usage = request->command != NULL ? command_usage(request->command) : NULL;

    if (usage != NULL)
        fprintf(stderr, "usage: %s\n", usage);
    else if (request->noun != NULL && command_has_verbs(request->noun))
        fprintf(stderr, "usage: counterfoil %s VERB …; `counterfoil %s --help` lists the verbs\n",
                request->noun, request->noun);
    else
        fputs("usage: counterfoil [--config FILE] [--json] NOUN VERB …; `counterfoil --help` "
              "lists them\n",
              stderr);
}

static void print_help(const struct request *request)
{
    g_autofree char *help = request->command != NULL ? command_help(request->command)
                            : request->noun != NULL  ? command_help_noun(request->noun)
                                                     : command_help_all();

    fputs(help, stdout);
}

static int run(struct request *request, char **argv)
{
    g_autoptr(GError) error = NULL;

    if (!request_read(request, argv, &error)) {
        tell(error);
        tell_usage(request);
        return EXIT_WRONG_USAGE;
    }
    if (request->wants_version) {
        puts("counterfoil " PACKAGE_VERSION);
        return 0;
    }
    if (request->wants_help) {
        print_help(request);
        return 0;
    }
    if (request->command == NULL) {
        tell_usage(request);
        return EXIT_WRONG_USAGE;
    }
    if (context_run(request, &error))
        return 0;
    tell(error);
    if (error->domain == G_OPTION_ERROR)
        tell_usage(request);
    return exit_code(error);
}

int main(int argc, char **argv)
{
    AUTO(request) request = request_new();

    (void)argc;
    setlocale(LC_ALL, "");
    signal(SIGPIPE, SIG_IGN);
    g_set_prgname("counterfoil");
    return run(request, argv);
}
