/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Who is told what was done to a ticket (DESIGN section 7): by mail and from the command line alike
 * it follows from the events. The thread that holds the store; errors as store.h says.
 */
#ifndef COUNTERFOIL_MILTER_ANNOUNCE_H
#define COUNTERFOIL_MILTER_ANNOUNCE_H

#include <glib.h>
#include <stdbool.h>

#include "db/ticket.h"
#include "milter/post.h"

/*
 * Adds to post the notices for what happened to ticket, as it is to be: for those of events (struct
 * event) that are of it (post says whose those of ticket 0 are). The record has the ticket as it
 * was, and none of the events. is_answered: the message that did it is an answer to the requester,
 * so that they know of the ticket.
 */
bool announce_changes(struct post *post, const struct ticket *ticket, GPtrArray *events,
                      bool is_answered, GError **error);

#endif
