/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The table site, and its one row. Decides nothing. The thread that holds the store.
 */
#include "db/site.h"

#include <string.h>

#include "db/error.h"
#include "db/stmt.h"

enum { ADD, FIND, MARK, ROLES_VERSION, IS_POSTMASTER, STATEMENTS };

static const char *const statements[STATEMENTS] = {
    [ADD] = "INSERT INTO site (one, tag, postmaster, instance, key_mark) "
            "VALUES (1, :tag, :postmaster, :instance, :mark) ON CONFLICT (one) DO NOTHING",
    [FIND] = "SELECT tag, postmaster, instance FROM site",
    [MARK] = "SELECT key_mark FROM site",
    [ROLES_VERSION] = "SELECT roles_version FROM site",
    [IS_POSTMASTER] = "SELECT count(*) FROM site WHERE postmaster = :address",
};

const struct stmt_table site_sql = {STMT_SITE, STATEMENTS, statements};

void site_free(struct site *site)
{
    if (site == NULL)
        return;
    g_free(site->tag);
    g_free(site->postmaster);
    g_free(site->instance);
    g_free(site);
}

bool site_add(struct store *store, const struct site *site, const uint8_t mark[DIGEST_SIZE],
              GError **error)
{
    AUTO(stmt) add = stmt_use(store, &site_sql, ADD);

    stmt_bind_text(add, ":tag", site->tag);
    stmt_bind_text(add, ":postmaster", site->postmaster);
    stmt_bind_text(add, ":instance", site->instance);
    stmt_bind_blob(add, ":mark", mark, DIGEST_SIZE);
    if (!stmt_run(add, error)) {
        g_prefix_error(error, "site: ");
        return false;
    }
    if (stmt_changes(store) == 1)
        return true;
    g_set_error(error, COUNTERFOIL_ERROR, ERROR_REFUSED, "this database has its site already");
    return false;
}

/* The next row of a question that always has one, once the site is made. */
static bool step_to_site(struct stmt *stmt, GError **error)
{
    bool row = false;

    if (!stmt_step(stmt, &row, error))
        return false;
    if (!row)
        g_set_error(error, COUNTERFOIL_ERROR, ERROR_CONFIG,
                    "the database has no site: `counterfoil init` was not finished");
    return row;
}

struct site *site_find(struct store *store, GError **error)
{
    AUTO(stmt) find = stmt_use(store, &site_sql, FIND);
    struct site *site;

    if (!step_to_site(find, error))
        return NULL;
    site = g_new0(struct site, 1);
    site->tag = stmt_copy(find, 0);
    site->postmaster = stmt_copy(find, 1);
    site->instance = stmt_copy(find, 2);
    return site;
}

bool site_check_mark(struct store *store, const uint8_t mark[DIGEST_SIZE], GError **error)
{
    AUTO(stmt) find = stmt_use(store, &site_sql, MARK);
    const void *bytes;
    size_t size;

    if (!step_to_site(find, error))
        return false;
    bytes = stmt_blob(find, 0, &size);
    if (size == DIGEST_SIZE && digest_equal(bytes, mark, DIGEST_SIZE))
        return true;
    g_set_error(error, COUNTERFOIL_ERROR, ERROR_CONFIG,
                "the key is not the one that the database was made with");
    return false;
}

bool site_roles_version(struct store *store, int64_t *version, GError **error)
{
    AUTO(stmt) find = stmt_use(store, &site_sql, ROLES_VERSION);

    if (!step_to_site(find, error))
        return false;
    *version = stmt_int(find, 0);
    return true;
}

bool site_is_postmaster(struct store *store, const char *address, bool *is, GError **error)
{
    AUTO(stmt) find = stmt_use(store, &site_sql, IS_POSTMASTER);

    stmt_bind_text(find, ":address", address);
    return stmt_is_true(find, is, error);
}
