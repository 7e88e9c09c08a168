/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Comments in the values of structured header fields (RFC 5322, 3.2.2). Pure functions; any
 * thread; no errors; linear in time.
 */
#ifndef COUNTERFOIL_MILTER_COMMENT_H
#define COUNTERFOIL_MILTER_COMMENT_H

/* The end of the comment that begins at text, with those within it; of the text, when it never
 * ends. Borrowed from text. */
const char *comment_end(const char *text);

/* Where the first byte stands that is neither white space nor in a comment, or the end of the
 * text. Borrowed from text. */
const char *comment_skip_space(const char *text);

#endif
