/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A copy of the role addresses in memory, read again when the record's counter of changes has
 * moved. Knows no message. Any thread; a database that can't be read leaves the copy as it is.
 */
#include "milter/roles.h"

#include <pthread.h>

#include "db/department.h"
#include "db/error.h"
#include "db/site.h"
#include "db/store.h"
#include "milter/address.h"
#include "milter/log.h"

struct roles {
    pthread_mutex_t lock; /* the thread sanitizer does not understand GMutex */
    char *path;
    struct store *store;
    int64_t version;
    GHashTable *set;
};

static bool read_set(struct roles *roles, int64_t version, GError **error)
{
    char **addresses = department_roles(roles->store, error);

    if (addresses == NULL)
        return false;
    g_clear_pointer(&roles->set, g_hash_table_unref);
    roles->set = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    for (char **address = addresses; *address != NULL; address++)
        g_hash_table_add(roles->set, *address);
    g_free(addresses);
    roles->version = version;
    return true;
}

/* Set and version of one moment. */
static bool refresh(struct roles *roles, GError **error)
{
    int64_t version = 0;
    bool done;

    if (!site_roles_version(roles->store, &version, error))
        return false;
    if (roles->set != NULL && version == roles->version)
        return true;
    if (!store_begin_reading(roles->store, error))
        return false;
    done = site_roles_version(roles->store, &version, error) && read_set(roles, version, error);
    store_end_reading(roles->store);
    return done;
}

/* A database that was moved away or replaced is opened anew. */
static bool reopen(struct roles *roles, GError **error)
{
    if (roles->store != NULL && store_is_current(roles->store))
        return true;
    g_clear_pointer(&roles->store, store_close);
    roles->version = -1;
    roles->store = store_open_patient(roles->path, STORE_READ, 0, error);
    return roles->store != NULL;
}

struct roles *roles_open(const char *path, GError **error)
{
    AUTO(roles) roles = g_new0(struct roles, 1);

    pthread_mutex_init(&roles->lock, NULL);
    roles->path = g_strdup(path);
    if (!reopen(roles, error) || !refresh(roles, error))
        return NULL;
    return g_steal_pointer(&roles);
}

void roles_close(struct roles *roles)
{
    if (roles == NULL)
        return;
    store_close(roles->store);
    g_clear_pointer(&roles->set, g_hash_table_unref);
    pthread_mutex_destroy(&roles->lock);
    g_free(roles->path);
    g_free(roles);
}

GHashTable *roles_now(struct roles *roles)
{
    g_autoptr(GError) error = NULL;
    GHashTable *set;

    pthread_mutex_lock(&roles->lock);
    if (!reopen(roles, &error) || !refresh(roles, &error))
        log_fault("roles", "role addresses are as last seen: %s", error->message);
    set = g_hash_table_ref(roles->set);
    pthread_mutex_unlock(&roles->lock);
    return set;
}

bool roles_has(GHashTable *set, const char *delimiters, const char *address)
{
    g_autofree char *base = NULL;
    g_autofree char *extension = NULL;

    if (g_hash_table_contains(set, address))
        return true;
    return address_cut(address, delimiters, &base, &extension) && g_hash_table_contains(set, base);
}
