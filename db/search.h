/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Finds tickets by words. Reads only; errors as store.h says.
 *
 * It looks at subject, number, and the requester's and correspondents' addresses and names, of the
 * newest SEARCH_TICKETS_MAX tickets of the site; not at what the messages say.
 */
#ifndef COUNTERFOIL_DB_SEARCH_H
#define COUNTERFOIL_DB_SEARCH_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "db/store.h"

/* So many tickets are looked at: what a search costs is bounded. */
#define SEARCH_TICKETS_MAX 50000

/*
 * The numbers of the tickets that have every word, newest first, at most so many: int64_t, freed by
 * you, NULL on an error. Only tickets of departments that the operator is a member of, now, and
 * none that they asked for themselves.
 *
 * A word is UTF-8 and is found in any case, also within a longer one. Of digits it is the ticket's
 * number, too; with '#' before them nothing else. words: NULL-terminated.
 */
GArray *search_tickets(struct store *store, int64_t operator_id, const char *const *words,
                       int64_t most, GError **error);

#endif
