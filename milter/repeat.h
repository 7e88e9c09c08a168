/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What happens to a message that was recorded before (DESIGN section 9).
 */
#ifndef COUNTERFOIL_MILTER_REPEAT_H
#define COUNTERFOIL_MILTER_REPEAT_H

#include <glib.h>
#include <stdbool.h>

#include "milter/matter.h"

/* Follows the row that the same mail's earlier record names: the same ticket, kind and copies; and
 * for a role address that it was not handed over for, the department joins. Errors as store.h
 * says. */
bool repeat_follow(struct matter *matter, GError **error);

#endif
