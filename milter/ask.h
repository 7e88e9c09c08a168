/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The commands that ask something: +status, +show, +list, +search and +help are answered by a
 * notice (DESIGN sections 6 and 7). The thread that holds the store; errors as store.h says.
 */
#ifndef COUNTERFOIL_MILTER_ASK_H
#define COUNTERFOIL_MILTER_ASK_H

#include <glib.h>
#include <stdbool.h>

#include "db/department.h"
#include "milter/matter.h"
#include "milter/post.h"

/*
 * Adds to post what answers the orders of a message that is taken, as its ticket is to be
 * afterwards. An answer goes to an address on record and to no other: an operator's first one, the
 * requester's, a correspondent's. What cannot be asked has been refused (obey.h). speaker: the
 * department that decision->role is of.
 */
bool ask_reply(struct matter *matter, struct post *post, const struct department *speaker,
               GError **error);

#endif
