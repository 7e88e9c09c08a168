/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What people call an operator, by mail and on the command line alike, and whom they mean. Never
 * guesses between two. Reads the record. The thread that holds the store; other errors as store.h
 * says.
 */
#ifndef COUNTERFOIL_MILTER_WHO_H
#define COUNTERFOIL_MILTER_WHO_H

#include <glib.h>
#include <stdbool.h>

#include "db/operator.h"
#include "db/store.h"

/*
 * The operator called by an address, a local part, or the unambiguous beginning of an address or
 * name, in any case, in *out (yours). An exact address, then an exact local part, wins.
 * ERROR_NOT_FOUND, with a near local part or address, else with hint, which says where to look;
 * ERROR_REFUSED, with all who could be meant.
 */
bool who_find(struct store *store, const char *who, const char *hint, struct operator_person **out,
              GError **error);

#endif
