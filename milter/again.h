/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The same message twice (DESIGN section 9): the sender's retry, and another leg of one message.
 */
#ifndef COUNTERFOIL_MILTER_AGAIN_H
#define COUNTERFOIL_MILTER_AGAIN_H

#include <glib.h>
#include <stdbool.h>

#include "milter/matter.h"

/*
 * Fills matter->earlier with the record of the same mail, and matter->handed_over with the role
 * addresses that it was handed over for; leaves both NULL when this is a message of its own.
 * author_read() has been called. Errors as store.h says.
 */
bool again_find(struct matter *matter, GError **error);

/* Whether the earlier one was not handed over for that role address: it is another leg for it. */
bool again_is_leg(const struct matter *matter, const char *role);

/* Whether any role address it is sent to is such a one; whether any is not. (A slip counts as sent
 * to SLIP_ROLE.) */
bool again_has_leg(const struct matter *matter);
bool again_is_retry(const struct matter *matter);

/* Whether it came for one of its role addresses so often within an hour that it gets no copies any
 * more. Errors as store.h says. */
bool again_is_too_often(struct matter *matter, bool *too_often, GError **error);

#endif
