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

/* People who may be correspondents of a ticket, at most. */
#define ACTION_CORRESPONDENTS_MAX 20

/* Who acts, when, and where what was done is gathered. */
struct action {
    struct store *store;
    const char *actor; /* an address or a login */
    int64_t now;       /* milliseconds since 1970 UTC */
    GPtrArray *events; /* struct event, without time and message; ticket 0 means the one acted on */
};

bool action_close(struct action *action, struct ticket *ticket, GError **error);
/* Waits for us again, and is spam no more; an open one that is spam loses the mark alone. Refused
 * when the owner was removed, and for a merged ticket. */
bool action_reopen(struct action *action, struct ticket *ticket, GError **error);
/* To person; a department of theirs joins if they are in none of the ticket's. */
bool action_assign(struct action *action, struct ticket *ticket,
                   const struct operator_person *person, GError **error);
bool action_drop(struct action *action, struct ticket *ticket, GError **error);
/* The ticket's owner becomes department; the former owner leaves it, and so does an assignee who is
 * in none of its departments then. */
bool action_move(struct action *action, struct ticket *ticket, const struct department *department,
                 GError **error);
/* ticket becomes part of target, which gets its people as correspondents; it is closed, and mail to
 * it leads to target, which is merged into none. Refused when they are one, or ticket is merged
 * already. */
bool action_merge(struct action *action, struct ticket *ticket, struct ticket *target,
                  GError **error);
/* Closes it, if need be, and marks it; action_reopen() takes the mark away again. */
bool action_spam(struct action *action, struct ticket *ticket, GError **error);
/* One more correspondent, or one less. Refused: one who is of the ticket already, and one more than
 * ACTION_CORRESPONDENTS_MAX; one who is no correspondent. */
bool action_cc(struct action *action, struct ticket *ticket, const char *address, GError **error);
bool action_uncc(struct action *action, struct ticket *ticket, const char *address, GError **error);
/* A department joins; nothing happens if it is there already. */
void action_share(struct action *action, struct ticket *ticket,
                  const struct department *department);

#endif
