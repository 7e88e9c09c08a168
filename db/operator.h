/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The people who answer. Addresses are in normal form. Changes are made inside the caller's
 * transaction. Errors as store.h says; a find that finds nothing gives NULL in *out.
 */
#ifndef COUNTERFOIL_DB_OPERATOR_H
#define COUNTERFOIL_DB_OPERATOR_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "db/auto.h"
#include "db/store.h"

struct operator_person {
    int64_t id;
    char *address;        /* the first of addresses; still set for a removed operator */
    char *name;           /* or NULL */
    char *login;          /* or NULL */
    GPtrArray *addresses; /* char *, by position; copies go to the first; empty when removed */
};

void operator_free(struct operator_person *person);
AUTO_DEFINE(operator_person, operator_free);

/* By any of their addresses; by id (also a removed one). *out is yours. */
bool operator_find(struct store *store, const char *address, struct operator_person **out,
                   GError **error);
bool operator_find_id(struct store *store, int64_t id, struct operator_person **out,
                      GError **error);

/* Is that one of their addresses? */
bool operator_has_address(const struct operator_person *person, const char *address);

/* All operators, or the members of a department now, by address: struct operator_person, freed with
 * the array. */
GPtrArray *operator_list(struct store *store, GError **error);
GPtrArray *operator_members(struct store *store, int64_t department_id, GError **error);

/* The departments an operator is a member of now: char *, names, sorted. */
GPtrArray *operator_departments(struct store *store, int64_t id, GError **error);

/* addresses: at least one, NULL-terminated. name and login may be NULL. ERROR_REFUSED: an address
 * or the login is taken (says by whom; one's login can't be another's address either), an address
 * is a role address, or a text is empty or has control characters. */
bool operator_add(struct store *store, const char *const *addresses, const char *name,
                  const char *login, int64_t now, int64_t *id, GError **error);

/* Leaves all departments (see department_leave), gives up addresses, login and any other open
 * ticket. *unassigned: how many tickets are nobody's now. ERROR_NOT_FOUND: none, or removed. */
bool operator_remove(struct store *store, int64_t id, const char *actor, int64_t now,
                     int64_t *unassigned, GError **error);

/* Sets the name (NULL: none). Errors as operator_add() and operator_remove(). */
bool operator_set_name(struct store *store, int64_t id, const char *name, GError **error);

#endif
