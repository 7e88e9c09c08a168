/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Tickets, messages, events, departments, operators and memberships as rows of output, with
 * the fields that the manual promises. Reads what is missing from the record, changes nothing.
 * One thread; errors as store.h says. All rows are yours: row_free().
 */
#ifndef COUNTERFOIL_ADMIN_OBJECT_H
#define COUNTERFOIL_ADMIN_OBJECT_H

#include <glib.h>

#include "admin/context.h"
#include "admin/output.h"
#include "db/event.h"
#include "db/message.h"
#include "db/ticket.h"

struct row *object_ticket(struct context *context, const struct ticket *ticket);
struct row *object_event(const struct event *event);
/* NULL with an error. */
struct row *object_message(struct context *context, const struct message *message, GError **error);
struct row *object_department(struct context *context, const struct department *department,
                              GError **error);
struct row *object_operator(struct context *context, const struct operator_person *person,
                            GError **error);

struct row *object_member(const struct department *department,
                          const struct operator_person *person);

/* What became of a membership. change: "joined", "left", or NULL for one who was a member already.
 * unassigned: how many tickets are nobody's now. */
struct row *object_member_change(const struct department *department,
                                 const struct operator_person *person, const char *change,
                                 int64_t unassigned);

/* source: "built-in", "own" or "off". */
struct row *object_template(const struct department *department, const char *kind,
                            const char *source, const char *text);

/* Tickets that were handed over to new members of a department. are_more: it has more open ones. */
struct row *object_handovers(const struct department *department, int64_t tickets, bool are_more);

/* Something that is no more. */
struct row *object_removed(const char *noun, const char *name, int64_t unassigned);

/* The role address that a message was written to, else its first recipient; NULL for none.
 * recipients: of message_recipients(). Borrowed. */
const char *object_main_recipient(const GPtrArray *recipients);

#endif
