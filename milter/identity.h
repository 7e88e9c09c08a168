/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Under whose name a message is seen: the header edits of DESIGN section 5, one function for each
 * version of a message.
 */
#ifndef COUNTERFOIL_MILTER_IDENTITY_H
#define COUNTERFOIL_MILTER_IDENTITY_H

#include "db/department.h"
#include "milter/matter.h"

/*
 * Adds to the decision the header edits of its audience's version, the loop stamp first, and the
 * envelope sender. The decision's ticket, message, kind, role and copies are there already.
 * speaker: the department that role belongs to. Reads the record no more and can't fail.
 */
void identity_edit(struct matter *matter, const struct department *speaker);

#endif
