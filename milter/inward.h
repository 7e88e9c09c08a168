/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The version of a message that operators see.
 */
#ifndef COUNTERFOIL_MILTER_INWARD_H
#define COUNTERFOIL_MILTER_INWARD_H

#include "milter/edits.h"

/* Adds the edits of the operators' version (DESIGN 5), but for the loop stamp and what becomes of
 * fields that are not in that table. */
void inward_edit(struct edits *edits);

#endif
