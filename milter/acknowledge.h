/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Who is told that their message has become a ticket, and who is not (DESIGN section 7). The thread
 * that holds the store; errors as store.h says.
 */
#ifndef COUNTERFOIL_MILTER_ACKNOWLEDGE_H
#define COUNTERFOIL_MILTER_ACKNOWLEDGE_H

#include <glib.h>
#include <stdbool.h>

#include "milter/matter.h"
#include "milter/post.h"

/*
 * If the decision opens a ticket by a request, adds to post the acknowledgement to its requester;
 * or why there is none: a machine, a list or spam wrote it, an operator of the ticket or a role
 * address would get it, From is forged, or a limit is reached. It says what the requester wrote
 * only where they are proven.
 */
bool acknowledge_request(struct matter *matter, struct post *post, GError **error);

#endif
