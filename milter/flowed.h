/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Text as the body of a mail: text/plain; format=flowed (RFC 3676), without DelSp. Pure; any
 * thread; no errors; linear in time.
 */
#ifndef COUNTERFOIL_MILTER_FLOWED_H
#define COUNTERFOIL_MILTER_FLOWED_H

#include <glib.h>

/*
 * Appends text (UTF-8, lines end with LF) to out, with lines that end with CRLF. A line that is
 * longer than 72 columns is broken behind a blank, softly: mail programs put it together again. A
 * word is never broken, but for one that SMTP could not carry: hard, between characters. What
 * begins with a blank, '>' or "From " is stuffed with a blank (RFC 3676, 4.4); blanks at the end of
 * a line go; "-- ", which begins a signature, stays, and no soft line reads so. What is not UTF-8
 * becomes U+FFFD, controls but tabs are lost.
 */
void flowed_append(GString *out, const char *text);

#endif
