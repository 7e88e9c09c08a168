/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Under whose name a message is seen: the header edits of DESIGN section 5, one function for each
 * version of a message.
 */
#ifndef COUNTERFOIL_MILTER_IDENTITY_H
#define COUNTERFOIL_MILTER_IDENTITY_H

#include <glib.h>
#include <stdint.h>

#include "db/department.h"
#include "milter/matter.h"

/*
 * Adds to the decision the header edits of its audience's version, the loop stamp first, and the
 * envelope sender. The decision's ticket, message, kind, role and copies are there already.
 * speaker: the department that role belongs to. Reads the record no more and can't fail.
 */
void identity_edit(struct matter *matter, const struct department *speaker);

/* The edits (struct header_edit) that make of the header as it came (matter->mail) that of the
 * operators' version, as this mail of the outbox. Freed with the array. */
GPtrArray *identity_edit_copy(const struct matter *matter, const struct department *speaker,
                              int64_t number);

/* The envelope sender of what goes to operators and customers: the address to which the ticket's
 * bounces come; empty where the message's is null. Yours. */
char *identity_sender(const struct matter *matter);

#endif
