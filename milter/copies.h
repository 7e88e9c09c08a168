/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Who gets a message: the operators who are members at this moment, or the people of the ticket.
 */
#ifndef COUNTERFOIL_MILTER_COPIES_H
#define COUNTERFOIL_MILTER_COPIES_H

#include <glib.h>
#include <stdbool.h>

#include "milter/matter.h"

/*
 * Adds to the decision copies for the operators of all the ticket's departments, the author
 * excepted when they act as an operator (a note of theirs may so be for nobody); or for the
 * assignee alone, where the owner's follow_up says so; or, when there is nobody (or over
 * DECIDE_COPIES_MAX), for the site's postmaster. Errors as store.h says.
 */
bool copies_for_operators(struct matter *matter, GError **error);

/*
 * Adds copies of an answer: the requester, the correspondents, but those who have it already
 * (direct.h), and the author's colleagues. Refuses an answer to nobody, and one to an address that
 * this transaction can't carry. Errors as store.h says.
 */
bool copies_for_people(struct matter *matter, GError **error);

/* Takes the copies of the earlier record of the same mail that went out for the role addresses it
 * is sent to now; none when there is no such address, or it comes too often. Of a resumed one all,
 * and route_copies() adds those alone. What the courier brings is not written twice. Errors as
 * store.h says. */
bool copies_again(struct matter *matter, GError **error);

/* Adds copies of an answer for those of the ticket's people who are recipients already. Errors as
 * store.h says. */
bool copies_for_recipients(struct matter *matter, GError **error);

/* Adds copies for the operators of the departments that the same mail was not handed over for until
 * now, if they could join the ticket, but those who have one. Errors as store.h says. */
bool copies_for_legs(struct matter *matter, GError **error);

/* Whose version the live message becomes: the customers', if it is an answer and any of them gets
 * it (the copies are there already); else the operators', unless a bystander gets it as well, who
 * keeps it. */
void copies_choose_audience(struct matter *matter);

/* Whether it is for somebody of the ticket, in the customers' version; else it is for the
 * operators' side. */
bool copies_is_persons(const struct matter *matter, const struct message_copy *copy);

/* Whether it goes out for a role address that is written to now: a copy is of another leg when its
 * role address was written to in that one and not in this one. */
bool copies_is_of_this_leg(const struct matter *matter, const struct message_copy *copy);

/* An address of the operator that this transaction can carry; NULL: there is none. Borrowed. */
const char *copies_usable_address(const struct matter *matter,
                                  const struct operator_person *person);

#endif
