/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Bytes in some character set, as a mail labels it, into UTF-8. Labels are believed only as far as
 * the bytes bear them out: nothing that comes in makes it fail, and what comes out is always valid
 * UTF-8. Knows nothing of mail. No state but the caller's; any thread.
 */
#ifndef COUNTERFOIL_MILTER_CHARSET_H
#define COUNTERFOIL_MILTER_CHARSET_H

#include <glib.h>
#include <stddef.h>
#include <stdint.h>

#include "db/auto.h"

struct charset;

/*
 * A converter from the character set that label names (any case, as RFC 2978 and common use have
 * it). NULL, UTF-8, US-ASCII and labels that nobody knows: the bytes are taken as UTF-8, and each
 * one that is no part of a valid sequence as Windows-1252. ISO 8859-1 is read as Windows-1252, and
 * gb2312, shift_jis and ks_c_5601 as their supersets in use. In any other, bytes without a meaning
 * become U+FFFD. Free it with charset_free().
 */
struct charset *charset_new(const char *label);
void charset_free(struct charset *charset);
AUTO_DEFINE(charset, charset_free);

/* Appends the next size bytes to out, but for a character that is not complete yet. NUL is lost. */
void charset_step(struct charset *charset, const uint8_t *bytes, size_t size, GString *out);

/* Appends what is left over at the end. */
void charset_finish(struct charset *charset, GString *out);

/* All of size bytes at once: a string that is yours. */
char *charset_decode(const char *label, const void *bytes, size_t size);

/* The character of a byte in Windows-1252; U+FFFD where it has none. */
gunichar charset_windows_1252(uint8_t byte);

#endif
