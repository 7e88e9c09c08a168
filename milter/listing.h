/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What +list and +search say: tickets as text, two short lines each, to be read on a phone. Only
 * tickets of departments that the operator is a member of, now. The thread that holds the store;
 * errors as store.h says.
 */
#ifndef COUNTERFOIL_MILTER_LISTING_H
#define COUNTERFOIL_MILTER_LISTING_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "db/operator.h"
#include "db/store.h"
#include "milter/ticketid.h"

/* Tickets of one group, and of one search, at most. */
#define LISTING_MAX 50

/* Words of a search, and their bytes together, at most. */
#define LISTING_WORDS_MAX 20
#define LISTING_WORDS_SIZE_MAX 1000

struct listing {
    struct store *store;
    const struct ticketid_site *id;
    const struct operator_person *person; /* for whom */
    int64_t now;
};

/* What the operator has to do: their tickets, nobody's, and colleagues' that wait for us. NULL on
 * an error; yours. */
char *listing_work(const struct listing *listing, GError **error);

/* The words that a Subject (NULL: none) asks for: without reply prefixes; a ticket's ID is its
 * number, as in "#1042". ERROR_REFUSED: there are none, or too many. g_strfreev(). */
char **listing_words(const struct ticketid_site *id, const char *subject, GError **error);

/* The tickets with all of these words. NULL on an error; yours. */
char *listing_found(const struct listing *listing, char **words, GError **error);

#endif
