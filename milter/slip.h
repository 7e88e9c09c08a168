/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The slip (DESIGN section 5): an operator answers the customer's own address instead of the role
 * address. Says which mail to no role address is one, from the envelope, from the Subject, and from
 * the record, so that all other mail can be let go as soon as that much of it is known.
 */
#ifndef COUNTERFOIL_MILTER_SLIP_H
#define COUNTERFOIL_MILTER_SLIP_H

#include <stdbool.h>

#include "milter/conf.h"
#include "milter/envelope.h"
#include "milter/matter.h"
#include "milter/ticketid.h"

/* What a slip was handed over for: no role address was written to. */
#define SLIP_ROLE ""

/* Whether slips are to be caught, and the session may prove an operator (it does not come through
 * the second door). Pure, any thread. */
bool slip_may_be(const struct conf *conf, const struct envelope *envelope);

/* Whether the Subject (decoded; may be NULL) has an ID of this site. Pure, any thread. */
bool slip_has_id(const struct ticketid_site *site, const char *subject);

/*
 * Whether it is a slip: by an operator of the ticket, proven by the session, and to somebody of the
 * ticket. Author, earlier record and ticket have been found. If so, *is is true, and matter->main
 * stands for the role address that the author did not write to: the primary of the ticket's owner.
 * If not, the decision may be a refusal, which means nothing. The thread that holds the store;
 * errors as store.h says.
 */
bool slip_judge(struct matter *matter, bool *is, GError **error);

#endif
