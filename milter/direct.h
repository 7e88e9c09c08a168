/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * People who have a message already, though not from us (DESIGN section 5, "One copy each"): an
 * operator whose mail comes from another server wrote to them too, and that server has sent it.
 */
#ifndef COUNTERFOIL_MILTER_DIRECT_H
#define COUNTERFOIL_MILTER_DIRECT_H

#include <glib.h>
#include <stdbool.h>

#include "milter/matter.h"

/* Fills matter->direct, if the author is an operator of whom only the header is proven: who stands
 * in To or Cc, is from outside or the ticket's requester, and no recipient of this transaction.
 * author_judge() has been called. Errors as store.h says. */
bool direct_find(struct matter *matter, GError **error);

bool direct_has(const struct matter *matter, const char *address);

/* Adds somebody of whom the record of the same mail says so. */
void direct_add(struct matter *matter, const char *address);

/* An event for each of them. */
void direct_note(struct matter *matter);

#endif
