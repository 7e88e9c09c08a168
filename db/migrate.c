/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The schema's files are compiled in as a GResource; their order is their names' order. Knows no
 * table. Runs in the thread that opens the store.
 */
#include "db/migrate.h"

#include <gio/gio.h>
#include <string.h>

#include "db/error.h"
#include "db/resources.h"
#include "db/stmt.h"

#define FOLDER "/counterfoil/db/"

static int by_name(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static char **list_files(void)
{
    GResource *resource = db_get_resource();
    char **files =
        g_resource_enumerate_children(resource, FOLDER, G_RESOURCE_LOOKUP_FLAGS_NONE, NULL);

    g_assert(files != NULL && files[0] != NULL);
    qsort(files, g_strv_length(files), sizeof *files, by_name);
    return files;
}

static int version_of(const char *file)
{
    return (int)g_ascii_strtoll(file, NULL, 10);
}

int migrate_newest(void)
{
    g_auto(GStrv) files = list_files();

    return version_of(files[g_strv_length(files) - 1]);
}

static bool execute(sqlite3 *handle, const char *sql, GError **error)
{
    int code = sqlite3_exec(handle, sql, NULL, NULL, NULL);

    if (code != SQLITE_OK)
        stmt_set_error(error, handle, code, "updating the database's schema");
    return code == SQLITE_OK;
}

static bool read_number(sqlite3 *handle, const char *sql, int64_t *out, GError **error)
{
    sqlite3_stmt *stmt = NULL;
    int code = sqlite3_prepare_v2(handle, sql, -1, &stmt, NULL);

    if (code == SQLITE_OK)
        code = sqlite3_step(stmt);
    if (code == SQLITE_ROW)
        *out = sqlite3_column_int64(stmt, 0);
    else
        stmt_set_error(error, handle, code, "reading the database's schema version");
    sqlite3_finalize(stmt);
    return code == SQLITE_ROW;
}

/* *version: of the schema, 0 for an empty database. */
static bool check_version(sqlite3 *handle, int64_t *version, GError **error)
{
    int64_t application = 0;
    int64_t objects = 0;

    if (!read_number(handle, "PRAGMA application_id", &application, error) ||
        !read_number(handle, "PRAGMA user_version", version, error) ||
        !read_number(handle, "SELECT count(*) FROM sqlite_schema", &objects, error))
        return false;
    if (application != MIGRATE_APPLICATION_ID &&
        (application != 0 || objects != 0 || *version != 0)) {
        g_set_error(error, COUNTERFOIL_ERROR, ERROR_CONFIG,
                    "this is a database, but not one of Counterfoil's");
        return false;
    }
    if (*version > migrate_newest()) {
        g_set_error(error, COUNTERFOIL_ERROR, ERROR_CONFIG,
                    "the database has schema %d, made by a newer Counterfoil; this one knows "
                    "schemas up to %d",
                    (int)*version, migrate_newest());
        return false;
    }
    return true;
}

static bool apply_file(sqlite3 *handle, const char *file, GError **error)
{
    g_autofree char *path = g_strconcat(FOLDER, file, NULL);
    g_autoptr(GBytes) sql =
        g_resource_lookup_data(db_get_resource(), path, G_RESOURCE_LOOKUP_FLAGS_NONE, NULL);
    g_autofree char *version = g_strdup_printf("PRAGMA user_version = %d", version_of(file));

    g_assert(sql != NULL);
    if (!execute(handle, g_bytes_get_data(sql, NULL), error)) {
        g_prefix_error(error, "%s: ", file);
        return false;
    }
    return execute(handle, version, error);
}

/* Under the write lock: the version is read again, since somebody may have been faster. */
static bool apply_missing(sqlite3 *handle, GError **error)
{
    g_auto(GStrv) files = list_files();
    g_autofree char *mark = g_strdup_printf("PRAGMA application_id = %d", MIGRATE_APPLICATION_ID);
    int64_t version = 0;

    if (!check_version(handle, &version, error) || !execute(handle, mark, error))
        return false;
    for (char **file = files; *file != NULL; file++)
        if (version_of(*file) > version && !apply_file(handle, *file, error))
            return false;
    return true;
}

/* In one transaction: somebody else may be in the middle of making it. */
static bool look(sqlite3 *handle, int64_t *version, GError **error)
{
    bool done;

    if (!execute(handle, "BEGIN", error))
        return false;
    done = check_version(handle, version, error);
    sqlite3_exec(handle, "ROLLBACK", NULL, NULL, NULL);
    return done;
}

bool migrate_run(sqlite3 *handle, bool may_write, GError **error)
{
    int64_t version = 0;

    if (!look(handle, &version, error))
        return false;
    if (version == migrate_newest())
        return true;
    if (!may_write) {
        g_set_error(error, COUNTERFOIL_ERROR, ERROR_CONFIG,
                    "the database has schema %d, this program needs %d: start the filter, or run "
                    "`counterfoil check`, to bring it up to date",
                    (int)version, migrate_newest());
        return false;
    }
    if (!execute(handle, "BEGIN EXCLUSIVE", error))
        return false;
    if (!apply_missing(handle, error)) {
        sqlite3_exec(handle, "ROLLBACK", NULL, NULL, NULL);
        return false;
    }
    if (execute(handle, "COMMIT", error))
        return true;
    sqlite3_exec(handle, "ROLLBACK", NULL, NULL, NULL);
    return false;
}
