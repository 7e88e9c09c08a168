/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the scanners of subjects, IDs, addresses and headers agree on about single characters:
 * which are white space, which are controls, what is the same letter in another case. Decides by
 * Unicode alone: the program's locale changes nothing. Bytes that are not UTF-8 are characters of
 * their own, neither space nor control. Pure functions, any thread, no errors.
 */
#ifndef COUNTERFOIL_MILTER_CHARS_H
#define COUNTERFOIL_MILTER_CHARS_H

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>

/* What chars_next() gives for a byte that begins no valid UTF-8 character. */
#define CHARS_INVALID ((gunichar)-1)

/* The character at text, and its length in bytes: 0 at the end of the string, 1 for a byte that
 * begins no valid character (*c is CHARS_INVALID then). */
size_t chars_next(const char *text, gunichar *c);

/* If text begins with a white space character (tab, line break, any of Unicode's spaces), its
 * length in bytes, else 0. */
size_t chars_space(const char *text);

/* The same for all white space that text begins with. */
size_t chars_spaces(const char *text);

/* Whether c is a control character (Unicode's Cc: C0, DEL, C1), tab and line breaks included. */
bool chars_is_control(gunichar c);

/* Whether c turns the direction of text around, also of what somebody else wrote behind it. */
bool chars_is_turning(gunichar c);

/* c in lower case; unlike others' tables, never an ASCII letter for a look-alike from outside
 * (KELVIN SIGN is no k), so that no foreign spelling becomes an ASCII address. */
gunichar chars_lower(gunichar c);

/* text made valid UTF-8, each bad byte U+FFFD. Yours. */
char *chars_valid(const char *text);

#endif
