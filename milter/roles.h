/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The role addresses, kept in memory: every recipient of every mail is looked up here, and mail
 * to nobody of ours must not wait for a database that is locked, slow or gone.
 */
#ifndef COUNTERFOIL_MILTER_ROLES_H
#define COUNTERFOIL_MILTER_ROLES_H

#include <glib.h>
#include <stdbool.h>

#include "db/auto.h"

struct roles;

/* Reads them from the database at path. Errors as store_open(). Close with roles_close(). */
struct roles *roles_open(const char *path, GError **error);
void roles_close(struct roles *roles);
AUTO_DEFINE(roles, roles_close);

/*
 * The role addresses at this moment: a set of normal-form addresses that nobody changes any
 * more; unref it with g_hash_table_unref(). Reads the record again when they have changed there;
 * never waits for a lock: where the record can't be read, they are as last seen. Any thread.
 */
GHashTable *roles_now(struct roles *roles);

/* Whether the address, or the address without its extension, is in the set. */
bool roles_has(GHashTable *set, const char *delimiters, const char *address);

#endif
