/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The header fields that hold message identifiers: Message-ID, In-Reply-To, References (RFC 5322,
 * 3.6.4). Reads them as they are really written: folded, without brackets, among words and
 * comments. Decides nothing; never fails; any thread.
 */
#ifndef COUNTERFOIL_MILTER_MSGID_H
#define COUNTERFOIL_MILTER_MSGID_H

#include <glib.h>

/* Of more than so many identifiers only the first and the last ones are kept. */
#define MSGID_COUNT_MAX 1000

/* A longer one is no identifier, in bytes (RFC 5322, 2.1.1: no line is). */
#define MSGID_BYTES_MAX 998

/*
 * All identifiers in raw header values (count of them, in order): char *, without angle brackets,
 * valid UTF-8 without white space and controls. In a value without any bracket, each word that
 * contains "@" is taken for one. The array frees its elements.
 */
GPtrArray *msgid_read(const char *const *values, guint count);

#endif
