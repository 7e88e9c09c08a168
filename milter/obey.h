/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Does what a message's commands order, in memory: tickets as they are to be afterwards, and
 * events. What is so already is done; what can't be done is refused (matter->decision), and with
 * it the message. The thread that holds the store; errors as store.h says.
 */
#ifndef COUNTERFOIL_MILTER_OBEY_H
#define COUNTERFOIL_MILTER_OBEY_H

#include <glib.h>
#include <stdbool.h>

#include "milter/matter.h"

/* Before the message is handed out: what says who gets it, and whether the ticket is open (cc,
 * uncc, reopen). */
bool obey_first(struct matter *matter, struct ticket *ticket, GError **error);

/* All the others, in the envelope's order, to decision->ticket; after a merge, to the ticket that
 * it became part of, which then stands in decision->further. */
bool obey_then(struct matter *matter, GError **error);

#endif
