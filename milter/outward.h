/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The version of a message that customers see.
 */
#ifndef COUNTERFOIL_MILTER_OUTWARD_H
#define COUNTERFOIL_MILTER_OUTWARD_H

#include "milter/edits.h"

/* Adds the edits of the customers' version (DESIGN 5), but for the loop stamp. */
void outward_edit(struct edits *edits);

#endif
