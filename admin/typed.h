/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Text that a person types, or has in a file. Decides what may be in any such text; knows nothing
 * of what it is for. One thread.
 */
#ifndef COUNTERFOIL_ADMIN_TYPED_H
#define COUNTERFOIL_ADMIN_TYPED_H

#include <glib.h>

/*
 * What is in file (opened as whoever runs the program now), or, if that is NULL, standard input to
 * its end; a terminal is told how to end it. No more than a little over max bytes are read. what:
 * "note", for those who type and for errors. ERROR_REFUSED: it can't be read. Yours.
 */
GString *typed_read(const char *file, const char *what, size_t max, GError **error);

/* The same text with line ends as "\n". ERROR_REFUSED names the line: it is not UTF-8, or has a
 * control character but tabs and line ends. Yours. */
char *typed_check(const GString *text, const char *what, GError **error);

#endif
