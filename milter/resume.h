/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A message that bears our own loop stamp (DESIGN sections 5 and 13): either its handing-over was
 * interrupted and goes on, or it goes in a circle.
 */
#ifndef COUNTERFOIL_MILTER_RESUME_H
#define COUNTERFOIL_MILTER_RESUME_H

#include <glib.h>
#include <stdbool.h>

#include "milter/matter.h"

/* What the record of a resumed message says; other files know only whether there is one. */
struct resumed;

/*
 * Nothing happens to a message without a valid stamp. One that is the message of that record, comes
 * from this host and goes to role addresses that the record was addressed to is resumed: all that
 * the steps before the table find out is taken from the record, matter->mail is its header, and
 * nothing refuses it any more; but within an hour of the last time it has to wait (451). Any other
 * is refused as a loop, with an event on the record's ticket (one an hour); at the second door it
 * becomes a note. So is always what the courier brought. Nothing else is known of the matter but
 * its addressees. Errors as store.h says.
 */
bool resume_find(struct matter *matter, GError **error);

void resume_free(struct resumed *resumed);

#endif
