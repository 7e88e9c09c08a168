/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * By which way a message gets to whoever has a copy of it: in the live transaction, or by the
 * courier, in a version of its own (DESIGN 3).
 */
#ifndef COUNTERFOIL_MILTER_ROUTE_H
#define COUNTERFOIL_MILTER_ROUTE_H

#include <glib.h>
#include <stdbool.h>

#include "milter/matter.h"

/*
 * Where the live message is not the operators' version, marks their copies for the courier; then
 * says what the MTA is to add, and to take out: role addresses, and operators whom the courier
 * brings it to. An operator whom the author of an answer wrote to beside the role address, and who
 * would have no copy, gets one. The decision's copies and audience are there already. Errors as
 * store.h says.
 */
bool route_copies(struct matter *matter, GError **error);

#endif
