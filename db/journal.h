/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The one writer: a thread that takes the work of many sessions, runs each in a savepoint of its
 * own inside one transaction, and commits them together, so that one sync of the disk serves
 * all who wait for it. What fails takes no neighbour with it; when the commit fails, all fail.
 * No trouble lasts longer than its cause: after a transaction that failed, and when the file was
 * moved away or replaced, the database is opened again for the next.
 */
#ifndef COUNTERFOIL_DB_JOURNAL_H
#define COUNTERFOIL_DB_JOURNAL_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "db/auto.h"
#include "db/store.h"

struct journal;

/* What one caller wants done, run in the writer's thread, inside the transaction. False, with
 * *error set, takes back what it wrote. It may run again from the start, when the transaction was
 * lost under it by no fault of its own, and must then forget what it did before. */
typedef bool (*journal_work)(struct store *store, void *data, GError **error);

/*
 * Opens the database for writing and starts the writer. Errors as store_open(). End it with
 * journal_close(), which lets work already handed in finish; the caller has seen to it that no
 * more comes in.
 */
struct journal *journal_open(const char *path, GError **error);
void journal_close(struct journal *journal);
AUTO_DEFINE(journal, journal_close);

/* What was done until now, and who waits for more. Any thread. */
struct journal_counts {
    int64_t commits;
    int64_t works;   /* that succeeded, and were written by those commits */
    int64_t waiting; /* threads in journal_run() */
};
void journal_count(struct journal *journal, struct journal_counts *counts);

/* Hands in work and waits until it is committed and on disk: true; or not: false, and nothing of it
 * is. ERROR_TEMPORARY: busy, full, I/O, or closing; else what work said, which holds only where
 * the others' work, that it has seen, was committed. Any thread but the writer's. */
bool journal_run(struct journal *journal, journal_work work, void *data, GError **error);

#endif
