/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A change to a ticket by a command, from its beginning to the record: with events that bear the
 * login, and with the mails to those whom it concerns. What is changed is the caller's business.
 * Runs in the command's transaction; one thread; errors as store.h says.
 */
#ifndef COUNTERFOIL_ADMIN_CHANGE_H
#define COUNTERFOIL_ADMIN_CHANGE_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "admin/context.h"
#include "db/ticket.h"
#include "milter/action.h"

/* What is done, to be recorded by change_record(). Its events are yours. */
struct action change_begin(struct context *context);

/* Writes the changed ticket, its events, and who is told. by: the operator who does it, and needs
 * to be told nothing; 0: none. hands_over: operators whose ticket it becomes get it whole. */
bool change_record(struct context *context, const struct action *action, struct ticket *ticket,
                   int64_t by, bool hands_over, GError **error);

/* Hands a ticket over to operators (struct operator_person). *is_done: a mail was written. */
bool change_hand_over(struct context *context, const struct ticket *ticket, GPtrArray *to,
                      bool *is_done, GError **error);

#endif
