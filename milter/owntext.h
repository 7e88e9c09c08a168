/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Whether somebody wrote anything themselves: a reply may hold nothing but what the mail program
 * put there. Pure; any thread; linear in the text.
 */
#ifndef COUNTERFOIL_MILTER_OWNTEXT_H
#define COUNTERFOIL_MILTER_OWNTEXT_H

#include <stdbool.h>

/*
 * Does text have a word besides quoted lines ('>' first), the lines that introduce a quotation
 * ("On Monday, Kim <kim@example.net> wrote:"), blank lines and a signature after "-- "? What
 * introduces a quotation is the paragraph before it, of at most three lines, that ends with ':' and
 * has a digit or '@' in it; in doubt it is a word of their own.
 */
bool owntext_has(const char *text);

#endif
