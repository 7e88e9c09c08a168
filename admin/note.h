/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The text of a note that is typed. Decides what a note may be; knows no ticket. One thread.
 */
#ifndef COUNTERFOIL_ADMIN_NOTE_H
#define COUNTERFOIL_ADMIN_NOTE_H

#include <glib.h>

/* The longest note, in bytes. */
#define NOTE_MAX 65536

/* The note: typed, or, if that is NULL, standard input to its end; a terminal is told how to end
 * it. Without the blank lines around it, its line ends as "\n". ERROR_REFUSED: it is empty, longer
 * than NOTE_MAX, no UTF-8, has a control character but tabs and line ends, or can't be read.
 * Yours. */
char *note_read(const char *typed, GError **error);

#endif
