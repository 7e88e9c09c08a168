/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The version of a message that the courier brings to operators where the live message is somebody
 * else's (DESIGN 3 and 7).
 */
#ifndef COUNTERFOIL_MILTER_VERSION_H
#define COUNTERFOIL_MILTER_VERSION_H

#include <glib.h>
#include <stdbool.h>

#include "db/department.h"
#include "milter/matter.h"

/*
 * Adds to the decision's outbox one mail for all copies that the courier brings, if there are any:
 * the header as it came with the operators' edits, and the body's bytes out of the archive. All
 * else of the decision is there already. speaker: the department that its role belongs to. Errors
 * as store.h says.
 */
bool version_add(struct matter *matter, const struct department *speaker, GError **error);

#endif
