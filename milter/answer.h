/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What an operator says to customers: the rows of DESIGN section 5's table that are an `answer`.
 */
#ifndef COUNTERFOIL_MILTER_ANSWER_H
#define COUNTERFOIL_MILTER_ANSWER_H

#include <glib.h>
#include <stdbool.h>

#include "milter/matter.h"

/* On the ticket that was found. Refuses a message that is not meant as an answer: the role address
 * is not in To, and nobody of the ticket is. Errors as store.h says, for all of them. */
bool answer_write(struct matter *matter, GError **error);

/* Opens a ticket on behalf of the first outside recipient, or, where the header alone is proven, of
 * the first one in To or Cc. Refuses when that is somebody whom the other recipients were not to
 * see. */
bool answer_open(struct matter *matter, GError **error);

/* Opens a ticket on behalf of whom role+for-LOCAL=DOMAIN names. Refuses a role address. */
bool answer_open_for(struct matter *matter, GError **error);

/* The decision gets the role address that speaks for the ticket: the one written to, where its
 * department is on the ticket, else the primary of the owner. */
bool answer_choose_role(struct matter *matter, const struct ticket *ticket, GError **error);

#endif
