/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The texts of notices that a department has instead of those that are built in. Knows no text and
 * no variable. Changes are made inside the caller's transaction. Errors as store.h says.
 */
#ifndef COUNTERFOIL_DB_DEPARTMENT_TEMPLATE_H
#define COUNTERFOIL_DB_DEPARTMENT_TEMPLATE_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "db/store.h"

/* *text is the department's own for that kind of notice, yours; empty: it sends none of the kind;
 * NULL: it has none of its own. */
bool department_template_find(struct store *store, int64_t department_id, const char *kind,
                              char **text, GError **error);

/* Adds to own the kinds for which it has a text of its own, to off those of which it sends none:
 * char *, each yours, in the order of the alphabet. */
bool department_template_list(struct store *store, int64_t department_id, GPtrArray *own,
                              GPtrArray *off, GError **error);

/* Sets it; NULL: back to the one that is built in. The caller has checked it. */
bool department_template_set(struct store *store, int64_t department_id, const char *kind,
                             const char *text, GError **error);

#endif
