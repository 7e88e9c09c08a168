/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which ticket a message belongs to (DESIGN section 4, the rules 1 to 6).
 */
#ifndef COUNTERFOIL_MILTER_MATCH_H
#define COUNTERFOIL_MILTER_MATCH_H

#include <glib.h>
#include <stdbool.h>

#include "milter/matter.h"

/*
 * Fills matter->ticket with the ticket that the message belongs to, NULL for a new one, and
 * matter->bad_id with a number that it claims with wrong check letters. author_read() has been
 * called. Errors as store.h says.
 */
bool match_find(struct matter *matter, GError **error);

/*
 * Moves a ticket that has been closed for longer than its owner's `reopen` from matter->ticket to
 * matter->old, when it is a customer who writes: that message opens another; but not when they say
 * that it be closed. orders_read() has been called. Errors as store.h says.
 */
bool match_let_go(struct matter *matter, GError **error);

#endif
