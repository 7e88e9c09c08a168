/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The course of a message's ticket: it is opened, goes on, is reopened, waits for somebody, is
 * joined by departments. Changes matter->decision and the ticket in memory, writes nothing.
 */
#ifndef COUNTERFOIL_MILTER_COURSE_H
#define COUNTERFOIL_MILTER_COURSE_H

#include <glib.h>
#include <stdbool.h>

#include "milter/matter.h"

/* The decision gets a new, open ticket without requester, on which are the departments written to;
 * the one it is handled under owns it. Errors as store.h says. */
bool course_open(struct matter *matter, GError **error);

/* The decision gets the ticket that was found: matter->ticket, which is NULL then. Borrowed. */
struct ticket *course_go_on(struct matter *matter);

/* Nothing happens if it is open. */
void course_reopen(struct matter *matter, struct ticket *ticket);

/* Whose turn it is, from now on; since when stays as it is if that was so before. */
void course_wait(struct matter *matter, struct ticket *ticket, bool for_us);

/* The departments written to join the ticket, as far as gate.h lets them; or the given one. */
void course_join(struct matter *matter, struct ticket *ticket);
void course_join_one(struct matter *matter, struct ticket *ticket,
                     const struct department *department);

#endif
