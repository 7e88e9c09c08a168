/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Opening, closing and transactions. Knows no table. The thread that holds the store; an error
 * leaves it as it was before the call.
 */
#include "db/store.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "db/error.h"
#include "db/migrate.h"
#include "db/stmt.h"

struct identity {
    dev_t device;
    ino_t inode; /* 0: no such file */
};

struct store {
    sqlite3 *handle;
    char *path;
    char *log_path; /* the write-ahead log */
    struct identity file;
    struct identity log;
    bool writes;
    sqlite3_stmt **prepared[STMT_MODULES];
};

static const struct stmt_table *const tables[STMT_MODULES] = {
    [STMT_STORE] = &store_sql,
    [STMT_SITE] = &site_sql,
    [STMT_DEPARTMENT] = &department_sql,
    [STMT_OPERATOR] = &operator_sql,
    [STMT_TICKET] = &ticket_sql,
    [STMT_MESSAGE] = &message_sql,
    [STMT_EVENT] = &event_sql,
    [STMT_OUTBOX] = &outbox_sql,
    [STMT_CONVERSATION] = &conversation_sql,
    [STMT_DEPARTMENT_TEMPLATE] = &department_template_sql,
    [STMT_EXCHANGE] = &exchange_sql,
    [STMT_WORKLIST] = &worklist_sql,
    [STMT_SEARCH] = &search_sql,
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

static bool execute(struct store *store, const char *sql, GError **error)
{
    int code = sqlite3_exec(store->handle, sql, NULL, NULL, NULL);

    if (code != SQLITE_OK)
        stmt_set_error(error, store->handle, code, "opening");
    return code == SQLITE_OK;
}

/* FULL: a commit has returned when it is on disk. The log stays when the last connection closes,
 * so that whoever opens the database next, a mere reader too, finds it; the limit empties it
 * then, and keeps one huge transaction from leaving a huge log. */
static bool configure(struct store *store, int patience_ms, GError **error)
{
    static const char pragmas[] = "PRAGMA foreign_keys = ON;"
                                  "PRAGMA synchronous = FULL;"
                                  "PRAGMA trusted_schema = OFF;"
                                  "PRAGMA cell_size_check = ON;"
                                  "PRAGMA temp_store = MEMORY;"
                                  "PRAGMA journal_size_limit = 67108864;";
    int keep_log = 1;

    sqlite3_busy_timeout(store->handle, patience_ms);
    sqlite3_extended_result_codes(store->handle, 1);
    sqlite3_file_control(store->handle, "main", SQLITE_FCNTL_PERSIST_WAL, &keep_log);
    sqlite3_db_config(store->handle, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    return execute(store, pragmas, error);
}

static int put_in_wal_mode(struct store *store, bool *done)
{
    sqlite3_stmt *stmt = NULL;
    int code = sqlite3_prepare_v2(store->handle, "PRAGMA journal_mode = WAL", -1, &stmt, NULL);

    if (code == SQLITE_OK)
        code = sqlite3_step(stmt);
    if (code == SQLITE_ROW)
        *done = g_strcmp0((const char *)sqlite3_column_text(stmt, 0), "wal") == 0;
    sqlite3_finalize(stmt);
    return code;
}

/* Once for every database; after the check that it is ours, since it changes the file. SQLite does
 * not wait for the lock when two try at once, each having begun to read. */
static bool use_wal(struct store *store, int patience_ms, GError **error)
{
    int64_t end = g_get_monotonic_time() + patience_ms * INT64_C(1000);
    bool done = false;
    int code = put_in_wal_mode(store, &done);

    while ((code & 0xff) == SQLITE_BUSY && g_get_monotonic_time() < end) {
        g_usleep(1000);
        code = put_in_wal_mode(store, &done);
    }
    if (code != SQLITE_ROW) {
        stmt_set_error(error, store->handle, code, "opening");
        return false;
    }
    if (!done)
        g_set_error(error, COUNTERFOIL_ERROR, ERROR_CONFIG,
                    "it can't have a write-ahead log here (is this a network file system?)");
    return done;
}

static bool check_file(const char *path, GError **error)
{
    struct stat found;
    int missing = stat(path, &found) != 0 ? errno : 0;

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
static bool create_file(const char *path, GError **error)
{
    int fd = open(path, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0640);

    if (fd < 0) {
        g_set_error(error, COUNTERFOIL_ERROR, ERROR_REFUSED, "%s",
                    errno == EEXIST ? "it exists already" : g_strerror(errno));
        return false;
    }
    fchmod(fd, 0640);
    close(fd);
    return true;
}

static bool open_handle(struct store *store, GError **error)
{
    int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX;
    int code = sqlite3_open_v2(store->path, &store->handle, flags, NULL);

    if (code != SQLITE_OK) {
        stmt_set_error(error, store->handle, code, "opening");
        return false;
    }
    if (store->writes && sqlite3_db_readonly(store->handle, "main") == 1) {
        g_set_error(error, COUNTERFOIL_ERROR, ERROR_TEMPORARY,
                    "it can't be written to: permissions, or a read-only file system");
        return false;
    }
    return true;
}

static void identify(const char *path, struct identity *identity)
{
    struct stat found;

    *identity = (struct identity){0, 0};
    if (stat(path, &found) == 0)
        *identity = (struct identity){found.st_dev, found.st_ino};
}

static bool is_same(const char *path, const struct identity *identity)
{
    struct identity now;

    identify(path, &now);
    return now.device == identity->device && now.inode == identity->inode;
}

/*
 * The stores that write, of the whole process, as SQLite has its own list of files. Two files that
 * were at one path one after the other share one log there, which SQLite does not notice within
 * a process: whoever opened the new file before the old one's log was emptied would read the old
 * one's pages, and write them into the new one.
 */
static pthread_mutex_t writers_lock = PTHREAD_MUTEX_INITIALIZER;
static GSList *writers;

static bool check_writers(const char *path, GError **error)
{
    bool stale = false;

    pthread_mutex_lock(&writers_lock);
    for (const GSList *at = writers; at != NULL; at = at->next) {
        const struct store *writer = at->data;

        stale = stale || (strcmp(writer->path, path) == 0 && !store_is_current(writer));
    }
    pthread_mutex_unlock(&writers_lock);
    return !stale || error_set(error, ERROR_TEMPORARY,
                               "the file was replaced, and the one before is still in use");
}

static void enter_writer(struct store *store)
{
    pthread_mutex_lock(&writers_lock);
    writers = g_slist_prepend(writers, store);
    pthread_mutex_unlock(&writers_lock);
}

static void leave_writer(struct store *store)
{
    pthread_mutex_lock(&writers_lock);
    writers = g_slist_remove(writers, store);
    pthread_mutex_unlock(&writers_lock);
}

static bool open_all(struct store *store, int patience_ms, GError **error)
{
    if (!check_writers(store->path, error) || !open_handle(store, error))
        return false;
    identify(store->path, &store->file);
    if (!configure(store, patience_ms, error) ||
        !migrate_run(store->handle, store->writes, error) ||
        (store->writes && !use_wal(store, patience_ms, error)) || !prepare(store, error) ||
        (!store->writes && !execute(store, "PRAGMA query_only = ON", error)))
        return false;
    /* SQLite makes the log when it first reads. */
    if (!execute(store, "SELECT 1 FROM sqlite_schema LIMIT 1", error))
        return false;
    identify(store->log_path, &store->log);
    if (store->writes)
        enter_writer(store);
    return true;
}

static struct store *open_path(const char *path, enum store_mode mode, int patience_ms,
                               GError **error)
{
    AUTO(store) store = g_new0(struct store, 1);

    store->path = g_strdup(path);
    store->log_path = g_strconcat(path, "-wal", NULL);
    store->writes = mode != STORE_READ;
    if (mode == STORE_CREATE ? !create_file(path, error) : !check_file(path, error))
        return NULL;
    if (open_all(store, patience_ms, error))
        return g_steal_pointer(&store);
    if (mode == STORE_CREATE)
        unlink(path);
    return NULL;
}

struct store *store_open_patient(const char *path, enum store_mode mode, int patience_ms,
                                 GError **error)
{
    struct store *store = open_path(path, mode, patience_ms, error);

    if (store == NULL)
        g_prefix_error(error, "database %s: ", path);
    return store;
}

struct store *store_open(const char *path, enum store_mode mode, GError **error)
{
    return store_open_patient(path, mode, STORE_BUSY_MS, error);
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
    /* What was committed to a database that was moved away belongs into it, and must not be left
     * in a log that whatever took its place would be taken to own. */
    if (store->writes && store->handle != NULL && !store_is_current(store))
        sqlite3_wal_checkpoint_v2(store->handle, NULL, SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL);
    sqlite3_close(store->handle);
    leave_writer(store);
    g_free(store->path);
    g_free(store->log_path);
    g_free(store);
}

bool store_is_current(const struct store *store)
{
    return is_same(store->path, &store->file) &&
           (store->log.inode == 0 || is_same(store->log_path, &store->log));
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

/* Some errors end the transaction at once, which whoever met them may have overlooked. */
static bool is_within(struct store *store, GError **error)
{
    if (!sqlite3_get_autocommit(store->handle))
        return true;
    g_set_error(error, COUNTERFOIL_ERROR, ERROR_TEMPORARY,
                "database: the transaction was rolled back by an error before");
    return false;
}

bool store_commit(struct store *store, GError **error)
{
    if (!is_within(store, error))
        return false;
    if (run(store, COMMIT, error))
        return true;
    store_rollback(store);
    return false;
}

bool store_mark(struct store *store, GError **error)
{
    return is_within(store, error) && run(store, MARK, error);
}

bool store_release(struct store *store, GError **error)
{
    return is_within(store, error) && run(store, RELEASE, error);
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
