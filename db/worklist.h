/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What there is to do for one operator: the open tickets of all departments that they are a member
 * of, now; but those that they asked for themselves. Reads only; errors as store.h says.
 */
#ifndef COUNTERFOIL_DB_WORKLIST_H
#define COUNTERFOIL_DB_WORKLIST_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "db/store.h"

/* No ticket is in two of them. */
enum worklist {
    WORKLIST_MINE,    /* the operator's own, whoever they wait for */
    WORKLIST_NOBODYS, /* nobody's, whoever they wait for */
    WORKLIST_OTHERS,  /* somebody else's that wait for us */
};

/* The numbers of the tickets that have waited longest, at most so many: int64_t, freed by you, NULL
 * on an error. *total: how many there are. */
GArray *worklist_find(struct store *store, enum worklist which, int64_t operator_id, int64_t most,
                      int64_t *total, GError **error);

#endif
