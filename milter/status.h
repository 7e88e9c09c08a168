/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What +status says: how a ticket stands. The thread that holds the store; errors as store.h says.
 */
#ifndef COUNTERFOIL_MILTER_STATUS_H
#define COUNTERFOIL_MILTER_STATUS_H

#include <glib.h>
#include <stdbool.h>

#include "db/ticket.h"
#include "milter/post.h"

/* The last messages that it tells of. */
#define STATUS_MESSAGES_MAX 5

/* For an operator: all of it. events: struct event that are not in the record yet. NULL on an
 * error; yours. */
char *status_inside(const struct post *post, const struct ticket *ticket, GPtrArray *events,
                    GError **error);

/*
 * For a person of the ticket: whose turn it is, and what went between them and us; nothing that was
 * said or decided inside, and nothing of others. may_quote: it is certain that they ask; else of
 * what stands in their name only what is proven is quoted. NULL on an error; yours.
 */
char *status_outside(const struct post *post, const struct ticket *ticket, const char *person,
                     bool may_quote, GError **error);

#endif
