/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Text from mail, made fit to be printed: whatever it contains, a terminal shows it and obeys
 * none of it. Controls, escape sequences, invalid UTF-8 and characters that turn the direction
 * of writing become U+FFFD. Any thread; nothing can fail.
 */
#ifndef COUNTERFOIL_ADMIN_PLAIN_H
#define COUNTERFOIL_ADMIN_PLAIN_H

#include <glib.h>
#include <stddef.h>

/* Appends text as part of one line: white space that is no plain space becomes one. */
void plain_append(GString *out, const char *text);

/* plain_append() to a new string. Yours. */
char *plain_line(const char *text);

/* Appends text of many lines, each after indent, each ended with "\n"; tabs stay. At most limit
 * lines (0: all). How many lines were left out. */
size_t plain_append_lines(GString *out, const char *text, const char *indent, size_t limit);

/* How many columns of a terminal the text takes: wide characters two, combining ones none. */
size_t plain_width(const char *text);

#endif
