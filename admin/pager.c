/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The pager is the person's own program, whoever we have become meanwhile. One thread; a pager
 * that ends early is one that has been read enough.
 */
#include "admin/pager.h"

#include <gio/gio.h>
#include <string.h>

#define NOT_FOUND 127 /* the shell's word for it */

static const char *command_of(void)
{
    const char *pager = g_getenv("PAGER");
    g_autofree char *less = NULL;

    if (pager != NULL)
        return *pager == '\0' || strcmp(pager, "cat") == 0 ? NULL : pager;
    less = g_find_program_in_path("less");
    return less != NULL ? "less" : NULL;
}

/* less: F leaves at once what fits the screen, R lets our colours through, X keeps the text. */
static GSubprocess *start(const char *command)
{
    g_autoptr(GSubprocessLauncher) launcher =
        g_subprocess_launcher_new(G_SUBPROCESS_FLAGS_STDIN_PIPE);
    const char *argv[] = {"/bin/sh", "-c", command, NULL};

    g_subprocess_launcher_setenv(launcher, "LESS", "FRX", FALSE);
    return g_subprocess_launcher_spawnv(launcher, argv, NULL);
}

bool pager_show(struct caller *caller, const char *text)
{
    const char *command = command_of();
    g_autoptr(GSubprocess) process = NULL;
    GOutputStream *pipe;

    if (command == NULL)
        return false;
    caller_pause(caller);
    process = start(command);
    caller_resume(caller);
    if (process == NULL)
        return false;
    pipe = g_subprocess_get_stdin_pipe(process);
    g_output_stream_write_all(pipe, text, strlen(text), NULL, NULL, NULL);
    g_output_stream_close(pipe, NULL, NULL);
    g_subprocess_wait(process, NULL, NULL);
    return !g_subprocess_get_if_exited(process) ||
           g_subprocess_get_exit_status(process) != NOT_FOUND;
}
