/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * SQLite's own check of a database file. Knows no table. The thread that holds the store.
 */
#include "db/integrity.h"

#include <string.h>

#include "db/error.h"
#include "db/stmt.h"

bool integrity_check(struct store *store, GError **error)
{
    sqlite3 *handle = store_handle(store);
    sqlite3_stmt *query = NULL;
    int code = sqlite3_prepare_v2(handle, "PRAGMA quick_check(1)", -1, &query, NULL);
    g_autofree char *found = NULL;

    if (code == SQLITE_OK)
        code = sqlite3_step(query);
    if (code == SQLITE_ROW)
        found = g_strdup((const char *)sqlite3_column_text(query, 0));
    else
        stmt_set_error(error, handle, code, "checking the database");
    sqlite3_finalize(query);
    if (code != SQLITE_ROW)
        return false;
    if (g_strcmp0(found, "ok") == 0)
        return true;
    g_set_error(error, COUNTERFOIL_ERROR, ERROR_CONFIG,
                "the database is damaged: %s; restore it from a copy", found);
    return false;
}
