/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The file and the editor are the person's own, whoever the program has become meanwhile. One
 * thread.
 */
#include "admin/editor.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "admin/plain.h"
#include "db/error.h"

struct editor {
    struct caller *caller;
    char *path;
    bool is_kept;
};

static char *make_file(const char *name, const char *text, GError **error)
{
    g_autofree char *pattern = g_strconcat(name, "-XXXXXX", NULL);
    g_autofree char *path = NULL;
    g_autoptr(GError) why = NULL;
    int fd = g_file_open_tmp(pattern, &path, &why);

    if (fd >= 0)
        close(fd);
    if (fd >= 0 && g_file_set_contents_full(path, text, -1, G_FILE_SET_CONTENTS_NONE, 0600, &why))
        return g_steal_pointer(&path);
    if (path != NULL)
        g_unlink(path);
    error_set(error, ERROR_TEMPORARY, "no temporary file: %s", why->message);
    return NULL;
}

struct editor *editor_open(struct caller *caller, const char *name, const char *text,
                           GError **error)
{
    struct editor *editor;
    g_autofree char *path = NULL;

    caller_pause(caller);
    path = make_file(name, text, error);
    caller_resume(caller);
    if (path == NULL)
        return NULL;
    editor = g_new0(struct editor, 1);
    editor->caller = caller;
    editor->path = g_steal_pointer(&path);
    return editor;
}

void editor_free(struct editor *editor)
{
    if (editor == NULL)
        return;
    caller_pause(editor->caller);
    if (!editor->is_kept)
        g_unlink(editor->path);
    caller_resume(editor->caller);
    g_free(editor->path);
    g_free(editor);
}

static const char *command_of(void)
{
    const char *visual = g_getenv("VISUAL");
    const char *editor = g_getenv("EDITOR");

    if (visual != NULL && *visual != '\0')
        return visual;
    return editor != NULL && *editor != '\0' ? editor : "vi";
}

/* By the shell, since $EDITOR may hold options; the path is no part of its text. */
static bool run(const struct editor *editor, GError **error)
{
    g_autofree char *script = g_strconcat(command_of(), " \"$1\"", NULL);
    const char *argv[] = {"/bin/sh", "-c", script, "sh", editor->path, NULL};
    g_autoptr(GError) why = NULL;
    int status;

    if (g_spawn_sync(NULL, (char **)argv, NULL, G_SPAWN_CHILD_INHERITS_STDIN, NULL, NULL, NULL,
                     NULL, &status, &why) &&
        g_spawn_check_wait_status(status, &why))
        return true;
    return error_set(error, ERROR_REFUSED, "the editor `%s` failed, nothing was changed: %s",
                     command_of(), why->message);
}

static char *run_and_read(const struct editor *editor, GError **error)
{
    g_autofree char *text = NULL;
    g_autoptr(GError) why = NULL;
    gsize size;

    if (!run(editor, error))
        return NULL;
    if (g_file_get_contents(editor->path, &text, &size, &why) && strlen(text) == size)
        return g_steal_pointer(&text);
    error_set(error, ERROR_REFUSED, "nothing was changed: %s",
              why != NULL ? why->message : "the text has a NUL in it");
    return NULL;
}

char *editor_run(struct editor *editor, GError **error)
{
    char *text;

    caller_pause(editor->caller);
    text = run_and_read(editor, error);
    caller_resume(editor->caller);
    return text;
}

bool editor_ask_again(struct editor *editor, const char *faults)
{
    g_autoptr(GString) lines = g_string_new(NULL);
    char answer[16];

    (void)editor;
    if (isatty(STDIN_FILENO) != 1 || isatty(STDERR_FILENO) != 1)
        return false;
    plain_append_lines(lines, faults, "", 0);
    fprintf(stderr, "%sNothing was changed. Edit it again? [Y/n] ", lines->str);
    if (fgets(answer, sizeof answer, stdin) == NULL)
        return false;
    return *answer != 'n' && *answer != 'N';
}

void editor_keep(struct editor *editor, GError *error)
{
    char *message = g_strdup_printf("%s\nnothing was changed; your text is kept in %s",
                                    error->message, editor->path);

    g_free(error->message);
    error->message = message;
    editor->is_kept = true;
}
