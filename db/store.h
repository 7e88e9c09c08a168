/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One connection to the database, its statements prepared, its schema current. What is read and
 * written through it stands in site.h, department.h, operator.h, ticket.h, message.h, event.h.
 *
 * One thread at a time. A busy, full or unreadable database is ERROR_TEMPORARY and leaves the
 * store usable for the next try.
 */
#ifndef COUNTERFOIL_DB_STORE_H
#define COUNTERFOIL_DB_STORE_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "db/auto.h"

struct store;

enum store_mode {
    STORE_READ,   /* reads only; many at once beside one writer */
    STORE_WRITE,  /* reads and writes; an older schema is brought up to date */
    STORE_CREATE, /* STORE_WRITE on a file that must not exist yet */
};

/* How long an operation waits for somebody else's lock, in milliseconds. */
#define STORE_BUSY_MS 5000

/*
 * Opens the database at path. ERROR_NOT_FOUND: there is none (or, with STORE_CREATE, ERROR_REFUSED:
 * there is one already). ERROR_CONFIG: not a database of ours, a newer schema, or readable by
 * others than its owner and group. ERROR_TEMPORARY: busy or unreadable. Close with store_close().
 */
struct store *store_open(const char *path, enum store_mode mode, GError **error);
/* The same, waiting no more than patience_ms for locks, now and later; 0: not at all. */
struct store *store_open_patient(const char *path, enum store_mode mode, int patience_ms,
                                 GError **error);
void store_close(struct store *store);
AUTO_DEFINE(store, store_close);

/* Whether path still names the file that the store has open, and its log is there: a database
 * that was moved away or replaced must not be written to. Close the store and open it again;
 * as long as a store that writes is left that is not current, that is ERROR_TEMPORARY. */
bool store_is_current(const struct store *store);

/* A transaction: begun with the write lock, so that what is read in it stays true until the
 * commit; on disk when store_commit() returns true. A failed commit is rolled back. */
bool store_begin(struct store *store, GError **error);
bool store_commit(struct store *store, GError **error);
void store_rollback(struct store *store);

/* A savepoint inside the transaction. store_release() keeps what was done since, store_undo() takes
 * it back; false when the whole transaction is gone (SQLite rolled it back itself). */
bool store_mark(struct store *store, GError **error);
bool store_release(struct store *store, GError **error);
bool store_undo(struct store *store);

/* Several reads that see the same state. */
bool store_begin_reading(struct store *store, GError **error);
void store_end_reading(struct store *store);

/* Copies the log into the database file where nobody needs it any more; best effort. */
void store_checkpoint(struct store *store);

#endif
