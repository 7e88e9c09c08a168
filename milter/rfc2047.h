/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Encoded words (RFC 2047): how text that is not ASCII stands in a header. GMime's own are not
 * used: its encoder leaves ASCII that looks like an encoded word as it is and drops spaces at the
 * edges, its decoder loses characters that were cut in two and remembers every label it met.
 *
 * Knows nothing of lines and header names. What is read is hostile, any length takes linear time;
 * nothing can fail. Pure functions, any thread.
 */
#ifndef COUNTERFOIL_MILTER_RFC2047_H
#define COUNTERFOIL_MILTER_RFC2047_H

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>

/* The longest encoded word there may be, and the shortest room that is worth beginning one in. */
#define RFC2047_MAX 75
#define RFC2047_MIN 30

/* Whether size bytes of text would be read as something else, or not at all, if they stood in a
 * header as they are: not ASCII, or something like the beginning of an encoded word. */
bool rfc2047_is_needed(const char *text, size_t size);

/*
 * Appends size bytes of text, valid UTF-8, as encoded words, with between ("\n ", " ") from one
 * to the next: the first at most first_room bytes long, but for one character at the least, the
 * others RFC2047_MAX. Q for what is mostly ASCII, else base64, fit for a phrase. No character is
 * split, nor, unless it is monstrous, what combines to one (accents, emoji).
 */
void rfc2047_encode(GString *out, const char *text, size_t size, size_t first_room,
                    const char *between);

/*
 * The text of an unfolded header value: encoded words decoded, those that stand side by side
 * joined, even if they split a character between them; all else to the letter. Words that stick
 * to text, or hold spaces, are understood too; what is no encoded word stays. Bytes that are not
 * UTF-8 are read as Windows-1252. Valid UTF-8, which may contain controls but no NUL. Yours.
 */
char *rfc2047_decode(const char *value);

#endif
