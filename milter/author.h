/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Who wrote a message, and what proves it (DESIGN section 5, "Is it an operator?").
 */
#ifndef COUNTERFOIL_MILTER_AUTHOR_H
#define COUNTERFOIL_MILTER_AUTHOR_H

#include <glib.h>
#include <stdbool.h>

#include "milter/matter.h"

/* Fills matter->author from the header, the envelope and the record; ticket and departments don't
 * matter yet. Refuses (matter->decision) a From that names an operator among several, or none.
 * Errors as store.h says. */
bool author_read(struct matter *matter, GError **error);

/* Says, now that ticket and departments are known, whether the author acts as an operator; refuses
 * an operator without proof, and one who is no longer a member. Errors as store.h says. */
bool author_judge(struct matter *matter, GError **error);

/* The operator who has proven to have written it, 0: nobody. What a machine sends is nobody's. */
int64_t author_proven(const struct matter *matter);

/* What the mail server's verifier says against it that From wrote this ("dmarc=fail", "spf=fail");
 * NULL: nothing, or the author is proven. Also at the second door, where a field proves nothing. */
const char *author_find_doubt(const struct matter *matter);

/* Whether the author is the ticket's requester, by whichever of an operator's addresses; or that or
 * one of its correspondents. */
bool author_is_requester(const struct matter *matter, const struct ticket *ticket);
bool author_is_person(const struct matter *matter, const struct ticket *ticket);

/* Whether the author is a member, now, of a department on the ticket. */
bool author_is_on_ticket(struct matter *matter, const struct ticket *ticket, bool *is_on,
                         GError **error);

#endif
