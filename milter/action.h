/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What can be done to a ticket, by mail and from the command line alike: each function changes the
 * ticket in memory and says so in events; the caller writes both. ERROR_REFUSED when it can't be
 * done, with a text for whoever asked; other errors as store.h says.
 */
#ifndef COUNTERFOIL_MILTER_ACTION_H
#define COUNTERFOIL_MILTER_ACTION_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "db/department.h"
#include "db/operator.h"
#include "db/store.h"
#include "db/ticket.h"

/* Who acts, when, and where what was done is gathered. */
struct action {
    struct store *store;
    const char *actor; /* an address or a login */
    int64_t now;       /* milliseconds since 1970 UTC */
    GPtrArray *events; /* struct event, without time and message; ticket 0 means the one acted on */
};

bool action_close(struct action *action, struct ticket *ticket, GError **error);
/* Waits for us again. Refused when the owner was removed. */
bool action_reopen(struct action *action, struct ticket *ticket, GError **error);
/* To person; a department of theirs joins if they are in none of the ticket's. */
bool action_assign(struct action *action, struct ticket *ticket,
                   const struct operator_person *person, GError **error);
bool action_drop(struct action *action, struct ticket *ticket, GError **error);
/* The ticket's owner becomes department; the former owner leaves it. */
bool action_move(struct action *action, struct ticket *ticket, const struct department *department,
                 GError **error);
/* A department joins; nothing happens if it is there already. */
void action_share(struct action *action, struct ticket *ticket,
                  const struct department *department);

#endif
