/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Is the database file whole? Reads all of it: for a person who asks, never on the way of a
 * message.
 */
#ifndef COUNTERFOIL_DB_INTEGRITY_H
#define COUNTERFOIL_DB_INTEGRITY_H

#include <glib.h>
#include <stdbool.h>

#include "db/store.h"

/* SQLite's quick check. ERROR_CONFIG, with the first fault, when the file is damaged;
 * ERROR_TEMPORARY when it could not be read. */
bool integrity_check(struct store *store, GError **error);

#endif
