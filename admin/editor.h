/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A text in the person's own editor ($VISUAL, $EDITOR, else vi), in a temporary file that only
 * they can read. Knows nothing of what the text means. One thread.
 */
#ifndef COUNTERFOIL_ADMIN_EDITOR_H
#define COUNTERFOIL_ADMIN_EDITOR_H

#include <glib.h>
#include <stdbool.h>

#include "admin/caller.h"
#include "db/auto.h"

struct editor;

/* A temporary file, its name beginning with name, that holds text. ERROR_TEMPORARY: it can't be
 * written. caller: borrowed for as long as the editor lives. */
struct editor *editor_open(struct caller *caller, const char *name, const char *text,
                           GError **error);
/* Removes the file, unless it was kept. */
void editor_free(struct editor *editor);
AUTO_DEFINE(editor, editor_free);

/* Lets the person edit it and gives the text as it is then. Yours; NULL with ERROR_REFUSED when the
 * editor fails or leaves no text. */
char *editor_run(struct editor *editor, GError **error);

/* On a terminal, tells the person what is wrong and asks whether to edit it again. */
bool editor_ask_again(struct editor *editor, const char *faults);

/* Leaves the file where it is, and says in error where that is. */
void editor_keep(struct editor *editor, GError *error);

#endif
