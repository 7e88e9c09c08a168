/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Brings a database's schema to the one this program knows: the files db/NNNN-*.sql in order,
 * those that user_version says are missing, under the write lock. Refuses what it did not make.
 */
#ifndef COUNTERFOIL_DB_MIGRATE_H
#define COUNTERFOIL_DB_MIGRATE_H

#include <glib.h>
#include <sqlite3.h>
#include <stdbool.h>

/* "Cfoi": what stands in the database file's application_id. */
#define MIGRATE_APPLICATION_ID 0x43666f69

/* The schema's version that this program knows: the number of the last file. */
int migrate_newest(void);

/*
 * Checks that the database is ours and no newer than we know, and, when may_write, applies what is
 * missing in one transaction; two who try at once do it once. ERROR_CONFIG: not ours, newer, or
 * older and may_write is false. ERROR_TEMPORARY: busy, full, I/O.
 */
bool migrate_run(sqlite3 *handle, bool may_write, GError **error);

#endif
