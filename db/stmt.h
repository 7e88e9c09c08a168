/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * SQL behind one small door: a module of db/ lists its statements in a table, all are prepared
 * when the store opens (so a typo fails at start), parameters are bound by name.
 *
 *     AUTO(stmt) q = stmt_use(store, &sql, FIND);        reset when it goes out of scope
 *     stmt_bind_text(q, ":address", address);
 *     if (!stmt_step(q, &row, error)) return false;      row: there is one
 *     … stmt_text(q, 0) …
 *
 * For db/ alone.
 */
#ifndef COUNTERFOIL_DB_STMT_H
#define COUNTERFOIL_DB_STMT_H

#include <glib.h>
#include <sqlite3.h>
#include <stdbool.h>
#include <stdint.h>

#include "db/auto.h"
#include "db/store.h"

/* A module's statements. index: where its prepared statements stand in the store, one of
 * enum stmt_module. */
enum stmt_module {
    STMT_STORE,
    STMT_SITE,
    STMT_DEPARTMENT,
    STMT_OPERATOR,
    STMT_TICKET,
    STMT_MESSAGE,
    STMT_EVENT,
    STMT_OUTBOX,
    STMT_CONVERSATION,
    STMT_DEPARTMENT_TEMPLATE,
    STMT_EXCHANGE,
    STMT_WORKLIST,
    STMT_SEARCH,
    STMT_MODULES
};

struct stmt_table {
    enum stmt_module module;
    int count;
    const char *const *sql;
};

extern const struct stmt_table store_sql, site_sql, department_sql, operator_sql, ticket_sql,
    message_sql, event_sql, outbox_sql, conversation_sql, department_template_sql, exchange_sql,
    worklist_sql, search_sql;

struct stmt;

/* The statement number of table, ready to be bound. Must not be in use already (ERROR_BUG aborts).
 * Put back by stmt_put(), or AUTO(stmt). */
struct stmt *stmt_use(struct store *store, const struct stmt_table *table, int number);
void stmt_put(struct stmt *stmt);
AUTO_DEFINE(stmt, stmt_put);

/* Bind; NULL text binds NULL, a blob of no bytes an empty one. Text and blobs are borrowed until
 * stmt_put(). An unknown name aborts: it is a mistake in our own SQL, found by the first test. */
void stmt_bind_text(struct stmt *stmt, const char *name, const char *value);
void stmt_bind_int(struct stmt *stmt, const char *name, int64_t value);
void stmt_bind_null(struct stmt *stmt, const char *name);
void stmt_bind_blob(struct stmt *stmt, const char *name, const void *bytes, size_t size);
/* 0 binds NULL: for ids and times, which are never 0. */
void stmt_bind_id(struct stmt *stmt, const char *name, int64_t value);

/* The next row: *row says whether there is one. False: an error. */
bool stmt_step(struct stmt *stmt, bool *row, GError **error);

/* All rows: what read makes of each, freed with the array by free_one. NULL: an error. */
typedef void *(*stmt_read)(struct stmt *stmt);
GPtrArray *stmt_collect(struct stmt *stmt, stmt_read read, GDestroyNotify free_one, GError **error);

/* The number in the first column of the only row, 0 when there is none. */
bool stmt_number(struct stmt *stmt, int64_t *out, GError **error);

/* Whether that number is another than 0. */
bool stmt_is_true(struct stmt *stmt, bool *out, GError **error);

/* Runs a statement whose rows, if any, are of no interest. */
bool stmt_run(struct stmt *stmt, GError **error);

/* Columns of the row. stmt_text() is borrowed until the next step, NULL for NULL; stmt_copy() is
 * yours; stmt_int() is 0 for NULL. */
const char *stmt_text(struct stmt *stmt, int column);
char *stmt_copy(struct stmt *stmt, int column);
int64_t stmt_int(struct stmt *stmt, int column);
const void *stmt_blob(struct stmt *stmt, int column, size_t *size);

/* Of the last insert and of the last change. */
int64_t stmt_last_id(struct store *store);
int stmt_changes(struct store *store);

/* The handle, for what has no statement. For store.c and migrate.c. */
sqlite3 *store_handle(struct store *store);

/* Sets *error from SQLite's result code, with what was being done. */
void stmt_set_error(GError **error, sqlite3 *handle, int code, const char *doing);

#endif
