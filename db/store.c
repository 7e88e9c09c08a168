/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Opening, closing and transactions. Knows no table. The thread that holds the store; an error
 * leaves it as it was before the call.
 */
#include "db/store.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "db/error.h"
#include "db/migrate.h"
#include "db/stmt.h"

struct store {
    sqlite3 *handle;
    char *path;
    dev_t device;
    ino_t inode;
    sqlite3_stmt **prepared[STMT_MODULES];
};

static const struct stmt_table *const tables[STMT_MODULES] = {
    [STMT_STORE] = &store_sql,           [STMT_SITE] = &site_sql,
    [STMT_DEPARTMENT] = &department_sql, [STMT_OPERATOR] = &operator_sql,
    [STMT_TICKET] = &ticket_sql,         [STMT_MESSAGE] = &message_sql,
    [STMT_EVENT] = &event_sql,
};

enum { BEGIN, COMMIT, ROLLBACK, MARK, RELEASE, UNDO, BEGIN_READING, STATEMENTS };

static const char *const statements[STATEMENTS] = {
    [BEGIN] = "BEGIN IMMEDIATE",       [COMMIT] = "COMMIT",
    [ROLLBACK] = "ROLLBACK",           [MARK] = "SAVEPOINT one_message",
    [RELEASE] = "RELEASE one_message", [UNDO] = "ROLLBACK TO one_message",
    [BEGIN_READING] = "BEGIN",
};

const struct stmt_table store_sql = {STMT_STORE, STATEMENTS, statements};

sqlite3 *store_handle(struct store *store)
{
    return store->handle;
}

struct stmt *stmt_use(struct store *store, const struct stmt_table *table, int number)
{
    sqlite3_stmt *prepared = store->prepared[table->module][number];

    if (sqlite3_stmt_busy(prepared))
        g_error("statement used twice at once: %s", sqlite3_sql(prepared));
    return (struct stmt *)prepared;
}

static bool run(struct store *store, int number, GError **error)
{
    AUTO(stmt) stmt = stmt_use(store, &store_sql, number);

    return stmt_run(stmt, error);
}

static bool prepare_table(struct store *store, const struct stmt_table *table, GError **error)
{
    store->prepared[table->module] = g_new0(sqlite3_stmt *, (gsize)table->count);
    for (int i = 0; i < table->count; i++) {
        sqlite3_stmt **out = &store->prepared[table->module][i];
        int code = sqlite3_prepare_v3(store->handle, table->sql[i], -1, SQLITE_PREPARE_PERSISTENT,
                                      out, NULL);

        if (code != SQLITE_OK) {
            stmt_set_error(error, store->handle, code, "preparing a statement");
            return false;
        }
    }
    return true;
}

static bool prepare(struct store *store, GError **error)
{
    for (int i = 0; i < STMT_MODULES; i++)
        if (!prepare_table(store, tables[i], error))
            return false;
    return true;
}

/* FULL: a commit has returned when it is on disk. The journal's file stays when the last
 * connection closes, so that whoever opens the database next, reader or not, finds it. */
static bool configure(struct store *store, GError **error)
{
    static const char pragmas[] = "PRAGMA foreign_keys = ON;"
                                  "PRAGMA synchronous = FULL;"
                                  "PRAGMA trusted_schema = OFF;"
                                  "PRAGMA cell_size_check = ON;"
                                  "PRAGMA temp_store = MEMORY;"
                                  "PRAGMA journal_mode = WAL;";
    int keep_wal = 1;
    int code;

    sqlite3_busy_timeout(store->handle, STORE_BUSY_MS);
    sqlite3_extended_result_codes(store->handle, 1);
    sqlite3_file_control(store->handle, "main", SQLITE_FCNTL_PERSIST_WAL, &keep_wal);
    sqlite3_db_config(store->handle, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    code = sqlite3_exec(store->handle, pragmas, NULL, NULL, NULL);
    if (code != SQLITE_OK)
        stmt_set_error(error, store->handle, code, "opening");
    return code == SQLITE_OK;
}

static bool check_file(const char *path, enum store_mode mode, GError **error)
{
    struct stat found;
    int missing = stat(path, &found) != 0 ? errno : 0;

    if (mode == STORE_CREATE && missing != ENOENT) {
        g_set_error(error, COUNTERFOIL_ERROR, ERROR_REFUSED, "%s",
                    missing != 0 ? g_strerror(missing) : "it exists already");
        return false;
    }
    if (mode == STORE_CREATE)
        return true;
    if (missing != 0) {
        g_set_error(error, COUNTERFOIL_ERROR, missing == ENOENT ? ERROR_NOT_FOUND : ERROR_TEMPORARY,
                    "%s%s", g_strerror(missing),
                    missing == ENOENT ? "; `counterfoil init` makes a new one" : "");
        return false;
    }
    if ((found.st_mode & (S_IRWXO | S_IWGRP)) != 0) {
        g_set_error(
            error, COUNTERFOIL_ERROR, ERROR_CONFIG,
            "its mode is %04o: others could read or change what people wrote; `chmod 0640` it",
            (unsigned)found.st_mode & 07777);
        return false;
    }
    return true;
}

/* SQLite gives the log and the shared-memory file the mode of the database. */
static bool open_handle(struct store *store, enum store_mode mode, GError **error)
{
    int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX;
    mode_t before = 0;
    int code;

    if (mode == STORE_CREATE) {
        flags |= SQLITE_OPEN_CREATE;
        before = umask(0137);
    }
    code = sqlite3_open_v2(store->path, &store->handle, flags, NULL);
    if (mode == STORE_CREATE)
        umask(before);
    if (code != SQLITE_OK)
        stmt_set_error(error, store->handle, code, "opening");
    return code == SQLITE_OK;
}

static bool note_file(struct store *store, GError **error)
{
    struct stat found;

    if (stat(store->path, &found) != 0) {
        g_set_error(error, COUNTERFOIL_ERROR, ERROR_TEMPORARY, "%s", g_strerror(errno));
        return false;
    }
    store->device = found.st_dev;
    store->inode = found.st_ino;
    return true;
}

static bool open_all(struct store *store, enum store_mode mode, GError **error)
{
    return check_file(store->path, mode, error) && open_handle(store, mode, error) &&
           note_file(store, error) && configure(store, error) &&
           migrate_run(store->handle, mode != STORE_READ, error) && prepare(store, error) &&
           (mode != STORE_READ ||
            sqlite3_exec(store->handle, "PRAGMA query_only = ON", NULL, NULL, NULL) == SQLITE_OK);
}

struct store *store_open(const char *path, enum store_mode mode, GError **error)
{
    AUTO(store) store = g_new0(struct store, 1);

    store->path = g_strdup(path);
    if (!open_all(store, mode, error)) {
        g_prefix_error(error, "database %s: ", path);
        return NULL;
    }
    return g_steal_pointer(&store);
}

void store_close(struct store *store)
{
    if (store == NULL)
        return;
    for (int i = 0; i < STMT_MODULES; i++) {
        for (int n = 0; store->prepared[i] != NULL && n < tables[i]->count; n++)
            sqlite3_finalize(store->prepared[i][n]);
        g_free(store->prepared[i]);
    }
    sqlite3_close(store->handle);
    g_free(store->path);
    g_free(store);
}

bool store_is_current(const struct store *store)
{
    struct stat found;

    return stat(store->path, &found) == 0 && found.st_dev == store->device &&
           found.st_ino == store->inode;
}

bool store_begin(struct store *store, GError **error)
{
    if (!store_is_current(store)) {
        g_set_error(error, COUNTERFOIL_ERROR, ERROR_TEMPORARY,
                    "database %s: the file was moved away or replaced", store->path);
        return false;
    }
    return run(store, BEGIN, error);
}

void store_rollback(struct store *store)
{
    /* Some errors (disk full, I/O) have rolled the transaction back already. */
    if (!sqlite3_get_autocommit(store->handle))
        run(store, ROLLBACK, NULL);
}

bool store_commit(struct store *store, GError **error)
{
    if (run(store, COMMIT, error))
        return true;
    store_rollback(store);
    return false;
}

bool store_mark(struct store *store, GError **error)
{
    return run(store, MARK, error);
}

bool store_release(struct store *store, GError **error)
{
    return run(store, RELEASE, error);
}

bool store_undo(struct store *store)
{
    if (sqlite3_get_autocommit(store->handle))
        return false;
    return run(store, UNDO, NULL) && run(store, RELEASE, NULL);
}

bool store_begin_reading(struct store *store, GError **error)
{
    return run(store, BEGIN_READING, error);
}

void store_end_reading(struct store *store)
{
    store_rollback(store);
}

void store_checkpoint(struct store *store)
{
    sqlite3_wal_checkpoint_v2(store->handle, NULL, SQLITE_CHECKPOINT_PASSIVE, NULL, NULL);
}
