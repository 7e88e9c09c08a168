/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The rows of DESIGN section 5's table: who wrote × whose ticket × to whom gives the kind of the
 * message and what happens.
 */
#ifndef COUNTERFOIL_MILTER_ROWS_H
#define COUNTERFOIL_MILTER_ROWS_H

#include <glib.h>
#include <stdbool.h>

#include "milter/matter.h"

/*
 * Finds the first row that fits and follows it: the decision gets its kind, its ticket as it is to
 * be afterwards, copies and events; or a refusal. matter has addressees, author, ticket. Errors as
 * store.h says.
 */
bool rows_follow(struct matter *matter, GError **error);

#endif
