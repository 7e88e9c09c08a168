/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The handover: a whole ticket, to operators who never saw it and can answer it from that mail
 * (DESIGN section 7). Decides what is in it; who gets one is decided by who calls. The thread that
 * holds the store; errors as store.h says.
 */
#ifndef COUNTERFOIL_MILTER_HANDOVER_H
#define COUNTERFOIL_MILTER_HANDOVER_H

#include <glib.h>
#include <stdbool.h>

#include "db/operator.h"
#include "db/ticket.h"
#include "milter/post.h"

/* How many messages go along, of the first ones and of the last ones. */
#define HANDOVER_MESSAGES_MAX 5

/* All that goes along, in bytes: few mail servers take more than ten million, and it is to reach
 * telephones. */
#define HANDOVER_BYTES_MAX (INT64_C(5) * 1024 * 1024)

/* How many tickets are handed over at most by one typed command. */
#define HANDOVER_TICKETS_MAX 50

/* Whether a ticket may be handed over to an operator: its requester and its correspondents are no
 * readers of notes. */
bool handover_is_for(const struct ticket *ticket, const struct operator_person *person);

/*
 * Adds one mail to post: the ticket, as it is to be, for those of to (struct operator_person) whom
 * handover_is_for() allows; none if that is nobody, or if the department that owns the ticket sends
 * no handovers. events: struct event that are not in the record yet, of this ticket or others. To
 * more than DECIDE_COPIES_MAX it is kept back.
 */
bool handover_write(struct post *post, const struct ticket *ticket, GPtrArray *to,
                    GPtrArray *events, GError **error);

#endif
