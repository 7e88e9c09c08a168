/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Prepared statements and their parameters, and what SQLite's result codes mean to a caller.
 * Knows no table. The thread that holds the store.
 */
#include "db/stmt.h"

#include <string.h>

#include "db/error.h"

struct stmt; /* a sqlite3_stmt under a name of our own: */

static sqlite3_stmt *raw(struct stmt *stmt)
{
    return (sqlite3_stmt *)stmt;
}

/* What was asked for does not go with what is there; any other constraint is ours to see to. */
static enum error_code code_of_constraint(int code)
{
    switch (code) {
    case SQLITE_CONSTRAINT_UNIQUE:
    case SQLITE_CONSTRAINT_PRIMARYKEY:
    case SQLITE_CONSTRAINT_ROWID:
    case SQLITE_CONSTRAINT_FOREIGNKEY:
        return ERROR_REFUSED;
    default:
        return ERROR_BUG;
    }
}

static enum error_code code_of(int code)
{
    switch (code & 0xff) {
    case SQLITE_NOTADB:
    case SQLITE_MISMATCH:
        return ERROR_CONFIG;
    case SQLITE_CONSTRAINT:
        return code_of_constraint(code);
    case SQLITE_ERROR:
    case SQLITE_MISUSE:
    case SQLITE_RANGE:
        return ERROR_BUG;
    default:
        return ERROR_TEMPORARY;
    }
}

void stmt_set_error(GError **error, sqlite3 *handle, int code, const char *doing)
{
    g_set_error(error, COUNTERFOIL_ERROR, code_of(code), "%s: %s", doing,
                handle != NULL ? sqlite3_errmsg(handle) : sqlite3_errstr(code));
}

void stmt_put(struct stmt *stmt)
{
    if (stmt == NULL)
        return;
    sqlite3_reset(raw(stmt));
    sqlite3_clear_bindings(raw(stmt));
}

static int parameter(struct stmt *stmt, const char *name)
{
    int index = sqlite3_bind_parameter_index(raw(stmt), name);

    if (index == 0)
        g_error("no parameter %s in: %s", name, sqlite3_sql(raw(stmt)));
    return index;
}

static void must(struct stmt *stmt, int code)
{
    /* Too large for SQLite is caught long before: max_message, header and text limits. */
    if (code != SQLITE_OK)
        g_error("binding failed (%s) in: %s", sqlite3_errstr(code), sqlite3_sql(raw(stmt)));
}

void stmt_bind_text(struct stmt *stmt, const char *name, const char *value)
{
    must(stmt, sqlite3_bind_text(raw(stmt), parameter(stmt, name), value, -1, SQLITE_STATIC));
}

void stmt_bind_int(struct stmt *stmt, const char *name, int64_t value)
{
    must(stmt, sqlite3_bind_int64(raw(stmt), parameter(stmt, name), value));
}

void stmt_bind_null(struct stmt *stmt, const char *name)
{
    must(stmt, sqlite3_bind_null(raw(stmt), parameter(stmt, name)));
}

void stmt_bind_blob(struct stmt *stmt, const char *name, const void *bytes, size_t size)
{
    /* To SQLite, no pointer is no blob. */
    must(stmt, sqlite3_bind_blob64(raw(stmt), parameter(stmt, name), size == 0 ? "" : bytes, size,
                                   SQLITE_STATIC));
}

void stmt_bind_id(struct stmt *stmt, const char *name, int64_t value)
{
    if (value == 0)
        stmt_bind_null(stmt, name);
    else
        stmt_bind_int(stmt, name, value);
}

bool stmt_step(struct stmt *stmt, bool *row, GError **error)
{
    int code = sqlite3_step(raw(stmt));

    *row = code == SQLITE_ROW;
    if (code == SQLITE_ROW || code == SQLITE_DONE)
        return true;
    stmt_set_error(error, sqlite3_db_handle(raw(stmt)), code, "database");
    return false;
}

GPtrArray *stmt_collect(struct stmt *stmt, stmt_read read, GDestroyNotify free_one, GError **error)
{
    g_autoptr(GPtrArray) all = g_ptr_array_new_with_free_func(free_one);
    bool row = false;

    while (stmt_step(stmt, &row, error)) {
        if (!row)
            return g_steal_pointer(&all);
        g_ptr_array_add(all, read(stmt));
    }
    return NULL;
}

bool stmt_number(struct stmt *stmt, int64_t *out, GError **error)
{
    bool row = false;

    if (!stmt_step(stmt, &row, error))
        return false;
    *out = row ? stmt_int(stmt, 0) : 0;
    return true;
}

bool stmt_is_true(struct stmt *stmt, bool *out, GError **error)
{
    int64_t number;

    if (!stmt_number(stmt, &number, error))
        return false;
    *out = number != 0;
    return true;
}

bool stmt_run(struct stmt *stmt, GError **error)
{
    int code = sqlite3_step(raw(stmt));

    if (code == SQLITE_DONE || code == SQLITE_ROW)
        return true;
    stmt_set_error(error, sqlite3_db_handle(raw(stmt)), code, "database");
    return false;
}

const char *stmt_text(struct stmt *stmt, int column)
{
    return (const char *)sqlite3_column_text(raw(stmt), column);
}

char *stmt_copy(struct stmt *stmt, int column)
{
    return g_strdup(stmt_text(stmt, column));
}

int64_t stmt_int(struct stmt *stmt, int column)
{
    return sqlite3_column_int64(raw(stmt), column);
}

const void *stmt_blob(struct stmt *stmt, int column, size_t *size)
{
    const void *bytes = sqlite3_column_blob(raw(stmt), column);

    *size = (size_t)sqlite3_column_bytes(raw(stmt), column);
    return bytes;
}

int64_t stmt_last_id(struct store *store)
{
    return sqlite3_last_insert_rowid(store_handle(store));
}

int stmt_changes(struct store *store)
{
    return sqlite3_changes(store_handle(store));
}
