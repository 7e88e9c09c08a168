/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a delivery report says of a ticket's mail: who could not be reached.
 */
#ifndef COUNTERFOIL_MILTER_BOUNCED_H
#define COUNTERFOIL_MILTER_BOUNCED_H

#include <glib.h>
#include <stdbool.h>

#include "milter/matter.h"

/* More failures than this of one report are not named one by one. */
#define BOUNCED_EVENTS_MAX 20

/*
 * Adds to the decision an event `bounced` for each recipient that failed ("kim@example.net 5.1.1"),
 * and fills matter->unreachable with the operators among them, who get no copy of the report: it
 * would not reach them either. Nothing happens where matter->report is NULL. Errors as store.h
 * says.
 */
bool bounced_read(struct matter *matter, GError **error);

#endif
