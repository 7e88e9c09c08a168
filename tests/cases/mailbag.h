/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Takes the mails out of an outbox and puts each into a file, whole, as the courier would hand it
 * to the mail server: for tests/shape.py. Whatever goes wrong with it ends the test.
 */
#ifndef COUNTERFOIL_TESTS_CASES_MAILBAG_H
#define COUNTERFOIL_TESTS_CASES_MAILBAG_H

#include <glib.h>
#include <stdint.h>

#include "db/store.h"

/*
 * Every mail that is due at the time now goes into folder as NAME.N.eml, N its number, and is
 * marked as sent. Beside it stand NAME.N.about, lines "key TAB value", the value escaped as
 * g_strescape() does, with what is known of it (kind, ticket, message, at, sender, each recipient,
 * each message that is in it, or that it is a version of, as "archived"), and about, if that is not
 * NULL, to the letter; and NAME.M.raw, the bytes of each such message M, out of the archive.
 */
void mailbag_empty(struct store *store, int64_t now, const char *folder, const char *name,
                   const char *about);

/* Appends such a line; nothing if value is NULL. */
void mailbag_tell(GString *about, const char *key, const char *value);

#endif
