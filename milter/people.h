/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Who joins a ticket's conversation by standing in To or Cc (DESIGN section 5, Correspondents).
 */
#ifndef COUNTERFOIL_MILTER_PEOPLE_H
#define COUNTERFOIL_MILTER_PEOPLE_H

#include <glib.h>
#include <stdbool.h>

#include "milter/matter.h"

/*
 * Adds to ticket, which is to be recorded, the people in To and Cc who are neither role addresses
 * nor operators nor on it already, up to DECIDE_CORRESPONDENTS_MAX, with an event for each. anyone:
 * of any domain (an operator put them there), and also whoever wrote the message that this one
 * answers; else only those of the author's own domain. The owner's setting `correspondents` may
 * allow only those who wrote something on the ticket, and by an operator's hand, or nobody. Errors
 * as store.h says.
 */
bool people_join(struct matter *matter, struct ticket *ticket, bool anyone, GError **error);

/* The first of a header's addresses (struct mail_address) that is this one; NULL: none. Borrowed.
 */
const struct mail_address *people_named(GPtrArray *addresses, const char *address);

/* Fills matter->cc_outside and cc_inside. Errors as store.h says. */
bool people_sort_cc(struct matter *matter, GError **error);

/*
 * For the operators' version of a note, or of a message that has commands in To or Cc, whoever
 * wrote them there, fills matter->to_shown and cc_shown: role addresses in To and Cc become
 * role+note, or the plain role address; outside people in To of a note go to matter->to_outside.
 * So an operator's reply to all gives no command, and reaches no customer. Errors as store.h says.
 */
bool people_hide_commands(struct matter *matter, GError **error);

/* The first recipient who is not to read what stays inside: somebody from outside, or the ticket's
 * requester, though they be an operator; also who has it already (direct.h). NULL: nobody.
 * Borrowed. */
const char *people_first_customer(const struct matter *matter, const struct ticket *ticket);

/* Whether the address may be mailed as one of a ticket's people: false for role addresses and
 * operators. */
bool people_is_outside(struct matter *matter, const char *address, bool *is_outside,
                       GError **error);

/* The first address in To, else in Cc, that is from outside; NULL: there is none. Borrowed. Errors
 * as store.h says. */
bool people_find_outsider(struct matter *matter, const char **address, GError **error);

#endif
