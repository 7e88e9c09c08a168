/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Departments, their role addresses, and who is a member. Addresses are in normal form. Changes
 * are made inside the caller's transaction; times are milliseconds since 1970 UTC. Errors as
 * store.h says; a find that finds nothing is not an error: it gives NULL in *out.
 */
#ifndef COUNTERFOIL_DB_DEPARTMENT_H
#define COUNTERFOIL_DB_DEPARTMENT_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "db/auto.h"
#include "db/store.h"

struct department {
    int64_t id;
    char *name;
    char *title;
    char *from_name;
    char *via_name;
    char *follow_up;      /* "everyone", "assignee" */
    char *assign;         /* "no", "first-reply" */
    char *expected;       /* "4h": by when a request is to be answered; NULL: nobody knows */
    char *hours;          /* "Mon-Fri 09:00-17:30"; NULL: always open */
    char *correspondents; /* "cc", "writers", "requester" */
    char *reopen;         /* "30d" */
    int64_t reopen_ms;    /* the same, in milliseconds */
    char *closed;         /* what a refused request is told; NULL: it is open */
    char *spam;           /* "copy", "log", "refuse" */
    char *primary; /* the role address that speaks for it; NULL only for a removed department */
    GPtrArray *addresses; /* char *, the primary first, then by name */
};

void department_free(struct department *department);
AUTO_DEFINE(department, department_free);

/* By name (any case), by id (also a removed one), by exact role address. *out is yours. */
bool department_find(struct store *store, const char *name, struct department **out,
                     GError **error);
bool department_find_id(struct store *store, int64_t id, struct department **out, GError **error);
bool department_find_role(struct store *store, const char *role, struct department **out,
                          GError **error);

/* All departments by name: struct department, freed with the array. */
GPtrArray *department_list(struct store *store, GError **error);

/* All role addresses, sorted, NULL-terminated: g_strfreev(). */
char **department_roles(struct store *store, GError **error);

/* A new department with its primary address. ERROR_REFUSED: the name is taken or is not made of
 * letters, digits, '-', '_' and '.'; the title is wrong; the address is a department's already, an
 * operator's (by whom), or the postmaster's. */
bool department_add(struct store *store, const char *name, const char *title, const char *role,
                    int64_t now, int64_t *id, GError **error);

/* Takes its addresses and members away and hides it; the members leave (see department_leave), by
 * nobody. The caller has seen to its open tickets. */
bool department_remove(struct store *store, int64_t id, int64_t now, GError **error);

/* Sets one of department_settings. value is checked here: ERROR_REFUSED names what is allowed; ""
 * where there may be none. */
bool department_set(struct store *store, int64_t id, const char *setting, const char *value,
                    GError **error);

/* ERROR_REFUSED: the address is taken, as for department_add(); the primary can't be removed.
 * ERROR_NOT_FOUND: the department has no such address. */
bool department_add_address(struct store *store, int64_t id, const char *role, GError **error);
bool department_remove_address(struct store *store, int64_t id, const char *role, GError **error);
bool department_set_primary(struct store *store, int64_t id, const char *role, GError **error);

/* How many open tickets it owns. */
bool department_open_tickets(struct store *store, int64_t id, int64_t *count, GError **error);

/* Membership. join: *changed is false when they are in it already; leave: when they are not.
 * leave also takes the person's open tickets of this department away, but those that they still
 * have by being in another department of the ticket: *unassigned says how many; each gets an event
 * "dropped" by actor. Both write the event "joined" or "left". The detail of all three is the
 * operator's address. ERROR_NOT_FOUND: no such department or operator, or removed. */
bool department_join(struct store *store, int64_t id, int64_t operator_id, const char *actor,
                     int64_t now, bool *changed, GError **error);
bool department_leave(struct store *store, int64_t id, int64_t operator_id, const char *actor,
                      int64_t now, bool *changed, int64_t *unassigned, GError **error);
/* now: is a member at this moment; ever: is or was. */
bool department_has_member(struct store *store, int64_t id, int64_t operator_id, bool *now,
                           bool *ever, GError **error);

#endif
